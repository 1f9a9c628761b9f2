#ifndef ferroMeanPolarization_h
#define ferroMeanPolarization_h

#include "FerroscopePolarizationExport.h"
#include "ferroAtomColumnSet.h"
#include "ferroUnitCellSet.h"

#include <Eigen/Core>

namespace ferro
{
/** \class MeanPolarization
 * \brief Mean polar displacement of the cells of a region, and where its error comes from. Lengths in pixels.
 *
 * The mean is a weighted sum of column positions: a B column counts 1/n, an A column -1/(4n) for each of the n cells
 * that it belongs to. So its error is not that of a cell over the square root of n: corners that several cells share
 * fall out in part, and shifts of scan lines are common to all columns on them.
 */
struct MeanPolarization
{
  long cells = 0;                                         ///< cells without a flag that the mean is of
  Eigen::Vector2d mean = Eigen::Vector2d::Zero();         ///< nothing subtracted
  Eigen::Matrix2d fit = Eigen::Matrix2d::Zero();          ///< covariance of the mean by the noise of the pixels
  Eigen::Vector2d lineVariance = Eigen::Vector2d::Zero(); ///< variance of the mean by shifts of the scan lines, x and y
  Eigen::Vector2d ownVariance = Eigen::Vector2d::Zero();  ///< by the own scatter of the columns beyond their fits
  Eigen::Vector2d scatter = Eigen::Vector2d::Zero();      ///< standard deviation of single cells about the mean
  Eigen::Vector2d cellError = Eigen::Vector2d::Zero();    ///< their stated error (RMS)

  /** Covariance of the mean. */
  Eigen::Matrix2d
  GetCovariance() const
  {
    return fit + Eigen::Matrix2d((lineVariance + ownVariance).asDiagonal());
  }
};

/** \param cells made from the columns
 * \param columns with errors
 * \param upperLeft corner of the region, pixels
 * \param lowerRight the opposite corner; the same as upperLeft: the whole image
 * \return cells = 0 where none without a flag lies in the region */
FerroscopePolarization_EXPORT MeanPolarization MeasureMeanPolarization(const UnitCellSet & cells,
                                                                       const AtomColumnSet & columns,
                                                                       const Eigen::Vector2d & upperLeft,
                                                                       const Eigen::Vector2d & lowerRight);
} // namespace ferro

#endif
