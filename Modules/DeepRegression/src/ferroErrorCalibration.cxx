#include "ferroErrorCalibration.h"

#include <torch/utils.h>

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr std::size_t NoiseWindows = 192;
constexpr std::size_t NoiseBatch = 16;
constexpr double NoiseShare = 0.25; // of the image's noise: small, so that the network answers linearly

/** Standard deviation of the noise around each pixel: second differences along both axes, which smooth structure hardly
 * has, over a neighbourhood. Bright columns have more of it. */
torch::Tensor
MeasureDeviation(const torch::Tensor & x)
{
  constexpr long Near = 7;
  const long edge = x.size(3);
  const torch::Tensor along = x.slice(3, 1, edge - 1) - 0.5 * (x.slice(3, 0, edge - 2) + x.slice(3, 2, edge));
  const torch::Tensor both =
    along.slice(2, 1, edge - 1) - 0.5 * (along.slice(2, 0, edge - 2) + along.slice(2, 2, edge));
  const torch::Tensor padded = torch::replication_pad2d(both.square() / 2.25, {1, 1, 1, 1});
  return torch::avg_pool2d(padded, {Near, Near}, {1, 1}, {Near / 2, Near / 2}, false, false).sqrt();
}

/** Shifts that a fit to columns sees in noise, for a fit that knows their shape.
 * \param noise windows \param slope of the mean window along the axis of the shift \param from,to distance of the
 * columns from the middle, px */
torch::Tensor
FitShift(const torch::Tensor & noise, const torch::Tensor & slope, double from, double to)
{
  const long edge = slope.size(3);
  const torch::Tensor at = torch::arange(edge, torch::kFloat32) - 0.5 * static_cast<double>(edge - 1);
  const torch::Tensor square = at.square().view({1, 1, 1, edge}) + at.square().view({1, 1, edge, 1});
  const torch::Tensor part = slope * ((square >= from * from) & (square < to * to)).to(torch::kFloat32);
  return -(noise * part).sum({1, 2, 3}) / part.square().sum().clamp_min(1e-12);
}
} // namespace

ErrorCalibration::ErrorCalibration(TorchTraining & training)
  : m_Training(training), m_Sums(training.description.targets.size())
{
}

void
ErrorCalibration::AddResiduals(const torch::Tensor & output, const torch::Tensor & targets)
{
  for (std::size_t t = 0; t < m_Sums.size(); ++t)
  {
    const torch::Tensor residual =
      (output.select(1, static_cast<long>(t)) - targets.select(1, static_cast<long>(t))).flatten();
    const torch::Tensor there = residual.index({torch::isfinite(residual)}).to(torch::kFloat64);
    const double squares = there.square().sum().item<double>();
    const double sum = there.sum().item<double>();
    const auto count = static_cast<double>(there.numel());
    m_Sums[t].squares += squares;
    m_Sums[t].count += count;
    m_Sums[t].products += sum * sum - squares;
    m_Sums[t].pairs += count * (count - 1.0);
  }
}

void
ErrorCalibration::MeasureResiduals()
{
  auto & samples = *m_Training.samples;
  for (long k = 0; k < samples.CountValidation(); ++k)
  {
    torch::Tensor input = m_Training.MakeInput(1);
    torch::Tensor targets = m_Training.MakeTargets(1);
    // Between labels targets are means of several, whose errors are smaller than what a label states.
    const bool stated = samples.GetLabelVariance() > 0.0;
    m_Training.Load(stated ? samples.GetCalibration(k) : samples.GetValidation(k), input, targets, 0);
    this->AddResiduals(GetTorchModel(*m_Training.model).Forward(input).to(torch::kCPU), targets);
  }
}

/** Pixels around a label, which lies in the middle up to half a pixel; undefined where they leave the training part. */
torch::Tensor
ErrorCalibration::CutWindow(std::size_t number, std::size_t label) const
{
  const auto & image = m_Training.data.images[number];
  const long edge = m_Training.description.architecture.windowPx;
  const Eigen::Vector2d half = Eigen::Vector2d::Constant(0.5 * static_cast<double>(edge - 1));
  const Eigen::Vector2d first = (image.labels->GetPoints()[label] - half).array().round();
  const auto size = static_cast<double>(edge);
  torch::Tensor window;
  if (image.GetPart(first.x(), first.y(), size, size) == DataPart::Train)
  {
    window = torch::empty({1, 1, edge, edge});
    for (long y = 0; y < edge; ++y)
    {
      const float * line =
        image.pixels.data() + (std::lround(first.y()) + y) * image.frame.width + std::lround(first.x());
      std::copy_n(line, edge, window.data_ptr<float>() + y * edge);
    }
  }
  return window;
}

