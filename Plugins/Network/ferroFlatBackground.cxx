#include "ferroFlatBackground.h"

#include "ferroModelFrame.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

namespace ferro
{
namespace
{
/** Finite values and their number. */
struct Sum
{
  double value = 0.0;
  double count = 0.0;

  void
  Add(double other, double number)
  {
    value += other;
    count += number;
  }
};

/** Mean of the finite values in the square of 2 reach + 1 pixels around each, as far as it lies inside; NaN where there
 * is none. */
std::vector<float>
LocalMean(const std::vector<float> & values, long width, long height, long reach)
{
  std::vector<Sum> columns(static_cast<std::size_t>(width)); // over the rows of the square
  const auto addRow = [&](long y, double sign)
  {
    for (long x = 0; x < width && y >= 0 && y < height; ++x)
    {
      const float value = values[static_cast<std::size_t>(y * width + x)];
      if (std::isfinite(value))
      {
        columns[static_cast<std::size_t>(x)].Add(sign * value, sign);
      }
    }
  };
  for (long y = 0; y < reach; ++y)
  {
    addRow(y, 1.0);
  }
  std::vector<float> means(values.size());
  for (long y = 0; y < height; ++y)
  {
    addRow(y + reach, 1.0);
    addRow(y - reach - 1, -1.0);
    Sum square;
    const auto addColumn = [&](long x, double sign)
    {
      if (x >= 0 && x < width)
      {
        const Sum & column = columns[static_cast<std::size_t>(x)];
        square.Add(sign * column.value, sign * column.count);
      }
    };
    for (long x = 0; x < reach; ++x)
    {
      addColumn(x, 1.0);
    }
    for (long x = 0; x < width; ++x)
    {
      addColumn(x + reach, 1.0);
      addColumn(x - reach - 1, -1.0);
      means[static_cast<std::size_t>(y * width + x)] =
        square.count > 0.0 ? static_cast<float>(square.value / square.count) : std::numeric_limits<float>::quiet_NaN();
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
