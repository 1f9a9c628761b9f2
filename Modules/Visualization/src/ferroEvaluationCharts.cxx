#include "ferroEvaluationDrawer.h"
#include "ferroFigureDensity.h"
#include "ferroFigureImage.h"
#include "ferroFigureLayout.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ferro
{
namespace
{
// Blue and vermilion of Okabe and Ito; the lines are darker tones of the same.
constexpr std::array<Rgb, 2> PointColors{{{{0, 114, 178}}, {{213, 94, 0}}}};
constexpr std::array<Rgb, 2> LineColors{{{{0, 62, 110}}, {{130, 45, 0}}}};
constexpr Rgb OutlierColor{{220, 0, 30}};
constexpr int DensityGrid = 220;

const Rgb &
Pick(const std::array<Rgb, 2> & colors, int region, std::size_t regions)
{
  return colors[regions == 2 && region == 1 ? 1 : 0];
}

/** A range for both axes of a plot that holds all of the values, or the share between two percentiles. */
Range
CommonRange(const std::vector<Eigen::Vector2d> & points, double share)
{
  std::vector<double> xs;
  std::vector<double> ys;
  for (const auto & p : points)
  {
    xs.push_back(p.x());
    ys.push_back(p.y());
  }
  const double low = std::min(Percentile(xs, share), Percentile(ys, share));
  const double high = std::max(Percentile(xs, 1 - share), Percentile(ys, 1 - share));
  const double margin = std::max(0.05 * (high - low), 1e-6 * std::max(1.0, std::abs(high)));
  return {low - margin, high + margin};
}

double
DotRadius(std::size_t count, double unit)
{
  return std::clamp(130.0 / std::sqrt(static_cast<double>(count) + 1.0), 1.3, 4.0) * unit;
}
} // namespace

void
EvaluationDrawer::DrawPlaces(FigurePage & page, const Box & box, std::size_t quantity) const
{
  const auto & q = m_Data.quantities[quantity];
  const double scale = box.w / static_cast<double>(m_Data.geometry.width);
  const double scaleY = box.h / static_cast<double>(m_Data.geometry.height);
  const auto toPage = [&](const Eigen::Vector2d & px) -> Eigen::Vector2d {
    return {box.x + (px.x() + 0.5) * scale, box.y + (px.y() + 0.5) * scaleY};
  };
  page.Clip(box);
  if (m_Data.image)
  {
    page.Image(
      static_cast<int>(box.x), static_cast<int>(box.y), static_cast<int>(box.w), static_cast<int>(box.h),
      RenderGray(*m_Data.image, GrayRange(*m_Data.image), static_cast<int>(box.w), static_cast<int>(box.h), 0.1));
  }
  else
  {
    for (std::size_t k = 0; k < m_Data.places.size(); ++k)
    {
      page.Disc(toPage(m_Data.places[k]), DotRadius(m_Data.places.size(), 0.7 * m_Unit), Gray, 0.7);
    }
  }
  if (!m_Data.split.empty())
  {
    std::vector<Eigen::Vector2d> line;
    for (const auto & point : m_Data.split)
    {
      line.push_back(toPage(point));
    }
    page.Line(line, m_Data.image ? White : Ink, 3 * m_Unit, 1.0, true);
  }
  const double radius = std::clamp(0.45 * m_Data.cellEdges.col(0).norm() * scale, 5 * m_Unit, 16 * m_Unit);
  for (std::size_t k = 0; k < q.outliers.size(); ++k)
  {
    if (q.outliers[k])
    {
      page.Circle(toPage(m_Data.places[k]), radius, m_Data.image ? Rgb{{255, 60, 60}} : OutlierColor, 3 * m_Unit);
    }
  }
  page.Clip({});
  page.Frame(box, Ink, 2 * m_Unit);
  DrawScaleBarInside(page, box, m_Data.geometry, m_Unit);
}

void
EvaluationDrawer::DrawScatter(std::size_t quantity)
{
  const auto & q = m_Data.quantities[quantity];
  const auto all = this->Pairs(quantity, -1);
  if (all.size() < 4)
  {
    return;
  }
  const double unit = m_Unit;
  const std::size_t regions = m_Data.regionNames.size();
  const std::size_t notes = quantity < m_Data.notes.size() ? m_Data.notes[quantity].size() : 0;
  const double side = std::floor(600 * unit);
  const double aspect = static_cast<double>(m_Data.geometry.height) * m_Data.geometry.pixelSizeNm.y() /
                        (static_cast<double>(m_Data.geometry.width) * m_Data.geometry.pixelSizeNm.x());
  const double imageWidth = std::floor(std::min(640 * unit, 640 * unit / aspect));
  const double imageHeight = std::floor(imageWidth * aspect);
  const double textHeight = (60 + 40 * static_cast<double>(notes + regions + 2)) * unit;
  FigurePage page(static_cast<int>(1600 * unit),
                  static_cast<int>(880 * unit + std::max(imageHeight, textHeight) + 40 * unit));
  DrawChartTitle(page, unit, q.symbol + ": " + m_Data.predictedName + " against " + m_Data.referenceName);

  const double dot = DotRadius(all.size(), unit);
  for (int plot = 0; plot < 2; ++plot)
  {
    const Range range = CommonRange(all, plot == 0 ? 0.0 : 0.01);
    const Axes axes{
      {std::floor((plot == 0 ? 150 : 960) * unit), std::floor(100 * unit), side, side}, range, range, false};
    page.Clip(axes.box);
    for (int region = 0; region < static_cast<int>(regions); ++region)
    {
      for (const auto & p : this->Pairs(quantity, region))
      {
        page.Disc(axes.ToPage(p.x(), p.y()), dot, Pick(PointColors, region, regions), 0.35);
      }
    }
    page.Line({axes.ToPage(range.low, range.low), axes.ToPage(range.high, range.high)}, Ink, 2 * unit, 0.9, true);
    page.Clip({});
    for (int region = 0; region < static_cast<int>(regions); ++region)
    {
      const auto points = this->Pairs(quantity, region);
      if (points.size() >= 20)
      {
        DrawContours(page, axes, Density(points, axes, DensityGrid, DensityGrid), DensityGrid, DensityGrid,
                     {0.25, 0.5, 0.75, 0.95}, Pick(LineColors, region, regions), 2.2 * unit);
      }
    }
    page.Clip(axes.box);
    for (std::size_t k = 0; k < q.outliers.size(); ++k)
    {
      if (q.outliers[k] && std::isfinite(q.measured[k]) && std::isfinite(q.predicted[k]))
      {
        page.Circle(axes.ToPage(q.measured[k], q.predicted[k]), 8 * unit, OutlierColor, 2.5 * unit);
      }
    }
    page.Clip({});
    axes.Draw(page, unit, this->WithUnit(m_Data.referenceName + " " + q.symbol, q.unit),
              this->WithUnit(m_Data.predictedName + " " + q.symbol, q.unit));
  }
  const Box box{std::floor(150 * unit), std::floor(850 * unit), imageWidth, imageHeight};
  this->DrawPlaces(page, box, quantity);

  double y = box.y + 20 * unit;
  const double x = box.Right() + 60 * unit;
  for (int region = 0; region < static_cast<int>(regions); ++region)
  {
    const auto index = static_cast<std::size_t>(region);
    page.Disc({x + 12 * unit, y}, 9 * unit, Pick(PointColors, region, regions));
    page.Text(x + 40 * unit, y,
              m_Data.regionNames[index] + ": " + std::to_string(this->Pairs(quantity, region).size()) + " cells",
              25 * unit);
    y += 40 * unit;
  }
  const auto marked = std::count_if(q.outliers.begin(), q.outliers.end(), [](char c) { return c != 0; });
  page.Circle({x + 12 * unit, y}, 8 * unit, OutlierColor, 3 * unit);
  page.Text(x + 40 * unit, y, "outliers: " + std::to_string(marked), 25 * unit);
  y += 60 * unit;
  for (std::size_t k = 0; k < notes; ++k)
  {
    page.Text(x, y, m_Data.notes[quantity][k], 25 * unit);
    y += 40 * unit;
  }
  this->Save(
    page, "10_scatter_" + q.name + ".png", q.symbol + ", " + m_Data.predictedName + " against " + m_Data.referenceName,
    "Left: all cells without a flag; right: the inner 98 %. Lines enclose 25, 50, 75 and 95 % of the cells of a "
    "region (Gaussian kernel); the dashed line is equality. Red circles: differences far outside of the rest, "
    "below at their places in the image" +
      std::string(m_Data.split.empty() ? "." : "; the dashed line there divides the regions."));
}

void
EvaluationDrawer::DrawJoint()
{
  struct Row
  {
    std::size_t first;
    std::size_t second;
    bool down;
  };
  std::vector<Row> rows;
  for (const Row & row : {Row{this->Find("px"), this->Find("py"), true}, Row{this->Find("a"), this->Find("b"), false}})
  {
    const std::size_t none = m_Data.quantities.size();
    if (row.first < none && row.second < none &&
        this->Joint(row.first, row.second, &EvaluatedQuantity::measured).size() >= 8 &&
        this->Joint(row.first, row.second, &EvaluatedQuantity::predicted).size() >= 8)
    {
      rows.push_back(row);
    }
  }
  if (rows.empty())
  {
    return;
  }
  const double unit = m_Unit;
  const double side = std::floor(600 * unit);
  FigurePage page(static_cast<int>(1600 * unit),
                  static_cast<int>((110 + 760 * static_cast<double>(rows.size())) * unit));
  DrawChartTitle(page, unit, "Joint distributions");
  for (std::size_t r = 0; r < rows.size(); ++r)
  {
    const auto & first = m_Data.quantities[rows[r].first];
    const auto & second = m_Data.quantities[rows[r].second];
    const auto measured = this->Joint(rows[r].first, rows[r].second, &EvaluatedQuantity::measured);
    const auto predicted = this->Joint(rows[r].first, rows[r].second, &EvaluatedQuantity::predicted);
    std::vector<double> values[2];
    for (const auto & p : measured)
    {
      values[0].push_back(p.x());
      values[1].push_back(p.y());
    }
    // Both panels have the range of the measured values: what the prediction makes narrower is seen as such.
    const auto [rangeX, rangeY] = SquareRanges(values[0], values[1]);
    for (int column = 0; column < 2; ++column)
    {
      const auto & points = column == 0 ? measured : predicted;
      const Axes axes{{std::floor((column == 0 ? 150 : 960) * unit),
                       std::floor((130 + 760 * static_cast<double>(r)) * unit), side, side},
                      rangeX,
                      rangeY,
                      rows[r].down};
      DrawDensity(page, unit, axes, points);
      DrawContours(page, axes, Density(points, axes, DensityGrid, DensityGrid), DensityGrid, DensityGrid,
                   {0.25, 0.5, 0.75, 0.95}, Ink, 1.3 * unit);
      page.Text(axes.box.x, axes.box.y - 24 * unit, column == 0 ? m_Data.referenceName : m_Data.predictedName,
                25 * unit, Align::Left, Ink, 0, true);
      page.Clip(axes.box);
      if (rows[r].down)
      {
        page.Line({axes.ToPage(0, rangeY.low), axes.ToPage(0, rangeY.high)}, Gray, 1.5 * unit, 0.8, true);
        page.Line({axes.ToPage(rangeX.low, 0), axes.ToPage(rangeX.high, 0)}, Gray, 1.5 * unit, 0.8, true);
      }
      else
      {
        const Range both{std::max(rangeX.low, rangeY.low), std::min(rangeX.high, rangeY.high)};
        if (both.high > both.low)
        {
          page.Line({axes.ToPage(both.low, both.low), axes.ToPage(both.high, both.high)}, Gray, 1.5 * unit, 0.8, true);
        }
      }
      page.Clip({});
      axes.Draw(page, unit, this->WithUnit(first.symbol, first.unit),
                this->WithUnit(second.symbol, second.unit) + (rows[r].down ? ", down positive" : ""));
    }
  }
  this->Save(page, "20_joint.png", "Joint distributions, " + m_Data.referenceName + " and " + m_Data.predictedName,
             std::string(rows.size() == 2 ? "Top: Px and Py, drawn as on the image (Py down); bottom: edges a and b, "
                                            "dashed where a = b. "
                         : rows[0].down   ? "Px and Py, drawn as on the image (Py down). "
                                          : "Edges a and b, dashed where a = b. ") +
               "Points are cells without a flag, colour and lines their density (lines enclose 25, 50, 75 and 95 %). "
               "Both columns have the same axes.");
}

void
EvaluationDrawer::DrawZScores()
{
  constexpr int Bins = 40;
  constexpr double Limit = 5.0;
  struct Series
  {
    std::string text;
    Rgb color;
    std::vector<double> heights;
  };
  constexpr std::array<Rgb, 6> colors{
    {{{0, 114, 178}}, {{213, 94, 0}}, {{0, 158, 115}}, {{204, 121, 167}}, {{230, 159, 0}}, {{86, 180, 233}}}};
  std::vector<Series> series;
  double highest = 0.4;
  std::string deviations;
  for (const auto & q : m_Data.quantities)
  {
    std::vector<double> values;
    for (std::size_t k = 0; k < q.z.size(); ++k)
    {
      if (m_Data.counted[k] && std::isfinite(q.z[k]))
      {
        values.push_back(q.z[k]);
      }
    }
    if (values.size() < 20)
    {
      continue;
    }
    Series one{q.symbol + ": mean " + Significant(Mean(values), 2) + ", SD " +
                 Significant(StandardDeviation(values), 3),
               colors[series.size() % colors.size()], std::vector<double>(Bins, 0.0)};
    const double weight = Bins / (2 * Limit * static_cast<double>(values.size()));
    for (const double v : values)
    {
      const double bin = std::floor((v + Limit) / (2 * Limit) * Bins);
      if (bin >= 0 && bin < Bins)
      {
        highest = std::max(highest, one.heights[static_cast<std::size_t>(bin)] += weight);
      }
    }
    deviations += (deviations.empty() ? "" : "; ") + one.text;
    series.push_back(std::move(one));
  }
  if (series.empty())
  {
    return;
  }
  const double unit = m_Unit;
  FigurePage page(static_cast<int>(1300 * unit), static_cast<int>(860 * unit));
  DrawChartTitle(page, unit, "Differences over their stated errors");
  const Axes axes{{150 * unit, 100 * unit, 1110 * unit, 640 * unit}, {-Limit, Limit}, {0.0, 1.15 * highest}, false};
  page.Clip(axes.box);
  std::vector<Eigen::Vector2d> normal;
  for (int k = 0; k <= 200; ++k)
  {
    const double z = -Limit + 2 * Limit * k / 200.0;
    normal.push_back(axes.ToPage(z, 0.398942280401 * std::exp(-0.5 * z * z)));
  }
  for (const Series & one : series)
  {
    std::vector<Eigen::Vector2d> outline{axes.ToPage(-Limit, 0)};
    for (int bin = 0; bin < Bins; ++bin)
    {
      const double height = one.heights[static_cast<std::size_t>(bin)];
      outline.push_back(axes.ToPage(-Limit + 2 * Limit * bin / Bins, height));
      outline.push_back(axes.ToPage(-Limit + 2 * Limit * (bin + 1) / Bins, height));
    }
    outline.push_back(axes.ToPage(Limit, 0));
    page.Polygon(outline, one.color, 0.15);
    page.Line(outline, one.color, 3 * unit);
  }
  page.Line(normal, Ink, 3 * unit, 1.0, true);
  page.Clip({});
  axes.Draw(page, unit, "z = (" + m_Data.predictedName + " − " + m_Data.referenceName + ") / stated error", "density");
  double y = axes.box.y + 34 * unit;
  for (const Series & one : series)
  {
    page.Rectangle({axes.box.x + 20 * unit, y - 11 * unit, 34 * unit, 22 * unit}, one.color, 0.7);
    page.Text(axes.box.x + 68 * unit, y, one.text, 25 * unit);
    y += 42 * unit;
  }
  page.Line({{axes.box.x + 20 * unit, y}, {axes.box.x + 54 * unit, y}}, Ink, 3 * unit, 1.0, true);
  page.Text(axes.box.x + 68 * unit, y, "standard normal", 25 * unit);
  this->Save(page, "40_z_scores.png", "Stated errors held against the differences",
             "Differences of the cells without a flag over their stated standard errors. Where these hold, the "
             "histograms follow the dashed curve and the standard deviation is 1. " +
               deviations + ".");
}
} // namespace ferro
