#ifndef ferroElements_h
#define ferroElements_h

#include "FerroscopeTiltSimulationExport.h"

#include <string>

namespace ferro
{
/** The heaviest element that has scattering factors: lawrencium. */
constexpr int LargestAtomicNumber = 103;

/** Chemical symbol, "Bi" for 83. Throws std::out_of_range outside 1 to LargestAtomicNumber.
 * \param atomicNumber 1 to LargestAtomicNumber */
FerroscopeTiltSimulation_EXPORT const std::string & GetElementSymbol(int atomicNumber);

/** Atomic number of a chemical symbol, written with any case; 0 where there is no such element.
 * \param symbol "Bi", "bi" or "BI" */
FerroscopeTiltSimulation_EXPORT int FindElement(const std::string & symbol);
} // namespace ferro

#endif
