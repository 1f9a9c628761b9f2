#ifndef ferroRegressionDataSet_h
#define ferroRegressionDataSet_h

#include "FerroscopeDeepRegressionExport.h"
#include "ferroImageGeometry.h"
#include "ferroModelFrame.h"
#include "ferroPointLocator.h"

#include <Eigen/Core>
#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ferro
{
/** \class LabelTable
 * \brief Places in an image with the values that a network should learn there, in pixels of the image.
 */
struct LabelTable
{
  std::vector<Eigen::Vector2d> positions; ///< continuous pixel index
  std::vector<float> values;              ///< one for each target of each place; lengths in px, angles in degrees
  std::vector<float> variances;           ///< of px and py where the table states errors, px^2; else empty
};

/** Reads labels: cells.csv, the folder of a map that holds one, any table with x_px, y_px and the targets' columns, or
 * the HDF5 table that is published with an image of the BiFeO3 series.
 *
 * Rows with a flag are left out; where there is a column `center` or `sublattice`, only rows of that sublattice count.
 * Displacements may be called ux_px, uy_px as in the truth of 'synthesize'. Throws InputError.
 * \param path file or folder \param geometry of the image \param targets what to read \param center 'A' or 'B' */
FerroscopeDeepRegression_EXPORT LabelTable ReadLabels(const std::filesystem::path & path,
                                                      const ImageGeometry & geometry,
                                                      const std::vector<RegressionTarget> & targets, char center);

/** Which part of the data a window belongs to. */
enum class DataPart
{
  Train,
  Test,
  None ///< it crosses the border of the split, or leaves the image
};

/** \class LabelledImage
 * \brief One image at the scale of the network, normalized, with its labels.
 */
struct FerroscopeDeepRegression_EXPORT LabelledImage
{
  std::string name;
  ModelFrame frame;
  double pixelSizeNm = 0.0;                            ///< of the image; 0 when it is not calibrated
  std::vector<float> pixels;                           ///< frame.width x frame.height
  std::shared_ptr<const PointLocator> labels;          ///< their places, pixels of the model
  std::vector<float> values;                           ///< of the labels, pixels of the model
  std::vector<float> variances;                        ///< of px and py, pixels of the model squared; may be empty
  Eigen::Vector2d trainLow = Eigen::Vector2d::Zero();  ///< rectangle of the training part, pixels of the image
  Eigen::Vector2d trainHigh = Eigen::Vector2d::Zero(); ///< its last pixel
  PixelStatistics statistics;                          ///< what the pixels were normalized with

  /** pm per pixel of the model; 0 when the image is not calibrated. */
  double
  GetPicometresPerPixel() const
  {
    return 1000.0 * pixelSizeNm * frame.GetMagnification();
  }
  /** Median distance of a label to the next one, pixels of the model. */
  double GetLabelDistance() const;
  /** Part that a window with that first pixel (model) belongs to. */
  DataPart GetPart(double x, double y, double w, double h) const;
};

/** Where targets of windows that are not centred on columns come from (Nelson et al., npj Comput. Mater. 7, 149
 * (2021)): the mean of the cells around, weighted with 1 - d / maximum. */
struct NeighbourRule
{
  double maximumPx = 0.0; ///< distance at which a cell no longer counts, pixels of the model
  double minimumPx = 0.0; ///< a place counts only when a cell is closer than this
};

/** \class RegressionDataSet
 * \brief Images with labels, brought to one scale, split into a training and a test part.
 */
class FerroscopeDeepRegression_EXPORT RegressionDataSet
{
public:
  /** Scale, targets, and after Finish() their mean and deviation in the training part. */
  ModelDescription description;
  std::vector<LabelledImage> images;
  NeighbourRule neighbours;

  /** Adds an image. \param image pixels \param name for messages \param labels its labels
   * \param trainRegion x0, y0, x1, y1 in pixels: what lies inside is for training
   * \param translations of the lattice, for ModelScale::Lattice
   * The normalization comes from the training part. Throws InputError, AnalysisError. */
  void Add(const MicrographType & image, const std::string & name, const LabelTable & labels,
           const std::array<double, 4> & trainRegion, const Eigen::Matrix2d & translations);
  /** Computes cell size, neighbour rule (where they are not set) and statistics of the targets. Vectors get the mean 0,
   * both components one deviation, because windows are turned while training. Throws AnalysisError without labels in
   * the training part. */
  void Finish();

  /** Target at a place of an image; false where no cell is near enough. */
  bool GetTarget(const LabelledImage & image, const Eigen::Vector2d & place, float * values) const;

  /** Writes a file (layout in Documentation/FileFormats.md) in which windows may follow. */
  void Save(const std::filesystem::path & file) const;
  /** Reads what Save wrote. Throws InputError. */
  static RegressionDataSet Load(const std::filesystem::path & file);

  /** Windows that a file of a data set holds. */
  struct WindowOptions
  {
    bool centered = false; ///< around the labels (C), else on a grid (NC)
    long windowPx = 80;
    long stridePx = 8; ///< of the grid
  };
  /** Counts of what was written. */
  struct WindowCounts
  {
    long train = 0;
    long test = 0;
    long leftOut = 0; ///< windows that cross the split or leave the image, and places without a cell
  };
  /** Writes the data set and its windows, piece by piece. Throws OutputError and what the progress throws. */
  WindowCounts SaveWithWindows(const std::filesystem::path & file, const WindowOptions & options,
                               const std::function<void(double)> & progress) const;
};
} // namespace ferro

#endif
