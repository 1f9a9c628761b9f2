#include "ferroLatticeEstimate.h"

#include "ferroPlane.h"
#include "ferroSpectralLattice.h"

#include <algorithm>

namespace ferro
{
Eigen::Matrix2d
EstimateTranslations(const MicrographType & image, double shortest, double longest)
{
  const ParallelFor serial = [](std::size_t count, const std::function<void(std::size_t)> & body)
  {
    for (std::size_t n = 0; n < count; ++n)
    {
      body(n);
    }
  };
  std::size_t invalid = 0;
  const Plane plane = CopyImage(image, invalid);
  constexpr long SmallestSide = 24; // as in AtomFindingImageFilter
  const long side = std::min(plane.width, plane.height);
  if (side < SmallestSide || invalid == plane.values.size())
  {
    return Eigen::Matrix2d::Zero();
  }
  const SpectralLattice found = EstimateLattice(FlattenContrast(plane, serial), shortest,
                                                std::min(longest, 0.5 * static_cast<double>(side)), serial);
  return found.found ? found.translations : Eigen::Matrix2d::Zero();
}
} // namespace ferro
