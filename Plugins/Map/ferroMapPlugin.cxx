#include "ferroChain.h"
#include "ferroErrors.h"
#include "ferroFieldTables.h"
#include "ferroHtmlReport.h"
#include "ferroLatticeAnalysisFilter.h"
#include "ferroMapDeclaration.h"
#include "ferroMapFields.h"
#include "ferroMapFigures.h"
#include "ferroMapFrames.h"
#include "ferroMapPair.h"
#include "ferroMapScan.h"
#include "ferroMapSummary.h"
#include "ferroOutputFolder.h"
#include "ferroPlugin.h"
#include "ferroPolarizationVectorImageFilter.h"
#include "ferroResultTables.h"
#include "ferroRoiZip.h"
#include "ferroTiltChain.h"
#include "ferroVectorFieldWriter.h"
#include "ferroVtkFiles.h"

#include "itkMetaDataObject.h"

#include <nlohmann/json.hpp>

#include <future>
#include <sstream>

namespace ferro
{
namespace
{
/** \class MapCommand
 * \brief The whole road with atom finding: image in, polarization field with error bars out.
 */
class MapCommand : public Command
{
public:
  CommandDeclaration
  Declare() const override
  {
    return DeclareMap();
  }

  void
  Run(CommandContext & context) override
  {
    // The filters are made first: a parameter that makes no sense is refused before any work.
    auto finder = AtomFindingImageFilter::New();
    auto refinement = GaussianRefinementFilter::New();
    auto lattice = LatticeAnalysisFilter::New();
    auto polarization = PolarizationFilter::New();
    ConfigureFinding(context, *finder);
    ConfigureRefinement(context, *refinement);
    lattice->SetSwapSublattices(context.GetBoolean("swapSublattices"));
    lattice->SetFalseAlarmProbability(context.GetNumber("falseAlarmProbability"));
    lattice->SetScanCorrection(GetScanCorrection(context));
    ConfigurePolarization(context, *polarization);
    const CalibrationRequest calibration = GetCalibrationRequest(context);
    const auto tilt = GetTiltRequest(context);
    if (!calibration.target.name.empty())
    {
      lattice->SetKnownCell(calibration.target, calibration.upperLeft, calibration.lowerRight);
    }

    context.BeginStage("Reading", 0.0, 0.03);
    FrameStack stack(context);
    PairedScan pair(context);
    MicrographType::Pointer image = stack ? stack.GetMean() : context.ReadImage("image");
    if (calibration.target.name.empty())
    {
      WarnWithoutCalibration(context, GetImageGeometry(*image));
    }
    OutputFolder folder(OutputPath(context, "_map"));

    finder->SetInput(image);
    refinement->SetInput(image);
    refinement->SetColumns(finder->GetOutput());
    refinement->DropOutsideOn();
    lattice->SetInput(refinement->GetOutput());
    polarization->SetInput(lattice->GetOutput());
    polarization->SetLattice(lattice->GetLattice());
    this->Advance(context, "Finding columns", 0.03, 0.12, *finder);
    this->Advance(context, "Refining columns", 0.12, 0.3, *refinement);
    AtomColumnSet::Pointer refined = refinement->GetOutput();
    if (stack)
    {
      context.BeginStage("Comparing frames", 0.3, 0.3);
      if (stack.Improve(*refined, *refinement))
      {
        image = stack.GetMean();
        refinement->SetInput(image);
        refinement->Update();
        stack.Improve(*refinement->GetOutput(), *refinement);
      }
      refined = AtomColumnSet::New(); // of its own: the refinement would take its output back
      refined->Graft(refinement->GetOutput());
      stack.SetFrameErrors(*refined);
      lattice->SetInput(refined);
    }
    if (pair)
    {
      context.BeginStage("Combining the pair", 0.3, 0.3);
      refined = pair.Combine(context, *image, *refined);
      lattice->SetInput(refined);
      lattice->SetScanCorrection(ScanCorrection::None);
    }
    this->Advance(context, "Labelling sublattices", 0.3, 0.32, *lattice);
    if (!calibration.target.name.empty())
    {
      this->Calibrate(context, calibration, *image, *refined, *lattice);
    }
    if (pair)
    {
      pair.ReturnToImage(*lattice->GetOutput());
    }
    this->Advance(context, "Measuring unit cells", 0.32, 0.34, *polarization);

    MapResult result = {
      image.GetPointer(), lattice->GetOutput(), lattice->GetLattice(), polarization->GetOutput(), {}, {}, {}};
    AnalyzeFields(context, result);
    MapResult measured = result;
    nlohmann::json tiltSummary;
    if (tilt)
    {
      tiltSummary = this->CorrectTilt(context, *tilt, result);
    }
    WarnOfDoubts(context, result);
    context.BeginStage("Writing tables and fields", 0.34, 0.45);
    this->WriteTables(result, folder);
    if (result.lattice->IsPolarizationDefined())
    {
      WriteDefectTable(lattice->GetDefects(), result.columns->GetGeometry(), folder.Path("defects.csv"));
    }
    context.CheckCancelled();
    std::vector<Figure> figures;
    if (context.GetMakeFigures())
    {
      context.BeginStage("Drawing figures", 0.45, 0.95);
      figures = this->Draw(context, result, folder.Path("figures/x.png").parent_path());
      if (tilt)
      {
        this->DrawMeasured(context, measured, folder, figures);
      }
    }
    context.BeginStage("Writing the report", 0.95, 1.0);
    nlohmann::json summary = Summarize(context, result);
    summary["scan"] = DescribeScan(result);
    if (stack)
    {
      summary["frames"] = stack.Describe(*result.columns);
    }
    if (pair)
    {
      summary["pair"] = pair.Describe(result.columns->GetGeometry());
    }
    summary["null_test"] =
      DescribeNullTest(result, polarization->GetReferenceUpperLeft(), polarization->GetReferenceLowerRight());
    DescribeFields(context, result, summary);
    summary["defects"] = DescribeDefects(lattice->GetDefects());
    if (tilt)
    {
      summary["tilt"] = tiltSummary;
    }
    WriteJson(summary, folder.Path("summary.json"));
    if (context.GetMakeFigures())
    {
      nlohmann::json told = summary;
      told["report"]["tables"] = MakeFieldTables(result, lattice->GetDefects());
      if (tilt)
      {
        for (auto & table : MakeTiltTables(tiltSummary))
        {
          told["report"]["tables"].push_back(table);
        }
      }
      WriteHtmlReport(folder.Path("report.html"), told, figures, folder.Path("figures/x.png").parent_path());
    }
    context.CheckCancelled();
    folder.Commit();
    context.Info(DescribeResult(summary) + "; results in " + folder.GetFolder().string());
  }

private:
  static void
  Advance(CommandContext & context, const std::string & title, double from, double to, itk::ProcessObject & filter)
  {
    context.BeginStage(title, from, to);
    context.Observe(&filter);
    filter.Update();
    context.CheckCancelled();
  }

