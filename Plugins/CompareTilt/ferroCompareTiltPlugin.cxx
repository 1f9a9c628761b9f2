#include "ferroErrors.h"
#include "ferroOutputFolder.h"
#include "ferroPlugin.h"
#include "ferroTiltComparison.h"
#include "ferroTiltFigures.h"
#include "ferroTiltResponseFile.h"
#include "ferroVectorFieldWriter.h"

#include <nlohmann/json.hpp>

#include <sstream>

namespace ferro
{
namespace
{
/** \class CompareTiltCommand
 * \brief Where columns seem to be in a simulated tilt series, by the filters that measure real images.
 */
class CompareTiltCommand : public Command
{
public:
  CommandDeclaration
  Declare() const override
  {
    CommandDeclaration declaration;
    declaration.name = "compare-tilt";
    declaration.menu = "Simulation/Compare tilt";
    declaration.title = "Compare a tilt series";
    declaration.help =
      "Measures how far A and B columns seem to move when the specimen is tilted, and how much polarization that "
      "fakes: "
      "in a series of simulated images, with the filters that measure real ones, with a Gaussian in a fixed circle, "
      "and "
      "with the centre of mass. Writes shifts.csv, response.json for correct-tilt, figures and summary.json.";
    declaration.examples = {"ferroscope simulate BiFeO3-pc --tilt-mrad 0,10,20,30 --thickness-nm 10,20 --output tilts",
                            "ferroscope compare-tilt tilts --output comparison"};
    declaration.references = {"C. T. Nelson et al., npj Comput. Mater. 7, 149 (2021), Fig. 9"};
    declaration.Add(ParameterType::Folder, "simulation")
      .Label("Simulation")
      .Help("Folder that simulate wrote, with an image without tilt")
      .Required()
      .Positional();
    declaration.Add(ParameterType::Text, "further")
      .Label("Further simulations")
      .Help(
        "More folders of simulate, separated by commas, for example at other defoci: their shifts go to shifts.csv and "
        "summary.json, too")
      .Default("");
    declaration.Add(ParameterType::Folder, "output")
      .Label("Output folder")
      .Help("Folder for the results")
      .Default("tilt_comparison")
      .Output();
    declaration.Add(ParameterType::Text, "detector")
      .Label("Detector")
      .Help("Which detector's images; empty: the first")
      .Default("");
    declaration.Add(ParameterType::Number, "windowSigmas")
      .Label("Radius of the fit")
      .Help("Radius of the window of the Gaussian fit, in standard deviations of the column; map uses 2.7")
      .Default(2.7)
      .Range(1.0, 10.0)
      .Advanced();
    declaration.Add(ParameterType::Number, "fitRadiusNm")
      .Label("Fixed circle")
      .Help("Radius of the circle for the Gaussian within a fixed circle, about the column's place without tilt")
      .Unit("nm")
      .Default(0.12)
      .Range(0.02, 1.0)
      .Advanced();
    declaration.Add(ParameterType::Number, "massRadiusNm")
      .Label("Radius of the centre of mass")
      .Help("Radius of the circle for the centre of mass, about the column's place without tilt")
      .Unit("nm")
      .Default(0.08)
      .Range(0.01, 1.0)
      .Advanced();
    declaration.Add(ParameterType::Boolean, "onePeriod")
      .Label("One period")
      .Help("The scan covers a whole number of cells and may be repeated; off for a scan of a larger scene")
      .Default(true)
      .Advanced();
    declaration.Add(ParameterType::Boolean, "fourfold")
      .Label("Fourfold")
      .Help("A quarter turn about the columns changes nothing: response.json then serves for turned tilts, too")
      .Default(false)
      .Advanced();
    return declaration;
  }

  void
  Run(CommandContext & context) override
  {
    std::vector<TiltComparison> comparisons;
    context.BeginStage("Reading", 0.0, 0.05);
    for (const auto & folder : this->ListFolders(context))
    {
      TiltComparison next;
      next.series = ReadTiltSeries(folder, context.GetText("detector"));
      next.options = {context.GetNumber("windowSigmas"), context.GetNumber("fitRadiusNm"),
                      context.GetNumber("massRadiusNm"), context.GetBoolean("onePeriod")};
      context.AddInput(folder / "simulation.json");
      comparisons.push_back(std::move(next));
    }
    context.BeginStage("Measuring columns", 0.05, 0.8);
    for (std::size_t n = 0; n < comparisons.size(); ++n)
    {
      const auto count = comparisons[n].series.thicknessesNm.size();
      for (std::size_t d = 0; d < count; ++d)
      {
        comparisons[n].thicknesses.push_back(MeasureShifts(comparisons[n].series, d, comparisons[n].options));
        context.SetProgress((static_cast<double>(n) + static_cast<double>(d + 1) / static_cast<double>(count)) /
                            static_cast<double>(comparisons.size()));
      }
    }
    const auto & comparison = comparisons.front();
    if (comparison.thicknesses.front().tilts.front()[0][0].columns < 2)
    {
      context.Warn("columns: the scan has one A column, so that shifts have no error bars; scan more cells");
    }

    context.BeginStage("Writing", 0.8, 1.0);
    OutputFolder output(context.GetPath("output"));
    WriteShiftTable(comparisons, output.Path("shifts.csv"));
    WriteTiltResponse(MakeResponse(comparison, context.GetBoolean("fourfold")), output.Path("response.json"));
    auto summary = context.GetProvenance();
    summary["comparison"] = DescribeComparison(comparison);
    for (std::size_t n = 1; n < comparisons.size(); ++n)
    {
      summary["further"].push_back(DescribeComparison(comparisons[n]));
    }
    WriteJson(summary, output.Path("summary.json"));
    if (context.GetMakeFigures())
    {
      WriteTiltFigures(comparisons, output.Path("figures/x.png").parent_path());
    }
    context.CheckCancelled();
    output.Commit();
    for (const auto & entry : summary["comparison"]["thicknesses"])
    {
      const auto & gaussian = entry["gaussian"];
      context.Info(entry["thickness_nm"].dump() + " nm: apparent P " + gaussian["apparent_p_pm_per_mrad"].dump() +
                   " pm per mrad; at " + gaussian["largest_tilt_mrad"].dump() + " mrad A moves by " +
                   gaussian["shift_A_pm"].dump() + " pm, B by " + gaussian["shift_B_pm"].dump() + " pm (" +
                   NameEstimator(comparison.options, 0) + ")");
    }
    context.Info("results in " + output.GetFolder().string());
  }

private:
  static std::vector<std::filesystem::path>
  ListFolders(const CommandContext & context)
  {
    std::vector<std::filesystem::path> folders = {context.GetPath("simulation")};
    std::istringstream stream(context.GetText("further"));
    for (std::string folder; std::getline(stream, folder, ',');)
    {
      if (!folder.empty())
      {
        folders.emplace_back(folder);
      }
    }
    return folders;
  }
};
} // namespace
} // namespace ferro

FERROSCOPE_PLUGIN(ferro::CompareTiltCommand);
