#include "ferroFigures.h"
#include "ferroPointLocator.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ferro
{
namespace
{
constexpr Rgb ColorA{{213, 94, 0}};
constexpr Rgb ColorB{{0, 114, 178}};

/** Axes in a box: x to the right, y up or down. */
struct Axes
{
  Box box;
  Range x;
  Range y;
  bool yDown = false;

  Eigen::Vector2d
  ToPage(double vx, double vy) const
  {
    const double fy = yDown ? y.Fraction(vy) : 1.0 - y.Fraction(vy);
    return {box.x + x.Fraction(vx) * box.w, box.y + fy * box.h};
  }

  void
  Draw(FigurePage & page, double unit, const std::string & labelX, const std::string & labelY) const
  {
    const double size = 25 * unit;
    page.Frame(box, Ink, 2 * unit);
    const int countX = std::max(3, static_cast<int>(box.w / (130 * unit)));
    for (const double tick : NiceTicks(x, countX))
    {
      const double at = box.x + x.Fraction(tick) * box.w;
      page.Line({{at, box.Bottom()}, {at, box.Bottom() + 9 * unit}}, Ink, 2 * unit);
      page.Text(at, box.Bottom() + 28 * unit, Label(tick, NiceStep(x, countX)), size, Align::Center);
    }
    page.Text(box.x + 0.5 * box.w, box.Bottom() + 68 * unit, labelX, size * 1.08, Align::Center);
    const int countY = std::max(3, static_cast<int>(box.h / (90 * unit)));
    double widest = 0;
    for (const double tick : NiceTicks(y, countY))
    {
      const double at = this->ToPage(x.low, tick).y();
      const std::string text = Label(tick, NiceStep(y, countY));
      page.Line({{box.x - 9 * unit, at}, {box.x, at}}, Ink, 2 * unit);
      page.Text(box.x - 16 * unit, at, text, size, Align::Right);
      widest = std::max(widest, page.TextWidth(text, size));
    }
    page.Text(box.x - 44 * unit - widest, box.y + 0.5 * box.h, labelY, size * 1.08, Align::Center, Ink, 90);
  }
};

void
DrawTitle(FigurePage & page, double unit, const std::string & title)
{
  page.Text(28 * unit, 50 * unit, title, 32 * unit, Align::Left, Ink, 0, true);
}

/** Width of the kernel: half the median distance to the sqrt(n)-th neighbour. Domains make several narrow peaks far
 * apart, for which rules that start from the standard deviation blur everything. */
double
KernelWidth(const std::vector<Eigen::Vector2d> & points)
{
  const PointLocator locator(points);
  const auto rank = static_cast<std::size_t>(std::sqrt(static_cast<double>(points.size()))) + 1;
  const std::size_t stride = points.size() / 2000 + 1;
  std::vector<double> distances;
  for (std::size_t k = 0; k < points.size(); k += stride)
  {
    distances.push_back(std::sqrt(locator.Nearest(points[k], rank).back().second));
  }
  return 0.5 * Percentile(distances, 0.5);
}

/** Kernel density of points on a grid, 1 at its highest place. */
std::vector<double>
Density(const std::vector<Eigen::Vector2d> & points, const Axes & axes, int width, int height)
{
  std::vector<double> grid(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), 0.0);
  for (const auto & p : points)
  {
    const Eigen::Vector2d at = axes.ToPage(p.x(), p.y());
    const int column = static_cast<int>((at.x() - axes.box.x) / axes.box.w * width);
    const int row = static_cast<int>((at.y() - axes.box.y) / axes.box.h * height);
    if (column >= 0 && row >= 0 && column < width && row < height)
    {
      grid[static_cast<std::size_t>(row) * static_cast<std::size_t>(width) + static_cast<std::size_t>(column)] += 1.0;
    }
  }
  const double bandwidth = KernelWidth(points);
  const double widths[2] = {bandwidth / (axes.x.high - axes.x.low) * width,
                            bandwidth / (axes.y.high - axes.y.low) * height};
  for (int axis = 0; axis < 2; ++axis)
  {
    const double sigma = std::max(0.8, widths[axis]);
    const int radius = static_cast<int>(std::ceil(3.5 * sigma));
    std::vector<double> kernel;
    for (int k = -radius; k <= radius; ++k)
    {
      kernel.push_back(std::exp(-0.5 * k * k / (sigma * sigma)));
    }
    const int step = axis == 0 ? 1 : width;
    const int length = axis == 0 ? width : height;
    const int lines = axis == 0 ? height : width;
    std::vector<double> line(static_cast<std::size_t>(length));
    for (int l = 0; l < lines; ++l)
    {
      double * first = grid.data() + (axis == 0 ? l * width : l);
      for (int k = 0; k < length; ++k)
      {
        double sum = 0;
        for (int m = std::max(-radius, -k); m <= std::min(radius, length - 1 - k); ++m)
        {
          sum += kernel[static_cast<std::size_t>(m + radius)] * first[static_cast<std::ptrdiff_t>(k + m) * step];
        }
        line[static_cast<std::size_t>(k)] = sum;
      }
      for (int k = 0; k < length; ++k)
      {
        first[static_cast<std::ptrdiff_t>(k) * step] = line[static_cast<std::size_t>(k)];
      }
    }
  }
  const double highest = *std::max_element(grid.begin(), grid.end());
  for (double & v : grid)
  {
    v /= highest > 0 ? highest : 1.0;
  }
  return grid;
}

void
DrawDensity(FigurePage & page, double unit, const Axes & axes, const std::vector<Eigen::Vector2d> & points)
{
  const int grid = 200;
  const auto density = Density(points, axes, grid, grid);
  std::array<Rgb, 256> colors; // looked up, because computing a colour takes longer than painting it
  for (std::size_t k = 0; k < colors.size(); ++k)
  {
    colors[k] = ColorMaps::Density(static_cast<double>(k) / 255.0);
  }
  const int width = static_cast<int>(axes.box.w);
  const int height = static_cast<int>(axes.box.h);
  std::vector<Rgb> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y)
  {
    for (int x = 0; x < width; ++x)
    {
      const double gx = std::clamp((x + 0.5) * grid / width - 0.5, 0.0, grid - 1.001);
      const double gy = std::clamp((y + 0.5) * grid / height - 0.5, 0.0, grid - 1.001);
      const auto ix = static_cast<std::size_t>(gx);
      const auto iy = static_cast<std::size_t>(gy);
      const double fx = gx - static_cast<double>(ix);
      const double fy = gy - static_cast<double>(iy);
      const double * d = density.data() + iy * grid + ix;
      const double value = (1 - fy) * ((1 - fx) * d[0] + fx * d[1]) + fy * ((1 - fx) * d[grid] + fx * d[grid + 1]);
      pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)] =
        colors[static_cast<std::size_t>(std::lround(255.0 * std::clamp(value, 0.0, 1.0)))];
    }
  }
  page.Image(static_cast<int>(axes.box.x), static_cast<int>(axes.box.y), width, height, pixels);
  page.Clip(axes.box);
  for (const auto & p : points)
  {
    page.Disc(axes.ToPage(p.x(), p.y()), 2.2 * unit, Black, 0.28);
  }
  page.Clip({});
}

