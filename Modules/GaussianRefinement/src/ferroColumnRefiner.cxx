#include "ferroColumnRefiner.h"

#include "ferroNoiseCorrelation.h"
#include "ferroPointLocator.h"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
/** Where a Gaussian has fallen below 2e-5 of its height. */
constexpr double GaussianReach = 4.7;
constexpr long BandHeight = 32;

/** Calls body(y, first, last) for the part of each row inside a circle, as far as it lies in the image. */
template <class TBody>
void
ForRows(double cx, double cy, double radius, long width, long height, TBody body)
{
  const long y0 = std::max(0L, static_cast<long>(std::ceil(cy - radius)));
  const long y1 = std::min(height - 1, static_cast<long>(std::floor(cy + radius)));
  for (long y = y0; y <= y1; ++y)
  {
    const double dy = static_cast<double>(y) - cy;
    const double half = std::sqrt(std::max(0.0, radius * radius - dy * dy));
    const long x0 = std::max(0L, static_cast<long>(std::ceil(cx - half)));
    const long x1 = std::min(width - 1, static_cast<long>(std::floor(cx + half)));
    if (x0 <= x1)
    {
      body(y, x0, x1);
    }
  }
}

/** Calls body(x, y) for each pixel inside a circle. */
template <class TBody>
void
ForWindow(double cx, double cy, double radius, long width, long height, TBody body)
{
  ForRows(cx, cy, radius, width, height,
          [&body](long y, long x0, long x1)
          {
            for (long x = x0; x <= x1; ++x)
            {
              body(x, y);
            }
          });
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
  const PointLocator locator(positions);
  const double reach = m_WindowSigmas * m_Sigma + GaussianReach * m_Sigma;
  for (std::size_t n = 0; n < m_States.size(); ++n)
  {
    for (const auto & match : locator.Within(positions[n], reach))
    {
      if (match.first != n)
      {
        m_Neighbors[n].push_back(match.first);
        m_NearestDistance[n] = std::min(m_NearestDistance[n], std::sqrt(match.second));
      }
    }
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
    state.start = p;
    state.shape = {p.qa, p.qb, p.qc, 0.0};
  }
  this->AssignPixels();
  this->AssignColors(positions);
}

void
ColumnRefiner::AssignPixels()
{
  m_Owner.assign(m_Model.size(), -1);
  std::vector<float> distances(m_Model.size(), 1e30F);
  for (std::size_t n = 0; n < m_States.size(); ++n)
  {
    const GaussianParameters & p = m_States[n].start;
    ForWindow(p.x, p.y, m_States[n].radius, m_Width, m_Height,
              [&](long x, long y)
              {
                const double dx = static_cast<double>(x) - p.x;
                const double dy = static_cast<double>(y) - p.y;
                const auto distance = static_cast<float>(dx * dx + dy * dy);
                const auto index = static_cast<std::size_t>(y * m_Width + x);
                if (distance < distances[index])
                {
                  distances[index] = distance;
                  m_Owner[index] = static_cast<int>(n);
                }
              });
  }
}

void
ColumnRefiner::AssignColors(const std::vector<Eigen::Vector2d> & positions)
{
  // Two columns of one colour never touch the same pixel of the model; the margin lets them move meanwhile.
  const double apart = 2.0 * GaussianReach * m_Sigma + 2.0;
  const PointLocator locator(positions);
  std::vector<int> colors(positions.size(), -1);
  for (std::size_t n = 0; n < positions.size(); ++n)
  {
    std::vector<bool> used(m_Colors.size() + 1, false);
    for (const auto & match : locator.Within(positions[n], apart))
    {
      if (colors[match.first] >= 0)
      {
        used[static_cast<std::size_t>(colors[match.first])] = true;
      }
    }
    const auto color = static_cast<std::size_t>(std::find(used.begin(), used.end(), false) - used.begin());
    if (color == m_Colors.size())
    {
      m_Colors.emplace_back();
    }
    colors[n] = static_cast<int>(color);
    m_Colors[color].push_back(n);
  }
}

void
ColumnRefiner::AddToModel(const GaussianParameters & parameters, float factor, long top, long bottom)
{
  const auto add = [&](long y, long x0, long x1)
  {
    if (y < top)
    {
      return;
    }
    GaussianRow row(parameters, static_cast<double>(x0), static_cast<double>(y));
    float * model = m_Model.data() + y * m_Width;
    for (long x = x0; x <= x1; ++x)
    {
      model[x] += factor * static_cast<float>(row.Next());
    }
  };
  ForRows(parameters.x, parameters.y, GaussianReach * m_RenderSigma, m_Width, bottom, add);
}

