#include "ferroFigureDensity.h"

#include "ferroPointLocator.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace ferro
{
namespace
{
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
} // namespace

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

namespace
{
/** Lines of one level of a grid, by marching squares: pairs of ends, in units of the grid. */
std::vector<std::array<Eigen::Vector2d, 2>>
LevelLines(const std::vector<double> & grid, int width, int height, double level)
{
  std::vector<std::array<Eigen::Vector2d, 2>> lines;
  const auto at = [&](int x, int y) { return grid[static_cast<std::size_t>(y * width + x)]; };
  for (int y = 0; y + 1 < height; ++y)
  {
    for (int x = 0; x + 1 < width; ++x)
    {
      // Corners in turn; a crossing lies on each edge whose ends are on different sides of the level.
      const int cx[] = {x, x + 1, x + 1, x};
      const int cy[] = {y, y, y + 1, y + 1};
      std::array<Eigen::Vector2d, 4> crossings;
      std::size_t count = 0;
      double middle = 0;
      for (int k = 0; k < 4; ++k)
      {
        const int next = (k + 1) % 4;
        const double v = at(cx[k], cy[k]);
        const double w = at(cx[next], cy[next]);
        middle += 0.25 * v;
        if ((v >= level) != (w >= level))
        {
          const double t = (level - v) / (w - v);
          crossings[count++] = {cx[k] + t * (cx[next] - cx[k]), cy[k] + t * (cy[next] - cy[k])};
        }
      }
      if (count == 2)
      {
        lines.push_back({crossings[0], crossings[1]});
      }
      else if (count == 4)
      {
        // A saddle: its middle says which corners belong together.
        const std::size_t shift = (middle >= level) == (at(x, y) >= level) ? 0 : 1;
        lines.push_back({crossings[shift], crossings[1 + shift]});
        lines.push_back({crossings[2 + shift], crossings[(3 + shift) % 4]});
      }
    }
  }
  return lines;
}
} // namespace

void
DrawContours(FigurePage & page, const Axes & axes, const std::vector<double> & density, int width, int height,
             const std::vector<double> & shares, const Rgb & color, double lineWidth)
{
  std::vector<double> sorted = density;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  double total = 0;
  for (const double v : sorted)
  {
    total += v;
  }
  page.Clip(axes.box);
  for (const double share : shares)
  {
    double sum = 0;
    std::size_t k = 0;
    while (k + 1 < sorted.size() && sum + sorted[k] < share * total)
    {
      sum += sorted[k++];
    }
    if (!(sorted[k] > 0))
    {
      continue;
    }
    for (const auto & line : LevelLines(density, width, height, sorted[k]))
    {
      std::vector<Eigen::Vector2d> points;
      for (const Eigen::Vector2d & end : line)
      {
        points.emplace_back(axes.box.x + (end.x() + 0.5) / width * axes.box.w,
                            axes.box.y + (end.y() + 0.5) / height * axes.box.h);
      }
      page.Line(points, color, lineWidth);
    }
  }
  page.Clip({});
}

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
} // namespace ferro
