#ifndef ferroTorchTraining_h
#define ferroTorchTraining_h

#include "ferroNetworkBackend.h"
#include "ferroProcessGroup.h"
#include "ferroTorchModel.h"
#include "ferroTrainingSamples.h"
#include "ferroTrainingState.h"

namespace ferro
{
/** \class TorchTraining
 * \brief What NetworkTrainer does: optimization (ferroTorchTraining.cxx), then calibration of the stated errors and of
 * the novelty (ferroTrainingCalibration.cxx).
 */
struct TorchTraining : public TrainingRun
{
  /** As NetworkTrainer. */
  TorchTraining(const RegressionDataSet & dataSet, const NetworkArchitecture & architecture, bool isCentered,
                const TrainingOptions & trainingOptions, const std::filesystem::path & windows);
  std::shared_ptr<NetworkModel> Train(const NetworkTrainer::Progress & progress) override;
  const std::vector<TrainingPoint> &
  GetHistory() const override
  {
    return state.history;
  }
  long
  GetBestStep() const override
  {
    return state.bestStep;
  }

  void StartFrom(const std::filesystem::path & file);
  Network & GetNetwork();
  long CountTargets() const;
  /** Mean loss over the targets that are there. \param likelihood without the weights of training, where the network
   * predicts variances */
  torch::Tensor Loss(const torch::Tensor & output, const torch::Tensor & targets, bool likelihood = false) const;
  void Load(const TrainingSample & sample, torch::Tensor & input, torch::Tensor & targets, long place) const;
  torch::Tensor MakeInput(long count) const;
  torch::Tensor MakeTargets(long count) const;
  double TrainStep(Adam & optimizer, ProcessGroup * group);
  /** Residuals of the validation examples: prediction minus label in training units, NaN where there is no label.
   * \param outputs receives all that the network puts out (may be null) */
  std::vector<torch::Tensor> Validate(TrainingPoint & point, std::vector<torch::Tensor> * outputs = nullptr);
  /** Closes a point of the learning curve; decides about best and stop. */
  void ClosePoint(TrainingPoint & point, ProcessGroup * group);
  /** Standard errors from the residuals of the validation examples. */
  void Calibrate();
  void CalibrateVariance(std::size_t target, const std::vector<torch::Tensor> & outputs, double correction);
  void FitNovelty();
  void FitNoveltyWithin();

  const RegressionDataSet & data;
  bool centered;
  TrainingOptions options;
  ModelDescription description;
  std::unique_ptr<TrainingSamples> samples;
  std::shared_ptr<NetworkModel> model;
  std::string fingerprint;
  TrainingState state;
};
} // namespace ferro

#endif
