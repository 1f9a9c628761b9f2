#ifndef ferroFigureImage_h
#define ferroFigureImage_h

#include "ferroColorMaps.h"
#include "ferroFigureScales.h"
#include "ferroImageGeometry.h"

#include <vector>

namespace ferro
{
/** 0.5th and 99.5th percentile of an image: the range of gray that shows it well whatever its outliers. */
Range GrayRange(const MicrographType & image);
/** An image in gray, scaled to width x height: averaged where it shrinks, interpolated where it grows.
 * \param lift 0 for black to white; more makes the dark end lighter, up to 1 for all white */
std::vector<Rgb> RenderGray(const MicrographType & image, const Range & range, int width, int height, double lift);
} // namespace ferro

#endif
