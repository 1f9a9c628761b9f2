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
  const double step = 0.06; // the functions are smooth over 0.1
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
         const std::vector<ferro::StemDetector> & detectors = {})
{
  const WaveGrid grid(Samples, Samples, LengthA, LengthA);
  return ThermalScattering(grid, ScatteringModel::Kirkland, interactionConstant, WavelengthA, 30.0, detectors)
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
    EXPECT_LT(std::abs(tables.detectors[0].density.even[n]), 1e-4 * forward);
  }
}

// Moved far, an atom leaves a wave its mean transmission: that of the potential in space, without Fourier transforms.
TEST(ThermalScattering, AtomMovedFar)
{
  const double sigma = ferro::GetInteractionConstant(200.0);
  const auto tables = Tabulate(38, 3.0, sigma, ferro::ParseDetectors("all:0-300"));
  double cosine = 0.0;
  double sine = 0.0;
  constexpr double step = 1e-3;
  for (double r = 0.5 * step; r < 6.0; r += step)
  {
    const double phase = sigma * ferro::GetAtomProjectedPotential(ScatteringModel::Kirkland, 38, r);
    cosine += 2.0 * Pi * r * step * (1.0 - std::cos(phase)) / (LengthA * LengthA);
    sine += 2.0 * Pi * r * step * std::sin(phase) / (LengthA * LengthA);
  }
  const double expected = -0.5 * std::log(Square(1.0 - cosine) + Square(sine));
  // The grid cuts the potential off at 16 / A, where the atom itself is sharper.
  EXPECT_NEAR(static_cast<double>(tables.damping.even[0]), expected, 0.02 * expected);
  EXPECT_NEAR(static_cast<double>(tables.phase.even[0]), std::atan2(sine, 1.0 - cosine), 0.01 * sine);
  EXPECT_LT(std::abs(static_cast<double>(tables.phase.even[4 * Samples])), 1e-3 * sine);
  // And all that is scattered, |tau|^2 less the coherent part, whatever the place.
  const double scattered = 2.0 * cosine - Square(cosine) - Square(sine);
  EXPECT_NEAR(static_cast<double>(tables.detectors.back().density.even[0]), scattered, 0.03 * scattered);
}

namespace
{
constexpr double Rms = 0.09;
constexpr int Bismuth = 83;

/** Waves in the neighbourhood of one Bi atom, and what detectors make of them. */
class OneAtom
{
public:
  explicit OneAtom(const std::string & detectors)
    : m_Detectors(ferro::ParseDetectors(detectors)), m_Propagation(WaveGrid(Samples, Samples, LengthA, LengthA)),
      m_Map(this->Grid(), WavelengthA, m_Detectors), m_Sigma(ferro::GetInteractionConstant(200.0)),
      m_Tables(ThermalScattering(this->Grid(), ScatteringModel::Kirkland, m_Sigma, WavelengthA, 30.0, m_Detectors)
                 .Compute(Bismuth, Rms)),
      m_Potential(this->Grid(), ScatteringModel::Kirkland, {MakeAtom(Bismuth, Rms)}, false),
      m_Rows(m_Propagation.MakeRows())
  {
  }

  const WaveGrid &
  Grid() const
  {
    return m_Propagation.GetGrid();
  }
  std::size_t
  Signals() const
  {
    return m_Detectors.size() + 1;
  }

  /** exp(2 pi i kx x) times a Gaussian much wider than the atom, a little to the side of it. */
  ferro::ComplexBuffer
  MakeWave(double kx) const
  {
    ferro::ComplexBuffer wave(this->Grid().GetSize());
    for (int y = 0; y < Samples; ++y)
    {
      for (int x = 0; x < Samples; ++x)
      {
        const double xA = x * LengthA / Samples;
        const double r2 = Square(xA - 0.5 * LengthA - 0.1) + Square(y * LengthA / Samples - 0.5 * LengthA);
        wave[static_cast<std::size_t>(y * Samples + x)] =
          std::complex<float>(std::polar(std::exp(-0.5 * r2 / Square(0.6)), 2.0 * Pi * kx * xA));
      }
    }
    return wave;
  }

  /** The probe of a microscope, at a distance from the atom. */
  ferro::ComplexBuffer
  MakeFocused(double distanceA)
  {
    auto wave = ferro::MoveProbe(this->Grid(), ferro::MakeProbe(this->Grid(), {}),
                                 Eigen::Vector2d(0.5 * LengthA + distanceA, 0.5 * LengthA));
    m_Propagation.SpectrumToMixed(wave);
    ferro::ComplexBuffer space(this->Grid().GetSize());
    m_Propagation.MixedToSpace(wave, space.data(), m_Rows);
    return space;
  }

  ferro::ComplexBuffer
  Displaced(double dx, double dy) const
  {
    return ferro::MakeTransmission(m_Propagation, m_Potential,
                                   {MakeAtom(Bismuth, Rms, 0.5 * LengthA + dx, 0.5 * LengthA + dy)}, m_Sigma);
  }
  ferro::ComplexBuffer
  Mean() const
  {
    return ferro::MakeMeanTransmission(m_Propagation, this->Sum(m_Tables.phase), this->Sum(m_Tables.damping),
                                       {MakeAtom(Bismuth, Rms)});
  }

