#ifndef ferroTorchModel_h
#define ferroTorchModel_h

#include "ferroNetwork.h"
#include "ferroNetworkBackend.h"
#include "ferroNovelty.h"

#include <memory>

namespace ferro
{
/** \class ScriptedNetwork
 * \brief A network that came as TorchScript; hides the large headers of its loader.
 */
class ScriptedNetwork
{
public:
  virtual ~ScriptedNetwork() = default;
  virtual torch::Tensor Forward(const torch::Tensor & input) = 0;
  virtual void To(const torch::Device & device) = 0;
};

/** Loads TorchScript with its description; throws InputError. */
std::unique_ptr<ScriptedNetwork> LoadTorchScript(const std::filesystem::path & file, ModelDescription & description);

/** \class TorchModel
 * \brief A network in LibTorch: one of network and script is there.
 */
struct TorchModel : public BackendModel
{
  /** \param modelDescription has to live as long as this */
  explicit TorchModel(const ModelDescription & modelDescription) : description(modelDescription)
  {
  }

  void SetDevice(const std::string & name) override;
  bool
  IsOnCpu() const override
  {
    return device.is_cpu();
  }
  TensorMap GetTensors() const override;
  bool
  IsScript() const override
  {
    return script != nullptr;
  }
  bool
  HasFeatureNovelty() const override
  {
    return features.IsFitted();
  }
  bool
  HasSpectrumNovelty() const override
  {
    return spectra.IsFitted();
  }
  bool
  HasWithinNovelty() const override
  {
    return within.IsFitted();
  }
  std::vector<float> DescribeWindows(const std::vector<float> & pixels, long count) const override;
  std::vector<float> EvaluateWindows(const std::vector<float> & pixels, long count) const override;
  void EvaluatePlane(const float * pixels, long width, long height, long tilePx,
                     RegressionPlane & plane) const override;

  /** N x outputs x rows x columns. \param feature receives what goes into the head (may be null; not for scripts) */
  torch::Tensor Forward(const torch::Tensor & input, torch::Tensor * feature = nullptr) const;
  /** Throws UsageError where the network does not show its layers. */
  void RequireLayers() const;

  const ModelDescription & description;
  std::shared_ptr<Network> network;
  std::unique_ptr<ScriptedNetwork> script;
  torch::Device device = torch::kCPU;
  MahalanobisScore features;
  MahalanobisScore spectra;
  MahalanobisScore within; ///< of features minus those of the image as a whole
};

/** The network of a model in LibTorch. */
TorchModel & GetTorchModel(NetworkModel & model);
} // namespace ferro

#endif
