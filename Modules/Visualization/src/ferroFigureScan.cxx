#include "ferroFigureAxes.h"
#include "ferroFigures.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
struct Curve
{
  const char * name;
  Rgb color;
  std::vector<double> shift;
  std::vector<double> error;
};
} // namespace

void
DrawScanLinesFigure(FigureWriter & writer)
{
  const ScanLines * lines = writer.result.columns->GetScanLines();
  if (!lines)
  {
    return;
  }
  std::vector<Curve> curves = {{"along x", {{0, 114, 178}}, {}, {}}, {"along y", {{213, 94, 0}}, {}, {}}};
  std::vector<double> extremes;
  std::size_t count = 0;
  for (std::size_t axis = 0; axis < 2; ++axis)
  {
    const auto & of = lines->axes[axis];
    const double scale = writer.VectorScale()[static_cast<Eigen::Index>(axis)];
    for (std::size_t line = 0; line < of.displacement.size(); ++line)
    {
      curves[axis].shift.push_back(scale * of.displacement[line]);
      curves[axis].error.push_back(scale * std::sqrt(std::max(0.0, of.covariance[line * of.reach])));
      extremes.push_back(std::abs(curves[axis].shift.back()) + curves[axis].error.back());
    }
    count = std::max(count, of.displacement.size());
  }
  if (count < 2)
  {
    return; // nothing was corrected
  }
  const double unit = std::max(400, writer.options.widthPx) / 1600.0;
  const std::string name = writer.VectorUnit();
  FigurePage page(static_cast<int>(1600 * unit), static_cast<int>(720 * unit));
  DrawChartTitle(page, unit, "Shifts of the scan lines that were taken off");
  const double most = std::max(1e-9, RoundUp(1.05 * *std::max_element(extremes.begin(), extremes.end())));
  const Axes axes{
    {150 * unit, 100 * unit, 1400 * unit, 500 * unit}, {0.0, static_cast<double>(count - 1)}, {-most, most}, false};
  page.Clip(axes.box);
  page.Line({axes.ToPage(0, 0), axes.ToPage(static_cast<double>(count - 1), 0)}, Gray, 1.5 * unit, 0.8, true);
  // As many points as the page has pixels are enough.
  const std::size_t step = std::max<std::size_t>(1, count / 2800);
  for (const Curve & curve : curves)
  {
    std::vector<Eigen::Vector2d> middle;
    std::vector<Eigen::Vector2d> upper;
    std::vector<Eigen::Vector2d> lower;
    for (std::size_t line = 0; line < curve.shift.size(); line += step)
    {
      const auto x = static_cast<double>(line);
      middle.push_back(axes.ToPage(x, curve.shift[line]));
      upper.push_back(axes.ToPage(x, curve.shift[line] + curve.error[line]));
      lower.push_back(axes.ToPage(x, curve.shift[line] - curve.error[line]));
    }
    for (std::size_t k = 1; k < middle.size(); ++k)
    {
      page.Polygon({upper[k - 1], upper[k], lower[k], lower[k - 1]}, curve.color, 0.3);
    }
    if (!middle.empty())
    {
      page.Line(middle, curve.color, 2 * unit);
    }
  }
  page.Clip({});
  axes.Draw(page, unit, "line of the image (px)", "shift (" + name + ")");
  double x = axes.box.Right();
  for (auto curve = curves.rbegin(); curve != curves.rend(); ++curve)
  {
    if (!curve->shift.empty())
    {
      x -= page.TextWidth(curve->name, 25 * unit) + 70 * unit;
      page.Rectangle({x, 40 * unit, 34 * unit, 20 * unit}, curve->color, 0.6);
      page.Text(x + 46 * unit, 50 * unit, curve->name, 25 * unit);
    }
  }
  writer.Save(
    page, "20_scan_lines.png", "Shifts of the scan lines",
    "What a column in the middle of each line was displaced by, as the A columns on the same lines show it, and "
    "its standard deviation (band). It was taken off the positions of all columns; what varies slowly along "
    "the image is left in them.");
}
} // namespace ferro
