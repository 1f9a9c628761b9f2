#ifndef ferroMicrographWriter_h
#define ferroMicrographWriter_h

#include "FerroscopeMicroscopyIOExport.h"
#include "ferroImageGeometry.h"

#include <filesystem>
#include <string>
#include <vector>

namespace ferro
{
/** Extensions that WriteMicrograph knows: .nrrd, .mha, .tif, .tiff, .npy. */
FerroscopeMicroscopyIO_EXPORT std::vector<std::string> GetMicrographWriterExtensions();

/** Whether the file's extension is one of these, in upper or lower case. */
FerroscopeMicroscopyIO_EXPORT bool CanWriteMicrograph(const std::filesystem::path & file);

/** Writes an image as float32 in the format of the file's extension.
 *
 * - .nrrd, .mha: spacing (nm when calibrated) and the dictionary's text entries. NRRD is N x M x 1, because
 *   ParaView mistakes a two-dimensional one for a row of vectors.
 * - .tif, .tiff: as ImageJ writes it, with unit=nm and the resolution in pixels per nm, uncompressed.
 * - .npy: pixels only; the format has no place for a calibration.
 *
 * Throws UsageError for another extension and OutputError when the file cannot be written. */
FerroscopeMicroscopyIO_EXPORT void WriteMicrograph(const MicrographType & image, const std::filesystem::path & file);
} // namespace ferro

#endif
