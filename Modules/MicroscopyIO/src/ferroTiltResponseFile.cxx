#include "ferroTiltResponseFile.h"

#include "ferroErrors.h"
#include "ferroShippedFiles.h"
#include "ferroTextOutput.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <system_error>

namespace ferro
{
namespace
{
namespace fs = std::filesystem;
constexpr const char * Format = "ferroscope tilt response";
constexpr int Version = 1;

/** Asks for entries of an object and says where one is missing or of another kind. */
class Entry
{
public:
  Entry(const nlohmann::json & json, fs::path path, std::string place)
    : m_Json(json), m_Path(std::move(path)), m_Place(std::move(place))
  {
    if (!json.is_object())
    {
      this->Fail("found " + std::string(json.type_name()) + ", expected an object");
    }
  }
  double
  Number(const char * name) const
  {
    const auto found = m_Json.find(name);
    if (found == m_Json.end() || !found->is_number() || !std::isfinite(found->get<double>()))
    {
      this->Fail(std::string(name) + ": found " + (found == m_Json.end() ? "nothing" : found->type_name()) +
                 ", expected a finite number");
    }
    return found->get<double>();
  }
  std::string
  Text(const char * name) const
  {
    const auto found = m_Json.find(name);
    if (found == m_Json.end() || !found->is_string())
    {
      this->Fail(std::string(name) + ": found " + (found == m_Json.end() ? "nothing" : found->type_name()) +
                 ", expected text");
    }
    return found->get<std::string>();
  }
  bool
  Flag(const char * name) const
  {
    const auto found = m_Json.find(name);
    return found != m_Json.end() && found->is_boolean() && found->get<bool>();
  }
  const nlohmann::json &
  List(const char * name) const
  {
    const auto found = m_Json.find(name);
    if (found == m_Json.end() || !found->is_array() || found->empty())
    {
      this->Fail(std::string(name) + ": expected a list that is not empty");
    }
    return *found;
  }
  [[noreturn]] void
  Fail(const std::string & what) const
  {
    throw InputError(m_Path.string() + ": " + (m_Place.empty() ? "" : m_Place + ": ") + what);
  }

private:
  const nlohmann::json & m_Json;
  fs::path m_Path;
  std::string m_Place;
};

nlohmann::json
ReadJson(const fs::path & path)
{
  std::error_code error;
  if (!fs::is_regular_file(path, error))
  {
    throw InputError(path.string() + (fs::exists(path, error) ? ": not a regular file" : ": no such file"));
  }
  constexpr std::uintmax_t Largest = 16U << 20;
  const auto size = fs::file_size(path, error);
  if (error || size > Largest)
  {
    throw InputError(path.string() + ": found " + std::to_string(size) +
                     " bytes, expected a response table of at most 16777216");
  }
  std::ifstream stream(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object() || json.value("format", nlohmann::json()) != Format)
  {
    throw InputError(path.string() + ": not a response table: expected a JSON object with \"format\": \"" + Format +
                     "\"");
  }
  return json;
}
} // namespace

TiltResponse
ReadTiltResponse(const fs::path & path)
{
  const nlohmann::json json = ReadJson(path);
  const Entry head(json, path, "");
  if (head.Number("version") != Version)
  {
    head.Fail("version: found " + json["version"].dump() + ", expected " + std::to_string(Version));
  }
  TiltResponse response;
  response.material = head.Text("material");
  response.estimator = head.Text("estimator");
  response.recipe = head.Text("recipe");
  response.voltageKv = head.Number("voltage_kv");
  response.semiAngleMrad = head.Number("semi_angle_mrad");
  response.detectorInnerMrad = head.Number("detector_inner_mrad");
  response.detectorOuterMrad = head.Number("detector_outer_mrad");
  response.sourceSizeNm = head.Number("source_size_nm");
  response.fourfold = head.Flag("fourfold");
  for (const auto & item : head.List("series"))
  {
    const std::string place = "series " + std::to_string(response.series.size() + 1);
    const Entry entry(item, path, place);
    TiltResponseSeries series;
    series.thicknessNm = entry.Number("thickness_nm");
    if (series.thicknessNm <= 0.0 ||
        (!response.series.empty() && series.thicknessNm <= response.series.back().thicknessNm))
    {
      entry.Fail("thickness_nm: expected thicknesses above 0 in ascending order");
    }
    if (item.contains("polarization_pm"))
    {
      const auto & pair = entry.List("polarization_pm");
      if (pair.size() != 2 || !pair[0].is_number() || !pair[1].is_number())
      {
        entry.Fail("polarization_pm: found " + pair.dump() + ", expected two numbers");
      }
      series.polarizationPm = {pair[0].get<double>(), pair[1].get<double>()};
    }
    for (const auto & row : entry.List("points"))
    {
      const Entry point(row, path, place + ", point " + std::to_string(series.points.size() + 1));
      series.points.push_back({{point.Number("tilt_x_mrad"), point.Number("tilt_y_mrad")},
                               {point.Number("shift_a_x_pm"), point.Number("shift_a_y_pm")},
                               {point.Number("shift_b_x_pm"), point.Number("shift_b_y_pm")},
                               std::max(0.0, point.Number("error_pm"))});
    }
    response.series.push_back(std::move(series));
  }
  return response;
}

void
WriteTiltResponse(const TiltResponse & response, const fs::path & path)
{
  nlohmann::ordered_json json = {{"format", Format},
                                 {"version", Version},
                                 {"material", response.material},
                                 {"estimator", response.estimator},
                                 {"recipe", response.recipe},
                                 {"voltage_kv", response.voltageKv},
                                 {"semi_angle_mrad", response.semiAngleMrad},
                                 {"detector_inner_mrad", response.detectorInnerMrad},
                                 {"detector_outer_mrad", response.detectorOuterMrad},
                                 {"source_size_nm", response.sourceSizeNm},
                                 {"fourfold", response.fourfold}};
  const auto rounded = [](double value) { return std::round(1e4 * value) / 1e4 + 0.0; };
  json["series"] = nlohmann::ordered_json::array();
  for (const auto & series : response.series)
  {
    nlohmann::ordered_json entry = {{"thickness_nm", rounded(series.thicknessNm)}};
    if (series.polarizationPm.squaredNorm() > 0.0)
    {
      entry["polarization_pm"] = {rounded(series.polarizationPm.x()), rounded(series.polarizationPm.y())};
    }
    entry["points"] = nlohmann::ordered_json::array();
    for (const auto & point : series.points)
    {
      entry["points"].push_back({{"tilt_x_mrad", rounded(point.tiltMrad.x())},
                                 {"tilt_y_mrad", rounded(point.tiltMrad.y())},
                                 {"shift_a_x_pm", rounded(point.shiftAPm.x())},
                                 {"shift_a_y_pm", rounded(point.shiftAPm.y())},
                                 {"shift_b_x_pm", rounded(point.shiftBPm.x())},
                                 {"shift_b_y_pm", rounded(point.shiftBPm.y())},
                                 {"error_pm", rounded(point.errorPm)}});
    }
    json["series"].push_back(std::move(entry));
  }
  WriteBytes(path, json.dump(1) + "\n");
}

namespace
{
const ShippedFiles &
Shipped()
{
  static const ShippedFiles files("TiltResponse", ".json", "FERROSCOPE_TILT_RESPONSES");
  return files;
}
} // namespace

std::vector<std::string>
GetTiltResponseNames()
{
  return Shipped().GetNames();
}

fs::path
FindTiltResponse(const std::string & nameOrFile)
{
  return Shipped().Resolve(nameOrFile, "response table");
}
} // namespace ferro
