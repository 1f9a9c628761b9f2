#include "ferroElements.h"
#include "ferroErrors.h"
#include "ferroStructureText.h"

#include <Eigen/LU>

#include <algorithm>
#include <cctype>
#include <cmath>

namespace ferro
{
namespace
{
// "Fe", "Fe_pv" and "O/hash" are names of the same elements.
int
ElementOfName(std::string_view name)
{
  return FindElement(std::string(name.substr(0, name.find_first_of("_/."))));
}
} // namespace

CrystalStructure
ReadPoscar(const StructureText & text)
{
  CrystalStructure structure;
  structure.title = text.GetLine(0, "a comment");
  const auto scaleWords = text.GetWords(1, "a scale factor");
  if (scaleWords.size() != 1 && scaleWords.size() != 3)
  {
    text.Fail(1, std::to_string(scaleWords.size()) + " words", "one or three scale factors");
  }
  Eigen::Vector3d scale;
  for (int axis = 0; axis < 3; ++axis)
  {
    scale[axis] =
      text.RequireNumber(1, scaleWords[scaleWords.size() == 3 ? static_cast<std::size_t>(axis) : 0], "a scale factor");
  }
  for (int vector = 0; vector < 3; ++vector)
  {
    const std::size_t line = 2 + static_cast<std::size_t>(vector);
    structure.cellA.col(vector) = text.RequireVector(line, text.GetWords(line, "a cell vector"), "a cell vector");
  }
  const double volume = std::abs(structure.cellA.determinant());
  if (!(volume > 1e-6) || (scale.array() == 0.0).any() || (scaleWords.size() == 3 && (scale.array() < 0.0).any()))
  {
    text.Fail(1, "cell vectors or a scale factor without a volume", "three independent vectors, a scale that is not 0");
  }
  if (scale.x() < 0.0) // the volume that the cell is to have
  {
    scale.setConstant(std::cbrt(-scale.x() / volume));
  }
  structure.cellA = scale.asDiagonal() * structure.cellA;

  std::size_t line = 5;
  auto words = text.GetWords(line, "names of elements, or numbers of atoms");
  std::vector<int> elements;
  if (!words.empty() && !ParseInteger(words[0]))
  {
    for (const auto word : words)
    {
      elements.push_back(ElementOfName(word));
      if (elements.back() == 0)
      {
        text.Fail(line, "'" + std::string(word.substr(0, 20)) + "'", "the symbol of an element");
      }
    }
    words = text.GetWords(++line, "numbers of atoms");
  }
  else
  {
    // Version 4 names the elements in the comment, if anywhere.
    for (const auto word : text.GetWords(0, "a comment"))
    {
      if (const int element = ElementOfName(word))
      {
        elements.push_back(element);
      }
    }
  }
  std::vector<std::size_t> counts;
  for (const auto word : words)
  {
    if (!ParseInteger(word) && !counts.empty())
    {
      break; // a comment
    }
    counts.push_back(text.RequireCount(line, word, "a number of atoms"));
  }
  if (counts.empty() || counts.size() != elements.size())
  {
    text.Fail(line,
              std::to_string(counts.size()) + " numbers of atoms for " + std::to_string(elements.size()) + " elements",
              "the same number of both (a file of version 4 names the elements in its first line)");
  }

  const auto firstLetter = [&]
  {
    const auto mode = text.GetWords(++line, "Direct or Cartesian");
    return mode.empty() ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(mode[0][0])));
  };
  char mode = firstLetter();
  if (mode == 's')
  {
    mode = firstLetter(); // selective dynamics: words behind the coordinates
  }
  if (mode != 'd' && mode != 'c' && mode != 'k')
  {
    text.Fail(line, "'" + std::string(text.GetLine(line, "").substr(0, 40)) + "'", "Direct or Cartesian");
  }
  for (std::size_t kind = 0; kind < counts.size(); ++kind)
  {
    for (std::size_t n = 0; n < counts[kind]; ++n)
    {
      ++line;
      const std::string what = "coordinates of a " + GetElementSymbol(elements[kind]) + " atom";
      const auto place = text.RequireVector(line, text.GetWords(line, what), what);
      StructureAtom atom;
      atom.atomicNumber = elements[kind];
      atom.positionA =
        mode == 'd' ? Eigen::Vector3d(structure.cellA * place) : Eigen::Vector3d(scale.cwiseProduct(place));
      structure.atoms.push_back(atom);
    }
  }
  return structure;
}
} // namespace ferro
