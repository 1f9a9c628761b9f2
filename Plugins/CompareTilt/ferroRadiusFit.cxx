#include "ferroRadiusFit.h"

#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace ferro
{
namespace
{
// Centre x, y; height; background; the inverse covariance xx, yy, xy.
using Parameters = Eigen::Matrix<double, 7, 1>;
using Matrix = Eigen::Matrix<double, 7, 7>;

struct Pixel
{
  double x;
  double y;
  double value;
};

// Sum of squared residuals; with a matrix also the normal equations.
double
Evaluate(const std::vector<Pixel> & pixels, const Parameters & p, Matrix * normal, Parameters * gradient)
{
  double sum = 0.0;
  if (normal)
  {
    normal->setZero();
    gradient->setZero();
  }
  for (const auto & pixel : pixels)
  {
    const double dx = pixel.x - p[0];
    const double dy = pixel.y - p[1];
    const double shape = std::exp(-0.5 * (p[4] * dx * dx + p[5] * dy * dy) - p[6] * dx * dy);
    const double residual = pixel.value - p[3] - p[2] * shape;
    sum += residual * residual;
    if (normal)
    {
      const double height = p[2] * shape;
      Parameters slope;
      slope << height * (p[4] * dx + p[6] * dy), height * (p[5] * dy + p[6] * dx), shape, 1.0, -0.5 * height * dx * dx,
        -0.5 * height * dy * dy, -height * dx * dy;
      *normal += slope * slope.transpose();
      *gradient += residual * slope;
    }
  }
  return sum;
}
} // namespace

Eigen::Vector2d
FitGaussianWithin(const MicrographType & image, const Eigen::Vector2d & place, double radiusPx)
{
  const Eigen::Vector2d nothing = Eigen::Vector2d::Constant(std::numeric_limits<double>::quiet_NaN());
  const auto size = image.GetLargestPossibleRegion().GetSize();
  const long x0 = std::lround(std::ceil(place.x() - radiusPx));
  const long x1 = std::lround(std::floor(place.x() + radiusPx));
  const long y0 = std::lround(std::ceil(place.y() - radiusPx));
  const long y1 = std::lround(std::floor(place.y() + radiusPx));
  if (x0 < 0 || y0 < 0 || x1 >= static_cast<long>(size[0]) || y1 >= static_cast<long>(size[1]))
  {
    return nothing;
  }
  std::vector<Pixel> pixels;
  double lowest = std::numeric_limits<double>::infinity();
  Pixel highest = {place.x(), place.y(), -lowest};
  for (long y = y0; y <= y1; ++y)
  {
    for (long x = x0; x <= x1; ++x)
    {
      const auto dx = static_cast<double>(x);
      const auto dy = static_cast<double>(y);
      if (std::hypot(dx - place.x(), dy - place.y()) <= radiusPx)
      {
        pixels.push_back({dx, dy, static_cast<double>(image.GetBufferPointer()[y * static_cast<long>(size[0]) + x])});
        lowest = std::min(lowest, pixels.back().value);
        highest = pixels.back().value > highest.value ? pixels.back() : highest;
      }
    }
  }
  if (pixels.size() < 10)
  {
    return nothing;
  }
  const double narrow = 4.0 / (radiusPx * radiusPx); // standard deviation half of the radius
  Parameters p;
  p << highest.x, highest.y, highest.value - lowest, lowest, narrow, narrow, 0.0;
  double damping = 1e-3;
  Matrix normal;
  Parameters gradient;
  double sum = Evaluate(pixels, p, &normal, &gradient);
  for (int step = 0; step < 200 && damping < 1e12; ++step)
  {
    Matrix damped = normal;
    damped.diagonal() *= 1.0 + damping;
    const Parameters change = damped.ldlt().solve(gradient);
    const Parameters next = p + change;
    const double better = Evaluate(pixels, next, nullptr, nullptr);
    if (!(better < sum))
    {
      damping *= 10.0;
      continue;
    }
    p = next;
    damping *= 0.1;
    sum = Evaluate(pixels, p, &normal, &gradient);
    if (change.head<2>().norm() < 1e-7)
    {
      break;
    }
  }
  const bool good = p.allFinite() && p[2] > 0.0 && p[4] > 0.0 && p[5] > 0.0 && p[4] * p[5] > p[6] * p[6] &&
                    (p.head<2>() - place).norm() < radiusPx;
  return good ? Eigen::Vector2d(p.head<2>()) : nothing;
}
} // namespace ferro
