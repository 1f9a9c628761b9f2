#include "ferroLocalNoise.h"

namespace ferro
{
namespace
{
constexpr double WhiteNoise = 2.25; // sum of the squares of the weights below
} // namespace

std::vector<double>
MeasureNoise(const float * pixels, long width, long height, long window, long stride)
{
  // Sums over the rectangle from the first pixel to the one before (x, y).
  std::vector<double> sums(static_cast<std::size_t>((width + 1) * (height + 1)), 0.0);
  const auto at = [&](long x, long y) -> double & { return sums[static_cast<std::size_t>(y * (width + 1) + x)]; };
  for (long y = 0; y < height; ++y)
  {
    double line = 0.0;
    for (long x = 0; x < width; ++x)
    {
      if (x > 0 && y > 0 && x < width - 1 && y < height - 1)
      {
        const float * p = pixels + y * width + x;
        const double second = p[0] - 0.5 * (p[-1] + p[1] + p[-width] + p[width]) +
                              0.25 * (p[-width - 1] + p[-width + 1] + p[width - 1] + p[width + 1]);
        line += second * second;
      }
      at(x + 1, y + 1) = at(x + 1, y) + line;
    }
  }
  std::vector<double> noise;
  const double count = WhiteNoise * static_cast<double>((window - 2) * (window - 2));
  for (long y = 0; y + window <= height; y += stride)
  {
    for (long x = 0; x + window <= width; x += stride)
    {
      const long right = x + window - 1;
      const long bottom = y + window - 1;
      noise.push_back((at(right, bottom) - at(x + 1, bottom) - at(right, y + 1) + at(x + 1, y + 1)) / count);
    }
  }
  return noise;
}
} // namespace ferro
