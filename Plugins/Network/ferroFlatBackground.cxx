#include "ferroFlatBackground.h"

#include "ferroModelFrame.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace ferro
{
namespace
{
/** Mean of the finite values in the square of 2 reach + 1 pixels around each, as far as it lies inside; NaN where there
 * is none. */
std::vector<float>
LocalMean(const std::vector<float> & values, long width, long height, long reach)
{
  struct Sum
  {
    double value = 0.0;
    double count = 0.0;
  };
  const auto at = [](long x, long y, long columns) { return static_cast<std::size_t>(y * columns + x); };
  std::vector<Sum> sums(static_cast<std::size_t>((width + 1) * (height + 1))); // over the pixels above and to the left
  for (long y = 0; y < height; ++y)
  {
    Sum line;
    for (long x = 0; x < width; ++x)
    {
      const float value = values[at(x, y, width)];
      line.value += std::isfinite(value) ? value : 0.0;
      line.count += std::isfinite(value) ? 1.0 : 0.0;
      const Sum & above = sums[at(x + 1, y, width + 1)];
      sums[at(x + 1, y + 1, width + 1)] = {above.value + line.value, above.count + line.count};
    }
  }
  std::vector<float> means(values.size());
  for (long y = 0; y < height; ++y)
  {
    const long top = std::max(0L, y - reach);
    const long bottom = std::min(height, y + reach + 1);
    for (long x = 0; x < width; ++x)
    {
      const long left = std::max(0L, x - reach);
      const long right = std::min(width, x + reach + 1);
      const Sum & a = sums[at(right, bottom, width + 1)];
      const Sum & b = sums[at(left, bottom, width + 1)];
      const Sum & c = sums[at(right, top, width + 1)];
      const Sum & d = sums[at(left, top, width + 1)];
      means[at(x, y, width)] =
        static_cast<float>((a.value - b.value - c.value + d.value) / (a.count - b.count - c.count + d.count));
    }
  }
  return means;
}

double
Deviation(const std::vector<float> & values, long width, long height)
{
  const PixelView view{values.data(), 0, 0, width, height};
  return ComputeStatistics(view, Eigen::Vector2d::Zero(),
                           Eigen::Vector2d(static_cast<double>(width - 1), static_cast<double>(height - 1)))
    .deviation;
}
} // namespace

double
MeasureBackground(const MicrographType & image, double cellPx, MicrographType::Pointer & flat)
{
  const auto & region = image.GetBufferedRegion();
  const auto width = static_cast<long>(region.GetSize(0));
  const auto height = static_cast<long>(region.GetSize(1));
  const long reach = std::max(1L, std::lround(cellPx));
  std::vector<float> values(image.GetBufferPointer(), image.GetBufferPointer() + width * height);
  const auto background = LocalMean(LocalMean(values, width, height, reach), width, height, reach);
  std::transform(values.begin(), values.end(), background.begin(), values.begin(), std::minus<float>());
  flat = MicrographType::New();
  flat->CopyInformation(&image);
  flat->SetMetaDataDictionary(image.GetMetaDataDictionary());
  flat->SetRegions(region);
  flat->Allocate();
  std::copy(values.begin(), values.end(), flat->GetBufferPointer());
  const double left = Deviation(values, width, height);
  return left > 0.0 ? Deviation(background, width, height) / left : 0.0;
}
} // namespace ferro
