#include "ferroScatteringFactors.h"

#include "ferroElectron.h"
#include "ferroElements.h"
#include "ferroErrors.h"
#include "ferroScatteringTables.h"

#include <cmath>

namespace ferro
{
namespace
{
constexpr double Pi = 3.14159265358979323846;

[[noreturn]] void
ThrowMissing(ScatteringModel model, int atomicNumber)
{
  const bool known = atomicNumber >= 1 && atomicNumber <= LargestAtomicNumber;
  throw AnalysisError("scattering factor: no parameters of " + ToString(model) + " for " +
                      (known ? GetElementSymbol(atomicNumber) : "atomic number " + std::to_string(atomicNumber)));
}
} // namespace

std::string
ToString(ScatteringModel model)
{
  return model == ScatteringModel::Kirkland ? "kirkland" : "lobato";
}

bool
HasElement(ScatteringModel model, int atomicNumber)
{
  return model == ScatteringModel::Kirkland ? FindKirklandParameters(atomicNumber) != nullptr
                                            : FindLobatoParameters(atomicNumber) != nullptr;
}

double
GetScatteringFactor(ScatteringModel model, int atomicNumber, double qInvA)
{
  const double q2 = qInvA * qInvA;
  double sum = 0.0;
  if (model == ScatteringModel::Kirkland)
  {
    if (const auto * p = FindKirklandParameters(atomicNumber))
    {
      for (int n = 0; n < 3; ++n)
      {
        sum += p->a[n] / (q2 + p->b[n]) + p->c[n] * std::exp(-p->d[n] * q2);
      }
      return sum;
    }
  }
  else if (const auto * p = FindLobatoParameters(atomicNumber))
  {
    for (int n = 0; n < 5; ++n)
    {
      const double term = 1.0 + p->b[n] * q2;
      sum += p->a[n] * (1.0 + term) / (term * term);
    }
    return sum;
  }
  ThrowMissing(model, atomicNumber);
}

double
GetAtomProjectedPotential(ScatteringModel model, int atomicNumber, double distanceA)
{
  const double r = distanceA;
  double sum = 0.0;
  if (model == ScatteringModel::Kirkland)
  {
    if (const auto * p = FindKirklandParameters(atomicNumber))
    {
      for (int n = 0; n < 3; ++n)
      {
        sum += 2.0 * Pi * p->a[n] * std::cyl_bessel_k(0.0, 2.0 * Pi * r * std::sqrt(p->b[n])) +
               Pi * p->c[n] / p->d[n] * std::exp(-Pi * Pi * r * r / p->d[n]);
      }
      return GetScatteringFactorToPotential() * sum;
    }
  }
  else if (const auto * p = FindLobatoParameters(atomicNumber))
  {
    // a (2 + b q^2) / (1 + b q^2)^2 = a / (1 + b q^2) + a / (1 + b q^2)^2, term by term.
    for (int n = 0; n < 5; ++n)
    {
      const double root = std::sqrt(p->b[n]);
      const double x = 2.0 * Pi * r / root;
      sum += p->a[n] * Pi / p->b[n] * (2.0 * std::cyl_bessel_k(0.0, x) + x * std::cyl_bessel_k(1.0, x));
    }
    return GetScatteringFactorToPotential() * sum;
  }
  ThrowMissing(model, atomicNumber);
}
} // namespace ferro
