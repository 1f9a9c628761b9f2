#ifndef ferroHdf5Frame_h
#define ferroHdf5Frame_h

#include "ferroHdf5.h"
#include "ferroMicroscopyFile.h"

namespace ferro
{
/** Reads a region of a frame of a data set. \a order names the stored axis of each axis of the image: (frame,) row,
 * column; other axes have one sample. Goes through the data set in blocks of a few megabytes, each made of whole
 * chunks, so that no compressed chunk is unpacked twice; one that is larger is held as a whole. */
void ReadHdf5Frame(const Hdf5File & file, const Hdf5File::DataSet & data, const std::vector<std::size_t> & order,
                   long frame, const FrameRegion & region, const PixelSink & sink);

/** Rows of a frame that lie in one chunk; 1 where parts of chunks can be read. */
long GetHdf5RowsPerBlock(const Hdf5File::DataSet & data, const std::vector<std::size_t> & order);
} // namespace ferro

#endif
