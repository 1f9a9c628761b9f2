#ifndef ferroNetworkBackend_h
#define ferroNetworkBackend_h

#include "ferroNetworkInsight.h"
#include "ferroNetworkModel.h"
#include "ferroNetworkTrainer.h"
#include "ferroTensorFile.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ferro
{
/** Weights and statistics by name, as in the file of a network. */
using TensorMap = std::map<std::string, TensorFile::Tensor>;

/** \class BackendModel
 * \brief A network in the hands of LibTorch.
 */
class BackendModel
{
public:
  virtual ~BackendModel() = default;
  /** Throws UsageError when there is no such device. */
  virtual void SetDevice(const std::string & device) = 0;
  virtual bool IsOnCpu() const = 0;
  /** What the file of the network holds; there must not be a script. */
  virtual TensorMap GetTensors() const = 0;
  virtual bool IsScript() const = 0;
  virtual bool HasFeatureNovelty() const = 0;
  virtual bool HasSpectrumNovelty() const = 0;
  virtual bool HasWithinNovelty() const = 0;
  /** As NetworkModel::DescribeWindows. */
  virtual std::vector<float> DescribeWindows(const std::vector<float> & pixels, long count) const = 0;
  /** As NetworkModel::EvaluateWindows; the pixels are as many as they should be. */
  virtual std::vector<float> EvaluateWindows(const std::vector<float> & pixels, long count) const = 0;
  /** As NetworkModel::EvaluatePlane. \param plane its grid is set; novelty is computed where it has room */
  virtual void EvaluatePlane(const float * pixels, long width, long height, long tilePx,
                             RegressionPlane & plane) const = 0;
};

/** \class TrainingRun
 * \brief What a NetworkTrainer does.
 */
class TrainingRun
{
public:
  virtual ~TrainingRun() = default;
  virtual std::shared_ptr<NetworkModel> Train(const NetworkTrainer::Progress & progress) = 0;
  virtual const std::vector<TrainingPoint> & GetHistory() const = 0;
  virtual long GetBestStep() const = 0;
};

/** \class NetworkBackend
 * \brief All that needs LibTorch.
 *
 * LibTorch is a hundred megabytes that bring three hundred libraries along. So it sits in a library of its own, which
 * is loaded when something asks for it: training, TorchScript, a look inside of a network, networks that DenseModel
 * cannot run. Nothing else of this module sees LibTorch.
 */
class NetworkBackend
{
public:
  virtual ~NetworkBackend() = default;
  virtual void SetThreads(int threads) const = 0;
  virtual std::string GetVersion() const = 0;
  /** Random weights. \param description has to live as long as the result */
  virtual std::unique_ptr<BackendModel> MakeModel(const ModelDescription & description, unsigned long seed) const = 0;
  /** Weights of a file. Throws InputError. \param description has to live as long as the result */
  virtual std::unique_ptr<BackendModel> MakeModel(const ModelDescription & description,
                                                  const TensorMap & tensors) const = 0;
  /** TorchScript. Throws InputError. \param description is filled in and has to live as long as the result */
  virtual std::unique_ptr<BackendModel> LoadScript(const std::filesystem::path & file,
                                                   ModelDescription & description) const = 0;
  virtual std::unique_ptr<TrainingRun> MakeTraining(const RegressionDataSet & data,
                                                    const NetworkArchitecture & architecture, bool centered,
                                                    const TrainingOptions & options,
                                                    const std::filesystem::path & windows) const = 0;
  /** As the functions of these names in ferroNetworkInsight.h. */
  virtual std::vector<LayerActivation> ComputeActivations(NetworkModel & model, const float * pixels, long width,
                                                          long height,
                                                          const std::vector<std::string> & layers) const = 0;
  virtual std::vector<FilterImage> VisualizeFilters(NetworkModel & model, const std::string & layer,
                                                    const std::vector<long> & filters, const std::vector<float> & start,
                                                    long width, long height, const FilterVisualizationOptions & options,
                                                    const std::function<void(double)> & progress) const = 0;
};

/** Loads the library with LibTorch at the first call. Throws InputError: why it cannot be loaded. */
const NetworkBackend & GetNetworkBackend();
} // namespace ferro

/** The entry of that library. */
extern "C" __attribute__((visibility("default"))) const ferro::NetworkBackend * ferroscopeNetworkBackend();

#endif
