#ifndef ferroFuzzFile_h
#define ferroFuzzFile_h

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>

/** The file that takes the bytes of libFuzzer: in memory, where the system has such a place. */
inline std::string
FuzzFileName()
{
  static const std::string folder = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  return folder + "/ferro_fuzz_" + std::to_string(::getpid()) + "." + FERROSCOPE_FUZZ_EXTENSION;
}

inline bool
WriteFuzzFile(const std::uint8_t * data, std::size_t size)
{
  const int file = ::open(FuzzFileName().c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  const bool written = file >= 0 && ::write(file, data, size) == static_cast<ssize_t>(size);
  ::close(file);
  return written;
}

inline void
RemoveFuzzFile()
{
  ::unlink(FuzzFileName().c_str());
}

#endif
