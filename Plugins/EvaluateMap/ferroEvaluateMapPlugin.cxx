#include "ferroOutputFolder.h"
#include "ferroPlugin.h"
#include "ferroTruthFiles.h"
#include "ferroVectorFieldWriter.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <iomanip>
#include <locale>
#include <ostream>
#include <sstream>

namespace ferro
{
namespace
{
// A larger difference of pixel sizes explains errors by itself.
constexpr double PixelSizeTolerance = 1e-3;

nlohmann::json
Number(double value)
{
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
}

nlohmann::json
Pair(const Eigen::Vector2d & value)
{
  return value.allFinite() ? nlohmann::json::array({value.x(), value.y()}) : nlohmann::json();
}

nlohmann::json
ToJson(const PositionScore & score)
{
  return {{"scored", score.scored},         {"rms_pm", Number(score.rmsPm)}, {"crlb_pm", Number(score.boundPm)},
          {"ratio", Number(score.Ratio())}, {"bias_pm", Pair(score.biasPm)}, {"z_sd", Number(score.zSd)}};
}

nlohmann::json
ToJson(const SublatticeScore & score)
{
  auto json = ToJson(score.all);
  json["true_interior"] = score.trueInterior;
  json["missed"] = score.missed;
  json["wrong_sublattice"] = score.wrongSublattice;
  json["flagged"] = score.flagged;
  json["beyond_30pm"] = score.beyond30Pm;
  for (const auto & [name, part] :
       {std::pair<const char *, const PositionScore &>{"film", score.film}, {"substrate", score.elsewhere}})
  {
    if (part.scored > 0)
    {
      json[name] = ToJson(part);
    }
  }
  return json;
}

nlohmann::json
ToJson(const DisplacementScore & score)
{
  return {{"cells_scored", score.cellsScored},
          {"polar_cells", score.polarCells},
          {"rms_film_pm", Number(score.rmsPm)},
          {"crlb_pm", Number(score.boundPm)},
          {"ratio", Number(score.Ratio())},
          {"slope", Number(score.slope)},
          {"bias_pm", Pair(score.biasPm)},
          {"z_sd", Number(score.zSd)},
          {"substrate_mean_pm", Pair(score.nonPolarMeanPm)}};
}

nlohmann::json
ToJson(const MapScore & score, const std::string & name, bool columns)
{
  nlohmann::json json = {{"name", name}};
  if (columns)
  {
    json["invented_interior"] = score.invented;
    json["A"] = ToJson(score.a);
    json["B"] = ToJson(score.b);
  }
  if (score.polarization.cellsScored > 0)
  {
    json["P"] = ToJson(score.polarization);
  }
  return json;
}

std::string
Text(double value, int digits)
{
  if (!std::isfinite(value))
  {
    return "-";
  }
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << std::fixed << std::setprecision(digits) << value;
  return text.str();
}

std::string
Text(const Eigen::Vector2d & value)
{
  return "(" + Text(value.x(), 3) + ", " + Text(value.y(), 3) + ")";
}

void
Print(std::ostream & out, const char * name, const SublatticeScore & score)
{
  out << name << ": " << score.trueInterior << " columns in the interior, " << score.missed << " missed, "
      << score.wrongSublattice << " of the wrong sublattice, " << score.flagged << " flagged, " << score.beyond30Pm
      << " beyond 30 pm\n"
      << "   RMS " << Text(score.all.rmsPm, 3) << " pm per axis, bound " << Text(score.all.boundPm, 3) << " pm, ratio "
      << Text(score.all.Ratio(), 3) << ", bias " << Text(score.all.biasPm) << " pm, SD of z " << Text(score.all.zSd, 3)
      << "\n";
  if (score.film.scored > 0 && score.elsewhere.scored > 0)
  {
    out << "   ratio in the film " << Text(score.film.Ratio(), 3) << ", in the substrate "
        << Text(score.elsewhere.Ratio(), 3) << "\n";
  }
}

void
Print(std::ostream & out, const MapScore & score, const std::string & name, bool columns)
{
  if (columns)
  {
    out << name << ": " << score.invented << " columns invented in the interior\n";
    Print(out, "A", score.a);
    Print(out, "B", score.b);
  }
  else
  {
    out << name << ": cells only\n";
  }
  const auto & p = score.polarization;
  if (p.cellsScored > 0)
  {
    out << "P: " << p.cellsScored << " cells, " << p.polarCells << " of them polar\n"
        << "   RMS " << Text(p.rmsPm, 3) << " pm per axis, bound " << Text(p.boundPm, 3) << " pm, ratio "
        << Text(p.Ratio(), 3) << ", slope " << Text(p.slope, 4) << ", bias " << Text(p.biasPm) << " pm, SD of z "
        << Text(p.zSd, 3) << "\n";
    if (p.nonPolarMeanPm.allFinite())
    {
      out << "   mean where there is none " << Text(p.nonPolarMeanPm) << " pm\n";
    }
  }
  else
  {
    out << "P: no cells to judge\n";
  }
}

/** \class EvaluateMapCommand
 * \brief Holds a map of a synthetic image against the truth.
 */
class EvaluateMapCommand : public Command
{
public:
  CommandDeclaration
  Declare() const override
  {
    CommandDeclaration declaration;
    declaration.name = "evaluate-map";
    declaration.menu = "Simulation/Evaluate Map";
    declaration.title = "Evaluate a map";
    declaration.help =
      "Holds the map of a synthetic image against the truth: columns missed, invented and flagged, errors against the "
      "Cramer-Rao bound, bias, how well the stated errors are calibrated (SD of z, which should be 1), and whether the "
      "displacement shrinks (slope, which should be 1). Counts columns at least one lattice parameter from the edge; "
      "flagged ones are left out of the errors.";
    declaration.examples = {"ferroscope evaluate-map film film_map",
                            "ferroscope evaluate-map film.tif film_map --json --output score.json"};
    declaration.Add(ParameterType::File, "truth")
      .Label("Truth")
      .Help("What 'synthesize' wrote: BASE, with BASE_truth.csv and BASE.json; the image BASE.tif is taken, too")
      .Extensions({".tif", ".tiff", ".npy", ".json", ".csv"})
      .Required()
      .Positional();
    declaration.Add(ParameterType::Folder, "result")
      .Label("Result")
      .Help("Folder that 'map' wrote for this image: columns.csv, cells.csv, summary.json; or a table of cells alone: "
            ".csv, or the published ..._UCParameterization.h5")
      .Required()
      .Positional();
    declaration.Add(ParameterType::Boolean, "json").Label("JSON").Help("Print one JSON object for programs");
    declaration.Add(ParameterType::File, "output")
      .Label("Output")
      .Help("JSON file for the measures")
      .Extensions({".json"})
      .Output();
    return declaration;
  }

