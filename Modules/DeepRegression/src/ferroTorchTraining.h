#ifndef ferroTorchTraining_h
#define ferroTorchTraining_h

#include "ferroNetworkBackend.h"

namespace ferro
{
/** What NetworkTrainer does, with its arguments. */
std::unique_ptr<TrainingRun> MakeTorchTraining(const RegressionDataSet & data, const NetworkArchitecture & architecture,
                                               bool centered, const TrainingOptions & options,
                                               const std::filesystem::path & windows);
} // namespace ferro

#endif
