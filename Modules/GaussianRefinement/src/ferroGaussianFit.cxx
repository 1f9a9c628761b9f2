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

/** Weighted sums of e^2, e own and e residual times powers of dx and dy, where e is the Gaussian of height 1. All of
 * the normal equations are linear in them, which needs fewer operations per pixel than the equations themselves. */
struct Moments
{
  double square[5][5] = {};
  double background[3][3] = {};
  double residual[3][3] = {};
  double own = 0.0;
  double ownResidual = 0.0;
  double chiSquare = 0.0;
  double squares = 0.0;
};

Moments
SumMoments(const FitPixels & pixels, const GaussianParameters & p)
{
  Moments sum;
  GaussianParameters unit = p;
  unit.amplitude = 1.0;
  const std::size_t count = pixels.Size();
  for (std::size_t first = 0; first < count;)
  {
    std::size_t last = first + 1;
    while (last < count && pixels.y[last] == pixels.y[first] && pixels.x[last] == pixels.x[last - 1] + 1.0F)
    {
      ++last;
    }
    GaussianRow row(unit, pixels.x[first], pixels.y[first]);
    double square[5] = {};
    double background[3] = {};
    double residual[3] = {};
    for (std::size_t n = first; n < last; ++n)
    {
      const double dx = pixels.x[n] - p.x;
      const double e = row.Next();
      const double own = pixels.own[n];
      const double w = pixels.weight[n];
      const double r = pixels.value[n] - own * p.background - p.amplitude * e;
      const double we = w * e;
      double term = we * e;
      for (double & moment : square)
      {
        moment += term;
        term *= dx;
      }
      term = we * own;
      for (double & moment : background)
      {
        moment += term;
        term *= dx;
      }
      term = we * r;
      for (double & moment : residual)
      {
        moment += term;
        term *= dx;
      }
      sum.own += w * own;
      sum.ownResidual += w * own * r;
      sum.chiSquare += w * r * r;
      sum.squares += r * r;
    }
    const double dy = pixels.y[first] - p.y;
    for (int k = 0; k < 5; ++k)
    {
      double power = 1.0;
      for (int l = 0; k + l < 5; ++l)
      {
        sum.square[k][l] += square[k] * power;
        if (k + l < 3)
        {
          sum.background[k][l] += background[k] * power;
          sum.residual[k][l] += residual[k] * power;
        }
        power *= dy;
      }
    }
    first = last;
  }
  return sum;
}

NormalEquations
Accumulate(const FitPixels & pixels, const ShapePrior & prior, const GaussianParameters & p)
{
  const Moments moments = SumMoments(pixels, p);
  NormalEquations sum;
  sum.chiSquare = moments.chiSquare;
  sum.squares = moments.squares;
  // Derivatives of the model as e times a polynomial in dx and dy: rows of coefficients of the monomials.
  constexpr int Monomials[6][2] = {{0, 0}, {1, 0}, {0, 1}, {2, 0}, {1, 1}, {0, 2}};
  constexpr int Slots[6] = {X, Y, Amplitude, Qa, Qb, Qc};
  const double a = p.amplitude;
  const double derivatives[6][6] = {{0, a * p.qa, a * p.qb, 0, 0, 0},
                                    {0, a * p.qb, a * p.qc, 0, 0, 0},
                                    {1, 0, 0, 0, 0, 0},
                                    {0, 0, 0, -0.5 * a, 0, 0},
                                    {0, 0, 0, 0, -a, 0},
                                    {0, 0, 0, 0, 0, -0.5 * a}};
  for (int r = 0; r < 6; ++r)
  {
    for (int m = 0; m < 6; ++m)
    {
      const double left = derivatives[r][m];
      if (left == 0.0)
      {
        continue;
      }
      const int k = Monomials[m][0];
      const int l = Monomials[m][1];
      sum.gradient[Slots[r]] += left * moments.residual[k][l];
      sum.matrix(Slots[r], Background) += left * moments.background[k][l];
      for (int c = 0; c < 6; ++c)
      {
        for (int n = 0; n < 6; ++n)
        {
          sum.matrix(Slots[r], Slots[c]) +=
            left * derivatives[c][n] * moments.square[k + Monomials[n][0]][l + Monomials[n][1]];
        }
      }
    }
    sum.matrix(Background, Slots[r]) = sum.matrix(Slots[r], Background);
  }
  sum.matrix(Background, Background) = moments.own;
  sum.gradient[Background] = moments.ownResidual;
  if (prior.spread > 0.0)
  {
    const double strength = 1.0 / (prior.spread * prior.spread * prior.qa * prior.qc);
    const double miss[3] = {prior.qa - p.qa, prior.qb - p.qb, prior.qc - p.qc};
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

GaussianRow::GaussianRow(const GaussianParameters & parameters, double x, double y) : m_Value(parameters.Peak(x, y))
{
  const double dx = x - parameters.x;
  const double dy = y - parameters.y;
  m_Ratio = std::exp(-0.5 * parameters.qa * (2.0 * dx + 1.0) - parameters.qb * dy);
  m_Change = std::exp(-parameters.qa);
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
