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
 * transmission function t = exp(i sigma v) = 1 + tau and < > for the mean over displacements, the coherent wave goes on
 * as <t> psi. Of what is left, |psi|^2 (1 - |<t>|^2) at each place, a detector that counts the frequencies D gets
 *
 *     |psi|^2 mu(r),  mu = Re{ <(P tau) conj(tau)> - (P <tau>) conj(<tau>) },  P: only the frequencies in D,
 *
 * where psi is taken as a plane wave over the size of the atom (local approximation), and what is scattered is taken
 * to reach the detector without being scattered again. To the second order in sigma v, -ln |<t>| is sigma times the
 * absorptive potential of C. R. Hall and P. B. Hirsch, Proc. R. Soc. A 286, 158 (1965), and D. M. Bird and Q. A. King,
 * Acta Cryst. A 46, 202 (1990); mu is then the local effective scattering potential of L. J. Allen, A. J. D'Alfonso
 * and S. D. Findlay, Ultramicroscopy 151, 11 (2015). Here all orders are kept, as multislice keeps them.
 */
class FerroscopeTiltSimulation_EXPORT ThermalScattering
{
public:
  using Factors = ProjectedPotential::Factors;

  /** Of an atom of one element and displacement, for ProjectedPotential to sum. */
  struct AtomTables
  {
    Factors phase;                  ///< of <t>, radians
    Factors damping;                ///< -ln |<t>|
    std::vector<Factors> detectors; ///< mu of each detector, and at the end of everything inside the band limit
  };

  /** \param grid samples and area of the waves
   * \param model whose scattering factors
   * \param interactionConstant sigma, rad/(V Angstrom)
   * \param wavelengthA wavelength, Angstrom
   * \param beamTilt direction of the incident beam; detectors stay on the axis
   * \param detectors as of the simulation
   */
  ThermalScattering(const WaveGrid & grid, ScatteringModel model, double interactionConstant, double wavelengthA,
                    const BeamTilt & beamTilt, const std::vector<StemDetector> & detectors);

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
  BeamTilt m_BeamTilt;
  std::vector<StemDetector> m_Detectors;
};
} // namespace ferro

#endif
