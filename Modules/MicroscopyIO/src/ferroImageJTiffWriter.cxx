#include "ferroImageJTiffWriter.h"

#include "ferroErrors.h"
#include "ferroTextOutput.h"
#include "ferroWrittenMetadata.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace ferro
{
namespace
{
void
Append(std::string & bytes, std::uint32_t value, int count)
{
  for (int n = 0; n < count; ++n)
  {
    bytes += static_cast<char>((value >> (8 * n)) & 0xff);
  }
}

// The fraction of 32-bit numbers that comes closest: the last convergent of the continued fraction that fits.
std::pair<std::uint32_t, std::uint32_t>
Rational(double value)
{
  constexpr double most = 4294967295.0;
  value = std::clamp(value, 1.0 / most, most);
  double numerators[2] = {0.0, 1.0};
  double denominators[2] = {1.0, 0.0};
  double rest = value;
  for (;;)
  {
    const double whole = std::floor(rest);
    const double numerator = whole * numerators[1] + numerators[0];
    const double denominator = whole * denominators[1] + denominators[0];
    if (numerator > most || denominator > most)
    {
      break;
    }
    numerators[0] = numerators[1];
    denominators[0] = denominators[1];
    numerators[1] = numerator;
    denominators[1] = denominator;
    if (rest - whole < 1e-12 * rest || std::abs(numerator / denominator - value) <= 1e-16 * value)
    {
      break;
    }
    rest = 1.0 / (rest - whole);
  }
  // Nothing but zero came before: the smallest fraction there is.
  return {static_cast<std::uint32_t>(std::max(numerators[1], 1.0)),
          static_cast<std::uint32_t>(std::max(denominators[1], 1.0))};
}

// Range of grey values to show: a few hot or dead pixels must not make the picture flat.
std::pair<float, float>
DisplayRange(const float * pixels, std::size_t count)
{
  std::vector<float> sample;
  const std::size_t step = std::max<std::size_t>(1, count / 1000000);
  for (std::size_t n = 0; n < count; n += step)
  {
    if (std::isfinite(pixels[n]))
    {
      sample.push_back(pixels[n]);
    }
  }
  if (sample.empty())
  {
    return {0.0f, 1.0f};
  }
  const auto at = [&sample](double share)
  {
    const auto place = sample.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(sample.size() - 1));
    std::nth_element(sample.begin(), place, sample.end());
    return *place;
  };
  const float low = at(0.01);
  const float high = at(0.999);
  return {low, high > low ? high : low + 1.0f};
}

// UTF-8 as little-endian UTF-16.
std::string
ToUtf16(const std::string & text)
{
  std::string result;
  for (std::size_t at = 0; at < text.size();)
  {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    std::uint32_t point = length == 1 ? first : first & (0x7fU >> length);
    for (std::size_t k = 1; k < length && at + k < text.size(); ++k)
    {
      point = point << 6 | (static_cast<unsigned char>(text[at + k]) & 0x3fU);
    }
    at += length;
    if (point >= 0x10000)
    {
      Append(result, 0xd800 + ((point - 0x10000) >> 10), 2);
      point = 0xdc00 + ((point - 0x10000) & 0x3ff);
    }
    Append(result, point, 2);
  }
  return result;
}

class Directory
{
public:
  void
  Longs(std::uint16_t tag, const std::vector<std::uint32_t> & values)
  {
    std::string data;
    for (const std::uint32_t value : values)
    {
      Append(data, value, 4);
    }
    m_Entries.push_back({tag, 4, static_cast<std::uint32_t>(values.size()), 0, data});
  }
  void
  Bytes(std::uint16_t tag, const std::string & data)
  {
    m_Entries.push_back({tag, 1, static_cast<std::uint32_t>(data.size()), 0, data});
  }
  // A value of up to four bytes stands in the entry itself.
  void
  Short(std::uint16_t tag, std::uint32_t value)
  {
    m_Entries.push_back({tag, 3, 1, value, {}});
  }
  void
  Long(std::uint16_t tag, std::uint32_t value)
  {
    m_Entries.push_back({tag, 4, 1, value, {}});
  }
  void
  Ascii(std::uint16_t tag, const std::string & text)
  {
    m_Entries.push_back({tag, 2, static_cast<std::uint32_t>(text.size() + 1), 0, text + '\0'});
  }
  void
  Ratio(std::uint16_t tag, double value)
  {
    const auto ratio = Rational(value);
    std::string data;
    Append(data, ratio.first, 4);
    Append(data, ratio.second, 4);
    m_Entries.push_back({tag, 5, 1, 0, data});
  }
  // Header and directory at the start of the file, then the pixels at the returned length.
  std::string
  Put(std::uint16_t offsetTag)
  {
    std::uint32_t end = static_cast<std::uint32_t>(8 + 2 + 12 * m_Entries.size() + 4);
    std::string tail;
    for (auto & entry : m_Entries)
    {
      if (!entry.data.empty())
      {
        entry.data.resize((entry.data.size() + 3) / 4 * 4, '\0');
        entry.value = end + static_cast<std::uint32_t>(tail.size());
        tail += entry.data;
      }
    }
    tail.resize((tail.size() + end + 15) / 16 * 16 - end, '\0');
    end += static_cast<std::uint32_t>(tail.size());
    std::string bytes("II*\0", 4);
    Append(bytes, 8, 4);
    Append(bytes, static_cast<std::uint32_t>(m_Entries.size()), 2);
    for (const auto & entry : m_Entries)
    {
      Append(bytes, entry.tag, 2);
      Append(bytes, entry.type, 2);
      Append(bytes, entry.count, 4);
      Append(bytes, entry.tag == offsetTag ? end : entry.value, 4);
    }
    Append(bytes, 0, 4);
    return bytes + tail;
  }

private:
  struct Entry
  {
    std::uint16_t tag;
    std::uint16_t type;
    std::uint32_t count;
    std::uint32_t value;
    std::string data;
  };
  std::vector<Entry> m_Entries;
};
} // namespace

