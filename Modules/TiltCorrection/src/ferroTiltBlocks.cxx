#include "ferroTiltBlocks.h"

#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

namespace ferro
{
namespace
{
constexpr std::size_t FewestCells = 4;
constexpr std::size_t CellsPerBlock = 40;
constexpr std::size_t MostBlocks = 64; // of a group

double
Median(std::vector<double> values)
{
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

using Pointers = std::vector<const TiltSample *>;

TiltBlock
Average(Pointers::const_iterator first, Pointers::const_iterator last)
{
  TiltBlock block;
  block.group = (*first)->group;
  // Cells far from the median of the patch are left out: 5 of their own errors, or of the scatter of the patch.
  Eigen::Vector2d center;
  Eigen::Vector2d scatter;
  for (Eigen::Index axis = 0; axis < 2; ++axis)
  {
    std::vector<double> values;
    std::transform(first, last, std::back_inserter(values), [axis](const auto * s) { return s->polarizationPm[axis]; });
    center[axis] = Median(values);
    for (double & value : values)
    {
      value = std::abs(value - center[axis]);
    }
    scatter[axis] = 1.4826 * Median(values);
  }
  constexpr double Far = 5.0;
  Eigen::Vector2d squares = Eigen::Vector2d::Zero();
  for (auto it = first; it != last; ++it)
  {
    const TiltSample & sample = **it;
    const Eigen::Vector2d off = (sample.polarizationPm - center).cwiseAbs();
    const Eigen::Vector2d error = sample.covariancePm2.diagonal().cwiseSqrt().cwiseMax(scatter);
    if (off.x() > Far * error.x() || off.y() > Far * error.y())
    {
      continue;
    }
    ++block.cells;
    block.positionNm += sample.positionNm;
    block.polarizationPm += sample.polarizationPm;
    block.covariancePm2 += sample.covariancePm2;
    squares += off.cwiseAbs2();
  }
  const double count = static_cast<double>(std::max<std::size_t>(1, block.cells));
  block.positionNm /= count;
  block.polarizationPm /= count;
  // Neighbouring cells share A columns: with B errors much above those of A the variance of the mean grows little, with
  // all errors in A fourfold. Twice is between; what is missing shows in the scatter of the patches.
  constexpr double Shared = 2.0;
  block.covariancePm2 *= Shared / (count * count);
  const Eigen::Vector2d seen = squares / (count * count);
  for (Eigen::Index axis = 0; axis < 2; ++axis)
  {
    block.covariancePm2(axis, axis) = std::max(block.covariancePm2(axis, axis), seen[axis]);
  }
  return block;
}
} // namespace

std::vector<TiltBlock>
AverageBlocks(const std::vector<TiltSample> & samples)
{
  std::map<int, Pointers> groups;
  for (const auto & sample : samples)
  {
    if (sample.group >= 0 && sample.polarizationPm.allFinite() && sample.positionNm.allFinite())
    {
      groups[sample.group].push_back(&sample);
    }
  }
  std::vector<TiltBlock> blocks;
  for (auto & [group, members] : groups)
  {
    if (members.size() < FewestCells)
    {
      continue;
    }
    const std::size_t size = std::max(CellsPerBlock, members.size() / MostBlocks);
    // Halved across the longer side until the pieces are small.
    const std::function<void(Pointers::iterator, Pointers::iterator)> split =
      [&](Pointers::iterator first, Pointers::iterator last)
    {
      const auto count = static_cast<std::size_t>(last - first);
      if (count <= size)
      {
        blocks.push_back(Average(first, last));
        return;
      }
      Eigen::Vector2d low = (*first)->positionNm;
      Eigen::Vector2d high = low;
      for (auto it = first; it != last; ++it)
      {
        low = low.cwiseMin((*it)->positionNm);
        high = high.cwiseMax((*it)->positionNm);
      }
      const Eigen::Index axis = high.x() - low.x() >= high.y() - low.y() ? 0 : 1;
      const auto middle = first + static_cast<std::ptrdiff_t>(count / 2);
      std::nth_element(first, middle, last,
                       [axis](const auto * l, const auto * r) { return l->positionNm[axis] < r->positionNm[axis]; });
      split(first, middle);
      split(middle, last);
    };
    split(members.begin(), members.end());
  }
  return blocks;
}
} // namespace ferro
