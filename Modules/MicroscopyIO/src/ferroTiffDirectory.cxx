#include "ferroTiffDirectory.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace ferro
{
namespace
{
constexpr std::size_t MaximumPages = 100000;

std::uint64_t
ValueSize(int type)
{
  static const std::uint64_t sizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};
  return type >= 0 && type < 19 ? sizes[type] : 0;
}
} // namespace

std::vector<TiffDirectory>
TiffDirectory::ReadAll(const InputFile & file)
{
  const std::string order = file.ReadText(0, 2, "the byte order");
  const bool little = order == "II";
  const bool big = file.Get<std::uint16_t>(2, little, "the TIFF version") == 43;
  std::uint64_t at = big ? file.Get<std::uint64_t>(8, little, "the place of the first directory")
                         : file.Get<std::uint32_t>(4, little, "the place of the first directory");
  std::vector<TiffDirectory> pages;
  std::set<std::uint64_t> seen;
  while (at != 0 && seen.insert(at).second && pages.size() < MaximumPages)
  {
    TiffDirectory page;
    page.m_File = &file;
    page.offset = at;
    page.littleEndian = little;
    const std::uint64_t count = big ? file.Get<std::uint64_t>(at, little, "a TIFF directory")
                                    : file.Get<std::uint16_t>(at, little, "a TIFF directory");
    at += big ? 8 : 2;
    const std::uint64_t entrySize = big ? 20 : 12;
    if (count > 65535)
    {
      file.Fail("corrupt TIFF: a directory of " + std::to_string(count) + " entries");
    }
    file.Require(at, count * entrySize, "the entries of a TIFF directory");
    for (std::uint64_t k = 0; k < count; ++k, at += entrySize)
    {
      Entry entry{};
      const int tag = file.Get<std::uint16_t>(at, little, "a TIFF tag");
      entry.type = file.Get<std::uint16_t>(at + 2, little, "a TIFF tag");
      entry.count = big ? file.Get<std::uint64_t>(at + 4, little, "a TIFF tag")
                        : file.Get<std::uint32_t>(at + 4, little, "a TIFF tag");
      const std::uint64_t size = ValueSize(entry.type);
      if (size == 0 || entry.count == 0)
      {
        continue;
      }
      const std::uint64_t inlineAt = at + (big ? 12 : 8);
      const std::uint64_t inlineSize = big ? 8 : 4;
      if (entry.count > inlineSize / size)
      {
        entry.offset = big ? file.Get<std::uint64_t>(inlineAt, little, "a TIFF tag")
                           : file.Get<std::uint32_t>(inlineAt, little, "a TIFF tag");
        // Values outside the file: the tag is as good as missing. Those that matter are asked for below.
        if (entry.offset > file.GetSize() || entry.count > (file.GetSize() - entry.offset) / size)
        {
          continue;
        }
      }
      else
      {
        entry.offset = inlineAt;
      }
      page.m_Entries.emplace(tag, entry);
    }
    // A last directory without the place of the next is cut off by a byte or two: nothing follows.
    const std::uint64_t linkSize = big ? 8 : 4;
    const std::uint64_t link = at;
    at = 0;
    if (file.GetSize() >= linkSize && link <= file.GetSize() - linkSize)
    {
      at = big ? file.Get<std::uint64_t>(link, little, "the place of the next directory")
               : file.Get<std::uint32_t>(link, little, "the place of the next directory");
    }
    page.Interpret();
    pages.push_back(std::move(page));
  }
  if (pages.empty())
  {
    file.Fail("corrupt TIFF: it has no directory of an image");
  }
  return pages;
}

double
TiffDirectory::GetNumber(int tag, double fallback, std::uint64_t index) const
{
  const auto found = m_Entries.find(tag);
  if (found == m_Entries.end() || index >= found->second.count)
  {
    return fallback;
  }
  const Entry & entry = found->second;
  const std::uint64_t at = entry.offset + index * ValueSize(entry.type);
  const char * what = "a TIFF tag's value";
  switch (entry.type)
  {
    case 1:
    case 7:
      return m_File->Get<std::uint8_t>(at, littleEndian, what);
    case 3:
      return m_File->Get<std::uint16_t>(at, littleEndian, what);
    case 4:
    case 13:
      return m_File->Get<std::uint32_t>(at, littleEndian, what);
    case 5:
      return double{static_cast<double>(m_File->Get<std::uint32_t>(at, littleEndian, what))} /
             m_File->Get<std::uint32_t>(at + 4, littleEndian, what);
    case 6:
      return m_File->Get<std::int8_t>(at, littleEndian, what);
    case 8:
      return m_File->Get<std::int16_t>(at, littleEndian, what);
    case 9:
      return m_File->Get<std::int32_t>(at, littleEndian, what);
    case 10:
      return double{static_cast<double>(m_File->Get<std::int32_t>(at, littleEndian, what))} /
             m_File->Get<std::int32_t>(at + 4, littleEndian, what);
    case 11:
      return m_File->Get<float>(at, littleEndian, what);
    case 12:
      return m_File->Get<double>(at, littleEndian, what);
    case 16:
    case 18:
      return static_cast<double>(m_File->Get<std::uint64_t>(at, littleEndian, what));
    case 17:
      return static_cast<double>(m_File->Get<std::int64_t>(at, littleEndian, what));
    default:
      return fallback;
  }
}

