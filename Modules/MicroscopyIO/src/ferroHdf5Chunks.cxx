#include "ferroHdf5Chunks.h"

#include "ferroLzf.h"
#include "itkMultiThreaderBase.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <libdeflate.h>
#include <memory>

namespace ferro
{
namespace
{
constexpr H5Z_filter_t LzfFilter = 32000;
// Unpacked bytes that are held at a time, unless one chunk is larger.
constexpr std::size_t BatchBytes = std::size_t{16} << 20;
// Deflate shrinks at most about 1032 times.
constexpr std::size_t MaximumRatio = 1100;

using Bytes = std::unique_ptr<unsigned char[]>;

struct Chunk
{
  std::vector<hsize_t> origin;
  std::vector<unsigned char> packed;
  std::uint32_t skipped = 0; // bit i: filter i was left out
};

/** A block of a data set, and the geometry of its chunks. */
class PackedBlock
{
public:
  PackedBlock(const Hdf5File::DataSet & data, const std::vector<hsize_t> & start, const std::vector<hsize_t> & count)
    : m_Data(data), m_Start(start), m_Count(count), m_ElementSize(PixelTypeSize(*data.type)),
      m_ChunkBytes(m_ElementSize)
  {
    for (const hsize_t length : data.chunk)
    {
      m_ChunkBytes *= length;
    }
  }

  std::size_t
  GetChunkBytes() const
  {
    return m_ChunkBytes;
  }

  std::vector<hsize_t>
  GetFirstOrigin() const
  {
    std::vector<hsize_t> origin(m_Start);
    for (std::size_t i = 0; i < origin.size(); ++i)
    {
      origin[i] -= origin[i] % m_Data.chunk[i];
    }
    return origin;
  }

  /** Moves to the next chunk that meets the block; false after the last one. */
  bool
  Advance(std::vector<hsize_t> & origin) const
  {
    for (std::size_t i = origin.size(); i-- > 0;)
    {
      origin[i] += m_Data.chunk[i];
      if (origin[i] < m_Start[i] + m_Count[i])
      {
        return true;
      }
      origin[i] = m_Start[i] - m_Start[i] % m_Data.chunk[i];
    }
    return false;
  }

  bool
  Fetch(const std::vector<hsize_t> & origin, std::uint64_t fileSize, Chunk & chunk) const
  {
    hsize_t size = 0;
    if (H5Dget_chunk_storage_size(m_Data.handle.Get(), origin.data(), &size) < 0 || size == 0 || size > fileSize ||
        m_ChunkBytes / MaximumRatio > size)
    {
      return false;
    }
    chunk.origin = origin;
    chunk.packed.resize(size);
    return H5Dread_chunk(m_Data.handle.Get(), H5P_DEFAULT, origin.data(), &chunk.skipped, chunk.packed.data()) >= 0;
  }

