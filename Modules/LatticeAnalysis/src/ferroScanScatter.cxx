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
Collect(const AtomColumnSet & columns, bool withScan, const std::array<bool, 2> & shared, const Stencil & stencil,
        const std::vector<std::array<int, 2>> & steps)
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
  std::vector<std::size_t> row(stencil.size());
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
        row[static_cast<std::size_t>(k + half)] = site;
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
          const AtomColumn & one = container[row[k]];
          difference += stencil[k] * one.position[axis];
          known += stencil[k] * stencil[k] *
                   (one.covariance(axis, axis) + (withScan ? columns.ScanCovariance(axis, row[k], row[k]) : 0.0));
          factor += stencil[k] * stencil[k];
          for (std::size_t l = k + 1; l < row.size(); ++l)
          {
            known += withScan ? 2.0 * stencil[k] * stencil[l] * columns.ScanCovariance(axis, row[k], row[l]) : 0.0;
            factor += shared[static_cast<std::size_t>(axis)]
                        ? 2.0 * stencil[k] * stencil[l] *
                            columns.GetScanLines()->Correlation(axis, container[row[l]].position.y() - one.position.y())
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

/** Squares count up to this one: an estimate nearly as sure as the mean square, that hardly sees walls and outliers. */
constexpr double LargestSquare = 1.5 * 1.5;
/** Mean of min(z^2, 2.25) for normal z. */
constexpr double MeanOfBounded = 0.77846;

double
MeanOfBoundedRatios(const std::vector<Sample> & samples, double variance)
{
  double sum = 0.0;
  for (const auto & sample : samples)
  {
    sum += std::min(LargestSquare, sample.square / std::max(1e-30, sample.known + sample.factor * variance));
  }
  return sum / static_cast<double>(samples.size());
}

/** The variance that brings the mean of the bounded ratios to that of a squared normal number; 0 when none is needed.
 */
double
SolveVariance(const std::vector<Sample> & samples)
{
  // With n independent samples a variance found in this way scatters by sqrt(0.630 / n) / 0.478 of itself (variance of
  // the bounded square, over the share of the mean that lies within the bound). The samples overlap: of white noise the
  // squared correlations of one with all others sum up to about 5.
  const double scatter = 1.66 * std::sqrt(5.0 / static_cast<double>(samples.size()));
  constexpr double Believed = 2.0;
  double largest = 0.0;
  for (const auto & sample : samples)
  {
    largest = std::max(largest, sample.known);
  }
  // All errors too small by this factor would be chance.
  double sum = 0.0;
  for (const auto & sample : samples)
  {
    sum += std::min(LargestSquare, sample.square / std::max(1e-30, sample.known * (1.0 + Believed * scatter)));
  }
  if (sum / static_cast<double>(samples.size()) < MeanOfBounded)
  {
    return 0.0;
  }
  double low = 0.0;
  double high = std::max(largest, 1e-12);
  while (MeanOfBoundedRatios(samples, high) > MeanOfBounded && high < 1e6)
  {
    low = high;
    high *= 4.0;
  }
  for (int n = 0; n < 40; ++n)
  {
    const double middle = 0.5 * (low + high);
    (MeanOfBoundedRatios(samples, middle) > MeanOfBounded ? low : high) = middle;
  }
  return 0.5 * (low + high);
}
} // namespace

Eigen::Vector2d
EstimateScatter(const AtomColumnSet & columns, std::array<bool, 2> shared)
{
  const Samples samples = Collect(columns, true, shared, {-0.5, 1.0, -0.5}, {{{1, 0}}, {{0, 1}}, {{1, 1}}, {{1, -1}}});
  Eigen::Vector2d variance = Eigen::Vector2d::Zero();
  for (const auto axis : {ScanLines::X, ScanLines::Y})
  {
    const auto & of = samples[static_cast<std::size_t>(axis)];
    variance[axis] = of.size() >= Fewest ? SolveVariance(of) : 0.0;
  }
  return variance;
}

Eigen::Vector2d
CompareScatter(const AtomColumnSet & columns, bool withScan, const Eigen::Vector2d & own)
{
  const Samples samples = Collect(columns, withScan, {{false, false}},
                                  {1.0 / 6.0, -4.0 / 6.0, 1.0, -4.0 / 6.0, 1.0 / 6.0}, {{{1, 0}}, {{0, 1}}});
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
