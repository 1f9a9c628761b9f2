#include "ferroImageStatistics.h"

#include "ferroSha256.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

namespace ferro
{
namespace
{
void
HashPixels(Sha256 & hash, const std::vector<double> & pixels)
{
  constexpr std::uint16_t one = 1;
  if (*reinterpret_cast<const unsigned char *>(&one) == 1)
  {
    hash.Update(pixels.data(), pixels.size() * sizeof(double));
    return;
  }
  for (const double value : pixels)
  {
    unsigned char bytes[sizeof(double)];
    std::memcpy(bytes, &value, sizeof(value));
    std::reverse(std::begin(bytes), std::end(bytes));
    hash.Update(bytes, sizeof(bytes));
  }
}
} // namespace

ImageStatistics
ComputeStatistics(MicroscopyFile & file, int image, bool checksum, const std::function<void(double)> & progress)
{
  ImageStatistics result;
  if (!file.HasPixels(image))
  {
    return result;
  }
  const long frames = file.GetNumberOfFrames(image);
  std::vector<double> pixels(file.GetFramePixels(image));
  Sha256 hash;
  long double sum = 0.0L; // the sum of doubles near their limit must not overflow
  for (long f = 0; f < frames; ++f)
  {
    file.ReadFrame(image, f, pixels.data());
    for (const double value : pixels)
    {
      if (!std::isfinite(value))
      {
        ++result.nonFinite;
        continue;
      }
      result.minimum = result.finite == 0 ? value : std::min(result.minimum, value);
      result.maximum = result.finite == 0 ? value : std::max(result.maximum, value);
      sum += value;
      ++result.finite;
    }
    if (checksum)
    {
      HashPixels(hash, pixels);
    }
    progress(static_cast<double>(f + 1) / static_cast<double>(frames));
  }
  result.available = true;
  result.mean = result.finite == 0 ? 0.0 : static_cast<double>(sum / static_cast<long double>(result.finite));
  result.sha256 = checksum ? hash.HexDigest() : std::string();
  return result;
}
} // namespace ferro
