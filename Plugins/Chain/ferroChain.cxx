#include "ferroChain.h"

#include "ferroErrors.h"

#include <locale>
#include <sstream>

namespace ferro
{
void
DeclareInputImage(CommandDeclaration & declaration)
{
  declaration.Add(ParameterType::Image, "image")
    .Label("Image")
    .Help("Atomic-resolution image: DM3, DM4, DM5, SER, EMD, HSPY, NSID, TIFF, MRC, NPY, PNG, NRRD or MHA.")
    .Required()
    .Positional();
}

void
DeclareOutputFolder(CommandDeclaration & declaration)
{
  declaration.Add(ParameterType::Folder, "output")
    .Label("Output folder")
    .Help("Folder for the results; made when it is not there. Default: named after the image, in the present folder.")
    .Output();
}

void
DeclareFinding(CommandDeclaration & declaration)
{
  declaration.Add(ParameterType::Number, "columnSigmaPx")
    .Label("Column width")
    .Help("Standard deviation of the columns; 0: from the image.")
    .Unit("px")
    .Default(0.0)
    .Range(0.0, 100.0)
    .Advanced();
  declaration.Add(ParameterType::Number, "minimumPeriodPx")
    .Label("Smallest period")
    .Help("Smallest period of the lattice that is looked for.")
    .Unit("px")
    .Default(4.0)
    .Range(2.0, 500.0)
    .Advanced();
  declaration.Add(ParameterType::Number, "maximumPeriodPx")
    .Label("Largest period")
    .Help("Largest period of the lattice that is looked for.")
    .Unit("px")
    .Default(130.0)
    .Range(4.0, 1000.0)
    .Advanced();
  declaration.Add(ParameterType::Number, "minimumRelativeHeight")
    .Label("Faintest column")
    .Help("Height of the faintest column as a fraction of the strong ones around it.")
    .Default(0.1)
    .Range(0.0, 1.0)
    .Advanced();
  declaration.Add(ParameterType::Number, "minimumSignalToNoise")
    .Label("Smallest signal to noise")
    .Help("A spot must stand out from the pixel noise by this factor.")
    .Default(3.0)
    .Range(0.0, 100.0)
    .Advanced();
  declaration.Add(ParameterType::Number, "minimumSupport")
    .Label("Smallest support")
    .Help("Share of the neighbouring cells in which a column must have its like.")
    .Default(0.3)
    .Range(0.0, 1.0)
    .Advanced();
}

void
ConfigureFinding(const CommandContext & context, AtomFindingImageFilter & finder)
{
  finder.SetColumnSigma(context.GetNumber("columnSigmaPx"));
  finder.SetMinimumPeriod(context.GetNumber("minimumPeriodPx"));
  finder.SetMaximumPeriod(context.GetNumber("maximumPeriodPx"));
  finder.SetMinimumRelativeHeight(context.GetNumber("minimumRelativeHeight"));
  finder.SetMinimumSignalToNoise(context.GetNumber("minimumSignalToNoise"));
  finder.SetMinimumSupport(context.GetNumber("minimumSupport"));
}

void
DeclareRefinement(CommandDeclaration & declaration)
{
  declaration.Add(ParameterType::Number, "windowSigmas")
    .Label("Fit window")
    .Help("Radius of the fit window in standard deviations of the column.")
    .Default(2.7)
    .Range(1.0, 10.0)
    .Advanced();
  declaration.Add(ParameterType::Boolean, "isotropic")
    .Label("Round columns")
    .Help("Fit Gaussians of equal axes.")
    .Default(false)
    .Advanced();
}

void
ConfigureRefinement(const CommandContext & context, GaussianRefinementFilter & refinement)
{
  refinement.SetWindowSigmas(context.GetNumber("windowSigmas"));
  refinement.SetIsotropic(context.GetBoolean("isotropic"));
}

std::filesystem::path
OutputPath(const CommandContext & context, const std::string & ending)
{
  if (context.Has("output") && !context.GetText("output").empty())
  {
    return context.GetPath("output");
  }
  return std::filesystem::path(context.GetPath("image").stem().string() + ending);
}

void
WarnWithoutCalibration(CommandContext & context, const ImageGeometry & geometry)
{
  if (!geometry.calibrated)
  {
    context.Warn("the image has no calibration: all lengths are in pixels; give --pixel-size-nm for picometres");
  }
}

void
ParseRegion(const std::string & option, const std::string & text, Eigen::Vector2d & upperLeft,
            Eigen::Vector2d & lowerRight)
{
  std::istringstream stream(text);
  stream.imbue(std::locale::classic());
  char comma[3] = {};
  stream >> upperLeft.x() >> comma[0] >> upperLeft.y() >> comma[1] >> lowerRight.x() >> comma[2] >> lowerRight.y();
  const bool complete = !stream.fail() && (stream >> std::ws).eof();
  if (!complete || comma[0] != ',' || comma[1] != ',' || comma[2] != ',' || (lowerRight - upperLeft).minCoeff() <= 0.0)
  {
    throw UsageError(option + ": found '" + text +
                     "', expected x0,y0,x1,y1 in pixels with x0 < x1 and y0 < y1, for example 0,400,511,511");
  }
}
} // namespace ferro
