#include "ferroVortexSearch.h"

#include <Eigen/Cholesky>
#include <Eigen/LU>

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr double TwoPi = 6.28318530717958647692;
constexpr int LargestRing = 4;
constexpr std::size_t SmallestRingCells = 8;

/** What a ring of cells says. */
struct Ring
{
  bool complete = false;
  int winding = 0;
  double distance = 0.0; ///< of the polygon from the origin, standard deviations
  double handedness = 0.0;
};

/** Whether the vector of each cell alone is as far from zero as a significant ring demands. */
std::vector<char>
FindStrong(const CellField & field, double needed)
{
  std::vector<char> strong(field.Size(), 0);
  for (std::size_t k = 0; k < field.Size(); ++k)
  {
    const Eigen::Matrix2d & covariance = field.Covariance(k);
    strong[k] = field.IsTrusted(k) && covariance.determinant() > 0.0 &&
                field.Vector(k).dot(covariance.inverse() * field.Vector(k)) > 0.25 * needed * needed;
  }
  return strong;
}

/** For each cell the half side of the smallest ring around it that can have a winding. The winding of a ring is the sum
 * of those of the squares of four cells inside of it, which are zero nearly everywhere in a polar field. */
std::vector<int>
FindSmallestRings(const CellField & field, const std::vector<char> & strong)
{
  std::vector<int> smallest(field.Size(), LargestRing + 1);
  for (std::size_t k = 0; k < field.Size(); ++k)
  {
    bool known = strong[k] != 0;
    for (int d = 0; d < 9 && known; ++d)
    {
      const std::size_t next = field.Neighbor(k, d % 3 - 1, d / 3 - 1);
      known = next != CellField::None && strong[next];
    }
    if (known)
    {
      const std::size_t square[4] = {k, field.Neighbor(k, 1, 0), field.Neighbor(k, 1, 1), field.Neighbor(k, 0, 1)};
      double turn = 0.0;
      for (int n = 0; n < 4; ++n)
      {
        const Eigen::Vector2d & p = field.Vector(square[n]);
        const Eigen::Vector2d & q = field.Vector(square[(n + 1) % 4]);
        turn += std::atan2(p.y() * q.x() - p.x() * q.y(), p.dot(q));
      }
      if (std::abs(turn) < 1.0)
      {
        continue;
      }
    }
    for (int dj = -LargestRing; dj <= LargestRing; ++dj)
    {
      for (int di = -LargestRing; di <= LargestRing; ++di)
      {
        const std::size_t center = field.At(field.Cell(k).i + di, field.Cell(k).j + dj);
        if (center != CellField::None)
        {
          smallest[center] = std::min(smallest[center], std::max({1, std::abs(di), std::abs(dj)}));
        }
      }
    }
  }
  return smallest;
}

/** Cells of the square ring around (i, j), in the order that is counter-clockwise on the screen when a points to the
 * right and b down. */
bool
CollectRing(const CellField & field, const std::vector<char> & strong, int i, int j, int radius,
            std::vector<std::size_t> & ring)
{
  ring.clear();
  const auto add = [&](int di, int dj)
  {
    const std::size_t k = field.At(i + di, j + dj);
    if (k == CellField::None || !strong[k])
    {
      return false;
    }
    ring.push_back(k);
    return true;
  };
  for (int side = 0; side < 4; ++side)
  {
    for (int step = -radius; step < radius; ++step)
    {
      const bool sound = side == 0   ? add(radius, -step)
                         : side == 1 ? add(-step, -radius)
                         : side == 2 ? add(-radius, step)
                                     : add(step, radius);
      if (!sound)
      {
        return false;
      }
    }
  }
  return true;
}

/** Distance of the origin from the segment between two vectors, in units of the standard deviations of both. */
double
SegmentDistance(const CellField & field, std::size_t k, std::size_t l)
{
  const Eigen::Matrix2d covariance = 0.5 * (field.Covariance(k) + field.Covariance(l));
  const Eigen::LLT<Eigen::Matrix2d> cholesky(covariance);
  if (cholesky.info() != Eigen::Success)
  {
    return 0.0; // no error, no significance
  }
  const Eigen::Vector2d p = cholesky.matrixL().solve(field.Vector(k));
  const Eigen::Vector2d step = cholesky.matrixL().solve(field.Vector(l)) - p;
  const double length = step.squaredNorm();
  const double t = length > 0.0 ? std::clamp(-p.dot(step) / length, 0.0, 1.0) : 0.0;
  return (p + t * step).norm();
}

