#ifndef ferroHdf5Heap_h
#define ferroHdf5Heap_h

#include "ferroInputFile.h"

#include <hdf5.h>

namespace ferro
{
/** Where a value of variable length is stored in an HDF5 file, as the file says it. */
struct Hdf5HeapReference
{
  std::uint32_t length = 0;  ///< in elements
  std::uint64_t address = 0; ///< of a collection of the global heap; 0: no value
  std::uint32_t index = 0;   ///< in the collection
};

/** Opaque type of 16 bytes: reading values of variable length as this type gives their references. HDF5 itself copies
 * as many bytes as the heap declares into a buffer of the length that the reference declares, and a damaged file makes
 * it overrun: so the values are fetched by ReadHeapObject. */
hid_t RawReferenceType();
Hdf5HeapReference DecodeHeapReference(const unsigned char * bytes);
/** Fetches the bytes of a value from a file whose addresses count from \a base. Throws InputError when they are not
 * there. */
std::string ReadHeapObject(const InputFile & file, std::uint64_t base, const Hdf5HeapReference & reference,
                           std::size_t elementSize);
} // namespace ferro

#endif
