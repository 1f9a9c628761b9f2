#include "ferroNetworkTrainer.h"

#include "ferroErrors.h"
#include "ferroLocalNoise.h"
#include "ferroNetworkModelImplementation.h"
#include "ferroProcessGroup.h"
#include "ferroSha256.h"
#include "ferroTorchSetup.h"
#include "ferroTrainingSamples.h"
#include "ferroTrainingState.h"
#include "ferroVarianceFit.h"

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
constexpr long NoveltySamples = 6000;
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

std::map<std::string, TensorFile::Tensor>
CopyState(const Network & network)
{
  std::map<std::string, TensorFile::Tensor> copy;
  for (const auto & [name, tensor] : network.GetState())
  {
    copy[name] = ToFileTensor(tensor);
  }
  return copy;
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

struct NetworkTrainer::Training
{
  Training(const RegressionDataSet & dataSet, const NetworkArchitecture & architecture, bool isCentered,
           const TrainingOptions & trainingOptions, const std::filesystem::path & windows)
    : data(dataSet), centered(isCentered), options(trainingOptions)
  {
    InitializeTorch();
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
  StartFrom(const std::filesystem::path & file)
  {
    const auto start = NetworkModel::Load(file);
    if (!start->Get().network)
    {
      throw InputError(file.string() + ": TorchScript cannot be trained on");
    }
    try
    {
      this->GetNetwork().SetState(CopyState(*start->Get().network));
    }
    catch (const InputError & error)
    {
      throw InputError(file.string() +
                       ": is no network of the shape and the targets that are to be trained: " + error.GetMessage());
    }
  }

  Network &
  GetNetwork()
  {
    return *model->Get().network;
  }

  long
  CountTargets() const
  {
    return static_cast<long>(description.targets.size());
  }

  /** Mean loss over the targets that are there. \param likelihood without the weights of training, where the network
   * predicts variances */
  torch::Tensor
  Loss(const torch::Tensor & output, const torch::Tensor & targets, bool likelihood = false) const
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
  Load(const TrainingSample & sample, torch::Tensor & input, torch::Tensor & targets, long place) const
  {
    std::copy(sample.pixels.begin(), sample.pixels.end(),
              input.data_ptr<float>() + place * static_cast<long>(sample.pixels.size()));
    std::copy(sample.targets.begin(), sample.targets.end(),
              targets.data_ptr<float>() + place * static_cast<long>(sample.targets.size()));
  }

  torch::Tensor
  MakeInput(long count) const
  {
    return torch::empty({count, 1, samples->GetEdge(), samples->GetEdge()}, torch::kFloat32);
  }

  torch::Tensor
  MakeTargets(long count) const
  {
    return torch::empty({count, this->CountTargets(), samples->GetNodes(), samples->GetNodes()}, torch::kFloat32);
  }

  double
  TrainStep(Adam & optimizer, ProcessGroup * group)
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
    const torch::Device device = model->Get().device;
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

  /** Residuals of the validation examples: prediction minus label in training units, NaN where there is no label.
   * \param outputs receives all that the network puts out (may be null) */
  std::vector<torch::Tensor>
  Validate(TrainingPoint & point, std::vector<torch::Tensor> * outputs = nullptr)
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
      const torch::Tensor output = model->Get().Forward(input).to(torch::kCPU);
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

  /** Closes a point of the learning curve; decides about best and stop. */
  void
  ClosePoint(TrainingPoint & point, ProcessGroup * group)
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

  std::shared_ptr<NetworkModel> Train(const Progress & progress);
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

std::shared_ptr<NetworkModel>
NetworkTrainer::Training::Train(const Progress & progress)
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

/** Standard error of each target from the residuals in validation.
 *
 * Where the labels state errors, they come from the same pixels as the prediction, whose own error has a part of the
 * noise N and the rest. A prediction that averages over cells has the covariance N with the label of one of them, so
 * that mean r^2 = rest + label - N, and the variance wanted is rest + N = mean r^2 - label + 2 N. N is measured by
 * adding noise of the size that the image has. */
void
NetworkTrainer::Training::Calibrate()
{
  TrainingPoint point;
  std::vector<torch::Tensor> outputs;
  const auto residuals = this->Validate(point, &outputs);
  if (residuals.empty())
  {
    return;
  }
  const double labels = samples->GetLabelVariance();
  description.sigma.clear();
  description.varianceFit.clear();
  description.varianceScales.clear();
  for (std::size_t t = 0; t < description.targets.size(); ++t)
  {
    double squares = 0.0;
    double count = 0.0;
    double noise = 0.0;
    const TargetKind kind = description.targets[t].kind;
    const bool stated = labels > 0.0 && (kind == TargetKind::VectorX || kind == TargetKind::VectorY);
    for (std::size_t k = 0; k < residuals.size(); ++k)
    {
      const torch::Tensor values = residuals[k].select(1, static_cast<long>(t));
      const torch::Tensor there = torch::isfinite(values);
      squares += torch::where(there, values * values, torch::zeros_like(values)).sum().item<double>();
      count += there.sum().item<double>();
      if (stated)
      {
        const TrainingSample sample = samples->GetValidation(static_cast<long>(k));
        const long edge = samples->GetEdge();
        torch::Tensor input = this->MakeInput(1);
        std::copy(sample.pixels.begin(), sample.pixels.end(), input.data_ptr<float>());
        // Noise of a pixel from second differences along both axes, which smooth structure hardly has.
        const torch::Tensor x = input[0][0];
        const torch::Tensor second =
          x.slice(0, 1, edge - 1).slice(1, 1, edge - 1) -
          0.5 * (x.slice(0, 1, edge - 1).slice(1, 0, edge - 2) + x.slice(0, 1, edge - 1).slice(1, 2, edge)) -
          0.5 * (x.slice(0, 0, edge - 2).slice(1, 1, edge - 1) + x.slice(0, 2, edge).slice(1, 1, edge - 1)) +
          0.25 * (x.slice(0, 0, edge - 2).slice(1, 0, edge - 2) + x.slice(0, 2, edge).slice(1, 2, edge) +
                  x.slice(0, 0, edge - 2).slice(1, 2, edge) + x.slice(0, 2, edge).slice(1, 0, edge - 2));
        const double deviation = std::sqrt(second.square().mean().item<double>() / 2.25);
        torch::manual_seed(options.seed + k);
        const torch::Tensor noisy = input + deviation * torch::randn_like(input);
        const torch::Tensor change =
          (model->Get().Forward(noisy) - model->Get().Forward(input)).to(torch::kCPU).select(1, static_cast<long>(t));
        noise += change.square().mean().item<double>() / static_cast<double>(residuals.size());
      }
    }
    if (!(count > 0.0))
    {
      description.sigma.clear();
      return;
    }
    double variance = squares / count;
    const double deviation = description.targetDeviation[t];
    if (stated)
    {
      variance = std::max(noise, variance - labels / (deviation * deviation) + 2.0 * noise);
    }
    description.sigma.push_back(std::max(1e-6, std::sqrt(variance) * deviation));
    if (description.architecture.predictsVariance)
    {
      this->CalibrateVariance(t, outputs, variance / std::max(1e-12, squares / count));
    }
  }
}

/** Calibration of the predicted variances at the labels of the validation examples whose neighbouring cells lie inside,
 * where there are such.
 * \param correction factor for what the errors of the labels have to do with the residuals */
void
NetworkTrainer::Training::CalibrateVariance(std::size_t target, const std::vector<torch::Tensor> & outputs,
                                            double correction)
{
  const auto & architecture = description.architecture;
  const long stride = architecture.GetStride();
  const long nodes = samples->GetNodes();
  const long edge = samples->GetEdge();
  const long cell = GetBendReach(description, stride);
  const long reach = nodes > 2 * cell ? cell : 0;
  std::vector<VarianceSample> all;
  std::vector<double> scales;
  for (std::size_t k = 0; k < outputs.size(); ++k)
  {
    const auto index = static_cast<long>(k);
    const TrainingSample sample = samples->GetCalibration(index);
    const auto noise = MeasureNoise(sample.pixels.data(), edge, edge, architecture.windowPx, stride);
    const double magnification = samples->GetValidationMagnification(index);
    const float * labels = sample.targets.data() + static_cast<long>(target) * nodes * nodes;
    const float * values = outputs[k].data_ptr<float>() + static_cast<long>(target) * nodes * nodes;
    const float * logarithms = values + this->CountTargets() * nodes * nodes;
    scales.push_back(magnification);
    for (long node = 0; node < nodes * nodes; ++node)
    {
      const long near =
        std::min(std::min(node % nodes, nodes - 1 - node % nodes), std::min(node / nodes, nodes - 1 - node / nodes));
      const double residual = values[node] - labels[node];
      if (near >= reach && std::isfinite(residual))
      {
        const double bend =
          reach > 0 ? MeasureBend(values + node, reach) + MeasureBend(values + node, reach * nodes) : 0.0;
        all.push_back(
          {description.GetVarianceTerms(logarithms[node], noise[static_cast<std::size_t>(node)], magnification), bend,
           residual * residual, samples->GetValidationImage(index)});
      }
    }
  }
  auto fit = FitVariance(all);
  fit.logarithm[0] += std::log(std::max(1e-9, correction));
  description.varianceFit.push_back(fit);
  if (target + 1 == description.targets.size())
  {
    description.varianceScales = {*std::min_element(scales.begin(), scales.end()),
                                  *std::max_element(scales.begin(), scales.end())};
  }
}

void
NetworkTrainer::Training::FitNovelty()
{
  const torch::NoGradGuard noGradient;
  auto & implementation = model->Get();
  implementation.description = description; // its cell decides how features are described
  const auto & architecture = description.architecture;
  const long nodes = samples->GetNodes();
  const long perSample = std::max(1L, std::min(nodes * nodes, 24L));
  std::vector<torch::Tensor> features;
  std::vector<torch::Tensor> spectra;
  for (long taken = 0, place = 0; taken < NoveltySamples; taken += perSample, ++place)
  {
    // Examples that training has not drawn, turned but not changed in any other way.
    const SquareSymmetry symmetry(static_cast<int>(place % 8));
    const TrainingSample sample = samples->Draw(options.steps + 1 + place, 0, false);
    torch::Tensor input = this->MakeInput(1);
    std::copy(sample.pixels.begin(), sample.pixels.end(), input.data_ptr<float>());
    if (options.augmentation.symmetries)
    {
      input = symmetry.MirrorsX() ? input.flip({3}) : input;
      input = symmetry.MirrorsY() ? input.flip({2}) : input;
      input = symmetry.Transposes() ? input.transpose(2, 3) : input;
    }
    const torch::Tensor picked = torch::linspace(0, static_cast<double>(nodes * nodes - 1), perSample).to(torch::kLong);
    if (!architecture.samePadding)
    {
      torch::Tensor feature;
      implementation.Forward(input, &feature);
      features.push_back(
        DescribeFeatures(feature.to(torch::kCPU), architecture.GetHeadSize(), implementation.GetNoveltyEdge())
          .index_select(0, picked));
    }
    std::vector<torch::Tensor> windows;
    for (long k = 0; k < perSample; ++k)
    {
      const long node = picked[k].item<long>();
      const long x = node % nodes * architecture.GetStride();
      const long y = node / nodes * architecture.GetStride();
      windows.push_back(input[0][0].slice(0, y, y + architecture.windowPx).slice(1, x, x + architecture.windowPx));
    }
    spectra.push_back(DescribeSpectra(torch::stack(windows), architecture.inputPooling));
  }
  if (!features.empty())
  {
    implementation.features.Fit(torch::cat(features));
  }
  if (GetSpectrumSize(architecture.windowPx, architecture.inputPooling) > 0)
  {
    implementation.spectra.Fit(torch::cat(spectra));
  }
  this->FitNoveltyWithin();
  implementation.features.To(implementation.device);
  implementation.within.To(implementation.device);
  implementation.spectra.To(implementation.device);
}

/** How much the features of places differ from those of their image in validation, one place for each cell. One needs
 * many images to know. */
void
NetworkTrainer::Training::FitNoveltyWithin()
{
  const torch::NoGradGuard noGradient;
  auto & implementation = model->Get();
  const auto & architecture = description.architecture;
  std::map<long, std::vector<torch::Tensor>> images;
  for (long k = 0; k < samples->CountValidation() && !architecture.samePadding; ++k)
  {
    torch::Tensor input = this->MakeInput(1);
    const TrainingSample sample = samples->GetValidation(k);
    std::copy(sample.pixels.begin(), sample.pixels.end(), input.data_ptr<float>());
    torch::Tensor feature;
    implementation.Forward(input, &feature);
    const long nodes = samples->GetNodes();
    const long every = std::max(1L, GetBendReach(description, architecture.GetStride()));
    const torch::Tensor described =
      DescribeFeatures(feature.to(torch::kCPU), architecture.GetHeadSize(), implementation.GetNoveltyEdge());
    images[samples->GetValidationImage(k)].push_back(
      described.view({nodes, nodes, -1}).slice(0, 0, nodes, every).slice(1, 0, nodes, every).flatten(0, 1));
  }
  constexpr std::size_t FewestImages = 20;
  std::vector<torch::Tensor> differences;
  for (const auto & [image, parts] : images)
  {
    const torch::Tensor all = torch::cat(parts);
    differences.push_back(all - std::get<0>(all.median(0, true)));
  }
  if (differences.size() >= FewestImages)
  {
    implementation.within.Fit(torch::cat(differences));
  }
}

NetworkTrainer::NetworkTrainer(const RegressionDataSet & data, const NetworkArchitecture & architecture, bool centered,
                               const TrainingOptions & options, const std::filesystem::path & windows)
  : m_Run(std::make_unique<Training>(data, architecture, centered, options, windows))
{
}

NetworkTrainer::~NetworkTrainer() = default;

std::shared_ptr<NetworkModel>
NetworkTrainer::Run(const Progress & progress)
{
  return m_Run->Train(progress);
}

const std::vector<TrainingPoint> &
NetworkTrainer::GetHistory() const
{
  return m_Run->state.history;
}

long
NetworkTrainer::GetBestStep() const
{
  return m_Run->state.bestStep;
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
  return m_Run->options.steps;
}
} // namespace ferro
