// TIFF: plain, ImageJ, Gatan, OME, FEI, Zeiss. The tags are parsed here, libtiff only decodes pixels.
#include "ferroErrors.h"
#include "ferroMicroscopyFormats.h"
#include "ferroTiffCalibration.h"

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

class TiffFile : public MicroscopyFile
{
public:
  explicit TiffFile(const std::filesystem::path & path)
    : MicroscopyFile(path), m_File(path), m_Pages(TiffDirectory::ReadAll(m_File))
  {
    const TiffDescription description = DescribeTiff(m_Pages.front());
    m_Info.format = description.format;
    std::string problem;
    std::vector<std::vector<std::size_t>> groups;
    for (std::size_t k = 0; k < m_Pages.size(); ++k)
    {
      const TiffDirectory & page = m_Pages[k];
      if (page.width == 0 || (!page.supported && !page.colour && page.type != PixelType::Complex64))
      {
        problem = problem.empty() ? "page " + std::to_string(k) + ": " + page.problem : problem;
        continue;
      }
      if (page.reduced && m_Pages.size() > 1)
      {
        continue;
      }
      // Pages alike are frames of a stack; one that differs begins a new image.
      const bool alike = !groups.empty() && Alike(m_Pages[groups.back().front()], page);
      if (!alike)
      {
        groups.emplace_back();
      }
      groups.back().push_back(k);
    }
    if (groups.empty())
    {
      this->Fail("TIFF without an image that can be read: " + (problem.empty() ? "it has thumbnails only" : problem));
    }
    if (!problem.empty())
    {
      m_Info.metadata["problem"] = problem;
    }
    if (this->AddParts(description, groups))
    {
      return;
    }
    for (std::size_t g = 0; g < groups.size(); ++g)
    {
      this->AddGroup(groups[g], g == 0, description);
    }
  }

  bool
  HasPixels(int image) const override
  {
    const Stack & stack = m_Stacks.at(static_cast<std::size_t>(image));
    const TiffDirectory & page = m_Pages[stack.pages.front()];
    return page.decodable && (!page.colour || stack.pages.size() == 1);
  }

  void
  ReadFrame(int image, long frame, double * buffer) override
  {
    const Stack & stack = m_Stacks.at(static_cast<std::size_t>(image));
    const std::size_t count = this->GetFramePixels(image);
    if (stack.contiguous > 0)
    {
      const TiffDirectory & page = m_Pages[stack.pages.front()];
      std::vector<unsigned char> raw(count * PixelTypeSize(page.type));
      m_File.Read(stack.contiguous + static_cast<std::uint64_t>(frame) * raw.size(), raw.data(), raw.size(), "pixels");
      ConvertToDouble(raw.data(), page.type, page.littleEndian, count, buffer);
      return;
    }
    const TiffDirectory & first = m_Pages[stack.pages.front()];
    const bool planes = first.channels && first.planar && stack.sample < 0;
    this->Decode(planes ? first : m_Pages[stack.pages.at(static_cast<std::size_t>(frame))],
                 planes ? static_cast<int>(frame) : stack.sample, buffer);
  }

private:
  struct Stack
  {
    std::vector<std::size_t> pages;
    std::uint64_t contiguous = 0; ///< place of the first of several frames that share one directory; 0: none do
    int sample = -1;              ///< the sample of each pixel that is meant; -1: all, or one plane per frame
  };

  static bool
  Alike(const TiffDirectory & a, const TiffDirectory & b)
  {
    return a.width == b.width && a.height == b.height && a.type == b.type && a.samples == b.samples &&
           a.bits == b.bits && a.planar == b.planar && a.channels == b.channels;
  }

  // The images of an OME file, when their pages add up to those that are there and each has pages alike.
  bool
  AddParts(const TiffDescription & description, const std::vector<std::vector<std::size_t>> & groups)
  {
    std::vector<std::size_t> pages;
    for (const std::vector<std::size_t> & group : groups)
    {
      pages.insert(pages.end(), group.begin(), group.end());
    }
    std::size_t at = 0;
    for (const TiffDescription & part : description.parts)
    {
      for (long k = 1; k < part.pages; ++k)
      {
        if (at + static_cast<std::size_t>(k) >= pages.size() ||
            !Alike(m_Pages[pages[at]], m_Pages[pages[at + static_cast<std::size_t>(k)]]))
        {
          return false;
        }
      }
      at += static_cast<std::size_t>(part.pages);
    }
    if (description.parts.size() < 2 || at != pages.size())
    {
      return false;
    }
    at = 0;
    for (const TiffDescription & part : description.parts)
    {
      const auto begin = pages.begin() + static_cast<std::ptrdiff_t>(at);
      this->AddGroup(std::vector<std::size_t>(begin, begin + part.pages), true, part);
      at += static_cast<std::size_t>(part.pages);
    }
    return true;
  }

