#ifndef ferroFigureDensity_h
#define ferroFigureDensity_h

#include "ferroFigureAxes.h"

#include <utility>
#include <vector>

namespace ferro
{
/** Kernel density of points on a grid of the axes' box, row by row from its upper left corner, 1 at its highest place.
 * The kernel is a Gaussian as wide as half the median distance to the sqrt(n)-th neighbour. */
std::vector<double> Density(const std::vector<Eigen::Vector2d> & points, const Axes & axes, int width, int height);
/** Colours the box by the density of the points and draws the points on it. */
void DrawDensity(FigurePage & page, double unit, const Axes & axes, const std::vector<Eigen::Vector2d> & points);
/** Draws the lines of equal density that enclose the given shares (0..1) of the mass of a Density() of the axes.
 * \param page where to \param axes of the density \param density width x height values \param width,height of the grid
 * \param shares for example 0.5, 0.9 \param color,lineWidth of the lines */
void DrawContours(FigurePage & page, const Axes & axes, const std::vector<double> & density, int width, int height,
                  const std::vector<double> & shares, const Rgb & color, double lineWidth);
/** Two ranges of the same length that hold nearly all points. */
std::pair<Range, Range> SquareRanges(const std::vector<double> & xs, const std::vector<double> & ys);
} // namespace ferro

#endif
