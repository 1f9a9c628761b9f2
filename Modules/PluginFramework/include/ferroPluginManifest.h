#ifndef ferroPluginManifest_h
#define ferroPluginManifest_h

#include "ferroCommand.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ferro
{
/** \class PluginManifest
 * \brief What a plugin library offers, as the JSON file beside it says.
 *
 * With a manifest that matches its library a front end knows all commands without opening the library,
 * which for a library with a neural network inside would take seconds.
 */
struct FerroscopePluginFramework_EXPORT PluginManifest
{
  int abi = 0;                              ///< FERROSCOPE_PLUGIN_ABI that the library was built with
  std::string version;                      ///< of Ferroscope that the library was built with
  std::string identity;                     ///< GetLibraryIdentity of the library
  std::vector<CommandDeclaration> commands; ///< in the order of registration
};

/** What changes whenever the library is built anew, and only then: its linker build-id, which survives
 * stripping and a changed run path at installation, or a checksum of the file where it has none. Throws
 * std::runtime_error with the reason when the file is not a shared library. */
FerroscopePluginFramework_EXPORT std::string GetLibraryIdentity(const std::filesystem::path & library);

/** NAME.json beside the library NAME.so. */
FerroscopePluginFramework_EXPORT std::filesystem::path GetManifestPath(const std::filesystem::path & library);
/** Where the manifest goes when the library's folder is read-only: in the user's cache folder. Empty when there is
 * none. */
FerroscopePluginFramework_EXPORT std::filesystem::path GetCachedManifestPath(const std::filesystem::path & library);

/** The manifest in that file, or nothing when it is missing or unreadable. */
FerroscopePluginFramework_EXPORT std::optional<PluginManifest> ReadManifest(const std::filesystem::path & file);
/** Writes a manifest in one step; false when that is not possible. */
FerroscopePluginFramework_EXPORT bool WriteManifest(const std::filesystem::path & file,
                                                    const PluginManifest & manifest);

/** Manifest as the text of the file and back (ParseManifest throws std::exception). */
FerroscopePluginFramework_EXPORT std::string FormatManifest(const PluginManifest & manifest);
FerroscopePluginFramework_EXPORT PluginManifest ParseManifest(const std::string & text);
} // namespace ferro

#endif
