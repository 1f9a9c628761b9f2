#include "ferroStructureReader.h"

#include "ferroErrors.h"
#include "ferroStructureText.h"

#include <algorithm>
#include <cctype>

namespace ferro
{
namespace
{
std::string
LowerCase(std::string text)
{
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return text;
}

bool
AreNumbers(const std::vector<std::string_view> & words, std::size_t count)
{
  return words.size() >= count && std::all_of(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count),
                                              [](std::string_view word) { return ParseNumber(word).has_value(); });
}

bool
IsCif(const StructureText & text)
{
  for (std::size_t n = 0; n < text.CountLines(); ++n)
  {
    const auto words = text.GetWords(n, "");
    if (!words.empty() && LowerCase(std::string(words[0].substr(0, 14))) == "_cell_length_a")
    {
      return true;
    }
  }
  return false;
}

using Reader = CrystalStructure (*)(const StructureText &);

// By what the lines hold; nullptr when they are those of no format.
Reader
FindByContent(const StructureText & text)
{
  const auto words = [&text](std::size_t n)
  { return n < text.CountLines() ? text.GetWords(n, "") : std::vector<std::string_view>(); };
  const auto second = words(1);
  if (text.CountLines() > 1 && words(0).size() == 1 && ParseInteger(words(0)[0]) &&
      LowerCase(std::string(text.GetLine(1, ""))).find("lattice=") != std::string::npos)
  {
    return ReadExtendedXyz;
  }
  const bool onlyNumbers = AreNumbers(second, second.size());
  if (second.size() == 3 && onlyNumbers && words(2).size() == 6 && AreNumbers(words(2), 6))
  {
    return ReadPrismaticXyz;
  }
  if (second.size() == 6 && onlyNumbers && words(2).size() == 1 && ParseInteger(words(2)[0]))
  {
    return ReadMuStemXtl;
  }
  if ((second.size() == 1 || second.size() == 3) && onlyNumbers && AreNumbers(words(2), 3) && AreNumbers(words(3), 3) &&
      AreNumbers(words(4), 3) && words(5).size() > 0)
  {
    return ReadPoscar;
  }
  return IsCif(text) ? ReadCif : nullptr;
}

Reader
FindByName(const std::filesystem::path & path)
{
  const std::string extension = LowerCase(path.extension().string());
  const std::string stem = LowerCase(path.filename().string());
  if (extension == ".cif")
  {
    return ReadCif;
  }
  if (extension == ".xtl")
  {
    return ReadMuStemXtl;
  }
  if (extension == ".extxyz" || extension == ".xyz")
  {
    return ReadExtendedXyz;
  }
  if (extension == ".vasp" || stem.rfind("poscar", 0) == 0 || stem.rfind("contcar", 0) == 0)
  {
    return ReadPoscar;
  }
  return nullptr;
}
} // namespace

CrystalStructure
ReadStructure(const std::filesystem::path & path)
{
  const StructureText text(path);
  auto reader = FindByContent(text);
  reader = reader ? reader : FindByName(path);
  if (!reader)
  {
    throw InputError(path.string() +
                     ": no crystal structure found, expected CIF, extended XYZ, Prismatic XYZ, muSTEM xtl or POSCAR");
  }
  auto structure = reader(text);
  if (structure.title.empty())
  {
    structure.title = path.stem().string();
  }
  FillMissingDisplacements(structure);
  return structure;
}
} // namespace ferro
