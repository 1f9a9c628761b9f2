#ifndef ferroEvaluation_h
#define ferroEvaluation_h

#include "ferroCellComparison.h"
#include "ferroQuantityTable.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ferro
{
/** \class ComparedCells
 * \brief Cells that two tables have in common, and the true values where there are any.
 */
struct ComparedCells
{
  struct Quantity
  {
    QuantitySpec spec;
    std::string unit; ///< of the values: that of the specification, or pixels
    std::vector<double> measured;
    std::vector<double> measuredSigma;
    std::vector<double> predicted;
    std::vector<double> predictedSigma;
    std::vector<double> truth; ///< empty without
    std::vector<char> outliers;
  };
  std::vector<Eigen::Vector2d> places; ///< of the measured cells, px
  std::vector<std::size_t> measuredRow;
  std::vector<std::size_t> predictedRow;
  std::vector<char> flagged;
  std::vector<int> regions; ///< 0 training, 1 test, -1 neither
  std::vector<std::size_t> blocks;
  std::vector<Quantity> quantities;
  std::vector<std::string> regionNames; ///< "training" and "test", or "all cells"
  double maximumDistancePx = 0.0;
  double medianDistancePx = 0.0; ///< between the two places of a cell
  double blockPx = 0.0;
  Eigen::Matrix2d cellEdges = Eigen::Matrix2d::Identity(); ///< of the measured cells, as columns, px
};

struct MatchingOptions
{
  double maximumDistancePx = 0.0; ///< 0: 0.4 of the spacing
  double blockPx = 0.0;           ///< 0: five times the spacing
  double outlierSigma = 5.0;
  bool includeFlagged = false;
  bool allQuantities = false; ///< a quantity that one of the tables lacks is an error
};

/** Matches the tables. Quantities that one of them lacks are left out, unless all were asked for.
 * \param measured,predicted tables in the same units \param truth may be null \param specs of their quantities
 * \param options distances
 * Throws AnalysisError when no cell, and InputError when no quantity is left. */
ComparedCells CompareCells(const QuantityTable & measured, const QuantityTable & predicted, const QuantityTable * truth,
                           const std::vector<QuantitySpec> & specs, const MatchingOptions & options);

/** Tells training and test apart.
 * \param cells get their regions \param low,high corners of the training region, px
 * \param margin distance from its border within which cells count for neither */
void AssignRegions(ComparedCells & cells, const Eigen::Vector2d & low, const Eigen::Vector2d & high, double margin);

/** Which list is held against which. */
enum class ComparisonKind
{
  PredictedMeasured,
  PredictedTruth,
  MeasuredTruth
};

/** One row of the statistics. */
struct ComparisonRow
{
  ComparisonKind kind;
  std::string region;   ///< all, training, test, flagged
  std::string quantity; ///< name; P: both components together
  std::string unit;
  ComparisonStatistics statistics;
};

/** Statistics of every kind, region and quantity that has cells. */
std::vector<ComparisonRow> ComputeStatistics(const ComparedCells & cells, int resamples, unsigned long seed);
} // namespace ferro

#endif
