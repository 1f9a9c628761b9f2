#include "ferroPlane.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
long
Mirror(long index, long size)
{
  while (index < 0 || index >= size)
  {
    index = index < 0 ? -index - 1 : 2 * size - 1 - index;
  }
  return index;
}

std::vector<float>
GaussianKernel(double sigma)
{
  const long radius = std::max(1L, std::lround(std::ceil(4.0 * sigma)));
  std::vector<float> kernel(static_cast<std::size_t>(2 * radius + 1));
  double sum = 0.0;
  for (long n = -radius; n <= radius; ++n)
  {
    const double value = std::exp(-0.5 * static_cast<double>(n * n) / (sigma * sigma));
    kernel[static_cast<std::size_t>(n + radius)] = static_cast<float>(value);
    sum += value;
  }
  for (auto & value : kernel)
  {
    value = static_cast<float>(value / sum);
  }
  return kernel;
}
} // namespace

double
Plane::Sample(double x, double y) const
{
  x = std::clamp(x, 0.0, static_cast<double>(width - 1));
  y = std::clamp(y, 0.0, static_cast<double>(height - 1));
  const long x0 = std::min(static_cast<long>(x), std::max(0L, width - 2));
  const long y0 = std::min(static_cast<long>(y), std::max(0L, height - 2));
  const long x1 = std::min(x0 + 1, width - 1);
  const long y1 = std::min(y0 + 1, height - 1);
  const double fx = x - static_cast<double>(x0);
  const double fy = y - static_cast<double>(y0);
  return (1 - fy) * ((1 - fx) * (*this)(x0, y0) + fx * (*this)(x1, y0)) +
         fy * ((1 - fx) * (*this)(x0, y1) + fx * (*this)(x1, y1));
}

Plane
CopyImage(const MicrographType & image, std::size_t & invalid)
{
  const auto size = image.GetBufferedRegion().GetSize();
  Plane plane(static_cast<long>(size[0]), static_cast<long>(size[1]));
  const float * buffer = image.GetBufferPointer();
  std::copy(buffer, buffer + plane.values.size(), plane.values.begin());
  invalid = 0;
  for (const float value : plane.values)
  {
    invalid += !std::isfinite(value);
  }
  if (invalid > 0)
  {
    std::vector<float> finite;
    std::copy_if(plane.values.begin(), plane.values.end(), std::back_inserter(finite),
                 [](float v) { return std::isfinite(v); });
    const float median = finite.empty() ? 0.0F : static_cast<float>(Quantile(finite, 0.5));
    std::replace_if(
      plane.values.begin(), plane.values.end(), [](float v) { return !std::isfinite(v); }, median);
  }
  return plane;
}

Plane
SmoothGaussian(const Plane & input, double sigma, const ParallelFor & parallel)
{
  const std::vector<float> kernel = GaussianKernel(sigma);
  const long radius = static_cast<long>(kernel.size() / 2);
  const long width = input.width;
  const long height = input.height;
  Plane rows(width, height);
  parallel(static_cast<std::size_t>(height),
           [&](std::size_t row)
           {
             const long y = static_cast<long>(row);
             std::vector<float> padded(static_cast<std::size_t>(width + 2 * radius));
             for (long x = -radius; x < width + radius; ++x)
             {
               padded[static_cast<std::size_t>(x + radius)] = input(Mirror(x, width), y);
             }
             float * out = &rows(0, y);
             std::fill(out, out + width, 0.0F);
             for (std::size_t k = 0; k < kernel.size(); ++k)
             {
               const float weight = kernel[k];
               const float * in = padded.data() + k;
               for (long x = 0; x < width; ++x)
               {
                 out[x] += weight * in[x];
               }
             }
           });
  Plane output(width, height);
  parallel(static_cast<std::size_t>(height),
           [&](std::size_t row)
           {
             const long y = static_cast<long>(row);
             float * out = &output(0, y);
             std::fill(out, out + width, 0.0F);
             for (long k = -radius; k <= radius; ++k)
             {
               const float weight = kernel[static_cast<std::size_t>(k + radius)];
               const float * in = rows.values.data() + Mirror(y + k, height) * width;
               for (long x = 0; x < width; ++x)
               {
                 out[x] += weight * in[x];
               }
             }
           });
  return output;
}

Plane
BlobResponse(const Plane & smoothed, double sigma, const ParallelFor & parallel)
{
  Plane response(smoothed.width, smoothed.height);
  const auto scale = static_cast<float>(sigma * sigma / 6.0);
  parallel(static_cast<std::size_t>(smoothed.height),
           [&](std::size_t row)
           {
             const long y = static_cast<long>(row);
             const float * up = smoothed.values.data() + Mirror(y - 1, smoothed.height) * smoothed.width;
             const float * mid = smoothed.values.data() + y * smoothed.width;
             const float * down = smoothed.values.data() + Mirror(y + 1, smoothed.height) * smoothed.width;
             for (long x = 0; x < smoothed.width; ++x)
             {
               const long l = Mirror(x - 1, smoothed.width);
               const long r = Mirror(x + 1, smoothed.width);
               response(x, y) = scale * (20.0F * mid[x] - 4.0F * (up[x] + down[x] + mid[l] + mid[r]) -
                                         (up[l] + up[r] + down[l] + down[r]));
             }
           });
  return response;
}

double
Quantile(std::vector<float> & values, double fraction)
{
  if (values.empty())
  {
    return 0.0;
  }
  const auto rank = static_cast<std::ptrdiff_t>(fraction * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return values[static_cast<std::size_t>(rank)];
}
} // namespace ferro
