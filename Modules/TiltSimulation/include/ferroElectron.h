#ifndef ferroElectron_h
#define ferroElectron_h

#include "FerroscopeTiltSimulationExport.h"

namespace ferro
{
/** Relativistic wavelength of an electron, lambda = h c / sqrt(eU (2 m c^2 + eU)), Angstrom.
 *
 * E. J. Kirkland, Advanced Computing in Electron Microscopy, 2nd ed. (2010), eq. 2.5.
 * \param voltageKv accelerating voltage U, kV, above 0
 */
FerroscopeTiltSimulation_EXPORT double GetWavelengthA(double voltageKv);

/** Interaction constant sigma = 2 pi gamma m e lambda / h^2, rad/(V Angstrom): a projected potential V in V Angstrom
 * turns the phase by sigma V. Kirkland (2010), eq. 5.6.
 *
 * \param voltageKv accelerating voltage, kV, above 0
 */
FerroscopeTiltSimulation_EXPORT double GetInteractionConstant(double voltageKv);

/** h^2 / (2 pi m e) in V Angstrom^2: what a scattering factor in Angstrom (first Born approximation, rest mass) is
 * multiplied with to become the Fourier transform of a potential. */
FerroscopeTiltSimulation_EXPORT double GetScatteringFactorToPotential();

/** Bohr radius, Angstrom (CODATA 2014). */
constexpr double BohrRadiusA = 0.52917721067;
} // namespace ferro

#endif
