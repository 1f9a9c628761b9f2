#include "ferroNetworkBackend.h"
#include "ferroTorchInsight.h"
#include "ferroTorchModel.h"
#include "ferroTorchSetup.h"
#include "ferroTorchTraining.h"

#include <ATen/Parallel.h>
#include <torch/utils.h>
#include <torch/version.h>

namespace ferro
{
namespace
{
class TorchBackend : public NetworkBackend
{
public:
  TorchBackend()
  {
    InitializeTorch();
  }
  void
  SetThreads(int threads) const override
  {
    at::set_num_threads(threads);
  }
  std::string
  GetVersion() const override
  {
    return TORCH_VERSION;
  }
  std::unique_ptr<BackendModel>
  MakeModel(const ModelDescription & description, unsigned long seed) const override
  {
    torch::manual_seed(seed);
    return MakeEmpty(description);
  }
  std::unique_ptr<BackendModel>
  MakeModel(const ModelDescription & description, const TensorMap & tensors) const override
  {
    auto model = MakeEmpty(description);
    const auto & architecture = description.architecture;
    model->network->SetState(tensors);
    model->features.Load("novelty.features", tensors, architecture.blocks.back().channels);
    model->within.Load("novelty.within", tensors, architecture.blocks.back().channels);
    model->spectra.Load("novelty.spectra", tensors, GetSpectrumSize(architecture.windowPx, architecture.inputPooling));
    return model;
  }
  std::unique_ptr<BackendModel>
  LoadScript(const std::filesystem::path & file, ModelDescription & description) const override
  {
    auto model = std::make_unique<TorchModel>(description);
    model->script = LoadTorchScript(file, description);
    return model;
  }
  std::unique_ptr<TrainingRun>
  MakeTraining(const RegressionDataSet & data, const NetworkArchitecture & architecture, bool centered,
               const TrainingOptions & options, const std::filesystem::path & windows) const override
  {
    return std::make_unique<TorchTraining>(data, architecture, centered, options, windows);
  }
  std::vector<LayerActivation>
  ComputeActivations(NetworkModel & model, const float * pixels, long width, long height,
                     const std::vector<std::string> & layers) const override
  {
    return ComputeTorchActivations(model, pixels, width, height, layers);
  }
  std::vector<FilterImage>
  VisualizeFilters(NetworkModel & model, const std::string & layer, const std::vector<long> & filters,
                   const std::vector<float> & start, long width, long height,
                   const FilterVisualizationOptions & options,
                   const std::function<void(double)> & progress) const override
  {
    return VisualizeTorchFilters(model, layer, filters, start, width, height, options, progress);
  }

private:
  static std::unique_ptr<TorchModel>
  MakeEmpty(const ModelDescription & description)
  {
    auto model = std::make_unique<TorchModel>(description);
    model->network = std::make_shared<Network>(description.architecture, static_cast<long>(description.targets.size()));
    model->network->eval();
    return model;
  }
};
} // namespace
} // namespace ferro

const ferro::NetworkBackend *
ferroscopeNetworkBackend()
{
  static const ferro::TorchBackend backend;
  return &backend;
}
