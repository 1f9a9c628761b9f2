#include "ferroTiltPolarization.h"

#include "ferroErrors.h"

#include <Eigen/LU>
#include <Eigen/QR>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace ferro
{
namespace
{
/** Tilts and polarizations enter in these units, which keeps all terms of the order of 1. */
constexpr double UnitMrad = 10.0;
constexpr double UnitPm = 20.0;

using Rows = Eigen::Matrix<double, 2, TiltPolarization::Terms>;

/** The terms for both components. */
Rows
MakeRows(const Eigen::Vector2d & tiltMrad, const Eigen::Vector2d & polarizationPm)
{
  const double x = tiltMrad.x() / UnitMrad;
  const double y = tiltMrad.y() / UnitMrad;
  constexpr int Odd = TiltPolarization::OddTerms;
  Eigen::Matrix<double, 1, Odd> odd;
  odd << x, y, x * x * x, x * x * y, x * y * y, y * y * y;
  Rows rows = Rows::Zero();
  rows.block<1, Odd>(0, 0) = odd;
  rows.block<1, Odd>(1, Odd) = odd;
  const Eigen::Vector2d p = polarizationPm / UnitPm;
  const Eigen::Vector2d tilt(x, y);
  rows.col(2 * Odd) = tilt.squaredNorm() * p;
  rows.col(2 * Odd + 1) = (x * x - y * y) * Eigen::Vector2d(p.x(), -p.y());
  rows.col(2 * Odd + 2) = 2.0 * x * y * Eigen::Vector2d(p.y(), p.x());
  rows.col(2 * Odd + 3) = p.dot(tilt) * p - 0.5 * p.squaredNorm() * tilt;
  return rows;
}

Eigen::Vector2d
QuarterTurn(const Eigen::Vector2d & v)
{
  return {-v.y(), v.x()};
}

/** None where it is too short to tell what depends on it. */
Eigen::Vector2d
KnownPolarization(const TiltResponseSeries & series)
{
  constexpr double ShortestPm = 5.0;
  return series.polarizationPm.norm() < ShortestPm ? Eigen::Vector2d(0, 0) : series.polarizationPm;
}

/** Central differences: of polynomials of third degree with values of some pm, to 1e-6. */
template <class TFunction>
Eigen::Matrix2d
Differentiate(const TFunction & function, const Eigen::Vector2d & place)
{
  constexpr double Step = 1e-3;
  Eigen::Matrix2d derivative;
  for (Eigen::Index axis = 0; axis < 2; ++axis)
  {
    const Eigen::Vector2d step = Step * Eigen::Vector2d::Unit(axis);
    derivative.col(axis) = (function(place + step) - function(place - step)) / (2.0 * Step);
  }
  return derivative;
}
} // namespace

TiltPolarization::Fit
TiltPolarization::FitSeries(const TiltResponseSeries & series, bool fourfold)
{
  struct Sample
  {
    Eigen::Vector2d tilt;
    Eigen::Vector2d shift;
    Eigen::Vector2d polarization;
  };
  std::vector<Sample> samples;
  double stated = 0.0;
  Fit fit{Coefficients::Zero(), 0.0, 0.0};
  for (const auto & point : series.points)
  {
    if (point.tiltMrad.squaredNorm() == 0.0)
    {
      continue;
    }
    Sample sample{point.tiltMrad, point.shiftBPm - point.shiftAPm, KnownPolarization(series)};
    for (int turn = 0; turn < (fourfold ? 4 : 1); ++turn)
    {
      samples.push_back(sample);
      sample = {QuarterTurn(sample.tilt), QuarterTurn(sample.shift), QuarterTurn(sample.polarization)};
    }
    stated = std::max(stated, point.errorPm);
    fit.largestTiltMrad = std::max(fit.largestTiltMrad, point.tiltMrad.norm());
  }
  const auto count = static_cast<Eigen::Index>(samples.size());
  Eigen::MatrixXd design(2 * count, Terms);
  Eigen::VectorXd right(2 * count);
  Eigen::MatrixXd tilts(count, 2);
  for (Eigen::Index n = 0; n < count; ++n)
  {
    const auto & sample = samples[static_cast<std::size_t>(n)];
    design.middleRows<2>(2 * n) = MakeRows(sample.tilt, sample.polarization);
    right.segment<2>(2 * n) = sample.shift;
    tilts.row(n) = sample.tilt.transpose();
  }
  if (count == 0 || Eigen::ColPivHouseholderQR<Eigen::MatrixXd>(tilts).rank() < 2)
  {
    std::ostringstream message;
    message << "the tilts of the response table at " << series.thicknessNm
            << " nm lie along one direction, expected two that are not parallel (or a table marked as fourfold)";
    throw AnalysisError(message.str());
  }
  // Terms that the table does not tell apart stay as small as possible: the solution of least norm.
  Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> solver;
  solver.setThreshold(1e-8);
  solver.compute(design);
  fit.coefficients = solver.solve(right);
  const Eigen::VectorXd residual = right - design * fit.coefficients;
  const double freedom = std::max(1.0, static_cast<double>(2 * count - solver.rank()));
  fit.errorPm = std::max(stated, std::sqrt(residual.squaredNorm() / freedom));
  return fit;
}

TiltPolarization::TiltPolarization(const TiltResponse & response, double thicknessNm)
{
  if (response.series.empty())
  {
    throw AnalysisError("the response table of " + response.material + " is empty");
  }
  const auto & first = response.series.front();
  const auto & last = response.series.back();
  constexpr double Slack = 0.1;
  if (!(thicknessNm >= (1.0 - Slack) * first.thicknessNm) || thicknessNm > (1.0 + Slack) * last.thicknessNm)
  {
    std::ostringstream message;
    message << "the response table of " << response.material << " does not cover a thickness of " << thicknessNm
            << " nm: it holds " << first.thicknessNm << " to " << last.thicknessNm << " nm";
    throw AnalysisError(message.str());
  }
  const auto above = std::find_if(response.series.begin(), response.series.end() - 1,
                                  [&](const TiltResponseSeries & s) { return s.thicknessNm >= thicknessNm; });
  const auto below = above == response.series.begin() ? above : above - 1;
  const Fit high = FitSeries(*above, response.fourfold);
  const Fit low = FitSeries(*below, response.fourfold);
  const double span = above->thicknessNm - below->thicknessNm;
  const double share = span > 0.0 ? std::clamp((thicknessNm - below->thicknessNm) / span, 0.0, 1.0) : 1.0;
  m_Coefficients = (1.0 - share) * low.coefficients + share * high.coefficients;
  m_ErrorPm = std::max(low.errorPm, high.errorPm);
  m_LargestTiltMrad = std::min(low.largestTiltMrad, high.largestTiltMrad);
  m_LongestPm = 2.0 * std::max(KnownPolarization(*below).norm(), KnownPolarization(*above).norm());
}

Eigen::Vector2d
TiltPolarization::Evaluate(const Eigen::Vector2d & tiltMrad, const Eigen::Vector2d & polarizationPm) const
{
  const double length = polarizationPm.norm();
  const double share = length > m_LongestPm ? m_LongestPm / length : 1.0;
  // Beyond the table in proportion to the tilt: the polynomial would turn round.
  const double beyond = std::max(1.0, tiltMrad.norm() / m_LargestTiltMrad);
  return beyond * MakeRows(tiltMrad / beyond, share * polarizationPm) * m_Coefficients;
}

Eigen::Matrix2d
TiltPolarization::Derivative(const Eigen::Vector2d & tiltMrad, const Eigen::Vector2d & polarizationPm) const
{
  return Differentiate([&](const Eigen::Vector2d & tilt) { return this->Evaluate(tilt, polarizationPm); }, tiltMrad);
}

Eigen::Matrix2d
TiltPolarization::DerivativeByPolarization(const Eigen::Vector2d & tiltMrad,
                                           const Eigen::Vector2d & polarizationPm) const
{
  return Differentiate([&](const Eigen::Vector2d & p) { return this->Evaluate(tiltMrad, p); }, polarizationPm);
}

Eigen::Vector2d
TiltPolarization::Remove(const Eigen::Vector2d & measuredPm, const Eigen::Vector2d & tiltMrad) const
{
  Eigen::Vector2d polarization = measuredPm - this->Evaluate(tiltMrad);
  constexpr int Steps = 8;
  for (int step = 0; step < Steps; ++step)
  {
    const Eigen::Vector2d off = polarization + this->Evaluate(tiltMrad, polarization) - measuredPm;
    constexpr double NegligiblePm = 1e-9;
    if (off.norm() < NegligiblePm)
    {
      break;
    }
    const Eigen::Matrix2d slope = Eigen::Matrix2d::Identity() + this->DerivativeByPolarization(tiltMrad, polarization);
    polarization -= slope.partialPivLu().solve(off);
  }
  return polarization;
}
} // namespace ferro
