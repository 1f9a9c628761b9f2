#include "ferroDenseNetwork.h"

#include "ferroErrors.h"

#include "itkMultiThreaderBase.h"

#include <algorithm>
#include <atomic>
#include <cmath>

namespace ferro
{
namespace
{
constexpr double NormalizationEpsilon = 1e-5; // of LibTorch's batch normalization
constexpr long Lanes = 16;                    // channels are filled up to a multiple of this
constexpr long Slack = 32;                    // pixels behind a plane that may be read

std::atomic<int> threads{1};

long
FillUp(long channels)
{
  return (channels + Lanes - 1) / Lanes * Lanes;
}

/** Pixels along an axis that the tiles of a layer behind this plane read. */
long
ReadByTiles(long size)
{
  return (size - 2 + 3) / 4 * 4 + 2;
}

/** Lays out a plane in a buffer and clears what no layer writes.
 * \param written pixels of each row, and rows, that will be written */
DensePlane
MakePlane(std::vector<float> & buffer, long width, long height, long channels, long writtenWidth, long writtenHeight)
{
  DensePlane plane;
  plane.width = width;
  plane.height = height;
  plane.channels = channels;
  plane.pitch = std::max(writtenWidth, ReadByTiles(width));
  plane.rows = std::max(writtenHeight, ReadByTiles(height));
  const auto needed = static_cast<std::size_t>((plane.pitch * plane.rows + Slack) * channels);
  if (buffer.size() < needed)
  {
    buffer.resize(needed);
  }
  plane.values = buffer.data();
  for (long row = 0; row < writtenHeight; ++row)
  {
    std::fill(plane.values + (row * plane.pitch + writtenWidth) * channels,
              plane.values + (row + 1) * plane.pitch * channels, 0.0f);
  }
  std::fill(plane.values + writtenHeight * plane.pitch * channels, plane.values + needed, 0.0f);
  return plane;
}

/** G g G^T of a kernel of 3 x 3. */
void
TransformKernel(const float * kernel, double * transformed)
{
  static const double G[6][3] = {
    {1.0 / 4, 0.0, 0.0},           {-1.0 / 6, -1.0 / 6, -1.0 / 6}, {-1.0 / 6, 1.0 / 6, -1.0 / 6},
    {1.0 / 24, 1.0 / 12, 1.0 / 6}, {1.0 / 24, -1.0 / 12, 1.0 / 6}, {0.0, 0.0, 1.0}};
  for (int a = 0; a < 6; ++a)
  {
    for (int b = 0; b < 6; ++b)
    {
      double sum = 0.0;
      for (int k = 0; k < 9; ++k)
      {
        sum += G[a][k / 3] * static_cast<double>(kernel[k]) * G[b][k % 3];
      }
      transformed[6 * a + b] = sum;
    }
  }
}
} // namespace

void
SetDenseThreads(int count)
{
  threads = std::max(1, count);
}

void
ForEachDense(long count, const std::function<void(long)> & work)
{
  if (threads == 1 || count < 2)
  {
    for (long k = 0; k < count; ++k)
    {
      work(k);
    }
    return;
  }
  const auto threader = itk::MultiThreaderBase::New();
  threader->SetNumberOfWorkUnits(static_cast<itk::ThreadIdType>(std::min<long>(threads, count)));
  threader->ParallelizeArray(
    0, static_cast<itk::SizeValueType>(count), [&work](itk::SizeValueType k) { work(static_cast<long>(k)); }, nullptr);
}

void
AverageBlocks(const float * pixels, long pitch, long width, long height, long edge, float * to, long toPitch)
{
  const float share = 1.0f / static_cast<float>(edge * edge);
  for (long y = 0; y < height; ++y)
  {
    float * row = to + y * toPitch;
    std::fill_n(row, width, 0.0f);
    for (long k = 0; k < edge * edge; ++k)
    {
      const float * from = pixels + (y * edge + k / edge) * pitch + k % edge;
      for (long x = 0; x < width; ++x)
      {
        row[x] += from[x * edge];
      }
    }
    for (long x = 0; x < width; ++x)
    {
      row[x] *= share;
    }
  }
}

bool
DenseNetwork::CanRun(const NetworkArchitecture & architecture)
{
  return architecture.kernel == 3 && !architecture.samePadding;
}

const std::vector<float> &
DenseNetwork::Find(const std::map<std::string, TensorFile::Tensor> & tensors, const std::string & name,
                   std::size_t size) const
{
  const auto found = tensors.find(name);
  if (found == tensors.end() || (size > 0 && found->second.values.size() != size))
  {
    throw InputError("weights '" + name + "' are missing or do not have the shape that the architecture demands");
  }
  return found->second.values;
}

DenseNetwork::DenseNetwork(const NetworkArchitecture & architecture,
                           const std::map<std::string, TensorFile::Tensor> & tensors, const DenseKernels & kernels)
  : m_Architecture(architecture), m_Kernels(kernels)
{
  long before = 1;
  long layers = 0;
  for (const auto & block : architecture.blocks)
  {
    layers += block.layers;
  }
  for (const auto & block : architecture.blocks)
  {
    for (long layer = 0; layer < block.layers; ++layer)
    {
      const auto index = static_cast<long>(m_Layers.size()) + 1;
      this->AddLayer(tensors, index, before, block.channels, architecture.normalizeEveryLayer || index == layers);
      before = block.channels;
    }
    m_Layers.back().pool = block.pool;
  }
  m_Features = before;
  m_Edge = architecture.GetHeadSize();
  m_HeadBias = this->Find(tensors, "head.bias", 0);
  m_Outputs = static_cast<long>(m_HeadBias.size());
  const long area = m_Edge * m_Edge;
  const auto & head = this->Find(tensors, "head.weight", static_cast<std::size_t>(m_Outputs * m_Features * area));
  const double scale = std::pow(static_cast<double>(area), -0.75); // as Network scales what goes into the head
  const long channels = FillUp(m_Features);
  m_HeadWeights.assign(static_cast<std::size_t>(m_Outputs * area * channels), 0.0f);
  for (long o = 0; o < m_Outputs; ++o)
  {
    for (long c = 0; c < m_Features; ++c)
    {
      for (long k = 0; k < area; ++k)
      {
        m_HeadWeights[static_cast<std::size_t>((o * area + k) * channels + c)] = static_cast<float>(
          scale * static_cast<double>(head[static_cast<std::size_t>((o * m_Features + c) * area + k)]));
      }
    }
  }
}

void
DenseNetwork::AddLayer(const std::map<std::string, TensorFile::Tensor> & tensors, long index, long inputs, long outputs,
                       bool normalize)
{
  const auto count = static_cast<std::size_t>(outputs);
  const std::string conv = "conv" + std::to_string(index);
  const std::string norm = "norm" + std::to_string(index);
  const auto & weight = this->Find(tensors, conv + ".weight", static_cast<std::size_t>(9 * inputs * outputs));
  const auto & bias = this->Find(tensors, conv + ".bias", count);
  DenseLayer layer;
  const bool first = index == 1;
  layer.inputs = first ? 1 : FillUp(inputs);
  layer.outputs = FillUp(outputs);
  layer.block = layer.outputs % 32 == 0 ? 32 : 16;
  const auto filled = static_cast<std::size_t>(layer.outputs);
  layer.bias.assign(filled, 0.0f);
  layer.scale.assign(filled, 0.0f);
  layer.shift.assign(filled, 0.0f);
  std::copy(bias.begin(), bias.end(), layer.bias.begin());
  std::fill_n(layer.scale.begin(), count, 1.0f);
  if (normalize)
  {
    const auto & gain = this->Find(tensors, norm + ".weight", count);
    const auto & offset = this->Find(tensors, norm + ".bias", count);
    const auto & mean = this->Find(tensors, norm + ".running_mean", count);
    const auto & variance = this->Find(tensors, norm + ".running_var", count);
    for (std::size_t k = 0; k < count; ++k)
    {
      const double scale = gain[k] / std::sqrt(static_cast<double>(variance[k]) + NormalizationEpsilon);
      layer.scale[k] = static_cast<float>(scale);
      layer.shift[k] = static_cast<float>(offset[k] - scale * mean[k]);
    }
  }
  layer.weights.assign(static_cast<std::size_t>((first ? 9 : 36) * layer.inputs * layer.outputs), 0.0f);
  for (long o = 0; o < outputs; ++o)
  {
    for (long i = 0; i < inputs; ++i)
    {
      const float * kernel = &weight[static_cast<std::size_t>((o * inputs + i) * 9)];
      double transformed[36];
      TransformKernel(kernel, transformed);
      for (long k = 0; first && k < 9; ++k)
      {
        layer.weights[static_cast<std::size_t>(k * layer.outputs + o)] = kernel[k];
      }
      for (long k = 0; !first && k < 36; ++k)
      {
        layer.weights[static_cast<std::size_t>(((o / layer.block * 36 + k) * layer.inputs + i) * layer.block +
                                               o % layer.block)] = static_cast<float>(transformed[k]);
      }
    }
  }
  m_Layers.push_back(std::move(layer));
}

void
DenseNetwork::Evaluate(const float * pixels, long pitch, long width, long height, Result & result) const
{
  const long pool = m_Architecture.inputPooling;
  DensePlane in = MakePlane(result.buffers[0], width / pool, height / pool, 1, width / pool, height / pool);
  AverageBlocks(pixels, pitch, in.width, in.height, pool, in.values, in.pitch);
  int target = 1;
  for (const auto & layer : m_Layers)
  {
    const long w = in.width - 2;
    const long h = in.height - 2;
    const long edge = layer.pool ? 2 : 4;
    const long tileColumns = ((layer.pool ? w / 2 * 2 : w) + 3) / 4;
    const long tileRows = ((layer.pool ? h / 2 * 2 : h) + 3) / 4;
    const bool one = layer.inputs == 1;
    const bool poolsAfter = one && layer.pool;
    DensePlane out;
    auto & buffer = result.buffers[target];
    if (one)
    {
      out = MakePlane(buffer, w, h, layer.outputs, w, h);
      ForEachDense(h, [&](long row) { m_Kernels.convolveOne(layer, in, out, row); });
    }
    else
    {
      out = MakePlane(buffer, layer.pool ? w / 2 : w, layer.pool ? h / 2 : h, layer.outputs, edge * tileColumns,
                      edge * tileRows);
      ForEachDense(tileRows,
                   [&](long row)
                   {
                     static thread_local std::vector<float> space;
                     m_Kernels.convolve(layer, in, out, row, space);
                   });
    }
    in = out;
    target = 1 - target;
    if (poolsAfter)
    {
      out = MakePlane(result.buffers[target], w / 2, h / 2, layer.outputs, w / 2, h / 2);
      for (long y = 0; y < out.height; ++y)
      {
        for (long k = 0; k < out.width * out.channels; ++k)
        {
          const float * from =
            in.values + 2 * y * in.pitch * in.channels + k / in.channels * 2 * in.channels + k % in.channels;
          const float * below = from + in.pitch * in.channels;
          out.values[y * out.pitch * out.channels + k] =
            std::max(std::max(from[0], from[in.channels]), std::max(below[0], below[in.channels]));
        }
      }
      in = out;
      target = 1 - target;
    }
  }
  result.features = in;
  result.columns = in.width - m_Edge + 1;
  result.rows = in.height - m_Edge + 1;
  result.values.resize(static_cast<std::size_t>(result.columns * result.rows * m_Outputs));
  ForEachDense(result.rows,
               [&](long row)
               {
                 float * to = result.values.data() + row * result.columns * m_Outputs;
                 m_Kernels.head(in, m_HeadWeights.data(), m_Edge, m_Outputs, row, result.columns, to);
                 for (long k = 0; k < result.columns * m_Outputs; ++k)
                 {
                   to[k] += m_HeadBias[static_cast<std::size_t>(k % m_Outputs)];
                 }
               });
}
} // namespace ferro
