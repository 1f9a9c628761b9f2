#include "ferroTiltEstimate.h"

#include "ferroErrors.h"
#include "ferroTiltBlocks.h"

#include <Eigen/Cholesky>
#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <map>

namespace ferro
{
namespace
{
constexpr Eigen::Index FieldTerms = 6;
constexpr Eigen::Index OffsetTerms = 2;
constexpr Eigen::Index FirstDomain = FieldTerms + OffsetTerms;

/** Tilt at a place as a linear function of the six parameters of the field. */
Eigen::Matrix<double, 2, FieldTerms>
FieldRow(const Eigen::Vector2d & offsetNm)
{
  Eigen::Matrix<double, 2, FieldTerms> row;
  row << 1, 0, offsetNm.x(), offsetNm.y(), 0, 0, //
    0, 1, 0, 0, offsetNm.x(), offsetNm.y();
  return row;
}

/** How the true polarizations of two domains are related. */
enum class Relation
{
  Opposite,
  EqualSize,
  Same
};

struct DomainPair
{
  Eigen::Index first;
  Eigen::Index second;
  Relation relation;
};

/** The fit of patches, domains and tilt. Unknowns: the field, then by how much the table of the non-polar material is
 * off, then two components per domain. */
class TiltFit
{
public:
  TiltFit(std::vector<TiltBlock> blocks, const TiltPolarization * nonPolar, const TiltPolarization * film,
          const TiltAssumptions & assumptions)
    : m_Blocks(std::move(blocks)), m_NonPolar(nonPolar), m_Film(film), m_Assumptions(assumptions)
  {
    this->CollectDomains();
    this->PlaceCenter();
    m_Unknowns = Eigen::VectorXd::Zero(FirstDomain + 2 * static_cast<Eigen::Index>(m_Domains.size()));
  }

  TiltEstimate
  Solve()
  {
    this->Start();
    // How far the table may be off grows with the tilt, which is not known before.
    constexpr int Passes = 4;
    for (int pass = 0; pass < Passes; ++pass)
    {
      m_TableShare = pass == 0 ? 0.2 : this->ShareOfTable();
      this->Descend();
    }
    this->Linearise();
    return this->Report();
  }

private:
  /** Gauss-Newton steps, each shortened until it is one downhill: beyond its largest tilts a table may turn round. */
  void
  Descend()
  {
    constexpr int Iterations = 50;
    this->Linearise();
    for (int iteration = 0; iteration < Iterations; ++iteration)
    {
      const Eigen::VectorXd from = m_Unknowns;
      const double objective = m_Objective;
      const Eigen::VectorXd step = m_Normal.ldlt().solve(m_Right);
      double share = 1.0;
      constexpr double Shortest = 1e-3;
      do
      {
        m_Unknowns = from + share * step;
        this->Linearise();
        share *= 0.5;
      } while (m_Objective > objective && share > Shortest);
      if (m_Objective > objective || step.head(FieldTerms).cwiseAbs().maxCoeff() < 1e-6)
      {
        m_Unknowns = m_Objective > objective ? from : m_Unknowns;
        break;
      }
    }
  }

  /** The tilt as a fraction of the largest of the non-polar table. */
  double
  ShareOfTable() const
  {
    return m_NonPolar ? std::min(1.0, m_Unknowns.head<2>().norm() / m_NonPolar->GetLargestTiltMrad()) : 0.0;
  }

  void
  CollectDomains()
  {
    std::map<int, std::size_t> sizes;
    for (const auto & block : m_Blocks)
    {
      if (block.group > 0)
      {
        sizes[block.group] += block.cells;
      }
    }
    std::vector<std::pair<std::size_t, int>> order;
    for (const auto & [group, cells] : sizes)
    {
      order.emplace_back(cells, group);
    }
    std::stable_sort(order.begin(), order.end(), [](const auto & l, const auto & r) { return l.first > r.first; });
    constexpr std::size_t Most = 12; // the largest say what there is to say
    order.resize(std::min(order.size(), Most));
    for (const auto & entry : order)
    {
      m_Domains.push_back(entry.second);
    }
    m_Blocks.erase(std::remove_if(m_Blocks.begin(), m_Blocks.end(),
                                  [this](const TiltBlock & b) {
                                    return b.group > 0 &&
                                           std::find(m_Domains.begin(), m_Domains.end(), b.group) == m_Domains.end();
                                  }),
                   m_Blocks.end());
  }

