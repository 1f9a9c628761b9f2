#include "ferroErrors.h"
#include "ferroLocalNoise.h"
#include "ferroNetworkModelImplementation.h"

#include <algorithm>
#include <cmath>
#include <fstream>

namespace ferro
{
namespace
{
constexpr int FormatVersion = 1;
const char * const FormatName = "ferroscope-network";

std::vector<double>
GetNumbers(const nlohmann::json & json, const char * key, std::size_t count, bool positive)
{
  std::vector<double> values;
  if (json.contains(key) && json[key].is_array())
  {
    for (const auto & value : json[key])
    {
      values.push_back(value.is_number() ? value.get<double>() : std::nan(""));
    }
  }
  bool good = values.size() == count;
  for (const double value : values)
  {
    good = good && std::isfinite(value) && (!positive || value > 0.0);
  }
  if (!good)
  {
    throw InputError(std::string("description: '") + key + "' must hold " + std::to_string(count) +
                     (positive ? " positive numbers" : " numbers") + ", one for each target");
  }
  return values;
}

/** Throws InputError when a network of this shape needs a tensor that is missing or has another shape. */
void
CheckTensors(const NetworkArchitecture & architecture, long targets, const TensorMap & tensors)
{
  for (const auto & [name, shape] : architecture.GetShapes(targets))
  {
    const auto found = tensors.find(name);
    if (found == tensors.end())
    {
      throw InputError("weights '" + name + "' are missing");
    }
    if (found->second.shape != shape)
    {
      throw InputError("weights '" + name + "' do not have the shape that the architecture demands");
    }
  }
  const std::pair<const char *, long> novelties[] = {
    {"novelty.features", architecture.blocks.back().channels},
    {"novelty.spectra", GetSpectrumSize(architecture.windowPx, architecture.inputPooling)}};
  for (const auto & [prefix, size] : novelties)
  {
    const std::string start = prefix;
    const std::pair<const char *, std::vector<long>> parts[] = {
      {".mean", {size}}, {".whitening", {size, size}}, {".scale", {1}}};
    for (const auto & [end, shape] : parts)
    {
      const auto found = tensors.find(start + end);
      if (found == tensors.end() && tensors.count(start + ".mean") > 0)
      {
        throw InputError("novelty statistics '" + start + "' are not complete");
      }
      if (found != tensors.end() && found->second.shape != shape)
      {
        throw InputError("novelty statistics '" + start + end +
                         "' do not have the shape that the architecture demands");
      }
    }
  }
}

const char *
ToString(ModelScale scale)
{
  return scale == ModelScale::Lattice ? "lattice" : scale == ModelScale::PixelSize ? "pixel-size" : "pixels";
}
} // namespace

double
ModelDescription::GetVariance(std::size_t target, double logarithm, double noise, double magnification) const
{
  constexpr double Largest = 12.0; // where exp() would say nothing any more
  const auto terms = GetVarianceTerms(logarithm, noise, magnification);
  double sum = varianceFit.empty() ? terms[1] : 0.0;
  for (std::size_t k = 0; k < terms.size() && !varianceFit.empty(); ++k)
  {
    sum += varianceFit[target][k] * terms[k];
  }
  return targetDeviation[target] * targetDeviation[target] * std::exp(std::clamp(sum, -Largest, Largest));
}

void
ModelDescription::Check() const
{
  architecture.Check();
  if (targets.empty() || targetMean.size() != targets.size() || targetDeviation.size() != targets.size() ||
      (!sigma.empty() && sigma.size() != targets.size()))
  {
    throw UsageError("network: every target needs a mean and a deviation");
  }
  if ((scale == ModelScale::PixelSize && !(pixelSizeNm > 0.0)) || (scale == ModelScale::Lattice && !(cellPx > 0.0)))
  {
    throw UsageError("network: its scale is not known (pixel size, or pixels per cell)");
  }
}

nlohmann::json
ModelDescription::ToJson() const
{
  nlohmann::json json;
  json["format"] = FormatName;
  json["version"] = FormatVersion;
  if (!architecture.blocks.empty()) // a data set has none
  {
    json["architecture"] = architecture.ToJson();
  }
  for (const auto & target : targets)
  {
    json["targets"].push_back(target.name);
  }
  json["target_mean"] = targetMean;
  json["target_deviation"] = targetDeviation;
  json["sigma"] = sigma;
  if (!varianceFit.empty())
  {
    json["variance_fit"] = varianceFit;
  }
  json["scale"] = ToString(scale);
  json["pixel_size_nm"] = pixelSizeNm;
  json["cell_px"] = cellPx;
  json["normalization"] = "image"; // (value - mean) / standard deviation of the whole image
  json["sampling"] = centered ? "C" : "NC";
  json["provenance"] = provenance;
  return json;
}

ModelDescription
ModelDescription::FromJson(const nlohmann::json & json)
{
  ModelDescription result;
  try
  {
    if (json.value("normalization", std::string("image")) != "image")
    {
      throw InputError("description: found the normalization '" + json["normalization"].get<std::string>() +
                       "', expected 'image'");
    }
    if (json.contains("architecture"))
    {
      result.architecture = NetworkArchitecture::FromJson(json["architecture"]);
    }
    std::string names;
    for (const auto & name : json.at("targets"))
    {
      names += (names.empty() ? "" : ",") + name.get<std::string>();
    }
    result.targets = ParseTargets(names);
    result.targetMean = GetNumbers(json, "target_mean", result.targets.size(), false);
    result.targetDeviation = GetNumbers(json, "target_deviation", result.targets.size(), true);
    if (json.contains("sigma") && !json["sigma"].empty())
    {
      result.sigma = GetNumbers(json, "sigma", result.targets.size(), true);
    }
    if (json.contains("variance_fit"))
    {
      result.varianceFit = json["variance_fit"].get<std::vector<std::array<double, 4>>>();
      if (result.varianceFit.size() != result.targets.size())
      {
        throw InputError("description: 'variance_fit' must hold four numbers for each target");
      }
    }
    const auto scale = json.at("scale").get<std::string>();
    result.scale = scale == "lattice"      ? ModelScale::Lattice
                   : scale == "pixel-size" ? ModelScale::PixelSize
                                           : ModelScale::Pixels;
    result.pixelSizeNm = json.value("pixel_size_nm", 0.0);
    result.cellPx = json.value("cell_px", 0.0);
    result.centered = json.value("sampling", std::string("NC")) == "C";
    result.provenance = json.value("provenance", nlohmann::json::object());
    if (scale != ToString(result.scale) || (result.scale == ModelScale::PixelSize && !(result.pixelSizeNm > 0.0)) ||
        (result.scale == ModelScale::Lattice && !(result.cellPx > 0.0)))
    {
      throw InputError("description: found the scale '" + scale +
                       "', expected pixel-size with pixel_size_nm, lattice with cell_px, or pixels");
    }
  }
  catch (const nlohmann::json::exception &)
  {
    throw InputError("description: expected targets, target_mean, target_deviation and scale");
  }
  catch (const UsageError & error)
  {
    throw InputError("description: " + error.GetMessage());
  }
  return result;
}

std::shared_ptr<NetworkModel>
NetworkModel::Load(const std::filesystem::path & file)
{
  char magic[4] = {};
  std::ifstream(file, std::ios::binary).read(magic, 4);
  auto implementation = std::make_unique<Implementation>();
  if (std::string(magic, 4) == std::string("PK\3\4", 4)) // a ZIP archive: TorchScript
  {
    implementation->backend = GetNetworkBackend().LoadScript(file, implementation->description);
    return std::shared_ptr<NetworkModel>(new NetworkModel(std::move(implementation)));
  }
  TensorFile content = TensorFile::Read(file);
  try
  {
    if (content.description.value("format", nlohmann::json()) != FormatName)
    {
      throw InputError("not a network of Ferroscope (expected a .safetensors file that 'train' wrote)");
    }
    if (content.description.value("version", nlohmann::json()) != FormatVersion)
    {
      throw InputError("the network was written by another version of Ferroscope");
    }
    if (!content.description.contains("architecture"))
    {
      throw InputError("description: the architecture is missing");
    }
    ModelDescription & description = implementation->description;
    description = ModelDescription::FromJson(content.description);
    const auto outputs = static_cast<long>(description.targets.size());
    std::size_t weights = 0;
    for (const auto & [name, tensor] : content.tensors)
    {
      weights += tensor.values.size();
    }
    // Before the layers are made: they are not larger than what the file holds.
    if (static_cast<std::size_t>(description.architecture.CountParameters(outputs)) > weights)
    {
      throw InputError("the architecture has more weights than the file holds");
    }
    CheckTensors(description.architecture, outputs, content.tensors);
    implementation->tensors = std::move(content.tensors);
  }
  catch (const InputError & error)
  {
    throw InputError(file.string() + ": " + error.GetMessage());
  }
  return std::shared_ptr<NetworkModel>(new NetworkModel(std::move(implementation)));
}

void
NetworkModel::Save(const std::filesystem::path & file) const
{
  if (m_Implementation->backend && m_Implementation->backend->IsScript())
  {
    throw UsageError(file.string() + ": a network that came as TorchScript cannot be written again");
  }
  TensorFile content;
  content.description = m_Implementation->description.ToJson();
  content.tensors = m_Implementation->GetTensors();
  content.Write(file);
}
} // namespace ferro
