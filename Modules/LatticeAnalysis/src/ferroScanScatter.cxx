#include "ferroScanScatter.h"

#include "ferroScanCorrelation.h"
#include "ferroSiteTable.h"

#include <algorithm>
#include <array>
#include <cmath>
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

/** Takes the values as it likes. */
double
Median(std::vector<double> & values)
{
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/** The variance that brings the median of the ratios to that of a squared normal number; 0 when none is needed. */
double
SolveVariance(const std::vector<Sample> & samples)
{
  constexpr double MedianOfSquare = 0.4549364; // of chi squared with one degree of freedom
  // The median of n squares scatters by about 1.6 / sqrt(n) of itself (twice that of a median absolute deviation);
  // samples overlap.
  const double uncertainty = 2.0 * 1.6 / std::sqrt(static_cast<double>(samples.size()));
  std::vector<double> values;
  values.reserve(samples.size());
  for (const auto & sample : samples)
  {
    values.push_back(sample.square / sample.fit);
  }
  if (Median(values) < MedianOfSquare * (1.0 + uncertainty))
  {
    return 0.0;
  }
  // Every sample says from which variance on its ratio falls below the median of a square: half of them must.
  values.clear();
  for (const auto & sample : samples)
  {
    values.push_back((sample.square / MedianOfSquare - sample.fit) / sample.factor);
  }
  return std::max(0.0, Median(values));
}
} // namespace

void
AddScanScatter(AtomColumnSet & columns)
{
  auto & container = columns.GetColumns();
  // Only A: the displacements of B are what is to be measured, and vary from cell to cell.
  SiteTable sites(container.size());
  for (std::size_t n = 0; n < container.size(); ++n)
  {
    const AtomColumn & column = container[n];
    if (column.indexed && column.sublattice == Sublattice::A && column.flags == FlagNone)
    {
      sites.Insert(0, column.i, column.j, n);
    }
  }
  std::array<std::vector<Sample>, 2> samples;
  for (std::size_t n = 0; n < container.size(); ++n)
  {
    const AtomColumn * column = &container[n];
    if (!column->indexed || sites.Find(0, column->i, column->j) != n)
    {
      continue;
    }
    for (const auto & step : Steps)
    {
      const std::size_t after = sites.Find(0, column->i + step[0], column->j + step[1]);
      const std::size_t before = sites.Find(0, column->i - step[0], column->j - step[1]);
      if (after == SiteTable::None || before == SiteTable::None)
      {
        continue;
      }
      const AtomColumn * next = &container[after];
      const AtomColumn * last = &container[before];
      const Eigen::Vector2d d = column->position - 0.5 * (next->position + last->position);
      const double dy = 0.5 * (next->position.y() - last->position.y());
      const double near = ScanCorrelation(dy, columns.GetColumnSigma());
      const double far = ScanCorrelation(2.0 * dy, columns.GetColumnSigma());
      for (int axis = 0; axis < 2; ++axis)
      {
        const double fit =
          column->covariance(axis, axis) + 0.25 * (next->covariance(axis, axis) + last->covariance(axis, axis));
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
