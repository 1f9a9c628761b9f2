#include "ferroInsightTools.h"

#include "ferroErrors.h"
#include "ferroLatticeEstimate.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <locale>
#include <sstream>

namespace ferro
{
namespace
{
std::vector<std::string>
Split(const std::string & text)
{
  std::vector<std::string> words;
  std::istringstream stream(text);
  std::string word;
  while (std::getline(stream, word, ','))
  {
    word.erase(0, word.find_first_not_of(' '));
    word.erase(word.find_last_not_of(' ') + 1);
    words.push_back(word);
  }
  return words;
}
} // namespace

void
DeclareModel(CommandDeclaration & declaration, const std::string & layerHelp, const std::string & filterHelp)
{
  declaration.Add(ParameterType::Model, "model")
    .Label("Network")
    .Help("File that 'train' wrote.")
    .Extensions({".safetensors"})
    .Required();
  declaration.Add(ParameterType::Folder, "output")
    .Label("Output folder")
    .Help("Folder for the results; made when it is not there. Default: named after the first input, in the present "
          "folder.")
    .Output();
  declaration.Add(ParameterType::Text, "layer").Label("Layers").Help(layerHelp);
  declaration.Add(ParameterType::Text, "filters").Label("Filters").Help(filterHelp);
  declaration.Add(ParameterType::Text, "device")
    .Label("Device")
    .Help("Where the network runs: cpu, cuda or cuda:1.")
    .Default("cpu")
    .Advanced();
}

void
DeclareRegion(CommandDeclaration & declaration)
{
  declaration.Add(ParameterType::Text, "region")
    .Label("Region")
    .Help("Rectangle x0,y0,x1,y1 of the image that is looked at. Default: all of it.")
    .Unit("px");
}

std::shared_ptr<NetworkModel>
LoadModel(CommandContext & context)
{
  SetTorchThreads(1); // sums depend on the number in their last digits, and ascent makes them grow
  const auto file = context.GetPath("model");
  auto model = NetworkModel::Load(file);
  context.AddInput(file);
  model->SetDevice(context.GetText("device"));
  return model;
}

std::vector<LayerGeometry>
GetLayerChoice(const CommandContext & context, const ModelDescription & description,
               const std::vector<LayerGeometry> & fallback)
{
  const auto words = Split(context.GetText("layer"));
  if (words.empty())
  {
    return fallback;
  }
  std::vector<LayerGeometry> layers;
  for (const std::string & word : words)
  {
    const LayerGeometry layer = FindLayer(description, word);
    if (std::any_of(layers.begin(), layers.end(), [&layer](const auto & other) { return other.name == layer.name; }))
    {
      throw UsageError("--layer: '" + layer.name + "' stands twice");
    }
    layers.push_back(layer);
  }
  return layers;
}

std::vector<long>
GetFilterChoice(const CommandContext & context, const LayerGeometry & layer, long most)
{
  const std::string text = context.GetText("filters");
  std::vector<long> filters;
  if (text.empty() || text == "all")
  {
    for (long k = 0; k < (text.empty() ? std::min(most, layer.filters) : layer.filters); ++k)
    {
      filters.push_back(k);
    }
    return filters;
  }
  for (const std::string & word : Split(text))
  {
    long number = -1;
    const auto end = std::from_chars(word.data(), word.data() + word.size(), number);
    if (end.ec != std::errc() || end.ptr != word.data() + word.size() || number < 0 || number >= layer.filters)
    {
      throw UsageError("--filters: found '" + word + "', expected 'all' or numbers from 0 to " +
                       std::to_string(layer.filters - 1) + " for the layer " + layer.name);
    }
    filters.push_back(number);
  }
  return filters;
}

std::string
NameFilter(const ModelDescription & description, const LayerGeometry & layer, long filter)
{
  return layer.name == "head" ? description.targets[static_cast<std::size_t>(filter)].name
                              : "filter " + std::to_string(filter);
}

ModelImage
ReadModelImage(CommandContext & context, const ModelDescription & description)
{
  const auto image = context.ReadImage("image");
  const ImageGeometry geometry = GetImageGeometry(*image);
  Eigen::Matrix2d translations = Eigen::Matrix2d::Zero();
  if (description.scale == ModelScale::Lattice)
  {
    translations = EstimateCentredTranslations(*image);
  }
  const ModelFrame frame = MakeModelFrame(description, geometry, translations);
  const PixelView view{image->GetBufferPointer(), 0, 0, geometry.width, geometry.height};
  const Eigen::Vector2d last(static_cast<double>(geometry.width - 1), static_cast<double>(geometry.height - 1));
  const PixelStatistics statistics = ComputeStatistics(view, Eigen::Vector2d::Zero(), last);
  if (!(statistics.deviation > 0.0))
  {
    throw AnalysisError(context.GetText("image") + ": all pixels have the same value, or none is a number");
  }
  ModelImage result;
  Eigen::Vector2d origin = frame.origin;
  result.width = frame.width;
  result.height = frame.height;
  const std::string region = context.GetText("region");
  if (!region.empty())
  {
    std::istringstream stream(region);
    stream.imbue(std::locale::classic());
    Eigen::Vector2d low;
    Eigen::Vector2d high;
    char comma[3] = {};
    stream >> low.x() >> comma[0] >> low.y() >> comma[1] >> high.x() >> comma[2] >> high.y();
    const bool complete = !stream.fail() && (stream >> std::ws).eof();
    if (!complete || comma[0] != ',' || comma[1] != ',' || comma[2] != ',' || (high - low).minCoeff() <= 0.0 ||
        low.minCoeff() < 0.0 || (last - high).minCoeff() < 0.0)
    {
      throw UsageError("--region: found '" + region + "', expected x0,y0,x1,y1 in pixels inside the image of " +
                       std::to_string(geometry.width) + " x " + std::to_string(geometry.height) +
                       " with x0 < x1 and y0 < y1");
    }
    // A frame that is turned covers a rectangle of the same size and middle.
    const double magnification = frame.GetMagnification();
    result.width = std::lround((high.x() - low.x() + 1.0) / magnification);
    result.height = std::lround((high.y() - low.y() + 1.0) / magnification);
    const Eigen::Vector2d half(0.5 * static_cast<double>(result.width - 1),
                               0.5 * static_cast<double>(result.height - 1));
    origin = 0.5 * (low + high) - frame.toImage * half;
  }
  result.pixels.resize(static_cast<std::size_t>(result.width) * static_cast<std::size_t>(result.height));
  SampleNormalized(view, statistics, frame.toImage, origin, result.width, result.height, {}, result.pixels.data());
  result.origin = geometry.ToPhysical(origin);
  result.steps = geometry.pixelSizeNm.asDiagonal() * frame.toImage;
  result.unit = geometry.calibrated ? "nm" : "px";
  return result;
}

std::string
FormatNumber(double value)
{
  if (!std::isfinite(value))
  {
    return {};
  }
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::general, 7);
  return {buffer, end.ptr};
}

