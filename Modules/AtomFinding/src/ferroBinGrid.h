#ifndef ferroBinGrid_h
#define ferroBinGrid_h

#include <Eigen/Core>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace ferro
{
/** \class BinGrid
 * \brief Points sorted into square bins, for averages over surroundings that need no exact radius.
 */
class BinGrid
{
public:
  /** \param side of a bin, pixels, above zero */
  BinGrid(const std::vector<Eigen::Vector2d> & points, double side) : m_Side(side)
  {
    Eigen::Vector2d last = Eigen::Vector2d::Zero();
    for (const auto & point : points)
    {
      last = last.cwiseMax(point);
    }
    m_Columns = static_cast<long>(last.x() / side) + 1;
    m_Rows = static_cast<long>(last.y() / side) + 1;
    m_Members.resize(static_cast<std::size_t>(m_Columns * m_Rows));
    for (std::size_t n = 0; n < points.size(); ++n)
    {
      m_Members[this->BinOf(points[n])].push_back(n);
    }
  }
  std::size_t
  BinOf(const Eigen::Vector2d & point) const
  {
    const long x = std::clamp(static_cast<long>(point.x() / m_Side), 0L, m_Columns - 1);
    const long y = std::clamp(static_cast<long>(point.y() / m_Side), 0L, m_Rows - 1);
    return static_cast<std::size_t>(y * m_Columns + x);
  }
  std::size_t
  Size() const
  {
    return m_Members.size();
  }
  /** Points in the bin. */
  const std::vector<std::size_t> &
  Members(std::size_t bin) const
  {
    return m_Members[bin];
  }
  /** The bin and those around it, as far as there are any, in a fixed order. */
  std::vector<std::size_t>
  Around(std::size_t bin) const
  {
    const long cx = static_cast<long>(bin) % m_Columns;
    const long cy = static_cast<long>(bin) / m_Columns;
    std::vector<std::size_t> bins;
    for (long y = std::max(0L, cy - 1); y <= std::min(m_Rows - 1, cy + 1); ++y)
    {
      for (long x = std::max(0L, cx - 1); x <= std::min(m_Columns - 1, cx + 1); ++x)
      {
        bins.push_back(static_cast<std::size_t>(y * m_Columns + x));
      }
    }
    return bins;
  }

private:
  double m_Side;
  long m_Columns = 1;
  long m_Rows = 1;
  std::vector<std::vector<std::size_t>> m_Members;
};
} // namespace ferro

#endif
