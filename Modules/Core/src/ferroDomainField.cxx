#include "ferroDomainField.h"

#include "ferroErrors.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr DomainPattern Patterns[] = {DomainPattern::Uniform, DomainPattern::Wall180, DomainPattern::Wall109,
                                      DomainPattern::Wall71,  DomainPattern::Vortex,  DomainPattern::Gradient};

// ln cosh without overflow.
double
LogCosh(double x)
{
  x = std::abs(x);
  return x + std::log1p(std::exp(-2.0 * x)) - std::log(2.0);
}
} // namespace

std::string
ToString(DomainPattern pattern)
{
  switch (pattern)
  {
    case DomainPattern::Uniform:
      return "uniform";
    case DomainPattern::Wall180:
      return "180";
    case DomainPattern::Wall109:
      return "109";
    case DomainPattern::Wall71:
      return "71";
    case DomainPattern::Vortex:
      return "vortex";
    case DomainPattern::Gradient:
      break;
  }
  return "gradient";
}

DomainPattern
FindDomainPattern(const std::string & name)
{
  std::string names;
  for (const auto pattern : Patterns)
  {
    if (ToString(pattern) == name)
    {
      return pattern;
    }
    names += (names.empty() ? "" : ", ") + ToString(pattern);
  }
  throw UsageError("domains: found '" + name + "', expected one of " + names);
}

std::string
ToString(SpecimenRegion region)
{
  switch (region)
  {
    case SpecimenRegion::Film:
      return "film";
    case SpecimenRegion::Substrate:
      return "substrate";
    case SpecimenRegion::SecondPhase:
      break;
  }
  return "second-phase";
}

// From -1 to 1 across a wall seen edge-on.
double
DomainField::Profile(double distance) const
{
  const double half = 0.5 * wallWidth;
  return half > 0.0 ? std::tanh(distance / half) : (distance < 0.0 ? -1.0 : 1.0);
}

Eigen::Vector2d
DomainField::WithProfileAlongB(double profile) const
{
  return displacement * (e1 + profile * e2);
}

Eigen::Vector2d
DomainField::AtPlace(const Eigen::Vector2d & place) const
{
  if (pattern != DomainPattern::Wall71 || !(foilThickness > 0.0))
  {
    return this->AtDepth(place, 0.0);
  }
  // Mean of tanh(z / half) over the depth of the foil, in which the wall moves by as much sideways.
  const double d = (place - wallPlace).dot(e1);
  const double half = 0.5 * wallWidth;
  const double t = foilThickness;
  return this->WithProfileAlongB(half > 1e-6 * t
                                   ? half / t * (LogCosh((d + 0.5 * t) / half) - LogCosh((d - 0.5 * t) / half))
                                   : std::clamp(2.0 * d / t, -1.0, 1.0));
}

Eigen::Vector2d
DomainField::AtDepth(const Eigen::Vector2d & place, double depth) const
{
  const Eigen::Vector2d fromWall = place - wallPlace;
  switch (pattern)
  {
    case DomainPattern::Uniform:
      return displacement * (e1 + e2);
    case DomainPattern::Wall180:
      return displacement * this->Profile(fromWall.dot(e1 - e2) / std::sqrt(2.0)) * (e1 + e2);
    case DomainPattern::Wall109:
      return this->WithProfileAlongB(this->Profile(fromWall.dot(e1)));
    case DomainPattern::Wall71:
      return this->WithProfileAlongB(this->Profile(fromWall.dot(e1) + depth));
    case DomainPattern::Gradient:
      return displacement * std::clamp(0.5 + (place - middle).dot(e1) / extent, 0.0, 1.0) * (e1 + e2);
    case DomainPattern::Vortex:
      break;
  }
  const Eigen::Vector2d r = place - middle;
  const double distance = r.norm();
  if (distance == 0.0)
  {
    return Eigen::Vector2d::Zero();
  }
  return std::sqrt(2.0) * displacement * this->Profile(distance) / distance * Eigen::Vector2d(r.y(), -r.x());
}
} // namespace ferro
