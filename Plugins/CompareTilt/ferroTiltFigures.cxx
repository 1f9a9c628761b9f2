#include "ferroTiltFigures.h"

#include "ferroImageSheet.h"
#include "ferroLineChart.h"
#include "ferroPanelFigure.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace ferro
{
namespace
{
constexpr const char * ChartNames[EstimatorCount] = {"Gaussian", "Gaussian, fixed circle", "centre of mass"};
// What fits side by side in a figure.
constexpr std::size_t MostImages = 6;

// Values of an image along a line, by linear interpolation; positions in pixels.
std::vector<Eigen::Vector2d>
ScanLine(const MicrographType & image, const Eigen::Vector2d & centre, const Eigen::Vector2d & step, double reachPx,
         double nmPerPx)
{
  const auto size = image.GetLargestPossibleRegion().GetSize();
  const auto * pixels = image.GetBufferPointer();
  std::vector<Eigen::Vector2d> line;
  for (double s = -reachPx; s <= reachPx; s += 0.5)
  {
    const Eigen::Vector2d place = centre + s * step;
    const double x = std::floor(place.x());
    const double y = std::floor(place.y());
    if (x < 0.0 || y < 0.0 || x + 1.0 >= static_cast<double>(size[0]) || y + 1.0 >= static_cast<double>(size[1]))
    {
      continue;
    }
    const auto n = static_cast<std::size_t>(y) * size[0] + static_cast<std::size_t>(x);
    const double fx = place.x() - x;
    const double fy = place.y() - y;
    const auto value = [&](std::size_t k) { return static_cast<double>(pixels[k]); };
    line.emplace_back(s * nmPerPx, (1.0 - fy) * ((1.0 - fx) * value(n) + fx * value(n + 1)) +
                                     fy * ((1.0 - fx) * value(n + size[0]) + fx * value(n + size[0] + 1)));
  }
  return line;
}

// A square out of an image, as far as the image reaches, and where it begins.
MicrographType::Pointer
Crop(const MicrographType & image, const Eigen::Vector2d & centre, double sidePx, Eigen::Vector2d & begin)
{
  const auto size = image.GetLargestPossibleRegion().GetSize();
  MicrographType::SizeType part;
  itk::SizeValueType first[2];
  for (unsigned int axis = 0; axis < 2; ++axis)
  {
    part[axis] = std::min(size[axis], static_cast<itk::SizeValueType>(std::lround(sidePx)));
    const double start = std::round(centre[axis] - 0.5 * static_cast<double>(part[axis] - 1));
    first[axis] = static_cast<itk::SizeValueType>(std::clamp(start, 0.0, static_cast<double>(size[axis] - part[axis])));
    begin[axis] = static_cast<double>(first[axis]);
  }
  auto result = MicrographType::New();
  result->SetRegions(part);
  result->SetSpacing(image.GetSpacing());
  result->SetMetaDataDictionary(image.GetMetaDataDictionary());
  result->Allocate();
  for (itk::SizeValueType y = 0; y < part[1]; ++y)
  {
    const auto * row = image.GetBufferPointer() + (first[1] + y) * size[0] + first[0];
    std::copy(row, row + part[0], result->GetBufferPointer() + y * part[0]);
  }
  return result;
}

std::string
NameTilt(const Eigen::Vector2d & tilt)
{
  return tilt.y() == 0.0 ? WriteNumber(tilt.x()) + " mrad"
                         : "(" + WriteNumber(tilt.x()) + ", " + WriteNumber(tilt.y()) + ") mrad";
}

void
WriteShiftChart(const TiltComparison & comparison, std::size_t thickness, int axis, const std::filesystem::path & file)
{
  LineChart chart;
  chart.title = comparison.series.material + ", " + WriteNumber(comparison.series.thicknessesNm[thickness], 4) +
                " nm: apparent shift along " + (axis == 0 ? "x" : "y");
  chart.labelX = "tilt (mrad)";
  chart.labelY = "shift (pm)";
  for (std::size_t estimator = 0; estimator < EstimatorCount; ++estimator)
  {
    for (std::size_t sublattice = 0; sublattice < 2; ++sublattice)
    {
      LineChart::Line line;
      line.name = std::string(1, "AB"[sublattice]) + ", " + ChartNames[estimator];
      line.marks = true;
      for (std::size_t t = 0; t < comparison.series.tiltsMrad.size(); ++t)
      {
        const auto & tilt = comparison.series.tiltsMrad[t];
        line.points.emplace_back(std::abs(tilt.x()) >= std::abs(tilt.y()) ? tilt.x() : tilt.y(),
                                 comparison.thicknesses[thickness].tilts[t][estimator][sublattice].shiftPm[axis]);
      }
      std::sort(line.points.begin(), line.points.end(), [](const auto & a, const auto & b) { return a.x() < b.x(); });
      chart.lines.push_back(line);
    }
  }
  WriteLineChart(chart, file);
}

void
WriteLineScans(const TiltComparison & comparison, std::size_t thickness, std::size_t sublattice,
               const std::filesystem::path & file)
{
  const auto & measured = comparison.thicknesses[thickness];
  LineChart chart;
  chart.title = comparison.series.material + ", " + WriteNumber(comparison.series.thicknessesNm[thickness], 4) +
                " nm: line along x through " + (sublattice == 0 ? "an A" : "a B") + " column";
  chart.labelX = "position (nm)";
  chart.labelY = "intensity";
  for (std::size_t t = 0; t < comparison.series.tiltsMrad.size(); ++t)
  {
    LineChart::Line line;
    line.name = NameTilt(comparison.series.tiltsMrad[t]);
    line.points = ScanLine(*measured.images[t], sublattice == 0 ? measured.columnA : measured.columnB,
                           Eigen::Vector2d::UnitX(), 0.5 * measured.cellPx, measured.images[t]->GetSpacing()[0]);
    chart.lines.push_back(line);
  }
  WriteLineChart(chart, file);
}

// The number that stands for a tilt on an axis: along the axis in which it is larger.
double
GetTiltNumber(const Eigen::Vector2d & tilt)
{
  return std::abs(tilt.x()) >= std::abs(tilt.y()) ? tilt.x() : tilt.y();
}

// Tilts in rising order; the first, the last and the untilted one among them when there are more than fit.
std::vector<std::size_t>
ChooseTilts(const TiltSeries & series)
{
  std::vector<std::size_t> order(series.tiltsMrad.size());
  for (std::size_t t = 0; t < order.size(); ++t)
  {
    order[t] = t;
  }
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b)
            { return GetTiltNumber(series.tiltsMrad[a]) < GetTiltNumber(series.tiltsMrad[b]); });
  if (order.size() <= MostImages)
  {
    return order;
  }
  std::set<std::size_t> chosen;
  for (std::size_t n = 0; n < MostImages; ++n)
  {
    chosen.insert((n * (order.size() - 1) + (MostImages - 1) / 2) / (MostImages - 1));
  }
  std::vector<std::size_t> result;
  for (const auto place : chosen)
  {
    result.push_back(order[place]);
  }
  if (std::find(result.begin(), result.end(), series.untilted) == result.end())
  {
    result[result.size() / 2] = series.untilted;
    std::sort(result.begin(), result.end(),
              [&](std::size_t a, std::size_t b)
              { return GetTiltNumber(series.tiltsMrad[a]) < GetTiltNumber(series.tiltsMrad[b]); });
  }
  return result;
}

