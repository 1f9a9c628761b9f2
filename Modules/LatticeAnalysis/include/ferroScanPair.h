#ifndef ferroScanPair_h
#define ferroScanPair_h

#include "FerroscopeLatticeAnalysisExport.h"
#include "ferroAtomColumnSet.h"

#include <Eigen/Core>
#include <array>

namespace ferro
{
/** What two images of one area, scanned along axes that are a quarter turn apart, say together. */
struct ScanPair
{
  /** The columns of the first image: positions without the distortion of the scan, from both images, with the
   * covariances of the fits, and PairedScanErrors for what is not known of the distortions. driftShift is zero. */
  AtomColumnSet::Pointer columns;
  /** Smooth displacement of each column of the first image by its drift, pixels: added to a position it leads back into
   * this image. */
  std::vector<Eigen::Vector2d> drift;
  long matched = 0; ///< columns that both images have
  /** Standard deviation of a column's position by jitter of the lines, per image, along x and y of the first image,
   * pixels. */
  std::array<Eigen::Vector2d, 2> jitter = {{Eigen::Vector2d::Zero(), Eigen::Vector2d::Zero()}};
  /** Displacement by drift from the first line of each image to its last, by its inner 70 %, x and y of the first
   * image, pixels. */
  std::array<Eigen::Vector2d, 2> span = {{Eigen::Vector2d::Zero(), Eigen::Vector2d::Zero()}};
  /** RMS difference of the positions in both images before the correction and after, pixels, and after in units of the
   * stated errors. */
  Eigen::Vector2d before = Eigen::Vector2d::Zero();
  Eigen::Vector2d after = Eigen::Vector2d::Zero();
  double z = 0.0;
};

/** Place in the first image of a place in the second one, when the scans began together and nothing moved.
 * \param place in the second image, pixels
 * \param turns 1: what the second image shows is turned counter-clockwise on the screen by 90 degrees; -1: clockwise
 * \param first geometry of the first image
 * \param second geometry of the second image */
FerroscopeLatticeAnalysis_EXPORT Eigen::Vector2d TurnBack(const Eigen::Vector2d & place, int turns,
                                                          const ImageGeometry & first, const ImageGeometry & second);

/** Combines two images of one area whose fast axes are a quarter turn apart.
 *
 * The distortion of a scan is a function of its slow axis: D1(y) in the first image and D2(x) in the second, seen along
 * the axes of the first. In the difference of the positions of a column the specimen falls out, D1(y) - D2(x) is left,
 * and the functions of y and of x can be told apart, but for a constant (Ophus, Ciston and Nelson 2016 use the images
 * for that, here it is the columns). Each is the sum of a smooth function and of jitter (ScanPairSolver).
 * The corrected positions of both images are averaged, weighted by their errors. No
 * lattice is assumed. The quarter turn counts as exact: an error in it is taken for drift. \param first refined columns
 * of the first image \param second refined columns of the second image, in its own pixels \param turns see TurnBack
 * \param shift a place r of the first image is at r + shift in the second one, turned back; pixels
 * \throws AnalysisError when fewer than 40 columns are found in both */
FerroscopeLatticeAnalysis_EXPORT ScanPair CombineScanPair(const AtomColumnSet & first, const AtomColumnSet & second,
                                                          int turns, const Eigen::Vector2d & shift);
} // namespace ferro

#endif
