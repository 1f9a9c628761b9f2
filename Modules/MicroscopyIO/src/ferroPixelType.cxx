#include "ferroPixelType.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <type_traits>

namespace ferro
{
namespace
{
/** A 16-bit floating-point number as stored. */
struct Half
{
  std::uint16_t bits;
};

template <typename T>
T
Swap(T value)
{
  if constexpr (sizeof(T) == 2)
  {
    // In this form compilers turn several at once.
    std::uint16_t bits;
    std::memcpy(&bits, &value, 2);
    bits = static_cast<std::uint16_t>(bits << 8 | bits >> 8);
    std::memcpy(&value, &bits, 2);
    return value;
  }
  unsigned char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  std::reverse(std::begin(bytes), std::end(bytes));
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

// A double on the way to a float rounds 64-bit integers the same way for both; what is shorter needs none.
template <typename T>
auto
Widen(T value)
{
  if constexpr (std::is_integral_v<T> && sizeof(T) <= 4)
  {
    return value;
  }
  else
  {
    return static_cast<double>(value);
  }
}

// Every half is a float: exponent and fraction move into their places.
float
Widen(Half value)
{
  const std::uint32_t sign = (value.bits & 0x8000U) << 16;
  const std::uint32_t exponent = (value.bits >> 10) & 0x1fU;
  const std::uint32_t fraction = value.bits & 0x3ffU;
  if (exponent == 0)
  {
    const float tiny = static_cast<float>(fraction) * (1.0F / 16777216.0F);
    return sign != 0 ? -tiny : tiny;
  }
  const std::uint32_t bits = sign | (exponent == 31 ? 255U : exponent + 112U) << 23 | fraction << 13;
  float result;
  std::memcpy(&result, &bits, sizeof(result));
  return result;
}

template <typename TIn, bool Swapped, typename TOut>
void
Convert(const unsigned char * bytes, std::size_t count, TOut * out)
{
  for (std::size_t i = 0; i < count; ++i)
  {
    TIn value;
    std::memcpy(&value, bytes + i * sizeof(TIn), sizeof(TIn));
    out[i] = static_cast<TOut>(Widen(Swapped ? Swap(value) : value));
  }
}

template <typename TIn, typename TOut>
void
Convert(const unsigned char * bytes, bool littleEndian, std::size_t count, TOut * out)
{
  return IsNativeByteOrder(littleEndian) ? Convert<TIn, false>(bytes, count, out)
                                         : Convert<TIn, true>(bytes, count, out);
}

template <typename TOut>
void
ConvertPixels(const void * raw, PixelType type, bool littleEndian, std::size_t count, TOut * out)
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
      return Convert<Half>(bytes, littleEndian, count, out);
    case PixelType::Float32:
      return Convert<float>(bytes, littleEndian, count, out);
    case PixelType::Float64:
      return Convert<double>(bytes, littleEndian, count, out);
    default:
      return;
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

bool
IsNativeByteOrder(bool littleEndian)
{
  constexpr std::uint16_t one = 1;
  unsigned char first;
  std::memcpy(&first, &one, 1);
  return littleEndian == (first == 1);
}

void
PixelSink::Put(std::size_t at, const void * raw, PixelType type, bool littleEndian, std::size_t count) const
{
  if (m_Float != nullptr)
  {
    ConvertPixels(raw, type, littleEndian, count, m_Float + at);
  }
  else
  {
    ConvertPixels(raw, type, littleEndian, count, m_Double + at);
  }
}

void
PixelSink::Put(std::size_t at, const double * values, std::size_t count) const
{
  this->Put(at, values, PixelType::Float64, IsNativeByteOrder(true), count);
}

void *
PixelSink::Direct(std::size_t at, PixelType type, bool littleEndian) const
{
  if (!IsNativeByteOrder(littleEndian))
  {
    return nullptr;
  }
  if (m_Float != nullptr)
  {
    return type == PixelType::Float32 ? m_Float + at : nullptr;
  }
  return type == PixelType::Float64 ? m_Double + at : nullptr;
}

std::optional<std::uint64_t>
ArrayBytes(const std::vector<long> & shape, std::size_t elementSize)
{
  if (elementSize == 0)
  {
    return {}; // a damaged type
  }
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
