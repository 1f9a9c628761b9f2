#ifndef ferroLineChart_h
#define ferroLineChart_h

#include "FerroscopeVisualizationExport.h"

#include <Eigen/Core>
#include <filesystem>
#include <string>
#include <vector>

namespace ferro
{
/** \class LineChart
 * \brief A picture of one or more lines over the same axes, for example a learning curve.
 */
struct LineChart
{
  /** One line; points that are not finite are left out. */
  struct Line
  {
    std::string name; ///< for the legend
    std::vector<Eigen::Vector2d> points;
    bool marks = false; ///< a disc at every point
  };
  std::string title;
  std::string labelX;
  std::string labelY;
  bool logarithmicY = false; ///< powers of ten up the axis; points that are not positive are left out
  std::vector<Line> lines;
};

/** Draws a chart as PNG, painted without a display. \param widthPx width of the picture, at least 400
 * \param chart what is drawn \param file where to write. Throws OutputError. */
FerroscopeVisualization_EXPORT void WriteLineChart(const LineChart & chart, const std::filesystem::path & file,
                                                   int widthPx = 1400);
} // namespace ferro

#endif
