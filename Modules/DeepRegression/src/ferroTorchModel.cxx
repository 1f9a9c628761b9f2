#include "ferroTorchModel.h"

#include "ferroDenseModel.h"
#include "ferroErrors.h"
#include "ferroNetworkModelImplementation.h"
#include "ferroTorchSetup.h"

#include <c10/core/GradMode.h>

#include <algorithm>

namespace ferro
{
namespace
{
constexpr long WindowsPerBatch = 64;
constexpr long SpectrumStepPx = 16; // spectra of windows change slowly

/** The pixels of a rectangle as a tensor 1 x 1 x height x width of its own. */
torch::Tensor
Cut(const float * pixels, long width, long x, long y, long w, long h)
{
  auto * first = const_cast<float *>(pixels) + y * width + x;
  return torch::from_blob(first, {1, 1, h, w}, {w * h, w * h, width, 1}, torch::kFloat32).contiguous();
}

/** A run of one network over one image: the grid that is asked for, and what is found on it. */
class PlaneRun
{
public:
  PlaneRun(const TorchModel & model, const float * pixels, long width, long height, RegressionPlane & plane)
    : m_Model(model), m_Pixels(pixels), m_Width(width), m_Height(height), m_Plane(plane),
      m_Window(model.description.architecture.windowPx)
  {
    const auto & description = model.description;
    auto mean = description.targetMean;
    auto deviation = description.targetDeviation;
    mean.resize(static_cast<std::size_t>(plane.outputs), 0.0); // logarithms of variances stay as they are
    deviation.resize(static_cast<std::size_t>(plane.outputs), 1.0);
    m_Mean = torch::tensor(mean, torch::kFloat64).to(torch::kFloat32).view({1, plane.outputs, 1, 1});
    m_Deviation = torch::tensor(deviation, torch::kFloat64).to(torch::kFloat32).view({1, plane.outputs, 1, 1});
  }

  /** Nodes whose first pixel is (offsetX + n * networkStride, ...); every skip-th of them belongs to the grid. */
  void
  Dense(long offsetX, long offsetY, long tilePx)
  {
    const long base = m_Model.description.architecture.GetStride();
    const long skip = std::max(1L, m_Plane.stride / base);
    const long step = std::max(1L, base / m_Plane.stride); // nodes of the grid between nodes of this pass
    const long columns = (m_Width - m_Window - offsetX) / base / skip + 1;
    const long rows = (m_Height - m_Window - offsetY) / base / skip + 1;
    const long perTile = std::max(1L, ((tilePx - m_Window) / base + 1) / skip);
    for (long row = 0; row < rows; row += perTile)
    {
      for (long column = 0; column < columns; column += perTile)
      {
        const long nx = std::min(perTile, columns - column);
        const long ny = std::min(perTile, rows - row);
        const long w = m_Window + (nx - 1) * skip * base;
        const long h = m_Window + (ny - 1) * skip * base;
        torch::Tensor feature;
        const torch::Tensor input =
          Cut(m_Pixels, m_Width, offsetX + column * skip * base, offsetY + row * skip * base, w, h);
        const bool novelty = m_Model.features.IsFitted() && !m_Plane.featureNovelty.empty();
        torch::Tensor output = m_Model.Forward(input, novelty ? &feature : nullptr).to(torch::kCPU);
        output = output.slice(2, 0, output.size(2), skip).slice(3, 0, output.size(3), skip);
        const torch::Tensor values = (output * m_Deviation + m_Mean).squeeze(0).permute({1, 2, 0}).contiguous();
        torch::Tensor scores;
        if (novelty)
        {
          const auto & architecture = m_Model.description.architecture;
          const long head = architecture.GetHeadSize();
          const torch::Tensor described = DescribeFeatures(feature, head, GetNoveltyEdge(m_Model.description));
          scores = m_Model.features.Score(described);
          if (m_Model.within.IsFitted() && static_cast<long>(m_Plane.reference.size()) == described.size(1))
          {
            const torch::Tensor reference = torch::tensor(m_Plane.reference).to(described.device());
            scores = torch::maximum(scores, m_Model.within.Score(described - reference));
          }
          scores = scores.to(torch::kCPU).view({feature.size(2) - head + 1, feature.size(3) - head + 1});
          scores = scores.slice(0, 0, scores.size(0), skip).slice(1, 0, scores.size(1), skip).contiguous();
        }
        this->Store(values, scores, offsetX / m_Plane.stride + column * step, offsetY / m_Plane.stride + row * step,
                    step);
      }
    }
  }

