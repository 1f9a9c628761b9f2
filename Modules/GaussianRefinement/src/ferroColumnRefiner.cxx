#include "ferroColumnRefiner.h"

#include "ferroBinGrid.h"
#include "ferroCircle.h"
#include "ferroSimd.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
/** Where a Gaussian has fallen below 2e-5 of its height. */
constexpr double GaussianReach = 4.7;

/** to += factor * from */
FERRO_SIMD void
AddScaled(const float * from, long count, float factor, float * to)
{
  for (long n = 0; n < count; ++n)
  {
    to[n] += factor * from[n];
  }
}

/** Neighbouring pixels of a row whose background is a straight line. */
struct PixelRun
{
  const float * pixels;
  const float * model; ///< all columns
  const float * gauss; ///< the column itself, height 1
  long count;
  float unit;       ///< factor of the pixels
  float amplitude;  ///< of the column
  float background; ///< at the first pixel
  float slope;
  float gain; ///< of the noise
  float offset;
  float floor;
  float * value;
  float * weight;
};

/** Fills value and weight; pixels that are no finite numbers get weight 0. Returns the number of the others. */
FERRO_SIMD long
CollectRun(const PixelRun & run)
{
  int counted = 0;
  for (int n = 0; n < static_cast<int>(run.count); ++n)
  {
    const float background = run.background + run.slope * static_cast<float>(n);
    const float pixel = run.unit * run.pixels[n];
    const bool finite = pixel - pixel == 0.0F;
    const float variance = run.gain * (run.model[n] + background) + run.offset;
    const float value = pixel - (run.model[n] - run.amplitude * run.gauss[n]) - background;
    run.value[n] = finite ? value : 0.0F;
    run.weight[n] = finite ? 1.0F / (variance > run.floor ? variance : run.floor) : 0.0F;
    counted += finite;
  }
  return counted;
}
} // namespace

ColumnRefiner::ColumnRefiner(const float * pixels, long width, long height, const AtomColumnSet & columns,
                             double windowSigmas, ParallelFor parallel)
  : m_Pixels(pixels), m_Width(width), m_Height(height), m_Sigma(columns.GetColumnSigma()), m_WindowSigmas(windowSigmas),
    m_Parallel(std::move(parallel)), m_States(columns.Size()), m_Neighbors(columns.Size()),
    m_NearestDistance(columns.Size(), 1e30), m_Model(static_cast<std::size_t>(width * height))
{
  std::vector<Eigen::Vector2d> positions;
  for (const auto & column : columns.GetColumns())
  {
    positions.push_back(column.position);
  }
  const double reach = m_WindowSigmas * m_Sigma + GaussianReach * m_Sigma;
  const BinGrid grid(positions, reach);
  std::vector<double> heights;
  for (std::size_t n = 0; n < m_States.size(); ++n)
  {
    grid.ForWithin(positions[n], reach,
                   [&](std::size_t other, double squared)
                   {
                     if (other != n)
                     {
                       m_Neighbors[n].push_back(other);
                       m_NearestDistance[n] = std::min(m_NearestDistance[n], std::sqrt(squared));
                     }
                   });
    State & state = m_States[n];
    state.radius = std::max(2.3, m_WindowSigmas * m_Sigma);
    GaussianParameters & p = state.parameters;
    p.x = positions[n].x();
    p.y = positions[n].y();
    p.qa = p.qc = 1.0 / (m_Sigma * m_Sigma);
    const auto & column = columns.GetColumns()[n];
    p.amplitude = column.amplitude;
    p.background = column.background;
    if (!(p.amplitude > 0.0))
    {
      // Columns that come from a list of positions: start from the extremes of the window.
      double low = 1e300;
      double high = -1e300;
      ForWindow(p.x, p.y, state.radius, m_Width, m_Height,
                [&](long x, long y)
                {
                  const double value = m_Pixels[y * m_Width + x];
                  low = std::min(low, value);
                  high = std::max(high, value);
                });
      p.amplitude = std::max(1e-30, high - low);
      p.background = low;
    }
    state.shape = {p.qa, p.qb, p.qc, 0.0};
    heights.push_back(p.amplitude);
  }
  if (!heights.empty())
  {
    const auto middle = heights.begin() + static_cast<std::ptrdiff_t>(heights.size() / 2);
    std::nth_element(heights.begin(), middle, heights.end());
    m_Scale = std::max(1e-30, *middle);
  }
  for (auto & state : m_States)
  {
    state.parameters.amplitude /= m_Scale;
    state.parameters.background /= m_Scale;
    state.start = state.parameters;
  }
  this->AssignPixels();
  this->AssignTiles();
}

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
                                   m_Owner[static_cast<std::size_t>(y * m_Width + x)] = static_cast<int>(n);
                                 }
                               }
                             });
                   }
                 });
}