void
ErrorCalibration::AddNoise(const torch::Tensor & windows, const torch::Tensor & mean)
{
  const auto & description = m_Training.description;
  const torch::Tensor noise = NoiseShare * MeasureDeviation(windows) * torch::randn_like(windows);
  const TorchModel & model = GetTorchModel(*m_Training.model);
  const torch::Tensor change =
    ((model.Forward(windows + noise) - model.Forward(windows - noise)) / 2.0).to(torch::kCPU);
  for (std::size_t t = 0; t < m_Sums.size(); ++t)
  {
    const bool along = description.targets[t].kind == TargetKind::VectorX;
    const torch::Tensor slope =
      torch::constant_pad_nd(along ? mean.slice(3, 2) - mean.slice(3, 0, -2) : mean.slice(2, 2) - mean.slice(2, 0, -2),
                             along ? std::vector<long>{1, 1, 0, 0} : std::vector<long>{0, 0, 1, 1}, 0);
    // Half the slope is that of a pixel. B stands in the middle, four A at the corners of the cell.
    const torch::Tensor label = (FitShift(noise, 0.5 * slope, 0.0, 0.35 * description.cellPx) -
                                 FitShift(noise, 0.5 * slope, 0.45 * description.cellPx, 0.95 * description.cellPx)) /
                                description.targetDeviation[t];
    const torch::Tensor prediction = change.select(1, static_cast<long>(t)).flatten(1).select(1, 0);
    constexpr double Scale = NoiseShare * NoiseShare;
    m_Sums[t].noise += prediction.square().sum().item<double>() / Scale;
    m_Sums[t].shared += (prediction * label).sum().item<double>() / Scale;
    m_Sums[t].noisy += static_cast<double>(windows.size(0));
  }
}

/** What the noise of the pixels does to predictions, and has in common with what it does to labels. */
void
ErrorCalibration::MeasureNoise()
{
  std::vector<std::pair<std::size_t, std::size_t>> places; // image and label
  torch::Tensor mean;
  for (std::size_t image = 0; image < m_Training.data.images.size(); ++image)
  {
    for (std::size_t label = 0; label < m_Training.data.images[image].labels->GetPoints().size(); ++label)
    {
      const torch::Tensor window = this->CutWindow(image, label);
      if (window.defined())
      {
        places.emplace_back(image, label);
        mean = mean.defined() ? mean + window : window;
      }
    }
  }
  torch::manual_seed(m_Training.options.seed);
  const std::size_t count = std::min(NoiseWindows, places.size());
  std::vector<torch::Tensor> windows;
  for (std::size_t k = 0; k < count; ++k)
  {
    const auto & [image, label] = places[k * places.size() / count];
    windows.push_back(this->CutWindow(image, label));
    if (windows.size() == NoiseBatch || k + 1 == count)
    {
      this->AddNoise(torch::cat(windows), mean / static_cast<double>(places.size()));
      windows.clear();
    }
  }
}

/** Of px and py: in another domain they change places. */
void
ErrorCalibration::PoolVectors()
{
  Sums both;
  const auto & targets = m_Training.description.targets;
  const auto isVector = [&](std::size_t t)
  { return targets[t].kind == TargetKind::VectorX || targets[t].kind == TargetKind::VectorY; };
  for (std::size_t t = 0; t < m_Sums.size(); ++t)
  {
    if (isVector(t))
    {
      both.squares += m_Sums[t].squares;
      both.count += m_Sums[t].count;
      both.products += m_Sums[t].products;
      both.pairs += m_Sums[t].pairs;
      both.noise += m_Sums[t].noise;
      both.shared += m_Sums[t].shared;
      both.noisy += m_Sums[t].noisy;
    }
  }
  for (std::size_t t = 0; t < m_Sums.size(); ++t)
  {
    m_Sums[t] = isVector(t) ? both : m_Sums[t];
  }
}

/** Prediction minus truth. \param label variance that the labels state; 0: none */
double
ErrorCalibration::FindVariance(const Sums & sums, double label) const
{
  const double meanSquare = sums.squares / sums.count;
  if (!(label > 0.0) || !(sums.noisy > 0.0))
  {
    return meanSquare;
  }
  const double noise = sums.noise / sums.noisy;
  const double shared = std::clamp(sums.shared / sums.noisy, 0.0, std::sqrt(noise * label));
  const double common = sums.pairs > 0.0 ? std::max(0.0, sums.products / sums.pairs) : 0.0;
  return std::max(meanSquare - label + 2.0 * shared, noise + common);
}

std::vector<ErrorCalibration::Result>
ErrorCalibration::Run()
{
  const torch::NoGradGuard noGradient;
  const auto & description = m_Training.description;
  const double labels = m_Training.samples->GetLabelVariance();
  this->MeasureResiduals();
  if (labels > 0.0 && description.cellPx > 0.0)
  {
    this->MeasureNoise();
  }
  if (labels > 0.0)
  {
    this->PoolVectors();
  }
  std::vector<Result> results;
  for (std::size_t t = 0; t < m_Sums.size(); ++t)
  {
    if (!(m_Sums[t].count > 0.0))
    {
      return {};
    }
    const TargetKind kind = description.targets[t].kind;
    const bool stated = kind == TargetKind::VectorX || kind == TargetKind::VectorY;
    const double deviation = description.targetDeviation[t];
    Result result;
    result.meanSquare = m_Sums[t].squares / m_Sums[t].count;
    result.variance = this->FindVariance(m_Sums[t], stated ? labels / (deviation * deviation) : 0.0);
    results.push_back(result);
  }
  return results;
}
} // namespace ferro
