#include "ferroLocalNoise.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr double WhiteNoise = 2.25; // sum of the squares of the weights below
constexpr double LeastNoise = 1e-6; // of images without any
constexpr double LargestLogarithm = 12.0;
constexpr int Iterations = 100;
// Weight of (0, 1, 0, 0) against all numbers. Noise and scale hardly vary within an image, and images are few: fitted
// freely, both slopes were chance, and errors were overstated at one end and understated at the other.
constexpr std::array<double, 4> Pull{1e-3, 1e-3, 100.0, 100.0};
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

std::array<double, 4>
GetVarianceTerms(double logarithm, double noise, double magnification)
{
  return {1.0, std::clamp(logarithm, -LargestLogarithm, LargestLogarithm), std::log(std::max(LeastNoise, noise)),
          std::log(magnification)};
}

std::array<double, 4>
FitVariance(const std::vector<std::array<double, 4>> & terms, const std::vector<double> & squares)
{
  const Eigen::Vector4d believed(0.0, 1.0, 0.0, 0.0);
  Eigen::Vector4d fit = believed;
  if (terms.empty())
  {
    return {0.0, 1.0, 0.0, 0.0};
  }
  const auto count = static_cast<double>(terms.size());
  // Fisher scoring: the expected second derivatives do not depend on the coefficients.
  const Eigen::Vector4d pull = Eigen::Map<const Eigen::Vector4d>(Pull.data());
  Eigen::Matrix4d information = pull.asDiagonal();
  for (const auto & term : terms)
  {
    const Eigen::Map<const Eigen::Vector4d> x(term.data());
    information += x * x.transpose() / count;
  }
  const Eigen::LDLT<Eigen::Matrix4d> solver(information);
  for (int step = 0; step < Iterations; ++step)
  {
    Eigen::Vector4d gradient = pull.cwiseProduct(believed - fit);
    for (std::size_t k = 0; k < terms.size(); ++k)
    {
      const Eigen::Map<const Eigen::Vector4d> x(terms[k].data());
      const double logarithm = std::clamp(x.dot(fit), -LargestLogarithm, LargestLogarithm);
      // A few numbers far outside must not throw the fit off its way in the first steps.
      gradient += x * (std::min(25.0, squares[k] * std::exp(-logarithm)) - 1.0) / count;
    }
    fit += 0.5 * solver.solve(gradient);
  }
  return {fit[0], fit[1], fit[2], fit[3]};
}
} // namespace ferro