  void
  PlaceCenter()
  {
    if (m_Blocks.empty())
    {
      return;
    }
    Eigen::Vector2d low = m_Blocks.front().positionNm;
    Eigen::Vector2d high = low;
    for (const auto & block : m_Blocks)
    {
      low = low.cwiseMin(block.positionNm);
      high = high.cwiseMax(block.positionNm);
    }
    m_Center = 0.5 * (low + high);
    m_Extent = std::max(1.0, (high - low).norm());
  }

  Eigen::Index
  DomainOf(const TiltBlock & block) const
  {
    return std::find(m_Domains.begin(), m_Domains.end(), block.group) - m_Domains.begin();
  }

  /** Domains start at their means, without what the non-polar region shows; from these follow the relations. */
  void
  Start()
  {
    Eigen::Vector2d offset = Eigen::Vector2d::Zero();
    double weight = 0.0;
    std::vector<Eigen::Vector2d> sums(m_Domains.size(), Eigen::Vector2d::Zero());
    std::vector<double> cells(m_Domains.size(), 0.0);
    for (const auto & block : m_Blocks)
    {
      const auto count = static_cast<double>(block.cells);
      if (block.group == TiltSample::NonPolar)
      {
        offset += count * block.polarizationPm;
        weight += count;
      }
      else
      {
        const auto domain = static_cast<std::size_t>(this->DomainOf(block));
        sums[domain] += count * block.polarizationPm;
        cells[domain] += count;
      }
    }
    offset /= std::max(1.0, weight);
    for (std::size_t k = 0; k < m_Domains.size(); ++k)
    {
      m_Unknowns.segment<2>(FirstDomain + 2 * static_cast<Eigen::Index>(k)) =
        sums[k] / std::max(1.0, cells[k]) - offset;
    }
    for (Eigen::Index k = 0; k < static_cast<Eigen::Index>(m_Domains.size()); ++k)
    {
      for (Eigen::Index l = k + 1; l < static_cast<Eigen::Index>(m_Domains.size()); ++l)
      {
        const Eigen::Vector2d first = this->Polarization(k);
        const Eigen::Vector2d second = this->Polarization(l);
        const double cosine = first.dot(second) / std::max(1e-30, first.norm() * second.norm());
        constexpr double Octant = 0.70710678; // cosine of 45 degrees
        m_Pairs.push_back({k, l,
                           cosine < -Octant  ? Relation::Opposite
                           : cosine > Octant ? Relation::Same
                                             : Relation::EqualSize});
      }
    }
  }

  Eigen::Vector2d
  Polarization(Eigen::Index domain) const
  {
    return m_Unknowns.segment<2>(FirstDomain + 2 * domain);
  }

  /** Adds observations residual = value - model with the given derivative of the model and covariance. */
  void
  Observe(const Eigen::MatrixXd & derivative, const Eigen::VectorXd & residual, const Eigen::MatrixXd & covariance)
  {
    const Eigen::MatrixXd weighted = derivative.transpose() * covariance.inverse();
    m_Normal += weighted * derivative;
    m_Right += weighted * residual;
    m_Objective += residual.dot(covariance.inverse() * residual);
  }

