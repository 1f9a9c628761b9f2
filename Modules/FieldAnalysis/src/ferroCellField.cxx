#include "ferroCellField.h"

#include "ferroErrors.h"

#include <algorithm>
#include <string>

namespace ferro
{
CellField::CellField(const UnitCellSet & cells, const AtomColumnSet & columns)
  : m_Cells(cells.GetCells()), m_Columns(columns), m_Geometry(cells.GetGeometry()), m_Sites(cells.Size())
{
  const std::size_t count = m_Cells.size();
  const Eigen::Vector2d scale = m_Geometry.VectorScale();
  m_Places.resize(count);
  m_Vectors.resize(count);
  m_Covariances.resize(count);
  m_Trusted.resize(count);
  for (std::size_t k = 0; k < count; ++k)
  {
    const UnitCell & cell = m_Cells[k];
    Eigen::Vector2d middle = Eigen::Vector2d::Zero();
    for (const std::size_t corner : cell.corners)
    {
      if (corner >= columns.Size() || cell.centerColumn >= columns.Size())
      {
        throw AnalysisError("cell " + std::to_string(k) + " names a column that is not among the " +
                            std::to_string(columns.Size()) + " given");
      }
      middle += 0.25 * columns.GetColumns()[corner].position;
    }
    m_Places[k] = m_Geometry.ToPhysical(middle);
    m_Vectors[k] = cell.polarization.cwiseProduct(scale);
    m_Covariances[k] = scale.asDiagonal() * cell.covariance * scale.asDiagonal();
    m_Trusted[k] = cell.flags == FlagNone && m_Vectors[k].allFinite() && m_Covariances[k].allFinite();
    m_Sites.Insert(0, cell.i, cell.j, k);
  }
  m_Neighbors.resize(9 * count);
  std::vector<double> distances;
  for (std::size_t k = 0; k < count; ++k)
  {
    for (int dj = -1; dj <= 1; ++dj)
    {
      for (int di = -1; di <= 1; ++di)
      {
        m_Neighbors[9 * k + static_cast<std::size_t>(3 * (dj + 1) + di + 1)] =
          this->At(m_Cells[k].i + di, m_Cells[k].j + dj);
      }
    }
    for (const std::size_t next : {this->Neighbor(k, 1, 0), this->Neighbor(k, 0, 1)})
    {
      if (next != None)
      {
        distances.push_back((m_Places[next] - m_Places[k]).norm());
      }
    }
  }
  if (!distances.empty())
  {
    const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
    std::nth_element(distances.begin(), middle, distances.end());
    m_Spacing = *middle > 0.0 ? *middle : 1.0;
  }
}
} // namespace ferro
