#ifndef ferroPanelFigure_h
#define ferroPanelFigure_h

#include "FerroscopeVisualizationExport.h"
#include "ferroImageGeometry.h"

#include <Eigen/Core>

#include <filesystem>
#include <string>
#include <vector>

namespace ferro
{
/** \class PanelFigure
 * \brief A figure of several panels: a row of images on one gray scale, and rows of charts below them.
 */
struct PanelFigure
{
  /** A line of a chart; points that are not finite are left out. Lines of one name look alike in all charts. */
  struct Series
  {
    std::string name; ///< for the legend above the row
    std::vector<Eigen::Vector2d> points;
    std::vector<double> errors; ///< half lengths of error bars along y, as many as points or none; NaN: no bar
    bool marks = false;         ///< a disc at every point
    bool hollow = false;        ///< discs are rings, and the line is dashed
    int color = 0;              ///< number of the colour, from 0
  };
  /** A chart. */
  struct Chart
  {
    std::string title;
    std::string labelX;
    std::string labelY;
    std::vector<Series> series;
  };
  /** Charts side by side below a legend. */
  struct Row
  {
    std::vector<Chart> charts;
    bool sameScale = false; ///< whether the charts have one range along y, which then holds 0
  };
  /** Rings on an image. */
  struct Marks
  {
    std::string name;
    std::vector<Eigen::Vector2d> places; ///< pixels of the image
    bool square = false;                 ///< in place of circles
  };
  /** An image of the row. */
  struct Image
  {
    MicrographType::ConstPointer image; ///< all of one size
    std::string name;                   ///< above it, in the colour of that number
    int color = -1;                     ///< number of the colour; below 0: ink
    std::vector<Marks> marks;           ///< the same names in every image
  };

  std::string title;
  std::string intensity; ///< label of the gray scale
  std::vector<Image> images;
  std::vector<Row> rows;
};

/** Draws the figure as PNG, without a display. Throws OutputError.
 *
 * \param figure what is drawn
 * \param file where to write
 * \param widthPx width of the picture, at least 400
 */
FerroscopeVisualization_EXPORT void WritePanelFigure(const PanelFigure & figure, const std::filesystem::path & file,
                                                     int widthPx = 2000);
} // namespace ferro

#endif
