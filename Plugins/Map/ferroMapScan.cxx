#include "ferroMapScan.h"

#include "ferroErrors.h"
#include "ferroMeanPolarization.h"

#include <Eigen/LU>
#include <nlohmann/json.hpp>

#include <cmath>
#include <sstream>

namespace ferro
{
namespace
{
nlohmann::json
Rounded(double value)
{
  return std::isfinite(value) ? nlohmann::json(std::round(value * 1e4) / 1e4) : nlohmann::json();
}

nlohmann::json
Pair(const Eigen::Vector2d & value)
{
  return nlohmann::json::array({Rounded(value.x()), Rounded(value.y())});
}

/** Two numbers, with the digits that picometres deserve. */
std::string
Words(const Eigen::Vector2d & value, const ImageGeometry & geometry)
{
  std::ostringstream text;
  text.precision(geometry.calibrated ? 2 : 4);
  text << std::fixed << '(' << value.x() + 0.0 << ", " << value.y() + 0.0 << ')';
  return text.str();
}

/** Whether the scatter of the A columns agrees with their errors, in a sentence. */
std::string
JudgeScatter(const ScanAnalysis & scan)
{
  constexpr double Agreement = 0.2;
  std::ostringstream text;
  text.precision(2);
  text << std::fixed;
  if (!scan.scatterOverError.allFinite())
  {
    return "There are too few A columns to compare their scatter with their errors.";
  }
  text << "The scatter of the A columns about a smooth lattice is " << scan.scatterOverError.x() << " (x) and "
       << scan.scatterOverError.y() << " (y) times the stated error, and " << scan.scatterOverFit.x() << " and "
       << scan.scatterOverFit.y() << " times the error by the noise of the pixels alone";
  if (scan.scatterOverError.maxCoeff() > 1.0 + Agreement)
  {
    text << ". It is larger than stated: there are more strong deviations than normal noise has (walls, defects, "
            "distorted areas), and the stated error is that of the middle half of the columns.";
  }
  else if (scan.scatterOverError.minCoeff() < 1.0 - Agreement)
  {
    text << ". It is smaller than stated: the errors of neighbouring columns are correlated (smoothed, enlarged or "
            "registered images, shifts that scan lines have in common over more than a column), so that differences of "
            "neighbours show less than the error of each.";
  }
  else
  {
    text << ": they agree within 20 %.";
  }
  return text.str();
}
} // namespace

void
DeclareScan(CommandDeclaration & declaration)
{
  declaration.Add(ParameterType::Choice, "scanCorrection")
    .Label("Scan correction")
    .Help("Displacements by the scan that are taken off the positions: none, rows (shifts of the scan lines), affine "
          "(linear drift, by the known lattice of --calibrate), full (rows, slow drift of any course, and linear drift "
          "with --calibrate). automatic: rows where the image shows such shifts and can tell them from displaced rows "
          "of the crystal.")
    .Choices({"automatic", "none", "rows", "affine", "full"})
    .Default("automatic");
}

ScanCorrection
GetScanCorrection(const CommandContext & context)
{
  const std::string text = context.GetText("scanCorrection");
  for (const auto correction :
       {ScanCorrection::None, ScanCorrection::Rows, ScanCorrection::Affine, ScanCorrection::Full})
  {
    if (text == ToString(correction))
    {
      const bool known = context.Has("calibrate") && !context.GetText("calibrate").empty();
      if (correction == ScanCorrection::Affine && !known)
      {
        throw UsageError("--scan-correction affine needs a known lattice, --calibrate MATERIAL or its edges in nm: the "
                         "image alone cannot tell linear drift from the shape of the cell");
      }
      return correction;
    }
  }
  return ScanCorrection::Automatic;
}

nlohmann::json
DescribeScan(const MapResult & result)
{
  const ScanAnalysis & scan = result.lattice->Get().scan;
  const ImageGeometry & geometry = result.columns->GetGeometry();
  const Eigen::Vector2d scale = geometry.VectorScale();
  const std::string unit = geometry.calibrated ? "_pm" : "_px";
  nlohmann::json json;
  json["correction"] = ToString(scan.applied);
  json["reason"] = scan.reason;
  json["line_shift_sd" + unit] = Pair(scan.lineDeviation.cwiseProduct(scale));
  json["line_shift_left_sd" + unit] = Pair(scan.lineDeviationLeft.cwiseProduct(scale));
  json["own_scatter_sd" + unit] = Pair(scan.ownDeviation.cwiseProduct(scale));
  json["common_over_chance"] = Pair(scan.commonOverChance);
  json["common_over_chance_needed"] = Pair(scan.commonNeeded);
  json["line_memory_px"] = Pair(scan.lineMemory);
  json["lattice_rows_crossed"] = Rounded(scan.rowsCrossed);
  json["line_coverage"] = Pair(scan.coverage);
  json["columns_distrusted"] = scan.columnsDistrusted;
  json["scatter_over_fit_error"] = Pair(scan.scatterOverFit);
  json["scatter_over_error"] = Pair(scan.scatterOverError);
  json["errors_judged"] = JudgeScatter(scan);
  return json;
}

nlohmann::json
DescribeNullTest(const MapResult & result, const Eigen::Vector2d & upperLeft, const Eigen::Vector2d & lowerRight)
{
  if (!result.cells || result.cells->Size() == 0)
  {
    return nullptr;
  }
  const MeanPolarization mean = MeasureMeanPolarization(*result.cells, *result.columns, upperLeft, lowerRight);
  if (mean.cells == 0)
  {
    return nullptr;
  }
  const ImageGeometry & geometry = result.columns->GetGeometry();
  const Eigen::Vector2d scale = geometry.VectorScale();
  const std::string unit = geometry.calibrated ? "pm" : "px";
  const Eigen::Matrix2d covariance = mean.GetCovariance();
  const Eigen::Vector2d error = covariance.diagonal().cwiseMax(0.0).cwiseSqrt().cwiseProduct(scale);
  const Eigen::Vector2d fit = mean.fit.diagonal().cwiseMax(0.0).cwiseSqrt().cwiseProduct(scale);
  const Eigen::Vector2d lines = mean.lineVariance.cwiseMax(0.0).cwiseSqrt().cwiseProduct(scale);
  const Eigen::Vector2d own = mean.ownVariance.cwiseSqrt().cwiseProduct(scale);
  const Eigen::Vector2d value = mean.mean.cwiseProduct(scale);
  const double determinant = covariance.determinant();
  const double square =
    determinant > 0.0 ? mean.mean.dot(covariance.inverse() * mean.mean) : std::numeric_limits<double>::quiet_NaN();
  // Two degrees of freedom: chance reaches this square with the probability exp(-square / 2).
  const double chance = std::exp(-0.5 * square);
  const double rest = std::sqrt(std::max(0.0, value.squaredNorm() - error.squaredNorm()));
  const bool region = upperLeft != lowerRight;

  nlohmann::json json;
  json["region"] = region ? "reference region" : "whole image";
  json["cells"] = mean.cells;
  json["mean_" + unit] = Pair(value);
  json["error_" + unit] = Pair(error);
  json["error_fit_" + unit] = Pair(fit);
  json["error_scan_lines_" + unit] = Pair(lines);
  json["error_own_scatter_" + unit] = Pair(own);
  json["chi_squared"] = Rounded(square);
  json["probability_by_chance"] = Rounded(chance);
  json["remains_" + unit] = Rounded(rest);
  json["cell_scatter_" + unit] = Pair(mean.scatter.cwiseProduct(scale));
  json["cell_error_" + unit] = Pair(mean.cellError.cwiseProduct(scale));

  std::ostringstream text;
  text << "The mean P of the " << mean.cells << " cells without a flag" << (region ? " in the reference region" : "")
       << " is " << Words(value, geometry) << ' ' << unit << " with a standard error of " << Words(error, geometry)
       << ' ' << unit << ": " << Words(fit, geometry) << " by the noise of the pixels, " << Words(lines, geometry)
       << " by shifts of scan lines, " << Words(own, geometry) << " by the own scatter of the columns. ";
  constexpr double Unlikely = 0.01;
  text.precision(2);
  if (!(chance < Unlikely))
  {
    text << "It agrees with zero.";
  }
  else
  {
    text << std::fixed << "Noise and scan do not explain it: " << rest << ' ' << unit
         << " remain. They are polarization if the specimen is polar there; in a specimen that is not, they are what "
            "tilt, aberrations and the shape of the columns leave, and a map of the same specimen is wrong by as much.";
  }
  json["sentence"] = text.str();
  return json;
}
} // namespace ferro
