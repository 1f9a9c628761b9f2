// A network over a whole image, against the same network window by window.
//
//   cmake --preset release -DFERROSCOPE_BUILD_BENCHMARKS=ON && ninja -C build/release ferroscope-network-benchmark
//   build/release/bin/ferroscope-network-benchmark --benchmark_repetitions=3
//
// Weights do not matter for the time: they are random. Argument: 0 standard, 1 lite; for Dense also whether novelty is
// computed, which needs a network that was trained a little. Windows: LibTorch, 64 windows at a time; stride8_s is what
// all windows of an image of 1024 x 1024 pixels at stride 8 would take.

#include "ferroNetworkModel.h"
#include "ferroNetworkTrainer.h"
#include "ferroRandomNumbers.h"

#include <algorithm>
#include <benchmark/benchmark.h>

namespace
{
using namespace ferro;

constexpr long Side = 1024;
constexpr long Window = 80;
constexpr long Batch = 64;

std::vector<float>
MakePixels(long count)
{
  RandomNumbers random(1);
  std::vector<float> pixels(static_cast<std::size_t>(count));
  for (float & value : pixels)
  {
    value = static_cast<float>(random.Normal());
  }
  return pixels;
}

/** A network with the statistics that novelty needs: two steps of training on noise. */
std::shared_ptr<NetworkModel>
MakeModel(long lite)
{
  auto image = MicrographType::New();
  image->SetRegions(MicrographType::SizeType{{400, 400}});
  image->Allocate();
  const auto pixels = MakePixels(400 * 400);
  std::copy(pixels.begin(), pixels.end(), image->GetBufferPointer());
  LabelTable labels;
  RandomNumbers random(2);
  for (long k = 0; k < 19 * 19; ++k)
  {
    labels.positions.emplace_back(static_cast<double>(10 + k % 19 * 20), static_cast<double>(10 + k / 19 * 20));
    labels.values.push_back(static_cast<float>(random.Normal()));
    labels.values.push_back(static_cast<float>(random.Normal()));
  }
  RegressionDataSet data;
  data.description.targets = ParseTargets("px,py");
  data.Add(*image, "noise", labels, {0.0, 0.0, 399.0, 399.0}, Eigen::Matrix2d::Zero());
  data.Finish();
  TrainingOptions options;
  options.steps = 2;
  options.validation = 0.0;
  NetworkTrainer trainer(data, NetworkArchitecture::FromPreset(lite != 0 ? "lite" : "standard"), false, options);
  return trainer.Run({});
}

void
Dense(benchmark::State & state)
{
  SetTorchThreads(1);
  const auto model = MakeModel(state.range(0));
  const auto pixels = MakePixels(Side * Side);
  for (auto _ : state)
  {
    benchmark::DoNotOptimize(model->EvaluatePlane(pixels.data(), Side, Side, 0, state.range(1) != 0).values.data());
  }
}
BENCHMARK(Dense)->ArgNames({"lite", "novelty"})->ArgsProduct({{0, 1}, {0, 1}})->Unit(benchmark::kMillisecond);

void
Windows(benchmark::State & state)
{
  SetTorchThreads(1);
  const auto model = MakeModel(state.range(0));
  const auto pixels = MakePixels(Batch * Window * Window);
  for (auto _ : state)
  {
    benchmark::DoNotOptimize(model->EvaluateWindows(pixels, Batch).data());
  }
  const long edge = (Side - Window) / 8 + 1;
  state.counters["stride8_s"] =
    benchmark::Counter(static_cast<double>(Batch) / static_cast<double>(edge * edge),
                       benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(Windows)->ArgName("lite")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
} // namespace
