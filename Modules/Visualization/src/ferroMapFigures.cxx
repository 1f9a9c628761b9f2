#include "ferroMapFigures.h"

#include "ferroErrors.h"
#include "ferroFigures.h"

#include <Eigen/LU>
#include <cmath>
#include <limits>

namespace ferro
{
FigureWriter::FigureWriter(const MapResult & mapResult, std::filesystem::path folder,
                           const FigureOptions & figureOptions)
  : result(mapResult), geometry(mapResult.columns->GetGeometry()), options(figureOptions), m_Folder(std::move(folder))
{
  const auto size = result.image->GetLargestPossibleRegion().GetSize();
  geometry.width = static_cast<long>(size[0]);
  geometry.height = static_cast<long>(size[1]);
}

const AtomColumnSet::ContainerType &
FigureWriter::Columns() const
{
  return result.columns->GetColumns();
}

const UnitCellSet::ContainerType &
FigureWriter::Cells() const
{
  static const UnitCellSet::ContainerType none;
  return result.cells ? result.cells->GetCells() : none;
}

std::string
FigureWriter::VectorUnit() const
{
  return geometry.calibrated ? "pm" : "px";
}

std::string
FigureWriter::LengthUnit() const
{
  return geometry.calibrated ? "nm" : "px";
}

void
FigureWriter::Save(const FigurePage & page, const std::string & file, const std::string & title,
                   const std::string & caption)
{
  this->Finish();
  m_Writing =
    std::async(std::launch::async, [path = m_Folder / file, raster = page.GetRaster()] { WritePngFile(path, raster); });
  figures.push_back({file, title, caption});
}

void
FigureWriter::Finish()
{
  if (m_Writing.valid())
  {
    m_Writing.get();
  }
}

Eigen::Matrix2d
FigureWriter::CellVectors() const
{
  Eigen::Matrix2d vectors = Eigen::Matrix2d::Zero();
  if (result.lattice)
  {
    vectors << result.lattice->Get().a, result.lattice->Get().b;
  }
  if (!(std::abs(vectors.determinant()) > 1e-6))
  {
    vectors = result.columns->GetTranslations();
  }
  if (!(std::abs(vectors.determinant()) > 1e-6))
  {
    const double area = static_cast<double>(geometry.width) * static_cast<double>(geometry.height);
    vectors = Eigen::Matrix2d::Identity() * std::sqrt(2.0 * area / static_cast<double>(Columns().size() + 1));
  }
  return vectors;
}

std::vector<Eigen::Vector2d>
FigureWriter::CellOutline(const UnitCell & cell) const
{
  const auto & columns = Columns();
  std::vector<Eigen::Vector2d> outline;
  for (const std::size_t corner : cell.corners)
  {
    if (corner < columns.size())
    {
      outline.push_back(columns[corner].position);
    }
  }
  if (outline.size() < 4 || outline[0] == outline[1])
  {
    const Eigen::Matrix2d half = 0.5 * CellVectors();
    const Eigen::Vector2d p = cell.position;
    outline = {p - half.col(0) - half.col(1), p + half.col(0) - half.col(1), p + half.col(0) + half.col(1),
               p - half.col(0) + half.col(1)};
  }
  return outline;
}

double
AxisSigma(const Eigen::Matrix2d & covariancePx, const Eigen::Vector2d & scale)
{
  const double variance =
    0.5 * (covariancePx(0, 0) * scale.x() * scale.x() + covariancePx(1, 1) * scale.y() * scale.y());
  return variance > 0 ? std::sqrt(variance) : std::numeric_limits<double>::quiet_NaN();
}

std::string
Percent(std::size_t part, std::size_t whole)
{
  return whole == 0 ? "0 %" : Significant(100.0 * static_cast<double>(part) / static_cast<double>(whole), 2) + " %";
}

std::vector<Figure>
WriteMapFigures(const MapResult & result, const std::filesystem::path & folder, const FigureOptions & options,
                const std::function<void(double)> & progress)
{
  if (!result.image || !result.columns)
  {
    throw OutputError("figures: an image and its atom columns are needed, found none");
  }
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
  {
    throw OutputError(folder.string() + ": the folder for figures cannot be made: " + error.message());
  }
  FigureWriter writer(result, folder, options);
  std::vector<std::function<void()>> steps{[&] { DrawImageFigure(writer); },
                                           [&]
                                           {
                                             if (options.columns)
                                             {
                                               DrawColumnsFigure(writer);
                                             }
                                           },
                                           [&] { DrawPolarizationFigure(writer); },
                                           [&] { DrawDeviationFigure(writer, Sublattice::A); },
                                           [&] { DrawDeviationFigure(writer, Sublattice::B); },
                                           [&] { DrawUncertaintyHistograms(writer); },
                                           [&] { DrawUncertaintyMap(writer); },
                                           [&] { DrawCellMaps(writer, 0); },
                                           [&] { DrawCellMaps(writer, 1); },
                                           [&] { DrawCellMaps(writer, 2); },
                                           [&] { DrawCellMaps(writer, 3); },
                                           [&] { DrawJointDistributions(writer); },
                                           [&] { DrawStrainFigure(writer); },
                                           [&] { DrawDomainsFigure(writer); },
                                           [&] { DrawDirectionsFigure(writer); },
                                           [&] { DrawTopologyFigure(writer); },
                                           [&] { DrawAveragedFigure(writer); },
                                           [&] { DrawScanLinesFigure(writer); }};
  if (options.polarizationOnly)
  {
    steps = {[&] { DrawPolarizationFigure(writer); }, [&] { DrawJointDistributions(writer); }};
  }
  for (std::size_t k = 0; k < steps.size(); ++k)
  {
    if (progress)
    {
      progress(static_cast<double>(k) / static_cast<double>(steps.size()));
    }
    steps[k]();
  }
  writer.Finish();
  if (progress)
  {
    progress(1.0);
  }
  return writer.figures;
}
} // namespace ferro
