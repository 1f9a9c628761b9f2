#ifndef ferroCellField_h
#define ferroCellField_h

#include "ferroAtomColumnSet.h"
#include "ferroSiteTable.h"
#include "ferroUnitCellSet.h"

#include <Eigen/Core>

#include <vector>

namespace ferro
{
/** \class CellField
 * \brief The cells of a map as a field on the a-b grid, in physical units: nm and pm, or pixels where not calibrated.
 *
 * The place of a cell is the mean of its four corners, which does not move with the displacement of the centre.
 */
class CellField
{
public:
  static constexpr std::size_t None = SiteTable::None;

  /** \throws AnalysisError when a cell names a column that is not in the set */
  CellField(const UnitCellSet & cells, const AtomColumnSet & columns);

  std::size_t
  Size() const
  {
    return m_Cells.size();
  }
  const UnitCell &
  Cell(std::size_t k) const
  {
    return m_Cells[k];
  }
  /** Middle of the corners, nm. */
  const Eigen::Vector2d &
  Place(std::size_t k) const
  {
    return m_Places[k];
  }
  /** Polar displacement, pm. */
  const Eigen::Vector2d &
  Vector(std::size_t k) const
  {
    return m_Vectors[k];
  }
  /** Its covariance, pm^2. */
  const Eigen::Matrix2d &
  Covariance(std::size_t k) const
  {
    return m_Covariances[k];
  }
  /** Whether the cell carries no flag and numbers. */
  bool
  IsTrusted(std::size_t k) const
  {
    return m_Trusted[k] != 0;
  }
  /** The cell at a place of the grid, or None. */
  std::size_t
  At(int i, int j) const
  {
    return m_Sites.Find(0, i, j);
  }
  /** The eight cells around: (di + 1) + 3 (dj + 1), the cell itself in the middle. */
  std::size_t
  Neighbor(std::size_t k, int di, int dj) const
  {
    return m_Neighbors[9 * k + static_cast<std::size_t>(3 * (dj + 1) + di + 1)];
  }
  /** Typical distance of neighbours, nm. */
  double
  Spacing() const
  {
    return m_Spacing;
  }
  const ImageGeometry &
  Geometry() const
  {
    return m_Geometry;
  }
  const AtomColumnSet &
  Columns() const
  {
    return m_Columns;
  }

private:
  const UnitCellSet::ContainerType & m_Cells;
  const AtomColumnSet & m_Columns;
  ImageGeometry m_Geometry;
  SiteTable m_Sites;
  std::vector<Eigen::Vector2d> m_Places;
  std::vector<Eigen::Vector2d> m_Vectors;
  std::vector<Eigen::Matrix2d> m_Covariances;
  std::vector<char> m_Trusted;
  std::vector<std::size_t> m_Neighbors;
  double m_Spacing = 1.0;
};
} // namespace ferro

#endif
