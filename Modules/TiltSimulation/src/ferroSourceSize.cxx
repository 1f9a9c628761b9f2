#include "ferroSourceSize.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
// Weights of -n..n, to four standard deviations, sum 1.
std::vector<double>
MakeKernel(double sigma)
{
  const int reach = static_cast<int>(std::ceil(4.0 * sigma));
  std::vector<double> kernel;
  double sum = 0.0;
  for (int n = -reach; n <= reach; ++n)
  {
    kernel.push_back(std::exp(-0.5 * n * n / (sigma * sigma)));
    sum += kernel.back();
  }
  for (auto & weight : kernel)
  {
    weight /= sum;
  }
  return kernel;
}

// Blurs `count` numbers that lie `stride` apart.
void
BlurLine(double * line, int count, std::size_t stride, const std::vector<double> & kernel, bool periodic,
         std::vector<double> & memory)
{
  const int reach = static_cast<int>(kernel.size() / 2);
  memory.assign(static_cast<std::size_t>(count), 0.0);
  for (int n = 0; n < count; ++n)
  {
    for (int k = -reach; k <= reach; ++k)
    {
      const int place = periodic ? ((n + k) % count + count) % count : std::clamp(n + k, 0, count - 1);
      memory[static_cast<std::size_t>(n)] +=
        kernel[static_cast<std::size_t>(k + reach)] * line[static_cast<std::size_t>(place) * stride];
    }
  }
  for (int n = 0; n < count; ++n)
  {
    line[static_cast<std::size_t>(n) * stride] = memory[static_cast<std::size_t>(n)];
  }
}
} // namespace

void
BlurScan(std::vector<double> & values, int width, int height, int signals, const ScanBlur & blur)
{
  const auto perPosition = static_cast<std::size_t>(signals);
  const auto perLine = perPosition * static_cast<std::size_t>(width);
  std::vector<double> memory;
  if (blur.sigmaPx.x() > 0.0 && width > 1)
  {
    const auto kernel = MakeKernel(blur.sigmaPx.x());
    for (std::size_t y = 0; y < static_cast<std::size_t>(height); ++y)
    {
      for (std::size_t s = 0; s < perPosition; ++s)
      {
        BlurLine(&values[y * perLine + s], width, perPosition, kernel, blur.periodicX, memory);
      }
    }
  }
  if (blur.sigmaPx.y() > 0.0 && height > 1)
  {
    const auto kernel = MakeKernel(blur.sigmaPx.y());
    for (std::size_t n = 0; n < perLine; ++n)
    {
      BlurLine(&values[n], height, perLine, kernel, blur.periodicY, memory);
    }
  }
}
} // namespace ferro
