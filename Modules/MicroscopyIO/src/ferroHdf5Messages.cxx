#include "ferroHdf5Messages.h"

#include <algorithm>
#include <optional>

namespace ferro
{
namespace
{
constexpr int MaximumDepth = 32; // of types inside of types
constexpr std::uint64_t Unlimited = std::uint64_t{1} << 62;

/** Bytes that are read one after the other; once something was wanted beyond their end, nothing more is read. */
class Cursor
{
public:
  Cursor(const std::string & bytes, std::size_t begin, std::size_t length)
    : m_Bytes(bytes), m_At(std::min(begin, bytes.size())), m_End(m_At + std::min(length, bytes.size() - m_At)),
      m_Overrun(begin > bytes.size() || length > bytes.size() - begin)
  {
  }

  std::uint64_t
  Number(std::size_t length)
  {
    std::uint64_t value = 0;
    if (this->Skip(length))
    {
      for (std::size_t i = 0; i < std::min<std::size_t>(length, 8); ++i)
      {
        value |= std::uint64_t{static_cast<unsigned char>(m_Bytes[m_At - length + i])} << (8 * i);
      }
    }
    return value;
  }

  bool
  Skip(std::uint64_t length)
  {
    m_Overrun = m_Overrun || length > m_End - m_At;
    m_At += m_Overrun ? 0 : static_cast<std::size_t>(length);
    return !m_Overrun;
  }

  /** A text that ends with a zero, padded to a multiple of \a padding bytes. */
  bool
  SkipText(std::size_t padding)
  {
    const std::size_t end = m_Bytes.find('\0', m_At);
    m_Overrun = m_Overrun || end >= m_End;
    return !m_Overrun && this->Skip((end + 1 - m_At + padding - 1) / padding * padding);
  }