/** A place on the x axis of a chart of shifts. */
struct ShiftPoint
{
  double x;
  const TiltShifts * shifts;
};

// Shifts along x and y, each against the same axis, by the estimator of maps and by that in a fixed circle.
PanelFigure::Row
MakeShiftRow(const TiltComparison & comparison, std::vector<ShiftPoint> points, const std::string & axis)
{
  std::sort(points.begin(), points.end(), [](const auto & a, const auto & b) { return a.x < b.x; });
  PanelFigure::Row row;
  row.sameScale = true;
  for (int component = 0; component < 2; ++component)
  {
    PanelFigure::Chart chart;
    chart.title = std::string("shift along ") + "xy"[component] + ", 2-D Gaussian fit";
    chart.labelX = axis;
    chart.labelY = "apparent shift (pm)";
    for (std::size_t estimator = 0; estimator < 2; ++estimator)
    {
      for (std::size_t sublattice = 0; sublattice < 2; ++sublattice)
      {
        PanelFigure::Series series;
        series.name = comparison.series.sublattices[sublattice] + ", radius " +
                      (estimator == 0 ? WriteNumber(comparison.options.windowSigmas) + " σ"
                                      : WriteNumber(comparison.options.fitRadiusNm) + " nm");
        series.color = static_cast<int>(sublattice);
        series.marks = true;
        series.hollow = estimator == 1;
        for (const auto & point : points)
        {
          const auto & shift = (*point.shifts)[estimator][sublattice];
          series.points.emplace_back(point.x, shift.shiftPm[component]);
          series.errors.push_back(shift.errorPm[component]);
        }
        chart.series.push_back(series);
      }
    }
    row.charts.push_back(chart);
  }
  return row;
}

