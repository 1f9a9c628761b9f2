#include "ferroFigureTiles.h"
#include "ferroFigures.h"

#include <algorithm>
#include <Eigen/LU>
#include <cmath>
#include <map>

namespace ferro
{
namespace
{
constexpr double Degrees = 180.0 / 3.14159265358979323846;
// Orange, sky blue and green of Okabe and Ito, told apart by the colour-blind.
constexpr Rgb ColorA{{230, 159, 0}};
constexpr Rgb ColorB{{86, 180, 233}};
constexpr Rgb ColorOther{{0, 158, 115}};
constexpr Rgb ColorFlag{{255, 60, 60}};

Rgb
DivergingBar(double fraction)
{
  return ColorMaps::Diverging(2.0 * fraction - 1.0);
}

std::size_t
CountOutside(const std::vector<double> & values, const Range & range)
{
  return static_cast<std::size_t>(
    std::count_if(values.begin(), values.end(), [&](double v) { return v < range.low || v > range.high; }));
}

/** Values of the cells without a flag; of all where every cell has one. */
std::vector<double>
Trusted(const FigureWriter & writer, const std::vector<double> & values)
{
  std::vector<double> trusted;
  for (std::size_t k = 0; k < values.size(); ++k)
  {
    if (writer.Cells()[k].flags == FlagNone && std::isfinite(values[k]))
    {
      trusted.push_back(values[k]);
    }
  }
  return trusted.empty() ? Finite(values) : trusted;
}

TileMap
CellTiles(const FigureWriter & writer, const std::function<double(const UnitCell &)> & value)
{
  TileMap tiles;
  for (const UnitCell & cell : writer.Cells())
  {
    tiles.outlines.push_back(writer.CellOutline(cell));
    tiles.values.push_back(value(cell));
  }
  return tiles;
}
} // namespace

void
DrawImageFigure(FigureWriter & writer)
{
  MapSheet sheet(writer.geometry, {"Image", {""}, 0, 0, writer.options.widthPx, false});
  DrawGray(*writer.result.image, sheet, 0, 0.0);
  sheet.ScaleBarInside(0);
  sheet.Finish();
  writer.Save(sheet.Page(), "01_image.png", "Image",
              "The image as it was analysed, black at the 0.5th and white at the 99.5th percentile of its pixels." +
                std::string(writer.geometry.calibrated ? "" : " The file has no pixel size: lengths are in pixels."));
}

void
DrawColumnsFigure(FigureWriter & writer)
{
  MapSheet sheet(writer.geometry, {"Atom columns", {""}, 270, 185, writer.options.widthPx, false});
  DrawGray(*writer.result.image, sheet, 0, 0.12);
  const double spacing = std::sqrt(std::abs(writer.CellVectors().determinant())) * sheet.Scale().x();
  const double radius = std::clamp(0.10 * spacing, sheet.Units(2.0), sheet.Units(9.0));
  std::map<Sublattice, std::size_t> counts;
  std::size_t flagged = 0;
  sheet.Page().Clip(sheet.Panel(0));
  for (const AtomColumn & column : writer.Columns())
  {
    ++counts[column.sublattice];
    flagged += column.flags != FlagNone;
    const Eigen::Vector2d at = sheet.ToPage(0, column.position);
    const Rgb & color = column.sublattice == Sublattice::A   ? ColorA
                        : column.sublattice == Sublattice::B ? ColorB
                                                             : ColorOther;
    sheet.Page().Disc(at, radius + sheet.Units(1.2), Black, 0.7);
    sheet.Page().Disc(at, radius, color);
    if (column.flags != FlagNone)
    {
      sheet.Page().Circle(at, radius + sheet.Units(3.5), ColorFlag, sheet.Units(2.5));
    }
  }
  sheet.Page().Clip({});
  sheet.ScaleBarInside(0);
  double y = sheet.Panel(0).y + sheet.Units(24);
  const double x = sheet.Panel(0).Right() + sheet.Units(36);
  const auto entry = [&](const Rgb & color, bool ring, const std::string & name, std::size_t count)
  {
    if (count > 0)
    {
      const double r = sheet.Units(9);
      ring ? sheet.Page().Circle({x, y}, r, ColorFlag, sheet.Units(3)) : sheet.Page().Disc({x, y}, r, color);
      sheet.Page().Text(x + sheet.Units(24), y, name + ": " + std::to_string(count), sheet.Units(25));
      y += sheet.Units(44);
    }
  };
  const bool named = counts[Sublattice::A] + counts[Sublattice::B] > 0;
  entry(ColorA, false, "A", counts[Sublattice::A]);
  entry(ColorB, false, "B", counts[Sublattice::B]);
  entry(ColorOther, false, named ? "other" : "columns", counts[Sublattice::Unknown]);
  entry(ColorFlag, true, "flagged", flagged);
  sheet.Finish();
  writer.Save(sheet.Page(), "02_columns.png", "Atom columns by sublattice",
              std::to_string(writer.Columns().size()) + " columns at their fitted positions: " +
                std::to_string(counts[Sublattice::A]) + " A (orange), " + std::to_string(counts[Sublattice::B]) +
                " B (blue), " + std::to_string(counts[Sublattice::Unknown]) + " of no sublattice (green). " +
                std::to_string(flagged) + " with a red ring carry a flag (see columns.csv).");
}

namespace
{
/** Mean of P over a block of cells, for maps with more cells than arrows can be drawn. */
struct ArrowBlock
{
  Eigen::Vector2d position = Eigen::Vector2d::Zero();
  Eigen::Vector2d vector = Eigen::Vector2d::Zero();
  double count = 0;
};
} // namespace

namespace
{
/** The arrows and colours of a field, either P as measured or averaged. */
void
DrawField(FigureWriter & writer, const UnitCellSet::ContainerType & cells, const std::string & file,
          const std::string & pageTitle, const std::string & title, const std::string & remark)
{
  std::vector<double> sizes;
  std::size_t flagged = 0;
  for (const UnitCell & cell : cells)
  {
    flagged += cell.flags != FlagNone;
    if (cell.flags == FlagNone)
    {
      sizes.push_back(cell.polarization.cwiseProduct(writer.VectorScale()).norm());
    }
  }
  if (cells.empty())
  {
    return;
  }
  const std::string unit = writer.VectorUnit();
  double radius = writer.options.wheelRadiusPm;
  if (!(radius > 0))
  {
    // 50 pm wherever that suits the data, so that maps can be compared.
    const double large = Percentile(sizes, 0.95);
    radius = writer.geometry.calibrated && large > 25 && large <= 50 ? 50 : RoundUp(large);
  }
  MapSheet sheet(writer.geometry, {pageTitle, {""}, 290, 270, writer.options.widthPx, true});
  FigurePage & page = sheet.Page();
  const double spacing =
    std::sqrt(std::abs(writer.CellVectors().determinant())) * std::sqrt(sheet.Scale().x() * sheet.Scale().y());
  const int stride = std::max(1, static_cast<int>(std::ceil(sheet.Units(15) / spacing)));
  page.Clip(sheet.Panel(0));
  std::map<std::pair<int, int>, ArrowBlock> blocks;
  std::vector<Eigen::Vector2d> doubtful;
  for (const UnitCell & cell : cells)
  {
    const Eigen::Vector2d p = cell.polarization.cwiseProduct(writer.VectorScale());
    if (!p.allFinite())
    {
      continue;
    }
    page.Tile(ToPage(sheet, 0, writer.CellOutline(cell)),
              ColorMaps::Wheel(std::atan2(-p.y(), p.x()) * Degrees, p.norm() / radius));
    if (cell.flags != FlagNone)
    {
      doubtful.push_back(sheet.ToPage(0, cell.position));
      continue;
    }
    const auto floorDivide = [stride](int v) { return (v >= 0 ? v : v - stride + 1) / stride; };
    ArrowBlock & block = blocks[{floorDivide(cell.i), floorDivide(cell.j)}];
    block.position += cell.position;
    block.vector += p;
    ++block.count;
  }
  // Arrows of the larger vectors fill their cells, so that those of most can be read.
  const double fullLength = std::max(1e-12, std::min(radius, 1.1 * Percentile(sizes, 0.75)));
  for (const auto & [key, block] : blocks)
  {
    const Eigen::Vector2d p = block.vector / block.count;
    const double reach = stride * spacing;
    const double length = std::min(1.1, p.norm() / fullLength) * 0.92 * reach;
    if (p.norm() > 0)
    {
      page.Arrow(sheet.ToPage(0, block.position / block.count), p.normalized() * length, Black,
                 std::clamp(0.08 * reach, sheet.Units(1.4), sheet.Units(4.5)));
    }
  }
  const double cross = std::clamp(0.12 * spacing, sheet.Units(2.0), sheet.Units(7.0));
  for (const Eigen::Vector2d & at : doubtful)
  {
    page.Line({at - Eigen::Vector2d(cross, cross), at + Eigen::Vector2d(cross, cross)}, Gray, sheet.Units(1.6));
    page.Line({at - Eigen::Vector2d(cross, -cross), at + Eigen::Vector2d(cross, -cross)}, Gray, sheet.Units(1.6));
  }
  page.Clip({});
  DrawWheel(sheet, 0, radius, unit);
  sheet.Finish();
  const bool atA = cells.front().center == Sublattice::A;
  std::string caption = "Polar displacement of " + std::to_string(cells.size()) + (atA ? " A" : " B") +
                        "-centred cells: B against the mean of its A neighbours" +
                        std::string(atA ? ", seen from A" : "") +
                        ". Colour gives direction and size, the wheel's rim is " + Significant(radius, 3) + " " + unit +
                        "; arrows point along P, their length is proportional to it up to " +
                        Significant(1.1 * fullLength, 2) + " " + unit + ".";
  if (stride > 1)
  {
    caption += " Each arrow is the mean of up to " + std::to_string(stride) + " x " + std::to_string(stride) +
               " cells, because single ones would be too small to see.";
  }
  const std::size_t beyond = CountOutside(sizes, {0, radius});
  if (beyond > 0)
  {
    caption += " " + Percent(beyond, sizes.size()) + " of the cells exceed the rim and have its colour.";
  }
  if (flagged > 0)
  {
    caption += " " + std::to_string(flagged) + " cells with a gray cross carry a flag (see cells.csv).";
  }
  writer.Save(page, file, title, caption + remark);
}
} // namespace

void
DrawPolarizationFigure(FigureWriter & writer)
{
  DrawField(writer, writer.Cells(), "03_polarization.png", "Polar displacement P", "Polarization map", "");
}

void
DrawAveragedFigure(FigureWriter & writer)
{
  if (writer.result.averaged)
  {
    DrawField(writer, writer.result.averaged->GetCells(), "17_averaged.png", "Polar displacement P, local means",
              "Polarization map, averaged",
              " Each cell shows the mean over the cells around it, weighted by their errors; see summary.json for the "
              "radius.");
  }
}

void
DrawDeviationFigure(FigureWriter & writer, Sublattice sublattice)
{
  const Eigen::Matrix2d half = 0.5 * writer.CellVectors();
  TileMap tiles[2];
  std::vector<double> trusted;
  Eigen::Vector2d squares = Eigen::Vector2d::Zero();
  double count = 0;
  for (const AtomColumn & column : writer.Columns())
  {
    if (column.sublattice != sublattice || !column.deviation.allFinite())
    {
      continue;
    }
    const Eigen::Vector2d d = column.deviation.cwiseProduct(writer.VectorScale());
    const Eigen::Vector2d p = column.position;
    for (Eigen::Index axis = 0; axis < 2; ++axis)
    {
      tiles[axis].outlines.push_back({p - half.col(0) - half.col(1), p + half.col(0) - half.col(1),
                                      p + half.col(0) + half.col(1), p - half.col(0) + half.col(1)});
      tiles[axis].values.push_back(d[axis]);
    }
    if (column.flags == FlagNone)
    {
      trusted.push_back(d.x());
      trusted.push_back(d.y());
      squares += d.cwiseAbs2();
      ++count;
    }
  }
  if (count < 4)
  {
    return;
  }
  const std::string unit = writer.VectorUnit();
  const std::string letter = sublattice == Sublattice::A ? "A" : "B";
  Eigen::Vector2d rms = (squares / count).cwiseSqrt();
  if (writer.result.lattice)
  {
    const auto & values = writer.result.lattice->Get();
    const Eigen::Vector2d known =
      (sublattice == Sublattice::A ? values.rmsDeviationA : values.rmsDeviationB).cwiseProduct(writer.VectorScale());
    rms = known.norm() > 0 ? known : rms;
  }
  // Bands of a round width, four to eight on each side of zero.
  const double limit98 = RobustSymmetricRange(trusted).high;
  const double band = RoundDownBand(limit98 / 4.0);
  const int bands = std::max(1, static_cast<int>(std::ceil(limit98 / band - 1e-9)));
  const Range range{-band * bands, band * bands};
  const ColorFunction color = [bands](double fraction)
  {
    const double index = std::min(2.0 * bands - 1, std::floor(fraction * 2 * bands));
    return ColorMaps::Diverging((index + 0.5 - bands) / (bands - 0.5 > 0 ? bands - 0.5 : 1));
  };
  MapSheet sheet(writer.geometry, {letter + " columns: deviation from the uniform lattice",
                                   {"along x (right), RMS " + Significant(rms.x(), 3) + " " + unit,
                                    "along y (down), RMS " + Significant(rms.y(), 3) + " " + unit},
                                   215,
                                   310,
                                   writer.options.widthPx,
                                   true});
  for (std::size_t axis = 0; axis < 2; ++axis)
  {
    DrawTiles(sheet, axis, tiles[axis], range, color, std::string(axis == 0 ? "x" : "y") + " deviation (" + unit + ")",
              band);
  }
  sheet.Finish();
  const std::size_t outside = CountOutside(trusted, range);
  writer.Save(
    sheet.Page(), sublattice == Sublattice::A ? "04_deviation_A.png" : "05_deviation_B.png",
    "Deviation of " + letter + " columns",
    "Distance of each " + letter + " column from its place in the uniform lattice of its sublattice, in bands of " +
      Significant(band, 2) + " " + unit + "; positive to the right and down. RMS " + Significant(rms.x(), 3) + " " +
      unit + " along x, " + Significant(rms.y(), 3) + " " + unit + " along y." +
      (outside > 0 ? " " + Percent(outside, trusted.size()) + " of the values lie beyond the bar's ends." : ""));
}

void
DrawUncertaintyMap(FigureWriter & writer)
{
  const TileMap tiles =
    CellTiles(writer, [&](const UnitCell & cell) { return AxisSigma(cell.covariance, writer.VectorScale()); });
  const auto values = Trusted(writer, tiles.values);
  if (values.empty())
  {
    return;
  }
  const Range range = RobustRange(values);
  const std::string unit = writer.VectorUnit();
  const double median = Percentile(values, 0.5);
  MapSheet sheet(
    writer.geometry,
    {"Uncertainty of P: median " + Significant(median, 3) + " " + unit, {""}, 215, 310, writer.options.widthPx, true});
  DrawTiles(sheet, 0, tiles, range, ColorMaps::Sequential, "σ(P) per axis (" + unit + ")");
  sheet.Finish();
  writer.Save(
    sheet.Page(), "07_uncertainty_P.png", "Uncertainty of P",
    "Standard deviation of P along one axis (mean of both), from the covariances of the fitted positions. The "
    "bar spans the 2nd to 98th percentile; pointed ends mean that values lie beyond it.");
}

void
DrawCellMaps(FigureWriter & writer, int which)
{
  struct Entry
  {
    const char * file;
    const char * title;
    const char * symbol;
    std::string unit;
    double UnitCell::*member;
    double factor;
    const char * text;
  };
  const std::string length = writer.LengthUnit();
  const Entry entries[] = {
    {"08_a.png", "Cell edge a", "a", length, &UnitCell::a, 1.0, "Mean length of the two edges of a cell along a."},
    {"09_b.png", "Cell edge b", "b", length, &UnitCell::b, 1.0, "Mean length of the two edges of a cell along b."},
    {"10_gamma.png", "Cell angle γ", "γ", "°", &UnitCell::gamma, Degrees, "Angle between the edges of a cell."},
    {"11_area.png", "Cell area", "area", length + "²", &UnitCell::area, 1.0,
     "Area of the quadrilateral of a cell's corners, the projected cell volume."}};
  const Entry & entry = entries[which];
  const TileMap tiles = CellTiles(writer, [&](const UnitCell & cell) { return cell.*(entry.member) * entry.factor; });
  const auto values = Trusted(writer, tiles.values);
  if (values.empty())
  {
    return;
  }
  const Range range = RobustRange(values);
  const double deviation = StandardDeviation(values);
  // Two digits of the deviation, and the mean to the same decimal.
  const double step = deviation > 0 ? std::pow(10.0, std::floor(std::log10(deviation)) - 1) : 1e-4;
  const std::string space = entry.unit == "°" ? "" : " ";
  const std::string statistics = Label(Mean(values), step) + " ± " + Label(deviation, step) + space + entry.unit;
  MapSheet sheet(writer.geometry,
                 {std::string(entry.title) + ": " + statistics, {""}, 230, 310, writer.options.widthPx, true});
  DrawTiles(sheet, 0, tiles, range, ColorMaps::Sequential, std::string(entry.symbol) + " (" + entry.unit + ")");
  sheet.Finish();
  writer.Save(sheet.Page(), entry.file, entry.title,
              std::string(entry.text) + " Mean and standard deviation over the cells without a flag: " + statistics +
                ". The bar spans the 2nd to 98th percentile; pointed ends mean that values lie beyond it.");
}

void
DrawStrainFigure(FigureWriter & writer)
{
  const std::pair<double UnitCell::*, std::string> entries[] = {{&UnitCell::strainXX, "εxx"},
                                                                {&UnitCell::strainYY, "εyy"},
                                                                {&UnitCell::strainXY, "εxy"},
                                                                {&UnitCell::latticeRotation, "rotation"}};
  TileMap tiles[4];
  std::vector<double> strains;
  std::vector<double> rotations;
  for (std::size_t k = 0; k < 4; ++k)
  {
    const double factor = k == 3 ? Degrees : 100.0;
    tiles[k] = CellTiles(writer, [&](const UnitCell & cell) { return cell.*(entries[k].first) * factor; });
    const auto values = Finite(Trusted(writer, tiles[k].values));
    auto & all = k == 3 ? rotations : strains;
    all.insert(all.end(), values.begin(), values.end());
  }
  if (strains.empty())
  {
    return;
  }
  MapSheet sheet(writer.geometry, {"Strain and rotation against the reference lattice",
                                   {entries[0].second, entries[1].second, entries[2].second, entries[3].second},
                                   215,
                                   310,
                                   writer.options.widthPx,
                                   true});
  const Range strainRange = RobustSymmetricRange(strains);
  const Range rotationRange = RobustSymmetricRange(rotations);
  for (std::size_t k = 0; k < 4; ++k)
  {
    DrawTiles(sheet, k, tiles[k], k == 3 ? rotationRange : strainRange, DivergingBar,
              entries[k].second + (k == 3 ? " (°)" : " (%)"));
  }
  sheet.Finish();
  writer.Save(
    sheet.Page(), "13_strain.png", "Strain and rotation",
    "Strain along x and y, shear (half of the change of angle) and rigid rotation (counter-clockwise positive) "
    "of each cell against the reference lattice. The three strains share one range; ranges are symmetric and "
    "hold 98 % of the values.");
}
} // namespace ferro
