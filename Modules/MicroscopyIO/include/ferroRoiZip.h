#ifndef ferroRoiZip_h
#define ferroRoiZip_h

#include "FerroscopeMicroscopyIOExport.h"
#include "ferroAtomColumnSet.h"

#include <filesystem>

namespace ferro
{
/** Writes the columns as ImageJ multi-point selections in one archive (columns.roi.zip).
 *
 * One selection per sublattice that has columns, named A, B and other; one with more than 65,535 points, the most
 * that a selection holds, is continued as A-2 and so on. Coordinates have sub-pixel precision and are shifted
 * by +0.5: ImageJ counts from the corner of the first pixel, Ferroscope from its centre. The same columns
 * give the same bytes. Throws OutputError with path and reason.
 *
 * Format: "Iout" records as ImageJ's RoiEncoder writes them (version 227), see Documentation/FileFormats.md. */
FerroscopeMicroscopyIO_EXPORT void WriteColumnsRoiZip(const AtomColumnSet & columns,
                                                      const std::filesystem::path & path);
} // namespace ferro

#endif