// The series at one thickness in one figure: images, lines through columns, shifts.
PanelFigure
MakeTiltFigure(const TiltComparison & comparison, std::size_t thickness)
{
  const auto & series = comparison.series;
  const auto & measured = comparison.thicknesses[thickness];
  PanelFigure figure;
  figure.title = series.material + ", " + WriteNumber(series.thicknessesNm[thickness], 4) + " nm, " + series.detector +
                 " " + WriteNumber(series.detectorInnerMrad) + "–" + WriteNumber(series.detectorOuterMrad) + " mrad";
  figure.intensity = "fraction of the beam";
  const auto tilts = ChooseTilts(series);
  PanelFigure::Row lines;
  for (std::size_t sublattice = 0; sublattice < 2; ++sublattice)
  {
    PanelFigure::Chart chart;
    chart.title = "line along x through a " + series.sublattices[sublattice] + " column";
    chart.labelX = "distance from the column without tilt (nm)";
    chart.labelY = "fraction of the beam";
    for (std::size_t k = 0; k < tilts.size(); ++k)
    {
      const auto & image = *measured.images[tilts[k]];
      PanelFigure::Series line;
      line.name = NameTilt(series.tiltsMrad[tilts[k]]);
      line.color = static_cast<int>(k);
      line.points = ScanLine(image, sublattice == 0 ? measured.columnA : measured.columnB, Eigen::Vector2d::UnitX(),
                             0.5 * measured.cellPx, image.GetSpacing()[0]);
      chart.series.push_back(line);
    }
    lines.charts.push_back(chart);
  }
  for (std::size_t k = 0; k < tilts.size(); ++k)
  {
    PanelFigure::Image image;
    Eigen::Vector2d begin;
    const double side = 3.0 * measured.cellPx;
    image.image = Crop(*measured.images[tilts[k]], measured.columnA, side, begin).GetPointer();
    image.name = NameTilt(series.tiltsMrad[tilts[k]]);
    image.color = static_cast<int>(k);
    for (std::size_t sublattice = 0; sublattice < 2; ++sublattice)
    {
      PanelFigure::Marks marks;
      marks.name = series.sublattices[sublattice] + " without tilt";
      marks.square = sublattice == 1;
      for (const auto & place : measured.places[sublattice])
      {
        marks.places.emplace_back(place - begin);
      }
      image.marks.push_back(marks);
    }
    figure.images.push_back(image);
  }
  std::vector<ShiftPoint> points;
  for (std::size_t t = 0; t < series.tiltsMrad.size(); ++t)
  {
    points.push_back({GetTiltNumber(series.tiltsMrad[t]), &measured.tilts[t]});
  }
  figure.rows = {lines, MakeShiftRow(comparison, points, "tilt (mrad)")};
  return figure;
}

std::size_t
FindLargestTilt(const TiltSeries & series)
{
  return static_cast<std::size_t>(std::max_element(series.tiltsMrad.begin(), series.tiltsMrad.end(),
                                                   [](const auto & a, const auto & b) { return a.norm() < b.norm(); }) -
                                  series.tiltsMrad.begin());
}

