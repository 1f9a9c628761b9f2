#ifndef ferroNsidWriter_h
#define ferroNsidWriter_h

#include "ferroImageGeometry.h"

#include <filesystem>

namespace ferro
{
/** Writes an image as HDF5 in the layout of NSID (the N-dimensional spectroscopy and imaging data of pycroscopy):
 * /Measurement_000/Channel_000/NAME/NAME with dimension scales y and x beside it.
 *
 * 32-bit floats, not compressed. The scales hold the coordinates of rows and columns in nm, or pixels (units "px")
 * where the image is not calibrated. The group "metadata" beside the data keeps what the image's dictionary says. The
 * same image gives the same bytes. Throws OutputError with path and reason. */
void WriteNsid(const MicrographType & image, const std::filesystem::path & path);
} // namespace ferro

#endif