  /** Gives image and columns the pixel size that the known lattice demands, and labels once more. */
  static void
  Calibrate(CommandContext & context, const CalibrationRequest & request, MicrographType & image,
            const AtomColumnSet & refined, LatticeAnalysisFilter & lattice)
  {
    const ImageGeometry before = GetImageGeometry(image);
    const Eigen::Vector2d size =
      CalibratePixelSize(*lattice.GetOutput(), request.target, request.upperLeft, request.lowerRight, request.perAxis);
    MicrographType::SpacingType spacing;
    spacing[0] = size.x();
    spacing[1] = size.y();
    auto columns = AtomColumnSet::New(); // cut off from the filters before, which would run again otherwise
    columns->Graft(&refined);
    image.SetSpacing(spacing);
    itk::EncapsulateMetaData<std::string>(image.GetMetaDataDictionary(), CalibratedKey, "1");
    columns->SetGeometry(GetImageGeometry(image));
    lattice.SetInput(columns);
    lattice.Update();
    std::ostringstream text;
    text.precision(5);
    text << "calibrated by the lattice (" << request.target.name << "): " << 1000.0 * size.x() << " x "
         << 1000.0 * size.y() << " pm per pixel";
    if (before.calibrated)
    {
      text.precision(2);
      text << std::fixed << std::showpos << "; the file's pixels were off by "
           << 100.0 * (before.pixelSizeNm.x() / size.x() - 1.0) << " % along x and "
           << 100.0 * (before.pixelSizeNm.y() / size.y() - 1.0) << " % along y";
    }
    else
    {
      text << "; the file had no calibration";
    }
    context.Info(text.str());
  }

