#ifndef ferroGaussianFit_h
#define ferroGaussianFit_h

#include "ferroNormalEquations.h"

#include <Eigen/Core>

namespace ferro
{
/** Result of one fit. */
struct FitResult
{
  bool converged = false;
  double chiSquare = 0.0;                               ///< sum of weighted squared residuals
  double residualRms = 0.0;                             ///< RMS residual, image units
  Eigen::Matrix2d covariance = Eigen::Matrix2d::Zero(); ///< of (x, y), from the inverse normal matrix
};

/** Weighted least squares by Levenberg and Marquardt (Marquardt, J. Soc. Ind. Appl. Math. 11, 431 (1963)) with the
 * analytic Jacobian. The parameters hold the start and receive the result; the background counts from that at which the
 * pixels were collected. Ends with a step too small to need a check: far below what the next sweep of the neighbours
 * changes, and they are fitted again. */
FitResult FitGaussian(FitPixels & pixels, const ShapePrior & prior, GaussianParameters & parameters);
} // namespace ferro

#endif
