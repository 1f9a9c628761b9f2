#include "ferroSpecimen.h"

#include "ferroElectron.h"
#include "ferroParallelFor.h"
#include "ferroRandomNumbers.h"

namespace ferro
{
namespace
{
// Streams of random numbers beside those of the configurations of frozen phonons, which count from 0.
constexpr std::uint64_t GratingStream = 1ULL << 40;
constexpr std::uint64_t DrawStream = 1ULL << 41;
} // namespace

int
CountTransmissions(const SimulationPlan & plan, const StemSimulationParameters & parameters)
{
  switch (parameters.motion)
  {
    case ThermalMotion::FrozenPhonon:
      return plan.slices;
    case ThermalMotion::QuantumExcitation:
      return plan.slicesPerCell * parameters.gratings;
    default:
      return std::min(plan.slices, plan.slicesPerCell);
  }
}

Specimen::Specimen(const CrystalStructure & structure, const StemSimulationParameters & parameters,
                   const SimulationPlan & plan, const WavePropagation & propagation)
  : m_Cell(Repeat(structure, Eigen::Vector3i(parameters.cellsX, parameters.cellsY, 1))), m_Parameters(parameters),
    m_Plan(plan), m_Propagation(propagation), m_Potential(propagation.GetGrid(), parameters.scattering, structure.atoms,
                                                          parameters.motion == ThermalMotion::Damped),
    m_InteractionConstant(GetInteractionConstant(parameters.probe.voltageKv)),
    m_Transmissions(static_cast<std::size_t>(CountTransmissions(plan, parameters)))
{
  if (parameters.motion == ThermalMotion::QuantumExcitation)
  {
    for (int grating = 0; grating < parameters.gratings; ++grating)
    {
      auto displaced = m_Cell;
      DisplaceAtoms(displaced, parameters.seed, GratingStream + static_cast<std::uint64_t>(grating));
      auto slices = SliceAtoms(displaced, plan.slicesPerCell);
      m_Atoms.insert(m_Atoms.end(), slices.begin(), slices.end());
    }
  }
  else if (parameters.motion != ThermalMotion::FrozenPhonon)
  {
    m_Atoms = SliceAtoms(m_Cell, plan.slicesPerCell);
  }
}

void
Specimen::SetConfiguration(int configuration)
{
  if (configuration == m_Configuration)
  {
    return;
  }
  m_Configuration = configuration;
  if (m_Parameters.motion == ThermalMotion::FrozenPhonon)
  {
    const int cells = (m_Plan.slices + m_Plan.slicesPerCell - 1) / m_Plan.slicesPerCell;
    auto whole = Repeat(m_Cell, Eigen::Vector3i(1, 1, cells));
    DisplaceAtoms(whole, m_Parameters.seed, static_cast<std::uint64_t>(configuration));
    m_Atoms = SliceAtoms(whole, cells * m_Plan.slicesPerCell);
    m_Transmissions.assign(static_cast<std::size_t>(m_Plan.slices), {});
  }
  else if (m_Parameters.motion == ThermalMotion::QuantumExcitation)
  {
    RandomNumbers numbers(m_Parameters.seed, DrawStream + static_cast<std::uint64_t>(configuration));
    const auto draw = [&numbers](int limit)
    { return static_cast<int>(numbers.Below(static_cast<std::uint64_t>(limit))); };
    m_Draws.clear();
    for (int slice = 0; slice < m_Plan.slices; ++slice)
    {
      const int grating = draw(m_Parameters.gratings);
      const int shiftX = draw(m_Parameters.cellsX) * (m_Plan.nx / m_Parameters.cellsX);
      const int shiftY = draw(m_Parameters.cellsY) * (m_Plan.ny / m_Parameters.cellsY);
      m_Draws.push_back({grating, shiftX, shiftY});
    }
  }
}

int
Specimen::IndexOf(int slice) const
{
  switch (m_Parameters.motion)
  {
    case ThermalMotion::FrozenPhonon:
      return slice;
    case ThermalMotion::QuantumExcitation:
      return m_Draws[static_cast<std::size_t>(slice)].grating * m_Plan.slicesPerCell + slice % m_Plan.slicesPerCell;
    default:
      return slice % m_Plan.slicesPerCell;
  }
}

bool
Specimen::Build(int first, int end, unsigned int threads, const std::function<bool(std::size_t)> & between)
{
  std::vector<bool> wanted(m_Transmissions.size(), false);
  std::vector<std::size_t> missing;
  for (int slice = first; slice < end; ++slice)
  {
    const auto index = static_cast<std::size_t>(this->IndexOf(slice));
    if (!wanted[index] && m_Transmissions[index].empty())
    {
      missing.push_back(index);
    }
    wanted[index] = true;
  }
  if (static_cast<std::size_t>(m_Plan.chunkSlices) < m_Transmissions.size())
  {
    for (std::size_t n = 0; n < wanted.size(); ++n)
    {
      if (!wanted[n])
      {
        ComplexBuffer().swap(m_Transmissions[n]);
      }
    }
  }
  return ParallelFor(
    missing.size(), threads,
    [&](std::size_t n, unsigned int)
    {
      m_Transmissions[missing[n]] =
        MakeTransmission(m_Propagation, m_Potential, m_Atoms[missing[n]], m_InteractionConstant);
    },
    between);
}

Specimen::Slice
Specimen::Get(int slice) const
{
  const auto * transmission = m_Transmissions[static_cast<std::size_t>(this->IndexOf(slice))].data();
  if (m_Draws.empty())
  {
    return {transmission, 0, 0};
  }
  const auto & draw = m_Draws[static_cast<std::size_t>(slice)];
  return {transmission, draw.shiftX, draw.shiftY};
}
} // namespace ferro