  // One stack, or one for each channel of the description.
  void
  AddGroup(const std::vector<std::size_t> & group, bool described, const TiffDescription & description)
  {
    const bool split = described && description.channels > 1 && description.channels <= 1000 &&
                       group.size() % static_cast<std::size_t>(description.channels) == 0;
    if (!split)
    {
      this->AddStack(group, described ? description.title : std::string(), description);
      return;
    }
    const auto channels = static_cast<std::size_t>(description.channels);
    for (std::size_t c = 0; c < channels; ++c)
    {
      std::vector<std::size_t> pages;
      for (std::size_t k = 0; k < group.size(); ++k)
      {
        if (k / static_cast<std::size_t>(description.channelStride) % channels == c)
        {
          pages.push_back(group[k]);
        }
      }
      if (!pages.empty())
      {
        const bool alone = description.parts.empty() && description.pages == 0;
        this->AddStack(pages, (alone ? "" : description.title + " ") + "channel " + std::to_string(c), description);
      }
    }
  }

  void
  AddStack(const std::vector<std::size_t> & pages, const std::string & title, const TiffDescription & description)
  {
    // Channels of one page that lie one behind the other are a stack; any others are images of their own.
    const TiffDirectory & first = m_Pages[pages.front()];
    if (first.channels && !(first.planar && pages.size() == 1))
    {
      for (int sample = 0; sample < first.samples; ++sample)
      {
        this->AddSample(pages, sample, (title.empty() ? "" : title + " ") + "sample " + std::to_string(sample),
                        description);
      }
      return;
    }
    this->AddSample(pages, -1, title, description);
  }

  void
  AddSample(const std::vector<std::size_t> & pages, int sample, const std::string & title,
            const TiffDescription & description)
  {
    const TiffDirectory & first = m_Pages[pages.front()];
    Stack stack;
    stack.pages = pages;
    stack.sample = sample;
    std::vector<long> shape = {first.height, first.width};
    auto frames =
      static_cast<long>(first.channels && sample < 0 ? static_cast<std::size_t>(first.samples) : pages.size());
    // ImageJ writes stacks beyond 4 GiB with one directory and all frames after its strip.
    if (m_Pages.size() == 1 && description.declaredFrames > 1 && first.compression == 1 && first.supported &&
        first.bits % 8 == 0 && first.GetCount(273) == 1 && first.samples == 1)
    {
      const auto offset = static_cast<std::uint64_t>(first.GetNumber(273, 0.0));
      std::vector<long> whole = {description.declaredFrames, first.height, first.width};
      const auto bytes = ArrayBytes(whole, PixelTypeSize(first.type));
      if (bytes && offset < m_File.GetSize() && *bytes <= m_File.GetSize() - offset)
      {
        stack.contiguous = offset;
        frames = description.declaredFrames;
      }
    }
    if (frames > 1)
    {
      shape.insert(shape.begin(), frames);
    }
    if (first.colour)
    {
      shape.push_back(first.samples);
    }
    ImageInfo & image = this->AddImage(title, PixelTypeName(first.type), shape);
    image.readable = first.supported;
    if (first.colour)
    {
      NameColourAxes(image);
    }
    else
    {
      Copy(description.x, image.axes.back());
      Copy(description.y, image.axes[image.axes.size() - 2]);
      if (frames > 1)
      {
        Copy(description.frame, image.axes.front());
      }
    }
    image.metadata = description.metadata;
    if (first.palette)
    {
      image.metadata["note"] = "the pixels are numbers of colours in a table, not necessarily intensities";
    }
    m_Stacks.push_back(stack);
  }

  static void
  Copy(const AxisInfo & from, AxisInfo & to)
  {
    to.scale = from.scale;
    to.offset = from.offset;
    to.unit = from.unit;
  }

