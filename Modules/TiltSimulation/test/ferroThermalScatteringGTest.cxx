#include "ferroThermalScattering.h"

#include "ferroElectron.h"
#include "ferroRandomNumbers.h"
#include "ferroStemSimulationSource.h"
#include "ferroTransmission.h"

#include <gtest/gtest.h>

#include <cmath>

namespace
{
using ferro::ScatteringModel;
using ferro::ThermalScattering;
using ferro::WaveGrid;

constexpr double Pi = 3.14159265358979323846;
constexpr double WavelengthA = 0.0250793;
constexpr double LengthA = 8.0;
constexpr int Samples = 256;

std::size_t
Half()
{
  return Samples / 2 + 1;
}

double
Square(double number)
{
  return number * number;
}

// The absorptive form factor as published (Bird and King (1990), eq. 2.10; Hall and Hirsch (1965)), times the factor
// that damps it: integral of f(|g/2 + q|) f(|g/2 - q|) [1 - exp(-4 pi^2 u^2 (q^2 - g^2/4))] exp(-2 pi^2 u^2 g^2) over
// the plane, here over the frequencies that the grid has.
double
IntegrateBirdKing(int atomicNumber, double rmsA, double g)
{
  const double limit = 0.5 * Samples / LengthA;
  const double step = 0.03;
  const double c = 4.0 * Pi * Pi * rmsA * rmsA;
  double sum = 0.0;
  for (double x = -limit; x <= limit; x += step)
  {
    for (double y = -limit; y <= limit; y += step)
    {
      if (std::abs(x) + 0.5 * g >= limit)
      {
        continue;
      }
      const double one =
        ferro::GetScatteringFactor(ScatteringModel::Kirkland, atomicNumber, std::hypot(0.5 * g + x, y));
      const double other =
        ferro::GetScatteringFactor(ScatteringModel::Kirkland, atomicNumber, std::hypot(0.5 * g - x, y));
      sum += one * other * (std::exp(-0.5 * c * g * g) - std::exp(-c * (x * x + y * y + 0.25 * g * g)));
    }
  }
  return sum * step * step;
}

ThermalScattering::AtomTables
Tabulate(int atomicNumber, double rmsA, double interactionConstant,
         const std::vector<ferro::StemDetector> & detectors = {}, const ferro::BeamTilt & tilt = {})
{
  const WaveGrid grid(Samples, Samples, LengthA, LengthA);
  return ThermalScattering(grid, ScatteringModel::Kirkland, interactionConstant, WavelengthA, tilt, detectors)
    .Compute(atomicNumber, rmsA);
}

ferro::StructureAtom
MakeAtom(int atomicNumber, double rmsA, double x = 0.5 * LengthA, double y = 0.5 * LengthA)
{
  ferro::StructureAtom atom;
  atom.atomicNumber = atomicNumber;
  atom.positionA = Eigen::Vector3d(x, y, 0.0);
  atom.displacementRmsA = rmsA;
  return atom;
}
} // namespace

// To the lowest order this is the absorptive potential of the literature.
TEST(ThermalScattering, WeakAtomIsBirdAndKing)
{
  constexpr double sigma = 1e-5;
  for (const auto & [element, rms] : {std::pair{22, 0.0746}, std::pair{38, 0.0887}, std::pair{8, 0.12}})
  {
    const auto tables = Tabulate(element, rms, sigma);
    // Table entries are Fourier coefficients of the periodic function: the integral over the plane, divided by the
    // area; sums over frequencies are integrals times the area.
    const double potential = ferro::GetScatteringFactorToPotential();
    const double scale = 0.5 * Square(sigma * potential) / (LengthA * LengthA);
    const double forward = scale * IntegrateBirdKing(element, rms, 0.0);
    for (const int column : {0, 4, 8, 16, 24})
    {
      const double g = column / LengthA;
      const double expected = scale * IntegrateBirdKing(element, rms, g);
      const double found = static_cast<double>(tables.damping.even[static_cast<std::size_t>(column) * Samples]);
      EXPECT_NEAR(found, expected, 2e-3 * forward) << "Z " << element << " g " << g;
      const double damped = sigma * potential / (LengthA * LengthA) *
                            ferro::GetScatteringFactor(ScatteringModel::Kirkland, element, g) *
                            std::exp(-2.0 * Pi * Pi * rms * rms * g * g);
      EXPECT_NEAR(static_cast<double>(tables.phase.even[static_cast<std::size_t>(column) * Samples]), damped,
                  1e-3 * damped);
    }
  }
}

// At rest nothing is lost, and the phase is that of the potential.
TEST(ThermalScattering, AtomAtRest)
{
  const double sigma = ferro::GetInteractionConstant(200.0);
  const auto tables = Tabulate(38, 0.0, sigma, ferro::ParseDetectors("haadf:60-150"));
  const double forward = static_cast<double>(Tabulate(38, 0.08, sigma).damping.even[0]);
  for (std::size_t n = 0; n < Half() * Samples; n += 97)
  {
    EXPECT_LT(std::abs(tables.damping.even[n]), 1e-3 * forward);
    EXPECT_LT(std::abs(tables.detectors[0].even[n]), 1e-4 * forward);
  }
}