  void
  Linearise()
  {
    const Eigen::Index size = m_Unknowns.size();
    m_Normal = Eigen::MatrixXd::Zero(size, size);
    m_Right = Eigen::VectorXd::Zero(size);
    m_ChiSquare = 0.0;
    m_Objective = 0.0;
    const double spread = m_Assumptions.patchSpreadPm;
    for (const auto & block : m_Blocks)
    {
      const auto row = FieldRow(block.positionNm - m_Center);
      const Eigen::Vector2d tilt = row * m_Unknowns.head<FieldTerms>();
      const bool polar = block.group != TiltSample::NonPolar;
      const TiltPolarization & response = polar ? *m_Film : *m_NonPolar;
      // What is measured: the polarization without tilt, and what tilt adds to it.
      const Eigen::Vector2d polarization =
        polar ? this->Polarization(this->DomainOf(block)) : Eigen::Vector2d(Eigen::Vector2d::Zero());
      Eigen::MatrixXd derivative = Eigen::MatrixXd::Zero(2, size);
      derivative.leftCols(FieldTerms) = response.Derivative(tilt, polarization) * row;
      if (polar)
      {
        derivative.block<2, 2>(0, FirstDomain + 2 * this->DomainOf(block)) =
          Eigen::Matrix2d::Identity() + response.DerivativeByPolarization(tilt, polarization);
      }
      Eigen::Vector2d residual = block.polarizationPm - polarization - response.Evaluate(tilt, polarization);
      if (!polar)
      {
        derivative.block<2, OffsetTerms>(0, FieldTerms).setIdentity();
        residual -= m_Unknowns.segment<OffsetTerms>(FieldTerms);
      }
      const Eigen::Matrix2d covariance = block.covariancePm2 + spread * spread * Eigen::Matrix2d::Identity();
      m_ChiSquare += residual.dot(covariance.inverse() * residual);
      this->Observe(derivative, residual, covariance);
    }
    for (const auto & pair : m_Pairs)
    {
      this->ObservePair(pair);
    }
    // The error of the table is the same for all patches, and grows with the tilt.
    const double offset = m_NonPolar ? std::max(1e-3, m_TableShare * m_NonPolar->GetErrorPm()) : 1.0;
    for (Eigen::Index n = FieldTerms; n < FirstDomain; ++n)
    {
      m_Normal(n, n) += 1.0 / (offset * offset);
      m_Right[n] -= m_Unknowns[n] / (offset * offset);
      m_Objective += m_Unknowns[n] * m_Unknowns[n] / (offset * offset);
    }
    // What is believed before: no tilt, give or take.
    const double variation = m_Assumptions.gradient ? m_Assumptions.variationPriorMrad / m_Extent : 1e-9;
    for (Eigen::Index n = 0; n < FieldTerms; ++n)
    {
      const double deviation = n < 2 ? m_Assumptions.tiltPriorMrad : variation;
      m_Normal(n, n) += 1.0 / (deviation * deviation);
      m_Right[n] -= m_Unknowns[n] / (deviation * deviation);
      m_Objective += m_Unknowns[n] * m_Unknowns[n] / (deviation * deviation);
    }
  }

  void
  ObservePair(const DomainPair & pair)
  {
    const Eigen::Index size = m_Unknowns.size();
    const Eigen::Vector2d first = this->Polarization(pair.first);
    const Eigen::Vector2d second = this->Polarization(pair.second);
    const double length = 0.5 * (first.norm() + second.norm());
    const double deviation = std::max(0.05, m_Assumptions.domainSpread * length);
    const Eigen::Index f = FirstDomain + 2 * pair.first;
    const Eigen::Index s = FirstDomain + 2 * pair.second;
    if (pair.relation == Relation::EqualSize)
    {
      Eigen::MatrixXd derivative = Eigen::MatrixXd::Zero(1, size);
      derivative.block<1, 2>(0, f) = first.normalized().transpose();
      derivative.block<1, 2>(0, s) = -second.normalized().transpose();
      this->Observe(derivative, Eigen::VectorXd::Constant(1, second.norm() - first.norm()),
                    Eigen::MatrixXd::Constant(1, 1, deviation * deviation));
      return;
    }
    const double sign = pair.relation == Relation::Opposite ? 1.0 : -1.0;
    Eigen::MatrixXd derivative = Eigen::MatrixXd::Zero(2, size);
    derivative.block<2, 2>(0, f).setIdentity();
    derivative.block<2, 2>(0, s) = sign * Eigen::Matrix2d::Identity();
    this->Observe(derivative, -(first + sign * second), deviation * deviation * Eigen::Matrix2d::Identity());
  }

