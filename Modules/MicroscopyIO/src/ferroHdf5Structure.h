#ifndef ferroHdf5Structure_h
#define ferroHdf5Structure_h

#include "ferroHdf5Messages.h"
#include "ferroInputFile.h"

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ferro
{
/** \class Hdf5Structure
 * \brief Looks at the objects of an HDF5 file before HDF5 does.
 *
 * HDF5 1.10 trusts what objects say of themselves: in damaged files it copies from beyond the end of attributes,
 * goes to addresses that mean nowhere, and follows rings of free pieces of a group's heap until memory ends. Such files
 * are refused here with an InputError. Follows the HDF5 File Format Specification 3.0; what it does not know it leaves
 * to HDF5. Groups that keep their links in a fractal heap are not followed; their objects are looked at when they are
 * opened.
 */
class Hdf5Structure
{
public:
  /** \param base place of the superblock, from which addresses count */
  Hdf5Structure(const InputFile & file, std::uint64_t base);

  /** Looks at the object with its header at \a address and all that hang on it, unless that was done before. */
  void Check(std::uint64_t address);

private:
  bool Has(std::uint64_t address, std::uint64_t length) const;
  void Require(std::uint64_t address, std::uint64_t length, const char * what) const;
  std::uint64_t Number(std::uint64_t address, std::size_t length) const;
  void CheckHeader(std::uint64_t address);
  void CheckMessages(std::uint64_t begin, std::uint64_t length, std::size_t version, std::size_t extra);
  void CheckMessage(Hdf5Message kind, std::uint64_t address, std::uint64_t size);
  void CheckGroup(std::uint64_t tree, std::uint64_t heap);
  void CheckTree(std::uint64_t root, const std::string & names);
  std::string ReadHeap(std::uint64_t address) const;
  [[noreturn]] void Fail(const std::string & what, std::uint64_t address) const;

  const InputFile & m_File;
  std::uint64_t m_Base;
  std::size_t m_OffsetSize = 8;
  std::size_t m_LengthSize = 8;
  std::set<std::uint64_t> m_Seen;
  std::vector<std::uint64_t> m_Objects;                                 // still to be looked at
  std::vector<std::pair<std::uint64_t, std::uint64_t>> m_Continuations; // of the present header: address and length
};
} // namespace ferro

#endif
