// Pixels of a TIFF page: strips or tiles, open or as libtiff decodes them.
#include "ferroTiffPixels.h"

#include "ferroRawFrame.h"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <tiffio.h>

namespace ferro
{
namespace
{
int
KeepMessage(TIFF *, void * data, const char *, const char * format, va_list arguments)
{
  char text[256];
  std::vsnprintf(text, sizeof(text), format, arguments);
  auto & message = *static_cast<std::string *>(data);
  if (message.empty())
  {
    message = text;
  }
  return 1; // handled: nothing is printed
}

int
IgnoreMessage(TIFF *, void *, const char *, const char *, va_list)
{
  return 1;
}

// The part of the page that a block covers and the region wants; empty when they do not meet.
FrameRegion
Meet(const FrameRegion & block, const FrameRegion & region)
{
  const long x = std::max(block.x, region.x);
  const long y = std::max(block.y, region.y);
  return {x, y, std::min(block.x + block.width, region.x + region.width) - x,
          std::min(block.y + block.height, region.y + region.height) - y};
}

// False when a block is not where it should be.
bool
ReadOpenBlocks(const InputFile & file, const TiffDirectory & page, const TiffDirectory::Blocks & blocks,
               const FrameRegion & region, const PixelSink & sink)
{
  for (long row = region.y / blocks.height; row * blocks.height < region.y + region.height; ++row)
  {
    for (long column = region.x / blocks.width; column * blocks.width < region.x + region.width; ++column)
    {
      const FrameRegion block = {column * blocks.width, row * blocks.height, blocks.width, blocks.height};
      FrameRegion part = Meet(block, region);
      const std::uint64_t place = page.GetOpenBlock(blocks, row * blocks.across + column);
      if (place == 0)
      {
        return false;
      }
      const RawFrame raw = {place, blocks.width, page.type, page.littleEndian};
      const long at = (part.y - region.y) * region.width + part.x - region.x;
      part.x -= block.x;
      part.y -= block.y;
      ReadRawFrame(file, raw, part, sink, static_cast<std::size_t>(at), region.width);
    }
  }
  return true;
}

/** What of a plane of samples goes where. */
struct Plane
{
  int index;  ///< in the file
  int stored; ///< samples per pixel in this plane
  int first;  ///< of the stored ones
  int step;   ///< samples per pixel in the buffer
  int offset; ///< in the buffer's pixels
};

// Bits of a sample that is no plain number: three bytes in the byte order of this machine; others are packed with the
// highest bit first, whatever the byte order of the file.
unsigned int
BitsOf(const unsigned char * row, std::size_t bits, std::size_t index)
{
  if (bits == 24)
  {
    const unsigned char * bytes = row + 3 * index;
    const bool little = IsNativeByteOrder(true);
    return static_cast<unsigned int>(bytes[little ? 2 : 0]) << 16U | static_cast<unsigned int>(bytes[1]) << 8U |
           static_cast<unsigned int>(bytes[little ? 0 : 2]);
  }
  unsigned int number = 0;
  for (std::size_t bit = index * bits; bit < (index + 1) * bits; ++bit)
  {
    number = number << 1U | (static_cast<unsigned int>(row[bit / 8]) >> (7 - bit % 8) & 1U);
  }
  return number;
}

// What they mean: only of three bytes there are signed and floating-point numbers.
double
NumberOf(unsigned int bits, PixelType type)
{
  if (type == PixelType::Int32)
  {
    return static_cast<double>(bits) - (bits >= 0x800000U ? 16777216.0 : 0.0);
  }
  if (type != PixelType::Float32)
  {
    return bits;
  }
  // A sign, 7 bits of the exponent (63 is 0), 16 of the fraction (Adobe's third technical note on TIFF, 2005).
  const int exponent = static_cast<int>(bits >> 16U & 0x7fU);
  const double fraction = bits & 0xffffU;
  const double size = exponent == 127 ? (fraction == 0.0 ? HUGE_VAL : std::nan(""))
                      : exponent == 0 ? std::ldexp(fraction, -62 - 16)
                                      : std::ldexp(65536.0 + fraction, exponent - 63 - 16);
  return bits >= 0x800000U ? -size : size;
}

// Whether samples are differences that libtiff does not add up, because they are no plain numbers.
bool
HasOwnDifferences(const TiffDirectory & page)
{
  return !page.IsPlain() && page.compression != 1 && page.GetNumber(TIFFTAG_PREDICTOR, 1) == 2;
}

// Samples from `first` on of a row. `step`: samples per pixel where they are differences, 0 where they are none.
void
UnpackRow(const unsigned char * row, const TiffDirectory & page, std::size_t first, std::size_t count, std::size_t step,
          double * out)
{
  const auto bits = static_cast<std::size_t>(page.bits);
  if (page.IsPlain())
  {
    PixelSink(out).Put(0, row + first * bits / 8, page.sampleType, IsNativeByteOrder(true), count);
    return;
  }
  if (step == 0)
  {
    for (std::size_t x = 0; x < count; ++x)
    {
      out[x] = NumberOf(BitsOf(row, bits, first + x), page.sampleType);
    }
    return;
  }
  // Differences to the pixel before, modulo the range of numbers.
  const unsigned int mask = (1U << bits) - 1U;
  std::vector<unsigned int> last(step, 0);
  for (std::size_t x = 0; x < first + count; ++x)
  {
    unsigned int & sum = last[x % step];
    sum = (sum + BitsOf(row, bits, x)) & mask;
    if (x >= first)
    {
      out[x - first] = NumberOf(sum, page.sampleType);
    }
  }
}

/** Hands over rows of decoded blocks. */
class RowTarget
{
public:
  RowTarget(const TiffDirectory & page, const Plane & plane, const FrameRegion & region, const PixelSink & sink)
    : m_Page(page), m_Plane(plane), m_Region(region), m_Sink(sink), m_Differences(HasOwnDifferences(page))
  {
  }

