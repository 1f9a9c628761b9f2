#include "ferroEvaluationFigures.h"

#include "ferroErrors.h"
#include "ferroEvaluationDrawer.h"
#include "ferroFigureTiles.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr double Degrees = 180.0 / 3.14159265358979323846;

void
DrawSplit(MapSheet & sheet, std::size_t panel, const std::vector<Eigen::Vector2d> & split)
{
  if (!split.empty())
  {
    sheet.Page().Clip(sheet.Panel(panel));
    sheet.Page().Line(ToPage(sheet, panel, split), Black, sheet.Units(3), 1.0, true);
    sheet.Page().Clip({});
  }
}

/** Text in the quarter of the page that three panels in two rows leave empty. */
class FreeQuarter
{
public:
  explicit FreeQuarter(MapSheet & sheet)
    : m_Sheet(sheet), m_Free(sheet.Panel(1).y == sheet.Panel(0).y && sheet.Panel(2).x == sheet.Panel(0).x),
      m_Y(sheet.Panel(2).y + sheet.Units(20))
  {
  }
  void
  Add(const std::string & title, const std::vector<std::string> & lines)
  {
    if (!m_Free || lines.empty())
    {
      return;
    }
    const double x = m_Sheet.Panel(1).x;
    m_Sheet.Page().Text(x, m_Y, title, m_Sheet.Units(25), Align::Left, Ink, 0, true);
    m_Y += m_Sheet.Units(40);
    for (const std::string & line : lines)
    {
      m_Sheet.Page().Text(x, m_Y, line, m_Sheet.Units(24));
      m_Y += m_Sheet.Units(36);
    }
    m_Y += m_Sheet.Units(20);
  }

private:
  MapSheet & m_Sheet;
  bool m_Free;
  double m_Y;
};
} // namespace

EvaluationDrawer::EvaluationDrawer(const EvaluationData & data, std::filesystem::path folder,
                                   const FigureOptions & options)
  : m_Data(data), m_Folder(std::move(folder)), m_Options(options), m_Unit(std::max(400, options.widthPx) / 1600.0)
{
}

void
EvaluationDrawer::Save(const FigurePage & page, const std::string & file, const std::string & title,
                       const std::string & caption)
{
  page.WritePng(m_Folder / file);
  figures.push_back({file, title, caption});
}

std::size_t
EvaluationDrawer::Find(const std::string & name) const
{
  const auto & list = m_Data.quantities;
  const auto found = std::find_if(list.begin(), list.end(), [&name](const auto & q) { return q.name == name; });
  return static_cast<std::size_t>(found - list.begin());
}

std::vector<Eigen::Vector2d>
EvaluationDrawer::Pairs(std::size_t quantity, int region) const
{
  const auto & q = m_Data.quantities[quantity];
  std::vector<Eigen::Vector2d> pairs;
  for (std::size_t k = 0; k < q.measured.size(); ++k)
  {
    if (m_Data.counted[k] && (region < 0 || m_Data.regions[k] == region) && std::isfinite(q.measured[k]) &&
        std::isfinite(q.predicted[k]))
    {
      pairs.emplace_back(q.measured[k], q.predicted[k]);
    }
  }
  return pairs;
}

std::vector<Eigen::Vector2d>
EvaluationDrawer::Joint(std::size_t first, std::size_t second, std::vector<double> EvaluatedQuantity::*list) const
{
  const auto & xs = m_Data.quantities[first].*list;
  const auto & ys = m_Data.quantities[second].*list;
  std::vector<Eigen::Vector2d> points;
  for (std::size_t k = 0; k < xs.size(); ++k)
  {
    if (m_Data.counted[k] && std::isfinite(xs[k]) && std::isfinite(ys[k]))
    {
      points.emplace_back(xs[k], ys[k]);
    }
  }
  return points;
}

std::vector<Eigen::Vector2d>
EvaluationDrawer::CellOutline(std::size_t cell) const
{
  const Eigen::Vector2d & p = m_Data.places[cell];
  const Eigen::Vector2d a = 0.5 * m_Data.cellEdges.col(0);
  const Eigen::Vector2d b = 0.5 * m_Data.cellEdges.col(1);
  return {p - a - b, p + a - b, p + a + b, p - a + b};
}

std::string
EvaluationDrawer::WithUnit(const std::string & text, const std::string & unit) const
{
  return unit.empty() ? text : text + " (" + unit + ")";
}

