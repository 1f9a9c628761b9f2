#include "ferroTiltPolarization.h"

#include "ferroErrors.h"
#include "ferroTiltTerms.h"

#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace ferro
{
namespace
{
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

/** The coefficients at the thicknesses around the one that is asked for. */
struct Neighbourhood
{
  std::vector<double> thicknessNm;
  std::vector<TiltSeriesFit> fits;
  std::size_t below = 0; ///< of the two that are interpolated
  std::size_t above = 0;

  TiltCoefficients
  Slope(std::size_t from, std::size_t to) const
  {
    return (fits[to].coefficients - fits[from].coefficients) / (thicknessNm[to] - thicknessNm[from]);
  }

  /** How far a straight line between two thicknesses may miss: t (1 - t) h^2 f'' / 2, with the larger second difference
   * of those with the next thickness on either side. */
  TiltCoefficients
  InterpolationError(double thickness) const
  {
    TiltCoefficients curvature = TiltCoefficients::Zero();
    if (below == above)
    {
      return curvature;
    }
    const auto consider = [&](std::size_t first)
    {
      const TiltCoefficients second = 2.0 * (this->Slope(first + 1, first + 2) - this->Slope(first, first + 1)) /
                                      (thicknessNm[first + 2] - thicknessNm[first]);
      curvature = second.norm() > curvature.norm() ? second : curvature;
    };
    if (below > 0)
    {
      consider(below - 1);
    }
    if (above + 1 < fits.size())
    {
      consider(below);
    }
    return 0.5 * std::max(0.0, (thickness - thicknessNm[below]) * (thicknessNm[above] - thickness)) * curvature;
  }

  /** Change of the coefficients with the thickness; at a thickness of the table the larger of both sides. */
  TiltCoefficients
  Change(double thickness) const
  {
    TiltCoefficients change = TiltCoefficients::Zero();
    constexpr double At = 0.02; // of the distance
    for (std::size_t n = 0; n + 1 < fits.size(); ++n)
    {
      const double slack = At * (thicknessNm[n + 1] - thicknessNm[n]);
      const bool first = n == 0 && thickness < thicknessNm[0];
      const bool last = n + 2 == fits.size() && thickness > thicknessNm[n + 1];
      if (first || last || (thickness >= thicknessNm[n] - slack && thickness <= thicknessNm[n + 1] + slack))
      {
        const TiltCoefficients slope = this->Slope(n, n + 1);
        change = slope.norm() > change.norm() ? slope : change;
      }
    }
    return change;
  }
};
} // namespace

TiltPolarization::TiltPolarization(const TiltResponse & response, double thicknessNm, double thicknessErrorNm)
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
  const auto at = std::find_if(response.series.begin(), response.series.end() - 1,
                               [&](const TiltResponseSeries & s) { return s.thicknessNm >= thicknessNm; });
  const auto under = at == response.series.begin() ? at : at - 1;
  // One more on either side says how the response bends between the two.
  const auto begin = under == response.series.begin() ? under : under - 1;
  const auto end = at + 1 == response.series.end() ? at + 1 : at + 2;
  Neighbourhood all;
  for (auto series = begin; series != end; ++series)
  {
    all.thicknessNm.push_back(series->thicknessNm);
    all.fits.push_back(FitTiltSeries(*series, response.fourfold));
  }
  all.above = static_cast<std::size_t>(at - begin);
  all.below = static_cast<std::size_t>(under - begin);
  const TiltSeriesFit & high = all.fits[all.above];
  const TiltSeriesFit & low = all.fits[all.below];
  const double span = all.thicknessNm[all.above] - all.thicknessNm[all.below];
  const double share = span > 0.0 ? std::clamp((thicknessNm - all.thicknessNm[all.below]) / span, 0.0, 1.0) : 1.0;
  m_Coefficients = (1.0 - share) * low.coefficients + share * high.coefficients;
  m_ErrorPm = std::max(low.errorPm, high.errorPm);
  m_LargestTiltMrad = std::min(low.largestTiltMrad, high.largestTiltMrad);
  m_LongestPm = 2.0 * std::max(KnownPolarization(*under).norm(), KnownPolarization(*at).norm());

  // Both thicknesses were simulated with much the same atoms: their errors count as the same, in proportion.
  const TiltCoefficients interpolation = all.InterpolationError(thicknessNm);
  const TiltModes own =
    FactorOf((1.0 - share) * low.modes * low.modes.transpose() + share * high.modes * high.modes.transpose() +
             interpolation * interpolation.transpose());
  m_Modes.resize(Terms, own.cols() + 1);
  m_Modes << own, thicknessErrorNm * all.Change(thicknessNm);
}

TiltPolarization::Rows
TiltPolarization::RowsAt(const Eigen::Vector2d & tiltMrad, const Eigen::Vector2d & polarizationPm) const
{
  const double length = polarizationPm.norm();
  const double share = length > m_LongestPm ? m_LongestPm / length : 1.0;
  // Beyond the table in proportion to the tilt: the polynomial would turn round.
  const double beyond = std::max(1.0, tiltMrad.norm() / m_LargestTiltMrad);
  return beyond * MakeTiltTerms(tiltMrad / beyond, share * polarizationPm);
}

Eigen::Vector2d
TiltPolarization::Evaluate(const Eigen::Vector2d & tiltMrad, const Eigen::Vector2d & polarizationPm) const
{
  return this->RowsAt(tiltMrad, polarizationPm) * m_Coefficients;
}

Eigen::Matrix2Xd
TiltPolarization::EvaluateModes(const Eigen::Vector2d & tiltMrad, const Eigen::Vector2d & polarizationPm) const
{
  return this->RowsAt(tiltMrad, polarizationPm) * m_Modes;
}

TiltPolarization
TiltPolarization::Shifted(const Eigen::VectorXd & deviations) const
{
  TiltPolarization result = *this;
  result.m_Coefficients += m_Modes * deviations;
  return result;
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
