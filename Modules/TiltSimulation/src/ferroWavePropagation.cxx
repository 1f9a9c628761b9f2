#include "ferroWavePropagation.h"

#include "ferroWaveKernels.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
// Rows and columns go in groups: eight complex numbers are a line of the cache, and eight rows of 512 stay in it.
constexpr int Group = 8;
constexpr double Pi = 3.14159265358979323846;

std::size_t
AsSize(int number)
{
  return static_cast<std::size_t>(number);
}
} // namespace

ComplexBuffer
MakePropagator(const WaveGrid & grid, double wavelengthA, double distanceA, const BeamTilt & tilt)
{
  ComplexBuffer result(grid.GetSpectrumSize());
  const double tanX = std::tan(1e-3 * tilt.xMrad);
  const double tanY = std::tan(1e-3 * tilt.yMrad);
  for (int c = 0; c < grid.GetColumns(); ++c)
  {
    const double kx = grid.GetKx(c);
    for (int y = 0; y < grid.GetNy(); ++y)
    {
      const double ky = grid.GetKy(y);
      const double weight = grid.GetBandWeight(kx, ky);
      if (weight > 0.0)
      {
        const double phase = -Pi * distanceA * (wavelengthA * (kx * kx + ky * ky) + 2.0 * (kx * tanX + ky * tanY));
        result[AsSize(c) * AsSize(grid.GetPitch()) + AsSize(y)] = std::complex<float>(std::polar(weight, phase));
      }
    }
  }
  return result;
}

WavePropagation::WavePropagation(const WaveGrid & grid)
  : m_Grid(grid), m_RowsForward(grid.GetNx(), Group, static_cast<int>(RowPitch()), FourierDirection::Forward),
    m_RowsInverse(grid.GetNx(), Group, static_cast<int>(RowPitch()), FourierDirection::Inverse),
    m_ColumnsForward(grid.GetNy(), Group, grid.GetPitch(), FourierDirection::Forward),
    m_ColumnsInverse(grid.GetNy(), Group, grid.GetPitch(), FourierDirection::Inverse)
{
}

ComplexBuffer
WavePropagation::MakeRows() const
{
  return ComplexBuffer(Group * this->RowPitch());
}

void
WavePropagation::SpectrumToMixed(ComplexBuffer & wave) const
{
  for (int c = 0; c < m_Grid.GetStoredColumns(); c += Group)
  {
    m_ColumnsInverse.Execute(wave.data() + AsSize(c) * AsSize(m_Grid.GetPitch()));
  }
}

void
WavePropagation::MixedToSpectrum(ComplexBuffer & wave) const
{
  const float scale = 1.0f / static_cast<float>(m_Grid.GetNy());
  for (int c = 0; c < m_Grid.GetStoredColumns(); c += Group)
  {
    m_ColumnsForward.Execute(wave.data() + AsSize(c) * AsSize(m_Grid.GetPitch()));
  }
  for (auto & number : wave)
  {
    number *= scale;
  }
}

void
WavePropagation::LoadRows(const ComplexBuffer & wave, int firstRow, ComplexBuffer & rows) const
{
  const int gapBegin = m_Grid.GetLastColumn() + 1;
  const int gapEnd = m_Grid.GetNx() - m_Grid.GetLastColumn();
  GatherRows(wave.data() + firstRow, AsSize(m_Grid.GetPitch()), m_Grid.GetColumns(), m_Grid.GetLastColumn(),
             m_Grid.GetNx(), rows.data(), this->RowPitch());
  for (int r = 0; r < Group; ++r)
  {
    auto * row = rows.data() + AsSize(r) * this->RowPitch();
    std::fill(row + gapBegin, row + gapEnd, std::complex<float>());
  }
}

void
WavePropagation::StoreRows(ComplexBuffer & wave, int firstRow, const ComplexBuffer & rows) const
{
  ScatterRows(rows.data(), this->RowPitch(), m_Grid.GetColumns(), m_Grid.GetLastColumn(), m_Grid.GetNx(),
              wave.data() + firstRow, AsSize(m_Grid.GetPitch()));
}

