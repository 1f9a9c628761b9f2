#include "ferroInputFile.h"

#include "ferroErrors.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ferro
{
std::pair<std::filesystem::path, std::string>
SplitInnerPath(const std::filesystem::path & path)
{
  std::error_code error;
  const std::string text = path.string();
  if (std::filesystem::exists(std::filesystem::symlink_status(path, error)))
  {
    return {path, {}};
  }
  for (std::size_t at = text.rfind(":/"); at != std::string::npos && at > 0; at = text.rfind(":/", at - 1))
  {
    const std::filesystem::path outer = text.substr(0, at);
    if (std::filesystem::is_regular_file(outer, error))
    {
      return {outer, text.substr(at + 1)};
    }
  }
  return {path, {}};
}

InputFile::InputFile(const std::filesystem::path & file) : m_Path(file)
{
  // O_NONBLOCK: opening a FIFO without a writer would wait for ever.
  m_Descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (m_Descriptor < 0)
  {
    this->Fail(errno == ENOENT ? std::string("no such file")
                               : std::string("cannot be opened: ") + std::strerror(errno));
  }
  struct stat status;
  std::string problem;
  if (::fstat(m_Descriptor, &status) != 0)
  {
    problem = std::string("cannot be examined: ") + std::strerror(errno);
  }
  else if (S_ISDIR(status.st_mode))
  {
    problem = "is a folder, expected an image file";
  }
  else if (!S_ISREG(status.st_mode))
  {
    problem = "is not a regular file (a pipe or a device), expected an image file";
  }
  else if (status.st_size == 0)
  {
    problem = "is empty (0 bytes), expected an image file";
  }
  if (!problem.empty())
  {
    ::close(m_Descriptor);
    this->Fail(problem);
  }
  m_Size = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile()
{
  ::close(m_Descriptor);
}

void
InputFile::Fail(const std::string & reason) const
{
  throw InputError(m_Path.string() + ": " + reason);
}

void
InputFile::Require(std::uint64_t offset, std::uint64_t length, const char * what) const
{
  if (offset > m_Size || length > m_Size - offset)
  {
    const std::uint64_t have = offset > m_Size ? 0 : m_Size - offset;
    this->Fail(std::string("truncated or corrupt: ") + what + " at byte " + std::to_string(offset) + " needs " +
               std::to_string(length) + " bytes, the file has " + std::to_string(have) + " there (its size is " +
               std::to_string(m_Size) + ")");
  }
}

void
InputFile::Read(std::uint64_t offset, void * buffer, std::uint64_t length, const char * what) const
{
  this->Require(offset, length, what);
  const auto readDirect = [&](std::uint64_t from, unsigned char * to, std::uint64_t count)
  {
    while (count > 0)
    {
      const ssize_t got = ::pread(m_Descriptor, to, std::min<std::uint64_t>(count, 1U << 30), static_cast<off_t>(from));
      if (got < 0 && errno == EINTR)
      {
        continue;
      }
      if (got <= 0)
      {
        this->Fail(std::string("reading ") + what + " failed: " + (got < 0 ? std::strerror(errno) : "the file shrank"));
      }
      from += static_cast<std::uint64_t>(got);
      to += got;
      count -= static_cast<std::uint64_t>(got);
    }
  };
  constexpr std::uint64_t cacheSize = 1U << 15;
  if (length > cacheSize / 2)
  {
    readDirect(offset, static_cast<unsigned char *>(buffer), length);
    return;
  }
  if (offset < m_CacheOffset || offset + length > m_CacheOffset + m_Cache.size())
  {
    m_Cache.resize(std::min(cacheSize, m_Size - offset));
    m_CacheOffset = offset;
    readDirect(offset, m_Cache.data(), m_Cache.size());
  }
  std::memcpy(buffer, m_Cache.data() + (offset - m_CacheOffset), length);
}

std::string
InputFile::ReadText(std::uint64_t offset, std::uint64_t length, const char * what) const
{
  this->Require(offset, length, what);
  std::string text(length, '\0');
  this->Read(offset, text.data(), length, what);
  return text;
}
} // namespace ferro
