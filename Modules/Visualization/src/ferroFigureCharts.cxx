#include "ferroFigureAxes.h"
#include "ferroFigureDensity.h"
#include "ferroFigures.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr Rgb ColorA{{213, 94, 0}};
constexpr Rgb ColorB{{0, 114, 178}};
} // namespace

void
DrawUncertaintyHistograms(FigureWriter & writer)
{
  struct Series
  {
    Sublattice sublattice;
    const char * name;
    Rgb color;
    std::vector<double> values;
  };
  Series series[] = {{Sublattice::A, "A columns", ColorA, {}},
                     {Sublattice::B, "B columns", ColorB, {}},
                     {Sublattice::Unknown, "columns of no sublattice", Gray, {}}};
  std::vector<double> all;
  for (const AtomColumn & column : writer.Columns())
  {
    const double sigma = AxisSigma(column.covariance, writer.VectorScale());
    if (std::isfinite(sigma) && column.flags == FlagNone)
    {
      for (Series & s : series)
      {
        if (s.sublattice == column.sublattice)
        {
          s.values.push_back(sigma);
        }
      }
      all.push_back(sigma);
    }
  }
  if (all.size() < 4)
  {
    return;
  }
  const double unit = std::max(400, writer.options.widthPx) / 1600.0;
  const std::string name = writer.VectorUnit();
  FigurePage page(static_cast<int>(1300 * unit), static_cast<int>(860 * unit));
  DrawChartTitle(page, unit, "Uncertainty of column positions");
  const int bins = std::clamp(static_cast<int>(2.5 * std::sqrt(static_cast<double>(all.size()))), 12, 60);
  const Range xRange{0.0, RoundUp(1.08 * Percentile(all, 0.99))};
  std::vector<std::vector<double>> counts;
  double highest = 1;
  std::size_t beyond = 0;
  for (const Series & s : series)
  {
    std::vector<double> histogram(static_cast<std::size_t>(bins), 0.0);
    for (const double v : s.values)
    {
      const int bin = static_cast<int>(xRange.Fraction(v) * bins);
      if (bin < bins)
      {
        histogram[static_cast<std::size_t>(bin)] += 1;
      }
      else
      {
        ++beyond;
      }
    }
    highest = std::max(highest, *std::max_element(histogram.begin(), histogram.end()));
    counts.push_back(std::move(histogram));
  }
  // The legend stands above the highest bar.
  const auto shown = static_cast<double>(
    std::count_if(std::begin(series), std::end(series), [](const Series & s) { return !s.values.empty(); }));
  const double legend = shown * 42 + 10;
  const double top = highest * 640 / (640 - legend - 24);
  const Axes axes{{150 * unit, 100 * unit, 1110 * unit, 640 * unit}, xRange, {0.0, top}, false};
  page.Clip(axes.box);
  for (std::size_t k = 0; k < 3; ++k)
  {
    if (series[k].values.empty())
    {
      continue;
    }
    std::vector<Eigen::Vector2d> outline{axes.ToPage(0, 0)};
    for (int bin = 0; bin < bins; ++bin)
    {
      const double count = counts[k][static_cast<std::size_t>(bin)];
      outline.push_back(axes.ToPage(xRange.high * bin / bins, count));
      outline.push_back(axes.ToPage(xRange.high * (bin + 1) / bins, count));
    }
    outline.push_back(axes.ToPage(xRange.high, 0));
    page.Polygon(outline, series[k].color, 0.35);
    page.Line(outline, series[k].color, 3 * unit);
    const double median = Percentile(series[k].values, 0.5);
    page.Line({axes.ToPage(median, 0), axes.ToPage(median, top)}, series[k].color, 2.5 * unit, 1.0, true);
  }
  page.Clip({});
  axes.Draw(page, unit, "position uncertainty σ per axis (" + name + ")", "number of columns");
  double y = axes.box.y + 34 * unit;
  std::string medians;
  std::vector<std::string> lines;
  double widest = 0;
  for (const Series & s : series)
  {
    lines.push_back(s.values.empty()
                      ? ""
                      : std::string(s.name) + ": median " + Significant(Percentile(s.values, 0.5), 3) + " " + name);
    widest = std::max(widest, page.TextWidth(lines.back(), 25 * unit));
  }
  const double x = axes.box.Right() - widest - 70 * unit;
  page.Rectangle({x - 14 * unit, axes.box.y + 8 * unit, widest + 74 * unit, legend * unit}, White, 0.85);
  for (std::size_t k = 0; k < 3; ++k)
  {
    if (!lines[k].empty())
    {
      page.Rectangle({x, y - 11 * unit, 34 * unit, 22 * unit}, series[k].color, 0.55);
      page.Frame({x, y - 11 * unit, 34 * unit, 22 * unit}, series[k].color, 2.5 * unit);
      page.Text(x + 48 * unit, y, lines[k], 25 * unit);
      y += 42 * unit;
      medians += (medians.empty() ? "" : ", ") + lines[k];
    }
  }
  writer.Save(page, "06_uncertainty_histograms.png", "Uncertainty of column positions",
              "Standard deviation of the fitted position along one axis (mean of both) of the columns without a flag. "
              "Dashed lines: medians (" +
                medians + ")." +
                (beyond > 0 ? " " + Percent(beyond, all.size()) + " of the columns lie beyond the right end." : ""));
}

