#include "ferroLineChart.h"

#include "ferroFigurePage.h"
#include "ferroFigureScales.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace ferro
{
namespace
{
// Okabe and Ito's colours, which the colour-blind tell apart.
constexpr Rgb LineColors[] = {{{0, 114, 178}}, {{213, 94, 0}}, {{0, 158, 115}}, {{204, 121, 167}}, {{86, 180, 233}}};

/** The range of the lines along one axis; logarithms where asked for. */
Range
FindRange(const std::vector<LineChart::Line> & lines, int axis)
{
  Range range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const auto & line : lines)
  {
    for (const auto & point : line.points)
    {
      range.low = std::min(range.low, point[axis]);
      range.high = std::max(range.high, point[axis]);
    }
  }
  if (!(range.low <= range.high))
  {
    range = {0.0, 1.0};
  }
  const double margin = range.high > range.low ? 0.05 * (range.high - range.low) : 0.5;
  return {axis == 0 ? range.low : range.low - margin, range.high + (axis == 0 ? 0.0 : margin)};
}

std::string
PowerLabel(double exponent)
{
  char text[32];
  std::snprintf(text, sizeof(text), "%.3g", std::pow(10.0, exponent));
  return text;
}

/** Places of the labels up a logarithmic axis: 1, 2 and 5 of each decade, or the decades alone where there are many. */
std::vector<double>
LogarithmicTicks(const Range & range)
{
  std::vector<double> ticks;
  const bool many = range.high - range.low > 2.5;
  for (double decade = std::floor(range.low); decade <= range.high; decade += 1.0)
  {
    for (const double part : {1.0, 2.0, 5.0})
    {
      const double tick = decade + std::log10(part);
      if (tick >= range.low && tick <= range.high && (part == 1.0 || !many))
      {
        ticks.push_back(tick);
      }
    }
  }
  return ticks;
}
} // namespace

void
WriteLineChart(const LineChart & chart, const std::filesystem::path & file, int widthPx)
{
  std::vector<LineChart::Line> lines = chart.lines;
  for (auto & line : lines)
  {
    std::vector<Eigen::Vector2d> kept;
    for (auto point : line.points)
    {
      point.y() = chart.logarithmicY ? std::log10(point.y()) : point.y();
      if (point.allFinite())
      {
        kept.push_back(point);
      }
    }
    line.points = kept;
  }
  const int width = std::max(400, widthPx);
  const double unit = width / 1400.0;
  const int height = static_cast<int>(820 * unit);
  FigurePage page(width, height);
  page.Text(28 * unit, 50 * unit, chart.title, 32 * unit, Align::Left, Ink, 0, true);
  const Box box{150 * unit, 100 * unit, width - 200 * unit, height - 220 * unit};
  const Range x = FindRange(lines, 0);
  const Range y = FindRange(lines, 1);
  const auto place = [&](const Eigen::Vector2d & point)
  { return Eigen::Vector2d(box.x + x.Fraction(point.x()) * box.w, box.y + (1.0 - y.Fraction(point.y())) * box.h); };
  const double size = 25 * unit;
  for (const double tick : NiceTicks(x, 8))
  {
    const double at = box.x + x.Fraction(tick) * box.w;
    page.Line({{at, box.Bottom()}, {at, box.Bottom() + 9 * unit}}, Ink, 2 * unit);
    page.Text(at, box.Bottom() + 28 * unit, Label(tick, NiceStep(x, 8)), size, Align::Center);
  }
  for (const double tick : chart.logarithmicY ? LogarithmicTicks(y) : NiceTicks(y, 7))
  {
    const double at = place({x.low, tick}).y();
    page.Line({{box.x, at}, {box.Right(), at}}, Gray, unit, 0.3);
    page.Line({{box.x - 9 * unit, at}, {box.x, at}}, Ink, 2 * unit);
    page.Text(box.x - 16 * unit, at, chart.logarithmicY ? PowerLabel(tick) : Label(tick, NiceStep(y, 7)), size,
              Align::Right);
  }
  page.Frame(box, Ink, 2 * unit);
  page.Text(box.x + 0.5 * box.w, box.Bottom() + 72 * unit, chart.labelX, size * 1.08, Align::Center);
  page.Text(42 * unit, box.y + 0.5 * box.h, chart.labelY, size * 1.08, Align::Center, Ink, 90);
  double legend = 0;
  for (const auto & line : lines)
  {
    legend = std::max(legend, page.TextWidth(line.name, size));
  }
  for (std::size_t k = 0; k < lines.size(); ++k)
  {
    const Rgb & color = LineColors[k % std::size(LineColors)];
    std::vector<Eigen::Vector2d> path;
    for (const auto & point : lines[k].points)
    {
      path.push_back(place(point));
    }
    if (path.size() > 1)
    {
      page.Line(path, color, 3 * unit);
    }
    for (const auto & point : path)
    {
      if (lines[k].marks || path.size() == 1)
      {
        page.Disc(point, 6 * unit, color);
      }
    }
    const double at = box.y + (30 + 36 * static_cast<double>(k)) * unit;
    const double left = box.Right() - legend - 90 * unit;
    page.Line({{left, at}, {left + 50 * unit, at}}, color, 4 * unit);
    page.Text(left + 62 * unit, at, lines[k].name, size);
  }
  page.WritePng(file);
}
} // namespace ferro
