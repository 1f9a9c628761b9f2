#include "ferroPlane.h"

#include "ferroSimd.h"

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

namespace
{
/** out = sum of weights[k] * rows[k] for one row, taps in pairs that share a weight, the middle one alone. */
FERRO_SIMD void
WeighRows(const float * const * rows, const float * weights, std::size_t taps, long width, float * out)
{
  const std::size_t half = taps / 2;
  const float * middle = rows[half];
  const float center = weights[half];
  for (long x = 0; x < width; ++x)
  {
    out[x] = center * middle[x];
  }
  std::size_t k = 0;
  for (; k + 1 < half; k += 2)
  {
    const float * a = rows[k];
    const float * b = rows[taps - 1 - k];
    const float * c = rows[k + 1];
    const float * d = rows[taps - 2 - k];
    const float first = weights[k];
    const float second = weights[k + 1];
    for (long x = 0; x < width; ++x)
    {
      out[x] += first * (a[x] + b[x]) + second * (c[x] + d[x]);
    }
  }
  for (; k < half; ++k)
  {
    const float * a = rows[k];
    const float * b = rows[taps - 1 - k];
    const float weight = weights[k];
    for (long x = 0; x < width; ++x)
    {
      out[x] += weight * (a[x] + b[x]);
    }
  }
}

FERRO_SIMD void
LaplacianRow(const float * up, const float * mid, const float * down, long width, float scale, float * out)
{
  for (long x = 1; x + 1 < width; ++x)
  {
    out[x] = scale * (20.0F * mid[x] - 4.0F * (up[x] + down[x] + mid[x - 1] + mid[x + 1]) -
                      (up[x - 1] + up[x + 1] + down[x - 1] + down[x + 1]));
  }
}
} // namespace

void
ForChunks(std::size_t count, std::size_t length, const ParallelFor & parallel,
          const std::function<void(std::size_t, std::size_t)> & body)
{
  parallel((count + length - 1) / length,
           [&](std::size_t chunk) { body(chunk * length, std::min(count, (chunk + 1) * length)); });
}

Plane
SmoothGaussian(const Plane & input, double sigma, const ParallelFor & parallel)
{
  const std::vector<float> kernel = GaussianKernel(sigma);
  const long radius = static_cast<long>(kernel.size() / 2);
  const long width = input.width;
  const long height = input.height;
  constexpr std::size_t RowsPerChunk = 32;
  Plane rows(width, height);
  ForChunks(static_cast<std::size_t>(height), RowsPerChunk, parallel,
            [&](std::size_t first, std::size_t last)
            {
              std::vector<float> padded(static_cast<std::size_t>(width + 2 * radius));
              std::vector<const float *> shifted(kernel.size());
              for (std::size_t k = 0; k < kernel.size(); ++k)
              {
                shifted[k] = padded.data() + k;
              }
              for (long y = static_cast<long>(first); y < static_cast<long>(last); ++y)
              {
                const float * in = input.values.data() + y * width;
                std::copy(in, in + width, padded.begin() + radius);
                for (long x = 1; x <= radius; ++x)
                {
                  padded[static_cast<std::size_t>(radius - x)] = in[Mirror(-x, width)];
                  padded[static_cast<std::size_t>(radius + width - 1 + x)] = in[Mirror(width - 1 + x, width)];
                }
                WeighRows(shifted.data(), kernel.data(), kernel.size(), width, &rows(0, y));
              }
            });
  Plane output(width, height);
  ForChunks(static_cast<std::size_t>(height), RowsPerChunk, parallel,
            [&](std::size_t first, std::size_t last)
            {
              std::vector<const float *> around(kernel.size());
              for (long y = static_cast<long>(first); y < static_cast<long>(last); ++y)
              {
                for (long k = -radius; k <= radius; ++k)
                {
                  around[static_cast<std::size_t>(k + radius)] = rows.values.data() + Mirror(y + k, height) * width;
                }
                WeighRows(around.data(), kernel.data(), kernel.size(), width, &output(0, y));
              }
            });
  return output;
}

