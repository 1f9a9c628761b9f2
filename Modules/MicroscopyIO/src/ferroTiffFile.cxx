// TIFF: plain, ImageJ, Gatan, OME, FEI, Zeiss. The tags are parsed by our own code, libtiff only decodes pixels.
#include "ferroErrors.h"
#include "ferroMicroscopyFormats.h"
#include "ferroRawFrame.h"
#include "ferroTiffCalibration.h"
#include "ferroTiffPixels.h"

#include <set>

namespace ferro
{
namespace
{
constexpr std::uint64_t MaximumTextLength = 64U << 20;

class TiffFile : public MicroscopyFile
{
public:
  explicit TiffFile(const std::filesystem::path & path)
    : MicroscopyFile(path), m_File(path), m_Pages(TiffDirectory::ReadAll(m_File))
  {
    const TiffDescription description = DescribeTiff(m_Pages.front(), m_Path);
    m_Info.format = description.format;
    std::string problem;
    std::vector<std::vector<std::size_t>> groups;
    for (std::size_t k = 0; k < m_Pages.size(); ++k)
    {
      const TiffDirectory & page = m_Pages[k];
      if (!IsUsable(page))
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
    std::size_t pages = 0;
    for (const std::vector<std::size_t> & group : groups)
    {
      pages += group.size();
    }
    if (this->AddParts(description.parts, pages))
    {
      return;
    }
    std::uint64_t texts = 0;
    for (std::size_t g = 0; g < groups.size(); ++g)
    {
      // Pages of another size or type have what they say of themselves; those of an OME file have the first one's. Many
      // pages may point to one long text: it is not read again and again.
      const TiffDirectory & page = m_Pages[groups[g].front()];
      texts += page.GetTextLength();
      const TiffDescription own = !description.parts.empty()  ? description
                                  : texts > MaximumTextLength ? TiffDescription()
                                                              : DescribeTiff(page, m_Path);
      m_Info.format = m_Info.format == "TIFF" ? own.format : m_Info.format;
      this->AddGroup(groups[g], g == 0, g == 0 && own.format == "TIFF" ? description : own);
    }
  }

  bool
  HasPixels(int image) const override
  {
    const Stack & stack = m_Stacks.at(static_cast<std::size_t>(image));
    const TiffDirectory & page = m_Pages[stack.pages.front()];
    return page.decodable && (!page.colour || stack.pages.size() == 1);
  }

  long
  GetRowsPerBlock(int image) const override
  {
    const Stack & stack = m_Stacks.at(static_cast<std::size_t>(image));
    return stack.contiguous > 0 ? 1 : GetTiffRowsPerBlock(m_Pages[stack.pages.front()]);
  }

protected:
  void
  ReadPixels(int image, long frame, const FrameRegion & region, const PixelSink & sink) override
  {
    const Stack & stack = m_Stacks.at(static_cast<std::size_t>(image));
    const TiffDirectory & first = m_Pages[stack.pages.front()];
    if (stack.contiguous > 0)
    {
      const std::uint64_t bytes = this->GetFramePixels(image) * PixelTypeSize(first.type);
      const RawFrame raw = {stack.contiguous + static_cast<std::uint64_t>(frame) * bytes, first.width, first.type,
                            first.littleEndian};
      ReadRawFrame(m_File, raw, region, sink);
      return;
    }
    const bool planes = first.channels && first.planar && stack.sample < 0;
    ReadTiffPixels(m_File, planes ? first : m_Pages[stack.pages.at(static_cast<std::size_t>(frame))],
                   planes ? static_cast<int>(frame) : stack.sample, region, sink);
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

  static bool
  IsUsable(const TiffDirectory & page)
  {
    return page.width > 0 && (page.supported || page.colour || page.type == PixelType::Complex64);
  }

  // The images of an OME file, when the pages that they name are all that are there, and those of each channel alike.
  bool
  AddParts(const std::vector<TiffDescription> & parts, std::size_t pages)
  {
    std::set<std::size_t> named;
    for (const TiffDescription & part : parts)
    {
      for (const std::vector<std::size_t> & stack : part.stacks)
      {
        for (const std::size_t page : stack)
        {
          named.insert(page);
          if (page >= m_Pages.size() || !IsUsable(m_Pages[page]) || !Alike(m_Pages[stack.front()], m_Pages[page]))
          {
            return false;
          }
        }
      }
    }
    if (named.size() != pages)
    {
      return false;
    }
    for (const TiffDescription & part : parts)
    {
      for (std::size_t c = 0; c < part.stacks.size(); ++c)
      {
        const std::string channel = "channel " + std::to_string(c);
        if (!part.stacks[c].empty())
        {
          this->AddStack(part.stacks[c],
                         part.stacks.size() == 1 ? part.title
                         : parts.size() == 1     ? channel
                                                 : part.title + " " + channel,
                         part);
        }
      }
    }
    return true;
  }

  // One stack, or one for each channel of the description.
  void
  AddGroup(const std::vector<std::size_t> & group, bool first, const TiffDescription & description)
  {
    const bool split = first && description.channels > 1 && description.channels <= 1000 &&
                       group.size() % static_cast<std::size_t>(description.channels) == 0;
    const auto channels = static_cast<std::size_t>(split ? description.channels : 1);
    for (std::size_t c = 0; c < channels; ++c)
    {
      std::vector<std::size_t> pages;
      for (std::size_t k = c; k < group.size(); k += channels)
      {
        pages.push_back(group[k]);
      }
      this->AddStack(pages, split ? "channel " + std::to_string(c) : description.title, description);
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
        first.IsPlain() && first.GetCount(273) == 1 && first.samples == 1)
    {
      const auto offset = static_cast<std::uint64_t>(first.GetNumber(273, 0.0));
      std::vector<long> whole = {description.declaredFrames, first.height, first.width};
      const auto bytes = ArrayBytes(whole, PixelTypeSize(first.type));
      if (bytes && offset > 0 && offset < m_File.GetSize() && *bytes <= m_File.GetSize() - offset)
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
    if (const double orientation = first.GetNumber(274, 1.0); orientation >= 2.0 && orientation <= 8.0)
    {
      image.metadata["orientation"] = "tag " + std::to_string(static_cast<int>(orientation)) + ", not applied";
    }
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
