// TIFF in its variants: every type, compression, predictor and layout is encoded here from the TIFF 6.0 and BigTIFF
// specifications, and must come back.
#include "ferroErrors.h"
#include "ferroMicroscopyFile.h"
#include "ferroTestFiles.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>

using namespace ferrotest;

namespace
{
constexpr int Width = 21; // no multiple of a tile or of a byte
constexpr int Height = 18;

struct Kind
{
  int bits = 16;
  int format = 1; // 1 unsigned, 2 signed, 3 floating point
};

struct Layout
{
  bool little = true;
  bool big = false; // BigTIFF
  bool tiled = false;
  int compression = 1; // 1 none, 5 LZW, 8 deflate
  int predictor = 1;   // 2 differences, 3 floating point
  int samples = 1;
  bool planar = false;
  int photometric = 1;
  int rowsPerStrip = 5;
  std::string description;
  std::map<int, std::vector<std::uint64_t>> extra; // further tags of 16-bit numbers
  std::map<int, std::string> texts;
};

// What pixel (x, y) of a sample holds.
double
Expected(const Kind & kind, int x, int y, int s)
{
  const int n = x + Width * y;
  if (kind.format == 3)
  {
    return (n - 200) * 0.25 + 1000.0 * s;
  }
  const double range = std::ldexp(1.0, std::min(kind.bits, 31));
  const double step = kind.bits == 24 ? 44001.0 : kind.bits == 20 ? 2771.0 : 37.0; // uses all bits
  const double value = std::fmod(n * step + s * 11.0, range);
  return kind.format == 2 ? value - std::floor(range / 2) : value;
}

std::uint64_t
BitsOf(const Kind & kind, double value)
{
  if (kind.format != 3)
  {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  }
  std::uint64_t bits = 0;
  if (kind.bits == 64)
  {
    std::memcpy(&bits, &value, 8);
    return bits;
  }
  const auto narrow = static_cast<float>(value);
  std::uint32_t word = 0;
  std::memcpy(&word, &narrow, 4);
  if (kind.bits == 32)
  {
    return word;
  }
  // Shorter ones; the values here need no rounding and are no subnormals.
  if (value == 0.0)
  {
    return 0;
  }
  if (kind.bits == 24)
  {
    const auto seven = (word >> 23 & 0xff) - 127 + 63;
    return (word >> 8 & 0x800000) | seven << 16 | (word >> 7 & 0xffff);
  }
  const auto exponent = static_cast<std::int32_t>(word >> 23 & 0xff) - 127 + 15;
  return (word >> 16 & 0x8000) | static_cast<std::uint32_t>(exponent) << 10 | (word >> 13 & 0x3ff);
}

void
Put(std::string & bytes, std::uint64_t value, int count, bool little)
{
  for (int k = 0; k < count; ++k)
  {
    bytes += static_cast<char>(value >> (8 * (little ? k : count - 1 - k)) & 0xff);
  }
}

// One row of numbers as the file holds it before compression.
std::string
EncodeRow(const Kind & kind, const Layout & layout, std::vector<std::uint64_t> numbers, int stride)
{
  std::string bytes;
  if (layout.predictor == 2)
  {
    for (std::size_t k = numbers.size(); k-- > static_cast<std::size_t>(stride);)
    {
      numbers[k] -= numbers[k - static_cast<std::size_t>(stride)];
    }
  }
  if (kind.bits % 8 != 0)
  {
    // Packed without gaps, the highest bit first; each row begins with a new byte.
    std::uint64_t held = 0;
    int count = 0;
    for (const std::uint64_t number : numbers)
    {
      for (int bit = kind.bits - 1; bit >= 0; --bit)
      {
        held = held << 1 | (number >> bit & 1);
        if (++count == 8)
        {
          bytes += static_cast<char>(held);
          held = 0;
          count = 0;
        }
      }
    }
    if (count > 0)
    {
      bytes += static_cast<char>(held << (8 - count));
    }
    return bytes;
  }
  const int size = kind.bits / 8;
  if (layout.predictor == 3)
  {
    // All highest bytes, then all second ones, ...; then differences of bytes.
    for (int byte = size - 1; byte >= 0; --byte)
    {
      for (const std::uint64_t number : numbers)
      {
        bytes += static_cast<char>(number >> (8 * byte) & 0xff);
      }
    }
    for (std::size_t k = bytes.size(); k-- > static_cast<std::size_t>(stride);)
    {
      bytes[k] = static_cast<char>(bytes[k] - bytes[k - static_cast<std::size_t>(stride)]);
    }
    return bytes;
  }
  for (const std::uint64_t number : numbers)
  {
    Put(bytes, number, size, layout.little);
  }
  return bytes;
}

// LZW whose table is cleared before its codes get longer than 9 bits.
std::string
Lzw(const std::string & raw)
{
  std::string bytes;
  std::uint32_t held = 0;
  int count = 0;
  const auto code = [&](std::uint32_t value)
  {
    held = held << 9 | value;
    count += 9;
    while (count >= 8)
    {
      bytes += static_cast<char>(held >> (count - 8) & 0xff);
      count -= 8;
    }
  };
  for (std::size_t k = 0; k < raw.size(); ++k)
  {
    if (k % 200 == 0)
    {
      code(256);
    }
    code(static_cast<unsigned char>(raw[k]));
  }
  code(257);
  code(0); // fills the last byte
  return bytes;
}

std::string
Deflate(const std::string & raw)
{
  Bytes zlib(true);
  zlib.Add("\x78\x01");
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (const char c : raw)
  {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  zlib.Add(std::string("\x01", 1));
  zlib.Add(static_cast<std::uint16_t>(raw.size())).Add(static_cast<std::uint16_t>(~raw.size()));
  return zlib.Add(raw).Put(b << 16 | a, false).text;
}

std::string
MakeVariant(const Kind & kind, const Layout & layout)
{
  const int stored = layout.planar ? 1 : layout.samples; // samples side by side
  const int blockWidth = layout.tiled ? 16 : Width;
  const int blockHeight = layout.tiled ? 16 : layout.rowsPerStrip;
  std::vector<std::string> blocks;
  for (int plane = 0; plane < (layout.planar ? layout.samples : 1); ++plane)
  {
    for (int y0 = 0; y0 < Height; y0 += blockHeight)
    {
      for (int x0 = 0; x0 < Width; x0 += blockWidth)
      {
        std::string raw;
        const int rows = layout.tiled ? blockHeight : std::min(blockHeight, Height - y0);
        for (int y = y0; y < y0 + rows; ++y)
        {
          std::vector<std::uint64_t> numbers;
          for (int x = x0; x < x0 + blockWidth; ++x)
          {
            for (int s = 0; s < stored; ++s)
            {
              const bool inside = x < Width && y < Height; // tiles reach beyond the image
              numbers.push_back(inside ? BitsOf(kind, Expected(kind, x, y, layout.planar ? plane : s)) : 0);
            }
          }
          raw += EncodeRow(kind, layout, numbers, stored);
        }
        blocks.push_back(layout.compression == 5 ? Lzw(raw) : layout.compression == 8 ? Deflate(raw) : raw);
      }
    }
  }
  const int word = layout.big ? 8 : 4;
  const std::size_t header = layout.big ? 16 : 8;
  std::string file = layout.little ? "II" : "MM";
  Put(file, layout.big ? 43 : 42, 2, layout.little);
  if (layout.big)
  {
    Put(file, 8, 2, layout.little);
    Put(file, 0, 2, layout.little);
  }
  Put(file, 0, word, layout.little); // the place of the directory
  std::vector<std::uint64_t> places;
  std::vector<std::uint64_t> lengths;
  for (const std::string & block : blocks)
  {
    places.push_back(file.size());
    lengths.push_back(block.size());
    file += block;
  }
  struct Entry
  {
    int type;
    std::vector<std::uint64_t> values;
  };
  std::map<int, Entry> entries;
  const auto shorts = [&](int tag, const std::vector<std::uint64_t> & values) { entries[tag] = {3, values}; };
  const auto samples = static_cast<std::size_t>(layout.samples);
  shorts(256, {Width});
  shorts(257, {Height});
  shorts(258, std::vector<std::uint64_t>(samples, static_cast<std::uint64_t>(kind.bits)));
  shorts(259, {static_cast<std::uint64_t>(layout.compression)});
  shorts(262, {static_cast<std::uint64_t>(layout.photometric)});
  shorts(277, {samples});
  shorts(284, {layout.planar ? 2U : 1U});
  shorts(317, {static_cast<std::uint64_t>(layout.predictor)});
  shorts(339, std::vector<std::uint64_t>(samples, static_cast<std::uint64_t>(kind.format)));
  const int longType = layout.big ? 16 : 4;
  if (layout.tiled)
  {
    shorts(322, {16});
    shorts(323, {16});
    entries[324] = {longType, places};
    entries[325] = {longType, lengths};
  }
  else
  {
    shorts(278, {static_cast<std::uint64_t>(layout.rowsPerStrip)});
    entries[273] = {longType, places};
    entries[279] = {longType, lengths};
  }
  for (const auto & [tag, values] : layout.extra)
  {
    shorts(tag, values);
  }
  std::map<int, std::string> texts = layout.texts;
  if (!layout.description.empty())
  {
    texts[270] = layout.description;
  }
  for (const auto & [tag, text] : texts)
  {
    Entry entry = {2, {}};
    for (const char c : text + '\0')
    {
      entry.values.push_back(static_cast<unsigned char>(c));
    }
    entries[tag] = entry;
  }
  const auto sizeOf = [](int type) { return type == 2 ? 1 : type == 3 ? 2 : type == 4 ? 4 : 8; };
  std::map<int, std::uint64_t> outside;
  for (const auto & [tag, entry] : entries)
  {
    if (static_cast<int>(entry.values.size()) * sizeOf(entry.type) > word)
    {
      file.resize((file.size() + 7) / 8 * 8);
      outside[tag] = file.size();
      for (const std::uint64_t value : entry.values)
      {
        Put(file, value, sizeOf(entry.type), layout.little);
      }
    }
  }
  file.resize((file.size() + 7) / 8 * 8);
  std::string place;
  Put(place, file.size(), word, layout.little);
  file.replace(header - static_cast<std::size_t>(word), place.size(), place);
  Put(file, entries.size(), layout.big ? 8 : 2, layout.little);
  for (const auto & [tag, entry] : entries)
  {
    Put(file, static_cast<std::uint64_t>(tag), 2, layout.little);
    Put(file, static_cast<std::uint64_t>(entry.type), 2, layout.little);
    Put(file, entry.values.size(), word, layout.little);
    std::string field;
    if (outside.count(tag) != 0)
    {
      Put(field, outside[tag], word, layout.little);
    }
    else
    {
      for (const std::uint64_t value : entry.values)
      {
        Put(field, value, sizeOf(entry.type), layout.little);
      }
      field.resize(static_cast<std::size_t>(word), '\0');
    }
    file += field;
  }
  Put(file, 0, word, layout.little);
  return file;
}

void
ExpectPixels(const std::filesystem::path & path, const Kind & kind, int sample, const ferro::ImageSelection & selection)
{
  const auto image = ferro::ReadMicrograph(path, selection);
  ASSERT_EQ(image->GetLargestPossibleRegion().GetSize()[0], static_cast<std::size_t>(Width));
  ASSERT_EQ(image->GetLargestPossibleRegion().GetSize()[1], static_cast<std::size_t>(Height));
  int wrong = 0;
  for (int y = 0; y < Height; ++y)
  {
    for (int x = 0; x < Width; ++x)
    {
      wrong += image->GetPixel({{x, y}}) != static_cast<float>(Expected(kind, x, y, sample));
    }
  }
  EXPECT_EQ(wrong, 0);
}
} // namespace

TEST(TiffVariants, TypesCompressionsPredictorsAndLayouts)
{
  const TestFolder folder;
  const std::vector<Kind> kinds = {{8, 1},  {16, 1}, {32, 1}, {64, 1}, {8, 2},  {16, 2}, {32, 2}, {64, 2},
                                   {16, 3}, {32, 3}, {64, 3}, {1, 1},  {2, 1},  {4, 1},  {10, 1}, {12, 1},
                                   {14, 1}, {5, 1},  {7, 1},  {20, 1}, {24, 1}, {24, 2}, {24, 3}};
  int read = 0;
  for (const Kind & kind : kinds)
  {
    for (const int compression : {1, 5, 8})
    {
      for (const int predictor : {1, 2, 3})
      {
        if ((predictor > 1 && compression == 1) || (predictor == 3) != (predictor > 1 && kind.format == 3))
        {
          continue;
        }
        for (int variant = 0; variant < 8; ++variant)
        {
          Layout layout;
          layout.little = (variant & 1) == 0;
          layout.big = (variant & 2) != 0;
          layout.tiled = (variant & 4) != 0;
          layout.compression = compression;
          layout.predictor = predictor;
          SCOPED_TRACE(std::to_string(kind.bits) + " bits, format " + std::to_string(kind.format) + ", compression " +
                       std::to_string(compression) + ", predictor " + std::to_string(predictor) + ", variant " +
                       std::to_string(variant));
          const auto path = folder.Write("a.tif", MakeVariant(kind, layout));
          EXPECT_TRUE(ferro::InspectFile(path).images.at(0).readable);
          ExpectPixels(path, kind, 0, {});
          ++read;
        }
      }
    }
  }
  EXPECT_EQ(read, 8 * (23 + 2 * 23 + 2 * 23));
}

// A region begins in the middle of rows whose samples are differences to those before.
TEST(TiffVariants, RegionsOfDifferences)
{
  const TestFolder folder;
  for (const Kind kind : {Kind{5, 1}, Kind{12, 1}, Kind{16, 2}, Kind{24, 1}})
  {
    for (const bool tiled : {false, true})
    {
      Layout layout;
      layout.tiled = tiled;
      layout.compression = 5;
      layout.predictor = 2;
      const auto file = ferro::OpenMicroscopyFile(folder.Write("a.tif", MakeVariant(kind, layout)));
      const ferro::FrameRegion region = {3, 4, 15, 13};
      std::vector<double> pixels(15 * 13);
      file->ReadRegion(0, 0, region, pixels.data());
      int wrong = 0;
      for (int k = 0; k < 15 * 13; ++k)
      {
        wrong += pixels[static_cast<std::size_t>(k)] != Expected(kind, 3 + k % 15, 4 + k / 15, 0);
      }
      EXPECT_EQ(wrong, 0) << kind.bits;
    }
  }
}

// Several gray samples per pixel are channels: images of their own side by side, a stack one behind the other.
TEST(TiffVariants, SeveralSamplesPerPixel)
{
  const TestFolder folder;
  for (const Kind kind : {Kind{8, 1}, Kind{16, 2}, Kind{32, 3}, Kind{12, 1}})
  {
    for (const bool tiled : {false, true})
    {
      for (const int predictor : {1, 2})
      {
        Layout layout;
        layout.samples = 3;
        layout.tiled = tiled;
        layout.compression = predictor == 2 ? 8 : 1;
        layout.predictor = predictor == 2 && kind.format == 3 ? 3 : predictor;
        layout.planar = true;
        auto path = folder.Write("planes.tif", MakeVariant(kind, layout));
        EXPECT_EQ(ferro::InspectFile(path).images.at(0).shape, (std::vector<long>{3, Height, Width}));
        for (int s = 0; s < 3; ++s)
        {
          ExpectPixels(path, kind, s, {"", std::to_string(s), {}});
        }
        layout.planar = false;
        path = folder.Write("pixels.tif", MakeVariant(kind, layout));
        ASSERT_EQ(ferro::InspectFile(path).images.size(), 3u);
        for (int s = 0; s < 3; ++s)
        {
          ExpectPixels(path, kind, s, {"sample " + std::to_string(s), "", {}});
        }
      }
    }
  }
  // With transparency it is a picture, and so is anything with colours.
  Layout layout;
  layout.samples = 2;
  layout.extra[338] = {2};
  EXPECT_FALSE(ferro::InspectFile(folder.Write("a.tif", MakeVariant({8, 1}, layout))).images.at(0).readable);
  layout.extra.clear();
  layout.samples = 3;
  layout.photometric = 2;
  EXPECT_FALSE(ferro::InspectFile(folder.Write("a.tif", MakeVariant({8, 1}, layout))).images.at(0).readable);
}

TEST(TiffVariants, NumbersOfColoursAreSaidToBeSuch)
{
  const TestFolder folder;
  Layout layout;
  layout.photometric = 3;
  for (int k = 0; k < 768; ++k)
  {
    layout.extra[320].push_back(static_cast<std::uint64_t>(257 * (k % 256)));
  }
  auto path = folder.Write("a.tif", MakeVariant({8, 1}, layout));
  ExpectPixels(path, {8, 1}, 0, {});
  EXPECT_EQ(ferro::InspectFile(path).images.at(0).metadata.count("note"), 0u); // a gray ramp
  layout.extra[320][300] = 5;
  path = folder.Write("b.tif", MakeVariant({8, 1}, layout));
  ExpectPixels(path, {8, 1}, 0, {});
  EXPECT_EQ(ferro::InspectFile(path).images.at(0).metadata.count("note"), 1u);
}

TEST(TiffVariants, InstrumentsTextsOfFei)
{
  const TestFolder folder;
  Layout layout;
  layout.texts[34682] = "[User]\r\nDate=06/13/2016\r\nTime=05:06:40 PM\r\n\r\n[System]\r\nSystemType=Helios\r\n"
                        "[Beam]\r\nHV=5000\r\nScanRotation=0.5\r\n[Scan]\r\nDwelltime=1e-005\r\nPixelWidth=3e-009\r\n"
                        "PixelHeight=4e-009\r\n[Detectors]\r\nNumber=1\r\nName=ETD\r\n";
  const auto info = ferro::InspectFile(folder.Write("a.tif", MakeVariant({16, 1}, layout)));
  const ferro::ImageInfo & image = info.images.at(0);
  EXPECT_EQ(info.format, "TIFF (FEI)");
  EXPECT_NEAR(image.axes[1].scale, 3.0, 1e-12);
  EXPECT_NEAR(image.axes[0].scale, 4.0, 1e-12);
  const std::map<std::string, std::string> expected = {
    {"beam_energy_kV", "5"},  {"date", "06/13/2016"},           {"detector", "ETD"},    {"dwell_time_us", "10"},
    {"microscope", "Helios"}, {"scan_rotation_deg", "28.6479"}, {"time", "05:06:40 PM"}};
  EXPECT_EQ(image.metadata, expected);
  // An ion beam has a section of its own; without any there is no calibration.
  layout.texts[34682] = "[IBeam]\nHV=30000\n[IScan]\nPixelWidth=2e-9\nPixelHeight=2e-9\n";
  EXPECT_NEAR(ferro::InspectFile(folder.Write("a.tif", MakeVariant({16, 1}, layout))).images[0].axes[1].scale, 2.0,
              1e-12);
  // The camera of the chamber says how wide its field is.
  layout.texts[34682] = "[IRBeam]\nHFW=0.2\nVFW=0.15\n[Image]\nResolutionX=1000\nResolutionY=500\n";
  const auto chamber = ferro::InspectFile(folder.Write("a.tif", MakeVariant({16, 1}, layout))).images[0].axes;
  EXPECT_NEAR(chamber[1].scale, 0.2e9 / 1000, 1e-6);
  EXPECT_NEAR(chamber[0].scale, 0.15e9 / 500, 1e-6);
  layout.texts[34682] = "[NavCam]\nWidth=2e-9\n";
  EXPECT_EQ(ferro::InspectFile(folder.Write("a.tif", MakeVariant({16, 1}, layout))).images[0].axes[1].unit, "");
}

// The Titan and later instruments write XML, and an empty text of the older kind beside it.
TEST(TiffVariants, InstrumentsXmlOfFei)
{
  const TestFolder folder;
  Layout layout;
  layout.texts[34682] = " ";
  layout.texts[34683] =
    "<?xml version=\"1.0\"?>\n<Metadata xmlns:nil=\"http://schemas.fei.com/Metadata/v1/2013/07\">\n"
    "<Instrument><InstrumentClass>Titan &amp; co</InstrumentClass></Instrument>\n<Acquisition>"
    "<AcquisitionDatetime>2019-03-01T10:00:00</AcquisitionDatetime></Acquisition>\n"
    "<Optics><AccelerationVoltage>300000</AccelerationVoltage><CameraLength>0.115</CameraLength></Optics>\n"
    "<Detectors><ScanningDetector><DetectorName>HAADF</DetectorName></ScanningDetector></Detectors>\n"
    "<ScanSettings><DwellTime>2E-06</DwellTime><ScanRotation>0.5</ScanRotation></ScanSettings>\n"
    "<BinaryResult><PixelSize>\n  <X unit=\"m\" unitPrefixPower=\"1\">1.5E-11</X>\n"
    "  <Y unit=\"m\" unitPrefixPower=\"1\">2E-11</Y></PixelSize></BinaryResult>\n</Metadata>\n";
  auto info = ferro::InspectFile(folder.Write("a.tif", MakeVariant({16, 1}, layout)));
  EXPECT_EQ(info.format, "TIFF (FEI)");
  EXPECT_NEAR(info.images.at(0).axes[1].scale, 0.015, 1e-12);
  EXPECT_NEAR(info.images[0].axes[0].scale, 0.02, 1e-12);
  EXPECT_EQ(info.images[0].axes[0].unit, "nm");
  std::map<std::string, std::string> expected = {{"beam_energy_kV", "300"},      {"camera_length_mm", "115"},
                                                 {"detector", "HAADF"},          {"dwell_time_us", "2"},
                                                 {"microscope", "Titan & co"},   {"scan_rotation_deg", "28.6479"},
                                                 {"date", "2019-03-01T10:00:00"}};
  EXPECT_EQ(info.images[0].metadata, expected);
  // Entries of labels, without a pixel size; and XML that ends early.
  layout.texts[34683] = "<Root><Data><Label>High tension</Label><Value>200</Value><Unit>kV</Unit></Data>"
                        "<Data><Label>Camera length</Label><Value>0.13</Value><Unit>m</Unit></Data></Root>";
  info = ferro::InspectFile(folder.Write("a.tif", MakeVariant({16, 1}, layout)));
  EXPECT_EQ(info.images.at(0).axes[1].unit, "");
  expected = {{"beam_energy_kV", "200"}, {"camera_length_mm", "130"}};
  EXPECT_EQ(info.images[0].metadata, expected);
  layout.texts[34683] = "<Metadata><BinaryResult><PixelSize><X unit=\"m\"";
  EXPECT_EQ(ferro::InspectFile(folder.Write("a.tif", MakeVariant({16, 1}, layout))).images.at(0).axes[1].unit, "");
  // One without a pixel size stands beside a full text of the older kind, and an empty one leaves that its place.
  layout.texts[34683] = "<Metadata><Instrument><InstrumentClass>Helios</InstrumentClass></Instrument></Metadata>";
  layout.texts[34682] = "[Scan]\nPixelWidth=3e-9\nPixelHeight=3e-9\n";
  info = ferro::InspectFile(folder.Write("a.tif", MakeVariant({16, 1}, layout)));
  EXPECT_NEAR(info.images.at(0).axes[1].scale, 3.0, 1e-12);
  EXPECT_EQ(info.images[0].metadata.at("microscope"), "Helios");
  layout.texts[34683] = " ";
  layout.texts[34682] = "[Scan]\nPixelWidth=2e-9\nPixelHeight=2e-9\n";
  EXPECT_NEAR(ferro::InspectFile(folder.Write("a.tif", MakeVariant({16, 1}, layout))).images.at(0).axes[1].scale, 2.0,
              1e-12);
}

TEST(TiffVariants, InstrumentsTextsOfZeiss)
{
  const TestFolder folder;
  Layout layout;
  layout.texts[34118] =
    "0\r\n0\r\n0\r\n5e-009\r\n1\r\nAP_ACTUALKV\r\nEHT =  5.00 kV\r\nAP_MAG\r\nMag =  50.00 K X\r\n"
    "AP_DATE\r\nDate :25 Sep 2018\r\nAP_TIME\r\nTime :8:20:42\r\nDP_DWELL_TIME\r\nDwell Time = 50 ns\r\n"
    "AP_SCANROTATION\r\nScan Rotation = 145.6 \xb0\r\nDP_DETECTOR_CHANNEL\r\nSignal A = InLens\r\n"
    "SV_SERIAL_NUMBER\r\nSerial No. = ULTRA 55\r\n";
  const auto info = ferro::InspectFile(folder.Write("a.tif", MakeVariant({8, 1}, layout)));
  EXPECT_EQ(info.format, "TIFF (Zeiss)");
  EXPECT_NEAR(info.images.at(0).axes[1].scale, 5.0 * 1024 / Width, 1e-9);
  const std::map<std::string, std::string> expected = {
    {"beam_energy_kV", "5"}, {"date", "25 Sep 2018"},    {"detector", "InLens"},         {"dwell_time_us", "0.05"},
    {"time", "8:20:42"},     {"magnification", "50000"}, {"scan_rotation_deg", "145.6"}, {"microscope", "ULTRA 55"}};
  EXPECT_EQ(info.images[0].metadata, expected);
}

// Without the numbers of the head the size stands in words only.
TEST(TiffVariants, PixelSizeOfZeissInWords)
{
  const TestFolder folder;
  Layout layout;
  layout.texts[34118] = "AP_MAG\r\nMag =  50.00 K X\r\nAP_IMAGE_PIXEL_SIZE\r\nImage Pixel Size = 11.65 nm\r\n";
  auto image = ferro::InspectFile(folder.Write("a.tif", MakeVariant({8, 1}, layout))).images.at(0);
  EXPECT_NEAR(image.axes[1].scale, 11.65, 1e-12);
  EXPECT_NEAR(image.axes[0].scale, 11.65, 1e-12);
  EXPECT_EQ(image.metadata.at("magnification"), "50000");
  layout.texts[34118] = "0\r\n0\r\n0\r\n0\r\nAP_PIXEL_SIZE\r\nPixel Size = 2.5 \xb5m\r\n";
  image = ferro::InspectFile(folder.Write("a.tif", MakeVariant({8, 1}, layout))).images.at(0);
  EXPECT_NEAR(image.axes[1].scale, 2500.0, 1e-9);
  layout.texts[34118] = "0";
  EXPECT_EQ(ferro::InspectFile(folder.Write("a.tif", MakeVariant({8, 1}, layout))).images.at(0).axes[1].unit, "");
}

TEST(TiffVariants, CompressionsThatAreNotThere)
{
  const TestFolder folder;
  Layout layout;
  layout.compression = 50002; // JPEG XL
  try
  {
    ferro::ReadMicrograph(folder.Write("a.tif", MakeVariant({8, 1}, layout)));
    FAIL();
  }
  catch (const ferro::InputError & error)
  {
    EXPECT_NE(error.GetMessage().find("compression 50002"), std::string::npos) << error.GetMessage();
  }
}

// What turns a picture on the screen leaves the pixels where they are, and is said.
TEST(TiffVariants, OrientationIsNotApplied)
{
  const TestFolder folder;
  Layout layout;
  layout.extra[274] = {4};
  const auto path = folder.Write("a.tif", MakeVariant({8, 1}, layout));
  ExpectPixels(path, {8, 1}, 0, {});
  EXPECT_NE(ferro::InspectFile(path).images.at(0).metadata.at("orientation").find("4"), std::string::npos);
  layout.extra[274] = {1};
  EXPECT_EQ(
    ferro::InspectFile(folder.Write("b.tif", MakeVariant({8, 1}, layout))).images.at(0).metadata.count("orientation"),
    0u);
}

TEST(TiffVariants, TheDateOfAPlainFile)
{
  const TestFolder folder;
  Layout layout;
  layout.texts[306] = "2019:01:12 12:52:40";
  auto metadata = ferro::InspectFile(folder.Write("a.tif", MakeVariant({8, 1}, layout))).images.at(0).metadata;
  EXPECT_EQ(metadata["date"], "2019-01-12");
  EXPECT_EQ(metadata["time"], "12:52:40");
}

// Two images of one OME file, with names, calibrations and sizes of their own.
TEST(TiffVariants, ImagesOfAnOmeFile)
{
  const TestFolder folder;
  const std::string pixels = "DimensionOrder=\"XYCZT\" SizeX=\"4\" SizeY=\"3\" SizeC=\"1\" SizeT=\"1\" ";
  const auto path = folder.Write(
    "a.ome.tif",
    MakeTiff(
      true, 3,
      "<?xml version=\"1.0\"?><OME><Image ID=\"Image:0\" Name=\"A &amp; B\"><AcquisitionDate>2020-01-02T03:04:05"
      "</AcquisitionDate><Pixels " +
        pixels +
        "SizeZ=\"2\" PhysicalSizeX=\"20\" PhysicalSizeXUnit=\"pm\" PhysicalSizeY=\"0.3\" PhysicalSizeYUnit=\"&#197;"
        "\"/></Image><Image ID=\"Image:1\" Name=\"HAADF\"><Pixels " +
        pixels + "SizeZ=\"1\" PhysicalSizeX=\"0.5\" PhysicalSizeXUnit=\"nm\"/></Image></OME>",
      72, 72));
  const auto info = ferro::InspectFile(path);
  ASSERT_EQ(info.images.size(), 2u);
  EXPECT_EQ(info.images[0].title, "A & B");
  EXPECT_EQ(info.images[0].shape, (std::vector<long>{2, 3, 4}));
  EXPECT_NEAR(info.images[0].axes[2].scale, 0.02, 1e-12);
  EXPECT_NEAR(info.images[0].axes[1].scale, 0.03, 1e-12);
  EXPECT_EQ(info.images[0].metadata.at("date"), "2020-01-02T03:04:05");
  EXPECT_EQ(info.images[1].title, "HAADF");
  EXPECT_EQ(info.images[1].shape, (std::vector<long>{3, 4}));
  EXPECT_NEAR(info.images[1].axes[1].scale, 0.5, 1e-12);
  EXPECT_EQ(info.images[1].axes[0].unit, "");
  EXPECT_EQ(ferro::ReadMicrograph(path, {"HAADF", "", {}})->GetPixel({{1, 2}}), static_cast<float>(Value(1, 2, 2)));
}

// tifffile's files of one directory and several frames behind each other; and its volumes in one page.
TEST(TiffVariants, ShapesOfTifffile)
{
  const TestFolder folder;
  Layout layout;
  layout.rowsPerStrip = Height;
  layout.description = "{\"truncated\": true, \"shape\": [2, 18, 21]}";
  std::string bytes = MakeVariant({16, 1}, layout);
  // The pixels of the first frame stand behind the header; those of the second go between them and the tags.
  constexpr std::size_t length = 2 * Width * Height;
  ASSERT_GT(bytes.size(), 8 + length);
  std::string second;
  for (int k = 0; k < Width * Height; ++k)
  {
    Put(second, static_cast<std::uint64_t>(k), 2, true);
  }
  // The directory and its tags keep their places when the second frame is put at the end of a copy of the pixels.
  std::string whole = bytes.substr(0, 4);
  const std::size_t shift = bytes.size() + (bytes.size() % 2);
  bytes.resize(shift);
  const std::string pixels = bytes.substr(8, length) + second;
  whole = bytes + pixels;
  // The only strip begins at the copy now: the tag 273 of one value stands in the directory itself.
  const std::size_t tag = whole.find(std::string("\x11\x01\x04\x00\x01\x00\x00\x00\x08\x00\x00\x00", 12));
  ASSERT_NE(tag, std::string::npos);
  std::string place;
  Put(place, shift, 4, true);
  whole.replace(tag + 8, 4, place);
  const auto path = folder.Write("a.tif", whole);
  EXPECT_EQ(ferro::InspectFile(path).images.at(0).shape, (std::vector<long>{2, Height, Width}));
  ExpectPixels(path, {16, 1}, 0, {"", "0", {}});
  EXPECT_EQ(ferro::ReadMicrograph(path, {"", "1", {}})->GetPixel({{3, 2}}), static_cast<float>(3 + 2 * Width));
  // A shape that does not fit says nothing.
  layout.description = "{\"shape\": [2, 18, 22], \"truncated\": true}";
  EXPECT_EQ(ferro::InspectFile(folder.Write("b.tif", MakeVariant({16, 1}, layout))).images.at(0).shape,
            (std::vector<long>{Height, Width}));
  layout.extra[32997] = {5};
  EXPECT_THROW(ferro::InspectFile(folder.Write("c.tif", MakeVariant({16, 1}, layout))), ferro::InputError);
}

// Smaller copies of a pyramid follow their page: they are no images of their own.
TEST(TiffVariants, ReducedCopiesAreLeftOut)
{
  const TestFolder folder;
  std::string bytes = MakeTiff(true, 2, "", 1, 1);
  // The second page says by NewSubfileType that it is a reduced copy: its tag of the description becomes that.
  const std::size_t second =
    bytes.find(std::string("\x0e\x01\x02\x00", 4), bytes.find(std::string("\x0e\x01\x02\x00", 4)) + 1);
  ASSERT_NE(second, std::string::npos);
  bytes.replace(second, 12, std::string("\xfe\x00\x04\x00\x01\x00\x00\x00\x01\x00\x00\x00", 12));
  const auto info = ferro::InspectFile(folder.Write("a.tif", bytes));
  ASSERT_EQ(info.images.size(), 1u);
  EXPECT_EQ(info.images[0].shape, (std::vector<long>{3, 4}));
}

// ImageJ's info, as Fiji writes it in big-endian files: a header of two kinds of blocks, then UTF-16.
TEST(TiffVariants, InfoOfImageJ)
{
  const TestFolder folder;
  const std::string text =
    "Title: a.dm3\nFerroscope.detector = HAADF \xc3\x85\nFerroscope.beam_energy_kV = 300\nother = 1\n";
  for (const bool little : {true, false})
  {
    std::string utf16;
    for (std::size_t k = 0; k < text.size(); ++k)
    {
      const bool ring = text[k] == '\xc3';
      Put(utf16, ring ? 0xc5 : static_cast<unsigned char>(text[k]), 2, little);
      k += ring ? 1 : 0;
    }
    std::string block;
    Put(block, 0x494a494a, 4, little);
    Put(block, 0x6c61626c, 4, little); // "labl", two of them
    Put(block, 2, 4, little);
    Put(block, 0x696e666f, 4, little); // "info"
    Put(block, 1, 4, little);
    block += "aabb" + utf16;
    Layout layout;
    layout.little = little;
    layout.description = "ImageJ=1.54f\nunit=nm\n";
    layout.texts[50839] = block;
    layout.extra[50838] = {20, 2, 2, utf16.size()};
    const auto metadata = ferro::InspectFile(folder.Write("a.tif", MakeVariant({16, 1}, layout))).images.at(0).metadata;
    const std::map<std::string, std::string> expected = {{"beam_energy_kV", "300"}, {"detector", "HAADF \xc3\x85"}};
    EXPECT_EQ(metadata, expected);
    // Lengths that lie do no harm.
    for (const std::uint64_t length : {0, 1, 3, 12, 60000})
    {
      layout.extra[50838] = {length, length, 2, utf16.size()};
      EXPECT_TRUE(ferro::InspectFile(folder.Write("a.tif", MakeVariant({16, 1}, layout))).images.at(0).readable);
    }
  }
}
