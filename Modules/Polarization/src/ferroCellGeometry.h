#ifndef ferroCellGeometry_h
#define ferroCellGeometry_h

#include "ferroUnitCellSet.h"

#include <Eigen/Core>

#include <array>

namespace ferro
{
/** Corners of a cell in the order of UnitCell::corners, in nm (px where not calibrated). */
using CellCorners = std::array<Eigen::Vector2d, 4>;

/** Mean edges along a and b as the columns of a matrix. */
Eigen::Matrix2d MeanEdges(const CellCorners & corners);

/** Sets a, b, gamma and area of the cell. */
void SetCellShape(const CellCorners & corners, UnitCell & cell);

/** Sets strain and rotation of the cell from its mean edges and those of the reference. */
void SetCellStrain(const Eigen::Matrix2d & edges, const Eigen::Matrix2d & reference, UnitCell & cell);
} // namespace ferro

#endif
