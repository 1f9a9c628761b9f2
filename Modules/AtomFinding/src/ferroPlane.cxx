#include "ferroPlane.h"

#include "ferroSimd.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>

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

/** Copies pixels and sees what they are. */
FERRO_SIMD void
CopyFinite(const float * from, std::size_t count, float * to, PixelRange & range)
{
  float lowest = range.lowest;
  float highest = range.highest;
  std::size_t invalid = 0;
  for (std::size_t n = 0; n < count; ++n)
  {
    const float value = from[n];
    const bool finite = value - value == 0.0F;
    to[n] = value;
    invalid += finite ? 0 : 1;
    lowest = finite && value < lowest ? value : lowest;
    highest = finite && value > highest ? value : highest;
  }
  range = {range.invalid + invalid, lowest, highest};
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
CopyImage(const MicrographType & image, const ParallelFor & parallel, PixelRange & range)
{
  const auto size = image.GetBufferedRegion().GetSize();
  Plane plane(static_cast<long>(size[0]), static_cast<long>(size[1]));
  const float * buffer = image.GetBufferPointer();
  constexpr std::size_t PixelsPerChunk = 1 << 17;
  constexpr float Limit = std::numeric_limits<float>::infinity();
  std::vector<PixelRange> parts(plane.values.size() / PixelsPerChunk + 1, PixelRange{0, Limit, -Limit});
  ForChunks(plane.values.size(), PixelsPerChunk, parallel,
            [&](std::size_t first, std::size_t last)
            { CopyFinite(buffer + first, last - first, &plane.values[first], parts[first / PixelsPerChunk]); });
  range = parts.front();
  for (std::size_t n = 1; n < parts.size(); ++n)
  {
    range.invalid += parts[n].invalid;
    range.lowest = std::min(range.lowest, parts[n].lowest);
    range.highest = std::max(range.highest, parts[n].highest);
  }
  if (range.invalid == plane.values.size())
  {
    range.lowest = range.highest = 0.0F;
  }
  if (range.invalid > 0)
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

/** \class RowSmoother
 * \brief Rows of a plane after convolution with a Gaussian, mirrored at the borders; one for each thread.
 */
class RowSmoother
{
public:
  RowSmoother(const Plane & input, const std::vector<float> & kernel)
    : m_Input(input), m_Kernel(kernel), m_Radius(static_cast<long>(kernel.size() / 2)),
      m_Padded(static_cast<std::size_t>(input.width + 2 * m_Radius)), m_Rows(kernel.size()), m_Shifted(kernel.size())
  {
    for (std::size_t k = 0; k < kernel.size(); ++k)
    {
      m_Shifted[k] = m_Padded.data() + k;
    }
  }
  /** y may lie beyond the border. */
  void
  Row(long y, float * out)
  {
    const long width = m_Input.width;
    for (long k = -m_Radius; k <= m_Radius; ++k)
    {
      m_Rows[static_cast<std::size_t>(k + m_Radius)] = m_Input.values.data() + Mirror(y + k, m_Input.height) * width;
    }
    float * inside = m_Padded.data() + m_Radius;
    WeighRows(m_Rows.data(), m_Kernel.data(), m_Kernel.size(), width, inside);
    for (long x = 1; x <= m_Radius; ++x)
    {
      inside[-x] = inside[Mirror(-x, width)];
      inside[width - 1 + x] = inside[Mirror(width - 1 + x, width)];
    }
    WeighRows(m_Shifted.data(), m_Kernel.data(), m_Kernel.size(), width, out);
  }

private:
  const Plane & m_Input;
  const std::vector<float> & m_Kernel;
  long m_Radius;
  std::vector<float> m_Padded;          ///< a row with its mirrored ends
  std::vector<const float *> m_Rows;    ///< those around a row
  std::vector<const float *> m_Shifted; ///< m_Padded, moved by each tap
};
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
  constexpr std::size_t RowsPerChunk = 32;
  Plane output(input.width, input.height);
  ForChunks(static_cast<std::size_t>(input.height), RowsPerChunk, parallel,
            [&](std::size_t first, std::size_t last)
            {
              RowSmoother smoother(input, kernel);
              for (long y = static_cast<long>(first); y < static_cast<long>(last); ++y)
              {
                smoother.Row(y, &output(0, y));
              }
            });
  return output;
}

Plane
BlobResponse(const Plane & image, double sigma, const ParallelFor & parallel)
{
  const std::vector<float> kernel = GaussianKernel(sigma);
  const long width = image.width;
  Plane response(width, image.height);
  const auto scale = static_cast<float>(sigma * sigma / 6.0);
  constexpr std::size_t RowsPerChunk = 64;
  ForChunks(static_cast<std::size_t>(image.height), RowsPerChunk, parallel,
            [&](std::size_t first, std::size_t last)
            {
              RowSmoother smoother(image, kernel);
              // Three smoothed rows at a time: the one above, the present one and the one below.
              std::array<std::vector<float>, 3> rows;
              rows.fill(std::vector<float>(static_cast<std::size_t>(width)));
              smoother.Row(static_cast<long>(first) - 1, rows[0].data());
              smoother.Row(static_cast<long>(first), rows[1].data());
              for (long y = static_cast<long>(first); y < static_cast<long>(last); ++y)
              {
                smoother.Row(y + 1, rows[2].data());
                const float * up = rows[0].data();
                const float * mid = rows[1].data();
                const float * down = rows[2].data();
                LaplacianRow(up, mid, down, width, scale, &response(0, y));
                for (const long x : {0L, width - 1})
                {
                  const long l = Mirror(x - 1, width);
                  const long r = Mirror(x + 1, width);
                  response(x, y) = scale * (20.0F * mid[x] - 4.0F * (up[x] + down[x] + mid[l] + mid[r]) -
                                            (up[l] + up[r] + down[l] + down[r]));
                }
                std::rotate(rows.begin(), rows.begin() + 1, rows.end());
              }
            });
  return response;
}

WideMean::WideMean(long width, long height, double sigma, long block, const RowSource & source,
                   const ParallelFor & parallel)
  : m_Block(std::max(1L, block)), m_Coarse((width + m_Block - 1) / m_Block, (height + m_Block - 1) / m_Block)
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
WideMean::Row(long y, long first, long count, float * values) const
{
  const double row = std::clamp(this->ToBlocks(static_cast<double>(y)), 0.0, static_cast<double>(m_Coarse.height - 1));
  const long above = static_cast<long>(row);
  const long below = std::min(above + 1, m_Coarse.height - 1);
  const auto share = static_cast<float>(row - static_cast<double>(above));
  const auto between = [&](long block)
  {
    const long column = std::clamp(block, 0L, m_Coarse.width - 1);
    return (1.0F - share) * m_Coarse(column, above) + share * m_Coarse(column, below);
  };
  // Between two centres of blocks the values lie on a straight line.
  const auto step = static_cast<float>(1.0 / static_cast<double>(m_Block));
  for (long x = 0; x < count;)
  {
    const double place = this->ToBlocks(static_cast<double>(first + x));
    const long block = static_cast<long>(std::floor(place));
    const auto start = static_cast<float>(place - static_cast<double>(block));
    // The centres are m_Block pixels apart: the next one is reached after the rest of that.
    const double rest = (1.0 - static_cast<double>(start)) * static_cast<double>(m_Block);
    const long last = std::min(count, x + std::max(1L, std::lround(std::ceil(rest))));
    const float left = between(block);
    const float slope = between(block + 1) - left;
    for (long n = x; n < last; ++n)
    {
      values[n] = left + (start + step * static_cast<float>(n - x)) * slope;
    }
    x = last;
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
