#ifndef ferroCellCombination_h
#define ferroCellCombination_h

#include "ferroAtomColumnSet.h"
#include "ferroUnitCellSet.h"

#include <Eigen/Core>

#include <array>
#include <cstdint>
#include <vector>

namespace ferro
{
/** \class CellCombination
 * \brief Covariance of sums of polar displacements, sum_k G_k P_k, with what the cells have in common.
 *
 * Neighbouring cells share corner columns, and columns on the same scan lines share the errors of the scan. So the sum
 * is written as one over columns, sum_c M_c r_c, and C = sum_c M_c C_c M_c^T + scan terms between columns.
 */
class CellCombination
{
public:
  explicit CellCombination(const AtomColumnSet & columns);
  void Clear();
  /** Adds G P of a cell; P in pm (px where not calibrated). */
  void Add(const UnitCell & cell, const Eigen::Matrix2d & weight);
  /** Covariance of the sum. */
  Eigen::Matrix2d Covariance();

private:
  struct Member
  {
    std::size_t column;
    Eigen::Matrix2d weight;
  };
  void AddColumn(std::size_t column, const Eigen::Matrix2d & weight);

  const AtomColumnSet & m_Columns;
  Eigen::Vector2d m_Scale;
  std::array<double, 2> m_Reach{{-1.0, -1.0}}; ///< lines over which scan errors are common, along x and y; -1: none
  std::vector<Member> m_Members;
  std::vector<std::uint32_t> m_Epochs; ///< per column: the sum it was last met in
  std::vector<std::uint32_t> m_Slots;  ///< per column: its place among the members
  std::uint32_t m_Epoch = 0;
};
} // namespace ferro

#endif
