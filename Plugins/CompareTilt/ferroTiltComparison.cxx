#include "ferroTiltComparison.h"

#include "ferroErrors.h"

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
          text += WriteNumber(series.thicknessesNm[d]) + "," + WriteNumber(series.defocusNm) + "," +
                  WriteNumber(series.tiltsMrad[t].x()) + "," + WriteNumber(series.tiltsMrad[t].y()) + "," +
                  EstimatorWords[estimator] + "," + "ABP"[k] + "," + WriteNumber(all[k].shiftPm.x(), 5) + "," +
                  WriteNumber(all[k].shiftPm.y(), 5) + "," + WriteNumber(all[k].errorPm.x(), 3) + "," +
                  WriteNumber(all[k].errorPm.y(), 3) + "," + std::to_string(all[k].columns) + "\n";
        }
      }
    }
  }
  return text;
}
} // namespace

std::string
WriteNumber(double number, int digits)
{
  std::ostringstream stream;
  stream.imbue(std::locale::classic());
  stream.precision(digits);
  stream << number;
  return std::isfinite(number) ? stream.str() : std::string();
}

std::string
NameEstimator(const ShiftOptions & options, std::size_t estimator)
{
  return estimator == 0   ? "2-D Gaussian, radius " + WriteNumber(options.windowSigmas) + " sigma"
         : estimator == 1 ? "2-D Gaussian, radius " + WriteNumber(options.fitRadiusNm) + " nm"
                          : "centre of mass, radius " + WriteNumber(options.massRadiusNm) + " nm";
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
    points.polarizationPm = comparison.thicknesses[d].polarizationPm;
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
} // namespace ferro
