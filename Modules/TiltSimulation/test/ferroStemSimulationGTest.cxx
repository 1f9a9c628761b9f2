#include "ferroErrors.h"
#include "ferroSourceSize.h"
#include "ferroTestSimulation.h"

#include "itkCommand.h"

#include <gtest/gtest.h>

#include <cmath>

namespace
{
using ferro::CrystalStructure;
using ferro::SimulationMethod;
using ferro::StemSimulationParameters;
using ferro::ThermalMotion;

double
LargestDifference(const std::vector<double> & one, const std::vector<double> & other)
{
  EXPECT_EQ(one.size(), other.size());
  double largest = 0.0;
  for (std::size_t n = 0; n < one.size(); ++n)
  {
    largest = std::max(largest, std::abs(one[n] - other[n]));
  }
  return largest;
}
} // namespace

TEST(StemSimulation, Absorptive)
{
  auto parameters = MakeParameters();
  parameters.motion = ThermalMotion::Absorptive;
  const auto whole = Simulate(parameters, 1);
  EXPECT_EQ(Simulate(parameters, 3), whole);
  const auto plan = ferro::PlanSimulation(MakeCell(), parameters, 1);
  EXPECT_EQ(plan.method, SimulationMethod::Multislice);
  EXPECT_EQ(plan.configurations, 1);
  // Everything that is not lost beyond the band limit is counted.
  for (std::size_t n = 2; n < whole.size(); n += 3)
  {
    EXPECT_LT(whole[n], 1.0005);
    EXPECT_GT(whole[n], 0.95);
  }
  parameters.method = SimulationMethod::Prism;
  EXPECT_THROW(ferro::PlanSimulation(MakeCell(), parameters, 1), ferro::UsageError);
}

TEST(StemSimulation, SameBytesForAnyThreadsMemoryAndShare)
{
  const auto parameters = MakeParameters();
  const auto whole = Simulate(parameters, 1);
  ASSERT_EQ(whole.size(), 6u * 2u * 2u * 3u);
  for (const double value : whole)
  {
    EXPECT_GT(value, 0.0);
    EXPECT_LE(value, 1.00001);
  }
  EXPECT_EQ(Simulate(parameters, 3), whole);

  // A few slices and waves at a time.
  auto small = parameters;
  small.memoryBytes = 3.2e6;
  const auto plan = ferro::PlanSimulation(MakeCell(), small, 2);
  EXPECT_LT(plan.chunkSlices, plan.slices);
  EXPECT_LT(plan.batchWaves, plan.waves);
  EXPECT_LE(plan.memoryBytes, small.memoryBytes);
  EXPECT_EQ(Simulate(small, 2), whole);

  // In two shares, as two computers would.
  auto source = ferro::StemSimulationSource::New();
  source->SetNumberOfWorkUnits(1);
  source->Initialize(MakeCell(), parameters);
  std::vector<double> sum(whole.size(), 0.0);
  for (const auto & [first, end] : {std::pair<std::size_t, std::size_t>{0, 5}, {5, 12}})
  {
    source->SetWaveRange(first, end);
    source->Update();
    for (std::size_t n = 0; n < sum.size(); ++n)
    {
      sum[n] += source->GetOutput()->GetBufferPointer()[n];
    }
  }
  EXPECT_EQ(sum, whole);
  EXPECT_THROW(source->SetWaveRange(0, 13), ferro::UsageError);
}

TEST(StemSimulation, ConfigurationsAndSeeds)
{
  auto parameters = MakeParameters();
  const auto first = Simulate(parameters);
  const auto second = Simulate(parameters, 1, 1);
  EXPECT_NE(first, second);
  parameters.seed = 6;
  EXPECT_NE(Simulate(parameters), first);
  // Thickness is an exit, not another specimen: the thinner one of two is the same when it is asked for alone.
  parameters.seed = 5;
  parameters.thicknessesA = {20.0};
  const auto alone = Simulate(parameters);
  for (std::size_t position = 0; position < 6; ++position)
  {
    for (std::size_t tilt = 0; tilt < 2; ++tilt)
    {
      for (std::size_t signal = 0; signal < 3; ++signal)
      {
        EXPECT_EQ(alone[position * 6 + tilt * 3 + signal], first[position * 12 + tilt * 6 + signal]);
      }
    }
  }
}

