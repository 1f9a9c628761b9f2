#include "ferroHdf5Heap.h"

#include <mutex>

namespace ferro
{
namespace
{
constexpr std::size_t ReferenceSize = 16;
constexpr std::uint64_t MaximumObject = 16U << 20;
constexpr std::uint64_t MaximumCollection = std::uint64_t{1} << 32;

// "Converts" references to themselves: nothing is to be done, they are the bytes that are stored.
herr_t
KeepReferences(hid_t source, hid_t target, H5T_cdata_t * data, std::size_t, std::size_t, std::size_t, void *, void *,
               hid_t)
{
  if (data->command == H5T_CONV_INIT)
  {
    data->need_bkg = H5T_BKG_NO;
    return H5Tget_class(target) == H5T_OPAQUE && H5Tget_size(target) == ReferenceSize &&
               H5Tget_size(source) == ReferenceSize
             ? 0
             : -1;
  }
  return 0;
}

std::uint64_t
Padded(std::uint64_t length)
{
  return (length + 7) / 8 * 8;
}
} // namespace

hid_t
RawReferenceType()
{
  static std::once_flag once;
  static hid_t type = -1;
  std::call_once(once,
                 []
                 {
                   type = H5Tcreate(H5T_OPAQUE, ReferenceSize);
                   H5Tset_tag(type, "Ferroscope heap reference");
                   const hid_t list = H5Tvlen_create(H5T_NATIVE_UCHAR);
                   H5Tregister(H5T_PERS_SOFT, "ferroReferences", list, type, KeepReferences);
                   H5Tclose(list);
                 });
  return type;
}

Hdf5HeapReference
DecodeHeapReference(const unsigned char * bytes)
{
  Hdf5HeapReference reference;
  reference.length = InputFile::Decode<std::uint32_t>(bytes, true);
  reference.address = InputFile::Decode<std::uint64_t>(bytes + 4, true);
  reference.index = InputFile::Decode<std::uint32_t>(bytes + 12, true);
  return reference;
}

std::string
ReadHeapObject(const InputFile & file, std::uint64_t base, const Hdf5HeapReference & reference, std::size_t elementSize)
{
  constexpr const char * what = "a text of variable length";
  const std::uint64_t wanted = std::uint64_t{reference.length} * elementSize;
  if (reference.length == 0 || reference.address == 0)
  {
    return {};
  }
  if (wanted > MaximumObject || reference.address > file.GetSize())
  {
    file.Fail("damaged HDF5 file: a text of variable length is too long or lies outside of the file");
  }
  const std::uint64_t begin = base + reference.address;
  if (file.ReadText(begin, 4, what) != "GCOL")
  {
    file.Fail("damaged HDF5 file: a text of variable length is not where it should be");
  }
  const auto size = file.Get<std::uint64_t>(begin + 8, true, what);
  if (size > MaximumCollection)
  {
    file.Fail("damaged HDF5 file: a collection of texts is too large");
  }
  file.Require(begin, size, what);
  // Objects one after the other: index, number of references, reserved, length, bytes.
  for (std::uint64_t at = 16; at + 16 <= size;)
  {
    const auto index = file.Get<std::uint16_t>(begin + at, true, what);
    const auto length = file.Get<std::uint64_t>(begin + at + 8, true, what);
    if (index == 0 || length > size - at - 16)
    {
      break;
    }
    if (index == reference.index)
    {
      if (wanted > length)
      {
        break;
      }
      return file.ReadText(begin + at + 16, wanted, what);
    }
    at += 16 + Padded(length);
  }
  file.Fail("damaged HDF5 file: a text of variable length is missing or shorter than it says");
}
} // namespace ferro
