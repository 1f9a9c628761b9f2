#include "ferroTestFiles.h"

namespace ferrotest
{
namespace
{
/** Writes the tags of a DM file: framing big-endian, values in the file's byte order. */
class DmWriter
{
public:
  DmWriter(int version, bool little) : bytes(false), m_Version(version), m_Little(little)
  {
  }
  void
  Word(std::uint64_t value)
  {
    m_Version == 3 ? bytes.Add(static_cast<std::uint32_t>(value)) : bytes.Add(value);
  }
  void
  Group(const std::string & name, std::uint64_t count)
  {
    this->Name(0x14, name);
    bytes.Add(std::uint8_t{0}).Add(std::uint8_t{0});
    this->Word(count);
  }
  template <typename T>
  void
  Scalar(const std::string & name, int type, T value)
  {
    this->Name(0x15, name);
    bytes.Add("%%%%");
    this->Word(1);
    this->Word(static_cast<std::uint64_t>(type));
    bytes.Put(value, m_Little);
  }
  void
  Array(const std::string & name, int type, std::uint64_t count, const std::string & data)
  {
    this->Name(0x15, name);
    bytes.Add("%%%%");
    this->Word(3);
    this->Word(20);
    this->Word(static_cast<std::uint64_t>(type));
    this->Word(count);
    bytes.Add(data);
  }
  void
  Text(const std::string & name, const std::string & text)
  {
    Bytes data(m_Little);
    for (const char c : text)
    {
      data.Add(static_cast<std::uint16_t>(static_cast<unsigned char>(c)));
    }
    this->Array(name, 4, text.size(), data.text);
  }
  // Tags of kinds that are rare: an array of structures (as tables of colours are), a structure, strings, the second of
  // an odd length, lists of strings and of arrays.
  void
  OddTags()
  {
    this->Name(0x15, "CLUT");
    bytes.Add("%%%%");
    this->Words({11, 20, 15, 0, 3, 0, 2, 0, 2, 0, 4, 5});
    bytes.Add(std::string(5 * 6, '\7'));
    this->Name(0x15, "Rectangle");
    bytes.Add("%%%%");
    this->Words({11, 15, 0, 4, 0, 3, 0, 6, 0, 7, 0, 11});
    bytes.Put(std::int32_t{1}, m_Little).Put(2.0F, m_Little).Put(3.0, m_Little).Put(std::int64_t{4}, m_Little);
    this->Name(0x15, "String");
    bytes.Add("%%%%");
    this->Words({2, 18, 6});
    bytes.Add(std::string("a\0b\0c\0", 6));
    this->Name(0x15, "OddString");
    bytes.Add("%%%%");
    this->Words({2, 18, 5});
    bytes.Add("abcde");
    this->Name(0x15, "Strings");
    bytes.Add("%%%%");
    this->Words({4, 20, 18, 5, 3});
    bytes.Add(std::string(15, 'a'));
    this->Name(0x15, "Arrays");
    bytes.Add("%%%%");
    this->Words({5, 20, 20, 2, 3, 4});
    bytes.Add(std::string(24, '\1'));
  }
  Bytes bytes;

private:
  void
  Words(const std::vector<std::uint64_t> & words)
  {
    for (const std::uint64_t word : words)
    {
      this->Word(word);
    }
  }
  void
  Name(int id, const std::string & name)
  {
    bytes.Add(static_cast<std::uint8_t>(id)).Add(static_cast<std::uint16_t>(name.size())).Add(name);
    if (m_Version == 4)
    {
      bytes.Add(std::uint64_t{0});
    }
  }
  int m_Version;
  bool m_Little;
};

std::uint32_t
Crc32(const std::string & text)
{
  std::uint32_t crc = 0xffffffff;
  for (const char c : text)
  {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit)
    {
      crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
    }
  }
  return ~crc;
}
} // namespace

std::string
PngChunk(const std::string & type, const std::string & data)
{
  Bytes chunk(false);
  chunk.Add(static_cast<std::uint32_t>(data.size())).Add(type + data).Add(Crc32(type + data));
  return chunk.text;
}

