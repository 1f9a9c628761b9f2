#include "ferroTiffCalibration.h"

#include "ferroAxisUnits.h"
#include "ferroWrittenMetadata.h"

#include <cmath>

namespace ferro
{
namespace
{
enum Tag
{
  ImageDescription = 270,
  XResolution = 282,
  YResolution = 283,
  ZeissSem = 34118,
  FeiSfeg = 34680,
  FeiHelios = 34682,
  ImageJByteCounts = 50838,
  ImageJMetadata = 50839,
  GatanUnitX = 65003,
  GatanOriginX = 65006,
  GatanScaleX = 65009
};

// Value of "key=value" on a line of its own.
std::string
LineValue(const std::string & text, const std::string & key, std::size_t from = 0)
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

// ImageJ writes characters beyond ASCII as \uXXXX.
std::string
Unescape(const std::string & text)
{
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i)
  {
    const std::string digits = i + 6 <= text.size() ? text.substr(i + 2, 4) : std::string();
    if (text[i] == '\\' && i + 6 <= text.size() && text[i + 1] == 'u' &&
        digits.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos)
    {
      AppendUtf8(result, static_cast<unsigned int>(std::stoul(digits, nullptr, 16)));
      i += 5;
    }
    else
    {
      result += text[i];
    }
  }
  return result;
}

long
Count(const std::string & text)
{
  const double value = ParseNumber(text);
  return value >= 1.0 && value <= 1e9 ? static_cast<long>(value) : 1;
}

// ImageJ's "info" text: in a tag of blocks, whose first one lists the kinds of the others and their numbers.
std::string
ImageJInfo(const TiffDirectory & page)
{
  const std::string bytes = page.GetBytes(ImageJMetadata);
  const auto word = [&](std::size_t at)
  {
    return at + 4 <= bytes.size() ? InputFile::Decode<std::uint32_t>(
                                      reinterpret_cast<const unsigned char *>(bytes.data()) + at, page.littleEndian)
                                  : 0U;
  };
  constexpr std::uint32_t magic = 0x494a494a;
  constexpr std::uint32_t info = 0x696e666f;
  const double header = page.GetNumber(ImageJByteCounts, 0.0);
  if (word(0) != magic || !(header >= 12.0 && header <= 1000.0))
  {
    return {};
  }
  auto place = static_cast<std::uint64_t>(header);
  std::uint64_t block = 1;
  for (std::size_t at = 4; at + 8 <= static_cast<std::size_t>(header); at += 8)
  {
    for (std::uint32_t k = 0; k < word(at + 4); ++k, ++block)
    {
      const double length = page.GetNumber(ImageJByteCounts, -1.0, block);
      if (!(length >= 0.0 && length <= static_cast<double>(bytes.size())) || place > bytes.size())
      {
        return {};
      }
      if (word(at) == info)
      {
        return FromUtf16(bytes.substr(place, static_cast<std::size_t>(length)), page.littleEndian);
      }
      place += static_cast<std::uint64_t>(length);
    }
  }
  return {};
}

// What a file of our own keeps in ImageJ's info: lines of "Ferroscope.key = value".
void
ReadOwnMetadata(const std::string & info, TiffDescription & result)
{
  const std::string prefix = MetadataPrefix;
  for (std::size_t at = 0; at < info.size();)
  {
    const std::size_t end = std::min(info.find('\n', at), info.size());
    const std::size_t equals = info.find(" = ", at);
    if (info.compare(at, prefix.size(), prefix) == 0 && equals < end)
    {
      const std::string key = CleanText(info.substr(at + prefix.size(), equals - at - prefix.size()));
      const std::string value = CleanText(info.substr(equals + 3, end - equals - 3));
      if (key == "title")
      {
        result.title = value;
      }
      else if (IsListedMetadata(key))
      {
        result.metadata[key] = value;
      }
    }
    at = end + 1;
  }
}

void
DescribeImageJ(const std::string & text, const TiffDirectory & page, TiffDescription & result)
{
  result.format = "TIFF (ImageJ)";
  // Centimetres, like inches, come from the resolution that a picture is printed with.
  const std::string written = Unescape(LineValue(text, "unit"));
  const std::string unit = written == "cm" ? std::string() : written;
  const auto unitOr = [&](const char * key)
  {
    const std::string own = Unescape(LineValue(text, key));
    return own.empty() ? unit : own;
  };
  CalibrateAxis(result.x, 1.0 / page.GetNumber(XResolution, 0.0), 0.0, unit);
  CalibrateAxis(result.y, 1.0 / page.GetNumber(YResolution, 0.0), 0.0, unitOr("yunit"));
  ReadOwnMetadata(ImageJInfo(page), result);
  const long slices = Count(LineValue(text, "slices"));
  const long frames = Count(LineValue(text, "frames"));
  result.channels = Count(LineValue(text, "channels"));
  result.declaredFrames = Count(LineValue(text, "images"));
  if (frames > 1 && slices <= 1)
  {
    CalibrateAxis(result.frame, ParseNumber(LineValue(text, "finterval")), 0.0, "s");
  }
  else
  {
    CalibrateAxis(result.frame, ParseNumber(LineValue(text, "spacing")), 0.0, unitOr("zunit"));
  }
}

void
DescribeGatan(const TiffDirectory & page, TiffDescription & result)
{
  result.format = "TIFF (Gatan)";
  AxisInfo * const axes[] = {&result.x, &result.y, &result.frame};
  for (int k = 0; k < 3; ++k)
  {
    const double scale = page.GetNumber(GatanScaleX + k, 0.0);
    const double origin = page.GetNumber(GatanOriginX + k, 0.0);
    CalibrateAxis(*axes[k], scale, -origin * scale, page.GetBytes(GatanUnitX + k));
  }
}

// Value of attribute="value" in an XML tag.
std::string
XmlAttribute(const std::string & xml, const std::string & name)
{
  for (std::size_t at = xml.find(name + "=\""); at != std::string::npos; at = xml.find(name + "=\"", at + 1))
  {
    if (at > 0 && (xml[at - 1] == ' ' || xml[at - 1] == '\n' || xml[at - 1] == '\t' || xml[at - 1] == '\r'))
    {
      const std::size_t begin = at + name.size() + 2;
      const std::size_t end = xml.find('"', begin);
      return end == std::string::npos ? std::string() : CleanText(xml.substr(begin, end - begin));
    }
  }
  return {};
}

void
DescribeOme(const std::string & text, TiffDescription & result)
{
  result.format = "TIFF (OME)";
  const std::size_t begin = text.find("<Pixels");
  const std::size_t end = begin == std::string::npos ? begin : text.find('>', begin);
  if (end == std::string::npos)
  {
    return;
  }
  const std::string pixels = text.substr(begin, end - begin);
  const auto calibrate = [&](AxisInfo & axis, const char * letter)
  {
    const std::string name = std::string("PhysicalSize") + letter;
    const std::string unit = XmlAttribute(pixels, name + "Unit");
    CalibrateAxis(axis, ParseNumber(XmlAttribute(pixels, name)), 0.0, unit.empty() ? "um" : unit);
  };
  calibrate(result.x, "X");
  calibrate(result.y, "Y");
  calibrate(result.frame, "Z");
  const long sizeZ = Count(XmlAttribute(pixels, "SizeZ"));
  const long sizeT = Count(XmlAttribute(pixels, "SizeT"));
  result.channels = Count(XmlAttribute(pixels, "SizeC"));
  const std::string order = XmlAttribute(pixels, "DimensionOrder");
  for (const char axis : order)
  {
    if (axis == 'C')
    {
      break;
    }
    result.channelStride *= axis == 'Z' ? sizeZ : axis == 'T' ? sizeT : 1;
  }
}

void
DescribeFei(const std::string & text, TiffDescription & result)
{
  result.format = "TIFF (FEI)";
  const std::size_t scan = text.find("[Scan]");
  if (scan != std::string::npos)
  {
    CalibrateAxis(result.x, ParseNumber(LineValue(text, "PixelWidth", scan)), 0.0, "m");
    CalibrateAxis(result.y, ParseNumber(LineValue(text, "PixelHeight", scan)), 0.0, "m");
  }
  const double volts = ParseNumber(LineValue(text, "HV"));
  if (std::isfinite(volts))
  {
    result.metadata["beam_energy_kV"] = NumberText(volts * 1e-3);
  }
  const std::string date = LineValue(text, "Date");
  if (!date.empty())
  {
    result.metadata["date"] = date;
  }
}

// The fourth number of the head is the pixel size of a picture 1024 pixels wide, in m.
void
DescribeZeiss(const std::string & text, const TiffDirectory & page, TiffDescription & result)
{
  result.format = "TIFF (Zeiss)";
  std::size_t at = 0;
  double value = 0.0;
  for (int line = 0; line <= 3; ++line)
  {
    const std::size_t end = text.find_first_of("\r\n", at);
    if (end == std::string::npos)
    {
      return;
    }
    value = ParseNumber(text.substr(at, end - at));
    at = end + (text.compare(end, 2, "\r\n") == 0 ? 2 : 1);
  }
  const double size = value * 1024.0 / static_cast<double>(page.width);
  CalibrateAxis(result.x, size, 0.0, "m");
  CalibrateAxis(result.y, size, 0.0, "m");
}
} // namespace

TiffDescription
DescribeTiff(const TiffDirectory & page)
{
  TiffDescription result;
  const std::string description = page.GetBytes(ImageDescription);
  if (page.Has(GatanScaleX))
  {
    DescribeGatan(page, result);
  }
  else if (page.Has(FeiHelios) || page.Has(FeiSfeg))
  {
    DescribeFei(page.GetBytes(page.Has(FeiHelios) ? FeiHelios : FeiSfeg), result);
  }
  else if (page.Has(ZeissSem))
  {
    DescribeZeiss(page.GetBytes(ZeissSem), page, result);
  }
  else if (description.rfind("ImageJ=", 0) == 0)
  {
    DescribeImageJ(description, page, result);
  }
  else if (description.find("<OME") != std::string::npos)
  {
    DescribeOme(description, result);
  }
  return result;
}
} // namespace ferro
