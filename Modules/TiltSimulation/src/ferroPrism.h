#ifndef ferroPrism_h
#define ferroPrism_h

#include "ferroStemSimulation.h"
#include "ferroWavePropagation.h"

namespace ferro
{
/** \class PrismBeams
 * \brief Scattered plane waves of the aperture, and probes as sums of them (C. Ophus, Adv. Struct. Chem. Imaging 3, 13
 * (2017)).
 *
 * With interpolation f every f-th plane wave along each axis is propagated, and a probe is summed within a window of
 * 1/f of the cell around its position, where it would otherwise repeat.
 */
class PrismBeams
{
public:
  /** \param window grid of the window: 1/f of the samples and of the lengths of the wave's grid */
  PrismBeams(const WaveGrid & grid, const WaveGrid & window, const ProbeParameters & probe, int interpolation);

  std::size_t
  GetCount() const
  {
    return m_Beams.size();
  }
  /** The spectrum of a plane wave, of intensity 1. \param beam below GetCount() */
  ComplexBuffer MakeBeam(std::size_t beam) const;

  /** The spectrum of a probe's exit wave in the window, times the number of samples in the window.
   *
   * \param exits exit waves of all beams in space
   * \param positionA of the probe
   * \param transform for the window
   * \param space memory, as many numbers as the window has samples
   * \param wave memory for the result
   * \param rows memory, from the transform
   */
  void SumProbe(const std::vector<ComplexBuffer> & exits, const Eigen::Vector2d & positionA,
                const WavePropagation & transform, ComplexBuffer & space, ComplexBuffer & wave,
                ComplexBuffer & rows) const;

private:
  struct Beam
  {
    int column; ///< of the wave's spectrum
    int row;
    double kx;
    double ky;
    std::complex<float> amplitude;
  };
  WaveGrid m_Grid;
  WaveGrid m_Window;
  std::vector<Beam> m_Beams;
};
} // namespace ferro

#endif