TEST(StemSimulation, PrismWithoutInterpolationIsMultislice)
{
  for (const auto motion : {ThermalMotion::FrozenPhonon, ThermalMotion::QuantumExcitation})
  {
    auto parameters = MakeParameters();
    parameters.motion = motion;
    parameters.probe.c10A = -40.0;
    parameters.probe.c21A = 2000.0;
    const auto multislice = Simulate(parameters);
    parameters.method = SimulationMethod::Prism;
    EXPECT_LT(LargestDifference(Simulate(parameters), multislice), 2e-6);
  }
}

TEST(StemSimulation, PrismWithInterpolationIsClose)
{
  auto parameters = MakeParameters();
  parameters.cellsX = parameters.cellsY = 4;
  parameters.samplesX = parameters.samplesY = 256;
  parameters.tilts = {{0.0, 0.0}};
  parameters.thicknessesA = {20.0};
  const auto multislice = Simulate(parameters);
  parameters.method = SimulationMethod::Prism;
  parameters.interpolation = 2;
  const auto prism = Simulate(parameters);
  for (std::size_t n = 0; n < prism.size(); ++n)
  {
    EXPECT_NEAR(prism[n], multislice[n], 0.05 * multislice[n] + 0.001);
  }
  EXPECT_GT(LargestDifference(prism, multislice), 1e-6);
}

// Thinner slices and a finer grid change little.
TEST(StemSimulation, Convergence)
{
  auto parameters = MakeParameters();
  parameters.motion = ThermalMotion::Damped;
  parameters.detectors = ferro::ParseDetectors("adf:30-90,bf:0-30");
  parameters.samplesX = parameters.samplesY = 192;
  const auto coarse = Simulate(parameters);
  auto finer = parameters;
  finer.samplesX = finer.samplesY = 256;
  EXPECT_LT(LargestDifference(Simulate(finer), coarse), 0.002);
  finer = parameters;
  // An atom acts where its slice begins: in thinner slices it stands up to a slice lower, as if the focus had changed.
  finer.sliceThicknessA = 0.65;
  EXPECT_LT(LargestDifference(Simulate(finer), coarse), 0.01);
  auto finest = finer;
  finest.sliceThicknessA = 0.3;
  EXPECT_LT(LargestDifference(Simulate(finest), Simulate(finer)), 0.5 * LargestDifference(Simulate(finer), coarse));
}

// A crystal with a mirror plane looks from one side as from the other: I(x; t) = I(-x; -t). A tilt of the whole
// specimen with detectors that only see the axis must keep this, and t alone must not.
TEST(StemSimulation, TiltAndItsMirror)
{
  auto parameters = MakeParameters();
  parameters.motion = ThermalMotion::Damped;
  parameters.scanX = 2;
  parameters.scanY = 1;
  parameters.scanOriginA = Eigen::Vector2d(-0.4, 0.0);
  parameters.scanStepA = Eigen::Vector2d(0.8, 0.0);
  parameters.tilts = {{20.0, 0.0}, {-20.0, 0.0}, {0.0, 0.0}};
  parameters.thicknessesA = {80.0};
  const auto signals = Simulate(parameters);
  const auto at = [&](std::size_t position, std::size_t tilt) { return signals[position * 9 + tilt * 3]; };
  EXPECT_NEAR(at(0, 0), at(1, 1), 1e-5);
  EXPECT_NEAR(at(1, 0), at(0, 1), 1e-5);
  EXPECT_NEAR(at(0, 2), at(1, 2), 1e-5);
  // With t > 0 columns lean to -x with depth: the probe to the left of the column meets more of it.
  EXPECT_GT(at(0, 0), 1.05 * at(1, 0));
}

