// TIFF files of programs for cameras: TVIPS EM-MENU, Olympus Soft Imaging, JEOL SightX.
#include "ferroTiffCameras.h"

#include "ferroAxisUnits.h"
#include "ferroXmlText.h"

#include <cmath>

namespace ferro
{
namespace
{
enum Tag
{
  XResolution = 282,
  YResolution = 283,
  ResolutionUnit = 296,
  OlympusSis = 33560,
  Tvips = 37706
};

/** Numbers in a block of the file. */
class Block
{
public:
  Block(const std::string & bytes, bool littleEndian) : m_Bytes(bytes), m_LittleEndian(littleEndian)
  {
  }
  template <typename T>
  T
  Get(std::size_t at) const
  {
    return at + sizeof(T) <= m_Bytes.size()
             ? InputFile::Decode<T>(reinterpret_cast<const unsigned char *>(m_Bytes.data()) + at, m_LittleEndian)
             : T();
  }

private:
  const std::string & m_Bytes;
  bool m_LittleEndian;
};

void
Keep(TiffDescription & result, const char * key, double value)
{
  if (std::isfinite(value) && value > 0.0)
  {
    result.metadata[key] = NumberText(value);
  }
}

// The place in the file that a tag holds; beyond any file when it is none.
std::uint64_t
Place(const TiffDirectory & page, int tag)
{
  const double place = page.GetNumber(tag, -1.0);
  return place >= 0.0 && place < 9e15 ? static_cast<std::uint64_t>(place) : std::uint64_t{1} << 60;
}

// Metres along the camera from one pixel to the next; NaN when the file does not say.
double
CameraPixel(const TiffDirectory & page, int tag)
{
  const double unit = page.GetNumber(ResolutionUnit, 2.0);
  const double length = unit == 3.0 ? 0.01 : unit == 2.0 ? 0.0254 : std::nan("");
  return length / page.GetNumber(tag, 0.0);
}

// Relativistic wavelength of an electron, m: h / sqrt(2 m e U (1 + e U / (2 m c^2))), constants of CODATA 2018.
double
Wavelength(double volt)
{
  const double energy = 1.602176634e-19 * volt;
  const double mass = 9.1093837015e-31;
  const double rest = mass * 299792458.0 * 299792458.0;
  return 6.62607015e-34 / std::sqrt(2.0 * mass * energy * (1.0 + energy / (2.0 * rest)));
}
} // namespace

void
DescribeTvips(const TiffDirectory & page, TiffDescription & result)
{
  result.format = "TIFF (TVIPS)";
  constexpr std::size_t first = 244;  // length of the header of version 1, which version 2 continues
  constexpr std::size_t whole = 6312; // of both
  constexpr std::uint32_t magic = 0xaaaaaaaaU;
  constexpr double diffraction = 3.0;
  const std::uint64_t place = Place(page, Tvips);
  const std::string bytes = page.GetBlock(place, whole);
  const Block block(bytes, page.littleEndian);
  if (block.Get<std::int32_t>(0) == 2 && block.Get<std::uint32_t>(whole - 4) == magic)
  {
    const double mode = block.Get<std::int32_t>(first + 3288);
    const double magnification = static_cast<double>(block.Get<float>(first + 3292));
    Keep(result, mode == diffraction ? "camera_length_mm" : "magnification", magnification);
    Keep(result, "beam_energy_kV", 1e-3 * static_cast<double>(block.Get<float>(first + 3028)));
    Keep(result, "exposure_s", 1e-3 * static_cast<double>(block.Get<float>(first + 3708)));
    const std::string camera = CleanText(FromUtf16(bytes.substr(first + 3524, 160), page.littleEndian));
    if (!camera.empty())
    {
      result.metadata["camera"] = camera;
    }
    // What the numbers of a diffraction pattern count in is not known.
    if (mode != diffraction)
    {
      CalibrateAxis(result.x, static_cast<double>(block.Get<float>(first + 2724)), 0.0, "nm");
      CalibrateAxis(result.y, static_cast<double>(block.Get<float>(first + 2728)), 0.0, "nm");
    }
    return;
  }
  // Version 1 has the pixel size at the specimen as the resolution of the picture.
  const std::string old = page.GetBlock(place, first);
  if (Block(old, page.littleEndian).Get<std::int32_t>(0) == 1)
  {
    CalibrateAxis(result.x, CameraPixel(page, XResolution), 0.0, "m");
    CalibrateAxis(result.y, CameraPixel(page, YResolution), 0.0, "m");
  }
}

void
DescribeOlympus(const TiffDirectory & page, TiffDescription & result)
{
  result.format = "TIFF (Olympus)";
  const std::string head = page.GetBlock(Place(page, OlympusSis), 60);
  if (head.compare(0, 4, "SIS0") != 0)
  {
    return;
  }
  // Little-endian, whatever the file is. At byte 58 the number of entries; each has kind, count and place of a block.
  const Block block(head, true);
  const int entries = block.Get<std::int16_t>(58);
  const std::string table =
    page.GetBlock(Place(page, OlympusSis) + 60, 8 * static_cast<std::uint64_t>(std::max(entries, 0)));
  const Block list(table, true);
  for (std::size_t at = 0; at + 8 <= table.size(); at += 8)
  {
    if (list.Get<std::int16_t>(at) == 1)
    {
      // Exponent of ten, lengths of a pixel, magnification, name of the camera.
      const std::string general = page.GetBlock(list.Get<std::uint32_t>(at + 4), 112);
      const Block values(general, true);
      const double unit = std::pow(10.0, values.Get<std::int16_t>(10));
      CalibrateAxis(result.x, values.Get<double>(12) * unit, 0.0, "m");
      CalibrateAxis(result.y, values.Get<double>(20) * unit, 0.0, "m");
      Keep(result, "magnification", values.Get<double>(36));
      const std::string name = general.size() < 80 ? std::string() : general.substr(46, 34);
      const std::string camera = CleanText(name.substr(0, name.find('\0')));
      if (!camera.empty())
      {
        result.metadata["camera"] = camera;
      }
      return;
    }
  }
}

void
DescribeJeol(const std::string & xml, const TiffDirectory & page, TiffDescription & result)
{
  result.format = "TIFF (JEOL)";
  const std::string forming = XmlElement(xml, "ImageFormingSystem");
  const bool scanning = XmlElement(xml, "EosMode") != "eosTEM";
  const std::string mode = XmlElement(forming, "ModeString");
  const double volt = ParseNumber(XmlElement(xml, "AccelerationVoltage"));
  const double selected = ParseNumber(XmlElement(forming, "SelectorValue"));
  const std::string unit = XmlElement(forming, "SelectorUnitString");
  const double metre = unit == "mm" ? 1e-3 : unit == "cm" ? 1e-2 : 1.0;
  Keep(result, "beam_energy_kV", 1e-3 * volt);
  if (mode == "DIFF")
  {
    Keep(result, "camera_length_mm", 1e3 * metre * selected);
  }
  else
  {
    Keep(result, "magnification", selected);
  }
  result.metadata["mode"] = scanning ? "STEM" : mode == "DIFF" ? "diffraction" : "TEM";
  const std::string name = XmlElement(xml, "Instruments");
  if (!name.empty())
  {
    result.metadata["microscope"] = name;
  }
  const std::string date = XmlElement(xml, "DateTime"); // 2019-11-27T16:11:26.6205405+09:00
  if (date.size() >= 19 && date[10] == 'T')
  {
    result.metadata["date"] = date.substr(0, 10);
    result.metadata["time"] = date.substr(11, 8);
  }
  if (scanning)
  {
    return; // the resolution is that of the monitor
  }
  const double x = CameraPixel(page, XResolution);
  const double y = CameraPixel(page, YResolution);
  if (mode == "MAG")
  {
    CalibrateAxis(result.x, x / selected, 0.0, "m");
    CalibrateAxis(result.y, y / selected, 0.0, "m");
  }
  else if (mode == "DIFF")
  {
    const double perLength = 1.0 / (metre * selected * Wavelength(volt));
    CalibrateAxis(result.x, x * perLength, 0.0, "1/m");
    CalibrateAxis(result.y, y * perLength, 0.0, "1/m");
  }
}
} // namespace ferro
