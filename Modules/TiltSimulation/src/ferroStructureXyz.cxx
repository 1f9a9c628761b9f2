#include "ferroElements.h"
#include "ferroErrors.h"
#include "ferroStructureReader.h"
#include "ferroStructureText.h"

#include <Eigen/LU>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <sstream>

namespace ferro
{
namespace
{
// The pairs key=value of the second line; a value with blanks stands in quotes or brackets.
std::map<std::string, std::string>
ReadPairs(std::string_view line)
{
  std::map<std::string, std::string> pairs;
  std::size_t place = 0;
  while (place < line.size())
  {
    if (std::isspace(static_cast<unsigned char>(line[place])))
    {
      ++place;
      continue;
    }
    const auto end = std::min(line.find_first_of("= \t", place), line.size());
    std::string key(line.substr(place, end - place));
    std::transform(key.begin(), key.end(), key.begin(), [](unsigned char letter) { return std::tolower(letter); });
    place = end;
    std::string value;
    if (place < line.size() && line[place] == '=')
    {
      ++place;
      const char open = place < line.size() ? line[place] : ' ';
      const char close = open == '"' ? '"' : (open == '{' ? '}' : (open == '[' ? ']' : '\0'));
      const auto begin = close ? place + 1 : place;
      const auto stop = std::min(close ? line.find(close, begin) : line.find_first_of(" \t", begin), line.size());
      value = begin <= line.size() ? std::string(line.substr(begin, stop - begin)) : std::string();
      place = stop + (close ? 1 : 0);
    }
    pairs[key] = value;
  }
  return pairs;
}

// Which words of a line hold what.
struct Columns
{
  int species = -1;
  int position = -1;
  int occupancy = -1;
  int displacement = -1;
  enum class Quantity
  {
    Rms,
    U,
    B
  } quantity = Quantity::Rms;
  std::size_t count = 0;
};

Columns
ReadProperties(const StructureText & text, const std::string & properties)
{
  std::vector<std::string> parts;
  std::istringstream stream(properties);
  for (std::string part; std::getline(stream, part, ':');)
  {
    parts.push_back(part);
  }
  const auto fail = [&] { text.Fail(1, "Properties=" + properties, "groups of name:type:number of columns"); };
  if (parts.empty() || parts.size() % 3 != 0)
  {
    fail();
  }
  Columns columns;
  for (std::size_t n = 0; n < parts.size(); n += 3)
  {
    std::string name = parts[n];
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char letter) { return std::tolower(letter); });
    const auto width = ParseInteger(parts[n + 2]);
    if (!width || *width < 1 || *width > 1000)
    {
      fail();
    }
    const auto is = [&name](std::initializer_list<const char *> names)
    { return std::find(names.begin(), names.end(), name) != names.end(); };
    const int place = static_cast<int>(columns.count);
    if (is({"species", "element", "z", "numbers"}) && (columns.species < 0 || name == "species"))
    {
      columns.species = place;
    }
    else if (is({"pos", "positions"}) && *width == 3)
    {
      columns.position = place;
    }
    else if (is({"occupancy", "occupancies", "occ"}) && *width == 1)
    {
      columns.occupancy = place;
    }
    else if (is({"rms_a", "rms", "rms_displacement", "u_iso", "uiso", "b_iso", "biso"}) && *width == 1)
    {
      columns.displacement = place;
      columns.quantity =
        name[0] == 'r' ? Columns::Quantity::Rms : (name[0] == 'u' ? Columns::Quantity::U : Columns::Quantity::B);
    }
    columns.count += static_cast<std::size_t>(*width);
  }
  if (columns.species < 0 || columns.position < 0)
  {
    text.Fail(1, "Properties=" + properties, "species:S:1 and pos:R:3 among them");
  }
  return columns;
}
} // namespace

