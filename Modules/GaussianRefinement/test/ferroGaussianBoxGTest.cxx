// The Gaussians of the model of the image, against exponentials pixel by pixel.

#include "ferroGaussianBox.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace
{
double
ValueAt(const ferro::GaussianParameters & p, long x, long y)
{
  const double dx = static_cast<double>(x) - p.x;
  const double dy = static_cast<double>(y) - p.y;
  return std::exp(-0.5 * (p.qa * dx * dx + 2.0 * p.qb * dx * dy + p.qc * dy * dy));
}

/** An ellipse whose axes lean by an angle. */
ferro::GaussianParameters
Ellipse(double x, double y, double sigmaMajor, double sigmaMinor, double angle)
{
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  const double a = 1.0 / (sigmaMajor * sigmaMajor);
  const double b = 1.0 / (sigmaMinor * sigmaMinor);
  ferro::GaussianParameters p;
  p.x = x;
  p.y = y;
  p.qa = a * c * c + b * s * s;
  p.qb = (a - b) * c * s;
  p.qc = a * s * s + b * c * c;
  return p;
}

/** What single precision may miss, for height 1: each row on the way from that of the centre brings four roundings (of
 * its two factors, of their product and of the value), and the first value and the exponents, of values that grow small
 * with them, a few more. */
double
Rounding(const ferro::GaussianParameters & p, long y)
{
  constexpr double One = 1.0 / (1 << 24);
  return One * (16.0 + 4.0 * std::abs(static_cast<double>(y) - p.y));
}
} // namespace

// From such as vanish to single precision at most of the box to such as hardly change in it; centres outside as well.
TEST(GaussianBox, ValuesAreThoseOfTheExponential)
{
  const ferro::PixelBox box(20, 30, 120, 135);
  for (const auto & p :
       {Ellipse(70.3, 80.6, 15.0, 15.0, 0.0), Ellipse(70.3, 80.6, 1.1, 1.1, 0.0), Ellipse(21.2, 134.7, 3.0, 1.0, 0.8),
        Ellipse(110.9, 32.4, 12.0, 3.0, -0.5), Ellipse(64.5, 90.5, 200.0, 40.0, 1.2),
        Ellipse(15.0, 140.0, 9.0, 6.0, 2.0), Ellipse(70.0, 20.0, 2.0, 4.0, 0.3)})
  {
    ferro::GaussianBox gaussian;
    gaussian.Fill(box, p);
    for (long y = 0; y < box.height; ++y)
    {
      for (long x = 0; x < box.stride; ++x)
      {
        ASSERT_NEAR(gaussian.Data()[y * box.stride + x], ValueAt(p, box.left + x, box.top + y),
                    Rounding(p, box.top + y))
          << x << ", " << y << " of the Gaussian at " << p.x << ", " << p.y << " with qc = " << p.qc;
      }
    }
  }
}

TEST(GaussianBox, TakesOffWhatItAdded)
{
  const ferro::GaussianParameters p = Ellipse(10.4, 9.7, 2.4, 2.1, 0.4);
  const ferro::PixelBox box(2, 1, 18, 17);
  constexpr long Stride = 40;
  constexpr float Before = 3.0F;
  std::vector<float> image(static_cast<std::size_t>(Stride * 20), Before);
  ferro::GaussianBox gaussian;
  constexpr double Height = 2.5;
  gaussian.Add(image.data() + box.top * Stride + box.left, Stride, box, p, Height);
  for (long y = 0; y < 20; ++y)
  {
    for (long x = 0; x < Stride; ++x)
    {
      const bool inside = y >= box.top && y < box.top + box.height && x >= box.left && x < box.left + box.stride;
      const double added = inside ? Height * ValueAt(p, x, y) : 0.0;
      ASSERT_NEAR(image[static_cast<std::size_t>(y * Stride + x)], Before + added, Height * Rounding(p, y));
    }
  }
  gaussian.Add(image.data() + box.top * Stride + box.left, Stride, box, p, -Height);
  for (const float value : image)
  {
    ASSERT_NEAR(value, Before, Before / (1 << 23)); // the same values, rounded when added and when taken off
  }
}

TEST(GaussianBox, NoticesAnotherShapeAndAnotherBox)
{
  ferro::GaussianParameters p = Ellipse(10.4, 9.7, 2.4, 2.1, 0.4);
  const ferro::PixelBox box(2, 1, 18, 17);
  ferro::GaussianBox gaussian;
  gaussian.Fill(box, p);
  p.qb += 0.01;
  gaussian.Fill(box, p);
  EXPECT_NEAR(gaussian.Data()[0], ValueAt(p, 2, 1), Rounding(p, 1));
  EXPECT_NEAR(gaussian.Data()[5 * box.stride + 5], ValueAt(p, 7, 6), Rounding(p, 6));
  const ferro::PixelBox shifted(3, 1, 19, 17);
  gaussian.Fill(shifted, p);
  EXPECT_NEAR(gaussian.Data()[5 * shifted.stride + 5], ValueAt(p, 8, 6), Rounding(p, 6));
}
