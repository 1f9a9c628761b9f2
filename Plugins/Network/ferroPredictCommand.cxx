#include "ferroNetworkCommands.h"

#include "ferroChain.h"
#include "ferroErrors.h"
#include "ferroFlatBackground.h"
#include "ferroHtmlReport.h"
#include "ferroImageStream.h"
#include "ferroLatticeEstimate.h"
#include "ferroOutputFolder.h"
#include "ferroPolarizationVectorImageFilter.h"
#include "ferroPrediction.h"
#include "ferroPredictionFigures.h"
#include "ferroPredictionSummary.h"
#include "ferroResultTables.h"
#include "ferroSublatticeRatio.h"
#include "ferroVectorFieldWriter.h"
#include "ferroVtkFiles.h"

#include <Eigen/LU>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace ferro
{
namespace
{
/** The network that is shipped, beside the program: PREFIX/bin/ferroscope, PREFIX/share/ferroscope/models. */
std::filesystem::path
PretrainedModel()
{
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto file =
    program.parent_path().parent_path() / "share" / "ferroscope" / "models" / "perovskite100.safetensors";
  if (error || !std::filesystem::exists(file, error))
  {
    throw UsageError("--model: none was given, and there is no pretrained network at " + file.string());
  }
  return file;
}

constexpr long StripPx = 1024; // of the network

/** One run of the command: what it reads, finds and writes. */
class PredictRun
{
public:
  explicit PredictRun(CommandContext & context) : m_Context(context)
  {
  }

  void
  Read()
  {
    SetTorchThreads(m_Context.GetThreads());
    const auto file = this->Given("model") ? m_Context.GetPath("model") : PretrainedModel();
    m_Context.BeginStage("Reading", 0.0, 0.1);
    auto model = NetworkModel::Load(file);
    m_Context.AddInput(file);
    model->SetDevice(m_Context.GetText("device"));
    m_Model = model;
    m_ModelFile = file.string();
    m_Filter = DCNNRegressionImageFilter::New();
    this->OpenImage();
    m_Filter->SetModel(m_Model);
    m_Filter->SetStride(m_Context.GetInteger("stridePx"));
    m_Filter->SetComputeNovelty(!m_Context.GetBoolean("noNovelty"));
    const auto & description = m_Model->GetDescription();
    if (description.scale == ModelScale::Lattice)
    {
      const Eigen::Matrix2d translations = EstimateCentredTranslations(*this->Middle());
      if (!(std::abs(translations.determinant()) > 0.0))
      {
        throw AnalysisError(
          "the power spectrum of the image shows no lattice, which this network needs to find its scale");
      }
      m_Filter->SetTranslations(translations);
      if (!this->Given("model") || m_Context.GetBoolean("subtractBackground"))
      {
        this->Flatten(std::sqrt(std::abs(translations.determinant())));
      }
    }
    WarnWithoutCalibration(m_Context, m_Geometry);
    if (this->Given("cells"))
    {
      m_Cells = this->ReadCells(m_Context.GetPath("cells"));
    }
    if (this->Given("compare"))
    {
      m_Map = this->ReadCells(m_Context.GetPath("compare"));
      if (description.targets.size() < 2 || description.targets[0].kind != TargetKind::VectorX ||
          description.targets[1].kind != TargetKind::VectorY)
      {
        throw UsageError("--compare: the network does not predict px and py as its first targets");
      }
    }
  }

  void
  Evaluate()
  {
    m_Context.BeginStage("Evaluating the network", 0.1, 0.6);
    const auto & description = m_Model->GetDescription();
    m_Filter->UpdateOutputInformation();
    if (m_Stream && m_Filter->GetComputeNovelty())
    {
      m_Filter->SetReference(m_Filter->FindReference(*this->Middle()));
      m_Filter->UpdateOutputInformation();
    }
    if (description.scale == ModelScale::Lattice)
    {
      m_Ratio = MeasureSublatticeRatio(*this->Middle(), m_Filter->GetFrame(), description.cellPx);
      this->WarnOfLattice();
    }
    if (m_Cells)
    {
      for (const auto & cell : m_Cells->GetCells())
      {
        m_Prediction.places.push_back(cell.position);
        m_Prediction.indices.emplace_back(cell.i, cell.j);
      }
      m_Prediction.values = m_Filter->EvaluateAt(*m_Image, m_Prediction.places);
      m_Prediction.geometry = m_Geometry;
      m_Prediction.names = m_Filter->GetComponentNames();
      this->DropOutside();
    }
    else
    {
      this->EvaluateEverywhere();
    }
    m_Prediction.targets = description.targets;
    m_Fine.targets = description.targets;
    if (m_Prediction.places.empty())
    {
      throw AnalysisError("no window of the network lies inside the image");
    }
    m_Set = MakeCells(m_Prediction);
    if (m_Map && m_Cells)
    {
      m_Agreement = Compare(m_Prediction, *m_Map);
    }
    else if (m_Map)
    {
      Finish(m_Agreement);
    }
    this->WarnOfNovelty();
  }

  void
  Write()
  {
    OutputFolder folder(OutputPath(m_Context, "_prediction"));
    m_Context.BeginStage("Writing tables and fields", 0.6, 0.7);
    WriteCellTable(*m_Set, folder.Path("cells.csv"));
    WritePrediction(m_Prediction, folder.Path("prediction.csv"));
    if (m_Prediction.Find(TargetKind::VectorX) >= 0)
    {
      WriteCellsVtp(*m_Set, folder.Path("cells.vtp"));
      auto field = PolarizationVectorImageFilter::New();
      field->SetInput(m_Set);
      field->Update();
      WriteVectorFieldNrrd(*field->GetOutput(), folder.Path("polarization.nrrd"), m_Geometry.calibrated ? "pm" : "px",
                           m_Geometry.calibrated ? "nm" : "px");
      field->SetSampling(PolarizationVectorImageFilter::Sampling::ImageGrid);
      field->Update();
      WritePolarizationVti(*field->GetOutput(), m_Geometry, folder.Path("polarization.vti"));
    }
    if (this->CountSites() > 0)
    {
      const double apart = this->SitesApart();
      m_Sites = m_Cells ? FindNoveltySites(m_Prediction, this->CountSites(), apart)
                        : FindNoveltySites(std::move(m_Candidates), this->CountSites(), apart);
      WriteNoveltySites(m_Sites, m_Geometry, folder.Path("novelty_sites.csv"));
    }
    if (m_Map)
    {
      WriteAgreement(m_Agreement, m_Geometry.calibrated, folder.Path("difference.csv"));
    }
    std::vector<Figure> figures;
    if (m_Context.GetMakeFigures())
    {
      m_Context.BeginStage("Drawing figures", 0.7, 0.97);
      figures = this->Draw(folder);
    }
    const PredictionSummary what = this->MakeSummary();
    const nlohmann::json summary = Summarize(what, m_Context.GetProvenance());
    WriteJson(summary, folder.Path("summary.json"));
    if (m_Context.GetMakeFigures())
    {
      WriteHtmlReport(folder.Path("report.html"), summary, figures, folder.Path("figures/x.png").parent_path());
    }
    m_Context.CheckCancelled();
    folder.Commit();
    m_Context.Info(Describe(what) + "; results in " + folder.GetFolder().string());
  }

private:
  bool
  Given(const char * name) const
  {
    return m_Context.Has(name) && !m_Context.GetText(name).empty();
  }

  /** Where the brightness varies much more slowly than the lattice, the network sees columns too faint. */
  void
  Flatten(double cellPx)
  {
    MicrographType::Pointer flat;
    const bool varies = MeasureBackground(*this->Middle(), cellPx, flat) > LargestBackground;
    if (varies && m_Stream)
    {
      m_Context.Warn(
        "the background of the image varies much, and is not subtracted from images that are read piece by "
        "piece: displacements may come out too small; figures make the program read it as a whole");
    }
    else if (varies)
    {
      m_Filter->SetInput(flat);
      m_Image = flat;
      m_Flattened = true;
      m_Context.Info("the background of the image varies much; its local mean was subtracted for the network");
    }
  }

  /** A large image of which no figure is drawn need not be in memory as a whole. */
  void
  OpenImage()
  {
    if (!m_Context.GetMakeFigures() && !this->Given("cells"))
    {
      m_Stream = OpenImageStream(m_Context, "image");
    }
    if (m_Stream)
    {
      const PixelStatistics statistics = ComputeStatistics(*m_Stream, m_Context);
      DCNNRegressionImageFilter::CheckStatistics(statistics);
      m_Filter->SetStatistics(statistics.mean, statistics.deviation);
      m_Filter->SetInput(m_Stream->GetOutput());
    }
    else
    {
      m_Original = m_Image = m_Context.ReadImage("image");
      m_Filter->SetInput(m_Image);
    }
    m_Geometry = GetImageGeometry(*m_Filter->GetInput());
  }

  std::size_t
  CountSites() const
  {
    return static_cast<std::size_t>(m_Context.GetInteger("noveltySites"));
  }

  double
  SitesApart() const
  {
    return 1.5 * m_Prediction.steps.col(0).norm();
  }

  /** The grid of the filter, in strips of rows where the image is not in memory. */
  void
  EvaluateEverywhere()
  {
    const auto & description = m_Model->GetDescription();
    const long stride = m_Filter->GetStride() > 0 ? m_Filter->GetStride() : m_Model->GetStride();
    // One line of the tables for each cell, where the network knows how large a cell is.
    const long every = std::max(1L, std::lround(description.cellPx / static_cast<double>(stride)));
    auto * output = m_Filter->GetOutput();
    const auto largest = output->GetLargestPossibleRegion();
    const auto rows = static_cast<long>(largest.GetSize(1));
    const long strip = m_Stream ? std::max(1L, StripPx / stride) : rows;
    if (!m_Stream)
    {
      m_Context.Observe(m_Filter);
    }
    for (long row = 0; row < rows; row += strip)
    {
      const long end = std::min(row + strip, rows);
      auto region = largest;
      region.SetIndex(1, row);
      region.SetSize(1, static_cast<itk::SizeValueType>(std::min(end + 1, rows) - row)); // one more for interpolation
      output->SetRequestedRegion(region);
      m_Filter->Update();
      TakeGrid(*m_Filter, *output, every, row, end, m_Prediction);
      if (m_Map)
      {
        Compare(*m_Filter, *output, *m_Map, row, end, m_Agreement);
      }
      m_Prediction.targets = description.targets;
      if (m_Context.GetMakeFigures() || this->CountSites() > 0)
      {
        Prediction fine;
        fine.targets = description.targets;
        TakeGrid(*m_Filter, *output, 1, row, end, fine);
        // So many of each strip: among them are those of the whole, but for neighbours across the border of strips.
        const auto found = FindNoveltySites(fine, this->CountSites(), this->SitesApart());
        m_Candidates.insert(m_Candidates.end(), found.begin(), found.end());
        m_Fine = m_Context.GetMakeFigures() ? std::move(fine) : Prediction();
      }
      if (m_Stream)
      {
        m_Context.SetProgress(static_cast<double>(end) / static_cast<double>(rows));
      }
    }
  }

  UnitCellSet::Pointer
  ReadCells(const std::filesystem::path & path)
  {
    const auto file = std::filesystem::is_directory(path) ? path / "cells.csv" : path;
    m_Context.AddInput(file);
    auto cells = ReadCellTable(file, m_Geometry);
    cells->SetGeometry(m_Geometry);
    return cells;
  }

  /** Cells whose window leaves the image have no value. */
  void
  DropOutside()
  {
    Prediction kept = m_Prediction;
    kept.places.clear();
    kept.indices.clear();
    kept.values.clear();
    const std::size_t components = m_Prediction.Components();
    for (std::size_t k = 0; k < m_Prediction.places.size(); ++k)
    {
      const auto first = m_Prediction.values.begin() + static_cast<std::ptrdiff_t>(k * components);
      if (std::isfinite(*first))
      {
        kept.places.push_back(m_Prediction.places[k]);
        kept.indices.push_back(m_Prediction.indices[k]);
        kept.values.insert(kept.values.end(), first, first + static_cast<std::ptrdiff_t>(components));
      }
    }
    const auto edge = m_Model->GetDescription().cellPx > 0.0 ? m_Model->GetDescription().cellPx : 20.0;
    kept.steps = m_Filter->GetFrame().toImage * edge;
    m_Prediction = kept;
  }

  /** The image, or the middle of one that is too large to be held as a whole. */
  MicrographType::Pointer
  Middle()
  {
    return m_Image ? m_Image : ReadMiddle(*m_Stream, 4096);
  }

  /** Where both sublattices look alike, nothing tells which of them moved against the other. */
  void
  WarnOfLattice()
  {
    constexpr double Alike = 0.85;
    if (m_Ratio == 0.0)
    {
      m_Context.Warn(
        "no column stands out in the middle of the cells of the lattice: either A and B look alike, and then "
        "these are not the cells that the network was given, or B is hardly visible; compare with 'map'");
    }
    else if (m_Ratio > Alike)
    {
      std::ostringstream message;
      message.precision(2);
      message << "A and B look much alike (brightness about " << m_Ratio
              << " to 1): the network takes the brighter ones for A, and where it cannot tell them apart, its "
                 "displacements are too small or point the wrong way; look at their errors";
      m_Context.Warn(message.str());
    }
  }

  void
  WarnOfNovelty()
  {
    const double share = NovelShare(m_Prediction);
    constexpr double Much = 0.25;
    if (share > Much)
    {
      m_Context.Warn("the network does not know images like this one: at " +
                     std::to_string(std::lround(100.0 * share)) +
                     " % of the places the novelty is above 1, where 1 % is expected; do not trust its values");
    }
    if (m_Model->GetDescription().sigma.empty() && !m_Model->GetDescription().architecture.predictsVariance)
    {
      m_Context.Warn("the network knows no standard errors: none was measured when it was trained");
    }
    if (m_Model->GetDescription().centered && !m_Cells)
    {
      m_Context.Warn("the network was trained on windows around columns (C); give their places with --cells");
    }
  }

  std::vector<Figure>
  Draw(OutputFolder & folder)
  {
    PredictionFigures drawing;
    drawing.image = m_Original;
    drawing.cells = m_Set;
    drawing.prediction = &m_Prediction;
    drawing.novelty =
      m_Model->HasNovelty() && m_Filter->GetComputeNovelty() ? (m_Cells ? &m_Prediction : &m_Fine) : nullptr;
    drawing.sites = &m_Sites;
    drawing.agreement = m_Map && m_Agreement.cells > 0 ? &m_Agreement : nullptr;
    drawing.wheelRadiusPm = m_Context.GetNumber("wheelRadiusPm");
    return DrawPrediction(drawing, folder.Path("figures/x.png").parent_path(), m_Context);
  }

  PredictionSummary
  MakeSummary() const
  {
    PredictionSummary summary;
    summary.imageFile = m_Context.GetText("image");
    summary.modelFile = m_ModelFile;
    summary.description = &m_Model->GetDescription();
    summary.frame = m_Filter->GetFrame();
    summary.ratio = m_Ratio;
    summary.flattened = m_Flattened;
    summary.atCells = m_Cells.IsNotNull();
    summary.cells = m_Set;
    summary.prediction = &m_Prediction;
    summary.sites = &m_Sites;
    summary.agreement = m_Map ? &m_Agreement : nullptr;
    return summary;
  }

  CommandContext & m_Context;
  std::shared_ptr<const NetworkModel> m_Model;
  std::string m_ModelFile;
  MicrographType::Pointer m_Original;                 ///< for figures; null where it is read piece by piece
  MicrographType::Pointer m_Image;                    ///< the same, or without its background
  itk::ImageSource<MicrographType>::Pointer m_Stream; ///< read piece by piece
  ImageGeometry m_Geometry;
  DCNNRegressionImageFilter::Pointer m_Filter;
  bool m_Flattened = false;
  double m_Ratio = 0.0; ///< of the dimmer columns to the brighter ones
  UnitCellSet::Pointer m_Cells;
  UnitCellSet::Pointer m_Map;
  UnitCellSet::Pointer m_Set;
  Prediction m_Prediction; ///< about one place for each cell
  Prediction m_Fine;       ///< every place of the grid, for figures
  Agreement m_Agreement;
  std::vector<NoveltySite> m_Candidates;
  std::vector<NoveltySite> m_Sites;
};
} // namespace

void
PredictCommand::Run(CommandContext & context)
{
  PredictRun run(context);
  run.Read();
  run.Evaluate();
  run.Write();
}
} // namespace ferro
