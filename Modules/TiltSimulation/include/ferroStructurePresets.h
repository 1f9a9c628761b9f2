#ifndef ferroStructurePresets_h
#define ferroStructurePresets_h

#include "ferroCrystalStructure.h"

#include <filesystem>
#include <string>
#include <vector>

namespace ferro
{
/** Folders with structures that have a name, in the order of search: FERROSCOPE_STRUCTURES (folders separated by ':'),
 * then that of the installation. */
FerroscopeTiltSimulation_EXPORT std::vector<std::filesystem::path> GetStructureFolders();

/** Names of the structures that come with the program (BiFeO3, BiFeO3-pc, SrTiO3, ...) or were put beside them, sorted.
 */
FerroscopeTiltSimulation_EXPORT std::vector<std::string> GetStructurePresets();

/** The file of a structure that has a name; empty when there is none.
 *
 * \param name upper and lower case alike, without the ending .cif
 */
FerroscopeTiltSimulation_EXPORT std::filesystem::path FindStructurePreset(const std::string & name);

/** The file itself where there is one of that name, else the file of the preset of that name. Throws InputError with
 * the names that there are.
 *
 * \param nameOrFile what a user wrote for a structure
 */
FerroscopeTiltSimulation_EXPORT std::filesystem::path FindStructure(const std::string & nameOrFile);
} // namespace ferro

#endif