void
DrawJointDistributions(FigureWriter & writer)
{
  std::vector<Eigen::Vector2d> polarization;
  std::vector<Eigen::Vector2d> edges;
  std::vector<double> values[4];
  for (const UnitCell & cell : writer.Cells())
  {
    const Eigen::Vector2d p = cell.polarization.cwiseProduct(writer.VectorScale());
    if (cell.flags != FlagNone)
    {
      continue;
    }
    if (p.allFinite())
    {
      polarization.push_back(p);
      values[0].push_back(p.x());
      values[1].push_back(p.y());
    }
    if (std::isfinite(cell.a) && std::isfinite(cell.b))
    {
      edges.emplace_back(cell.a, cell.b);
      values[2].push_back(cell.a);
      values[3].push_back(cell.b);
    }
  }
  if (polarization.size() < 8)
  {
    return;
  }
  const double unit = std::max(400, writer.options.widthPx) / 1600.0;
  FigurePage page(static_cast<int>(1600 * unit), static_cast<int>(840 * unit));
  DrawChartTitle(page, unit, "Joint distributions");
  const double side = std::floor(620 * unit);
  const auto [px, py] = SquareRanges(values[0], values[1]);
  const Axes left{{std::floor(140 * unit), std::floor(100 * unit), side, side}, px, py, true};
  DrawDensity(page, unit, left, polarization);
  if (px.low < 0 && px.high > 0)
  {
    page.Line({left.ToPage(0, py.low), left.ToPage(0, py.high)}, Gray, 1.5 * unit, 0.8, true);
  }
  if (py.low < 0 && py.high > 0)
  {
    page.Line({left.ToPage(px.low, 0), left.ToPage(px.high, 0)}, Gray, 1.5 * unit, 0.8, true);
  }
  const std::string vectorUnit = writer.VectorUnit();
  left.Draw(page, unit, "Px (" + vectorUnit + ")", "Py (" + vectorUnit + "), down positive");
  if (edges.size() >= 8)
  {
    const auto [a, b] = SquareRanges(values[2], values[3]);
    const Axes right{{std::floor(950 * unit), std::floor(100 * unit), side, side}, a, b, false};
    DrawDensity(page, unit, right, edges);
    const Range both{std::max(a.low, b.low), std::min(a.high, b.high)};
    if (both.high > both.low)
    {
      page.Line({right.ToPage(both.low, both.low), right.ToPage(both.high, both.high)}, Gray, 1.5 * unit, 0.8, true);
    }
    right.Draw(page, unit, "a (" + writer.LengthUnit() + ")", "b (" + writer.LengthUnit() + ")");
  }
  writer.Save(
    page, "12_joint_distributions.png", "Joint distributions",
    "Left: Px and Py of the cells without a flag, drawn as on the image (Py down); right: edges a and b, the "
    "dashed line is a = b. Points are cells, the colour is their density (Gaussian kernel, darkest where it is "
    "highest).");
}
} // namespace ferro
