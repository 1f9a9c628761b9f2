#include "ferroColumnFlagging.h"

#include "ferroSiteTable.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace ferro
{
namespace
{
constexpr std::array<std::array<int, 2>, 4> Pairs = {{{{1, 0}}, {{0, 1}}, {{1, 1}}, {{1, -1}}}};

struct Surroundings
{
  std::vector<double> amplitudes; ///< of the like neighbours
  Eigen::Vector2d predicted = Eigen::Vector2d::Zero();
  int pairs = 0;
  int missing = 0;
};

Surroundings
Look(const AtomColumnSet & columns, const SiteTable & sites, const Lattice::Values & lattice, std::size_t n)
{
  const AtomColumn & column = columns.GetColumns()[n];
  const ImageGeometry & geometry = columns.GetGeometry();
  const double margin = std::max(3.0 * columns.GetColumnSigma(), 0.35 * lattice.a.norm());
  const auto inside = [&](const Eigen::Vector2d & p)
  {
    return p.x() > margin && p.y() > margin && p.x() < static_cast<double>(geometry.width - 1) - margin &&
           p.y() < static_cast<double>(geometry.height - 1) - margin;
  };
  Surroundings around;
  for (const auto & pair : Pairs)
  {
    std::array<const AtomColumn *, 2> found = {{nullptr, nullptr}};
    for (int side = 0; side < 2; ++side)
    {
      const int sign = side == 0 ? 1 : -1;
      const std::size_t site =
        sites.Find(static_cast<int>(column.sublattice), column.i + sign * pair[0], column.j + sign * pair[1]);
      if (site != SiteTable::None)
      {
        found[static_cast<std::size_t>(side)] = &columns.GetColumns()[site];
        around.amplitudes.push_back(columns.GetColumns()[site].amplitude);
      }
      else if (inside(column.position + sign * (pair[0] * lattice.a + pair[1] * lattice.b)))
      {
        ++around.missing;
      }
    }
    if (found[0] && found[1])
    {
      around.predicted += 0.5 * (found[0]->position + found[1]->position);
      ++around.pairs;
    }
  }
  if (around.pairs > 0)
  {
    around.predicted /= around.pairs;
  }
  return around;
}
} // namespace

void
FlagColumns(AtomColumnSet & columns, const Lattice::Values & lattice)
{
  auto & container = columns.GetColumns();
  SiteTable sites(container.size());
  for (std::size_t n = 0; n < container.size(); ++n)
  {
    if (container[n].indexed)
    {
      sites.Insert(static_cast<int>(container[n].sublattice), container[n].i, container[n].j, n);
    }
  }
  constexpr double FarFraction = 0.2;
  constexpr double FaintFraction = 0.4;
  constexpr int MostVacancies = 2;
  const double far = FarFraction * std::min(lattice.a.norm(), lattice.b.norm());
  for (std::size_t n = 0; n < container.size(); ++n)
  {
    AtomColumn & column = container[n];
    column.flags &= ~static_cast<std::uint32_t>(FlagOutlier | FlagNearVacancy | FlagFaint);
    if (!column.indexed)
    {
      continue;
    }
    Surroundings around = Look(columns, sites, lattice, n);
    if (around.pairs > 0 && (column.position - around.predicted).norm() > far)
    {
      column.flags |= FlagOutlier;
    }
    if (around.missing > MostVacancies)
    {
      column.flags |= FlagEdge;
    }
    else if (around.missing > 0)
    {
      column.flags |= FlagNearVacancy;
    }
    if (around.amplitudes.size() >= 3)
    {
      std::sort(around.amplitudes.begin(), around.amplitudes.end());
      if (column.amplitude < FaintFraction * around.amplitudes[around.amplitudes.size() / 4])
      {
        column.flags |= FlagFaint;
      }
    }
  }
}
} // namespace ferro
