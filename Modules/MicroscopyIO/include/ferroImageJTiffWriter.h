#ifndef ferroImageJTiffWriter_h
#define ferroImageJTiffWriter_h

#include "FerroscopeMicroscopyIOExport.h"
#include "ferroImageGeometry.h"

#include <filesystem>

namespace ferro
{
/** Writes an image as a 32-bit float TIFF that ImageJ opens with its calibration.
 *
 * One uncompressed page. The resolution is in pixels per nm, with "unit=nm" in ImageJ's ImageDescription; an image
 * without calibration has neither. The lines min and max tell ImageJ the range to show (1st and 99.9th percentile). The
 * texts of the dictionary become ImageJ's info, which it shows with Image > Show Info. The
 * same image gives the same bytes. Throws OutputError with path and reason; also for an image beyond 4 GB, the limit
 * of the format. */
FerroscopeMicroscopyIO_EXPORT void WriteImageJTiff(const MicrographType & image, const std::filesystem::path & path);
} // namespace ferro

#endif
