#include "ferroScanScatter.h"

#include "ferroScanCorrelation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <vector>

namespace ferro
{
namespace
{
/** One second difference: its square, the variance that the fits state, and the factor of the scan variance. */
struct Sample
{
  double square;
  double fit;
  double factor;
};

/** The smallest factor with which a second difference says something about the scan. */
constexpr double SmallestFactor = 0.7;
constexpr std::array<std::array<int, 2>, 4> Steps = {{{{1, 0}}, {{0, 1}}, {{1, 1}}, {{1, -1}}}};

double
MedianOfRatios(const std::vector<Sample> & samples, double variance)
{
  std::vector<double> ratios;
  ratios.reserve(samples.size());
  for (const auto & sample : samples)
  {
    ratios.push_back(sample.square / (sample.fit + sample.factor * variance));
  }
  std::nth_element(ratios.begin(), ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2), ratios.end());
  return ratios[ratios.size() / 2];
}

/** The variance that brings the median of the ratios to that of a squared normal number; 0 when none is needed. */
double
SolveVariance(const std::vector<Sample> & samples)
{
  constexpr double MedianOfSquare = 0.4549364; // of chi squared with one degree of freedom
  // The median of n squares scatters by about 1.6 / sqrt(n) of itself (twice that of a median absolute deviation);
  // samples overlap.
  const double uncertainty = 2.0 * 1.6 / std::sqrt(static_cast<double>(samples.size()));
  if (MedianOfRatios(samples, 0.0) < MedianOfSquare * (1.0 + uncertainty))
  {
    return 0.0;
  }
  double low = 0.0;
  double high = 1e-6;
  while (MedianOfRatios(samples, high) > MedianOfSquare && high < 1e6)
  {
    high *= 4.0;
  }
  for (int n = 0; n < 60; ++n)
  {
    const double middle = 0.5 * (low + high);
    (MedianOfRatios(samples, middle) > MedianOfSquare ? low : high) = middle;
  }
  return 0.5 * (low + high);
}
} // namespace

void
AddScanScatter(AtomColumnSet & columns)
{
  auto & container = columns.GetColumns();
  // Only A: the displacements of B are what is to be measured, and vary from cell to cell.
  std::map<std::pair<int, int>, const AtomColumn *> sites;
  for (const auto & column : container)
  {
    if (column.indexed && column.sublattice == Sublattice::A && column.flags == FlagNone)
    {
      sites[{column.i, column.j}] = &column;
    }
  }
  std::array<std::vector<Sample>, 2> samples;
  for (const auto & [place, column] : sites)
  {
    for (const auto & step : Steps)
    {
      const auto next = sites.find({place.first + step[0], place.second + step[1]});
      const auto last = sites.find({place.first - step[0], place.second - step[1]});
      if (next == sites.end() || last == sites.end())
      {
        continue;
      }
      const Eigen::Vector2d d = column->position - 0.5 * (next->second->position + last->second->position);
      const double dy = 0.5 * (next->second->position.y() - last->second->position.y());
      const double near = ScanCorrelation(dy, columns.GetColumnSigma());
      const double far = ScanCorrelation(2.0 * dy, columns.GetColumnSigma());
      for (int axis = 0; axis < 2; ++axis)
      {
        const double fit = column->covariance(axis, axis) +
                           0.25 * (next->second->covariance(axis, axis) + last->second->covariance(axis, axis));
        const double factor = axis == 0 ? 1.5 + 0.5 * far - 2.0 * near : 1.5;
        if (factor > SmallestFactor)
        {
          samples[static_cast<std::size_t>(axis)].push_back({d[axis] * d[axis], fit, factor});
        }
      }
    }
  }
  Eigen::Vector2d variance = Eigen::Vector2d::Zero();
  constexpr std::size_t Fewest = 30;
  for (int axis = 0; axis < 2; ++axis)
  {
    if (samples[static_cast<std::size_t>(axis)].size() >= Fewest)
    {
      variance[axis] = SolveVariance(samples[static_cast<std::size_t>(axis)]);
    }
  }
  for (auto & column : container)
  {
    if (column.indexed)
    {
      column.scanVariance = variance;
      column.covariance.diagonal() += variance;
    }
  }
}
} // namespace ferro
