#include "ferroErrors.h"
#include "ferroHtmlReport.h"
#include "ferroMapFigures.h"
#include "ferroMicrographReader.h"
#include "ferroOutputFolder.h"
#include "ferroPlugin.h"
#include "ferroPolarizationVectorImageFilter.h"
#include "ferroResultTables.h"
#include "ferroTiltChain.h"
#include "ferroVectorFieldWriter.h"
#include "ferroVtkFiles.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>

namespace ferro
{
namespace
{
namespace fs = std::filesystem;

/** What summary.json of a map says of its image. */
struct MeasuredMap
{
  fs::path folder;
  fs::path image; ///< as it was named then
  ImageGeometry geometry;
};

MeasuredMap
ReadMeasuredMap(const fs::path & folder)
{
  const fs::path path = folder / "summary.json";
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored))
  {
    throw InputError(folder.string() + ": no summary.json in it, expected the folder that 'ferroscope map' wrote");
  }
  std::ifstream stream(path, std::ios::binary);
  const auto json = nlohmann::json::parse(stream, nullptr, false);
  const auto fail = [&path](const std::string & what) -> InputError
  { return InputError(path.string() + ": " + what + ", expected the summary that 'ferroscope map' wrote"); };
  if (!json.is_object() || !json.contains("image") || !json["image"].is_object())
  {
    throw fail("no description of the image");
  }
  const auto & image = json["image"];
  MeasuredMap map;
  map.folder = folder;
  for (const auto & [key, value] :
       {std::make_pair("width_px", &map.geometry.width), std::make_pair("height_px", &map.geometry.height)})
  {
    if (!image.contains(key) || !image[key].is_number_integer() || image[key].get<long>() < 1)
    {
      throw fail(std::string(key) + " is missing or no number of pixels");
    }
    *value = image[key].get<long>();
  }
  const auto size = image.find("pixel_size_nm");
  map.geometry.calibrated = image.value("calibrated", nlohmann::json()) == true && size != image.end() &&
                            size->is_array() && size->size() == 2 && (*size)[0].is_number() && (*size)[1].is_number();
  if (!map.geometry.calibrated)
  {
    throw AnalysisError(folder.string() +
                        ": the map has no calibration: the correction for tilt needs displacements in pm");
  }
  map.geometry.pixelSizeNm = {(*size)[0].get<double>(), (*size)[1].get<double>()};
  if (!(map.geometry.pixelSizeNm.minCoeff() > 0.0))
  {
    throw fail("pixel_size_nm is not above 0");
  }
  map.image = image.value("file", nlohmann::json()).is_string() ? image["file"].get<std::string>() : "";
  return map;
}

/** \class CorrectTiltCommand
 * \brief Takes the false polarization of specimen tilt out of a map.
 */
class CorrectTiltCommand : public Command
{
public:
  CommandDeclaration
  Declare() const override
  {
    CommandDeclaration declaration;
    declaration.name = "correct-tilt";
    declaration.menu = "Polarization/Correct Tilt";
    declaration.title = "Correct for specimen tilt";
    declaration.help =
      "A crystal that is tilted by a few mrad shows a polarization that is not there. Estimates the tilt, and how it "
      "varies over the image, from what should not be polar, from domains that should be equal but for their "
      "direction, and from how the shift of B against A varies within a domain; subtracts what it makes of every "
      "cell, and adds what is not known of it and of the response table to the error bars.";
    declaration.examples = {"ferroscope correct-tilt film_map --tilt-response BiFeO3 --non-polar-response SrTiO3 "
                            "--thickness-nm 20 --non-polar-region 0,800,1023,1023",
                            "ferroscope correct-tilt film_map --tilt-response my_table.json --thickness-nm 20"};
    declaration.references = {
      "Nelson, Ghosh, Oxley, Zhang, Ziatdinov, Takeuchi, Kalinin, npj Comput. Mater. 7, 149 (2021)"};
    declaration.Add(ParameterType::Folder, "map")
      .Label("Map")
      .Help("Folder that 'map' wrote: summary.json, columns.csv, cells.csv")
      .Required()
      .Positional();
    declaration.Add(ParameterType::Folder, "output")
      .Label("Output")
      .Help("Folder for the results; default: that of the map with _corrected behind its name")
      .Output();
    declaration.Add(ParameterType::File, "image")
      .Label("Image")
      .Help(
        "The image of the map, for the figures; default: the file that the map was made from, where it is still there");
    DeclareTiltCorrection(declaration, true);
    return declaration;
  }

