#include "ferroSimulateDeclaration.h"

#include "ferroErrors.h"
#include "ferroStructureGeometry.h"
#include "ferroStructurePresets.h"
#include "ferroStructureReader.h"

#include <charconv>
#include <cmath>
#include <sstream>

namespace ferro
{
namespace
{
constexpr double AngstromPerNm = 10.0;
constexpr double Radians = 3.14159265358979323846 / 180.0;

void
DeclareMicroscope(CommandDeclaration & declaration)
{
  const auto number = [&declaration](const char * name, const char * label, const char * help, const char * unit,
                                     double value, double minimum, double maximum)
  {
    return declaration.Add(ParameterType::Number, name)
      .Label(label)
      .Help(help)
      .Unit(unit)
      .Default(value)
      .Range(minimum, maximum);
  };
  number("voltageKv", "Voltage", "Accelerating voltage", "kV", 200.0, 10.0, 3000.0);
  number("semiAngleMrad", "Semi-convergence angle", "Semi-convergence angle of the probe", "mrad", 30.0, 0.1, 200.0);
  number("defocusNm", "Defocus",
         "Underfocus: how far below the entrance surface the crossover of the beam lies (minus C10)", "nm", 0.0, -1e5,
         1e5);
  declaration.Add(ParameterType::Text, "detectors")
    .Label("Detectors")
    .Help(
      "Name and inner-outer angle in mrad of each, separated by commas. NAME:IN-OUT/4@45 gives four segments turned "
      "by 45 degrees, NAME:IN-OUT+10 rings of 10 mrad")
    .Default("haadf:65-250,abf:15-30");
  number("sourceSizeNm", "Source size", "Standard deviation of the Gaussian image of the electron source", "nm", 0.0,
         0.0, 10.0);
  number("astigmatismNm", "Astigmatism", "Two-fold astigmatism C12 (A1)", "nm", 0.0, 0.0, 1e5).Advanced();
  number("astigmatismDeg", "Direction of the astigmatism", "Direction of C12, counter-clockwise on the screen",
         "degrees", 0.0, -360.0, 360.0)
    .Advanced();
  number("comaNm", "Coma", "Axial coma C21 (3 B2)", "nm", 0.0, 0.0, 1e6).Advanced();
  number("comaDeg", "Direction of the coma", "Direction of C21, counter-clockwise on the screen", "degrees", 0.0,
         -360.0, 360.0)
    .Advanced();
  number("threeFoldNm", "Three-fold astigmatism", "Three-fold astigmatism C23 (A2)", "nm", 0.0, 0.0, 1e6).Advanced();
  number("threeFoldDeg", "Direction of the three-fold astigmatism", "Direction of C23, counter-clockwise on the screen",
         "degrees", 0.0, -360.0, 360.0)
    .Advanced();
  number("c30Um", "C30", "Spherical aberration of third order, C30 (C3, Cs)", "um", 0.0, -1e5, 1e5).Advanced();
  number("c50Mm", "C50", "Spherical aberration of fifth order, C50 (C5)", "mm", 0.0, -1e4, 1e4).Advanced();
  declaration.Add(ParameterType::Boolean, "hardAperture")
    .Label("Hard aperture")
    .Help("The aperture ends in a step, in place of an edge one sample of the spectrum wide")
    .Default(false)
    .Advanced();
  number("beamTiltXMrad", "Beam tilt along x", "Tilt of the incident beam towards +x; detectors stay on the axis",
         "mrad", 0.0, -100.0, 100.0)
    .Advanced();
  number("beamTiltYMrad", "Beam tilt along y", "Tilt of the incident beam towards +y (down)", "mrad", 0.0, -100.0,
         100.0)
    .Advanced();
}

void
DeclareSpecimen(CommandDeclaration & declaration)
{
  declaration.Add(ParameterType::Structure, "structure")
    .Label("Structure")
    .Help(
      "Crystal structure (CIF, XYZ, XTL, POSCAR), or the name of one that comes with the program. Without zoneAxis an "
      "orthogonal cell, z along the beam, which enters at z = 0")
    .Extensions({".cif", ".xyz", ".extxyz", ".xtl", ".vasp", ".poscar"})
    .Required()
    .Positional();
  declaration.Add(ParameterType::Text, "zoneAxis")
    .Label("Zone axis")
    .Help("Direction u,v,w of the crystal along the beam: an orthogonal cell is cut out. Empty: z of the file")
    .Default("");
  declaration.Add(ParameterType::Text, "xAxis")
    .Label("Direction of x")
    .Help("Direction u,v,w of the crystal to the right, with zoneAxis; empty: the best edge")
    .Default("")
    .Advanced();
  declaration.Add(ParameterType::Text, "tiltMrad")
    .Label("Tilts along x")
    .Help("Tilts of the specimen about the y axis, in mrad, separated by commas, clockwise as seen against the axis: "
          "columns lean, and seem to move, to -x")
    .Default("0");
  declaration.Add(ParameterType::Text, "tiltYMrad")
    .Label("Tilts along y")
    .Help("The same along y: columns lean to -y (up). One number for all tilts, or as many as along x")
    .Default("0");
  declaration.Add(ParameterType::Choice, "tiltSense")
    .Label("Sense of tilt")
    .Help("clockwise, or counter-clockwise as in muSTEM, Prismatic and Dr. Probe: columns lean to +x")
    .Choices({"clockwise", "counter-clockwise"})
    .Default("clockwise")
    .Advanced();
  declaration.Add(ParameterType::Text, "thicknessNm")
    .Label("Thicknesses")
    .Help("Thicknesses in nm, separated by commas, all from one run; rounded to whole slices")
    .Default("20")
    .Alias("thickness-nm")
    .Alias("thickness");
  declaration.Add(ParameterType::Choice, "motion")
    .Label("Thermal motion")
    .Help(
      "frozen-phonon; qep: quantum excitation of phonons, less memory; absorptive: quick, one pass, thermal scattering "
      "as a local probability; damped: quick, elastic scattering alone, too dark at high angles; still: none")
    .Choices({"frozen-phonon", "qep", "absorptive", "damped", "still"})
    .Default("frozen-phonon");
  declaration.Add(ParameterType::Integer, "configurations")
    .Label("Configurations")
    .Help("Configurations of displaced atoms to average over")
    .Default(10)
    .Range(1, 1000000);
  declaration.Add(ParameterType::Integer, "gratings")
    .Label("Variants of a slice")
    .Help("Displaced variants of each slice, for qep")
    .Default(10)
    .Range(1, 10000)
    .Advanced();
  declaration.Add(ParameterType::Choice, "potential")
    .Label("Scattering factors")
    .Help("Whose scattering factors: Kirkland (2010), or Lobato and Van Dyck (2014)")
    .Choices({"kirkland", "lobato"})
    .Default("kirkland")
    .Advanced();
}

void
DeclareEffort(CommandDeclaration & declaration)
{
  declaration.Add(ParameterType::Text, "scanRegion")
    .Label("Scan region")
    .Help("x,y,width,height in nm from the corner of the structure; a height of 0 is a line. Empty: one cell")
    .Default("");
  declaration.Add(ParameterType::Number, "scanStepNm")
    .Label("Step of the scan")
    .Help("Distance of scan positions; made a little smaller to divide the region")
    .Unit("nm")
    .Default(0.02)
    .Range(1e-4, 10.0);
  declaration.Add(ParameterType::Integer, "cellsX")
    .Label("Cells along x")
    .Help("How often the structure is repeated along x; 0: until it is 1.5 nm wide")
    .Default(0)
    .Range(0, 1000);
  declaration.Add(ParameterType::Integer, "cellsY")
    .Label("Cells along y")
    .Help("How often the structure is repeated along y; 0: until it is 1.5 nm high")
    .Default(0)
    .Range(0, 1000);
  declaration.Add(ParameterType::Number, "sliceNm")
    .Label("Slice thickness")
    .Help("Wanted thickness of a slice; the nearest one that divides the cell is used")
    .Unit("nm")
    .Default(0.2)
    .Range(0.005, 10.0)
    .Advanced();
  declaration.Add(ParameterType::Integer, "samplesX")
    .Label("Samples along x")
    .Help("Samples of a wave along x; 0: what the largest detector angle needs")
    .Default(0)
    .Range(0, 65536)
    .Advanced();
  declaration.Add(ParameterType::Integer, "samplesY")
    .Label("Samples along y")
    .Help("Samples of a wave along y; 0: what the largest detector angle needs")
    .Default(0)
    .Range(0, 65536)
    .Advanced();
  declaration.Add(ParameterType::Choice, "method")
    .Label("Method")
    .Help("automatic: what takes less time at the given interpolation")
    .Choices({"automatic", "multislice", "prism"})
    .Default("automatic")
    .Advanced();
  declaration.Add(ParameterType::Integer, "interpolation")
    .Label("Interpolation of PRISM")
    .Help("1: the same as multislice; f: every f-th plane wave, an approximation that takes 1/f^2 of the time")
    .Default(1)
    .Range(1, 64)
    .Advanced();
  declaration.Add(ParameterType::Number, "memoryGb")
    .Label("Memory")
    .Help("Bound on the memory for waves and potentials")
    .Unit("GB")
    .Default(4.0)
    .Range(0.01, 1e5)
    .Alias("memory-gb")
    .Alias("memory");
  declaration.Add(ParameterType::Boolean, "resume")
    .Label("Resume")
    .Help("Go on with the configurations that the output folder holds")
    .Default(false);
}

std::vector<BeamTilt>
GetTilts(const CommandContext & context, double sign)
{
  const auto x = ParseNumbers("tiltMrad", context.GetText("tiltMrad"));
  const auto y = ParseNumbers("tiltYMrad", context.GetText("tiltYMrad"));
  const auto count = std::max(x.size(), y.size());
  if ((x.size() != 1 && x.size() != count) || (y.size() != 1 && y.size() != count))
  {
    throw UsageError("tiltYMrad: " + std::to_string(y.size()) + " tilts, expected one or " + std::to_string(x.size()) +
                     " as along x");
  }
  std::vector<BeamTilt> tilts;
  for (std::size_t n = 0; n < count; ++n)
  {
    tilts.push_back({sign * x[x.size() == 1 ? 0 : n], sign * y[y.size() == 1 ? 0 : n]});
  }
  return tilts;
}

Eigen::Vector3d
GetDirection(const CommandContext & context, const std::string & name)
{
  const auto numbers = ParseNumbers(name, context.GetText(name));
  if (numbers.size() != 3)
  {
    throw UsageError(name + ": '" + context.GetText(name) + "', expected three numbers u,v,w");
  }
  return {numbers[0], numbers[1], numbers[2]};
}

void
GetProbe(const CommandContext & context, ProbeParameters & probe)
{
  const auto number = [&context](const char * name) { return context.GetNumber(name); };
  constexpr double angstromPerUm = 1e4;
  constexpr double angstromPerMm = 1e7;
  probe.voltageKv = number("voltageKv");
  probe.semiAngleMrad = number("semiAngleMrad");
  probe.softAperture = !context.GetBoolean("hardAperture");
  probe.c10A = -AngstromPerNm * number("defocusNm");
  probe.c12A = AngstromPerNm * number("astigmatismNm");
  probe.phi12Rad = Radians * number("astigmatismDeg");
  probe.c21A = AngstromPerNm * number("comaNm");
  probe.phi21Rad = Radians * number("comaDeg");
  probe.c23A = AngstromPerNm * number("threeFoldNm");
  probe.phi23Rad = Radians * number("threeFoldDeg");
  probe.c30A = angstromPerUm * number("c30Um");
  probe.c50A = angstromPerMm * number("c50Mm");
  probe.beamTilt = {number("beamTiltXMrad"), number("beamTiltYMrad")};
}

// Whether a length is a whole number of periods, at least one.
bool
IsPeriod(double lengthA, double periodA)
{
  const double periods = std::round(lengthA / periodA);
  return periods >= 1.0 && std::abs(lengthA - periods * periodA) < 1e-6 * periodA;
}

void
GetScan(const CommandContext & context, SimulationRequest & request)
{
  const auto & cell = request.structure.cellA;
  auto & p = request.parameters;
  Eigen::Vector2d sizeA(cell(0, 0), cell(1, 1));
  if (!context.GetText("scanRegion").empty())
  {
    const auto region = ParseNumbers("scanRegion", context.GetText("scanRegion"));
    if (region.size() != 4 || !(region[2] >= 0.0 && region[3] >= 0.0))
    {
      throw UsageError("scanRegion: '" + context.GetText("scanRegion") +
                       "', expected x,y,width,height in nm, width and height at least 0");
    }
    p.scanOriginA = AngstromPerNm * Eigen::Vector2d(region[0], region[1]);
    sizeA = AngstromPerNm * Eigen::Vector2d(region[2], region[3]);
  }
  const double stepA = AngstromPerNm * context.GetNumber("scanStepNm");
  const Eigen::Vector2d counts = (sizeA / stepA - Eigen::Vector2d::Constant(1e-9)).array().ceil().max(1.0);
  if (counts.maxCoeff() > 16384.0)
  {
    throw UsageError(
      "scanStepNm: the region takes more than 16384 positions along an axis, expected fewer: use a larger "
      "step or a smaller region");
  }
  p.scanX = static_cast<int>(counts.x());
  p.scanY = static_cast<int>(counts.y());
  for (int axis = 0; axis < 2; ++axis)
  {
    p.scanStepA[axis] = sizeA[axis] > 0.0 ? sizeA[axis] / counts[axis] : stepA;
  }
  request.sourceSizeNm = context.GetNumber("sourceSizeNm");
  request.blur.sigmaPx = AngstromPerNm * request.sourceSizeNm * p.scanStepA.cwiseInverse();
  request.blur.periodicX = IsPeriod(sizeA.x(), cell(0, 0));
  request.blur.periodicY = IsPeriod(sizeA.y(), cell(1, 1));
}
} // namespace

std::vector<double>
ParseNumbers(const std::string & name, const std::string & text)
{
  std::vector<double> numbers;
  std::istringstream stream(text);
  for (std::string item; std::getline(stream, item, ',');)
  {
    item.erase(0, item.find_first_not_of(" +"));
    item.erase(item.find_last_not_of(' ') + 1);
    double number = 0.0;
    const auto result = std::from_chars(item.data(), item.data() + item.size(), number);
    if (result.ec != std::errc() || result.ptr != item.data() + item.size() || !std::isfinite(number))
    {
      throw UsageError(name + ": '" + item + "', expected numbers separated by commas");
    }
    numbers.push_back(number);
  }
  if (numbers.empty())
  {
    throw UsageError(name + ": no number, expected at least one");
  }
  return numbers;
}

void
DeclareSimulation(CommandDeclaration & declaration)
{
  DeclareSpecimen(declaration);
  DeclareMicroscope(declaration);
  DeclareEffort(declaration);
}

CommandDeclaration
DeclareSimulate()
{
  CommandDeclaration declaration;
  declaration.name = "simulate";
  declaration.menu = "Simulation/Simulate";
  declaration.title = "Simulate STEM images";
  declaration.help =
    "Simulates STEM images of a crystal by multislice, with thermal motion, for several tilts of the specimen, "
    "thicknesses "
    "and detectors in one run. Writes images in calibrated TIFF, all of them with their standard errors as NRRD, and "
    "simulation.json. What is done is kept after each configuration: --resume goes on after an interruption, or adds "
    "configurations.";
  declaration.examples = {
    "ferroscope simulate BiFeO3-pc.cif --tilt-mrad 0,10,20,30 --thickness-nm 20,100 --output tilts",
    "ferroscope simulate SrTiO3.cif --motion absorptive --scan-region 0,0,0.3905,0 --output quick"};
  declaration.references = {"E. J. Kirkland, Advanced Computing in Electron Microscopy, 2nd ed., Springer (2010)",
                            "I. Lobato, D. Van Dyck, Acta Cryst. A 70, 636 (2014)",
                            "R. F. Loane, P. Xu, J. Silcox, Acta Cryst. A 47, 267 (1991)",
                            "B. D. Forbes et al., Phys. Rev. B 82, 104103 (2010)",
                            "C. Ophus, Adv. Struct. Chem. Imaging 3, 13 (2017)"};
  DeclareSimulation(declaration);
  declaration.Add(ParameterType::Folder, "output")
    .Label("Output folder")
    .Help("Folder for the results")
    .Default("simulation")
    .Output();
  return declaration;
}

SimulationRequest
GetSimulationRequest(CommandContext & context)
{
  SimulationRequest request;
  auto & p = request.parameters;
  request.tiltSign = context.GetText("tiltSense") == "clockwise" ? 1.0 : -1.0;
  p.tilts = GetTilts(context, request.tiltSign);
  request.thicknessesNm = ParseNumbers("thicknessNm", context.GetText("thicknessNm"));
  p.thicknessesA.clear();
  for (const double thickness : request.thicknessesNm)
  {
    p.thicknessesA.push_back(AngstromPerNm * thickness);
  }
  p.detectors = ParseDetectors(context.GetText("detectors"));
  GetProbe(context, p.probe);
  for (const auto motion : {ThermalMotion::FrozenPhonon, ThermalMotion::QuantumExcitation, ThermalMotion::Absorptive,
                            ThermalMotion::Damped, ThermalMotion::Still})
  {
    if (ToString(motion) == context.GetText("motion"))
    {
      p.motion = motion;
    }
  }
  for (const auto method : {SimulationMethod::Automatic, SimulationMethod::Multislice, SimulationMethod::Prism})
  {
    if (ToString(method) == context.GetText("method"))
    {
      p.method = method;
    }
  }
  p.scattering = context.GetText("potential") == "lobato" ? ScatteringModel::Lobato : ScatteringModel::Kirkland;
  p.configurations = static_cast<int>(context.GetInteger("configurations"));
  p.gratings = static_cast<int>(context.GetInteger("gratings"));
  p.seed = context.GetSeed();
  p.sliceThicknessA = AngstromPerNm * context.GetNumber("sliceNm");
  p.samplesX = static_cast<int>(context.GetInteger("samplesX"));
  p.samplesY = static_cast<int>(context.GetInteger("samplesY"));
  p.interpolation = static_cast<int>(context.GetInteger("interpolation"));
  p.memoryBytes = 1e9 * context.GetNumber("memoryGb");

  request.structure = ReadStructure(FindStructure(context.GetText("structure")));
  context.AddInput(FindStructure(context.GetText("structure")));
  FillMissingDisplacements(request.structure);
  if (!context.GetText("zoneAxis").empty())
  {
    OrthogonalCellOptions options;
    options.zoneAxis = GetDirection(context, "zoneAxis");
    if (!context.GetText("xAxis").empty())
    {
      options.xAxis = GetDirection(context, "xAxis");
    }
    auto cell = MakeOrthogonalCell(request.structure, options);
    request.structure = cell.structure;
    request.cell = cell.description;
  }
  CheckForSimulation(request.structure);
  constexpr double smallestA = 15.0;
  const auto cells = [&](const char * name, double lengthA)
  {
    const auto given = static_cast<int>(context.GetInteger(name));
    return given > 0 ? given : static_cast<int>(std::min(1000.0, std::max(1.0, std::ceil(smallestA / lengthA))));
  };
  p.cellsX = cells("cellsX", request.structure.cellA(0, 0));
  p.cellsY = cells("cellsY", request.structure.cellA(1, 1));
  GetScan(context, request);
  return request;
}
} // namespace ferro
