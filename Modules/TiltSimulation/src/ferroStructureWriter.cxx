#include "ferroStructureWriter.h"

#include "ferroElements.h"
#include "ferroErrors.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>

namespace ferro
{
namespace
{
void
Append(std::string & text, double value, int digits)
{
  char buffer[512];
  const auto result = std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::fixed, digits);
  text += ' ';
  text.append(buffer, result.ptr);
}

// Without what would end a line or a value.
std::string
OneLine(std::string text)
{
  std::replace_if(
    text.begin(), text.end(), [](char letter) { return letter == '"' || letter == '\n' || letter == '\r'; }, ' ');
  return text;
}

void
WriteWhole(const std::string & bytes, const std::filesystem::path & path)
{
  errno = 0;
  std::ofstream stream(path, std::ios::binary);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (!stream)
  {
    throw OutputError(path.string() + ": cannot be written: " + (errno ? std::strerror(errno) : "unknown reason"));
  }
}
} // namespace

void
WriteExtendedXyz(const CrystalStructure & structure, const std::filesystem::path & path)
{
  std::string text = std::to_string(structure.atoms.size()) + "\nLattice=\"";
  for (int n = 0; n < 9; ++n)
  {
    Append(text, structure.cellA(n % 3, n / 3), 9);
  }
  text.erase(text.find("\" ") + 1, 1);
  text += "\" Properties=species:S:1:pos:R:3:occupancy:R:1:rms_A:R:1 pbc=\"T T T\"";
  for (const auto & [key, value] : {std::pair{"title", structure.title}, std::pair{"reference", structure.reference}})
  {
    text += value.empty() ? "" : std::string(" ") + key + "=\"" + OneLine(value) + "\"";
  }
  text += '\n';
  for (const auto & atom : structure.atoms)
  {
    text += GetElementSymbol(atom.atomicNumber);
    for (int axis = 0; axis < 3; ++axis)
    {
      Append(text, atom.positionA[axis], 9);
    }
    Append(text, atom.occupancy, 6);
    Append(text, atom.displacementRmsA, 6);
    text += '\n';
  }
  WriteWhole(text, path);
}

void
WritePrismaticXyz(const CrystalStructure & structure, const std::filesystem::path & path)
{
  CheckForSimulation(structure);
  std::string text = OneLine(structure.title) + "\n";
  for (int axis = 0; axis < 3; ++axis)
  {
    Append(text, structure.cellA(axis, axis), 9);
  }
  text += '\n';
  for (const auto & atom : structure.atoms)
  {
    text += std::to_string(atom.atomicNumber);
    for (int axis = 0; axis < 3; ++axis)
    {
      Append(text, atom.positionA[axis], 9);
    }
    Append(text, atom.occupancy, 6);
    Append(text, std::max(atom.displacementRmsA, 0.0), 6);
    text += '\n';
  }
  WriteWhole(text + "-1\n", path);
}
} // namespace ferro
