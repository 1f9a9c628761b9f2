#include "ferroDenseModel.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr long SpectrumStepPx = 16; // as in ferroTorchModel.cxx: spectra of windows change slowly
constexpr long SpectraPerCall = 48;
constexpr long MostTilePx = 704; // larger tiles have less in common, but leave the cache
} // namespace

long
GetNoveltyEdge(const ModelDescription & description)
{
  const auto & architecture = description.architecture;
  const double cell = description.cellPx > 0.0 ? description.cellPx : 0.25 * static_cast<double>(architecture.windowPx);
  const long edge = std::lround(cell / static_cast<double>(architecture.GetStride()));
  return std::clamp(edge, 1L, architecture.GetHeadSize());
}

/** A rectangle of nodes that are computed at a time. */
struct DenseModel::Tile
{
  long x; ///< first pixel
  long y;
  long width; ///< pixels
  long height;
  long column; ///< of the plane, of its first node
  long row;
  long step; ///< nodes of the plane between its nodes
  long skip; ///< nodes of the network between its nodes
};

DenseModel::DenseModel(const ModelDescription & description, const std::map<std::string, TensorFile::Tensor> & tensors,
                       const DenseKernels & kernels)
  : m_Description(description), m_Kernels(kernels), m_Network(description.architecture, tensors, kernels),
    m_FeatureScore("novelty.features", tensors, kernels), m_SpectrumScore("novelty.spectra", tensors, kernels),
    m_WithinScore("novelty.within", tensors, kernels), m_NoveltyEdge(ferro::GetNoveltyEdge(description))
{
}

void
DenseModel::Evaluate(const float * pixels, long width, long height, long tilePx, RegressionPlane & plane) const
{
  const long window = m_Description.architecture.windowPx;
  const long base = m_Description.architecture.GetStride();
  const long skip = std::max(1L, plane.stride / base);
  const long step = std::max(1L, base / plane.stride);
  const long edge = std::max(std::min(tilePx, MostTilePx), window);
  const long most = std::max(1L, ((edge - window) / base + 1) / skip); // nodes along a tile
  DenseNetwork::Result result;
  // A finer grid than the network's own is what it gives for the image shifted by parts of its stride.
  for (long y = 0; y < std::max(plane.stride, base) && y <= height - window; y += plane.stride)
  {
    for (long x = 0; x < std::max(plane.stride, base) && x <= width - window; x += plane.stride)
    {
      const long columns = (width - window - x) / base / skip + 1;
      const long rows = (height - window - y) / base / skip + 1;
      // Tiles of about the same size: what they have in common with their neighbours is computed twice.
      const long perRow = (columns - 1) / ((columns - 1) / most + 1) + 1;
      const long perColumn = (rows - 1) / ((rows - 1) / most + 1) + 1;
      for (long row = 0; row < rows; row += perColumn)
      {
        for (long column = 0; column < columns; column += perRow)
        {
          Tile tile;
          tile.x = x + column * skip * base;
          tile.y = y + row * skip * base;
          tile.width = window + (std::min(perRow, columns - column) - 1) * skip * base;
          tile.height = window + (std::min(perColumn, rows - row) - 1) * skip * base;
          tile.column = x / plane.stride + column * step;
          tile.row = y / plane.stride + row * step;
          tile.step = step;
          tile.skip = skip;
          this->EvaluateTile(tile, pixels, width, result, plane);
        }
      }
    }
  }
  if (!plane.spectrumNovelty.empty())
  {
    this->ScoreSpectra(pixels, width, plane);
  }
}

void
DenseModel::EvaluateTile(const Tile & tile, const float * pixels, long width, DenseNetwork::Result & result,
                         RegressionPlane & plane) const
{
  m_Network.Evaluate(pixels + tile.y * width + tile.x, width, tile.width, tile.height, result);
  const auto targets = static_cast<long>(m_Description.targets.size());
  for (long r = 0; r < result.rows; r += tile.skip)
  {
    for (long c = 0; c < result.columns; c += tile.skip)
    {
      const float * from = result.values.data() + (r * result.columns + c) * m_Network.GetOutputs();
      const long node =
        (tile.row + r / tile.skip * tile.step) * plane.columns + tile.column + c / tile.skip * tile.step;
      float * to = plane.values.data() + node * plane.outputs;
      for (long o = 0; o < plane.outputs; ++o)
      {
        const auto t = static_cast<std::size_t>(o);
        to[o] = o < targets ? from[o] * static_cast<float>(m_Description.targetDeviation[t]) +
                                static_cast<float>(m_Description.targetMean[t])
                            : from[o];
      }
    }
  }
  if (!plane.featureNovelty.empty())
  {
    this->ScoreFeatures(tile, result, plane);
  }
}

