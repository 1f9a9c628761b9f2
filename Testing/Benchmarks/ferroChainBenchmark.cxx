// Time of each stage of the road with atom finding, on synthetic images of 20 px per cell at 100 counts.
// Argument of every benchmark: side of the image, pixels.
//
//   cmake --preset release -DFERROSCOPE_BUILD_BENCHMARKS=ON && ninja -C build/release ferroscope-benchmark
//   build/release/bin/ferroscope-benchmark --benchmark_repetitions=5 --benchmark_report_aggregates_only=true

#include "ferroAtomFindingImageFilter.h"
#include "ferroDomainSegmentationFilter.h"
#include "ferroFieldTopologyFilter.h"
#include "ferroGaussianRefinementFilter.h"
#include "ferroLatticeAnalysisFilter.h"
#include "ferroPolarizationFilter.h"
#include "ferroResultTables.h"
#include "ferroSyntheticMicrographSource.h"

#include <benchmark/benchmark.h>

#include <filesystem>
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

void
Count(benchmark::State & state, std::size_t columns)
{
  state.counters["columns"] = static_cast<double>(columns);
  state.counters["per_column"] = benchmark::Counter(
    static_cast<double>(columns), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
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
  Count(state, columns);
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

/** Domains, walls, derivatives and vortices of the field. */
void
Fields(benchmark::State & state)
{
  const auto columns = GetScene(state.range(0))->GetTruth()->MakeColumnSet();
  for (auto & column : columns->GetColumns())
  {
    constexpr double Error = 0.1; // pixels: the truth has none, and the filters go by it
    column.covariance = Error * Error * Eigen::Matrix2d::Identity();
  }
  auto lattice = ferro::LatticeAnalysisFilter::New();
  lattice->SetInput(columns);
  lattice->Update();
  auto polarization = ferro::PolarizationFilter::New();
  polarization->SetInput(lattice->GetOutput());
  polarization->SetLattice(lattice->GetLattice());
  polarization->Update();
  auto domains = ferro::DomainSegmentationFilter::New();
  domains->SetInput(polarization->GetOutput());
  domains->SetColumns(lattice->GetOutput());
  auto topology = ferro::FieldTopologyFilter::New();
  topology->SetInput(polarization->GetOutput());
  topology->SetColumns(lattice->GetOutput());
  for (auto _ : state)
  {
    domains->Modified();
    domains->Update();
    topology->Modified();
    topology->Update();
  }
  Count(state, columns->Size());
}

/** The tables of columns, as map writes them. */
void
Write(benchmark::State & state)
{
  const auto columns = GetScene(state.range(0))->GetTruth()->MakeColumnSet();
  const auto file = std::filesystem::temp_directory_path() / "ferroscope-benchmark-columns.csv";
  for (auto _ : state)
  {
    ferro::WriteColumnTable(*columns, file);
  }
  std::filesystem::remove(file);
  Count(state, columns->Size());
}
} // namespace

// Side of the image, threads: about 1,000, 5,300, 85,000 and 300,000 columns.
void
Sizes(benchmark::internal::Benchmark * stage)
{
  stage->Args({448, 1})->Args({1024, 1})->Args({1024, 2})->Args({4096, 1})->Args({4096, 2})->Args({7680, 2});
  stage->Unit(benchmark::kMillisecond)->UseRealTime();
}
BENCHMARK(Find)->Apply(Sizes);
BENCHMARK(Refine)->Apply(Sizes);
BENCHMARK(Label)->Apply(Sizes);
BENCHMARK(Measure)->Apply(Sizes);
BENCHMARK(Fields)->Apply(Sizes);
BENCHMARK(Write)->Apply(Sizes);
