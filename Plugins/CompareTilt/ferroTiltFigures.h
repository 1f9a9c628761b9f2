#ifndef ferroTiltFigures_h
#define ferroTiltFigures_h

#include "ferroTiltComparison.h"

namespace ferro
{
/** Figures as PNG: for each thickness of the first series one that holds images, line scans and shifts against tilt,
 * and each of these by itself; shifts at the largest tilt against thickness, and against defocus where the series
 * differ in it.
 *
 * \param comparisons what was measured, at least one
 * \param folder where to
 */
void WriteTiltFigures(const std::vector<TiltComparison> & comparisons, const std::filesystem::path & folder);
} // namespace ferro

#endif