  void
  Run(CommandContext & context) override
  {
    context.BeginStage("Reading", 0.0, 0.5);
    const TruthFiles files = FindTruthFiles(context.GetPath("truth"));
    const auto folder = context.GetPath("result");
    const MapTruth truth = ReadTruth(files);
    const MapResult result = ReadMapResult(folder, truth);
    for (const auto & path : {files.table, files.description, result.columnTable, result.cellTable})
    {
      if (!path.empty())
      {
        context.AddInput(path);
      }
    }
    const double trueSize = 1e-3 * truth.pixelSizePm;
    if (std::abs(result.pixelSizeNm / trueSize - 1.0) > PixelSizeTolerance)
    {
      context.Warn("the map was made with a pixel size of " + Text(result.pixelSizeNm, 6) + " nm, the truth has " +
                   Text(trueSize, 6) + " nm: displacements and errors are off by as much");
    }
    context.BeginStage("Evaluating", 0.5, 1.0);
    MapEvaluation evaluation;
    const bool columns = result.columns.IsNotNull();
    if (columns)
    {
      evaluation.Add(truth, *result.columns, *result.cells);
    }
    else
    {
      evaluation.AddCells(truth, *result.cells);
    }
    const MapScore score = evaluation.GetScore();
    std::string name = files.description.stem().string();
    const auto json = ToJson(score, name, columns);
    if (context.Has("output") && !context.GetText("output").empty())
    {
      OutputFile file(context.GetPath("output"));
      WriteJson(json, file.Path());
      file.Commit();
    }
    if (context.GetBoolean("json"))
    {
      context.Out() << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    }
    else
    {
      Print(context.Out(), score, name, columns);
    }
  }
};
} // namespace
} // namespace ferro

FERROSCOPE_PLUGIN(ferro::EvaluateMapCommand);
