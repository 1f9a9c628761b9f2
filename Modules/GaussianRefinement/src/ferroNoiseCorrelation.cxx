#include "ferroNoiseCorrelation.h"

#include <cmath>
#include <utility>

namespace ferro
{
namespace
{
/** Mean product of values that are the lag apart, over all patches; 0 where there is no pair. */
double
MeanProduct(const std::vector<ResidualPatch> & patches, long dx, long dy)
{
  double sum = 0.0;
  double count = 0.0;
  for (const auto & patch : patches)
  {
    const long first = dx < 0 ? -dx : 0;
    const long last = dx < 0 ? patch.side : patch.side - dx;
    for (long y = 0; y + dy < patch.side; ++y)
    {
      const float * here = patch.values.data() + y * patch.side;
      const float * there = patch.values.data() + (y + dy) * patch.side + dx;
      for (long x = first; x < last; ++x)
      {
        const double product = static_cast<double>(here[x]) * there[x];
        if (std::isfinite(product))
        {
          sum += product;
          count += 1.0;
        }
      }
    }
  }
  return count > 0.0 ? sum / count : 0.0;
}

/** Lags whose length rounds to the radius, one of each opposite pair. */
std::vector<std::pair<long, long>>
Ring(long radius)
{
  std::vector<std::pair<long, long>> lags;
  for (long dy = 0; dy <= radius; ++dy)
  {
    for (long dx = -radius; dx <= radius; ++dx)
    {
      if ((dy > 0 || dx > 0) && std::lround(std::hypot(static_cast<double>(dx), static_cast<double>(dy))) == radius)
      {
        lags.emplace_back(dx, dy);
      }
    }
  }
  return lags;
}
} // namespace

double
CountCorrelatedPixels(const std::vector<ResidualPatch> & patches, long reach)
{
  const double variance = MeanProduct(patches, 0, 0);
  double pixels = 1.0;
  if (!(variance > 0.0))
  {
    return pixels;
  }
  constexpr double Negligible = 0.08;
  for (long radius = 1; radius <= reach; ++radius)
  {
    const auto lags = Ring(radius);
    double sum = 0.0;
    for (const auto & lag : lags)
    {
      sum += MeanProduct(patches, lag.first, lag.second) / variance;
    }
    if (sum / static_cast<double>(lags.size()) < Negligible)
    {
      break;
    }
    pixels += 2.0 * sum; // a lag and its opposite
  }
  return pixels;
}
} // namespace ferro
