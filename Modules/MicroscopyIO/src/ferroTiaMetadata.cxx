#include "ferroTiaMetadata.h"

#include "ferroAxisUnits.h"
#include "ferroErrors.h"
#include "ferroInputFile.h"
#include "ferroXmlText.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr std::uint64_t MaximumXml = 16U << 20;

// The index-th <ObjectInfo>...</ObjectInfo> of a file that is binary otherwise.
std::string
ObjectInfo(const InputFile & file, int index)
{
  const std::string open = "<ObjectInfo>";
  const std::string close = "</ObjectInfo>";
  constexpr std::uint64_t piece = 1U << 20;
  int seen = 0;
  for (std::uint64_t at = 0; at < file.GetSize(); at += piece)
  {
    const std::uint64_t length = std::min(piece + open.size() - 1, file.GetSize() - at);
    const std::string text = file.ReadText(at, length, "the EMI file");
    for (std::size_t hit = text.find(open); hit != std::string::npos; hit = text.find(open, hit + 1))
    {
      if (++seen == index)
      {
        const std::string xml =
          file.ReadText(at + hit, std::min(MaximumXml, file.GetSize() - at - hit), "the EMI file");
        const std::size_t end = xml.find(close);
        return end == std::string::npos ? std::string() : xml.substr(0, end);
      }
    }
  }
  return {};
}
} // namespace

TiaMetadata
ReadTiaMetadata(const std::filesystem::path & serFile)
{
  TiaMetadata result;
  const std::string stem = serFile.stem().string();
  const std::size_t underscore = stem.rfind('_');
  if (underscore == std::string::npos)
  {
    return result;
  }
  const double index = ParseNumber(stem.substr(underscore + 1));
  const std::filesystem::path emi = serFile.parent_path() / (stem.substr(0, underscore) + ".emi");
  std::error_code error;
  if (!(index >= 1 && index < 1000) || !std::filesystem::is_regular_file(emi, error))
  {
    return result;
  }
  try
  {
    const InputFile file(emi);
    const std::string xml = ObjectInfo(file, static_cast<int>(index));
    const auto keep = [&](const char * key, const std::string & value)
    {
      if (!value.empty())
      {
        result.values[key] = value;
      }
    };
    const auto keepNumber = [&](const char * key, const std::string & text, double factor)
    {
      const double value = ParseNumber(text);
      if (std::isfinite(value))
      {
        result.values[key] = NumberText(value * factor);
      }
    };
    const auto [tension, tensionUnit] = XmlEntry(xml, "High tension");
    keepNumber("beam_energy_kV", tension, tensionUnit == "V" ? 1e-3 : 1.0);
    keepNumber("magnification", XmlEntry(xml, "Magnification").first, 1.0);
    const auto [length, lengthUnit] = XmlEntry(xml, "Camera length");
    keepNumber("camera_length_mm", length, lengthUnit == "mm" ? 1.0 : 1e3);
    keepNumber("scan_rotation_deg", XmlEntry(xml, "Stem rotation").first, 1.0);
    keepNumber("stage_alpha_deg", XmlEntry(xml, "Stage A").first, 1.0);
    keepNumber("stage_beta_deg", XmlEntry(xml, "Stage B").first, 1.0);
    const std::string mode = XmlEntry(xml, "Mode").first;
    keep("mode", mode);
    keep("microscope", XmlEntry(xml, "Microscope").first);
    keep("date", XmlElement(xml, "AcquireDate"));
    keepNumber("dwell_time_us", XmlElement(xml, "DwellTimePath"), 1e6);
    const std::string camera = XmlElement(xml, "CameraNamePath");
    keep("camera", camera);
    // In STEM mode the lenses are set for diffraction while a scanning detector makes a real-space image. A camera in
    // that mode makes a pattern, but some files have the descriptions of their detectors in another order than the
    // series: then the numbers must tell.
    result.reciprocal = mode.find("STEM") == std::string::npos && mode.find("Diffraction") != std::string::npos;
  }
  catch (const Error &)
  {
    return {};
  }
  return result;
}
} // namespace ferro
