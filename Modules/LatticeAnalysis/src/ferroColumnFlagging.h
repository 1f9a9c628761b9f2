#ifndef ferroColumnFlagging_h
#define ferroColumnFlagging_h

#include "ferroAtomColumnSet.h"
#include "ferroLattice.h"

namespace ferro
{
/** Sets outlier, near-vacancy and faint from the like columns around each one.
 * - outlier: farther from the mean of its opposite neighbours than a fifth of the cell;
 * - near-vacancy: one or two of its eight like neighbours are missing though their places lie well inside the image
 *   (more than two: the crystal ends there, which is "edge");
 * - faint: below 0.4 of the lower quartile of the heights of its like neighbours. */
void FlagColumns(AtomColumnSet & columns, const Lattice::Values & lattice);
} // namespace ferro

#endif
