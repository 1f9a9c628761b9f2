#ifndef ferroPixelType_h
#define ferroPixelType_h

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace ferro
{
/** Types of pixels in files. */
enum class PixelType
{
  Bool,
  UInt8,
  UInt16,
  UInt32,
  UInt64,
  Int8,
  Int16,
  Int32,
  Int64,
  Float16,
  Float32,
  Float64,
  Complex64,
  Complex128,
  Rgb,
  Rgba
};

/** Name as NumPy has it: uint8, float32, complex64; rgb and rgba for colour. */
const char * PixelTypeName(PixelType type);
/** Bytes per pixel; 3 and 4 for colour. */
std::size_t PixelTypeSize(PixelType type);
bool IsReal(PixelType type);
/** Converts raw pixels of a real type to double. 64-bit integers beyond 2^53 are rounded. */
void ConvertToDouble(const void * raw, PixelType type, bool littleEndian, std::size_t count, double * out);

/** Product of the lengths times the size of an element; empty on a length below 1 or beyond 2^62. */
std::optional<std::uint64_t> ArrayBytes(const std::vector<long> & shape, std::size_t elementSize);
} // namespace ferro

#endif
