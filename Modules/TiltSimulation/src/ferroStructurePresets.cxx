#include "ferroStructurePresets.h"

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

std::vector<fs::path>
ListPresets()
{
  std::vector<fs::path> files;
  for (const auto & folder : GetStructureFolders())
  {
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    {
      if (entry->path().extension() == ".cif")
      {
        files.push_back(entry->path());
      }
    }
  }
  return files;
}
} // namespace

std::vector<fs::path>
GetStructureFolders()
{
  std::vector<fs::path> folders;
  if (const char * given = std::getenv("FERROSCOPE_STRUCTURES"))
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
  if (::dladdr(reinterpret_cast<void *>(&GetStructureFolders), &info) != 0 && info.dli_fname != nullptr)
  {
    const fs::path library = fs::canonical(info.dli_fname, error);
    if (!error)
    {
      folders.push_back((library.parent_path() / FERROSCOPE_STRUCTURES_FROM_LIB).lexically_normal());
    }
  }
  return folders;
}

std::vector<std::string>
GetStructurePresets()
{
  std::set<std::string> names;
  for (const auto & file : ListPresets())
  {
    names.insert(file.stem().string());
  }
  return {names.begin(), names.end()};
}

fs::path
FindStructurePreset(const std::string & name)
{
  for (const auto & file : ListPresets())
  {
    if (LowerCase(file.stem().string()) == LowerCase(name))
    {
      return file;
    }
  }
  return {};
}

fs::path
FindStructure(const std::string & nameOrFile)
{
  std::error_code error;
  if (fs::exists(nameOrFile, error))
  {
    return nameOrFile;
  }
  const auto preset = FindStructurePreset(nameOrFile);
  if (preset.empty())
  {
    std::string names;
    for (const auto & name : GetStructurePresets())
    {
      names += (names.empty() ? "" : ", ") + name;
    }
    throw InputError(nameOrFile + ": neither a file nor a structure that comes with the program (" + names + ")");
  }
  return preset;
}
} // namespace ferro
