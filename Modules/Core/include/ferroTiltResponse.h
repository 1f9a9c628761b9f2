#ifndef ferroTiltResponse_h
#define ferroTiltResponse_h

#include <Eigen/Core>

#include <string>
#include <vector>

namespace ferro
{
/** Where the columns of a tilted crystal seem to be, against where they seem to be without tilt. */
struct TiltResponsePoint
{
  /** Tilt of the specimen about y (x component) and about x (y component), mrad: with a component above 0 the columns
   * lean towards smaller x or y with depth. */
  Eigen::Vector2d tiltMrad = Eigen::Vector2d::Zero();
  Eigen::Vector2d shiftAPm = Eigen::Vector2d::Zero(); ///< apparent shift of the A columns, image axes, pm
  Eigen::Vector2d shiftBPm = Eigen::Vector2d::Zero(); ///< apparent shift of the B columns, image axes, pm
  double errorPm = 0.0; ///< standard error of each component of the difference B - A, pm; 0: not known
};

/** The response at one thickness. */
struct TiltResponseSeries
{
  double thicknessNm = 0.0;
  /** Polar displacement that the crystal of the table shows without tilt, B - A along the image axes, pm; 0: not polar.
   * What tilt adds to a polarization depends on the polarization itself. */
  Eigen::Vector2d polarizationPm = Eigen::Vector2d::Zero();
  std::vector<TiltResponsePoint> points;
};

/** \class TiltResponse
 * \brief Apparent shifts of the columns of one material under given conditions, from simulation.
 *
 * Half of a polarization measurement is how positions are estimated: the estimator belongs to the table, and only maps
 * that were measured with it may be corrected by it.
 */
struct TiltResponse
{
  std::string material;  ///< for example BiFeO3
  std::string estimator; ///< how positions were measured, for example "2-D Gaussian, radius 2.7 sigma"
  std::string recipe;    ///< how the table was made
  double voltageKv = 0.0;
  double semiAngleMrad = 0.0;
  double detectorInnerMrad = 0.0;
  double detectorOuterMrad = 0.0;
  double sourceSizeNm = 0.0; ///< standard deviation of the blur by the source
  /** Whether a quarter turn about the columns changes nothing (the columns of a cubic crystal, or nearly): points then
   * count for the turned tilts as well. */
  bool fourfold = false;
  std::vector<TiltResponseSeries> series; ///< thickness ascending
};
} // namespace ferro

#endif
