#ifndef ferroOutputFolder_h
#define ferroOutputFolder_h

#include "FerroscopePluginFrameworkExport.h"

#include <filesystem>
#include <string>
#include <vector>

namespace ferro
{
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
  OutputFolder &
  operator=(const OutputFolder &) = delete;

  /** Where to write the file of that name (which may hold a subfolder, made here). */
  std::filesystem::path
  Path(const std::string & name);
  /** Moves everything to its final place; throws OutputError. */
  void
  Commit();
  /** The final folder. */
  const std::filesystem::path &
  GetFolder() const
  {
    return m_Folder;
  }

private:
  std::filesystem::path m_Folder;
  std::filesystem::path m_Staging;
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
  OutputFile &
  operator=(const OutputFile &) = delete;
  /** Where to write; has the extension of the final file. */
  const std::filesystem::path &
  Path() const
  {
    return m_Staging;
  }
  void
  Commit();

private:
  std::filesystem::path m_File;
  std::filesystem::path m_Staging;
};
} // namespace ferro

#endif
