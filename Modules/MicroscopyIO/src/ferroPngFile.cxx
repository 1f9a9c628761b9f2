// PNG pictures; gray ones of 1 to 16 bits are images, values as they are stored.
#include "ferroErrors.h"
#include "ferroInputFile.h"
#include "ferroMicroscopyFormats.h"
#include "ferroPixelType.h"
#include "ferroRawFrame.h"

#include <algorithm>
#include <csetjmp>
#include <png.h>

namespace ferro
{
namespace
{
/** What libpng's callbacks need. They jump over frames of C, so nothing here may throw through them. */
struct PngSource
{
  const InputFile * file = nullptr;
  std::uint64_t position = 0;
  char message[256] = "";
  int paletteSize = 0;
  png_color palette[256] = {};
};

void
ReadBytes(png_structp png, png_bytep buffer, png_size_t length)
{
  auto * source = static_cast<PngSource *>(png_get_io_ptr(png));
  const std::uint64_t size = source->file->GetSize();
  bool good = source->position <= size && length <= size - source->position;
  if (good)
  {
    try
    {
      source->file->Read(source->position, buffer, length, "the picture");
    }
    catch (...)
    {
      good = false;
    }
  }
  if (!good)
  {
    png_error(png, "truncated: the file ends too early");
  }
  source->position += length;
}

void
OnError(png_structp png, png_const_charp message)
{
  auto * source = static_cast<PngSource *>(png_get_error_ptr(png));
  std::snprintf(source->message, sizeof(source->message), "%s", message);
  png_longjmp(png, 1);
}

void
OnWarning(png_structp, png_const_charp)
{
}

/** Where decoded rows go: all of them, as a picture that is interlaced needs, or one at a time. */
struct PngTarget
{
  unsigned char * raw = nullptr; ///< \a capacity bytes: the whole picture, or one row
  std::size_t capacity = 0;
  FrameRegion region;               ///< what is wanted of rows that come one at a time
  const PixelSink * sink = nullptr; ///< where those go; null: all rows into raw
  PixelType type = PixelType::UInt8;
  std::size_t samples = 1;
  const png_color * palette = nullptr; ///< grays of the numbers that are stored
};

void
ApplyPalette(const PngTarget & target)
{
  for (std::size_t i = 0; i < target.capacity && target.palette != nullptr; ++i)
  {
    target.raw[i] = target.palette[target.raw[i]].red; // numbers beyond the table are black
  }
}

void
ReadRows(png_structp png, const PngTarget & target, png_uint_32 height, std::size_t rowBytes)
{
  if (rowBytes != target.capacity)
  {
    png_error(png, "unexpected length of a row");
  }
  const std::size_t values = static_cast<std::size_t>(target.region.width) * target.samples;
  const std::size_t first = static_cast<std::size_t>(target.region.x) * target.samples * PixelTypeSize(target.type);
  const long end = target.region.y + target.region.height;
  for (long y = 0; y < end; ++y)
  {
    png_read_row(png, target.raw, nullptr);
    if (y >= target.region.y)
    {
      ApplyPalette(target);
      target.sink->Put(static_cast<std::size_t>(y - target.region.y) * values, target.raw + first, target.type, false,
                       values);
    }
  }
  if (end == static_cast<long>(height))
  {
    png_read_end(png, nullptr);
  }
}

/** Decodes the rows, or only the header when \a target is null. False on an error. No object with a destructor lives
 * in here, because an error leaves by longjmp. */
bool
Decode(PngSource & source, png_uint_32 & width, png_uint_32 & height, int & depth, int & colour, bool & interlaced,
       const PngTarget * target)
{
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, OnError, OnWarning);
  png_infop info = png == nullptr ? nullptr : png_create_info_struct(png);
  if (info == nullptr)
  {
    png_destroy_read_struct(&png, nullptr, nullptr);
    std::snprintf(source.message, sizeof(source.message), "out of memory");
    return false;
  }
  if (setjmp(png_jmpbuf(png)) != 0)
  {
    png_destroy_read_struct(&png, &info, nullptr);
    return false;
  }
  png_set_read_fn(png, &source, ReadBytes);
  png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
  png_set_chunk_malloc_max(png, 8000000);
  png_set_chunk_cache_max(png, 1000);
  // Texts, profiles and the like are skipped: libpng would allocate whatever length they declare.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  png_read_info(png, info);
  int interlace = PNG_INTERLACE_NONE;
  png_get_IHDR(png, info, &width, &height, &depth, &colour, &interlace, nullptr, nullptr);
  interlaced = interlace != PNG_INTERLACE_NONE;
  png_colorp palette = nullptr;
  int paletteSize = 0;
  if (png_get_PLTE(png, info, &palette, &paletteSize) != 0)
  {
    source.paletteSize = std::min(paletteSize, 256);
    std::copy_n(palette, source.paletteSize, source.palette);
  }
  if (target != nullptr)
  {
    png_set_packing(png);
    const int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    const std::size_t rowBytes = png_get_rowbytes(png, info);
    if (target->sink != nullptr)
    {
      ReadRows(png, *target, height, rowBytes);
      png_destroy_read_struct(&png, &info, nullptr);
      return true;
    }
    if (rowBytes * height != target->capacity)
    {
      png_error(png, "unexpected length of a row");
    }
    for (int pass = 0; pass < passes; ++pass)
    {
      for (png_uint_32 y = 0; y < height; ++y)
      {
        png_read_row(png, target->raw + y * rowBytes, nullptr);
      }
    }
    png_read_end(png, nullptr);
  }
  png_destroy_read_struct(&png, &info, nullptr);
  return true;
}

class PngFile : public MicroscopyFile
{
public:
  explicit PngFile(const std::filesystem::path & path) : MicroscopyFile(path), m_File(path)
  {
    m_Info.format = "PNG";
    PngSource source;
    source.file = &m_File;
    png_uint_32 width = 0;
    png_uint_32 height = 0;
    int colour = 0;
    if (!Decode(source, width, height, m_Depth, colour, m_Interlaced, nullptr))
    {
      this->Fail(std::string("damaged PNG: ") + source.message);
    }
    // A table that holds grays only: its grays are the pixels.
    const auto isGray = [](const png_color & c) { return c.red == c.green && c.red == c.blue; };
    m_GrayPalette = colour == PNG_COLOR_TYPE_PALETTE && source.paletteSize > 0 &&
                    std::all_of(source.palette, source.palette + source.paletteSize, isGray);
    const bool gray = colour == PNG_COLOR_TYPE_GRAY || m_GrayPalette;
    m_Type = m_Depth == 1 && !m_GrayPalette ? PixelType::Bool : m_Depth == 16 ? PixelType::UInt16 : PixelType::UInt8;
    // Deflate shrinks at most about 1032 times: what declares more is a bomb or cut off.
    const std::uint64_t declared = (std::uint64_t{width} * static_cast<unsigned int>(m_Depth) + 7) / 8 * height;
    if (declared / 1100 > m_File.GetSize() + 1024)
    {
      this->Fail("PNG of " + std::to_string(width) + " x " + std::to_string(height) + " pixels is too large for the " +
                 std::to_string(m_File.GetSize()) + " bytes of the file (truncated or corrupt)");
    }
    std::vector<long> shape = {static_cast<long>(height), static_cast<long>(width)};
    const char * dtype = gray                                  ? PixelTypeName(m_Type)
                         : colour == PNG_COLOR_TYPE_PALETTE    ? "palette"
                         : colour == PNG_COLOR_TYPE_GRAY_ALPHA ? "gray+alpha"
                                                               : (colour == PNG_COLOR_TYPE_RGB ? "rgb" : "rgba");
    m_HasPixels = gray || (colour & PNG_COLOR_MASK_PALETTE) == 0;
    if (!gray && m_HasPixels)
    {
      shape.push_back(colour == PNG_COLOR_TYPE_GRAY_ALPHA ? 2 : colour == PNG_COLOR_TYPE_RGB ? 3 : 4);
    }
    ImageInfo & image = this->AddImage("", dtype, shape);
    image.readable = gray;
    if (!gray)
    {
      NameColourAxes(image);
      m_Info.metadata["note"] = "a colour picture: colours are not measured intensities";
    }
  }

