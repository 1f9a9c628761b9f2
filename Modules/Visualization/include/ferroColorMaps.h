#ifndef ferroColorMaps_h
#define ferroColorMaps_h

#include "FerroscopeVisualizationExport.h"

#include <array>
#include <cstdint>

namespace ferro
{
/** Red, green, blue, 0..255 (sRGB). */
using Rgb = std::array<std::uint8_t, 3>;

/** Colours of all figures. They are computed in the perceptual space OKLab (B. Ottosson, 2020), not read from
 * tables, so that equal steps of a value are equal steps to the eye. */
namespace ColorMaps
{
/** Magnitudes: dark violet over green to pale yellow, lightness rises evenly. value in 0..1, clamped. */
FerroscopeVisualization_EXPORT Rgb Sequential(double value);
/** Densities: white (none) to dark blue. value in 0..1, clamped. */
FerroscopeVisualization_EXPORT Rgb Density(double value);
/** Signed values: blue (-1) over near-white (0) to orange-brown (+1), which the colour-blind tell apart. Clamped. */
FerroscopeVisualization_EXPORT Rgb Diverging(double value);
/** Colour wheel of directions: hue from the angle, from white (length 0) to full colour at one lightness (length 1).
 *
 * The hue is turned so that the four diagonals, and the four axes, differ along blue-yellow by equal steps: whoever
 * does not see red against green still tells apart the domains of a rhombohedral ferroelectric.
 * \param angleDeg counter-clockwise as seen on the screen, 0 to the right: atan2(-Py, Px)
 * \param length |P| over the wheel's radius; above 1 it is drawn as 1 */
FerroscopeVisualization_EXPORT Rgb Wheel(double angleDeg, double length);
} // namespace ColorMaps
} // namespace ferro

#endif
