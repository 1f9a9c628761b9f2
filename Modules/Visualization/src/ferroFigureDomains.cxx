#include "ferroFigureAxes.h"
#include "ferroFigures.h"
#include "ferroFigureTiles.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr double Degrees = 57.295779513082320877;

double
ScreenAngle(const Eigen::Vector2d & p)
{
  return std::atan2(-p.y(), p.x()) * Degrees;
}

/** A value with the decimals that its error needs. */
std::string
WithError(double value, double error)
{
  if (!(error > 0.0) || !std::isfinite(error))
  {
    return Significant(value, 2);
  }
  const double step = std::pow(10.0, std::floor(std::log10(error)));
  return Label(value, step) + " ± " + Label(error, step);
}

/** The variants as entries of the legend: colour, arrow, share. */
void
DrawVariants(MapSheet & sheet, const DomainMap::Values & map, const std::string & unit)
{
  FigurePage & page = sheet.Page();
  const double x = sheet.Panel(0).Right() + sheet.Units(36);
  double y = sheet.Panel(0).y + sheet.Units(30);
  const double step = sheet.Units(84);
  const double radius = sheet.Units(22);
  const auto fits = static_cast<std::size_t>(std::max(1.0, (sheet.LegendHeight() - sheet.Units(40)) / step));
  const bool idle = map.cellsNotPolar > 0;
  const std::size_t entries = map.variants.size() + (idle ? 1 : 0);
  for (std::size_t m = 0; m < std::min(entries, fits); ++m)
  {
    const bool polar = m < map.variants.size();
    const Eigen::Vector2d mean = polar ? map.variants[m].mean : Eigen::Vector2d(Eigen::Vector2d::Zero());
    const Eigen::Vector2d center(x + radius, y);
    page.Disc(center, radius, polar ? ColorMaps::Wheel(ScreenAngle(mean), 1.0) : Rgb{{225, 225, 225}});
    page.Circle(center, radius, Ink, sheet.Units(2));
    if (polar)
    {
      page.Arrow(center, mean.normalized() * 1.5 * radius, Black, sheet.Units(4));
    }
    const double share = polar ? map.variants[m].areaFraction : map.notPolarFraction;
    const double error = polar ? map.variants[m].areaFractionError : map.notPolarFractionError;
    const std::string first =
      polar ? Significant(mean.norm(), 3) + " " + unit + ", " + Label(ScreenAngle(mean), 1.0) + "°" : "not polar";
    page.Text(x + 2.6 * radius, y - sheet.Units(15), first, sheet.Units(23));
    page.Text(x + 2.6 * radius, y + sheet.Units(15), WithError(100.0 * share, 100.0 * error) + " %", sheet.Units(21),
              Align::Left, Gray);
    y += step;
  }
}
} // namespace

void
DrawDomainsFigure(FigureWriter & writer)
{
  if (!writer.result.domains || writer.Cells().empty())
  {
    return;
  }
  const DomainMap::Values & map = writer.result.domains->Get();
  const std::string unit = writer.VectorUnit();
  const std::string title = map.domains.empty() ? "Domains: none, not polar" : "Domains and walls";
  const double legend = 84.0 * static_cast<double>(std::min<std::size_t>(map.variants.size() + 1, 8)) + 20.0;
  MapSheet sheet(writer.geometry, {title, {""}, 330, std::max(310.0, legend), writer.options.widthPx, true});
  FigurePage & page = sheet.Page();
  page.Clip(sheet.Panel(0));
  for (const UnitCell & cell : writer.Cells())
  {
    Rgb color{{225, 225, 225}};
    if (cell.domain > 0 && static_cast<std::size_t>(cell.domain) <= map.domains.size())
    {
      const auto variant = static_cast<std::size_t>(map.domains[static_cast<std::size_t>(cell.domain - 1)].variant);
      color = ColorMaps::Wheel(ScreenAngle(map.variants[variant].mean), 0.75);
    }
    page.Tile(ToPage(sheet, 0, writer.CellOutline(cell)), color);
  }
  for (const DomainWall & wall : map.walls)
  {
    const bool edge = wall.first == 0;
    page.Line(ToPage(sheet, 0, wall.points), Black, sheet.Units(edge ? 3 : 5), 1.0, edge);
  }
  const double size = sheet.Units(26);
  for (std::size_t n = 0; n < map.domains.size(); ++n)
  {
    // The number stands on a cell of the domain, however bent it is: the one nearest to its middle.
    const Eigen::Vector2d * at = nullptr;
    for (const UnitCell & cell : writer.Cells())
    {
      const bool nearer =
        at == nullptr || (cell.position - map.domains[n].center).norm() < (*at - map.domains[n].center).norm();
      at = cell.domain == static_cast<int>(n) + 1 && nearer ? &cell.position : at;
    }
    constexpr std::size_t MostNumbers = 60;
    if (at == nullptr || n >= MostNumbers)
    {
      continue;
    }
    const Eigen::Vector2d place = sheet.ToPage(0, *at);
    const std::string text = std::to_string(n + 1);
    const double half = 0.5 * page.TextWidth(text, size, true) + sheet.Units(6);
    page.Rectangle({place.x() - half, place.y() - 0.65 * size, 2 * half, 1.3 * size}, White, 0.75);
    page.Text(place.x(), place.y(), text, size, Align::Center, Ink, 0, true);
  }
  page.Clip({});
  DrawVariants(sheet, map, unit);
  sheet.Finish();
  std::string caption = "Domains by the direction of P: " + map.description + ".";
  if (!map.domains.empty())
  {
    caption += " Numbers and colours as in domains.csv; black lines are walls (dashed: the edge of the part that is "
               "not polar), listed in walls.csv. Shares are of the area of all cells.";
  }
  writer.Save(page, "14_domains.png", "Domains and walls", caption);
}

