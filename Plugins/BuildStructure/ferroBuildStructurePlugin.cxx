#include "ferroBuildStructureDeclaration.h"
#include "ferroErrors.h"
#include "ferroOutputFolder.h"
#include "ferroPlugin.h"
#include "ferroStructurePresets.h"
#include "ferroStructureReader.h"
#include "ferroStructureWriter.h"
#include "ferroSynthesizeFiles.h"
#include "ferroVectorFieldWriter.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <sstream>

namespace ferro
{
namespace
{
constexpr double NmPerAngstrom = 0.1;
constexpr double AngstromPerNm = 10.0;

CrystalStructure
Read(CommandContext & context, const std::string & nameOrFile)
{
  const auto file = FindStructure(nameOrFile);
  context.AddInput(file);
  auto structure = ReadStructure(file);
  for (const auto & warning : structure.warnings)
  {
    context.Warn(file.filename().string() + ": " + warning);
  }
  structure.warnings.clear();
  return structure;
}

// The scene in the form in which 'synthesize' writes its truth.
SyntheticTruth::Values
MakeTruth(const Scene & scene, double pixelSizeNm)
{
  const double pixelA = AngstromPerNm * pixelSizeNm;
  SyntheticTruth::Values truth;
  const auto count = [&](int axis)
  { return static_cast<long>(std::floor(scene.structure.cellA(axis, axis) / pixelA + 1e-9)); };
  truth.parameters.width = count(0);
  truth.parameters.height = count(1);
  if (truth.parameters.width < 1 || truth.parameters.height < 1)
  {
    throw UsageError("pixelSizeNm: found " + std::to_string(pixelSizeNm) + ", expected less than the size of the film");
  }
  for (const auto & from : scene.columns)
  {
    SyntheticColumn column;
    column.sublattice = from.sublattice;
    column.position = from.positionA / pixelA;
    column.displacement = from.displacementA / pixelA;
    column.amplitude = column.sigma = std::numeric_limits<double>::quiet_NaN(); // what the simulation is for
    column.region = from.region;
    column.i = from.i;
    column.j = from.j;
    truth.columns.push_back(column);
  }
  return truth;
}

nlohmann::json
DescribeStructure(const CrystalStructure & structure)
{
  nlohmann::json json = {{"title", structure.title},
                         {"reference", structure.reference},
                         {"atoms", structure.atoms.size()},
                         {"size_A", {structure.cellA(0, 0), structure.cellA(1, 1), structure.cellA(2, 2)}}};
  return json;
}

nlohmann::json
DescribeScene(const Scene & scene, const SceneParameters & parameters, const SyntheticTruth::Values & truth,
              double pixelSizeNm)
{
  const double width = pixelSizeNm * static_cast<double>(truth.parameters.width);
  const double height = pixelSizeNm * static_cast<double>(truth.parameters.height);
  std::ostringstream region;
  region << "0,0," << width << ',' << height;
  return {{"width_px", truth.parameters.width},
          {"height_px", truth.parameters.height},
          {"px_A", AngstromPerNm * pixelSizeNm},
          {"a_A", scene.latticeA},
          {"cells", {scene.cells.x(), scene.cells.y(), scene.cells.z()}},
          {"domains", ToString(parameters.domains)},
          {"P_pm_per_component", parameters.displacementPm},
          {"wall_width_A", parameters.wallWidthA},
          {"oxygen_ratio", scene.oxygenRatio},
          {"scan_region_nm", region.str()},
          {"scan_step_nm", pixelSizeNm},
          {"convention",
           "x=column, y=row, pixel centres at whole numbers, y down; pixel (0, 0) is the corner of the cell; u = B - "
           "mean(4 A neighbours), px, mean over the depth"},
          {"source", "ferroscope build-structure"}};
}

class BuildStructureCommand : public Command
{
public:
  CommandDeclaration
  Declare() const override
  {
    return DeclareBuildStructure();
  }

  void
  Run(CommandContext & context) override
  {
    CheckCombination(context);
    context.BeginStage("Building", 0.0, 1.0);
    if (IsFilmWanted(context))
    {
      this->BuildFilm(context);
    }
    else
    {
      this->BuildCrystal(context);
    }
  }

private:
  static std::string
  BaseOf(const CommandContext & context)
  {
    const std::string output = context.GetText("output");
    const std::string ending = ".xyz";
    const bool has =
      output.size() > ending.size() && output.compare(output.size() - ending.size(), ending.size(), ending) == 0;
    return has ? output.substr(0, output.size() - ending.size()) : output;
  }