void
DenseModel::ScoreFeatures(const Tile & tile, const DenseNetwork::Result & result, RegressionPlane & plane) const
{
  const long head = m_Description.architecture.GetHeadSize();
  const long margin = (head - m_NoveltyEdge) / 2;
  const DensePlane & features = result.features;
  const long channels = features.channels;
  const bool within = m_WithinScore.IsFitted() && static_cast<long>(plane.reference.size()) == this->GetFeatures();
  ForEachDense((result.rows - 1) / tile.skip + 1,
               [&](long line)
               {
                 static thread_local std::vector<float> samples;
                 static thread_local std::vector<float> space;
                 static thread_local std::vector<float> scores;
                 static thread_local std::vector<float> differences;
                 static thread_local std::vector<float> withinScores;
                 const long count = (result.columns - 1) / tile.skip + 1;
                 samples.resize(
                   std::max(samples.size(), static_cast<std::size_t>(FillUpSamples(result.columns) * channels)));
                 scores.resize(std::max(scores.size(), static_cast<std::size_t>(count)));
                 m_Kernels.maxima(features, line * tile.skip + margin, margin, m_NoveltyEdge, result.columns, space,
                                  samples.data());
                 for (long c = 1; tile.skip > 1 && c < count; ++c)
                 {
                   std::copy_n(samples.data() + c * tile.skip * channels, channels, samples.data() + c * channels);
                 }
                 if (within)
                 {
                   differences.assign(samples.begin(), samples.begin() + FillUpSamples(count) * channels);
                   for (long c = 0; c < count * channels; ++c)
                   {
                     const long k = c % channels;
                     differences[static_cast<std::size_t>(c)] -=
                       k < this->GetFeatures() ? plane.reference[static_cast<std::size_t>(k)] : 0.0f;
                   }
                   withinScores.resize(scores.size());
                   m_WithinScore.Score(differences.data(), count, space, withinScores.data());
                 }
                 m_FeatureScore.Score(samples.data(), count, space, scores.data());
                 for (long c = 0; within && c < count; ++c)
                 {
                   const auto k = static_cast<std::size_t>(c);
                   scores[k] = std::max(scores[k], withinScores[k]);
                 }
                 for (long c = 0; c < count; ++c)
                 {
                   const long node = (tile.row + line * tile.step) * plane.columns + tile.column + c * tile.step;
                   plane.featureNovelty[static_cast<std::size_t>(node)] = scores[static_cast<std::size_t>(c)];
                 }
               });
}

void
DenseModel::DescribeWindow(const float * pixels, float * out) const
{
  const long window = m_Description.architecture.windowPx;
  const long margin = (m_Description.architecture.GetHeadSize() - m_NoveltyEdge) / 2;
  DenseNetwork::Result result;
  m_Network.Evaluate(pixels, window, window, window, result);
  std::vector<float> space;
  std::vector<float> samples(static_cast<std::size_t>(FillUpSamples(result.columns) * result.features.channels));
  m_Kernels.maxima(result.features, margin, margin, m_NoveltyEdge, result.columns, space, samples.data());
  std::copy_n(samples.data(), this->GetFeatures(), out);
}

/** On a coarser grid; every node takes the novelty of the nearest window that was looked at. */
void
DenseModel::ScoreSpectra(const float * pixels, long width, RegressionPlane & plane) const
{
  const long every = std::max(1L, SpectrumStepPx / plane.stride);
  const long columns = (plane.columns - 1) / every + 1;
  const long rows = (plane.rows - 1) / every + 1;
  std::vector<float> scores(static_cast<std::size_t>(columns * rows));
  // Where all windows begin at blocks of the pooling, the image is pooled once.
  const auto & architecture = m_Description.architecture;
  const long pooling = every * plane.stride % architecture.inputPooling == 0 ? architecture.inputPooling : 1;
  std::vector<float> pooled;
  if (pooling > 1)
  {
    const long height = (plane.rows - 1) * plane.stride + architecture.windowPx;
    pooled.resize(static_cast<std::size_t>((width / pooling) * (height / pooling)));
    AverageBlocks(pixels, width, width / pooling, height / pooling, pooling, pooled.data(), width / pooling);
    pixels = pooled.data();
    width /= pooling;
  }
  const DenseSpectra spectra(architecture.windowPx / pooling, architecture.inputPooling / pooling, m_Kernels);
  const long total = columns * rows;
  ForEachDense((total + SpectraPerCall - 1) / SpectraPerCall,
               [&](long call)
               {
                 static thread_local std::vector<float> samples;
                 static thread_local std::vector<float> space;
                 const long pitch = m_SpectrumScore.GetPitch();
                 samples.resize(std::max(samples.size(), static_cast<std::size_t>(SpectraPerCall * pitch)));
                 const long first = call * SpectraPerCall;
                 const long count = std::min(SpectraPerCall, total - first);
                 for (long k = 0; k < count; ++k)
                 {
                   const long x = (first + k) % columns * every * plane.stride / pooling;
                   const long y = (first + k) / columns * every * plane.stride / pooling;
                   spectra.Describe(pixels + y * width + x, width, space, samples.data() + k * pitch);
                 }
                 m_SpectrumScore.Score(samples.data(), count, space, scores.data() + first);
               });
  for (long row = 0; row < plane.rows; ++row)
  {
    for (long column = 0; column < plane.columns; ++column)
    {
      const long r = std::min(rows - 1, (row + every / 2) / every);
      const long c = std::min(columns - 1, (column + every / 2) / every);
      plane.spectrumNovelty[static_cast<std::size_t>(row * plane.columns + column)] =
        scores[static_cast<std::size_t>(r * columns + c)];
    }
  }
}
} // namespace ferro
