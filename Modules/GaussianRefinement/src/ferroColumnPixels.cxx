// What ColumnRefiner does pixel by pixel: the model of the image, and the windows of the columns.

#include "ferroCircle.h"
#include "ferroColumnRefiner.h"
#include "ferroPack.h"
#include "ferroSimd.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace ferro
{
namespace
{
/** A column's window, and what is collected of its pixels. */
struct Window
{
  const float * pixels;
  const std::uint8_t * own; ///< a bit per pixel
  const float * model;      ///< where the box begins
  long modelStride;
  const float * gauss;
  long stride; ///< of the box
  long height;
  float amplitude; ///< of the column itself
  float gain;      ///< of the noise
  float offset;
  float floor;
  float * value;
  float * ownValue;
  float * weight;
};

/** Fills value, ownValue and weight; what is no number gets 0. */
FERRO_SIMD void
CollectWindow(const Window & window)
{
  const IntPack bits = {1, 2, 4, 8, 16, 32, 64, 128};
  const Pack zero = {};
  const Pack one = zero + 1.0F;
  const Pack floor = zero + window.floor;
  for (long row = 0; row < window.height; ++row)
  {
    const float * models = window.model + row * window.modelStride;
    for (long x = 0; x < window.stride; x += PixelBox::Lanes)
    {
      const long slot = row * window.stride + x;
      const Pack pixel = *reinterpret_cast<const LoosePack *>(window.pixels + slot);
      const Pack gauss = *reinterpret_cast<const LoosePack *>(window.gauss + slot);
      const Pack model = *reinterpret_cast<const LoosePack *>(models + x);
      const IntPack inside = pixel == pixel;
      const IntPack own = (bits & static_cast<int>(window.own[slot / PixelBox::Lanes])) != 0;
      const Pack variance = window.gain * model + window.offset;
      const Pack inverse = 1.0F / (variance > floor ? variance : floor);
      const Pack left = pixel - model + window.amplitude * gauss;
      *reinterpret_cast<LoosePack *>(window.value + slot) = inside ? left : zero;
      *reinterpret_cast<LoosePack *>(window.weight + slot) = inside ? inverse : zero;
      *reinterpret_cast<LoosePack *>(window.ownValue + slot) = own ? one : zero;
    }
  }
}

/** A straight line along x. */
struct Line
{
  float value; ///< at the first pixel
  float slope;
};

/** Adds the line to the pixels whose bits are set. */
FERRO_SIMD void
AddLine(const Line & line, const std::uint8_t * own, long stride, float * to)
{
  const IntPack bits = {1, 2, 4, 8, 16, 32, 64, 128};
  const Pack lanes = {0, 1, 2, 3, 4, 5, 6, 7};
  const Pack zero = {};
  for (long x = 0; x < stride; x += PixelBox::Lanes)
  {
    const IntPack mine = (bits & static_cast<int>(own[x / PixelBox::Lanes])) != 0;
    const Pack value = line.value + line.slope * (lanes + static_cast<float>(x));
    *reinterpret_cast<LoosePack *>(to + x) += mine ? value : zero;
  }
}

/** to += factor * from, row by row of a box. */
FERRO_SIMD void
AddScaled(const float * from, const PixelBox & box, float factor, float * to, long toStride)
{
  for (long row = 0; row < box.height; ++row)
  {
    for (long x = 0; x < box.stride; x += PixelBox::Lanes)
    {
      *reinterpret_cast<LoosePack *>(to + row * toStride + x) +=
        factor * *reinterpret_cast<const LoosePack *>(from + row * box.stride + x);
    }
  }
}
} // namespace

void
ColumnRefiner::ForBands(const BandBody & body)
{
  constexpr long Height = 32;
  const auto bands = static_cast<std::size_t>((m_Height + Height - 1) / Height);
  std::vector<std::vector<std::uint32_t>> members(bands);
  for (std::size_t n = 0; n < m_States.size(); ++n)
  {
    const PixelBox & window = m_States[n].window;
    const PixelBox & reach = m_States[n].reach;
    const long top = reach.height > 0 ? std::min(window.top, reach.top) : window.top;
    const long bottom = std::max(window.top + window.height, reach.top + reach.height);
    for (long band = top / Height; band * Height < bottom; ++band)
    {
      members[static_cast<std::size_t>(band)].push_back(static_cast<std::uint32_t>(n));
    }
  }
  m_Parallel(bands,
             [&](std::size_t band)
             {
               const long top = static_cast<long>(band) * Height;
               body(top, std::min(m_Height, top + Height), members[band]);
             });
}

std::vector<int>
ColumnRefiner::FindOwners()
{
  std::vector<int> owners(static_cast<std::size_t>(m_Width * m_Height), -1);
  this->ForBands(
    [&](long top, long bottom, const std::vector<std::uint32_t> & members)
    {
      std::vector<float> distances(static_cast<std::size_t>((bottom - top) * m_Width), 1e30F);
      for (const auto n : members)
      {
        const GaussianParameters & p = m_States[n].start;
        ForRows(p.x, p.y, m_States[n].radius, m_Width, bottom,
                [&](long y, long x0, long x1)
                {
                  const double dy = static_cast<double>(y) - p.y;
                  for (long x = x0; x <= x1 && y >= top; ++x)
                  {
                    const double dx = static_cast<double>(x) - p.x;
                    const auto distance = static_cast<float>(dx * dx + dy * dy);
                    float & nearest = distances[static_cast<std::size_t>((y - top) * m_Width + x)];
                    if (distance < nearest)
                    {
                      nearest = distance;
                      owners[static_cast<std::size_t>(y * m_Width + x)] = static_cast<int>(n);
                    }
                  }
                });
      }
    });
  return owners;
}

void
ColumnRefiner::CutWindows(const float * pixels)
{
  std::size_t size = 0;
  // In the order in which the sweeps visit them.
  for (const auto & color : m_Tiles)
  {
    for (const auto & tile : color)
    {
      for (const auto n : tile)
      {
        State & state = m_States[n];
        state.window = this->BoxAround(state.start.x, state.start.y, state.radius);
        state.firstPixel = size;
        size += state.window.Size();
      }
    }
  }
  const std::vector<int> owners = this->FindOwners();
  m_WindowPixels.assign(size, std::numeric_limits<float>::quiet_NaN());
  m_WindowOwn.assign(size / PixelBox::Lanes, 0);
  const auto unit = static_cast<float>(1.0 / m_Scale);
  constexpr std::size_t Chunk = 64;
  m_Parallel((m_States.size() + Chunk - 1) / Chunk,
             [&](std::size_t chunk)
             {
               for (std::size_t n = chunk * Chunk; n < std::min(m_States.size(), (chunk + 1) * Chunk); ++n)
               {
                 State & state = m_States[n];
                 const auto cut = [&](long x, long y)
                 {
                   const float pixel = unit * pixels[y * m_Width + x];
                   if (std::isfinite(pixel))
                   {
                     const std::size_t slot =
                       state.firstPixel +
                       static_cast<std::size_t>((y - state.window.top) * state.window.stride + x - state.window.left);
                     m_WindowPixels[slot] = pixel;
                     const bool own = owners[static_cast<std::size_t>(y * m_Width + x)] == static_cast<int>(n);
                     m_WindowOwn[slot / PixelBox::Lanes] |=
                       static_cast<std::uint8_t>(own ? 1U << (slot % PixelBox::Lanes) : 0U);
                     ++state.count;
                   }
                 };
                 ForWindow(state.start.x, state.start.y, state.radius, m_Width, m_Height, cut);
               }
             });
}

PixelBox
ColumnRefiner::BoxAround(double x, double y, double radius) const
{
  const long x0 = std::max(0L, static_cast<long>(std::ceil(x - radius)));
  const long x1 = std::min(m_Width - 1, static_cast<long>(std::floor(x + radius)));
  const long y0 = std::max(0L, static_cast<long>(std::ceil(y - radius)));
  const long y1 = std::min(m_Height - 1, static_cast<long>(std::floor(y + radius)));
  return x0 <= x1 && y0 <= y1 ? PixelBox(x0, y0, x1, y1) : PixelBox();
}

void
ColumnRefiner::AddBackground(const State & state, long top, long bottom)
{
  const PixelBox & box = state.window;
  for (long y = std::max(top, box.top); y < std::min(bottom, box.top + box.height); ++y)
  {
    Line line;
    line.value =
      static_cast<float>(state.parameters.background + state.slope.y() * (static_cast<double>(y) - state.start.y) +
                         state.slope.x() * (static_cast<double>(box.left) - state.start.x));
    line.slope = static_cast<float>(state.slope.x());
    const std::size_t slot = state.firstPixel + static_cast<std::size_t>((y - box.top) * box.stride);
    AddLine(line, m_WindowOwn.data() + slot / PixelBox::Lanes, box.stride, m_Model.data() + y * m_Stride + box.left);
  }
}

void
ColumnRefiner::AddToModel(const GaussianParameters & parameters, double factor, const PixelBox & box,
                          GaussianBox & room)
{
  room.Add(m_Model.data() + box.top * m_Stride + box.left, m_Stride, box, parameters, factor * parameters.amplitude);
}

void
ColumnRefiner::Render()
{
  m_Reach = GaussianReach * m_Sigma;
  for (auto & state : m_States)
  {
    state.reach = this->BoxAround(state.parameters.x, state.parameters.y, m_Reach);
  }
  this->ForBands(
    [this](long top, long bottom, const std::vector<std::uint32_t> & members)
    {
      std::fill(m_Model.begin() + top * m_Stride, m_Model.begin() + bottom * m_Stride, 0.0F);
      GaussianBox room;
      for (const auto n : members)
      {
        const State & state = m_States[n];
        this->AddBackground(state, top, bottom);
        PixelBox part = state.reach;
        part.top = std::max(part.top, top);
        part.height = std::min(state.reach.top + state.reach.height, bottom) - part.top;
        this->AddToModel(state.parameters, 1.0, part, room);
      }
    });
}

void
ColumnRefiner::ChangeModel(State & state, const GaussianParameters & previous, const FitPixels & pixels,
                           GaussianBox & room)
{
  this->AddToModel(previous, -1.0, state.reach, room);
  state.reach = this->BoxAround(state.parameters.x, state.parameters.y, m_Reach);
  this->AddToModel(state.parameters, 1.0, state.reach, room);
  const PixelBox & box = pixels.box;
  AddScaled(pixels.own.data(), box, static_cast<float>(state.parameters.background - previous.background),
            m_Model.data() + box.top * m_Stride + box.left, m_Stride);
}

void
ColumnRefiner::CollectPixels(const State & state, bool weighted, FitPixels & pixels) const
{
  const PixelBox & box = state.window;
  pixels.Reset(box);
  pixels.count = state.count;
  pixels.gauss.Fill(box, state.parameters);
  Window window;
  window.pixels = m_WindowPixels.data() + state.firstPixel;
  window.own = m_WindowOwn.data() + state.firstPixel / PixelBox::Lanes;
  window.model = m_Model.data() + box.top * m_Stride + box.left;
  window.modelStride = m_Stride;
  window.gauss = pixels.gauss.Data();
  window.stride = box.stride;
  window.height = box.height;
  window.amplitude = static_cast<float>(state.parameters.amplitude);
  window.gain = static_cast<float>(weighted ? m_Noise.gain : 0.0);
  window.offset = static_cast<float>(weighted ? m_Noise.offset : 1.0);
  window.floor = static_cast<float>(m_Noise.floor);
  window.value = pixels.value.data();
  window.ownValue = pixels.own.data();
  window.weight = pixels.weight.data();
  CollectWindow(window);
}
} // namespace ferro
