#include "ferroTorchTraining.h"

#include "ferroErrors.h"
#include "ferroSha256.h"

#include <torch/utils.h>

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr double RiseShare = 0.3; // of a one-cycle schedule (L. N. Smith, arXiv:1708.07120)
constexpr double StartDivisor = 25.0;
constexpr double EndDivisor = 1e4;
// Weight of an example against the inverse of its variance: 0 would be maximum likelihood, which neglects what is not
// learned yet, and 1 the mean square (M. Seitzer et al., ICLR 2022, arXiv:2203.09168).
constexpr double VarianceExponent = 0.5;
constexpr double LargestLogarithm = 12.0;

double
LearningRate(const TrainingOptions & options, long step, long steps)
{
  if (!options.oneCycle)
  {
    return options.learningRate;
  }
  const double at = static_cast<double>(step) / static_cast<double>(std::max(1L, steps - 1));
  const double start = options.learningRate / StartDivisor;
  const double end = start / EndDivisor;
  const auto between = [](double from, double to, double share)
  { return to + 0.5 * (from - to) * (1.0 + std::cos(3.14159265358979323846 * share)); };
  return at < RiseShare ? between(start, options.learningRate, at / RiseShare)
                        : between(options.learningRate, end, (at - RiseShare) / (1.0 - RiseShare));
}

/** Digest of data and options: a checkpoint fits only the training that it came from. */
std::string
Fingerprint(const RegressionDataSet & data, const ModelDescription & description, const TrainingOptions & options,
            bool centered)
{
  nlohmann::json json = options.ToJson();
  json["model"] = description.ToJson();
  json["centered"] = centered;
  json["start"] = options.start.empty() ? std::string() : Sha256::HashFile(options.start);
  const std::string text = json.dump();
  Sha256 hash;
  hash.Update(text.data(), text.size());
  for (const auto & image : data.images)
  {
    hash.Update(image.pixels.data(), image.pixels.size() * sizeof(float));
    hash.Update(image.values.data(), image.values.size() * sizeof(float));
  }
  return hash.HexDigest();
}
} // namespace

TorchTraining::TorchTraining(const RegressionDataSet & dataSet, const NetworkArchitecture & architecture,
                             bool isCentered, const TrainingOptions & trainingOptions,
                             const std::filesystem::path & windows)
  : data(dataSet), centered(isCentered), options(trainingOptions)
{
  options.Check();
  description = data.description;
  description.architecture = architecture;
  description.centered = centered;
  description.Check();
  if (options.crops && architecture.samePadding)
  {
    throw UsageError("a network with same padding cannot be trained on crops, because it would see their borders: "
                     "train it on windows (--mode windows)");
  }
  if (options.huber && architecture.predictsVariance)
  {
    throw UsageError("--loss: found huber, expected mse with --predict-variance, which has a loss of its own");
  }
  if (options.crops && options.cropPx < architecture.windowPx)
  {
    throw UsageError("--crop-px: found " + std::to_string(options.cropPx) + ", expected at least the window of " +
                     std::to_string(architecture.windowPx));
  }
  samples = MakeTrainingSamples(data, architecture, centered, options, windows);
  model = std::make_shared<NetworkModel>(description, options.seed);
  if (!options.start.empty())
  {
    this->StartFrom(options.start);
  }
  model->SetDevice(options.device);
  fingerprint = Fingerprint(data, description, options, centered);
}

void
TorchTraining::StartFrom(const std::filesystem::path & file)
{
  const auto start = NetworkModel::Load(file);
  if (!GetTorchModel(*start).network)
  {
    throw InputError(file.string() + ": TorchScript cannot be trained on");
  }
  try
  {
    this->GetNetwork().SetState(CopyState(*GetTorchModel(*start).network));
  }
  catch (const InputError & error)
  {
    throw InputError(file.string() +
                     ": is no network of the shape and the targets that are to be trained: " + error.GetMessage());
  }
}

Network &
TorchTraining::GetNetwork()
{
  return *GetTorchModel(*model).network;
}

long
TorchTraining::CountTargets() const
{
  return static_cast<long>(description.targets.size());
}

