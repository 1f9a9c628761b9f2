#ifndef ferroNetworkModelImplementation_h
#define ferroNetworkModelImplementation_h

#include "ferroDenseModel.h"
#include "ferroNetworkBackend.h"

#include <memory>

namespace ferro
{
/** What a NetworkModel holds: the weights as the file has them, until something needs LibTorch. */
struct FerroscopeDeepRegression_EXPORT NetworkModel::Implementation
{
  ModelDescription description;
  mutable TensorMap tensors; ///< empty when there is a backend, which may change them
  mutable std::unique_ptr<BackendModel> backend;
  mutable std::shared_ptr<const DenseModel> dense;

  TensorMap GetTensors() const;
  /** The network in the hands of LibTorch, which is loaded if it must be. */
  BackendModel & GetBackend() const;
  /** The network in our own kernels; null where they cannot run it. Made when it is first asked for, and anew after
   * Get(), through which the weights may change. */
  const DenseModel * GetDense() const;
  bool HasFeatureNovelty() const;
  bool HasSpectrumNovelty() const;
  bool HasWithinNovelty() const;
};
} // namespace ferro

#endif
