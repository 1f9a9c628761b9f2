#include "ferroImageStatistics.h"
#include "ferroInfoText.h"
#include "ferroPlugin.h"

#include <nlohmann/json.hpp>

#include <ostream>

namespace ferro
{
namespace
{
// Whether both axes of the picture have a pixel size in nm: what every command asks.
bool
IsCalibrated(const ImageInfo & image)
{
  const std::size_t axes = image.axes.size();
  return axes >= 2 && image.axes[axes - 1].unit == "nm" && image.axes[axes - 2].unit == "nm";
}

nlohmann::json
ToJson(const FileInfo & info, const std::vector<ImageStatistics> & statistics)
{
  nlohmann::json images = nlohmann::json::array();
  for (std::size_t k = 0; k < info.images.size(); ++k)
  {
    const ImageInfo & image = info.images[k];
    nlohmann::json axes = nlohmann::json::array();
    for (const AxisInfo & axis : image.axes)
    {
      axes.push_back({{"name", axis.name},
                      {"size", axis.size},
                      {"scale", axis.scale},
                      {"offset", axis.offset},
                      {"unit", axis.unit}});
    }
    nlohmann::json item = {{"index", image.index},
                           {"title", image.title},
                           {"dtype", image.dtype},
                           {"shape", image.shape},
                           {"axes", axes},
                           {"readable", image.readable},
                           {"metadata", image.metadata},
                           {"calibrated", IsCalibrated(image)}};
    const ImageStatistics & figures = statistics[k];
    const bool known = figures.available && figures.finite > 0;
    item["min"] = known ? nlohmann::json(figures.minimum) : nlohmann::json();
    item["max"] = known ? nlohmann::json(figures.maximum) : nlohmann::json();
    item["mean"] = known ? nlohmann::json(figures.mean) : nlohmann::json();
    if (figures.available)
    {
      item["nonfinite"] = figures.nonFinite;
    }
    if (!figures.sha256.empty())
    {
      item["sha256_f64"] = figures.sha256;
    }
    images.push_back(item);
  }
  return {{"format", info.format}, {"images", images}, {"metadata", info.metadata}};
}

class InfoCommand : public Command
{
public:
  CommandDeclaration
  Declare() const override
  {
    CommandDeclaration declaration;
    declaration.name = "info";
    declaration.menu = "File/Show Info";
    declaration.title = "Show what a file holds";
    declaration.help =
      "Lists every image in a microscopy file: title, type, size, calibration, range of intensity and "
      "what the file says of the microscope. Reads Gatan DM3/DM4/DM5, TIA SER, Velox and other EMD, HyperSpy, NSID, "
      "HDF5, MRC, TIFF, NumPy, PNG, NRRD and MetaImage.";
    declaration.examples = {"ferroscope info BTO.dm4", "ferroscope info stack.hspy --json --checksum"};
    declaration.Add(ParameterType::File, "file")
      .Label("File")
      .Help("The file to look into")
      .Extensions({".dm3", ".dm4", ".dm5", ".ser", ".emd", ".hspy", ".hdf5", ".h5", ".hf5", ".mrc", ".tif", ".tiff",
                   ".npy", ".png", ".nrrd", ".mha", ".mhd"})
      .Required()
      .Positional();
    declaration.Add(ParameterType::Boolean, "json").Label("JSON").Help("Print one JSON object for programs");
    declaration.Add(ParameterType::Boolean, "checksum")
      .Label("Checksum")
      .Help("Add the SHA-256 of each image's pixels as little-endian float64");
    return declaration;
  }

  void
  Run(CommandContext & context) override
  {
    const std::filesystem::path path = context.GetPath("file");
    const auto file = OpenMicroscopyFile(path);
    const FileInfo & info = file->GetInfo();
    context.BeginStage("Reading", 0.0, 1.0);
    std::vector<ImageStatistics> statistics;
    for (const ImageInfo & image : info.images)
    {
      const auto done = static_cast<double>(statistics.size());
      statistics.push_back(ComputeStatistics(
        *file, image.index, context.GetBoolean("checksum"),
        [&](double fraction) { context.SetProgress((done + fraction) / static_cast<double>(info.images.size())); }));
    }
    if (context.GetBoolean("json"))
    {
      // Texts come from files: what is not UTF-8 must not stop the output.
      context.Out() << ToJson(info, statistics).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    }
    else
    {
      context.Out() << DescribeFile(path, info, statistics);
    }
  }
};
} // namespace
} // namespace ferro

FERROSCOPE_PLUGIN(ferro::InfoCommand);
