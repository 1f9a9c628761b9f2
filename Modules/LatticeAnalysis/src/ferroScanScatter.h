#ifndef ferroScanScatter_h
#define ferroScanScatter_h

#include "ferroAtomColumnSet.h"

namespace ferro
{
/** Adds to the covariance of every column the scatter of the A columns that their fits do not explain, per axis.
 *
 * The distance d of a column from the middle of two opposite like neighbours has the variance of the three fits plus f
 * s^2 with f = 3/2 + rho(2 dy)/2 - 2 rho(dy) along x, where rho is ScanCorrelation, and f = 3/2 along y. The variance
 * s^2 is the one that makes the median of d^2 / (fit + f s^2) that of a squared normal number (0.455): the median does
 * not see walls and outliers. It is added only where it stands out from the uncertainty of this estimate. */
void AddScanScatter(AtomColumnSet & columns);
} // namespace ferro

#endif
