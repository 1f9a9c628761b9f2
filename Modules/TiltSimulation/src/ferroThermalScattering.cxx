#include "ferroThermalScattering.h"

#include "ferroElectron.h"
#include "ferroPlaneTransform.h"
#include "ferroWaveKernels.h"

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
        spectrum[this->PlaceOf(x, y)] *= static_cast<float>(weight(Frequency(x, m_Nx) / m_Grid.GetLengthXA(), ky));
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

  /** The frequencies of the waves' grid, of the spectrum of a plane of real values: real parts, imaginary parts. */
  RealBuffer
  Tabulate(const ComplexBuffer & spectrum, bool imaginary) const
  {
    const int half = m_Grid.GetNx() / 2 + 1;
    const int ny = m_Grid.GetNy();
    RealBuffer table(static_cast<std::size_t>(half) * static_cast<std::size_t>(ny));
    auto to = table.begin();
    for (int c = 0; c < half; ++c)
    {
      for (int y = 0; y < ny; ++y)
      {
        const int ky = 2 * y < ny ? y : m_Ny + y - ny;
        const auto & number = spectrum[this->PlaceOf(c, ky)];
        *to++ = imaginary ? number.imag() : number.real();
      }
    }
    return table;
  }

  /** Of two real planes, packed as real and imaginary part of one, the spectrum of the first times a function of
   * (kx, ky) that is even, less that of the second. */
  template <class TWeight>
  ComplexBuffer
  ToDifference(ComplexBuffer packed, const TWeight & weight) const
  {
    const auto spectrum = this->ToSpectrum(std::move(packed));
    ComplexBuffer result(spectrum.size());
    for (int y = 0; y < m_Ny; ++y)
    {
      const double ky = Frequency(y, m_Ny) / m_Grid.GetLengthYA();
      for (int x = 0; x < m_Nx; ++x)
      {
        const auto here = spectrum[this->PlaceOf(x, y)];
        const auto mirrored = std::conj(spectrum[this->PlaceOf((m_Nx - x) % m_Nx, (m_Ny - y) % m_Ny)]);
        const auto first = 0.5f * (here + mirrored);
        const auto second = std::complex<float>(0.0f, -0.5f) * (here - mirrored);
        const auto factor = static_cast<float>(weight(Frequency(x, m_Nx) / m_Grid.GetLengthXA(), ky));
        result[this->PlaceOf(x, y)] = factor * first - second;
      }
    }
    return result;
  }

private:
  std::size_t
  PlaceOf(int x, int y) const
  {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(m_Nx) + static_cast<std::size_t>(x);
  }
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
                                     double wavelengthA, double semiAngleMrad,
                                     const std::vector<StemDetector> & detectors)
  : m_Grid(grid), m_Model(model), m_InteractionConstant(interactionConstant), m_WavelengthA(wavelengthA),
    m_SemiAngleMrad(semiAngleMrad), m_Detectors(detectors)
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
    // Near 1 the logarithm would lose what matters; at 0, which no atom comes near, it would be infinite.
    damping[n] = static_cast<float>(-0.5 * std::log1p(std::max(-0.999999, 2.0 * mean.real() + std::norm(mean))));
    // The mean of the phase says which turn it is.
    const double about = static_cast<double>(meanPhases[n].real());
    const double angle = std::arg(1.0 + mean);
    phase[n] = static_cast<float>(angle + 2.0 * Pi * std::round((about - angle) / (2.0 * Pi)));
  }
  tables.phase.even = plane.Tabulate(plane.ToSpectrum(std::move(phase)), false);
  tables.damping.even = plane.Tabulate(plane.ToSpectrum(std::move(damping)), false);

  // The spectrum of mu for a wave along a direction.
  const auto find = [&](const auto & counts, double kx, double ky)
  {
    const auto counted = [&](double qx, double qy) { return counts(qx + kx, qy + ky); };
    auto packed = plane.ToSpace(plane.Weigh(spectrum, counted));
    const auto meanPart = plane.ToSpace(plane.Weigh(meanSpectrum, counted));
    for (std::size_t n = 0; n < size; ++n)
    {
      packed[n] = {RealProduct(packed[n], tau[n]), RealProduct(meanPart[n], meanTau[n])};
    }
    return plane.ToDifference(std::move(packed), average);
  };
  // The rms wave number of a filled aperture, along its two axes together.
  const double step = 1e-3 * m_SemiAngleMrad / std::sqrt(2.0) / m_WavelengthA;
  const auto slope = static_cast<float>(0.5 / step);
  const auto bend = static_cast<float>(0.25 / (step * step));
  for (const auto & detector : m_Detectors)
  {
    const auto counts = [&](double kx, double ky) { return IsCounted(detector, kx, ky, m_WavelengthA); };
    const auto here = find(counts, 0.0, 0.0);
    auto right = find(counts, step, 0.0);
    auto down = find(counts, 0.0, step);
    // For a ring, mu at -r and -k is the same, and its slopes cancel over the atom.
    const bool ring = detector.segments == 1;
    ComplexBuffer left;
    ComplexBuffer up;
    if (!ring)
    {
      left = find(counts, -step, 0.0);
      up = find(counts, 0.0, -step);
    }
    Moments moments;
    moments.density = {plane.Tabulate(here, false), ring ? RealBuffer() : plane.Tabulate(here, true)};
    ComplexBuffer gradient(size);
    for (std::size_t n = 0; n < size; ++n)
    {
      const auto around = ring ? 2.0f * (right[n].real() + down[n].real()) : right[n] + left[n] + down[n] + up[n];
      gradient[n] = bend * (around - 4.0f * here[n]);
      if (!ring)
      {
        right[n] = slope * (right[n] - left[n]);
        down[n] = slope * (down[n] - up[n]);
      }
    }
    moments.gradient = {plane.Tabulate(gradient, false), ring ? RealBuffer() : plane.Tabulate(gradient, true)};
    if (!ring)
    {
      moments.currentX = {plane.Tabulate(right, false), plane.Tabulate(right, true)};
      moments.currentY = {plane.Tabulate(down, false), plane.Tabulate(down, true)};
    }
    tables.detectors.push_back(std::move(moments));
  }
  Moments total;
  total.density.even =
    plane.Tabulate(find([&](double kx, double ky) { return m_Grid.GetBandWeight(kx, ky); }, 0.0, 0.0), false);
  tables.detectors.push_back(std::move(total));
  return tables;
}

