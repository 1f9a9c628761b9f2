#include "ferroTiltPolarization.h"

#include "ferroErrors.h"

#include <Eigen/QR>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace ferro
{
namespace
{
/** Tilts enter in this unit, which keeps all terms of the order of 1. */
constexpr double UnitMrad = 10.0;

Eigen::Matrix<double, 1, TiltPolarization::Terms>
Row(const Eigen::Vector2d & tiltMrad)
{
  const double x = tiltMrad.x() / UnitMrad;
  const double y = tiltMrad.y() / UnitMrad;
  Eigen::Matrix<double, 1, TiltPolarization::Terms> row;
  row << x, y, x * x * x, x * x * y, x * y * y, y * y * y;
  return row;
}

Eigen::Vector2d
QuarterTurn(const Eigen::Vector2d & v)
{
  return {-v.y(), v.x()};
}
} // namespace

TiltPolarization::Fit
TiltPolarization::FitSeries(const TiltResponseSeries & series, bool fourfold)
{
  struct Sample
  {
    Eigen::Vector2d tilt;
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
    Sample sample{point.tiltMrad, point.shiftBPm - point.shiftAPm};
    for (int turn = 0; turn < (fourfold ? 4 : 1); ++turn)
    {
      samples.push_back(sample);
      sample = {QuarterTurn(sample.tilt), QuarterTurn(sample.polarization)};
    }
    stated = std::max(stated, point.errorPm);
    fit.largestTiltMrad = std::max(fit.largestTiltMrad, point.tiltMrad.norm());
  }
  Eigen::MatrixXd design(static_cast<Eigen::Index>(samples.size()), Terms);
  Eigen::MatrixXd right(design.rows(), 2);
  for (Eigen::Index n = 0; n < design.rows(); ++n)
  {
    design.row(n) = Row(samples[static_cast<std::size_t>(n)].tilt);
    right.row(n) = samples[static_cast<std::size_t>(n)].polarization.transpose();
  }
  // Terms that the tilts of the table do not tell apart stay as small as possible: the solution of least norm.
  Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> solver;
  solver.setThreshold(1e-8);
  solver.compute(design);
  const bool linearTerms =
    design.rows() > 0 && Eigen::ColPivHouseholderQR<Eigen::MatrixXd>(design.leftCols(2)).rank() == 2;
  if (!linearTerms)
  {
    std::ostringstream message;
    message << "the tilts of the response table at " << series.thicknessNm
            << " nm lie along one direction, expected two that are not parallel (or a table marked as fourfold)";
    throw AnalysisError(message.str());
  }
  fit.coefficients = solver.solve(right);
  const Eigen::MatrixXd residual = right - design * fit.coefficients;
  const double freedom = std::max<double>(1.0, static_cast<double>(2 * design.rows() - 2 * solver.rank()));
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
}

Eigen::Vector2d
TiltPolarization::Evaluate(const Eigen::Vector2d & tiltMrad) const
{
  return (Row(tiltMrad) * m_Coefficients).transpose();
}

Eigen::Matrix2d
TiltPolarization::Derivative(const Eigen::Vector2d & tiltMrad) const
{
  const double x = tiltMrad.x() / UnitMrad;
  const double y = tiltMrad.y() / UnitMrad;
  Eigen::Matrix<double, Terms, 2> slopes;
  slopes << 1, 0, 0, 1, 3 * x * x, 0, 2 * x * y, x * x, y * y, 2 * x * y, 0, 3 * y * y;
  return m_Coefficients.transpose() * slopes / UnitMrad;
}
} // namespace ferro
