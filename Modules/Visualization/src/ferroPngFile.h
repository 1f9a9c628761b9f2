#ifndef ferroPngFile_h
#define ferroPngFile_h

#include <cstdint>
#include <filesystem>
#include <vector>

namespace ferro
{
/** A picture of 8-bit red, green and blue; rows from bottom to top. */
struct Raster
{
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;
};

/** Writes a picture as PNG. It is compressed fast: without row filters, which gain nothing on flat colours and noise.
 * \throws OutputError with path and reason */
void WritePngFile(const std::filesystem::path & file, const Raster & raster);
} // namespace ferro

#endif
