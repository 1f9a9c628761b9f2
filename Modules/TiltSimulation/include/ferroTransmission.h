#ifndef ferroTransmission_h
#define ferroTransmission_h

#include "ferroProjectedPotential.h"
#include "ferroWavePropagation.h"

namespace ferro
{
/** Sorts the atoms of a structure into slices of equal thickness along z: slice floor(z / dz), atoms before the first
 * or beyond the last slice going to these.
 *
 * \param structure a structure that a simulation takes (see CheckForSimulation)
 * \param count number of slices, at least 1
 */
FerroscopeTiltSimulation_EXPORT std::vector<std::vector<StructureAtom>> SliceAtoms(const CrystalStructure & structure,
                                                                                   int count);

/** The transmission function of a slice, exp(i sigma V), cut at the band limit: nx * ny numbers, x fastest.
 *
 * Kirkland (2010), eq. 6.64 and ch. 6.8.
 * \param propagation for its transforms and grid
 * \param potential knows the scattering factors
 * \param atoms the atoms of the slice
 * \param interactionConstant sigma, rad/(V Angstrom)
 */
FerroscopeTiltSimulation_EXPORT ComplexBuffer MakeTransmission(const WavePropagation & propagation,
                                                               const ProjectedPotential & potential,
                                                               const std::vector<StructureAtom> & atoms,
                                                               double interactionConstant);

/** The mean transmission function of a slice whose atoms move, cut at the band limit: exp(i phase - damping).
 *
 * \param propagation for its transforms and grid
 * \param phase sums the phases of ThermalScattering
 * \param damping sums its dampings
 * \param atoms the atoms of the slice
 */
FerroscopeTiltSimulation_EXPORT ComplexBuffer MakeMeanTransmission(const WavePropagation & propagation,
                                                                   const ProjectedPotential & phase,
                                                                   const ProjectedPotential & damping,
                                                                   const std::vector<StructureAtom> & atoms);
} // namespace ferro

#endif
