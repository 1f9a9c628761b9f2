#include "ferroThermalScattering.h"

#include "ferroElectron.h"
#include "ferroPlaneTransform.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr double Pi = 3.14159265358979323846;
// The atom is sampled this much finer than the waves, so that no power of its potential folds back.
constexpr int Finer = 2;

/** The plane of one atom, which sits at its first sample. */
class AtomPlane
{
public:
  explicit AtomPlane(const WaveGrid & grid)
    : m_Grid(grid), m_Nx(Finer * grid.GetNx()), m_Ny(Finer * grid.GetNy()),
      m_Forward(m_Nx, m_Ny, FourierDirection::Forward), m_Inverse(m_Nx, m_Ny, FourierDirection::Inverse)
  {
  }

  std::size_t
  GetSize() const
  {
    return static_cast<std::size_t>(m_Nx) * static_cast<std::size_t>(m_Ny);
  }

  /** The spectrum times a function of (kx, ky), 1/Angstrom. */
  template <class TWeight>
  ComplexBuffer
  Weigh(ComplexBuffer spectrum, const TWeight & weight) const
  {
    for (int y = 0; y < m_Ny; ++y)
    {
      const double ky = Frequency(y, m_Ny) / m_Grid.GetLengthYA();
      for (int x = 0; x < m_Nx; ++x)
      {
        spectrum[static_cast<std::size_t>(y) * static_cast<std::size_t>(m_Nx) + static_cast<std::size_t>(x)] *=
          static_cast<float>(weight(Frequency(x, m_Nx) / m_Grid.GetLengthXA(), ky));
      }
    }
    return spectrum;
  }

  ComplexBuffer
  ToSpace(ComplexBuffer plane) const
  {
    m_Inverse.Execute(plane);
    return plane;
  }

  ComplexBuffer
  ToSpectrum(ComplexBuffer plane) const
  {
    m_Forward.Execute(plane);
    const float scale = 1.0f / static_cast<float>(this->GetSize());
    for (auto & number : plane)
    {
      number *= scale;
    }
    return plane;
  }

  /** The frequencies of the waves' grid, of a plane of real values. */
  ProjectedPotential::Factors
  Tabulate(ComplexBuffer values, bool even) const
  {
    const auto spectrum = this->ToSpectrum(std::move(values));
    const int half = m_Grid.GetNx() / 2 + 1;
    const int ny = m_Grid.GetNy();
    const auto size = static_cast<std::size_t>(half) * static_cast<std::size_t>(ny);
    ProjectedPotential::Factors factors;
    factors.even.resize(size);
    factors.odd.resize(even ? 0 : size);
    for (int c = 0; c < half; ++c)
    {
      for (int y = 0; y < ny; ++y)
      {
        const int ky = 2 * y < ny ? y : m_Ny + y - ny;
        const auto from = static_cast<std::size_t>(ky) * static_cast<std::size_t>(m_Nx) + static_cast<std::size_t>(c);
        const auto to = static_cast<std::size_t>(c) * static_cast<std::size_t>(ny) + static_cast<std::size_t>(y);
        factors.even[to] = spectrum[from].real();
        if (!even)
        {
          factors.odd[to] = spectrum[from].imag();
        }
      }
    }
    return factors;
  }

private:
  static double
  Frequency(int index, int count)
  {
    return 2 * index < count ? index : index - count;
  }

  WaveGrid m_Grid;
  int m_Nx;
  int m_Ny;
  PlaneTransform m_Forward;
  PlaneTransform m_Inverse;
};

// Real part of one conj(other).
float
RealProduct(const std::complex<float> & one, const std::complex<float> & other)
{
  return one.real() * other.real() + one.imag() * other.imag();
}
} // namespace

ThermalScattering::ThermalScattering(const WaveGrid & grid, ScatteringModel model, double interactionConstant,
                                     double wavelengthA, const BeamTilt & beamTilt,
                                     const std::vector<StemDetector> & detectors)
  : m_Grid(grid), m_Model(model), m_InteractionConstant(interactionConstant), m_WavelengthA(wavelengthA),
    m_BeamTilt(beamTilt), m_Detectors(detectors)
{
}

