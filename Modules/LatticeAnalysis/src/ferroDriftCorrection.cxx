#include "ferroDriftCorrection.h"

#include <Eigen/Cholesky>
#include <Eigen/LU>

#include <cmath>
#include <sstream>

namespace ferro
{
namespace
{
constexpr double CellsPerKnot = 6.0;
constexpr double FewestColumns = 60.0;

/** The values of the four cubic B-splines that are not zero at t in [0, 1] of an interval. */
Eigen::Vector4d
Splines(double t)
{
  const double r = 1.0 - t;
  return Eigen::Vector4d(r * r * r, 3.0 * t * t * t - 6.0 * t * t + 4.0, 3.0 * r * r * r - 6.0 * r * r + 4.0,
                         t * t * t) /
         6.0;
}

/** d(y) of every line, without its straight part; empty where there are too few columns. */
std::vector<Eigen::Vector2d>
FindCourse(const AtomColumnSet & columns, double cell)
{
  const auto lines = static_cast<std::size_t>(columns.GetGeometry().height);
  const double step = CellsPerKnot * cell;
  const auto knots = static_cast<Eigen::Index>(std::floor(static_cast<double>(lines - 1) / step)) + 4;
  const auto place = [&](double line) { return std::clamp(line, 0.0, static_cast<double>(lines - 1)) / step; };
  Eigen::MatrixXd normal = Eigen::MatrixXd::Zero(knots, knots);
  Eigen::MatrixXd right = Eigen::MatrixXd::Zero(knots, 2);
  double count = 0.0;
  for (const auto & column : columns.GetColumns())
  {
    if (column.indexed && column.sublattice == Sublattice::A && column.flags == FlagNone &&
        column.deviation.allFinite())
    {
      const double at = place(column.position.y());
      const auto first = static_cast<Eigen::Index>(std::floor(at));
      const Eigen::Vector4d values = Splines(at - std::floor(at));
      normal.block<4, 4>(first, first) += values * values.transpose();
      right.middleRows<4>(first) += values * column.deviation.transpose();
      count += 1.0;
    }
  }
  std::vector<Eigen::Vector2d> course;
  if (count < FewestColumns)
  {
    return course;
  }
  normal.diagonal().array() += 1e-3; // knots without columns stay where they are
  const Eigen::MatrixXd heights = normal.llt().solve(right);
  // The straight part is that of a line through all lines of the image.
  Eigen::Matrix2d straightNormal = Eigen::Matrix2d::Zero();
  Eigen::Matrix2d straightRight = Eigen::Matrix2d::Zero();
  for (std::size_t line = 0; line < lines; ++line)
  {
    const double at = place(static_cast<double>(line));
    course.emplace_back(heights.middleRows<4>(static_cast<Eigen::Index>(std::floor(at))).transpose() *
                        Splines(at - std::floor(at)));
    const Eigen::Vector2d row(1.0, static_cast<double>(line));
    straightNormal += row * row.transpose();
    straightRight += row * course.back().transpose();
  }
  const Eigen::Matrix2d straight = straightNormal.inverse() * straightRight;
  for (std::size_t line = 0; line < lines; ++line)
  {
    course[line] -= straight.transpose() * Eigen::Vector2d(1.0, static_cast<double>(line));
  }
  return course;
}
} // namespace

bool
CorrectDrift(AtomColumnSet & columns, Lattice::Values & lattice, bool course, const CalibrationTarget & cell,
             const Eigen::Vector2d & upperLeft, const Eigen::Vector2d & lowerRight)
{
  const ImageGeometry & geometry = columns.GetGeometry();
  const Eigen::Vector2d scale = geometry.VectorScale();
  const char * unit = geometry.calibrated ? " pm" : " px";
  std::ostringstream text;
  text.precision(3);
  bool changed = false;
  if (course)
  {
    const double edge = std::sqrt(std::abs(lattice.a.x() * lattice.b.y() - lattice.a.y() * lattice.b.x()));
    const auto displacement = FindCourse(columns, edge);
    if (displacement.empty())
    {
      text << " There are too few A columns to follow slow drift.";
    }
    else
    {
      Eigen::Vector2d squares = Eigen::Vector2d::Zero();
      for (const auto & d : displacement)
      {
        squares += d.cwiseAbs2();
      }
      const Eigen::Vector2d rms = (squares / static_cast<double>(displacement.size())).cwiseSqrt().cwiseProduct(scale);
      text << " The course of slow drift beyond a straight line, RMS " << rms.x() << unit << " along x and " << rms.y()
           << unit << " along y, was taken off. What the crystal itself bends in common on a line went with it.";
      for (auto & column : columns.GetColumns())
      {
        const double line = std::clamp(std::round(column.position.y()), 0.0, static_cast<double>(geometry.height - 1));
        column.driftShift = displacement[static_cast<std::size_t>(line)];
      }
      changed = true;
    }
  }
  if (cell.aNm > 0.0)
  {
    // Edges = F R D with the drift F = (f11 f12; 0 f22), a rotation R and the known edges D: F F^T follows, and from it
    // F.
    const Eigen::Matrix2d edges = FitCellEdges(columns, upperLeft, lowerRight);
    const Eigen::Matrix2d relative =
      geometry.pixelSizeNm.asDiagonal() * edges * Eigen::Vector2d(1.0 / cell.aNm, 1.0 / cell.bNm).asDiagonal();
    const Eigen::Matrix2d square = relative * relative.transpose();
    const double f22 = std::sqrt(square(1, 1));
    const double f12 = square(0, 1) / f22;
    const double f11 = std::sqrt(std::max(1e-12, square(0, 0) - f12 * f12));
    // In pixels, with the scale along x left alone.
    const double ratio = geometry.pixelSizeNm.y() / geometry.pixelSizeNm.x();
    const double shear = f12 / f11 * ratio;
    const double stretch = f22 / f11;
    const double middle = 0.5 * static_cast<double>(geometry.height - 1);
    for (auto & column : columns.GetColumns())
    {
      // F^-1 of the place, from the middle line on.
      const double y = column.position.y() - column.driftShift.y() - middle;
      column.driftShift += Eigen::Vector2d(shear * y / stretch, y - y / stretch);
    }
    text << " Linear drift was taken off by the known cell (" << cell.name << "): " << 100.0 * shear
         << " % shear of x with y, and " << 100.0 * (stretch - 1.0)
         << " % stretch of y; the scale along x counts as right.";
    changed = true;
  }
  else if (course)
  {
    text
      << " Linear drift was left: without a known lattice (--calibrate) it cannot be told from the shape of the cell.";
  }
  lattice.scan.reason += text.str();
  return changed;
}
} // namespace ferro
