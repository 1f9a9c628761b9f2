#ifndef ferroTiltResponseFile_h
#define ferroTiltResponseFile_h

#include "FerroscopeMicroscopyIOExport.h"
#include "ferroTiltResponse.h"

#include <filesystem>

namespace ferro
{
/** Reads a response table (JSON; see FileFormats). Throws InputError: file, place, found, expected.
 * \param path the file, at most 16 MiB */
FerroscopeMicroscopyIO_EXPORT TiltResponse ReadTiltResponse(const std::filesystem::path & path);

/** Writes a response table. Throws OutputError.
 * \param response the table
 * \param path the file */
FerroscopeMicroscopyIO_EXPORT void WriteTiltResponse(const TiltResponse & response, const std::filesystem::path & path);
} // namespace ferro

#endif
