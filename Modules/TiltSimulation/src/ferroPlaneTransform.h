#ifndef ferroPlaneTransform_h
#define ferroPlaneTransform_h

#include "ferroFourierTransform.h"

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
      m_Column(ny, 1, ny, direction)
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
    ComplexBuffer column(m_Ny);
    for (std::size_t x = 0; x < m_Nx; ++x)
    {
      for (std::size_t y = 0; y < m_Ny; ++y)
      {
        column[y] = plane[y * m_Nx + x];
      }
      m_Column.Execute(column.data());
      for (std::size_t y = 0; y < m_Ny; ++y)
      {
        plane[y * m_Nx + x] = column[y];
      }
    }
  }

private:
  std::size_t m_Nx;
  std::size_t m_Ny;
  FourierBatch m_Row;
  FourierBatch m_Column;
};
} // namespace ferro

#endif
