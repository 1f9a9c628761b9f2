#ifndef ferroScanCorrelation_h
#define ferroScanCorrelation_h

#include <cmath>

namespace ferro
{
/** Correlation of the scan errors along x of two columns whose rows are dy pixels apart: both average the shifts of the
 * scan lines with a Gaussian weight of the column's standard deviation sigma, so that it is exp(-dy^2 / (4 sigma^2)).
 */
inline double
ScanCorrelation(double dy, double sigma)
{
  return sigma > 0.0 ? std::exp(-0.25 * dy * dy / (sigma * sigma)) : 0.0;
}
} // namespace ferro

#endif