void
WriteImageJTiff(const MicrographType & image, const std::filesystem::path & path)
{
  const auto region = image.GetBufferedRegion();
  const std::size_t width = region.GetSize(0);
  const std::size_t height = region.GetSize(1);
  const std::size_t bytes = width * height * sizeof(float);
  if (width == 0 || height == 0 || bytes > 4294900000u)
  {
    throw OutputError(path.string() + ": cannot be written: an image of " + std::to_string(width) + " x " +
                      std::to_string(height) + " pixels does not fit into a TIFF file, the limit is 4 GB");
  }
  const ImageGeometry geometry = GetImageGeometry(image);
  const float * pixels = image.GetBufferPointer();
  const auto range = DisplayRange(pixels, width * height);
  std::string description = "ImageJ=1.54f\n";
  if (geometry.calibrated)
  {
    description += "unit=nm\n";
  }
  description += "min=" + GeneralNumber(range.first, 7) + "\nmax=" + GeneralNumber(range.second, 7) + "\n";

  // Tags in rising order, as the format asks for.
  Directory directory;
  directory.Long(254, 0);                                  // one full picture
  directory.Long(256, static_cast<std::uint32_t>(width));  // width
  directory.Long(257, static_cast<std::uint32_t>(height)); // height
  directory.Short(258, 32);                                // bits per sample
  directory.Short(259, 1);                                 // not compressed
  directory.Short(262, 1);                                 // zero is black
  directory.Ascii(270, description);                       // description
  directory.Long(273, 0);                                  // where the pixels are, filled in below
  directory.Short(277, 1);                                 // samples per pixel
  directory.Long(278, static_cast<std::uint32_t>(height)); // rows per strip
  directory.Long(279, static_cast<std::uint32_t>(bytes));  // bytes of the strip
  if (geometry.calibrated)
  {
    directory.Ratio(282, 1.0 / geometry.pixelSizeNm.x()); // pixels per unit
    directory.Ratio(283, 1.0 / geometry.pixelSizeNm.y());
    directory.Short(296, 1); // the unit is that of the description
  }
  directory.Short(339, 3); // floating point
  // ImageJ's "Show Info": a header that says one text of the kind "info", then the text.
  std::string info;
  for (const auto & [key, value] : GetWrittenMetadata(image))
  {
    info += MetadataPrefix + key + " = " + value + "\n";
  }
  const std::string text = ToUtf16(info);
  std::string header;
  Append(header, 0x494a494a, 4); // IJIJ
  Append(header, 0x696e666f, 4); // info
  Append(header, 1, 4);
  directory.Longs(50838, {static_cast<std::uint32_t>(header.size()), static_cast<std::uint32_t>(text.size())});
  directory.Bytes(50839, header + text);

  TextOutput output(path);
  output.Write(directory.Put(273));
  // Little-endian floats, also on machines of the other kind, line by line.
  std::string line;
  for (std::size_t y = 0; y < height; ++y)
  {
    line.clear();
    for (std::size_t x = 0; x < width; ++x)
    {
      std::uint32_t bits;
      std::memcpy(&bits, pixels + y * width + x, sizeof(bits));
      Append(line, bits, 4);
    }
    output.Write(line);
  }
  output.Close();
}
} // namespace ferro
