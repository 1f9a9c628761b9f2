#ifndef ferroPlaneTransform_h
#define ferroPlaneTransform_h

#include "ferroFourierTransform.h"

#include <algorithm>

namespace ferro
{
/** \class PlaneTransform
 * \brief Two-dimensional Fourier transforms of whole planes, x fastest, in place, not normalised.
 */
class PlaneTransform
{
public:
  PlaneTransform(int nx, int ny, FourierDirection direction)
    : m_Nx(static_cast<std::size_t>(nx)), m_Ny(static_cast<std::size_t>(ny)), m_Row(nx, 1, nx, direction),
      m_Columns(ny, Group, ny + Padding, direction)
  {
  }

  void
  Execute(ComplexBuffer & plane) const
  {
    // A row need not begin where FourierBatch wants its data: each goes through a buffer.
    ComplexBuffer row(m_Nx);
    for (std::size_t y = 0; y < m_Ny; ++y)
    {
      std::copy_n(&plane[y * m_Nx], m_Nx, row.begin());
      m_Row.Execute(row.data());
      std::copy_n(row.begin(), m_Nx, &plane[y * m_Nx]);
    }
    ComplexBuffer columns(Group * (m_Ny + Padding));
    for (std::size_t x = 0; x < m_Nx; x += Group)
    {
      const auto count = std::min<std::size_t>(Group, m_Nx - x);
      for (std::size_t y = 0; y < m_Ny; ++y)
      {
        for (std::size_t n = 0; n < count; ++n)
        {
          columns[n * (m_Ny + Padding) + y] = plane[y * m_Nx + x + n];
        }
      }
      m_Columns.Execute(columns.data());
      for (std::size_t y = 0; y < m_Ny; ++y)
      {
        for (std::size_t n = 0; n < count; ++n)
        {
          plane[y * m_Nx + x + n] = columns[n * (m_Ny + Padding) + y];
        }
      }
    }
  }

private:
  // Columns that go together: a line of the cache; apart by a little more than a power of two.
  static constexpr int Group = 8;
  static constexpr int Padding = 8;

  std::size_t m_Nx;
  std::size_t m_Ny;
  FourierBatch m_Row;
  FourierBatch m_Columns;
};
} // namespace ferro

#endif
