#ifndef ferroVtiWriter_h
#define ferroVtiWriter_h

#include "ferroImageGeometry.h"

#include <filesystem>

namespace ferro
{
/** Writes an image as VTK XML image data (.vti): 32-bit floats "intensity", spacing in nm (1 where it is not
 * calibrated), metadata as text arrays of the field data.
 *
 * The data stand inline in base64 (VTK's "binary" mode), because ParaView 5.11 of Debian cannot read appended data. The
 * text is written here so that this module needs no VTK. Throws OutputError with path and reason. */
void WriteMicrographVti(const MicrographType & image, const std::filesystem::path & path);
} // namespace ferro

#endif
