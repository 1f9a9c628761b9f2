#include "ferroNetworkCommands.h"

#include "ferroChain.h"
#include "ferroCsvReader.h"
#include "ferroErrors.h"
#include "ferroFlatBackground.h"
#include "ferroLatticeEstimate.h"
#include "ferroMicrographReader.h"
#include "ferroOutputFolder.h"
#include "ferroRegressionDataSet.h"

#include <Eigen/LU>
#include <array>
#include <cmath>
#include <sstream>

namespace ferro
{
namespace
{
constexpr double LatticeTolerance = 0.15; // film and substrate differ by less, a lattice of another cell by more

/** One image of a data set. */
struct Source
{
  std::filesystem::path image;
  std::filesystem::path labels;
  std::optional<double> pixelSizeNm;
  std::string trainRegion; ///< empty: by the fraction
};

/** Lines of --list: paths are relative to the file. */
std::vector<Source>
ReadList(const std::filesystem::path & file)
{
  CsvReader table(file);
  const int image = table.Require("image");
  const int labels = table.Require("labels");
  const int pixel = table.Find("pixel_size_nm");
  const int region = table.Find("train_region");
  std::vector<Source> sources;
  while (table.Next())
  {
    Source source;
    source.image = file.parent_path() / table.Text(image);
    source.labels = file.parent_path() / table.Text(labels);
    const auto size = table.Number(pixel);
    if (size && !(*size > 0.0))
    {
      table.Fail(pixel, "a size above 0");
    }
    source.pixelSizeNm = size;
    source.trainRegion = table.Text(region);
    sources.push_back(source);
  }
  if (sources.empty())
  {
    throw InputError(file.string() + ": names no image");
  }
  return sources;
}

std::array<double, 4>
GetRegion(const std::string & text, double fraction, const ImageGeometry & geometry)
{
  if (text.empty())
  {
    return {0.0, 0.0, std::floor(fraction * static_cast<double>(geometry.width)) - 1.0,
            static_cast<double>(geometry.height - 1)};
  }
  Eigen::Vector2d low;
  Eigen::Vector2d high;
  ParseRegion("--train-region", text, low, high);
  return {low.x(), low.y(), high.x(), high.y()};
}
} // namespace

CommandDeclaration
ExtractCommand::Declare() const
{
  CommandDeclaration declaration;
  declaration.name = "extract";
  declaration.menu = "Network/Extract";
  declaration.title = "Extract training data";
  declaration.help =
    "Makes a data set for 'train' from images whose cells are known: from 'map', from a published table, "
    "or from any table of places and values. The file holds the images at one scale, the labels, "
    "the split into training and test part, and windows around the cells or on a grid.";
  declaration.examples = {"ferroscope extract film.dm4 --labels film_map --output film.h5",
                          "ferroscope extract film.tif --labels film_map --windows C --window-px 64 --output film.h5",
                          "ferroscope extract --list series.csv --targets px,py,a,b --output series.h5"};
  declaration.references = {
    "Nelson, Ghosh, Oxley, Zhang, Ziatdinov, Takeuchi, Kalinin, npj Comput. Mater. 7, 149 (2021)"};
  declaration.Add(ParameterType::Image, "image").Label("Image").Help("Image whose cells are known.").Positional();
  declaration.Add(ParameterType::File, "labels")
    .Label("Labels")
    .Help("Folder of its map, or a table: CSV with x_px, y_px and the targets, or a published UCParameterization.h5.");
  declaration.Add(ParameterType::File, "list")
    .Label("List of images")
    .Help(
      "Instead of one image: CSV with the columns image and labels, and where wanted pixel_size_nm and train_region.")
    .Extensions({".csv"});
  declaration.Add(ParameterType::File, "output")
    .Label("Data set")
    .Help("File to write.")
    .Extensions({".h5", ".hdf5"})
    .Required()
    .Output();
  declaration.Add(ParameterType::Text, "targets")
    .Label("Targets")
    .Help("What is to be learned, with commas between: px,py (displacement), a, b (edges), gamma, area, or names of "
          "columns.")
    .Default("px,py");
  declaration.Add(ParameterType::Choice, "center")
    .Label("Centre of the cells")
    .Help("Sublattice whose cells are taken, where the table names it.")
    .Choices({"A", "B"})
    .Default("B");
  declaration.Add(ParameterType::Choice, "windows")
    .Label("Windows")
    .Help(
      "Sub-images that are cut: around the cells (C), on a grid without regard to them (NC), or none, which suffices "
      "for training on whole images.")
    .Choices({"none", "C", "NC"})
    .Default("none");
  declaration.Add(ParameterType::Integer, "windowPx")
    .Label("Edge of the windows")
    .Help("In pixels of the network.")
    .Unit("px")
    .Default(80)
    .Range(4, 1024);
  declaration.Add(ParameterType::Integer, "stridePx")
    .Label("Step of the windows")
    .Help("Distance of neighbouring windows on the grid, in pixels of the network.")
    .Unit("px")
    .Default(8)
    .Range(1, 1024);
  declaration.Add(ParameterType::Number, "trainFraction")
    .Label("Training part")
    .Help("Share of the image, from the left, that is for training; the rest is for testing.")
    .Default(2.0 / 3.0)
    .Range(0.01, 1.0);
  declaration.Add(ParameterType::Text, "trainRegion")
    .Label("Training region")
    .Help("Rectangle x0,y0,x1,y1 that is for training, instead of the left part. Windows that cross its border are "
          "left out.")
    .Unit("px");
  declaration.Add(ParameterType::Choice, "scale")
    .Label("Scale")
    .Help("How images come to one scale: by their pixel size, by their lattice (turned so that it lies along the axes, "
          "with a fixed number of pixels per cell), or not at all.")
    .Choices({"pixel-size", "lattice", "pixels"})
    .Default("pixel-size");
  declaration.Add(ParameterType::Number, "networkPixelSizeNm")
    .Label("Pixel size of the network")
    .Help("0: that of the first image.")
    .Unit("nm")
    .Default(0.0)
    .Range(0.0, 100.0)
    .Advanced();
  declaration.Add(ParameterType::Number, "cellPx")
    .Label("Pixels per cell")
    .Help("With --scale lattice: edge of a cell in pixels of the network.")
    .Unit("px")
    .Default(20.0)
    .Range(4.0, 200.0)
    .Advanced();
  declaration.Add(ParameterType::Boolean, "subtractBackground")
    .Label("Subtract the background")
    .Help("With --scale lattice: subtract the local mean of images whose background varies much, as predict does with "
          "its option of this name and for the pretrained network.")
    .Advanced();
  declaration.Add(ParameterType::Number, "neighbourMaximumPx")
    .Label("Reach of a cell")
    .Help(
      "Distance from a place at which a cell no longer counts for its target; 0: the distance of neighbouring cells.")
    .Unit("px")
    .Default(0.0)
    .Range(0.0, 1000.0)
    .Advanced();
  declaration.Add(ParameterType::Number, "neighbourMinimumPx")
    .Label("Distance to the next cell")
    .Help("Places count only when a cell is closer than this; 0: three quarters of the distance of neighbouring cells.")
    .Unit("px")
    .Default(0.0)
    .Range(0.0, 1000.0)
    .Advanced();
  return declaration;
}

void
ExtractCommand::Run(CommandContext & context)
{
  const auto given = [&](const char * name) { return context.Has(name) && !context.GetText(name).empty(); };
  RegressionDataSet data;
  data.description.targets = ParseTargets(context.GetText("targets"));
  const std::string scale = context.GetText("scale");
  data.description.scale = scale == "lattice"  ? ModelScale::Lattice
                           : scale == "pixels" ? ModelScale::Pixels
                                               : ModelScale::PixelSize;
  data.description.cellPx = scale == "lattice" ? context.GetNumber("cellPx") : 0.0;
  data.description.pixelSizeNm = context.GetNumber("networkPixelSizeNm");
  data.neighbours = {context.GetNumber("neighbourMaximumPx"), context.GetNumber("neighbourMinimumPx")};
  std::vector<Source> sources;
  if (given("list"))
  {
    if (given("image") || given("labels"))
    {
      throw UsageError("--list: found an image or --labels as well, expected one or the other");
    }
    context.AddInput(context.GetPath("list"));
    sources = ReadList(context.GetPath("list"));
  }
  else
  {
    if (!given("image") || !given("labels"))
    {
      throw UsageError("an IMAGE with --labels is needed, or a --list of several");
    }
    sources.push_back({context.GetPath("image"),
                       context.GetPath("labels"),
                       {},
                       given("trainRegion") ? context.GetText("trainRegion") : std::string()});
  }
  if (context.GetBoolean("subtractBackground") && data.description.scale != ModelScale::Lattice)
  {
    throw UsageError("--subtract-background: found --scale " + scale + ", expected --scale lattice");
  }
  long flattened = 0;
  const char center = context.GetText("center")[0];
  OutputFile output(context.GetPath("output"));
  context.BeginStage("Reading images and labels", 0.0, 0.5);
  for (std::size_t k = 0; k < sources.size(); ++k)
  {
    context.SetProgress(static_cast<double>(k) / static_cast<double>(sources.size()));
    const auto & source = sources[k];
    MicrographType::Pointer image;
    if (given("list"))
    {
      ImageSelection selection;
      selection.pixelSizeNm = source.pixelSizeNm;
      image = ReadMicrograph(source.image, selection);
      context.AddInput(source.image);
    }
    else
    {
      image = context.ReadImage("image");
    }
    const ImageGeometry geometry = GetImageGeometry(*image);
    if (data.description.scale == ModelScale::PixelSize && !geometry.calibrated)
    {
      throw InputError(source.image.string() + ": has no calibration; give its pixel size, or take --scale lattice or "
                                               "--scale pixels");
    }
    if (data.description.scale == ModelScale::PixelSize && !(data.description.pixelSizeNm > 0.0))
    {
      data.description.pixelSizeNm = std::sqrt(geometry.pixelSizeNm.prod());
    }
    if (!std::filesystem::is_directory(source.labels))
    {
      context.AddInput(source.labels);
    }
    const LabelTable labels = ReadLabels(source.labels, geometry, data.description.targets, center);
    Eigen::Matrix2d translations = Eigen::Matrix2d::Zero();
    if (data.description.scale == ModelScale::Lattice)
    {
      translations = EstimateCentredTranslations(*image);
      const double cellPx = std::sqrt(std::abs(translations.determinant()));
      if (given("list") && !(cellPx > 0.0))
      {
        context.Warn(source.image.string() + ": left out, because its power spectrum shows no lattice");
        continue;
      }
      MicrographType::Pointer flat;
      if (context.GetBoolean("subtractBackground") && cellPx > 0.0 &&
          MeasureBackground(*image, cellPx, flat) > LargestBackground)
      {
        image = flat;
        ++flattened;
      }
    }
    const std::string region = !source.trainRegion.empty() ? source.trainRegion
                               : given("trainRegion")      ? context.GetText("trainRegion")
                                                           : std::string();
    try
    {
      data.Add(*image, source.image.filename().string(), labels,
               GetRegion(region, context.GetNumber("trainFraction"), geometry), translations);
    }
    catch (const AnalysisError & error)
    {
      throw AnalysisError(source.image.string() + ": " + error.GetMessage());
    }
    const double distance = data.images.back().GetLabelDistance();
    if (data.description.scale == ModelScale::Lattice &&
        std::abs(distance / data.description.cellPx - 1.0) > LatticeTolerance)
    {
      std::ostringstream message;
      message.precision(3);
      message << source.image.string() << ": left out, because its labels are " << distance
              << " pixels apart where the lattice of its power spectrum has cells of " << data.description.cellPx;
      context.Warn(message.str());
      data.images.pop_back();
    }
  }
  if (data.images.empty())
  {
    throw AnalysisError("no image is left to learn from");
  }
  data.Finish();
  context.BeginStage("Writing the data set", 0.5, 1.0);
  std::ostringstream text;
  text << data.images.size() << (data.images.size() == 1 ? " image" : " images");
  if (flattened > 0)
  {
    text << ", " << flattened << " of them without their background";
  }
  const std::string windows = context.GetText("windows");
  if (windows == "none")
  {
    data.Save(output.Path());
  }
  else
  {
    RegressionDataSet::WindowOptions options;
    options.centered = windows == "C";
    options.windowPx = context.GetInteger("windowPx");
    options.stridePx = context.GetInteger("stridePx");
    const auto counts =
      data.SaveWithWindows(output.Path(), options, [&](double fraction) { context.SetProgress(fraction); });
    if (counts.train == 0)
    {
      throw AnalysisError(
        "no window of " + std::to_string(options.windowPx) +
        " pixels lies in the training part with a cell near its centre; take a smaller --window-px or a "
        "larger training part");
    }
    text << ", " << counts.train << " windows for training, " << counts.test << " for testing, " << counts.leftOut
         << " left out (across the split or the edge of the image, or without a cell)";
  }
  context.CheckCancelled();
  output.Commit();
  context.Info(text.str() + "; written to " + context.GetText("output"));
}
} // namespace ferro
