#include "ferroCrystal.h"

#include <algorithm>
#include <cctype>

namespace ferro
{
const std::vector<Crystal> &
GetCrystals()
{
  // clang-format off
  static const std::vector<Crystal> crystals = {
    {"BiFeO3", 0.396, 4.37, 3.49, -2.61,
     "cell: Kubel and Schmid, Acta Cryst. B 46, 698 (1990); Born charges: Neaton et al., Phys. Rev. B 71, 014113 (2005)", 0.396, 0.396},
    {"BaTiO3", 0.4006, 2.77, 7.25, -3.34,
     "cell: Kwei et al., J. Phys. Chem. 97, 2368 (1993); Born charges: Ghosez, Michenaud and Gonze, Phys. Rev. B 58, 6224 (1998)", 0.3991, 0.4035},
    {"PbTiO3", 0.3984, 3.90, 7.06, -3.65,
     "cell: Shirane, Pepinsky and Frazer, Acta Cryst. 9, 131 (1956); Born charges: Zhong, King-Smith and Vanderbilt, Phys. Rev. Lett. 72, 3618 (1994)", 0.3904, 0.4150},
    {"SrTiO3", 0.3905, 2.54, 7.12, -3.22,
     "cell: Okazaki and Kawaminami, Mater. Res. Bull. 8, 545 (1973); Born charges: Zhong, King-Smith and Vanderbilt, Phys. Rev. Lett. 72, 3618 (1994)", 0.3905, 0.3905}};
  // clang-format on
  return crystals;
}

const Crystal *
FindCrystal(const std::string & name)
{
  const auto same = [](char l, char r)
  { return std::tolower(static_cast<unsigned char>(l)) == std::tolower(static_cast<unsigned char>(r)); };
  for (const auto & crystal : GetCrystals())
  {
    if (std::equal(crystal.name.begin(), crystal.name.end(), name.begin(), name.end(), same))
    {
      return &crystal;
    }
  }
  return nullptr;
}

double
MicrocoulombPerPicometre(double bornCharge, double cellVolumeNm3)
{
  constexpr double ElementaryChargeC = 1.602176634e-19; // exact, SI 2019
  // e * 1 pm / 1 nm^3 in C/m^2, then 1 C/m^2 = 100 uC/cm^2.
  return 100.0 * bornCharge * ElementaryChargeC * 1e-12 / (cellVolumeNm3 * 1e-27);
}

double
BoundChargePerDivergence(double microcoulombPerPicometre)
{
  // A divergence of 1 is 1000 pm per nm; 1 uC/cm^2 is 0.01 C/m^2, and 1 e/nm^2 is 0.1602176634 C/m^2.
  constexpr double ElementaryPerSquareNanometre = 0.0624150907446076; // of 1 uC/cm^2
  return -1000.0 * microcoulombPerPicometre * ElementaryPerSquareNanometre;
}
} // namespace ferro
