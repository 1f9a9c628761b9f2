#ifndef ferroNoiseCorrelation_h
#define ferroNoiseCorrelation_h

#include <vector>

namespace ferro
{
/** A square of residuals divided by their expected standard deviation; NaN where there is none. */
struct ResidualPatch
{
  long side = 0;
  std::vector<float> values; ///< side x side, row by row
};

/** Sum of the autocorrelation of the residuals over all lags: the number of pixels over which the noise is correlated,
 * by which the variance of anything averaged over many pixels grows. 1 for white noise.
 *
 * Summed outward over rings of lags for as long as a ring is correlated by more than 8 % on the mean; the fits
 * themselves leave a slightly negative correlation, which is not counted.
 * \param reach largest lag, pixels */
double CountCorrelatedPixels(const std::vector<ResidualPatch> & patches, long reach);
} // namespace ferro

#endif
