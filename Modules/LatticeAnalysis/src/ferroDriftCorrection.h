#ifndef ferroDriftCorrection_h
#define ferroDriftCorrection_h

#include "ferroAtomColumnSet.h"
#include "ferroLattice.h"
#include "ferroLatticeCalibration.h"

namespace ferro
{
/** Estimates slow distortion and puts it into AtomColumn::driftShift.
 *
 * Drift of the specimen while the image is scanned displaces line y by d(y), along x and along y. Its course beyond a
 * straight line shows as what the A columns of a line deviate from the uniform lattice in common: a cubic B-spline of y
 * with knots every six cells, less its straight part. The straight part (a shear and a stretch) cannot be told from the
 * true shape of the cell: it follows from a known cell, so that the mean edges a and b of the A columns in a region
 * stand at right angles and have the ratio of the known edges. The scale along x, the fast axis, counts as right.
 * \param columns labelled columns with deviations; driftShift zero
 * \param lattice uniform lattice; the sentences of Lattice::Values::scan are added to
 * \param course whether to take off the course beyond a straight line
 * \param cell known cell for the straight part; aNm = 0: none
 * \param upperLeft corner of the region of the known cell, pixels
 * \param lowerRight the opposite corner; the same: everywhere
 * \return whether something was taken off
 * \throws AnalysisError when there are too few columns for the known cell */
bool CorrectDrift(AtomColumnSet & columns, Lattice::Values & lattice, bool course, const CalibrationTarget & cell,
                  const Eigen::Vector2d & upperLeft, const Eigen::Vector2d & lowerRight);
} // namespace ferro

#endif
