#include "ferroStemSimulation.h"

#include "ferroElectron.h"
#include "ferroErrors.h"
#include "ferroPrism.h"
#include "ferroSpecimen.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <set>
#include <sstream>

namespace ferro
{
namespace
{
// The grid reaches at least this far even where no detector does, 1/Angstrom: what is scattered there comes back in
// later slices.
constexpr double SmallestReach = 6.0;
// Making a transmission function takes as long as this many slices of a wave (measured at 512 x 512 with 32 atoms).
constexpr double SlicesPerTransmission = 6.0;
// Absorptive: using a map in space, and making the tables for it with three kinds of atoms (measured at 512 x 512).
constexpr double SlicesPerMap = 0.08;
constexpr double SlicesPerTable = 190.0;

std::string
Write(double number)
{
  std::ostringstream stream;
  stream.precision(4);
  stream << number;
  return stream.str();
}

[[noreturn]] void
Fail(const std::string & what, const std::string & found, const std::string & expected)
{
  throw UsageError(what + ": " + found + ", expected " + expected);
}

void
CheckParameters(const StemSimulationParameters & p)
{
  const auto atLeast = [](const char * what, int number, int smallest, int largest)
  {
    if (number < smallest || number > largest)
    {
      Fail(what, std::to_string(number), std::to_string(smallest) + " to " + std::to_string(largest));
    }
  };
  atLeast("configurations", p.configurations, 1, 1000000);
  atLeast("gratings", p.gratings, 1, 10000);
  atLeast("cells along x", p.cellsX, 1, 1000);
  atLeast("cells along y", p.cellsY, 1, 1000);
  atLeast("scan positions along x", p.scanX, 1, 16384);
  atLeast("scan positions along y", p.scanY, 1, 16384);
  atLeast("interpolation", p.interpolation, 1, 64);
  if (!(p.sliceThicknessA > 0.0 && std::isfinite(p.sliceThicknessA)))
  {
    Fail("slice thickness", Write(p.sliceThicknessA) + " A", "above 0");
  }
  if (p.thicknessesA.empty() || p.tilts.empty() || p.detectors.empty())
  {
    Fail("simulation", "no thickness, no tilt or no detector", "at least one of each");
  }
  for (const double thickness : p.thicknessesA)
  {
    if (!(thickness > 0.0 && thickness < 1e6))
    {
      Fail("thickness", Write(thickness) + " A", "above 0 and below 1e6 A");
    }
  }
  for (const auto & tilt : p.tilts)
  {
    if (!(std::hypot(tilt.xMrad, tilt.yMrad) <= 200.0))
    {
      Fail("tilt", Write(tilt.xMrad) + ", " + Write(tilt.yMrad) + " mrad", "at most 200 mrad");
    }
  }
  if (!(p.scanOriginA.allFinite() && p.scanStepA.allFinite()))
  {
    Fail("scan", "a place that is not a number", "numbers");
  }
}

int
ChooseSamples(int given, double lengthA, double reachInvA, int multipleOf)
{
  if (given != 0)
  {
    return given;
  }
  // The taper takes the last three hundredths before the band limit: keep detectors out of it.
  const double samplingA = 0.97 / (3.0 * reachInvA);
  const double samples = std::ceil(lengthA / samplingA);
  if (samples > 65536.0)
  {
    Fail("grid", Write(samples) + " samples along an axis", "at most 65536: use fewer cells or smaller angles");
  }
  return GetFastFourierLength(std::max(8, static_cast<int>(samples)), multipleOf);
}

void
PlanGrid(const CrystalStructure & structure, const StemSimulationParameters & p, SimulationPlan & plan)
{
  plan.lengthXA = structure.cellA(0, 0) * p.cellsX;
  plan.lengthYA = structure.cellA(1, 1) * p.cellsY;
  const double lambda = GetWavelengthA(p.probe.voltageKv);
  double reach = SmallestReach;
  for (const auto & detector : p.detectors)
  {
    reach = std::max(reach, 1e-3 * detector.outerMrad / lambda);
  }
  const int factorX = std::lcm(std::lcm(p.cellsX, p.interpolation), 8);
  const int factorY = std::lcm(std::lcm(p.cellsY, p.interpolation), 8);
  plan.nx = ChooseSamples(p.samplesX, plan.lengthXA, reach, factorX);
  plan.ny = ChooseSamples(p.samplesY, plan.lengthYA, reach, factorY);
  const WaveGrid grid(plan.nx, plan.ny, plan.lengthXA, plan.lengthYA);
  plan.largestAngleMrad = 1e3 * lambda * grid.GetBandLimit();
  if (p.motion == ThermalMotion::QuantumExcitation && (plan.nx % p.cellsX != 0 || plan.ny % p.cellsY != 0))
  {
    Fail("grid", std::to_string(plan.nx) + " x " + std::to_string(plan.ny) + " samples",
         "a multiple of the cells along each axis, which qep shifts by whole cells");
  }
}

void
PlanSlices(const CrystalStructure & structure, const StemSimulationParameters & p, SimulationPlan & plan)
{
  const double cellA = structure.cellA(2, 2);
  plan.slicesPerCell = static_cast<int>(std::max(1.0, std::round(cellA / p.sliceThicknessA)));
  plan.sliceA = cellA / plan.slicesPerCell;
  for (const double thickness : p.thicknessesA)
  {
    const int exit = static_cast<int>(std::max(1.0, std::round(thickness / plan.sliceA)));
    plan.exits.push_back(exit);
    plan.thicknessesA.push_back(exit * plan.sliceA);
    plan.slices = std::max(plan.slices, exit);
  }
}

// Seconds per slice of a wave, and per sample of a plane wave that is added to a probe.
std::pair<double, double>
MeasureRates(const WavePropagation & propagation)
{
  using Clock = std::chrono::steady_clock;
  const auto & grid = propagation.GetGrid();
  ComplexBuffer wave(grid.GetSpectrumSize());
  const ComplexBuffer space(grid.GetSize(), 1.0f);
  auto rows = propagation.MakeRows();
  const auto propagator = MakePropagator(grid, 0.025, 2.0, {});
  double best = 1e9;
  for (int n = 0; n < 3; ++n) // the first one also fetches memory
  {
    const auto start = Clock::now();
    propagation.Transmit(wave, space.data(), rows);
    propagation.Propagate(wave, propagator);
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  // A multiplication and an addition per sample, fetched from memory: about a third of the time that a slice takes for
  // it.
  return {best, 0.3 * best / static_cast<double>(grid.GetSize())};
}

// Functions in space of each slice, for Absorptive: a density and a gradient, for segments two currents, and a density
// of everything.
double
CountScatteringMaps(const StemSimulationParameters & p)
{
  if (p.motion != ThermalMotion::Absorptive)
  {
    return 0.0;
  }
  double count = 1.0;
  for (const auto & detector : p.detectors)
  {
    count += detector.segments == 1 ? 2.0 : 4.0;
  }
  return count;
}

void
PlanMemory(const CrystalStructure & structure, const StemSimulationParameters & p, const WaveGrid & grid, int threads,
           SimulationPlan & plan)
{
  const double samples = static_cast<double>(grid.GetSize());
  const double waveBytes = 8.0 * static_cast<double>(grid.GetSpectrumSize());
  // Absorptive also has maps in space of what goes to each detector, and to all of them.
  const double maps = CountScatteringMaps(p);
  const double transmissionBytes = (8.0 + 4.0 * maps) * samples;
  std::set<std::pair<int, double>> kinds;
  for (const auto & atom : structure.atoms)
  {
    const bool apart = p.motion == ThermalMotion::Damped || p.motion == ThermalMotion::Absorptive;
    kinds.insert({atom.atomicNumber, apart ? atom.displacementRmsA : 0.0});
  }
  const double signals = static_cast<double>(plan.waves) * static_cast<double>(plan.exits.size()) *
                         static_cast<double>(p.detectors.size() + 1);
  // Displaced atoms, once in their order and once by slice.
  const double layers = p.motion == ThermalMotion::FrozenPhonon
                          ? std::ceil(static_cast<double>(plan.slices) / plan.slicesPerCell)
                        : p.motion == ThermalMotion::QuantumExcitation ? p.gratings
                                                                       : 1.0;
  const double atomBytes =
    2.0 * sizeof(StructureAtom) * static_cast<double>(structure.atoms.size()) * p.cellsX * p.cellsY * layers;
  // Results and their sums; propagators; tables of scattering factors; what each thread needs to make a transmission
  // function or to move a wave.
  // Tables for segments of detectors have two parts, beside those of phase and damping.
  const double tableBytes = (maps > 0.0 ? 4.0 + 4.0 * maps : 2.0) * samples * static_cast<double>(kinds.size());
  // The plane of an atom, twice as fine, while the tables are made.
  const double planeBytes =
    maps > 0.0 ? std::min(static_cast<double>(threads), static_cast<double>(kinds.size())) * 12.0 * 32.0 * samples
               : 0.0;
  const double threadBytes = threads * (20.0 * samples + waveBytes + (maps > 0.0 ? 8.0 * samples : 0.0));
  const double fixed = atomBytes + 24.0 * signals + waveBytes * static_cast<double>(p.tilts.size()) + tableBytes +
                       std::max(planeBytes, threadBytes);
  const int different = CountTransmissions(plan, p);
  const double all = different * transmissionBytes;
  if (plan.method == SimulationMethod::Prism)
  {
    plan.memoryBytes =
      fixed + all + static_cast<double>(plan.beams) * static_cast<double>(plan.exits.size()) * transmissionBytes;
    plan.chunkSlices = different;
    plan.batchWaves = plan.waves;
    return;
  }
  const double left = p.memoryBytes - fixed;
  if (all <= left)
  {
    plan.chunkSlices = different;
    plan.batchWaves = plan.waves;
    plan.memoryBytes = fixed + all;
    return;
  }
  const double least =
    fixed + transmissionBytes * (p.motion == ThermalMotion::FrozenPhonon ? 1 : different) + threads * waveBytes;
  if (least > p.memoryBytes)
  {
    Fail("memory", Write(p.memoryBytes / 1e9) + " GB", "at least " + Write(least / 1e9) + " GB for this simulation");
  }
  // Half for transmission functions, half for waves that wait.
  plan.chunkSlices = std::max(1, static_cast<int>(left / 2.0 / transmissionBytes));
  const double waiting = (left - plan.chunkSlices * transmissionBytes) / waveBytes;
  plan.batchWaves = static_cast<std::size_t>(std::clamp(waiting, 1.0, static_cast<double>(plan.waves)));
  plan.memoryBytes = fixed + plan.chunkSlices * transmissionBytes + static_cast<double>(plan.batchWaves) * waveBytes;
}

double
EstimateMultislice(const StemSimulationParameters & p, const SimulationPlan & plan, int threads)
{
  const double different = CountTransmissions(plan, p);
  const double batches = std::ceil(static_cast<double>(plan.waves) / static_cast<double>(plan.batchWaves));
  const bool afresh = p.motion == ThermalMotion::FrozenPhonon;
  // A map takes as long to make as a transmission function, and a tenth of a slice to use; the tables of an element as
  // long as some dozens of slices for each of them.
  const double maps = CountScatteringMaps(p);
  const double building =
    different * SlicesPerTransmission * (1.0 + maps) * (afresh ? batches * plan.configurations : 1.0) +
    SlicesPerTable * maps;
  return plan.secondsPerSlice / threads *
         ((1.0 + SlicesPerMap * maps) * static_cast<double>(plan.waves) * plan.slices * plan.configurations + building);
}

double
EstimatePrism(const StemSimulationParameters & p, const SimulationPlan & plan, int threads, double secondsPerSample)
{
  const double different = CountTransmissions(plan, p);
  const bool afresh = p.motion == ThermalMotion::FrozenPhonon;
  const double building = different * SlicesPerTransmission * (afresh ? plan.configurations : 1.0);
  const double beams = static_cast<double>(plan.beams);
  const double window =
    static_cast<double>(plan.nx) * plan.ny / (static_cast<double>(p.interpolation) * p.interpolation);
  return (plan.secondsPerSlice *
            (building + beams * plan.slices * static_cast<double>(p.tilts.size()) * plan.configurations) +
          secondsPerSample * static_cast<double>(plan.waves) * static_cast<double>(plan.exits.size()) * beams * window *
            plan.configurations) /
         threads;
}
} // namespace

std::string
ToString(SimulationMethod method)
{
  return method == SimulationMethod::Multislice ? "multislice"
         : method == SimulationMethod::Prism    ? "prism"
                                                : "automatic";
}

SimulationPlan
PlanSimulation(const CrystalStructure & structure, const StemSimulationParameters & parameters, int threads)
{
  CheckForSimulation(structure);
  CheckParameters(parameters);
  SimulationPlan plan;
  PlanGrid(structure, parameters, plan);
  PlanSlices(structure, parameters, plan);
  plan.waves =
    static_cast<std::size_t>(parameters.scanX) * static_cast<std::size_t>(parameters.scanY) * parameters.tilts.size();
  const bool random =
    parameters.motion == ThermalMotion::FrozenPhonon || parameters.motion == ThermalMotion::QuantumExcitation;
  plan.configurations = random ? parameters.configurations : 1;

  const WaveGrid grid(plan.nx, plan.ny, plan.lengthXA, plan.lengthYA);
  // What these find fault with is the user's: tell before the work begins.
  MakeProbe(grid, parameters.probe);
  DetectorMap(grid, GetWavelengthA(parameters.probe.voltageKv), parameters.detectors);
  for (const auto & atom : structure.atoms)
  {
    GetScatteringFactor(parameters.scattering, atom.atomicNumber, 0.0);
  }
  if (parameters.motion != ThermalMotion::Still)
  {
    auto probe = structure;
    DisplaceAtoms(probe, 0, 0);
  }

  const auto [secondsPerSlice, secondsPerSample] = MeasureRates(WavePropagation(grid));
  plan.secondsPerSlice = secondsPerSlice;
  const auto method = parameters.method;
  if (parameters.motion == ThermalMotion::Absorptive)
  {
    if (method == SimulationMethod::Prism)
    {
      Fail("method", "prism with absorptive motion, which needs the wave of each probe in each slice",
           "multislice or automatic");
    }
  }
  else if (method != SimulationMethod::Multislice)
  {
    const int f = parameters.interpolation;
    if (plan.nx % f != 0 || plan.ny % f != 0)
    {
      Fail("grid", std::to_string(plan.nx) + " x " + std::to_string(plan.ny) + " samples",
           "a multiple of the interpolation, " + std::to_string(f));
    }
    const WaveGrid window(plan.nx / f, plan.ny / f, plan.lengthXA / f, plan.lengthYA / f);
    DetectorMap(window, GetWavelengthA(parameters.probe.voltageKv), parameters.detectors);
    plan.beams = PrismBeams(grid, window, parameters.probe, f).GetCount();
    auto prism = plan;
    prism.method = SimulationMethod::Prism;
    PlanMemory(structure, parameters, grid, threads, prism);
    prism.seconds = EstimatePrism(parameters, prism, threads, secondsPerSample);
    const bool fits = prism.memoryBytes <= parameters.memoryBytes;
    if (method == SimulationMethod::Prism)
    {
      if (!fits)
      {
        Fail("memory", Write(parameters.memoryBytes / 1e9) + " GB",
             "at least " + Write(prism.memoryBytes / 1e9) + " GB for prism");
      }
      prism.reason = "as asked for";
      return prism;
    }
    PlanMemory(structure, parameters, grid, threads, plan);
    plan.seconds = EstimateMultislice(parameters, plan, threads);
    if (fits && prism.seconds < 0.9 * plan.seconds)
    {
      prism.reason = std::to_string(prism.beams) + " plane waves take less time than " + std::to_string(plan.waves) +
                     " probes (" + Write(prism.seconds) + " s against " + Write(plan.seconds) + " s)";
      return prism;
    }
    plan.reason = fits ? "prism would take " + Write(prism.seconds) + " s against " + Write(plan.seconds) + " s"
                       : "prism would need " + Write(prism.memoryBytes / 1e9) + " GB";
    return plan;
  }
  PlanMemory(structure, parameters, grid, threads, plan);
  plan.seconds = EstimateMultislice(parameters, plan, threads);
  plan.reason = method == SimulationMethod::Automatic ? "absorptive motion needs it" : "as asked for";
  return plan;
}
} // namespace ferro
