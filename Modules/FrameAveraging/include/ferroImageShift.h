#ifndef ferroImageShift_h
#define ferroImageShift_h

#include "FerroscopeFrameAveragingExport.h"
#include "ferroImageGeometry.h"

#include <Eigen/Core>

namespace ferro
{
/** How far the contents of one image lie from those of another. */
struct ImageShift
{
  Eigen::Vector2d shift =
    Eigen::Vector2d::Zero(); ///< a place r of the fixed image is at r + shift in the moving one, pixels
  double correlation = 0.0;  ///< of both images there, -1..1
};

/** The translation with the highest cross-correlation, by fast Fourier transforms of the windowed images; to a fraction
 * of a pixel by a parabola through the logarithms around the peak. Shifts of up to a quarter of the image are looked
 * for. In a perfect lattice shifts that differ by a translation of the lattice are alike: the one with the larger
 * overlap wins. \param fixed an image \param moving another one of the same size \throws AnalysisError when sizes
 * differ or an image is constant */
FerroscopeFrameAveraging_EXPORT ImageShift FindImageShift(const MicrographType & fixed, const MicrographType & moving);
} // namespace ferro

#endif
