#ifndef ferroHdf5Messages_h
#define ferroHdf5Messages_h

#include <cstddef>
#include <cstdint>
#include <string>

namespace ferro
{
/** How a message of an HDF5 object header (HDF5 File Format Specification 3.0, section IV.A.2) fits into its bytes.
 * HDF5 1.10 takes lengths inside of some messages on trust and reads beyond them, so they are held against the message
 * first. What is not known here (newer versions, shared parts) passes: HDF5 then decides. */
enum class Hdf5Message : unsigned int
{
  DataSpace = 0x0001,
  DataType = 0x0003,
  Link = 0x0006,
  FilterPipeline = 0x000b,
  Attribute = 0x000c,
  Continuation = 0x0010,
  SymbolTable = 0x0011
};

/** Whether nothing in the message lies beyond its end.
 * \param lengthSize bytes of a length, as the superblock says */
bool FitsItsBytes(Hdf5Message kind, const std::string & message, std::size_t lengthSize);

/** Address of the object header that a link message leads to; false for soft and external links and damaged messages.
 * \param offsetSize bytes of an address, as the superblock says */
bool GetHardLink(const std::string & message, std::size_t offsetSize, std::uint64_t & address);
} // namespace ferro

#endif
