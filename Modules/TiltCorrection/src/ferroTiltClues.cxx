#include "ferroTiltFit.h"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/LU>

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
using FieldMatrix = Eigen::Matrix<double, 6, 6>;
using FieldVector = Eigen::Matrix<double, 6, 1>;

/** Of what remains for the first six unknowns when the others adjust themselves. */
TiltNormal
Reduce(const TiltNormal & normal)
{
  constexpr Eigen::Index Field = 6;
  const Eigen::Index others = normal.matrix.rows() - Field;
  TiltNormal reduced(Field);
  const Eigen::MatrixXd mixed = normal.matrix.topRightCorner(Field, others);
  const Eigen::MatrixXd share =
    normal.matrix.bottomRightCorner(others, others).ldlt().solve(mixed.transpose()).transpose();
  reduced.matrix = normal.matrix.topLeftCorner(Field, Field) - share * mixed.transpose();
  reduced.right = normal.right.head(Field) - share * normal.right.tail(others);
  return reduced;
}

/** Probability that chi squared with so many degrees of freedom is larger. */
double
ChanceOfChiSquare(double value, int freedom)
{
  const double half = 0.5 * value;
  double chance = freedom % 2 == 0 ? std::exp(-half) : std::erfc(std::sqrt(half));
  double term = freedom % 2 == 0 ? std::exp(-half) : std::exp(-half) / std::sqrt(half * 3.14159265358979323846);
  for (double order = freedom % 2 == 0 ? 1.0 : 0.5; order < 0.5 * freedom - 0.25; order += 1.0)
  {
    term *= half / order;
    chance += term;
  }
  return freedom < 1 || value <= 0.0 ? 1.0 : chance;
}
} // namespace

/** The patches of a domain split exactly into their weighted mean and the deviations from it: sum W (r - m)^2 is
 * (sum W) (mean r - mean m)^2 + sum W (deviations)^2. The means are what domains are compared by; the deviations know
 * nothing of the polarization of the domain, nor of a tilt that is the same everywhere. */
TiltNormal
TiltFit::SumOfClue(TiltClue::Kind kind, const std::vector<Observation> & observations) const
{
  TiltNormal normal(m_Unknowns.size());
  if (kind == TiltClue::Kind::NonPolarRegion)
  {
    for (std::size_t n = 0; n < m_Blocks.size(); ++n)
    {
      if (m_Blocks[n].group == TiltSample::NonPolar)
      {
        normal.Observe(observations[n].derivative, observations[n].residual, observations[n].weight);
      }
    }
  }
  else
  {
    for (const auto & domain : m_Domains)
    {
      Observation mean{Eigen::Vector2d::Zero(), Eigen::Matrix2Xd::Zero(2, m_Unknowns.size()), Eigen::Matrix2d::Zero()};
      for (std::size_t n = 0; n < m_Blocks.size(); ++n)
      {
        if (m_Blocks[n].group == domain.number)
        {
          mean.residual += observations[n].weight * observations[n].residual;
          mean.derivative += observations[n].weight * observations[n].derivative;
          mean.weight += observations[n].weight;
        }
      }
      const Eigen::Matrix2d inverse = mean.weight.inverse();
      mean.residual = (inverse * mean.residual).eval();
      mean.derivative = (inverse * mean.derivative).eval();
      if (kind == TiltClue::Kind::UnequalDomains)
      {
        normal.Observe(mean.derivative, mean.residual, mean.weight);
        continue;
      }
      for (std::size_t n = 0; n < m_Blocks.size(); ++n)
      {
        if (m_Blocks[n].group == domain.number)
        {
          normal.Observe(observations[n].derivative - mean.derivative, observations[n].residual - mean.residual,
                         observations[n].weight);
        }
      }
    }
    for (const auto & pair : m_Pairs)
    {
      if (kind == TiltClue::Kind::UnequalDomains)
      {
        this->ObservePair(pair, normal);
      }
    }
  }
  this->BelieveNuisances(normal);
  // Polarizations that the clue says nothing of stay where they are.
  constexpr double AnythingPm = 1e3;
  for (Eigen::Index n = m_FirstDomain; n < m_FirstSlope; ++n)
  {
    normal.Believe(n, 0.0, AnythingPm);
  }
  return normal;
}

