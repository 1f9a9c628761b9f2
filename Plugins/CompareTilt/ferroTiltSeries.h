#ifndef ferroTiltSeries_h
#define ferroTiltSeries_h

#include "ferroImageGeometry.h"

#include <Eigen/Core>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

namespace ferro
{
/** \class TiltSeries
 * \brief What 'simulate' left in a folder: images of one detector over tilts and thicknesses, and how they were made.
 */
struct TiltSeries
{
  std::string material;
  /** What A and B columns are called: their elements where there are two besides oxygen, the heavier one being A; else
   * "A" and "B". */
  std::array<std::string, 2> sublattices = {"A", "B"};
  std::string detector;
  double detectorInnerMrad = 0.0;
  double detectorOuterMrad = 0.0;
  double voltageKv = 0.0;
  double semiAngleMrad = 0.0;
  double defocusNm = 0.0;
  double sourceSizeNm = 0.0;
  int configurations = 0;
  std::string motion;
  /** Tilts, mrad; above 0 columns lean to -x (-y) with depth. */
  std::vector<Eigen::Vector2d> tiltsMrad;
  std::vector<double> thicknessesNm;
  std::vector<std::vector<MicrographType::Pointer>> images; ///< [tilt][thickness], calibrated
  std::size_t untilted = 0;                                 ///< which tilt is none
};

/** Reads simulation.json of a folder and its images. Throws InputError when something is missing or no tilt is zero,
 * UsageError for a detector that is not there.
 *
 * \param folder of simulate
 * \param detector its name; empty: the first
 */
TiltSeries ReadTiltSeries(const std::filesystem::path & folder, const std::string & detector);
} // namespace ferro

#endif
