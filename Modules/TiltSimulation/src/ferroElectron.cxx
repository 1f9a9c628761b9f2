#include "ferroElectron.h"

#include "ferroErrors.h"

#include <cmath>
#include <string>

namespace ferro
{
namespace
{
// CODATA 2014 (P. J. Mohr, D. B. Newell, B. N. Taylor, Rev. Mod. Phys. 88, 035009 (2016)), SI units. The values of 2018
// differ by less than 2e-8, the reference data of this module were made with these.
constexpr double Pi = 3.14159265358979323846;
constexpr double Planck = 6.626070040e-34;
constexpr double LightSpeed = 299792458.0;
constexpr double ElectronMass = 9.10938356e-31;
constexpr double ElementaryCharge = 1.6021766208e-19;
constexpr double AngstromPerMetre = 1e10;

double
GetEnergy(double voltageKv)
{
  if (!(voltageKv > 0.0) || !std::isfinite(voltageKv))
  {
    throw UsageError("accelerating voltage: " + std::to_string(voltageKv) + " kV, expected above 0");
  }
  return ElementaryCharge * 1e3 * voltageKv;
}
} // namespace

double
GetWavelengthA(double voltageKv)
{
  const double energy = GetEnergy(voltageKv);
  const double restEnergy = ElectronMass * LightSpeed * LightSpeed;
  return AngstromPerMetre * Planck * LightSpeed / std::sqrt(energy * (2.0 * restEnergy + energy));
}

double
GetInteractionConstant(double voltageKv)
{
  const double gamma = 1.0 + GetEnergy(voltageKv) / (ElectronMass * LightSpeed * LightSpeed);
  return 2.0 * Pi * gamma * ElectronMass * ElementaryCharge * GetWavelengthA(voltageKv) / (Planck * Planck) /
         (AngstromPerMetre * AngstromPerMetre);
}

double
GetScatteringFactorToPotential()
{
  return Planck * Planck / (2.0 * Pi * ElectronMass * ElementaryCharge) * AngstromPerMetre * AngstromPerMetre;
}
} // namespace ferro
