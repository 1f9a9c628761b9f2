#include "ferroErrors.h"
#include "ferroMicrographWriter.h"
#include "ferroOutputFolder.h"
#include "ferroPlugin.h"
#include "ferroResultTables.h"

namespace ferro
{
namespace
{
class ConvertCommand : public Command
{
public:
  CommandDeclaration
  Declare() const override
  {
    CommandDeclaration declaration;
    declaration.name = "convert";
    declaration.menu = "File/Convert";
    declaration.title = "Convert an image";
    declaration.help =
      "Reads an image of any format that is known and writes it as 32-bit float with its calibration and what the file "
      "says of the microscope. The extension of the output decides: .nrrd and .mha (ITK, 3D Slicer), .tif (ImageJ, "
      "Fiji), .h5 (HDF5 in the layout of NSID: pycroscopy, h5py), .vti (ParaView), .npy (NumPy, pixels only).";
    declaration.examples = {"ferroscope convert BTO.dm4 BTO.tif",
                            "ferroscope convert stack.hspy mean.nrrd --frame mean"};
    declaration.Add(ParameterType::Image, "image").Label("Image").Help("The image to convert").Required().Positional();
    std::vector<std::string> extensions = GetMicrographWriterExtensions();
    extensions.emplace_back(".csv");
    declaration.Add(ParameterType::File, "output")
      .Label("Output")
      .Help("The file to write")
      .Extensions(extensions)
      .Required()
      .Output()
      .Positional();
    return declaration;
  }

  void
  Run(CommandContext & context) override
  {
    const std::filesystem::path output = context.GetPath("output");
    if (IsPublishedCellTable(context.GetPath("image")))
    {
      ConvertCells(context, output);
      return;
    }
    // Said before the work, not after it.
    if (!CanWriteMicrograph(output))
    {
      throw UsageError(output.string() + ": unknown extension '" + output.extension().string() +
                       "', expected .nrrd, .mha, .tif, .tiff, .npy, .h5 or .vti");
    }
    context.BeginStage("Reading", 0.0, 0.6);
    const MicrographType::Pointer image = context.ReadImage("image");
    context.BeginStage("Writing", 0.6, 1.0);
    const bool calibrated = GetImageGeometry(*image).calibrated;
    if (!calibrated)
    {
      context.Warn("the image is not calibrated: pass --pixel-size-nm");
    }
    else if (output.extension() == ".npy" || output.extension() == ".NPY")
    {
      context.Warn(
        "a .npy file has no place for the pixel size and other metadata: pass --pixel-size-nm when you read it");
    }
    OutputFile file(output);
    WriteMicrograph(*image, file.Path());
    context.CheckCancelled();
    file.Commit();
  }

private:
  // The table of unit cells that is published with an image of the BiFeO3 series.
  static void
  ConvertCells(CommandContext & context, const std::filesystem::path & output)
  {
    const std::filesystem::path input = context.GetPath("image");
    if (output.extension() != ".csv" && output.extension() != ".CSV")
    {
      throw UsageError(output.string() + ": " + input.string() +
                       " is a table of unit cells, which becomes .csv; found the extension '" +
                       output.extension().string() + "'");
    }
    context.BeginStage("Reading", 0.0, 0.6);
    const ImageGeometry geometry = GetPublishedCellGeometry(
      input, context.Has("pixelSizeNm") ? std::optional<double>(context.GetNumber("pixelSizeNm")) : std::nullopt);
    const UnitCellSet::Pointer cells = ReadCellTable(input, geometry);
    context.AddInput(input);
    context.BeginStage("Writing", 0.6, 1.0);
    if (!geometry.calibrated)
    {
      context.Warn("the image of these cells is not calibrated: pass --pixel-size-nm");
    }
    OutputFile file(output);
    WriteCellTable(*cells, file.Path());
    context.CheckCancelled();
    file.Commit();
  }
};
} // namespace
} // namespace ferro

FERROSCOPE_PLUGIN(ferro::ConvertCommand);
