#include "ferroLatticeCalibration.h"

#include "ferroCrystal.h"
#include "ferroErrors.h"

#include <Eigen/Cholesky>
#include <Eigen/LU>

#include <cmath>
#include <locale>
#include <sstream>

namespace ferro
{
namespace
{
/** Largest and smallest edge of a cell that make sense, nm. */
constexpr double SmallestEdgeNm = 0.1;
constexpr double LargestEdgeNm = 10.0;
} // namespace

Eigen::Matrix2d
FitCellEdges(const AtomColumnSet & columns, const Eigen::Vector2d & upperLeft, const Eigen::Vector2d & lowerRight)
{
  const bool everywhere = upperLeft == lowerRight;
  Eigen::Matrix3d normal = Eigen::Matrix3d::Zero();
  Eigen::Matrix<double, 3, 2> right = Eigen::Matrix<double, 3, 2>::Zero();
  double count = 0.0;
  for (const auto & column : columns.GetColumns())
  {
    const bool inside = everywhere || ((column.position - upperLeft).minCoeff() >= 0.0 &&
                                       (lowerRight - column.position).minCoeff() >= 0.0);
    if (column.indexed && column.sublattice == Sublattice::A && column.flags == FlagNone && inside)
    {
      const Eigen::Vector3d row(1.0, column.i, column.j);
      normal += row * row.transpose();
      right += row * column.Undistorted().transpose();
      count += 1.0;
    }
  }
  constexpr double Fewest = 9.0;
  if (count < Fewest || std::abs(normal.determinant()) < 1e-6)
  {
    throw AnalysisError("cannot calibrate by the lattice: " + std::to_string(static_cast<long>(count)) +
                        " A columns without a flag in the region, expected at least 9 that span two directions");
  }
  const Eigen::Matrix<double, 3, 2> fit = normal.ldlt().solve(right);
  return fit.bottomRows<2>().transpose();
}

CalibrationTarget
ParseCalibrationTarget(const std::string & text)
{
  if (const Crystal * crystal = FindCrystal(text))
  {
    return {crystal->latticeNm, crystal->latticeNm, crystal->name};
  }
  std::istringstream stream(text);
  stream.imbue(std::locale::classic());
  CalibrationTarget target;
  target.name = text + " nm";
  char times = 'x';
  bool good = static_cast<bool>(stream >> target.aNm);
  target.bNm = target.aNm;
  if (good && stream.peek() != std::istringstream::traits_type::eof())
  {
    good = static_cast<bool>(stream >> times >> target.bNm) && times == 'x' &&
           stream.peek() == std::istringstream::traits_type::eof();
  }
  const auto sensible = [](double edge) { return edge >= SmallestEdgeNm && edge <= LargestEdgeNm; };
  if (!good || !sensible(target.aNm) || !sensible(target.bNm))
  {
    std::string materials;
    for (const auto & crystal : GetCrystals())
    {
      materials += crystal.name + ", ";
    }
    throw UsageError("--calibrate: found '" + text + "', expected a material (" +
                     materials.substr(0, materials.size() - 2) +
                     ") or edges of the cell in nm between 0.1 and 10, for example 0.3905 or 0.399x0.4036");
  }
  return target;
}

Eigen::Vector2d
CalibratePixelSize(const AtomColumnSet & columns, const CalibrationTarget & target, const Eigen::Vector2d & upperLeft,
                   const Eigen::Vector2d & lowerRight, bool perAxis)
{
  const Eigen::Matrix2d edges = FitCellEdges(columns, upperLeft, lowerRight);
  if (!perAxis)
  {
    const Eigen::Vector2d present = columns.GetGeometry().pixelSizeNm;
    const Eigen::Matrix2d scaled = present.asDiagonal() * edges;
    return std::sqrt(target.aNm * target.bNm / (scaled.col(0).norm() * scaled.col(1).norm())) * present;
  }
  // (sx ax)^2 + (sy ay)^2 = A^2 and the same for b: linear in the squares of the pixel sizes.
  Eigen::Matrix2d squares;
  squares << edges.col(0).transpose().cwiseAbs2(), edges.col(1).transpose().cwiseAbs2();
  const Eigen::Vector2d sizes =
    squares.fullPivLu().solve(Eigen::Vector2d(target.aNm * target.aNm, target.bNm * target.bNm));
  constexpr double Distinct = 0.3; // sine of twice the angle below which 45-degree lattices are refused
  if (std::abs(squares.determinant()) < Distinct * edges.col(0).squaredNorm() * edges.col(1).squaredNorm() ||
      sizes.minCoeff() <= 0.0)
  {
    throw AnalysisError(
      "cannot calibrate x and y separately: both edges of the cell run at about 45 degrees to the axes");
  }
  return sizes.cwiseSqrt();
}
} // namespace ferro
