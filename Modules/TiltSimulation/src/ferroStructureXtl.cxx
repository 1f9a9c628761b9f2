#include "ferroErrors.h"
#include "ferroStructureText.h"

#include <cmath>

namespace ferro
{
CrystalStructure
ReadMuStemXtl(const StructureText & text)
{
  CrystalStructure structure;
  structure.title = text.GetLine(0, "a title");
  const std::string cellText = "six cell parameters: a b c (Angstrom) alpha beta gamma (degrees)";
  const auto cellWords = text.GetWords(1, cellText);
  if (cellWords.size() < 6)
  {
    text.Fail(1, std::to_string(cellWords.size()) + " words", cellText);
  }
  const auto lengths = text.RequireVector(1, cellWords, cellText);
  const auto angles = text.RequireVector(1, {cellWords.begin() + 3, cellWords.end()}, cellText);
  const auto cell = MakeCell(lengths, angles);
  if (!cell)
  {
    text.Fail(1, "parameters of no cell", cellText);
  }
  structure.cellA = *cell;
  const auto countWords = text.GetWords(2, "a number of species");
  const auto species = text.RequireCount(2, countWords.empty() ? "" : countWords[0], "a number of species");
  std::size_t line = 3;
  for (std::size_t s = 0; s < species; ++s)
  {
    text.GetLine(line, "the name of a species");
    const std::string what = "number of atoms, atomic number, occupancy, mean square displacement (Angstrom^2)";
    const auto words = text.GetWords(++line, what);
    if (words.size() < 4)
    {
      text.Fail(line, std::to_string(words.size()) + " words", what);
    }
    StructureAtom atom;
    const auto count = text.RequireCount(line, words[0], "a number of atoms");
    atom.atomicNumber = text.RequireElement(line, words[1]);
    atom.occupancy = text.RequireOccupancy(line, words[2]);
    const double square = text.RequireNumber(line, words[3], "a mean square displacement, Angstrom^2");
    if (square < 0.0)
    {
      text.Fail(line, "a mean square displacement of " + std::string(words[3]), "at least 0");
    }
    atom.displacementRmsA = std::sqrt(square);
    for (std::size_t n = 0; n < count; ++n)
    {
      const std::string place = "fractional coordinates of atom " + std::to_string(n + 1);
      const auto coordinates = text.GetWords(++line, place);
      atom.positionA = structure.cellA * text.RequireVector(line, coordinates, place);
      structure.atoms.push_back(atom);
    }
    ++line;
  }
  return structure;
}
} // namespace ferro