ScatteringSums::ScatteringSums(const WaveGrid & grid)
  : m_Grid(grid), m_Wave(grid.GetSize()), m_Density(static_cast<std::size_t>(grid.GetNx())),
    m_Gradient(m_Density.size()), m_CurrentX(m_Density.size()), m_CurrentY(m_Density.size())
{
}

void
ScatteringSums::Add(const std::vector<ScatteringMaps> & maps, double * sums)
{
  const auto nx = static_cast<std::size_t>(m_Grid.GetNx());
  const auto ny = static_cast<std::size_t>(m_Grid.GetNy());
  const double perX = 0.5 * m_Grid.GetNx() / m_Grid.GetLengthXA() / (2.0 * Pi);
  const double perY = 0.5 * m_Grid.GetNy() / m_Grid.GetLengthYA() / (2.0 * Pi);
  bool current = false;
  for (const auto & map : maps)
  {
    current = current || !map.currentX.empty();
  }
  const RowMoments moments = {m_Density.data(), m_Gradient.data(), current ? m_CurrentX.data() : nullptr,
                              current ? m_CurrentY.data() : nullptr};
  // What is summed is smooth: its frequencies are differences of those that the wave is made of, mostly in the
  // aperture, damped by thermal motion. Every second row is enough where rows remain that hold 10 / A.
  constexpr double enoughInvA = 10.0;
  const std::size_t step = ny % 2 == 0 && m_Grid.GetNy() / m_Grid.GetLengthYA() >= 2.0 * enoughInvA ? 2 : 1;
  const double scale = static_cast<double>(step) / static_cast<double>(m_Grid.GetSize());
  for (std::size_t y = 0; y < ny; y += step)
  {
    FindMoments(&m_Wave[(y + ny - 1) % ny * nx], &m_Wave[y * nx], &m_Wave[(y + 1) % ny * nx], nx,
                static_cast<float>(perX), static_cast<float>(perY), moments);
    const auto add = [&](const RealBuffer & of, const RealBuffer & map, double & sum)
    { sum += map.empty() ? 0.0 : scale * static_cast<double>(SumProducts(of.data(), &map[y * nx], nx)); };
    for (std::size_t n = 0; n < maps.size(); ++n)
    {
      add(m_Density, maps[n].density, sums[n]);
      add(m_Gradient, maps[n].gradient, sums[n]);
      add(m_CurrentX, maps[n].currentX, sums[n]);
      add(m_CurrentY, maps[n].currentY, sums[n]);
    }
  }
}
} // namespace ferro