CrystalStructure
ReadExtendedXyz(const StructureText & text)
{
  const auto first = text.GetWords(0, "the number of atoms");
  if (first.size() != 1)
  {
    text.Fail(0, "'" + std::string(text.GetLine(0, "").substr(0, 60)) + "'", "the number of atoms alone");
  }
  const auto count = text.RequireCount(0, first[0], "a number of atoms");
  const auto line = text.GetLine(1, "a line with Lattice=\"...\"");
  const auto pairs = ReadPairs(line);
  const auto lattice = pairs.find("lattice");
  if (lattice == pairs.end())
  {
    text.Fail(1, "no Lattice=\"...\"", "the nine components of the cell vectors: a plain XYZ file has no cell");
  }
  CrystalStructure structure;
  std::istringstream numbers(lattice->second);
  int components = 0;
  for (std::string word; numbers >> word; ++components)
  {
    if (components < 9)
    {
      structure.cellA(components % 3, components / 3) = text.RequireNumber(1, word, "a component of a cell vector");
    }
  }
  if (components != 9 || !(std::abs(structure.cellA.determinant()) > 1e-3))
  {
    text.Fail(1, "Lattice=\"" + lattice->second.substr(0, 80) + "\"", "nine components of three cell vectors");
  }
  const auto properties = pairs.find("properties");
  const auto columns = ReadProperties(text, properties == pairs.end() ? "species:S:1:pos:R:3" : properties->second);
  for (const auto & [key, target] :
       {std::pair{"title", &structure.title}, std::pair{"reference", &structure.reference}})
  {
    if (const auto found = pairs.find(key); found != pairs.end())
    {
      *target = found->second;
    }
  }
  structure.atoms.reserve(count);
  for (std::size_t n = 2; n < count + 2; ++n)
  {
    const std::string what = "atom " + std::to_string(n - 1) + " of " + std::to_string(count);
    const auto words = text.GetWords(n, what);
    if (words.size() < columns.count)
    {
      text.Fail(n, std::to_string(words.size()) + " columns", std::to_string(columns.count) + " for " + what);
    }
    const auto word = [&words](int place) { return words[static_cast<std::size_t>(place)]; };
    StructureAtom atom;
    atom.atomicNumber = text.RequireElement(n, word(columns.species));
    for (int axis = 0; axis < 3; ++axis)
    {
      atom.positionA[axis] = text.RequireNumber(n, word(columns.position + axis), "a coordinate");
    }
    if (columns.occupancy >= 0)
    {
      atom.occupancy = text.RequireOccupancy(n, word(columns.occupancy));
    }
    if (columns.displacement >= 0)
    {
      const double value = text.RequireNumber(n, word(columns.displacement), "a thermal displacement");
      const bool known = value >= 0.0; // a negative one is written for an unknown one
      const double rms = columns.quantity == Columns::Quantity::Rms ? value
                         : columns.quantity == Columns::Quantity::U ? std::sqrt(std::abs(value))
                                                                    : GetDisplacementRmsA(std::abs(value));
      atom.displacementRmsA = known ? rms : -1.0;
    }
    structure.atoms.push_back(atom);
  }
  return structure;
}

CrystalStructure
ReadPrismaticXyz(const StructureText & text)
{
  CrystalStructure structure;
  structure.title = text.GetLine(0, "a comment");
  const auto cell = text.RequireVector(1, text.GetWords(1, "the cell"), "three lengths of the cell, Angstrom");
  if (!(cell.array() > 0.0).all())
  {
    text.Fail(1, "a cell that is not positive", "three lengths of the cell, Angstrom");
  }
  structure.cellA = cell.asDiagonal();
  for (std::size_t n = 2;; ++n)
  {
    const std::string what = "an atom (Z x y z occupancy rms) or -1, which ends the list";
    const auto words = text.GetWords(n, what);
    if (words.empty())
    {
      text.Fail(n, "an empty line", what);
    }
    if (words[0] == "-1")
    {
      break;
    }
    if (words.size() < 6)
    {
      text.Fail(n, std::to_string(words.size()) + " columns", what);
    }
    StructureAtom atom;
    atom.atomicNumber = text.RequireElement(n, words[0]);
    atom.positionA = text.RequireVector(n, {words.begin() + 1, words.end()}, "a coordinate");
    atom.occupancy = text.RequireOccupancy(n, words[4]);
    atom.displacementRmsA = text.RequireNumber(n, words[5], "a thermal displacement, Angstrom");
    if (atom.displacementRmsA < 0.0)
    {
      text.Fail(n, "a thermal displacement of " + std::string(words[5]), "at least 0");
    }
    structure.atoms.push_back(atom);
  }
  if (structure.atoms.empty())
  {
    throw InputError(text.GetPath().string() + ": no atoms before the -1 that ends the list");
  }
  return structure;
}
} // namespace ferro
