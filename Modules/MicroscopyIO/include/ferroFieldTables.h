#ifndef ferroFieldTables_h
#define ferroFieldTables_h

#include "FerroscopeMicroscopyIOExport.h"
#include "ferroDefects.h"
#include "ferroDomainMap.h"
#include "ferroFieldTopology.h"
#include "ferroUnitCellSet.h"

#include <filesystem>

namespace ferro
{
/** \name Tables of what the field is made of
 *
 * In the manner of the tables of a run (ferroResultTables.h). Lengths and displacements are in nm and pm; without
 * calibration the names end in _px instead. Throw OutputError with path and reason.
 * @{ */

/** Writes domains.csv: number, variant, cells, place, area and its share with error, mean P with error. */
FerroscopeMicroscopyIO_EXPORT void WriteDomainTable(const DomainMap & domains, const ImageGeometry & geometry,
                                                    const std::filesystem::path & path);
/** Writes walls.csv: the two domains, kind, length, angle, width with its interval, turn of P, jump along the normal.
 */
FerroscopeMicroscopyIO_EXPORT void WriteWallTable(const DomainMap & domains, const ImageGeometry & geometry,
                                                  const std::filesystem::path & path);
/** Writes topology.csv: divergence and curl of each cell with errors and z-scores; with Born charges also the density
 * of bound charge.
 *
 * \param cells the cells that the topology belongs to, in the same order
 * \param topology derivatives, one for each cell
 * \param path where to write */
FerroscopeMicroscopyIO_EXPORT void WriteTopologyTable(const UnitCellSet & cells, const FieldTopology & topology,
                                                      const std::filesystem::path & path);
/** Writes defects.csv: kind, sublattice, indices, place and significance of vacancies, faint and displaced columns. */
FerroscopeMicroscopyIO_EXPORT void WriteDefectTable(const DefectStatistics & defects, const ImageGeometry & geometry,
                                                    const std::filesystem::path & path);
/** Writes vortices.csv: winding number, place with error, significance. */
FerroscopeMicroscopyIO_EXPORT void WriteVortexTable(const FieldTopology & topology, const ImageGeometry & geometry,
                                                    const std::filesystem::path & path);
/** @} */
} // namespace ferro

#endif
