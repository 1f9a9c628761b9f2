#include "ferroElements.h"
#include "ferroErrors.h"
#include "ferroStructureReader.h"
#include "ferroStructureText.h"

#include <Eigen/LU>
#include <gemmi/cif.hpp>
#include <gemmi/numb.hpp>
#include <gemmi/symmetry.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <map>

namespace ferro
{
namespace
{
namespace cif = gemmi::cif;
constexpr double Pi = 3.14159265358979323846;
// Images of a site nearer than this are the same atom: coordinates such as 0.333 put them a little apart.
constexpr double MergeDistanceA = 0.1;
constexpr std::size_t MostOperations = 1000; // conventional cells have at most 192

class CifBlock
{
public:
  CifBlock(const StructureText & text, cif::Block & block) : m_Text(text), m_Block(block)
  {
  }

  [[noreturn]] void
  Fail(const std::string & what) const
  {
    throw InputError(m_Text.GetPath().string() + ": data_" + m_Block.name.substr(0, 40) + ": " + what);
  }

  // First of the tags that has a value; empty when none has.
  std::string
  FindText(std::initializer_list<const char *> tags)
  {
    for (const auto * tag : tags)
    {
      const std::string * value = m_Block.find_value(tag);
      if (value && !cif::is_null(*value))
      {
        std::string text = cif::as_string(*value);
        std::replace_if(
          text.begin(), text.end(), [](unsigned char letter) { return std::isspace(letter); }, ' ');
        const auto begin = text.find_first_not_of(' ');
        return begin == std::string::npos ? std::string() : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
      }
    }
    return {};
  }

  double
  RequireNumber(const std::string & value, const std::string & where) const
  {
    const double number = cif::as_number(value);
    if (!std::isfinite(number) || std::abs(number) > 1e9)
    {
      this->Fail(where + ": found '" + value.substr(0, 40) + "', expected a number");
    }
    return number;
  }

  Eigen::Matrix3d
  ReadCell()
  {
    std::array<double, 6> values;
    const std::array<const char *, 6> tags = {"_cell_length_a",    "_cell_length_b",   "_cell_length_c",
                                              "_cell_angle_alpha", "_cell_angle_beta", "_cell_angle_gamma"};
    for (std::size_t n = 0; n < 6; ++n)
    {
      const std::string * value = m_Block.find_value(tags[n]);
      const bool missing = !value || cif::is_null(*value);
      if (missing && n < 3)
      {
        this->Fail(std::string("no ") + tags[n] + ", expected the length of a cell vector");
      }
      values[n] = missing ? 90.0 : this->RequireNumber(*value, tags[n]); // 90 is the dictionary's default
    }
    m_Angles = {values[3], values[4], values[5]};
    const auto cell = MakeCell({values[0], values[1], values[2]}, m_Angles);
    if (!cell)
    {
      this->Fail("the lengths and angles of the cell are those of no cell");
    }
    return *cell;
  }

  // The symmetry operations, the identity first.
  std::vector<gemmi::Op>
  ReadSymmetry(std::vector<std::string> & warnings)
  {
    std::vector<gemmi::Op> operations = {gemmi::Op::identity()};
    for (const auto * tag :
         {"_space_group_symop_operation_xyz", "_space_group_symop.operation_xyz", "_symmetry_equiv_pos_as_xyz"})
    {
      const auto column = m_Block.find_values(tag);
      if (!column)
      {
        continue;
      }
      for (const std::string & value : column)
      {
        if (operations.size() > MostOperations)
        {
          this->Fail("more than " + std::to_string(MostOperations) + " symmetry operations");
        }
        const auto operation = gemmi::parse_triplet(cif::as_string(value)).wrap();
        if (std::find(operations.begin(), operations.end(), operation) == operations.end())
        {
          operations.push_back(operation);
        }
      }
      return operations;
    }
    const gemmi::SpaceGroup * group = nullptr;
    std::string name = this->FindText({"_space_group_name_H-M_alt", "_symmetry_space_group_name_H-M",
                                       "_space_group.name_H-M_alt", "_symmetry.space_group_name_H-M"});
    if (!name.empty())
    {
      group = gemmi::find_spacegroup_by_name(name, m_Angles.x(), m_Angles.z());
    }
    const std::string hall = this->FindText({"_space_group_name_Hall", "_symmetry_space_group_name_Hall"});
    if (!group && !hall.empty())
    {
      return this->Append(operations, gemmi::symops_from_hall(hall.c_str()));
    }
    const std::string number = this->FindText({"_space_group_IT_number", "_symmetry_Int_Tables_number"});
    if (!group && !number.empty())
    {
      const double value = this->RequireNumber(number, "number of the space group");
      group = value >= 1.0 && value <= 230.0 ? gemmi::find_spacegroup_by_number(static_cast<int>(value)) : nullptr;
      name += (name.empty() ? "" : ", ") + number;
    }
    if (!group && !name.empty())
    {
      this->Fail("space group: found '" + name.substr(0, 60) + "', expected one of the International Tables");
    }
    if (!group)
    {
      warnings.emplace_back("The file names no symmetry: all atoms of the cell are taken to be listed (P 1)");
      return operations;
    }
    return this->Append(operations, group->operations());
  }

private:
  static std::vector<gemmi::Op>
  Append(std::vector<gemmi::Op> operations, const gemmi::GroupOps & group)
  {
    for (const gemmi::Op & operation : group)
    {
      if (operation != operations.front())
      {
        operations.push_back(operation);
      }
    }
    return operations;
  }

