#ifndef ferroEvaluationFigures_h
#define ferroEvaluationFigures_h

#include "FerroscopeVisualizationExport.h"
#include "ferroImageGeometry.h"
#include "ferroMapFigures.h"

#include <Eigen/Core>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace ferro
{
/** \class EvaluatedQuantity
 * \brief One quantity of the cells, predicted and measured.
 */
struct EvaluatedQuantity
{
  std::string name;   ///< in file names: px, py, a, b, gamma, area, ...
  std::string symbol; ///< in figures: Px
  std::string unit;   ///< may be empty
  std::vector<double> measured;
  std::vector<double> predicted;
  std::vector<double> z;      ///< difference over its stated error; empty where there is none
  std::vector<char> outliers; ///< those that are marked
};

/** \class EvaluationData
 * \brief What the figures of an evaluation show: one entry of each list per cell.
 */
struct EvaluationData
{
  ImageGeometry geometry;
  MicrographType::ConstPointer image;                      ///< may be null
  std::vector<Eigen::Vector2d> places;                     ///< px
  Eigen::Matrix2d cellEdges = Eigen::Matrix2d::Identity(); ///< edges of a cell as columns, px
  std::vector<char> counted;                               ///< 0: has a flag, shown in maps and left out elsewhere
  std::vector<int> regions;                                ///< index of the region's name, or -1
  std::vector<std::string> regionNames;                    ///< one or two
  std::vector<Eigen::Vector2d> split;                      ///< line between the regions, px; empty without
  std::string referenceName = "measured";                  ///< or "truth"
  std::string predictedName = "predicted";
  std::vector<EvaluatedQuantity> quantities;
  /** Lines of text for the figure of a quantity, for example its statistics. */
  std::vector<std::vector<std::string>> notes;
};

/** Draws an evaluation as PNG files: for each quantity predicted against measured, full and zoomed, with lines of equal
 * density and the outliers marked there and in the image (10_scatter_NAME); joint distributions of Px, Py and of a, b
 * (20_joint); maps of measured, predicted and difference (30_map_P, 31_map_NAME); z-scores (40_z_scores). Quantities
 * called px, py, a and b are those of the joint figures.
 *
 * \param data what to show
 * \param folder where the files go, made when it is not there
 * \param options size and radius of the colour wheel
 * \param progress called with 0..1 between figures; may throw to cancel. May be empty.
 * \return the figures in the order of their names
 * \throws OutputError when a file cannot be written
 */
FerroscopeVisualization_EXPORT std::vector<Figure> WriteEvaluationFigures(
  const EvaluationData & data, const std::filesystem::path & folder, const FigureOptions & options = {},
  const std::function<void(double)> & progress = {});
} // namespace ferro

#endif
