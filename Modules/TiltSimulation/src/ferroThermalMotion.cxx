#include "ferroThermalMotion.h"

#include "ferroElements.h"
#include "ferroErrors.h"
#include "ferroRandomNumbers.h"

namespace ferro
{
std::string
ToString(ThermalMotion motion)
{
  switch (motion)
  {
    case ThermalMotion::Still:
      return "still";
    case ThermalMotion::FrozenPhonon:
      return "frozen-phonon";
    case ThermalMotion::QuantumExcitation:
      return "qep";
    case ThermalMotion::Absorptive:
      return "absorptive";
    default:
      return "damped";
  }
}

void
DisplaceAtoms(CrystalStructure & structure, std::uint64_t seed, std::uint64_t stream)
{
  RandomNumbers numbers(seed, stream);
  for (auto & atom : structure.atoms)
  {
    if (!(atom.displacementRmsA >= 0.0))
    {
      throw AnalysisError("structure: no thermal displacement for " + GetElementSymbol(atom.atomicNumber) +
                          ", expected one for each atom");
    }
    for (int axis = 0; axis < 2; ++axis)
    {
      atom.positionA[axis] += atom.displacementRmsA * numbers.Normal();
    }
  }
}
} // namespace ferro
