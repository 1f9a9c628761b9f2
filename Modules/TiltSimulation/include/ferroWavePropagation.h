#ifndef ferroWavePropagation_h
#define ferroWavePropagation_h

#include "ferroFourierTransform.h"
#include "ferroWaveGrid.h"

#include <cstdint>

namespace ferro
{
/** A direction: tangents of the angles to the beam along x and y. */
struct BeamTilt
{
  double xMrad = 0.0;
  double yMrad = 0.0;
};

/** Free propagation over a distance in a tilted specimen, as factors of a spectrum.
 *
 * P(k) = B(k) exp(-i pi lambda dz k^2) exp(-2 pi i dz (kx tan tx + ky tan ty)), B being the band limit: Kirkland
 * (2010), eq. 6.65 and 6.97. With tx > 0 the columns of the specimen lean to -x with depth: the specimen is turned
 * clockwise about y as seen against the y axis. \param grid the grid of the wave \param wavelengthA wavelength,
 * Angstrom \param distanceA distance dz, Angstrom \param tilt tilt of the specimen
 */
FerroscopeTiltSimulation_EXPORT ComplexBuffer MakePropagator(const WaveGrid & grid, double wavelengthA,
                                                             double distanceA, const BeamTilt & tilt);

/** Sums of the intensity of a spectrum over regions: region[n] is the number of the region that the number n of the
 * spectrum belongs to, NoRegion for none. */
struct SpectrumRegions
{
  static constexpr std::uint16_t NoRegion = 0xffff;
  std::vector<std::uint16_t> region; ///< as long as a spectrum
  int count = 0;                     ///< number of regions
};

/** \class WavePropagation
 * \brief Takes a wave through slices: multiplication in space, propagation in frequency, and little beyond the
 * transforms.
 *
 * A wave on its way is *mixed*: laid out as a spectrum (see WaveGrid), transformed to frequencies along x only. One
 * slice takes one pass over the rows (to space, times the transmission function, to frequencies) and one over the
 * columns (to frequencies, times the propagator, back): the empty columns outside the band limit are never transformed,
 * and every number is fetched twice per slice. One object serves all threads; each thread brings its own wave and rows.
 */
class FerroscopeTiltSimulation_EXPORT WavePropagation
{
public:
  explicit WavePropagation(const WaveGrid & grid);

  const WaveGrid &
  GetGrid() const
  {
    return m_Grid;
  }
  /** Memory for eight rows, which the passes over rows need. */
  ComplexBuffer MakeRows() const;

  /** A spectrum becomes mixed. \param wave as long as a spectrum */
  void SpectrumToMixed(ComplexBuffer & wave) const;

  /** Multiplies with a transmission function in space.
   *
   * \param wave a mixed wave; the result is nx times what it should be and wants its columns transformed
   * \param transmission nx * ny numbers, x fastest
   * \param rows from MakeRows
   * \param shiftX cyclic shift of the transmission function to the right, samples, 0 to nx - 1
   * \param shiftY the same downwards, 0 to ny - 1
   * \param space where the wave in space, before the multiplication, is copied to: nx * ny numbers; may be null
   */
  void Transmit(ComplexBuffer & wave, const std::complex<float> * transmission, ComplexBuffer & rows, int shiftX = 0,
                int shiftY = 0, std::complex<float> * space = nullptr) const;

  /** Propagates what Transmit left, and divides by nx ny, the scale that it has grown.
   *
   * \param wave what Transmit left; a mixed wave afterwards
   * \param propagator from MakePropagator
   * \param regions where to sum the intensity after propagation; may be null
   * \param sums sums of the intensity, one for each region, are added here
   */
  void Propagate(ComplexBuffer & wave, const ComplexBuffer & propagator, const SpectrumRegions * regions = nullptr,
                 double * sums = nullptr) const;

  /** A mixed wave becomes a spectrum. \param wave as long as a spectrum */
  void MixedToSpectrum(ComplexBuffer & wave) const;

  /** The values in space of a mixed wave.
   *
   * \param wave a mixed wave
   * \param space nx * ny numbers, x fastest
   * \param rows from MakeRows
   */
  void MixedToSpace(const ComplexBuffer & wave, std::complex<float> * space, ComplexBuffer & rows) const;

  /** The spectrum of nx * ny numbers inside the band limit, times nx ny. \sa MixedToSpace for the parameters */
  void SpaceToSpectrum(const std::complex<float> * space, ComplexBuffer & wave, ComplexBuffer & rows) const;

private:
  std::size_t
  RowPitch() const
  {
    return static_cast<std::size_t>((m_Grid.GetNx() + 7) / 8 * 8 + 8);
  }
  void LoadRows(const ComplexBuffer & wave, int firstRow, ComplexBuffer & rows) const;
  void StoreRows(ComplexBuffer & wave, int firstRow, const ComplexBuffer & rows) const;

  WaveGrid m_Grid;
  FourierBatch m_RowsForward;
  FourierBatch m_RowsInverse;
  FourierBatch m_ColumnsForward;
  FourierBatch m_ColumnsInverse;
};
} // namespace ferro

#endif