  void
  Decode(const TiffDirectory & page, int sample, double * buffer)
  {
    std::string message;
    TIFFOpenOptions * options = TIFFOpenOptionsAlloc();
    TIFFOpenOptionsSetErrorHandlerExtR(options, KeepMessage, &message);
    TIFFOpenOptionsSetWarningHandlerExtR(options, IgnoreMessage, nullptr);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, tmsize_t{1} << 31);
    TIFF * tiff = TIFFOpenExt(m_Path.c_str(), "rm", options);
    TIFFOpenOptionsFree(options);
    const bool good =
      tiff != nullptr && TIFFSetSubDirectory(tiff, page.offset) != 0 && DecodePage(tiff, page, sample, buffer, message);
    if (tiff != nullptr)
    {
      TIFFClose(tiff);
    }
    if (!good)
    {
      this->Fail("TIFF pixels cannot be read (truncated or corrupt): " + (message.empty() ? "unknown error" : message));
    }
  }

  // One sample of each pixel, or with -1 all of them side by side.
  static bool
  DecodePage(TIFF * tiff, const TiffDirectory & page, int sample, double * buffer, std::string & message)
  {
    const int samples = page.samples;
    if (!page.planar)
    {
      return DecodePlane(tiff, page, {0, samples, std::max(sample, 0), sample < 0 ? samples : 1, 0}, buffer, message);
    }
    if (sample >= 0)
    {
      return DecodePlane(tiff, page, {sample, 1, 0, 1, 0}, buffer, message);
    }
    for (int plane = 0; plane < samples; ++plane)
    {
      if (!DecodePlane(tiff, page, {plane, 1, 0, samples, plane}, buffer, message))
      {
        return false;
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

  // Pixels as libtiff gives them: in the byte order of this machine.
  static bool
  DecodePlane(TIFF * tiff, const TiffDirectory & page, const Plane & plane, double * buffer, std::string & message)
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
    if (blockBytes <= 0 || rowBytes <= 0 ||
        static_cast<std::size_t>(rowBytes) != (blockWidth * bits * stored + 7) / 8 ||
        static_cast<std::size_t>(blockBytes) < static_cast<std::size_t>(rowBytes) * blockHeight ||
        static_cast<std::uint64_t>(blockBytes) > (std::uint64_t{8} * MaximumFramePixels()))
    {
      message = message.empty() ? "strips or tiles of an unexpected size" : message;
      return false;
    }
    std::vector<unsigned char> raw(static_cast<std::size_t>(blockBytes));
    std::vector<double> values(blockWidth * stored);
    const auto step = static_cast<std::size_t>(plane.step);
    const auto taken = step == stored ? stored : 1; // all samples of a pixel, or one
    for (std::size_t y0 = 0; y0 < height; y0 += blockHeight)
    {
      const std::size_t rows = std::min(blockHeight, height - y0);
      for (std::size_t x0 = 0; x0 < width; x0 += blockWidth)
      {
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
        const std::size_t columns = std::min(blockWidth, width - x0);
        for (std::size_t y = 0; y < rows; ++y)
        {
          const unsigned char * row = raw.data() + y * static_cast<std::size_t>(rowBytes);
          double * out = buffer + ((y0 + y) * width + x0) * step + plane.offset;
          if (taken == stored && step == stored)
          {
            UnpackRow(row, page, columns * stored, out);
            continue;
          }
          UnpackRow(row, page, columns * stored, values.data());
          for (std::size_t x = 0; x < columns; ++x)
          {
            out[x * step] = values[x * stored + static_cast<std::size_t>(plane.first)];
          }
        }
      }
    }
    return true;
  }

  static void
  UnpackRow(const unsigned char * row, const TiffDirectory & page, std::size_t count, double * out)
  {
    const auto bits = static_cast<std::size_t>(page.bits);
    if (bits % 8 == 0)
    {
      constexpr std::uint16_t one = 1;
      const bool little = *reinterpret_cast<const unsigned char *>(&one) == 1;
      ConvertToDouble(row, page.sampleType, little, count, out);
      return;
    }
    // The highest bit comes first, whatever the byte order of the file.
    for (std::size_t x = 0; x < count; ++x)
    {
      unsigned int number = 0;
      for (std::size_t bit = x * bits; bit < (x + 1) * bits; ++bit)
      {
        number = number << 1U | (static_cast<unsigned int>(row[bit / 8]) >> (7 - bit % 8) & 1U);
      }
      out[x] = number;
    }
  }

  InputFile m_File;
  std::vector<TiffDirectory> m_Pages;
  std::vector<Stack> m_Stacks;
};

bool
Matches(const FileHead & head)
{
  return head.StartsWith(std::string("II*\0", 4)) || head.StartsWith(std::string("MM\0*", 4)) ||
         head.StartsWith(std::string("II+\0", 4)) || head.StartsWith(std::string("MM\0+", 4));
}

std::unique_ptr<MicroscopyFile>
Open(const std::filesystem::path & file)
{
  return std::make_unique<TiffFile>(file);
}
} // namespace

MicroscopyFormat
TiffFormat()
{
  return {"TIFF", {".tif", ".tiff"}, Matches, Open};
}
} // namespace ferro