TEST(StemSimulation, Plan)
{
  auto parameters = MakeParameters();
  parameters.samplesX = parameters.samplesY = 0;
  parameters.cellsX = 3;
  auto plan = ferro::PlanSimulation(MakeCell(), parameters, 2);
  EXPECT_GE(plan.largestAngleMrad, 120.0);
  EXPECT_EQ(plan.nx % 3, 0);
  EXPECT_EQ(plan.slicesPerCell, 2);
  EXPECT_EQ(plan.exits, (std::vector<int>{10, 20}));
  EXPECT_NEAR(plan.thicknessesA[1], 39.05, 1e-9);
  EXPECT_EQ(plan.waves, 12u);
  EXPECT_GT(plan.seconds, 0.0);

  // Many probes and a small aperture: plane waves are fewer.
  parameters.method = SimulationMethod::Automatic;
  parameters.cellsX = 2;
  parameters.thicknessesA = {400.0};
  parameters.scanX = parameters.scanY = 64;
  plan = ferro::PlanSimulation(MakeCell(), parameters, 1);
  EXPECT_EQ(plan.method, SimulationMethod::Prism) << plan.reason;
  parameters.scanX = parameters.scanY = 4;
  EXPECT_EQ(ferro::PlanSimulation(MakeCell(), parameters, 1).method, SimulationMethod::Multislice);

  const auto fails = [](const auto & change)
  {
    auto changed = MakeParameters();
    change(changed);
    EXPECT_THROW(ferro::PlanSimulation(MakeCell(), changed, 1), ferro::UsageError);
  };
  using P = StemSimulationParameters;
  fails([](P & p) { p.configurations = 0; });
  fails([](P & p) { p.thicknessesA = {-1.0}; });
  fails([](P & p) { p.thicknessesA.clear(); });
  fails([](P & p) { p.tilts = {{300.0, 0.0}}; });
  fails([](P & p) { p.detectors.clear(); });
  fails([](P & p) { p.sliceThicknessA = 0.0; });
  fails([](P & p) { p.scanStepA.x() = std::nan(""); });
  fails([](P & p) { p.memoryBytes = 1e5; });
  fails([](P & p) { p.samplesX = 64; });
  fails([](P & p) { p.probe.voltageKv = -1.0; });
  fails(
    [](P & p)
    {
      p.method = SimulationMethod::Prism;
      p.interpolation = 3;
    });
  fails(
    [](P & p)
    {
      p.method = SimulationMethod::Prism;
      p.memoryBytes = 3.2e6;
    });
  fails(
    [](P & p)
    {
      p.motion = ThermalMotion::QuantumExcitation;
      p.cellsX = 3;
    });
  auto unknown = MakeCell();
  unknown.atoms[0].displacementRmsA = -1.0;
  EXPECT_THROW(ferro::PlanSimulation(unknown, MakeParameters(), 1), ferro::AnalysisError);
  EXPECT_THROW(ferro::StemSimulationSource::New()->GetPlan(), ferro::UsageError);
}

TEST(StemSimulation, StopsWhenAsked)
{
  auto source = ferro::StemSimulationSource::New();
  source->SetNumberOfWorkUnits(2);
  source->Initialize(MakeCell(), MakeParameters());
  auto * pointer = source.GetPointer();
  source->AddObserver(itk::ProgressEvent(), [pointer](const itk::EventObject &) { pointer->AbortGenerateDataOn(); });
  EXPECT_THROW(source->Update(), itk::ProcessAborted);
}

TEST(ScanBlur, KeepsTheMeanAndTheWidth)
{
  constexpr int width = 40;
  constexpr int height = 30;
  std::vector<double> values(width * height * 2, 0.0);
  values[(12 * width + 38) * 2 + 1] = 1.0; // near the border, and of the second signal only
  ferro::ScanBlur blur;
  blur.sigmaPx = Eigen::Vector2d(2.0, 1.5);
  blur.periodicX = true;
  ferro::BlurScan(values, width, height, 2, blur);
  double sum = 0.0;
  double xx = 0.0;
  double yy = 0.0;
  for (int y = 0; y < height; ++y)
  {
    for (int x = 0; x < width; ++x)
    {
      const auto n = static_cast<std::size_t>((y * width + x) * 2);
      EXPECT_EQ(values[n], 0.0);
      const double dx = x < 20 ? x + 40 - 38 : x - 38; // around the corner
      sum += values[n + 1];
      xx += values[n + 1] * dx * dx;
      yy += values[n + 1] * (y - 12) * (y - 12);
    }
  }
  EXPECT_NEAR(sum, 1.0, 1e-9);
  EXPECT_NEAR(std::sqrt(xx), 2.0, 0.01);
  EXPECT_NEAR(std::sqrt(yy), 1.5, 0.01);
  // An even image stays even, with or without a period.
  std::vector<double> even(width * height, 0.3);
  blur.periodicX = false;
  ferro::BlurScan(even, width, height, 1, blur);
  for (const double value : even)
  {
    EXPECT_NEAR(value, 0.3, 1e-12);
  }
}
