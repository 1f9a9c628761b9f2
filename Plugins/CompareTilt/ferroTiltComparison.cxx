#include "ferroTiltComparison.h"

#include "ferroErrors.h"
#include "ferroImageSheet.h"
#include "ferroLineChart.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <sstream>

namespace ferro
{
namespace
{
constexpr const char * ChartNames[EstimatorCount] = {"Gaussian", "Gaussian, fixed circle", "centre of mass"};

std::string
Write(double number, int digits = 6)
{
  std::ostringstream stream;
  stream.imbue(std::locale::classic());
  stream.precision(digits);
  stream << number;
  return std::isfinite(number) ? stream.str() : std::string();
}

nlohmann::json
Number(double number)
{
  return std::isfinite(number) ? nlohmann::json(std::round(number * 1e4) / 1e4) : nlohmann::json();
}

// The apparent polar displacement: how B moves against A.
ShiftStatistics
Difference(const std::array<ShiftStatistics, 2> & shifts)
{
  ShiftStatistics result;
  result.shiftPm = shifts[1].shiftPm - shifts[0].shiftPm;
  result.errorPm = (shifts[0].errorPm.cwiseAbs2() + shifts[1].errorPm.cwiseAbs2()).cwiseSqrt();
  result.columns = std::min(shifts[0].columns, shifts[1].columns);
  return result;
}

// Slope of a component against that component of the tilt, a line through the origin, pm per mrad; NaN without tilts.
double
GetSlope(const TiltComparison & comparison, std::size_t thickness, std::size_t estimator, int axis)
{
  double products = 0.0;
  double squares = 0.0;
  for (std::size_t t = 0; t < comparison.series.tiltsMrad.size(); ++t)
  {
    const double tilt = comparison.series.tiltsMrad[t][axis];
    products += tilt * Difference(comparison.thicknesses[thickness].tilts[t][estimator]).shiftPm[axis];
    squares += tilt * tilt;
  }
  return products / squares;
}

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

// The middle of an image, four cells wide.
MicrographType::Pointer
CropMiddle(const MicrographType & image, double cellPx)
{
  const auto size = image.GetLargestPossibleRegion().GetSize();
  const auto wanted = static_cast<itk::SizeValueType>(std::lround(4.0 * cellPx));
  MicrographType::SizeType part;
  part[0] = std::min(size[0], wanted);
  part[1] = std::min(size[1], wanted);
  auto result = MicrographType::New();
  result->SetRegions(part);
  result->SetSpacing(image.GetSpacing());
  result->SetMetaDataDictionary(image.GetMetaDataDictionary());
  result->Allocate();
  const auto x0 = (size[0] - part[0]) / 2;
  const auto y0 = (size[1] - part[1]) / 2;
  for (itk::SizeValueType y = 0; y < part[1]; ++y)
  {
    const auto * row = image.GetBufferPointer() + (y0 + y) * size[0] + x0;
    std::copy(row, row + part[0], result->GetBufferPointer() + y * part[0]);
  }
  return result;
}

std::string
NameTilt(const Eigen::Vector2d & tilt)
{
  return tilt.y() == 0.0 ? Write(tilt.x()) + " mrad" : "(" + Write(tilt.x()) + ", " + Write(tilt.y()) + ") mrad";
}

void
WriteShiftChart(const TiltComparison & comparison, std::size_t thickness, int axis, const std::filesystem::path & file)
{
  LineChart chart;
  chart.title = comparison.series.material + ", " + Write(comparison.series.thicknessesNm[thickness], 4) +
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
  chart.title = comparison.series.material + ", " + Write(comparison.series.thicknessesNm[thickness], 4) +
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
// The lines of shifts.csv.
std::string
MakeShiftRows(const TiltComparison & comparison)
{
  std::string text;
  const auto & series = comparison.series;
  for (std::size_t d = 0; d < series.thicknessesNm.size(); ++d)
  {
    for (std::size_t t = 0; t < series.tiltsMrad.size(); ++t)
    {
      for (std::size_t estimator = 0; estimator < EstimatorCount; ++estimator)
      {
        const auto & shifts = comparison.thicknesses[d].tilts[t][estimator];
        const ShiftStatistics all[] = {shifts[0], shifts[1], Difference(shifts)};
        for (std::size_t k = 0; k < 3; ++k)
        {
          text += Write(series.thicknessesNm[d]) + "," + Write(series.defocusNm) + "," +
                  Write(series.tiltsMrad[t].x()) + "," + Write(series.tiltsMrad[t].y()) + "," +
                  EstimatorWords[estimator] + "," + "ABP"[k] + "," + Write(all[k].shiftPm.x(), 5) + "," +
                  Write(all[k].shiftPm.y(), 5) + "," + Write(all[k].errorPm.x(), 3) + "," +
                  Write(all[k].errorPm.y(), 3) + "," + std::to_string(all[k].columns) + "\n";
        }
      }
    }
  }
  return text;
}
} // namespace

std::string
NameEstimator(const ShiftOptions & options, std::size_t estimator)
{
  return estimator == 0   ? "2-D Gaussian, radius " + Write(options.windowSigmas) + " sigma"
         : estimator == 1 ? "2-D Gaussian, radius " + Write(options.fitRadiusNm) + " nm"
                          : "centre of mass, radius " + Write(options.massRadiusNm) + " nm";
}

void
WriteShiftTable(const std::vector<TiltComparison> & comparisons, const std::filesystem::path & file)
{
  std::string text = "thickness_nm,defocus_nm,tilt_x_mrad,tilt_y_mrad,estimator,sublattice,shift_x_pm,shift_y_pm,"
                     "err_x_pm,err_y_pm,columns\n";
  for (const auto & comparison : comparisons)
  {
    text += MakeShiftRows(comparison);
  }
  errno = 0;
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  stream.close();
  if (!stream)
  {
    throw OutputError(file.string() + ": cannot be written: " + (errno ? std::strerror(errno) : "unknown reason"));
  }
}

nlohmann::json
DescribeComparison(const TiltComparison & comparison)
{
  const auto & series = comparison.series;
  auto thicknesses = nlohmann::json::array();
  const auto largest =
    static_cast<std::size_t>(std::max_element(series.tiltsMrad.begin(), series.tiltsMrad.end(),
                                              [](const auto & a, const auto & b) { return a.norm() < b.norm(); }) -
                             series.tiltsMrad.begin());
  for (std::size_t d = 0; d < series.thicknessesNm.size(); ++d)
  {
    nlohmann::json entry = {{"thickness_nm", Number(series.thicknessesNm[d])}};
    for (std::size_t estimator = 0; estimator < EstimatorCount; ++estimator)
    {
      const auto & shifts = comparison.thicknesses[d].tilts[largest][estimator];
      // Along the tilt: how far A moves for each step of B.
      const Eigen::Vector2d direction = series.tiltsMrad[largest].normalized();
      const double a = shifts[0].shiftPm.dot(direction);
      const double b = shifts[1].shiftPm.dot(direction);
      entry[EstimatorWords[estimator]] = {
        {"apparent_p_pm_per_mrad",
         {Number(GetSlope(comparison, d, estimator, 0)), Number(GetSlope(comparison, d, estimator, 1))}},
        {"largest_tilt_mrad", {Number(series.tiltsMrad[largest].x()), Number(series.tiltsMrad[largest].y())}},
        {"shift_A_pm", {Number(shifts[0].shiftPm.x()), Number(shifts[0].shiftPm.y())}},
        {"shift_B_pm", {Number(shifts[1].shiftPm.x()), Number(shifts[1].shiftPm.y())}},
        {"A_over_B", Number(a / b)}};
    }
    thicknesses.push_back(entry);
  }
  return {
    {"material", series.material},
    {"detector",
     {{"name", series.detector}, {"inner_mrad", series.detectorInnerMrad}, {"outer_mrad", series.detectorOuterMrad}}},
    {"voltage_kV", series.voltageKv},
    {"semi_angle_mrad", series.semiAngleMrad},
    {"defocus_nm", series.defocusNm},
    {"source_size_nm", series.sourceSizeNm},
    {"motion", series.motion},
    {"configurations", series.configurations},
    {"estimators",
     {{"gaussian", NameEstimator(comparison.options, 0)},
      {"radius", NameEstimator(comparison.options, 1)},
      {"mass", NameEstimator(comparison.options, 2)}}},
    {"thicknesses", thicknesses}};
}

TiltResponse
MakeResponse(const TiltComparison & comparison, bool fourfold)
{
  const auto & series = comparison.series;
  TiltResponse response;
  response.material = series.material;
  response.estimator = NameEstimator(comparison.options, 0);
  response.recipe = "ferroscope simulate (" + series.motion + ", " + std::to_string(series.configurations) +
                    " configurations), ferroscope compare-tilt, detector " + series.detector;
  response.voltageKv = series.voltageKv;
  response.semiAngleMrad = series.semiAngleMrad;
  response.detectorInnerMrad = series.detectorInnerMrad;
  response.detectorOuterMrad = series.detectorOuterMrad;
  response.sourceSizeNm = series.sourceSizeNm;
  response.fourfold = fourfold;
  for (std::size_t d = 0; d < series.thicknessesNm.size(); ++d)
  {
    TiltResponseSeries points;
    points.thicknessNm = series.thicknessesNm[d];
    for (std::size_t t = 0; t < series.tiltsMrad.size(); ++t)
    {
      const auto & shifts = comparison.thicknesses[d].tilts[t][0];
      const auto error = Difference(shifts).errorPm;
      points.points.push_back({series.tiltsMrad[t], shifts[0].shiftPm, shifts[1].shiftPm,
                               error.allFinite() ? std::sqrt(0.5 * error.squaredNorm()) : 0.0});
    }
    response.series.push_back(points);
  }
  std::sort(response.series.begin(), response.series.end(),
            [](const auto & a, const auto & b) { return a.thicknessNm < b.thicknessNm; });
  return response;
}

void
WriteTiltFigures(const TiltComparison & comparison, const std::filesystem::path & folder)
{
  const auto & series = comparison.series;
  for (std::size_t d = 0; d < series.thicknessesNm.size(); ++d)
  {
    const auto name = [&](const char * what)
    { return folder / (what + ("_" + Write(series.thicknessesNm[d], 4)) + "nm.png"); };
    ImageSheet sheet;
    sheet.title = series.material + ", " + Write(series.thicknessesNm[d], 4) + " nm, " + series.detector;
    for (std::size_t t = 0; t < series.tiltsMrad.size() && t < 6; ++t)
    {
      const auto & measured = comparison.thicknesses[d];
      sheet.images.emplace_back(CropMiddle(*measured.images[t], measured.cellPx));
      sheet.names.push_back(NameTilt(series.tiltsMrad[t]));
    }
    WriteImageSheet(sheet, name("images"));
    WriteLineScans(comparison, d, 0, name("line_A"));
    WriteLineScans(comparison, d, 1, name("line_B"));
    WriteShiftChart(comparison, d, 0, name("shift_x"));
    WriteShiftChart(comparison, d, 1, name("shift_y"));
  }
}
} // namespace ferro
