#ifndef ferroPluginRegistry_h
#define ferroPluginRegistry_h

#include "ferroCommand.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace ferro
{
struct PluginManifest;

/** \class PluginRegistry
 * \brief Finds plugin libraries, knows their commands from the manifests, opens a library when one of its
 * commands is to run.
 *
 * Libraries that cannot be used are left out; GetProblems() names each with its reason.
 */
class FerroscopePluginFramework_EXPORT PluginRegistry
{
public:
  /** One command and the library that it comes from. */
  struct Entry
  {
    CommandDeclaration declaration; ///< with the common parameters
    std::filesystem::path library;
  };

  /** Folders in the order of search: FERROSCOPE_PLUGIN_PATH, the folder of the installation, the user's. */
  static std::vector<std::filesystem::path> GetDefaultFolders();

  /** Reads what the libraries (*.so) in the folders and their direct subfolders offer. Of two commands with
   * the same name the first counts. */
  void Scan(const std::vector<std::filesystem::path> & folders);

  /** All commands, sorted by name. */
  const std::vector<Entry> &
  GetCommands() const
  {
    return m_Commands;
  }
  /** The command of that name or nullptr. */
  const Entry * Find(const std::string & name) const;
  /** One sentence for each library that was skipped, beginning with its path. */
  const std::vector<std::string> &
  GetProblems() const
  {
    return m_Problems;
  }

  /** Opens the library and makes the command; throws std::runtime_error with the library's path and the reason. */
  static std::unique_ptr<Command> Create(const Entry & entry);

  /** Opens a library in this process and collects its declarations; throws std::runtime_error with the reason. */
  static PluginManifest Inspect(const std::filesystem::path & library);

private:
  void AddLibrary(const std::filesystem::path & library);

  std::vector<Entry> m_Commands;
  std::vector<std::string> m_Problems;
};
} // namespace ferro

#endif
