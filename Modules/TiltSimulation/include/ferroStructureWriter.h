#ifndef ferroStructureWriter_h
#define ferroStructureWriter_h

#include "ferroCrystalStructure.h"

#include <filesystem>

namespace ferro
{
/** Writes extended XYZ (ASE, OVITO, abTEM): cell vectors, symbol, position, occupancy and rms displacement (rms_A) of
 * each atom, title and reference. Coordinates have 9 decimals. Throws OutputError.
 *
 * \param structure what to write
 * \param path the file
 */
FerroscopeTiltSimulation_EXPORT void WriteExtendedXyz(const CrystalStructure & structure,
                                                      const std::filesystem::path & path);

/** Writes the XYZ format of Prismatic, which abTEM and py4DSTEM read too: title, cell lengths, lines of Z, x, y, z,
 * occupancy, rms displacement, and -1. Throws AnalysisError when the cell is not orthogonal, OutputError.
 *
 * \param structure what to write
 * \param path the file
 */
FerroscopeTiltSimulation_EXPORT void WritePrismaticXyz(const CrystalStructure & structure,
                                                       const std::filesystem::path & path);
} // namespace ferro

#endif
