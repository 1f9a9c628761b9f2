#include "ferroScalarMap.h"

#include "ferroColorMaps.h"
#include "ferroFigureTiles.h"

namespace ferro
{
void
WriteScalarMap(const ImageGeometry & geometry, const ScalarMap & map, const std::filesystem::path & file, int widthPx)
{
  const auto values = Finite(map.values);
  Range range{map.low, map.high};
  if (!(range.low < range.high))
  {
    range = map.symmetric ? RobustSymmetricRange(values) : RobustRange(values);
  }
  MapSheet sheet(geometry, {map.title, {""}, 230, 310, widthPx, true});
  DrawTiles(sheet, 0, {map.outlines, map.values}, range,
            map.symmetric ? ColorFunction([](double share) { return ColorMaps::Diverging(2.0 * share - 1.0); })
                          : ColorFunction(ColorMaps::Sequential),
            map.label);
  for (std::size_t k = 0; k < map.marks.size(); ++k)
  {
    const Eigen::Vector2d at = sheet.ToPage(0, map.marks[k]);
    sheet.Page().Circle(at, sheet.Units(16), White, sheet.Units(6));
    sheet.Page().Circle(at, sheet.Units(16), Black, sheet.Units(3));
    sheet.Page().Text(at.x() + sheet.Units(24), at.y() - sheet.Units(20), std::to_string(k + 1), sheet.Units(26),
                      Align::Left, White, 0, true);
  }
  sheet.Finish();
  sheet.Page().WritePng(file);
}
} // namespace ferro
