// What ColumnRefiner learns of the noise from the residuals.

#include "ferroColumnRefiner.h"

#include "ferroNoiseCorrelation.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
float
ColumnRefiner::Expected(const State & state, float gauss)
{
  return static_cast<float>(state.parameters.background + state.parameters.amplitude * gauss);
}

void
ColumnRefiner::EstimateNoise()
{
  this->Render();
  constexpr std::size_t Enough = 1500;
  const std::size_t stride = std::max<std::size_t>(1, m_States.size() / Enough);
  const double fitted = m_NoiseKnown ? 7.0 : 4.0;
  constexpr std::size_t Chunk = 64;
  const std::size_t samples = (m_States.size() + stride - 1) / stride;
  std::vector<NoiseEstimator> parts((samples + Chunk - 1) / Chunk);
  m_Parallel(parts.size(),
             [&](std::size_t part)
             {
               FitPixels pixels;
               for (std::size_t k = part * Chunk; k < std::min(samples, (part + 1) * Chunk); ++k)
               {
                 const State & state = m_States[k * stride];
                 if (state.failed)
                 {
                   continue;
                 }
                 this->CollectPixels(state, false, pixels);
                 const auto count = static_cast<double>(pixels.count);
                 if (count < 2 * fitted)
                 {
                   continue;
                 }
                 const double correction = count / (count - fitted);
                 for (std::size_t n = 0; n < pixels.value.size(); ++n)
                 {
                   if (pixels.own[n] > 0.0F && pixels.weight[n] > 0.0F) // the others are the neighbours'
                   {
                     const float gauss = pixels.gauss.Data()[n];
                     const double residual = pixels.value[n] - state.parameters.amplitude * gauss;
                     parts[part].Add(Expected(state, gauss), correction * residual * residual);
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
  for (std::size_t n = 0; n < m_States.size(); n += step)
  {
    const State & state = m_States[n];
    if (state.failed)
    {
      continue;
    }
    this->CollectPixels(state, false, pixels);
    const long left = std::lround(state.start.x) - side / 2;
    const long top = std::lround(state.start.y) - side / 2;
    ResidualPatch patch{side, std::vector<float>(static_cast<std::size_t>(side * side), std::nanf(""))};
    for (long row = 0; row < pixels.box.height; ++row)
    {
      const long y = pixels.box.top + row - top;
      for (long column = 0; column < pixels.box.stride; ++column)
      {
        const auto k = static_cast<std::size_t>(row * pixels.box.stride + column);
        const long x = pixels.box.left + column - left;
        if (pixels.own[k] > 0.0F && pixels.weight[k] > 0.0F && x >= 0 && y >= 0 && x < side && y < side)
        {
          const float gauss = pixels.gauss.Data()[k];
          const double residual = pixels.value[k] - state.parameters.amplitude * gauss;
          patch.values[static_cast<std::size_t>(y * side + x)] =
            static_cast<float>(residual / std::sqrt(m_Noise.Variance(Expected(state, gauss))));
        }
      }
    }
    patches.push_back(std::move(patch));
  }
  m_CorrelatedPixels = CountCorrelatedPixels(patches, std::max(2L, std::lround(1.5 * m_Sigma)));
}
} // namespace ferro
