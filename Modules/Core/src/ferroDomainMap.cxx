#include "ferroDomainMap.h"

#include <cmath>

namespace ferro
{
std::string
DomainWall::Kind() const
{
  if (!std::isfinite(turn))
  {
    return "edge-of-polar";
  }
  constexpr double Degrees = 57.295779513082320877;
  // Half of the way to the next kind that is usual would be 45 degrees; distorted images turn by some degrees.
  const double tolerance = std::min(45.0, 20.0 + 2.0 * turnError * Degrees);
  const double degrees = turn * Degrees;
  return std::abs(degrees - 180.0) <= tolerance ? "180" : std::abs(degrees - 90.0) <= tolerance ? "90" : "other";
}

void
DomainMap::Graft(const itk::DataObject * other)
{
  const auto * map = dynamic_cast<const DomainMap *>(other);
  if (!map)
  {
    itkExceptionMacro("can only graft another DomainMap");
  }
  this->Set(map->m_Values);
}

void
DomainMap::Initialize()
{
  Superclass::Initialize();
  m_Values = Values();
}
} // namespace ferro