  /** Signals of a wave behind a transmission function. */
  std::vector<double>
  Detect(const ferro::ComplexBuffer & wave, const ferro::ComplexBuffer & transmission)
  {
    auto space = wave;
    ferro::ComplexBuffer spectrum(this->Grid().GetSpectrumSize());
    for (std::size_t n = 0; n < space.size(); ++n)
    {
      space[n] *= transmission[n];
    }
    m_Propagation.SpaceToSpectrum(space.data(), spectrum, m_Rows);
    const auto & regions = m_Map.GetRegions();
    std::vector<double> sums(static_cast<std::size_t>(regions.count));
    for (std::size_t n = 0; n < spectrum.size(); ++n)
    {
      if (regions.region[n] != ferro::SpectrumRegions::NoRegion)
      {
        sums[regions.region[n]] += std::norm(std::complex<double>(spectrum[n]) / (1.0 * Samples * Samples));
      }
    }
    return m_Map.GetSignals(sums);
  }

  /** What thermal motion is said to scatter to each detector; of the local part alone or all of it. */
  std::vector<double>
  Thermal(const ferro::ComplexBuffer & wave, bool all) const
  {
    std::vector<ferro::ScatteringMaps> maps;
    for (const auto & moments : m_Tables.detectors)
    {
      const auto map = [&](const ThermalScattering::Factors & factors)
      { return factors.even.empty() ? ferro::RealBuffer() : this->Sum(factors).Compute({MakeAtom(Bismuth, Rms)}); };
      maps.push_back({map(moments.density), {}, {}, {}});
      if (all)
      {
        maps.back().gradient = map(moments.gradient);
        maps.back().currentX = map(moments.currentX);
        maps.back().currentY = map(moments.currentY);
      }
    }
    ferro::ScatteringSums sums(this->Grid());
    std::copy(wave.begin(), wave.end(), sums.GetWave());
    std::vector<double> thermal(maps.size());
    sums.Add(maps, thermal.data());
    return thermal;
  }

private:
  ferro::ProjectedPotential
  Sum(const ThermalScattering::Factors & factors) const
  {
    return ferro::ProjectedPotential(this->Grid(), {{{Bismuth, Rms}, factors}});
  }

  std::vector<ferro::StemDetector> m_Detectors;
  ferro::WavePropagation m_Propagation;
  ferro::DetectorMap m_Map;
  double m_Sigma;
  ThermalScattering::AtomTables m_Tables;
  ferro::ProjectedPotential m_Potential;
  ferro::ComplexBuffer m_Rows;
};
} // namespace

// The truth is the mean over many displaced atoms, each with the transmission function that multislice gives it.
TEST(ThermalScattering, MeanOverDisplacedAtoms)
{
  OneAtom atom("haadf:65-200,adf:30-65,bf:0-30,q:30-200/4");
  constexpr int count = 200;
  // Along the axis, and 20 mrad off it; a probe on the atom, and its tail.
  const ferro::ComplexBuffer waves[] = {atom.MakeWave(0.0), atom.MakeWave(0.02 / WavelengthA), atom.MakeFocused(0.0),
                                        atom.MakeFocused(1.1)};
  ferro::RandomNumbers numbers(1, 0);
  const auto size = atom.Grid().GetSize();
  std::vector<std::complex<double>> sum(size);
  std::vector<double> squares(size);
  std::vector<std::vector<double>> samples[std::size(waves)];
  for (int n = 0; n < count; ++n)
  {
    const double dx = Rms * numbers.Normal();
    const double dy = Rms * numbers.Normal();
    const auto one = atom.Displaced(dx, dy);
    for (std::size_t k = 0; k < size; ++k)
    {
      sum[k] += std::complex<double>(one[k]);
      squares[k] += std::norm(std::complex<double>(one[k]));
    }
    for (std::size_t w = 0; w < std::size(waves); ++w)
    {
      samples[w].push_back(atom.Detect(waves[w], one));
    }
  }
  // The errors of the mean in units of their own standard errors: the mean of their squares is 1; neighbours err alike,
  // so that it scatters.
  const auto mean = atom.Mean();
  double chi = 0.0;
  double places = 0.0;
  for (std::size_t k = 0; k < size; ++k)
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
  EXPECT_LT(chi / places, 2.5);

  for (std::size_t w = 0; w < std::size(waves); ++w)
  {
    const auto elastic = atom.Detect(waves[w], mean);
    const auto thermal = atom.Thermal(waves[w], true);
    const auto local = atom.Thermal(waves[w], false);
    for (std::size_t d = 0; d < atom.Signals(); ++d)
    {
      double average = 0.0;
      double square = 0.0;
      for (const auto & sample : samples[w])
      {
        average += sample[d] / count;
        square += sample[d] * sample[d] / count;
      }
      const double error = std::sqrt((square - Square(average)) / count);
      const double found = elastic[d] + thermal[d];
      if (d + 1 == atom.Signals())
      {
        // Nothing is lost between what stays and what is scattered but what goes beyond the band limit.
        EXPECT_NEAR(found, average, 0.005 * thermal[d]) << w;
        continue;
      }
      // Left out are orders beyond the second in the ratio of the angles in the wave, 30 mrad, to those of the
      // detector.
      EXPECT_NEAR(found, average, 4.0 * error + 0.05 * thermal[d]) << "wave " << w << " signal " << d;
      if (w == 1 && d == 4)
      {
        EXPECT_GT(elastic[d] + local[d], 1.3 * average); // a segment that the wave moves away from
      }
    }
  }
}
