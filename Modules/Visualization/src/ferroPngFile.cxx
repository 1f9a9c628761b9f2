#include "ferroPngFile.h"

#include "ferroErrors.h"
#include "ferroWriteFile.h"

#include <png.h>

namespace ferro
{
void
WritePngFile(const std::filesystem::path & file, const Raster & raster)
{
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(raster.width);
  image.height = static_cast<png_uint_32>(raster.height);
  image.format = PNG_FORMAT_RGB;
  image.flags = PNG_IMAGE_FLAG_FAST;
  std::vector<char> bytes(PNG_IMAGE_PNG_SIZE_MAX(image));
  png_alloc_size_t count = bytes.size();
  const png_int_32 bottomUp = -3 * raster.width;
  if (raster.pixels.empty() ||
      png_image_write_to_memory(&image, bytes.data(), &count, 0, raster.pixels.data(), bottomUp, nullptr) == 0)
  {
    throw OutputError(file.string() + ": the picture cannot be compressed as PNG: " +
                      (raster.pixels.empty() ? "it is empty" : image.message));
  }
  WriteFile(file, bytes.data(), count);
}
} // namespace ferro
