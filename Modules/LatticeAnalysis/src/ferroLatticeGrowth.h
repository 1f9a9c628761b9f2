#ifndef ferroLatticeGrowth_h
#define ferroLatticeGrowth_h

#include <Eigen/Core>

#include <cstddef>
#include <vector>

namespace ferro
{
class PointLocator;

/** Points that whole-number steps along two translations connect. */
struct LatticeComponent
{
  struct Member
  {
    std::size_t column = 0;
    int i = 0;
    int j = 0;
  };
  std::vector<Member> members; ///< in the order in which they were reached
};

/** Walks from point to point along the translations, following them as they bend, and numbers the points.
 * Each point belongs to at most one component; components come with the largest first.
 * \param translations as columns, pixels
 * \param tolerance largest miss of a step as a fraction of the shorter translation */
std::vector<LatticeComponent> GrowLattice(const PointLocator & points, const Eigen::Matrix2d & translations,
                                          double tolerance);

/** Two translations from the points alone: the shortest vectors that carry most points onto points of like
 * brightness. Zero when there are none. */
Eigen::Matrix2d EstimateTranslations(const PointLocator & points, const std::vector<double> & amplitudes);
} // namespace ferro

#endif