void
ColumnRefiner::AssignTiles()
{
  // Columns of two tiles of one colour never touch the same pixel of the model; the margin lets them move meanwhile.
  const double apart = 2.0 * GaussianReach * m_Sigma + 4.0 * m_Sigma;
  // Small enough for the cache, and for a share of the work to every thread.
  constexpr long SmallestSide = 128;
  const long side = std::max(SmallestSide, static_cast<long>(std::ceil(apart)));
  const long across = m_Width / side + 1;
  const long down = m_Height / side + 1;
  std::vector<std::vector<std::uint32_t>> tiles(static_cast<std::size_t>(across * down));
  for (std::size_t n = 0; n < m_States.size(); ++n)
  {
    const long x = std::clamp(static_cast<long>(m_States[n].start.x) / side, 0L, across - 1);
    const long y = std::clamp(static_cast<long>(m_States[n].start.y) / side, 0L, down - 1);
    tiles[static_cast<std::size_t>(y * across + x)].push_back(static_cast<std::uint32_t>(n));
  }
  for (long tile = 0; tile < across * down; ++tile)
  {
    auto & members = tiles[static_cast<std::size_t>(tile)];
    if (!members.empty())
    {
      const auto color = static_cast<std::size_t>(tile % across % 2 + 2 * (tile / across % 2));
      m_Tiles[color].push_back(std::move(members));
    }
  }
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
ColumnRefiner::AddToModel(const GaussianParameters & parameters, double factor, long top, long bottom,
                          GaussianBox & room)
{
  const double radius = GaussianReach * m_RenderSigma;
  const PixelBox box = this->BoxAround(parameters.x, parameters.y, radius);
  room.Fill(box, parameters);
  const auto height = static_cast<float>(factor * parameters.amplitude);
  const auto add = [&](long y, long x0, long x1)
  {
    if (y >= top)
    {
      AddScaled(room.Row(y) + (x0 - box.left), x1 - x0 + 1, height, m_Model.data() + y * m_Width + x0);
    }
  };
  ForRows(parameters.x, parameters.y, radius, m_Width, bottom, add);
}

void
ColumnRefiner::Render()
{
  m_RenderSigma = m_Sigma;
  this->ForBands(GaussianReach * m_RenderSigma,
                 [this](long top, long bottom, const std::vector<std::uint32_t> & members)
                 {
                   std::fill(m_Model.begin() + top * m_Width, m_Model.begin() + bottom * m_Width, 0.0F);
                   GaussianBox room;
                   for (const auto n : members)
                   {
                     this->AddToModel(m_States[n].parameters, 1.0, top, bottom, room);
                   }
                 });
}

void
ColumnRefiner::CollectPixels(const State & state, bool weighted, FitPixels & pixels) const
{
  const GaussianParameters & p = state.parameters;
  // The window stays where the search began, so that the data do not change while the fit moves.
  pixels.Reset(this->BoxAround(state.start.x, state.start.y, state.radius));
  pixels.gauss.Fill(pixels.box, p);
  const auto self = static_cast<int>(&state - m_States.data());
  const auto collect = [&](long y, long x0, long x1)
  {
    const int * owners = m_Owner.data() + y * m_Width;
    for (long first = x0; first <= x1;)
    {
      // Along the pixels of one owner the background is a straight line.
      long last = first;
      while (last < x1 && owners[last + 1] == owners[first])
      {
        ++last;
      }
      const State & holder = m_States[static_cast<std::size_t>(owners[first])];
      const std::size_t pixel = static_cast<std::size_t>(y * m_Width + first);
      const std::size_t slot =
        static_cast<std::size_t>((y - pixels.box.top) * pixels.box.stride + first - pixels.box.left);
      PixelRun run;
      run.pixels = m_Pixels + pixel;
      run.model = m_Model.data() + pixel;
      run.gauss = pixels.gauss.Data() + slot;
      run.count = last - first + 1;
      run.unit = static_cast<float>(1.0 / m_Scale);
      run.amplitude = static_cast<float>(p.amplitude);
      run.background =
        static_cast<float>(holder.parameters.background + holder.slope.y() * (static_cast<double>(y) - holder.start.y) +
                           holder.slope.x() * (static_cast<double>(first) - holder.start.x));
      run.slope = static_cast<float>(holder.slope.x());
      run.gain = static_cast<float>(weighted ? m_Noise.gain : 0.0);
      run.offset = static_cast<float>(weighted ? m_Noise.offset : 1.0);
      run.floor = static_cast<float>(m_Noise.floor);
      run.value = pixels.value.data() + slot;
      run.weight = pixels.weight.data() + slot;
      pixels.count += CollectRun(run);
      if (owners[first] == self)
      {
        std::fill_n(pixels.own.begin() + static_cast<std::ptrdiff_t>(slot), run.count, 1.0F);
      }
      first = last + 1;
    }
  };
  ForRows(state.start.x, state.start.y, state.radius, m_Width, m_Height, collect);
}

bool
ColumnRefiner::IsPlausible(const State & state) const
{
  const GaussianParameters & p = state.parameters;
  const double moved = std::hypot(p.x - state.start.x, p.y - state.start.y);
  const double sigma = p.Sigma();
  return std::isfinite(p.x) && std::isfinite(p.y) && p.amplitude > 0.0 && moved < 1.6 * m_Sigma &&
         sigma > 0.4 * m_Sigma && sigma < 2.2 * m_Sigma;
}

void
ColumnRefiner::FitColumn(State & state, double shapeSpread, FitPixels & pixels)
{
  this->CollectPixels(state, m_NoiseKnown, pixels);
  // Before the noise is known the prior has no scale to be weighed against: the shape stays fixed.
  ShapePrior prior = state.shape;
  prior.spread = m_NoiseKnown ? shapeSpread : 0.0;
  const GaussianParameters before = state.parameters;
  // The backgrounds as they stand are already out of the pixels.
  const auto fit = [&](const ShapePrior & belief)
  {
    const double background = state.parameters.background;
    state.parameters.background -= before.background;
    state.fit = FitGaussian(pixels, belief, state.parameters);
    state.parameters.background =
      std::isfinite(state.parameters.background) ? state.parameters.background + before.background : background;
  };
  fit(prior);
  state.failed = !state.fit.converged || !this->IsPlausible(state);
  if (state.failed && prior.spread > 0.0)
  {
    state.parameters = state.start;
    state.parameters.qa = prior.qa;
    state.parameters.qb = prior.qb;
    state.parameters.qc = prior.qc;
    state.parameters.amplitude = std::max(1e-30, before.amplitude > 0 ? before.amplitude : state.start.amplitude);
    fit(ShapePrior{prior.qa, prior.qb, prior.qc, 0.0});
    state.failed = !state.fit.converged || !this->IsPlausible(state);
  }
  state.failures = state.failed ? state.failures + 1 : 0;
  if (state.failed)
  {
    state.parameters = state.start;
  }
}

double
ColumnRefiner::Sweep(double shapeSpread)
{
  const auto active = std::count_if(m_States.begin(), m_States.end(), [](const State & s) { return !s.settled; });
  // A few columns that still move leave no rounding in the model that counts: it is summed anew for many only.
  constexpr std::size_t Many = 16;
  if (static_cast<std::size_t>(active) > m_States.size() / Many)
  {
    this->Render();
  }
  constexpr double Moved = 2e-3; // pixels
  std::vector<Eigen::Vector2d> before(m_States.size());
  for (std::size_t n = 0; n < m_States.size(); ++n)
  {
    before[n] = {m_States[n].parameters.x, m_States[n].parameters.y};
  }
  for (const auto & color : m_Tiles)
  {
    m_Parallel(color.size(),
               [&](std::size_t tile)
               {
                 FitPixels pixels;
                 GaussianBox room;
                 for (const auto n : color[tile])
                 {
                   State & state = m_States[n];
                   // A column that keeps failing stays where it was found, so that its neighbours come to rest.
                   constexpr int Patience = 3;
                   if (!state.settled && state.failures < Patience)
                   {
                     const GaussianParameters previous = state.parameters;
                     this->FitColumn(state, shapeSpread, pixels);
                     this->AddToModel(previous, -1.0, 0, m_Height, room);
                     this->AddToModel(state.parameters, 1.0, 0, m_Height, room);
                   }
                 }
               });
  }
  double largest = 0.0;
  std::vector<bool> moved(m_States.size());
  for (std::size_t n = 0; n < m_States.size(); ++n)
  {
    const double distance =
      std::hypot(m_States[n].parameters.x - before[n].x(), m_States[n].parameters.y - before[n].y());
    moved[n] = distance > Moved;
    largest = std::max(largest, distance);
  }
  for (std::size_t n = 0; n < m_States.size(); ++n)
  {
    const auto & near = m_Neighbors[n];
    m_States[n].settled =
      m_NoiseKnown && !moved[n] && std::none_of(near.begin(), near.end(), [&](std::size_t k) { return moved[k]; });
  }
  return largest;
}
} // namespace ferro