void
ColumnRefiner::Render()
{
  const auto bands = static_cast<std::size_t>((m_Height + BandHeight - 1) / BandHeight);
  std::vector<std::vector<std::size_t>> members(bands);
  m_RenderSigma = m_Sigma;
  const double reach = GaussianReach * m_RenderSigma;
  for (std::size_t n = 0; n < m_States.size(); ++n)
  {
    const double y = m_States[n].parameters.y;
    const long first = std::max(0L, static_cast<long>(std::floor((y - reach) / static_cast<double>(BandHeight))));
    const long last = std::min(static_cast<long>(bands) - 1,
                               static_cast<long>(std::floor((y + reach) / static_cast<double>(BandHeight))));
    for (long band = first; band <= last; ++band)
    {
      members[static_cast<std::size_t>(band)].push_back(n);
    }
  }
  // The bands have a fixed height and each sums its columns in order: the same bits for any number of threads.
  m_Parallel(bands,
             [&](std::size_t band)
             {
               const long top = static_cast<long>(band) * BandHeight;
               const long bottom = std::min(m_Height, top + BandHeight);
               std::fill(m_Model.begin() + top * m_Width, m_Model.begin() + bottom * m_Width, 0.0F);
               for (const std::size_t n : members[band])
               {
                 this->AddToModel(m_States[n].parameters, 1.0F, top, bottom);
               }
             });
}

void
ColumnRefiner::CollectPixels(const State & state, bool weighted, FitPixels & pixels) const
{
  const GaussianParameters & p = state.parameters;
  pixels.Clear();
  // The window stays where the search began, so that the data do not change while the fit moves.
  const auto collect = [&](long y, long x0, long x1)
  {
    GaussianRow row(p, static_cast<double>(x0), static_cast<double>(y));
    for (long x = x0; x <= x1; ++x)
    {
      const double peak = row.Next();
      const auto index = static_cast<std::size_t>(y * m_Width + x);
      const double value = m_Pixels[index];
      if (!std::isfinite(value))
      {
        continue;
      }
      const double model = m_Model[index];
      const auto owner = static_cast<std::size_t>(m_Owner[index]);
      const bool own = &m_States[owner] == &state;
      const State & holder = m_States[owner];
      const double background = this->BackgroundAt(holder, static_cast<double>(x), static_cast<double>(y));
      // Of its own background a column fits the value at its centre only.
      const double others = model - peak + background - (own ? holder.parameters.background : 0.0);
      const double weight = weighted ? 1.0 / m_Noise.Variance(model + background) : 1.0;
      pixels.Add(static_cast<double>(x), static_cast<double>(y), value - others, own, weight);
    }
  };
  ForRows(state.start.x, state.start.y, state.radius, m_Width, m_Height, collect);
}

