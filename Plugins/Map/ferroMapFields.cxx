#include "ferroMapFields.h"

#include "ferroDomainSegmentationFilter.h"
#include "ferroFieldTables.h"
#include "ferroFieldTopologyFilter.h"
#include "ferroLocalAverageFilter.h"
#include "ferroResultTables.h"
#include "ferroVtkFiles.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace ferro
{
namespace
{
constexpr double Degrees = 57.295779513082320877;

nlohmann::json
Number(double value, double step)
{
  if (!std::isfinite(value))
  {
    return nullptr;
  }
  const double inverse = std::round(1.0 / step);
  return std::round(value * inverse) / inverse;
}

bool
HasCells(const MapResult & result)
{
  return result.cells && result.cells->Size() > 0;
}

/** A number with a true minus sign. */
std::string
Text(double value, int digits)
{
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return text[0] == '-' ? "−" + std::string(text + 1) : std::string(text);
}

/** "1.23 ± 0.04", with the decimals that the error needs. */
std::string
WithError(double value, double error)
{
  int digits = 2;
  if (error > 0.0 && std::isfinite(error))
  {
    digits = std::clamp(1 - static_cast<int>(std::floor(std::log10(error))), 0, 6);
  }
  return Text(value, digits) + " ± " + Text(error, digits);
}

std::string
DescribeWidth(const DomainWall & wall)
{
  if (!std::isfinite(wall.width))
  {
    return "too few cells";
  }
  const std::string high = std::isfinite(wall.widthHigh) ? Text(wall.widthHigh, 2) : "any";
  if (wall.widthLow <= 0.0)
  {
    return "below " + high;
  }
  return Text(wall.width, 2) + " (" + Text(wall.widthLow, 2) + " to " + high + ")";
}

nlohmann::json
DescribeDomains(const DomainMap::Values & map, const ImageGeometry & geometry)
{
  const std::string p = geometry.calibrated ? "_pm" : "_px";
  const std::string length = geometry.calibrated ? "_nm" : "_px";
  nlohmann::json json = {{"description", map.description},
                         {"domains", map.domains.size()},
                         {"walls", map.walls.size()},
                         {"cells_not_polar", map.cellsNotPolar},
                         {"not_polar_fraction", Number(map.notPolarFraction, 1e-5)},
                         {"not_polar_fraction_error", Number(map.notPolarFractionError, 1e-5)},
                         {"threshold" + p, Number(map.threshold, 1e-5)}};
  json["variants"] = nlohmann::json::array();
  for (const DomainVariant & variant : map.variants)
  {
    json["variants"].push_back(
      {{"mean" + p, {Number(variant.mean.x(), 1e-4), Number(variant.mean.y(), 1e-4)}},
       {"mean_error" + p, {Number(variant.meanError.x(), 1e-4), Number(variant.meanError.y(), 1e-4)}},
       {"angle_deg", Number(std::atan2(-variant.mean.y(), variant.mean.x()) * Degrees, 1e-2)},
       {"spread" + p, Number(variant.spread, 1e-4)},
       {"cells", variant.cells},
       {"area_fraction", Number(variant.areaFraction, 1e-5)},
       {"area_fraction_error", Number(variant.areaFractionError, 1e-5)}});
  }
  double total = 0.0;
  for (const DomainWall & wall : map.walls)
  {
    total += wall.first > 0 ? wall.length : 0.0;
  }
  json["wall_length" + length] = Number(total, 1e-4);
  return json;
}

nlohmann::json
DescribeTopology(const FieldTopology::Values & topology)
{
  // A normal number lies beyond 4 standard deviations with a probability of 6.33e-5.
  constexpr double Beyond = 4.0;
  constexpr double Probability = 6.334e-5;
  long cells = 0;
  long divergent = 0;
  long curled = 0;
  for (const FieldDerivative & d : topology.derivatives)
  {
    cells += std::isfinite(d.divergence);
    divergent += std::abs(d.divergence) > Beyond * d.divergenceError;
    curled += std::abs(d.curl) > Beyond * d.curlError;
  }
  nlohmann::json json = {{"cells", cells},
                         {"divergence_beyond_4_sigma", divergent},
                         {"curl_beyond_4_sigma", curled},
                         {"expected_beyond_4_sigma", Number(Probability * static_cast<double>(cells), 1e-4)},
                         {"rings_tested", topology.ringsTested},
                         {"significance_needed", Number(topology.significanceNeeded, 1e-3)},
                         {"expected_false_vortices", topology.expectedFalseVortices}};
  json["vortices"] = nlohmann::json::array();
  for (const FieldVortex & vortex : topology.vortices)
  {
    json["vortices"].push_back(
      {{"winding", vortex.winding},
       {"position_px", {Number(vortex.position.x(), 1e-3), Number(vortex.position.y(), 1e-3)}},
       {"position_error_px", {Number(vortex.positionError.x(), 1e-3), Number(vortex.positionError.y(), 1e-3)}},
       {"significance", Number(vortex.significance, 1e-2)}});
  }
  return json;
}
} // namespace

void
DeclareFields(CommandDeclaration & declaration)
{
  declaration.Add(ParameterType::Number, "averageCells")
    .Label("Radius of local means")
    .Help(
      "Also averages P over the cells within this radius, weighted by their errors, within each domain; 0: no. P as "
      "measured stays what it is.")
    .Unit("cells")
    .Default(0.0)
    .Range(0.0, 20.0);
  declaration.Add(ParameterType::Boolean, "averageAcrossWalls")
    .Label("Average across walls")
    .Help("Local means also take cells of other domains.")
    .Default(false)
    .Advanced();
  declaration.Add(ParameterType::Number, "falseAlarmProbability")
    .Label("Probability of a false flag")
    .Help(
      "Probability that noise alone flags a column as outlier, and the same as faint. 0: only gross ones are flagged.")
    .Default(1e-4)
    .Range(0.0, 0.1)
    .Advanced();
  declaration.Add(ParameterType::Number, "polarThresholdPm")
    .Label("Threshold of polar domains")
    .Help("Directions whose mean displacement is smaller count as not polar.")
    .Unit("pm")
    .Default(3.0)
    .Range(0.0, 1000.0)
    .Advanced();
  declaration.Add(ParameterType::Integer, "minimumDomainCells")
    .Label("Smallest domain")
    .Help("Regions of fewer cells join their surroundings.")
    .Unit("cells")
    .Default(6)
    .Range(1, 1000000)
    .Advanced();
}

void
AnalyzeFields(const CommandContext & context, MapResult & result)
{
  if (!HasCells(result))
  {
    return;
  }
  auto segmentation = DomainSegmentationFilter::New();
  segmentation->SetInput(result.cells);
  segmentation->SetColumns(result.columns);
  segmentation->SetPolarThresholdPm(context.GetNumber("polarThresholdPm"));
  segmentation->SetMinimumCells(static_cast<int>(context.GetInteger("minimumDomainCells")));
  segmentation->Update();
  result.cells = segmentation->GetOutput();
  result.domains = segmentation->GetDomains();
  auto topology = FieldTopologyFilter::New();
  topology->SetInput(result.cells);
  topology->SetColumns(result.columns);
  topology->Update();
  result.topology = topology->GetOutput();
  if (context.GetNumber("averageCells") > 0.0)
  {
    auto average = LocalAverageFilter::New();
    average->SetInput(result.cells);
    average->SetColumns(result.columns);
    average->SetRadiusCells(context.GetNumber("averageCells"));
    average->SetAcrossWalls(context.GetBoolean("averageAcrossWalls"));
    average->Update();
    result.averaged = average->GetOutput();
  }
}

void
WriteFieldTables(const MapResult & result, OutputFolder & folder)
{
  if (!result.domains || !result.topology)
  {
    return;
  }
  const ImageGeometry & geometry = result.cells->GetGeometry();
  WriteDomainTable(*result.domains, geometry, folder.Path("domains.csv"));
  WriteWallTable(*result.domains, geometry, folder.Path("walls.csv"));
  WriteWallsVtp(*result.domains, geometry, folder.Path("walls.vtp"));
  WriteTopologyTable(*result.cells, *result.topology, folder.Path("topology.csv"));
  WriteVortexTable(*result.topology, geometry, folder.Path("vortices.csv"));
  if (result.averaged)
  {
    WriteCellTable(*result.averaged, folder.Path("cells_averaged.csv"));
  }
}

void
DescribeFields(const CommandContext & context, const MapResult & result, nlohmann::json & summary)
{
  if (!result.domains || !result.topology)
  {
    return;
  }
  const ImageGeometry & geometry = result.cells->GetGeometry();
  summary["domains"] = DescribeDomains(result.domains->Get(), geometry);
  summary["topology"] = DescribeTopology(result.topology->Get());
  if (!result.averaged)
  {
    return;
  }
  std::vector<double> before;
  std::vector<double> after;
  const Eigen::Vector2d scale = geometry.VectorScale();
  const auto error = [&](const UnitCell & cell)
  { return std::sqrt(0.5 * cell.covariance.diagonal().cwiseProduct(scale.cwiseAbs2()).sum()); };
  for (std::size_t k = 0; k < result.cells->Size(); ++k)
  {
    const UnitCell & cell = result.cells->GetCells()[k];
    if (cell.flags == FlagNone)
    {
      before.push_back(error(cell));
      after.push_back(error(result.averaged->GetCells()[k]));
    }
  }
  const auto median = [](std::vector<double> values)
  {
    if (values.empty())
    {
      return std::numeric_limits<double>::quiet_NaN();
    }
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
  };
  const std::string unit = geometry.calibrated ? "_pm" : "_px";
  summary["averages"] = {{"radius_cells", context.GetNumber("averageCells")},
                         {"across_walls", context.GetBoolean("averageAcrossWalls")},
                         {"median_error_before" + unit, Number(median(before), 1e-4)},
                         {"median_error" + unit, Number(median(after), 1e-4)}};
}

nlohmann::json
DescribeDefects(const DefectStatistics & defects)
{
  nlohmann::json json = {{"false_alarm_probability", defects.falseAlarmProbability}};
  const char * names[] = {"A", "B"};
  for (std::size_t n = 0; n < 2; ++n)
  {
    const auto describe = [](const DefectStatistics::Test & test)
    {
      return nlohmann::json{{"tested", test.tested},
                            {"found", test.found},
                            {"expected_false_alarms", Number(test.expected, 1e-4)},
                            {"scatter_over_error", Number(test.scatterOverError, 1e-3)}};
    };
    json[names[n]] = {{"vacancies", defects.vacancies[n]},
                      {"displaced", describe(defects.positions[n])},
                      {"faint", describe(defects.heights[n])}};
  }
  return json;
}

nlohmann::json
MakeFieldTables(const MapResult & result, const DefectStatistics & defects)
{
  nlohmann::json tables = nlohmann::json::array();
  if (!result.domains || !result.topology)
  {
    return tables;
  }
  const ImageGeometry & geometry = result.cells->GetGeometry();
  const std::string p = geometry.calibrated ? " (pm)" : " (px)";
  const std::string length = geometry.calibrated ? " (nm)" : " (px)";
  constexpr std::size_t MostRows = 20;
  const auto & map = result.domains->Get();
  std::string first = map.description;
  first[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(first[0])));
  nlohmann::json domains = {
    {"title", "Domains"},
    {"text", first + "." + (map.domains.size() > MostRows ? " The largest ones; all stand in domains.csv." : "")},
    {"columns", {"domain", "cells", "share of area (%)", "P right" + p, "P down" + p, "length" + p, "direction (°)"}},
    {"rows", nlohmann::json::array()}};
  for (std::size_t n = 0; n < std::min(MostRows, map.domains.size()); ++n)
  {
    const Domain & d = map.domains[n];
    const Eigen::Vector2d e = d.meanCovariance.diagonal().cwiseMax(0.0).cwiseSqrt();
    domains["rows"].push_back({std::to_string(n + 1), std::to_string(d.cells),
                               WithError(100.0 * d.areaFraction, 100.0 * d.areaFractionError),
                               WithError(d.mean.x(), e.x()), WithError(d.mean.y(), e.y()), Text(d.mean.norm(), 2),
                               Text(std::atan2(-d.mean.y(), d.mean.x()) * Degrees, 1)});
  }
  if (map.cellsNotPolar > 0)
  {
    domains["rows"].push_back({"not polar", std::to_string(map.cellsNotPolar),
                               WithError(100.0 * map.notPolarFraction, 100.0 * map.notPolarFractionError), "", "", "",
                               ""});
  }
  tables.push_back(domains);
  if (!map.walls.empty())
  {
    nlohmann::json walls = {
      {"title", "Walls"},
      {"text",
       "Width w of tanh(2 d / w) across the wall with its 68 % interval; how far P turns, as projected; jump of "
       "P along the wall's normal (positive: tail to tail, negative: head to head)." +
         std::string(map.walls.size() > MostRows ? " The longest ones; all stand in walls.csv." : "")},
      {"columns", {"between", "kind", "length" + length, "angle (°)", "width" + length, "P turns by (°)", "jump" + p}},
      {"rows", nlohmann::json::array()}};
    for (std::size_t n = 0; n < std::min(MostRows, map.walls.size()); ++n)
    {
      const DomainWall & w = map.walls[n];
      walls["rows"].push_back({(w.first > 0 ? std::to_string(w.first) : "not polar") + ", " + std::to_string(w.second),
                               w.Kind(), Text(w.length, 2), WithError(w.angle * Degrees, w.angleError * Degrees),
                               DescribeWidth(w),
                               std::isfinite(w.turn) ? WithError(w.turn * Degrees, w.turnError * Degrees) : "",
                               WithError(w.normalJump, w.normalJumpError)});
    }
    tables.push_back(walls);
  }
  const auto & topology = result.topology->Get();
  if (!topology.vortices.empty())
  {
    nlohmann::json vortices = {
      {"title", "Vortices and antivortices"},
      {"text", "Places around which the directions turn once or more, and by how many standard "
               "deviations; in an image without polarization " +
                 Text(topology.expectedFalseVortices, 3) + " are expected by chance."},
      {"columns", {"winding", "x (px)", "y (px)", "significance"}},
      {"rows", nlohmann::json::array()}};
    for (const FieldVortex & v : topology.vortices)
    {
      vortices["rows"].push_back({std::to_string(v.winding), WithError(v.position.x(), v.positionError.x()),
                                  WithError(v.position.y(), v.positionError.y()), Text(v.significance, 1)});
    }
    tables.push_back(vortices);
  }
  nlohmann::json flagged = {{"title", "Vacancies and columns that stand out"},
                            {"text", "Found, and in brackets what noise alone would give. All stand in defects.csv."},
                            {"columns", {"sublattice", "vacancies", "displaced (by chance)", "faint (by chance)"}},
                            {"rows", nlohmann::json::array()}};
  const auto describe = [](const DefectStatistics::Test & test)
  { return std::to_string(test.found) + " of " + std::to_string(test.tested) + " (" + Text(test.expected, 2) + ")"; };
  for (std::size_t n = 0; n < 2; ++n)
  {
    flagged["rows"].push_back({n == 0 ? "A" : "B", std::to_string(defects.vacancies[n]), describe(defects.positions[n]),
                               describe(defects.heights[n])});
  }
  tables.push_back(flagged);
  return tables;
}
} // namespace ferro
