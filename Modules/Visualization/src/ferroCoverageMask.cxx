#include "ferroCoverageMask.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ferro
{
bool
CoverageMask::FindExtent(const std::vector<Outline> & outlines, const std::array<int, 4> & bounds)
{
  double x0 = 1e30;
  double y0 = 1e30;
  double x1 = -1e30;
  double y1 = -1e30;
  for (const Outline & outline : outlines)
  {
    for (const PlanePoint & p : outline)
    {
      if (!std::isfinite(p.x) || !std::isfinite(p.y))
      {
        return false;
      }
      x0 = std::min(x0, p.x);
      x1 = std::max(x1, p.x);
      y0 = std::min(y0, p.y);
      y1 = std::max(y1, p.y);
    }
  }
  const auto inside = [&bounds](double value, std::size_t axis)
  { return std::clamp<double>(value, bounds[axis], std::max(bounds[axis], bounds[axis + 2])); };
  m_Left = static_cast<int>(std::floor(inside(x0, 0)));
  m_Bottom = static_cast<int>(std::floor(inside(y0, 1)));
  m_Width = static_cast<int>(std::ceil(inside(x1, 0))) - m_Left;
  m_Height = static_cast<int>(std::ceil(inside(y1, 1))) - m_Bottom;
  return m_Width > 0 && m_Height > 0;
}

/** Adds what lies to the right of an edge: each pixel that the edge passes gets the part of its area that is to the
 * right of the edge, and the next one the rest of the height, so that the sums along a row are the coverage. */
void
CoverageMask::AddEdge(const PlanePoint & from, const PlanePoint & to)
{
  if (from.y == to.y)
  {
    return;
  }
  const double sign = from.y < to.y ? 1.0 : -1.0;
  const PlanePoint & low = from.y < to.y ? from : to;
  const PlanePoint & high = from.y < to.y ? to : from;
  const double slope = (high.x - low.x) / (high.y - low.y);
  const int firstRow = std::max(0, static_cast<int>(std::floor(low.y)) - m_Bottom);
  const int lastRow = std::min(m_Height - 1, static_cast<int>(std::ceil(high.y)) - 1 - m_Bottom);
  for (int row = firstRow; row <= lastRow; ++row)
  {
    double * coverage = m_Shares.data() + static_cast<std::size_t>(row) * static_cast<std::size_t>(m_Width + 2);
    const double y0 = std::max(low.y, static_cast<double>(m_Bottom + row));
    const double y1 = std::min(high.y, static_cast<double>(m_Bottom + row + 1));
    const double dy = y1 - y0;
    if (dy <= 0)
    {
      continue;
    }
    double x0 = low.x + slope * (y0 - low.y) - m_Left;
    double x1 = low.x + slope * (y1 - low.y) - m_Left;
    if (x0 > x1)
    {
      std::swap(x0, x1);
    }
    if (x0 >= m_Width)
    {
      continue;
    }
    if (x1 <= 0)
    {
      coverage[0] += sign * dy;
      continue;
    }
    const double perX = x1 > x0 ? dy / (x1 - x0) : 0.0;
    if (x0 < 0)
    {
      coverage[0] += sign * perX * -x0;
      x0 = 0;
    }
    const int firstColumn = static_cast<int>(x0);
    const int lastColumn = std::min(m_Width - 1, static_cast<int>(x1));
    for (int column = firstColumn; column <= lastColumn; ++column)
    {
      const double a = std::max(x0, static_cast<double>(column));
      const double b = std::min(x1, static_cast<double>(column + 1));
      const double part = x1 > x0 ? perX * (b - a) : dy;
      const double middle = 0.5 * (a + b) - column;
      coverage[column] += sign * part * (1.0 - middle);
      coverage[column + 1] += sign * part * middle;
    }
  }
}

bool
CoverageMask::Compute(const std::vector<Outline> & outlines, const std::array<int, 4> & bounds)
{
  if (!this->FindExtent(outlines, bounds))
  {
    return false;
  }
  m_Shares.assign(static_cast<std::size_t>(m_Width + 2) * static_cast<std::size_t>(m_Height), 0.0);
  for (const Outline & outline : outlines)
  {
    double area = 0.0;
    for (std::size_t k = 0; k < outline.size(); ++k)
    {
      const PlanePoint & p = outline[k];
      const PlanePoint & q = outline[(k + 1) % outline.size()];
      area += p.x * q.y - q.x * p.y;
    }
    // All turn the same way, so that overlapping ones add up instead of cancelling.
    for (std::size_t k = 0; k < outline.size(); ++k)
    {
      const PlanePoint & p = outline[k];
      const PlanePoint & q = outline[(k + 1) % outline.size()];
      area < 0 ? this->AddEdge(p, q) : this->AddEdge(q, p);
    }
  }
  for (int row = 0; row < m_Height; ++row)
  {
    double * shares = m_Shares.data() + static_cast<std::size_t>(row) * static_cast<std::size_t>(m_Width + 2);
    double sum = 0.0;
    for (int column = 0; column < m_Width; ++column)
    {
      sum += shares[column];
      shares[column] = std::min(1.0, std::abs(sum));
    }
  }
  return true;
}
} // namespace ferro
