// Time of each stage of the road with atom finding, on synthetic images of 20 px per cell at 100 counts.
// Argument of every benchmark: side of the image, pixels.
//
//   cmake --preset release -DFERROSCOPE_BUILD_BENCHMARKS=ON && ninja -C build/release ferroscope-benchmark
//   build/release/bin/ferroscope-benchmark --benchmark_repetitions=5 --benchmark_report_aggregates_only=true

#include "ferroAtomFindingImageFilter.h"
#include "ferroGaussianRefinementFilter.h"
#include "ferroLatticeAnalysisFilter.h"
#include "ferroPolarizationFilter.h"
#include "ferroSyntheticMicrographSource.h"

#include <benchmark/benchmark.h>

#include <map>

namespace
{
ferro::SyntheticMicrographSource *
GetScene(long side)
{
  static std::map<long, ferro::SyntheticMicrographSource::Pointer> scenes;
  auto & scene = scenes[side];
  if (!scene)
  {
    ferro::SyntheticMicrographParameters parameters;
    parameters.width = parameters.height = side;
    scene = ferro::SyntheticMicrographSource::New();
    scene->SetParameters(parameters);
    scene->Update();
  }
  return scene;
}

/** Runs the filter once per iteration and counts columns. */
template <class TFilter>
void
Run(benchmark::State & state, TFilter & filter, std::size_t columns)
{
  filter.SetNumberOfWorkUnits(static_cast<unsigned int>(state.range(1)));
  for (auto _ : state)
  {
    filter.Modified();
    filter.Update();
  }
  state.counters["columns"] = static_cast<double>(columns);
  state.counters["per_column"] = benchmark::Counter(
    static_cast<double>(columns), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void
Find(benchmark::State & state)
{
  auto finder = ferro::AtomFindingImageFilter::New();
  finder->SetInput(GetScene(state.range(0))->GetOutput());
  finder->Update();
  Run(state, *finder, finder->GetOutput()->Size());
}

void
Refine(benchmark::State & state)
{
  auto finder = ferro::AtomFindingImageFilter::New();
  finder->SetInput(GetScene(state.range(0))->GetOutput());
  finder->Update();
  auto refinement = ferro::GaussianRefinementFilter::New();
  refinement->SetInput(GetScene(state.range(0))->GetOutput());
  refinement->SetColumns(finder->GetOutput());
  Run(state, *refinement, finder->GetOutput()->Size());
}

void
Label(benchmark::State & state)
{
  const auto columns = GetScene(state.range(0))->GetTruth()->MakeColumnSet();
  auto lattice = ferro::LatticeAnalysisFilter::New();
  lattice->SetInput(columns);
  Run(state, *lattice, columns->Size());
}

void
Measure(benchmark::State & state)
{
  const auto columns = GetScene(state.range(0))->GetTruth()->MakeColumnSet();
  auto lattice = ferro::LatticeAnalysisFilter::New();
  lattice->SetInput(columns);
  lattice->Update();
  auto polarization = ferro::PolarizationFilter::New();
  polarization->SetInput(lattice->GetOutput());
  polarization->SetLattice(lattice->GetLattice());
  Run(state, *polarization, columns->Size());
}
} // namespace

// Side of the image, threads.
BENCHMARK(Find)->Args({512, 1})->Args({1024, 1})->Args({1024, 2})->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(Refine)->Args({512, 1})->Args({1024, 1})->Args({1024, 2})->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(Label)->Args({512, 1})->Args({1024, 1})->Args({2048, 1})->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(Measure)->Args({512, 1})->Args({1024, 1})->Args({2048, 1})->Unit(benchmark::kMillisecond)->UseRealTime();