/** Two ranges of the same length that hold nearly all points. */
std::pair<Range, Range>
SquareRanges(const std::vector<double> & xs, const std::vector<double> & ys)
{
  const Range x{Percentile(xs, 0.005), Percentile(xs, 0.995)};
  const Range y{Percentile(ys, 0.005), Percentile(ys, 0.995)};
  const double half = 0.6 * std::max({x.high - x.low, y.high - y.low, 1e-9});
  const double cx = 0.5 * (x.low + x.high);
  const double cy = 0.5 * (y.low + y.high);
  return {{cx - half, cx + half}, {cy - half, cy + half}};
}
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
  DrawTitle(page, unit, "Uncertainty of column positions");
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
  const Axes axes{{150 * unit, 100 * unit, 1110 * unit, 640 * unit}, xRange, {0.0, 1.12 * highest}, false};
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
    page.Line({axes.ToPage(median, 0), axes.ToPage(median, 1.12 * highest)}, series[k].color, 2.5 * unit, 1.0, true);
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
  const auto shown = static_cast<double>(
    std::count_if(lines.begin(), lines.end(), [](const std::string & line) { return !line.empty(); }));
  page.Rectangle({x - 14 * unit, axes.box.y + 8 * unit, widest + 74 * unit, shown * 42 * unit + 10 * unit}, White,
                 0.85);
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
  DrawTitle(page, unit, "Joint distributions");
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
