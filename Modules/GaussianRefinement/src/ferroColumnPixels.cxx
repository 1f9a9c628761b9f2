// What ColumnRefiner does pixel by pixel: the model of the image, and the windows of the columns.

#include "ferroCircle.h"
#include "ferroColumnRefiner.h"
#include "ferroPack.h"
#include "ferroSimd.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ferro
{
namespace
{
/** A column's window, and what is collected of its pixels. */
struct Window
{
  const float * pixels; ///< where the box begins
  const float * model;
  const int * owners;
  long imageStride; ///< of these three
  const float * gauss;
  long stride; ///< of the box
  long height;
  float dx; ///< first pixel of the box from the middle of the window
  float dy;
  float squaredRadius;
  float amplitude; ///< of the column itself
  float gain;      ///< of the noise
  float offset;
  float floor;
  int self;
  float * value;
  float * own;
  float * weight;
};

/** Fills value, own and weight; pixels outside the window, and those that are no finite numbers, get 0. Returns the
 * number of the others. */
FERRO_SIMD long
CollectWindow(const Window & window)
{
  const Pack lanes = {0, 1, 2, 3, 4, 5, 6, 7};
  const Pack zero = {};
  const Pack one = zero + 1.0F;
  IntPack counted = {};
  for (long row = 0; row < window.height; ++row)
  {
    const float * pixels = window.pixels + row * window.imageStride;
    const float * models = window.model + row * window.imageStride;
    const int * holders = window.owners + row * window.imageStride;
    const float dy = window.dy + static_cast<float>(row);
    const float halfSquared = window.squaredRadius - dy * dy;
    for (long x = 0; x < window.stride; x += PixelBox::Lanes)
    {
      const long slot = row * window.stride + x;
      const Pack dx = lanes + (window.dx + static_cast<float>(x));
      const Pack pixel = *reinterpret_cast<const LoosePack *>(pixels + x);
      const Pack model = *reinterpret_cast<const LoosePack *>(models + x);
      const Pack gauss = *reinterpret_cast<const LoosePack *>(window.gauss + slot);
      const IntPack owner = *reinterpret_cast<const LooseIntPack *>(holders + x);
      const IntPack inside = (dx * dx <= halfSquared) & (owner >= 0) & (pixel - pixel == zero);
      const Pack variance = window.gain * model + window.offset;
      const Pack inverse = 1.0F / (variance > window.floor ? variance : window.floor);
      const Pack left = pixel - model + window.amplitude * gauss;
      *reinterpret_cast<LoosePack *>(window.value + slot) = inside ? left : zero;
      *reinterpret_cast<LoosePack *>(window.weight + slot) = inside ? inverse : zero;
      *reinterpret_cast<LoosePack *>(window.own + slot) = inside & (owner == window.self) ? one : zero;
      counted -= inside; // a comparison that holds is -1
    }
  }
  long sum = 0;
  for (int lane = 0; lane < PixelBox::Lanes; ++lane)
  {
    sum += counted[lane];
  }
  return sum;
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
ColumnRefiner::ForBands(double reach, const BandBody & body)
{
  constexpr long Height = 32;
  const auto bands = static_cast<std::size_t>((m_Height + Height - 1) / Height);
  std::vector<std::vector<std::uint32_t>> members(bands);
  const auto bandOf = [](double y) { return static_cast<long>(std::floor(y / static_cast<double>(Height))); };
  for (std::size_t n = 0; n < m_States.size(); ++n)
  {
    const double y = m_States[n].parameters.y;
    const long last = std::min(static_cast<long>(bands) - 1, bandOf(y + reach));
    for (long band = std::max(0L, bandOf(y - reach)); band <= last; ++band)
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

void
ColumnRefiner::CopyPixels(const float * pixels)
{
  // Besides: rows that are a power of two apart would compete for the same places of the processor's caches.
  m_Stride = (m_Width + 2 * PixelBox::Lanes - 2) / PixelBox::Lanes * PixelBox::Lanes;
  m_Image.assign(static_cast<std::size_t>(m_Stride * m_Height), std::numeric_limits<float>::quiet_NaN());
  m_Model.resize(m_Image.size());
  const auto unit = static_cast<float>(1.0 / m_Scale);
  for (long y = 0; y < m_Height; ++y)
  {
    std::transform(pixels + y * m_Width, pixels + (y + 1) * m_Width, m_Image.begin() + y * m_Stride,
                   [unit](float pixel) { return unit * pixel; });
  }
}

void
ColumnRefiner::AssignPixels()
{
  m_Owner.assign(m_Model.size(), -1);
  double reach = 0.0;
  for (const auto & state : m_States)
  {
    reach = std::max(reach, state.radius);
  }
  this->ForBands(reach,
                 [this](long top, long bottom, const std::vector<std::uint32_t> & members)
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
                                   m_Owner[static_cast<std::size_t>(y * m_Stride + x)] = static_cast<int>(n);
                                 }
                               }
                             });
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
ColumnRefiner::RenderBackground(long top, long bottom)
{
  for (long y = top; y < bottom; ++y)
  {
    const int * owners = m_Owner.data() + y * m_Stride;
    float * model = m_Model.data() + y * m_Stride;
    for (long first = 0; first < m_Stride;)
    {
      // Along the pixels of one owner the background is a straight line.
      const int owner = owners[first];
      long last = first;
      while (last + 1 < m_Stride && owners[last + 1] == owner)
      {
        ++last;
      }
      float background = 0.0F;
      float slope = 0.0F;
      if (owner >= 0)
      {
        const State & holder = m_States[static_cast<std::size_t>(owner)];
        background = static_cast<float>(holder.parameters.background +
                                        holder.slope.y() * (static_cast<double>(y) - holder.start.y) +
                                        holder.slope.x() * (static_cast<double>(first) - holder.start.x));
        slope = static_cast<float>(holder.slope.x());
      }
      for (long x = first; x <= last; ++x)
      {
        model[x] = background + slope * static_cast<float>(x - first);
      }
      first = last + 1;
    }
  }
}

void
ColumnRefiner::AddToModel(const GaussianParameters & parameters, double factor, const PixelBox & box,
                          GaussianBox & room)
{
  if (box.height > 0)
  {
    room.AddTo(m_Model.data() + box.top * m_Stride + box.left, m_Stride, box, parameters, factor);
  }
}

void
ColumnRefiner::Render()
{
  const double reach = GaussianReach * m_Sigma;
  this->ForBands(reach,
                 [this, reach](long top, long bottom, const std::vector<std::uint32_t> & members)
                 {
                   this->RenderBackground(top, bottom);
                   GaussianBox room;
                   for (const auto n : members)
                   {
                     const State & state = m_States[n];
                     PixelBox part = this->BoxAround(state.parameters.x, state.parameters.y, reach);
                     const long last = std::min(part.top + part.height, bottom);
                     part.top = std::max(part.top, top);
                     part.height = last - part.top;
                     this->AddToModel(state.parameters, 1.0, part, room);
                   }
                 });
  for (auto & state : m_States)
  {
    state.reach = this->BoxAround(state.parameters.x, state.parameters.y, reach);
  }
}

void
ColumnRefiner::ChangeModel(const State & state, const GaussianParameters & previous, const FitPixels & pixels,
                           GaussianBox & room)
{
  this->AddToModel(previous, -1.0, state.reach, room);
  this->AddToModel(state.parameters, 1.0, state.reach, room);
  const PixelBox & box = pixels.box;
  AddScaled(pixels.own.data(), box, static_cast<float>(state.parameters.background - previous.background),
            m_Model.data() + box.top * m_Stride + box.left, m_Stride);
}

void
ColumnRefiner::CollectPixels(const State & state, bool weighted, FitPixels & pixels) const
{
  const GaussianParameters & p = state.parameters;
  // The window stays where the search began, so that the data do not change while the fit moves.
  pixels.Reset(this->BoxAround(state.start.x, state.start.y, state.radius));
  const PixelBox & box = pixels.box;
  pixels.gauss.Fill(box, p);
  Window window;
  window.pixels = m_Image.data() + box.top * m_Stride + box.left;
  window.model = m_Model.data() + box.top * m_Stride + box.left;
  window.owners = m_Owner.data() + box.top * m_Stride + box.left;
  window.imageStride = m_Stride;
  window.gauss = pixels.gauss.Data();
  window.stride = box.stride;
  window.height = box.height;
  window.dx = static_cast<float>(static_cast<double>(box.left) - state.start.x);
  window.dy = static_cast<float>(static_cast<double>(box.top) - state.start.y);
  window.squaredRadius = static_cast<float>(state.radius * state.radius);
  window.amplitude = static_cast<float>(p.amplitude);
  window.gain = static_cast<float>(weighted ? m_Noise.gain : 0.0);
  window.offset = static_cast<float>(weighted ? m_Noise.offset : 1.0);
  window.floor = static_cast<float>(m_Noise.floor);
  window.self = static_cast<int>(&state - m_States.data());
  window.value = pixels.value.data();
  window.own = pixels.own.data();
  window.weight = pixels.weight.data();
  pixels.count = CollectWindow(window);
}
} // namespace ferro
