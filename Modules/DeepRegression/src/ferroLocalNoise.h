#ifndef ferroLocalNoise_h
#define ferroLocalNoise_h

#include "FerroscopeDeepRegressionExport.h"

#include <array>
#include <vector>

namespace ferro
{
/** Variance of the noise of the pixels in windows on a grid: the mean square of second differences along both axes,
 * which smooth structure hardly has, divided by what white noise gives.
 * \param pixels width x height, row by row \param window edge of the windows \param stride between their first pixels
 * \return one for each window that fits, row by row */
FerroscopeDeepRegression_EXPORT std::vector<double> MeasureNoise(const float * pixels, long width, long height,
                                                                 long window, long stride);

/** What the logarithm of a variance is a linear function of (ModelDescription::GetVariance). */
FerroscopeDeepRegression_EXPORT std::array<double, 4> GetVarianceTerms(double logarithm, double noise,
                                                                       double magnification);

/** Fits the coefficients c of variances exp(sum_k c_k terms_k) to squares of normal numbers of these variances, by
 * maximum likelihood with a weak pull towards c = (0, 1, 0, 0), which is to believe the network. \param terms of each
 * number \param squares of the numbers, in the same order */
FerroscopeDeepRegression_EXPORT std::array<double, 4> FitVariance(const std::vector<std::array<double, 4>> & terms,
                                                                  const std::vector<double> & squares);
} // namespace ferro

#endif
