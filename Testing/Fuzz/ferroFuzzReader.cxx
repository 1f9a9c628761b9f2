// Reads whatever bytes libFuzzer makes as a file of one format: everything that is listed, and one frame of each small
// image.
#include "ferroErrors.h"
#include "ferroFuzzFile.h"
#include "ferroMicroscopyFile.h"

#include <cstdint>
#include <cstdlib>
#include <vector>

extern "C" int LLVMFuzzerInitialize(int *, char ***);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t * data, std::size_t size);

extern "C" int
LLVMFuzzerInitialize(int *, char ***)
{
  // Small frames suffice to find mistakes.
  ::setenv("FERROSCOPE_MAX_PIXELS", "1000000", 1);
  std::atexit(RemoveFuzzFile);
  return 0;
}

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t * data, std::size_t size)
{
  if (!WriteFuzzFile(data, size))
  {
    return 0;
  }
  try
  {
    const auto opened = ferro::OpenMicroscopyFile(FuzzFileName());
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
