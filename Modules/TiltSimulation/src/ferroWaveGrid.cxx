#include "ferroWaveGrid.h"

#include "ferroErrors.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace ferro
{
WaveGrid::WaveGrid(int nx, int ny, double lengthXA, double lengthYA)
  : m_Nx(nx), m_Ny(ny), m_LengthXA(lengthXA), m_LengthYA(lengthYA)
{
  constexpr int smallest = 8;
  constexpr int largest = 65536;
  if (std::min(nx, ny) < smallest || std::max(nx, ny) > largest)
  {
    throw UsageError("grid: " + std::to_string(nx) + " x " + std::to_string(ny) + " samples, expected " +
                     std::to_string(smallest) + " to " + std::to_string(largest) + " along each axis");
  }
  if (!(lengthXA > 0.0 && lengthYA > 0.0 && std::isfinite(lengthXA) && std::isfinite(lengthYA)))
  {
    throw UsageError("grid: an area of " + std::to_string(lengthXA) + " x " + std::to_string(lengthYA) +
                     " A, expected lengths above 0");
  }
  const double sampling = std::max(lengthXA / nx, lengthYA / ny);
  m_BandLimit = (2.0 / 3.0) / (2.0 * sampling);
  m_TaperWidth = 0.01 / sampling;
  m_LastColumn = static_cast<int>(std::floor(m_BandLimit * lengthXA));
  m_LastRow = static_cast<int>(std::floor(m_BandLimit * lengthYA));
}

double
WaveGrid::GetBandWeight(double kx, double ky) const
{
  const double k = std::hypot(kx, ky);
  if (k > m_BandLimit)
  {
    return 0.0;
  }
  const double inside = m_BandLimit - m_TaperWidth;
  return k <= inside ? 1.0 : 0.5 * (1.0 + std::cos(3.14159265358979323846 * (k - inside) / m_TaperWidth));
}
} // namespace ferro
