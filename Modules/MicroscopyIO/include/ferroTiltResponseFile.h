#ifndef ferroTiltResponseFile_h
#define ferroTiltResponseFile_h

#include "FerroscopeMicroscopyIOExport.h"
#include "ferroTiltResponse.h"

#include <filesystem>
#include <string>
#include <vector>

namespace ferro
{
/** Reads a response table (JSON; see FileFormats). Throws InputError: file, place, found, expected.
 * \param path the file, at most 16 MiB */
FerroscopeMicroscopyIO_EXPORT TiltResponse ReadTiltResponse(const std::filesystem::path & path);

/** Writes a response table. Throws OutputError.
 * \param response the table
 * \param path the file */
FerroscopeMicroscopyIO_EXPORT void WriteTiltResponse(const TiltResponse & response, const std::filesystem::path & path);

/** Names of the response tables that come with the program (BiFeO3, SrTiO3) or were put beside them, sorted. Tables are
 * also looked for in the folders that FERROSCOPE_TILT_RESPONSES names, separated by ':'. */
FerroscopeMicroscopyIO_EXPORT std::vector<std::string> GetTiltResponseNames();

/** The file itself where there is one of that name, else the table of that name that comes with the program. Throws
 * InputError with the names that there are. \param nameOrFile what a user wrote for a response table */
FerroscopeMicroscopyIO_EXPORT std::filesystem::path FindTiltResponse(const std::string & nameOrFile);
} // namespace ferro

#endif
