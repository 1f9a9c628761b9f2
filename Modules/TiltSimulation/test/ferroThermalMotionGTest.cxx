#include "ferroElectron.h"
#include "ferroTestSimulation.h"
#include "ferroThermalScattering.h"
#include "ferroTransmission.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace
{
using ferro::ProjectedPotential;
using ferro::ThermalMotion;

/** Means over the configurations with their standard errors: one probe on Sr. */
struct Signals
{
  std::vector<double> mean;
  std::vector<double> error;
};

Signals
Average(const ferro::StemSimulationParameters & parameters)
{
  const int count = ferro::PlanSimulation(MakeCell(), parameters, 2).configurations;
  Signals signals;
  for (int n = 0; n < count; ++n)
  {
    const auto one = Simulate(parameters, 2, n);
    signals.mean.resize(one.size());
    signals.error.resize(one.size());
    for (std::size_t k = 0; k < one.size(); ++k)
    {
      signals.mean[k] += one[k] / count;
      signals.error[k] += one[k] * one[k];
    }
  }
  for (std::size_t k = 0; k < signals.mean.size(); ++k)
  {
    const double squares = signals.error[k] - count * signals.mean[k] * signals.mean[k];
    signals.error[k] = count > 1 ? std::sqrt(std::max(0.0, squares) / (count * (count - 1.0))) : 0.0;
  }
  return signals;
}

/** Signals of the mean wave of all displaced atoms: multislice with the mean transmission of each slice. */
std::vector<double>
Elastic(const ferro::StemSimulationParameters & parameters)
{
  const auto plan = ferro::PlanSimulation(MakeCell(), parameters, 1);
  const ferro::WaveGrid grid(plan.nx, plan.ny, plan.lengthXA, plan.lengthYA);
  const ferro::WavePropagation propagation(grid);
  const double wavelength = ferro::GetWavelengthA(parameters.probe.voltageKv);
  const ferro::ThermalScattering scattering(grid, parameters.scattering,
                                            ferro::GetInteractionConstant(parameters.probe.voltageKv), wavelength,
                                            parameters.probe.semiAngleMrad, {});
  std::map<ProjectedPotential::Kind, ProjectedPotential::Factors> phase;
  std::map<ProjectedPotential::Kind, ProjectedPotential::Factors> damping;
  const auto structure = ferro::Repeat(MakeCell(), Eigen::Vector3i(parameters.cellsX, parameters.cellsY, 1));
  for (const auto & atom : MakeCell().atoms)
  {
    const auto tables = scattering.Compute(atom.atomicNumber, atom.displacementRmsA);
    phase[{atom.atomicNumber, atom.displacementRmsA}] = tables.phase;
    damping[{atom.atomicNumber, atom.displacementRmsA}] = tables.damping;
  }
  const ProjectedPotential phases(grid, phase);
  const ProjectedPotential dampings(grid, damping);
  std::vector<ferro::ComplexBuffer> transmissions;
  for (const auto & atoms : ferro::SliceAtoms(structure, plan.slicesPerCell))
  {
    transmissions.push_back(ferro::MakeMeanTransmission(propagation, phases, dampings, atoms));
  }
  const auto propagator = ferro::MakePropagator(grid, wavelength, plan.sliceA, parameters.tilts.front());
  const ferro::DetectorMap detectors(grid, wavelength, parameters.detectors);
  auto wave = ferro::MoveProbe(grid, ferro::MakeProbe(grid, parameters.probe), parameters.scanOriginA);
  propagation.SpectrumToMixed(wave);
  auto rows = propagation.MakeRows();
  std::vector<double> result;
  for (int slice = 0; slice < plan.slices; ++slice)
  {
    propagation.Transmit(wave, transmissions[static_cast<std::size_t>(slice % plan.slicesPerCell)].data(), rows);
    std::vector<double> sums(static_cast<std::size_t>(detectors.GetRegions().count));
    propagation.Propagate(wave, propagator, &detectors.GetRegions(), sums.data());
    if (std::find(plan.exits.begin(), plan.exits.end(), slice + 1) != plan.exits.end())
    {
      const auto signals = detectors.GetSignals(sums);
      result.insert(result.end(), signals.begin(), signals.end());
    }
  }
  return result;
}
} // namespace

