#include "ferroColorMaps.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr double Degree = 3.14159265358979323846 / 180.0;

struct Linear
{
  double r, g, b;
  bool
  IsInGamut() const
  {
    constexpr double eps = 1e-4;
    return r > -eps && g > -eps && b > -eps && r < 1 + eps && g < 1 + eps && b < 1 + eps;
  }
};

/** OKLab to linear sRGB: the inverse of the two matrices of the definition. */
Linear
FromLab(double lightness, double a, double b)
{
  const double l = std::pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
  const double m = std::pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
  const double s = std::pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3);
  return {4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
          -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
          -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s};
}

std::uint8_t
Encode(double linear)
{
  const double v = std::clamp(linear, 0.0, 1.0);
  const double encoded = v <= 0.0031308 ? 12.92 * v : 1.055 * std::pow(v, 1 / 2.4) - 0.055;
  return static_cast<std::uint8_t>(std::lround(255.0 * encoded));
}

/** A colour of given lightness, chroma and hue; chroma gives way where the screen has no such colour. */
Rgb
FromLch(double lightness, double chroma, double hueDeg)
{
  const double ca = std::cos(hueDeg * Degree);
  const double sa = std::sin(hueDeg * Degree);
  double low = 0.0;
  double high = chroma;
  if (!FromLab(lightness, chroma * ca, chroma * sa).IsInGamut())
  {
    for (int step = 0; step < 20; ++step)
    {
      const double middle = 0.5 * (low + high);
      (FromLab(lightness, middle * ca, middle * sa).IsInGamut() ? low : high) = middle;
    }
    chroma = low;
  }
  const Linear rgb = FromLab(lightness, chroma * ca, chroma * sa);
  return {Encode(rgb.r), Encode(rgb.g), Encode(rgb.b)};
}
} // namespace

namespace ColorMaps
{
Rgb
Sequential(double value)
{
  const double t = std::clamp(value, 0.0, 1.0);
  // The chroma stays inside what screens show at every hue on the way, or the map would have a kink.
  return FromLch(0.28 + 0.65 * t, 0.118 - 0.045 * std::sin(180.0 * Degree * t) + 0.045 * t * t, 305.0 - 200.0 * t);
}

Rgb
Density(double value)
{
  const double t = std::clamp(value, 0.0, 1.0);
  return FromLch(1.0 - 0.72 * t, 0.20 * std::sin(t * 180.0 * Degree * 0.75), 225.0 + 45.0 * t);
}

Rgb
Diverging(double value)
{
  const double t = std::clamp(value, -1.0, 1.0);
  const double m = std::abs(t);
  return FromLch(0.975 - 0.50 * m, 0.155 * std::pow(m, 0.8), t < 0 ? 255.0 : 48.0);
}

Rgb
Wheel(double angleDeg, double length)
{
  // tan(18.43 deg) = 1/3: with the diagonals there, their blue-yellow parts are +-1 and +-3 of the same unit.
  const double hue = angleDeg - 45.0 + 18.43;
  const double t = std::clamp(length, 0.0, 1.0);
  return FromLch(1.0 - 0.33 * t, 0.125 * t, hue);
}
} // namespace ColorMaps
} // namespace ferro
