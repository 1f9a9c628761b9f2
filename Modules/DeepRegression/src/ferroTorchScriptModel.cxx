#include "ferroErrors.h"
#include "ferroTorchModel.h"

#include <torch/script.h>

#include <cmath>

namespace ferro
{
namespace
{
const char * const DescriptionFile = "ferroscope.json";

/** First line of a message of LibTorch; the rest is its call stack. */
std::string
FirstLine(const std::string & text)
{
  return text.substr(0, text.find('\n'));
}

class TorchScriptNetwork : public ScriptedNetwork
{
public:
  explicit TorchScriptNetwork(torch::jit::Module module) : m_Module(std::move(module))
  {
    m_Module.eval();
  }
  torch::Tensor
  Forward(const torch::Tensor & input) override
  {
    try
    {
      return m_Module.forward({input}).toTensor();
    }
    catch (const c10::Error & error)
    {
      throw InputError("the TorchScript network cannot be run: " + FirstLine(error.what_without_backtrace()));
    }
    catch (const std::runtime_error & error)
    {
      throw InputError("the TorchScript network cannot be run: " + FirstLine(error.what()));
    }
  }
  void
  To(const torch::Device & device) override
  {
    m_Module.to(device);
  }

private:
  torch::jit::Module m_Module;
};
} // namespace

std::unique_ptr<ScriptedNetwork>
LoadTorchScript(const std::filesystem::path & file, ModelDescription & description)
{
  torch::jit::ExtraFilesMap extra{{DescriptionFile, ""}};
  std::unique_ptr<ScriptedNetwork> network;
  try
  {
    network = std::make_unique<TorchScriptNetwork>(torch::jit::load(file.string(), torch::kCPU, extra));
  }
  catch (const std::exception & error)
  {
    const auto * torchError = dynamic_cast<const c10::Error *>(&error);
    throw InputError(file.string() + ": not a TorchScript network that can be read: " +
                     FirstLine(torchError ? torchError->what_without_backtrace() : error.what()));
  }
  const auto json = nlohmann::json::parse(extra[DescriptionFile], nullptr, false);
  try
  {
    if (!json.is_object())
    {
      throw InputError(std::string("the TorchScript file carries no description; expected the extra file '") +
                       DescriptionFile + "' (see Documentation/FileFormats.md)");
    }
    for (const char * key : {"window_px", "stride_px"})
    {
      if (!json.contains(key) || !json[key].is_number_integer() || json[key] < 1 || json[key] > 1024)
      {
        throw InputError(std::string("description: '") + key + "' must be a whole number from 1 to 1024");
      }
    }
    description = ModelDescription::FromJson(json);
    description.architecture = NetworkArchitecture();
    description.architecture.preset = "torchscript";
    description.architecture.windowPx = json["window_px"].get<long>();
    description.architecture.inputPooling = json["stride_px"].get<long>(); // the stride, as far as others ask
    description.architecture.samePadding = !json.value("dense", false);
    // What it says of itself must be true: the output for one window has one number for each target.
    const long window = description.architecture.windowPx;
    torch::NoGradGuard noGradient;
    const torch::Tensor output = network->Forward(torch::zeros({1, 1, window, window}));
    if (output.numel() != static_cast<std::int64_t>(description.targets.size()))
    {
      throw InputError("the TorchScript network gives " + std::to_string(output.numel()) +
                       " numbers for a window, its "
                       "description names " +
                       std::to_string(description.targets.size()) + " targets");
    }
  }
  catch (const nlohmann::json::exception &)
  {
    throw InputError(file.string() + ": the description has values of the wrong kind");
  }
  catch (const InputError & error)
  {
    throw InputError(file.string() + ": " + error.GetMessage());
  }
  return network;
}
} // namespace ferro
