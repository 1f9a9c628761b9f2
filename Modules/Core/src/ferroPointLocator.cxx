#include "ferroPointLocator.h"

#include <nanoflann.hpp>

#include <algorithm>
#include <limits>

namespace ferro
{
namespace
{
struct Cloud
{
  std::vector<Eigen::Vector2d> points;
  std::size_t
  kdtree_get_point_count() const
  {
    return points.size();
  }
  double
  kdtree_get_pt(std::size_t index, std::size_t axis) const
  {
    return points[index][static_cast<Eigen::Index>(axis)];
  }
  template <class TBox>
  bool
  kdtree_get_bbox(TBox &) const
  {
    return false;
  }
};
using Index = nanoflann::KDTreeSingleIndexAdaptor<nanoflann::L2_Simple_Adaptor<double, Cloud>, Cloud, 2, std::size_t>;

void
Sort(std::vector<PointLocator::Match> & matches)
{
  std::sort(matches.begin(), matches.end(),
            [](const auto & l, const auto & r)
            { return l.second != r.second ? l.second < r.second : l.first < r.first; });
}
} // namespace

struct PointLocator::Tree
{
  explicit Tree(std::vector<Eigen::Vector2d> points)
    : cloud{std::move(points)}, index(2, cloud, nanoflann::KDTreeSingleIndexAdaptorParams(10))
  {
    index.buildIndex();
  }
  Cloud cloud;
  Index index;
};

PointLocator::PointLocator(std::vector<Eigen::Vector2d> points) : m_Tree(std::make_unique<Tree>(std::move(points)))
{
}
PointLocator::~PointLocator() = default;
PointLocator::PointLocator(PointLocator &&) noexcept = default;
PointLocator & PointLocator::operator=(PointLocator &&) noexcept = default;

PointLocator::Match
PointLocator::Nearest(const Eigen::Vector2d & query) const
{
  Match match{this->Size(), std::numeric_limits<double>::infinity()};
  if (this->Size() > 0)
  {
    nanoflann::KNNResultSet<double, std::size_t> result(1);
    result.init(&match.first, &match.second);
    m_Tree->index.findNeighbors(result, query.data(), nanoflann::SearchParams());
  }
  return match;
}

std::vector<PointLocator::Match>
PointLocator::Nearest(const Eigen::Vector2d & query, std::size_t count) const
{
  count = std::min(count, this->Size());
  if (count == 0)
  {
    return {};
  }
  std::vector<std::size_t> indices(count);
  std::vector<double> distances(count);
  count = m_Tree->index.knnSearch(query.data(), count, indices.data(), distances.data());
  std::vector<Match> matches(count);
  for (std::size_t n = 0; n < count; ++n)
  {
    matches[n] = {indices[n], distances[n]};
  }
  Sort(matches);
  return matches;
}

std::vector<PointLocator::Match>
PointLocator::Within(const Eigen::Vector2d & query, double radius) const
{
  if (this->Size() == 0)
  {
    return {};
  }
  std::vector<Match> matches;
  nanoflann::RadiusResultSet<double, std::size_t> result(radius * radius, matches);
  m_Tree->index.findNeighbors(result, query.data(), nanoflann::SearchParams());
  Sort(matches);
  return matches;
}

std::size_t
PointLocator::Size() const
{
  return m_Tree->cloud.points.size();
}

const std::vector<Eigen::Vector2d> &
PointLocator::GetPoints() const
{
  return m_Tree->cloud.points;
}
} // namespace ferro
