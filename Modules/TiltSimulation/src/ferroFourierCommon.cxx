// What does not depend on the library behind FourierBatch.
#include "ferroFourierTransform.h"

#include <cstdlib>

namespace ferro
{
std::filesystem::path
GetFourierWisdomFile()
{
  if (GetFourierBackend() != "FFTW")
  {
    return {};
  }
  const char * cache = std::getenv("XDG_CACHE_HOME");
  if (cache && *cache == '/')
  {
    return std::filesystem::path(cache) / "ferroscope" / "fftw-wisdom-single";
  }
  const char * home = std::getenv("HOME");
  return home && *home == '/' ? std::filesystem::path(home) / ".cache" / "ferroscope" / "fftw-wisdom-single"
                              : std::filesystem::path();
}

int
GetFastFourierLength(int wanted, int multipleOf)
{
  for (int factor = (wanted + multipleOf - 1) / multipleOf;; ++factor)
  {
    int rest = factor;
    for (const int prime : {2, 3, 5, 7})
    {
      while (rest % prime == 0)
      {
        rest /= prime;
      }
    }
    if (rest == 1)
    {
      return factor * multipleOf;
    }
  }
}
} // namespace ferro
