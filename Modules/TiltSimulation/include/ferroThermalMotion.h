#ifndef ferroThermalMotion_h
#define ferroThermalMotion_h

#include "ferroCrystalStructure.h"

#include <cstdint>
#include <string>

namespace ferro
{
/** How the thermal motion of the atoms enters. */
enum class ThermalMotion
{
  /** Atoms stay where the structure has them. */
  Still,
  /** Each configuration displaces every atom along x, y and z, independently, by a Gaussian; intensities are averaged
   * over configurations (R. F. Loane, P. Xu, J. Silcox, Acta Cryst. A 47, 267 (1991)). */
  FrozenPhonon,
  /** Slices of one cell are made in several displaced variants; each slice of each configuration draws
   * a variant and shifts it by whole cells (B. D. Forbes et al., Phys. Rev. B 82, 104103 (2010)). */
  QuantumExcitation,
  /** One pass through potentials damped by the Debye-Waller factor: elastic scattering alone, quick, too dark at high
   * angles. */
  Damped,
  /** One pass through thermally averaged transmission functions, and what thermal motion scatters into the detectors
   * added as a local probability (see ThermalScattering). */
  Absorptive
};

/** "still", "frozen-phonon", "qep", "damped", "absorptive". */
FerroscopeTiltSimulation_EXPORT std::string ToString(ThermalMotion motion);

/** Displaces every atom along x and y by Gaussian random numbers of its displacementRmsA each. Where along z an atom
 * sits within its slice does not matter, and so it stays in its slice. The same seed and stream give the same
 * displacements everywhere; atoms are taken in their order. Throws AnalysisError for an atom without a displacement.
 *
 * \param structure atoms to be displaced
 * \param seed of the random numbers
 * \param stream number of the configuration
 */
FerroscopeTiltSimulation_EXPORT void DisplaceAtoms(CrystalStructure & structure, std::uint64_t seed,
                                                   std::uint64_t stream);
} // namespace ferro

#endif