Plane
BlobResponse(const Plane & smoothed, double sigma, const ParallelFor & parallel)
{
  const long width = smoothed.width;
  Plane response(width, smoothed.height);
  const auto scale = static_cast<float>(sigma * sigma / 6.0);
  constexpr std::size_t RowsPerChunk = 64;
  ForChunks(static_cast<std::size_t>(smoothed.height), RowsPerChunk, parallel,
            [&](std::size_t first, std::size_t last)
            {
              for (long y = static_cast<long>(first); y < static_cast<long>(last); ++y)
              {
                const float * up = smoothed.values.data() + Mirror(y - 1, smoothed.height) * width;
                const float * mid = smoothed.values.data() + y * width;
                const float * down = smoothed.values.data() + Mirror(y + 1, smoothed.height) * width;
                LaplacianRow(up, mid, down, width, scale, &response(0, y));
                for (const long x : {0L, width - 1})
                {
                  const long l = Mirror(x - 1, width);
                  const long r = Mirror(x + 1, width);
                  response(x, y) = scale * (20.0F * mid[x] - 4.0F * (up[x] + down[x] + mid[l] + mid[r]) -
                                            (up[l] + up[r] + down[l] + down[r]));
                }
              }
            });
  return response;
}

WideMean::WideMean(long width, long height, double sigma, long block, const RowSource & source,
                   const ParallelFor & parallel)
  : m_Width(width), m_Block(std::max(1L, block)),
    m_Coarse((width + m_Block - 1) / m_Block, (height + m_Block - 1) / m_Block)
{
  ForChunks(static_cast<std::size_t>(m_Coarse.height), 4, parallel,
            [&](std::size_t first, std::size_t last)
            {
              std::vector<float> row(static_cast<std::size_t>(width));
              std::vector<float> sums(row.size());
              for (long coarse = static_cast<long>(first); coarse < static_cast<long>(last); ++coarse)
              {
                const long top = coarse * m_Block;
                const long bottom = std::min(height, top + m_Block);
                std::fill(sums.begin(), sums.end(), 0.0F);
                for (long y = top; y < bottom; ++y)
                {
                  source(y, row.data());
                  for (std::size_t x = 0; x < row.size(); ++x)
                  {
                    sums[x] += row[x];
                  }
                }
                for (long column = 0; column < m_Coarse.width; ++column)
                {
                  const long left = column * m_Block;
                  const long right = std::min(width, left + m_Block);
                  double sum = 0.0;
                  for (long x = left; x < right; ++x)
                  {
                    sum += sums[static_cast<std::size_t>(x)];
                  }
                  m_Coarse(column, coarse) =
                    static_cast<float>(sum / static_cast<double>((bottom - top) * (right - left)));
                }
              }
            });
  m_Coarse = SmoothGaussian(m_Coarse, sigma / static_cast<double>(m_Block), parallel);
}

double
WideMean::ToBlocks(double pixel) const
{
  const double center = 0.5 * static_cast<double>(m_Block - 1); // of a block, in pixels
  return (pixel - center) / static_cast<double>(m_Block);
}

double
WideMean::Sample(double x, double y) const
{
  return m_Coarse.Sample(this->ToBlocks(x), this->ToBlocks(y));
}

void
WideMean::Row(long y, float * values) const
{
  const double row = std::clamp(this->ToBlocks(static_cast<double>(y)), 0.0, static_cast<double>(m_Coarse.height - 1));
  const long above = static_cast<long>(row);
  const long below = std::min(above + 1, m_Coarse.height - 1);
  const auto share = static_cast<float>(row - static_cast<double>(above));
  const auto between = [&](long column)
  { return (1.0F - share) * m_Coarse(column, above) + share * m_Coarse(column, below); };
  // Between two centres of blocks the values lie on a straight line.
  float left = between(0);
  float right = left;
  long column = -1;
  for (long x = 0; x < m_Width; ++x)
  {
    const double place = this->ToBlocks(static_cast<double>(x));
    const long now = static_cast<long>(std::floor(place));
    if (now != column)
    {
      column = now;
      left = between(std::clamp(now, 0L, m_Coarse.width - 1));
      right = between(std::clamp(now + 1, 0L, m_Coarse.width - 1));
    }
    const auto fraction = static_cast<float>(place - static_cast<double>(now));
    values[x] = left + fraction * (right - left);
  }
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
