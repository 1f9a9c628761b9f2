#include "ferroLatticeSupport.h"

#include "ferroBinGrid.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace ferro
{
namespace
{
/** Half of the directions; the others are their opposites. */
constexpr std::array<std::array<int, 2>, 4> Steps = {{{{1, 0}}, {{0, 1}}, {{1, 1}}, {{1, -1}}}};

std::size_t
Root(std::vector<std::size_t> & parents, std::size_t n)
{
  while (parents[n] != n)
  {
    parents[n] = parents[parents[n]];
    n = parents[n];
  }
  return n;
}

void
Unite(std::vector<std::size_t> & parents, std::size_t l, std::size_t r)
{
  l = Root(parents, l);
  r = Root(parents, r);
  parents[std::max(l, r)] = std::min(l, r);
}

/** Translations as they are around each bin: what the matches of the points around say, first with the global ones as a
 * guide. */
std::vector<Eigen::Matrix2d>
LocalTranslations(const std::vector<Eigen::Vector2d> & points, const BinGrid & grid, const BinGrid & bins,
                  const Eigen::Matrix2d & translations, double radius, const ParallelFor & parallel)
{
  struct Sum
  {
    Eigen::Matrix2d translations = Eigen::Matrix2d::Zero();
    Eigen::Vector2d matches = Eigen::Vector2d::Zero();
  };
  std::vector<Eigen::Matrix2d> local(bins.Size(), translations);
  std::vector<Sum> sums(bins.Size());
  constexpr std::size_t BinsPerChunk = 128;
  constexpr int Rounds = 2;
  for (int round = 0; round < Rounds; ++round)
  {
    const auto add = [&](std::size_t bin)
    {
      sums[bin] = Sum();
      for (const auto n : bins.Members(bin))
      {
        for (Eigen::Index t = 0; t < 2; ++t)
        {
          for (const double sign : {1.0, -1.0})
          {
            const auto match = grid.NearestWithin(points[n] + sign * local[bin].col(t), radius);
            if (match.first < points.size())
            {
              sums[bin].translations.col(t) += sign * (points[match.first] - points[n]);
              sums[bin].matches[t] += 1.0;
            }
          }
        }
      }
    };
    ForChunks(bins.Size(), BinsPerChunk, parallel,
              [&](std::size_t first, std::size_t last)
              {
                for (std::size_t bin = first; bin < last; ++bin)
                {
                  add(bin);
                }
              });
    for (std::size_t bin = 0; bin < bins.Size(); ++bin)
    {
      if (bins.Members(bin).empty())
      {
        continue;
      }
      // The global translation counts as a few matches: where there are hardly any, it stays in force.
      constexpr double Weight = 4.0;
      Eigen::Matrix2d sum = Weight * translations;
      Eigen::Vector2d matches = Eigen::Vector2d::Constant(Weight);
      bins.ForAround(bin,
                     [&](std::size_t near)
                     {
                       sum += sums[near].translations;
                       matches += sums[near].matches;
                     });
      local[bin] = sum * matches.cwiseInverse().asDiagonal();
    }
  }
  return local;
}
} // namespace

LatticeSupport::LatticeSupport(std::vector<Eigen::Vector2d> points, const Eigen::Matrix2d & translations, long width,
                               long height, double tolerance, const ParallelFor & parallel)
  : m_Points(std::move(points)), m_Found(m_Points.size(), 0), m_Quality(m_Points.size(), 0.0),
    m_Checked(m_Points.size(), 0)
{
  const double length = std::min(translations.col(0).norm(), translations.col(1).norm());
  m_Radius = tolerance * length;
  const std::size_t count = m_Points.size();
  const BinGrid grid(m_Points, 0.5 * length);
  const BinGrid bins(m_Points, 1.8 * length);
  const std::vector<Eigen::Matrix2d> local = LocalTranslations(m_Points, grid, bins, translations, m_Radius, parallel);

  // First every place is looked up, on all threads; then what was found is joined, in order.
  const double margin = 0.5 * m_Radius;
  const auto place = [&](std::size_t n, std::size_t direction)
  {
    const auto & step = Steps[direction / 2];
    const double sign = direction % 2 == 0 ? 1.0 : -1.0;
    return Eigen::Vector2d(m_Points[n] + sign * local[bins.BinOf(m_Points[n])] * Eigen::Vector2d(step[0], step[1]));
  };
  constexpr std::size_t Directions = 2 * Steps.size();
  struct Match
  {
    std::uint32_t point;
    float squared;
  };
  constexpr std::uint32_t Outside = 0xFFFFFFFF;
  std::vector<std::array<Match, Directions>> matches(count);
  constexpr std::size_t PointsPerChunk = 512;
  ForChunks(count, PointsPerChunk, parallel,
            [&](std::size_t first, std::size_t last)
            {
              for (std::size_t n = first; n < last; ++n)
              {
                for (std::size_t direction = 0; direction < Directions; ++direction)
                {
                  const Eigen::Vector2d at = place(n, direction);
                  const bool inside = at.x() >= margin && at.y() >= margin &&
                                      at.x() <= static_cast<double>(width - 1) - margin &&
                                      at.y() <= static_cast<double>(height - 1) - margin;
                  const auto match = grid.NearestWithin(at, m_Radius);
                  matches[n][direction] = {inside ? static_cast<std::uint32_t>(match.first) : Outside,
                                           static_cast<float>(match.second)};
                }
              }
            });

  std::vector<std::size_t> parents(count);
  std::iota(parents.begin(), parents.end(), std::size_t{0});
  double squares = 0.0;
  long found = 0;
  for (std::size_t n = 0; n < count; ++n)
  {
    for (std::size_t direction = 0; direction < Directions; ++direction)
    {
      const Match & match = matches[n][direction];
      if (match.point == Outside)
      {
        continue;
      }
      ++m_Checked[n];
      if (match.point < count)
      {
        ++m_Found[n];
        Unite(parents, n, match.point);
        m_Quality[n] += 1.0 - match.squared / (m_Radius * m_Radius);
        squares += match.squared;
        ++found;
      }
      else
      {
        m_Empty.push_back(place(n, direction));
      }
    }
  }
  std::vector<std::size_t> sizes(count, 0);
  for (std::size_t n = 0; n < count; ++n)
  {
    ++sizes[Root(parents, n)];
  }
  m_IslandSizes.resize(count);
  for (std::size_t n = 0; n < count; ++n)
  {
    m_IslandSizes[n] = sizes[Root(parents, n)];
  }
  m_RelativeMiss = found > 0 ? std::sqrt(squares / static_cast<double>(found)) / m_Radius : 1.0;
}

std::vector<PredictedSite>
LatticeSupport::GetEmptySites(int minimumVotes) const
{
  std::vector<PredictedSite> sites;
  if (m_Empty.empty())
  {
    return sites;
  }
  const BinGrid grid(m_Empty, m_Radius);
  std::vector<bool> used(m_Empty.size(), false);
  for (std::size_t n = 0; n < m_Empty.size(); ++n)
  {
    if (used[n])
    {
      continue;
    }
    PredictedSite site;
    grid.ForWithin(m_Empty[n], m_Radius,
                   [&](std::size_t other, double)
                   {
                     if (!used[other])
                     {
                       used[other] = true;
                       site.position += m_Empty[other];
                       ++site.votes;
                     }
                   });
    if (site.votes >= minimumVotes)
    {
      site.position /= site.votes;
      sites.push_back(site);
    }
  }
  return sites;
}
} // namespace ferro