torch::Tensor
TorchTraining::Loss(const torch::Tensor & output, const torch::Tensor & targets, bool likelihood) const
{
  const torch::Tensor there = torch::isfinite(targets);
  const torch::Tensor values = output.slice(1, 0, this->CountTargets());
  const torch::Tensor difference = torch::where(there, values - targets, torch::zeros_like(values));
  if (description.architecture.predictsVariance)
  {
    const torch::Tensor logarithm =
      output.slice(1, this->CountTargets(), output.size(1)).clamp(-LargestLogarithm, LargestLogarithm);
    torch::Tensor each = 0.5 * (logarithm + difference * difference * torch::exp(-logarithm));
    each = likelihood ? each : each * torch::exp(VarianceExponent * logarithm).detach();
    return torch::where(there, each, torch::zeros_like(each)).sum() / torch::clamp(there.sum(), 1);
  }
  torch::Tensor loss = difference * difference;
  if (options.huber)
  {
    const torch::Tensor size = difference.abs();
    loss = torch::where(size < options.huberDelta, loss, options.huberDelta * (2.0 * size - options.huberDelta));
  }
  return loss.sum() / torch::clamp(there.sum(), 1);
}

void
TorchTraining::Load(const TrainingSample & sample, torch::Tensor & input, torch::Tensor & targets, long place) const
{
  std::copy(sample.pixels.begin(), sample.pixels.end(),
            input.data_ptr<float>() + place * static_cast<long>(sample.pixels.size()));
  std::copy(sample.targets.begin(), sample.targets.end(),
            targets.data_ptr<float>() + place * static_cast<long>(sample.targets.size()));
}

torch::Tensor
TorchTraining::MakeInput(long count) const
{
  return torch::empty({count, 1, samples->GetEdge(), samples->GetEdge()}, torch::kFloat32);
}

torch::Tensor
TorchTraining::MakeTargets(long count) const
{
  return torch::empty({count, this->CountTargets(), samples->GetNodes(), samples->GetNodes()}, torch::kFloat32);
}

double
TorchTraining::TrainStep(Adam & optimizer, ProcessGroup * group)
{
  auto & network = this->GetNetwork();
  network.train();
  const bool frozen = static_cast<double>(state.step) >= options.freezeAt * static_cast<double>(options.steps);
  if (frozen)
  {
    network.FreezeNormalization();
  }
  // Dropout draws from LibTorch's own numbers: begun anew each step, they do not depend on what was before.
  torch::manual_seed(options.seed * 1000003u +
                     static_cast<unsigned long>(state.step * options.worldSize + options.rank));
  const long share = options.batch / options.worldSize;
  torch::Tensor input = this->MakeInput(share);
  torch::Tensor targets = this->MakeTargets(share);
  for (long k = 0; k < share; ++k)
  {
    this->Load(samples->Draw(state.step, options.rank * share + k, true), input, targets, k);
  }
  const torch::Device device = GetTorchModel(*model).device;
  optimizer.ZeroGradients();
  const torch::Tensor loss =
    this->Loss(network.Forward(input.contiguous(torch::MemoryFormat::ChannelsLast).to(device)), targets.to(device));
  loss.backward();
  torch::Tensor value = loss.detach().to(torch::kCPU).to(torch::kFloat32).reshape({1});
  if (group)
  {
    const torch::NoGradGuard noGradient;
    std::vector<torch::Tensor> shared = optimizer.GetGradients();
    shared.push_back(value);
    for (const auto & item : network.named_buffers())
    {
      if (!frozen && item.value().is_floating_point())
      {
        shared.push_back(item.value());
      }
    }
    group->Average(shared);
  }
  optimizer.Step(LearningRate(options, state.step, options.steps));
  return value.item<float>();
}

