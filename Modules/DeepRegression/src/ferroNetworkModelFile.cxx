#include "ferroErrors.h"
#include "ferroNetworkModelImplementation.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>

namespace ferro
{
namespace
{
constexpr int FormatVersion = 1;
const char * const FormatName = "ferroscope-network";
constexpr double LargestLogarithm = 12.0; // of a variance: beyond it exp() would say nothing any more

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
    {"novelty.within", architecture.blocks.back().channels},
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

/** Four numbers were written before there were more terms. */
VarianceFit
ReadVarianceFit(const nlohmann::json & json)
{
  const auto numbers = json.get<std::vector<double>>();
  VarianceFit fit;
  if (numbers.size() != 4 && numbers.size() != fit.logarithm.size() + 1)
  {
    throw InputError("description: 'variance_fit' must hold four or seven numbers for each target");
  }
  std::copy_n(numbers.begin(), std::min(numbers.size(), fit.logarithm.size()), fit.logarithm.begin());
  fit.bend = numbers.size() == 4 ? 0.0 : numbers.back();
  if (!(fit.bend >= 0.0))
  {
    throw InputError("description: the last number of 'variance_fit' must not be negative");
  }
  return fit;
}

const char *
ToString(ModelScale scale)
{
  return scale == ModelScale::Lattice ? "lattice" : scale == ModelScale::PixelSize ? "pixel-size" : "pixels";
}
} // namespace

VarianceTerms
ModelDescription::GetVarianceTerms(double logarithm, double noise, double magnification) const
{
  constexpr double LeastNoise = 1e-6; // of images without any
  if (varianceScales.size() == 2)
  {
    magnification = std::clamp(magnification, varianceScales[0], varianceScales[1]);
  }
  const double v = std::clamp(logarithm, -LargestLogarithm, LargestLogarithm);
  const double m = std::log(magnification);
  return {1.0, v, std::log(std::max(LeastNoise, noise)), m, m * m, v * m};
}

double
ModelDescription::GetVariance(std::size_t target, const VarianceTerms & terms, double bend) const
{
  if (varianceFit.empty())
  {
    return targetDeviation[target] * targetDeviation[target] * std::exp(terms[1]);
  }
  const auto & fit = varianceFit[target];
  const double sum = std::inner_product(terms.begin(), terms.end(), fit.logarithm.begin(), 0.0);
  return targetDeviation[target] * targetDeviation[target] *
           std::exp(std::clamp(sum, -LargestLogarithm, LargestLogarithm)) +
         fit.bend * bend;
}

bool
ModelDescription::NeedsBend() const
{
  return std::any_of(varianceFit.begin(), varianceFit.end(), [](const auto & fit) { return fit.bend > 0.0; });
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
    for (const auto & fit : varianceFit)
    {
      nlohmann::json numbers = fit.logarithm;
      numbers.push_back(fit.bend);
      json["variance_fit"].push_back(numbers);
    }
    json["variance_scales"] = varianceScales;
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
      for (const auto & numbers : json["variance_fit"])
      {
        result.varianceFit.push_back(ReadVarianceFit(numbers));
      }
      if (result.varianceFit.size() != result.targets.size())
      {
        throw InputError("description: 'variance_fit' must hold numbers for each target");
      }
    }
    if (json.contains("variance_scales") && !json["variance_scales"].empty())
    {
      result.varianceScales = GetNumbers(json, "variance_scales", 2, true);
      std::sort(result.varianceScales.begin(), result.varianceScales.end());
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
