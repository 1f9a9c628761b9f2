#ifndef ferroOutputFolder_h
#define ferroOutputFolder_h

#include "FerroscopePluginFrameworkExport.h"

#include <filesystem>
#include <string>
#include <vector>

namespace ferro
{
/** Notes a file that this run reads: OutputFolder and OutputFile then refuse to replace it (UsageError). */
FerroscopePluginFramework_EXPORT void ProtectInput(const std::filesystem::path & file);
/** Forgets all protected files; a front end calls it before each run. */
FerroscopePluginFramework_EXPORT void ClearProtectedInputs();

/** Removes everything that was staged and not yet committed and lets no other thread begin or commit an output
 * from then on. Only for a process that is about to end at once. */
FerroscopePluginFramework_EXPORT void AbandonOutputs();

/** \class OutputFolder
 * \brief A folder of results that appears whole or not at all.
 *
 * Files are written into a hidden folder beside the final one; Commit() moves them to their places. If the
 * object dies before Commit(), what was written is removed. Files in the final folder that this run
 * does not write stay as they are.
 */
class FerroscopePluginFramework_EXPORT OutputFolder
{
public:
  /** Makes the hidden folder; throws OutputError with the reason when that is not possible. */
  explicit OutputFolder(const std::filesystem::path & folder);
  ~OutputFolder();
  OutputFolder(const OutputFolder &) = delete;
  OutputFolder & operator=(const OutputFolder &) = delete;

  /** Where to write the file of that name (which may hold a subfolder, made here). */
  std::filesystem::path Path(const std::string & name);
  /** Moves everything to its final place; throws OutputError. */
  void Commit();
  /** The final folder. */
  const std::filesystem::path &
  GetFolder() const
  {
    return m_Folder;
  }

private:
  std::filesystem::path m_Folder;
  std::filesystem::path m_Staging;
  std::filesystem::path m_NewParent; ///< topmost folder that had to be made for m_Folder's parents
};

/** \class OutputFile
 * \brief The same for a single file.
 */
class FerroscopePluginFramework_EXPORT OutputFile
{
public:
  explicit OutputFile(const std::filesystem::path & file);
  ~OutputFile();
  OutputFile(const OutputFile &) = delete;
  OutputFile & operator=(const OutputFile &) = delete;
  /** Where to write; has the extension of the final file. */
  const std::filesystem::path &
  Path() const
  {
    return m_Staging;
  }
  void Commit();

private:
  std::filesystem::path m_File;
  std::filesystem::path m_Staging;
  std::filesystem::path m_NewParent; ///< topmost folder that had to be made for m_File's parents
};
} // namespace ferro

#endif
