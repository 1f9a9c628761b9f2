#include "ferroFigures.h"
#include "ferroFigureTiles.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
Rgb
DivergingBar(double fraction)
{
  return ColorMaps::Diverging(2.0 * fraction - 1.0);
}

/** Vortices as circles with their sign, antivortices as squares. */
void
DrawVortices(FigureWriter & writer, MapSheet & sheet, std::size_t panel)
{
  FigurePage & page = sheet.Page();
  const double r = sheet.Units(13);
  for (const FieldVortex & vortex : writer.result.topology->Get().vortices)
  {
    const Eigen::Vector2d at = sheet.ToPage(panel, vortex.position);
    const std::vector<Eigen::Vector2d> plus[2] = {{at - Eigen::Vector2d(0.6 * r, 0), at + Eigen::Vector2d(0.6 * r, 0)},
                                                  {at - Eigen::Vector2d(0, 0.6 * r), at + Eigen::Vector2d(0, 0.6 * r)}};
    page.Disc(at, r, White, 0.85);
    page.Circle(at, r, Black, sheet.Units(3));
    page.Line(plus[0], Black, sheet.Units(3));
    if (vortex.winding > 0)
    {
      page.Line(plus[1], Black, sheet.Units(3));
    }
  }
}
} // namespace

void
DrawTopologyFigure(FigureWriter & writer)
{
  if (!writer.result.topology || writer.Cells().empty())
  {
    return;
  }
  const FieldTopology::Values & topology = writer.result.topology->Get();
  if (topology.derivatives.size() != writer.Cells().size())
  {
    return;
  }
  TileMap maps[4];
  std::vector<double> values;
  const double perMille = 1000.0;
  for (std::size_t k = 0; k < topology.derivatives.size(); ++k)
  {
    const FieldDerivative & d = topology.derivatives[k];
    const auto outline = writer.CellOutline(writer.Cells()[k]);
    const double entries[4] = {-perMille * d.divergence, perMille * d.curl, -d.divergence / d.divergenceError,
                               d.curl / d.curlError};
    for (std::size_t n = 0; n < 4; ++n)
    {
      maps[n].outlines.push_back(outline);
      maps[n].values.push_back(entries[n]);
    }
    if (std::isfinite(d.divergence))
    {
      values.push_back(entries[0]);
      values.push_back(entries[1]);
    }
  }
  if (values.size() < 8)
  {
    return;
  }
  MapSheet sheet(writer.geometry, {"Bound charge and curl of P",
                                   {"−div P", "curl P", "−div P over its error", "curl P over its error"},
                                   230,
                                   310,
                                   writer.options.widthPx,
                                   true});
  const Range range = RobustSymmetricRange(values);
  const std::string unit = writer.geometry.calibrated ? "pm/nm" : "10⁻³";
  DrawTiles(sheet, 0, maps[0], range, DivergingBar, "−div P (" + unit + ")");
  DrawTiles(sheet, 1, maps[1], range, DivergingBar, "curl P (" + unit + ")");
  DrawTiles(sheet, 2, maps[2], {-6, 6}, DivergingBar, "standard deviations", 2);
  DrawTiles(sheet, 3, maps[3], {-6, 6}, DivergingBar, "standard deviations", 2);
  DrawVortices(writer, sheet, 0);
  DrawVortices(writer, sheet, 1);
  sheet.Finish();
  std::string caption =
    "Density of bound charge −div P, in units of displacement per length (positive: the field ends there), and curl "
    "(positive: counter-clockwise on the screen), from the plane through each 3 × 3 cells; below, the same over their "
    "standard deviations. ";
  caption += topology.vortices.empty()
               ? "No vortex is significant."
               : std::to_string(topology.vortices.size()) +
                   " significant vortices (circle with a plus) and antivortices (with a minus).";
  writer.Save(sheet.Page(), "16_topology.png", "Bound charge, curl and vortices", caption);
}
} // namespace ferro
