#include "ferroTorchInsight.h"

#include "ferroErrors.h"
#include "ferroTorchModel.h"

#include <c10/core/GradMode.h>

#include <algorithm>

namespace ferro
{
namespace
{
constexpr double LargestBytes = 4.0 * 1024 * 1024 * 1024;

/** Values of a layer along an edge of that many pixels. */
long
CountValues(const LayerGeometry & layer, long pixels, bool samePadding)
{
  return samePadding && layer.name != "head" ? pixels / layer.stride
                                             : (pixels - layer.receptiveField) / layer.stride + 1;
}
} // namespace

void
CheckInsight(const ModelDescription & description, long width, long height, bool head)
{
  const auto layers = GetLayers(description);
  const auto & architecture = description.architecture;
  const long least = head ? architecture.windowPx : layers[layers.size() - 2].receptiveField;
  if (std::min(width, height) < least)
  {
    throw AnalysisError("the image has " + std::to_string(width) + " x " + std::to_string(height) +
                        " pixels at the scale of the network, expected at least " + std::to_string(least) + " x " +
                        std::to_string(least));
  }
  if (head && architecture.samePadding && (width != architecture.windowPx || height != architecture.windowPx))
  {
    throw UsageError("the head of a network with padding answers single windows only: expected an image of " +
                     std::to_string(architecture.windowPx) + " x " + std::to_string(architecture.windowPx) +
                     " pixels, found " + std::to_string(width) + " x " + std::to_string(height));
  }
}

std::vector<LayerActivation>
ComputeTorchActivations(NetworkModel & model, const float * pixels, long width, long height,
                        const std::vector<std::string> & layers)
{
  TorchModel & implementation = GetTorchModel(model);
  implementation.RequireLayers();
  std::vector<LayerGeometry> asked;
  bool head = false;
  for (const std::string & name : layers)
  {
    asked.push_back(FindLayer(implementation.description, name));
    head = head || asked.back().name == "head";
  }
  CheckInsight(implementation.description, width, height, head);
  const bool samePadding = implementation.description.architecture.samePadding;
  double bytes = 0.0;
  for (const LayerGeometry & layer : GetLayers(implementation.description))
  {
    bytes += 4.0 * static_cast<double>(layer.filters) *
             static_cast<double>(std::max(0L, CountValues(layer, width, samePadding))) *
             static_cast<double>(std::max(0L, CountValues(layer, height, samePadding)));
  }
  if (bytes > LargestBytes)
  {
    throw AnalysisError("the layers of an image of " + std::to_string(width) + " x " + std::to_string(height) +
                        " pixels would take more than 4 GiB: choose a part of it with --region");
  }

  const torch::NoGradGuard noGradient;
  implementation.network->eval();
  const torch::Tensor input =
    torch::from_blob(const_cast<float *>(pixels), {1, 1, height, width}, torch::kFloat32).to(implementation.device);
  std::vector<Network::Activation> activations;
  const torch::Tensor features = implementation.network->Features(input, &activations);
  if (head)
  {
    const auto targets = static_cast<std::int64_t>(implementation.description.targets.size());
    activations.push_back({"head", implementation.network->Head(features).slice(1, 0, targets)});
  }
  std::vector<LayerActivation> result;
  for (const LayerGeometry & layer : asked)
  {
    for (const auto & activation : activations)
    {
      if (activation.name == layer.name)
      {
        const torch::Tensor plain = activation.value.to(torch::kCPU).contiguous();
        LayerActivation one;
        one.layer = layer;
        one.rows = plain.size(2);
        one.columns = plain.size(3);
        one.values.assign(plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel());
        result.push_back(std::move(one));
      }
    }
  }
  return result;
}
} // namespace ferro
