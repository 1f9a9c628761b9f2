#include "ferroWriteFile.h"

#include "ferroErrors.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace ferro
{
void
WriteFile(const std::filesystem::path & file, const char * bytes, std::size_t count)
{
  auto partial = file;
  partial += ".partial";
  const auto fail = [&](int reason)
  {
    std::error_code ignored;
    std::filesystem::remove(partial, ignored);
    throw OutputError(file.string() + ": cannot be written: " + std::strerror(reason));
  };
  std::FILE * stream = std::fopen(partial.c_str(), "wb");
  if (!stream)
  {
    fail(errno);
  }
  errno = 0;
  const bool written = std::fwrite(bytes, 1, count, stream) == count;
  const int writeReason = errno;
  errno = 0;
  const bool closed = std::fclose(stream) == 0;
  if (!written || !closed)
  {
    fail(written ? errno : writeReason);
  }
  std::error_code error;
  std::filesystem::rename(partial, file, error);
  if (error)
  {
    fail(error.value());
  }
}
} // namespace ferro
