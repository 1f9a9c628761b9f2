// What ColumnRefiner learns of the noise from the residuals.

#include "ferroColumnRefiner.h"

#include "ferroNoiseCorrelation.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
/** Above this share a line's shift explains most of a pixel, and what is left says little about its noise. */
constexpr float LargestShare = 0.5F;
} // namespace

float
ColumnRefiner::Expected(const State & state, float gauss)
{
  return static_cast<float>(state.parameters.background + state.parameters.amplitude * gauss);
}

void
ColumnRefiner::FindResiduals(const State & state, FitPixels & pixels, std::vector<Residual> & residuals) const
{
  this->CollectPixels(state, false, pixels);
  residuals.clear();
  const GaussianParameters & p = state.parameters;
  for (long row = 0; row < pixels.box.height; ++row)
  {
    const std::size_t first = residuals.size();
    const double dy = static_cast<double>(pixels.box.top + row) - p.y;
    double known = 0.0;
    double told = 0.0;
    for (long column = 0; column < pixels.box.stride; ++column)
    {
      const auto k = static_cast<std::size_t>(row * pixels.box.stride + column);
      if (!(pixels.own[k] > 0.0F && pixels.weight[k] > 0.0F)) // the others are the neighbours'
      {
        continue;
      }
      const float gauss = pixels.gauss.Data()[k];
      const double dx = static_cast<double>(pixels.box.left + column) - p.x;
      Residual residual;
      residual.x = pixels.box.left + column;
      residual.y = pixels.box.top + row;
      residual.expected = Expected(state, gauss);
      residual.value = static_cast<float>(pixels.value[k] - p.amplitude * gauss);
      residual.slope = static_cast<float>(p.amplitude * gauss * (p.qa * dx + p.qb * dy));
      const double weight = 1.0 / m_Noise.Variance(residual.expected);
      known += weight * residual.slope * residual.slope;
      told += weight * residual.slope * residual.value;
      residual.left = static_cast<float>(weight);
      residuals.push_back(residual);
    }
    for (std::size_t k = first; k < residuals.size(); ++k)
    {
      Residual & residual = residuals[k];
      const double share = known > 0.0 ? residual.left * residual.slope * residual.slope / known : 0.0;
      residual.value -= known > 0.0 ? static_cast<float>(residual.slope * told / known) : 0.0F;
      residual.left = static_cast<float>(1.0 - share);
    }
  }
}

void
ColumnRefiner::EstimateNoise()
{
  this->Render();
  constexpr std::size_t Enough = 1500;
  const std::size_t stride = std::max<std::size_t>(1, m_States.size() / Enough);
  // The position along x is one of the shifts that every line has for itself.
  const double fitted = m_NoiseKnown ? 6.0 : 3.0;
  constexpr std::size_t Chunk = 64;
  const std::size_t samples = (m_States.size() + stride - 1) / stride;
  std::vector<NoiseEstimator> parts((samples + Chunk - 1) / Chunk);
  m_Parallel(parts.size(),
             [&](std::size_t part)
             {
               FitPixels pixels;
               std::vector<Residual> residuals;
               for (std::size_t k = part * Chunk; k < std::min(samples, (part + 1) * Chunk); ++k)
               {
                 const State & state = m_States[k * stride];
                 if (state.failed)
                 {
                   continue;
                 }
                 this->FindResiduals(state, pixels, residuals);
                 const auto count = static_cast<double>(pixels.count);
                 if (count < 2 * fitted)
                 {
                   continue;
                 }
                 const double correction = count / (count - fitted);
                 for (const Residual & residual : residuals)
                 {
                   if (residual.left > LargestShare)
                   {
                     parts[part].Add(residual.expected, correction * residual.value * residual.value / residual.left);
                   }
                 }
               }
             });
  NoiseEstimator estimator;
  for (const auto & part : parts)
  {
    estimator.Append(part);
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
  std::vector<Residual> residuals;
  for (std::size_t n = 0; n < m_States.size(); n += step)
  {
    const State & state = m_States[n];
    if (state.failed)
    {
      continue;
    }
    this->FindResiduals(state, pixels, residuals);
    const long left = std::lround(state.start.x) - side / 2;
    const long top = std::lround(state.start.y) - side / 2;
    ResidualPatch patch{side, std::vector<float>(static_cast<std::size_t>(side * side), std::nanf(""))};
    for (const Residual & residual : residuals)
    {
      const long x = residual.x - left;
      const long y = residual.y - top;
      if (x >= 0 && y >= 0 && x < side && y < side && residual.left > LargestShare)
      {
        patch.values[static_cast<std::size_t>(y * side + x)] =
          static_cast<float>(residual.value / std::sqrt(residual.left * m_Noise.Variance(residual.expected)));
      }
    }
    patches.push_back(std::move(patch));
  }
  m_CorrelatedPixels = CountCorrelatedPixels(patches, std::max(2L, std::lround(1.5 * m_Sigma)));
}
} // namespace ferro
