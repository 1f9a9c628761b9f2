#include "ferroScanLines.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr double Far = 6.5; // in t: correlations beyond are below 3e-5
}

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

namespace
{
/** Bilinear between the values of a table of lines, which are 0 beyond its reach. */
template <typename At>
double
Interpolate(double first, double second, const At & at)
{
  const auto f1 = static_cast<std::size_t>(first);
  const auto f2 = static_cast<std::size_t>(second);
  const double t1 = first - static_cast<double>(f1);
  const double t2 = second - static_cast<double>(f2);
  return (1.0 - t1) * ((1.0 - t2) * at(f1, f2) + t2 * at(f1, f2 + 1)) +
         t1 * ((1.0 - t2) * at(f1 + 1, f2) + t2 * at(f1 + 1, f2 + 1));
}
} // namespace

double
ScanLines::Covariance(AxisName axis, const Place & first, const Place & second) const
{
  const Axis & known = axes[static_cast<std::size_t>(axis)];
  if (known.covariance.empty())
  {
    return known.variance > 0.0 ? known.variance * this->Correlation(axis, second.line - first.line) : 0.0;
  }
  const std::size_t lines = known.covariance.size() / known.reach;
  const auto inside = [&](double line) { return std::clamp(line, 0.0, static_cast<double>(lines - 1)); };
  if (first.witness != second.witness)
  {
    const auto mixed = [&](std::size_t one, std::size_t witness)
    {
      const std::size_t y = std::min(one, lines - 1);
      const std::size_t k = std::min(witness, lines - 1) + known.reach - 1;
      return k >= y && k - y < 2 * known.reach - 1 ? known.covarianceWithWitness[y * (2 * known.reach - 1) + (k - y)]
                                                   : 0.0;
    };
    return first.witness ? Interpolate(inside(second.line), inside(first.line), mixed)
                         : Interpolate(inside(first.line), inside(second.line), mixed);
  }
  const auto & table = first.witness ? known.covarianceOfWitnesses : known.covariance;
  const auto alike = [&](std::size_t one, std::size_t other)
  {
    const std::size_t low = std::min({one, other, lines - 1});
    const std::size_t distance = std::min(std::max(one, other), lines - 1) - low;
    return distance < known.reach ? table[low * known.reach + distance] : 0.0;
  };
  return Interpolate(inside(first.line), inside(second.line), alike);
}

double
ScanLines::Reach(AxisName axis) const
{
  const Axis & known = axes[static_cast<std::size_t>(axis)];
  return !known.covariance.empty()    ? static_cast<double>(known.reach)
         : !(known.variance > 0.0)    ? -1.0
         : !known.correlation.empty() ? static_cast<double>(known.correlation.size())
                                      : Far * weightSigma;
}

double
ScanLines::VarianceOfSum(AxisName axis, const std::vector<Place> & places, const std::vector<double> & weights) const
{
  const double unseen = axes[static_cast<std::size_t>(axis)].unseen;
  const double farthest = std::max(this->Reach(axis), unseen > 0.0 ? Far * weightSigma : -1.0);
  if (places.empty() || farthest < 0.0)
  {
    return 0.0;
  }
  // Weights are brought to whole lines, linearly, as Covariance() does it; apart for those that had no say in the
  // shifts and for the witnesses.
  const auto below = [](const Place & l, const Place & r) { return l.line < r.line; };
  const double lowest = std::floor(std::min_element(places.begin(), places.end(), below)->line);
  const double highest = std::floor(std::max_element(places.begin(), places.end(), below)->line);
  std::array<std::vector<double>, 2> sums;
  sums.fill(std::vector<double>(static_cast<std::size_t>(highest - lowest) + 2, 0.0));
  for (std::size_t k = 0; k < places.size(); ++k)
  {
    const double place = places[k].line - lowest;
    const auto index = static_cast<std::size_t>(place);
    const double t = place - static_cast<double>(index);
    auto & of = sums[places[k].witness ? 1 : 0];
    of[index] += (1.0 - t) * weights[k];
    of[index + 1] += t * weights[k];
  }
  const auto reach = static_cast<std::size_t>(std::ceil(farthest)) + 1;
  double variance = 0.0;
  for (std::size_t y = 0; y < sums[0].size(); ++y)
  {
    const double line = lowest + static_cast<double>(y);
    for (std::size_t k = 0; k < reach && y + k < sums[0].size(); ++k)
    {
      for (const bool one : {false, true})
      {
        for (const bool other : {false, true})
        {
          const double product = sums[one ? 1 : 0][y] * sums[other ? 1 : 0][y + k];
          if (product != 0.0)
          {
            variance += (k == 0 ? 1.0 : 2.0) * product *
                        (this->Covariance(axis, {line, one}, {line + static_cast<double>(k), other}) +
                         unseen * this->Correlation(axis, static_cast<double>(k)));
          }
        }
      }
    }
  }
  return variance;
}
} // namespace ferro
