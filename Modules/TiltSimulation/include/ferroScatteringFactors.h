#ifndef ferroScatteringFactors_h
#define ferroScatteringFactors_h

#include "FerroscopeTiltSimulationExport.h"

#include <string>

namespace ferro
{
/** Whose fit to the electron scattering factors of free atoms is used. */
enum class ScatteringModel
{
  /** E. J. Kirkland, Advanced Computing in Electron Microscopy, 2nd ed. (2010), app. C:
   * f = sum a / (q^2 + b) + sum c exp(-d q^2), three terms each. */
  Kirkland,
  /** I. Lobato and D. Van Dyck, Acta Cryst. A 70, 636 (2014): f = sum a (2 + b q^2) / (1 + b q^2)^2, five terms. */
  Lobato
};

/** "kirkland" or "lobato". */
FerroscopeTiltSimulation_EXPORT std::string ToString(ScatteringModel model);

/** Whether the model has this element.
 *
 * \param model whose numbers
 * \param atomicNumber any number
 */
FerroscopeTiltSimulation_EXPORT bool HasElement(ScatteringModel model, int atomicNumber);

/** Electron scattering factor of a neutral free atom at rest, Angstrom. Throws AnalysisError for an element that the
 * model lacks.
 *
 * \param model whose numbers
 * \param atomicNumber 1 to LargestAtomicNumber
 * \param qInvA length of the scattering vector, |k| = 2 sin(theta) / lambda, 1/Angstrom
 */
FerroscopeTiltSimulation_EXPORT double GetScatteringFactor(ScatteringModel model, int atomicNumber, double qInvA);

/** Projected potential of an atom, V Angstrom: the two-dimensional Fourier transform of the scattering factor. Throws
 * AnalysisError for an element that the model lacks.
 *
 * \param model whose numbers
 * \param atomicNumber 1 to LargestAtomicNumber
 * \param distanceA distance from the atom in the plane, Angstrom, above 0
 */
FerroscopeTiltSimulation_EXPORT double GetAtomProjectedPotential(ScatteringModel model, int atomicNumber,
                                                                 double distanceA);
} // namespace ferro

#endif
