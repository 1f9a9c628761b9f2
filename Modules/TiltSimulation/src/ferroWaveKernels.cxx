#include "ferroWaveKernels.h"

#include <cmath>

namespace ferro
{
FERRO_VECTOR_VARIANTS void
MultiplyComplex(std::complex<float> * data, const std::complex<float> * factors, std::size_t count)
{
  auto * __restrict a = reinterpret_cast<float *>(data);
  const auto * __restrict b = reinterpret_cast<const float *>(factors);
  for (std::size_t n = 0; n < 2 * count; n += 2)
  {
    const float re = a[n] * b[n] - a[n + 1] * b[n + 1];
    const float im = a[n] * b[n + 1] + a[n + 1] * b[n];
    a[n] = re;
    a[n + 1] = im;
  }
}

FERRO_VECTOR_VARIANTS void
MultiplyComplexScaled(std::complex<float> * data, const std::complex<float> * factors, float scale, std::size_t count)
{
  auto * __restrict a = reinterpret_cast<float *>(data);
  const auto * __restrict b = reinterpret_cast<const float *>(factors);
  for (std::size_t n = 0; n < 2 * count; n += 2)
  {
    const float re = a[n] * b[n] - a[n + 1] * b[n + 1];
    const float im = a[n] * b[n + 1] + a[n + 1] * b[n];
    a[n] = scale * re;
    a[n + 1] = scale * im;
  }
}

namespace
{
// A complex number is moved as one word.
using Word = double;

template <bool VGather>
inline __attribute__((always_inline)) void
Transpose(const Word * __restrict from, Word * __restrict to, std::size_t pitch, std::size_t rowPitch, int columns)
{
  int c = 0;
  for (; c + 8 <= columns; c += 8)
  {
    for (int r = 0; r < 8; ++r)
    {
      for (int n = 0; n < 8; ++n)
      {
        const auto inSpectrum = static_cast<std::size_t>(c + n) * pitch + static_cast<std::size_t>(r);
        const auto inRows = static_cast<std::size_t>(r) * rowPitch + static_cast<std::size_t>(c + n);
        to[VGather ? inRows : inSpectrum] = from[VGather ? inSpectrum : inRows];
      }
    }
  }
  for (; c < columns; ++c)
  {
    for (int r = 0; r < 8; ++r)
    {
      const auto inSpectrum = static_cast<std::size_t>(c) * pitch + static_cast<std::size_t>(r);
      const auto inRows = static_cast<std::size_t>(r) * rowPitch + static_cast<std::size_t>(c);
      to[VGather ? inRows : inSpectrum] = from[VGather ? inSpectrum : inRows];
    }
  }
}
} // namespace

FERRO_VECTOR_VARIANTS void
GatherRows(const std::complex<float> * spectrum, std::size_t pitch, int columns, int lastColumn, int nx,
           std::complex<float> * rows, std::size_t rowPitch)
{
  const auto * from = reinterpret_cast<const Word *>(spectrum);
  auto * to = reinterpret_cast<Word *>(rows);
  const int first = lastColumn + 1;
  Transpose<true>(from, to, pitch, rowPitch, first);
  Transpose<true>(from + static_cast<std::size_t>(first) * pitch, to + nx - (columns - first), pitch, rowPitch,
                  columns - first);
}

FERRO_VECTOR_VARIANTS void
ScatterRows(const std::complex<float> * rows, std::size_t rowPitch, int columns, int lastColumn, int nx,
            std::complex<float> * spectrum, std::size_t pitch)
{
  const auto * from = reinterpret_cast<const Word *>(rows);
  auto * to = reinterpret_cast<Word *>(spectrum);
  const int first = lastColumn + 1;
  Transpose<false>(from, to, pitch, rowPitch, first);
  Transpose<false>(from + nx - (columns - first), to + static_cast<std::size_t>(first) * pitch, pitch, rowPitch,
                   columns - first);
}

FERRO_VECTOR_VARIANTS void
AddScaledPhases(float * sumRe, float * sumIm, const float * re, const float * im, float phaseRe, float phaseIm,
                std::size_t count)
{
  float * __restrict toRe = sumRe;
  float * __restrict toIm = sumIm;
  for (std::size_t n = 0; n < count; ++n)
  {
    toRe[n] += phaseRe * re[n] - phaseIm * im[n];
    toIm[n] += phaseRe * im[n] + phaseIm * re[n];
  }
}

FERRO_VECTOR_VARIANTS void
AddScaled(std::complex<float> * sum, const std::complex<float> * data, std::complex<float> factor, std::size_t count)
{
  auto * __restrict a = reinterpret_cast<float *>(sum);
  const auto * __restrict b = reinterpret_cast<const float *>(data);
  const float fr = factor.real();
  const float fi = factor.imag();
  for (std::size_t n = 0; n < 2 * count; n += 2)
  {
    a[n] += fr * b[n] - fi * b[n + 1];
    a[n + 1] += fr * b[n + 1] + fi * b[n];
  }
}

void
ExponentiatePhase(const float * real, float factor, std::complex<float> * result, std::size_t count)
{
  for (std::size_t n = 0; n < count; ++n)
  {
    const float phase = factor * real[n];
    result[n] = {std::cos(phase), std::sin(phase)};
  }
}

void
ExponentiateDamped(const float * phase, const float * damping, std::complex<float> * result, std::size_t count)
{
  for (std::size_t n = 0; n < count; ++n)
  {
    const float size = std::exp(-damping[n]);
    result[n] = {size * std::cos(phase[n]), size * std::sin(phase[n])};
  }
}

FERRO_VECTOR_VARIANTS void
FindMoments(const std::complex<float> * above, const std::complex<float> * here, const std::complex<float> * below,
            std::size_t count, float perX, float perY, const RowMoments & moments)
{
  const auto * __restrict up = reinterpret_cast<const float *>(above);
  const auto * __restrict row = reinterpret_cast<const float *>(here);
  const auto * __restrict down = reinterpret_cast<const float *>(below);
  float * __restrict density = moments.density;
  float * __restrict gradient = moments.gradient;
  float * __restrict currentX = moments.currentX;
  float * __restrict currentY = moments.currentY;
  const auto at = [&](std::size_t n, std::size_t left, std::size_t right)
  {
    const float re = row[2 * n];
    const float im = row[2 * n + 1];
    const float xRe = perX * (row[2 * right] - row[2 * left]);
    const float xIm = perX * (row[2 * right + 1] - row[2 * left + 1]);
    const float yRe = perY * (down[2 * n] - up[2 * n]);
    const float yIm = perY * (down[2 * n + 1] - up[2 * n + 1]);
    density[n] = re * re + im * im;
    gradient[n] = xRe * xRe + xIm * xIm + yRe * yRe + yIm * yIm;
    if (currentX)
    {
      currentX[n] = re * xIm - im * xRe;
      currentY[n] = re * yIm - im * yRe;
    }
  };
  at(0, count - 1, 1);
  for (std::size_t n = 1; n + 1 < count; ++n)
  {
    at(n, n - 1, n + 1);
  }
  at(count - 1, count - 2, 0);
}

FERRO_VECTOR_VARIANTS float
SumProducts(const float * one, const float * other, std::size_t count)
{
  // Sums side by side: the compiler must not change the order of a single one.
  constexpr std::size_t lanes = 16;
  float sums[lanes] = {};
  std::size_t n = 0;
  for (; n + lanes <= count; n += lanes)
  {
    for (std::size_t lane = 0; lane < lanes; ++lane)
    {
      sums[lane] += one[n + lane] * other[n + lane];
    }
  }
  float sum = 0.0f;
  for (; n < count; ++n)
  {
    sum += one[n] * other[n];
  }
  for (const float lane : sums)
  {
    sum += lane;
  }
  return sum;
}
} // namespace ferro
