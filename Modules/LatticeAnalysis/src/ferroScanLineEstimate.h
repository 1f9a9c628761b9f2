#ifndef ferroScanLineEstimate_h
#define ferroScanLineEstimate_h

#include "ferroAtomColumnSet.h"
#include "ferroLattice.h"

namespace ferro
{
/** What the A columns say of the shifts of the scan lines. */
struct ScanLineEstimate
{
  ScanLines prior;     ///< variances only: errors without a correction
  ScanLines corrected; ///< with the shifts and what they leave
  ScanLines ofB;       ///< the shifts that B columns see: they average the lines with other weights than A
  /** Per axis: variance of the position of a B column by the shifts, pixel^2. */
  std::array<double, 2> varianceOfB = {{0.0, 0.0}};
  bool judged = false; ///< whether there were enough columns to say anything
  /** Per axis, as in Lattice::Values. */
  std::array<double, 2> excess = {{0.0, 0.0}};
  std::array<double, 2> needed = {{0.0, 0.0}};
  std::array<double, 2> coverage = {{0.0, 0.0}};
  /** How many parallel rows of the lattice a scan line crosses, of the kind that it crosses least. */
  double rowsCrossed = 0.0;
  /** Per axis and column: whether its position told the shifts. */
  std::array<std::vector<bool>, 2> witnesses;
  long groups = 0;
  long distrusted = 0;
};

/** Finds the shifts of the scan lines from what A columns on the same lines have in common.
 *
 * The deviations of the A columns from the uniform lattice hold the true bending of the lattice (smooth over the sites:
 * LocalLattice), the shifts of the lines (ScanLineSolver), and errors of each column. The first two are estimated in
 * turns. They are looked for where the means of columns on the same lines scatter beyond chance (median of their
 * squares). Variance and memory of the shifts are the most probable ones, the smooth function of the line integrated
 * out. Columns on lines that stand out by more than 3.5 standard deviations of the others are not used: a wall
 * may run along them.
 * \param columns labelled columns with deviations; covariances of the fits alone */
ScanLineEstimate EstimateScanLines(const AtomColumnSet & columns, const Lattice::Values & lattice);
} // namespace ferro

#endif
