#include "ferroWallProfile.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ferro
{
namespace
{
struct Trial
{
  double chi2 = std::numeric_limits<double>::infinity();
  double middle = 0.0;
  double height = 0.0;
  double place = 0.0;
  double placeVariance = 0.0;
};

/** The best middle and height for a width and a place. */
Trial
FitLinear(const std::vector<ProfileSample> & samples, double width, double place)
{
  double s = 0.0, st = 0.0, stt = 0.0, sv = 0.0, stv = 0.0, svv = 0.0;
  for (const auto & sample : samples)
  {
    const double t = std::tanh(2.0 * (sample.distance - place) / width);
    const double w = 1.0 / sample.variance;
    s += w;
    st += w * t;
    stt += w * t * t;
    sv += w * sample.value;
    stv += w * t * sample.value;
    svv += w * sample.value * sample.value;
  }
  Trial trial;
  const double determinant = s * stt - st * st;
  if (!(determinant > 1e-9 * s * s))
  {
    return trial;
  }
  trial.place = place;
  trial.middle = (stt * sv - st * stv) / determinant;
  trial.height = (s * stv - st * sv) / determinant;
  trial.chi2 = svv - trial.middle * sv - trial.height * stv;
  return trial;
}

/** The best place within a cell, too: a coarse grid, then golden sections. */
Trial
FitPlace(const std::vector<ProfileSample> & samples, double width, double spacing)
{
  constexpr int Steps = 12;
  Trial best;
  double around = 0.0;
  for (int k = 0; k <= Steps; ++k)
  {
    const double place = spacing * (2.0 * k / Steps - 1.0);
    const Trial trial = FitLinear(samples, width, place);
    if (trial.chi2 < best.chi2)
    {
      best = trial;
      around = place;
    }
  }
  const double ratio = 0.6180339887498949;
  double low = around - 2.0 * spacing / Steps;
  double high = around + 2.0 * spacing / Steps;
  for (int n = 0; n < 14; ++n)
  {
    const double left = high - ratio * (high - low);
    const double right = low + ratio * (high - low);
    const Trial one = FitLinear(samples, width, left);
    const Trial other = FitLinear(samples, width, right);
    (one.chi2 < other.chi2 ? high : low) = one.chi2 < other.chi2 ? right : left;
    const Trial & better = one.chi2 < other.chi2 ? one : other;
    if (better.chi2 < best.chi2)
    {
      best = better;
    }
  }
  return best;
}
} // namespace

WallProfile
FitWallProfile(const std::vector<ProfileSample> & all, double spacing)
{
  WallProfile profile;
  constexpr std::size_t Fewest = 8;
  if (all.size() < Fewest)
  {
    return profile;
  }
  // A long wall has far more cells than the width needs.
  constexpr std::size_t Most = 600;
  std::vector<ProfileSample> samples;
  const double stride = std::max(1.0, static_cast<double>(all.size()) / Most);
  for (double k = 0.0; k < static_cast<double>(all.size()); k += stride)
  {
    samples.push_back(all[static_cast<std::size_t>(k)]);
  }
  const double gain = static_cast<double>(all.size()) / static_cast<double>(samples.size());
  constexpr int Widths = 32;
  const double narrow = 0.05 * spacing;
  const double wide = 20.0 * spacing;
  const double step = std::log(wide / narrow) / (Widths - 1);
  std::vector<Trial> trials(Widths);
  std::size_t best = 0;
  for (std::size_t n = 0; n < Widths; ++n)
  {
    trials[n] = FitPlace(samples, narrow * std::exp(step * static_cast<double>(n)), spacing);
    best = trials[n].chi2 < trials[best].chi2 ? n : best;
  }
  if (!std::isfinite(trials[best].chi2) || trials[best].height == 0.0)
  {
    return profile;
  }
  // Between the widths of the grid.
  double low = std::log(narrow) + step * (static_cast<double>(best) - 1.0);
  double high = low + 2.0 * step;
  Trial optimum = trials[best];
  double width = narrow * std::exp(step * static_cast<double>(best));
  for (int n = 0; n < 8; ++n)
  {
    const double left = low + 0.382 * (high - low);
    const double right = low + 0.618 * (high - low);
    const Trial one = FitPlace(samples, std::exp(left), spacing);
    const Trial other = FitPlace(samples, std::exp(right), spacing);
    const bool leftIsBetter = one.chi2 <= other.chi2;
    if ((leftIsBetter ? one : other).chi2 < optimum.chi2)
    {
      optimum = leftIsBetter ? one : other;
      width = std::exp(leftIsBetter ? left : right);
    }
    (leftIsBetter ? high : low) = leftIsBetter ? right : left;
  }
  const double freedom = std::max(1.0, static_cast<double>(samples.size()) - 4.0);
  const double unit = std::max(1.0, optimum.chi2 / freedom) / gain;
  const auto cross = [&](int direction)
  {
    // The width at which chi squared has grown by one unit, between the last inside and the first outside.
    double inside = std::log(width);
    double insideChi2 = optimum.chi2;
    for (int n = static_cast<int>(best); n >= 0 && n < Widths; n += direction)
    {
      const double at = std::log(narrow) + step * n;
      if ((at - std::log(width)) * direction <= 0.0)
      {
        continue;
      }
      const double chi2 = trials[static_cast<std::size_t>(n)].chi2;
      if (chi2 - optimum.chi2 > unit)
      {
        // Chi squared grows with the square of the distance.
        const double to = std::sqrt(unit);
        const double from = std::sqrt(std::max(0.0, insideChi2 - optimum.chi2));
        const double end = std::sqrt(chi2 - optimum.chi2);
        return std::exp(inside + (at - inside) * (to - from) / std::max(1e-12, end - from));
      }
      inside = at;
      insideChi2 = chi2;
    }
    return direction < 0 ? 0.0 : std::numeric_limits<double>::infinity();
  };
  profile.valid = true;
  profile.middle = optimum.middle;
  profile.height = optimum.height;
  profile.place = optimum.place;
  profile.width = width;
  profile.widthLow = cross(-1);
  profile.widthHigh = cross(1);
  // A step: any place between two rows of cells is as good, which the curvature cannot see.
  const double reach = 0.02 * spacing;
  const double curvature = FitLinear(samples, width, optimum.place + reach).chi2 +
                           FitLinear(samples, width, optimum.place - reach).chi2 - 2.0 * optimum.chi2;
  const double statistical =
    curvature > 0.0 ? std::sqrt(2.0 * unit / curvature) * reach : std::numeric_limits<double>::infinity();
  profile.placeError = std::min(statistical, spacing / std::sqrt(12.0));
  return profile;
}
} // namespace ferro