  TiltEstimate
  Report() const
  {
    TiltEstimate estimate;
    const double freedom = 2.0 * static_cast<double>(m_Blocks.size()) -
                           static_cast<double>(m_Unknowns.size() - OffsetTerms - (m_Assumptions.gradient ? 0 : 4));
    estimate.reducedChiSquare = freedom >= 1.0 ? m_ChiSquare / freedom : 1.0;
    const Eigen::MatrixXd covariance =
      std::max(1.0, estimate.reducedChiSquare) *
      m_Normal.ldlt().solve(Eigen::MatrixXd::Identity(m_Unknowns.size(), m_Unknowns.size()));
    TiltField & field = estimate.field;
    field.centerNm = m_Center;
    field.atCenterMrad = m_Unknowns.head<2>();
    field.gradientMradPerNm << m_Unknowns[2], m_Unknowns[3], m_Unknowns[4], m_Unknowns[5];
    field.covariance = covariance.topLeftCorner<FieldTerms, FieldTerms>();
    const Eigen::Index terms = m_Assumptions.gradient ? FieldTerms : 2;
    const Eigen::VectorXd values = m_Unknowns.head(terms);
    const double half = 0.5 * values.dot(covariance.topLeftCorner(terms, terms).ldlt().solve(values));
    // Survival function of chi squared with an even number of degrees of freedom.
    estimate.chanceWithoutTilt = std::exp(-half) * (terms == 2 ? 1.0 : 1.0 + half + 0.5 * half * half);
    for (const auto & block : m_Blocks)
    {
      (block.group == TiltSample::NonPolar ? estimate.nonPolarCells : estimate.domainCells) += block.cells;
    }
    estimate.domains = m_Domains;
    for (std::size_t k = 0; k < m_Domains.size(); ++k)
    {
      estimate.domainPolarizationsPm.push_back(this->Polarization(static_cast<Eigen::Index>(k)));
    }
    for (const auto & pair : m_Pairs)
    {
      estimate.oppositePairs += pair.relation == Relation::Opposite;
      estimate.equalPairs += pair.relation == Relation::EqualSize;
    }
    return estimate;
  }

  std::vector<TiltBlock> m_Blocks;
  const TiltPolarization * m_NonPolar;
  const TiltPolarization * m_Film;
  TiltAssumptions m_Assumptions;
  std::vector<int> m_Domains;
  std::vector<DomainPair> m_Pairs;
  Eigen::Vector2d m_Center = Eigen::Vector2d::Zero();
  double m_Extent = 1.0; ///< nm
  Eigen::VectorXd m_Unknowns;
  Eigen::MatrixXd m_Normal;
  Eigen::VectorXd m_Right;
  double m_ChiSquare = 0.0;
  double m_Objective = 0.0; ///< what the fit makes small: squared deviations of patches, pairs and priors
  double m_TableShare = 0.0;
};
} // namespace

Eigen::Vector2d
TiltField::At(const Eigen::Vector2d & positionNm) const
{
  return atCenterMrad + gradientMradPerNm * (positionNm - centerNm);
}

Eigen::Matrix2d
TiltField::CovarianceAt(const Eigen::Vector2d & positionNm) const
{
  const auto row = FieldRow(positionNm - centerNm);
  return row * covariance * row.transpose();
}

TiltEstimate
EstimateTilt(const std::vector<TiltSample> & samples, const TiltPolarization * nonPolar, const TiltPolarization * film,
             const TiltAssumptions & assumptions)
{
  std::vector<TiltBlock> blocks = AverageBlocks(samples);
  blocks.erase(std::remove_if(blocks.begin(), blocks.end(),
                              [&](const TiltBlock & b) { return b.group == TiltSample::NonPolar ? !nonPolar : !film; }),
               blocks.end());
  const bool hasNonPolar =
    std::any_of(blocks.begin(), blocks.end(), [](const TiltBlock & b) { return b.group == TiltSample::NonPolar; });
  TiltFit fit(std::move(blocks), nonPolar, film, assumptions);
  TiltEstimate estimate = fit.Solve();
  if (!hasNonPolar && estimate.oppositePairs + estimate.equalPairs == 0)
  {
    throw AnalysisError("nothing tells the tilt from polarization: neither a non-polar region nor two domains of "
                        "different direction were found (" +
                        std::to_string(estimate.domains.size()) +
                        " domains); name a region that is not polar, or leave the map as it is");
  }
  return estimate;
}
} // namespace ferro
