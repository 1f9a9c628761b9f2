#include "ferroTrainingSamples.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
void
Blur(std::vector<float> & pixels, long edge, double sigma)
{
  const long radius = static_cast<long>(std::ceil(3.0 * sigma));
  std::vector<double> kernel;
  double total = 0.0;
  for (long k = -radius; k <= radius; ++k)
  {
    kernel.push_back(std::exp(-0.5 * static_cast<double>(k * k) / (sigma * sigma)));
    total += kernel.back();
  }
  std::vector<float> line(static_cast<std::size_t>(edge));
  for (int axis = 0; axis < 2; ++axis)
  {
    const long step = axis == 0 ? 1 : edge;
    for (long l = 0; l < edge; ++l)
    {
      float * first = pixels.data() + l * (axis == 0 ? edge : 1);
      for (long k = 0; k < edge; ++k)
      {
        double sum = 0.0;
        for (long m = -radius; m <= radius; ++m)
        {
          sum += kernel[static_cast<std::size_t>(m + radius)] * first[std::clamp(k + m, 0L, edge - 1) * step];
        }
        line[static_cast<std::size_t>(k)] = static_cast<float>(sum / total);
      }
      for (long k = 0; k < edge; ++k)
      {
        first[k * step] = line[static_cast<std::size_t>(k)];
      }
    }
  }
}
} // namespace

void
ChangeIntensities(const Augmentation & augmentation, long edge, RandomNumbers & random, std::vector<float> & pixels)
{
  const double gain = 1.0 + augmentation.gain * (2.0 * random.Uniform() - 1.0);
  const double offset = augmentation.offset * (2.0 * random.Uniform() - 1.0);
  const double blur = augmentation.blurPx * random.Uniform();
  const double noise = augmentation.noise * random.Uniform();
  if (blur > 0.2)
  {
    Blur(pixels, edge, blur);
  }
  for (float & value : pixels)
  {
    value = static_cast<float>(gain * value + offset + (noise > 0.0 ? noise * random.Normal() : 0.0));
  }
}
} // namespace ferro
