#include "ferroTransmission.h"

#include "ferroErrors.h"
#include "ferroWaveKernels.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
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
  const auto & grid = propagation.GetGrid();
  ComplexBuffer result(grid.GetSize());
  const auto volts = potential.Compute(atoms);
  ExponentiatePhase(volts.data(), static_cast<float>(interactionConstant), result.data(), result.size());
  ComplexBuffer wave(grid.GetSpectrumSize());
  auto rows = propagation.MakeRows();
  propagation.SpaceToSpectrum(result.data(), wave, rows);
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
  propagation.MixedToSpace(wave, result.data(), rows);
  return result;
}
} // namespace ferro
