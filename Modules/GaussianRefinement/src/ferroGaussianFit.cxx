#include "ferroGaussianFit.h"

#include <Eigen/Cholesky>

#include <cmath>
#include <limits>

namespace ferro
{
namespace
{
using Vector7 = Eigen::Matrix<double, 7, 1>;
using Matrix7 = Eigen::Matrix<double, 7, 7>;

/** Order of the parameters in the normal equations. */
enum Slot
{
  X = 0,
  Y,
  Amplitude,
  Background,
  Qa,
  Qb,
  Qc
};

struct NormalEquations
{
  Matrix7 matrix = Matrix7::Zero();
  Vector7 gradient = Vector7::Zero();
  double chiSquare = 0.0;
  double squares = 0.0;
};

NormalEquations
Accumulate(const FitPixels & pixels, const ShapePrior & prior, const GaussianParameters & p)
{
  NormalEquations sum;
  // Only the upper triangle is summed, over plain arrays that the compiler keeps in registers.
  double h[7][7] = {};
  double g[7] = {};
  const std::size_t count = pixels.Size();
  for (std::size_t n = 0; n < count; ++n)
  {
    const double dx = pixels.x[n] - p.x;
    const double dy = pixels.y[n] - p.y;
    const double e = std::exp(-0.5 * (p.qa * dx * dx + 2.0 * p.qb * dx * dy + p.qc * dy * dy));
    const double peak = p.amplitude * e;
    const double own = pixels.own[n];
    const double residual = pixels.value[n] - own * p.background - peak;
    const double w = pixels.weight[n];
    const double j[7] = {
      peak * (p.qa * dx + p.qb * dy), peak * (p.qb * dx + p.qc * dy), e, own, -0.5 * peak * dx * dx, -peak * dx * dy,
      -0.5 * peak * dy * dy};
    for (int r = 0; r < 7; ++r)
    {
      const double wj = w * j[r];
      g[r] += wj * residual;
      for (int c = r; c < 7; ++c)
      {
        h[r][c] += wj * j[c];
      }
    }
    sum.chiSquare += w * residual * residual;
    sum.squares += residual * residual;
  }
  for (int r = 0; r < 7; ++r)
  {
    sum.gradient[r] = g[r];
    for (int c = r; c < 7; ++c)
    {
      sum.matrix(r, c) = sum.matrix(c, r) = h[r][c];
    }
  }
  if (prior.spread > 0.0)
  {
    const double strength = 1.0 / (prior.spread * prior.spread * prior.q * prior.q);
    const double miss[3] = {prior.q - p.qa, -p.qb, prior.q - p.qc};
    const double share[3] = {1.0, 2.0, 1.0}; // qb stands twice in the matrix
    for (int k = 0; k < 3; ++k)
    {
      sum.matrix(Qa + k, Qa + k) += share[k] * strength;
      sum.gradient[Qa + k] += share[k] * strength * miss[k];
      sum.chiSquare += share[k] * strength * miss[k] * miss[k];
    }
  }
  else
  {
    // A fixed shape: its rows become the identity.
    for (int k = Qa; k <= Qc; ++k)
    {
      sum.matrix.row(k).setZero();
      sum.matrix.col(k).setZero();
      sum.matrix(k, k) = 1.0;
      sum.gradient[k] = 0.0;
    }
  }
  return sum;
}

GaussianParameters
Step(const GaussianParameters & p, const Vector7 & d)
{
  GaussianParameters next = p;
  next.x += d[X];
  next.y += d[Y];
  next.amplitude += d[Amplitude];
  next.background += d[Background];
  next.qa += d[Qa];
  next.qb += d[Qb];
  next.qc += d[Qc];
  return next;
}
} // namespace

double
GaussianParameters::Peak(double px, double py) const
{
  const double dx = px - x;
  const double dy = py - y;
  return amplitude * std::exp(-0.5 * (qa * dx * dx + 2.0 * qb * dx * dy + qc * dy * dy));
}

double
GaussianParameters::Sigma() const
{
  const double determinant = qa * qc - qb * qb;
  return determinant > 0.0 && qa > 0.0 ? std::pow(determinant, -0.25) : std::numeric_limits<double>::quiet_NaN();
}

void
FitPixels::Clear()
{
  x.clear();
  y.clear();
  value.clear();
  own.clear();
  weight.clear();
}

void
FitPixels::Add(double px, double py, double pixelValue, bool pixelOwn, double pixelWeight)
{
  x.push_back(static_cast<float>(px));
  y.push_back(static_cast<float>(py));
  value.push_back(static_cast<float>(pixelValue));
  own.push_back(pixelOwn ? 1.0F : 0.0F);
  weight.push_back(static_cast<float>(pixelWeight));
}

FitResult
FitGaussian(const FitPixels & pixels, const ShapePrior & prior, GaussianParameters & parameters)
{
  FitResult result;
  constexpr std::size_t FewestPixels = 8;
  if (pixels.Size() < FewestPixels)
  {
    return result;
  }
  constexpr int Iterations = 25;
  constexpr double SmallStep = 2e-4; // pixels: far below any position error
  double damping = 1e-3;
  NormalEquations now = Accumulate(pixels, prior, parameters);
  for (int iteration = 0; iteration < Iterations; ++iteration)
  {
    Matrix7 damped = now.matrix;
    for (int k = 0; k < 7; ++k)
    {
      damped(k, k) += damping * now.matrix(k, k) + 1e-300;
    }
    const Vector7 step = damped.ldlt().solve(now.gradient);
    if (!step.allFinite())
    {
      return result;
    }
    const GaussianParameters next = Step(parameters, step);
    const double determinant = next.qa * next.qc - next.qb * next.qb;
    const bool sane = next.qa > 0.0 && next.qc > 0.0 && determinant > 0.0;
    const NormalEquations then = sane ? Accumulate(pixels, prior, next) : NormalEquations();
    if (sane && then.chiSquare <= now.chiSquare)
    {
      parameters = next;
      now = then;
      damping = std::max(1e-9, 0.1 * damping);
      if (std::hypot(step[X], step[Y]) < SmallStep)
      {
        result.converged = true;
        break;
      }
    }
    else
    {
      damping *= 10.0;
      if (damping > 1e6)
      {
        // No way down from here: a minimum as far as the arithmetic can tell.
        result.converged = std::hypot(step[X], step[Y]) < 10 * SmallStep;
        break;
      }
    }
  }
  result.chiSquare = now.chiSquare;
  result.residualRms = std::sqrt(now.squares / static_cast<double>(pixels.Size()));
  const Matrix7 inverse = now.matrix.ldlt().solve(Matrix7::Identity());
  result.covariance = inverse.topLeftCorner<2, 2>();
  if (!result.covariance.allFinite() || result.covariance(0, 0) <= 0.0 || result.covariance(1, 1) <= 0.0)
  {
    result.converged = false;
  }
  return result;
}
} // namespace ferro
