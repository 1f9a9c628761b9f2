#include "ferroErrors.h"
#include "ferroRandomNumbers.h"
#include "ferroTorchInsight.h"
#include "ferroTorchModel.h"

#include <torch/autograd.h>

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr long FiltersAtOnce = 8;
constexpr std::uint64_t JitterStream = 1;
constexpr std::uint64_t NoiseStream = 2; // and one for each filter from there on

/** Mean answer of filter k to image k. */
torch::Tensor
Answer(const TorchModel & model, const std::string & layer, const torch::Tensor & images, const torch::Tensor & filters)
{
  std::vector<Network::Activation> activations;
  const torch::Tensor features = model.network->Features(images, &activations);
  torch::Tensor values;
  if (layer == "head")
  {
    values = model.network->Head(features);
  }
  for (const auto & activation : activations)
  {
    if (activation.name == layer)
    {
      values = activation.value;
    }
  }
  const torch::Tensor index = filters.view({-1, 1, 1, 1}).expand({-1, 1, values.size(2), values.size(3)});
  return values.gather(1, index).mean(std::vector<std::int64_t>{1, 2, 3});
}

/** Sum over all pixels of what the regularisers take off. */
torch::Tensor
Penalty(const torch::Tensor & images, const FilterVisualizationOptions & options)
{
  torch::Tensor penalty = 0.5 * options.l2 * images.square().sum();
  if (options.totalVariation > 0.0)
  {
    const torch::Tensor dx = images.slice(3, 1) - images.slice(3, 0, -1);
    const torch::Tensor dy = images.slice(2, 1) - images.slice(2, 0, -1);
    // The small number keeps the gradient finite where neighbours are equal.
    const torch::Tensor length = (dx.slice(2, 0, -1).square() + dy.slice(3, 0, -1).square() + 1e-4).sqrt();
    penalty = penalty + options.totalVariation * length.sum();
  }
  return penalty;
}

/** A Gaussian blur along both axes that repeats the edge. */
torch::Tensor
Blur(const torch::Tensor & images, double sigma)
{
  const long radius = std::min({static_cast<long>(std::ceil(3.0 * sigma)), images.size(2) - 1, images.size(3) - 1});
  if (radius < 1)
  {
    return images;
  }
  std::vector<float> weights;
  double sum = 0.0;
  for (long k = -radius; k <= radius; ++k)
  {
    sum += std::exp(-0.5 * static_cast<double>(k * k) / (sigma * sigma));
  }
  for (long k = -radius; k <= radius; ++k)
  {
    weights.push_back(static_cast<float>(std::exp(-0.5 * static_cast<double>(k * k) / (sigma * sigma)) / sum));
  }
  const torch::Tensor kernel = torch::tensor(weights).to(images.device());
  const torch::Tensor padded = torch::replication_pad2d(images, {radius, radius, radius, radius});
  return torch::conv2d(torch::conv2d(padded, kernel.view({1, 1, 1, -1})), kernel.view({1, 1, -1, 1}));
}

/** Largest shift each way, evenly distributed. */
long
Jitter(RandomNumbers & random, long largest)
{
  return static_cast<long>(random.Below(static_cast<std::uint64_t>(2 * largest + 1))) - largest;
}
} // namespace

std::vector<FilterImage>
VisualizeTorchFilters(NetworkModel & model, const std::string & layer, const std::vector<long> & filters,
                      const std::vector<float> & start, long width, long height,
                      const FilterVisualizationOptions & options, const std::function<void(double)> & progress)
{
  TorchModel & implementation = GetTorchModel(model);
  implementation.RequireLayers();
  const LayerGeometry geometry = FindLayer(implementation.description, layer);
  CheckInsight(implementation.description, width, height, geometry.name == "head");
  const auto count = static_cast<std::size_t>(width * height);
  if (!start.empty() && start.size() != count)
  {
    throw UsageError("image to begin with: found " + std::to_string(start.size()) + " pixels, expected " +
                     std::to_string(count));
  }
  for (const long filter : filters)
  {
    if (filter < 0 || filter >= geometry.filters)
    {
      throw UsageError("--filters: found " + std::to_string(filter) + ", expected 0 to " +
                       std::to_string(geometry.filters - 1) + " for the layer " + geometry.name);
    }
  }
  implementation.network->eval();
  std::vector<FilterImage> result;
  const auto total = static_cast<long>(filters.size());
  for (long first = 0; first < total; first += FiltersAtOnce)
  {
    const long n = std::min(FiltersAtOnce, total - first);
    std::vector<float> begin;
    begin.reserve(static_cast<std::size_t>(n) * count);
    for (long k = 0; k < n; ++k)
    {
      RandomNumbers noise(options.seed,
                          NoiseStream + static_cast<std::uint64_t>(filters[static_cast<std::size_t>(first + k)]));
      for (std::size_t p = 0; p < count; ++p)
      {
        begin.push_back(start.empty() ? static_cast<float>(options.noise * noise.Normal()) : start[p]);
      }
    }
    torch::Tensor images =
      torch::from_blob(begin.data(), {n, 1, height, width}, torch::kFloat32).clone().to(implementation.device);
    const torch::Tensor index =
      torch::tensor(std::vector<std::int64_t>(filters.begin() + first, filters.begin() + first + n))
        .to(implementation.device);
    const auto measure = [&]
    {
      const torch::NoGradGuard noGradient;
      return Answer(implementation, geometry.name, images, index).to(torch::kCPU).contiguous();
    };
    const torch::Tensor before = measure();
    RandomNumbers jitter(options.seed, JitterStream); // the same for every group of filters
    for (long step = 0; step < options.steps; ++step)
    {
      const long dx = Jitter(jitter, options.jitterPx);
      const long dy = Jitter(jitter, options.jitterPx);
      images = images.roll({dy, dx}, {2, 3}).detach().requires_grad_(true);
      const torch::Tensor answer = Answer(implementation, geometry.name, images, index).sum();
      torch::Tensor gradient = torch::autograd::grad({answer}, {images})[0];
      const torch::Tensor decline = torch::autograd::grad({Penalty(images, options)}, {images})[0];
      const torch::NoGradGuard noGradient;
      gradient = gradient / (gradient.square().mean(std::vector<std::int64_t>{1, 2, 3}, true).sqrt() + 1e-20);
      images = images.detach() + options.stepSize * (gradient - decline);
      images = images.roll({-dy, -dx}, {2, 3});
      if (options.blurSigmaPx > 0.0 && options.blurEvery > 0 && (step + 1) % options.blurEvery == 0)
      {
        images = Blur(images, options.blurSigmaPx);
      }
      if (progress)
      {
        progress((static_cast<double>(first) +
                  static_cast<double>(n) * static_cast<double>(step + 1) / static_cast<double>(options.steps)) /
                 static_cast<double>(total));
      }
    }
    const torch::Tensor after = measure();
    const torch::Tensor plain = images.detach().to(torch::kCPU).contiguous();
    const float * values = plain.data_ptr<float>();
    for (long k = 0; k < n; ++k)
    {
      FilterImage one;
      one.filter = filters[static_cast<std::size_t>(first + k)];
      one.pixels.assign(values + static_cast<std::size_t>(k) * count, values + static_cast<std::size_t>(k + 1) * count);
      one.startActivation = before.data_ptr<float>()[k];
      one.endActivation = after.data_ptr<float>()[k];
      result.push_back(std::move(one));
    }
  }
  return result;
}
} // namespace ferro