  /** Every window of the grid by itself. */
  void
  WindowByWindow()
  {
    const long count = m_Plane.columns * m_Plane.rows;
    const long outputs = m_Plane.outputs;
    for (long first = 0; first < count; first += WindowsPerBatch)
    {
      const long n = std::min(WindowsPerBatch, count - first);
      const torch::Tensor input = this->CutNodes(first, n, 1, m_Plane.columns);
      const torch::Tensor values =
        (m_Model.Forward(input).to(torch::kCPU) * m_Deviation + m_Mean).reshape({n, outputs}).contiguous();
      std::copy_n(values.data_ptr<float>(), n * outputs, m_Plane.values.data() + first * outputs);
    }
  }

  /** Novelty of the power spectra, on a coarser grid; every node takes that of the nearest window that was looked at.
   */
  void
  Spectra()
  {
    const long every = std::max(1L, SpectrumStepPx / m_Plane.stride);
    const long columns = (m_Plane.columns - 1) / every + 1;
    const long rows = (m_Plane.rows - 1) / every + 1;
    std::vector<float> scores(static_cast<std::size_t>(columns * rows));
    const long batch = 256;
    for (long first = 0; first < columns * rows; first += batch)
    {
      const long n = std::min(batch, columns * rows - first);
      const torch::Tensor windows = this->CutNodes(first, n, every, columns).squeeze(1).to(m_Model.device);
      const torch::Tensor score =
        m_Model.spectra.Score(DescribeSpectra(windows, m_Model.description.architecture.inputPooling))
          .to(torch::kCPU)
          .contiguous();
      std::copy_n(score.data_ptr<float>(), n, scores.data() + first);
    }
    for (long row = 0; row < m_Plane.rows; ++row)
    {
      for (long column = 0; column < m_Plane.columns; ++column)
      {
        const long r = std::min(rows - 1, (row + every / 2) / every);
        const long c = std::min(columns - 1, (column + every / 2) / every);
        m_Plane.spectrumNovelty[static_cast<std::size_t>(row * m_Plane.columns + column)] =
          scores[static_cast<std::size_t>(r * columns + c)];
      }
    }
  }

private:
  /** Windows first ... first + count - 1 of a grid with every every-th node of ours and that many columns. */
  torch::Tensor
  CutNodes(long first, long count, long every, long columns) const
  {
    torch::Tensor input = torch::empty({count, 1, m_Window, m_Window}, torch::kFloat32);
    float * to = input.data_ptr<float>();
    for (long k = first; k < first + count; ++k)
    {
      const float * from =
        m_Pixels + k / columns * every * m_Plane.stride * m_Width + k % columns * every * m_Plane.stride;
      for (long y = 0; y < m_Window; ++y, to += m_Window)
      {
        std::copy_n(from + y * m_Width, m_Window, to);
      }
    }
    return input;
  }

  void
  Store(const torch::Tensor & values, const torch::Tensor & scores, long column, long row, long step)
  {
    const float * from = values.data_ptr<float>();
    const float * score = scores.defined() ? scores.data_ptr<float>() : nullptr;
    for (long y = 0; y < values.size(0); ++y)
    {
      for (long x = 0; x < values.size(1); ++x, from += m_Plane.outputs)
      {
        const long node = (row + y * step) * m_Plane.columns + column + x * step;
        std::copy_n(from, m_Plane.outputs, m_Plane.values.data() + node * m_Plane.outputs);
        if (score)
        {
          m_Plane.featureNovelty[static_cast<std::size_t>(node)] = *score++;
        }
      }
    }
  }

