#ifndef ferroImageStatistics_h
#define ferroImageStatistics_h

#include "ferroMicroscopyFile.h"

#include <functional>
#include <string>

namespace ferro
{
/** Figures of all pixels of an image. */
struct ImageStatistics
{
  bool available = false; ///< false for what cannot be read as real numbers
  double minimum = 0.0;   ///< of the finite pixels
  double maximum = 0.0;
  double mean = 0.0;
  std::size_t finite = 0;    ///< number of finite pixels
  std::size_t nonFinite = 0; ///< number of NaN and infinite ones
  std::string sha256;        ///< of the pixels as little-endian float64; empty unless asked for
};

/** Reads an image in pieces of about a million pixels, or of a frame that is compressed as one; \a progress gets the
 * fraction that is done and may throw to stop. */
ImageStatistics ComputeStatistics(MicroscopyFile & file, int image, bool checksum,
                                  const std::function<void(double)> & progress);
} // namespace ferro

#endif
