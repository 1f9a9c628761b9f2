#include "ferroChain.h"
#include "ferroErrors.h"
#include "ferroHtmlReport.h"
#include "ferroInsightCommands.h"
#include "ferroInsightTools.h"
#include "ferroOutputFolder.h"
#include "ferroVectorFieldWriter.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr long OverviewFilters = 8;

FilterTile
MakeTile(const LayerActivation & activation, long filter, const std::string & label)
{
  const auto size = static_cast<std::size_t>(activation.columns * activation.rows);
  const auto first = activation.values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(filter) * size);
  return {label, activation.columns, activation.rows,
          std::vector<float>(first, first + static_cast<std::ptrdiff_t>(size))};
}

/** Mean, standard deviation, extremes and the share of values above zero of each filter. */
std::string
Statistics(const LayerActivation & activation, const std::vector<long> & filters)
{
  std::string text;
  for (const long filter : filters)
  {
    const FilterTile tile = MakeTile(activation, filter, "");
    const auto count = static_cast<double>(tile.values.size());
    double mean = 0.0;
    double positive = 0.0;
    for (const float v : tile.values)
    {
      mean += v / count;
      positive += v > 0.0F ? 1.0 : 0.0;
    }
    double square = 0.0;
    for (const float v : tile.values)
    {
      square += (v - mean) * (v - mean) / count;
    }
    const auto [low, high] = std::minmax_element(tile.values.begin(), tile.values.end());
    text += activation.layer.name + "," + std::to_string(filter);
    for (const double v :
         {mean, std::sqrt(square), static_cast<double>(*low), static_cast<double>(*high), positive / count})
    {
      text += "," + FormatNumber(v);
    }
    text += "\n";
  }
  return text;
}
} // namespace

CommandDeclaration
FeatureMapsCommand::Declare() const
{
  CommandDeclaration declaration;
  declaration.name = "feature-maps";
  declaration.menu = "Network/Feature Maps";
  declaration.title = "Feature maps";
  declaration.help =
    "Shows what the filters of a network answer to an image: the activations of its layers as pictures and as arrays.";
  declaration.examples = {
    "ferroscope feature-maps film.dm4 --model film.safetensors --region 100,100,259,259",
    "ferroscope feature-maps film.dm4 --model film.safetensors --layer conv2,conv7 --filters 0,3,5"};
  declaration.references = {
    "Nelson, Ghosh, Oxley, Zhang, Ziatdinov, Takeuchi, Kalinin, npj Comput. Mater. 7, 149 (2021)"};
  DeclareInputImage(declaration);
  DeclareModel(declaration, "Names or numbers of layers, with commas: conv1, conv2, ..., head. Default: all.",
               "Numbers of filters, from 0, with commas; default: all of each layer.");
  DeclareRegion(declaration);
  return declaration;
}

