#include "ferroGaussianBox.h"

#include "ferroPack.h"
#include "ferroSimd.h"

#include <cmath>
#include <limits>

namespace ferro
{
namespace
{
/** A quadratic polynomial of n + origin. */
struct Parabola
{
  float origin;
  float constant;
  float linear;
  float square;
};

/** values[n] = height exp(exponent(n)), down to e^-87: by exp(x) = 2^k exp(r) with r within half of ln 2, there by the
 * series. */
FERRO_SIMD void
Exponentials(float * values, long count, float height, const Parabola & exponent)
{
  constexpr float Smallest = -87.0F;
  constexpr float Largest = 87.0F;
  constexpr float PerLn2 = 1.44269504F;
  constexpr float Ln2High = 0.693359375F; // few digits: its multiples are exact
  constexpr float Ln2Low = -2.12194440e-4F;
  constexpr float Rounder = 12582912.0F; // 1.5 * 2^23: what is added to it becomes an integer in its last bits
  const Pack lanes = {0, 1, 2, 3, 4, 5, 6, 7};
  for (long n = 0; n < count; n += PixelBox::Lanes)
  {
    const Pack at = lanes + (exponent.origin + static_cast<float>(n));
    Pack x = exponent.constant + (exponent.linear + exponent.square * at) * at;
    x = x > Smallest ? x : Smallest;
    x = x < Largest ? x : Largest;
    const Pack shifted = x * PerLn2 + Rounder;
    const Pack k = shifted - Rounder;
    const Pack r = (x - k * Ln2High) - k * Ln2Low;
    Pack series = r * (1.0F / 5040.0F) + 1.0F / 720.0F;
    series = series * r + 1.0F / 120.0F;
    series = series * r + 1.0F / 24.0F;
    series = series * r + 1.0F / 6.0F;
    series = series * r + 0.5F;
    series = series * r + 1.0F;
    series = series * r + 1.0F;
    constexpr int Mantissa = 23;
    constexpr int Bias = 127;
    const IntPack power = ((reinterpret_cast<IntPack>(shifted) << Mantissa) + (Bias << Mantissa));
    *reinterpret_cast<LoosePack *>(values + n) = height * (series * reinterpret_cast<Pack>(power));
  }
}

/** Rows that follow from the first one. */
struct Rows
{
  const float * first;
  const float * ratio;
  const float * change;
  long stride;
  long height;
};

FERRO_SIMD void
WriteRows(const Rows & rows, float * to)
{
  for (long x = 0; x < rows.stride; x += PixelBox::Lanes)
  {
    Pack value = *reinterpret_cast<const LoosePack *>(rows.first + x);
    const Pack ratio = *reinterpret_cast<const LoosePack *>(rows.ratio + x);
    for (long row = 0; row < rows.height; ++row)
    {
      *reinterpret_cast<LoosePack *>(to + row * rows.stride + x) = value;
      value *= ratio * rows.change[row];
    }
  }
}

FERRO_SIMD void
AddRows(const Rows & rows, float * to, long stride)
{
  for (long x = 0; x < rows.stride; x += PixelBox::Lanes)
  {
    Pack value = *reinterpret_cast<const LoosePack *>(rows.first + x);
    const Pack ratio = *reinterpret_cast<const LoosePack *>(rows.ratio + x);
    for (long row = 0; row < rows.height; ++row)
    {
      *reinterpret_cast<LoosePack *>(to + row * stride + x) += value;
      value *= ratio * rows.change[row];
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
GaussianBox::Start(const PixelBox & box, const GaussianParameters & p, double height)
{
  m_First.resize(static_cast<std::size_t>(box.stride));
  m_Ratio.resize(m_First.size());
  m_Change.resize(static_cast<std::size_t>(box.height + PixelBox::Lanes - 1) / PixelBox::Lanes * PixelBox::Lanes);
  const double dx = static_cast<double>(box.left) - p.x;
  const double dy = static_cast<double>(box.top) - p.y;
  const auto parabola = [](double origin, double constant, double linear, double square)
  {
    return Parabola{static_cast<float>(origin), static_cast<float>(constant), static_cast<float>(linear),
                    static_cast<float>(square)};
  };
  // With the square completed: of terms that cancel, single precision would leave less.
  const double lean = p.qb / p.qa;
  Exponentials(m_First.data(), box.stride, static_cast<float>(height),
               parabola(dx + lean * dy, -0.5 * (p.qc - lean * p.qb) * dy * dy, 0.0, -0.5 * p.qa));
  Exponentials(m_Ratio.data(), box.stride, 1.0F, parabola(dx, -0.5 * p.qc * (2.0 * dy + 1.0), -p.qb, 0.0));
  Exponentials(m_Change.data(), static_cast<long>(m_Change.size()), 1.0F, parabola(0.0, 0.0, -p.qc, 0.0));
}

void
GaussianBox::Fill(const PixelBox & box, const GaussianParameters & parameters)
{
  if (box == m_Box && parameters.HasShapeOf(m_Parameters))
  {
    return;
  }
  m_Box = box;
  m_Parameters = parameters;
  m_Values.resize(box.Size());
  this->Start(box, parameters, 1.0);
  WriteRows({m_First.data(), m_Ratio.data(), m_Change.data(), box.stride, box.height}, m_Values.data());
}

void
GaussianBox::AddTo(float * to, long stride, const PixelBox & box, const GaussianParameters & parameters, double factor)
{
  this->Start(box, parameters, factor * parameters.amplitude);
  AddRows({m_First.data(), m_Ratio.data(), m_Change.data(), box.stride, box.height}, to, stride);
}
} // namespace ferro
