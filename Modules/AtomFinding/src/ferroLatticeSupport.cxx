#include "ferroLatticeSupport.h"

#include "ferroPointLocator.h"

#include <algorithm>
#include <cmath>
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
} // namespace

LatticeSupport::LatticeSupport(std::vector<Eigen::Vector2d> points, const Eigen::Matrix2d & translations, long width,
                               long height, double tolerance)
  : m_Points(std::move(points)), m_Found(m_Points.size(), 0), m_Quality(m_Points.size(), 0.0),
    m_Checked(m_Points.size(), 0)
{
  const double length = std::min(translations.col(0).norm(), translations.col(1).norm());
  m_Radius = tolerance * length;
  const PointLocator locator(m_Points);
  const std::size_t count = m_Points.size();

  // Local translations: what the matches of the points around say, first with the global ones as a guide.
  std::vector<Eigen::Matrix2d> local(count, translations);
  constexpr int Rounds = 2;
  for (int round = 0; round < Rounds; ++round)
  {
    std::vector<std::array<Eigen::Vector2d, 2>> sums(count);
    std::vector<std::array<int, 2>> numbers(count);
    for (std::size_t n = 0; n < count; ++n)
    {
      for (int t = 0; t < 2; ++t)
      {
        sums[n][static_cast<std::size_t>(t)].setZero();
        numbers[n][static_cast<std::size_t>(t)] = 0;
        for (const double sign : {1.0, -1.0})
        {
          const auto match = locator.Nearest(m_Points[n] + sign * local[n].col(t));
          if (match.first < count && match.second < m_Radius * m_Radius)
          {
            sums[n][static_cast<std::size_t>(t)] += sign * (m_Points[match.first] - m_Points[n]);
            ++numbers[n][static_cast<std::size_t>(t)];
          }
        }
      }
    }
    for (std::size_t n = 0; n < count; ++n)
    {
      for (std::size_t t = 0; t < 2; ++t)
      {
        // The global translation counts as a few matches: where there are hardly any, it stays in force.
        constexpr double Weight = 4.0;
        Eigen::Vector2d sum = Weight * translations.col(static_cast<Eigen::Index>(t));
        double number = Weight;
        for (const auto & near : locator.Within(m_Points[n], 2.6 * length))
        {
          sum += sums[near.first][t];
          number += numbers[near.first][t];
        }
        local[n].col(static_cast<Eigen::Index>(t)) = sum / number;
      }
    }
  }

  std::vector<std::size_t> parents(count);
  std::iota(parents.begin(), parents.end(), std::size_t{0});
  double squares = 0.0;
  long matches = 0;
  const double margin = 0.5 * m_Radius;
  for (std::size_t n = 0; n < count; ++n)
  {
    for (const auto & step : Steps)
    {
      const Eigen::Vector2d translation = local[n] * Eigen::Vector2d(step[0], step[1]);
      for (const double sign : {1.0, -1.0})
      {
        const Eigen::Vector2d place = m_Points[n] + sign * translation;
        if (place.x() < margin || place.y() < margin || place.x() > static_cast<double>(width - 1) - margin ||
            place.y() > static_cast<double>(height - 1) - margin)
        {
          continue;
        }
        ++m_Checked[n];
        const auto match = locator.Nearest(place);
        if (match.first < count && match.second < m_Radius * m_Radius)
        {
          ++m_Found[n];
          Unite(parents, n, match.first);
          m_Quality[n] += 1.0 - match.second / (m_Radius * m_Radius);
          squares += match.second;
          ++matches;
        }
        else
        {
          m_Empty.push_back(place);
        }
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
  m_RelativeMiss = matches > 0 ? std::sqrt(squares / static_cast<double>(matches)) / m_Radius : 1.0;
}

std::vector<PredictedSite>
LatticeSupport::GetEmptySites(int minimumVotes) const
{
  std::vector<PredictedSite> sites;
  const PointLocator locator(m_Empty);
  std::vector<bool> used(m_Empty.size(), false);
  for (std::size_t n = 0; n < m_Empty.size(); ++n)
  {
    if (used[n])
    {
      continue;
    }
    PredictedSite site;
    for (const auto & match : locator.Within(m_Empty[n], m_Radius))
    {
      if (!used[match.first])
      {
        used[match.first] = true;
        site.position += m_Empty[match.first];
        ++site.votes;
      }
    }
    if (site.votes >= minimumVotes)
    {
      site.position /= site.votes;
      sites.push_back(site);
    }
  }
  return sites;
}
} // namespace ferro
