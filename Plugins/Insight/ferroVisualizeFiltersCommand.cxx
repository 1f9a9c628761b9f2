#include "ferroErrors.h"
#include "ferroHtmlReport.h"
#include "ferroInsightCommands.h"
#include "ferroInsightTools.h"
#include "ferroOutputFolder.h"
#include "ferroVectorFieldWriter.h"

#include <nlohmann/json.hpp>

namespace ferro
{
CommandDeclaration
VisualizeFiltersCommand::Declare() const
{
  CommandDeclaration declaration;
  declaration.name = "visualize-filters";
  declaration.menu = "Network/Visualize Filters";
  declaration.title = "Visualize filters";
  declaration.help = "Shows what the filters of a network look for: begins with noise, or with an image, and changes "
                     "its pixels step by step so "
                     "that one filter answers more and more (gradient ascent).";
  declaration.examples = {"ferroscope visualize-filters --model film.safetensors --layer conv7",
                          "ferroscope visualize-filters --model film.safetensors --layer head --start film.dm4 "
                          "--region 100,100,179,179"};
  declaration.references = {"Simonyan, Vedaldi, Zisserman, arXiv:1312.6034 (2013)",
                            "Yosinski, Clune, Nguyen, Fuchs, Lipson, arXiv:1506.06579 (2015)"};
  DeclareModel(declaration,
               "Names or numbers of layers, with commas: conv1, conv2, ..., head (whose filters are the targets). "
               "Default: the last convolution.",
               "Numbers of filters, from 0, with commas, or all. Default: the first 16.");
  declaration.Add(ParameterType::Image, "image")
    .Label("Image to begin with")
    .Help("Instead of noise; also --start.")
    .Alias("start");
  declaration.Add(ParameterType::Text, "imageIndex")
    .Label("Image in the file")
    .Help("Which image of a file that holds several: its number in 'ferroscope info', or its title");
  DeclareRegion(declaration);
  declaration.Add(ParameterType::Integer, "steps")
    .Label("Steps")
    .Help("Steps of the ascent.")
    .Default(200)
    .Range(1, 100000);
  declaration.Add(ParameterType::Integer, "sizePx")
    .Label("Size")
    .Help("Edge of the images that begin with noise; 0: the window of the network.")
    .Unit("px")
    .Default(0)
    .Range(0, 2048);
  declaration.Add(ParameterType::Number, "stepSize")
    .Label("Size of a step")
    .Help("Root mean square change of the pixels in a step, in standard deviations of an image.")
    .Default(0.1)
    .Range(1e-6, 100.0)
    .Advanced();
  declaration.Add(ParameterType::Number, "decay")
    .Label("Decay")
    .Help("Pulls pixels to the mean (L2): they stay below about 1 over this number.")
    .Default(0.3)
    .Range(0.0, 1000.0)
    .Advanced();
  declaration.Add(ParameterType::Number, "totalVariation")
    .Label("Smoothness")
    .Help("Pulls neighbouring pixels together (total variation).")
    .Default(0.1)
    .Range(0.0, 1000.0)
    .Advanced();
  declaration.Add(ParameterType::Number, "blurSigmaPx")
    .Label("Blur")
    .Help("Standard deviation of the blur now and then; 0: none.")
    .Unit("px")
    .Default(0.5)
    .Range(0.0, 20.0)
    .Advanced();
  declaration.Add(ParameterType::Integer, "blurEvery")
    .Label("Steps between blurs")
    .Help("0: never.")
    .Default(10)
    .Range(0, 100000)
    .Advanced();
  declaration.Add(ParameterType::Integer, "jitterPx")
    .Label("Jitter")
    .Help("Largest random shift before each step, so that nothing depends on single pixels.")
    .Unit("px")
    .Default(2)
    .Range(0, 1000)
    .Advanced();
  return declaration;
}

void
VisualizeFiltersCommand::Run(CommandContext & context)
{
  FilterVisualizationOptions options;
  options.steps = context.GetInteger("steps");
  options.stepSize = context.GetNumber("stepSize");
  options.l2 = context.GetNumber("decay");
  options.totalVariation = context.GetNumber("totalVariation");
  options.blurSigmaPx = context.GetNumber("blurSigmaPx");
  options.blurEvery = context.GetInteger("blurEvery");
  options.jitterPx = context.GetInteger("jitterPx");
  options.seed = context.GetSeed();

  context.BeginStage("Reading", 0.0, 0.05);
  const auto model = LoadModel(context);
  const ModelDescription & description = model->GetDescription();
  const auto all = GetLayers(description);
  const auto layers = GetLayerChoice(context, description, {all[all.size() - 2]});
  std::vector<std::vector<long>> filters;
  for (const auto & layer : layers)
  {
    filters.push_back(GetFilterChoice(context, layer, 16));
  }
  ModelImage start;
  if (context.Has("image"))
  {
    start = ReadModelImage(context, description);
  }
  else if (!context.GetText("region").empty())
  {
    throw UsageError("--region is about the image to begin with: give one by --start");
  }
  else
  {
    const long size = context.GetInteger("sizePx");
    start.width = start.height = size > 0 ? size : description.architecture.windowPx;
    const bool calibrated = description.scale == ModelScale::PixelSize;
    start.unit = calibrated ? "nm" : "px";
    start.steps *= calibrated ? description.pixelSizeNm : 1.0;
  }
  auto output = context.GetText("output").empty()
                  ? std::filesystem::path(context.GetPath("model").stem().string() + "_filters")
                  : context.GetPath("output");
  OutputFolder folder(output);

  std::string table = "layer,filter,start_activation,end_activation\n";
  nlohmann::json summary = context.GetProvenance();
  std::vector<Figure> figures;
  const auto place = context.GetMakeFigures() ? folder.Path("figures/x.png").parent_path() : std::filesystem::path();
  for (std::size_t k = 0; k < layers.size(); ++k)
  {
    const LayerGeometry & layer = layers[k];
    const auto share = 0.9 / static_cast<double>(layers.size());
    const double from = 0.05 + share * static_cast<double>(k);
    context.BeginStage("Ascent of " + layer.name, from, from + share);
    const auto images = VisualizeFilters(*model, layer.name, filters[k], start.pixels, start.width, start.height,
                                         options, [&context](double fraction) { context.SetProgress(fraction); });
    std::vector<float> values;
    std::vector<FilterTile> tiles;
    long raised = 0;
    for (const FilterImage & image : images)
    {
      values.insert(values.end(), image.pixels.begin(), image.pixels.end());
      tiles.push_back({NameFilter(description, layer, image.filter), start.width, start.height, image.pixels});
      table += layer.name + "," + std::to_string(image.filter) + "," + FormatNumber(image.startActivation) + "," +
               FormatNumber(image.endActivation) + "\n";
      raised += image.endActivation > image.startActivation;
    }
    WriteStackNrrd(folder.Path("images_" + layer.name + ".nrrd"), values, start.width, start.height,
                   static_cast<long>(images.size()), start.origin, start.steps, start.unit);
    summary["layers"].push_back({{"name", layer.name},
                                 {"filters", filters[k]},
                                 {"receptive_field_px", layer.receptiveField},
                                 {"raised", raised},
                                 {"file", "images_" + layer.name + ".nrrd"}});
    if (context.GetMakeFigures())
    {
      FilterGridOptions grid;
      grid.title = "What the filters of " + layer.name + " look for";
      grid.valueLabel = "standard deviations";
      grid.gray = true;
      grid.tileWidth = start.steps.col(0).norm() * static_cast<double>(start.width);
      grid.unit = start.unit;
      const std::string file = (k + 1 < 10 ? "0" : "") + std::to_string(k + 1) + "_" + layer.name + ".png";
      WriteFilterGrid(place / file, tiles, grid);
      figures.push_back(
        {file, grid.title,
         "Images after " + std::to_string(options.steps) +
           " steps of gradient ascent on the mean answer of each filter, from " +
           (start.pixels.empty() ? "noise" : "the given image") + ". " + std::to_string(raised) + " of " +
           std::to_string(images.size()) +
           " filters answer more than at the beginning. Gray: standard deviations of an image from its mean."});
    }
  }
  context.BeginStage("Writing", 0.95, 1.0);
  WriteText(folder.Path("filters.csv"), table);
  WriteJson(summary, folder.Path("summary.json"));
  if (context.GetMakeFigures())
  {
    summary["report"] = {{"title", "Filters of " + context.GetPath("model").filename().string()},
                         {"lead", "What the filters of the network look for."},
                         {"tables", nlohmann::json::array()}};
    WriteHtmlReport(folder.Path("report.html"), summary, figures, place);
  }
  folder.Commit();
  context.Info("results in " + folder.GetFolder().string());
}
} // namespace ferro