std::string
TiffDirectory::GetBytes(int tag) const
{
  const auto found = m_Entries.find(tag);
  if (found == m_Entries.end() || found->second.count > (16U << 20) || ValueSize(found->second.type) != 1)
  {
    return {};
  }
  return m_File->ReadText(found->second.offset, found->second.count, "a TIFF tag's text");
}

std::uint64_t
TiffDirectory::GetCount(int tag) const
{
  const auto found = m_Entries.find(tag);
  return found == m_Entries.end() ? 0 : found->second.count;
}

std::uint64_t
TiffDirectory::GetTextLength() const
{
  std::uint64_t length = 0;
  for (const auto & [tag, entry] : m_Entries)
  {
    length += ValueSize(entry.type) == 1 ? std::min<std::uint64_t>(entry.count, 16U << 20) : 0;
  }
  return length;
}

std::string
TiffDirectory::GetBlock(std::uint64_t place, std::uint64_t length) const
{
  const std::uint64_t size = m_File->GetSize();
  return length > (1U << 20) || place > size || length > size - place
           ? std::string()
           : m_File->ReadText(place, length, "a block of a TIFF file");
}

bool
TiffDirectory::IsGrayRamp() const
{
  constexpr int ColorMap = 320;
  const std::uint64_t count = this->GetCount(ColorMap) / 3;
  double last = -1.0;
  for (std::uint64_t k = 0; k < count; ++k)
  {
    const double red = this->GetNumber(ColorMap, 0.0, k);
    if (!(red > last) || red != this->GetNumber(ColorMap, 0.0, count + k) ||
        red != this->GetNumber(ColorMap, 0.0, 2 * count + k))
    {
      return false;
    }
    last = red;
  }
  return count > 0;
}

std::optional<TiffDirectory::Blocks>
TiffDirectory::GetOpenBlocks() const
{
  // A fill order of 2 has the bits of each byte reversed.
  if (!supported || compression != 1 || !this->IsPlain() || samples != 1 || this->GetNumber(266, 1) != 1)
  {
    return {};
  }
  Blocks blocks;
  blocks.tiled = this->Has(324);
  const double blockWidth = blocks.tiled ? this->GetNumber(322, 0) : static_cast<double>(width);
  const double blockHeight = blocks.tiled ? this->GetNumber(323, 0) : this->GetNumber(278, static_cast<double>(height));
  if (!(blockWidth >= 1.0 && blockWidth <= 4294967295.0 && blockHeight >= 1.0 && blockHeight <= 4294967295.0))
  {
    return {};
  }
  blocks.width = static_cast<long>(blockWidth);
  blocks.height = blocks.tiled ? static_cast<long>(blockHeight) : std::min(height, static_cast<long>(blockHeight));
  blocks.across = (width - 1) / blocks.width + 1;
  const auto count =
    static_cast<std::uint64_t>(blocks.across) * static_cast<std::uint64_t>((height - 1) / blocks.height + 1);
  if (this->GetCount(blocks.tiled ? 324 : 273) < count || this->GetCount(blocks.tiled ? 325 : 279) < count)
  {
    return {};
  }
  return blocks;
}

std::uint64_t
TiffDirectory::GetOpenBlock(const Blocks & blocks, long index) const
{
  const auto which = static_cast<std::uint64_t>(index);
  const double at = this->GetNumber(blocks.tiled ? 324 : 273, 0, which);
  const double stored = this->GetNumber(blocks.tiled ? 325 : 279, 0, which);
  // The last strip may be lower, tiles are all of a size.
  const long rows = blocks.tiled ? blocks.height : std::min(blocks.height, height - index * blocks.height);
  const double need = static_cast<double>(blocks.width) * static_cast<double>(rows) * bits / 8.0;
  const bool good = at >= 1.0 && stored >= need && at + need <= static_cast<double>(m_File->GetSize());
  return good ? static_cast<std::uint64_t>(at) : 0;
}