std::vector<torch::Tensor>
TorchTraining::Validate(TrainingPoint & point, std::vector<torch::Tensor> * outputs)
{
  auto & network = this->GetNetwork();
  network.eval();
  const torch::NoGradGuard noGradient;
  double loss = 0.0;
  double squares = 0.0;
  double count = 0.0;
  std::vector<torch::Tensor> residuals;
  for (long k = 0; k < samples->CountValidation(); ++k)
  {
    torch::Tensor input = this->MakeInput(1);
    torch::Tensor targets = this->MakeTargets(1);
    this->Load(samples->GetValidation(k), input, targets, 0);
    const torch::Tensor output = GetTorchModel(*model).Forward(input).to(torch::kCPU);
    loss += this->Loss(output, targets, true).item<double>();
    const torch::Tensor residual = output.slice(1, 0, this->CountTargets()) - targets;
    if (outputs)
    {
      outputs->push_back(output.contiguous());
    }
    const double scale = samples->GetValidationScale(k);
    for (std::size_t t = 0; t < description.targets.size(); ++t)
    {
      const TargetKind kind = description.targets[t].kind;
      if (kind == TargetKind::VectorX || kind == TargetKind::VectorY)
      {
        const torch::Tensor values = residual.select(1, static_cast<long>(t));
        const torch::Tensor there = torch::isfinite(values);
        const double factor = description.targetDeviation[t] * (scale > 0.0 ? scale : 1.0);
        squares +=
          factor * factor * torch::where(there, values * values, torch::zeros_like(values)).sum().item<double>();
        count += there.sum().item<double>();
      }
    }
    residuals.push_back(residual);
  }
  if (!residuals.empty())
  {
    point.validationLoss = loss / static_cast<double>(residuals.size());
    point.validationRmse = count > 0.0 ? std::sqrt(squares / count) : std::nan("");
  }
  return residuals;
}

void
TorchTraining::ClosePoint(TrainingPoint & point, ProcessGroup * group)
{
  point.trainLoss = state.lossSum / static_cast<double>(std::max(1L, state.lossCount));
  state.lossSum = 0.0;
  state.lossCount = 0;
  this->Validate(point);
  if (group) // all decide by the same number
  {
    std::vector<torch::Tensor> shared{torch::tensor({point.validationLoss, point.validationRmse}, torch::kFloat64)};
    group->Average(shared);
    point.validationLoss = shared[0][0].item<double>();
  }
  state.history.push_back(point);
  // Before the statistics of the batches are frozen a good value is chance.
  const bool settled = static_cast<double>(state.step) >= options.freezeAt * static_cast<double>(options.steps);
  if (std::isnan(point.validationLoss) || (settled && point.validationLoss < state.bestLoss))
  {
    state.bestLoss = point.validationLoss;
    state.bestStep = state.step;
    state.worse = 0;
    state.best = CopyState(this->GetNetwork());
  }
  else if (settled)
  {
    ++state.worse;
    state.stopped = options.patience > 0 && state.worse >= options.patience;
  }
}

std::shared_ptr<NetworkModel>
TorchTraining::Train(const NetworkTrainer::Progress & progress)
{
  auto & network = this->GetNetwork();
  std::map<std::string, torch::Tensor> parameters;
  for (const auto & item : network.named_parameters())
  {
    parameters[item.key()] = item.value();
  }
  Adam optimizer(parameters, options.weightDecay, options.decoupledDecay);
  const bool keeps = !options.checkpoint.empty();
  if (options.resume && keeps && std::filesystem::exists(options.checkpoint))
  {
    LoadCheckpoint(options.checkpoint, fingerprint, state, network, optimizer);
  }
  std::unique_ptr<ProcessGroup> group;
  if (options.worldSize > 1)
  {
    group = ProcessGroup::Join(options.worldSize, options.rank, options.master);
  }
  TrainingPoint point = state.history.empty() ? TrainingPoint() : state.history.back();
  while (state.step < options.steps && !state.stopped)
  {
    point.learningRate = LearningRate(options, state.step, options.steps);
    const double loss = this->TrainStep(optimizer, group.get());
    if (!std::isfinite(loss))
    {
      throw AnalysisError("the training diverged in step " + std::to_string(state.step + 1) +
                          ": take a smaller --learning-rate");
    }
    ++state.step;
    point.step = state.step;
    state.lossSum += loss;
    ++state.lossCount;
    point.trainLoss = state.lossSum / static_cast<double>(state.lossCount);
    if (state.step % options.validateEvery == 0 || state.step == options.steps)
    {
      this->ClosePoint(point, group.get());
      if (keeps && options.rank == 0)
      {
        SaveCheckpoint(options.checkpoint, fingerprint, state, network, optimizer);
      }
    }
    if (progress)
    {
      progress(point);
    }
  }
  if (state.best.empty())
  {
    state.best = CopyState(this->GetNetwork());
    state.bestStep = state.step;
  }
  network.SetState(state.best);
  network.eval();
  this->Calibrate();
  this->FitNovelty();
  model->SetDescription(description);
  return model;
}
} // namespace ferro
