#ifndef ferroLocalNoise_h
#define ferroLocalNoise_h

#include "FerroscopeDeepRegressionExport.h"

#include <vector>

namespace ferro
{
/** Variance of the noise of the pixels in windows on a grid: the mean square of second differences along both axes,
 * which smooth structure hardly has, divided by what white noise gives.
 * \param pixels width x height, row by row \param window edge of the windows \param stride between their first pixels
 * \return one for each window that fits, row by row */
FerroscopeDeepRegression_EXPORT std::vector<double> MeasureNoise(const float * pixels, long width, long height,
                                                                 long window, long stride);
} // namespace ferro

#endif
