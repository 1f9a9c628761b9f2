#ifndef ferroBinGrid_h
#define ferroBinGrid_h

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace ferro
{
/** \class BinGrid
 * \brief Points sorted into square bins: averages over surroundings, and what lies within a radius of a place.
 *
 * For points that lie about evenly, as atom columns do, a query costs the same however many points there are. Queries
 * of other kinds (the k nearest) are PointLocator's.
 */
class BinGrid
{
public:
  /** Index of a point and its squared distance. */
  using Match = std::pair<std::size_t, double>;

  /** Points of a bin, as a range of indices in ascending order. */
  class Range
  {
  public:
    Range(const std::uint32_t * first, const std::uint32_t * last) : m_First(first), m_Last(last)
    {
    }
    const std::uint32_t *
    begin() const
    {
      return m_First;
    }
    const std::uint32_t *
    end() const
    {
      return m_Last;
    }
    bool
    empty() const
    {
      return m_First == m_Last;
    }

  private:
    const std::uint32_t * m_First;
    const std::uint32_t * m_Last;
  };

  /** \param points positions, fewer than 2^32
   * \param side of a bin, in the unit of the points, above zero; larger where the points are strewn so far apart that
   * most bins would be empty */
  BinGrid(const std::vector<Eigen::Vector2d> & points, double side) : m_Side(side)
  {
    if (!points.empty())
    {
      m_Origin = points.front();
    }
    Eigen::Vector2d last = m_Origin;
    for (const auto & point : points)
    {
      m_Origin = m_Origin.cwiseMin(point);
      last = last.cwiseMax(point);
    }
    const Eigen::Vector2d extent = last - m_Origin;
    const double most = 16.0 * static_cast<double>(points.size()) + 1024.0;
    while ((extent.x() / m_Side + 1.0) * (extent.y() / m_Side + 1.0) > most)
    {
      m_Side *= 2.0;
    }
    m_Columns = static_cast<long>(extent.x() / m_Side) + 1;
    m_Rows = static_cast<long>(extent.y() / m_Side) + 1;
    m_Starts.assign(static_cast<std::size_t>(m_Columns * m_Rows) + 1, 0);
    std::vector<std::uint32_t> bins(points.size());
    for (std::size_t n = 0; n < points.size(); ++n)
    {
      bins[n] = static_cast<std::uint32_t>(this->BinOf(points[n]));
      ++m_Starts[bins[n] + 1];
    }
    for (std::size_t bin = 1; bin < m_Starts.size(); ++bin)
    {
      m_Starts[bin] += m_Starts[bin - 1];
    }
    m_Members.resize(points.size());
    m_Points.resize(points.size());
    std::vector<std::uint32_t> next(m_Starts.begin(), m_Starts.end() - 1);
    for (std::size_t n = 0; n < points.size(); ++n)
    {
      const std::uint32_t slot = next[bins[n]]++;
      m_Members[slot] = static_cast<std::uint32_t>(n);
      m_Points[slot] = points[n];
    }
  }
  /** Bin of a place; the nearest one for a place outside. */
  std::size_t
  BinOf(const Eigen::Vector2d & point) const
  {
    return static_cast<std::size_t>(this->Row(point.y()) * m_Columns + this->Column(point.x()));
  }
  /** Number of bins. */
  std::size_t
  Size() const
  {
    return m_Starts.size() - 1;
  }
  /** Points in the bin. */
  Range
  Members(std::size_t bin) const
  {
    return {m_Members.data() + m_Starts[bin], m_Members.data() + m_Starts[bin + 1]};
  }
  /** Calls body(bin) for the bin and those around it, as far as there are any, in a fixed order. */
  template <class TBody>
  void
  ForAround(std::size_t bin, TBody body) const
  {
    const long cx = static_cast<long>(bin) % m_Columns;
    const long cy = static_cast<long>(bin) / m_Columns;
    for (long y = std::max(0L, cy - 1); y <= std::min(m_Rows - 1, cy + 1); ++y)
    {
      for (long x = std::max(0L, cx - 1); x <= std::min(m_Columns - 1, cx + 1); ++x)
      {
        body(static_cast<std::size_t>(y * m_Columns + x));
      }
    }
  }
  /** Calls body(index, squared distance) for each point nearer than radius, in a fixed order. */
  template <class TBody>
  void
  ForWithin(const Eigen::Vector2d & place, double radius, TBody body) const
  {
    const double limit = radius * radius;
    const long left = this->Column(place.x() - radius);
    const long right = this->Column(place.x() + radius);
    const long bottom = this->Row(place.y() + radius);
    for (long y = this->Row(place.y() - radius); y <= bottom; ++y)
    {
      // The bins of a row stand one after the other.
      const std::uint32_t last = m_Starts[static_cast<std::size_t>(y * m_Columns + right) + 1];
      for (std::uint32_t slot = m_Starts[static_cast<std::size_t>(y * m_Columns + left)]; slot < last; ++slot)
      {
        const double squared = (m_Points[slot] - place).squaredNorm();
        if (squared < limit)
        {
          body(static_cast<std::size_t>(m_Members[slot]), squared);
        }
      }
    }
  }
  /** The nearest of the points nearer than radius; the number of points and infinity where there is none. */
  Match
  NearestWithin(const Eigen::Vector2d & place, double radius) const
  {
    Match best{m_Points.size(), std::numeric_limits<double>::infinity()};
    this->ForWithin(place, radius,
                    [&best](std::size_t index, double squared)
                    {
                      if (squared < best.second || (squared == best.second && index < best.first))
                      {
                        best = {index, squared};
                      }
                    });
    return best;
  }

private:
  long
  Column(double x) const
  {
    return std::clamp(static_cast<long>(std::clamp((x - m_Origin.x()) / m_Side, 0.0, 1e9)), 0L, m_Columns - 1);
  }
  long
  Row(double y) const
  {
    return std::clamp(static_cast<long>(std::clamp((y - m_Origin.y()) / m_Side, 0.0, 1e9)), 0L, m_Rows - 1);
  }

  double m_Side;
  Eigen::Vector2d m_Origin = Eigen::Vector2d::Zero();
  long m_Columns = 1;
  long m_Rows = 1;
  std::vector<std::uint32_t> m_Starts;   ///< per bin: its first slot
  std::vector<std::uint32_t> m_Members;  ///< per slot: index of the point
  std::vector<Eigen::Vector2d> m_Points; ///< per slot: the point, side by side with its neighbours
};
} // namespace ferro

#endif
