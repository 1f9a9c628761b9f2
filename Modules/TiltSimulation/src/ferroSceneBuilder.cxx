#include "ferroSceneBuilder.h"

#include "ferroElements.h"
#include "ferroErrors.h"
#include "ferroStructureText.h"

#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace ferro
{
namespace
{
constexpr int Oxygen = 8;
constexpr double AngstromPerPm = 0.01;

// Shortest distance from atoms of an element to oxygen, over the borders of the cell.
double
DistanceToOxygen(const CrystalStructure & structure, int atomicNumber)
{
  double nearest = std::numeric_limits<double>::infinity();
  for (const auto & atom : structure.atoms)
  {
    for (const auto & oxygen : structure.atoms)
    {
      for (int cell = 0; atom.atomicNumber == atomicNumber && oxygen.atomicNumber == Oxygen && cell < 27; ++cell)
      {
        const Eigen::Vector3d shift = structure.cellA * Eigen::Vector3d(cell % 3 - 1, cell / 3 % 3 - 1, cell / 9 - 1);
        nearest = std::min(nearest, (oxygen.positionA + shift - atom.positionA).norm());
      }
    }
  }
  return nearest;
}

void
Expect(bool good, const std::string & name, double found, const std::string & expected)
{
  if (!good)
  {
    throw UsageError(name + ": found " + std::to_string(found) + ", expected " + expected);
  }
}

// Cells along one axis: where they begin and how many of them are of the film.
struct Stack
{
  std::vector<double> begins; // one more than there are cells
  int film = 0;

  int
  Count() const
  {
    return static_cast<int>(begins.size()) - 1;
  }
  double
  Begin(int cell) const
  {
    return begins[static_cast<std::size_t>(cell)];
  }
  double
  Middle(int cell) const
  {
    return 0.5 * (this->Begin(cell) + this->Begin(cell + 1));
  }
  double
  Length() const
  {
    return begins.back() - begins.front();
  }
};

Stack
MakeStack(double sizeA, double filmA, double otherFraction, double otherA)
{
  Stack stack;
  const double others = std::round(otherFraction * sizeA / otherA);
  stack.film = static_cast<int>(std::max(std::round((1.0 - otherFraction) * sizeA / filmA), 1.0));
  // A quarter of a cell in, so that no column lies on the border.
  stack.begins = {0.25 * filmA};
  for (int cell = 0; cell < stack.film + static_cast<int>(others); ++cell)
  {
    stack.begins.push_back(stack.begins.back() + (cell < stack.film ? filmA : otherA));
  }
  return stack;
}

class Builder
{
public:
  explicit Builder(const SceneParameters & parameters) : m_P(parameters)
  {
    const auto lattice = [](double given, const PerovskiteCell & cell) { return given > 0.0 ? given : cell.latticeA; };
    const double film = lattice(m_P.filmLatticeA, m_P.film);
    const double substrate = m_P.substrate ? lattice(m_P.substrateLatticeA, *m_P.substrate) : film;
    const double second = m_P.secondPhase ? lattice(m_P.secondPhaseLatticeA, *m_P.secondPhase) : film;
    for (const double edge : {film, substrate, second})
    {
      Expect(edge > 2.0 && edge < 10.0, "lattice parameter", 0.1 * edge, "0.2 to 1 nm");
    }
    Expect(m_P.widthA > 0.0 && m_P.widthA < 1e4, "width", 0.1 * m_P.widthA, "above 0, below 1000 nm");
    Expect(m_P.heightA > 0.0 && m_P.heightA < 1e4, "height", 0.1 * m_P.heightA, "above 0, below 1000 nm");
    Expect(m_P.thicknessA >= 0.0 && m_P.thicknessA < 1e5, "thickness", 0.1 * m_P.thicknessA, "0 to 10000 nm");
    Expect(m_P.wallWidthA >= 0.0, "wall width", 0.1 * m_P.wallWidthA, "0 or more");
    Expect(m_P.substrateFraction >= 0.0 && m_P.substrateFraction < 1.0, "substrate", m_P.substrateFraction,
           "0 to below 1");
    Expect(m_P.secondPhaseFraction >= 0.0 && m_P.secondPhaseFraction < 1.0, "second phase", m_P.secondPhaseFraction,
           "0 to below 1");
    Expect(std::abs(AngstromPerPm * m_P.displacementPm) < 0.2 * film, "displacement", m_P.displacementPm,
           "less than a fifth of a cell, pm");
    m_Ratio = m_P.oxygenRatio ? *m_P.oxygenRatio : GetOxygenRatio(m_P.film);
    Expect(std::abs(m_Ratio * AngstromPerPm * m_P.displacementPm) < 0.4 * film, "oxygen ratio", m_Ratio,
           "a displacement of less than two fifths of a cell");
    m_X = MakeStack(m_P.widthA, film, m_P.secondPhase ? m_P.secondPhaseFraction : 0.0, second);
    m_Y = MakeStack(m_P.heightA, film, m_P.substrate ? m_P.substrateFraction : 0.0, substrate);
    m_Depth = film;
    m_Layers = static_cast<int>(std::max(std::round(m_P.thicknessA / film), 1.0));
    const double atoms = 5.0 * m_X.Count() * m_Y.Count() * static_cast<double>(m_Layers);
    Expect(atoms <= static_cast<double>(MaximumAtoms), "atoms", atoms, "at most " + std::to_string(MaximumAtoms));

    m_Field.pattern = m_P.domains;
    m_Field.displacement = AngstromPerPm * m_P.displacementPm;
    m_Field.wallWidth = m_P.wallWidthA;
    m_Field.foilThickness = m_Layers * m_Depth;
    m_Field.extent = m_X.Length();
    m_Field.middle = {0.5 * (m_X.Begin(0) + m_X.begins.back()), 0.5 * (m_Y.Begin(0) + m_Y.Begin(m_Y.film))};
    // Between two columns of B, as the middle may lie on one.
    m_Field.wallPlace = m_Field.middle + Eigen::Vector2d(0.25 * film, 0.17 * film);
  }

  Scene
  Build() const
  {
    Scene scene;
    auto & structure = scene.structure;
    structure.cellA = Eigen::Vector3d(m_X.Length(), m_Y.Length(), m_Layers * m_Depth).asDiagonal();
    structure.title = "film of " + m_P.film.name + ", domains " + ToString(m_P.domains) +
                      (m_P.substrate ? ", on " + m_P.substrate->name : "") +
                      (m_P.secondPhase ? ", beside " + m_P.secondPhase->name : "");
    structure.reference = m_P.film.reference;
    scene.cells = {m_X.Count(), m_Y.Count(), m_Layers};
    scene.latticeA = m_Depth;
    scene.oxygenRatio = m_Ratio;
    for (int layer = 0; layer < m_Layers; ++layer)
    {
      for (int j = 0; j < m_Y.Count(); ++j)
      {
        for (int i = 0; i < m_X.Count(); ++i)
        {
          this->AddCell(i, j, layer, structure.atoms);
        }
      }
    }
    for (const auto sublattice : {Sublattice::A, Sublattice::B})
    {
      for (int j = 0; j < m_Y.Count(); ++j)
      {
        for (int i = 0; i < m_X.Count(); ++i)
        {
          scene.columns.push_back(this->MakeColumn(sublattice, i, j));
        }
      }
    }
    return scene;
  }

private:
  const PerovskiteCell &
  MaterialOf(SpecimenRegion region) const
  {
    return region == SpecimenRegion::Substrate     ? *m_P.substrate
           : region == SpecimenRegion::SecondPhase ? *m_P.secondPhase
                                                   : m_P.film;
  }
  SpecimenRegion
  RegionOfB(int i, int j) const
  {
    return j >= m_Y.film ? SpecimenRegion::Substrate
                         : (i >= m_X.film ? SpecimenRegion::SecondPhase : SpecimenRegion::Film);
  }
  // A on the border belongs to the film.
  SpecimenRegion
  RegionOfA(int i, int j) const
  {
    return j > m_Y.film ? SpecimenRegion::Substrate
                        : (i > m_X.film ? SpecimenRegion::SecondPhase : SpecimenRegion::Film);
  }

  Eigen::Vector2d
  Center(int i, int j) const
  {
    return {m_X.Middle(i), m_Y.Middle(j)};
  }

  // Displacement of B, Angstrom; cells beyond the border are those of the other side.
  Eigen::Vector2d
  DisplacementOf(int i, int j, int layer) const
  {
    i = (i + m_X.Count()) % m_X.Count();
    j = (j + m_Y.Count()) % m_Y.Count();
    return RegionOfB(i, j) == SpecimenRegion::Substrate
             ? Eigen::Vector2d(Eigen::Vector2d::Zero())
             : m_Field.AtDepth(this->Center(i, j), (layer + 0.75 - 0.5 * m_Layers) * m_Depth);
  }

  void
  AddCell(int i, int j, int layer, std::vector<StructureAtom> & atoms) const
  {
    const auto add = [&](int atomicNumber, double rms, const Eigen::Vector2d & place, double height)
    {
      StructureAtom atom;
      atom.atomicNumber = atomicNumber;
      atom.displacementRmsA = rms;
      atom.positionA = {place.x(), place.y(), (layer + height) * m_Depth};
      atoms.push_back(atom);
    };
    const auto & forA = this->MaterialOf(this->RegionOfA(i, j));
    const auto & forB = this->MaterialOf(this->RegionOfB(i, j));
    const Eigen::Vector2d corner(m_X.Begin(i), m_Y.Begin(j));
    const Eigen::Vector2d center = this->Center(i, j);
    const Eigen::Vector2d u = this->DisplacementOf(i, j, layer);
    const Eigen::Vector2d left = 0.5 * m_Ratio * (u + this->DisplacementOf(i - 1, j, layer));
    const Eigen::Vector2d above = 0.5 * m_Ratio * (u + this->DisplacementOf(i, j - 1, layer));
    // Planes of AO and BO2 at a quarter and three quarters of the cell: slices of half a cell hold one each.
    add(forA.atomicNumberA, forA.rmsA, corner, 0.25);
    add(Oxygen, forB.rmsO, center + m_Ratio * u, 0.25);
    add(forB.atomicNumberB, forB.rmsB, center + u, 0.75);
    add(Oxygen, forB.rmsO, Eigen::Vector2d(corner.x(), center.y()) + left, 0.75);
    add(Oxygen, forB.rmsO, Eigen::Vector2d(center.x(), corner.y()) + above, 0.75);
  }

  SceneColumn
  MakeColumn(Sublattice sublattice, int i, int j) const
  {
    SceneColumn column;
    column.sublattice = sublattice;
    column.i = i;
    column.j = j;
    if (sublattice == Sublattice::A)
    {
      column.region = this->RegionOfA(i, j);
      column.positionA = {m_X.Begin(i), m_Y.Begin(j)};
      return column;
    }
    column.region = this->RegionOfB(i, j);
    for (int layer = 0; layer < m_Layers; ++layer)
    {
      column.displacementA += this->DisplacementOf(i, j, layer) / m_Layers;
    }
    column.positionA = this->Center(i, j) + column.displacementA;
    return column;
  }

  const SceneParameters & m_P;
  DomainField m_Field;
  Stack m_X;
  Stack m_Y;
  double m_Depth = 0.0;
  double m_Ratio = 0.0;
  int m_Layers = 1;
};
} // namespace

PerovskiteCell
MakePerovskiteCell(const CrystalStructure & structure)
{
  const std::string name = structure.title.empty() ? "structure" : structure.title;
  std::map<int, double> counts;
  std::map<int, double> squares;
  for (const auto & atom : structure.atoms)
  {
    counts[atom.atomicNumber] += atom.occupancy;
    squares[atom.atomicNumber] += atom.occupancy * atom.displacementRmsA * atom.displacementRmsA;
  }
  const double units = counts.count(Oxygen) ? counts[Oxygen] / 3.0 : 0.0;
  std::vector<int> cations;
  for (const auto & [element, count] : counts)
  {
    if (element != Oxygen && std::abs(count - units) < 1e-6)
    {
      cations.push_back(element);
    }
  }
  if (cations.size() != 2 || counts.size() != 3 || structure.atoms.size() > 2000)
  {
    std::string found;
    for (const auto & [element, count] : counts)
    {
      found += (found.empty() ? "" : " ") + GetElementSymbol(element) + std::to_string(std::lround(count));
    }
    throw AnalysisError(name + ": found " + found + ", expected one cell of a perovskite ABO3 to build a film from");
  }
  if (DistanceToOxygen(structure, cations[0]) < DistanceToOxygen(structure, cations[1]))
  {
    std::swap(cations[0], cations[1]);
  }
  PerovskiteCell cell;
  cell.name = GetElementSymbol(cations[0]) + GetElementSymbol(cations[1]) + "O3";
  cell.reference = structure.reference;
  cell.atomicNumberA = cations[0];
  cell.atomicNumberB = cations[1];
  cell.rmsA = std::sqrt(squares[cations[0]] / units);
  cell.rmsB = std::sqrt(squares[cations[1]] / units);
  cell.rmsO = std::sqrt(squares[Oxygen] / (3.0 * units));
  cell.latticeA = std::cbrt(std::abs(structure.cellA.determinant()) / units);
  return cell;
}

double
GetOxygenRatio(const PerovskiteCell & cell)
{
  // Shifts along the polar axis against A, in units of c: see Data/Structures for the references.
  // BiFeO3: Fe -0.0298, O -0.0482; BaTiO3: Ti 0.018, O (-0.016 - 2 * 0.015) / 3; PbTiO3: Ti 0.0377, O (0.1118 + 2 *
  // 0.1174) / 3.
  if (cell.name == "BiFeO3")
  {
    return 1.6;
  }
  return cell.name == "BaTiO3" ? -0.85 : (cell.name == "PbTiO3" ? 3.1 : 0.0);
}

Scene
BuildScene(const SceneParameters & parameters)
{
  return Builder(parameters).Build();
}
} // namespace ferro
