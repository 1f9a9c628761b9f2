#include "ferroFilterGrid.h"

#include "ferroFigureAxes.h"
#include "ferroFigureImage.h"
#include "ferroFigureLayout.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr double Margin = 28;
constexpr double TitleHeight = 86;
constexpr double BarRoom = 190;
constexpr double Gap = 14;
constexpr double BelowHeight = 60;

Rgb
GrayColor(double fraction)
{
  const auto v = static_cast<std::uint8_t>(std::lround(255.0 * std::clamp(fraction, 0.0, 1.0)));
  return {v, v, v};
}

/** Range of the values of some tiles, and whether any lie beyond it. */
struct TileRange
{
  Range range;
  bool below = false;
  bool above = false;
};

TileRange
FindRange(std::vector<FilterTile>::const_iterator first, std::vector<FilterTile>::const_iterator last)
{
  std::size_t count = 0;
  for (auto tile = first; tile != last; ++tile)
  {
    count += tile->values.size();
  }
  const std::size_t stride = count / 1000000 + 1;
  std::vector<double> sample;
  for (auto tile = first; tile != last; ++tile)
  {
    for (std::size_t k = 0; k < tile->values.size(); k += stride)
    {
      sample.push_back(tile->values[k]);
    }
  }
  TileRange result;
  result.range = {Percentile(sample, 0.005), Percentile(sample, 0.995)};
  const double least = std::max(1e-6 * std::abs(result.range.low), 1e-9);
  if (!(result.range.high - result.range.low > least))
  {
    result.range = {result.range.low - 0.5 * least, result.range.low + 0.5 * least};
  }
  for (const double v : sample)
  {
    result.below = result.below || v < result.range.low;
    result.above = result.above || v > result.range.high;
  }
  return result;
}

std::vector<Rgb>
Render(const FilterTile & tile, const Range & range, int width, int height, const std::vector<Rgb> & colors)
{
  auto image = MicrographType::New();
  MicrographType::SizeType size;
  size[0] = static_cast<itk::SizeValueType>(tile.columns);
  size[1] = static_cast<itk::SizeValueType>(tile.rows);
  image->SetRegions(size);
  image->Allocate();
  std::copy(tile.values.begin(), tile.values.end(), image->GetBufferPointer());
  auto pixels = RenderGray(*image, range, width, height, 0.0);
  for (Rgb & pixel : pixels)
  {
    pixel = colors[pixel[0]];
  }
  return pixels;
}
} // namespace

void
WriteFilterGrid(const std::filesystem::path & file, const std::vector<FilterTile> & tiles,
                const FilterGridOptions & options)
{
  const double unit = std::max(400, options.widthPx) / 1600.0;
  const std::size_t count = std::max<std::size_t>(1, tiles.size());
  double aspect = 1.0;
  for (const FilterTile & tile : tiles)
  {
    if (!tile.values.empty())
    {
      aspect = std::clamp(static_cast<double>(tile.rows) / static_cast<double>(tile.columns), 0.05, 20.0);
    }
  }
  const double bar = options.rangePerRow ? 0 : BarRoom;
  double left = Margin;
  for (const std::string & label : options.rowLabels)
  {
    left = std::max(left, Margin + FigurePage::MeasureText(label, 25 * unit) / unit + 16);
  }
  const double room = 1600 - left - Margin - bar;
  auto columns = static_cast<std::size_t>(std::max(0L, options.columns));
  if (columns == 0)
  {
    // About as high as wide.
    columns =
      static_cast<std::size_t>(std::clamp(std::ceil(std::sqrt(static_cast<double>(count) * aspect * 1.2)), 1.0, 12.0));
    columns = std::min(columns, count);
  }
  const std::size_t rows = (count + columns - 1) / columns;
  const auto across = static_cast<double>(columns);
  double tileWidth = std::min((room - (across - 1) * Gap) / across, 560.0);
  tileWidth = std::min(tileWidth, 900.0 / aspect);
  const int width = std::max(8, static_cast<int>(std::floor(tileWidth * unit)));
  const int height = std::max(4, static_cast<int>(std::floor(tileWidth * aspect * unit)));
  const double labelSize = std::clamp(tileWidth / 7.0, 13.0, 24.0);
  const double labelHeight = labelSize * 1.5;
  const double rowHeight = labelHeight + height / unit + Gap;
  const double pageHeight =
    TitleHeight + static_cast<double>(rows) * rowHeight + (options.tileWidth > 0 ? BelowHeight : 10);
  const double content = left + across * (width / unit + Gap) + bar + Margin;
  const double pageWidth = std::clamp(
    content, std::min(1600.0, FigurePage::MeasureText(options.title, 32 * unit, true) / unit + 2 * Margin), 1600.0);
  const double minimum = bar > 0 ? 330.0 : 0.0; // for the colour bar and its label
  FigurePage page(static_cast<int>(pageWidth * unit),
                  static_cast<int>(std::max(pageHeight, TitleHeight + minimum) * unit));
  DrawChartTitle(page, unit, options.title);

  const ColorFunction color = options.gray ? ColorFunction(GrayColor) : ColorFunction(ColorMaps::Sequential);
  std::vector<Rgb> colors;
  for (int k = 0; k < 256; ++k)
  {
    colors.push_back(color(k / 255.0));
  }
  TileRange range = FindRange(tiles.begin(), tiles.end());
  for (std::size_t k = 0; k < tiles.size(); ++k)
  {
    const std::size_t row = k / columns;
    if (options.rangePerRow && k % columns == 0)
    {
      const auto first = tiles.begin() + static_cast<std::ptrdiff_t>(k);
      range = FindRange(first, first + static_cast<std::ptrdiff_t>(std::min(columns, tiles.size() - k)));
    }
    const Box box{std::floor((left + static_cast<double>(k % columns) * (width / unit + Gap)) * unit),
                  std::floor((TitleHeight + static_cast<double>(row) * rowHeight + labelHeight) * unit),
                  static_cast<double>(width), static_cast<double>(height)};
    if (k % columns == 0 && row < options.rowLabels.size())
    {
      page.Text(left * unit - 12 * unit, box.y + 0.5 * box.h, options.rowLabels[row], 25 * unit, Align::Right);
    }
    if (tiles[k].values.empty())
    {
      continue;
    }
    page.Image(static_cast<int>(box.x), static_cast<int>(box.y), width, height,
               Render(tiles[k], range.range, width, height, colors));
    page.Frame(box, Ink, unit);
    page.Text(box.x, box.y - 0.5 * labelHeight * unit, tiles[k].label, labelSize * unit);
  }
  if (!options.rangePerRow)
  {
    const double x = left + across * (width / unit + Gap) + 6;
    const double barHeight = std::clamp(static_cast<double>(rows) * rowHeight - labelHeight - 70, 200.0, 820.0);
    DrawColorBar(page, {x * unit, (TitleHeight + labelHeight + 30) * unit, 28 * unit, barHeight * unit}, unit,
                 range.range, color, options.valueLabel, range.below, range.above);
  }
  if (options.tileWidth > 0)
  {
    const double value = RoundDown125(std::min(1.5, across) * options.tileWidth * 0.7);
    const double length = value / options.tileWidth * width;
    const double y = (TitleHeight + static_cast<double>(rows) * rowHeight + 18) * unit;
    page.Rectangle({left * unit, y - 4 * unit, length, 8 * unit}, Ink);
    page.Text(left * unit + length + 14 * unit, y, Significant(value, 1) + " " + options.unit, 25 * unit);
  }
  page.WritePng(file);
}
} // namespace ferro
