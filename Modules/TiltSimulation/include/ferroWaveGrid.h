#ifndef ferroWaveGrid_h
#define ferroWaveGrid_h

#include "FerroscopeTiltSimulationExport.h"

#include <cstddef>

namespace ferro
{
/** \class WaveGrid
 * \brief The grid of a wave: nx x ny samples of a periodic area, and the part of its spectrum inside the band limit.
 *
 * Sample (x, y) lies at (x lengthXA / nx, y lengthYA / ny); in memory x varies fastest. The product of a wave and a
 * transmission function reaches twice as far in frequency; cutting both at 2/3 of the largest frequency keeps
 * what is folded back out of the part that is kept (Kirkland (2010), ch. 6.8).
 *
 * A *spectrum* holds columns of one kx each, GetPitch() complex numbers apart, ky varying fastest; only columns with
 * |kx| inside the band limit exist: first kx = 0, 1, ..., then -m, ..., -1 (in units of 1 / lengthXA), then columns of
 * zeros up to a multiple of eight.
 */
class FerroscopeTiltSimulation_EXPORT WaveGrid
{
public:
  /** Throws UsageError when a number of samples is below 8 or above 65536, or a length is not above 0.
   *
   * \param nx samples along x
   * \param ny samples along y
   * \param lengthXA length of the area along x, Angstrom
   * \param lengthYA length of the area along y, Angstrom
   */
  WaveGrid(int nx, int ny, double lengthXA, double lengthYA);

  int
  GetNx() const
  {
    return m_Nx;
  }
  int
  GetNy() const
  {
    return m_Ny;
  }
  double
  GetLengthXA() const
  {
    return m_LengthXA;
  }
  double
  GetLengthYA() const
  {
    return m_LengthYA;
  }
  /** Number of samples. */
  std::size_t
  GetSize() const
  {
    return static_cast<std::size_t>(m_Nx) * static_cast<std::size_t>(m_Ny);
  }
  /** The frequency beyond which nothing is kept: 2/3 of the largest one of the coarser axis, 1/Angstrom. */
  double
  GetBandLimit() const
  {
    return m_BandLimit;
  }
  /** Weight of a frequency (1/Angstrom) at the band limit: 1 inside, 0 outside, a cosine over a hundredth of the
   * sampling frequency before it. */
  double GetBandWeight(double kx, double ky) const;

  /** The largest kx inside the band limit, in units of 1 / lengthXA. */
  int
  GetLastColumn() const
  {
    return m_LastColumn;
  }
  /** The largest ky inside the band limit, in units of 1 / lengthYA. */
  int
  GetLastRow() const
  {
    return m_LastRow;
  }
  /** Columns inside the band limit. */
  int
  GetColumns() const
  {
    return 2 * m_LastColumn + 1;
  }
  /** The same and the columns of zeros after them, a multiple of eight. */
  int
  GetStoredColumns() const
  {
    return (this->GetColumns() + 7) / 8 * 8;
  }
  /** Complex numbers from one column to the next: ny rounded up, plus eight against cache conflicts. */
  int
  GetPitch() const
  {
    return (m_Ny + 7) / 8 * 8 + 8;
  }
  /** Complex numbers in a spectrum. */
  std::size_t
  GetSpectrumSize() const
  {
    return static_cast<std::size_t>(this->GetStoredColumns()) * static_cast<std::size_t>(this->GetPitch());
  }
  /** Place of a column in a row of nx frequencies. */
  int
  GetFrequencyIndex(int column) const
  {
    return column <= m_LastColumn ? column : m_Nx - this->GetColumns() + column;
  }
  /** kx of a column of the spectrum, 1/Angstrom. */
  double
  GetKx(int column) const
  {
    return (column <= m_LastColumn ? column : column - this->GetColumns()) / m_LengthXA;
  }
  /** ky of a row of the spectrum, 1/Angstrom. */
  double
  GetKy(int row) const
  {
    return (2 * row < m_Ny ? row : row - m_Ny) / m_LengthYA;
  }

private:
  int m_Nx;
  int m_Ny;
  double m_LengthXA;
  double m_LengthYA;
  double m_BandLimit;
  double m_TaperWidth;
  int m_LastColumn;
  int m_LastRow;
};
} // namespace ferro

#endif
