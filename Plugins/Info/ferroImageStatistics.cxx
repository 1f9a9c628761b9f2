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
HashPixels(Sha256 & hash, const double * pixels, std::size_t count)
{
  constexpr std::uint16_t one = 1;
  if (*reinterpret_cast<const unsigned char *>(&one) == 1)
  {
    hash.Update(pixels, count * sizeof(double));
    return;
  }
  for (std::size_t i = 0; i < count; ++i)
  {
    unsigned char bytes[sizeof(double)];
    std::memcpy(bytes, pixels + i, sizeof(double));
    std::reverse(std::begin(bytes), std::end(bytes));
    hash.Update(bytes, sizeof(bytes));
  }
}

// Four sums and extremes side by side, which a processor works out together.
bool
AddFinitePixels(const double * pixels, std::size_t count, ImageStatistics & result, long double & sum)
{
  double sums[4] = {};
  double low[4] = {pixels[0], pixels[0], pixels[0], pixels[0]};
  double high[4] = {pixels[0], pixels[0], pixels[0], pixels[0]};
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4)
  {
    for (std::size_t k = 0; k < 4; ++k)
    {
      const double value = pixels[i + k];
      sums[k] += value;
      low[k] = value < low[k] ? value : low[k];
      high[k] = value > high[k] ? value : high[k];
    }
  }
  for (; i < count; ++i)
  {
    sums[0] += pixels[i];
    low[0] = std::min(low[0], pixels[i]);
    high[0] = std::max(high[0], pixels[i]);
  }
  const double total = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  if (!std::isfinite(total))
  {
    return false; // a pixel is not finite, or the sum runs over
  }
  const double minimum = *std::min_element(low, low + 4);
  const double maximum = *std::max_element(high, high + 4);
  result.minimum = result.finite == 0 ? minimum : std::min(result.minimum, minimum);
  result.maximum = result.finite == 0 ? maximum : std::max(result.maximum, maximum);
  result.finite += count;
  sum += total;
  return true;
}

void
AddPixels(const double * pixels, std::size_t count, ImageStatistics & result, long double & sum)
{
  if (AddFinitePixels(pixels, count, result, sum))
  {
    return;
  }
  for (std::size_t i = 0; i < count; ++i)
  {
    const double value = pixels[i];
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
}

// Rows that are read together: whole blocks of the file, of about a million pixels.
long
RowsAtOnce(const MicroscopyFile & file, int image)
{
  const FrameRegion whole = file.GetFrameRegion(image);
  const long block = file.GetRowsPerBlock(image);
  constexpr long pixels = 1L << 20;
  return std::min(whole.height, block * std::max(1L, pixels / std::max(1L, block * whole.width)));
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
  const FrameRegion whole = file.GetFrameRegion(image);
  const long rows = RowsAtOnce(file, image);
  const std::size_t rowPixels = file.GetFramePixels(image) / static_cast<std::size_t>(whole.height);
  std::vector<double> buffer(rowPixels * static_cast<std::size_t>(rows));
  Sha256 hash;
  long double sum = 0.0L; // the sum of doubles near their limit must not overflow
  const auto use = [&](const double * pixels, std::size_t count)
  {
    constexpr std::size_t piece = 1024;
    for (std::size_t at = 0; at < count; at += piece)
    {
      AddPixels(pixels + at, std::min(piece, count - at), result, sum);
    }
    if (checksum)
    {
      HashPixels(hash, pixels, count);
    }
  };
  for (long f = 0; f < frames; ++f)
  {
    for (long y = 0; y < whole.height; y += rows)
    {
      const FrameRegion part = {0, y, whole.width, std::min(rows, whole.height - y)};
      file.ReadRegion(image, f, part, buffer.data());
      use(buffer.data(), rowPixels * static_cast<std::size_t>(part.height));
      progress((static_cast<double>(f) + static_cast<double>(y + part.height) / static_cast<double>(whole.height)) /
               static_cast<double>(frames));
    }
  }
  result.available = true;
  result.mean = result.finite == 0 ? 0.0 : static_cast<double>(sum / static_cast<long double>(result.finite));
  result.sha256 = checksum ? hash.HexDigest() : std::string();
  return result;
}
} // namespace ferro
