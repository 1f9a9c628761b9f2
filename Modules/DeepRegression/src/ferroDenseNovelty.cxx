#include "ferroDenseNovelty.h"

#include "ferroDenseNetwork.h"
#include "ferroErrors.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ferro
{
namespace
{
constexpr long Lanes = 16;
constexpr long Block = 32;
constexpr long Group = 24;            // rows of a product that are computed together divide this
constexpr long HighestFrequency = 10; // as in ferroNovelty.cxx
constexpr double Pi = 3.14159265358979323846;

long
FillUp(long count, long unit)
{
  return (count + unit - 1) / unit * unit;
}

long
HighestUsed(long edge)
{
  return std::min(HighestFrequency, edge / 2 - 1);
}
} // namespace

long
GetSpectrumSize(long windowPx, long pooling)
{
  const long highest = HighestUsed(windowPx / pooling);
  return highest < 1 ? 0 : (2 * highest + 1) * (highest + 1);
}

long
FillUpSamples(long count)
{
  return FillUp(count, Group);
}

DenseScore::DenseScore(const std::string & prefix, const std::map<std::string, TensorFile::Tensor> & tensors,
                       const DenseKernels & kernels)
  : m_Kernels(kernels)
{
  const auto mean = tensors.find(prefix + ".mean");
  if (mean == tensors.end())
  {
    return;
  }
  const auto whitening = tensors.find(prefix + ".whitening");
  const auto scale = tensors.find(prefix + ".scale");
  const auto size = static_cast<long>(mean->second.values.size());
  if (whitening == tensors.end() || scale == tensors.end() || scale->second.values.size() != 1 ||
      whitening->second.values.size() != static_cast<std::size_t>(size * size))
  {
    throw InputError("novelty statistics '" + prefix + "' are not complete");
  }
  m_Size = size;
  m_Pitch = FillUp(size, Lanes);
  m_Scale = scale->second.values.front() > 0.0f ? scale->second.values.front() : 1.0f;
  m_Mean.assign(static_cast<std::size_t>(m_Pitch), 0.0f);
  std::copy(mean->second.values.begin(), mean->second.values.end(), m_Mean.begin());
  m_Whitening.assign(static_cast<std::size_t>(m_Pitch * m_Pitch), 0.0f);
  m_Depths.assign(static_cast<std::size_t>((m_Pitch + Block - 1) / Block), 0);
  for (long r = 0; r < size; ++r)
  {
    for (long c = 0; c < size; ++c)
    {
      const float value = whitening->second.values[static_cast<std::size_t>(r * size + c)];
      m_Whitening[static_cast<std::size_t>(r * m_Pitch + c)] = value;
      if (value != 0.0f)
      {
        m_Depths[static_cast<std::size_t>(c / Block)] = r + 1; // r grows
      }
    }
  }
}

void
DenseScore::Score(float * samples, long count, std::vector<float> & space, float * scores) const
{
  const long rows = FillUpSamples(count);
  space.resize(std::max(space.size(), static_cast<std::size_t>(rows * Block)));
  for (long s = 0; s < count; ++s)
  {
    for (long k = 0; k < m_Size; ++k)
    {
      samples[s * m_Pitch + k] -= m_Mean[static_cast<std::size_t>(k)];
    }
  }
  std::fill_n(scores, count, 0.0f);
  for (long column = 0; column < m_Pitch; column += Block)
  {
    const long width = std::min(Block, m_Pitch - column);
    const long depth = m_Depths[static_cast<std::size_t>(column / Block)];
    m_Kernels.multiply(samples, m_Pitch, m_Whitening.data() + column, m_Pitch, space.data(), Block, count, depth,
                       width);
    for (long s = 0; s < count; ++s)
    {
      float sum = 0.0f;
      for (long k = 0; k < width; ++k)
      {
        const float value = space[static_cast<std::size_t>(s * Block + k)];
        sum += value * value;
      }
      scores[s] += sum;
    }
  }
  for (long s = 0; s < count; ++s)
  {
    scores[s] = std::sqrt(scores[s]) / m_Scale;
  }
}

DenseSpectra::DenseSpectra(long windowPx, long pooling, const DenseKernels & kernels)
  : m_Kernels(kernels), m_Pooling(pooling), m_Edge(windowPx / pooling), m_Highest(HighestUsed(m_Edge))
{
  const long frequencies = std::max(0L, m_Highest + 1);
  m_RowPitch = FillUp(2 * frequencies, Lanes);
  m_Rows.assign(static_cast<std::size_t>(m_Edge * m_RowPitch), 0.0f);
  m_Columns.assign(static_cast<std::size_t>(FillUp(2 * frequencies, Group) * m_Edge), 0.0f);
  for (long x = 0; x < m_Edge; ++x)
  {
    const double at = 2.0 * Pi * static_cast<double>(x) / static_cast<double>(m_Edge);
    const double hann = 0.5 - 0.5 * std::cos(at); // periodic
    m_Hann.push_back(static_cast<float>(hann));
    for (long k = 0; k < frequencies; ++k)
    {
      const double angle = at * static_cast<double>(k);
      m_Rows[static_cast<std::size_t>(x * m_RowPitch + 2 * k)] = static_cast<float>(hann * std::cos(angle));
      m_Rows[static_cast<std::size_t>(x * m_RowPitch + 2 * k + 1)] = static_cast<float>(-hann * std::sin(angle));
      m_Columns[static_cast<std::size_t>(2 * k * m_Edge + x)] = static_cast<float>(hann * std::cos(angle));
      m_Columns[static_cast<std::size_t>((2 * k + 1) * m_Edge + x)] = static_cast<float>(hann * std::sin(angle));
    }
  }
}

long
DenseSpectra::GetSize() const
{
  return GetSpectrumSize(m_Edge, 1);
}

void
DenseSpectra::Describe(const float * pixels, long pitch, std::vector<float> & space, float * out) const
{
  // Pooled window; transformed along its rows; along its columns.
  const long rows = FillUp(m_Edge, Group);
  const long products = FillUp(2 * (m_Highest + 1), Group);
  space.resize(
    std::max(space.size(), static_cast<std::size_t>(rows * m_Edge + rows * m_RowPitch + products * m_RowPitch)));
  float * const window = space.data();
  float * const along = window + rows * m_Edge;
  float * const power = along + rows * m_RowPitch;
  AverageBlocks(pixels, pitch, m_Edge, m_Edge, m_Pooling, window, m_Edge);
  const double total = std::accumulate(window, window + m_Edge * m_Edge, 0.0);
  const auto mean = static_cast<float>(total / static_cast<double>(m_Edge * m_Edge));
  for (long k = 0; k < m_Edge * m_Edge; ++k)
  {
    window[k] -= mean;
  }
  m_Kernels.multiply(window, m_Edge, m_Rows.data(), m_RowPitch, along, m_RowPitch, m_Edge, m_Edge, m_RowPitch);
  m_Kernels.multiply(m_Columns.data(), m_Edge, along, m_RowPitch, power, m_RowPitch, 2 * (m_Highest + 1), m_Edge,
                     m_RowPitch);
  // Of frequency (kx, ky) there are now the sums with cos and with sin along y of the real and the imaginary part.
  const float norm = 1.0f / static_cast<float>(m_Edge * m_Edge);
  const long width = m_Highest + 1;
  for (long ky = 0; ky <= m_Highest; ++ky)
  {
    const float * cosine = power + 2 * ky * m_RowPitch;
    const float * sine = cosine + m_RowPitch;
    float * positive = out + ky * width;
    float * negative = out + (2 * m_Highest + 1 - ky) * width; // -1 is the last row
    for (long kx = 0; kx < width; ++kx)
    {
      const float cr = cosine[2 * kx];
      const float ci = cosine[2 * kx + 1];
      const float sr = sine[2 * kx];
      const float si = sine[2 * kx + 1];
      const float p = ((cr + si) * (cr + si) + (ci - sr) * (ci - sr)) * norm;
      positive[kx] = std::log(p + 1e-3f);
      if (ky > 0)
      {
        const float n = ((cr - si) * (cr - si) + (ci + sr) * (ci + sr)) * norm;
        negative[kx] = std::log(n + 1e-3f);
      }
    }
  }
}
} // namespace ferro
