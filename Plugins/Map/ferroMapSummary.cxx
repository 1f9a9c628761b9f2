#include "ferroMapSummary.h"

#include "ferroCrystal.h"
#include "ferroMeanPolarization.h"

#include "itkMetaDataObject.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <locale>
#include <sstream>

namespace ferro
{
namespace
{
constexpr double Degrees = 180.0 / 3.14159265358979323846;

/** A number rounded to a sensible count of digits; null when it is not finite. */
nlohmann::json
Number(double value, double step = 1e-6)
{
  if (!std::isfinite(value))
  {
    return nullptr;
  }
  const double inverse = std::round(1.0 / step); // whole, so that 0.38 stays 0.38
  return std::round(value * inverse) / inverse;
}

nlohmann::json
Pair(const Eigen::Vector2d & value, double step = 1e-4)
{
  return nlohmann::json::array({Number(value.x(), step), Number(value.y(), step)});
}

double
Median(std::vector<double> values)
{
  if (values.empty())
  {
    return std::numeric_limits<double>::quiet_NaN();
  }
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

nlohmann::json
DescribeImage(const CommandContext & context, const MapResult & result)
{
  const ImageGeometry geometry = GetImageGeometry(*result.image);
  std::string title;
  itk::ExposeMetaData<std::string>(result.image->GetMetaDataDictionary(), TitleKey, title);
  return {{"file", context.GetText("image")},
          {"title", title},
          {"width_px", geometry.width},
          {"height_px", geometry.height},
          {"calibrated", geometry.calibrated},
          {"pixel_size_nm", geometry.calibrated ? Pair(geometry.pixelSizeNm, 1e-9) : nlohmann::json()},
          {"calibrated_by", !geometry.calibrated         ? nlohmann::json()
                            : context.Has("calibrate")   ? nlohmann::json("lattice: " + context.GetText("calibrate"))
                            : context.Has("pixelSizeNm") ? nlohmann::json("user")
                                                         : nlohmann::json("file")}};
}

nlohmann::json
DescribeLattice(const MapResult & result)
{
  const auto & lattice = result.lattice->Get();
  const ImageGeometry geometry = GetImageGeometry(*result.image);
  const Eigen::Vector2d a = geometry.ToPhysical(lattice.a);
  const Eigen::Vector2d b = geometry.ToPhysical(lattice.b);
  const std::string length = geometry.calibrated ? "_nm" : "_px";
  const std::string displacement = geometry.calibrated ? "_pm" : "_px";
  const Eigen::Vector2d scale = geometry.VectorScale();
  nlohmann::json json = {{"kind", ToString(lattice.kind)}, {"description", lattice.description}};
  json["a" + length] = Number(a.norm());
  json["b" + length] = Number(b.norm());
  json["gamma_deg"] = Number(std::acos(std::clamp(a.dot(b) / (a.norm() * b.norm()), -1.0, 1.0)) * Degrees, 1e-4);
  json["rotation_deg"] = Number(std::atan2(-a.y(), a.x()) * Degrees, 1e-4);
  json["rms_deviation_A" + displacement] = Pair(lattice.rmsDeviationA.cwiseProduct(scale));
  json["rms_deviation_B" + displacement] = Pair(lattice.rmsDeviationB.cwiseProduct(scale));
  json["brightness_vote"] = Number(lattice.brightnessVote, 1e-4);
  return json;
}

nlohmann::json
DescribePolarization(const MapResult & result)
{
  nlohmann::json json = {{"defined", result.lattice->IsPolarizationDefined()}};
  if (!result.cells || result.cells->Size() == 0)
  {
    return json;
  }
  const ImageGeometry geometry = GetImageGeometry(*result.image);
  const Eigen::Vector2d scale = geometry.VectorScale();
  Eigen::Vector2d sum = Eigen::Vector2d::Zero();
  Eigen::Vector2d squares = Eigen::Vector2d::Zero();
  std::vector<double> magnitudes;
  std::vector<double> errors;
  double count = 0.0;
  for (const auto & cell : result.cells->GetCells())
  {
    if (cell.flags != FlagNone || !cell.polarization.allFinite())
    {
      continue;
    }
    const Eigen::Vector2d p = cell.polarization.cwiseProduct(scale);
    sum += p;
    squares += p.cwiseAbs2();
    count += 1.0;
    magnitudes.push_back(p.norm());
    const Eigen::Vector2d variance = cell.covariance.diagonal().cwiseProduct(scale.cwiseAbs2());
    errors.push_back(std::sqrt(0.5 * variance.sum()));
  }
  if (count < 1.0)
  {
    return json;
  }
  const Eigen::Vector2d mean = sum / count;
  const MeanPolarization measured =
    MeasureMeanPolarization(*result.cells, *result.columns, Eigen::Vector2d::Zero(), Eigen::Vector2d::Zero());
  const Eigen::Vector2d error = measured.GetCovariance().diagonal().cwiseMax(0.0).cwiseSqrt().cwiseProduct(scale);
  const std::string unit = geometry.calibrated ? "_pm" : "_px";
  json["cells_used"] = static_cast<long>(count);
  json["mean" + unit] = Pair(mean);
  json["mean_error" + unit] = Pair(error);
  json["rms" + unit] = Number(std::sqrt(squares.sum() / count), 1e-4);
  json["median_magnitude" + unit] = Number(Median(magnitudes), 1e-4);
  json["median_error" + unit] = Number(Median(errors), 1e-4);
  json["subtracted" + unit] = Pair(result.cells->GetSubtractedReference().cwiseProduct(scale));
  return json;
}

long
CountFlagged(const AtomColumnSet & columns)
{
  const auto & container = columns.GetColumns();
  return std::count_if(container.begin(), container.end(), [](const auto & c) { return c.flags != FlagNone; });
}

long
CountFlagged(const UnitCellSet & cells)
{
  const auto & container = cells.GetCells();
  return std::count_if(container.begin(), container.end(), [](const auto & c) { return c.flags != FlagNone; });
}
} // namespace

void
WarnOfDoubts(CommandContext & context, const MapResult & result)
{
  const auto & lattice = result.lattice->Get();
  if (!result.lattice->IsPolarizationDefined())
  {
    context.Warn(lattice.description);
  }
  else if (!result.cells || result.cells->Size() == 0)
  {
    context.Warn("no unit cell has all of its four corners in the image");
  }
  const auto & columns = result.columns->GetColumns();
  const auto doubtful =
    std::count_if(columns.begin(), columns.end(),
                  [](const auto & c) { return (c.flags & ~static_cast<std::uint32_t>(FlagEdge)) != FlagNone; });
  if (20 * static_cast<std::size_t>(doubtful) > columns.size())
  {
    std::ostringstream message;
    message
      << doubtful << " of " << columns.size()
      << " columns are flagged for other reasons than the edge of the image: look at them in the figure of the columns";
    context.Warn(message.str());
  }
  const Crystal * crystal = FindCrystal(context.GetText("material"));
  const ImageGeometry geometry = GetImageGeometry(*result.image);
  constexpr double Tolerance = 0.03;
  if (crystal && geometry.calibrated && lattice.kind == LatticeKind::Perovskite100)
  {
    for (const auto & [name, vector] : {std::make_pair("a", lattice.a), std::make_pair("b", lattice.b)})
    {
      const double length = geometry.ToPhysical(vector).norm();
      // A tetragonal cell may show either of its edges, and domains of both anything between.
      const double nearest = std::clamp(length, crystal->shortestNm, crystal->longestNm);
      if (std::abs(length / nearest - 1.0) > Tolerance)
      {
        std::ostringstream message;
        message.imbue(std::locale::classic());
        message.precision(4);
        message << "the cell edge " << name << " of " << length << " nm differs by " << std::showpos
                << 100.0 * (length / nearest - 1.0) << std::noshowpos << " % from the " << nearest << " nm of "
                << crystal->name << ": the calibration of the image may be off (see --calibrate)";
        context.Warn(message.str());
      }
    }
  }
}

nlohmann::json
Summarize(const CommandContext & context, const MapResult & result)
{
  const auto & lattice = result.lattice->Get();
  nlohmann::json summary = context.GetProvenance();
  summary["image"] = DescribeImage(context, result);
  summary["columns"] = {{"total", result.columns->Size()},
                        {"A", lattice.countA},
                        {"B", lattice.countB},
                        {"other", lattice.countOther},
                        {"flagged", CountFlagged(*result.columns)}};
  summary["cells"] = {{"total", result.cells ? result.cells->Size() : 0},
                      {"flagged", result.cells ? CountFlagged(*result.cells) : 0}};
  summary["lattice"] = DescribeLattice(result);
  summary["polarization"] = DescribePolarization(result);
  summary["noise"] = {{"gain", result.columns->GetNoiseGain()}, {"offset", result.columns->GetNoiseOffset()}};
  summary["column_sigma_px"] = Number(result.columns->GetColumnSigma(), 1e-4);
  return summary;
}

std::string
DescribeResult(const nlohmann::json & summary)
{
  std::ostringstream text;
  text << summary["columns"]["A"] << " A and " << summary["columns"]["B"] << " B columns, " << summary["cells"]["total"]
       << " cells";
  const auto & polarization = summary["polarization"];
  const std::string unit = polarization.contains("median_error_pm") ? "pm" : "px";
  if (polarization.contains("median_error_" + unit))
  {
    text.precision(3);
    text << ", |P| " << polarization["median_magnitude_" + unit].get<double>() << ' ' << unit << " (median), error "
         << polarization["median_error_" + unit].get<double>() << ' ' << unit << " per cell and axis";
  }
  return text.str();
}
} // namespace ferro
