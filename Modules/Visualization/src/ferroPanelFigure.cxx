#include "ferroPanelFigure.h"

#include "ferroFigureAxes.h"
#include "ferroFigureImage.h"
#include "ferroFigureLayout.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ferro
{
namespace
{
// Okabe and Ito's colours, which the colour-blind tell apart.
constexpr Rgb Colors[] = {{{0, 114, 178}},   {{213, 94, 0}},   {{0, 158, 115}},
                          {{204, 121, 167}}, {{86, 180, 233}}, {{230, 159, 0}}};
constexpr Rgb MarkColors[] = {{{255, 210, 0}}, {{0, 220, 255}}};

// Heights and widths in units, 1600 of which are the width of the page.
constexpr double PageUnits = 1600.0;
constexpr double Margin = 28.0;
constexpr double TitleHeight = 84.0;
constexpr double LegendHeight = 54.0;
constexpr double ChartTitleHeight = 44.0;
constexpr double ChartHeight = 340.0;
constexpr double AxisHeight = 104.0; // labels below a chart
constexpr double AxisWidth = 150.0;  // labels left of a chart
constexpr double BarWidth = 190.0;   // the gray scale right of the images
constexpr double Gap = 14.0;
constexpr double TextSize = 25.0;

const Rgb &
ColorOf(int number)
{
  return number < 0 ? Ink : Colors[static_cast<std::size_t>(number) % std::size(Colors)];
}

Range
FindRange(const PanelFigure::Chart & chart, int axis)
{
  Range range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
  for (const auto & series : chart.series)
  {
    for (std::size_t n = 0; n < series.points.size(); ++n)
    {
      if (!series.points[n].allFinite())
      {
        continue;
      }
      const bool bar = axis == 1 && n < series.errors.size() && std::isfinite(series.errors[n]);
      const double half = bar ? series.errors[n] : 0.0;
      range.low = std::min(range.low, series.points[n][axis] - half);
      range.high = std::max(range.high, series.points[n][axis] + half);
    }
  }
  return range;
}

Range
Widen(Range range, double share)
{
  if (!(range.low <= range.high))
  {
    return {0.0, 1.0};
  }
  const double margin = range.high > range.low ? share * (range.high - range.low) : 0.5;
  return {range.low - margin, range.high + margin};
}

/** \class Painter
 * \brief Draws the rows one below the other.
 */
class Painter
{
public:
  Painter(const PanelFigure & figure, int width)
    : m_Figure(figure), m_Unit(width / PageUnits), m_ImageSide(this->FindImageSize()),
      m_Page(width, static_cast<int>(std::lround(this->FindHeight() * m_Unit)))
  {
  }

  void
  Draw(const std::filesystem::path & file)
  {
    this->DrawTitle();
    double y = TitleHeight;
    if (!m_Figure.images.empty())
    {
      this->DrawImages(y);
      y += ChartTitleHeight + m_ImageSide.y() + LegendHeight;
    }
    for (const auto & row : m_Figure.rows)
    {
      this->DrawRow(row, y);
      y += RowHeight();
    }
    m_Page.WritePng(file);
  }

private:
  // Smaller where a long one would not fit.
  void
  DrawTitle()
  {
    const double size = 32.0 * m_Unit;
    const double room = (PageUnits - 2.0 * Margin) * m_Unit;
    const double width = m_Page.TextWidth(m_Figure.title, size, true);
    // Type comes in whole pixels.
    const double fitting = width > room ? std::max(1.0, std::floor(size * room / width)) : size;
    m_Page.Text(Margin * m_Unit, 50.0 * m_Unit, m_Figure.title, fitting, Align::Left, Ink, 0, true);
  }

  static double
  RowHeight()
  {
    return LegendHeight + ChartTitleHeight + ChartHeight + AxisHeight;
  }

  Eigen::Vector2d
  FindImageSize() const
  {
    if (m_Figure.images.empty())
    {
      return Eigen::Vector2d::Zero();
    }
    const auto geometry = GetImageGeometry(*m_Figure.images.front().image);
    const auto count = static_cast<double>(m_Figure.images.size());
    const double width = std::min(460.0, (PageUnits - 2.0 * Margin - BarWidth - Gap * (count - 1.0)) / count);
    const double ratio = static_cast<double>(geometry.height) * geometry.pixelSizeNm.y() /
                         (static_cast<double>(geometry.width) * geometry.pixelSizeNm.x());
    return {width, ratio * width};
  }

  double
  FindHeight() const
  {
    const double images = m_Figure.images.empty() ? 0.0 : ChartTitleHeight + m_ImageSide.y() + LegendHeight;
    return TitleHeight + images + RowHeight() * static_cast<double>(m_Figure.rows.size()) + 10.0;
  }

  Box
  Units(double x, double y, double w, double h) const
  {
    return {x * m_Unit, y * m_Unit, w * m_Unit, h * m_Unit};
  }

  void
  DrawImages(double top)
  {
    Range gray{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
    for (const auto & entry : m_Figure.images)
    {
      const auto own = GrayRange(*entry.image);
      gray = {std::min(gray.low, own.low), std::max(gray.high, own.high)};
    }
    double x = Margin;
    for (const auto & entry : m_Figure.images)
    {
      const Box box = this->Units(x, top + ChartTitleHeight, m_ImageSide.x(), m_ImageSide.y());
      m_Page.Text(box.x + 0.5 * box.w, box.y - 20.0 * m_Unit, entry.name, 1.08 * TextSize * m_Unit, Align::Center,
                  ColorOf(entry.color), 0, true);
      const int width = static_cast<int>(std::lround(box.w));
      const int height = static_cast<int>(std::lround(box.h));
      m_Page.Image(static_cast<int>(box.x), static_cast<int>(box.y), width, height,
                   RenderGray(*entry.image, gray, width, height, 0.0));
      this->DrawMarks(entry, box);
      m_Page.Frame(box, Ink, 2.0 * m_Unit);
      x += m_ImageSide.x() + Gap;
    }
    const auto & first = m_Figure.images.front();
    DrawScaleBarInside(m_Page, this->Units(Margin, top + ChartTitleHeight, m_ImageSide.x(), m_ImageSide.y()),
                       GetImageGeometry(*first.image), m_Unit);
    constexpr double tip = 26.0;
    DrawColorBar(
      m_Page, this->Units(x + 8.0, top + ChartTitleHeight + tip, 28.0, m_ImageSide.y() - 2.0 * tip), m_Unit, gray,
      [](double value)
      {
        const auto level = static_cast<unsigned char>(std::lround(255.0 * std::clamp(value, 0.0, 1.0)));
        return Rgb{{level, level, level}};
      },
      m_Figure.intensity, true, true);
    // What the marks are.
    double at = Margin;
    const double y = top + ChartTitleHeight + m_ImageSide.y() + 26.0;
    for (std::size_t k = 0; k < first.marks.size(); ++k)
    {
      const Box ground = this->Units(at, y - 17.0, 34.0, 34.0);
      m_Page.Rectangle(ground, Ink);
      this->DrawMark({ground.x + 0.5 * ground.w, ground.y + 0.5 * ground.h}, first.marks[k].square, k);
      m_Page.Text(ground.Right() + 12.0 * m_Unit, y * m_Unit, first.marks[k].name, TextSize * m_Unit);
      at += 34.0 + 12.0 + m_Page.TextWidth(first.marks[k].name, TextSize * m_Unit) / m_Unit + 40.0;
    }
  }

  void
  DrawMark(const Eigen::Vector2d & place, bool square, std::size_t number)
  {
    const auto & color = MarkColors[number % std::size(MarkColors)];
    const double radius = 9.0 * m_Unit;
    if (square)
    {
      m_Page.Frame({place.x() - radius, place.y() - radius, 2.0 * radius, 2.0 * radius}, color, 2.5 * m_Unit);
    }
    else
    {
      m_Page.Circle(place, radius, color, 2.5 * m_Unit);
    }
  }

  void
  DrawMarks(const PanelFigure::Image & entry, const Box & box)
  {
    const auto geometry = GetImageGeometry(*entry.image);
    m_Page.Clip(box);
    for (std::size_t k = 0; k < entry.marks.size(); ++k)
    {
      for (const auto & place : entry.marks[k].places)
      {
        this->DrawMark({box.x + (place.x() + 0.5) / static_cast<double>(geometry.width) * box.w,
                        box.y + (place.y() + 0.5) / static_cast<double>(geometry.height) * box.h},
                       entry.marks[k].square, k);
      }
    }
    m_Page.Clip({});
  }

  void
  DrawRow(const PanelFigure::Row & row, double top)
  {
    this->DrawLegend(row, top);
    const auto count = static_cast<double>(row.charts.size());
    const double width = (PageUnits - 2.0 * Margin) / std::max(1.0, count);
    Range common{0.0, 0.0};
    for (const auto & chart : row.charts)
    {
      const auto own = FindRange(chart, 1);
      common = {std::min(common.low, own.low), std::max(common.high, own.high)};
    }
    for (std::size_t k = 0; k < row.charts.size(); ++k)
    {
      const auto & chart = row.charts[k];
      Axes axes;
      axes.box = this->Units(Margin + width * static_cast<double>(k) + AxisWidth, top + LegendHeight + ChartTitleHeight,
                             width - AxisWidth - 30.0, ChartHeight);
      const bool marked = std::any_of(chart.series.begin(), chart.series.end(), [](const auto & s) { return s.marks; });
      axes.x = marked ? Widen(FindRange(chart, 0), 0.04) : FindRange(chart, 0);
      axes.x = axes.x.low < axes.x.high ? axes.x : Widen(axes.x, 0.04);
      axes.y = Widen(row.sameScale ? common : FindRange(chart, 1), 0.06);
      m_Page.Text(axes.box.x, axes.box.y - 22.0 * m_Unit, chart.title, 1.04 * TextSize * m_Unit, Align::Left, Ink, 0,
                  true);
      this->DrawChart(chart, axes);
    }
  }

  void
  DrawLegend(const PanelFigure::Row & row, double top)
  {
    std::vector<const PanelFigure::Series *> named;
    for (const auto & chart : row.charts)
    {
      for (const auto & series : chart.series)
      {
        if (std::none_of(named.begin(), named.end(), [&](const auto * other) { return other->name == series.name; }))
        {
          named.push_back(&series);
        }
      }
    }
    double width = 0.0;
    for (const auto * series : named)
    {
      width += 62.0 + m_Page.TextWidth(series->name, TextSize * m_Unit) / m_Unit + 36.0;
    }
    // Smaller where many lines would not fit.
    const double shrink = std::min(1.0, (PageUnits - Margin - AxisWidth - 30.0) / std::max(1.0, width));
    double x = Margin + AxisWidth;
    const double y = (top + 0.5 * LegendHeight) * m_Unit;
    for (const auto * series : named)
    {
      const double left = x * m_Unit;
      const double right = (x + 50.0 * shrink) * m_Unit;
      m_Page.Line({{left, y}, {right, y}}, ColorOf(series->color), 3.5 * m_Unit, 1.0, series->hollow);
      if (series->marks)
      {
        this->DrawPoint({0.5 * (left + right), y}, *series);
      }
      const double size = shrink * TextSize * m_Unit;
      m_Page.Text((x + 62.0 * shrink) * m_Unit, y, series->name, size);
      x += shrink * (62.0 + 36.0) + m_Page.TextWidth(series->name, size) / m_Unit;
    }
  }

  void
  DrawPoint(const Eigen::Vector2d & place, const PanelFigure::Series & series)
  {
    if (series.hollow)
    {
      m_Page.Disc(place, 6.5 * m_Unit, White);
      m_Page.Circle(place, 6.5 * m_Unit, ColorOf(series.color), 3.0 * m_Unit);
    }
    else
    {
      m_Page.Disc(place, 7.5 * m_Unit, ColorOf(series.color));
    }
  }

  void
  DrawChart(const PanelFigure::Chart & chart, const Axes & axes)
  {
    const double zero = axes.ToPage(axes.x.low, 0.0).y();
    if (axes.y.low < 0.0 && axes.y.high > 0.0)
    {
      m_Page.Line({{axes.box.x, zero}, {axes.box.Right(), zero}}, Gray, 1.5 * m_Unit, 0.6);
    }
    axes.Draw(m_Page, m_Unit, chart.labelX, chart.labelY);
    for (const auto & series : chart.series)
    {
      const auto & color = ColorOf(series.color);
      std::vector<Eigen::Vector2d> path;
      for (std::size_t n = 0; n < series.points.size(); ++n)
      {
        const auto & point = series.points[n];
        if (!point.allFinite())
        {
          continue;
        }
        path.push_back(axes.ToPage(point.x(), point.y()));
        if (n < series.errors.size() && std::isfinite(series.errors[n]) && series.errors[n] > 0.0)
        {
          const auto low = axes.ToPage(point.x(), point.y() - series.errors[n]);
          const auto high = axes.ToPage(point.x(), point.y() + series.errors[n]);
          const double cap = 8.0 * m_Unit;
          m_Page.Line({low, high}, color, 3.0 * m_Unit);
          m_Page.Line({{low.x() - cap, low.y()}, {low.x() + cap, low.y()}}, color, 2.5 * m_Unit);
          m_Page.Line({{high.x() - cap, high.y()}, {high.x() + cap, high.y()}}, color, 2.5 * m_Unit);
        }
      }
      if (path.size() > 1)
      {
        m_Page.Line(path, color, 3.0 * m_Unit, 1.0, series.hollow);
      }
      for (const auto & place : path)
      {
        if (series.marks || path.size() == 1)
        {
          this->DrawPoint(place, series);
        }
      }
    }
  }

  const PanelFigure & m_Figure;
  double m_Unit;
  Eigen::Vector2d m_ImageSide;
  FigurePage m_Page;
};
} // namespace

void
WritePanelFigure(const PanelFigure & figure, const std::filesystem::path & file, int widthPx)
{
  Painter(figure, std::max(400, widthPx)).Draw(file);
}
} // namespace ferro
