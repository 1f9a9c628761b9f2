// Reads whatever bytes libFuzzer makes as a file of one format: everything that is listed, and one frame of each small
// image.
#include "ferroErrors.h"
#include "ferroMicroscopyFile.h"

#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace
{
// In memory, where the system has such a place.
std::string
FileName()
{
  static const std::string folder = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  return folder + "/ferro_fuzz_" + std::to_string(::getpid()) + "." + FERROSCOPE_FUZZ_EXTENSION;
}

void
Remove()
{
  ::unlink(FileName().c_str());
}
} // namespace

extern "C" int LLVMFuzzerInitialize(int *, char ***);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t * data, std::size_t size);

extern "C" int
LLVMFuzzerInitialize(int *, char ***)
{
  // Small frames suffice to find mistakes.
  ::setenv("FERROSCOPE_MAX_PIXELS", "1000000", 1);
  std::atexit(Remove);
  return 0;
}

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t * data, std::size_t size)
{
  const std::string name = FileName();
  const int file = ::open(name.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  const bool written = file >= 0 && ::write(file, data, size) == static_cast<ssize_t>(size);
  ::close(file);
  if (!written)
  {
    return 0;
  }
  try
  {
    const auto opened = ferro::OpenMicroscopyFile(name);
    for (const ferro::ImageInfo & image : opened->GetInfo().images)
    {
      if (opened->HasPixels(image.index))
      {
        std::vector<double> pixels(opened->GetFramePixels(image.index));
        opened->ReadFrame(image.index, opened->GetNumberOfFrames(image.index) - 1, pixels.data());
      }
    }
  }
  catch (const ferro::InputError &)
  {
    // The only exception that a damaged file may cause.
  }
  return 0;
}