  const StructureText & m_Text;
  cif::Block & m_Block;
  Eigen::Vector3d m_Angles;
};

// "Fe3+", "Fe1", "FE" and "O1A" name elements; D is hydrogen.
int
ElementOfLabel(const std::string & label)
{
  std::string letters;
  while (letters.size() < label.size() && letters.size() < 2 &&
         std::isalpha(static_cast<unsigned char>(label[letters.size()])))
  {
    letters += label[letters.size()];
  }
  for (; !letters.empty(); letters.pop_back())
  {
    if (const int element = FindElement(letters))
    {
      return element;
    }
  }
  return !label.empty() && (label[0] == 'D' || label[0] == 'd') ? 1 : 0;
}

// Mean of the displacement tensor, U_eq = 1/3 sum U_ij a*_i a*_j a_i a_j (International Tables C, 8.1), or NaN.
std::map<std::string, double>
ReadAnisotropic(CifBlock & reader, cif::Block & block, const Eigen::Matrix3d & cell)
{
  std::map<std::string, double> means;
  const Eigen::Matrix3d metric = cell.transpose() * cell;
  const Eigen::Matrix3d reciprocal = metric.inverse();
  for (const char letter : {'U', 'B'})
  {
    const std::string name(1, letter);
    auto table = block.find("_atom_site_aniso_", {"label", name + "_11", name + "_22", name + "_33", name + "_12",
                                                  name + "_13", name + "_23"});
    for (auto row : table)
    {
      double sum = 0.0;
      for (int n = 0; n < 6; ++n)
      {
        static const int Index[6][2] = {{0, 0}, {1, 1}, {2, 2}, {0, 1}, {0, 2}, {1, 2}};
        const auto [i, j] = Index[n];
        const std::string & word = row[static_cast<std::size_t>(n) + 1];
        const double value = cif::is_null(word) ? std::nan("") : reader.RequireNumber(word, "anisotropic displacement");
        sum += (i == j ? 1.0 : 2.0) * value * std::sqrt(reciprocal(i, i) * reciprocal(j, j)) * metric(i, j);
      }
      means[row.str(0)] = sum / 3.0 / (letter == 'B' ? 8.0 * Pi * Pi : 1.0);
    }
  }
  return means;
}

double
Wrap(double fraction)
{
  const double wrapped = fraction - std::floor(fraction);
  return wrapped < 1.0 ? wrapped : 0.0;
}

// The places of a site in the cell, fractional.
std::vector<Eigen::Vector3d>
Expand(const Eigen::Vector3d & site, const std::vector<gemmi::Op> & operations, const Eigen::Matrix3d & cell)
{
  struct Place
  {
    Eigen::Vector3d first;
    Eigen::Vector3d sum = Eigen::Vector3d::Zero(); // of the differences from the first
    double count = 0.0;
  };
  std::vector<Place> places;
  for (const auto & operation : operations)
  {
    const auto image = operation.apply_to_xyz({site.x(), site.y(), site.z()});
    const Eigen::Vector3d fraction(image[0], image[1], image[2]);
    bool known = false;
    for (auto & place : places)
    {
      Eigen::Vector3d difference = fraction - place.first;
      difference -= difference.array().round().matrix();
      if ((cell * difference).norm() < MergeDistanceA)
      {
        place.sum += difference;
        place.count += 1.0;
        known = true;
        break;
      }
    }
    if (!known)
    {
      places.push_back({fraction, Eigen::Vector3d::Zero(), 1.0});
    }
  }
  std::vector<Eigen::Vector3d> result;
  for (const auto & place : places)
  {
    const Eigen::Vector3d mean = place.first + place.sum / place.count;
    result.emplace_back(Wrap(mean.x()), Wrap(mean.y()), Wrap(mean.z()));
  }
  return result;
}

enum SiteColumn : std::size_t
{
  Label,
  X,
  Y,
  Z,
  Symbol,
  Occupancy,
  UIso,
  BIso,
  CalcFlag
};

cif::Table
FindSites(cif::Block & block)
{
  return block.find("_atom_site_", {"label", "fract_x", "fract_y", "fract_z", "?type_symbol", "?occupancy",
                                    "?U_iso_or_equiv", "?B_iso_or_equiv", "?calc_flag"});
}

CrystalStructure
ReadBlock(const StructureText & text, cif::Block & block)
{
  CifBlock reader(text, block);
  CrystalStructure structure;
  structure.cellA = reader.ReadCell();
  structure.title = reader.FindText({"_chemical_name_common", "_chemical_name_systematic", "_chemical_name_mineral",
                                     "_chemical_formula_structural", "_chemical_formula_sum"});
  structure.reference = reader.FindText({"_publ_section_references", "_citation_journal_full", "_journal_name_full"});
  const auto operations = reader.ReadSymmetry(structure.warnings);
  const auto anisotropic = ReadAnisotropic(reader, block, structure.cellA);
  for (auto row : FindSites(block))
  {
    const std::string label = row.str(Label);
    const std::string where = "site " + label.substr(0, 20);
    if (row.has2(CalcFlag) && row.str(CalcFlag) == "dum")
    {
      continue; // a point that is no atom
    }
    const auto number = [&](SiteColumn column)
    { return row.has2(column) ? reader.RequireNumber(row[column], where) : std::nan(""); };
    StructureAtom atom;
    const std::string symbol = row.has2(Symbol) ? row.str(Symbol) : label;
    atom.atomicNumber = ElementOfLabel(symbol);
    if (atom.atomicNumber == 0)
    {
      reader.Fail(where + ": found '" + symbol.substr(0, 20) + "', expected an element");
    }
    if (row.has2(Occupancy))
    {
      atom.occupancy = number(Occupancy);
      if (atom.occupancy == 0.0)
      {
        structure.warnings.push_back("Site " + label + " is empty and was left out");
        continue;
      }
      if (!(atom.occupancy > 0.0 && atom.occupancy <= 1.01)) // refined ones may be a little too large
      {
        reader.Fail(where + ": found an occupancy of " + std::to_string(atom.occupancy) +
                    ", expected above 0, at most 1");
      }
      atom.occupancy = std::min(atom.occupancy, 1.0);
    }
    double u = number(UIso);
    u = std::isnan(u) ? number(BIso) / (8.0 * Pi * Pi) : u;
    if (const auto found = anisotropic.find(label); std::isnan(u) && found != anisotropic.end())
    {
      u = found->second;
    }
    if (u < 0.0)
    {
      structure.warnings.push_back("Site " + label + " has a negative mean square displacement: 0 is taken");
    }
    atom.displacementRmsA = std::isnan(u) ? -1.0 : std::sqrt(std::max(u, 0.0));
    const Eigen::Vector3d fraction(reader.RequireNumber(row[X], where + ", x"),
                                   reader.RequireNumber(row[Y], where + ", y"),
                                   reader.RequireNumber(row[Z], where + ", z"));
    for (const auto & place : Expand(fraction, operations, structure.cellA))
    {
      atom.positionA = structure.cellA * place;
      structure.atoms.push_back(atom);
    }
    if (structure.atoms.size() > MaximumAtoms)
    {
      reader.Fail("more than " + std::to_string(MaximumAtoms) + " atoms");
    }
  }
  if (structure.atoms.empty())
  {
    reader.Fail("no atoms");
  }
  return structure;
}
} // namespace

CrystalStructure
ReadCif(const StructureText & text)
{
  const std::string path = text.GetPath().string();
  try
  {
    cif::Document document = cif::read_memory(text.GetBytes().data(), text.GetBytes().size(), path.c_str());
    std::size_t filled = 0;
    cif::Block * first = nullptr;
    for (auto & block : document.blocks)
    {
      if (FindSites(block).length() > 0)
      {
        first = first ? first : &block;
        ++filled;
      }
    }
    if (!first)
    {
      throw InputError(path + ": no atoms: found no loop with _atom_site_label and _atom_site_fract_x, _y, _z");
    }
    auto structure = ReadBlock(text, *first);
    if (filled > 1)
    {
      structure.warnings.push_back("The file holds " + std::to_string(filled) + " structures: the first one, data_" +
                                   first->name + ", was read");
    }
    return structure;
  }
  catch (const Error &)
  {
    throw;
  }
  catch (const std::exception & error) // of gemmi: a syntax error begins with file and line
  {
    const std::string what = error.what();
    throw InputError(what.rfind(path, 0) == 0 ? what : path + ": " + what);
  }
}
} // namespace ferro
