#include "ferroElements.h"

#include <array>
#include <cctype>

namespace ferro
{
namespace
{
const std::array<std::string, LargestAtomicNumber> Symbols = {
  "H",  "He", "Li", "Be", "B",  "C",  "N",  "O",  "F",  "Ne", "Na", "Mg", "Al", "Si", "P",  "S",  "Cl", "Ar",
  "K",  "Ca", "Sc", "Ti", "V",  "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As", "Se", "Br", "Kr",
  "Rb", "Sr", "Y",  "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In", "Sn", "Sb", "Te", "I",  "Xe",
  "Cs", "Ba", "La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Hf",
  "Ta", "W",  "Re", "Os", "Ir", "Pt", "Au", "Hg", "Tl", "Pb", "Bi", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Th",
  "Pa", "U",  "Np", "Pu", "Am", "Cm", "Bk", "Cf", "Es", "Fm", "Md", "No", "Lr"};
} // namespace

const std::string &
GetElementSymbol(int atomicNumber)
{
  return Symbols.at(static_cast<std::size_t>(atomicNumber - 1));
}

int
FindElement(const std::string & symbol)
{
  std::string wanted = symbol;
  for (std::size_t n = 0; n < wanted.size(); ++n)
  {
    const auto letter = static_cast<unsigned char>(wanted[n]);
    wanted[n] = static_cast<char>(n == 0 ? std::toupper(letter) : std::tolower(letter));
  }
  for (int n = 0; n < LargestAtomicNumber; ++n)
  {
    if (Symbols[static_cast<std::size_t>(n)] == wanted)
    {
      return n + 1;
    }
  }
  return 0;
}
} // namespace ferro
