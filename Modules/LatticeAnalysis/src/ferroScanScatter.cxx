#include "ferroScanScatter.h"

#include "ferroSiteTable.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace ferro
{
namespace
{
/** One difference of positions: its square, the variance that is known, and the factor of the one that is sought. */
struct Sample
{
  double square;
  double known;
  double factor;
};
using Samples = std::array<std::vector<Sample>, 2>;

/** Weights of 2 n + 1 columns in a row, the middle one in the middle. */
using Stencil = std::vector<double>;

/** The smallest factor with which a difference says something about the scan. */
constexpr double SmallestFactor = 0.7;
constexpr std::size_t Fewest = 30;

/** All differences of A columns without a flag. Only A: the displacements of B are what is to be measured. */
Samples
Collect(const AtomColumnSet & columns, const ScanLines & lines, const std::array<bool, 2> & shared,
        const Stencil & stencil, const std::vector<std::array<int, 2>> & steps)
{
  const auto & container = columns.GetColumns();
  SiteTable sites(container.size());
  for (std::size_t n = 0; n < container.size(); ++n)
  {
    const AtomColumn & column = container[n];
    if (column.indexed && column.sublattice == Sublattice::A && column.flags == FlagNone)
    {
      sites.Insert(0, column.i, column.j, n);
    }
  }
  Samples samples;
  const int half = static_cast<int>(stencil.size() / 2);
  std::vector<const AtomColumn *> row(stencil.size());
  for (std::size_t n = 0; n < container.size(); ++n)
  {
    const AtomColumn & column = container[n];
    if (!column.indexed || sites.Find(0, column.i, column.j) != n)
    {
      continue;
    }
    for (const auto & step : steps)
    {
      bool complete = true;
      for (int k = -half; k <= half && complete; ++k)
      {
        const std::size_t site = k == 0 ? n : sites.Find(0, column.i + k * step[0], column.j + k * step[1]);
        complete = site != SiteTable::None;
        row[static_cast<std::size_t>(k + half)] = complete ? &container[site] : nullptr;
      }
      if (!complete)
      {
        continue;
      }
      for (const auto axis : {ScanLines::X, ScanLines::Y})
      {
        double difference = 0.0;
        double known = 0.0;
        double factor = 0.0;
        for (std::size_t k = 0; k < row.size(); ++k)
        {
          const double y = row[k]->position.y();
          difference += stencil[k] * row[k]->position[axis];
          known += stencil[k] * stencil[k] * (row[k]->covariance(axis, axis) + lines.Covariance(axis, y, y));
          factor += stencil[k] * stencil[k];
          for (std::size_t l = k + 1; l < row.size(); ++l)
          {
            const double other = row[l]->position.y();
            known += 2.0 * stencil[k] * stencil[l] * lines.Covariance(axis, y, other);
            factor += shared[static_cast<std::size_t>(axis)]
                        ? 2.0 * stencil[k] * stencil[l] * lines.Correlation(axis, other - y)
                        : 0.0;
          }
        }
        if (factor > SmallestFactor)
        {
          samples[static_cast<std::size_t>(axis)].push_back({difference * difference, known, factor});
        }
      }
    }
  }
  return samples;
}

double
QuantileOfRatios(const std::vector<Sample> & samples, double variance, double quantile)
{
  std::vector<double> ratios;
  ratios.reserve(samples.size());
  for (const auto & sample : samples)
  {
    ratios.push_back(sample.square / std::max(1e-30, sample.known + sample.factor * variance));
  }
  const auto rank = static_cast<std::size_t>(quantile * static_cast<double>(ratios.size()));
  std::nth_element(ratios.begin(), ratios.begin() + static_cast<std::ptrdiff_t>(rank), ratios.end());
  return ratios[rank];
}

/** The variance that brings the median of the ratios to that of a squared normal number; 0 when none is needed. */
double
SolveVariance(const std::vector<Sample> & samples)
{
  constexpr double MedianOfSquare = 0.4549364; // of chi squared with one degree of freedom
  // The median of n squares scatters by about 1.6 / sqrt(n) of itself (twice that of a median absolute deviation);
  // samples overlap.
  const double uncertainty = 2.0 * 1.6 / std::sqrt(static_cast<double>(samples.size()));
  if (QuantileOfRatios(samples, 0.0, 0.5) < MedianOfSquare * (1.0 + uncertainty))
  {
    return 0.0;
  }
  // Every sample says from which variance on its ratio falls below the median of a square: half of them must.
  std::vector<double> variances;
  variances.reserve(samples.size());
  for (const auto & sample : samples)
  {
    variances.push_back((sample.square / MedianOfSquare - sample.known) / sample.factor);
  }
  const auto middle = variances.begin() + static_cast<std::ptrdiff_t>(variances.size() / 2);
  std::nth_element(variances.begin(), middle, variances.end());
  return std::max(0.0, *middle);
}
} // namespace

Eigen::Vector2d
EstimateScatter(const AtomColumnSet & columns, const ScanLines & lines, std::array<bool, 2> shared)
{
  const Samples samples = Collect(columns, lines, shared, {-0.5, 1.0, -0.5}, {{{1, 0}}, {{0, 1}}, {{1, 1}}, {{1, -1}}});
  Eigen::Vector2d variance = Eigen::Vector2d::Zero();
  for (const auto axis : {ScanLines::X, ScanLines::Y})
  {
    const auto & of = samples[static_cast<std::size_t>(axis)];
    variance[axis] = of.size() >= Fewest ? SolveVariance(of) : 0.0;
  }
  return variance;
}

Eigen::Vector2d
CompareScatter(const AtomColumnSet & columns, const ScanLines & lines, const Eigen::Vector2d & own)
{
  const Samples samples = Collect(columns, lines, {{false, false}}, {1.0 / 6.0, -4.0 / 6.0, 1.0, -4.0 / 6.0, 1.0 / 6.0},
                                  {{{1, 0}}, {{0, 1}}});
  Eigen::Vector2d ratio = Eigen::Vector2d::Constant(std::numeric_limits<double>::quiet_NaN());
  constexpr double OneSigma = 0.6826895;
  for (const auto axis : {ScanLines::X, ScanLines::Y})
  {
    const auto & of = samples[static_cast<std::size_t>(axis)];
    if (of.size() >= Fewest)
    {
      ratio[axis] = std::sqrt(QuantileOfRatios(of, own[axis], OneSigma));
    }
  }
  return ratio;
}
} // namespace ferro
