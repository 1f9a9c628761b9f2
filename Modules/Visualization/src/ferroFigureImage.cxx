#include "ferroFigureImage.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
struct Tap
{
  std::size_t index;
  float weight;
};

/** Which input pixels, with which weights, make each output pixel along one axis. */
std::vector<std::vector<Tap>>
MakeTaps(std::size_t from, int to)
{
  const double step = static_cast<double>(from) / to;
  const double radius = std::max(1.0, step); // a tent as wide as an output pixel, or as an input pixel
  std::vector<std::vector<Tap>> taps(static_cast<std::size_t>(to));
  for (int k = 0; k < to; ++k)
  {
    const double center = (k + 0.5) * step - 0.5;
    double sum = 0;
    auto & list = taps[static_cast<std::size_t>(k)];
    for (double i = std::ceil(center - radius); i <= center + radius; ++i)
    {
      const double weight = 1.0 - std::abs(i - center) / radius;
      if (weight > 1e-9)
      {
        const double inside = std::clamp(i, 0.0, static_cast<double>(from - 1));
        list.push_back({static_cast<std::size_t>(inside), static_cast<float>(weight)});
        sum += weight;
      }
    }
    for (Tap & tap : list)
    {
      tap.weight = static_cast<float>(tap.weight / sum);
    }
  }
  return taps;
}
} // namespace

Range
GrayRange(const MicrographType & image)
{
  const auto count = image.GetBufferedRegion().GetNumberOfPixels();
  const float * pixels = image.GetBufferPointer();
  const std::size_t stride = count / 500000 + 1;
  std::vector<double> sample;
  for (std::size_t k = 0; k < count; k += stride)
  {
    sample.push_back(pixels[k]);
  }
  Range range{Percentile(sample, 0.005), Percentile(sample, 0.995)};
  if (!(range.high > range.low))
  {
    range = {range.low - 0.5, range.low + 0.5};
  }
  return range;
}

std::vector<Rgb>
RenderGray(const MicrographType & image, const Range & range, int width, int height, double lift)
{
  const auto size = image.GetBufferedRegion().GetSize();
  const float * pixels = image.GetBufferPointer();
  const auto across = MakeTaps(size[0], width);
  const auto down = MakeTaps(size[1], height);
  const auto outWidth = static_cast<std::size_t>(width);
  std::vector<float> rows(outWidth * size[1]);
  for (std::size_t y = 0; y < size[1]; ++y)
  {
    for (std::size_t x = 0; x < outWidth; ++x)
    {
      float sum = 0;
      for (const Tap & tap : across[x])
      {
        const float value = pixels[y * size[0] + tap.index];
        sum += tap.weight * (std::isfinite(value) ? value : static_cast<float>(range.low));
      }
      rows[y * outWidth + x] = sum;
    }
  }
  std::vector<Rgb> result(outWidth * static_cast<std::size_t>(height));
  std::vector<float> line(outWidth);
  for (std::size_t y = 0; y < static_cast<std::size_t>(height); ++y)
  {
    std::fill(line.begin(), line.end(), 0.0F);
    for (const Tap & tap : down[y])
    {
      for (std::size_t x = 0; x < outWidth; ++x)
      {
        line[x] += tap.weight * rows[tap.index * outWidth + x];
      }
    }
    for (std::size_t x = 0; x < outWidth; ++x)
    {
      const double fraction = std::clamp(range.Fraction(line[x]), 0.0, 1.0);
      const auto gray = static_cast<std::uint8_t>(std::lround(255.0 * (lift + (1.0 - lift) * fraction)));
      result[y * outWidth + x] = {gray, gray, gray};
    }
  }
  return result;
}
} // namespace ferro