// Both ways to move atoms have the same mean, and the quick ones lie where conservation of the electrons wants them.
TEST(ThermalMotion, Kinds)
{
  auto parameters = MakeParameters();
  parameters.tilts = {{0.0, 0.0}};
  parameters.thicknessesA = {20.0, 40.0};
  parameters.scanX = parameters.scanY = 1; // on Sr
  const auto signalsOf = [&](ThermalMotion motion)
  {
    parameters.motion = motion;
    return Average(parameters);
  };
  parameters.configurations = 40;
  const auto frozen = signalsOf(ThermalMotion::FrozenPhonon);
  const auto excited = signalsOf(ThermalMotion::QuantumExcitation);
  const auto absorptive = signalsOf(ThermalMotion::Absorptive);
  const auto damped = signalsOf(ThermalMotion::Damped);
  const auto elastic = Elastic(parameters);
  constexpr std::size_t Detectors = 3; // haadf, bf, all inside the band limit
  ASSERT_EQ(frozen.mean.size(), 2 * Detectors);
  ASSERT_EQ(elastic.size(), 2 * Detectors);
  for (std::size_t k = 0; k < frozen.mean.size(); ++k)
  {
    const double four = 4.0 * std::hypot(frozen.error[k], excited.error[k]);
    EXPECT_GT(frozen.error[k], 0.0);
    EXPECT_EQ(absorptive.error[k], 0.0);
    EXPECT_EQ(damped.error[k], 0.0);
    EXPECT_NEAR(frozen.mean[k], excited.mean[k], four) << k;
    // <|psi|^2> = |<psi>|^2 + what is incoherent, which is not negative, and all of which is no more than what the mean
    // wave has lost.
    const double lost = 1.0 - elastic[k / Detectors * Detectors + 2];
    EXPECT_GT(frozen.mean[k], elastic[k] - 4.0 * frozen.error[k]) << k;
    EXPECT_LT(frozen.mean[k], elastic[k] + lost + 4.0 * frozen.error[k]) << k;
    EXPECT_GT(absorptive.mean[k], elastic[k] - 1e-6) << k;
    EXPECT_LT(absorptive.mean[k], elastic[k] + lost + 1e-6) << k;
  }
  // Of 60 to 120 mrad an atom scatters elastically at most the fraction exp(-(2 pi u q)^2), with the smallest u (Ti)
  // and the smallest q, from the rim of the aperture to that of the detector.
  const double q = 0.001 * (60.0 - 30.0) / ferro::GetWavelengthA(200.0);
  const double most = std::exp(-std::pow(2.0 * 3.14159265358979 * 0.08 * q, 2));
  for (const std::size_t k : {std::size_t{0}, Detectors})
  {
    EXPECT_LT(elastic[k], most * frozen.mean[k]);
    EXPECT_LT(damped.mean[k], most * frozen.mean[k]);
  }
  // What the absorptive pass leaves out is scattered twice: it grows faster than in proportion to the thickness.
  const double thin = absorptive.mean[0] - frozen.mean[0];
  const double thick = absorptive.mean[Detectors] - frozen.mean[Detectors];
  EXPECT_LT(std::abs(thin), 0.5 * std::abs(thick) + 4.0 * std::hypot(frozen.error[0], 0.5 * frozen.error[Detectors]));
}

// A specimen of two slices, where what is scattered cannot be scattered again.
TEST(ThermalMotion, AbsorptiveThinSpecimen)
{
  auto parameters = MakeParameters();
  parameters.tilts = {{0.0, 0.0}};
  parameters.thicknessesA = {3.9};
  parameters.scanX = 4; // from Sr to between the columns
  parameters.scanY = 1;
  parameters.scanStepA = Eigen::Vector2d(0.5, 0.5);
  parameters.motion = ThermalMotion::Absorptive;
  const auto absorptive = Simulate(parameters);
  parameters.motion = ThermalMotion::FrozenPhonon;
  parameters.configurations = 100;
  std::vector<double> sum(absorptive.size());
  std::vector<double> squares(absorptive.size());
  for (int n = 0; n < parameters.configurations; ++n)
  {
    const auto one = Simulate(parameters, 2, n);
    for (std::size_t k = 0; k < sum.size(); ++k)
    {
      sum[k] += one[k] / parameters.configurations;
      squares[k] += one[k] * one[k] / parameters.configurations;
    }
  }
  for (std::size_t k = 0; k < sum.size(); ++k)
  {
    const double error = std::sqrt((squares[k] - sum[k] * sum[k]) / parameters.configurations);
    // To the error of the mean, and 6 % of what is not exact in the angles of the probe; all that is inside the band
    // limit misses what is scattered beyond it.
    const bool bright = k % 3 == 1;
    const double scattered = bright ? 1.0 - sum[k] : sum[k];
    EXPECT_NEAR(absorptive[k], sum[k], k % 3 == 2 ? 0.0015 : 4.0 * error + 0.06 * scattered) << k;
  }
}
