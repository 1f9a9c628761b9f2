#ifndef ferroDomainField_h
#define ferroDomainField_h

#include "FerroscopeCoreExport.h"

#include <Eigen/Core>
#include <string>

namespace ferro
{
/** How the polar displacement varies over a specimen. In all but the vortex and the gradient its component along a
 * stays +p; the one along b follows the profile f(d), which goes from -1 to +1 across a wall through the middle. */
enum class DomainPattern
{
  Uniform, ///< (p, p) everywhere
  Wall180, ///< f (p, p), wall along the displacement: both components change sign
  Wall109, ///< (p, f p), wall parallel to b: a {100} wall of a rhombohedral crystal seen edge-on
  Wall71,  ///< (p, f p), a {110} wall inclined by 45 degrees to the beam: f is averaged through the foil
  Vortex,  ///< length sqrt(2) p f(r), counter-clockwise around the middle
  Gradient ///< g (p, p), g rises evenly along a from 0 to 1
};

/** "uniform", "180", "109", "71", "vortex", "gradient". */
FerroscopeCore_EXPORT std::string ToString(DomainPattern pattern);
/** The pattern of that name; UsageError for any other. */
FerroscopeCore_EXPORT DomainPattern FindDomainPattern(const std::string & name);

/** Part of a specimen. */
enum class SpecimenRegion
{
  Film,
  Substrate,
  SecondPhase
};
/** "film", "substrate" or "second-phase". */
FerroscopeCore_EXPORT std::string ToString(SpecimenRegion region);

/** \class DomainField
 * \brief Polar displacement as a function of the place. All lengths in one unit, which the caller chooses; y down.
 */
struct FerroscopeCore_EXPORT DomainField
{
  DomainPattern pattern = DomainPattern::Uniform;
  double displacement = 0.0;  ///< p: per component along a and along b
  double wallWidth = 0.0;     ///< w: f(d) = tanh(2 d / w)
  double foilThickness = 0.0; ///< for Wall71: the projected width of the inclined wall
  double extent = 1.0;        ///< for Gradient: the length along a over which it rises, about the middle
  Eigen::Vector2d wallPlace = Eigen::Vector2d::Zero(); ///< a place on the wall
  Eigen::Vector2d middle = Eigen::Vector2d::Zero();    ///< of the vortex and of the gradient
  Eigen::Vector2d e1 = Eigen::Vector2d::UnitX();       ///< unit vector along a
  Eigen::Vector2d e2 = Eigen::Vector2d::UnitY();       ///< unit vector along b

  /** Displacement that an image shows: averaged through the foil.
   *
   * \param place in the image
   */
  Eigen::Vector2d AtPlace(const Eigen::Vector2d & place) const;

  /** Displacement in one depth of the foil; differs from AtPlace for Wall71 only, whose wall moves sideways with depth.
   *
   * \param place in the image
   * \param depth along the beam, from the middle of the foil
   */
  Eigen::Vector2d AtDepth(const Eigen::Vector2d & place, double depth) const;

private:
  double Profile(double distance) const;
  Eigen::Vector2d WithProfileAlongB(double profile) const;
};
} // namespace ferro

#endif
