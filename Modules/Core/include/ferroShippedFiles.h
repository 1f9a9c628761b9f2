#ifndef ferroShippedFiles_h
#define ferroShippedFiles_h

#include "FerroscopeCoreExport.h"

#include <filesystem>
#include <string>
#include <vector>

namespace ferro
{
/** \class ShippedFiles
 * \brief Files that come with the program and have a name, or were put beside those.
 *
 * They are looked for in the folders that an environment variable names (separated by ':'), then in the installation.
 */
class FerroscopeCore_EXPORT ShippedFiles
{
public:
  /** \param folder name of the folder within share/Ferroscope, for example "Structures"
   * \param extension ending of the files, for example ".cif"; the name of a file is what stands before it
   * \param variable environment variable with further folders, which come first
   */
  ShippedFiles(std::string folder, std::string extension, std::string variable);

  /** In the order of search. */
  std::vector<std::filesystem::path> GetFolders() const;
  /** Sorted. */
  std::vector<std::string> GetNames() const;
  /** The file of that name, upper and lower case alike; empty when there is none. \param name without the ending */
  std::filesystem::path Find(const std::string & name) const;
  /** The file itself where there is one of that name, else the one that comes with the program. Throws InputError with
   * the names that there are.
   *
   * \param nameOrFile what a user wrote
   * \param kind what it is, for the message, for example "structure"
   */
  std::filesystem::path Resolve(const std::string & nameOrFile, const std::string & kind) const;

private:
  std::vector<std::filesystem::path> ListFiles() const;

  std::string m_Folder;
  std::string m_Extension;
  std::string m_Variable;
};
} // namespace ferro

#endif
