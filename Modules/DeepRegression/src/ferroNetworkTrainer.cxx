#include "ferroErrors.h"
#include "ferroNetworkBackend.h"

namespace ferro
{
void
TrainingOptions::Check() const
{
  const auto need = [](bool good, const std::string & what)
  {
    if (!good)
    {
      throw UsageError(what);
    }
  };
  need(steps >= 0 && steps <= 100000000, "--steps: expected 0 to 100,000,000");
  need(steps >= 1 || !start.empty(), "--steps: found 0, which needs a network to begin with (--start)");
  need(batch >= 1 && batch <= 1023, "--batch: expected 1 to 1023");
  need(learningRate > 0.0, "--learning-rate: expected a number above 0");
  need(validation >= 0.0 && validation <= 0.5, "--validation: expected 0 to 0.5");
  need(validationImages >= 0, "--validation-images: expected at least 0");
  need(validateEvery >= 1, "--validate-every: expected at least 1");
  need(worldSize >= 1 && rank >= 0 && rank < worldSize, "--rank: found " + std::to_string(rank) + ", expected 0 to " +
                                                          std::to_string(worldSize - 1) + " with --world-size " +
                                                          std::to_string(worldSize));
  need(batch % worldSize == 0, "--batch: found " + std::to_string(batch) + ", expected a multiple of --world-size " +
                                 std::to_string(worldSize) + ", so that each process has its share");
}

nlohmann::json
TrainingOptions::ToJson() const
{
  return {{"crops", crops},
          {"steps", steps},
          {"crop_px", cropPx},
          {"batch", batch},
          {"loss", huber ? "huber" : "mse"},
          {"huber_delta", huberDelta},
          {"optimizer", decoupledDecay ? "adamw" : "adam"},
          {"weight_decay", weightDecay},
          {"learning_rate", learningRate},
          {"schedule", oneCycle ? "one-cycle" : "constant"},
          {"freeze_at", freezeAt},
          {"validation", validation},
          {"validation_images", validationImages},
          {"validate_every", validateEvery},
          {"patience", patience},
          {"symmetries", augmentation.symmetries},
          {"gain", augmentation.gain},
          {"offset", augmentation.offset},
          {"noise", augmentation.noise},
          {"blur_px", augmentation.blurPx},
          {"jitter_px", augmentation.jitterPx},
          {"scale", augmentation.scale},
          {"seed", seed},
          {"threads", threads},
          {"device", device},
          {"world_size", worldSize}};
}

/** What can be said without LibTorch, and the rest. */
struct NetworkTrainer::Training
{
  const RegressionDataSet & data;
  long steps;
  std::unique_ptr<TrainingRun> run;
};

NetworkTrainer::NetworkTrainer(const RegressionDataSet & data, const NetworkArchitecture & architecture, bool centered,
                               const TrainingOptions & options, const std::filesystem::path & windows)
  : m_Run(new Training{data, options.steps,
                       GetNetworkBackend().MakeTraining(data, architecture, centered, options, windows)})
{
}

NetworkTrainer::~NetworkTrainer() = default;

std::shared_ptr<NetworkModel>
NetworkTrainer::Run(const Progress & progress)
{
  return m_Run->run->Train(progress);
}

const std::vector<TrainingPoint> &
NetworkTrainer::GetHistory() const
{
  return m_Run->run->GetHistory();
}

long
NetworkTrainer::GetBestStep() const
{
  return m_Run->run->GetBestStep();
}

std::string
NetworkTrainer::GetErrorUnit() const
{
  for (const auto & image : m_Run->data.images)
  {
    if (!(image.GetPicometresPerPixel() > 0.0))
    {
      return "px";
    }
  }
  return "pm";
}

long
NetworkTrainer::GetSteps() const
{
  return m_Run->steps;
}
} // namespace ferro
