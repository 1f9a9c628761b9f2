#include "ferroTransmission.h"

#include "ferroErrors.h"
#include "ferroWaveKernels.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
void
LimitBand(const WavePropagation & propagation, ComplexBuffer & space)
{
  const auto & grid = propagation.GetGrid();
  ComplexBuffer wave(grid.GetSpectrumSize());
  auto rows = propagation.MakeRows();
  propagation.SpaceToSpectrum(space.data(), wave, rows);
  const double scale = 1.0 / static_cast<double>(grid.GetSize());
  for (int c = 0; c < grid.GetColumns(); ++c)
  {
    for (int y = 0; y < grid.GetNy(); ++y)
    {
      wave[static_cast<std::size_t>(c) * static_cast<std::size_t>(grid.GetPitch()) + static_cast<std::size_t>(y)] *=
        static_cast<float>(scale * grid.GetBandWeight(grid.GetKx(c), grid.GetKy(y)));
    }
  }
  propagation.SpectrumToMixed(wave);
  propagation.MixedToSpace(wave, space.data(), rows);
}
} // namespace

std::vector<std::vector<StructureAtom>>
SliceAtoms(const CrystalStructure & structure, int count)
{
  CheckForSimulation(structure);
  if (count < 1)
  {
    throw UsageError("slices: " + std::to_string(count) + ", expected at least 1");
  }
  std::vector<std::vector<StructureAtom>> slices(static_cast<std::size_t>(count));
  const double thicknessA = structure.cellA(2, 2) / count;
  for (const auto & atom : structure.atoms)
  {
    // A plane of atoms at the border of two slices must not be torn apart by rounding.
    const double slice = std::floor(atom.positionA.z() / thicknessA + 1e-6);
    slices[static_cast<std::size_t>(std::clamp(slice, 0.0, count - 1.0))].push_back(atom);
  }
  return slices;
}

ComplexBuffer
MakeTransmission(const WavePropagation & propagation, const ProjectedPotential & potential,
                 const std::vector<StructureAtom> & atoms, double interactionConstant)
{
  ComplexBuffer result(propagation.GetGrid().GetSize());
  const auto volts = potential.Compute(atoms);
  ExponentiatePhase(volts.data(), static_cast<float>(interactionConstant), result.data(), result.size());
  LimitBand(propagation, result);
  return result;
}

ComplexBuffer
MakeMeanTransmission(const WavePropagation & propagation, const ProjectedPotential & phase,
                     const ProjectedPotential & damping, const std::vector<StructureAtom> & atoms)
{
  ComplexBuffer result(propagation.GetGrid().GetSize());
  const auto phases = phase.Compute(atoms);
  const auto dampings = damping.Compute(atoms);
  ExponentiateDamped(phases.data(), dampings.data(), result.data(), result.size());
  LimitBand(propagation, result);
  return result;
}
} // namespace ferro
