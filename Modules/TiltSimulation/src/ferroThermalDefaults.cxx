#include "ferroElements.h"
#include "ferroStructureReader.h"

#include <cmath>
#include <set>
#include <sstream>

namespace ferro
{
namespace
{
struct Default
{
  int atomicNumber;
  double bA2;
  const char * source;
};

constexpr const char * Abramov = "SrTiO3, Y. A. Abramov et al., Acta Cryst. B 51, 942 (1995)";
constexpr const char * Palewicz = "BiFeO3, A. Palewicz et al., Acta Cryst. B 63, 537 (2007)";

// Room temperature, isotropic. Those of BiFeO3 are published as U = B / (8 pi^2): 0.0054 and 0.0047 A^2.
constexpr Default Defaults[] = {{8, 0.7323, Abramov},
                                {22, 0.4398, Abramov},
                                {26, 0.3711, Palewicz},
                                {38, 0.6214, Abramov},
                                {83, 0.4264, Palewicz}};
constexpr double Assumed = 0.5;
} // namespace

double
GetDisplacementRmsA(double bA2)
{
  constexpr double Pi = 3.14159265358979323846;
  return std::sqrt(bA2 / (8.0 * Pi * Pi));
}

void
FillMissingDisplacements(CrystalStructure & structure)
{
  std::set<int> told;
  for (auto & atom : structure.atoms)
  {
    if (atom.displacementRmsA >= 0.0)
    {
      continue;
    }
    const Default * found = nullptr;
    for (const auto & entry : Defaults)
    {
      found = entry.atomicNumber == atom.atomicNumber ? &entry : found;
    }
    const double bA2 = found ? found->bA2 : Assumed;
    atom.displacementRmsA = GetDisplacementRmsA(bA2);
    if (told.insert(atom.atomicNumber).second)
    {
      std::ostringstream text;
      text << "No thermal displacement given for " << GetElementSymbol(atom.atomicNumber) << ": B = " << bA2 << " A^2 ("
           << (found ? found->source : "assumed, no published value is known here") << ") is taken";
      structure.warnings.push_back(text.str());
    }
  }
}
} // namespace ferro
