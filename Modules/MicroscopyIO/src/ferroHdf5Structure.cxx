#include "ferroHdf5Structure.h"

namespace ferro
{
namespace
{
constexpr const char * What = "the structure of an HDF5 file";
constexpr std::uint64_t MaximumHeap = 64U << 20;
constexpr std::size_t MaximumContinuations = 4096;
// Beyond these the rest is left to HDF5, so that looking never takes long.
constexpr std::size_t MaximumSeen = 1000000;
} // namespace

Hdf5Structure::Hdf5Structure(const InputFile & file, std::uint64_t base) : m_File(file), m_Base(base)
{
  const std::uint64_t version = this->Number(8, 1);
  const bool old = version < 2;
  const auto offsetSize = static_cast<std::size_t>(this->Number(old ? 13 : 9, 1));
  const auto lengthSize = static_cast<std::size_t>(this->Number(old ? 14 : 10, 1));
  const auto possible = [](std::size_t size) { return size == 2 || size == 4 || size == 8; };
  if (version > 3 || !possible(offsetSize) || !possible(lengthSize))
  {
    return;
  }
  m_OffsetSize = offsetSize;
  m_LengthSize = lengthSize;
  // The root group: in old superblocks second in an entry of a symbol table.
  const std::uint64_t root = old ? (version == 0 ? 24 : 28) + 5 * m_OffsetSize : 12 + 3 * m_OffsetSize;
  if (old && this->Number(root + m_OffsetSize, 4) == 1)
  {
    this->CheckGroup(this->Number(root + m_OffsetSize + 8, m_OffsetSize),
                     this->Number(root + 2 * m_OffsetSize + 8, m_OffsetSize));
  }
  this->Check(this->Number(root, m_OffsetSize));
}

void
Hdf5Structure::Fail(const std::string & what, std::uint64_t address) const
{
  m_File.Fail("damaged HDF5 file: " + what + " at byte " + std::to_string(m_Base + address));
}

bool
Hdf5Structure::Has(std::uint64_t address, std::uint64_t length) const
{
  const std::uint64_t size = m_File.GetSize() - m_Base;
  return address <= size && length <= size - address;
}

// HDF5 1.10 crashes when it goes to an address that means nowhere.
void
Hdf5Structure::Require(std::uint64_t address, std::uint64_t length, const char * what) const
{
  if (!this->Has(address, length))
  {
    m_File.Fail("damaged HDF5 file: " + std::string(what) + " is said to lie at byte " + std::to_string(address) +
                ", beyond the end of the file (its size is " + std::to_string(m_File.GetSize()) + ")");
  }
}

// Zero where the file has ended: nothing begins there.
std::uint64_t
Hdf5Structure::Number(std::uint64_t address, std::size_t length) const
{
  std::uint64_t value = 0;
  if (this->Has(address, length))
  {
    const std::string bytes = m_File.ReadText(m_Base + address, length, What);
    for (std::size_t i = 0; i < length; ++i)
    {
      value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    }
  }
  return value;
}

void
Hdf5Structure::Check(std::uint64_t address)
{
  m_Objects.push_back(address);
  while (!m_Objects.empty() && m_Seen.size() < MaximumSeen)
  {
    const std::uint64_t next = m_Objects.back();
    m_Objects.pop_back();
    this->Require(next, 16, "an object");
    if (m_Seen.insert(next).second)
    {
      this->CheckHeader(next);
    }
  }
  m_Objects.clear();
}

void
Hdf5Structure::CheckHeader(std::uint64_t address)
{
  m_Continuations.clear();
  std::size_t version = 1;
  std::size_t extra = 0; // bytes before a message that not every file has
  if (m_File.ReadText(m_Base + address, 4, What) == "OHDR")
  {
    version = 2;
    const std::uint64_t flags = this->Number(address + 5, 1);
    extra = (flags & 4) != 0 ? 2 : 0;
    const std::uint64_t begin = address + 6 + ((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0);
    const std::size_t width = std::size_t{1} << (flags & 3);
    this->CheckMessages(begin + width, this->Number(begin, width), version, extra);
  }
  else if (this->Number(address, 1) == 1)
  {
    this->CheckMessages(address + 16, this->Number(address + 8, 4), version, extra);
  }
  for (std::size_t i = 0; i < m_Continuations.size() && i < MaximumContinuations; ++i)
  {
    const auto [begin, length] = m_Continuations[i];
    // Version 2: between a signature and a check sum.
    const std::uint64_t around = version == 2 ? 4 : 0;
    this->Require(begin, length, "part of an object");
    if (length > 2 * around && m_Seen.insert(begin).second)
    {
      this->CheckMessages(begin + around, length - 2 * around, version, extra);
    }
  }
}

void
Hdf5Structure::CheckMessages(std::uint64_t begin, std::uint64_t length, std::size_t version, std::size_t extra)
{
  const std::uint64_t head = version == 1 ? 8 : 4 + extra;
  this->Require(begin, length, "part of an object");
  for (std::uint64_t at = 0; length - at >= head && at < length;)
  {
    const std::uint64_t kind = this->Number(begin + at, version == 1 ? 2 : 1);
    const std::uint64_t size = this->Number(begin + at + (version == 1 ? 2 : 1), 2);
    const std::uint64_t flags = this->Number(begin + at + (version == 1 ? 4 : 3), 1);
    at += head;
    if (size > length - at)
    {
      return; // HDF5 sees that
    }
    // A space, type, filter or attribute may be kept in another object.
    const auto message = static_cast<Hdf5Message>(kind);
    const bool sharable = message == Hdf5Message::DataSpace || message == Hdf5Message::DataType ||
                          message == Hdf5Message::FilterPipeline || message == Hdf5Message::Attribute;
    if ((flags & 2) == 0 || !sharable)
    {
      this->CheckMessage(message, begin + at, size);
    }
    else if (this->Number(begin + at, 1) >= 2 && this->Number(begin + at + 1, 1) != 1)
    {
      m_Objects.push_back(this->Number(begin + at + 2, m_OffsetSize));
    }
    at += size;
  }
}

void
Hdf5Structure::CheckMessage(Hdf5Message kind, std::uint64_t address, std::uint64_t size)
{
  std::uint64_t target = 0;
  switch (kind)
  {
    // Of these two HDF5 reads as much as they should have, whatever size they claim.
    case Hdf5Message::Continuation:
      m_Continuations.emplace_back(this->Number(address, m_OffsetSize),
                                   this->Number(address + m_OffsetSize, m_LengthSize));
      break;
    case Hdf5Message::SymbolTable:
      this->CheckGroup(this->Number(address, m_OffsetSize), this->Number(address + m_OffsetSize, m_OffsetSize));
      break;
    case Hdf5Message::Link:
      if (GetHardLink(m_File.ReadText(m_Base + address, size, What), m_OffsetSize, target))
      {
        m_Objects.push_back(target);
      }
      break;
    case Hdf5Message::DataSpace:
    case Hdf5Message::DataType:
    case Hdf5Message::FilterPipeline:
    case Hdf5Message::Attribute:
      if (!FitsItsBytes(kind, m_File.ReadText(m_Base + address, size, What), m_LengthSize))
      {
        this->Fail("an attribute, type or shape is longer than the place that it has,", address);
      }
      break;
  }
}

// Names of the links of a group, in a heap of its own.
std::string
Hdf5Structure::ReadHeap(std::uint64_t address) const
{
  this->Require(address, 8 + 2 * m_LengthSize + m_OffsetSize, "the list of names of a group");
  if (m_File.ReadText(m_Base + address, 4, What) != "HEAP")
  {
    return {}; // HDF5 sees that
  }
  const std::uint64_t size = this->Number(address + 8, m_LengthSize);
  std::uint64_t free = this->Number(address + 8 + m_LengthSize, m_LengthSize);
  const std::uint64_t data = this->Number(address + 8 + 2 * m_LengthSize, m_OffsetSize);
  if (!this->Has(data, size))
  {
    this->Fail("names of a group are said to have " + std::to_string(size) + " bytes, which the file does not hold,",
               address);
  }
  // Free pieces hold the place of the next one and their own length; one that is not there ends the list.
  const std::uint64_t smallest = 2 * m_LengthSize;
  for (std::uint64_t pieces = 0; free != 1 && free < size && size - free >= smallest; ++pieces)
  {
    if (pieces > size / smallest)
    {
      this->Fail("free pieces in the names of a group lead in a ring,", address);
    }
    free = this->Number(data + free, m_LengthSize);
  }
  return size > MaximumHeap ? std::string() : m_File.ReadText(m_Base + data, size, What);
}

void
Hdf5Structure::CheckGroup(std::uint64_t tree, std::uint64_t heap)
{
  this->CheckTree(tree, this->ReadHeap(heap));
}

void
Hdf5Structure::CheckTree(std::uint64_t root, const std::string & names)
{
  // Nodes of the tree, and the level that each must have at most (-1: a table of links).
  std::vector<std::pair<std::uint64_t, long>> nodes = {{root, 255}};
  while (!nodes.empty() && m_Seen.size() < MaximumSeen)
  {
    const auto [address, most] = nodes.back();
    nodes.pop_back();
    this->Require(address, 8, "the tree of a group");
    if (!m_Seen.insert(address).second)
    {
      continue;
    }
    const std::string signature = m_File.ReadText(m_Base + address, 4, What);
    if (signature == "TREE" && this->Number(address + 4, 1) == 0)
    {
      const auto level = static_cast<long>(this->Number(address + 5, 1));
      if (level > most)
      {
        this->Fail("the tree of a group leads back upward,", address);
      }
      const std::uint64_t entries = this->Number(address + 6, 2);
      for (std::uint64_t i = 0; i < entries; ++i)
      {
        nodes.emplace_back(
          this->Number(address + 8 + 2 * m_OffsetSize + m_LengthSize + i * (m_LengthSize + m_OffsetSize), m_OffsetSize),
          level - 1);
      }
    }
    else if (signature == "SNOD")
    {
      const std::uint64_t entries = this->Number(address + 6, 2);
      for (std::uint64_t i = 0; i < entries; ++i)
      {
        const std::uint64_t entry = address + 8 + i * (2 * m_OffsetSize + 24);
        const std::uint64_t name = this->Number(entry, m_OffsetSize);
        if (!names.empty() && names.find('\0', name) == std::string::npos)
        {
          this->Fail("a name lies outside of the names of its group,", entry);
        }
        if (this->Number(entry + 2 * m_OffsetSize, 4) != 2) // which is a soft link
        {
          m_Objects.push_back(this->Number(entry + m_OffsetSize, m_OffsetSize));
        }
      }
    }
  }
}
} // namespace ferro
