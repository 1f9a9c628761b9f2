#include "ferroCellGeometry.h"

#include <Eigen/LU>

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
double
Cross(const Eigen::Vector2d & l, const Eigen::Vector2d & r)
{
  return l.x() * r.y() - l.y() * r.x();
}
} // namespace

Eigen::Matrix2d
MeanEdges(const CellCorners & corners)
{
  Eigen::Matrix2d edges;
  edges << 0.5 * (corners[1] - corners[0] + corners[2] - corners[3]),
    0.5 * (corners[3] - corners[0] + corners[2] - corners[1]);
  return edges;
}

void
SetCellShape(const CellCorners & corners, UnitCell & cell)
{
  cell.a = 0.5 * ((corners[1] - corners[0]).norm() + (corners[2] - corners[3]).norm());
  cell.b = 0.5 * ((corners[3] - corners[0]).norm() + (corners[2] - corners[1]).norm());
  const Eigen::Matrix2d edges = MeanEdges(corners);
  cell.gamma = std::atan2(std::abs(Cross(edges.col(0), edges.col(1))), edges.col(0).dot(edges.col(1)));
  cell.area = 0.5 * std::abs(Cross(corners[2] - corners[0], corners[3] - corners[1]));
}

void
SetCellStrain(const Eigen::Matrix2d & edges, const Eigen::Matrix2d & reference, UnitCell & cell)
{
  const Eigen::Matrix2d gradient = edges * reference.inverse();
  cell.strainXX = gradient(0, 0) - 1.0;
  cell.strainYY = gradient(1, 1) - 1.0;
  cell.strainXY = 0.5 * (gradient(0, 1) + gradient(1, 0));
  // y points down: a turn from x towards y is clockwise on the screen.
  cell.latticeRotation = -0.5 * (gradient(1, 0) - gradient(0, 1));
}
} // namespace ferro
