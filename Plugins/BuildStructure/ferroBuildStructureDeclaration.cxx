#include "ferroBuildStructureDeclaration.h"

#include "ferroCommandContext.h"
#include "ferroErrors.h"

#include <sstream>

namespace ferro
{
namespace
{
constexpr double AngstromPerNm = 10.0;
constexpr double DefaultFilmNm = 4.0;

// Parameters that say something of one kind of structure only.
const char * const OnlyForCrystals[] = {"zoneAxis",     "xAxis",    "largestMisfit", "longestEdgeNm",
                                        "quarterTurns", "shiftXNm", "shiftYNm",      "shiftZNm"};
const char * const OnlyForFilms[] = {"displacementPm",     "wallWidthNm",          "oxygenRatio",         "substrate",
                                     "substrateFraction",  "secondPhase",          "secondPhaseFraction", "latticeNm",
                                     "substrateLatticeNm", "secondPhaseLatticeNm", "pixelSizeNm"};

Eigen::Vector3d
ParseDirection(const CommandContext & context, const std::string & name)
{
  std::string text = context.GetText(name);
  for (char & letter : text)
  {
    letter = letter == ',' || letter == '[' || letter == ']' ? ' ' : letter;
  }
  std::istringstream stream(text);
  Eigen::Vector3d direction;
  std::string rest;
  if (!(stream >> direction.x() >> direction.y() >> direction.z()) || stream >> rest)
  {
    throw UsageError(name + ": found '" + context.GetText(name) + "', expected three whole numbers: 1,1,0");
  }
  return direction;
}
} // namespace

CommandDeclaration
DeclareBuildStructure()
{
  CommandDeclaration declaration;
  declaration.name = "build-structure";
  declaration.menu = "Simulation/Build structure";
  declaration.title = "Build a structure for a simulation";
  declaration.help =
    "Makes the atoms that 'simulate' takes. Without --domains: an orthogonal cell of a crystal with a zone axis along "
    "the beam, tiled to a size. With --domains: a film of ideal perovskite cells whose polar displacement is known, "
    "with domain walls, on a substrate, beside a second phase. Writes BASE.xyz and BASE.json; for a film also "
    "BASE_truth.csv, which 'evaluate-map' holds the map of the simulated image against.";
  declaration.examples = {
    "ferroscope build-structure BiFeO3-pc --output bfo --width-nm 1.6 --height-nm 1.6",
    "ferroscope build-structure SrTiO3 --zone-axis 1,1,0 --output sto110 --format prismatic",
    "ferroscope build-structure BiFeO3-pc --output film --domains 109 --width-nm 4 --height-nm 5 --substrate SrTiO3",
    "ferroscope build-structure PbTiO3 --output vortex --domains vortex --width-nm 6 --height-nm 6"};
  declaration.references = {
    "C. T. Nelson et al., npj Comput. Mater. 7, 149 (2021): films and domain walls of BiFeO3",
    "A. Palewicz et al., Acta Cryst. B 63, 537 (2007): BiFeO3; the other structures: Data/Structures/README.md"};

  declaration.Add(ParameterType::Structure, "structure")
    .Label("Structure")
    .Help("Crystal: BiFeO3, BiFeO3-pc, SrTiO3, BaTiO3, PbTiO3, or a file (CIF, XYZ, XTL, POSCAR)")
    .Default("BiFeO3-pc")
    .Positional();
  declaration.Add(ParameterType::File, "output")
    .Label("Output")
    .Help("Name of the files to write, without ending: BASE.xyz, BASE.json, BASE_truth.csv")
    .Default("structure")
    .Extensions({".xyz"})
    .Output();
  declaration.Add(ParameterType::Choice, "domains")
    .Label("Domains")
    .Help("none: the crystal as it is; else a film: uniform; a wall of 180, 109 or 71 degrees through the middle; a "
          "vortex; a gradient from none at the left to the whole at the right")
    .Choices({"none", "uniform", "180", "109", "71", "vortex", "gradient"})
    .Default("none");
  const auto number = [&declaration](const char * name, const char * label, const char * help, const char * unit)
  {
    auto builder = declaration.Add(ParameterType::Number, name);
    builder.Label(label).Help(help).Unit(unit);
    return builder;
  };
  number("widthNm", "Width", "Size along x, rounded to whole cells; 0: one cell, 4 nm for a film", "nm")
    .Default(0.0)
    .Range(0.0, 1000.0);
  number("heightNm", "Height", "Size along y, rounded to whole cells; 0: one cell, 4 nm for a film", "nm")
    .Default(0.0)
    .Range(0.0, 1000.0);
  number("thicknessNm", "Thickness",
         "Size along the beam, rounded to whole cells; 0: one cell, which a simulation repeats. A 71 degree wall is "
         "inclined: give the whole thickness",
         "nm")
    .Default(0.0)
    .Range(0.0, 10000.0);
  declaration.Add(ParameterType::Text, "zoneAxis")
    .Label("Zone axis")
    .Help("Direction [uvw] of the crystal along the beam")
    .Default("0,0,1");
  declaration.Add(ParameterType::Text, "xAxis")
    .Label("Direction of x")
    .Help("Direction [uvw] to the right; empty: an edge of the crystal's cell where one is perpendicular to the beam, "
          "else the one of the smallest cell")
    .Default("");
  declaration.Add(ParameterType::Text, "substrate")
    .Label("Substrate")
    .Help("Perovskite below the film, not polar; empty: none")
    .Default("");
  declaration.Add(ParameterType::Text, "secondPhase")
    .Label("Second phase")
    .Help("Perovskite at the right of the film, with the same displacements; empty: none")
    .Default("");
  number("displacementPm", "Polar displacement",
         "Displacement of B per component along a and along b, that is sqrt(2) times as much in all", "pm")
    .Default(30.0)
    .Range(-80.0, 80.0);
  number("wallWidthNm", "Wall width", "Width w of a wall or of the core of a vortex: the profile is tanh(2 d / w)",
         "nm")
    .Default(0.2)
    .Range(0.0, 1000.0);
  number("pixelSizeNm", "Pixel size", "Step of the scan that BASE_truth.csv counts in", "nm")
    .Default(0.02)
    .Range(1e-4, 1.0);
  number("substrateFraction", "Part of the substrate", "Part of the height that is substrate, if there is one", "")
    .Default(0.25)
    .Range(0.0, 0.95)
    .Advanced();
  number("secondPhaseFraction", "Part of the second phase", "Part of the width that is second phase, if there is one",
         "")
    .Default(0.3)
    .Range(0.0, 0.95)
    .Advanced();
  number("oxygenRatio", "Oxygen",
         "Displacement of oxygen against that of B; without it that of the material: BiFeO3 1.6, BaTiO3 -0.85, PbTiO3 "
         "3.1, others 0",
         "")
    .Range(-10.0, 10.0)
    .Advanced();
  number("latticeNm", "Lattice parameter", "Lattice parameter of the film; 0: that of the material", "nm")
    .Default(0.0)
    .Range(0.0, 1.0)
    .Advanced();
  number("substrateLatticeNm", "Lattice parameter of the substrate",
         "Along b; along a it has that of the film; 0: that of the material", "nm")
    .Default(0.0)
    .Range(0.0, 1.0)
    .Advanced();
  number("secondPhaseLatticeNm", "Lattice parameter of the second phase",
         "Along a; along b it has that of the film; 0: that of the material", "nm")
    .Default(0.0)
    .Range(0.0, 1.0)
    .Advanced();
  number("largestMisfit", "Largest misfit",
         "Largest cosine between two edges of the crystal's cell that is sheared away to make it orthogonal", "")
    .Default(0.01)
    .Range(0.0, 0.3)
    .Advanced();
  number("longestEdgeNm", "Longest edge", "No edge of the orthogonal cell along x or y is longer", "nm")
    .Default(8.0)
    .Range(0.1, 100.0)
    .Advanced();
  declaration.Add(ParameterType::Integer, "quarterTurns")
    .Label("Quarter turns")
    .Help("Turns the crystal about the beam, counter-clockwise as seen on the screen")
    .Default(0)
    .Range(-3, 3)
    .Advanced();
  for (const auto * axis : {"X", "Y", "Z"})
  {
    number((std::string("shift") + axis + "Nm").c_str(), (std::string("Shift along ") + axis).c_str(),
           "Shift of all atoms; what leaves the cell comes in at the other side", "nm")
      .Default(0.0)
      .Range(-1000.0, 1000.0)
      .Advanced();
  }
  declaration.Add(ParameterType::Choice, "format")
    .Label("Format")
    .Help("extended: extended XYZ (ASE, OVITO, abTEM); prismatic: the XYZ of Prismatic")
    .Choices({"extended", "prismatic"})
    .Default("extended")
    .Advanced();
  return declaration;
}

bool
IsFilmWanted(const CommandContext & context)
{
  return context.GetText("domains") != "none";
}

void
CheckCombination(const CommandContext & context)
{
  const bool film = IsFilmWanted(context);
  for (const auto * name : OnlyForCrystals)
  {
    if (film && context.IsGiven(name))
    {
      throw UsageError(std::string(name) + ": a film (domains) is laid out along [100]; expected no " + name);
    }
  }
  for (const auto * name : OnlyForFilms)
  {
    if (!film && context.IsGiven(name))
    {
      throw UsageError(std::string(name) +
                       ": is for a film only, expected domains to be one of uniform, 180, 109, ...");
    }
  }
}

OrthogonalCellOptions
GetOrthogonalCellOptions(const CommandContext & context)
{
  OrthogonalCellOptions options;
  options.zoneAxis = ParseDirection(context, "zoneAxis");
  if (!context.GetText("xAxis").empty())
  {
    options.xAxis = ParseDirection(context, "xAxis");
  }
  options.largestMisfit = context.GetNumber("largestMisfit");
  options.longestEdgeA = AngstromPerNm * context.GetNumber("longestEdgeNm");
  return options;
}

SceneParameters
GetSceneParameters(const CommandContext & context)
{
  const auto length = [&context](const char * name) { return AngstromPerNm * context.GetNumber(name); };
  const auto size = [&length](const char * name)
  { return length(name) > 0.0 ? length(name) : AngstromPerNm * DefaultFilmNm; };
  SceneParameters scene;
  scene.widthA = size("widthNm");
  scene.heightA = size("heightNm");
  scene.thicknessA = length("thicknessNm");
  scene.substrateFraction = context.GetNumber("substrateFraction");
  scene.secondPhaseFraction = context.GetNumber("secondPhaseFraction");
  scene.filmLatticeA = length("latticeNm");
  scene.substrateLatticeA = length("substrateLatticeNm");
  scene.secondPhaseLatticeA = length("secondPhaseLatticeNm");
  scene.domains = FindDomainPattern(context.GetText("domains"));
  scene.displacementPm = context.GetNumber("displacementPm");
  scene.wallWidthA = length("wallWidthNm");
  if (context.Has("oxygenRatio"))
  {
    scene.oxygenRatio = context.GetNumber("oxygenRatio");
  }
  return scene;
}
} // namespace ferro