void
WriteText(const std::filesystem::path & path, const std::string & text)
{
  std::ofstream stream(path, std::ios::binary);
  stream << text;
  stream.close();
  if (!stream)
  {
    throw OutputError(path.string() + ": cannot be written");
  }
}

void
WriteStackNrrd(const std::filesystem::path & path, const std::vector<float> & values, long columns, long rows,
               long slices, const Eigen::Vector2d & origin, const Eigen::Matrix2d & steps, const std::string & unit)
{
  const auto vector = [](double x, double y, double z)
  { return "(" + FormatNumber(x) + "," + FormatNumber(y) + "," + FormatNumber(z) + ")"; };
  std::string header =
    "NRRD0005\ntype: float\ndimension: 3\nspace dimension: 3\nsizes: " + std::to_string(columns) + " " +
    std::to_string(rows) + " " + std::to_string(slices) + "\nspace directions: " + vector(steps(0, 0), steps(1, 0), 0) +
    " " + vector(steps(0, 1), steps(1, 1), 0) + " " + vector(0, 0, 1) +
    "\nkinds: domain domain list\nendian: little\nencoding: raw\nspace origin: " + vector(origin.x(), origin.y(), 0) +
    "\nFerroscope.lengthUnit:=" + unit + "\n\n";
  header.append(reinterpret_cast<const char *>(values.data()), 4 * values.size());
  WriteText(path, header);
}
} // namespace ferro
