#ifndef ferroFuzzFile_h
#define ferroFuzzFile_h

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>

/** What the format is called; the replaying program sets it, libFuzzer's targets are built for one. */
inline const char * FuzzExtension = FERROSCOPE_FUZZ_EXTENSION;

/** The file that takes the bytes of libFuzzer: in memory, where the system has such a place. */
inline std::string
FuzzFileName()
{
  static const std::string folder = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  return folder + "/ferro_fuzz_" + std::to_string(::getpid()) + "." + FuzzExtension;
}

inline bool
WriteFuzzFile(const std::uint8_t * data, std::size_t size)
{
  const int file = ::open(FuzzFileName().c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  const bool written = file >= 0 && ::write(file, data, size) == static_cast<ssize_t>(size);
  if (file >= 0)
  {
    ::close(file);
  }
  return written;
}

inline void
RemoveFuzzFile()
{
  ::unlink(FuzzFileName().c_str());
}

// HDF5 asks for as much memory as a damaged file declares; malloc would say no, and so shall AddressSanitizer.
extern "C" __attribute__((used)) inline const char *
__asan_default_options()
{
  return "allocator_may_return_null=1:max_allocation_size_mb=2048";
}

// HDF5 1.10 and ITK's MetaIO and NrrdIO lose memory when they give up on a damaged file; that is not for us to mend.
extern "C" __attribute__((used)) inline const char *
__lsan_default_suppressions()
{
  return "leak:libhdf5\nleak:libITKMetaIO\nleak:libITKNrrdIO\n";
}

#endif
