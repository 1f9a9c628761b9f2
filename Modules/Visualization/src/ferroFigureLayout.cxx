#include "ferroFigureLayout.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace ferro
{
namespace
{
constexpr double Margin = 28;
constexpr double TitleSize = 32;
constexpr double PanelTitleSize = 27;
constexpr double LabelSize = 25;
constexpr double LineHeight = 1.35;
constexpr double Gap = 30;
constexpr double ScaleBarHeight = 52;
} // namespace

std::vector<std::string>
WrapText(const std::string & text, double size, double width, bool bold)
{
  std::vector<std::string> lines;
  std::istringstream words(text);
  std::string line;
  std::string word;
  while (words >> word)
  {
    const std::string longer = line.empty() ? word : line + " " + word;
    if (!line.empty() && FigurePage::MeasureText(longer, size, bold) > width)
    {
      lines.push_back(line);
      line = word;
    }
    else
    {
      line = longer;
    }
  }
  if (!line.empty())
  {
    lines.push_back(line);
  }
  return lines;
}

MapSheet::MapSheet(const ImageGeometry & geometry, Options options)
  : m_Geometry(geometry), m_Options(std::move(options)), m_Unit(std::max(400, m_Options.widthPx) / 1600.0)
{
  const std::size_t count = std::max<std::size_t>(1, m_Options.panelTitles.size());
  m_Options.panelTitles.resize(count);
  const bool hasPanelTitles = !m_Options.panelTitles.front().empty();
  const double physicalWidth = static_cast<double>(std::max(1L, geometry.width)) * geometry.pixelSizeNm.x();
  const double physicalHeight = static_cast<double>(std::max(1L, geometry.height)) * geometry.pixelSizeNm.y();
  const double aspect = physicalHeight / physicalWidth;
  const double pageWidth = 1600;
  const double pageHeight = count == 1 ? 1500 : count == 2 ? 1300 : 1650;
  const double panelTitle = hasPanelTitles ? 46 : 0;
  const double below = m_Options.scaleBarBelow ? ScaleBarHeight : 0;

  // The number of columns that makes the panels largest.
  double panelWidth = 0;
  std::size_t columns = 1;
  for (std::size_t c = 1; c <= count; ++c)
  {
    const auto rows = static_cast<double>((count + c - 1) / c);
    const auto across = static_cast<double>(c);
    const double room = (pageWidth - 2 * Margin - (across - 1) * Gap) / across - m_Options.sideWidth;
    const double heightRoom = (pageHeight - 2 * Margin - 60 - below - rows * panelTitle - (rows - 1) * Gap) / rows;
    const double width = std::min(room, heightRoom / aspect);
    if (width > panelWidth * 1.001)
    {
      panelWidth = width;
      columns = c;
    }
  }
  panelWidth = std::max(40.0, std::round(panelWidth * m_Unit)) / m_Unit;
  const double panelHeight = std::max(12.0, std::round(panelWidth * aspect * m_Unit)) / m_Unit;
  const std::size_t rows = (count + columns - 1) / columns;
  double cell = panelWidth + m_Options.sideWidth;
  for (const std::string & panelName : m_Options.panelTitles)
  {
    cell = std::max(cell, FigurePage::MeasureText(panelName, PanelTitleSize * m_Unit) / m_Unit);
  }
  const double content = static_cast<double>(columns) * cell + static_cast<double>(columns - 1) * Gap;
  const double width = std::clamp(content + 2 * Margin, 900.0, pageWidth);
  const auto titleLines = WrapText(m_Options.title, TitleSize * m_Unit, (width - 2 * Margin) * m_Unit, true);
  const double rowHeight = std::max(panelHeight, m_Options.sideHeight);
  const double top = Margin + static_cast<double>(titleLines.size()) * TitleSize * LineHeight + 14;
  const double height = top + static_cast<double>(rows) * (panelTitle + rowHeight) +
                        static_cast<double>(rows - 1) * Gap + (panelHeight + below <= rowHeight ? 0 : below) + Margin;
  m_LegendHeight = rowHeight * m_Unit;
  m_Page = std::make_unique<FigurePage>(static_cast<int>(std::lround(width * m_Unit)),
                                        static_cast<int>(std::lround(height * m_Unit)));
  for (std::size_t k = 0; k < titleLines.size(); ++k)
  {
    m_Page->Text(Margin * m_Unit, (Margin + (static_cast<double>(k) + 0.5) * TitleSize * LineHeight) * m_Unit,
                 titleLines[k], TitleSize * m_Unit, Align::Left, Ink, 0, true);
  }
  const double left = std::max(Margin, 0.5 * (width - content));
  for (std::size_t k = 0; k < count; ++k)
  {
    const double x = left + static_cast<double>(k % columns) * (cell + Gap);
    const double y = top + static_cast<double>(k / columns) * (panelTitle + rowHeight + Gap);
    if (hasPanelTitles)
    {
      m_Page->Text(std::round(x * m_Unit), (y + 0.45 * panelTitle) * m_Unit, m_Options.panelTitles[k],
                   PanelTitleSize * m_Unit);
    }
    m_Panels.push_back({std::round(x * m_Unit), std::round((y + panelTitle) * m_Unit), std::round(panelWidth * m_Unit),
                        std::round(panelHeight * m_Unit)});
  }
  m_Scale = {m_Panels[0].w / static_cast<double>(std::max(1L, geometry.width)),
             m_Panels[0].h / static_cast<double>(std::max(1L, geometry.height))};
}

Eigen::Vector2d
MapSheet::ToPage(std::size_t panel, const Eigen::Vector2d & px) const
{
  const Box & box = m_Panels[panel];
  return {box.x + (px.x() + 0.5) * m_Scale.x(), box.y + (px.y() + 0.5) * m_Scale.y()};
}

namespace
{
struct ScaleBar
{
  double length; ///< page pixels
  std::string label;
};

ScaleBar
MakeScaleBar(const ImageGeometry & geometry, const Box & box, double unit)
{
  const double width = static_cast<double>(geometry.width) * geometry.pixelSizeNm.x();
  const double value = RoundDown125((box.w < 250 * unit ? 0.5 : 0.27) * width);
  return {value / width * box.w, Significant(value, 1) + (geometry.calibrated ? " nm" : " px")};
}
} // namespace

void
DrawScaleBarInside(FigurePage & page, const Box & box, const ImageGeometry & geometry, double unit)
{
  const ScaleBar bar = MakeScaleBar(geometry, box, unit);
  const double size = LabelSize * unit;
  const double pad = 12 * unit;
  const double text = page.TextWidth(bar.label, size);
  const Box ground{box.x + pad, box.Bottom() - pad - 58 * unit, std::max(bar.length, text) + 2 * pad, 58 * unit};
  page.Rectangle(ground, Black, 0.6);
  const double middle = ground.x + 0.5 * ground.w;
  page.Rectangle({middle - 0.5 * bar.length, ground.Bottom() - 16 * unit, bar.length, 8 * unit}, White);
  page.Text(middle, ground.y + 21 * unit, bar.label, size, Align::Center, White);
}

void
MapSheet::ScaleBarInside(std::size_t panel)
{
  DrawScaleBarInside(*m_Page, m_Panels[panel], m_Geometry, m_Unit);
}

void
MapSheet::Finish()
{
  for (const Box & box : m_Panels)
  {
    m_Page->Frame(box, Ink, Units(2));
  }
  if (m_Options.scaleBarBelow)
  {
    // Below the last panel of the first column.
    const Box * box = &m_Panels.front();
    for (const Box & other : m_Panels)
    {
      box = other.x <= box->x && other.y > box->y ? &other : box;
    }
    const ScaleBar bar = MakeScaleBar(m_Geometry, m_Panels[0], m_Unit);
    const double y = box->Bottom() + Units(30);
    m_Page->Rectangle({box->x, y - Units(4), bar.length, Units(8)}, Ink);
    m_Page->Text(box->x + bar.length + Units(14), y, bar.label, Units(LabelSize));
  }
}

void
MapSheet::ColorBar(std::size_t panel, const Range & range, const ColorFunction & color, const std::string & label,
                   bool below, bool above, double tickStep)
{
  const Box & box = m_Panels[panel];
  const double height = std::min(std::max(box.h, m_LegendHeight), Units(820));
  const double y = box.y + (box.h > height ? 0.5 * (box.h - height) : 0.0);
  const double tip = Units(26);
  DrawColorBar(*m_Page, {box.Right() + Units(22), y + tip, Units(28), height - 2 * tip}, m_Unit, range, color, label,
               below, above, tickStep);
}

void
DrawColorBar(FigurePage & page, const Box & box, double unit, const Range & range, const ColorFunction & color,
             const std::string & label, bool below, bool above, double tickStep)
{
  const int width = static_cast<int>(std::lround(box.w));
  const int height = static_cast<int>(std::lround(box.h));
  const int x = static_cast<int>(std::lround(box.x));
  const int y = static_cast<int>(std::lround(box.y));
  std::vector<Rgb> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  for (int row = 0; row < height; ++row)
  {
    std::fill_n(pixels.begin() + static_cast<std::ptrdiff_t>(row) * width, width, color(1.0 - (row + 0.5) / height));
  }
  page.Image(x, y, width, height, pixels);
  const double right = x + width;
  const double bottom = y + height;
  const double tip = 22 * unit;
  std::vector<Eigen::Vector2d> outline{{x, y}};
  if (above)
  {
    outline.emplace_back(x + 0.5 * width, y - tip);
    page.Polygon({{double(x), double(y)}, {right, double(y)}, {x + 0.5 * width, y - tip}}, color(1.0));
  }
  outline.emplace_back(right, y);
  outline.emplace_back(right, bottom);
  if (below)
  {
    outline.emplace_back(x + 0.5 * width, bottom + tip);
    page.Polygon({{double(x), bottom}, {right, bottom}, {x + 0.5 * width, bottom + tip}}, color(0.0));
  }
  outline.emplace_back(x, bottom);
  outline.emplace_back(x, y);
  page.Line(outline, Ink, 1.5 * unit);

  const double size = LabelSize * unit;
  const int count = std::clamp(static_cast<int>(height / (75 * unit)), 2, 8);
  const double step = tickStep > 0 ? tickStep : NiceStep(range, count);
  std::vector<double> ticks = NiceTicks(range, count);
  if (tickStep > 0)
  {
    const double every = std::ceil((range.high - range.low) / tickStep / 12 - 1e-9) * tickStep;
    ticks.clear();
    for (double k = std::ceil(range.low / every - 1e-6); k * every <= range.high + 1e-6 * every; ++k)
    {
      ticks.push_back(k * every);
    }
  }
  double widest = 0;
  for (const double tick : ticks)
  {
    const double at = bottom - range.Fraction(tick) * height;
    page.Line({{right, at}, {right + 8 * unit, at}}, Ink, 1.5 * unit);
    const std::string text = Label(tick, step);
    page.Text(right + 14 * unit, at, text, size);
    widest = std::max(widest, page.TextWidth(text, size));
  }
  const double room = height + 2 * tip;
  const double length = page.TextWidth(label, size);
  page.Text(right + 14 * unit + widest + 30 * unit, y + 0.5 * height, label,
            length > room ? size * room / length : size, Align::Center, Ink, 90);
}
} // namespace ferro
