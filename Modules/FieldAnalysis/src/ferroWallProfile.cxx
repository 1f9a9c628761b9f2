#include "ferroWallProfile.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

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
  double tilt = 0.0;
};

/** The best middle and height for a width, a place and a tilt. */
Trial
FitLinear(const std::vector<ProfileSample> & samples, double width, double place, double tilt)
{
  double s = 0.0, st = 0.0, stt = 0.0, sv = 0.0, stv = 0.0, svv = 0.0;
  for (const auto & sample : samples)
  {
    const double x = 2.0 * (sample.distance - place - tilt * sample.along) / width;
    const double t = x > 8.0 ? 1.0 : x < -8.0 ? -1.0 : std::tanh(x);
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
  trial.tilt = tilt;
  trial.middle = (stt * sv - st * stv) / determinant;
  trial.height = (s * stv - st * sv) / determinant;
  trial.chi2 = svv - trial.middle * sv - trial.height * stv;
  return trial;
}

/** The best place and tilt for a width, from a start: steps to both sides that become smaller. */
Trial
FitPlace(const std::vector<ProfileSample> & samples, double width, const Trial & start, double spacing,
         double tiltLimit)
{
  Trial best = FitLinear(samples, width, start.place, start.tilt);
  double step = 0.25;
  constexpr double Finest = 0.01;
  while (step > Finest)
  {
    bool better = false;
    for (const auto & [dPlace, dTilt] : {std::make_pair(1.0, 0.0), {-1.0, 0.0}, {0.0, 1.0}, {0.0, -1.0}})
    {
      if (dTilt != 0.0 && tiltLimit <= 0.0)
      {
        continue;
      }
      const double place = std::clamp(best.place + step * dPlace * spacing, -1.5 * spacing, 1.5 * spacing);
      const double tilt = std::clamp(best.tilt + step * dTilt * tiltLimit, -tiltLimit, tiltLimit);
      const Trial trial = FitLinear(samples, width, place, tilt);
      if (trial.chi2 < best.chi2)
      {
        best = trial;
        better = true;
      }
    }
    step *= better ? 1.0 : 0.5;
  }
  return best;
}
} // namespace

WallProfile
FitWallProfile(const std::vector<ProfileSample> & all, double spacing, double tiltLimit)
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
  constexpr int Widths = 28;
  const double narrow = 0.05 * spacing;
  const double wide = 20.0 * spacing;
  const double step = std::log(wide / narrow) / (Widths - 1);
  std::vector<Trial> trials(Widths);
  std::size_t best = 0;
  // From wide to narrow: where a step lies is seen best with a smooth one.
  Trial start;
  for (std::size_t n = Widths; n-- > 0;)
  {
    trials[n] = FitPlace(samples, narrow * std::exp(step * static_cast<double>(n)), start, spacing, tiltLimit);
    start = std::isfinite(trials[n].chi2) ? trials[n] : start;
    best = n + 1 == Widths || trials[n].chi2 < trials[best].chi2 ? n : best;
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
    const Trial one = FitPlace(samples, std::exp(left), optimum, spacing, tiltLimit);
    const Trial other = FitPlace(samples, std::exp(right), optimum, spacing, tiltLimit);
    const bool leftIsBetter = one.chi2 <= other.chi2;
    if ((leftIsBetter ? one : other).chi2 < optimum.chi2)
    {
      optimum = leftIsBetter ? one : other;
      width = std::exp(leftIsBetter ? left : right);
    }
    (leftIsBetter ? high : low) = leftIsBetter ? right : left;
  }
  const double freedom = std::max(1.0, static_cast<double>(samples.size()) - 5.0);
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
  profile.tilt = optimum.tilt;
  profile.width = width;
  profile.widthLow = cross(-1);
  profile.widthHigh = cross(1);
  // A step: any place between two rows of cells is as good, which the curvature cannot see.
  const double reach = 0.02 * spacing;
  const double curvature = FitLinear(samples, width, optimum.place + reach, optimum.tilt).chi2 +
                           FitLinear(samples, width, optimum.place - reach, optimum.tilt).chi2 - 2.0 * optimum.chi2;
  const double statistical =
    curvature > 0.0 ? std::sqrt(2.0 * unit / curvature) * reach : std::numeric_limits<double>::infinity();
  profile.placeError = std::min(statistical, spacing / std::sqrt(12.0));
  return profile;
}
} // namespace ferro