  /** \a row: of a block that begins at column \a blockX; pixels from (x, y) on are wanted. */
  void
  Put(const unsigned char * row, std::size_t blockX, long x, long y, long width)
  {
    const auto stored = static_cast<std::size_t>(m_Plane.stored);
    const auto step = static_cast<std::size_t>(m_Plane.step);
    const std::size_t first = (static_cast<std::size_t>(x) - blockX) * stored;
    const auto pixels = static_cast<std::size_t>(width);
    const std::size_t at = static_cast<std::size_t>((y - m_Region.y) * m_Region.width + x - m_Region.x) * step +
                           static_cast<std::size_t>(m_Plane.offset);
    if (step == stored && m_Page.IsPlain())
    {
      m_Sink.Put(at, row + first * static_cast<std::size_t>(m_Page.bits) / 8, m_Page.sampleType,
                 IsNativeByteOrder(true), pixels * stored);
      return;
    }
    m_Values.resize(pixels * stored);
    UnpackRow(row, m_Page, first, m_Values.size(), m_Differences ? stored : 0, m_Values.data());
    if (step == stored)
    {
      m_Sink.Put(at, m_Values.data(), m_Values.size());
      return;
    }
    for (std::size_t i = 0; i < pixels; ++i)
    {
      m_Sink.Put(at + i * step, &m_Values[i * stored + static_cast<std::size_t>(m_Plane.first)], 1);
    }
  }

private:
  const TiffDirectory & m_Page;
  const Plane & m_Plane;
  const FrameRegion & m_Region;
  const PixelSink & m_Sink;
  bool m_Differences;
  std::vector<double> m_Values;
};

// Pixels as libtiff gives them: in the byte order of this machine.
bool
DecodePlane(TIFF * tiff, const TiffDirectory & page, const Plane & plane, const FrameRegion & region,
            const PixelSink & sink, std::string & message)
{
  const bool tiled = TIFFIsTiled(tiff) != 0;
  const auto width = static_cast<std::size_t>(page.width);
  const auto height = static_cast<std::size_t>(page.height);
  std::size_t blockWidth = width;
  std::size_t blockHeight = height;
  std::uint32_t value = 0;
  if (tiled)
  {
    if (TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &value) == 0 || value == 0)
    {
      return false;
    }
    blockWidth = value;
    if (TIFFGetField(tiff, TIFFTAG_TILELENGTH, &value) == 0 || value == 0)
    {
      return false;
    }
    blockHeight = value;
  }
  else if (TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &value) != 0 && value > 0 && value < blockHeight)
  {
    blockHeight = value;
  }
  const auto stored = static_cast<std::size_t>(plane.stored);
  const tmsize_t blockBytes = tiled ? TIFFTileSize(tiff) : TIFFStripSize(tiff);
  const tmsize_t rowBytes = tiled ? TIFFTileRowSize(tiff) : TIFFScanlineSize(tiff);
  const auto bits = static_cast<std::size_t>(page.bits);
  if (blockBytes <= 0 || rowBytes <= 0 || static_cast<std::size_t>(rowBytes) != (blockWidth * bits * stored + 7) / 8 ||
      static_cast<std::size_t>(blockBytes) < static_cast<std::size_t>(rowBytes) * blockHeight ||
      static_cast<std::uint64_t>(blockBytes) > (std::uint64_t{8} * MicroscopyFile::MaximumFramePixels()))
  {
    message = message.empty() ? "strips or tiles of an unexpected size" : message;
    return false;
  }
  std::vector<unsigned char> raw(static_cast<std::size_t>(blockBytes));
  RowTarget target(page, plane, region, sink);
  for (std::size_t y0 = 0; y0 < height; y0 += blockHeight)
  {
    const std::size_t rows = std::min(blockHeight, height - y0);
    for (std::size_t x0 = 0; x0 < width; x0 += blockWidth)
    {
      const FrameRegion part = Meet({static_cast<long>(x0), static_cast<long>(y0),
                                     static_cast<long>(std::min(blockWidth, width - x0)), static_cast<long>(rows)},
                                    region);
      if (part.width <= 0 || part.height <= 0)
      {
        continue;
      }
      const tmsize_t need = tiled ? blockBytes : rowBytes * static_cast<tmsize_t>(rows);
      const auto column = static_cast<std::uint32_t>(x0);
      const auto line = static_cast<std::uint32_t>(y0);
      const auto index = static_cast<std::uint16_t>(plane.index);
      const tmsize_t got =
        tiled ? TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, column, line, 0, index), raw.data(), blockBytes)
              : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, line, index), raw.data(), need);
      if (got < need)
      {
        message = message.empty() ? "a block of pixels is too short" : message;
        return false;
      }
      for (long y = part.y; y < part.y + part.height; ++y)
      {
        const std::size_t row = (static_cast<std::size_t>(y) - y0) * static_cast<std::size_t>(rowBytes);
        target.Put(raw.data() + row, x0, part.x, y, part.width);
      }
    }
  }
  return true;
}

