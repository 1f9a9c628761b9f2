#include "ferroTrainingState.h"

#include "ferroErrors.h"

#include <cmath>

namespace ferro
{
namespace
{
constexpr double Beta1 = 0.9;
constexpr double Beta2 = 0.999;
constexpr double Epsilon = 1e-8;
const char * const FormatName = "ferroscope-checkpoint";

/** JSON has no word for infinity. */
nlohmann::json
Number(double value)
{
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
}

double
Number(const nlohmann::json & json, double otherwise)
{
  return json.is_null() ? otherwise : json.get<double>();
}

std::map<std::string, TensorFile::Tensor>
Part(const std::map<std::string, TensorFile::Tensor> & tensors, const std::string & prefix)
{
  std::map<std::string, TensorFile::Tensor> part;
  for (const auto & [name, tensor] : tensors)
  {
    if (name.rfind(prefix, 0) == 0)
    {
      part[name.substr(prefix.size())] = tensor;
    }
  }
  return part;
}
} // namespace

Adam::Adam(std::map<std::string, torch::Tensor> parameters, double weightDecay, bool decoupled)
  : m_WeightDecay(weightDecay), m_Decoupled(decoupled)
{
  for (auto & [name, parameter] : parameters)
  {
    m_Entries[name] = {parameter, torch::zeros_like(parameter), torch::zeros_like(parameter)};
  }
}

void
Adam::Step(double learningRate)
{
  const torch::NoGradGuard noGradient;
  ++m_Steps;
  const double correction1 = 1.0 - std::pow(Beta1, static_cast<double>(m_Steps));
  const double correction2 = 1.0 - std::pow(Beta2, static_cast<double>(m_Steps));
  for (auto & [name, entry] : m_Entries)
  {
    torch::Tensor gradient = entry.parameter.grad();
    if (!gradient.defined())
    {
      continue;
    }
    if (m_WeightDecay > 0.0)
    {
      if (m_Decoupled)
      {
        entry.parameter.mul_(1.0 - learningRate * m_WeightDecay);
      }
      else
      {
        gradient = gradient + m_WeightDecay * entry.parameter;
      }
    }
    entry.first.mul_(Beta1).add_(gradient, 1.0 - Beta1);
    entry.second.mul_(Beta2).addcmul_(gradient, gradient, 1.0 - Beta2);
    const torch::Tensor denominator = (entry.second.sqrt() / std::sqrt(correction2)).add_(Epsilon);
    entry.parameter.addcdiv_(entry.first, denominator, -learningRate / correction1);
  }
}

void
Adam::ZeroGradients()
{
  for (auto & [name, entry] : m_Entries)
  {
    entry.parameter.mutable_grad() = torch::Tensor();
  }
}

std::vector<torch::Tensor>
Adam::GetGradients() const
{
  std::vector<torch::Tensor> gradients;
  for (const auto & [name, entry] : m_Entries)
  {
    if (entry.parameter.grad().defined())
    {
      gradients.push_back(entry.parameter.grad());
    }
  }
  return gradients;
}

void
Adam::Save(std::map<std::string, TensorFile::Tensor> & tensors) const
{
  for (const auto & [name, entry] : m_Entries)
  {
    tensors["adam.first." + name] = ToFileTensor(entry.first);
    tensors["adam.second." + name] = ToFileTensor(entry.second);
  }
}

void
Adam::Load(const std::map<std::string, TensorFile::Tensor> & tensors, long steps)
{
  const torch::NoGradGuard noGradient;
  m_Steps = steps;
  for (auto & [name, entry] : m_Entries)
  {
    for (auto & [prefix, tensor] : {std::pair("adam.first.", &entry.first), std::pair("adam.second.", &entry.second)})
    {
      const auto found = tensors.find(prefix + name);
      if (found == tensors.end() || found->second.values.size() != static_cast<std::size_t>(tensor->numel()))
      {
        throw InputError("the state of the optimizer does not fit the network");
      }
      tensor->copy_(FromFileTensor(found->second).view(tensor->sizes()));
    }
  }
}

void
SaveCheckpoint(const std::filesystem::path & file, const std::string & fingerprint, const TrainingState & state,
               const Network & network, const Adam & optimizer)
{
  TensorFile content;
  auto & json = content.description;
  json["format"] = FormatName;
  json["fingerprint"] = fingerprint;
  json["step"] = state.step;
  json["loss_sum"] = state.lossSum;
  json["loss_count"] = state.lossCount;
  json["best_loss"] = Number(state.bestLoss);
  json["best_step"] = state.bestStep;
  json["worse"] = state.worse;
  json["stopped"] = state.stopped;
  json["history"] = nlohmann::json::array();
  for (const auto & point : state.history)
  {
    json["history"].push_back({point.step, point.learningRate, Number(point.trainLoss), Number(point.validationLoss),
                               Number(point.validationRmse)});
  }
  for (const auto & [name, tensor] : network.GetState())
  {
    content.tensors["network." + name] = ToFileTensor(tensor);
  }
  for (const auto & [name, tensor] : state.best)
  {
    content.tensors["best." + name] = tensor;
  }
  optimizer.Save(content.tensors);
  std::filesystem::path beside = file;
  beside += ".new";
  std::error_code error;
  try
  {
    content.Write(beside);
  }
  catch (const OutputError &)
  {
    std::filesystem::remove(beside, error);
    throw;
  }
  std::filesystem::rename(beside, file, error);
  if (error)
  {
    throw OutputError(file.string() + ": the checkpoint cannot be written: " + error.message());
  }
}

void
LoadCheckpoint(const std::filesystem::path & file, const std::string & fingerprint, TrainingState & state,
               Network & network, Adam & optimizer)
{
  const TensorFile content = TensorFile::Read(file);
  try
  {
    const auto & json = content.description;
    if (json.at("format") != FormatName)
    {
      throw InputError("not the checkpoint of a training");
    }
    if (json.at("fingerprint") != fingerprint)
    {
      throw UsageError(file.string() +
                       ": belongs to a training with other data or other parameters; take the same ones, "
                       "or begin anew without --resume");
    }
    state.step = json.at("step").get<long>();
    state.lossSum = json.at("loss_sum").get<double>();
    state.lossCount = json.at("loss_count").get<long>();
    state.bestLoss = Number(json.at("best_loss"), std::numeric_limits<double>::infinity());
    state.bestStep = json.at("best_step").get<long>();
    state.worse = json.at("worse").get<long>();
    state.stopped = json.at("stopped").get<bool>();
    state.history.clear();
    const double none = std::numeric_limits<double>::quiet_NaN();
    for (const auto & point : json.at("history"))
    {
      state.history.push_back({point.at(0).get<long>(), point.at(1).get<double>(), Number(point.at(2), none),
                               Number(point.at(3), none), Number(point.at(4), none)});
    }
    network.SetState(Part(content.tensors, "network."));
    state.best = Part(content.tensors, "best.");
    optimizer.Load(content.tensors, state.step);
  }
  catch (const nlohmann::json::exception &)
  {
    throw InputError(file.string() + ": not the checkpoint of a training, or damaged");
  }
  catch (const InputError & error)
  {
    throw InputError(file.string() + ": " + error.GetMessage());
  }
}
} // namespace ferro
