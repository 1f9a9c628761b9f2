#ifndef ferroPrediction_h
#define ferroPrediction_h

#include "ferroDCNNRegressionImageFilter.h"
#include "ferroUnitCellSet.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace ferro
{
/** \class Prediction
 * \brief What a network says at places of an image.
 */
struct Prediction
{
  ImageGeometry geometry;
  std::vector<RegressionTarget> targets;
  std::vector<std::string> names;                  ///< of the components
  std::vector<Eigen::Vector2d> places;             ///< continuous pixel index
  std::vector<std::pair<int, int>> indices;        ///< column and row of the grid, or indices of the cells
  std::vector<float> values;                       ///< components of place 0, of place 1, ...
  Eigen::Matrix2d steps = Eigen::Matrix2d::Zero(); ///< distance of neighbouring places as columns, pixels

  std::size_t
  Components() const
  {
    return names.size();
  }
  float
  Get(std::size_t place, std::size_t component) const
  {
    return values[place * names.size() + component];
  }
  float
  Novelty(std::size_t place) const
  {
    return this->Get(place, 2 * targets.size());
  }
  /** Position of a kind of target, or -1. */
  int Find(TargetKind kind) const;
};

/** A place that is worth another look. */
struct NoveltySite
{
  Eigen::Vector2d place = Eigen::Vector2d::Zero();
  double score = 0.0;
  std::string reason;
};

/** Agreement of a prediction with a map of the same image. */
struct Agreement
{
  long cells = 0;
  Eigen::Vector2d correlation = Eigen::Vector2d::Zero(); ///< of px, of py
  double slope = 0.0;                                    ///< of predicted on measured, both components
  Eigen::Vector2d bias = Eigen::Vector2d::Zero();        ///< mean of predicted - measured, pm (px)
  double rms = 0.0;                                      ///< of predicted - measured per axis, pm (px)
  std::vector<Eigen::Vector2d> places;                   ///< of the cells that were compared, pixels
  std::vector<Eigen::Vector2d> measured;
  std::vector<Eigen::Vector2d> predicted;
};

/** Adds every every-th pixel of the filter's output that is not NaN, of rows from first to before end, which have been
 * computed. */
void TakeGrid(const DCNNRegressionImageFilter & filter, const itk::VectorImage<float, 2> & output, long every,
              long first, long end, Prediction & prediction);
/** The places as cells: displacement, error, edges, and the flag 'outlier' where the novelty is above 1. */
UnitCellSet::Pointer MakeCells(const Prediction & prediction);
/** All components as a table. Throws OutputError. */
void WritePrediction(const Prediction & prediction, const std::filesystem::path & file);
/** The count most novel places that are at least apart pixels from each other. */
std::vector<NoveltySite> FindNoveltySites(const Prediction & prediction, std::size_t count, double apart);
/** The same from places that were found in parts of the image. */
std::vector<NoveltySite> FindNoveltySites(std::vector<NoveltySite> candidates, std::size_t count, double apart);
void WriteNoveltySites(const std::vector<NoveltySite> & sites, const ImageGeometry & geometry,
                       const std::filesystem::path & file);
/** Holds the filter's output against those cells of a map that lie between its rows first and end, which have been
 * computed; between pixels it is interpolated. Finish() when all parts are there. */
void Compare(const DCNNRegressionImageFilter & filter, const itk::VectorImage<float, 2> & output,
             const UnitCellSet & cells, long first, long end, Agreement & agreement);
/** Correlation, slope, bias and scatter of what was collected. */
void Finish(Agreement & agreement);
/** Holds a prediction at the cells themselves against them. */
Agreement Compare(const Prediction & prediction, const UnitCellSet & cells);
void WriteAgreement(const Agreement & agreement, bool calibrated, const std::filesystem::path & file);
} // namespace ferro

#endif