std::optional<TiltClue>
TiltFit::MakeClue(TiltClue::Kind kind, const TiltNormal & field, double factor) const
{
  TiltClue clue;
  clue.kind = kind;
  Eigen::Vector2d place = Eigen::Vector2d::Zero();
  for (const auto & block : m_Blocks)
  {
    if ((block.group == TiltSample::NonPolar) == (kind == TiltClue::Kind::NonPolarRegion))
    {
      clue.cells += block.cells;
      place += static_cast<double>(block.cells) * block.positionNm;
    }
  }
  place /= std::max<double>(1.0, static_cast<double>(clue.cells));
  TiltNormal own = field;
  own.matrix /= factor;
  own.right /= factor;
  for (Eigen::Index n = 0; n < FieldTerms; ++n)
  {
    own.Believe(n, m_Unknowns[n], this->PriorOf(n));
  }
  // The same field, written about the place of the clue.
  FieldMatrix move = FieldMatrix::Identity();
  move.topRows<2>() = TiltFieldRow(place - m_Center);
  const FieldMatrix atCenter = own.matrix.inverse();
  const FieldVector values = move * (m_Unknowns.head<FieldTerms>() + atCenter * own.right);
  clue.field.centerNm = place;
  clue.field.atCenterMrad = values.head<2>();
  clue.field.gradientMradPerNm << values[2], values[3], values[4], values[5];
  clue.field.covariance = move * atCenter * move.transpose();
  bool any = false;
  for (Eigen::Index n = 0; n < FieldTerms; ++n)
  {
    const double prior = this->PriorOf(n);
    const bool told = clue.field.covariance(n, n) < 0.5 * prior * prior;
    clue.told[static_cast<std::size_t>(n)] = told;
    any = any || told;
  }
  return any ? std::optional<TiltClue>(clue) : std::nullopt;
}

void
TiltFit::ReportClues(double factor, TiltEstimate & estimate) const
{
  FieldVector prior;
  for (Eigen::Index n = 0; n < FieldTerms; ++n)
  {
    prior[n] = this->PriorOf(n);
  }
  // A combination of parameters counts as told where the data weigh more than the prior: eigenvalues above 1.
  const auto tell = [&prior, factor](const FieldMatrix & matrix)
  { return Eigen::SelfAdjointEigenSolver<FieldMatrix>(prior.asDiagonal() * (matrix / factor) * prior.asDiagonal()); };
  const auto observations = this->ObserveAll();
  FieldMatrix sum = FieldMatrix::Zero();
  for (const auto kind : {TiltClue::Kind::NonPolarRegion, TiltClue::Kind::UnequalDomains, TiltClue::Kind::ShiftPattern})
  {
    const TiltNormal field = Reduce(this->SumOfClue(kind, observations));
    if (const auto clue = this->MakeClue(kind, field, factor))
    {
      estimate.clues.push_back(*clue);
    }
    sum += field.matrix;
    const auto told = tell(field.matrix);
    const FieldVector right = told.eigenvectors().transpose() * prior.cwiseProduct(FieldVector(field.right)) / factor;
    for (Eigen::Index n = 0; n < FieldTerms; ++n)
    {
      const double value = told.eigenvalues()[n];
      estimate.clueChiSquare += value > 1.0 ? right[n] * right[n] / value : 0.0;
      estimate.clueFreedom += value > 1.0;
    }
  }
  estimate.clueFreedom -= static_cast<int>((tell(sum).eigenvalues().array() > 1.0).count());
  if (estimate.clueFreedom < 1)
  {
    estimate.clueFreedom = 0;
    estimate.clueChiSquare = 0.0;
  }
  estimate.clueChance = ChanceOfChiSquare(estimate.clueChiSquare, estimate.clueFreedom);
}
} // namespace ferro
