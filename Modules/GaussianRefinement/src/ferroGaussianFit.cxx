#include "ferroGaussianFit.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ferro
{
namespace
{
GaussianParameters
Step(const GaussianParameters & p, const NormalEquations::Vector & d)
{
  GaussianParameters next = p;
  next.x += d[NormalEquations::X];
  next.y += d[NormalEquations::Y];
  next.amplitude += d[NormalEquations::Amplitude];
  next.background += d[NormalEquations::Background];
  next.qa += d[NormalEquations::Qa];
  next.qb += d[NormalEquations::Qb];
  next.qc += d[NormalEquations::Qc];
  return next;
}

/** Whether the model is linear to better than a thousandth over the step. */
bool
IsSmall(const GaussianParameters & p, const NormalEquations::Vector & d)
{
  constexpr double Pixels = 0.01;
  constexpr double Share = 0.01;
  const double shape = Share * std::sqrt(p.qa * p.qc);
  return std::hypot(d[NormalEquations::X], d[NormalEquations::Y]) < Pixels &&
         std::abs(d[NormalEquations::Amplitude]) < Share * std::abs(p.amplitude) &&
         std::abs(d[NormalEquations::Qa]) < shape && std::abs(d[NormalEquations::Qb]) < shape &&
         std::abs(d[NormalEquations::Qc]) < shape;
}
} // namespace

FitResult
FitGaussian(FitPixels & pixels, const ShapePrior & prior, GaussianParameters & parameters)
{
  FitResult result;
  constexpr long FewestPixels = 8;
  if (pixels.count < FewestPixels)
  {
    return result;
  }
  constexpr int Iterations = 25;
  // Sums in single precision: smaller differences of the sums of squares are rounding.
  constexpr double Rounding = 1e-5;
  double damping = NormalEquations::LeastDamping;
  NormalEquations rooms[2];
  NormalEquations * now = rooms;
  NormalEquations * then = rooms + 1;
  now->Accumulate(pixels, prior, parameters);
  NormalEquations::Vector step{};
  for (int iteration = 0; iteration < Iterations && !result.converged; ++iteration)
  {
    if (!now->Solve(damping, step))
    {
      return result;
    }
    const GaussianParameters next = Step(parameters, step);
    const bool sane = next.qa > 0.0 && next.qc > 0.0 && next.qa * next.qc > next.qb * next.qb;
    constexpr double LightDamping = 0.01; // a step that heavy damping made small says nothing
    if (sane && damping <= LightDamping && IsSmall(parameters, step))
    {
      parameters = next;
      result.converged = true;
      break;
    }
    if (sane)
    {
      then->Accumulate(pixels, prior, next);
    }
    if (sane && then->GetChiSquare() <= (1.0 + Rounding) * now->GetChiSquare())
    {
      parameters = next;
      std::swap(now, then);
      damping = std::max(NormalEquations::LeastDamping, 0.1 * damping);
    }
    else
    {
      constexpr double FirstDamping = 1e-3;
      damping = std::max(FirstDamping, 10.0 * damping);
      constexpr double Hopeless = 1e6;
      if (damping > Hopeless)
      {
        // No way down from here: a minimum as far as the arithmetic can tell.
        constexpr double NoStep = 1e-3; // pixels
        result.converged = std::hypot(step[NormalEquations::X], step[NormalEquations::Y]) < NoStep;
        break;
      }
    }
  }
  result.chiSquare = now->GetChiSquare();
  result.covariance = now->GetPositionCovariance();
  if (!result.covariance.allFinite() || result.covariance(0, 0) <= 0.0 || result.covariance(1, 1) <= 0.0)
  {
    result.converged = false;
  }
  return result;
}
} // namespace ferro
