#ifndef ferroCoverageMask_h
#define ferroCoverageMask_h

#include <array>
#include <cstddef>
#include <vector>

namespace ferro
{
/** A point on a picture, pixels; pixel (i, j) covers i..i+1, j..j+1. */
struct PlanePoint
{
  double x, y;
};
using Outline = std::vector<PlanePoint>;

/** \class CoverageMask
 * \brief The share of each pixel, 0..1, that lies inside the union of some polygons: exact areas, no sampling.
 */
class CoverageMask
{
public:
  /** Computes the shares inside bounds (x0, y0, x1, y1; the last two exclusive).
   * \return false when nothing lies there or a coordinate is no number */
  bool Compute(const std::vector<Outline> & outlines, const std::array<int, 4> & bounds);
  int
  GetLeft() const
  {
    return m_Left;
  }
  int
  GetBottom() const
  {
    return m_Bottom;
  }
  int
  GetWidth() const
  {
    return m_Width;
  }
  int
  GetHeight() const
  {
    return m_Height;
  }
  /** Shares of a row, counted from GetBottom(). */
  const double *
  GetRow(int row) const
  {
    return m_Shares.data() + static_cast<std::size_t>(row) * static_cast<std::size_t>(m_Width + 2);
  }

private:
  bool FindExtent(const std::vector<Outline> & outlines, const std::array<int, 4> & bounds);
  void AddEdge(const PlanePoint & from, const PlanePoint & to);

  std::vector<double> m_Shares;
  int m_Left = 0;
  int m_Bottom = 0;
  int m_Width = 0;
  int m_Height = 0;
};
} // namespace ferro

#endif
