#include "ferroColumnRefiner.h"

#include "ferroBinGrid.h"
#include "ferroCircle.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
ColumnRefiner::ColumnRefiner(const float * pixels, long width, long height, const AtomColumnSet & columns,
                             double windowSigmas, ParallelFor parallel)
  : m_Width(width), m_Height(height), m_Sigma(columns.GetColumnSigma()), m_WindowSigmas(windowSigmas),
    m_Parallel(std::move(parallel)), m_States(columns.Size()), m_Neighbors(columns.Size()),
    m_NearestDistance(columns.Size(), 1e30)
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
                  const double value = pixels[y * m_Width + x];
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
  this->AssignTiles();
  this->CutWindows(pixels);
  m_Stride = (m_Width + 2 * PixelBox::Lanes - 2) / PixelBox::Lanes * PixelBox::Lanes;
  m_Model.resize(static_cast<std::size_t>(m_Stride * m_Height));
}

void
ColumnRefiner::AssignTiles()
{
  // Columns of two tiles of one colour never touch the same pixel of the model; the margin lets them move meanwhile.
  const double apart = 2.0 * GaussianReach * m_Sigma + 4.0 * m_Sigma + 2.0 * static_cast<double>(PixelBox::Lanes);
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
                     this->ChangeModel(state, previous, pixels, room);
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