  void
  Run(CommandContext & context) override
  {
    context.BeginStage("Reading", 0.0, 0.2);
    const auto request = GetTiltRequest(context);
    const MeasuredMap map = ReadMeasuredMap(context.GetPath("map"));
    const fs::path table = map.folder / "cells.csv";
    const auto cells = ReadCellTable(table, map.geometry);
    context.AddInput(table);
    if (cells->Size() == 0)
    {
      throw AnalysisError(table.string() + ": no unit cells, so that there is nothing to correct");
    }
    fs::path place = context.GetPath("map").lexically_normal();
    if (!place.has_filename())
    {
      place = place.parent_path();
    }
    OutputFolder folder(context.Has("output") && !context.GetText("output").empty()
                          ? context.GetPath("output")
                          : fs::path(place.filename().string() + "_corrected"));

    context.BeginStage("Estimating the tilt", 0.2, 0.3);
    auto filter = TiltCorrectionFilter::New();
    ConfigureTiltCorrection(*request, cells, *filter);
    filter->Update();
    const TiltEstimate & estimate = filter->GetEstimate();
    WarnOfTilt(context, *request, estimate);

    context.BeginStage("Writing tables and fields", 0.3, 0.5);
    this->WriteTables(*filter->GetOutput(), folder);
    nlohmann::json summary = context.GetProvenance();
    summary["tilt"] = DescribeTilt(*request, estimate, *cells, *filter->GetOutput());
    summary["image"] = {{"file", map.image.string()},
                        {"width_px", map.geometry.width},
                        {"height_px", map.geometry.height},
                        {"calibrated", true},
                        {"pixel_size_nm", {map.geometry.pixelSizeNm.x(), map.geometry.pixelSizeNm.y()}}};
    std::vector<Figure> figures;
    if (context.GetMakeFigures())
    {
      context.BeginStage("Drawing figures", 0.5, 0.95);
      figures = this->Draw(context, map, *cells, *filter->GetOutput(), folder);
    }
    context.BeginStage("Writing the report", 0.95, 1.0);
    if (context.GetMakeFigures())
    {
      auto report = summary;
      report["report"] = {{"title", "Tilt correction of " + map.folder.filename().string()},
                          {"lead", this->Lead(summary["tilt"])},
                          {"tables", MakeTiltTables(summary["tilt"])}};
      WriteHtmlReport(folder.Path("report.html"), report, figures, folder.Path("figures/x.png").parent_path());
    }
    WriteJson(summary, folder.Path("summary.json"));
    context.CheckCancelled();
    folder.Commit();
    context.Info(this->Lead(summary["tilt"]) + " Results in " + folder.GetFolder().string());
  }

private:
  static std::string
  Lead(const nlohmann::json & tilt)
  {
    const auto & part = tilt["film"]["cells"] == 0 && tilt.contains("non_polar") ? tilt["non_polar"] : tilt["film"];
    char text[256];
    std::snprintf(text, sizeof text,
                  "Tilt in the middle of the image (%.1f, %.1f) mrad, error (%.1f, %.1f) mrad; mean displacement "
                  "(%.2f, %.2f) pm before, (%.2f, %.2f) pm after.",
                  tilt["tilt_mrad"][0].get<double>(), tilt["tilt_mrad"][1].get<double>(),
                  tilt["tilt_error_mrad"][0].get<double>(), tilt["tilt_error_mrad"][1].get<double>(),
                  part["mean_before_pm"][0].get<double>(), part["mean_before_pm"][1].get<double>(),
                  part["mean_after_pm"][0].get<double>(), part["mean_after_pm"][1].get<double>());
    return text;
  }

  static void
  WriteTables(const UnitCellSet & cells, OutputFolder & folder)
  {
    const ImageGeometry & geometry = cells.GetGeometry();
    WriteCellTable(cells, folder.Path("cells.csv"));
    WriteCellsVtp(cells, folder.Path("cells.vtp"));
    auto field = PolarizationVectorImageFilter::New();
    field->SetInput(&cells);
    field->Update();
    WriteVectorFieldNrrd(*field->GetOutput(), folder.Path("polarization.nrrd"), "pm", "nm");
    field->SetSampling(PolarizationVectorImageFilter::Sampling::ImageGrid);
    field->Update();
    WritePolarizationVti(*field->GetOutput(), geometry, folder.Path("polarization.vti"));
  }

  /** Polarization and joint distributions, measured and corrected; nothing where the image is not at hand. */
  static std::vector<Figure>
  Draw(CommandContext & context, const MeasuredMap & map, const UnitCellSet & measured, const UnitCellSet & corrected,
       OutputFolder & folder)
  {
    const bool named = context.Has("image") && !context.GetText("image").empty();
    const fs::path file = named ? context.GetPath("image") : map.image;
    std::error_code ignored;
    if (!named && !fs::is_regular_file(file, ignored))
    {
      context.Info("no figures: the image '" + file.string() + "' is not there; name it by --image");
      return {};
    }
    auto image = ReadMicrograph(file);
    const auto size = image->GetLargestPossibleRegion().GetSize();
    if (static_cast<long>(size[0]) != map.geometry.width || static_cast<long>(size[1]) != map.geometry.height)
    {
      throw InputError(file.string() + ": found an image of " + std::to_string(size[0]) + " x " +
                       std::to_string(size[1]) + " px, expected the one of the map with " +
                       std::to_string(map.geometry.width) + " x " + std::to_string(map.geometry.height) + " px");
    }
    std::vector<Figure> figures;
    const auto root = folder.Path("figures/x.png").parent_path();
    for (const auto & [name, title, cells] : {std::make_tuple("measured", "Measured", &measured),
                                              std::make_tuple("corrected", "Corrected for tilt", &corrected)})
    {
      FigureOptions options;
      options.polarizationOnly = true;
      MapResult result;
      result.image = image.GetPointer();
      result.columns = ReadColumnTable(map.folder / "columns.csv", map.geometry).GetPointer();
      result.cells = cells;
      for (Figure & figure : WriteMapFigures(result, root / name, options))
      {
        figure.file = std::string(name) + "/" + figure.file;
        figure.title = std::string(title) + ": " + figure.title;
        figures.push_back(figure);
      }
      context.SetProgress(std::string(name) == "measured" ? 0.5 : 1.0);
    }
    return figures;
  }
};
} // namespace
} // namespace ferro

FERROSCOPE_PLUGIN(ferro::CorrectTiltCommand);
