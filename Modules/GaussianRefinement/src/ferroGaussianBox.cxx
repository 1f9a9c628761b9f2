#include "ferroGaussianBox.h"

#include "ferroPack.h"
#include "ferroSimd.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace ferro
{
namespace
{
/** height exp(constant + linear at + square at^2) for at = origin, origin + 1, ... */
struct Exponential
{
  float * values;
  std::size_t count;
  double height;
  double origin;
  double constant;
  double linear;
  double square;
};

/** Works out all values of several of them; what lies below e^-87 is 0. By exp(x) = 2^k exp(r) with r within half of
 * ln 2, there by the series. */
FERRO_SIMD void
WorkOut(const Exponential * exponentials, int howMany)
{
  constexpr float Smallest = -87.0F;
  constexpr float Largest = 87.0F;
  constexpr float PerLn2 = 1.44269504F;
  constexpr float Ln2High = 0.693359375F; // few digits: its multiples are exact
  constexpr float Ln2Low = -2.12194440e-4F;
  constexpr float Rounder = 12582912.0F; // 1.5 * 2^23: what is added to it becomes an integer in its last bits
  constexpr int Mantissa = 23;
  constexpr int Bias = 127;
  const Pack lanes = {0, 1, 2, 3, 4, 5, 6, 7};
  const Pack zero = {};
  for (int e = 0; e < howMany; ++e)
  {
    const Exponential & exponential = exponentials[e];
    const auto height = static_cast<float>(exponential.height);
    const auto origin = static_cast<float>(exponential.origin);
    const auto constant = static_cast<float>(exponential.constant);
    const auto linear = static_cast<float>(exponential.linear);
    const auto square = static_cast<float>(exponential.square);
    for (std::size_t n = 0; n < exponential.count; n += PixelBox::Lanes)
    {
      const Pack at = lanes + (origin + static_cast<float>(n));
      const Pack exponent = constant + (linear + square * at) * at;
      Pack x = exponent > Smallest ? exponent : zero + Smallest;
      x = x < Largest ? x : zero + Largest;
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
      const IntPack power = (reinterpret_cast<IntPack>(shifted) << Mantissa) + (Bias << Mantissa);
      const Pack value = height * (series * reinterpret_cast<Pack>(power));
      *reinterpret_cast<LoosePack *>(exponential.values + n) = exponent > Smallest ? value : zero;
    }
  }
}

/** The middle row, and what those below and above it follow from. */
struct Rows
{
  const float * first;
  const float * down;       ///< per pixel
  const float * up;         ///< per pixel
  const float * downChange; ///< per row
  const float * upChange;   ///< per row
  long length;
  long below;
  long above;
};

/** Adds the rows to those of an image; to: where the middle row begins. */
FERRO_SIMD void
AddRows(const Rows & rows, float * to, long stride)
{
  for (long x = 0; x < rows.length; x += PixelBox::Lanes)
  {
    const Pack first = *reinterpret_cast<const LoosePack *>(rows.first + x);
    *reinterpret_cast<LoosePack *>(to + x) += first;
    const Pack down = *reinterpret_cast<const LoosePack *>(rows.down + x);
    Pack value = first;
    for (long row = 0; row < rows.below; ++row)
    {
      value *= down * rows.downChange[row];
      *reinterpret_cast<LoosePack *>(to + (row + 1) * stride + x) += value;
    }
    const Pack up = *reinterpret_cast<const LoosePack *>(rows.up + x);
    value = first;
    for (long row = 0; row < rows.above; ++row)
    {
      value *= up * rows.upChange[row];
      *reinterpret_cast<LoosePack *>(to - (row + 1) * stride + x) += value;
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
GaussianBox::Fill(const PixelBox & box, const GaussianParameters & parameters)
{
  if (box == m_Box && parameters.IsAlike(m_Parameters))
  {
    return;
  }
  m_Box = box;
  m_Parameters = parameters;
  m_Values.assign(box.Size(), 0.0F);
  this->Add(m_Values.data(), box.stride, box, parameters, 1.0);
}

void
GaussianBox::Add(float * to, long stride, const PixelBox & box, const GaussianParameters & p, double height)
{
  if (box.height <= 0)
  {
    return;
  }
  // From the row of the centre on: there the values are largest, those elsewhere can only become too small.
  const long middle = static_cast<long>(
    std::clamp(std::round(p.y) - static_cast<double>(box.top), 0.0, static_cast<double>(box.height - 1)));
  const long below = box.height - 1 - middle;
  const auto length = static_cast<std::size_t>(box.stride);
  const auto padded = [](long rows)
  { return static_cast<std::size_t>((rows + PixelBox::Lanes - 1) / PixelBox::Lanes * PixelBox::Lanes); };
  m_Room.resize(3 * length + padded(below) + padded(middle));
  float * first = m_Room.data();
  float * down = first + length;
  float * up = down + length;
  float * downChange = up + length;
  float * upChange = downChange + padded(below);
  const double dx = static_cast<double>(box.left) - p.x;
  const double dy = static_cast<double>(box.top + middle) - p.y;
  // With the square completed: of terms that cancel, single precision would leave less.
  const double lean = p.qb / p.qa;
  const Exponential exponentials[] = {
    {first, length, height, dx + lean * dy, -0.5 * (p.qc - lean * p.qb) * dy * dy, 0.0, -0.5 * p.qa},
    {down, length, 1.0, dx, 0.0, -p.qb, 0.0},
    {up, length, 1.0, dx, 0.0, p.qb, 0.0},
    {downChange, padded(below), 1.0, dy + 0.5, 0.0, -p.qc, 0.0},
    {upChange, padded(middle), 1.0, 0.5 - dy, 0.0, -p.qc, 0.0},
  };
  WorkOut(exponentials, static_cast<int>(std::size(exponentials)));
  AddRows({first, down, up, downChange, upChange, box.stride, below, middle}, to + middle * stride, stride);
}
} // namespace ferro
