#include "ferroGaussianBox.h"

#include "ferroSimd.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ferro
{
namespace
{
/** Rows after which the products start anew, before rounding adds up. */
constexpr long SegmentRows = 16;

/** Writes rows one below the other. */
FERRO_SIMD void
FillRows(float * values, float * value, float * ratio, float change, long stride, long rows)
{
  for (long row = 0; row < rows; ++row)
  {
    float * out = values + row * stride;
    for (long x = 0; x < stride; ++x)
    {
      out[x] = value[x];
      value[x] *= ratio[x];
      ratio[x] *= change;
    }
  }
}
} // namespace

double
GaussianParameters::Sigma() const
{
  const double determinant = qa * qc - qb * qb;
  return determinant > 0.0 && qa > 0.0 ? std::pow(determinant, -0.25) : std::numeric_limits<double>::quiet_NaN();
}

void
GaussianBox::StartSegment(const GaussianParameters & p, double dy)
{
  // Along the row by the same rule, in double precision: value, its ratio to the next pixel, and that ratio's change.
  const double dx = static_cast<double>(m_Box.left) - p.x;
  double value = std::exp(-0.5 * (p.qa * dx * dx + 2.0 * p.qb * dx * dy + p.qc * dy * dy));
  double ratio = std::exp(-0.5 * p.qa * (2.0 * dx + 1.0) - p.qb * dy);
  const double change = std::exp(-p.qa);
  double down = std::exp(-p.qb * dx - 0.5 * p.qc * (2.0 * dy + 1.0));
  const double turn = std::exp(-p.qb);
  for (std::size_t x = 0; x < m_Value.size(); ++x)
  {
    m_Value[x] = static_cast<float>(value);
    m_Ratio[x] = static_cast<float>(down);
    value *= ratio;
    ratio *= change;
    down *= turn;
  }
}

void
GaussianBox::Fill(const PixelBox & box, const GaussianParameters & parameters)
{
  m_Box = box;
  m_Values.resize(box.Size());
  m_Value.resize(static_cast<std::size_t>(box.stride));
  m_Ratio.resize(m_Value.size());
  const auto change = static_cast<float>(std::exp(-parameters.qc));
  for (long row = 0; row < box.height; row += SegmentRows)
  {
    this->StartSegment(parameters, static_cast<double>(box.top + row) - parameters.y);
    FillRows(m_Values.data() + row * box.stride, m_Value.data(), m_Ratio.data(), change, box.stride,
             std::min(SegmentRows, box.height - row));
  }
}
} // namespace ferro