double
ColumnRefiner::BackgroundAt(const State & state, double x, double y) const
{
  return state.parameters.background + state.slope.x() * (x - state.start.x) + state.slope.y() * (y - state.start.y);
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
  state.fit = FitGaussian(pixels, prior, state.parameters);
  state.failed = !state.fit.converged || !this->IsPlausible(state);
  if (state.failed && prior.spread > 0.0)
  {
    state.parameters = state.start;
    state.parameters.qa = prior.qa;
    state.parameters.qb = prior.qb;
    state.parameters.qc = prior.qc;
    state.parameters.amplitude = std::max(1e-30, before.amplitude > 0 ? before.amplitude : state.start.amplitude);
    state.fit = FitGaussian(pixels, ShapePrior{prior.qa, prior.qb, prior.qc, 0.0}, state.parameters);
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
  this->Render();
  constexpr double Moved = 2e-3; // pixels
  std::vector<Eigen::Vector2d> before(m_States.size());
  for (std::size_t n = 0; n < m_States.size(); ++n)
  {
    before[n] = {m_States[n].parameters.x, m_States[n].parameters.y};
  }
  for (const auto & color : m_Colors)
  {
    constexpr std::size_t Chunk = 8;
    m_Parallel((color.size() + Chunk - 1) / Chunk,
               [&](std::size_t chunk)
               {
                 FitPixels pixels;
                 for (std::size_t k = chunk * Chunk; k < std::min(color.size(), (chunk + 1) * Chunk); ++k)
                 {
                   State & state = m_States[color[k]];
                   // A column that keeps failing stays where it was found, so that its neighbours come to rest.
                   constexpr int Patience = 3;
                   if (!state.settled && state.failures < Patience)
                   {
                     const GaussianParameters previous = state.parameters;
                     this->FitColumn(state, shapeSpread, pixels);
                     this->AddToModel(previous, -1.0F, 0, m_Height);
                     this->AddToModel(state.parameters, 1.0F, 0, m_Height);
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

void
ColumnRefiner::EstimateNoise()
{
  this->Render();
  constexpr std::size_t Enough = 3000;
  const std::size_t stride = std::max<std::size_t>(1, m_States.size() / Enough);
  NoiseEstimator estimator;
  const double fitted = m_NoiseKnown ? 7.0 : 4.0;
  FitPixels pixels;
  for (std::size_t n = 0; n < m_States.size(); n += stride)
  {
    const State & state = m_States[n];
    if (state.failed)
    {
      continue;
    }
    this->CollectPixels(state, false, pixels);
    const auto count = static_cast<double>(pixels.Size());
    if (count < 2 * fitted)
    {
      continue;
    }
    const double correction = count / (count - fitted);
    const GaussianParameters & p = state.parameters;
    for (std::size_t k = 0; k < pixels.Size(); ++k)
    {
      if (pixels.own[k] == 0.0F)
      {
        continue; // it is the neighbour's
      }
      const double expected = p.background + p.Peak(pixels.x[k], pixels.y[k]);
      const double residual = pixels.value[k] - expected;
      estimator.Add(expected, correction * residual * residual);
    }
  }
  m_Noise = estimator.Estimate();
  m_NoiseKnown = true;
  this->EstimateCorrelation(stride);
  for (auto & state : m_States)
  {
    state.settled = false;
  }
}

void
ColumnRefiner::EstimateCorrelation(std::size_t stride)
{
  constexpr std::size_t Enough = 300;
  const std::size_t step = std::max(stride, m_States.size() / Enough);
  const long side = 2 * static_cast<long>(std::ceil(m_WindowSigmas * m_Sigma + 3)) + 1;
  std::vector<ResidualPatch> patches;
  FitPixels pixels;
  for (std::size_t n = 0; n < m_States.size(); n += step)
  {
    const State & state = m_States[n];
    if (state.failed)
    {
      continue;
    }
    this->CollectPixels(state, false, pixels);
    const GaussianParameters & p = state.parameters;
    const long left = std::lround(state.start.x) - side / 2;
    const long top = std::lround(state.start.y) - side / 2;
    ResidualPatch patch{side, std::vector<float>(static_cast<std::size_t>(side * side), std::nanf(""))};
    for (std::size_t k = 0; k < pixels.Size(); ++k)
    {
      const long x = static_cast<long>(pixels.x[k]) - left;
      const long y = static_cast<long>(pixels.y[k]) - top;
      if (pixels.own[k] > 0.0F && x >= 0 && y >= 0 && x < side && y < side)
      {
        const double expected = p.background + p.Peak(pixels.x[k], pixels.y[k]);
        patch.values[static_cast<std::size_t>(y * side + x)] =
          static_cast<float>((pixels.value[k] - expected) / std::sqrt(m_Noise.Variance(expected)));
      }
    }
    patches.push_back(std::move(patch));
  }
  m_CorrelatedPixels = CountCorrelatedPixels(patches, std::max(2L, std::lround(1.5 * m_Sigma)));
}

void
ColumnRefiner::Store(AtomColumnSet & columns) const
{
  auto & container = columns.GetColumns();
  for (std::size_t n = 0; n < container.size(); ++n)
  {
    const State & state = m_States[n];
    const GaussianParameters & p = state.parameters;
    AtomColumn & column = container[n];
    column.flags &= ~static_cast<std::uint32_t>(FlagEdge | FlagOverlap | FlagFitFailed);
    column.position = {p.x, p.y};
    column.amplitude = p.amplitude;
    column.background = p.background;
    Eigen::Matrix2d q;
    q << p.qa, p.qb, p.qb, p.qc;
    const Eigen::SelfAdjointEigenSolver<Eigen::Matrix2d> solver(q); // eigenvalues ascend: the first is the longer axis
    column.sigmaMajor = 1.0 / std::sqrt(solver.eigenvalues()[0]);
    column.sigmaMinor = 1.0 / std::sqrt(solver.eigenvalues()[1]);
    const Eigen::Vector2d axis = solver.eigenvectors().col(0);
    double rotation = std::atan2(axis.y(), axis.x());
    if (rotation <= -0.5 * 3.14159265358979323846)
    {
      rotation += 3.14159265358979323846;
    }
    else if (rotation > 0.5 * 3.14159265358979323846)
    {
      rotation -= 3.14159265358979323846;
    }
    column.rotation = rotation;
    column.residualRms = state.fit.residualRms;
    if (state.failed)
    {
      column.flags |= FlagFitFailed;
      // Nothing better is known than that the column is there.
      column.covariance = 0.25 * m_Sigma * m_Sigma * Eigen::Matrix2d::Identity();
    }
    else
    {
      column.covariance = m_CorrelatedPixels * state.fit.covariance;
    }
    long inside = 0;
    ForWindow(p.x, p.y, state.radius, m_Width, m_Height, [&inside](long, long) { ++inside; });
    if (static_cast<double>(inside) < 0.85 * 3.14159265358979323846 * state.radius * state.radius)
    {
      column.flags |= FlagEdge;
    }
    if (m_NearestDistance[n] < 2.0 * m_Sigma)
    {
      column.flags |= FlagOverlap;
    }
  }
  columns.SetColumnSigma(m_Sigma);
  columns.SetNoiseGain(m_Noise.gain);
  columns.SetNoiseOffset(m_Noise.offset);
}
} // namespace ferro
