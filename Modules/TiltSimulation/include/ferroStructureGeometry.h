#ifndef ferroStructureGeometry_h
#define ferroStructureGeometry_h

#include "ferroCrystalStructure.h"

#include <optional>
#include <string>

namespace ferro
{
/** Moves every atom by whole cell vectors into the cell: fractional coordinates from 0 to below 1.
 *
 * \param structure whose cell must have a volume, else AnalysisError
 */
FerroscopeTiltSimulation_EXPORT void WrapIntoCell(CrystalStructure & structure);

/** Adds a shift to all positions and wraps them into the cell.
 *
 * \param structure to shift
 * \param shiftA along x, y, z, Angstrom
 */
FerroscopeTiltSimulation_EXPORT void Shift(CrystalStructure & structure, const Eigen::Vector3d & shiftA);

/** Turns an orthogonal structure about z by quarter turns, so that its cell stays orthogonal.
 *
 * \param structure with an orthogonal cell, else AnalysisError
 * \param quarterTurns counter-clockwise as seen on the screen
 */
FerroscopeTiltSimulation_EXPORT void RotateQuarterTurns(CrystalStructure & structure, int quarterTurns);

/** How to cut an orthogonal cell out of a crystal. */
struct OrthogonalCellOptions
{
  Eigen::Vector3d zoneAxis = Eigen::Vector3d::UnitZ(); ///< [uvw] along the beam, in cell vectors of the structure
  std::optional<Eigen::Vector3d> xAxis; ///< [uvw] to the right; without it an edge of the cell, or the best one
  double largestMisfit = 0.01;          ///< largest cosine between two edges that is straightened
  double longestEdgeA = 80.0;           ///< no edge along x or y is longer
};

/** \class OrthogonalCell
 * \brief An orthogonal cell of a crystal, and what was done to it.
 */
struct OrthogonalCell
{
  CrystalStructure structure;
  Eigen::Matrix3d vectors = Eigen::Matrix3d::Zero();   ///< columns: edges x, y, z in cell vectors of the crystal
  Eigen::Vector3d anglesDeg = Eigen::Vector3d::Zero(); ///< between y and z, z and x, x and y before straightening
  double misfit = 0.0;                                 ///< largest cosine of these: the shear that was taken out
  std::string description;                             ///< one sentence on cell and strain
};

/** Cuts an orthogonal cell with the zone axis along z.
 *
 * Edges are lattice vectors, centring included: z along the zone axis, x and y as nearly perpendicular as the misfit
 * allows. Without a direction for x it is the first edge of the crystal's own cell that is perpendicular to the beam;
 * where there is none, the one of the cell of smallest volume. What is left of the angles is sheared away at constant
 * edge lengths and fractional coordinates, and reported.
 *
 * Throws UsageError for an axis that is no lattice direction, AnalysisError when no cell is good enough (with the best
 * one).
 *
 * \param structure the crystal, any cell
 * \param options zone axis, direction of x, limits
 */
FerroscopeTiltSimulation_EXPORT OrthogonalCell MakeOrthogonalCell(const CrystalStructure & structure,
                                                                  const OrthogonalCellOptions & options);

/** How often an orthogonal cell is repeated for a size: the nearest whole numbers, at least 1.
 *
 * \param structure with an orthogonal cell
 * \param sizeA wanted along x, y, z, Angstrom; 0 or less: one cell
 */
FerroscopeTiltSimulation_EXPORT Eigen::Vector3i CountCells(const CrystalStructure & structure,
                                                           const Eigen::Vector3d & sizeA);
} // namespace ferro

#endif