void
DrawDirectionsFigure(FigureWriter & writer)
{
  constexpr int Sectors = 36;
  double counts[Sectors] = {};
  double total = 0.0;
  double weak = 0.0;
  for (const UnitCell & cell : writer.Cells())
  {
    const Eigen::Vector2d p = cell.polarization.cwiseProduct(writer.VectorScale());
    if (cell.flags != FlagNone || !p.allFinite())
    {
      continue;
    }
    // A direction means something where P stands out of its error.
    if (p.norm() < 2.0 * AxisSigma(cell.covariance, writer.VectorScale()))
    {
      ++weak;
      continue;
    }
    const double turn = ScreenAngle(p) / 360.0;
    ++counts[static_cast<int>(std::floor((turn - std::floor(turn)) * Sectors + 0.5)) % Sectors];
    ++total;
  }
  if (total < 10.0)
  {
    return;
  }
  const double unitLength = writer.options.widthPx / 1600.0;
  const int size = static_cast<int>(1000 * unitLength);
  FigurePage page(size, size);
  DrawChartTitle(page, unitLength, "Directions of P");
  const Eigen::Vector2d middle(500.0 * unitLength, 535.0 * unitLength);
  const double radius = 380.0 * unitLength;
  const double most = *std::max_element(counts, counts + Sectors);
  const auto at = [&](double degrees, double length) -> Eigen::Vector2d
  { return middle + length * Eigen::Vector2d(std::cos(degrees / Degrees), -std::sin(degrees / Degrees)); };
  page.Disc(middle, radius, Rgb{{246, 246, 246}});
  for (const double share : {0.25, 0.5, 0.75, 1.0})
  {
    // The area of a sector is its count: rings of equal steps of the count are not equally spaced.
    page.Circle(middle, std::sqrt(share) * radius, Rgb{{205, 205, 205}}, 1.5 * unitLength);
  }
  for (int k = 0; k < 8; ++k)
  {
    page.Line({middle, at(45.0 * k, radius)}, Rgb{{205, 205, 205}}, 1.5 * unitLength);
    const Eigen::Vector2d label = at(45.0 * k, radius + 42.0 * unitLength);
    page.Text(label.x(), label.y(), std::to_string(45 * k) + "°", 25 * unitLength, Align::Center);
  }
  for (int k = 0; k < Sectors; ++k)
  {
    const double length = std::sqrt(counts[k] / most) * radius;
    const double angle = 360.0 * k / Sectors;
    const double half = 180.0 / Sectors;
    std::vector<Eigen::Vector2d> sector = {middle};
    for (int n = -4; n <= 4; ++n)
    {
      sector.push_back(at(angle + half * n / 4.0, length));
    }
    if (counts[k] > 0.0)
    {
      page.Polygon(sector, ColorMaps::Wheel(angle, 1.0));
      sector.push_back(middle);
      page.Line(sector, White, 1.5 * unitLength);
    }
  }
  page.Circle(middle, radius, Ink, 2 * unitLength);
  const Eigen::Vector2d note = at(-67.5, radius + 40.0 * unitLength);
  page.Text(note.x(), note.y(), "rim: " + std::to_string(static_cast<long>(most)) + " cells", 25 * unitLength,
            Align::Left, Gray);
  std::string caption =
    "Directions of P of " + std::to_string(static_cast<long>(total)) +
    " cells without a flag, counter-clockwise as seen on the screen, in sectors of 10°; the area of a sector is its "
    "number of cells.";
  if (weak > 0.0)
  {
    caption += " " + std::to_string(static_cast<long>(weak)) +
               " cells whose |P| is less than two standard deviations are left out: their directions say nothing.";
  }
  writer.Save(page, "15_directions.png", "Directions of P", caption);
}
} // namespace ferro
