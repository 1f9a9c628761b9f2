#include "ferroLocalContrast.h"

#include "ferroSimd.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr double BlocksPerSigma = 4.0;

FERRO_SIMD void
SquareDifferences(const float * image, long count, float * values)
{
  for (long x = 0; x < count; ++x)
  {
    const float difference = image[x] - values[x];
    values[x] = difference * difference;
  }
}

/** values: means in, contrasts out. */
FERRO_SIMD void
Contrasts(const float * image, const float * variances, float floor, long count, float * values)
{
  for (long x = 0; x < count; ++x)
  {
    const float variance = (variances[x] > 0.0F ? variances[x] : 0.0F) + floor;
    const float contrast = variance > 0.0F ? (image[x] - values[x]) / std::sqrt(variance) : 0.0F;
    values[x] = std::min(4.0F, std::max(-4.0F, contrast));
  }
}
} // namespace

double
LocalContrast::WindowSigma(const Plane & image)
{
  constexpr double Scale = 30.0;
  return std::min(Scale, 0.2 * static_cast<double>(std::min(image.width, image.height)));
}

LocalContrast::LocalContrast(const Plane & image, const ParallelFor & parallel)
  : m_Image(image),
    m_Mean(
      image.width, image.height, WindowSigma(image), static_cast<long>(WindowSigma(image) / BlocksPerSigma),
      [&image](long y, float * values) { std::copy_n(image.values.data() + y * image.width, image.width, values); },
      parallel),
    m_Variance(
      image.width, image.height, WindowSigma(image), static_cast<long>(WindowSigma(image) / BlocksPerSigma),
      [this](long y, float * values)
      {
        m_Mean.Row(y, 0, m_Image.width, values);
        SquareDifferences(m_Image.values.data() + y * m_Image.width, m_Image.width, values);
      },
      parallel)
{
  const auto & blocks = m_Variance.GetBlocks().values;
  std::vector<float> sorted(blocks.begin(), blocks.end());
  // Areas without structure must not be blown up to the contrast of the crystal.
  m_Floor = static_cast<float>(0.1 * Quantile(sorted, 0.9));
}

void
LocalContrast::Row(long y, long first, long count, float * values, float * room) const
{
  m_Mean.Row(y, first, count, values);
  m_Variance.Row(y, first, count, room);
  Contrasts(m_Image.values.data() + y * m_Image.width + first, room, m_Floor, count, values);
}
} // namespace ferro
