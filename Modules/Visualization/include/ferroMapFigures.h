#ifndef ferroMapFigures_h
#define ferroMapFigures_h

#include "FerroscopeVisualizationExport.h"
#include "ferroAtomColumnSet.h"
#include "ferroDomainMap.h"
#include "ferroFieldTopology.h"
#include "ferroImageGeometry.h"
#include "ferroLattice.h"
#include "ferroUnitCellSet.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace ferro
{
/** \class MapResult
 * \brief What the chain of filters found in one image.
 */
struct MapResult
{
  MicrographType::ConstPointer image;
  AtomColumnSet::ConstPointer columns;
  Lattice::ConstPointer lattice;
  UnitCellSet::ConstPointer cells;      ///< may be null or empty: then polarization is not defined
  DomainMap::ConstPointer domains;      ///< may be null
  FieldTopology::ConstPointer topology; ///< of the cells; may be null
  UnitCellSet::ConstPointer averaged;   ///< the cells with local means of P; may be null
};

/** \class Figure
 * \brief One picture that was written.
 */
struct Figure
{
  std::string file;    ///< name inside the folder of the figures, for example "03_polarization.png"
  std::string title;   ///< a few words
  std::string caption; ///< what is seen, in which unit, and what was left out
};

/** \class FigureOptions
 * \brief How figures are drawn.
 */
struct FigureOptions
{
  /** Displacement at the rim of the colour wheel, pm (px where not calibrated); 0: 50 pm where the 95th
   * percentile of the data lies between 25 and 50 pm, else a round number above it. */
  double wheelRadiusPm = 0;
  /** Width of the widest figures, pixels of the PNG file (at least 400); figures of narrow images are narrower. Text
   * and lines scale with it. */
  int widthPx = 1600;
  /** Whether only the polarization and the joint distributions are drawn (03 and 12). */
  bool polarizationOnly = false;
  /** Whether the figure of the columns (02) is drawn; it says nothing where none were looked for. */
  bool columns = true;
};

/** Writes every figure that the data permit as PNG files into an existing or new folder.
 *
 * Names: 01_image, 02_columns, 03_polarization, 04_deviation_A, 05_deviation_B, 06_uncertainty_histograms,
 * 07_uncertainty_P, 08_a, 09_b, 10_gamma, 11_area, 12_joint_distributions, 13_strain, 14_domains, 15_directions,
 * 16_topology, 17_averaged, 20_scan_lines. Pictures are painted without a display, a graphics card or OpenGL, and the
 * same data give the same bytes.
 *
 * \param result image and columns are needed, the rest is used where it is there
 * \param folder where the files go
 * \param options size and colour wheel
 * \param progress called with 0..1 between figures; may throw to cancel. May be empty.
 * \return the figures in the order of their names
 * \throws OutputError when a file cannot be written
 */
FerroscopeVisualization_EXPORT std::vector<Figure> WriteMapFigures(const MapResult & result,
                                                                   const std::filesystem::path & folder,
                                                                   const FigureOptions & options = {},
                                                                   const std::function<void(double)> & progress = {});
} // namespace ferro

#endif
