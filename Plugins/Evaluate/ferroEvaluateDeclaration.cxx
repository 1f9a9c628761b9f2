#include "ferroEvaluateDeclaration.h"

#include "ferroErrors.h"

#include <locale>
#include <sstream>

namespace ferro
{
CommandDeclaration
DeclareEvaluate()
{
  CommandDeclaration declaration;
  declaration.name = "evaluate";
  declaration.menu = "Deep Learning/Evaluate";
  declaration.title = "Evaluate predictions";
  declaration.help =
    "Holds predicted cells against measured ones, matched by their places: error, bias and slope of each quantity with "
    "confidence intervals, inside and outside of the region that was trained on; whether stated errors hold; figures "
    "of "
    "predicted against measured with the outliers marked, joint distributions, and maps of both and of their "
    "difference. "
    "Works for any two tables of cells of one image.";
  declaration.examples = {"ferroscope evaluate film_map film_predict --image film.tif",
                          "ferroscope evaluate film_map film_predict --truth film_truth.csv --split-fraction 0",
                          "ferroscope evaluate Sm_0_0_UCParameterization.h5 Sm_0_0_predict --pixel-size-nm 0.016"};
  declaration.references = {
    "Nelson, Ghosh, Oxley, Zhang, Ziatdinov, Takeuchi, Kalinin, npj Comput. Mater. 7, 149 (2021)"};
  const std::string table =
    "folder of 'map' or 'predict', its cells.csv, a CSV with x_px, y_px and quantities, or a published "
    "..._UCParameterization.h5";
  declaration.Add(ParameterType::CellTable, "measured")
    .Label("Measured")
    .Help("Measured cells: " + table + ".")
    .Extensions({".csv", ".h5"})
    .Required()
    .Positional();
  declaration.Add(ParameterType::CellTable, "predicted")
    .Label("Predicted")
    .Help("Predicted cells: " + table + ".")
    .Extensions({".csv", ".h5"})
    .Required()
    .Positional();
  declaration.Add(ParameterType::Folder, "output")
    .Label("Output folder")
    .Help("Folder for the results; made when it is not there. Default: named after the predictions, in the present "
          "folder.")
    .Output();
  declaration.Add(ParameterType::Image, "image")
    .Label("Image")
    .Help("The image that both are about, for figures, calibration and size.");
  // Declared here, because the common one is called --image on the command line.
  declaration.Add(ParameterType::Text, "imageIndex")
    .Label("Image in the file")
    .Help("Which image of a file that holds several: its number in 'ferroscope info', or its title");
  declaration.Add(ParameterType::File, "truth")
    .Label("Truth")
    .Help(
      "True cells: BASE_truth.csv of 'synthesize', or any table of cells. Both roads are then held against it, too.")
    .Extensions({".csv", ".h5"});
  declaration.Add(ParameterType::Text, "targets")
    .Label("Quantities")
    .Help("Quantities to compare, with commas: px, py, a, b, gamma, area, or names of columns that both tables have. "
          "Default: those of the six that both have.");
  declaration.Add(ParameterType::Number, "splitFraction")
    .Label("Training part")
    .Help("Share of the image's width, from the left, that was trained on; 0: no regions.")
    .Default(0.6666666666666666)
    .Range(0.0, 1.0);
  declaration.Add(ParameterType::Text, "trainRegion")
    .Label("Training region")
    .Help("Rectangle x0,y0,x1,y1 that was trained on, instead of the left part.")
    .Unit("px");
  declaration.Add(ParameterType::Number, "marginPx")
    .Label("Margin")
    .Help("Cells closer than this to the border of the training region count for no region; half of a network's window "
          "keeps the test free of pixels that were trained on.")
    .Unit("px")
    .Default(0.0)
    .Range(0.0, 1e6);
  declaration.Add(ParameterType::Boolean, "includeFlagged")
    .Label("Include flagged cells")
    .Help("Count cells that carry a flag in one of the tables; they are given as a region of their own otherwise.")
    .Default(false);
  declaration.Add(ParameterType::Number, "maximumDistancePx")
    .Label("Largest distance")
    .Help("Cells of both tables belong together when they are each other's nearest and not farther apart than this; 0: "
          "0.4 of the spacing of the measured cells.")
    .Unit("px")
    .Default(0.0)
    .Range(0.0, 1e6)
    .Advanced();
  declaration.Add(ParameterType::Number, "outlierSigma")
    .Label("Outliers")
    .Help("Differences farther than this many robust standard deviations from their median are marked.")
    .Default(5.0)
    .Range(0.5, 1000.0)
    .Advanced();
  declaration.Add(ParameterType::Number, "blockPx")
    .Label("Blocks")
    .Help("Edge of the squares that the bootstrap draws: longer than the distance over which errors are alike; 0: five "
          "times the spacing of the cells.")
    .Unit("px")
    .Default(0.0)
    .Range(0.0, 1e6)
    .Advanced();
  declaration.Add(ParameterType::Integer, "resamples")
    .Label("Bootstrap samples")
    .Help("Number of drawings behind the confidence intervals.")
    .Default(1000)
    .Range(20, 100000)
    .Advanced();
  declaration.Add(ParameterType::Number, "wheelRadiusPm")
    .Label("Radius of the colour wheel")
    .Help("Displacement at the rim of the colour wheel; 0: from the data.")
    .Unit("pm")
    .Default(0.0)
    .Range(0.0, 1000.0)
    .Advanced();
  return declaration;
}

std::optional<std::pair<Eigen::Vector2d, Eigen::Vector2d>>
GetTrainRegion(const CommandContext & context)
{
  const std::string text = context.GetText("trainRegion");
  if (text.empty())
  {
    return std::nullopt;
  }
  std::istringstream stream(text);
  stream.imbue(std::locale::classic());
  Eigen::Vector2d low;
  Eigen::Vector2d high;
  char comma[3] = {};
  stream >> low.x() >> comma[0] >> low.y() >> comma[1] >> high.x() >> comma[2] >> high.y();
  const bool complete = !stream.fail() && (stream >> std::ws).eof();
  if (!complete || comma[0] != ',' || comma[1] != ',' || comma[2] != ',' || (high - low).minCoeff() <= 0.0)
  {
    throw UsageError("--train-region: found '" + text +
                     "', expected x0,y0,x1,y1 in pixels with x0 < x1 and y0 < y1, for example 0,0,340,511");
  }
  return std::make_pair(low, high);
}
} // namespace ferro
