#ifndef ferroTiltComparison_h
#define ferroTiltComparison_h

#include "ferroTiltResponse.h"
#include "ferroTiltShifts.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>

namespace ferro
{
/** All that compare-tilt found. */
struct TiltComparison
{
  TiltSeries series;
  ShiftOptions options;
  std::vector<ShiftMeasurement> thicknesses; ///< in the order of the series
};

/** A number with a point whatever the locale; empty when it is not finite. \param digits significant ones */
std::string WriteNumber(double number, int digits = 6);

/** "2-D Gaussian, radius 2.7 sigma", "2-D Gaussian, radius 0.12 nm", "centre of mass, radius 0.08 nm".
 *
 * \param options their radii
 * \param estimator number of one of EstimatorWords
 */
std::string NameEstimator(const ShiftOptions & options, std::size_t estimator);

/** shifts.csv: a line for each series, thickness, tilt, estimator and sublattice (A, B, and P = B - A).
 *
 * \param comparisons one for each series
 * \param file where to write
 */
void WriteShiftTable(const std::vector<TiltComparison> & comparisons, const std::filesystem::path & file);

/** Numbers for compare-tilt's summary: conditions, estimators, apparent polarization per mrad, Bi and Fe (A and B) at
 * the largest tilt. */
nlohmann::json DescribeComparison(const TiltComparison & comparison);

/** The shifts by the Gaussian estimator as a table for correct-tilt.
 *
 * \param comparison what was measured
 * \param fourfold whether a quarter turn about the columns changes nothing
 */
TiltResponse MakeResponse(const TiltComparison & comparison, bool fourfold);
} // namespace ferro

#endif