  /** Replaces the cells by corrected ones, and finds domains and topology of these. */
  static nlohmann::json
  CorrectTilt(CommandContext & context, const TiltRequest & request, MapResult & result)
  {
    if (!result.cells || result.cells->Size() == 0)
    {
      throw AnalysisError("--tilt-response: there is no polarization that could be corrected");
    }
    auto filter = TiltCorrectionFilter::New();
    ConfigureTiltCorrection(request, result.cells, *filter);
    filter->Update();
    WarnOfTilt(context, request, filter->GetEstimate());
    const auto summary = DescribeTilt(request, filter->GetEstimate(), *result.cells, *filter->GetOutput());
    result.cells = filter->GetOutput();
    AnalyzeFields(context, result);
    return summary;
  }

  static void
  WriteTables(const MapResult & result, OutputFolder & folder)
  {
    // Numbers become text, and text is compressed, one table after the other: columns beside cells.
    const auto writeColumns = [&columns = *result.columns, table = folder.Path("columns.csv"),
                               points = folder.Path("columns.roi.zip"), scene = folder.Path("columns.vtp")]
    {
      WriteColumnTable(columns, table);
      WriteColumnsRoiZip(columns, points);
      WriteColumnsVtp(columns, scene);
    };
    auto columnsWritten = std::async(std::launch::async, writeColumns);
    WriteCells(result, folder);
    columnsWritten.get();
  }

  static void
  WriteCells(const MapResult & result, OutputFolder & folder)
  {
    WriteCellTable(*result.cells, folder.Path("cells.csv"));
    const ScanLines * lines = result.columns->GetScanLines();
    if (lines && lines->IsCorrected())
    {
      WriteScanLineTable(*lines, result.columns->GetGeometry(), folder.Path("scan_lines.csv"));
    }
    if (result.cells->Size() == 0)
    {
      return; // no field: an empty one would be mistaken for a result
    }
    const ImageGeometry & geometry = result.cells->GetGeometry();
    WriteCellsVtp(*result.cells, folder.Path("cells.vtp"));
    WriteFieldTables(result, folder);
    auto field = PolarizationVectorImageFilter::New();
    field->SetInput(result.cells);
    field->Update();
    WriteVectorFieldNrrd(*field->GetOutput(), folder.Path("polarization.nrrd"), geometry.calibrated ? "pm" : "px",
                         geometry.calibrated ? "nm" : "px");
    field->SetSampling(PolarizationVectorImageFilter::Sampling::ImageGrid);
    field->Update();
    WritePolarizationVti(*field->GetOutput(), geometry, folder.Path("polarization.vti"));
  }

  /** Polarization and joint distributions as they were measured, before the correction for tilt. */
  static void
  DrawMeasured(CommandContext & context, const MapResult & measured, OutputFolder & folder,
               std::vector<Figure> & figures)
  {
    for (Figure & figure : Draw(context, measured, folder.Path("figures/measured/x.png").parent_path(), true))
    {
      figure.file = "measured/" + figure.file;
      figure.title = "Before the correction for tilt: " + figure.title;
      figures.push_back(figure);
    }
  }

  static std::vector<Figure>
  Draw(CommandContext & context, const MapResult & result, const std::filesystem::path & place,
       bool polarizationOnly = false)
  {
    FigureOptions options;
    options.wheelRadiusPm = context.GetNumber("wheelRadiusPm");
    options.polarizationOnly = polarizationOnly;
    try
    {
      return WriteMapFigures(result, place, options, [&context](double fraction) { context.SetProgress(fraction); });
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
  }
};
} // namespace
} // namespace ferro

FERROSCOPE_PLUGIN(ferro::MapCommand);
