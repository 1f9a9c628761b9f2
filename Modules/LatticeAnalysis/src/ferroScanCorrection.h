#ifndef ferroScanCorrection_h
#define ferroScanCorrection_h

#include "ferroAtomColumnSet.h"
#include "ferroLattice.h"

namespace ferro
{
/** Estimates the shifts of the scan lines, takes them off where that is asked for and supported, adds what is left of
 * them and the own scatter of the columns to the covariances, and fills Lattice::Values::scan.
 *
 * Automatic takes them off when columns on the same lines deviate in common beyond chance, and the A columns cover all
 * lines. Where the rows of the lattice lie along the scan lines they do not: then a shifted line and a displaced row of
 * the crystal look the same, and only Rows takes them off.
 * \param columns labelled columns with deviations; covariances of the fits alone
 * \param lattice in: a and b; out: scan
 * \param request what is asked for
 * \return whether positions changed */
bool CorrectScan(AtomColumnSet & columns, Lattice::Values & lattice, ScanCorrection request);
} // namespace ferro

#endif
