#ifndef ferroFlatBackground_h
#define ferroFlatBackground_h

#include "ferroImageGeometry.h"

namespace ferro
{
/** How much the brightness of an image varies more slowly than its lattice: standard deviation of the local mean over
 * that of what is left. The local mean is that of a square of two cells around each pixel, taken twice, which a lattice
 * hardly changes.
 * \param cellPx edge of the cell, pixels
 * \param flat receives image - local mean, with the same geometry; pixels that are not finite stay so */
double MeasureBackground(const MicrographType & image, double cellPx, MicrographType::Pointer & flat);

/** MeasureBackground above which 'extract' and 'predict' subtract the local mean: more than in all but one in a hundred
 * of the images that the pretrained network learned from. */
constexpr double LargestBackground = 0.5;
} // namespace ferro

#endif
