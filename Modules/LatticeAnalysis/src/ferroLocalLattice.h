#ifndef ferroLocalLattice_h
#define ferroLocalLattice_h

#include "ferroAtomColumnSet.h"

#include <Eigen/Core>

#include <vector>

namespace ferro
{
/** \class LocalLattice
 * \brief Smooths a quantity over the sites of a sublattice: a parabola in i and j through the sites around each one.
 *
 * Up to four cells away count, with weights that fall smoothly to the border of the window. What bends within less
 * is kept out of the smooth part.
 */
class LocalLattice
{
public:
  /** \param columns labelled columns
   * \param members which of them: all of one sublattice */
  LocalLattice(const AtomColumnSet & columns, const std::vector<std::size_t> & members);

  /** The smooth part at each member.
   * \param values one for each member
   * \param counts members that do not count are left out of the fits; their smooth part is made all the same */
  std::vector<Eigen::Vector2d> Smooth(const std::vector<Eigen::Vector2d> & values,
                                      const std::vector<bool> & counts) const;

private:
  static constexpr int Half = 4;
  static constexpr int Width = 2 * Half + 1;

  std::vector<std::pair<int, int>> m_Sites; ///< i and j of each member, from 0
  std::vector<long> m_Members;              ///< member at each site of the box around all, or -1
  int m_Columns = 0;
  int m_Rows = 0;
  std::vector<double> m_Kernel; ///< of a window without a gap
};
} // namespace ferro

#endif
