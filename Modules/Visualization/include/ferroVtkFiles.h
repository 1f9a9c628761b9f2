#ifndef ferroVtkFiles_h
#define ferroVtkFiles_h

#include "FerroscopeVisualizationExport.h"
#include "ferroAtomColumnSet.h"
#include "ferroDomainMap.h"
#include "ferroImageGeometry.h"
#include "ferroUnitCellSet.h"
#include "itkImage.h"
#include "itkVector.h"

#include <filesystem>

/** \file
 * Files for ParaView and other VTK programs. Coordinates are those of the image, in nm (pixels where not
 * calibrated): x to the right, y DOWN, z = 0. A VTK program shows y upwards, so that the picture appears
 * mirrored top to bottom unless its camera is turned; all three files agree with each other. Vectors have
 * three components (z = 0). Data are written inline and base64-encoded, which every version of ParaView reads.
 */
namespace ferro
{
/** Writes atom columns as points with the fields of columns.csv as arrays of the same names.
 *
 * `sublattice` is a number (0 unknown, 1 A, 2 B) and `flag` the bits of ColumnFlag. Arrays `_nm` and `_pm` have `_px`
 * twins where not calibrated. Adds the vector `deviation_pm` (from the uniform lattice).
 * \throws OutputError when the file cannot be written */
FerroscopeVisualization_EXPORT void WriteColumnsVtp(const AtomColumnSet & columns, const std::filesystem::path & file);

/** Writes unit cells as points with the fields of cells.csv as arrays, the vector `polarization_pm` and the strains.
 *
 * `center` is a number (1 A, 2 B). \throws OutputError when the file cannot be written */
FerroscopeVisualization_EXPORT void WriteCellsVtp(const UnitCellSet & cells, const std::filesystem::path & file);

/** Writes a polarization field resampled on the image as a flat VTI file with the vector `polarization_pm`.
 *
 * \param field polar displacement in pm (px where not calibrated), NaN where there is none
 * \param geometry says whether the image is calibrated
 * \param file where to write
 * \throws OutputError when the file cannot be written */
FerroscopeVisualization_EXPORT void WritePolarizationVti(const itk::Image<itk::Vector<float, 2>, 2> & field,
                                                         const ImageGeometry & geometry,
                                                         const std::filesystem::path & file);

/** Writes domain walls as lines; the arrays of the lines have the names of the columns of walls.csv.
 *
 * \param domains walls
 * \param geometry of the image
 * \param file where to write
 * \throws OutputError when the file cannot be written */
FerroscopeVisualization_EXPORT void WriteWallsVtp(const DomainMap & domains, const ImageGeometry & geometry,
                                                  const std::filesystem::path & file);
} // namespace ferro

#endif