Ring
Look(const CellField & field, const std::vector<char> & strong, int i, int j, int radius,
     std::vector<std::size_t> & cells)
{
  Ring ring;
  ring.complete = CollectRing(field, strong, i, j, radius, cells);
  if (!ring.complete)
  {
    return ring;
  }
  double turn = 0.0;
  for (std::size_t n = 0; n < cells.size(); ++n)
  {
    const Eigen::Vector2d & p = field.Vector(cells[n]);
    const Eigen::Vector2d & q = field.Vector(cells[(n + 1) % cells.size()]);
    turn += std::atan2(p.y() * q.x() - p.x() * q.y(), p.dot(q)); // counter-clockwise on the screen: y is down
  }
  ring.winding = static_cast<int>(std::lround(turn / TwoPi));
  if (ring.winding == 0)
  {
    return ring;
  }
  ring.distance = 1e300;
  Eigen::Vector2d middle = Eigen::Vector2d::Zero();
  for (std::size_t n = 0; n < cells.size(); ++n)
  {
    ring.distance = std::min(ring.distance, SegmentDistance(field, cells[n], cells[(n + 1) % cells.size()]));
    middle += field.Place(cells[n]) / static_cast<double>(cells.size());
  }
  for (const std::size_t k : cells)
  {
    const Eigen::Vector2d out = (field.Place(k) - middle).normalized();
    const Eigen::Vector2d p = field.Vector(k).normalized();
    ring.handedness += (out.y() * p.x() - out.x() * p.y()) / static_cast<double>(cells.size());
  }
  return ring;
}

/** A ring with a winding that is significant. */
struct Hit
{
  std::size_t cell; ///< in the middle
  Ring ring;
};

/** Rings of one size that belong to the same vortex: those whose middles are neighbours and turn the same way. */
std::vector<std::vector<std::size_t>>
Group(const CellField & field, const std::vector<Hit> & hits)
{
  std::vector<int> hitOfCell(field.Size(), -1);
  for (std::size_t h = 0; h < hits.size(); ++h)
  {
    hitOfCell[hits[h].cell] = static_cast<int>(h);
  }
  std::vector<char> done(hits.size(), 0);
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t h = 0; h < hits.size(); ++h)
  {
    if (done[h])
    {
      continue;
    }
    std::vector<std::size_t> group = {h};
    done[h] = 1;
    for (std::size_t n = 0; n < group.size(); ++n)
    {
      for (int d = 0; d < 9; ++d)
      {
        const std::size_t next = field.Neighbor(hits[group[n]].cell, d % 3 - 1, d / 3 - 1);
        const int other = next == CellField::None ? -1 : hitOfCell[next];
        if (other >= 0 && !done[static_cast<std::size_t>(other)] &&
            hits[static_cast<std::size_t>(other)].ring.winding == hits[h].ring.winding)
        {
          done[static_cast<std::size_t>(other)] = 1;
          group.push_back(static_cast<std::size_t>(other));
        }
      }
    }
    groups.push_back(std::move(group));
  }
  return groups;
}

/** Where the field is zero: of the linear field that fits the cells within two cells of a place. Leaves the place as it
 * is where that zero lies farther away than the ring. */
void
RefinePosition(const CellField & field, const std::vector<std::size_t> & cells, const Eigen::Vector2d & start,
               double limit, Eigen::Vector2d & place, Eigen::Vector2d & error)
{
  Eigen::Matrix3d normal = Eigen::Matrix3d::Zero();
  Eigen::Matrix<double, 3, 2> right = Eigen::Matrix<double, 3, 2>::Zero();
  double variance = 0.0;
  double count = 0.0;
  for (const std::size_t k : cells)
  {
    const Eigen::Vector2d r = field.Place(k) - start;
    if (!field.IsTrusted(k) || r.norm() > 2.0 * field.Spacing())
    {
      continue;
    }
    const Eigen::Vector3d row(1.0, r.x(), r.y());
    normal += row * row.transpose();
    right += row * field.Vector(k).transpose();
    variance += 0.5 * field.Covariance(k).trace();
    count += 1.0;
  }
  if (count < 5.0 || std::abs(normal.determinant()) < 1e-12)
  {
    return;
  }
  const Eigen::Matrix3d inverse = normal.inverse();
  const Eigen::Matrix<double, 3, 2> fit = inverse * right;
  const Eigen::Matrix2d jacobian = fit.bottomRows<2>().transpose();
  if (std::abs(jacobian.determinant()) < 1e-12 * std::max(1e-12, jacobian.squaredNorm()))
  {
    return;
  }
  const Eigen::Matrix2d back = jacobian.inverse();
  const Eigen::Vector2d shift = -back * fit.row(0).transpose();
  if (shift.norm() > limit)
  {
    return;
  }
  place = start + shift;
  const Eigen::Vector3d at(1.0, shift.x(), shift.y());
  const double spread = at.dot(inverse * at) * variance / count;
  error = (spread * back * back.transpose()).diagonal().cwiseSqrt();
}
} // namespace

