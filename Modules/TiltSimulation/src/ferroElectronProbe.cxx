#include "ferroElectronProbe.h"

#include "ferroElectron.h"
#include "ferroErrors.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace ferro
{
namespace
{
constexpr double Pi = 3.14159265358979323846;

double
GetAberrationPhase(const ProbeParameters & p, double wavelengthA, double alpha, double phi)
{
  const double a2 = alpha * alpha;
  return 2.0 * Pi / wavelengthA *
         (a2 / 2.0 * (p.c10A + p.c12A * std::cos(2.0 * (phi - p.phi12Rad))) +
          a2 * alpha / 3.0 * (p.c21A * std::cos(phi - p.phi21Rad) + p.c23A * std::cos(3.0 * (phi - p.phi23Rad))) +
          a2 * a2 / 4.0 * p.c30A + a2 * a2 * a2 / 6.0 * p.c50A);
}
} // namespace

ComplexBuffer
MakeProbe(const WaveGrid & grid, const ProbeParameters & parameters)
{
  const double wavelengthA = GetWavelengthA(parameters.voltageKv);
  const double radius = 1e-3 * parameters.semiAngleMrad / wavelengthA;
  const double centreX = std::tan(1e-3 * parameters.beamTilt.xMrad) / wavelengthA;
  const double centreY = std::tan(1e-3 * parameters.beamTilt.yMrad) / wavelengthA;
  if (!(radius > 0.0) || radius + std::hypot(centreX, centreY) >= grid.GetBandLimit())
  {
    throw UsageError("semi-convergence angle: " + std::to_string(parameters.semiAngleMrad) +
                     " mrad, expected above 0 and, with the beam tilt, below the band limit of the grid at " +
                     std::to_string(1e3 * grid.GetBandLimit() * wavelengthA) + " mrad");
  }
  ComplexBuffer probe(grid.GetSpectrumSize());
  double sum = 0.0;
  for (int c = 0; c < grid.GetColumns(); ++c)
  {
    for (int y = 0; y < grid.GetNy(); ++y)
    {
      const double kx = grid.GetKx(c) - centreX;
      const double ky = grid.GetKy(y) - centreY;
      const double k = std::hypot(kx, ky);
      double weight = k < radius ? 1.0 : 0.0;
      if (parameters.softAperture)
      {
        const double step =
          k > 0.0 ? std::hypot(kx / k / grid.GetLengthXA(), ky / k / grid.GetLengthYA()) : 1.0 / grid.GetLengthXA();
        weight = std::clamp((radius - k) / step + 0.5, 0.0, 1.0);
      }
      if (weight > 0.0)
      {
        const double chi = GetAberrationPhase(parameters, wavelengthA, wavelengthA * k, std::atan2(-ky, kx));
        probe[static_cast<std::size_t>(c) * static_cast<std::size_t>(grid.GetPitch()) + static_cast<std::size_t>(y)] =
          std::complex<float>(std::polar(weight, -chi));
        sum += weight * weight;
      }
    }
  }
  if (!(sum > 0.0))
  {
    throw UsageError("semi-convergence angle: " + std::to_string(parameters.semiAngleMrad) +
                     " mrad, no sample of the spectrum lies in the aperture");
  }
  const auto scale = static_cast<float>(1.0 / std::sqrt(sum));
  for (auto & number : probe)
  {
    number *= scale;
  }
  return probe;
}

ComplexBuffer
MoveProbe(const WaveGrid & grid, const ComplexBuffer & probe, const Eigen::Vector2d & positionA)
{
  ComplexBuffer result(probe.size());
  for (int c = 0; c < grid.GetColumns(); ++c)
  {
    const auto begin = static_cast<std::size_t>(c) * static_cast<std::size_t>(grid.GetPitch());
    for (int y = 0; y < grid.GetNy(); ++y)
    {
      const auto & number = probe[begin + static_cast<std::size_t>(y)];
      if (number != std::complex<float>())
      {
        const double phase = -2.0 * Pi * (grid.GetKx(c) * positionA.x() + grid.GetKy(y) * positionA.y());
        result[begin + static_cast<std::size_t>(y)] = number * std::complex<float>(std::polar(1.0, phase));
      }
    }
  }
  return result;
}
} // namespace ferro