  static void
  Write(CommandContext & context, const CrystalStructure & structure, nlohmann::json json,
        const SyntheticTruth::Values * truth)
  {
    const std::string base = BaseOf(context);
    OutputFile atoms(base + ".xyz");
    OutputFile description(base + ".json");
    std::unique_ptr<OutputFile> table;
    if (context.GetText("format") == "prismatic")
    {
      WritePrismaticXyz(structure, atoms.Path());
    }
    else
    {
      WriteExtendedXyz(structure, atoms.Path());
    }
    if (truth)
    {
      table = std::make_unique<OutputFile>(base + "_truth.csv");
      WriteTruthTable(*truth, table->Path());
    }
    const auto provenance = context.GetProvenance();
    for (const auto * key : {"program", "version", "macro", "inputs", "parameters", "warnings"})
    {
      json[key] = provenance.at(key);
    }
    WriteJson(json, description.Path());
    atoms.Commit();
    if (table)
    {
      table->Commit();
    }
    description.Commit();
    std::ostringstream size;
    size << NmPerAngstrom * structure.cellA(0, 0) << " x " << NmPerAngstrom * structure.cellA(1, 1) << " x "
         << NmPerAngstrom * structure.cellA(2, 2) << " nm";
    context.Info(base + ".xyz: " + std::to_string(structure.atoms.size()) + " atoms, " + size.str());
  }

  static void
  BuildCrystal(CommandContext & context)
  {
    auto cell = MakeOrthogonalCell(Read(context, context.GetText("structure")), GetOrthogonalCellOptions(context));
    if (cell.structure.warnings.empty())
    {
      context.Info("The " + cell.description);
    }
    for (const auto & warning : cell.structure.warnings)
    {
      context.Warn(warning);
    }
    RotateQuarterTurns(cell.structure, static_cast<int>(context.GetInteger("quarterTurns")));
    const auto length = [&context](const char * name) { return AngstromPerNm * context.GetNumber(name); };
    Shift(cell.structure, {length("shiftXNm"), length("shiftYNm"), length("shiftZNm")});
    const auto counts = CountCells(cell.structure, {length("widthNm"), length("heightNm"), length("thicknessNm")});
    const auto structure = Repeat(cell.structure, counts);
    auto json = DescribeStructure(structure);
    json["cells"] = {counts.x(), counts.y(), counts.z()};
    json["cell"] = cell.description;
    json["misfit"] = cell.misfit;
    Write(context, structure, json, nullptr);
  }

  static void
  BuildFilm(CommandContext & context)
  {
    auto parameters = GetSceneParameters(context);
    parameters.film = MakePerovskiteCell(Read(context, context.GetText("structure")));
    for (const auto & [name, cell] :
         {std::pair{"substrate", &parameters.substrate}, std::pair{"secondPhase", &parameters.secondPhase}})
    {
      if (!context.GetText(name).empty())
      {
        *cell = MakePerovskiteCell(Read(context, context.GetText(name)));
      }
    }
    const auto scene = BuildScene(parameters);
    if (parameters.domains == DomainPattern::Wall71 && scene.cells.z() < 2)
    {
      context.Warn("A 71 degree wall is inclined, and the film is one cell thick: the wall stands upright in it. Give "
                   "thicknessNm the thickness that is simulated");
    }
    const double pixelSizeNm = context.GetNumber("pixelSizeNm");
    const auto truth = MakeTruth(scene, pixelSizeNm);
    auto json = DescribeStructure(scene.structure);
    json.update(DescribeScene(scene, parameters, truth, pixelSizeNm));
    Write(context, scene.structure, json, &truth);
    context.Info("To match the truth, scan with --scan-region " + json["scan_region_nm"].get<std::string>() +
                 " --scan-step-nm " + json["scan_step_nm"].dump());
  }
};
} // namespace
} // namespace ferro

FERROSCOPE_PLUGIN(ferro::BuildStructureCommand);