void
FindVortices(const CellField & field, double falseAlarms, FieldTopology::Values & topology)
{
  topology.vortices.clear();
  const double tests = std::max(1.0, static_cast<double>(LargestRing) * static_cast<double>(field.Size()));
  const double needed = std::sqrt(2.0 * std::log(tests / falseAlarms) / static_cast<double>(SmallestRingCells));
  topology.significanceNeeded = needed;
  topology.expectedFalseVortices = falseAlarms;
  std::vector<std::size_t> cells;
  struct Known
  {
    int i, j, winding;
  };
  std::vector<Known> known; // at the cells nearest to the vortices
  const std::vector<char> strong = FindStrong(field, needed);
  const std::vector<int> smallest = FindSmallestRings(field, strong);
  for (int radius = 1; radius <= LargestRing; ++radius)
  {
    std::vector<Hit> hits;
    for (std::size_t k = 0; k < field.Size(); ++k)
    {
      if (radius < smallest[k])
      {
        continue;
      }
      const UnitCell & cell = field.Cell(k);
      const Ring ring = Look(field, strong, cell.i, cell.j, radius, cells);
      topology.ringsTested += ring.complete;
      if (!ring.complete || ring.winding == 0 || ring.distance < needed)
      {
        continue;
      }
      // What smaller rings have found, or may have found at the rim of this one, explains it.
      const bool explained = std::any_of(known.begin(), known.end(),
                                         [&](const Known & v) {
                                           return std::abs(v.i - cell.i) <= radius + 1 &&
                                                  std::abs(v.j - cell.j) <= radius + 1 && v.winding == ring.winding;
                                         });
      if (!explained)
      {
        hits.push_back({k, ring});
      }
    }
    for (const auto & group : Group(field, hits))
    {
      FieldVortex vortex;
      vortex.ringCells = radius;
      Eigen::Vector2d place = Eigen::Vector2d::Zero();
      for (const std::size_t h : group)
      {
        vortex.winding = hits[h].ring.winding;
        vortex.significance = std::max(vortex.significance, hits[h].ring.distance);
        vortex.handedness += hits[h].ring.handedness / static_cast<double>(group.size());
        place += field.Place(hits[h].cell) / static_cast<double>(group.size());
      }
      std::size_t nearest = hits[group.front()].cell;
      for (const std::size_t h : group)
      {
        if ((field.Place(hits[h].cell) - place).norm() < (field.Place(nearest) - place).norm())
        {
          nearest = hits[h].cell;
        }
      }
      const UnitCell & middle = field.Cell(nearest);
      std::vector<std::size_t> around;
      for (int dj = -3; dj <= 3; ++dj)
      {
        for (int di = -3; di <= 3; ++di)
        {
          const std::size_t k = field.At(middle.i + di, middle.j + dj);
          if (k != CellField::None)
          {
            around.push_back(k);
          }
        }
      }
      Eigen::Vector2d error = Eigen::Vector2d::Constant(0.5 * radius * field.Spacing());
      const Eigen::Vector2d start = place;
      RefinePosition(field, around, start, radius * field.Spacing(), place, error);
      const Eigen::Vector2d pixel = field.Geometry().pixelSizeNm;
      vortex.position = place.cwiseQuotient(pixel);
      vortex.positionError = error.cwiseQuotient(pixel);
      topology.vortices.push_back(vortex);
      known.push_back({middle.i, middle.j, vortex.winding});
    }
  }
  std::stable_sort(topology.vortices.begin(), topology.vortices.end(),
                   [](const FieldVortex & l, const FieldVortex & r) { return l.position.y() < r.position.y(); });
}
} // namespace ferro
