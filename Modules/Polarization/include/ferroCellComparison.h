#ifndef ferroCellComparison_h
#define ferroCellComparison_h

#include "FerroscopePolarizationExport.h"

#include <Eigen/Core>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

namespace ferro
{
/** Pairs of places of two lists that are each other's nearest and closer than a distance; sorted by the first index. */
FerroscopePolarization_EXPORT std::vector<std::pair<std::size_t, std::size_t>> MatchPlaces(
  const std::vector<Eigen::Vector2d> & first, const std::vector<Eigen::Vector2d> & second, double maximumDistance);

/** Median distance of the places to their nearest neighbour; 0 for fewer than two. */
FerroscopePolarization_EXPORT double GetMedianSpacing(const std::vector<Eigen::Vector2d> & places);

/** Two edges of the cells of a lattice, as columns, from the places of its cells: about right-angled, the first one
 * closer to the x axis. Zero for fewer than five places. */
FerroscopePolarization_EXPORT Eigen::Matrix2d EstimateCellEdges(const std::vector<Eigen::Vector2d> & places);

/** Number of the square of that edge in which each place lies, counted from 0 without gaps. */
FerroscopePolarization_EXPORT std::vector<std::size_t> AssignBlocks(const std::vector<Eigen::Vector2d> & places,
                                                                    double edge);

/** Which values lie further than a number of robust standard deviations (1.4826 x the median absolute deviation) from
 * the median; those that are not finite do not. */
FerroscopePolarization_EXPORT std::vector<char> FindOutliers(const std::vector<double> & values, double sigmas);

/** A number with its 95 % confidence interval; NaN where there is none. */
struct Estimate
{
  double value = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
};

/** \class ComparisonStatistics
 * \brief How well one quantity was predicted. The unit is that of the values.
 */
struct ComparisonStatistics
{
  std::size_t count = 0;
  std::size_t blocks = 0; ///< squares that the confidence intervals rest on
  double measuredMean = std::numeric_limits<double>::quiet_NaN();
  double measuredDeviation = std::numeric_limits<double>::quiet_NaN();
  double predictedMean = std::numeric_limits<double>::quiet_NaN();
  double predictedDeviation = std::numeric_limits<double>::quiet_NaN();
  Estimate rmse;        ///< root of the mean of (predicted - measured)^2
  Estimate mae;         ///< mean of |predicted - measured|
  Estimate bias;        ///< mean of predicted - measured
  Estimate slope;       ///< of the straight line of predicted against measured (least squares)
  Estimate intercept;   ///< of that line
  Estimate correlation; ///< Pearson's
  Estimate r2;          ///< 1 - sum (predicted - measured)^2 / sum (measured - its mean)^2
  /** The slope against values without error: that of the line, times var / (var - mean sigma^2) of the measured ones.
   * NaN where their standard errors are not known. */
  Estimate trueSlope;
  std::size_t zCount = 0; ///< values with a stated standard error
  Estimate zMean;         ///< mean of z = (predicted - measured) / stated standard error of the difference
  Estimate zDeviation;    ///< standard deviation of z: 1 where the stated errors hold
  double zWithin1 = std::numeric_limits<double>::quiet_NaN(); ///< share of |z| < 1: 0.683 for normal errors
  double zWithin2 = std::numeric_limits<double>::quiet_NaN(); ///< share of |z| < 2: 0.954
};

/** \class CellComparison
 * \brief Values of one quantity, predicted and measured at the same places, and the statistics of their differences.
 *
 * Errors of neighbouring cells are alike, those of a network over its window. So the confidence intervals come from a
 * block bootstrap: squares of the image, not single cells, are drawn with replacement, and the interval holds 95 % of
 * the results (percentiles 2.5 and 97.5; B. Efron, R. Tibshirani, An Introduction to the Bootstrap (1993), ch. 13;
 * blocks: P. Hall, Stoch. Proc. Appl. 20, 231 (1985)). With fewer than MinimumBlocks squares there are none.
 * The same seed gives the same intervals.
 */
class FerroscopePolarization_EXPORT CellComparison
{
public:
  static constexpr std::size_t MinimumBlocks = 8;

  /** \param resamples drawings of the bootstrap \param seed of its random numbers */
  explicit CellComparison(std::size_t resamples = 1000, unsigned long seed = 0) : m_Resamples(resamples), m_Seed(seed)
  {
  }
  /** Adds a pair of values; nothing happens when one of them is not finite.
   * \param measured,predicted the values \param block number of the square that they lie in
   * \param measuredSigma,predictedSigma their standard errors; NaN where not known */
  void Add(double measured, double predicted, std::size_t block,
           double measuredSigma = std::numeric_limits<double>::quiet_NaN(),
           double predictedSigma = std::numeric_limits<double>::quiet_NaN());
  ComparisonStatistics Compute() const;

private:
  struct Pair
  {
    double measured;
    double predicted;
    std::size_t block;
    double measuredSigma;
    double predictedSigma;
  };
  std::vector<Pair> m_Pairs;
  std::size_t m_Resamples;
  unsigned long m_Seed;
};
} // namespace ferro

#endif