  /** Unpacks a chunk and puts what the block wants of it into place. */
  bool
  Place(const Chunk & chunk, unsigned char * buffer) const
  {
    const unsigned char * values = chunk.packed.data();
    std::size_t size = chunk.packed.size();
    Bytes held;
    for (std::size_t i = m_Data.filters.size(); i-- > 0;)
    {
      if ((chunk.skipped >> i & 1U) != 0)
      {
        continue;
      }
      Bytes next(new unsigned char[m_ChunkBytes]);
      if (!this->Undo(m_Data.filters[i], values, size, next.get()))
      {
        return false;
      }
      held = std::move(next);
      values = held.get();
      size = m_ChunkBytes;
    }
    if (size != m_ChunkBytes)
    {
      return false;
    }
    this->CopyRows(chunk.origin, values, buffer);
    return true;
  }

private:
  // Every filter but those that pack gives as many bytes as it gets.
  bool
  Undo(H5Z_filter_t filter, const unsigned char * in, std::size_t size, unsigned char * out) const
  {
    if (filter == H5Z_FILTER_DEFLATE)
    {
      const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> decompressor(
        libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
      return decompressor != nullptr &&
             libdeflate_zlib_decompress(decompressor.get(), in, size, out, m_ChunkBytes, nullptr) == LIBDEFLATE_SUCCESS;
    }
    if (filter == LzfFilter)
    {
      return ExpandLzf(in, size, out, m_ChunkBytes) == m_ChunkBytes;
    }
    if (size != m_ChunkBytes)
    {
      return false;
    }
    // Shuffle: first bytes of all elements, then all second bytes, and so on.
    const std::size_t elements = m_ChunkBytes / m_ElementSize;
    for (std::size_t byte = 0; byte < m_ElementSize; ++byte)
    {
      const unsigned char * from = in + byte * elements;
      for (std::size_t i = 0; i < elements; ++i)
      {
        out[i * m_ElementSize + byte] = from[i];
      }
    }
    return true;
  }

  // Copies the part that block and chunk share, a run along the last axis at a time.
  void
  CopyRows(const std::vector<hsize_t> & origin, const unsigned char * values, unsigned char * buffer) const
  {
    const std::size_t rank = origin.size();
    std::vector<hsize_t> low(rank);
    std::vector<hsize_t> high(rank);
    for (std::size_t i = 0; i < rank; ++i)
    {
      low[i] = std::max(origin[i], m_Start[i]);
      high[i] = std::min(origin[i] + m_Data.chunk[i], m_Start[i] + m_Count[i]);
    }
    const std::size_t run = (high[rank - 1] - low[rank - 1]) * m_ElementSize;
    for (std::vector<hsize_t> at(low);;)
    {
      std::size_t from = 0;
      std::size_t to = 0;
      for (std::size_t i = 0; i < rank; ++i)
      {
        from = from * m_Data.chunk[i] + (at[i] - origin[i]);
        to = to * m_Count[i] + (at[i] - m_Start[i]);
      }
      std::memcpy(buffer + to * m_ElementSize, values + from * m_ElementSize, run);
      std::size_t axis = rank - 1;
      while (axis > 0 && ++at[axis - 1] == high[axis - 1])
      {
        at[axis - 1] = low[axis - 1];
        --axis;
      }
      if (axis == 0)
      {
        return;
      }
    }
  }

  const Hdf5File::DataSet & m_Data;
  const std::vector<hsize_t> & m_Start;
  const std::vector<hsize_t> & m_Count;
  std::size_t m_ElementSize;
  std::size_t m_ChunkBytes;
};
} // namespace

std::vector<H5Z_filter_t>
GetKnownFilters(hid_t creation)
{
  unsigned int options = 0;
  if (H5Pget_chunk_opts(creation, &options) < 0 || options != 0)
  {
    return {}; // chunks at the edge are stored as they are
  }
  std::vector<H5Z_filter_t> filters;
  for (int i = 0; i < H5Pget_nfilters(creation); ++i)
  {
    unsigned int flags = 0;
    std::size_t values = 0;
    const H5Z_filter_t filter =
      H5Pget_filter2(creation, static_cast<unsigned int>(i), &flags, &values, nullptr, 0, nullptr, nullptr);
    if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != LzfFilter)
    {
      return {};
    }
    filters.push_back(filter);
  }
  return filters;
}

bool
ChunksFitInto(const Hdf5File::DataSet & data, std::uint64_t fileSize, const std::vector<hsize_t> & start,
              const std::vector<hsize_t> & count)
{
  if (!data.compressed || !data.type || data.chunk.size() != start.size() ||
      std::find(count.begin(), count.end(), 0U) != count.end())
  {
    return true;
  }
  const PackedBlock block(data, start, count);
  std::vector<hsize_t> origin = block.GetFirstOrigin();
  do
  {
    hsize_t size = 0;
    if (H5Dget_chunk_storage_size(data.handle.Get(), origin.data(), &size) >= 0 && size > fileSize)
    {
      return false;
    }
  } while (block.Advance(origin));
  return true;
}

bool
ReadPackedChunks(const Hdf5File::DataSet & data, std::uint64_t fileSize, const std::vector<hsize_t> & start,
                 const std::vector<hsize_t> & count, unsigned char * buffer)
{
  if (data.filters.empty() || data.filters.size() > 32 || !data.type || data.chunk.size() != start.size() ||
      std::find(count.begin(), count.end(), 0U) != count.end())
  {
    return false;
  }
  const PackedBlock block(data, start, count);
  const std::size_t batch = std::max<std::size_t>(1, BatchBytes / block.GetChunkBytes());
  const auto threader = itk::MultiThreaderBase::New();
  std::vector<hsize_t> origin = block.GetFirstOrigin();
  std::vector<Chunk> chunks;
  for (bool more = true; more;)
  {
    chunks.clear();
    while (more && chunks.size() < batch)
    {
      chunks.emplace_back();
      if (!block.Fetch(origin, fileSize, chunks.back()))
      {
        return false;
      }
      more = block.Advance(origin);
    }
    std::atomic<bool> good{true};
    const auto place = [&](itk::SizeValueType i)
    {
      if (!block.Place(chunks[i], buffer))
      {
        good = false;
      }
    };
    if (chunks.size() == 1)
    {
      place(0);
    }
    else
    {
      threader->ParallelizeArray(0, chunks.size(), place, nullptr);
    }
    if (!good)
    {
      return false;
    }
  }
  return true;
}
} // namespace ferro
