#ifndef ferroFigureLayout_h
#define ferroFigureLayout_h

#include "ferroFigurePage.h"
#include "ferroFigureScales.h"
#include "ferroImageGeometry.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ferro
{
/** Colour of a position 0..1 along a colour bar. */
using ColorFunction = std::function<Rgb(double)>;

/** \class MapSheet
 * \brief A page with one or more panels that show the area of an image, each with room for a legend to its right.
 *
 * Panels keep the aspect ratio of the image in nm and are as large as the page permits. All lengths of type and lines
 * are multiples of a unit (1 pixel for pages of 1600) so that figures of any size look alike.
 */
class MapSheet
{
public:
  struct Options
  {
    std::string title;
    std::vector<std::string> panelTitles; ///< one panel for each; one empty string for a page of a single panel
    double sideWidth = 215;               ///< room for the legend, units
    double sideHeight = 310;              ///< height that the legend needs at least, units
    int widthPx = 1600;
    bool scaleBarBelow = true;
  };
  MapSheet(const ImageGeometry & geometry, Options options);

  FigurePage &
  Page()
  {
    return *m_Page;
  }
  const Box &
  Panel(std::size_t k) const
  {
    return m_Panels[k];
  }
  /** Page position of a position in the image (continuous pixel index). */
  Eigen::Vector2d ToPage(std::size_t panel, const Eigen::Vector2d & px) const;
  /** Page pixels per image pixel along x and y. */
  Eigen::Vector2d
  Scale() const
  {
    return m_Scale;
  }
  /** Page pixels of a length in units. */
  double
  Units(double units) const
  {
    return units * m_Unit;
  }
  /** Height that legends may use beside each panel. */
  double
  LegendHeight() const
  {
    return m_LegendHeight;
  }
  /** Draws the colour bar of a panel; pointed ends say that values lie beyond the range.
   * \param tickStep distance of the ticks; 0: round numbers */
  void ColorBar(std::size_t panel, const Range & range, const ColorFunction & color, const std::string & label,
                bool below, bool above, double tickStep = 0);
  /** Frame around a panel and, below the first one, the scale bar. Call it last. */
  void Finish();
  /** A white scale bar on a dark ground inside a panel. */
  void ScaleBarInside(std::size_t panel);

private:
  ImageGeometry m_Geometry;
  Options m_Options;
  double m_Unit = 1.0;
  double m_LegendHeight = 0.0;
  Eigen::Vector2d m_Scale = Eigen::Vector2d::Ones();
  std::vector<Box> m_Panels;
  std::unique_ptr<FigurePage> m_Page;
};

/** A white scale bar on a dark ground in the corner of a box that shows the area of an image. */
void DrawScaleBarInside(FigurePage & page, const Box & box, const ImageGeometry & geometry, double unit);
/** Breaks a text into lines that are not wider than width. */
std::vector<std::string> WrapText(const std::string & text, double size, double width, bool bold);
/** Draws a colour bar into a box (without its pointed ends) with ticks and label to its right. */
void DrawColorBar(FigurePage & page, const Box & box, double unit, const Range & range, const ColorFunction & color,
                  const std::string & label, bool below, bool above, double tickStep = 0);
} // namespace ferro

#endif
