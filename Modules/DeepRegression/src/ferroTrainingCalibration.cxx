#include "ferroDenseModel.h"
#include "ferroErrorCalibration.h"
#include "ferroLocalNoise.h"
#include "ferroTorchTraining.h"
#include "ferroVarianceFit.h"

#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace ferro
{
namespace
{
constexpr long NoveltySamples = 6000;
} // namespace

/** Standard error of each target from the residuals in validation, and the calibration of predicted variances. */
void
TorchTraining::Calibrate()
{
  description.sigma.clear();
  description.varianceFit.clear();
  description.varianceScales.clear();
  const auto results = ErrorCalibration(*this).Run();
  std::vector<torch::Tensor> outputs;
  if (description.architecture.predictsVariance)
  {
    TrainingPoint point;
    this->Validate(point, &outputs);
  }
  for (std::size_t t = 0; t < results.size(); ++t)
  {
    description.sigma.push_back(std::max(1e-6, std::sqrt(results[t].variance) * description.targetDeviation[t]));
    if (description.architecture.predictsVariance)
    {
      this->CalibrateVariance(t, outputs, results[t].variance / std::max(1e-12, results[t].meanSquare));
    }
  }
}

/** Calibration of the predicted variances at the labels of the validation examples whose neighbouring cells lie inside,
 * where there are such.
 * \param correction factor for what the errors of the labels have to do with the residuals */
void
TorchTraining::CalibrateVariance(std::size_t target, const std::vector<torch::Tensor> & outputs, double correction)
{
  const auto & architecture = description.architecture;
  const long stride = architecture.GetStride();
  const long nodes = samples->GetNodes();
  const long edge = samples->GetEdge();
  const long cell = GetBendReach(description, stride);
  const long reach = nodes > 2 * cell ? cell : 0;
  std::vector<VarianceSample> all;
  std::vector<double> scales;
  for (std::size_t k = 0; k < outputs.size(); ++k)
  {
    const auto index = static_cast<long>(k);
    const TrainingSample sample = samples->GetCalibration(index);
    const auto noise = MeasureNoise(sample.pixels.data(), edge, edge, architecture.windowPx, stride);
    const double magnification = samples->GetValidationMagnification(index);
    const float * labels = sample.targets.data() + static_cast<long>(target) * nodes * nodes;
    const float * values = outputs[k].data_ptr<float>() + static_cast<long>(target) * nodes * nodes;
    const float * logarithms = values + this->CountTargets() * nodes * nodes;
    scales.push_back(magnification);
    for (long node = 0; node < nodes * nodes; ++node)
    {
      const long near =
        std::min(std::min(node % nodes, nodes - 1 - node % nodes), std::min(node / nodes, nodes - 1 - node / nodes));
      const double residual = values[node] - labels[node];
      if (near >= reach && std::isfinite(residual))
      {
        const double bend =
          reach > 0 ? MeasureBend(values + node, reach) + MeasureBend(values + node, reach * nodes) : 0.0;
        all.push_back(
          {description.GetVarianceTerms(logarithms[node], noise[static_cast<std::size_t>(node)], magnification), bend,
           residual * residual, samples->GetValidationImage(index)});
      }
    }
  }
  auto fit = FitVariance(all);
  fit.logarithm[0] += std::log(std::max(1e-9, correction));
  description.varianceFit.push_back(fit);
  if (target + 1 == description.targets.size())
  {
    description.varianceScales = {*std::min_element(scales.begin(), scales.end()),
                                  *std::max_element(scales.begin(), scales.end())};
  }
}

void
TorchTraining::FitNovelty()
{
  const torch::NoGradGuard noGradient;
  TorchModel & implementation = GetTorchModel(*model);
  model->SetDescription(description); // its cell decides how features are described
  const auto & architecture = description.architecture;
  const long nodes = samples->GetNodes();
  const long perSample = std::max(1L, std::min(nodes * nodes, 24L));
  std::vector<torch::Tensor> features;
  std::vector<torch::Tensor> spectra;
  for (long taken = 0, place = 0; taken < NoveltySamples; taken += perSample, ++place)
  {
    // Examples that training has not drawn, turned but not changed in any other way.
    const SquareSymmetry symmetry(static_cast<int>(place % 8));
    const TrainingSample sample = samples->Draw(options.steps + 1 + place, 0, false);
    torch::Tensor input = this->MakeInput(1);
    std::copy(sample.pixels.begin(), sample.pixels.end(), input.data_ptr<float>());
    if (options.augmentation.symmetries)
    {
      input = symmetry.MirrorsX() ? input.flip({3}) : input;
      input = symmetry.MirrorsY() ? input.flip({2}) : input;
      input = symmetry.Transposes() ? input.transpose(2, 3) : input;
    }
    const torch::Tensor picked = torch::linspace(0, static_cast<double>(nodes * nodes - 1), perSample).to(torch::kLong);
    if (!architecture.samePadding)
    {
      torch::Tensor feature;
      implementation.Forward(input, &feature);
      features.push_back(
        DescribeFeatures(feature.to(torch::kCPU), architecture.GetHeadSize(), GetNoveltyEdge(description))
          .index_select(0, picked));
    }
    std::vector<torch::Tensor> windows;
    for (long k = 0; k < perSample; ++k)
    {
      const long node = picked[k].item<long>();
      const long x = node % nodes * architecture.GetStride();
      const long y = node / nodes * architecture.GetStride();
      windows.push_back(input[0][0].slice(0, y, y + architecture.windowPx).slice(1, x, x + architecture.windowPx));
    }
    spectra.push_back(DescribeSpectra(torch::stack(windows), architecture.inputPooling));
  }
  if (!features.empty())
  {
    implementation.features.Fit(torch::cat(features));
  }
  if (GetSpectrumSize(architecture.windowPx, architecture.inputPooling) > 0)
  {
    implementation.spectra.Fit(torch::cat(spectra));
  }
  this->FitNoveltyWithin();
  implementation.features.To(implementation.device);
  implementation.within.To(implementation.device);
  implementation.spectra.To(implementation.device);
}

/** How much the features of places differ from those of their image in validation, one place for each cell. One needs
 * many images to know. */
void
TorchTraining::FitNoveltyWithin()
{
  const torch::NoGradGuard noGradient;
  TorchModel & implementation = GetTorchModel(*model);
  const auto & architecture = description.architecture;
  std::map<long, std::vector<torch::Tensor>> images;
  for (long k = 0; k < samples->CountValidation() && !architecture.samePadding; ++k)
  {
    torch::Tensor input = this->MakeInput(1);
    const TrainingSample sample = samples->GetValidation(k);
    std::copy(sample.pixels.begin(), sample.pixels.end(), input.data_ptr<float>());
    torch::Tensor feature;
    implementation.Forward(input, &feature);
    const long nodes = samples->GetNodes();
    const long every = std::max(1L, GetBendReach(description, architecture.GetStride()));
    const torch::Tensor described =
      DescribeFeatures(feature.to(torch::kCPU), architecture.GetHeadSize(), GetNoveltyEdge(description));
    images[samples->GetValidationImage(k)].push_back(
      described.view({nodes, nodes, -1}).slice(0, 0, nodes, every).slice(1, 0, nodes, every).flatten(0, 1));
  }
  constexpr std::size_t FewestImages = 20;
  std::vector<torch::Tensor> differences;
  for (const auto & [image, parts] : images)
  {
    const torch::Tensor all = torch::cat(parts);
    differences.push_back(all - std::get<0>(all.median(0, true)));
  }
  if (differences.size() >= FewestImages)
  {
    implementation.within.Fit(torch::cat(differences));
  }
}
} // namespace ferro
