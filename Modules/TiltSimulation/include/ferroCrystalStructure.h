#ifndef ferroCrystalStructure_h
#define ferroCrystalStructure_h

#include "FerroscopeTiltSimulationExport.h"

#include <Eigen/Core>

#include <string>
#include <vector>

namespace ferro
{
/** An atom of a structure. */
struct StructureAtom
{
  int atomicNumber = 0;                                ///< 1 to 103
  Eigen::Vector3d positionA = Eigen::Vector3d::Zero(); ///< Cartesian position, Angstrom
  double occupancy = 1.0;                              ///< share of the site that is filled, above 0 and at most 1
  /** Root mean square thermal displacement along one axis, sqrt(<u_x^2>), Angstrom: B = 8 pi^2 u^2. Negative: not
   * known, to be filled in with a default of the element before a simulation. */
  double displacementRmsA = -1.0;
};

/** \class CrystalStructure
 * \brief Atoms in a periodic cell: what structure files are read into and what a simulation takes.
 *
 * A simulation wants an orthogonal cell (cellA diagonal) whose axes are those of the image: x to the right, y down, z
 * along the beam, which enters at z = 0. The cell repeats along x and y; along z the electrons leave at its end.
 */
struct CrystalStructure
{
  Eigen::Matrix3d cellA = Eigen::Matrix3d::Zero(); ///< columns are the cell vectors a, b, c, Angstrom
  std::vector<StructureAtom> atoms;
  std::string title;                 ///< a line for people: compound, form
  std::string reference;             ///< where the numbers come from
  std::vector<std::string> warnings; ///< what had to be assumed, a sentence each
};

/** Throws AnalysisError with the first thing that a simulation cannot take: no atoms, a cell that is not orthogonal,
 * an unknown element, a position that is not finite, an occupancy outside (0, 1]. */
FerroscopeTiltSimulation_EXPORT void CheckForSimulation(const CrystalStructure & structure);

/** The structure repeated along its cell vectors.
 *
 * Atoms of one cell stay together; the last cell vector varies slowest.
 * \param structure what to repeat
 * \param counts how often along a, b and c, each at least 1
 */
FerroscopeTiltSimulation_EXPORT CrystalStructure Repeat(const CrystalStructure & structure,
                                                        const Eigen::Vector3i & counts);
} // namespace ferro

#endif
