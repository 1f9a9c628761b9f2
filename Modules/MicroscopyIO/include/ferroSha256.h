#ifndef ferroSha256_h
#define ferroSha256_h

#include "FerroscopeMicroscopyIOExport.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace ferro
{
/** \class Sha256
 * \brief SHA-256 of a stream of bytes (FIPS 180-4), for provenance and for checksums of pixels.
 */
class FerroscopeMicroscopyIO_EXPORT Sha256
{
public:
  Sha256();
  /** Adds bytes. */
  void Update(const void * data, std::size_t length);
  /** The digest as 64 lower-case hexadecimal digits. The object is spent afterwards. */
  std::string HexDigest();

  /** Digest of a regular file, read in pieces. Throws InputError when it cannot be read. */
  static std::string HashFile(const std::filesystem::path & file);

private:
  void Block(const unsigned char * block);

  std::array<std::uint32_t, 8> m_State;
  std::array<unsigned char, 64> m_Buffer;
  std::size_t m_Buffered = 0;
  std::uint64_t m_Length = 0;
};
} // namespace ferro

#endif
