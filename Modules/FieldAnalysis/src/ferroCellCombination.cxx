#include "ferroCellCombination.h"

#include "ferroScanCorrelation.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
CellCombination::CellCombination(const AtomColumnSet & columns)
  : m_Columns(columns), m_Scale(columns.GetGeometry().VectorScale()), m_Epochs(columns.Size(), 0),
    m_Slots(columns.Size(), 0)
{
  const auto & container = columns.GetColumns();
  m_HasScan = std::any_of(container.begin(), container.end(),
                          [](const AtomColumn & column) { return column.scanVariance.x() > 0.0; });
}

void
CellCombination::Clear()
{
  m_Members.clear();
  ++m_Epoch;
}

void
CellCombination::AddColumn(std::size_t column, const Eigen::Matrix2d & weight)
{
  if (m_Epochs[column] != m_Epoch)
  {
    m_Epochs[column] = m_Epoch;
    m_Slots[column] = static_cast<std::uint32_t>(m_Members.size());
    m_Members.push_back({column, weight});
    return;
  }
  m_Members[m_Slots[column]].weight += weight;
}

void
CellCombination::Add(const UnitCell & cell, const Eigen::Matrix2d & weight)
{
  // The sign of A-centred cells turns both parts and does not change the covariance.
  const double sign = cell.center == Sublattice::A ? -1.0 : 1.0;
  const Eigen::Matrix2d scaled = sign * weight * m_Scale.asDiagonal();
  this->AddColumn(cell.centerColumn, scaled);
  for (const std::size_t corner : cell.corners)
  {
    this->AddColumn(corner, -0.25 * scaled);
  }
}

Eigen::Matrix2d
CellCombination::Covariance()
{
  const auto & columns = m_Columns.GetColumns();
  Eigen::Matrix2d covariance = Eigen::Matrix2d::Zero();
  for (const Member & member : m_Members)
  {
    covariance += member.weight * columns[member.column].covariance * member.weight.transpose();
  }
  if (!m_HasScan)
  {
    return covariance;
  }
  // Sorted by line, each column meets only those that are near enough to share lines with it.
  std::sort(m_Members.begin(), m_Members.end(),
            [&](const Member & l, const Member & r)
            {
              const double yl = columns[l.column].position.y();
              const double yr = columns[r.column].position.y();
              return yl != yr ? yl < yr : l.column < r.column;
            });
  const double sigma = m_Columns.GetColumnSigma();
  const double reach = 6.0 * sigma; // exp(-9) beyond it
  for (std::size_t k = 0; k < m_Members.size(); ++k)
  {
    const AtomColumn & first = columns[m_Members[k].column];
    for (std::size_t l = k + 1; l < m_Members.size(); ++l)
    {
      const AtomColumn & second = columns[m_Members[l].column];
      const double dy = second.position.y() - first.position.y();
      if (dy > reach)
      {
        break;
      }
      const double shared = ScanCorrelation(dy, sigma) * std::sqrt(first.scanVariance.x() * second.scanVariance.x());
      const Eigen::Matrix2d term = shared * m_Members[k].weight.col(0) * m_Members[l].weight.col(0).transpose();
      covariance += term + term.transpose();
    }
  }
  return covariance;
}
} // namespace ferro