void
WriteThicknessFigure(const TiltComparison & comparison, const std::filesystem::path & file)
{
  const auto tilt = FindLargestTilt(comparison.series);
  std::vector<ShiftPoint> points;
  for (std::size_t d = 0; d < comparison.thicknesses.size(); ++d)
  {
    points.push_back({comparison.series.thicknessesNm[d], &comparison.thicknesses[d].tilts[tilt]});
  }
  PanelFigure figure;
  figure.title = comparison.series.material + ", " + NameTilt(comparison.series.tiltsMrad[tilt]) +
                 " against none: apparent shifts against thickness";
  figure.rows = {MakeShiftRow(comparison, points, "thickness (nm)")};
  WritePanelFigure(figure, file);
}

// One figure for each thickness that all series have, at the largest tilt of the first.
void
WriteDefocusFigures(const std::vector<TiltComparison> & comparisons, const std::filesystem::path & folder)
{
  const auto & first = comparisons.front();
  const auto & tilt = first.series.tiltsMrad[FindLargestTilt(first.series)];
  for (const double thicknessNm : first.series.thicknessesNm)
  {
    std::vector<ShiftPoint> points;
    std::set<double> defoci;
    for (const auto & comparison : comparisons)
    {
      const auto & series = comparison.series;
      for (std::size_t d = 0; d < series.thicknessesNm.size(); ++d)
      {
        for (std::size_t t = 0; t < series.tiltsMrad.size(); ++t)
        {
          const bool same =
            std::abs(series.thicknessesNm[d] - thicknessNm) < 0.05 && (series.tiltsMrad[t] - tilt).norm() < 1e-6;
          if (same && defoci.insert(series.defocusNm).second)
          {
            points.push_back({series.defocusNm, &comparison.thicknesses[d].tilts[t]});
          }
        }
      }
    }
    if (points.size() > 1)
    {
      PanelFigure figure;
      figure.title = first.series.material + ", " + WriteNumber(thicknessNm, 4) + " nm, " + NameTilt(tilt) +
                     " against none: apparent shifts against defocus";
      figure.rows = {MakeShiftRow(first, points, "defocus (nm)")};
      WritePanelFigure(figure, folder / ("shift_defocus_" + WriteNumber(thicknessNm, 4) + "nm.png"));
    }
  }
}
} // namespace

void
WriteTiltFigures(const std::vector<TiltComparison> & comparisons, const std::filesystem::path & folder)
{
  const auto & comparison = comparisons.front();
  const auto & series = comparison.series;
  for (std::size_t d = 0; d < series.thicknessesNm.size(); ++d)
  {
    const auto name = [&](const char * what)
    { return folder / (what + ("_" + WriteNumber(series.thicknessesNm[d], 4)) + "nm.png"); };
    ImageSheet sheet;
    sheet.title = series.material + ", " + WriteNumber(series.thicknessesNm[d], 4) + " nm, " + series.detector;
    const auto & measured = comparison.thicknesses[d];
    const auto size = measured.images.front()->GetLargestPossibleRegion().GetSize();
    const Eigen::Vector2d middle = 0.5 * Eigen::Vector2d(static_cast<double>(size[0]), static_cast<double>(size[1]));
    for (std::size_t t = 0; t < series.tiltsMrad.size() && t < MostImages; ++t)
    {
      Eigen::Vector2d begin;
      sheet.images.emplace_back(Crop(*measured.images[t], middle, 4.0 * measured.cellPx, begin));
      sheet.names.push_back(NameTilt(series.tiltsMrad[t]));
    }
    WriteImageSheet(sheet, name("images"));
    WriteLineScans(comparison, d, 0, name("line_A"));
    WriteLineScans(comparison, d, 1, name("line_B"));
    WriteShiftChart(comparison, d, 0, name("shift_x"));
    WriteShiftChart(comparison, d, 1, name("shift_y"));
    WritePanelFigure(MakeTiltFigure(comparison, d), name("tilt"));
  }
  if (series.thicknessesNm.size() > 1)
  {
    WriteThicknessFigure(comparison, folder / "shift_thickness.png");
  }
  if (comparisons.size() > 1)
  {
    WriteDefocusFigures(comparisons, folder);
  }
}
} // namespace ferro
