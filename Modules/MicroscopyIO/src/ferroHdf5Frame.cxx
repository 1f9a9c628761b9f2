#include "ferroHdf5Frame.h"

#include <algorithm>

namespace ferro
{
namespace
{
constexpr std::size_t BlockBytes = 1U << 20;

// HDF5 keeps chunks up to this size, and reads parts of larger ones unless they are compressed.
bool
IsReadInParts(const Hdf5File::DataSet & data)
{
  double bytes = data.type ? static_cast<double>(PixelTypeSize(*data.type)) : sizeof(double);
  for (const hsize_t length : data.chunk)
  {
    bytes *= static_cast<double>(length);
  }
  return data.chunk.empty() || (!data.compressed && bytes > static_cast<double>(BlockBytes));
}

// How many lines along a stored axis are read together: about a megabyte, and of chunks that are read as a whole all
// lines.
hsize_t
LinesPerBlock(const Hdf5File::DataSet & data, std::size_t axis, std::size_t lineValues)
{
  const std::size_t lineBytes = lineValues * (data.type ? PixelTypeSize(*data.type) : sizeof(double));
  const hsize_t chunk = IsReadInParts(data) ? 1 : data.chunk[axis];
  return chunk * std::max<hsize_t>(1, BlockBytes / std::max<std::size_t>(1, lineBytes * chunk));
}
} // namespace

void
ReadHdf5Frame(const Hdf5File & file, const Hdf5File::DataSet & data, const std::vector<std::size_t> & order, long frame,
              const FrameRegion & region, const PixelSink & sink)
{
  const std::size_t axes = order.size();
  const std::size_t rowAxis = order[axes - 2];
  const std::size_t columnAxis = order[axes - 1];
  const bool turned = rowAxis > columnAxis;
  std::vector<hsize_t> start(data.shape.size(), 0);
  std::vector<hsize_t> count(data.shape.size(), 1);
  if (axes == 3)
  {
    start[order[0]] = static_cast<hsize_t>(frame);
  }
  start[rowAxis] = static_cast<hsize_t>(region.y);
  start[columnAxis] = static_cast<hsize_t>(region.x);
  count[rowAxis] = static_cast<hsize_t>(region.height);
  count[columnAxis] = static_cast<hsize_t>(region.width);

  // Blocks run along the axis that is stored first.
  const std::size_t slow = std::min(rowAxis, columnAxis);
  const std::size_t lineValues = count[std::max(rowAxis, columnAxis)];
  const hsize_t lines = LinesPerBlock(data, slow, lineValues);
  const auto width = static_cast<std::size_t>(region.width);
  const hsize_t first = start[slow];
  const hsize_t end = first + count[slow];
  std::vector<unsigned char> raw;
  std::vector<double> values;
  std::vector<double> row;
  for (hsize_t at = first; at < end; at += count[slow])
  {
    // The first block ends where a chunk ends.
    start[slow] = at;
    count[slow] = std::min(end - at, lines - at % lines);
    const std::size_t done = at - first;
    const std::size_t number = count[slow] * lineValues;
    const std::size_t target = turned ? 0 : done * width;
    if (data.type)
    {
      void * direct = turned ? nullptr : sink.Direct(target, *data.type, data.littleEndian);
      if (direct == nullptr)
      {
        raw.resize(number * PixelTypeSize(*data.type));
      }
      file.ReadStored(data, start, count, direct == nullptr ? raw.data() : direct);
      if (direct == nullptr && !turned)
      {
        sink.Put(target, raw.data(), *data.type, data.littleEndian, number);
      }
    }
    if (turned || !data.type)
    {
      values.resize(number);
      if (data.type)
      {
        PixelSink(values.data()).Put(0, raw.data(), *data.type, data.littleEndian, number);
      }
      else
      {
        file.Read(data, start, count, values.data());
      }
    }
    if (!turned && !data.type)
    {
      sink.Put(target, values.data(), number);
    }
    if (turned)
    {
      row.resize(count[slow]);
      for (std::size_t y = 0; y < lineValues; ++y)
      {
        for (std::size_t x = 0; x < row.size(); ++x)
        {
          row[x] = values[x * lineValues + y];
        }
        sink.Put(y * width + done, row.data(), row.size());
      }
    }
  }
}

long
GetHdf5RowsPerBlock(const Hdf5File::DataSet & data, const std::vector<std::size_t> & order)
{
  const std::size_t rowAxis = order[order.size() - 2];
  return data.compressed && rowAxis < data.chunk.size()
           ? static_cast<long>(std::min<hsize_t>(data.chunk[rowAxis], static_cast<hsize_t>(data.shape[rowAxis])))
           : 1;
}
} // namespace ferro
