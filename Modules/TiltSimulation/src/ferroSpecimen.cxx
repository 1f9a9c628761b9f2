#include "ferroSpecimen.h"

#include "ferroElectron.h"
#include "ferroParallelFor.h"
#include "ferroRandomNumbers.h"

#include <array>
#include <set>

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
                   const SimulationPlan & plan, const WavePropagation & propagation, unsigned int threads)
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
  if (parameters.motion == ThermalMotion::Absorptive)
  {
    this->PrepareThermalScattering(threads);
  }
}

void
Specimen::PrepareThermalScattering(unsigned int threads)
{
  const auto & probe = m_Parameters.probe;
  const ThermalScattering scattering(m_Propagation.GetGrid(), m_Parameters.scattering, m_InteractionConstant,
                                     GetWavelengthA(probe.voltageKv), probe.semiAngleMrad, m_Parameters.detectors);
  using Tables = std::map<ProjectedPotential::Kind, ProjectedPotential::Factors>;
  Tables phase;
  Tables damping;
  std::vector<std::array<Tables, 4>> detectors(m_Parameters.detectors.size() + 1);
  std::set<ProjectedPotential::Kind> different;
  for (const auto & atom : m_Cell.atoms)
  {
    different.insert({atom.atomicNumber, atom.displacementRmsA});
  }
  const std::vector<ProjectedPotential::Kind> kinds(different.begin(), different.end());
  std::vector<ThermalScattering::AtomTables> found(kinds.size());
  ParallelFor(
    kinds.size(), threads,
    [&](std::size_t n, unsigned int) { found[n] = scattering.Compute(kinds[n].first, kinds[n].second); },
    [](std::size_t) { return true; });
  for (std::size_t k = 0; k < kinds.size(); ++k)
  {
    phase[kinds[k]] = std::move(found[k].phase);
    damping[kinds[k]] = std::move(found[k].damping);
    for (std::size_t n = 0; n < detectors.size(); ++n)
    {
      auto & moments = found[k].detectors[n];
      detectors[n][0][kinds[k]] = std::move(moments.density);
      detectors[n][1][kinds[k]] = std::move(moments.gradient);
      detectors[n][2][kinds[k]] = std::move(moments.currentX);
      detectors[n][3][kinds[k]] = std::move(moments.currentY);
    }
  }
  const auto & grid = m_Propagation.GetGrid();
  m_Mean.emplace_back(grid, std::move(phase));
  m_Mean.emplace_back(grid, std::move(damping));
  for (auto & functions : detectors)
  {
    m_ToDetectors.emplace_back();
    for (auto & tables : functions)
    {
      // A function that this detector does not need is empty for every atom.
      const bool needed = !tables.begin()->second.even.empty();
      m_ToDetectors.back().push_back(needed ? std::optional<ProjectedPotential>(std::in_place, grid, std::move(tables))
                                            : std::nullopt);
    }
  }
  m_Scattering.resize(m_Transmissions.size());
}

void
Specimen::Make(std::size_t index)
{
  const auto & atoms = m_Atoms[index];
  if (m_Mean.empty())
  {
    m_Transmissions[index] = MakeTransmission(m_Propagation, m_Potential, atoms, m_InteractionConstant);
    return;
  }
  m_Transmissions[index] = MakeMeanTransmission(m_Propagation, m_Mean[0], m_Mean[1], atoms);
  m_Scattering[index].clear();
  for (const auto & functions : m_ToDetectors)
  {
    const auto map = [&](std::size_t which)
    { return functions[which] ? functions[which]->Compute(atoms) : RealBuffer(); };
    m_Scattering[index].push_back({map(0), map(1), map(2), map(3)});
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
        if (!m_Scattering.empty())
        {
          std::vector<ScatteringMaps>().swap(m_Scattering[n]);
        }
      }
    }
  }
  return ParallelFor(
    missing.size(), threads, [&](std::size_t n, unsigned int) { this->Make(missing[n]); }, between);
}

Specimen::Slice
Specimen::Get(int slice) const
{
  const auto index = static_cast<std::size_t>(this->IndexOf(slice));
  const auto * transmission = m_Transmissions[index].data();
  if (m_Draws.empty())
  {
    return {transmission, 0, 0, m_Scattering.empty() ? nullptr : &m_Scattering[index]};
  }
  const auto & draw = m_Draws[static_cast<std::size_t>(slice)];
  return {transmission, draw.shiftX, draw.shiftY, nullptr};
}
} // namespace ferro
