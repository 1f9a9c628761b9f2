#ifndef ferroModelFrame_h
#define ferroModelFrame_h

#include "FerroscopeDeepRegressionExport.h"
#include "ferroImageGeometry.h"
#include "ferroNetworkModel.h"

#include <Eigen/Core>
#include <vector>

namespace ferro
{
/** \class ModelFrame
 * \brief Where the pixels of a network lie in an image: a linear map and a size.
 */
struct FerroscopeDeepRegression_EXPORT ModelFrame
{
  Eigen::Matrix2d toImage = Eigen::Matrix2d::Identity(); ///< step of one pixel of the model, pixels of the image
  Eigen::Vector2d origin = Eigen::Vector2d::Zero();      ///< place of pixel (0, 0) of the model
  long width = 0;                                        ///< pixels of the model that cover the image
  long height = 0;
  long imageWidth = 0;
  long imageHeight = 0;

  Eigen::Vector2d
  ToImage(const Eigen::Vector2d & model) const
  {
    return origin + toImage * model;
  }
  Eigen::Vector2d ToModel(const Eigen::Vector2d & image) const;
  /** Pixels of the image along a pixel of the model. */
  double GetMagnification() const;
  /** Turns targets from pixels of the model into pixels of the image: vectors along, lengths and areas in scale.
   * \param targets what the values are \param values one for each target, changed in place */
  void TargetsToImage(const std::vector<RegressionTarget> & targets, float * values) const;
  /** Variances of targets, from squared pixels of the model to squared pixels of the image. What the two components of
   * a vector have in common after a turn is left out. */
  void VariancesToImage(const std::vector<RegressionTarget> & targets, double * variances) const;
  /** The inverse of TargetsToImage. */
  void TargetsToModel(const std::vector<RegressionTarget> & targets, float * values) const;
  /** Whether a rectangle of pixels of the model lies inside the image. */
  bool IsInside(double x, double y, double w, double h) const;
  /** Corners (upper left, lower right) of the smallest upright rectangle of the image around one of the model. */
  void BoundsInImage(double x, double y, double w, double h, Eigen::Vector2d & low, Eigen::Vector2d & high) const;
};

/** The frame of an image for a network.
 * \param description scale of the network
 * \param geometry size and calibration of the image
 * \param translations two translations of the lattice as columns, pixels; for ModelScale::Lattice
 * Throws InputError when the image has no calibration and the network needs one, and AnalysisError when the scales
 * differ by more than a factor of 16 or the lattice is not known. */
FerroscopeDeepRegression_EXPORT ModelFrame MakeModelFrame(const ModelDescription & description,
                                                          const ImageGeometry & geometry,
                                                          const Eigen::Matrix2d & translations);

/** \class PixelView
 * \brief A rectangle of an image in memory.
 */
struct PixelView
{
  const float * data = nullptr;
  long x = 0; ///< place of its first pixel in the image
  long y = 0;
  long width = 0;
  long height = 0;
};

/** Mean and standard deviation of the pixels that are finite. */
struct PixelStatistics
{
  double mean = 0.0;
  double deviation = 0.0;
  long count = 0;   ///< pixels that counted
  long invalid = 0; ///< pixels that are not finite
};
/** \param view pixels \param low,high corners of the rectangle that counts, pixels of the image */
FerroscopeDeepRegression_EXPORT PixelStatistics ComputeStatistics(const PixelView & view, const Eigen::Vector2d & low,
                                                                  const Eigen::Vector2d & high);

/** Pixels of the image that interpolation reaches beyond a place. */
FerroscopeDeepRegression_EXPORT long GetInterpolationReach(double magnification);

/** Samples an image on a grid by cubic convolution (R. Keys, IEEE Trans. Acoust. 29, 1153 (1981)), with the kernel
 * stretched where pixels become larger, so that nothing aliases. Exact copy where the grid falls on pixels. Beyond the
 * view its edge is repeated; pixels that are not finite count as the mean.
 * \param view the image \param statistics for the normalization: (value - mean) / deviation
 * \param toImage,origin place of sample (column, row) is origin + toImage * (column, row)
 * \param width,height size of the grid
 * \param rowShift shift of each row along x, samples; empty: none
 * \param out width * height values, row by row */
FerroscopeDeepRegression_EXPORT void SampleNormalized(const PixelView & view, const PixelStatistics & statistics,
                                                      const Eigen::Matrix2d & toImage, const Eigen::Vector2d & origin,
                                                      long width, long height, const std::vector<double> & rowShift,
                                                      float * out);
} // namespace ferro

#endif
