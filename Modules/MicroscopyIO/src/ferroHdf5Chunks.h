#ifndef ferroHdf5Chunks_h
#define ferroHdf5Chunks_h

#include "ferroHdf5.h"

namespace ferro
{
/** The filters of a data set in the order in which they were applied, when all of them are of those that
 * ReadPackedChunks undoes (shuffle, deflate, LZF) and every chunk goes through them; empty otherwise. */
std::vector<H5Z_filter_t> GetKnownFilters(hid_t creation);

/** Whether none of the compressed chunks of a block claims more bytes than the file has; HDF5 would ask for that much
 * memory. */
bool ChunksFitInto(const Hdf5File::DataSet & data, std::uint64_t fileSize, const std::vector<hsize_t> & start,
                   const std::vector<hsize_t> & count);

/** Reads a block of a compressed data set as it is stored: HDF5 fetches the packed chunks, and they are unpacked here,
 * several at a time. HDF5 itself unpacks them one after the other with zlib, which takes a multiple of the time.
 * \return false when something is not as expected (chunks that were never written, damage), and nothing is to be made
 * of \a buffer; HDF5 then reads the block or says what is wrong. */
bool ReadPackedChunks(const Hdf5File::DataSet & data, std::uint64_t fileSize, const std::vector<hsize_t> & start,
                      const std::vector<hsize_t> & count, unsigned char * buffer);
} // namespace ferro

#endif
