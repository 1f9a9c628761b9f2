#include "ferroPixelType.h"

#include "ferroInputFile.h"

#include <cmath>
#include <limits>

namespace ferro
{
namespace
{
double
HalfToDouble(std::uint16_t bits)
{
  const int exponent = (bits >> 10) & 0x1f;
  const int fraction = bits & 0x3ff;
  double value;
  if (exponent == 31)
  {
    value = fraction == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  }
  else if (exponent == 0)
  {
    value = std::ldexp(fraction, -24);
  }
  else
  {
    value = std::ldexp(fraction + 1024, exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

template <typename T>
void
Convert(const unsigned char * bytes, bool littleEndian, std::size_t count, double * out)
{
  for (std::size_t i = 0; i < count; ++i)
  {
    out[i] = static_cast<double>(InputFile::Decode<T>(bytes + i * sizeof(T), littleEndian));
  }
}
} // namespace

const char *
PixelTypeName(PixelType type)
{
  switch (type)
  {
    case PixelType::Bool:
      return "bool";
    case PixelType::UInt8:
      return "uint8";
    case PixelType::UInt16:
      return "uint16";
    case PixelType::UInt32:
      return "uint32";
    case PixelType::UInt64:
      return "uint64";
    case PixelType::Int8:
      return "int8";
    case PixelType::Int16:
      return "int16";
    case PixelType::Int32:
      return "int32";
    case PixelType::Int64:
      return "int64";
    case PixelType::Float16:
      return "float16";
    case PixelType::Float32:
      return "float32";
    case PixelType::Float64:
      return "float64";
    case PixelType::Complex64:
      return "complex64";
    case PixelType::Complex128:
      return "complex128";
    case PixelType::Rgb:
      return "rgb";
    case PixelType::Rgba:
      return "rgba";
  }
  return "unknown";
}

std::size_t
PixelTypeSize(PixelType type)
{
  switch (type)
  {
    case PixelType::Bool:
    case PixelType::UInt8:
    case PixelType::Int8:
      return 1;
    case PixelType::UInt16:
    case PixelType::Int16:
    case PixelType::Float16:
      return 2;
    case PixelType::Rgb:
      return 3;
    case PixelType::UInt32:
    case PixelType::Int32:
    case PixelType::Float32:
    case PixelType::Rgba:
      return 4;
    case PixelType::UInt64:
    case PixelType::Int64:
    case PixelType::Float64:
    case PixelType::Complex64:
      return 8;
    case PixelType::Complex128:
      return 16;
  }
  return 0;
}

bool
IsReal(PixelType type)
{
  return type < PixelType::Complex64;
}

void
ConvertToDouble(const void * raw, PixelType type, bool littleEndian, std::size_t count, double * out)
{
  const auto * bytes = static_cast<const unsigned char *>(raw);
  switch (type)
  {
    case PixelType::Bool:
    case PixelType::UInt8:
      return Convert<std::uint8_t>(bytes, littleEndian, count, out);
    case PixelType::UInt16:
      return Convert<std::uint16_t>(bytes, littleEndian, count, out);
    case PixelType::UInt32:
      return Convert<std::uint32_t>(bytes, littleEndian, count, out);
    case PixelType::UInt64:
      return Convert<std::uint64_t>(bytes, littleEndian, count, out);
    case PixelType::Int8:
      return Convert<std::int8_t>(bytes, littleEndian, count, out);
    case PixelType::Int16:
      return Convert<std::int16_t>(bytes, littleEndian, count, out);
    case PixelType::Int32:
      return Convert<std::int32_t>(bytes, littleEndian, count, out);
    case PixelType::Int64:
      return Convert<std::int64_t>(bytes, littleEndian, count, out);
    case PixelType::Float16:
      for (std::size_t i = 0; i < count; ++i)
      {
        out[i] = HalfToDouble(InputFile::Decode<std::uint16_t>(bytes + 2 * i, littleEndian));
      }
      return;
    case PixelType::Float32:
      return Convert<float>(bytes, littleEndian, count, out);
    case PixelType::Float64:
      return Convert<double>(bytes, littleEndian, count, out);
    default:
      return;
  }
}

std::optional<std::uint64_t>
ArrayBytes(const std::vector<long> & shape, std::size_t elementSize)
{
  std::uint64_t bytes = elementSize;
  for (const long length : shape)
  {
    if (length < 1 || static_cast<std::uint64_t>(length) > (std::uint64_t{1} << 62) / bytes)
    {
      return {};
    }
    bytes *= static_cast<std::uint64_t>(length);
  }
  return bytes;
}
} // namespace ferro
