#ifndef ferroNetworkModelImplementation_h
#define ferroNetworkModelImplementation_h

#include "ferroNetwork.h"
#include "ferroNetworkModel.h"
#include "ferroNovelty.h"

#include <memory>

namespace ferro
{
class DenseModel;

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

/** Throws UsageError where a network does not show its layers. */
void RequireLayers(const NetworkModel::Implementation & model);
/** Throws where the layers of a network cannot be looked at for an image of that size (ferroNetworkInsight.h).
 * \param model the network \param width,height pixels \param head whether its head is needed, too */
void CheckInsight(const NetworkModel::Implementation & model, long width, long height, bool head);

/** Loads TorchScript with its description; throws InputError. */
std::unique_ptr<ScriptedNetwork> LoadTorchScript(const std::filesystem::path & file, ModelDescription & description);

/** What a NetworkModel holds: one of network and script is there. */
struct NetworkModel::Implementation
{
  ModelDescription description;
  std::shared_ptr<Network> network;
  std::unique_ptr<ScriptedNetwork> script;
  torch::Device device = torch::kCPU;
  MahalanobisScore features;
  MahalanobisScore spectra;
  MahalanobisScore within; ///< of features minus those of the image as a whole

  /** Edge of the middle of the features that their novelty looks at, nodes: about one cell. */
  long GetNoveltyEdge() const;
  /** The same network without LibTorch, which is faster; null where it cannot run this one. Made when it is first asked
   * for, and anew after Get(), through which the weights may change. */
  const DenseModel * GetDense() const;
  mutable std::shared_ptr<const DenseModel> dense;

  /** N x outputs x rows x columns. \param feature receives what goes into the head (may be null; not for scripts) */
  torch::Tensor Forward(const torch::Tensor & input, torch::Tensor * feature = nullptr) const;
};
} // namespace ferro

#endif
