#include "ferroWallTracing.h"

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

namespace ferro
{
namespace
{
/** Side between two neighbouring cells of different domains. Its ends are corners of the grid: the corner (i, j) is the
 * upper left one of the cell (i, j). */
struct Side
{
  int first, second; // domains
  std::size_t cellFirst, cellSecond;
  std::array<std::array<int, 2>, 2> ends;
};

std::vector<Side>
CollectSides(const CellField & field, const std::vector<int> & domain)
{
  std::vector<Side> sides;
  for (std::size_t k = 0; k < field.Size(); ++k)
  {
    for (int axis = 0; axis < 2; ++axis)
    {
      const std::size_t next = axis == 0 ? field.Neighbor(k, 1, 0) : field.Neighbor(k, 0, 1);
      if (next == CellField::None || domain[next] == domain[k])
      {
        continue;
      }
      const UnitCell & cell = field.Cell(k);
      Side side;
      const bool inOrder = domain[k] < domain[next];
      side.first = inOrder ? domain[k] : domain[next];
      side.second = inOrder ? domain[next] : domain[k];
      side.cellFirst = inOrder ? k : next;
      side.cellSecond = inOrder ? next : k;
      side.ends = {{{{axis == 0 ? cell.i + 1 : cell.i, axis == 0 ? cell.j : cell.j + 1}}, {{cell.i + 1, cell.j + 1}}}};
      sides.push_back(side);
    }
  }
  std::stable_sort(sides.begin(), sides.end(),
                   [](const Side & l, const Side & r)
                   { return std::tie(l.first, l.second) < std::tie(r.first, r.second); });
  return sides;
}

/** Sides of one pair of domains that follow each other. */
std::vector<std::vector<std::size_t>>
Chain(const std::vector<Side> & sides, std::size_t begin, std::size_t end)
{
  SiteTable corners(2 * (end - begin));
  std::vector<std::vector<std::size_t>> touching;
  const auto nodeOf = [&](const std::array<int, 2> & corner)
  {
    const std::size_t known = corners.Find(0, corner[0], corner[1]);
    if (known != SiteTable::None)
    {
      return known;
    }
    corners.Insert(0, corner[0], corner[1], touching.size());
    touching.emplace_back();
    return touching.size() - 1;
  };
  std::vector<std::array<std::size_t, 2>> nodes;
  for (std::size_t s = begin; s < end; ++s)
  {
    nodes.push_back({{nodeOf(sides[s].ends[0]), nodeOf(sides[s].ends[1])}});
    touching[nodes.back()[0]].push_back(s);
    touching[nodes.back()[1]].push_back(s);
  }
  std::vector<char> used(end - begin, 0);
  std::vector<std::vector<std::size_t>> chains;
  const auto walk = [&](std::size_t start, std::size_t node)
  {
    std::vector<std::size_t> chain;
    for (std::size_t s = start; s != SiteTable::None;)
    {
      used[s - begin] = 1;
      chain.push_back(s);
      const auto & ends = nodes[s - begin];
      node = ends[0] == node ? ends[1] : ends[0];
      const auto next =
        std::find_if(touching[node].begin(), touching[node].end(), [&](std::size_t t) { return !used[t - begin]; });
      s = touching[node].size() == 2 && next != touching[node].end() ? *next : SiteTable::None;
    }
    chains.push_back(std::move(chain));
  };
  for (std::size_t s = begin; s < end; ++s) // from the ends, then what is left: closed lines
  {
    for (const std::size_t node : nodes[s - begin])
    {
      if (!used[s - begin] && touching[node].size() != 2)
      {
        walk(s, node);
      }
    }
  }
  for (std::size_t s = begin; s < end; ++s)
  {
    if (!used[s - begin])
    {
      walk(s, nodes[s - begin][0]);
    }
  }
  return chains;
}

void
FitLine(TracedWall & wall, const std::vector<Eigen::Vector2d> & raw, double spacing)
{
  const auto count = static_cast<double>(raw.size());
  wall.middle.setZero();
  for (const auto & point : raw)
  {
    wall.middle += point / count;
  }
  Eigen::Matrix2d scatter = Eigen::Matrix2d::Zero();
  for (const auto & point : raw)
  {
    scatter += (point - wall.middle) * (point - wall.middle).transpose() / count;
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::Matrix2d> solver(scatter);
  wall.direction = solver.eigenvectors().col(1);
  wall.roughness = std::sqrt(std::max(0.0, solver.eigenvalues()[0]));
  // Each point lies within half a cell of the wall: even distribution, 1 / sqrt(12) of a cell.
  const double single = std::max(wall.roughness, spacing / std::sqrt(12.0));
  wall.angleError = single / std::sqrt(std::max(1e-300, count * solver.eigenvalues()[1]));
  constexpr double Straight = 0.45; // cells; the steps of an inclined line have 0.2 to 0.35
  wall.straight = wall.roughness < Straight * spacing;
}

void
Smooth(std::vector<Eigen::Vector2d> & points, bool closed)
{
  const std::vector<Eigen::Vector2d> raw = points;
  const auto count = static_cast<std::ptrdiff_t>(raw.size());
  for (std::ptrdiff_t k = 0; k < count; ++k)
  {
    const std::ptrdiff_t reach = closed ? 2 : std::min<std::ptrdiff_t>({2, k, count - 1 - k});
    Eigen::Vector2d sum = Eigen::Vector2d::Zero();
    for (std::ptrdiff_t d = -reach; d <= reach; ++d)
    {
      sum += raw[static_cast<std::size_t>((k + d + count) % count)];
    }
    points[static_cast<std::size_t>(k)] = sum / static_cast<double>(2 * reach + 1);
  }
}
} // namespace

std::vector<TracedWall>
TraceWalls(const CellField & field, const std::vector<int> & domain, std::size_t fewest)
{
  const std::vector<Side> sides = CollectSides(field, domain);
  std::vector<TracedWall> walls;
  for (std::size_t begin = 0; begin < sides.size();)
  {
    std::size_t end = begin;
    while (end < sides.size() && sides[end].first == sides[begin].first && sides[end].second == sides[begin].second)
    {
      ++end;
    }
    for (const auto & chain : Chain(sides, begin, end))
    {
      if (chain.size() < fewest)
      {
        continue;
      }
      TracedWall wall;
      wall.first = sides[begin].first;
      wall.second = sides[begin].second;
      for (const std::size_t s : chain)
      {
        wall.sides.emplace_back(sides[s].cellFirst, sides[s].cellSecond);
        wall.points.push_back(0.5 * (field.Place(sides[s].cellFirst) + field.Place(sides[s].cellSecond)));
      }
      FitLine(wall, wall.points, field.Spacing());
      const bool closed = chain.size() > 3 && (wall.points.front() - wall.points.back()).norm() < 1.1 * field.Spacing();
      Smooth(wall.points, closed);
      if (closed)
      {
        wall.points.push_back(wall.points.front());
      }
      for (std::size_t n = 1; n < wall.points.size(); ++n)
      {
        wall.length += (wall.points[n] - wall.points[n - 1]).norm();
      }
      wall.length += closed ? 0.0 : field.Spacing(); // half a cell at each end
      walls.push_back(std::move(wall));
    }
    begin = end;
  }
  std::stable_sort(walls.begin(), walls.end(),
                   [](const TracedWall & l, const TracedWall & r) { return l.length > r.length; });
  return walls;
}
} // namespace ferro
