#ifndef ferroRawFrame_h
#define ferroRawFrame_h

#include "ferroInputFile.h"
#include "ferroMicroscopyFile.h"
#include "ferroPixelType.h"

namespace ferro
{
/** A frame, or a tile of one, whose rows lie uncompressed behind each other in a file. */
struct RawFrame
{
  std::uint64_t offset = 0; ///< of the first pixel in the file
  long columns = 0;         ///< pixels from one row to the next
  PixelType type = PixelType::UInt8;
  bool littleEndian = true;
};

/** Reads a region in pieces of a few hundred kilobytes. \a at: value of the sink where the region's first pixel goes;
 * \a stride: values from one row to the next there; negative where the file has the bottom row first. */
void ReadRawFrame(const InputFile & file, const RawFrame & frame, const FrameRegion & region, const PixelSink & sink,
                  std::size_t at, std::ptrdiff_t stride);
/** The same for a sink that takes the region alone. */
void ReadRawFrame(const InputFile & file, const RawFrame & frame, const FrameRegion & region, const PixelSink & sink);

/** Hands over a region of a whole frame that is in memory, \a columns wide, with some samples per pixel. */
void CopyRegion(const void * frame, long columns, std::size_t samples, PixelType type, bool littleEndian,
                const FrameRegion & region, const PixelSink & sink);
} // namespace ferro

#endif
