#include "ferroFigureTiles.h"

#include "ferroFigureImage.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
void
DrawGray(const MicrographType & image, MapSheet & sheet, std::size_t panel, double lift)
{
  const Box & box = sheet.Panel(panel);
  const int width = static_cast<int>(std::lround(box.w));
  const int height = static_cast<int>(std::lround(box.h));
  sheet.Page().Image(static_cast<int>(box.x), static_cast<int>(box.y), width, height,
                     RenderGray(image, GrayRange(image), width, height, lift));
}

std::vector<Eigen::Vector2d>
ToPage(const MapSheet & sheet, std::size_t panel, std::vector<Eigen::Vector2d> points)
{
  for (auto & point : points)
  {
    point = sheet.ToPage(panel, point);
  }
  return points;
}

void
DrawTiles(MapSheet & sheet, std::size_t panel, const TileMap & tiles, const Range & range, const ColorFunction & color,
          const std::string & label, double tickStep)
{
  sheet.Page().Clip(sheet.Panel(panel));
  bool below = false;
  bool above = false;
  for (std::size_t k = 0; k < tiles.values.size(); ++k)
  {
    if (std::isfinite(tiles.values[k]))
    {
      const double fraction = range.Fraction(tiles.values[k]);
      below = below || fraction < -1e-9;
      above = above || fraction > 1 + 1e-9;
      sheet.Page().Tile(ToPage(sheet, panel, tiles.outlines[k]), color(std::clamp(fraction, 0.0, 1.0)));
    }
  }
  sheet.Page().Clip({});
  sheet.ColorBar(panel, range, color, label, below, above, tickStep);
}

void
DrawWheel(MapSheet & sheet, std::size_t panel, double radius, const std::string & unit)
{
  const double r = sheet.Units(105);
  const Eigen::Vector2d center(sheet.Panel(panel).Right() + sheet.Units(36) + r,
                               sheet.Panel(panel).y + r + sheet.Units(3));
  const int size = 2 * static_cast<int>(std::ceil(r)) + 1;
  std::vector<Rgb> pixels(static_cast<std::size_t>(size) * static_cast<std::size_t>(size), White);
  const int half = size / 2;
  for (int y = 0; y < size; ++y)
  {
    for (int x = 0; x < size; ++x)
    {
      const double length = std::hypot(x - half, y - half) / r;
      if (length <= 1.0)
      {
        pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(size) + static_cast<std::size_t>(x)] =
          ColorMaps::Wheel(std::atan2(half - y, x - half) * 180.0 / 3.14159265358979323846, length);
      }
    }
  }
  const Eigen::Vector2d middle(std::floor(center.x()) + 0.5, std::floor(center.y()) + 0.5);
  sheet.Page().Image(static_cast<int>(middle.x() - 0.5) - half, static_cast<int>(middle.y() - 0.5) - half, size, size,
                     pixels);
  sheet.Page().Circle(middle, r, Ink, sheet.Units(2));
  sheet.Page().Line({middle, middle + Eigen::Vector2d(r, 0)}, Ink, sheet.Units(2));
  sheet.Page().Text(middle.x(), middle.y() + r + sheet.Units(28), Significant(radius, 2) + " " + unit, sheet.Units(25),
                    Align::Center);
}
} // namespace ferro
