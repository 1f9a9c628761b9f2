#ifndef ferroLatticeCalibration_h
#define ferroLatticeCalibration_h

#include "FerroscopeLatticeAnalysisExport.h"
#include "ferroAtomColumnSet.h"

#include <Eigen/Core>
#include <string>

namespace ferro
{
/** A known lattice, to calibrate an image by. */
struct CalibrationTarget
{
  double aNm = 0.0; ///< edge of the cell along a, nm
  double bNm = 0.0; ///< edge along b, nm
  std::string name; ///< the material, or the lengths as they were given
};

/** Reads "BiFeO3" (a material that FindCrystal knows), "0.3905" or "0.399x0.4036" (nm). Throws UsageError. */
FerroscopeLatticeAnalysis_EXPORT CalibrationTarget ParseCalibrationTarget(const std::string & text);

/** Pixel size along x and y, nm, with which the lattice of the columns has the edges of the target.
 *
 * The lattice is the least-squares fit to the labelled A columns without a flag inside the region. With one common
 * factor the ratio of the pixel sizes stays as it is and the geometric mean of the edges is met; per axis both edges
 * are met, which needs edges that differ in direction enough to tell x from y. Throws AnalysisError.
 *
 * \param columns labelled by LatticeAnalysisFilter
 * \param target the edges to meet
 * \param upperLeft upper left corner of the region, pixels
 * \param lowerRight its lower right corner; equal to the other: the whole image
 * \param perAxis calibrate x and y separately */
FerroscopeLatticeAnalysis_EXPORT Eigen::Vector2d CalibratePixelSize(const AtomColumnSet & columns,
                                                                    const CalibrationTarget & target,
                                                                    const Eigen::Vector2d & upperLeft,
                                                                    const Eigen::Vector2d & lowerRight, bool perAxis);

/** Mean edges a and b of the A columns without a flag in a region, in pixels, as the columns of a matrix; without the
 * drift that was found.
 * \param columns labelled columns
 * \param upperLeft corner of the region, pixels
 * \param lowerRight the opposite corner; the same: everywhere
 * \throws AnalysisError when fewer than 9 columns lie there */
FerroscopeLatticeAnalysis_EXPORT Eigen::Matrix2d FitCellEdges(const AtomColumnSet & columns,
                                                              const Eigen::Vector2d & upperLeft,
                                                              const Eigen::Vector2d & lowerRight);
} // namespace ferro

#endif
