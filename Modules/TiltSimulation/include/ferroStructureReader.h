#ifndef ferroStructureReader_h
#define ferroStructureReader_h

#include "ferroCrystalStructure.h"

#include <filesystem>

namespace ferro
{
/** Reads a crystal structure. The content decides which format it is, the name where the content does not:
 * - CIF (.cif): space group expanded, atoms on special positions merged, anisotropic displacements averaged;
 * - extended XYZ (.xyz, .extxyz): Lattice="..." and Properties=...;
 * - Prismatic XYZ (.xyz): comment, cell, lines of Z x y z occupancy rms, -1;
 * - muSTEM (.xtl);
 * - VASP (POSCAR, CONTCAR, .vasp), versions 4 and 5.
 *
 * All atoms of the cell come out, with Cartesian positions in Angstrom. Displacements that the file does not give are
 * those of FillMissingDisplacements(); the warnings say so. Throws InputError that names file, line, what was found and
 * what was expected.
 *
 * \param path the file
 */
FerroscopeTiltSimulation_EXPORT CrystalStructure ReadStructure(const std::filesystem::path & path);

/** Gives each atom whose thermal displacement is not known the one of its element at room temperature: measured in a
 * perovskite where this program knows of one (ferroThermalDefaults.cxx has the references), else B = 0.5 Angstrom^2.
 * Adds a warning for each element.
 *
 * \param structure to complete
 */
FerroscopeTiltSimulation_EXPORT void FillMissingDisplacements(CrystalStructure & structure);

/** Root mean square displacement along one axis, Angstrom, for a Debye-Waller factor B = 8 pi^2 u^2.
 *
 * \param bA2 B in Angstrom^2, at least 0
 */
FerroscopeTiltSimulation_EXPORT double GetDisplacementRmsA(double bA2);
} // namespace ferro

#endif
