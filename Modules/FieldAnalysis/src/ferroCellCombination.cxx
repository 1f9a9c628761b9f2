#include "ferroCellCombination.h"

#include "ferroScanLines.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
CellCombination::CellCombination(const AtomColumnSet & columns)
  : m_Columns(columns), m_Scale(columns.GetGeometry().VectorScale()), m_Epochs(columns.Size(), 0),
    m_Slots(columns.Size(), 0)
{
  const ScanLines * lines = columns.GetScanLines();
  for (std::size_t axis = 0; lines && axis < 2; ++axis)
  {
    m_Reach[axis] = lines->Reach(static_cast<ScanLines::AxisName>(axis));
  }
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
  if (const PairedScanErrors * paired = m_Columns.GetPairedScanErrors())
  {
    std::vector<std::size_t> members;
    std::vector<Eigen::Vector2d> weights;
    for (const auto axis : {ScanLines::X, ScanLines::Y})
    {
      members.clear();
      weights.clear();
      for (const Member & member : m_Members)
      {
        members.push_back(member.column);
        weights.emplace_back(member.weight.col(axis));
        // That of the column alone is in its covariance.
        covariance -=
          paired->Covariance(axis, member.column, member.column) * weights.back() * weights.back().transpose();
      }
      covariance += paired->CovarianceOfSum(axis, members, weights);
    }
  }
  const double farthest = std::max(m_Reach[0], m_Reach[1]);
  if (farthest < 0.0)
  {
    return covariance;
  }
  const ScanLines & lines = *m_Columns.GetScanLines();
  // Sorted by line, each column meets only those that are near enough to share lines with it.
  std::sort(m_Members.begin(), m_Members.end(),
            [&](const Member & l, const Member & r)
            {
              const double yl = columns[l.column].position.y();
              const double yr = columns[r.column].position.y();
              return yl != yr ? yl < yr : l.column < r.column;
            });
  for (std::size_t k = 0; k < m_Members.size(); ++k)
  {
    const double first = columns[m_Members[k].column].position.y();
    for (std::size_t l = k + 1; l < m_Members.size(); ++l)
    {
      const double second = columns[m_Members[l].column].position.y();
      if (second - first > farthest)
      {
        break;
      }
      for (const auto axis : {ScanLines::X, ScanLines::Y})
      {
        if (second - first <= m_Reach[static_cast<std::size_t>(axis)])
        {
          const double shared = lines.Covariance(axis, AtomColumnSet::ScanPlace(columns[m_Members[k].column], axis),
                                                 AtomColumnSet::ScanPlace(columns[m_Members[l].column], axis));
          const Eigen::Matrix2d term =
            shared * m_Members[k].weight.col(axis) * m_Members[l].weight.col(axis).transpose();
          covariance += term + term.transpose();
        }
      }
    }
  }
  return covariance;
}
} // namespace ferro
