#ifndef ferroScanScatter_h
#define ferroScanScatter_h

#include "ferroAtomColumnSet.h"

namespace ferro
{
/** Scatter of the A columns about their neighbours that neither the fits nor the common shifts of the scan lines
 * explain: a variance per column and axis, pixel^2.
 *
 * The distance d of an A column from the middle of two opposite A neighbours has the variance of the three fits, plus
 * that of the combination of line shifts (ScanLines), plus f s^2. The variance s^2 is the one that makes the median of
 * d^2 / (variance) that of a squared normal number (0.455): the median does not see walls and outliers. It is 0 unless
 * it stands out from the uncertainty of this estimate. \param columns labelled columns; covariances of the fits alone
 * \param lines what the columns on a line share, corrected or not
 * \param shared whether s^2 shall be taken as common to columns on the same lines: f = 3/2 + rho(2 dy)/2 - 2 rho(dy)
 * with the correlation of ScanLines; otherwise every column has its own: f = 3/2 */
Eigen::Vector2d EstimateScatter(const AtomColumnSet & columns, const ScanLines & lines, std::array<bool, 2> shared);

/** How far the scatter of the A columns about a smooth lattice agrees with the errors: scatter over error, per axis,
 * from the fourth difference along a and b (a lattice that bends like a cubic gives none), 68th percentile. NaN where
 * there are fewer than 30. \param columns labelled columns; covariances of the fits alone \param lines what the columns
 * on a line share \param own variance of each column besides, pixel^2 */
Eigen::Vector2d CompareScatter(const AtomColumnSet & columns, const ScanLines & lines, const Eigen::Vector2d & own);
} // namespace ferro

#endif
