#ifndef ferroThermalScattering_h
#define ferroThermalScattering_h

#include "ferroProjectedPotential.h"
#include "ferroStemDetector.h"

#include <vector>

namespace ferro
{
/** \class ThermalScattering
 * \brief What thermal motion does to a wave at an atom: how it damps the wave, and how much of it goes to each
 * detector.
 *
 * The atom is displaced along x and y by independent Gaussians of standard deviation u (Einstein's model). With its
 * transmission function t = exp(i sigma v) = 1 + tau and M[...] for the mean over displacements, the coherent wave goes
 * on as M[t] psi. Of what is left, |psi|^2 (1 - |M[t]|^2) at each place, a detector that counts the frequencies D gets
 *
 *     |psi|^2 mu(r),  mu = Re{ M[(P tau) conj(tau)] - (P M[tau]) conj(M[tau]) },  P: only the frequencies in D,
 *
 * when psi is a plane wave along the axis over the size of the atom; with a wave vector k the frequencies in D move by
 * -k. Where it has several, mu is taken to the second order: its slope in k times the current Im(psi^* grad psi) / 2
 * pi, and a quarter of its Laplacian in k times |grad psi|^2 / 4 pi^2. What is scattered is taken to reach the detector
 * without being scattered again. To the second order in sigma v, -ln |M[t]| is sigma times the
 * absorptive potential of C. R. Hall and P. B. Hirsch, Proc. R. Soc. A 286, 158 (1965), and D. M. Bird and Q. A. King,
 * Acta Cryst. A 46, 202 (1990); mu is then the local effective scattering potential of L. J. Allen, A. J. D'Alfonso
 * and S. D. Findlay, Ultramicroscopy 151, 11 (2015). Here all orders are kept, as multislice keeps them.
 */
class FerroscopeTiltSimulation_EXPORT ThermalScattering
{
public:
  using Factors = ProjectedPotential::Factors;

  /** mu of a detector. Functions that are not needed are empty. */
  struct Moments
  {
    Factors density;  ///< mu for a wave along the axis
    Factors gradient; ///< a quarter of its Laplacian in k, Angstrom^2
    Factors currentX; ///< its slope against kx, Angstrom
    Factors currentY; ///< its slope against ky, Angstrom
  };

  /** Of an atom of one element and displacement, for ProjectedPotential to sum. */
  struct AtomTables
  {
    Factors phase;                  ///< of M[t], radians
    Factors damping;                ///< -ln |M[t]|
    std::vector<Moments> detectors; ///< of each detector, and at the end of everything inside the band limit
  };

  /** \param grid samples and area of the waves
   * \param model whose scattering factors
   * \param interactionConstant sigma, rad/(V Angstrom)
   * \param wavelengthA wavelength, Angstrom
   * \param semiAngleMrad of the incident beam: slopes are differences over its rms angle
   * \param detectors as of the simulation
   */
  ThermalScattering(const WaveGrid & grid, ScatteringModel model, double interactionConstant, double wavelengthA,
                    double semiAngleMrad, const std::vector<StemDetector> & detectors);

  /** Throws AnalysisError for an element without parameters.
   *
   * \param atomicNumber element
   * \param rmsA root mean square displacement u along one axis, Angstrom, at least 0
   */
  AtomTables Compute(int atomicNumber, double rmsA) const;

private:
  WaveGrid m_Grid;
  ScatteringModel m_Model;
  double m_InteractionConstant;
  double m_WavelengthA;
  double m_SemiAngleMrad;
  std::vector<StemDetector> m_Detectors;
};
/** What a place of a slice scatters to a detector, for each detector; of nx * ny numbers, x fastest, or empty. */
struct ScatteringMaps
{
  RealBuffer density;
  RealBuffer gradient;
  RealBuffer currentX;
  RealBuffer currentY;
};

/** \class ScatteringSums
 * \brief What thermal motion in a slice scatters out of a wave, to each detector.
 *
 * Not to be shared between threads.
 */
class FerroscopeTiltSimulation_EXPORT ScatteringSums
{
public:
  explicit ScatteringSums(const WaveGrid & grid);

  /** Where the wave in space is to be put, as WavePropagation::Transmit does it: nx * ny numbers. */
  std::complex<float> *
  GetWave()
  {
    return m_Wave.data();
  }
  /** Adds the share of the incident intensity to the sum of each detector.
   *
   * \param maps of the detectors
   * \param sums as many as maps
   */
  void Add(const std::vector<ScatteringMaps> & maps, double * sums);

private:
  WaveGrid m_Grid;
  ComplexBuffer m_Wave;
  RealBuffer m_Density;
  RealBuffer m_Gradient;
  RealBuffer m_CurrentX;
  RealBuffer m_CurrentY;
};
} // namespace ferro

#endif
