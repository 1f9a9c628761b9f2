#include "ferroSublatticeRatio.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace ferro
{
namespace
{
constexpr long Edge = 16;       // samples along the edge of the mean cell
constexpr long Cells = 4;       // along the edge of a block: few, because the lattice of an image is never perfect
constexpr long MostBlocks = 12; // along each axis
constexpr long Near = 4;        // samples around the middle of a cell where its column may be

using Cell = std::array<double, Edge * Edge>;

std::size_t
At(long x, long y)
{
  return static_cast<std::size_t>(((y % Edge + Edge) % Edge) * Edge + (x % Edge + Edge) % Edge);
}

/** Mean of 3 x 3 samples: less noise in the brightest ones. */
Cell
Smooth(const Cell & cell)
{
  Cell smooth{};
  for (long y = 0; y < Edge; ++y)
  {
    for (long x = 0; x < Edge; ++x)
    {
      for (long k = 0; k < 9; ++k)
      {
        smooth[At(x, y)] += cell[At(x + k % 3 - 1, y + k / 3 - 1)] / 9.0;
      }
    }
  }
  return smooth;
}

double
RatioOf(const Cell & cell)
{
  const auto brightest = std::max_element(cell.begin(), cell.end());
  const auto index = static_cast<long>(brightest - cell.begin());
  const double darkest = *std::min_element(cell.begin(), cell.end());
  double inside = darkest;
  double border = darkest; // where the tails of the corners are brightest, when there is no column in the middle
  for (long y = -Near; y <= Near; ++y)
  {
    for (long x = -Near; x <= Near; ++x)
    {
      double & most = std::max(std::abs(x), std::abs(y)) < Near ? inside : border;
      most = std::max(most, cell[At(index % Edge + Edge / 2 + x, index / Edge + Edge / 2 + y)]);
    }
  }
  return inside > border ? (inside - darkest) / (*brightest - darkest) : 0.0;
}
} // namespace

double
MeasureSublatticeRatio(const MicrographType & image, const ModelFrame & frame, double cellPx)
{
  const auto & region = image.GetBufferedRegion();
  const PixelView view{image.GetBufferPointer(), region.GetIndex(0), region.GetIndex(1),
                       static_cast<long>(region.GetSize(0)), static_cast<long>(region.GetSize(1))};
  const PixelStatistics unchanged{0.0, 1.0, 1, 0};
  const double block = cellPx * static_cast<double>(Cells);
  const auto columns = static_cast<long>(static_cast<double>(frame.width) / block);
  const auto rows = static_cast<long>(static_cast<double>(frame.height) / block);
  const Eigen::Matrix2d step = frame.toImage * (cellPx / static_cast<double>(Edge));
  constexpr long Samples = Cells * Edge;
  std::vector<float> pixels(static_cast<std::size_t>(Samples * Samples));
  std::vector<double> ratios;
  const long skipX = 1 + columns / MostBlocks;
  const long skipY = 1 + rows / MostBlocks;
  for (long row = 0; row < rows; row += skipY)
  {
    for (long column = 0; column < columns; column += skipX)
    {
      const Eigen::Vector2d corner(block * static_cast<double>(column), block * static_cast<double>(row));
      if (!frame.IsInside(corner.x(), corner.y(), block, block))
      {
        continue;
      }
      SampleNormalized(view, unchanged, step, frame.ToImage(corner), Samples, Samples, {}, pixels.data());
      Cell cell{};
      for (long k = 0; k < Samples * Samples; ++k)
      {
        cell[At(k % Samples, k / Samples)] += pixels[static_cast<std::size_t>(k)];
      }
      ratios.push_back(RatioOf(Smooth(cell)));
    }
  }
  if (ratios.empty())
  {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const auto middle = ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2);
  std::nth_element(ratios.begin(), middle, ratios.end());
  return *middle;
}
} // namespace ferro