std::string
MakeDm(const DmOptions & o)
{
  DmWriter w(o.version, o.little);
  w.bytes.Add(static_cast<std::uint32_t>(o.version));
  w.Word(0);
  w.bytes.Add(static_cast<std::uint32_t>(o.little ? 1 : 0));
  w.bytes.Add(std::uint8_t{0}).Add(std::uint8_t{0});
  w.Word((o.thumbnail ? 2 : 1) + (o.oddTags ? 6 : 0));
  if (o.oddTags)
  {
    w.OddTags();
  }
  w.Group("ImageList", static_cast<std::uint64_t>(o.images + (o.thumbnail ? 1 : 0)));
  if (o.thumbnail)
  {
    w.Group("", 1);
    w.Group("ImageData", 3);
    w.Array("Data", 3, 4, std::string(16, '\1'));
    w.Scalar("DataType", 5, std::uint32_t{23});
    w.Group("Dimensions", 2);
    w.Scalar("", 5, std::uint32_t{2});
    w.Scalar("", 5, std::uint32_t{2});
  }
  for (int k = 0; k < o.images; ++k)
  {
    w.Group("", 3);
    w.Group("ImageData", 4);
    w.Group("Calibrations", 1);
    w.Group("Dimension", 2);
    for (const double scale : {o.scaleX, o.scaleY})
    {
      w.Group("", 3);
      w.Scalar("Origin", 6, 2.0F);
      w.Scalar("Scale", 7, scale);
      w.Text("Units", o.unit);
    }
    Bytes pixels(o.little);
    for (int f = 0; f < o.frames && !o.omitPixels; ++f)
    {
      for (int y = 0; y < o.height; ++y)
      {
        for (int x = 0; x < o.width; ++x)
        {
          pixels.Add(static_cast<std::uint16_t>(Value(x, y, f) + 1000 * k));
        }
      }
    }
    if (o.pixels.empty())
    {
      w.Array("Data", 4,
              static_cast<std::uint64_t>(o.width) * static_cast<std::uint64_t>(o.height) *
                static_cast<std::uint64_t>(o.frames),
              o.omitPixels ? PixelsMarker : pixels.text);
    }
    else
    {
      w.Array("Data", o.elementType, o.elements, o.pixels);
    }
    w.Scalar("DataType", 5, static_cast<std::uint32_t>(o.dataType));
    w.Group("Dimensions", o.frames > 1 ? 3 : 2);
    w.Scalar("", 5, static_cast<std::uint32_t>(o.width));
    w.Scalar("", 5, static_cast<std::uint32_t>(o.height));
    if (o.frames > 1)
    {
      w.Scalar("", 5, static_cast<std::uint32_t>(o.frames));
    }
    w.Text("Name", k == 0 ? "HAADF" : "BF");
    w.Group("ImageTags", 1);
    w.Group("Microscope Info", 1);
    w.Scalar("Voltage", 6, 200000.0F);
  }
  if (o.thumbnail)
  {
    w.Group("Thumbnails", 1);
    w.Group("", 1);
    w.Scalar("ImageIndex", 5, std::uint32_t{0});
  }
  return w.bytes.text;
}

std::string
MakeSer(int version, int total, int valid, double delta)
{
  const bool wide = version >= 0x220;
  Bytes b(true);
  b.Add(std::uint16_t{0x4949}).Add(std::uint16_t{0x0197}).Add(static_cast<std::uint16_t>(version));
  b.Add(std::uint32_t{0x4122}).Add(std::uint32_t{0x4152});
  b.Add(static_cast<std::uint32_t>(total)).Add(static_cast<std::uint32_t>(valid));
  const std::uint64_t table = (wide ? 30 : 26) + 4 + 20 + 4 + 3 + 4 + 1;
  wide ? b.Add(table) : b.Add(static_cast<std::uint32_t>(table));
  b.Add(std::uint32_t{1}); // one dimension
  b.Add(static_cast<std::uint32_t>(total)).Add(0.0).Add(0.5).Add(std::uint32_t{0});
  b.Add(std::uint32_t{3}).Add("Tim").Add(std::uint32_t{1}).Add("s");
  // the fixed part of a dimension is 4 + 8 + 8 + 4 bytes
  const std::uint64_t realTable = b.text.size();
  Bytes place(true);
  wide ? place.Add(realTable) : place.Add(static_cast<std::uint32_t>(realTable));
  b.text.replace(22, place.text.size(), place.text);
  const std::uint64_t first = realTable + static_cast<std::uint64_t>(2 * total) * (wide ? 8 : 4);
  for (int pass = 0; pass < 2; ++pass)
  {
    for (int k = 0; k < total; ++k)
    {
      const std::uint64_t at = pass == 0 && k < valid ? first + static_cast<std::uint64_t>(k) * (50 + 24) : 0;
      wide ? b.Add(at) : b.Add(static_cast<std::uint32_t>(at));
    }
  }
  for (int k = 0; k < valid; ++k)
  {
    b.Add(1e-9).Add(delta).Add(std::int32_t{1}).Add(2e-9).Add(1.5 * delta).Add(std::int32_t{0});
    b.Add(std::uint16_t{2}).Add(std::uint32_t{4}).Add(std::uint32_t{3});
    for (int y = 2; y >= 0; --y) // bottom row first
    {
      for (int x = 0; x < 4; ++x)
      {
        b.Add(static_cast<std::uint16_t>(Value(x, y, k)));
      }
    }
  }
  return b.text;
}

