// Instrument's texts in TIFF files of FEI (Thermo Fisher) and Zeiss.
#include "ferroTiffVendors.h"

#include "ferroAxisUnits.h"
#include "ferroXmlText.h"

#include <cmath>

namespace ferro
{
namespace
{
// Where a section of the kind [Name] begins and ends.
std::string
Section(const std::string & text, const std::string & name)
{
  const std::size_t begin = text.find("[" + name + "]");
  if (begin == std::string::npos)
  {
    return {};
  }
  const std::size_t end = text.find("\n[", begin);
  return text.substr(begin, end == std::string::npos ? end : end - begin);
}

// Zeiss: the text behind "label =" or "label :" on the line that follows the key.
std::string
ZeissValue(const std::string & text, const std::string & key)
{
  for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at + 1))
  {
    const std::size_t end = at + key.size();
    const bool whole =
      (at == 0 || text[at - 1] == '\n') && end < text.size() && (text[end] == '\r' || text[end] == '\n');
    const std::size_t line = whole ? text.find_first_not_of("\r\n", end) : std::string::npos;
    if (line != std::string::npos)
    {
      const std::string value = text.substr(line, text.find_first_of("\r\n", line) - line);
      const std::size_t sign = value.find_first_of("=:");
      return sign == std::string::npos ? std::string() : CleanText(value.substr(sign + 1));
    }
  }
  return {};
}

// A number and what follows it: "50.00 K X" is 50 and "K X".
std::pair<double, std::string>
NumberAndUnit(const std::string & text)
{
  const std::size_t end = std::min(text.find_first_not_of("+-.0123456789eE"), text.size());
  return {ParseNumber(text.substr(0, end)), CleanText(text.substr(end))};
}
} // namespace

std::string
LineValue(const std::string & text, const std::string & key, std::size_t from)
{
  for (std::size_t at = text.find(key, from); at != std::string::npos; at = text.find(key, at + 1))
  {
    const bool lineStart = at == 0 || text[at - 1] == '\n' || text[at - 1] == '\r';
    std::size_t equals = at + key.size();
    while (equals < text.size() && text[equals] == ' ')
    {
      ++equals;
    }
    if (lineStart && equals < text.size() && text[equals] == '=')
    {
      const std::size_t end = text.find_first_of("\r\n", equals);
      return CleanText(text.substr(equals + 1, end == std::string::npos ? end : end - equals - 1));
    }
  }
  return {};
}

void
DescribeFei(const std::string & text, TiffDescription & result)
{
  result.format = "TIFF (FEI)";
  // The section of the scan; older and ion-beam files have it under the name of the beam.
  for (const char * name : {"Scan", "EScan", "IScan"})
  {
    const std::string scan = Section(text, name);
    if (result.x.unit.empty())
    {
      CalibrateAxis(result.x, ParseNumber(LineValue(scan, "PixelWidth")), 0.0, "m");
      CalibrateAxis(result.y, ParseNumber(LineValue(scan, "PixelHeight")), 0.0, "m");
    }
    const double dwell = ParseNumber(LineValue(scan, "Dwelltime"));
    if (std::isfinite(dwell) && dwell > 0.0)
    {
      result.metadata["dwell_time_us"] = NumberText(dwell * 1e6);
    }
  }
  if (result.x.unit.empty())
  {
    // The camera of the chamber does not scan: it has the size of its field.
    const std::string field = Section(text, "IRBeam");
    const std::string image = Section(text, "Image");
    const auto perPixel = [&](const char * size, const char * pixels)
    { return ParseNumber(LineValue(field, size)) / ParseNumber(LineValue(image, pixels)); };
    CalibrateAxis(result.x, perPixel("HFW", "ResolutionX"), 0.0, "m");
    CalibrateAxis(result.y, perPixel("VFW", "ResolutionY"), 0.0, "m");
  }
  const auto number = [&](const std::string & section, const char * key, const char * name, double factor)
  {
    const double value = ParseNumber(LineValue(section.empty() ? text : Section(text, section), key));
    if (std::isfinite(value))
    {
      result.metadata[name] = NumberText(value * factor);
    }
  };
  const auto keep = [&](const char * section, const char * key, const char * name)
  {
    const std::string value = LineValue(Section(text, section), key);
    if (!value.empty())
    {
      result.metadata[name] = value;
    }
  };
  number("", "HV", "beam_energy_kV", 1e-3);
  number("Beam", "ScanRotation", "scan_rotation_deg", 57.295779513082320877);
  number("Image", "Magnification", "magnification", 1.0);
  keep("User", "Date", "date");
  keep("User", "Time", "time");
  keep("System", "SystemType", "microscope");
  keep("Detectors", "Name", "detector");
}

