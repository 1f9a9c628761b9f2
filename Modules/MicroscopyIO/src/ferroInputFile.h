#ifndef ferroInputFile_h
#define ferroInputFile_h

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace ferro
{
/** Splits FILE:/PATH into the file and the place inside of it. The second is empty when the whole is the name of a
 * file, or when there is no such file before a colon. */
std::pair<std::filesystem::path, std::string> SplitInnerPath(const std::filesystem::path & path);

/** \class InputFile
 * \brief A regular file for reading at given places; every access is checked against the file's size.
 *
 * All members throw InputError that names the file.
 */
class InputFile
{
public:
  /** Opens; refuses anything but a regular file (a FIFO or device could block or never end), and an empty one. */
  explicit InputFile(const std::filesystem::path & file);
  ~InputFile();
  InputFile(const InputFile &) = delete;
  InputFile & operator=(const InputFile &) = delete;

  const std::filesystem::path &
  GetPath() const
  {
    return m_Path;
  }
  std::uint64_t
  GetSize() const
  {
    return m_Size;
  }
  /** Throws when [offset, offset + length) is not inside the file; \a what says what was to be read. */
  void Require(std::uint64_t offset, std::uint64_t length, const char * what) const;
  void Read(std::uint64_t offset, void * buffer, std::uint64_t length, const char * what) const;
  std::string ReadText(std::uint64_t offset, std::uint64_t length, const char * what) const;
  template <typename T>
  T
  Get(std::uint64_t offset, bool littleEndian, const char * what) const
  {
    unsigned char bytes[sizeof(T)];
    this->Read(offset, bytes, sizeof(T), what);
    return Decode<T>(bytes, littleEndian);
  }
  template <typename T>
  static T
  Decode(const unsigned char * bytes, bool littleEndian)
  {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
    {
      bits = bits << 8 | bytes[littleEndian ? sizeof(T) - 1 - i : i];
    }
    return FromBits<T>(bits);
  }
  [[noreturn]] void Fail(const std::string & reason) const;

private:
  template <typename T>
  static T FromBits(std::uint64_t bits);

  std::filesystem::path m_Path;
  int m_Descriptor = -1;
  std::uint64_t m_Size = 0;
  // The last piece read, so that walking through small items costs few system calls.
  mutable std::vector<unsigned char> m_Cache;
  mutable std::uint64_t m_CacheOffset = 0;
};
} // namespace ferro

#include <cstring>
#include <type_traits>

template <typename T>
T
ferro::InputFile::FromBits(std::uint64_t bits)
{
  if constexpr (std::is_same_v<T, double>)
  {
    double value;
    std::memcpy(&value, &bits, sizeof(value));
    return value;
  }
  else if constexpr (std::is_same_v<T, float>)
  {
    const auto narrow = static_cast<std::uint32_t>(bits);
    float value;
    std::memcpy(&value, &narrow, sizeof(value));
    return value;
  }
  else
  {
    return static_cast<T>(bits);
  }
}

#endif
