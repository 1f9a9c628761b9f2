#include "ferroNovelty.h"

#include "ferroErrors.h"

#include <torch/fft.h>

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr double Shrinkage = 0.02;
constexpr double CalibrationQuantile = 0.995;
constexpr long HighestFrequency = 10; // periods of at least a tenth of the window

TensorFile::Tensor
ToFile(const torch::Tensor & tensor)
{
  const torch::Tensor plain = tensor.to(torch::kCPU, torch::kFloat32).contiguous();
  TensorFile::Tensor result;
  result.shape.assign(plain.sizes().begin(), plain.sizes().end());
  result.values.assign(plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel());
  return result;
}

torch::Tensor
FromFile(const TensorFile::Tensor & tensor, const std::vector<std::int64_t> & shape, const std::string & name)
{
  std::vector<std::int64_t> found(tensor.shape.begin(), tensor.shape.end());
  if (found != shape)
  {
    throw InputError("novelty statistics '" + name + "' do not have the shape that the architecture demands");
  }
  torch::Tensor result = torch::empty(shape, torch::kFloat32);
  std::copy(tensor.values.begin(), tensor.values.end(), result.data_ptr<float>());
  return result;
}

long
HighestUsed(long edge)
{
  return std::min(HighestFrequency, edge / 2 - 1);
}
} // namespace

void
MahalanobisScore::Fit(const torch::Tensor & samples)
{
  // The spread comes from every other sample and the scale from those between: distances from a spread that was fitted
  // to the same samples are too short.
  const torch::Tensor plain = samples.to(torch::kCPU, torch::kFloat32);
  const torch::Tensor others = plain.slice(0, 1, plain.size(0), 2);
  const torch::Tensor x = plain.slice(0, 0, plain.size(0), 2).to(torch::kFloat64);
  const auto count = x.size(0);
  const auto size = x.size(1);
  m_Mean = x.mean(0);
  const torch::Tensor centered = x - m_Mean;
  torch::Tensor covariance = centered.t().mm(centered) / static_cast<double>(std::max<std::int64_t>(1, count - 1));
  const double typical = std::max(covariance.diagonal().mean().item<double>(), 1e-12);
  covariance = (1.0 - Shrinkage) * covariance + Shrinkage * typical * torch::eye(size, torch::kFloat64);
  const torch::Tensor factor = torch::linalg_cholesky(covariance);
  // Solving L W^T = 1: then |(x - mean) W| is the Mahalanobis distance.
  m_Whitening = torch::linalg_solve_triangular(factor, torch::eye(size, torch::kFloat64), false)
                  .t()
                  .to(torch::kFloat32)
                  .contiguous();
  m_Mean = m_Mean.to(torch::kFloat32);
  m_Scale = 1.0;
  torch::Tensor distances = std::get<0>(this->Score(others).sort());
  const auto place = static_cast<std::int64_t>(CalibrationQuantile * static_cast<double>(others.size(0) - 1));
  m_Scale = std::max(1e-12, distances[place].item<double>());
}

torch::Tensor
MahalanobisScore::Score(const torch::Tensor & samples) const
{
  return (samples - m_Mean).mm(m_Whitening).norm(2, 1) / m_Scale;
}

void
MahalanobisScore::To(const torch::Device & device)
{
  if (this->IsFitted())
  {
    m_Mean = m_Mean.to(device);
    m_Whitening = m_Whitening.to(device);
  }
}

void
MahalanobisScore::Save(const std::string & prefix, std::map<std::string, TensorFile::Tensor> & tensors) const
{
  if (this->IsFitted())
  {
    tensors[prefix + ".mean"] = ToFile(m_Mean);
    tensors[prefix + ".whitening"] = ToFile(m_Whitening);
    tensors[prefix + ".scale"] = {{1}, {static_cast<float>(m_Scale)}};
  }
}

void
MahalanobisScore::Load(const std::string & prefix, const std::map<std::string, TensorFile::Tensor> & tensors, long size)
{
  if (tensors.count(prefix + ".mean") == 0)
  {
    return;
  }
  if (tensors.count(prefix + ".whitening") == 0 || tensors.count(prefix + ".scale") == 0)
  {
    throw InputError("novelty statistics '" + prefix + "' are not complete");
  }
  m_Mean = FromFile(tensors.at(prefix + ".mean"), {size}, prefix + ".mean");
  m_Whitening = FromFile(tensors.at(prefix + ".whitening"), {size, size}, prefix + ".whitening");
  m_Scale = FromFile(tensors.at(prefix + ".scale"), {1}, prefix + ".scale").item<float>();
  m_Scale = m_Scale > 0.0 ? m_Scale : 1.0;
}

torch::Tensor
DescribeSpectra(const torch::Tensor & windows, long pooling)
{
  torch::Tensor x = pooling > 1 ? torch::avg_pool2d(windows.unsqueeze(1), pooling).squeeze(1) : windows;
  const long edge = x.size(1);
  const long highest = HighestUsed(edge);
  x = x - x.mean({1, 2}, true);
  const torch::Tensor hann = torch::hann_window(edge, /* periodic */ true, x.options());
  x = x * hann.unsqueeze(0) * hann.unsqueeze(1);
  const torch::Tensor spectrum = torch::fft::rfft2(x);
  const torch::Tensor columns = spectrum.slice(2, 0, highest + 1);
  const torch::Tensor low = torch::cat({columns.slice(1, 0, highest + 1), columns.slice(1, edge - highest, edge)}, 1);
  const torch::Tensor power = torch::real(low * torch::conj(low)) / static_cast<double>(edge * edge);
  return torch::log(power + 1e-3).reshape({x.size(0), -1});
}

torch::Tensor
DescribeFeatures(const torch::Tensor & features, long head, long edge)
{
  const long margin = (head - edge) / 2;
  const long rows = features.size(2) - head + 1;
  const long columns = features.size(3) - head + 1;
  const torch::Tensor middle =
    features.slice(2, margin, margin + rows + edge - 1).slice(3, margin, margin + columns + edge - 1);
  const torch::Tensor largest = torch::max_pool2d(middle, edge, 1);
  return largest.squeeze(0).reshape({largest.size(1), rows * columns}).t().contiguous();
}
} // namespace ferro
