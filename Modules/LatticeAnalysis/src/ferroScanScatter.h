#ifndef ferroScanScatter_h
#define ferroScanScatter_h

#include "ferroAtomColumnSet.h"

namespace ferro
{
/** Scatter of the A columns about their neighbours that neither the fits nor the common shifts of the scan lines
 * explain: a variance per column and axis, pixel^2.
 *
 * The distance d of an A column from the middle of two opposite A neighbours has the variance v of the three fits and
 * of what the scan adds (AtomColumnSet::ScanCovariance), plus f s^2. The variance s^2 is the one at which the mean of
 * min(d^2 / v, c^2), c = 1.5, is that of a normal number: beyond c it does not matter how far an outlier is off. It is
 * 0 unless it stands out from the uncertainty of this estimate by two standard errors.
 * \param columns labelled columns with the covariances of the fits alone, and what the scan adds
 * \param shared whether s^2 shall be taken as common to columns on the same lines: f = 3/2 + rho(2 dy)/2 - 2 rho(dy)
 * with the correlation of ScanLines; otherwise every column has its own: f = 3/2 */
Eigen::Vector2d EstimateScatter(const AtomColumnSet & columns, std::array<bool, 2> shared);

/** How far the scatter of the A columns about a smooth lattice agrees with the errors: scatter over error, per axis,
 * from the fourth difference along a and b (a lattice that bends like a cubic gives none), 68th percentile. NaN where
 * there are fewer than 30.
 * \param columns labelled columns with the covariances of the fits alone, and what the scan adds
 * \param withScan whether the errors by the scan count
 * \param own variance of each column besides, pixel^2 */
Eigen::Vector2d CompareScatter(const AtomColumnSet & columns, bool withScan, const Eigen::Vector2d & own);
} // namespace ferro

#endif
