#ifndef ferroMicrographWriter_h
#define ferroMicrographWriter_h

#include "FerroscopeMicroscopyIOExport.h"
#include "ferroImageGeometry.h"

#include <filesystem>
#include <string>
#include <vector>

namespace ferro
{
/** Extensions that WriteMicrograph knows: .nrrd, .mha, .tif, .tiff, .npy, .h5, .vti. */
FerroscopeMicroscopyIO_EXPORT std::vector<std::string> GetMicrographWriterExtensions();

/** Whether the file's extension is one of these, in upper or lower case. */
FerroscopeMicroscopyIO_EXPORT bool CanWriteMicrograph(const std::filesystem::path & file);

/** Writes an image as float32 in the format of the file's extension.
 *
 * What the readers put into the dictionary (keys "Ferroscope.<name>": title, voltage, detector, dwell time, ...) goes
 * along, one line of text for each key, at most 1500 bytes long. An image without calibration says so in the file.
 *
 * - .nrrd, .mha: spacing (nm when calibrated) and the dictionary as keys. NRRD is N x M x 1, because
 *   ParaView mistakes a two-dimensional one for a row of vectors.
 * - .tif, .tiff: as ImageJ writes it, with unit=nm and the resolution in pixels per nm, uncompressed; the dictionary
 *   as ImageJ's info.
 * - .npy: pixels only; the format has no place for a calibration or metadata.
 * - .h5: HDF5 in the layout of NSID (pycroscopy); coordinates of rows and columns, the dictionary as attributes.
 * - .vti: VTK image data for ParaView; spacing, the dictionary as field data.
 *
 * Throws UsageError for another extension and OutputError when the file cannot be written. */
FerroscopeMicroscopyIO_EXPORT void WriteMicrograph(const MicrographType & image, const std::filesystem::path & file);
} // namespace ferro

#endif