void
TiffDirectory::Interpret()
{
  const double w = this->GetNumber(256, 0);
  const double h = this->GetNumber(257, 0);
  if (!(w >= 1.0 && h >= 1.0 && w <= 4294967295.0 && h <= 4294967295.0))
  {
    problem = "its width or height is zero or missing";
    return;
  }
  // A tag may be stored as a floating-point number of any value; what is no small whole number fits nothing below.
  const auto whole = [this](int tag, double otherwise)
  {
    const double value = this->GetNumber(tag, otherwise);
    return value >= 0.0 && value <= 65535.0 ? static_cast<int>(value) : -1;
  };
  width = static_cast<long>(w);
  height = static_cast<long>(h);
  samples = whole(277, 1);
  bits = whole(258, 1);
  compression = whole(259, 1);
  reduced = (whole(254, 0) & 1) != 0;
  planar = whole(284, 1) == 2 && samples > 1;
  const int photometric = whole(262, 1);
  palette = photometric == 3 && !this->IsGrayRamp();
  // Several gray samples without transparency among them are channels of a detector.
  const int extra = whole(338, 0);
  channels = samples > 1 && samples <= 1000 && (photometric == 0 || photometric == 1) && extra != 1 && extra != 2;
  colour = samples != 1 && !channels;
  const int format = whole(339, 1);
  if (colour)
  {
    type = samples == 3 ? PixelType::Rgb : PixelType::Rgba;
    sampleType = bits == 16 ? PixelType::UInt16 : PixelType::UInt8;
    const std::uint64_t bytes = ArrayBytes({width, height, samples}, PixelTypeSize(sampleType)).value_or(~0ULL);
    decodable = (samples == 3 || samples == 4) && (bits == 8 || bits == 16) && format == 1 && photometric == 2 &&
                (this->Has(273) || this->Has(324)) && bytes / (compression == 1 ? 1 : 5000) <= m_File->GetSize();
    return;
  }
  supported = true;
  if (format == 3 && bits == 16)
  {
    type = PixelType::Float16;
  }
  else if (format == 3 && bits == 32)
  {
    type = PixelType::Float32;
  }
  else if (format == 3 && bits == 64)
  {
    type = PixelType::Float64;
  }
  else if (format == 2 && (bits == 8 || bits == 16 || bits == 32 || bits == 64))
  {
    type = bits == 8    ? PixelType::Int8
           : bits == 16 ? PixelType::Int16
           : bits == 32 ? PixelType::Int32
                        : PixelType::Int64;
  }
  else if ((format == 1 || format == 4) && (bits == 8 || bits == 16 || bits == 32 || bits == 64))
  {
    type = bits == 8    ? PixelType::UInt8
           : bits == 16 ? PixelType::UInt16
           : bits == 32 ? PixelType::UInt32
                        : PixelType::UInt64;
  }
  else if ((format == 1 || format == 4) && bits >= 1 && bits < 32)
  {
    // Packed without gaps.
    type = bits == 1    ? PixelType::Bool
           : bits < 8   ? PixelType::UInt8
           : bits <= 16 ? PixelType::UInt16
                        : PixelType::UInt32;
  }
  else if (format == 2 && bits == 24)
  {
    type = PixelType::Int32;
  }
  else if (format == 3 && bits == 24)
  {
    type = PixelType::Float32; // holds every number of three bytes
  }
  else
  {
    supported = false;
    type = format == 5 || format == 6 ? PixelType::Complex64 : PixelType::UInt8;
    problem = "pixels of " + std::to_string(bits) + " bits in format " + std::to_string(format) + " are not supported";
  }
  if (supported && this->GetNumber(32997, 1.0) > 1.0)
  {
    supported = false;
    problem = "it holds a volume in one page (tag ImageDepth), which is not supported";
  }
  const std::uint64_t rowBits = static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(bits * samples);
  const double declared = std::ceil(static_cast<double>(rowBits) / 8.0) * static_cast<double>(height);
  // Without compression all bytes must be there; LZW and deflate shrink at most a few thousand times.
  const double possible = static_cast<double>(m_File->GetSize()) * (compression == 1 ? 1.0 : 5000.0);
  if (supported && declared > possible)
  {
    supported = false;
    problem = "its " + std::to_string(width) + " x " + std::to_string(height) + " pixels are too large for the " +
              std::to_string(m_File->GetSize()) + " bytes of the file (truncated or corrupt)";
  }
  if (supported && !this->Has(273) && !this->Has(324))
  {
    supported = false;
    problem = "it has no strips or tiles of pixels (truncated or corrupt)";
  }
  sampleType = type;
  decodable = supported;
}
} // namespace ferro