  std::size_t
  GetPlace() const
  {
    return m_At;
  }
  bool
  HasOverrun() const
  {
    return m_Overrun;
  }

private:
  const std::string & m_Bytes;
  std::size_t m_At;
  std::size_t m_End;
  bool m_Overrun;
};

/** Steps over a type. \return its size in bytes of data; none where its kind is not known, and all that follows is not
 * either */
std::optional<std::uint64_t>
SkipType(Cursor & cursor, int depth = 0)
{
  enum Class
  {
    Fixed,
    Floating,
    Time,
    Text,
    Bits,
    Opaque,
    Compound,
    Reference,
    Enumeration,
    Variable,
    Array
  };
  const auto head = static_cast<unsigned int>(cursor.Number(1));
  const unsigned int version = head >> 4;
  const auto flags = static_cast<unsigned int>(cursor.Number(3));
  const std::uint64_t size = cursor.Number(4);
  if (version < 1 || version > 3 || depth > MaximumDepth || cursor.HasOverrun())
  {
    return {};
  }
  const std::size_t padding = version < 3 ? 8 : 1;
  switch (head & 0xf)
  {
    case Fixed:
    case Bits:
      cursor.Skip(4);
      return size;
    case Floating:
      cursor.Skip(12);
      return size;
    case Time:
      cursor.Skip(2);
      return size;
    case Text:
    case Reference:
      return size;
    case Opaque:
      cursor.Skip(flags & 0xff);
      return size;
    case Variable:
      return SkipType(cursor, depth + 1) ? size : std::optional<std::uint64_t>();
    case Compound:
    {
      std::size_t offset = 4;
      if (version == 3)
      {
        offset = size < 0x100 ? 1 : size < 0x10000 ? 2 : size < 0x1000000 ? 3 : 4;
      }
      for (unsigned int member = 0; member < (flags & 0xffff) && !cursor.HasOverrun(); ++member)
      {
        cursor.SkipText(padding);
        cursor.Skip(version == 1 ? offset + 28 : offset);
        if (!SkipType(cursor, depth + 1))
        {
          return {};
        }
      }
      return size;
    }
    case Enumeration:
    {
      const auto base = SkipType(cursor, depth + 1);
      for (unsigned int member = 0; base && member < (flags & 0xffff) && !cursor.HasOverrun(); ++member)
      {
        cursor.SkipText(padding);
      }
      cursor.Skip(base ? (flags & 0xffff) * *base : 0);
      return base ? size : base;
    }
    case Array:
    {
      const std::uint64_t axes = cursor.Number(1);
      cursor.Skip(version < 3 ? 3 + 8 * axes : 4 * axes);
      return SkipType(cursor, depth + 1) ? size : std::optional<std::uint64_t>();
    }
    default:
      return {};
  }
}

/** Steps over the extent of an array. \return the number of its elements; none where it is not known */
std::optional<std::uint64_t>
SkipSpace(Cursor & cursor, std::size_t lengthSize)
{
  const std::uint64_t version = cursor.Number(1);
  const std::uint64_t axes = cursor.Number(1);
  const std::uint64_t flags = cursor.Number(1);
  const std::uint64_t kind = cursor.Number(1); // of version 2; 2: nothing
  if (version < 1 || version > 2 || cursor.HasOverrun())
  {
    return {};
  }
  cursor.Skip(version == 1 ? 4 : 0);
  std::uint64_t elements = version == 2 && kind == 2 ? 0 : 1;
  for (std::uint64_t axis = 0; axis < axes && !cursor.HasOverrun(); ++axis)
  {
    const std::uint64_t length = cursor.Number(lengthSize);
    elements = length != 0 && elements > Unlimited / length ? Unlimited : elements * length;
  }
  cursor.Skip((flags & 1) != 0 ? axes * lengthSize : 0);
  return elements;
}

bool
AttributeFits(const std::string & message, std::size_t lengthSize)
{
  Cursor cursor(message, 0, message.size());
  const std::uint64_t version = cursor.Number(1);
  const std::uint64_t flags = cursor.Number(1);
  const auto name = static_cast<std::size_t>(cursor.Number(2));
  const auto type = static_cast<std::size_t>(cursor.Number(2));
  const auto space = static_cast<std::size_t>(cursor.Number(2));
  if (version < 1 || version > 3)
  {
    return !cursor.HasOverrun();
  }
  cursor.Skip(version == 3 ? 1 : 0);
  const auto padded = [&](std::size_t length) { return version == 1 ? (length + 7) / 8 * 8 : length; };
  Cursor nameBytes(message, cursor.GetPlace(), name);
  cursor.Skip(padded(name));
  Cursor typeBytes(message, cursor.GetPlace(), type);
  cursor.Skip(padded(type));
  Cursor spaceBytes(message, cursor.GetPlace(), space);
  cursor.Skip(padded(space));
  if (cursor.HasOverrun() || !nameBytes.SkipText(1))
  {
    return false;
  }
  const bool shared = version > 1 && (flags & 3) != 0; // kept elsewhere in the file
  if (shared)
  {
    return true;
  }
  const auto size = SkipType(typeBytes);
  const auto elements = SkipSpace(spaceBytes, lengthSize);
  if (typeBytes.HasOverrun() || spaceBytes.HasOverrun())
  {
    return false;
  }
  if (size && elements)
  {
    cursor.Skip(*size != 0 && *elements > Unlimited / *size ? Unlimited : *size * *elements);
  }
  return !cursor.HasOverrun();
}

bool
FiltersFit(const std::string & message)
{
  Cursor cursor(message, 0, message.size());
  const std::uint64_t version = cursor.Number(1);
  const std::uint64_t filters = cursor.Number(1);
  cursor.Skip(version == 1 ? 6 : 0);
  for (std::uint64_t filter = 0; version >= 1 && version <= 2 && filter < filters && !cursor.HasOverrun(); ++filter)
  {
    const std::uint64_t identifier = cursor.Number(2);
    const std::uint64_t name = version == 1 || identifier >= 256 ? cursor.Number(2) : 0;
    cursor.Skip(2);
    const std::uint64_t values = cursor.Number(2);
    if (name > 0)
    {
      Cursor text(message, cursor.GetPlace(), static_cast<std::size_t>(name));
      text.SkipText(1);
      cursor.Skip(text.HasOverrun() ? Unlimited : name);
    }
    cursor.Skip(4 * (version == 1 ? values + values % 2 : values));
  }
  return !cursor.HasOverrun();
}
} // namespace

bool
FitsItsBytes(Hdf5Message kind, const std::string & message, std::size_t lengthSize)
{
  Cursor cursor(message, 0, message.size());
  switch (kind)
  {
    case Hdf5Message::DataSpace:
      SkipSpace(cursor, lengthSize);
      return !cursor.HasOverrun();
    case Hdf5Message::DataType:
      SkipType(cursor);
      return !cursor.HasOverrun();
    case Hdf5Message::FilterPipeline:
      return FiltersFit(message);
    case Hdf5Message::Attribute:
      return AttributeFits(message, lengthSize);
    default:
      return true;
  }
}

bool
GetHardLink(const std::string & message, std::size_t offsetSize, std::uint64_t & address)
{
  Cursor cursor(message, 0, message.size());
  const std::uint64_t version = cursor.Number(1);
  const std::uint64_t flags = cursor.Number(1);
  const std::uint64_t kind = (flags & 8) != 0 ? cursor.Number(1) : 0;
  cursor.Skip(((flags & 4) != 0 ? 8 : 0) + ((flags & 16) != 0 ? 1 : 0));
  cursor.Skip(cursor.Number(std::size_t{1} << (flags & 3)));
  address = cursor.Number(offsetSize);
  return version == 1 && kind == 0 && !cursor.HasOverrun();
}
} // namespace ferro
