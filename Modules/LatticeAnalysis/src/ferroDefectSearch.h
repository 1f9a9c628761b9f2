#ifndef ferroDefectSearch_h
#define ferroDefectSearch_h

#include "ferroAtomColumnSet.h"
#include "ferroDefects.h"
#include "ferroLattice.h"

namespace ferro
{
/** Flags columns that stand out of the noise from their like neighbours: outlier (place) and faint (height), and lists
 * places without a column. Flags that are there stay.
 *
 * The place is compared with the mean of the opposite neighbours, the height with the mean of the neighbours. The error
 * of the difference comes from the covariances; its scale, along x, along y and for the height, from the median over
 * the sublattice, which holds disorder of the specimen as well. A column that deviates together with its neighbours is
 * part of something larger, a wall or an interface, and is not flagged.
 *
 * \param columns labelled, with their whole covariances
 * \param lattice their lattice
 * \param probability of a false alarm for one column and one test; 0: only vacancies are listed */
DefectStatistics FindDefects(AtomColumnSet & columns, const Lattice::Values & lattice, double probability);
} // namespace ferro

#endif
