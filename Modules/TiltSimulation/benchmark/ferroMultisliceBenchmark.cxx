// Probe-slices per second of the multislice loop against a plain pair of FFTW transforms of the same grid (single
// precision, MEASURE), in one run. Arguments: samples along an axis. items_per_second of a thread: /threads:1; of two:
// /threads:2.
//
//   cmake --preset release -DFERROSCOPE_BUILD_BENCHMARKS=ON && ninja -C build/release ferroscope-multislice-benchmark
//   build/release/bin/ferroscope-multislice-benchmark --benchmark_repetitions=5 --benchmark_report_aggregates_only=true

#include "ferroElectron.h"
#include "ferroElectronProbe.h"
#include "ferroTransmission.h"

#include <benchmark/benchmark.h>
#include <fftw3.h>

#include <map>
#include <memory>
#include <mutex>

namespace
{
constexpr int Slices = 8;
constexpr double CellA = 3.9845960341740483;

/** A stretch of something like BiFeO3: 4 x 4 cells, slices of half a cell. */
struct Problem
{
  explicit Problem(int samples)
    : grid(samples, samples, 4.0 * CellA, 4.0 * CellA), propagation(grid),
      probe(ferro::MoveProbe(grid, ferro::MakeProbe(grid, ferro::ProbeParameters()), Eigen::Vector2d(CellA, CellA))),
      propagator(ferro::MakePropagator(grid, ferro::GetWavelengthA(200.0), CellA / 2.0, {10.0, 0.0}))
  {
    ferro::CrystalStructure cell;
    cell.cellA = CellA * Eigen::Matrix3d::Identity();
    const double places[][4] = {
      {83, 0.0, 0.0, 0.2}, {8, 0.5, 0.5, 0.2}, {26, 0.45, 0.45, 0.7}, {8, 0.45, 0.95, 0.7}, {8, 0.95, 0.45, 0.7}};
    for (const auto & place : places)
    {
      ferro::StructureAtom atom;
      atom.atomicNumber = static_cast<int>(place[0]);
      atom.positionA = CellA * Eigen::Vector3d(place[1], place[2], place[3]);
      cell.atoms.push_back(atom);
    }
    const auto structure = ferro::Repeat(cell, Eigen::Vector3i(4, 4, Slices / 2));
    const ferro::ProjectedPotential potential(grid, ferro::ScatteringModel::Kirkland, structure.atoms, false);
    for (const auto & atoms : ferro::SliceAtoms(structure, Slices))
    {
      transmissions.push_back(
        ferro::MakeTransmission(propagation, potential, atoms, ferro::GetInteractionConstant(200.0)));
    }
  }

  ferro::WaveGrid grid;
  ferro::WavePropagation propagation;
  ferro::ComplexBuffer probe;
  ferro::ComplexBuffer propagator;
  std::vector<ferro::ComplexBuffer> transmissions;
};

const Problem &
GetProblem(int samples)
{
  static std::mutex mutex;
  static std::map<int, std::unique_ptr<Problem>> problems;
  const std::lock_guard<std::mutex> lock(mutex);
  auto & problem = problems[samples];
  if (!problem)
  {
    problem = std::make_unique<Problem>(samples);
  }
  return *problem;
}

void
ProbeSlices(benchmark::State & state)
{
  const auto & problem = GetProblem(static_cast<int>(state.range(0)));
  auto wave = problem.probe;
  problem.propagation.SpectrumToMixed(wave);
  auto rows = problem.propagation.MakeRows();
  std::size_t slice = 0;
  for (auto _ : state)
  {
    problem.propagation.Transmit(wave, problem.transmissions[slice % Slices].data(), rows);
    problem.propagation.Propagate(wave, problem.propagator);
    ++slice;
  }
  state.SetItemsProcessed(state.iterations());
}

void
FftwPair(benchmark::State & state)
{
  static std::mutex planner; // FFTW plans in one thread at a time
  const int samples = static_cast<int>(state.range(0));
  const auto count = static_cast<std::size_t>(samples) * static_cast<std::size_t>(samples);
  ferro::ComplexBuffer values(count);
  auto * data = reinterpret_cast<fftwf_complex *>(values.data());
  fftwf_plan forward;
  fftwf_plan inverse;
  {
    const std::lock_guard<std::mutex> lock(planner);
    forward = fftwf_plan_dft_2d(samples, samples, data, data, FFTW_FORWARD, FFTW_MEASURE);
    inverse = fftwf_plan_dft_2d(samples, samples, data, data, FFTW_BACKWARD, FFTW_MEASURE);
  }
  std::fill(values.begin(), values.end(), std::complex<float>()); // planning has overwritten them; zeros do not grow
  for (auto _ : state)
  {
    fftwf_execute(forward);
    fftwf_execute(inverse);
  }
  state.SetItemsProcessed(state.iterations());
}

void
Transmission(benchmark::State & state)
{
  const auto & problem = GetProblem(static_cast<int>(state.range(0)));
  ferro::CrystalStructure structure;
  std::vector<ferro::StructureAtom> atoms(32);
  for (std::size_t n = 0; n < atoms.size(); ++n)
  {
    atoms[n].atomicNumber = n < 16 ? 83 : 8;
    atoms[n].positionA = Eigen::Vector3d(static_cast<double>(n % 4) * CellA, static_cast<double>(n / 8) * CellA, 0.0);
  }
  const ferro::ProjectedPotential potential(problem.grid, ferro::ScatteringModel::Kirkland, atoms, false);
  for (auto _ : state)
  {
    benchmark::DoNotOptimize(
      ferro::MakeTransmission(problem.propagation, potential, atoms, ferro::GetInteractionConstant(200.0)));
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(FftwPair)->Arg(512)->Arg(1024)->Unit(benchmark::kMillisecond)->Threads(1)->UseRealTime();
BENCHMARK(ProbeSlices)->Arg(512)->Arg(1024)->Unit(benchmark::kMillisecond)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(Transmission)->Arg(512)->Unit(benchmark::kMillisecond);
} // namespace
