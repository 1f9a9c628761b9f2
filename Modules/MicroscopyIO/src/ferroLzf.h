#ifndef ferroLzf_h
#define ferroLzf_h

#include <cstddef>

namespace ferro
{
/** Expands LZF data (the format of LibLZF): returns the number of bytes written, or 0 when the input is damaged or
 * does not fit. */
std::size_t ExpandLzf(const unsigned char * in, std::size_t inLength, unsigned char * out, std::size_t outLength);

/** Teaches HDF5 to read filter 32000, with which h5py compresses on request ("lzf"). */
void RegisterLzfFilter();
} // namespace ferro

#endif
