#include "ferroLzf.h"

#include <cstdlib>
#include <cstring>
#include <hdf5.h>

namespace ferro
{
namespace
{
constexpr H5Z_filter_t LzfFilter = 32000;
constexpr std::size_t MaximumBlock = std::size_t{1} << 31;

// HDF5 calls this for every block; value 2 of the filter is the length of a block when expanded.
std::size_t
Filter(unsigned int flags, std::size_t count, const unsigned int values[], std::size_t bytes, std::size_t * size,
       void ** buffer)
{
  if ((flags & H5Z_FLAG_REVERSE) == 0 || count < 3 || values[2] == 0 || values[2] > MaximumBlock)
  {
    return 0;
  }
  const std::size_t expanded = values[2];
  void * out = std::malloc(expanded);
  if (out == nullptr)
  {
    return 0;
  }
  const std::size_t written =
    ExpandLzf(static_cast<unsigned char *>(*buffer), bytes, static_cast<unsigned char *>(out), expanded);
  if (written == 0)
  {
    std::free(out);
    return 0;
  }
  std::free(*buffer);
  *buffer = out;
  *size = expanded;
  return written;
}
} // namespace

std::size_t
ExpandLzf(const unsigned char * in, std::size_t inLength, unsigned char * out, std::size_t outLength)
{
  std::size_t from = 0;
  std::size_t to = 0;
  while (from < inLength)
  {
    const std::size_t control = in[from++];
    if (control < 32)
    {
      // control + 1 bytes as they are
      const std::size_t length = control + 1;
      if (length > inLength - from || length > outLength - to)
      {
        return 0;
      }
      std::memcpy(out + to, in + from, length);
      from += length;
      to += length;
      continue;
    }
    // a copy of earlier output: 3 bits of length (7: another byte adds to it), 13 bits of distance
    std::size_t length = control >> 5;
    if (length == 7)
    {
      if (from >= inLength)
      {
        return 0;
      }
      length += in[from++];
    }
    length += 2;
    if (from >= inLength)
    {
      return 0;
    }
    const std::size_t distance = ((control & 0x1f) << 8 | in[from++]) + 1;
    if (distance > to || length > outLength - to)
    {
      return 0;
    }
    for (std::size_t k = 0; k < length; ++k, ++to)
    {
      out[to] = out[to - distance]; // may overlap: byte by byte
    }
  }
  return to;
}

void
RegisterLzfFilter()
{
  if (H5Zfilter_avail(LzfFilter) > 0)
  {
    return;
  }
  static const H5Z_class2_t filter = {H5Z_CLASS_T_VERS, LzfFilter, 0, 1, "lzf", nullptr, nullptr, Filter};
  H5Zregister(&filter);
}
} // namespace ferro
