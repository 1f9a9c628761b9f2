#include "ferroVeloxMetadata.h"

#include "ferroAxisUnits.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

namespace ferro
{
namespace
{
constexpr int MaximumDepth = 64;
constexpr std::size_t MaximumLength = 16U << 20;

// Whether brackets are nested deeper than any real file has them.
bool
TooDeep(const std::string & text)
{
  int depth = 0;
  bool inText = false;
  for (std::size_t i = 0; i < text.size(); ++i)
  {
    const char c = text[i];
    if (inText)
    {
      if (c == '\\')
      {
        ++i;
      }
      else if (c == '"')
      {
        inText = false;
      }
    }
    else if (c == '"')
    {
      inText = true;
    }
    else if ((c == '{' || c == '[') && ++depth > MaximumDepth)
    {
      return true;
    }
    else if (c == '}' || c == ']')
    {
      --depth;
    }
  }
  return false;
}

int
HexDigit(char c)
{
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}
} // namespace

VeloxDocument::VeloxDocument(const std::string & text)
{
  if (!text.empty() && text.size() <= MaximumLength && !TooDeep(text))
  {
    m_Json = nlohmann::json::parse(text, nullptr, false);
  }
}

const nlohmann::json *
VeloxDocument::Find(std::initializer_list<const char *> keys) const
{
  const nlohmann::json * place = &m_Json;
  for (const char * key : keys)
  {
    if (!place->is_object())
    {
      return nullptr;
    }
    const auto found = place->find(key);
    if (found == place->end())
    {
      return nullptr;
    }
    place = &*found;
  }
  return place;
}

std::string
VeloxDocument::Text(std::initializer_list<const char *> keys) const
{
  const nlohmann::json * value = this->Find(keys);
  if (value == nullptr)
  {
    return {};
  }
  if (value->is_string())
  {
    return CleanText(value->get<std::string>());
  }
  return value->is_number() ? NumberText(value->get<double>(), 17) : std::string();
}

std::vector<std::pair<std::string, int>>
VeloxDocument::Outputs() const
{
  std::vector<std::pair<std::string, int>> result;
  const nlohmann::json * outputs = this->Find({"outputs"});
  if (outputs == nullptr || !outputs->is_array())
  {
    return result;
  }
  for (const nlohmann::json & output : *outputs)
  {
    if (output.is_object() && output.contains("operation") && output["operation"].is_string())
    {
      const std::string index = output.contains("inputIndex") && output["inputIndex"].is_string()
                                  ? output["inputIndex"].get<std::string>()
                                  : "";
      result.emplace_back(output["operation"].get<std::string>(), index == "0" ? 0 : index == "1" ? 1 : -1);
    }
  }
  return result;
}

std::vector<VeloxDocument>
VeloxDocument::List(std::initializer_list<const char *> keys) const
{
  constexpr std::size_t most = 16;
  std::vector<VeloxDocument> result;
  const nlohmann::json * list = this->Find(keys);
  for (std::size_t k = 0; list != nullptr && list->is_array() && k < std::min(most, list->size()); ++k)
  {
    result.emplace_back("");
    result.back().m_Json = (*list)[k];
  }
  return result;
}

double
VeloxDocument::Number(std::initializer_list<const char *> keys) const
{
  return ParseNumber(this->Text(keys));
}

std::string
VeloxDetector(const VeloxDocument & metadata)
{
  const std::string name = metadata.Text({"BinaryResult", "Detector"});
  if (!name.empty())
  {
    return name;
  }
  const std::string index = metadata.Text({"BinaryResult", "DetectorIndex"});
  return metadata.Text({"Detectors", ("Detector-" + index).c_str(), "DetectorName"});
}

double
VeloxFrameTime(const VeloxDocument & metadata)
{
  const double scan = metadata.Number({"Scan", "FrameTime"});
  if (scan > 0.0)
  {
    return scan;
  }
  // A camera: what its detector says.
  const std::string index = metadata.Text({"BinaryResult", "DetectorIndex"});
  return metadata.Number({"Detectors", ("Detector-" + index).c_str(), "ExposureTime"});
}

void
FillVeloxMetadata(const VeloxDocument & metadata, const std::string & detector,
                  std::map<std::string, std::string> & values)
{
  const auto number = [&](const char * key, double value, double factor)
  {
    if (std::isfinite(value))
    {
      values[key] = NumberText(value * factor);
    }
  };
  const auto text = [&](const char * key, const std::string & value)
  {
    if (!value.empty())
    {
      values[key] = value;
    }
  };
  constexpr double degrees = 57.295779513082320877;
  number("beam_energy_kV", metadata.Number({"Optics", "AccelerationVoltage"}), 1e-3);
  number("camera_length_mm", metadata.Number({"Optics", "CameraLength"}), 1e3);
  number("convergence_mrad", metadata.Number({"Optics", "BeamConvergence"}), 1e3);
  const double magnification = metadata.Number({"CustomProperties", "StemMagnification", "value"});
  if (magnification > 0.0)
  {
    number("magnification", magnification, 1.0);
  }
  number("dwell_time_us", metadata.Number({"Scan", "DwellTime"}), 1e6);
  number("frame_time_s", metadata.Number({"Scan", "FrameTime"}), 1.0);
  number("scan_rotation_deg", metadata.Number({"Scan", "ScanRotation"}), degrees);
  number("stage_alpha_deg", metadata.Number({"Stage", "AlphaTilt"}), degrees);
  number("stage_beta_deg", metadata.Number({"Stage", "BetaTilt"}), degrees);
  const std::string index = metadata.Text({"BinaryResult", "DetectorIndex"});
  const std::string place = "Detector-" + index;
  number("exposure_s", metadata.Number({"Detectors", place.c_str(), "ExposureTime"}), 1.0);
  number("collection_inner_mrad", metadata.Number({"Detectors", place.c_str(), "CollectionAngleRange", "begin"}), 1e3);
  number("collection_outer_mrad", metadata.Number({"Detectors", place.c_str(), "CollectionAngleRange", "end"}), 1e3);
  text("detector", detector);
  text("microscope", metadata.Text({"Instrument", "InstrumentClass"}));
  const auto [date, time] = UnixDateTime(metadata.Number({"Acquisition", "AcquisitionStartDatetime", "DateTime"}));
  text("date", date);
  text("time", time.empty() ? time : time + " UTC");
}

std::string
DecodePercent(const std::string & text)
{
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i)
  {
    const int high = text[i] == '%' && i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = high >= 0 ? HexDigit(text[i + 2]) : -1;
    if (low >= 0)
    {
      result += static_cast<char>(16 * high + low);
      i += 2;
    }
    else
    {
      result += text[i];
    }
  }
  return CleanText(result);
}

std::pair<std::string, std::string>
UnixDateTime(double seconds)
{
  if (!(seconds >= 31536000.0 && seconds < 253402300800.0))
  {
    return {};
  }
  const auto whole = static_cast<long long>(seconds);
  // Days since 1970 to a date of the Gregorian calendar; years are counted from March.
  const long long days = whole / 86400 + 719468;
  const long long era = days / 146097;
  const long long ofEra = days % 146097;
  const long long yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36524 - ofEra / 146096) / 365;
  const long long dayOfYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const long long shifted = (5 * dayOfYear + 2) / 153;
  const long long day = dayOfYear - (153 * shifted + 2) / 5 + 1;
  const long long month = shifted < 10 ? shifted + 3 : shifted - 9;
  const long long year = 400 * era + yearOfEra + (month <= 2 ? 1 : 0);
  const long long second = whole % 86400;
  char date[48];
  char time[48];
  std::snprintf(date, sizeof(date), "%04lld-%02lld-%02lld", year, month, day);
  std::snprintf(time, sizeof(time), "%02lld:%02lld:%02lld", second / 3600, second / 60 % 60, second % 60);
  return {date, time};
}
} // namespace ferro
