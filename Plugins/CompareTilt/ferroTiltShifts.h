#ifndef ferroTiltShifts_h
#define ferroTiltShifts_h

#include "ferroAtomColumnSet.h"
#include "ferroTiltSeries.h"

#include <array>

namespace ferro
{
/** How positions are measured. */
struct ShiftOptions
{
  double windowSigmas = 2.7;  ///< radius of the fit of a Gaussian, in its standard deviations
  double fitRadiusNm = 0.12;  ///< radius for a Gaussian within a fixed circle
  double massRadiusNm = 0.08; ///< radius for the centre of mass
  bool periodic = true;       ///< whether the scan covers a whole period, so that it may be repeated
};

/** The shift of a sublattice, by one estimator. */
struct ShiftStatistics
{
  Eigen::Vector2d shiftPm = Eigen::Vector2d::Zero(); ///< mean over columns, image axes
  Eigen::Vector2d errorPm = Eigen::Vector2d::Zero(); ///< standard error from the scatter of the columns; NaN with one
  std::size_t columns = 0;
};

/** The ways to measure a position. */
constexpr std::size_t EstimatorCount = 3;
constexpr const char * EstimatorWords[EstimatorCount] = {"gaussian", "radius", "mass"};

/** Shifts at one tilt and thickness: [estimator, in the order of EstimatorWords][0: A, 1: B]. */
using TiltShifts = std::array<std::array<ShiftStatistics, 2>, EstimatorCount>;

/** \class ShiftMeasurement
 * \brief Apparent shifts of the columns of a series at one thickness, against the image without tilt.
 */
struct ShiftMeasurement
{
  std::vector<TiltShifts> tilts;                      ///< in the order of the series
  std::vector<MicrographType::Pointer> images;        ///< repeated, as they were measured
  Eigen::Vector2d columnA = Eigen::Vector2d::Zero();  ///< an A column without tilt, pixels of the repeated image
  Eigen::Vector2d columnB = Eigen::Vector2d::Zero();  ///< the B column next to it
  double cellPx = 0.0;                                ///< distance of A columns
  std::array<std::vector<Eigen::Vector2d>, 2> places; ///< of all A and B columns without tilt, the same pixels
  /** Mean polar displacement without tilt: B minus the middle of its four A, pm. */
  Eigen::Vector2d polarizationPm = Eigen::Vector2d::Zero();
};

/** Finds the columns of the image without tilt, refines them there and from there in every other image of that
 * thickness, by the product's own filters. Only different columns count: those of one period.
 *
 * Throws AnalysisError when the image shows no perovskite along [100].
 * \param series the images
 * \param thickness which of them
 * \param options how
 */
ShiftMeasurement MeasureShifts(const TiltSeries & series, std::size_t thickness, const ShiftOptions & options);
} // namespace ferro

#endif
