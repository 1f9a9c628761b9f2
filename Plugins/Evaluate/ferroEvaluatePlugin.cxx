#include "ferroErrors.h"
#include "ferroEvaluateDeclaration.h"
#include "ferroEvaluationOutput.h"
#include "ferroHtmlReport.h"
#include "ferroOutputFolder.h"
#include "ferroPlugin.h"
#include "ferroVectorFieldWriter.h"

#include "itkMacro.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace ferro
{
namespace
{
/** \class EvaluateCommand
 * \brief Holds predicted cells against measured ones.
 */
class EvaluateCommand : public Command
{
public:
  CommandDeclaration
  Declare() const override
  {
    return DeclareEvaluate();
  }

  void
  Run(CommandContext & context) override
  {
    const auto specs = ParseQuantities(context.GetText("targets"));
    const auto trainRegion = GetTrainRegion(context);
    context.BeginStage("Reading", 0.0, 0.2);
    Inputs inputs = Read(context, specs);
    OutputFolder folder(GetOutput(context));

    context.BeginStage("Comparing", 0.2, 0.4);
    MatchingOptions options;
    options.maximumDistancePx = context.GetNumber("maximumDistancePx");
    options.blockPx = context.GetNumber("blockPx");
    options.outlierSigma = context.GetNumber("outlierSigma");
    options.allQuantities = !context.GetText("targets").empty();
    options.includeFlagged = context.GetBoolean("includeFlagged");
    const QuantityTable * truth = inputs.truth ? &*inputs.truth : nullptr;
    ComparedCells cells = CompareCells(inputs.measured, inputs.predicted, truth, specs, options);
    const std::vector<Eigen::Vector2d> split = Split(context, trainRegion, inputs, cells);
    WarnOfDoubts(context, inputs, cells);
    const auto rows = ComputeStatistics(cells, static_cast<int>(context.GetInteger("resamples")), context.GetSeed());
    context.CheckCancelled();

    const nlohmann::json evaluation = Summarize(context, inputs, cells, rows, split);
    WriteJson(evaluation, folder.Path("evaluation.json"));
    WriteStatisticsTable(rows, folder.Path("statistics.csv"));
    WriteMatchedCells(cells, folder.Path("compared_cells.csv"));
    std::vector<Figure> figures;
    if (context.GetMakeFigures())
    {
      context.BeginStage("Drawing figures", 0.4, 0.95);
      figures = Draw(context, inputs, cells, rows, split, folder);
    }
    context.BeginStage("Writing the report", 0.95, 1.0);
    nlohmann::json summary = context.GetProvenance();
    summary["evaluation"] = {{"matched", cells.places.size()}, {"statistics", "evaluation.json"}};
    WriteJson(summary, folder.Path("summary.json"));
    if (context.GetMakeFigures())
    {
      summary["report"] = {{"title", "Evaluation of " + context.GetPath("predicted").filename().string()},
                           {"lead", Lead(cells, rows)},
                           {"tables", MakeReportTables(rows)}};
      WriteHtmlReport(folder.Path("report.html"), summary, figures, folder.Path("figures/x.png").parent_path());
    }
    context.CheckCancelled();
    folder.Commit();
    context.Info(Lead(cells, rows) + " Results in " + folder.GetFolder().string());
  }

private:
  struct Inputs
  {
    QuantityTable measured;
    QuantityTable predicted;
    std::optional<QuantityTable> truth;
    MicrographType::Pointer image;
    ImageGeometry geometry;
  };

  static std::filesystem::path
  GetOutput(const CommandContext & context)
  {
    if (!context.GetText("output").empty())
    {
      return context.GetPath("output");
    }
    auto predicted = context.GetPath("predicted").lexically_normal();
    if (!predicted.has_filename())
    {
      predicted = predicted.parent_path();
    }
    return predicted.stem().string() + "_evaluation";
  }

  static Inputs
  Read(CommandContext & context, const std::vector<QuantitySpec> & specs)
  {
    Inputs inputs;
    std::optional<double> pixelSize;
    if (context.Has("pixelSizeNm"))
    {
      pixelSize = context.GetNumber("pixelSizeNm");
    }
    if (context.Has("image"))
    {
      inputs.image = context.ReadImage("image");
      inputs.geometry = GetImageGeometry(*inputs.image);
    }
    inputs.measured = ReadQuantityTable(context.GetPath("measured"), specs, pixelSize);
    context.AddInput(inputs.measured.file);
    inputs.predicted = ReadQuantityTable(context.GetPath("predicted"), specs, pixelSize);
    context.AddInput(inputs.predicted.file);
    if (context.Has("truth"))
    {
      inputs.truth = ReadQuantityTable(context.GetPath("truth"), specs, pixelSize);
      context.AddInput(inputs.truth->file);
    }
    std::vector<QuantityTable *> tables{&inputs.measured, &inputs.predicted};
    if (inputs.truth)
    {
      tables.push_back(&*inputs.truth);
    }

    // What the user says comes first, then the image, then what the tables say of themselves.
    auto & geometry = inputs.geometry;
    if (pixelSize)
    {
      geometry.calibrated = true;
      geometry.pixelSizeNm.setConstant(*pixelSize);
    }
    for (const QuantityTable * table : tables)
    {
      if (!geometry.calibrated && table->pixelSizeNm)
      {
        geometry.calibrated = true;
        geometry.pixelSizeNm = *table->pixelSizeNm;
      }
      if (geometry.width == 0 && table->width > 0)
      {
        geometry.width = table->width;
        geometry.height = table->height;
      }
    }
    if (geometry.width == 0)
    {
      // Half a cell beyond the last one.
      const double half = 0.5 * GetMedianSpacing(inputs.measured.places);
      Eigen::Vector2d last = Eigen::Vector2d::Zero();
      for (const auto & place : inputs.measured.places)
      {
        last = last.cwiseMax(place);
      }
      geometry.width = static_cast<long>(std::ceil(std::clamp(last.x() + half + 1.0, 1.0, 1e9)));
      geometry.height = static_cast<long>(std::ceil(std::clamp(last.y() + half + 1.0, 1.0, 1e9)));
    }
    if (geometry.calibrated)
    {
      for (QuantityTable * table : tables)
      {
        Calibrate(*table, specs, geometry.pixelSizeNm);
      }
    }
    return inputs;
  }

  /** Sets the regions and gives the line between them. */
  static std::vector<Eigen::Vector2d>
  Split(const CommandContext & context, const std::optional<std::pair<Eigen::Vector2d, Eigen::Vector2d>> & region,
        const Inputs & inputs, ComparedCells & cells)
  {
    const double fraction = context.GetNumber("splitFraction");
    const double margin = context.GetNumber("marginPx");
    if (region)
    {
      const auto & [low, high] = *region;
      AssignRegions(cells, low, high, margin);
      return {low, {high.x(), low.y()}, high, {low.x(), high.y()}, low};
    }
    if (!(fraction > 0.0))
    {
      return {};
    }
    constexpr double Far = 1e12; // only the split itself is a border
    const double x = fraction * static_cast<double>(inputs.geometry.width) - 0.5;
    AssignRegions(cells, {-Far, -Far}, {x, Far}, margin);
    return {{x, -0.5}, {x, static_cast<double>(inputs.geometry.height) - 0.5}};
  }

  static void
  WarnOfDoubts(CommandContext & context, const Inputs & inputs, const ComparedCells & cells)
  {
    const std::size_t least = std::min(inputs.measured.places.size(), inputs.predicted.places.size());
    if (10 * cells.places.size() < 9 * least)
    {
      context.Warn("only " + std::to_string(cells.places.size()) + " cells of " +
                   std::to_string(inputs.measured.places.size()) + " measured and " +
                   std::to_string(inputs.predicted.places.size()) +
                   " predicted ones lie at the same place; 'predict --cells' predicts at measured cells, and "
                   "--maximum-distance-px lets cells farther apart belong together");
    }
    for (const QuantityTable * table : {&inputs.measured, &inputs.predicted})
    {
      const auto & size = table->pixelSizeNm;
      if (size && inputs.geometry.calibrated && std::abs(size->x() / inputs.geometry.pixelSizeNm.x() - 1.0) > 0.005)
      {
        std::ostringstream text;
        text << table->file.string() << ": its pixel size is " << size->x() << " nm, here it is "
             << inputs.geometry.pixelSizeNm.x() << " nm: quantities differ by as much";
        context.Warn(text.str());
      }
    }
    if (!inputs.geometry.calibrated)
    {
      context.Warn(
        "no table and no image has a calibration: lengths are in pixels; give --pixel-size-nm for picometres");
    }
    for (std::size_t region = 0; region < cells.regionNames.size() && cells.regionNames.size() == 2; ++region)
    {
      std::size_t count = 0;
      for (std::size_t k = 0; k < cells.regions.size(); ++k)
      {
        count += !cells.flagged[k] && cells.regions[k] == static_cast<int>(region);
      }
      if (count == 0)
      {
        context.Warn("no cell without a flag lies in the region '" + cells.regionNames[region] + "'");
      }
    }
  }

  static nlohmann::json
  Summarize(const CommandContext & context, const Inputs & inputs, const ComparedCells & cells,
            const std::vector<ComparisonRow> & rows, const std::vector<Eigen::Vector2d> & split)
  {
    nlohmann::json json;
    json["measured"] = inputs.measured.file.string();
    json["predicted"] = inputs.predicted.file.string();
    json["truth"] = inputs.truth ? nlohmann::json(inputs.truth->file.string()) : nlohmann::json();
    json["calibrated"] = inputs.geometry.calibrated;
    json["pixel_size_nm"] =
      inputs.geometry.calibrated
        ? nlohmann::json::array({inputs.geometry.pixelSizeNm.x(), inputs.geometry.pixelSizeNm.y()})
        : nlohmann::json();
    std::size_t flagged = 0;
    for (const char flag : cells.flagged)
    {
      flagged += flag != 0;
    }
    json["matching"] = {{"measured", inputs.measured.places.size()},
                        {"predicted", inputs.predicted.places.size()},
                        {"matched", cells.places.size()},
                        {"flagged", flagged},
                        {"maximum_distance_px", cells.maximumDistancePx},
                        {"median_distance_px", cells.medianDistancePx}};
    json["split_px"] = nlohmann::json::array();
    for (const auto & point : split)
    {
      json["split_px"].push_back({point.x(), point.y()});
    }
    json["margin_px"] = context.GetNumber("marginPx");
    json["confidence"] = {{"level", 0.95},
                          {"method", "block bootstrap, percentiles"},
                          {"block_px", cells.blockPx},
                          {"resamples", context.GetInteger("resamples")},
                          {"seed", context.GetSeed()}};
    for (const auto & quantity : cells.quantities)
    {
      json["outliers"][quantity.spec.name] =
        std::count_if(quantity.outliers.begin(), quantity.outliers.end(), [](char c) { return c != 0; });
    }
    json["comparisons"] = ToJson(rows);
    return json;
  }

  /** The result in a sentence. */
  static std::string
  Lead(const ComparedCells & cells, const std::vector<ComparisonRow> & rows)
  {
    const bool regions = cells.regionNames.size() == 2;
    const bool vector =
      std::any_of(rows.begin(), rows.end(), [](const ComparisonRow & row) { return row.quantity == "P"; });
    std::string text = std::to_string(cells.places.size()) + " cells matched.";
    for (const ComparisonRow & row : rows)
    {
      const bool wanted = row.quantity == (vector ? "P" : cells.quantities.front().spec.name);
      if (wanted && row.region == (regions ? "test" : "all"))
      {
        text += " " + row.quantity + ", " +
                (row.kind == ComparisonKind::PredictedMeasured ? "predicted against measured"
                 : row.kind == ComparisonKind::PredictedTruth  ? "predicted against truth"
                                                               : "measured against truth") +
                (regions ? ", test region" : "") + ": RMSE " + Describe(row.statistics.rmse, row.unit) + ", slope " +
                Describe(row.statistics.slope, "") + ".";
      }
    }
    return text;
  }

  static std::vector<Figure>
  Draw(CommandContext & context, const Inputs & inputs, const ComparedCells & cells,
       const std::vector<ComparisonRow> & rows, const std::vector<Eigen::Vector2d> & split, OutputFolder & folder)
  {
    FigureOptions options;
    options.wheelRadiusPm = context.GetNumber("wheelRadiusPm");
    const auto place = folder.Path("figures/x.png").parent_path();
    std::vector<Figure> figures;
    try
    {
      for (const bool truth : {false, true})
      {
        EvaluationData data = MakeFigureData(cells, rows, truth);
        if (data.quantities.empty() || (truth && !inputs.truth))
        {
          continue;
        }
        data.image = inputs.image.GetPointer();
        data.geometry = inputs.geometry;
        data.split = split;
        const double from = truth ? 0.5 : 0.0;
        const double share = inputs.truth ? 0.5 : 1.0;
        auto more = WriteEvaluationFigures(data, truth ? place / "truth" : place, options,
                                           [&](double fraction) { context.SetProgress(from + share * fraction); });
        for (Figure & figure : more)
        {
          figure.file = (truth ? "truth/" : "") + figure.file;
          figures.push_back(std::move(figure));
        }
      }
    }
    catch (const itk::ProcessAborted &)
    {
      throw;
    }
    catch (const OutputError & error)
    {
      context.Warn("no figures: " + error.GetMessage());
      return {};
    }
    return figures;
  }
};
} // namespace
} // namespace ferro

FERROSCOPE_PLUGIN(ferro::EvaluateCommand);