void
EvaluationDrawer::DrawVectorMaps()
{
  const std::size_t ix = this->Find("px");
  const std::size_t iy = this->Find("py");
  if (ix >= m_Data.quantities.size() || iy >= m_Data.quantities.size())
  {
    return;
  }
  const auto & x = m_Data.quantities[ix];
  const auto & y = m_Data.quantities[iy];
  std::vector<Eigen::Vector2d> vectors[3];
  std::vector<double> sizes[3];
  for (std::size_t k = 0; k < m_Data.places.size(); ++k)
  {
    const Eigen::Vector2d measured(x.measured[k], y.measured[k]);
    const Eigen::Vector2d predicted(x.predicted[k], y.predicted[k]);
    const Eigen::Vector2d list[] = {measured, predicted, predicted - measured};
    for (std::size_t panel = 0; panel < 3; ++panel)
    {
      vectors[panel].push_back(list[panel]);
      if (m_Data.counted[k])
      {
        sizes[panel].push_back(list[panel].norm());
      }
    }
  }
  double radius = m_Options.wheelRadiusPm;
  if (!(radius > 0))
  {
    const double large = Percentile(sizes[0], 0.95);
    radius = x.unit == "pm" && large > 25 && large <= 50 ? 50 : RoundUp(large);
  }
  const double differenceRadius = std::min(radius, RoundUp(Percentile(sizes[2], 0.95)));
  MapSheet sheet(m_Data.geometry, {"Polar displacement P",
                                   {m_Data.referenceName, m_Data.predictedName, "difference"},
                                   290,
                                   270,
                                   m_Options.widthPx,
                                   true});
  for (std::size_t panel = 0; panel < 3; ++panel)
  {
    const double rim = panel == 2 ? differenceRadius : radius;
    sheet.Page().Clip(sheet.Panel(panel));
    for (std::size_t k = 0; k < vectors[panel].size(); ++k)
    {
      const Eigen::Vector2d & p = vectors[panel][k];
      if (p.allFinite())
      {
        sheet.Page().Tile(ToPage(sheet, panel, this->CellOutline(k)),
                          ColorMaps::Wheel(std::atan2(-p.y(), p.x()) * Degrees, p.norm() / rim));
      }
    }
    sheet.Page().Clip({});
    DrawSplit(sheet, panel, m_Data.split);
    DrawWheel(sheet, panel, rim, x.unit);
  }
  FreeQuarter quarter(sheet);
  for (const std::size_t k : {ix, iy})
  {
    quarter.Add(m_Data.quantities[k].symbol, k < m_Data.notes.size() ? m_Data.notes[k] : std::vector<std::string>());
  }
  sheet.Finish();
  this->Save(sheet.Page(), "30_map_P.png",
             "Maps of P: " + m_Data.referenceName + ", " + m_Data.predictedName + ", difference",
             "Colour gives direction and size; the rim of the wheel is " + Significant(radius, 3) + " " + x.unit +
               ", that of the difference " + Significant(differenceRadius, 3) + " " + x.unit +
               ". Cells with a flag are shown, too." +
               (m_Data.split.empty() ? ""
                                     : " The dashed line divides " + m_Data.regionNames.front() + " and " +
                                         m_Data.regionNames.back() + "."));
}

void
EvaluationDrawer::DrawScalarMaps(std::size_t quantity)
{
  const auto & q = m_Data.quantities[quantity];
  TileMap tiles[3];
  std::vector<double> trusted;
  std::vector<double> differences;
  for (std::size_t k = 0; k < m_Data.places.size(); ++k)
  {
    const double values[] = {q.measured[k], q.predicted[k], q.predicted[k] - q.measured[k]};
    for (std::size_t panel = 0; panel < 3; ++panel)
    {
      tiles[panel].outlines.push_back(this->CellOutline(k));
      tiles[panel].values.push_back(values[panel]);
    }
    if (m_Data.counted[k] && std::isfinite(values[2]))
    {
      trusted.push_back(values[0]);
      differences.push_back(values[2]);
    }
  }
  if (trusted.empty())
  {
    return;
  }
  const bool isVector = q.name == "px" || q.name == "py";
  const Range range = isVector ? RobustSymmetricRange(trusted) : RobustRange(trusted);
  const Range differenceRange = RobustSymmetricRange(differences);
  const ColorFunction diverging = [](double fraction) { return ColorMaps::Diverging(2.0 * fraction - 1.0); };
  MapSheet sheet(
    m_Data.geometry,
    {q.symbol, {m_Data.referenceName, m_Data.predictedName, "difference"}, 230, 310, m_Options.widthPx, true});
  for (std::size_t panel = 0; panel < 3; ++panel)
  {
    DrawTiles(sheet, panel, tiles[panel], panel == 2 ? differenceRange : range,
              panel == 2 || isVector ? diverging : ColorFunction(ColorMaps::Sequential),
              this->WithUnit(panel == 2 ? "difference" : q.symbol, q.unit));
    DrawSplit(sheet, panel, m_Data.split);
  }
  FreeQuarter(sheet).Add(q.symbol,
                         quantity < m_Data.notes.size() ? m_Data.notes[quantity] : std::vector<std::string>());
  sheet.Finish();
  this->Save(sheet.Page(), "31_map_" + q.name + ".png",
             "Maps of " + q.symbol + ": " + m_Data.referenceName + ", " + m_Data.predictedName + ", difference",
             "The bar of both maps spans " + std::string(isVector ? "98 % of" : "the 2nd to 98th percentile of") +
               " the " + m_Data.referenceName +
               " values, that of the difference 98 % of the differences; pointed ends mean that values lie beyond it.");
}

std::vector<Figure>
WriteEvaluationFigures(const EvaluationData & data, const std::filesystem::path & folder, const FigureOptions & options,
                       const std::function<void(double)> & progress)
{
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
  {
    throw OutputError(folder.string() + ": the folder for figures cannot be made: " + error.message());
  }
  EvaluationDrawer drawer(data, folder, options);
  std::vector<std::function<void()>> steps;
  for (std::size_t k = 0; k < data.quantities.size(); ++k)
  {
    steps.emplace_back([&drawer, k] { drawer.DrawScatter(k); });
  }
  steps.emplace_back([&drawer] { drawer.DrawJoint(); });
  steps.emplace_back([&drawer] { drawer.DrawVectorMaps(); });
  for (std::size_t k = 0; k < data.quantities.size(); ++k)
  {
    steps.emplace_back([&drawer, k] { drawer.DrawScalarMaps(k); });
  }
  steps.emplace_back([&drawer] { drawer.DrawZScores(); });
  for (std::size_t k = 0; k < steps.size(); ++k)
  {
    if (progress)
    {
      progress(static_cast<double>(k) / static_cast<double>(steps.size()));
    }
    steps[k]();
  }
  if (progress)
  {
    progress(1.0);
  }
  return drawer.figures;
}
} // namespace ferro
