#ifndef ferroFigures_h
#define ferroFigures_h

#include "ferroFigureLayout.h"
#include "ferroMapFigures.h"

#include <filesystem>
#include <future>
#include <string>
#include <vector>

namespace ferro
{
/** \class FigureWriter
 * \brief What the figures of one map have in common: data, units, folder; collects what was written.
 */
class FigureWriter
{
public:
  FigureWriter(const MapResult & result, std::filesystem::path folder, const FigureOptions & options);

  const AtomColumnSet::ContainerType & Columns() const;
  /** The cells; empty when polarization is not defined. */
  const UnitCellSet::ContainerType & Cells() const;
  /** "pm" or "px": unit of displacements. */
  std::string VectorUnit() const;
  /** "nm" or "px": unit of lengths. */
  std::string LengthUnit() const;
  /** pm (px) per pixel. */
  Eigen::Vector2d
  VectorScale() const
  {
    return geometry.VectorScale();
  }
  /** Saves a page and notes title and caption. The page is compressed while the next one is drawn: see Finish. */
  void Save(const FigurePage & page, const std::string & file, const std::string & title, const std::string & caption);
  /** Waits until everything is written. \throws OutputError */
  void Finish();
  /** Edge vectors of a cell in pixels, from the lattice or what else is known. */
  Eigen::Matrix2d CellVectors() const;
  /** Corners of a cell in pixels. */
  std::vector<Eigen::Vector2d> CellOutline(const UnitCell & cell) const;

  MapResult result;
  ImageGeometry geometry;
  FigureOptions options;
  std::vector<Figure> figures;

private:
  std::filesystem::path m_Folder;
  std::future<void> m_Writing; ///< the last page
};

/** sqrt of half the trace of a covariance: standard deviation along one axis, mean of both. NaN when it is zero. */
double AxisSigma(const Eigen::Matrix2d & covariancePx, const Eigen::Vector2d & scale);
std::string Percent(std::size_t part, std::size_t whole);

void DrawImageFigure(FigureWriter & writer);
void DrawColumnsFigure(FigureWriter & writer);
void DrawPolarizationFigure(FigureWriter & writer);
void DrawAveragedFigure(FigureWriter & writer);
void DrawDeviationFigure(FigureWriter & writer, Sublattice sublattice);
void DrawUncertaintyMap(FigureWriter & writer);
void DrawCellMaps(FigureWriter & writer, int which); ///< 0..3: a, b, gamma, area
void DrawStrainFigure(FigureWriter & writer);
void DrawDomainsFigure(FigureWriter & writer);
void DrawDirectionsFigure(FigureWriter & writer);
void DrawTopologyFigure(FigureWriter & writer);
void DrawUncertaintyHistograms(FigureWriter & writer);
void DrawJointDistributions(FigureWriter & writer);
void DrawScanLinesFigure(FigureWriter & writer); ///< nothing where no shift was taken off
} // namespace ferro

#endif
