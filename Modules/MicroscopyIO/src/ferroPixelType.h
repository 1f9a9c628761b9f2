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
/** Whether numbers are stored the way this machine has them in memory. */
bool IsNativeByteOrder(bool littleEndian);

/** \class PixelSink
 * \brief Where the pixels of a region go: an array of float or of double, that the caller owns.
 *
 * Readers hand over raw pixels as the file has them; no pixel is held twice. 64-bit integers beyond 2^53 are rounded.
 */
class PixelSink
{
public:
  explicit PixelSink(float * buffer) : m_Float(buffer)
  {
  }
  explicit PixelSink(double * buffer) : m_Double(buffer)
  {
  }
  /** Converts \a count raw values of a real type and stores them from value \a at on. */
  void Put(std::size_t at, const void * raw, PixelType type, bool littleEndian, std::size_t count) const;
  void Put(std::size_t at, const double * values, std::size_t count) const;
  /** The place of value \a at when values of this type need no conversion, so that they can be read into it; else null.
   */
  void * Direct(std::size_t at, PixelType type, bool littleEndian) const;

private:
  float * m_Float = nullptr;
  double * m_Double = nullptr;
};

/** Product of the lengths times the size of an element; empty on a length or size below 1 and beyond 2^62. */
std::optional<std::uint64_t> ArrayBytes(const std::vector<long> & shape, std::size_t elementSize);
} // namespace ferro

#endif
