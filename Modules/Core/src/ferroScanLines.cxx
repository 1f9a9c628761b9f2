#include "ferroScanLines.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
double
ScanLines::Weight(AxisName axis, double u, double weightSigma)
{
  const double gauss = std::exp(-0.5 * u * u / (weightSigma * weightSigma));
  return axis == X ? gauss : u * u * gauss;
}

double
ScanLines::Correlation(AxisName axis, double dy) const
{
  if (weightSigma <= 0.0)
  {
    return 0.0;
  }
  const auto & table = axes[static_cast<std::size_t>(axis)].correlation;
  if (!table.empty())
  {
    const double place = std::abs(dy);
    const auto index = static_cast<std::size_t>(place);
    const double t = place - std::floor(place);
    const auto at = [&](std::size_t k) { return k < table.size() ? table[k] : 0.0; };
    return (1.0 - t) * at(index) + t * at(index + 1);
  }
  const double q = dy * dy / (weightSigma * weightSigma);
  return std::exp(-0.25 * q) * (axis == X ? 1.0 : 1.0 - q / 3.0 + q * q / 12.0);
}

double
ScanLines::Displacement(AxisName axis, double line) const
{
  const auto & values = axes[static_cast<std::size_t>(axis)].displacement;
  if (values.empty())
  {
    return 0.0;
  }
  // Catmull and Rom's cubic through the lines: the shift varies over a column's height.
  const auto last = static_cast<double>(values.size() - 1);
  const double place = std::clamp(line, 0.0, last);
  const auto at = [&](double index) { return values[static_cast<std::size_t>(std::clamp(index, 0.0, last))]; };
  const double floor = std::floor(place);
  const double t = place - floor;
  const double a = at(floor - 1.0);
  const double b = at(floor);
  const double c = at(floor + 1.0);
  const double d = at(floor + 2.0);
  return b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)));
}

double
ScanLines::Covariance(AxisName axis, double first, double second) const
{
  const Axis & known = axes[static_cast<std::size_t>(axis)];
  if (known.covariance.empty())
  {
    return known.variance > 0.0 ? known.variance * this->Correlation(axis, second - first) : 0.0;
  }
  const std::size_t lines = known.covariance.size() / known.reach;
  const auto last = static_cast<double>(lines - 1);
  const double y1 = std::clamp(std::min(first, second), 0.0, last);
  const double y2 = std::clamp(std::max(first, second), 0.0, last);
  const auto at = [&](std::size_t one, std::size_t other)
  {
    const std::size_t low = std::min({one, other, lines - 1});
    const std::size_t distance = std::min(std::max(one, other), lines - 1) - low;
    return distance < known.reach ? known.covariance[low * known.reach + distance] : 0.0;
  };
  const auto f1 = static_cast<std::size_t>(y1);
  const auto f2 = static_cast<std::size_t>(y2);
  const double t1 = y1 - static_cast<double>(f1);
  const double t2 = y2 - static_cast<double>(f2);
  return (1.0 - t1) * ((1.0 - t2) * at(f1, f2) + t2 * at(f1, f2 + 1)) +
         t1 * ((1.0 - t2) * at(f1 + 1, f2) + t2 * at(f1 + 1, f2 + 1));
}

double
ScanLines::VarianceOfSum(AxisName axis, const std::vector<double> & lines, const std::vector<double> & weights) const
{
  const Axis & known = axes[static_cast<std::size_t>(axis)];
  if (lines.empty() || (known.variance <= 0.0 && known.covariance.empty()))
  {
    return 0.0;
  }
  // Weights are brought to whole lines, linearly, as Covariance() does it.
  const double lowest = std::floor(*std::min_element(lines.begin(), lines.end()));
  const double highest = std::floor(*std::max_element(lines.begin(), lines.end()));
  std::vector<double> sums(static_cast<std::size_t>(highest - lowest) + 2, 0.0);
  for (std::size_t k = 0; k < lines.size(); ++k)
  {
    const double place = lines[k] - lowest;
    const auto index = static_cast<std::size_t>(place);
    const double t = place - static_cast<double>(index);
    sums[index] += (1.0 - t) * weights[k];
    sums[index + 1] += t * weights[k];
  }
  constexpr double Far = 9.0; // in t: correlations below 1e-6
  const std::size_t reach = !known.covariance.empty()   ? known.reach
                            : known.correlation.empty() ? static_cast<std::size_t>(std::ceil(Far * weightSigma)) + 1
                                                        : known.correlation.size();
  double variance = 0.0;
  for (std::size_t y = 0; y < sums.size(); ++y)
  {
    for (std::size_t k = 0; k < reach && y + k < sums.size(); ++k)
    {
      const double line = lowest + static_cast<double>(y);
      variance +=
        (k == 0 ? 1.0 : 2.0) * sums[y] * sums[y + k] * this->Covariance(axis, line, line + static_cast<double>(k));
    }
  }
  return std::max(0.0, variance);
}
} // namespace ferro