std::string
MakeNpy(int version, const std::string & descr, bool fortran, const std::string & shape, const std::string & data)
{
  const std::string header =
    "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }\n";
  Bytes b(true);
  b.Add("\x93NUMPY").Add(static_cast<std::uint8_t>(version)).Add(std::uint8_t{0});
  version == 1 ? b.Add(static_cast<std::uint16_t>(header.size())) : b.Add(static_cast<std::uint32_t>(header.size()));
  return b.Add(header).Add(data).text;
}

std::string
MakeTiff(bool little, int pages, const std::string & description, double resolutionX, double resolutionY)
{
  constexpr std::uint32_t entries = 11;
  constexpr std::uint32_t directory = 2 + 12 * entries + 4;
  const auto textLength = static_cast<std::uint32_t>((description.size() + 8) / 8 * 8);
  const std::uint32_t page = directory + 16 + textLength + 24;
  Bytes b(little);
  b.Add(little ? "II" : "MM").Add(std::uint16_t{42}).Add(std::uint32_t{8});
  for (int p = 0; p < pages; ++p)
  {
    const std::uint32_t start = 8 + static_cast<std::uint32_t>(p) * page;
    const std::uint32_t extra = start + directory;
    const auto entry = [&](int tag, int type, std::uint32_t count, std::uint32_t value)
    {
      b.Add(static_cast<std::uint16_t>(tag)).Add(static_cast<std::uint16_t>(type)).Add(count);
      if (type == 3)
      {
        b.Add(static_cast<std::uint16_t>(value)).Add(std::uint16_t{0});
      }
      else
      {
        b.Add(value);
      }
    };
    b.Add(static_cast<std::uint16_t>(entries));
    entry(256, 3, 1, 4);
    entry(257, 3, 1, 3);
    entry(258, 3, 1, 16);
    entry(259, 3, 1, 1);
    entry(262, 3, 1, 1);
    entry(270, 2, static_cast<std::uint32_t>(description.size() + 1), extra + 16);
    entry(273, 4, 1, extra + 16 + textLength);
    entry(278, 3, 1, 3);
    entry(279, 4, 1, 24);
    entry(282, 5, 1, extra);
    entry(283, 5, 1, extra + 8);
    b.Add(p + 1 < pages ? start + page : std::uint32_t{0});
    b.Add(static_cast<std::uint32_t>(resolutionX * 1000)).Add(std::uint32_t{1000});
    b.Add(static_cast<std::uint32_t>(resolutionY * 1000)).Add(std::uint32_t{1000});
    b.Add(description + std::string(textLength - description.size(), '\0'));
    for (int y = 0; y < 3; ++y)
    {
      for (int x = 0; x < 4; ++x)
      {
        b.Add(static_cast<std::uint16_t>(Value(x, y, p)));
      }
    }
  }
  return b.text;
}

std::string
MakePng(int width, int height, int depth, int colour, const std::vector<std::string> & rows, const std::string & chunks,
        bool interlaced)
{
  std::string raw;
  for (const std::string & row : rows)
  {
    raw += '\0' + row;
  }
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (const char c : raw)
  {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  Bytes zlib(true);
  zlib.Add("\x78\x01\x01").Add(static_cast<std::uint16_t>(raw.size())).Add(static_cast<std::uint16_t>(~raw.size()));
  zlib.Add(raw).Put(b << 16 | a, false);
  Bytes header(false);
  header.Add(static_cast<std::uint32_t>(width)).Add(static_cast<std::uint32_t>(height));
  header.Add(static_cast<std::uint8_t>(depth))
    .Add(static_cast<std::uint8_t>(colour))
    .Add(std::string(2, '\0') + (interlaced ? "\1" : std::string(1, '\0')));
  return "\x89PNG\r\n\x1a\n" + PngChunk("IHDR", header.text) + chunks + PngChunk("IDAT", zlib.text) +
         PngChunk("IEND", "");
}
} // namespace ferrotest