void
FeatureMapsCommand::Run(CommandContext & context)
{
  context.BeginStage("Reading", 0.0, 0.2);
  const auto model = LoadModel(context);
  const ModelDescription & description = model->GetDescription();
  auto fallback = GetLayers(description);
  if (description.architecture.samePadding)
  {
    fallback.pop_back(); // its head answers single windows only
  }
  auto layers = GetLayerChoice(context, description, fallback);
  std::vector<std::vector<long>> filters;
  std::vector<std::string> names;
  for (const auto & layer : layers)
  {
    filters.push_back(GetFilterChoice(context, layer, layer.filters));
    names.push_back(layer.name);
  }
  const ModelImage image = ReadModelImage(context, description);
  if (context.GetText("layer").empty() && std::min(image.width, image.height) < description.architecture.windowPx &&
      names.back() == "head")
  {
    names.pop_back(); // the region is too small for it, not for the others
    layers.pop_back();
  }
  OutputFolder folder(OutputPath(context, "_features"));

  context.BeginStage("Evaluating", 0.2, 0.5);
  const auto activations = ComputeActivations(*model, image.pixels.data(), image.width, image.height, names);
  context.CheckCancelled();

  context.BeginStage("Writing", 0.5, 1.0);
  std::string table = "layer,filter,mean,sd,minimum,maximum,positive_share\n";
  nlohmann::json summary = context.GetProvenance();
  std::vector<Figure> figures;
  const auto place = context.GetMakeFigures() ? folder.Path("figures/x.png").parent_path() : std::filesystem::path();
  const auto draw = [&](const std::string & file, const std::vector<FilterTile> & tiles,
                        const FilterGridOptions & options, const std::string & caption)
  {
    WriteFilterGrid(place / file, tiles, options);
    figures.push_back({file, options.title, caption});
  };
  const double pixel = image.steps.col(0).norm();
  if (context.GetMakeFigures())
  {
    FilterGridOptions options;
    options.title = "Image at the scale of the network";
    options.valueLabel = "standard deviations";
    options.gray = true;
    options.tileWidth = pixel * static_cast<double>(image.width);
    options.unit = image.unit;
    draw("00_input.png", {{"", image.width, image.height, image.pixels}}, options,
         "What the network sees: " + std::to_string(image.width) + " x " + std::to_string(image.height) +
           " pixels, in standard deviations of the whole image from its mean.");
    options = {};
    options.title = "Filters of all layers";
    options.rangePerRow = true;
    options.columns = OverviewFilters;
    std::vector<FilterTile> tiles;
    for (std::size_t k = 0; k < activations.size(); ++k)
    {
      options.rowLabels.push_back(names[k]);
      for (std::size_t f = 0; f < static_cast<std::size_t>(OverviewFilters); ++f)
      {
        tiles.push_back(f < filters[k].size()
                          ? MakeTile(activations[k], filters[k][f], NameFilter(description, layers[k], filters[k][f]))
                          : FilterTile());
      }
    }
    draw("01_overview.png", tiles, options,
         "The first " + std::to_string(OverviewFilters) +
           " chosen filters of each layer, from the image (top) to what is predicted. Each row has its own range of "
           "colours.");
  }
  for (std::size_t k = 0; k < activations.size(); ++k)
  {
    const LayerActivation & one = activations[k];
    const LayerGeometry & layer = one.layer;
    const Eigen::Matrix2d steps = image.steps * static_cast<double>(layer.stride);
    std::vector<float> values;
    std::vector<FilterTile> tiles;
    for (const long filter : filters[k])
    {
      tiles.push_back(MakeTile(one, filter, NameFilter(description, layer, filter)));
      values.insert(values.end(), tiles.back().values.begin(), tiles.back().values.end());
    }
    WriteStackNrrd(folder.Path("activations_" + layer.name + ".nrrd"), values, one.columns, one.rows,
                   static_cast<long>(filters[k].size()),
                   image.origin + image.steps * Eigen::Vector2d::Constant(layer.offset), steps, image.unit);
    table += Statistics(one, filters[k]);
    summary["layers"].push_back({{"name", layer.name},
                                 {"filters", filters[k]},
                                 {"columns", one.columns},
                                 {"rows", one.rows},
                                 {"stride_px", layer.stride},
                                 {"offset_px", layer.offset},
                                 {"receptive_field_px", layer.receptiveField},
                                 {"file", "activations_" + layer.name + ".nrrd"}});
    if (context.GetMakeFigures())
    {
      FilterGridOptions options;
      options.title = "Activations of " + layer.name;
      options.valueLabel = layer.name == "head" ? "output" : "activation";
      options.tileWidth = steps.col(0).norm() * static_cast<double>(one.columns);
      options.unit = image.unit;
      draw((k + 2 < 10 ? "0" : "") + std::to_string(k + 2) + "_" + layer.name + ".png", tiles, options,
           "Each value looks at " + std::to_string(layer.receptiveField) + " x " +
             std::to_string(layer.receptiveField) + " pixels of the network and stands " +
             std::to_string(layer.stride) + " pixels from the next. " +
             (layer.name == "head" ? "What the network predicts, in units of the spread of its training targets."
                                   : "Behind the Leaky ReLU, before batch normalization."));
    }
    context.SetProgress(static_cast<double>(k + 1) / static_cast<double>(activations.size()));
  }
  WriteText(folder.Path("filters.csv"), table);
  WriteJson(summary, folder.Path("summary.json"));
  if (context.GetMakeFigures())
  {
    summary["report"] = {{"title", "Feature maps of " + context.GetPath("image").filename().string()},
                         {"lead", "Answers of the filters of " + context.GetPath("model").filename().string() + "."},
                         {"tables", nlohmann::json::array()}};
    WriteHtmlReport(folder.Path("report.html"), summary, figures, place);
  }
  folder.Commit();
  context.Info(std::to_string(activations.size()) + " layers; results in " + folder.GetFolder().string());
}
} // namespace ferro
