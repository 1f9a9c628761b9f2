#ifndef ferroTiffPixels_h
#define ferroTiffPixels_h

#include "ferroMicroscopyFile.h"
#include "ferroPixelType.h"
#include "ferroTiffDirectory.h"

namespace ferro
{
/** Reads a region of a page: open strips and tiles straight from the file, all others through libtiff, one at a time.
 * \a sample: the sample of each pixel that is meant; -1: all of them side by side. */
void ReadTiffPixels(const InputFile & file, const TiffDirectory & page, int sample, const FrameRegion & region,
                    const PixelSink & sink);
/** Rows of a page that must be decoded together; 1 where pixels lie open. */
long GetTiffRowsPerBlock(const TiffDirectory & page);
} // namespace ferro

#endif
