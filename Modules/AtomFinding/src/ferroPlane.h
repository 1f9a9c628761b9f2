#ifndef ferroPlane_h
#define ferroPlane_h

#include "ferroImageGeometry.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace ferro
{
/** Runs body(n) for n in [0, count) on the threads of the caller; the results must not depend on the order. */
using ParallelFor = std::function<void(std::size_t count, const std::function<void(std::size_t)> & body)>;

/** \class UninitializedAllocator
 * \brief Leaves new numbers as they are: a plane is written right after it is made, by all threads, and the first one
 * to touch its memory pays for it.
 */
template <class T>
struct UninitializedAllocator : std::allocator<T>
{
  template <class U>
  struct rebind
  {
    using other = UninitializedAllocator<U>;
  };
  template <class U>
  void
  construct(U * place) noexcept
  {
    ::new (static_cast<void *>(place)) U;
  }
  template <class U, class... TArguments>
  void
  construct(U * place, TArguments &&... arguments)
  {
    ::new (static_cast<void *>(place)) U(std::forward<TArguments>(arguments)...);
  }
};

/** \class Plane
 * \brief Pixels of an image in row order: the working copy of the finder.
 */
struct Plane
{
  long width = 0;
  long height = 0;
  std::vector<float, UninitializedAllocator<float>> values;

  Plane() = default;
  /** The values are not set. */
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

/** Runs body(first, last) for pieces of [0, count) of a fixed length: the same pieces for any number of threads. */
void ForChunks(std::size_t count, std::size_t length, const ParallelFor & parallel,
               const std::function<void(std::size_t first, std::size_t last)> & body);

/** What CopyImage sees. */
struct PixelRange
{
  std::size_t invalid = 0; ///< pixels that are no finite numbers
  float lowest = 0.0F;     ///< of the others; 0 where there is none
  float highest = 0.0F;
};

/** Copies an image; pixels that are not finite become the median of the others (0 when there is none). */
Plane CopyImage(const MicrographType & image, const ParallelFor & parallel, PixelRange & range);

/** Convolution with a Gaussian of standard deviation sigma (pixels), mirrored at the borders. */
Plane SmoothGaussian(const Plane & input, double sigma, const ParallelFor & parallel);

/** Minus the scale-normalised Laplacian of the image smoothed with a Gaussian of standard deviation sigma (pixels):
 * positive on bright blobs. Stencil with the isotropic leading error, so that the response does not depend on the
 * direction. */
Plane BlobResponse(const Plane & image, double sigma, const ParallelFor & parallel);

/** \class WideMean
 * \brief A wide Gaussian mean of a quantity that is worked out row by row: over square blocks first, interpolated
 * between them afterwards. It takes the memory of the blocks only.
 */
class WideMean
{
public:
  /** Writes the width values of row y. Called from several threads. */
  using RowSource = std::function<void(long y, float * values)>;

  /** \param sigma standard deviation of the mean, pixels
   * \param block side of a block, pixels, small against sigma */
  WideMean(long width, long height, double sigma, long block, const RowSource & source, const ParallelFor & parallel);
  /** The mean at count pixels of row y, from pixel first on. */
  void Row(long y, long first, long count, float * values) const;
  double Sample(double x, double y) const;
  /** The values at the centres of the blocks. */
  const Plane &
  GetBlocks() const
  {
    return m_Coarse;
  }

private:
  double ToBlocks(double pixel) const;

  long m_Block;
  Plane m_Coarse;
};

/** Value below which the given fraction of the values lies; the vector is reordered. */
double Quantile(std::vector<float> & values, double fraction);
} // namespace ferro

#endif