// One sample of each pixel, or with -1 all of them side by side.
bool
DecodePage(TIFF * tiff, const TiffDirectory & page, int sample, const FrameRegion & region, const PixelSink & sink,
           std::string & message)
{
  const int samples = page.samples;
  if (!page.planar)
  {
    const Plane all = {0, samples, std::max(sample, 0), sample < 0 ? samples : 1, 0};
    return DecodePlane(tiff, page, all, region, sink, message);
  }
  if (sample >= 0)
  {
    return DecodePlane(tiff, page, {sample, 1, 0, 1, 0}, region, sink, message);
  }
  for (int plane = 0; plane < samples; ++plane)
  {
    if (!DecodePlane(tiff, page, {plane, 1, 0, samples, plane}, region, sink, message))
    {
      return false;
    }
  }
  return true;
}
} // namespace

void
ReadTiffPixels(const InputFile & file, const TiffDirectory & page, int sample, const FrameRegion & region,
               const PixelSink & sink)
{
  const auto blocks = page.GetOpenBlocks();
  // Where the tags are wrong libtiff knows what other programs make of them.
  if (blocks && ReadOpenBlocks(file, page, *blocks, region, sink))
  {
    return;
  }
  if (TIFFIsCODECConfigured(static_cast<std::uint16_t>(page.compression)) == 0)
  {
    file.Fail("TIFF pixels cannot be read: the installed libtiff does not decode compression " +
              std::to_string(page.compression));
  }
  std::string message;
  TIFFOpenOptions * options = TIFFOpenOptionsAlloc();
  TIFFOpenOptionsSetErrorHandlerExtR(options, KeepMessage, &message);
  TIFFOpenOptionsSetWarningHandlerExtR(options, IgnoreMessage, nullptr);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, tmsize_t{1} << 31);
  TIFF * tiff = TIFFOpenExt(file.GetPath().c_str(), "rm", options);
  TIFFOpenOptionsFree(options);
  bool good = tiff != nullptr && TIFFSetSubDirectory(tiff, page.offset) != 0;
  if (good && HasOwnDifferences(page))
  {
    TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_NONE);
  }
  good = good && DecodePage(tiff, page, sample, region, sink, message);
  if (tiff != nullptr)
  {
    TIFFClose(tiff);
  }
  if (!good)
  {
    file.Fail("TIFF pixels cannot be read (truncated or corrupt): " + (message.empty() ? "unknown error" : message));
  }
}

long
GetTiffRowsPerBlock(const TiffDirectory & page)
{
  if (page.GetOpenBlocks())
  {
    return 1;
  }
  const double rows = page.GetNumber(page.Has(324) ? 323 : 278, 4294967295.0);
  return rows >= 1.0 && rows < static_cast<double>(page.height) ? static_cast<long>(rows) : page.height;
}
} // namespace ferro
