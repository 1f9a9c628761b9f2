#ifndef ferroLatticeSupport_h
#define ferroLatticeSupport_h

#include "ferroPlane.h"

#include <Eigen/Core>
#include <array>
#include <vector>

namespace ferro
{
/** A place where the neighbours say that a column should be. */
struct PredictedSite
{
  Eigen::Vector2d position = Eigen::Vector2d::Zero(); ///< mean of the predictions, pixels
  int votes = 0;                                      ///< neighbours that predict it
};

/** \class LatticeSupport
 * \brief Which points repeat along the translations of a lattice.
 *
 * A column of a crystal has its like at r +- t1, r +- t2, r +- (t1 + t2) and r +- (t1 - t2); noise has not. This asks
 * for nothing but translation symmetry: it holds for any zone axis and any number of columns per cell.
 * Translations are followed locally, so that bent planes and coherent layers of other cell size are kept.
 */
class LatticeSupport
{
public:
  /** \param points positions, pixels
   * \param translations two shortest translations, as columns
   * \param width,height size of the image, pixels
   * \param tolerance largest miss that counts, as a fraction of the shorter translation */
  LatticeSupport(std::vector<Eigen::Vector2d> points, const Eigen::Matrix2d & translations, long width, long height,
                 double tolerance, const ParallelFor & parallel);

  /** Share of the places inside the image at which the like of point n was found, each weighted by how well it meets
   * the place: 1 - (miss / tolerance)^2, which chance makes 1/2 on average. 0..1. */
  double
  GetShare(std::size_t n) const
  {
    return m_Checked[n] > 0 ? m_Quality[n] / m_Checked[n] : 0.0;
  }
  int
  GetFound(std::size_t n) const
  {
    return m_Found[n];
  }
  /** Number of points that steps from match to match connect with point n, itself included. */
  std::size_t
  GetIslandSize(std::size_t n) const
  {
    return m_IslandSizes[n];
  }
  /** RMS distance between predicted and found places, as a fraction of the tolerance; 0.707 for chance. */
  double
  GetRelativeMiss() const
  {
    return m_RelativeMiss;
  }
  /** Places without a point that at least minimumVotes points predict, in a fixed order. */
  std::vector<PredictedSite> GetEmptySites(int minimumVotes) const;

private:
  std::vector<Eigen::Vector2d> m_Points;
  std::vector<int> m_Found;
  std::vector<double> m_Quality; ///< sum of the weights of what was found
  std::vector<int> m_Checked;
  std::vector<Eigen::Vector2d> m_Empty; ///< predicted places at which nothing was found
  std::vector<std::size_t> m_IslandSizes;
  double m_RelativeMiss = 0.0;
  double m_Radius = 0.0;
};
} // namespace ferro

#endif
