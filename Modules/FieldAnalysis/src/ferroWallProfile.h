#ifndef ferroWallProfile_h
#define ferroWallProfile_h

#include <vector>

namespace ferro
{
/** A value at a signed distance from a wall. */
struct ProfileSample
{
  double distance;
  double along; ///< place along the wall, counted from its middle
  double value;
  double variance;
};

/** Profile m + h tanh(2 (d - d0 - tilt s) / w) through samples, s along the wall. */
struct WallProfile
{
  bool valid = false;
  double middle = 0.0;
  double height = 0.0;
  double place = 0.0; ///< d0
  double placeError = 0.0;
  double tilt = 0.0;      ///< radians by which the wall turns: d0 grows by this times the place along it
  double width = 0.0;     ///< w
  double widthLow = 0.0;  ///< 68 % interval; 0 where the samples permit a step
  double widthHigh = 0.0; ///< infinite where they permit any width
};

/** Fits by least squares. The interval holds the widths whose chi squared is at most 1 (times the reduced chi squared
 * where that is above 1) from the smallest.
 * \param samples at least 8 of them
 * \param spacing distance of neighbouring cells, in the unit of the distances
 * \param tiltLimit largest tilt, radians; 0: the wall is where it is */
WallProfile FitWallProfile(const std::vector<ProfileSample> & samples, double spacing, double tiltLimit);
} // namespace ferro

#endif
