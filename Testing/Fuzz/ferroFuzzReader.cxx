// Reads whatever bytes libFuzzer makes as a file of one format: everything that is listed, the last frame of each small
// image, and a region of that frame, which must be part of it.
#include "ferroErrors.h"
#include "ferroFuzzFile.h"
#include "ferroMicroscopyFile.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace
{
// A region from the middle of the frame, and whether it is what the whole frame has there.
void
CheckRegion(ferro::MicroscopyFile & file, int image, long frame, const std::vector<double> & whole)
{
  const ferro::FrameRegion all = file.GetFrameRegion(image);
  const ferro::FrameRegion region = {all.width / 3, all.height / 3, (all.width + 2) / 3, (all.height + 2) / 3};
  const std::size_t samples = whole.size() / static_cast<std::size_t>(all.width * all.height);
  const std::size_t values = samples * static_cast<std::size_t>(region.width);
  std::vector<double> part(values * static_cast<std::size_t>(region.height));
  file.ReadRegion(image, frame, region, part.data());
  for (long y = 0; y < region.height; ++y)
  {
    const double * expected = whole.data() + static_cast<std::size_t>((region.y + y) * all.width + region.x) * samples;
    if (std::memcmp(expected, part.data() + static_cast<std::size_t>(y) * values, values * sizeof(double)) != 0)
    {
      std::abort();
    }
  }
}
} // namespace

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
        const long frame = opened->GetNumberOfFrames(image.index) - 1;
        opened->ReadFrame(image.index, frame, pixels.data());
        CheckRegion(*opened, image.index, frame, pixels);
      }
    }
  }
  catch (const ferro::InputError &)
  {
    // The only exception that a damaged file may cause.
  }
  return 0;
}
