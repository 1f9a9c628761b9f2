#include "ferroVarianceFit.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <map>

namespace ferro
{
namespace
{
constexpr int Terms = std::tuple_size<VarianceTerms>::value;
using Vector = Eigen::Matrix<double, Terms + 1, 1>;
using Matrix = Eigen::Matrix<double, Terms + 1, Terms + 1>;

constexpr double LargestLogarithm = 12.0;
constexpr double LargestRatio = 25.0; // squares further out must not throw the fit off its way
constexpr int Iterations = 100;
constexpr double NumbersPerImage = 2.0; // ratios of images' mean squares scatter as those of two numbers
constexpr double Pull = 0.5;            // of each coefficient, as the inverse of a variance
constexpr double WeakPull = 1e-3;       // of the constant and of the bend
} // namespace

VarianceFit
FitVariance(const std::vector<VarianceSample> & samples)
{
  std::map<long, double> counts;
  for (const auto & sample : samples)
  {
    counts[sample.image] += 1.0;
  }
  Vector believed = Vector::Zero();
  believed[1] = 1.0;
  Vector pull = Vector::Constant(Pull);
  pull[0] = pull[Terms] = WeakPull;
  Vector fit = believed;
  for (int step = 0; step < Iterations && !samples.empty(); ++step)
  {
    Matrix information = pull.asDiagonal();
    Vector gradient = pull.cwiseProduct(believed - fit);
    for (const auto & sample : samples)
    {
      const Eigen::Map<const Eigen::Matrix<double, Terms, 1>> x(sample.terms.data());
      const double base = std::exp(std::clamp(x.dot(fit.head<Terms>()), -LargestLogarithm, LargestLogarithm));
      const double variance = base + fit[Terms] * sample.bend;
      Vector relative; // derivative of the logarithm of the variance
      relative << x * (base / variance), sample.bend / variance;
      const double weight = 0.5 * NumbersPerImage / counts[sample.image];
      information += weight * relative * relative.transpose();
      gradient += weight * (std::min(LargestRatio, sample.square / variance) - 1.0) * relative;
    }
    fit += 0.5 * information.ldlt().solve(gradient);
    fit[Terms] = std::max(0.0, fit[Terms]);
  }
  VarianceFit result;
  std::copy_n(fit.data(), Terms, result.logarithm.begin());
  result.bend = fit[Terms];
  return result;
}

long
GetBendReach(const ModelDescription & description, long stride)
{
  return description.cellPx > 0.0 ? std::max(1L, std::lround(description.cellPx / static_cast<double>(stride))) : 0;
}
} // namespace ferro
