#include "ferroLatticeSupport.h"

#include "ferroBinGrid.h"
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
  const BinGrid bins(m_Points, 1.8 * length);
  std::vector<Eigen::Matrix2d> local(bins.Size(), translations);
  constexpr int Rounds = 2;
  for (int round = 0; round < Rounds; ++round)
  {
    struct Sum
    {
      Eigen::Matrix2d translations = Eigen::Matrix2d::Zero();
      Eigen::Vector2d matches = Eigen::Vector2d::Zero();
    };
    std::vector<Sum> sums(bins.Size());
    for (std::size_t bin = 0; bin < bins.Size(); ++bin)
    {
      for (const std::size_t n : bins.Members(bin))
      {
        for (Eigen::Index t = 0; t < 2; ++t)
        {
          for (const double sign : {1.0, -1.0})
          {
            const auto match = locator.Nearest(m_Points[n] + sign * local[bin].col(t));
            if (match.first < count && match.second < m_Radius * m_Radius)
            {
              sums[bin].translations.col(t) += sign * (m_Points[match.first] - m_Points[n]);
              sums[bin].matches[t] += 1.0;
            }
          }
        }
      }
    }
    for (std::size_t bin = 0; bin < bins.Size(); ++bin)
    {
      // The global translation counts as a few matches: where there are hardly any, it stays in force.
      constexpr double Weight = 4.0;
      Eigen::Matrix2d sum = Weight * translations;
      Eigen::Vector2d matches = Eigen::Vector2d::Constant(Weight);
      for (const std::size_t near : bins.Around(bin))
      {
        sum += sums[near].translations;
        matches += sums[near].matches;
      }
      local[bin] = sum * matches.cwiseInverse().asDiagonal();
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
      const Eigen::Vector2d translation = local[bins.BinOf(m_Points[n])] * Eigen::Vector2d(step[0], step[1]);
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
