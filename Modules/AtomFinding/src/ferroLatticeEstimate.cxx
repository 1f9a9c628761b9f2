#include "ferroLatticeEstimate.h"

#include "ferroPlane.h"
#include "ferroSpectralLattice.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
// As strong as what FindReflections takes for a reflection.
constexpr double SureReflection = 12.0;
// Cells that are less square than this are not those of a perovskite along [100].
constexpr double LargestSkew = 0.17;
constexpr double LargestAspect = 1.2;
// Defaults of EstimateTranslations, pixels.
constexpr double ShortestPeriod = 2.6;
constexpr double LongestPeriod = 130.0;

SpectralLattice
Estimate(const MicrographType & image, double shortest, double longest)
{
  const ParallelFor serial = [](std::size_t count, const std::function<void(std::size_t)> & body)
  {
    for (std::size_t n = 0; n < count; ++n)
    {
      body(n);
    }
  };
  PixelRange range;
  const Plane plane = CopyImage(image, serial, range);
  constexpr long SmallestSide = 24; // as in AtomFindingImageFilter
  const long side = std::min(plane.width, plane.height);
  if (side < SmallestSide || range.invalid == plane.values.size())
  {
    return {};
  }
  return EstimateLattice(plane, shortest, std::min(longest, 0.5 * static_cast<double>(side)), serial);
}

bool
IsNearlySquare(const Eigen::Matrix2d & cell)
{
  const double a = cell.col(0).norm();
  const double b = cell.col(1).norm();
  return std::abs(cell.col(0).dot(cell.col(1))) < LargestSkew * a * b &&
         std::max(a, b) < LargestAspect * std::min(a, b);
}
} // namespace

Eigen::Matrix2d
EstimateTranslations(const MicrographType & image, double shortest, double longest)
{
  const SpectralLattice found = Estimate(image, shortest, longest);
  return found.found ? found.translations : Eigen::Matrix2d::Zero();
}

Eigen::Matrix2d
EstimateCentredTranslations(const MicrographType & image)
{
  const SpectralLattice found = Estimate(image, ShortestPeriod, LongestPeriod);
  if (!found.found)
  {
    return Eigen::Matrix2d::Zero();
  }
  // Columns at corners and middle scatter (1,0) with the difference of their weights and (1,1) with the sum; a single
  // column scatters (1,0) more than (1,1), because it is not a point.
  const bool single = found.second < found.first && IsNearlySquare(found.translations);
  if (!single || found.half < SureReflection)
  {
    return found.translations;
  }
  Eigen::Matrix2d sums;
  sums << 1.0, 1.0, 1.0, -1.0;
  return found.translations * sums;
}
} // namespace ferro
