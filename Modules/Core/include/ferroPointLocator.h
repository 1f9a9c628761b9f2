#ifndef ferroPointLocator_h
#define ferroPointLocator_h

#include "FerroscopeCoreExport.h"

#include <Eigen/Core>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace ferro
{
/** \class PointLocator
 * \brief Neighbour queries among points in the plane (a KD-tree of nanoflann).
 *
 * Queries are const and may run from several threads. Results are sorted by distance, ties by index, so
 * that they do not depend on the order in which the tree was walked.
 */
class FerroscopeCore_EXPORT PointLocator
{
public:
  /** Index of a point and its squared distance from the query. */
  using Match = std::pair<std::size_t, double>;

  explicit PointLocator(std::vector<Eigen::Vector2d> points);
  ~PointLocator();
  PointLocator(PointLocator &&) noexcept;
  PointLocator & operator=(PointLocator &&) noexcept;

  /** The nearest point, or an index equal to Size() when there is none. */
  Match Nearest(const Eigen::Vector2d & query) const;
  /** The count nearest points (fewer when there are not so many). */
  std::vector<Match> Nearest(const Eigen::Vector2d & query, std::size_t count) const;
  /** All points closer than radius. */
  std::vector<Match> Within(const Eigen::Vector2d & query, double radius) const;
  std::size_t Size() const;
  const std::vector<Eigen::Vector2d> & GetPoints() const;

private:
  struct Tree;
  std::unique_ptr<Tree> m_Tree;
};
} // namespace ferro

#endif
