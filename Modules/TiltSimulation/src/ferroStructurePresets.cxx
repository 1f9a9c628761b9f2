#include "ferroStructurePresets.h"

#include "ferroShippedFiles.h"

namespace ferro
{
namespace
{
const ShippedFiles &
Shipped()
{
  static const ShippedFiles files("Structures", ".cif", "FERROSCOPE_STRUCTURES");
  return files;
}
} // namespace

std::vector<std::filesystem::path>
GetStructureFolders()
{
  return Shipped().GetFolders();
}

std::vector<std::string>
GetStructurePresets()
{
  return Shipped().GetNames();
}

std::filesystem::path
FindStructurePreset(const std::string & name)
{
  return Shipped().Find(name);
}

std::filesystem::path
FindStructure(const std::string & nameOrFile)
{
  return Shipped().Resolve(nameOrFile, "structure");
}
} // namespace ferro