ThermalScattering::AtomTables
ThermalScattering::Compute(int atomicNumber, double rmsA) const
{
  const AtomPlane plane(m_Grid);
  const auto size = plane.GetSize();
  const auto average = [rmsA](double kx, double ky)
  { return std::exp(-2.0 * Pi * Pi * rmsA * rmsA * (kx * kx + ky * ky)); };

  // sigma v, with the frequencies that the waves' grid has.
  const double scale =
    m_InteractionConstant * GetScatteringFactorToPotential() / (m_Grid.GetLengthXA() * m_Grid.GetLengthYA());
  const double limitX = 0.5 * m_Grid.GetNx() / m_Grid.GetLengthXA();
  const double limitY = 0.5 * m_Grid.GetNy() / m_Grid.GetLengthYA();
  const auto potential = [&](double kx, double ky)
  {
    return std::abs(kx) < limitX && std::abs(ky) < limitY
             ? scale * GetScatteringFactor(m_Model, atomicNumber, std::hypot(kx, ky))
             : 0.0;
  };
  const ComplexBuffer ones(size, 1.0f);
  const auto potentials = plane.Weigh(ones, potential);
  const auto phases = plane.ToSpace(potentials);
  const auto meanPhases = plane.ToSpace(plane.Weigh(potentials, average));

  ComplexBuffer tau(size);
  for (std::size_t n = 0; n < size; ++n)
  {
    const double phase = static_cast<double>(phases[n].real());
    const double half = std::sin(0.5 * phase);
    tau[n] = std::complex<float>(std::complex<double>(-2.0 * half * half, std::sin(phase)));
  }
  const auto spectrum = plane.ToSpectrum(tau);
  const auto meanSpectrum = plane.Weigh(spectrum, average);
  const auto meanTau = plane.ToSpace(meanSpectrum);

  AtomTables tables;
  ComplexBuffer phase(size);
  ComplexBuffer damping(size);
  for (std::size_t n = 0; n < size; ++n)
  {
    const std::complex<double> mean(meanTau[n]);
    // Near 1 the logarithm would lose what matters.
    damping[n] = static_cast<float>(-0.5 * std::log1p(2.0 * mean.real() + std::norm(mean)));
    // The mean of the phase says which turn it is.
    const double about = static_cast<double>(meanPhases[n].real());
    const double angle = std::arg(1.0 + mean);
    phase[n] = static_cast<float>(angle + 2.0 * Pi * std::round((about - angle) / (2.0 * Pi)));
  }
  tables.phase = plane.Tabulate(std::move(phase), true);
  tables.damping = plane.Tabulate(std::move(damping), true);

  const double centreX = std::tan(1e-3 * m_BeamTilt.xMrad) / m_WavelengthA;
  const double centreY = std::tan(1e-3 * m_BeamTilt.yMrad) / m_WavelengthA;
  const auto tabulate = [&](const auto & counted)
  {
    const auto part = plane.ToSpace(plane.Weigh(spectrum, counted));
    const auto meanPart = plane.ToSpace(plane.Weigh(meanSpectrum, counted));
    ComplexBuffer coherent(size);
    ComplexBuffer all(size);
    for (std::size_t n = 0; n < size; ++n)
    {
      all[n] = RealProduct(part[n], tau[n]);
      coherent[n] = RealProduct(meanPart[n], meanTau[n]);
    }
    all = plane.ToSpace(plane.Weigh(plane.ToSpectrum(std::move(all)), average));
    for (std::size_t n = 0; n < size; ++n)
    {
      all[n] = all[n].real() - coherent[n].real();
    }
    return plane.Tabulate(std::move(all), false);
  };
  for (const auto & detector : m_Detectors)
  {
    tables.detectors.push_back(
      tabulate([&](double kx, double ky) { return IsCounted(detector, kx + centreX, ky + centreY, m_WavelengthA); }));
  }
  tables.detectors.push_back(
    tabulate([&](double kx, double ky) { return m_Grid.GetBandWeight(kx + centreX, ky + centreY); }));
  return tables;
}
} // namespace ferro
