#ifndef ferroVarianceFit_h
#define ferroVarianceFit_h

#include "FerroscopeDeepRegressionExport.h"
#include "ferroNetworkModel.h"

#include <vector>

namespace ferro
{
/** An error of a prediction, and what its variance may depend on. */
struct VarianceSample
{
  VarianceTerms terms;
  double bend = 0.0;   ///< MeasureBend in units of the deviation of the target
  double square = 0.0; ///< of the error, in these units
  long image = 0;      ///< that it comes from
};

/** Calibration of predicted variances (ModelDescription::GetVariance): fits variances exp(c . terms) + b bend to
 * squares of normal numbers of these variances by maximum likelihood, b at least 0. Errors within an image have causes
 * in common: each image counts as two independent numbers, whatever the number of its places. A pull as of few images
 * keeps c near (0, 1, 0, ...), which is to believe the network. */
FerroscopeDeepRegression_EXPORT VarianceFit FitVariance(const std::vector<VarianceSample> & samples);

/** Nodes that are one cell apart, at least 1; 0 where the size of the cell is not known.
 * \param stride pixels between nodes */
FerroscopeDeepRegression_EXPORT long GetBendReach(const ModelDescription & description, long stride);

/** How much a field of values bends along one direction: the square of the second difference between nodes. A smear of
 * width w that is symmetric errs by w^2 / 2 times the second derivative, while it leaves a gradient alone.
 * \param value of a node \param distance from it, in memory, to the values before and behind */
inline double
MeasureBend(const float * value, long distance)
{
  const double second = static_cast<double>(value[-distance]) - 2.0 * value[0] + value[distance];
  return second * second;
}
} // namespace ferro

#endif
