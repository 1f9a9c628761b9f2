#ifndef ferroRadiusFit_h
#define ferroRadiusFit_h

#include "ferroImageGeometry.h"

#include <Eigen/Core>

namespace ferro
{
/** Centre of an elliptical Gaussian on a constant background, fitted to the pixels within a fixed circle, all of the
 * same weight, by least squares (Levenberg and Marquardt).
 *
 * The filters that measure real images take a window that follows the width of the column and weigh pixels by their
 * noise; a fixed circle is what other programs have. NaN where the circle leaves the image or no maximum is found
 * within it. \param image to be fitted \param place centre of the circle, pixels \param radiusPx radius of the circle,
 * pixels
 */
Eigen::Vector2d FitGaussianWithin(const MicrographType & image, const Eigen::Vector2d & place, double radiusPx);
} // namespace ferro

#endif
