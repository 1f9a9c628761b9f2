#include "ferroSynthesizeDeclaration.h"

#include "ferroCommandContext.h"

namespace ferro
{
namespace
{
using P = SyntheticMicrographParameters;

// A number of SyntheticMicrographParameters and how it is presented: declared and read from one list.
struct NumberParameter
{
  double P::*member;
  const char * name;
  const char * label;
  const char * help;
  const char * unit;
  double minimum;
  double maximum;
  bool advanced;
};

const NumberParameter Numbers[] = {
  {&P::pixelSizeNm, "pixelSizeNm", "Pixel size", "Size of a pixel", "nm", 1e-4, 1.0, false},
  {&P::rotationDeg, "rotationDeg", "Rotation", "Rotation of the lattice, counter-clockwise as seen on the screen",
   "degrees", -360.0, 360.0, false},
  {&P::displacementPm, "displacementPm", "Polar displacement",
   "Polar displacement of B per component along a and along b, that is sqrt(2) times as much in all", "pm", -200.0,
   200.0, false},
  {&P::wallWidthNm, "wallWidthNm", "Wall width",
   "Width w of a domain wall, or of the core of a vortex: the profile is tanh(2 d / w)", "nm", 0.0, 1e3, false},
  {&P::doseCounts, "doseCounts", "Dose",
   "Counts at the peak of an A column of the film above the background, Poisson distributed; 0: no noise, heights "
   "relative to that peak",
   "counts", 0.0, 1e9, false},
  {&P::substrateFraction, "substrateFraction", "Substrate",
   "Part of the image's height at the bottom that is substrate, which is not polar", "", 0.0, 1.0, false},
  {&P::jitterPx, "jitterPx", "Scan jitter", "Standard deviation of the shift of each line along x", "px", 0.0, 100.0,
   false},
  {&P::ratioB, "ratioB", "Height of B", "Height of B columns against A columns in the film, before blur", "", 0.0, 10.0,
   false},
  {&P::latticeNm, "latticeNm", "Lattice parameter", "Lattice parameter of the film along a and b", "nm", 0.1, 10.0,
   true},
  {&P::sigmaANm, "sigmaANm", "Width of A", "Standard deviation of A columns, before blur", "nm", 1e-3, 1.0, true},
  {&P::sigmaBNm, "sigmaBNm", "Width of B", "Standard deviation of B columns, before blur", "nm", 1e-3, 1.0, true},
  {&P::foilThicknessNm, "foilThicknessNm", "Foil thickness",
   "Thickness of the specimen: a 71 degree wall is inclined by 45 degrees and its image is smeared as far", "nm", 0.0,
   1e3, true},
  {&P::substrateLatticeNm, "substrateLatticeNm", "Substrate lattice parameter",
   "Lattice parameter of the substrate along b; along a it has that of the film", "nm", 0.1, 10.0, true},
  {&P::substrateHeightA, "substrateHeightA", "Height of the substrate's A",
   "Height of A columns of the substrate against those of the film", "", 0.0, 10.0, true},
  {&P::substrateHeightB, "substrateHeightB", "Height of the substrate's B",
   "Height of B columns of the substrate against A columns of the film", "", 0.0, 10.0, true},
  {&P::secondPhaseFraction, "secondPhaseFraction", "Second phase",
   "Part of the image's width at the right where the film is another phase", "", 0.0, 1.0, true},
  {&P::secondPhaseRatioB, "secondPhaseRatioB", "Height of the second phase's B",
   "Height of B columns against A columns in the second phase", "", 0.0, 10.0, true},
  {&P::secondPhaseLatticeNm, "secondPhaseLatticeNm", "Second phase lattice parameter",
   "Lattice parameter of the second phase along a; 0: that of the film", "nm", 0.0, 10.0, true},
  {&P::sourceSizeNm, "sourceSizeNm", "Blur",
   "Standard deviation of a Gaussian blur, as by the electron source; the sum of each column is kept", "nm", 0.0, 1.0,
   true},
  {&P::scatterPm, "scatterPm", "Scatter of displacements",
   "Standard deviation per axis of the displacement of each B column of the film around that of its domain; part of "
   "the truth",
   "pm", 0.0, 50.0, true},
  {&P::ellipticity, "ellipticity", "Ellipticity",
   "Longer over shorter standard deviation of all columns, as by astigmatism; their product and the height stay", "",
   1.0, 4.0, true},
  {&P::ellipticityAngleDeg, "ellipticityAngleDeg", "Direction of the ellipses",
   "Direction of the longer axis from x, counter-clockwise as seen on the screen", "degrees", -360.0, 360.0, true},
  {&P::skewFraction, "skewFraction", "Skew",
   "Part of the intensity of every column that lies aside, as by coma of the probe; the intensity-weighted centre "
   "stays at the column",
   "", 0.0, 0.5, true},
  {&P::skewShiftNm, "skewShiftNm", "Shift of the skew", "How far that part lies from the other", "nm", 0.0, 1.0, true},
  {&P::skewAngleDeg, "skewAngleDeg", "Direction of the skew",
   "Direction in which that part lies, from x, counter-clockwise as seen on the screen", "degrees", -360.0, 360.0,
   true},
  {&P::backgroundFraction, "backgroundFraction", "Background",
   "Mean background against the height of an A column of the film", "", 0.0, 100.0, true},
  {&P::backgroundVariation, "backgroundVariation", "Background variation",
   "Slow variation of the background over the image, relative", "", -1.0, 1.0, true},
  {&P::driftXPx, "driftXPx", "Drift along x", "Shift of the specimen along x from the first line to the last", "px",
   -1e4, 1e4, true},
  {&P::driftYPx, "driftYPx", "Drift along y", "Shift of the specimen along y from the first line to the last", "px",
   -1e4, 1e4, true},
  {&P::shiftXPx, "shiftXPx", "Shift along x", "Shift of the whole specimen along x, as between frames of a stack", "px",
   -1e4, 1e4, true},
  {&P::shiftYPx, "shiftYPx", "Shift along y", "Shift of the whole specimen along y, as between frames of a stack", "px",
   -1e4, 1e4, true}};

} // namespace

CommandDeclaration
DeclareSynthesize()
{
  const P defaults;
  CommandDeclaration declaration;
  declaration.name = "synthesize";
  declaration.menu = "Simulation/Synthesize";
  declaration.title = "Synthesize a micrograph";
  declaration.help =
    "Makes a STEM image of a perovskite along [100] whose every column is known, to test an analysis or to plan an "
    "experiment. Writes BASE.tif (for ImageJ, with calibration), BASE_truth.csv (the columns as they truly are) and "
    "BASE.json (all parameters, and the Cramer-Rao bound: the error that no analysis can undercut). A name that ends "
    "in .npy gives a NumPy array without calibration instead of the TIFF.";
  declaration.examples = {"ferroscope synthesize --output film",
                          "ferroscope synthesize --output vortex --domains vortex --dose-counts 1000",
                          "ferroscope synthesize --output alloy --series 5 --series-quantity ratioB --series-end 0.7"};
  declaration.references = {
    "W. Hoermann, The transformed rejection method for generating Poisson random variables, Insurance: Mathematics and "
    "Economics 12, 39 (1993)",
    "J. Chao, E. S. Ward, R. J. Ober, Fisher information theory for parameter estimation in single molecule "
    "microscopy, J. Opt. Soc. Am. A 33, B36 (2016)"};

  declaration.Add(ParameterType::File, "output")
    .Label("Output")
    .Help("Name of the files to write, without ending: BASE.tif, BASE_truth.csv, BASE.json")
    .Default("synthetic")
    .Extensions({".tif", ".tiff", ".npy"})
    .Output()
    .Positional();
  declaration.Add(ParameterType::Integer, "widthPx")
    .Label("Width")
    .Help("Width of the image")
    .Unit("px")
    .Default(defaults.width)
    .Range(16, 65536)
    .Alias("width-px")
    .Alias("width");
  declaration.Add(ParameterType::Integer, "heightPx")
    .Label("Height")
    .Help("Height of the image")
    .Unit("px")
    .Default(defaults.height)
    .Range(16, 65536)
    .Alias("height-px")
    .Alias("height");
  declaration.Add(ParameterType::Choice, "domains")
    .Label("Domains")
    .Help("How the polar displacement varies: uniform; a wall of 180, 109 or 71 degrees through the middle; a vortex; "
          "a gradient from none at the left to the whole at the right")
    .Choices({"uniform", "180", "109", "71", "vortex", "gradient"})
    .Default(ToString(defaults.domains));
  for (const auto & number : Numbers)
  {
    auto builder = declaration.Add(ParameterType::Number, number.name);
    builder.Label(number.label)
      .Help(number.help)
      .Unit(number.unit)
      .Default(defaults.*number.member)
      .Range(number.minimum, number.maximum);
    if (number.advanced)
    {
      builder.Advanced();
    }
  }
  declaration.Add(ParameterType::Integer, "vacancies")
    .Label("Vacancies")
    .Help("Number of columns left out at random places away from the border")
    .Default(defaults.vacancies)
    .Range(0, 1000000)
    .Advanced();
  declaration.Add(ParameterType::Integer, "seriesCount")
    .Label("Series")
    .Help("Number of images, named BASE_00 and so on, each with its own noise: a series over composition or amplitude")
    .Default(1)
    .Range(1, 1000)
    .Alias("series")
    .Advanced();
  declaration.Add(ParameterType::Choice, "seriesQuantity")
    .Label("Quantity of the series")
    .Help("What changes in even steps from its value in the first image to seriesEnd in the last")
    .Choices({"ratioB", "displacementPm"})
    .Default("ratioB")
    .Advanced();
  declaration.Add(ParameterType::Number, "seriesEnd")
    .Label("End of the series")
    .Help("Value of the quantity in the last image of a series; needed when there is more than one")
    .Range(-200.0, 200.0)
    .Advanced();
  return declaration;
}

SyntheticMicrographParameters
GetSyntheticParameters(const CommandContext & context)
{
  P parameters;
  parameters.width = context.GetInteger("widthPx");
  parameters.height = context.GetInteger("heightPx");
  parameters.domains = FindDomainPattern(context.GetText("domains"));
  for (const auto & number : Numbers)
  {
    parameters.*number.member = context.GetNumber(number.name);
  }
  parameters.vacancies = context.GetInteger("vacancies");
  parameters.seed = context.GetSeed();
  return parameters;
}
} // namespace ferro