  const TorchModel & m_Model;
  const float * m_Pixels;
  long m_Width;
  long m_Height;
  RegressionPlane & m_Plane;
  long m_Window;
  torch::Tensor m_Mean;
  torch::Tensor m_Deviation;
};
} // namespace

TorchModel &
GetTorchModel(NetworkModel & model)
{
  return static_cast<TorchModel &>(model.Get().GetBackend()); // there is no other backend
}

void
TorchModel::RequireLayers() const
{
  if (!network)
  {
    throw UsageError(
      "the network came as TorchScript, which does not show its layers; expected one that 'train' wrote");
  }
}

void
TorchModel::SetDevice(const std::string & name)
{
  device = ParseDevice(name);
  if (script)
  {
    script->To(device);
  }
  else
  {
    network->to(device);
  }
  features.To(device);
  spectra.To(device);
  within.To(device);
}

TensorMap
TorchModel::GetTensors() const
{
  TensorMap tensors = CopyState(*network);
  features.Save("novelty.features", tensors);
  spectra.Save("novelty.spectra", tensors);
  within.Save("novelty.within", tensors);
  return tensors;
}

torch::Tensor
TorchModel::Forward(const torch::Tensor & input, torch::Tensor * feature) const
{
  const torch::NoGradGuard noGradient;
  if (script)
  {
    torch::Tensor output = script->Forward(input.to(device));
    return output.dim() == 2 ? output.unsqueeze(2).unsqueeze(3) : output;
  }
  const torch::Tensor deep = network->Features(input.to(device).contiguous(torch::MemoryFormat::ChannelsLast));
  if (feature)
  {
    *feature = deep.contiguous();
  }
  return network->Head(deep);
}

std::vector<float>
TorchModel::DescribeWindows(const std::vector<float> & pixels, long count) const
{
  const auto & architecture = description.architecture;
  const long window = architecture.windowPx;
  std::vector<float> result;
  for (long k = 0; k < count; ++k)
  {
    torch::Tensor feature;
    this->Forward(Cut(pixels.data() + k * window * window, window, 0, 0, window, window), &feature);
    const torch::Tensor described =
      DescribeFeatures(feature, architecture.GetHeadSize(), GetNoveltyEdge(description)).to(torch::kCPU).contiguous();
    result.insert(result.end(), described.data_ptr<float>(), described.data_ptr<float>() + described.numel());
  }
  return result;
}

std::vector<float>
TorchModel::EvaluateWindows(const std::vector<float> & pixels, long count) const
{
  const long window = description.architecture.windowPx;
  const auto outputs = static_cast<long>(description.targets.size());
  std::vector<float> result;
  result.reserve(static_cast<std::size_t>(count * outputs));
  for (long first = 0; first < count; first += WindowsPerBatch)
  {
    const long n = std::min(WindowsPerBatch, count - first);
    auto * data = const_cast<float *>(pixels.data()) + first * window * window;
    const torch::Tensor input = torch::from_blob(data, {n, 1, window, window}, torch::kFloat32);
    const torch::Tensor output =
      this->Forward(input).to(torch::kCPU).slice(1, 0, outputs).reshape({n, outputs}).contiguous();
    const float * values = output.data_ptr<float>();
    for (long k = 0; k < n * outputs; ++k)
    {
      const auto target = static_cast<std::size_t>(k % outputs);
      result.push_back(
        static_cast<float>(values[k] * description.targetDeviation[target] + description.targetMean[target]));
    }
  }
  return result;
}

void
TorchModel::EvaluatePlane(const float * pixels, long width, long height, long tilePx, RegressionPlane & plane) const
{
  const long base = description.architecture.GetStride();
  const long window = description.architecture.windowPx;
  PlaneRun run(*this, pixels, width, height, plane);
  if (description.architecture.samePadding)
  {
    run.WindowByWindow();
  }
  else
  {
    // A finer grid than the network's own is what it gives for the image shifted by parts of its stride.
    for (long y = 0; y < std::max(plane.stride, base) && y <= height - window; y += plane.stride)
    {
      for (long x = 0; x < std::max(plane.stride, base) && x <= width - window; x += plane.stride)
      {
        run.Dense(x, y, std::max(tilePx, window));
      }
    }
  }
  if (!plane.spectrumNovelty.empty())
  {
    run.Spectra();
  }
}
} // namespace ferro
