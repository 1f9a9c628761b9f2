#include "ferroGatanTags.h"

#include "ferroAxisUnits.h"

#include <limits>

namespace ferro
{
namespace
{
constexpr int MaximumDepth = 64;
constexpr std::uint64_t MaximumTags = 1000000;
constexpr std::uint64_t MaximumText = 1U << 16;

// Bytes of a value of a simple type; 0 for a code that is none.
std::uint64_t
SimpleSize(std::uint64_t type)
{
  switch (type)
  {
    case 8:
    case 9:
    case 10:
      return 1;
    case 2:
    case 4:
      return 2;
    case 3:
    case 5:
    case 6:
      return 4;
    case 7:
    case 11:
    case 12:
      return 8;
    default:
      return 0;
  }
}
} // namespace

const GatanTag *
GatanTag::Find(const std::string & child) const
{
  for (const GatanTag & tag : children)
  {
    if (tag.name == child)
    {
      return &tag;
    }
  }
  return nullptr;
}

const GatanTag *
GatanTag::At(const std::string & path) const
{
  const GatanTag * tag = this;
  for (std::size_t begin = 0; tag != nullptr && begin <= path.size();)
  {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    tag = tag->Find(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return tag;
}

GatanTagTree::GatanTagTree(const InputFile & file) : m_File(file)
{
  const auto version = m_File.Get<std::uint32_t>(0, false, "the version");
  if (version != 3 && version != 4)
  {
    m_File.Fail("not a DM3 or DM4 file: version " + std::to_string(version) + ", expected 3 or 4");
  }
  m_Version = static_cast<int>(version);
  m_Position = m_Version == 3 ? 8 : 12;
  const auto flag = m_File.Get<std::uint32_t>(m_Position, false, "the byte-order flag");
  if (flag > 1)
  {
    m_File.Fail("corrupt DM file: byte-order flag " + std::to_string(flag) + ", expected 0 (big-endian) or 1");
  }
  m_LittleEndian = flag == 1;
  m_Position += 4;
  m_Root.isGroup = true;
  this->ParseGroup(m_Root, 0);
}

std::uint64_t
GatanTagTree::ReadWord(const char * what)
{
  if (m_Version == 3)
  {
    const auto value = m_File.Get<std::uint32_t>(m_Position, false, what);
    m_Position += 4;
    return value;
  }
  const auto value = m_File.Get<std::uint64_t>(m_Position, false, what);
  m_Position += 8;
  return value;
}

void
GatanTagTree::ParseGroup(GatanTag & group, int depth)
{
  if (depth > MaximumDepth)
  {
    m_File.Fail("corrupt DM file: tag groups nested deeper than " + std::to_string(MaximumDepth) + " at byte " +
                std::to_string(m_Position));
  }
  m_Position += 2; // sorted, open
  const std::uint64_t count = this->ReadWord("the number of tags in a group");
  const std::uint64_t left = m_File.GetSize() - m_Position;
  if (count > left / (m_Version == 3 ? 3 : 11))
  {
    m_File.Fail("truncated or corrupt DM file: a group declares " + std::to_string(count) + " tags at byte " +
                std::to_string(m_Position) + ", only " + std::to_string(left) + " bytes follow");
  }
  m_TagCount += count;
  if (m_TagCount > MaximumTags)
  {
    m_File.Fail("corrupt DM file: more than " + std::to_string(MaximumTags) + " tags");
  }
  for (std::uint64_t i = 0; i < count; ++i)
  {
    GatanTag tag;
    const std::uint64_t start = m_Position;
    const auto id = m_File.Get<std::uint8_t>(m_Position, false, "a tag");
    const auto nameLength = m_File.Get<std::uint16_t>(m_Position + 1, false, "a tag");
    tag.name = CleanText(m_File.ReadText(m_Position + 3, nameLength, "the name of a tag"));
    m_Position += 3 + std::uint64_t{nameLength} + (m_Version == 4 ? 8 : 0);
    if (id == 0x14)
    {
      tag.isGroup = true;
      this->ParseGroup(tag, depth + 1);
    }
    else if (id == 0x15)
    {
      this->ParseData(tag);
    }
    else
    {
      m_File.Fail("corrupt DM file: tag id " + std::to_string(id) + " at byte " + std::to_string(start) +
                  ", expected 20 (group) or 21 (data)");
    }
    group.children.push_back(std::move(tag));
  }
}

double
GatanTagTree::ReadScalar(std::uint64_t type)
{
  const char * what = "a tag's value";
  const std::uint64_t size = SimpleSize(type);
  if (size == 0)
  {
    m_File.Fail("corrupt DM file: unknown type " + std::to_string(type) + " of a tag at byte " +
                std::to_string(m_Position));
  }
  const std::uint64_t at = m_Position;
  m_Position += size;
  switch (type)
  {
    case 2:
      return m_File.Get<std::int16_t>(at, m_LittleEndian, what);
    case 3:
      return m_File.Get<std::int32_t>(at, m_LittleEndian, what);
    case 4:
      return m_File.Get<std::uint16_t>(at, m_LittleEndian, what);
    case 5:
      return m_File.Get<std::uint32_t>(at, m_LittleEndian, what);
    case 6:
      return m_File.Get<float>(at, m_LittleEndian, what);
    case 7:
      return m_File.Get<double>(at, m_LittleEndian, what);
    case 11:
      return static_cast<double>(m_File.Get<std::int64_t>(at, m_LittleEndian, what));
    case 12:
      return static_cast<double>(m_File.Get<std::uint64_t>(at, m_LittleEndian, what));
    default:
      return m_File.Get<std::uint8_t>(at, m_LittleEndian, what);
  }
}

void
GatanTagTree::ParseData(GatanTag & tag)
{
  const std::uint64_t start = m_Position;
  if (m_File.ReadText(start, 4, "a tag's delimiter") != "%%%%")
  {
    m_File.Fail("corrupt DM file: no delimiter %%%% at byte " + std::to_string(start));
  }
  m_Position += 4;
  const std::uint64_t wordSize = m_Version == 3 ? 4 : 8;
  const std::uint64_t infoCount = this->ReadWord("the length of a tag's description");
  if (infoCount == 0 || infoCount > 4096 || infoCount > (m_File.GetSize() - m_Position) / wordSize)
  {
    m_File.Fail("truncated or corrupt DM file: the description of tag '" + tag.name + "' at byte " +
                std::to_string(start) + " claims " + std::to_string(infoCount) + " words");
  }
  std::vector<std::uint64_t> info(infoCount);
  for (std::uint64_t & word : info)
  {
    word = this->ReadWord("a tag's description");
  }
  const auto badDescription = [&]
  {
    m_File.Fail("truncated or corrupt DM file: the description of tag '" + tag.name + "' at byte " +
                std::to_string(start) + " is invalid (type " + std::to_string(info[0]) + ")");
  };
  // Field types of a struct whose description begins at word `first` (the 15).
  const auto structFields = [&](std::uint64_t first)
  {
    if (infoCount < first + 3 || info[first + 2] > (infoCount - first - 3) / 2)
    {
      badDescription();
    }
    std::vector<std::uint64_t> types;
    for (std::uint64_t k = 0; k < info[first + 2]; ++k)
    {
      types.push_back(info[first + 4 + 2 * k]);
    }
    return types;
  };
  if (info[0] == 15)
  {
    for (const std::uint64_t type : structFields(0))
    {
      tag.values.push_back(this->ReadScalar(type));
    }
    return;
  }
  if (info[0] != 18 && info[0] != 20)
  {
    tag.values.push_back(this->ReadScalar(info[0]));
    return;
  }
  if (infoCount < 2)
  {
    badDescription();
  }
  tag.isArray = true;
  if (info[0] == 18)
  {
    // A length in bytes, whatever the characters are.
    tag.elementType = 18;
    tag.elementSize = 1;
    tag.elementCount = info[1];
  }
  else
  {
    tag.elementType = static_cast<int>(std::min<std::uint64_t>(info[1], 1000));
    if (info[1] == 15)
    {
      for (const std::uint64_t type : structFields(1))
      {
        const std::uint64_t size = SimpleSize(type);
        if (size == 0)
        {
          badDescription();
        }
        tag.elementSize += size;
      }
    }
    else if (info[1] == 18 || info[1] == 20)
    {
      // A list of strings of one length, or of arrays of a simple type.
      const std::uint64_t size = info[1] == 18 ? 1 : infoCount > 2 ? SimpleSize(info[2]) : 0;
      const std::size_t length = info[1] == 18 ? 2 : 3;
      if (size == 0 || infoCount <= length || info[length] > m_File.GetSize())
      {
        badDescription();
      }
      tag.elementSize = size * info[length];
    }
    else
    {
      tag.elementSize = SimpleSize(info[1]);
      if (tag.elementSize == 0)
      {
        badDescription();
      }
    }
    const std::uint64_t last = info[1] == 15 ? 4 + 2 * info[3] : info[1] == 18 ? 3 : info[1] == 20 ? 4 : 2;
    if (last >= infoCount)
    {
      badDescription();
    }
    tag.elementCount = info[last];
  }
  tag.offset = m_Position;
  const std::uint64_t left = m_File.GetSize() - m_Position;
  if (tag.elementSize > 0 && tag.elementCount > left / tag.elementSize)
  {
    m_File.Fail("truncated or corrupt DM file: the array of tag '" + tag.name + "' at byte " +
                std::to_string(m_Position) + " declares " + std::to_string(tag.elementCount) + " elements of " +
                std::to_string(tag.elementSize) + " bytes, only " + std::to_string(left) + " bytes follow");
  }
  m_Position += tag.elementCount * tag.elementSize;
}

std::string
GatanTagTree::GetText(const GatanTag * tag) const
{
  if (tag == nullptr || !tag->isArray || tag->elementCount > MaximumText)
  {
    return {};
  }
  std::string text;
  if (tag->elementSize == 1 && tag->elementType <= 18)
  {
    text = m_File.ReadText(tag->offset, tag->elementCount, "a text");
    // Strings are of 8-bit or of 16-bit characters.
    const std::size_t zero = text.find('\0');
    if (tag->elementType == 18 && text.size() % 2 == 0 && zero < text.size() - 1)
    {
      text = FromUtf16(text, m_LittleEndian);
    }
  }
  else if (tag->elementType == 4)
  {
    text = FromUtf16(m_File.ReadText(tag->offset, 2 * tag->elementCount, "a text"), m_LittleEndian);
  }
  return CleanText(text);
}

double
GatanTagTree::GetNumber(const GatanTag * tag)
{
  return tag == nullptr || tag->values.empty() ? std::numeric_limits<double>::quiet_NaN() : tag->values[0];
}
} // namespace ferro
