#ifndef ferroCircle_h
#define ferroCircle_h

#include <algorithm>
#include <cmath>

namespace ferro
{
/** Calls body(y, first, last) for the part of each row inside a circle, as far as it lies in the image. */
template <class TBody>
void
ForRows(double cx, double cy, double radius, long width, long height, TBody body)
{
  const long y0 = std::max(0L, static_cast<long>(std::ceil(cy - radius)));
  const long y1 = std::min(height - 1, static_cast<long>(std::floor(cy + radius)));
  for (long y = y0; y <= y1; ++y)
  {
    const double dy = static_cast<double>(y) - cy;
    const double half = std::sqrt(std::max(0.0, radius * radius - dy * dy));
    const long x0 = std::max(0L, static_cast<long>(std::ceil(cx - half)));
    const long x1 = std::min(width - 1, static_cast<long>(std::floor(cx + half)));
    if (x0 <= x1)
    {
      body(y, x0, x1);
    }
  }
}

/** Calls body(x, y) for each pixel inside a circle. */
template <class TBody>
void
ForWindow(double cx, double cy, double radius, long width, long height, TBody body)
{
  ForRows(cx, cy, radius, width, height,
          [&body](long y, long x0, long x1)
          {
            for (long x = x0; x <= x1; ++x)
            {
              body(x, y);
            }
          });
}
} // namespace ferro

#endif
