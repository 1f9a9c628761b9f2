#include "ferroShippedFiles.h"

#include "ferroErrors.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <dlfcn.h>
#include <set>
#include <sstream>

namespace ferro
{
namespace
{
namespace fs = std::filesystem;

std::string
LowerCase(std::string text)
{
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return text;
}

void
Anchor()
{
}
} // namespace

ShippedFiles::ShippedFiles(std::string folder, std::string extension, std::string variable)
  : m_Folder(std::move(folder)), m_Extension(std::move(extension)), m_Variable(std::move(variable))
{
}

std::vector<fs::path>
ShippedFiles::GetFolders() const
{
  std::vector<fs::path> folders;
  if (const char * given = std::getenv(m_Variable.c_str()))
  {
    std::istringstream stream(given);
    for (std::string folder; std::getline(stream, folder, ':');)
    {
      folders.emplace_back(folder);
    }
  }
  // Relative to this library, so that an installation can be moved and any host program finds them.
  Dl_info info{};
  std::error_code error;
  if (::dladdr(reinterpret_cast<void *>(&Anchor), &info) != 0 && info.dli_fname != nullptr)
  {
    const fs::path library = fs::canonical(info.dli_fname, error);
    if (!error)
    {
      folders.push_back((library.parent_path() / FERROSCOPE_SHARE_FROM_LIB / m_Folder).lexically_normal());
    }
  }
  return folders;
}

std::vector<fs::path>
ShippedFiles::ListFiles() const
{
  std::vector<fs::path> files;
  for (const auto & folder : this->GetFolders())
  {
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    {
      if (entry->path().extension() == m_Extension)
      {
        files.push_back(entry->path());
      }
    }
  }
  return files;
}

std::vector<std::string>
ShippedFiles::GetNames() const
{
  std::set<std::string> names;
  for (const auto & file : this->ListFiles())
  {
    names.insert(file.stem().string());
  }
  return {names.begin(), names.end()};
}

fs::path
ShippedFiles::Find(const std::string & name) const
{
  for (const auto & file : this->ListFiles())
  {
    if (LowerCase(file.stem().string()) == LowerCase(name))
    {
      return file;
    }
  }
  return {};
}

fs::path
ShippedFiles::Resolve(const std::string & nameOrFile, const std::string & kind) const
{
  std::error_code error;
  if (fs::exists(nameOrFile, error))
  {
    return nameOrFile;
  }
  const auto found = this->Find(nameOrFile);
  if (found.empty())
  {
    std::string names;
    for (const auto & name : this->GetNames())
    {
      names += (names.empty() ? "" : ", ") + name;
    }
    throw InputError(nameOrFile + ": neither a file nor a " + kind + " that comes with the program (" + names + ")");
  }
  return found;
}
} // namespace ferro
