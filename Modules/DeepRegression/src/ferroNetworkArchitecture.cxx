#include "ferroNetworkArchitecture.h"

#include "ferroErrors.h"

#include <nlohmann/json.hpp>

#include <sstream>

namespace ferro
{
namespace
{
constexpr long MaximumParameters = 200000000;

[[noreturn]] void
FailBlocks(const std::string & text)
{
  throw UsageError(
    "--blocks: found '" + text +
    "', expected layers x channels, with p for max pooling behind a block: for example 5x32,2x64p,2x128");
}

/** A whole number inside a JSON object. */
long
GetLong(const nlohmann::json & json, const char * key)
{
  if (!json.contains(key) || !json[key].is_number_integer())
  {
    throw InputError(std::string("architecture: '") + key + "' is missing or not a whole number");
  }
  return json[key].get<long>();
}
} // namespace

std::vector<std::string>
NetworkArchitecture::GetPresets()
{
  return {"standard", "lite", "paper"};
}

NetworkArchitecture
NetworkArchitecture::FromPreset(const std::string & name)
{
  NetworkArchitecture result;
  result.preset = name;
  if (name == "standard")
  {
    result.blocks = {{5, 32, false}, {2, 64, true}, {2, 128, false}};
  }
  else if (name == "lite")
  {
    result.blocks = {{5, 16, false}, {2, 32, true}, {2, 64, false}};
  }
  else if (name == "paper")
  {
    result.blocks = {{5, 32, false}, {2, 64, true}, {2, 128, false}};
    result.inputPooling = 1;
    result.samePadding = true;
    result.normalizeEveryLayer = false;
    result.dropout = 0.2;
  }
  else
  {
    throw UsageError("--network: found '" + name + "', expected standard, lite or paper");
  }
  return result;
}

std::vector<NetworkArchitecture::Block>
NetworkArchitecture::ParseBlocks(const std::string & text)
{
  std::vector<Block> blocks;
  std::istringstream stream(text);
  stream.imbue(std::locale::classic());
  std::string word;
  while (std::getline(stream, word, ','))
  {
    std::istringstream part(word);
    part.imbue(std::locale::classic());
    Block block;
    char times = 0;
    part >> block.layers >> times >> block.channels;
    if (part.fail() || times != 'x')
    {
      FailBlocks(text);
    }
    std::string rest;
    part >> rest;
    if (rest == "p")
    {
      block.pool = true;
    }
    else if (!rest.empty())
    {
      FailBlocks(text);
    }
    blocks.push_back(block);
  }
  if (blocks.empty())
  {
    FailBlocks(text);
  }
  return blocks;
}

std::string
NetworkArchitecture::FormatBlocks(const std::vector<Block> & blocks)
{
  std::string text;
  for (const auto & block : blocks)
  {
    text += (text.empty() ? "" : ",") + std::to_string(block.layers) + "x" + std::to_string(block.channels) +
            (block.pool ? "p" : "");
  }
  return text;
}

long
NetworkArchitecture::GetStride() const
{
  long stride = inputPooling;
  for (const auto & block : blocks)
  {
    stride *= block.pool ? 2 : 1;
  }
  return stride;
}

long
NetworkArchitecture::GetHeadSize() const
{
  long size = windowPx / inputPooling;
  for (const auto & block : blocks)
  {
    size -= samePadding ? 0 : block.layers * (kernel - 1);
    size = block.pool ? size / 2 : size;
    if (size < 1)
    {
      throw UsageError("a window of " + std::to_string(windowPx) + " pixels is too small for the layers " +
                       FormatBlocks(blocks) + " with kernels of " + std::to_string(kernel) + " and input pooling of " +
                       std::to_string(inputPooling) + ": nothing is left of it; take a larger --window-px");
    }
  }
  return size;
}

long
NetworkArchitecture::CountParameters(long targets) const
{
  const long head = this->GetHeadSize();
  double count = 0.0; // double: absurd values must not overflow
  double before = 1.0;
  for (const auto & block : blocks)
  {
    for (long layer = 0; layer < block.layers; ++layer)
    {
      const auto channels = static_cast<double>(block.channels);
      count +=
        channels * (before * static_cast<double>(kernel * kernel) + 1.0) + (normalizeEveryLayer ? 2.0 * channels : 0.0);
      before = channels;
    }
  }
  count += (normalizeEveryLayer ? 0.0 : 2.0 * before) +
           static_cast<double>(this->CountOutputs(targets)) *
             (before * static_cast<double>(head) * static_cast<double>(head) + 1.0);
  return count > 1e15 ? static_cast<long>(1e15) : static_cast<long>(count);
}

std::map<std::string, std::vector<long>>
NetworkArchitecture::GetShapes(long targets) const
{
  std::map<std::string, std::vector<long>> shapes;
  const auto normalize = [&shapes](long layer, long channels)
  {
    for (const char * part : {".weight", ".bias", ".running_mean", ".running_var"})
    {
      shapes["norm" + std::to_string(layer) + part] = {channels};
    }
  };
  long before = 1;
  long number = 0;
  for (const auto & block : blocks)
  {
    for (long layer = 0; layer < block.layers; ++layer)
    {
      const std::string name = "conv" + std::to_string(++number);
      shapes[name + ".weight"] = {block.channels, before, kernel, kernel};
      shapes[name + ".bias"] = {block.channels};
      before = block.channels;
      if (normalizeEveryLayer)
      {
        normalize(number, before);
      }
    }
  }
  if (!normalizeEveryLayer)
  {
    normalize(number, before);
  }
  const long head = this->GetHeadSize();
  shapes["head.weight"] = {this->CountOutputs(targets), before, head, head};
  shapes["head.bias"] = {this->CountOutputs(targets)};
  return shapes;
}

void
NetworkArchitecture::Check() const
{
  const auto need = [](bool good, const std::string & what)
  {
    if (!good)
    {
      throw UsageError("network: " + what);
    }
  };
  need(windowPx >= 4 && windowPx <= 1024,
       "found a window of " + std::to_string(windowPx) + " pixels, expected 4 to 1024");
  need(inputPooling >= 1 && inputPooling <= 16,
       "found an input pooling of " + std::to_string(inputPooling) + ", expected 1 to 16");
  need(kernel >= 1 && kernel <= 15 && kernel % 2 == 1,
       "found kernels of " + std::to_string(kernel) + ", expected an odd number from 1 to 15");
  need(dropout >= 0.0 && dropout < 1.0, "the dropout must be at least 0 and below 1");
  need(!blocks.empty() && blocks.size() <= 32, "found " + std::to_string(blocks.size()) + " blocks, expected 1 to 32");
  for (const auto & block : blocks)
  {
    need(block.layers >= 1 && block.layers <= 64 && block.channels >= 1 && block.channels <= 4096,
         "found a block of " + std::to_string(block.layers) + " layers with " + std::to_string(block.channels) +
           " channels, expected 1 to 64 layers with 1 to 4096");
  }
  need(this->GetStride() <= windowPx, "its pooling is coarser than its window");
  need(this->CountParameters(1) <= MaximumParameters, "it would have more than 200 million weights");
}

nlohmann::json
NetworkArchitecture::ToJson() const
{
  return {{"preset", preset},
          {"window_px", windowPx},
          {"input_pooling", inputPooling},
          {"blocks", FormatBlocks(blocks)},
          {"kernel", kernel},
          {"padding", samePadding ? "same" : "valid"},
          {"normalize_every_layer", normalizeEveryLayer},
          {"dropout", dropout},
          {"predicts_variance", predictsVariance}};
}

NetworkArchitecture
NetworkArchitecture::FromJson(const nlohmann::json & json)
{
  NetworkArchitecture result;
  try
  {
    result.windowPx = GetLong(json, "window_px");
    result.inputPooling = GetLong(json, "input_pooling");
    result.kernel = GetLong(json, "kernel");
    result.preset = json.at("preset").get<std::string>();
    result.blocks = ParseBlocks(json.at("blocks").get<std::string>());
    const auto padding = json.at("padding").get<std::string>();
    if (padding != "same" && padding != "valid")
    {
      throw InputError("architecture: found the padding '" + padding + "', expected same or valid");
    }
    result.samePadding = padding == "same";
    result.normalizeEveryLayer = json.at("normalize_every_layer").get<bool>();
    result.dropout = json.at("dropout").get<double>();
    result.predictsVariance = json.value("predicts_variance", false); // files of older versions have none
    result.Check();
  }
  catch (const nlohmann::json::exception &)
  {
    throw InputError("architecture: found " + json.dump().substr(0, 200) +
                     ", expected window_px, input_pooling, kernel, preset, blocks, padding, normalize_every_layer and "
                     "dropout");
  }
  catch (const UsageError & error)
  {
    throw InputError("architecture: " + error.GetMessage());
  }
  return result;
}
} // namespace ferro
