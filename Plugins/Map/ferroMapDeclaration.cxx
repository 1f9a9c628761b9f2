#include "ferroMapDeclaration.h"

#include "ferroChain.h"
#include "ferroCrystal.h"
#include "ferroErrors.h"
#include "ferroTiltChain.h"
#include "ferroMapFields.h"
#include "ferroMapFrames.h"
#include "ferroMapPair.h"
#include "ferroMapScan.h"

namespace ferro
{
CommandDeclaration
DeclareMap()
{
  CommandDeclaration declaration;
  declaration.name = "map";
  declaration.menu = "Polarization/Map";
  declaration.title = "Map polarization";
  declaration.help =
    "From an atomic-resolution image to a polarization field with error bars: finds the columns, fits them, labels "
    "the sublattices, measures every unit cell, and writes tables, fields, figures and a report. No "
    "parameter needs to be set.";
  declaration.examples = {
    "ferroscope map BTO.dm4", "ferroscope map NSMO.tif --pixel-size-nm 0.0177 --output NSMO",
    "ferroscope map film.hspy --material BiFeO3 --reference region --reference-region 0,400,511,511"};
  declaration.references = {
    "Nelson, Ghosh, Oxley, Zhang, Ziatdinov, Takeuchi, Kalinin, npj Comput. Mater. 7, 149 (2021)"};
  DeclareInputImage(declaration);
  DeclareOutputFolder(declaration);
  declaration.Add(ParameterType::Choice, "center")
    .Label("Centre of the cells")
    .Help("Sublattice in the centre of the unit cells.")
    .Choices({"A", "B"})
    .Default("B");
  declaration.Add(ParameterType::Boolean, "swapSublattices")
    .Label("Swap sublattices")
    .Help("Exchange A and B; A is the brighter one otherwise.")
    .Default(false);
  declaration.Add(ParameterType::Choice, "reference")
    .Label("Reference")
    .Help("Polarization that is subtracted from every cell: none, the mean of all cells, or the mean of the reference "
          "region (for example a substrate that is not polar).")
    .Choices({"none", "mean", "region"})
    .Default("none");
  declaration.Add(ParameterType::Text, "referenceRegion")
    .Label("Reference region")
    .Help("Rectangle x0,y0,x1,y1 whose cells are the reference of strain, and of polarization with --reference region.")
    .Unit("px");
  declaration.Add(ParameterType::Text, "calibrate")
    .Label("Calibrate by")
    .Help("Recalibrates the image by the lattice that is found in it: a material (BiFeO3, BaTiO3, PbTiO3, SrTiO3) or "
          "the edges of the "
          "cell in nm, as 0.3905 or 0.399x0.4036.");
  declaration.Add(ParameterType::Text, "calibrateRegion")
    .Label("Region to calibrate by")
    .Help("Rectangle x0,y0,x1,y1 that holds the known lattice, for example the substrate. Default: the whole image.")
    .Unit("px")
    .Advanced();
  declaration.Add(ParameterType::Boolean, "calibratePerAxis")
    .Label("Calibrate x and y separately")
    .Help("Takes out a scan that stretches x against y. A real difference of a and b goes with it unless both edges "
          "are given.")
    .Default(false)
    .Advanced();
  DeclareScan(declaration);
  DeclareFrames(declaration);
  DeclarePair(declaration);
  std::vector<std::string> materials = {"none"};
  for (const auto & crystal : GetCrystals())
  {
    materials.push_back(crystal.name);
  }
  declaration.Add(ParameterType::Choice, "material")
    .Label("Material")
    .Help("Takes Born charge and cell volume from the literature to give polarization in uC/cm2 as well.")
    .Choices(materials)
    .Default("none");
  declaration.Add(ParameterType::Number, "bornChargeE")
    .Label("Born charge")
    .Help("Born effective charge of the B ion; instead of that of the material.")
    .Unit("e")
    .Range(-20.0, 20.0)
    .Advanced();
  declaration.Add(ParameterType::Number, "cellVolumeNm3")
    .Label("Cell volume")
    .Help("Volume of the unit cell; instead of that of the material.")
    .Unit("nm3")
    .Range(1e-4, 10.0)
    .Advanced();
  declaration.Add(ParameterType::Number, "wheelRadiusPm")
    .Label("Radius of the colour wheel")
    .Help("Displacement at the rim of the colour wheel; 0: from the data.")
    .Unit("pm")
    .Default(0.0)
    .Range(0.0, 1000.0)
    .Advanced();
  DeclareFields(declaration);
  DeclareTiltCorrection(declaration, false);
  DeclareFinding(declaration);
  DeclareRefinement(declaration);
  return declaration;
}

void
ConfigurePolarization(const CommandContext & context, PolarizationFilter & filter)
{
  filter.SetCenter(context.GetText("center") == "A" ? Sublattice::A : Sublattice::B);
  const std::string reference = context.GetText("reference");
  filter.SetReference(reference == "mean"     ? PolarizationReference::Mean
                      : reference == "region" ? PolarizationReference::Region
                                              : PolarizationReference::None);
  if (context.Has("referenceRegion") && !context.GetText("referenceRegion").empty())
  {
    Eigen::Vector2d upperLeft;
    Eigen::Vector2d lowerRight;
    ParseRegion("--reference-region", context.GetText("referenceRegion"), upperLeft, lowerRight);
    filter.SetReferenceRegion(upperLeft, lowerRight);
  }
  else if (reference == "region")
  {
    throw UsageError("--reference region needs --reference-region x0,y0,x1,y1");
  }
  const Crystal * crystal = FindCrystal(context.GetText("material"));
  const bool hasCharge = context.Has("bornChargeE");
  const bool hasVolume = context.Has("cellVolumeNm3");
  if (crystal || (hasCharge && hasVolume))
  {
    const double charge = hasCharge ? context.GetNumber("bornChargeE") : crystal->bornChargeB;
    const double volume =
      hasVolume ? context.GetNumber("cellVolumeNm3") : crystal->latticeNm * crystal->latticeNm * crystal->latticeNm;
    filter.SetMicrocoulombPerPicometre(MicrocoulombPerPicometre(charge, volume));
  }
  else if (hasCharge || hasVolume)
  {
    throw UsageError("--born-charge-e and --cell-volume-nm3 belong together; or name a --material");
  }
}

CalibrationRequest
GetCalibrationRequest(const CommandContext & context)
{
  CalibrationRequest request;
  const bool asked = context.Has("calibrate") && !context.GetText("calibrate").empty();
  const bool region = context.Has("calibrateRegion") && !context.GetText("calibrateRegion").empty();
  request.perAxis = context.GetBoolean("calibratePerAxis");
  if (asked)
  {
    request.target = ParseCalibrationTarget(context.GetText("calibrate"));
    if (region)
    {
      ParseRegion("--calibrate-region", context.GetText("calibrateRegion"), request.upperLeft, request.lowerRight);
    }
  }
  else if (region || request.perAxis)
  {
    throw UsageError("--calibrate-region and --calibrate-per-axis need --calibrate MATERIAL or its edges in nm");
  }
  return request;
}
} // namespace ferro