// The mean over many displaced atoms, each with the transmission function that multislice gives it.
TEST(ThermalScattering, MeanOverDisplacedAtoms)
{
  const WaveGrid grid(Samples, Samples, LengthA, LengthA);
  const ferro::WavePropagation propagation(grid);
  const double sigma = ferro::GetInteractionConstant(200.0);
  constexpr double rms = 0.09;
  constexpr int count = 400;
  const auto atom = MakeAtom(83, rms);
  const auto detectors = ferro::ParseDetectors("haadf:65-200,adf:30-65,bf:0-30,q:30-200/4");
  const ferro::DetectorMap map(grid, WavelengthA, detectors);
  const ferro::ProjectedPotential potential(grid, ScatteringModel::Kirkland, {atom}, false);
  const auto tables = Tabulate(83, rms, sigma, detectors);
  const ferro::ProjectedPotential::Kind kind = {83, rms};
  const ferro::ProjectedPotential phase(grid, {{kind, tables.phase}});
  const ferro::ProjectedPotential damping(grid, {{kind, tables.damping}});
  const auto mean = ferro::MakeMeanTransmission(propagation, phase, damping, {atom});

  // A wave that is much wider than the atom and a little to the side of it.
  const double probeX = 0.5 * LengthA + 0.1;
  std::vector<float> wave(grid.GetSize());
  for (int y = 0; y < Samples; ++y)
  {
    for (int x = 0; x < Samples; ++x)
    {
      const double r2 = Square(x * LengthA / Samples - probeX) + Square(y * LengthA / Samples - 0.5 * LengthA);
      wave[static_cast<std::size_t>(y * Samples + x)] = static_cast<float>(std::exp(-0.5 * r2 / Square(0.6)));
    }
  }
  auto rows = propagation.MakeRows();
  const auto detect = [&](const ferro::ComplexBuffer & transmission)
  {
    ferro::ComplexBuffer space(grid.GetSize());
    ferro::ComplexBuffer spectrum(grid.GetSpectrumSize());
    for (std::size_t n = 0; n < space.size(); ++n)
    {
      space[n] = wave[n] * transmission[n];
    }
    propagation.SpaceToSpectrum(space.data(), spectrum, rows);
    std::vector<double> sums(static_cast<std::size_t>(map.GetRegions().count));
    for (std::size_t n = 0; n < spectrum.size(); ++n)
    {
      if (map.GetRegions().region[n] != ferro::SpectrumRegions::NoRegion)
      {
        sums[map.GetRegions().region[n]] += std::norm(std::complex<double>(spectrum[n]) / (1.0 * Samples * Samples));
      }
    }
    return map.GetSignals(sums);
  };

  ferro::RandomNumbers numbers(1, 0);
  std::vector<std::complex<double>> sum(grid.GetSize());
  std::vector<double> squares(grid.GetSize());
  std::vector<double> signals(detectors.size() + 1);
  std::vector<double> signalSquares(signals.size());
  for (int n = 0; n < count; ++n)
  {
    const double dx = rms * numbers.Normal();
    const double dy = rms * numbers.Normal();
    const auto one = ferro::MakeTransmission(propagation, potential,
                                             {MakeAtom(83, rms, 0.5 * LengthA + dx, 0.5 * LengthA + dy)}, sigma);
    for (std::size_t k = 0; k < sum.size(); ++k)
    {
      sum[k] += std::complex<double>(one[k]);
      squares[k] += std::norm(std::complex<double>(one[k]));
    }
    const auto detected = detect(one);
    for (std::size_t d = 0; d < signals.size(); ++d)
    {
      signals[d] += detected[d] / count;
      signalSquares[d] += detected[d] * detected[d] / count;
    }
  }
  // Errors of the mean are independent of one another only roughly, but each has its own standard error: the mean of
  // their squares is 1.
  double chi = 0.0;
  double places = 0.0;
  for (std::size_t k = 0; k < sum.size(); ++k)
  {
    const auto average = sum[k] / static_cast<double>(count);
    const double variance = (squares[k] / count - std::norm(average)) / count;
    if (variance > 1e-6)
    {
      chi += std::norm(average - std::complex<double>(mean[k])) / variance;
      places += 1.0;
    }
  }
  EXPECT_GT(places, 30.0);
  EXPECT_LT(chi / places, 2.0);

  const auto elastic = detect(mean);
  for (std::size_t d = 0; d < signals.size(); ++d)
  {
    const ferro::ProjectedPotential scattering(grid, {{kind, tables.detectors[d]}});
    const auto probability = scattering.Compute({atom});
    double thermal = 0.0;
    for (std::size_t n = 0; n < probability.size(); ++n)
    {
      thermal += static_cast<double>(wave[n] * wave[n] * probability[n]) / static_cast<double>(grid.GetSize());
    }
    const double error = std::sqrt((signalSquares[d] - Square(signals[d])) / count);
    std::printf("%zu: frozen %.6f +- %.6f, elastic %.6f, thermal %.6f, difference %.2f errors, %.2f %%\n", d,
                signals[d], error, elastic[d], thermal, (elastic[d] + thermal - signals[d]) / error,
                100.0 * (elastic[d] + thermal - signals[d]) / signals[d]);
    EXPECT_GT(thermal, 0.0);
  }
}