void
WavePropagation::Transmit(ComplexBuffer & wave, const std::complex<float> * transmission, ComplexBuffer & rows,
                          int shiftX, int shiftY, std::complex<float> * space) const
{
  const int nx = m_Grid.GetNx();
  const int ny = m_Grid.GetNy();
  for (int y0 = 0; y0 < ny; y0 += Group)
  {
    this->LoadRows(wave, y0, rows);
    m_RowsInverse.Execute(rows.data());
    for (int r = 0; r < std::min(Group, ny - y0); ++r)
    {
      const int y = y0 + r - shiftY;
      auto * row = rows.data() + AsSize(r) * this->RowPitch();
      if (space)
      {
        std::copy(row, row + nx, space + AsSize(y0 + r) * AsSize(nx));
      }
      const auto * factors = transmission + AsSize(y < 0 ? y + ny : y) * AsSize(nx);
      MultiplyComplex(row, factors + nx - shiftX, AsSize(shiftX));
      MultiplyComplex(row + shiftX, factors, AsSize(nx - shiftX));
    }
    m_RowsForward.Execute(rows.data());
    this->StoreRows(wave, y0, rows);
  }
}

void
WavePropagation::Propagate(ComplexBuffer & wave, const ComplexBuffer & propagator, const SpectrumRegions * regions,
                           double * sums) const
{
  const auto pitch = AsSize(m_Grid.GetPitch());
  const float scale = 1.0f / static_cast<float>(m_Grid.GetSize());
  // Inside the band limit lie the first and the last rows.
  const auto head = AsSize(std::min(m_Grid.GetLastRow() + 1, m_Grid.GetNy()));
  const auto tail = std::max(head, AsSize(m_Grid.GetNy() - m_Grid.GetLastRow()));
  const auto end = AsSize(m_Grid.GetNy());
  for (int c = 0; c < m_Grid.GetStoredColumns(); c += Group)
  {
    auto * group = wave.data() + AsSize(c) * pitch;
    m_ColumnsForward.Execute(group);
    for (int n = 0; n < Group; ++n)
    {
      auto * column = group + AsSize(n) * pitch;
      const auto * factors = propagator.data() + AsSize(c + n) * pitch;
      MultiplyComplexScaled(column, factors, scale, head);
      std::fill(column + head, column + tail, std::complex<float>());
      MultiplyComplexScaled(column + tail, factors + tail, scale, end - tail);
      if (regions)
      {
        const auto * region = regions->region.data() + AsSize(c + n) * pitch;
        for (std::size_t y = 0; y < end; ++y)
        {
          if (region[y] != SpectrumRegions::NoRegion)
          {
            sums[region[y]] += static_cast<double>(std::norm(column[y]));
          }
        }
      }
    }
    m_ColumnsInverse.Execute(group);
  }
}

void
WavePropagation::MixedToSpace(const ComplexBuffer & wave, std::complex<float> * space, ComplexBuffer & rows) const
{
  for (int y0 = 0; y0 < m_Grid.GetNy(); y0 += Group)
  {
    this->LoadRows(wave, y0, rows);
    m_RowsInverse.Execute(rows.data());
    for (int r = 0; r < std::min(Group, m_Grid.GetNy() - y0); ++r)
    {
      const auto * row = rows.data() + AsSize(r) * this->RowPitch();
      std::copy(row, row + m_Grid.GetNx(), space + AsSize(y0 + r) * AsSize(m_Grid.GetNx()));
    }
  }
}

void
WavePropagation::SpaceToSpectrum(const std::complex<float> * space, ComplexBuffer & wave, ComplexBuffer & rows) const
{
  for (int y0 = 0; y0 < m_Grid.GetNy(); y0 += Group)
  {
    std::fill(rows.begin(), rows.end(), std::complex<float>());
    for (int r = 0; r < std::min(Group, m_Grid.GetNy() - y0); ++r)
    {
      const auto * row = space + AsSize(y0 + r) * AsSize(m_Grid.GetNx());
      std::copy(row, row + m_Grid.GetNx(), rows.data() + AsSize(r) * this->RowPitch());
    }
    m_RowsForward.Execute(rows.data());
    this->StoreRows(wave, y0, rows);
  }
  for (int c = 0; c < m_Grid.GetStoredColumns(); c += Group)
  {
    m_ColumnsForward.Execute(wave.data() + AsSize(c) * AsSize(m_Grid.GetPitch()));
  }
}
} // namespace ferro