  bool
  HasPixels(int) const override
  {
    return m_HasPixels;
  }

  // Compressed as one: rows before a region must be decoded, too.
  long
  GetRowsPerBlock(int image) const override
  {
    return this->GetFrameRegion(image).height;
  }

protected:
  void
  ReadPixels(int image, long, const FrameRegion & region, const PixelSink & sink) override
  {
    const FrameRegion whole = this->GetFrameRegion(image);
    const std::size_t values = this->GetFramePixels(image);
    PngTarget target;
    target.type = m_Type;
    target.samples = values / static_cast<std::size_t>(whole.width * whole.height);
    target.region = region;
    target.sink = m_Interlaced ? nullptr : &sink;
    std::vector<unsigned char> raw(values / (m_Interlaced ? 1 : static_cast<std::size_t>(whole.height)) *
                                   PixelTypeSize(m_Type));
    target.raw = raw.data();
    target.capacity = raw.size();
    PngSource source;
    source.file = &m_File;
    target.palette = m_GrayPalette ? source.palette : nullptr;
    png_uint_32 width = 0;
    png_uint_32 height = 0;
    int colour = 0;
    if (!Decode(source, width, height, m_Depth, colour, m_Interlaced, &target))
    {
      this->Fail(std::string("damaged PNG: ") + source.message);
    }
    if (m_Interlaced)
    {
      ApplyPalette(target);
      CopyRegion(raw.data(), whole.width, target.samples, m_Type, false, region, sink);
    }
  }

private:
  InputFile m_File;
  int m_Depth = 8;
  bool m_Interlaced = false;
  bool m_HasPixels = false;
  bool m_GrayPalette = false;
  PixelType m_Type = PixelType::UInt8;
};

bool
Matches(const FileHead & head)
{
  return head.StartsWith("\x89PNG\r\n\x1a\n");
}

std::unique_ptr<MicroscopyFile>
Open(const std::filesystem::path & file)
{
  return std::make_unique<PngFile>(file);
}
} // namespace

MicroscopyFormat
PngFormat()
{
  return {"PNG", {".png"}, Matches, Open};
}
} // namespace ferro
