#ifndef ferroPlane_h
#define ferroPlane_h

#include "ferroImageGeometry.h"

#include <cstddef>
#include <functional>
#include <vector>

namespace ferro
{
/** Runs body(n) for n in [0, count) on the threads of the caller; the results must not depend on the order. */
using ParallelFor = std::function<void(std::size_t count, const std::function<void(std::size_t)> & body)>;

/** \class Plane
 * \brief Pixels of an image in row order: the working copy of the finder.
 */
struct Plane
{
  long width = 0;
  long height = 0;
  std::vector<float> values;

  Plane() = default;
  Plane(long w, long h) : width(w), height(h), values(static_cast<std::size_t>(w * h))
  {
  }
  float &
  operator()(long x, long y)
  {
    return values[static_cast<std::size_t>(y * width + x)];
  }
  float
  operator()(long x, long y) const
  {
    return values[static_cast<std::size_t>(y * width + x)];
  }
  /** Bilinear value at a position inside the plane; clamped to it. */
  double Sample(double x, double y) const;
};

/** Copies an image; pixels that are not finite become the median of the others (0 when there is none).
 * \param invalid receives the number of such pixels */
Plane CopyImage(const MicrographType & image, std::size_t & invalid);

/** Convolution with a Gaussian of standard deviation sigma (pixels), mirrored at the borders. */
Plane SmoothGaussian(const Plane & input, double sigma, const ParallelFor & parallel);

/** Minus the scale-normalised Laplacian of an already smoothed plane: positive on bright blobs.
 * Stencil with the isotropic leading error, so that the response does not depend on the direction. */
Plane BlobResponse(const Plane & smoothed, double sigma, const ParallelFor & parallel);

/** Value below which the given fraction of the values lies; the vector is reordered. */
double Quantile(std::vector<float> & values, double fraction);
} // namespace ferro

#endif
