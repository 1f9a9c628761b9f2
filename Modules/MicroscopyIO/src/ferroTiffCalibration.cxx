#include "ferroTiffCalibration.h"

#include "ferroAxisUnits.h"
#include "ferroTiffCameras.h"
#include "ferroTiffOme.h"
#include "ferroTiffVendors.h"
#include "ferroWrittenMetadata.h"

#include <cmath>

namespace ferro
{
namespace
{
enum Tag
{
  ImageDescription = 270,
  Make = 271,
  XResolution = 282,
  YResolution = 283,
  DateTime = 306,
  OlympusSis = 33560,
  ZeissSem = 34118,
  FeiSfeg = 34680,
  FeiHelios = 34682,
  FeiTitan = 34683,
  Tvips = 37706,
  ImageJByteCounts = 50838,
  ImageJMetadata = 50839,
  GatanUnitX = 65003,
  GatanOriginX = 65006,
  GatanScaleX = 65009
};

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

// tifffile writes the shape of the array as JSON; a truncated file has one directory for all frames. 0 when the shape
// is not one of frames of this size.
long
FramesOfShape(const std::string & description, const TiffDirectory & page)
{
  const std::string key = "\"shape\": [";
  const std::size_t begin = description.find(key);
  const std::size_t end = begin == std::string::npos ? begin : description.find(']', begin);
  if (end == std::string::npos || description.find("\"truncated\": true") == std::string::npos)
  {
    return 0;
  }
  std::vector<double> lengths;
  for (std::size_t at = begin + key.size(); at < end;)
  {
    const std::size_t comma = std::min(description.find(',', at), end);
    lengths.push_back(ParseNumber(description.substr(at, comma - at)));
    at = comma + 1;
  }
  double frames = 1.0;
  for (std::size_t k = 0; k + 2 < lengths.size(); ++k)
  {
    frames *= lengths[k];
  }
  const bool fits = lengths.size() >= 3 && lengths.back() == static_cast<double>(page.width) &&
                    lengths[lengths.size() - 2] == static_cast<double>(page.height);
  return fits && frames >= 1.0 && frames <= 1e9 ? static_cast<long>(frames) : 0;
}

} // namespace

TiffDescription
DescribeTiff(const TiffDirectory & page, const std::filesystem::path & file)
{
  TiffDescription result;
  const std::string description = page.GetBytes(ImageDescription);
  if (page.Has(GatanScaleX))
  {
    DescribeGatan(page, result);
  }
  else if (const std::string titan = page.GetBytes(FeiTitan); titan.find('<') != std::string::npos)
  {
    // Comes with an empty FeiHelios, or, where a scanning microscope wrote both, with a full one.
    DescribeFei(page.GetBytes(FeiHelios), result);
    DescribeFeiXml(titan, result);
  }
  else if (page.Has(FeiHelios) || page.Has(FeiSfeg))
  {
    DescribeFei(page.GetBytes(page.Has(FeiHelios) ? FeiHelios : FeiSfeg), result);
  }
  else if (page.Has(ZeissSem))
  {
    DescribeZeiss(page.GetBytes(ZeissSem), page, result);
  }
  else if (page.Has(Tvips))
  {
    DescribeTvips(page, result);
  }
  else if (page.Has(OlympusSis))
  {
    DescribeOlympus(page, result);
  }
  else if (page.GetBytes(Make).rfind("JEOL", 0) == 0 && description.find("<TemReporter") != std::string::npos)
  {
    DescribeJeol(description, page, result);
  }
  else if (description.rfind("ImageJ=", 0) == 0)
  {
    DescribeImageJ(description, page, result);
  }
  else if (description.find("<OME") != std::string::npos || description.find("<ome:OME") != std::string::npos)
  {
    DescribeOme(description, file, result);
  }
  else if (description.rfind('{', 0) == 0)
  {
    result.declaredFrames = FramesOfShape(description, page);
  }
  const std::string date = CleanText(page.GetBytes(DateTime)); // "2019:01:12 12:52:40"
  if (result.metadata.count("date") == 0 && date.size() == 19 && date[4] == ':' && date[7] == ':' && date[10] == ' ')
  {
    result.metadata["date"] = date.substr(0, 4) + "-" + date.substr(5, 2) + "-" + date.substr(8, 2);
    result.metadata["time"] = date.substr(11);
  }
  return result;
}
} // namespace ferro
