#include "ferroRawFrame.h"

#include <algorithm>

namespace ferro
{
namespace
{
// Half of a usual second-level cache: what was read is still there when it is converted.
constexpr std::size_t PieceBytes = 1U << 18;
} // namespace

void
ReadRawFrame(const InputFile & file, const RawFrame & frame, const FrameRegion & region, const PixelSink & sink,
             std::size_t at, std::ptrdiff_t stride)
{
  const std::size_t size = PixelTypeSize(frame.type);
  const auto place = [&](long row)
  {
    return frame.offset + (static_cast<std::uint64_t>(row) * static_cast<std::uint64_t>(frame.columns) +
                           static_cast<std::uint64_t>(region.x)) *
                            size;
  };
  // Whole rows that follow each other on both sides are one run.
  const auto width = static_cast<std::size_t>(region.width);
  const bool open = region.width == frame.columns && stride == region.width;
  const long runs = open ? 1 : region.height;
  const std::size_t length = open ? width * static_cast<std::size_t>(region.height) : width;
  file.Require(place(region.y),
               (static_cast<std::uint64_t>(region.height - 1) * static_cast<std::uint64_t>(frame.columns) + width) *
                 size,
               "pixels");
  std::vector<unsigned char> piece;
  for (long run = 0; run < runs; ++run)
  {
    const std::uint64_t from = place(region.y + run);
    const std::size_t to = at + static_cast<std::size_t>(run * stride);
    if (void * direct = sink.Direct(to, frame.type, frame.littleEndian))
    {
      file.Read(from, direct, length * size, "pixels");
      continue;
    }
    const std::size_t most = std::min(length, PieceBytes / size);
    piece.resize(most * size);
    for (std::size_t done = 0; done < length; done += most)
    {
      const std::size_t count = std::min(most, length - done);
      file.Read(from + done * size, piece.data(), count * size, "pixels");
      sink.Put(to + done, piece.data(), frame.type, frame.littleEndian, count);
    }
  }
}

void
ReadRawFrame(const InputFile & file, const RawFrame & frame, const FrameRegion & region, const PixelSink & sink)
{
  ReadRawFrame(file, frame, region, sink, 0, region.width);
}

void
CopyRegion(const void * frame, long columns, std::size_t samples, PixelType type, bool littleEndian,
           const FrameRegion & region, const PixelSink & sink)
{
  const std::size_t values = static_cast<std::size_t>(region.width) * samples;
  for (long y = 0; y < region.height; ++y)
  {
    const std::size_t from = static_cast<std::size_t>((region.y + y) * columns + region.x) * samples;
    sink.Put(static_cast<std::size_t>(y) * values,
             static_cast<const unsigned char *>(frame) + from * PixelTypeSize(type), type, littleEndian, values);
  }
}
} // namespace ferro
