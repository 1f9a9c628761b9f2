#include "ferroPrism.h"

#include "ferroWaveKernels.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr double Pi = 3.14159265358979323846;

int
Wrap(int number, int period)
{
  const int rest = number % period;
  return rest < 0 ? rest + period : rest;
}
} // namespace

PrismBeams::PrismBeams(const WaveGrid & grid, const WaveGrid & window, const ProbeParameters & probe, int interpolation)
  : m_Grid(grid), m_Window(window)
{
  const auto aperture = MakeProbe(window, probe);
  for (int c = 0; c < window.GetColumns(); ++c)
  {
    const int kx = (c <= window.GetLastColumn() ? c : c - window.GetColumns()) * interpolation;
    for (int y = 0; y < window.GetNy(); ++y)
    {
      const auto amplitude = aperture[static_cast<std::size_t>(c) * static_cast<std::size_t>(window.GetPitch()) +
                                      static_cast<std::size_t>(y)];
      if (amplitude != std::complex<float>())
      {
        const int ky = (2 * y < window.GetNy() ? y : y - window.GetNy()) * interpolation;
        m_Beams.push_back({kx >= 0 ? kx : grid.GetColumns() + kx, Wrap(ky, grid.GetNy()), kx / grid.GetLengthXA(),
                           ky / grid.GetLengthYA(), amplitude});
      }
    }
  }
}

ComplexBuffer
PrismBeams::MakeBeam(std::size_t beam) const
{
  ComplexBuffer wave(m_Grid.GetSpectrumSize());
  const auto & b = m_Beams[beam];
  wave[static_cast<std::size_t>(b.column) * static_cast<std::size_t>(m_Grid.GetPitch()) +
       static_cast<std::size_t>(b.row)] = 1.0f;
  return wave;
}

void
PrismBeams::SumProbe(const std::vector<ComplexBuffer> & exits, const Eigen::Vector2d & positionA,
                     const WavePropagation & transform, ComplexBuffer & space, ComplexBuffer & wave,
                     ComplexBuffer & rows) const
{
  const int nx = m_Grid.GetNx();
  const int wx = m_Window.GetNx();
  const int wy = m_Window.GetNy();
  // The window begins at a whole sample and is as centred as it can be.
  const int x0 = Wrap(static_cast<int>(std::lround(positionA.x() / m_Grid.GetLengthXA() * nx)) - wx / 2, nx);
  const int y0 = static_cast<int>(std::lround(positionA.y() / m_Grid.GetLengthYA() * m_Grid.GetNy())) - wy / 2;
  const auto head = static_cast<std::size_t>(std::min(wx, nx - x0));
  const auto width = static_cast<std::size_t>(wx);
  std::fill(space.begin(), space.end(), std::complex<float>());
  for (std::size_t b = 0; b < m_Beams.size(); ++b)
  {
    const auto & beam = m_Beams[b];
    const double phase = -2.0 * Pi * (beam.kx * positionA.x() + beam.ky * positionA.y());
    const auto factor = beam.amplitude * std::complex<float>(std::polar(1.0, phase));
    for (int y = 0; y < wy; ++y)
    {
      const auto * from =
        exits[b].data() + static_cast<std::size_t>(Wrap(y0 + y, m_Grid.GetNy())) * static_cast<std::size_t>(nx);
      auto * to = space.data() + static_cast<std::size_t>(y) * width;
      AddScaled(to, from + x0, factor, head);
      AddScaled(to + head, from, factor, width - head);
    }
  }
  transform.SpaceToSpectrum(space.data(), wave, rows);
}
} // namespace ferro
