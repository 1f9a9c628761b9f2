#include "ferroLatticeGrowth.h"

#include "ferroBinGrid.h"
#include "ferroPointLocator.h"
#include "ferroSiteTable.h"

#include <Eigen/LU>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <numeric>

namespace ferro
{
namespace
{
constexpr std::array<std::array<int, 2>, 4> Steps = {{{{1, 0}}, {{-1, 0}}, {{0, 1}}, {{0, -1}}}};

struct Walker
{
  LatticeComponent::Member member;
  Eigen::Matrix2d local; ///< translations as they are around here
};

/** The component of one seed; marks what it takes in owner. */
LatticeComponent
GrowFrom(std::size_t seed, int number, const std::vector<Eigen::Vector2d> & positions, const BinGrid & grid,
         const Eigen::Matrix2d & translations, double radius, std::vector<int> & owner)
{
  LatticeComponent component;
  SiteTable taken;
  std::deque<Walker> queue;
  queue.push_back({{seed, 0, 0}, translations});
  owner[seed] = number;
  taken.Insert(0, 0, 0, seed);
  while (!queue.empty())
  {
    const Walker walker = queue.front();
    queue.pop_front();
    component.members.push_back(walker.member);
    // Pulled a little towards the mean translations, so that one bad column does not lead astray.
    constexpr double Memory = 0.6;
    constexpr double Pull = 0.1;
    for (const auto & step : Steps)
    {
      const Eigen::Vector2d move(step[0], step[1]);
      const auto match = grid.NearestWithin(positions[walker.member.column] + walker.local * move, radius);
      const std::pair<int, int> site(walker.member.i + step[0], walker.member.j + step[1]);
      if (match.first >= positions.size() || owner[match.first] >= 0 ||
          !taken.Insert(0, site.first, site.second, match.first))
      {
        continue;
      }
      owner[match.first] = number;
      Walker next{{match.first, site.first, site.second}, walker.local};
      const Eigen::Vector2d found = positions[match.first] - positions[walker.member.column];
      const Eigen::Index axis = step[0] != 0 ? 0 : 1;
      const double sign = step[0] + step[1];
      next.local.col(axis) =
        Memory * walker.local.col(axis) + (1 - Memory - Pull) * sign * found + Pull * translations.col(axis);
      queue.push_back(next);
    }
  }
  return component;
}
} // namespace

std::vector<LatticeComponent>
GrowLattice(const PointLocator & points, const Eigen::Matrix2d & translations, double tolerance)
{
  const double radius = tolerance * std::min(translations.col(0).norm(), translations.col(1).norm());
  std::vector<int> owner(points.Size(), -1);
  // Seeds from the middle outward: there the surroundings are complete.
  Eigen::Vector2d middle = Eigen::Vector2d::Zero();
  for (const auto & point : points.GetPoints())
  {
    middle += point / static_cast<double>(points.Size());
  }
  const auto & positions = points.GetPoints();
  std::vector<double> distances;
  for (const auto & position : positions)
  {
    distances.push_back((position - middle).squaredNorm());
  }
  std::vector<std::size_t> seeds(positions.size());
  std::iota(seeds.begin(), seeds.end(), std::size_t{0});
  std::stable_sort(seeds.begin(), seeds.end(),
                   [&](std::size_t l, std::size_t r) { return distances[l] < distances[r]; });
  const BinGrid grid(positions, std::max(1e-6, 2.0 * radius));
  std::vector<LatticeComponent> components;
  for (const std::size_t seed : seeds)
  {
    if (owner[seed] < 0)
    {
      components.push_back(
        GrowFrom(seed, static_cast<int>(components.size()), positions, grid, translations, radius, owner));
    }
  }
  std::stable_sort(components.begin(), components.end(),
                   [](const auto & l, const auto & r) { return l.members.size() > r.members.size(); });
  return components;
}

Eigen::Matrix2d
EstimateTranslations(const PointLocator & points, const std::vector<double> & amplitudes)
{
  constexpr std::size_t Neighbors = 16;
  const auto & positions = points.GetPoints();
  if (positions.size() < Neighbors)
  {
    return Eigen::Matrix2d::Zero();
  }
  std::vector<Eigen::Vector2d> vectors;
  double spacing = 0.0;
  const std::size_t stride = std::max<std::size_t>(1, positions.size() / 2000);
  std::size_t used = 0;
  for (std::size_t n = 0; n < positions.size(); n += stride)
  {
    ++used;
    const auto near = points.Nearest(positions[n], Neighbors + 1);
    spacing += std::sqrt(near[1].second);
    for (std::size_t k = 1; k < near.size(); ++k)
    {
      const double ratio = amplitudes[near[k].first] / std::max(1e-300, amplitudes[n]);
      const Eigen::Vector2d v = positions[near[k].first] - positions[n];
      if (ratio > 0.7 && ratio < 1.0 / 0.7 && (v.x() > 0 || (v.x() == 0 && v.y() > 0)))
      {
        vectors.push_back(v);
      }
    }
  }
  spacing /= static_cast<double>(used);
  const PointLocator cloud(vectors);
  struct Peak
  {
    Eigen::Vector2d vector;
    double count;
  };
  std::vector<Peak> peaks;
  const double radius = 0.25 * spacing;
  for (const auto & v : vectors)
  {
    if (std::any_of(peaks.begin(), peaks.end(), [&](const Peak & p) { return (p.vector - v).norm() < 2 * radius; }))
    {
      continue;
    }
    Peak peak{Eigen::Vector2d::Zero(), 0.0};
    for (const auto & match : cloud.Within(v, radius))
    {
      peak.vector += vectors[match.first];
      peak.count += 1.0;
    }
    peak.vector /= peak.count;
    if (peak.count > 0.4 * static_cast<double>(used))
    {
      peaks.push_back(peak);
    }
  }
  std::sort(peaks.begin(), peaks.end(),
            [](const Peak & l, const Peak & r) { return l.vector.norm() < r.vector.norm(); });
  Eigen::Matrix2d result = Eigen::Matrix2d::Zero();
  for (std::size_t k = 1; k < peaks.size(); ++k)
  {
    Eigen::Matrix2d basis;
    basis << peaks[0].vector, peaks[k].vector;
    if (std::abs(basis.determinant()) > 0.5 * peaks[0].vector.norm() * peaks[k].vector.norm())
    {
      return basis;
    }
  }
  return result;
}
} // namespace ferro