void
DescribeFeiXml(const std::string & text, TiffDescription & result)
{
  result.format = "TIFF (FEI)";
  // <X unit="m" unitPrefixPower="1">6.5E-12</X>: the number is in the unit itself, whatever the power says.
  const std::string size = XmlElement(text, "PixelSize");
  const auto calibrate = [&size](AxisInfo & axis, const std::string & name)
  {
    const std::size_t at = size.find("<" + name);
    const std::string tag = at == std::string::npos ? std::string() : size.substr(at, size.find('>', at) - at);
    const std::string unit = XmlAttribute(tag, "unit");
    CalibrateAxis(axis, ParseNumber(XmlElement(size, name)), 0.0, unit.empty() ? "m" : unit);
  };
  if (!size.empty())
  {
    calibrate(result.x, "X");
    calibrate(result.y, "Y");
  }
  const auto number = [&result](const char * key, const std::string & written, double factor)
  {
    const double value = ParseNumber(written);
    if (std::isfinite(value))
    {
      result.metadata[key] = NumberText(value * factor);
    }
  };
  const auto keep = [&result](const char * key, const std::string & value)
  {
    if (!value.empty())
    {
      result.metadata[key] = value;
    }
  };
  // Two generations of software: entries of labels, and elements of the schema of 2013.
  const auto [tension, tensionUnit] = XmlEntry(text, "High tension");
  number("beam_energy_kV", tension, tensionUnit == "V" ? 1e-3 : 1.0);
  number("beam_energy_kV", XmlElement(text, "AccelerationVoltage"), 1e-3);
  number("magnification", XmlEntry(text, "Magnification").first, 1.0);
  const auto [length, lengthUnit] = XmlEntry(text, "Camera length");
  number("camera_length_mm", length, lengthUnit == "mm" ? 1.0 : 1e3);
  number("camera_length_mm", XmlElement(text, "CameraLength"), 1e3);
  number("dwell_time_us", XmlElement(text, "DwellTime"), 1e6);
  number("scan_rotation_deg", XmlElement(text, "ScanRotation"), 57.295779513082320877);
  keep("detector", XmlElement(text, "DetectorName"));
  keep("microscope", XmlEntry(text, "Microscope").first);
  keep("microscope", XmlElement(text, "InstrumentClass"));
  keep("date", XmlElement(text, "AcquisitionDatetime"));
}

// The fourth number of the head is the pixel size of a picture 1024 pixels wide, in m.
void
DescribeZeiss(const std::string & text, const TiffDirectory & page, TiffDescription & result)
{
  result.format = "TIFF (Zeiss)";
  std::size_t at = 0;
  double value = 0.0;
  for (int line = 0; line <= 3 && at != std::string::npos; ++line)
  {
    const std::size_t end = text.find_first_of("\r\n", at);
    value = end == std::string::npos ? 0.0 : ParseNumber(text.substr(at, end - at));
    at = end == std::string::npos ? end : end + (text.compare(end, 2, "\r\n") == 0 ? 2 : 1);
  }
  const double size = value * 1024.0 / static_cast<double>(page.width);
  CalibrateAxis(result.x, size, 0.0, "m");
  CalibrateAxis(result.y, size, 0.0, "m");
  // Texts without the head have the size in words, with fewer digits.
  for (const char * key : {"AP_IMAGE_PIXEL_SIZE", "AP_PIXEL_SIZE"})
  {
    const auto [amount, unit] = NumberAndUnit(ZeissValue(text, key));
    if (result.x.unit.empty())
    {
      CalibrateAxis(result.x, amount, 0.0, unit);
      CalibrateAxis(result.y, amount, 0.0, unit);
    }
  }
  const auto number = [&](const char * key, const char * name, double factor, const char * unit, double unitFactor)
  {
    const auto [amount, written] = NumberAndUnit(ZeissValue(text, key));
    if (std::isfinite(amount))
    {
      result.metadata[name] = NumberText(amount * (written.rfind(unit, 0) == 0 ? unitFactor : factor));
    }
  };
  number("AP_ACTUALKV", "beam_energy_kV", 1e-3, "kV", 1.0); // volts otherwise
  number("AP_MAG", "magnification", 1.0, "K", 1e3);
  number("AP_SCANROTATION", "scan_rotation_deg", 1.0, "deg", 1.0);
  const auto [dwell, dwellUnit] = NumberAndUnit(ZeissValue(text, "DP_DWELL_TIME"));
  if (std::isfinite(dwell))
  {
    const double factor = dwellUnit == "ns" ? 1e-3 : dwellUnit == "ms" ? 1e3 : 1.0;
    result.metadata["dwell_time_us"] = NumberText(dwell * factor);
  }
  const auto keep = [&](const char * key, const char * name)
  {
    const std::string kept = ZeissValue(text, key);
    if (!kept.empty())
    {
      result.metadata[name] = kept;
    }
  };
  keep("DP_DETECTOR_CHANNEL", "detector");
  keep("SV_SERIAL_NUMBER", "microscope");
  keep("AP_DATE", "date");
  keep("AP_TIME", "time");
}
} // namespace ferro
