#ifndef ferroFigureAxes_h
#define ferroFigureAxes_h

#include "ferroFigurePage.h"
#include "ferroFigureScales.h"

#include <string>

namespace ferro
{
/** \class Axes
 * \brief Axes of a chart in a box: x to the right, y up or down.
 */
struct Axes
{
  Box box;
  Range x;
  Range y;
  bool yDown = false;

  /** Place on the page. */
  Eigen::Vector2d ToPage(double vx, double vy) const;
  /** Frame, ticks and labels; all lengths are multiples of the unit. */
  void Draw(FigurePage & page, double unit, const std::string & labelX, const std::string & labelY) const;
};

/** Title of a chart, at the upper left of its page. */
void DrawChartTitle(FigurePage & page, double unit, const std::string & title);
} // namespace ferro

#endif
