#include "ferroStructureGeometry.h"

#include "ferroErrors.h"
#include "ferroStructureText.h"

#include <Eigen/Geometry>
#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <sstream>
#include <tuple>

namespace ferro
{
namespace
{
constexpr double Pi = 3.14159265358979323846;
// Atoms nearer than this to their images count as the same; files round coordinates.
constexpr double ToleranceA = 0.02;
// Centring is looked for in cells of up to so many atoms: it takes their number squared.
constexpr std::size_t MostAtomsForCentring = 1000;

Eigen::Matrix3d
InverseOf(const CrystalStructure & structure)
{
  const double volume = std::abs(structure.cellA.determinant());
  if (!(volume > 1e-3))
  {
    throw AnalysisError((structure.title.empty() ? "structure" : structure.title) + ": the cell has no volume");
  }
  return structure.cellA.inverse();
}

// Into [0, 1); what rounding leaves just below 1 is 0.
Eigen::Vector3d
WrapFraction(Eigen::Vector3d fraction)
{
  fraction -= fraction.array().floor().matrix();
  for (int axis = 0; axis < 3; ++axis)
  {
    fraction[axis] = fraction[axis] > 1.0 - 1e-9 ? 0.0 : fraction[axis];
  }
  return fraction;
}

std::string
Indices(const Eigen::Vector3d & vector)
{
  std::ostringstream text;
  text << '[' << vector.x() << ' ' << vector.y() << ' ' << vector.z() << ']';
  return text.str();
}

// Translations, in fractions of the cell, that carry the crystal onto itself; the first is zero.
std::vector<Eigen::Vector3d>
FindCentring(const CrystalStructure & structure, const Eigen::Matrix3d & inverse)
{
  std::vector<Eigen::Vector3d> centring = {Eigen::Vector3d::Zero()};
  if (structure.atoms.size() > MostAtomsForCentring)
  {
    return centring;
  }
  using Kind = std::pair<int, long>; // element, occupancy
  std::map<Kind, std::vector<Eigen::Vector3d>> kinds;
  for (const auto & atom : structure.atoms)
  {
    kinds[{atom.atomicNumber, std::lround(1e4 * atom.occupancy)}].push_back(inverse * atom.positionA);
  }
  const auto rarest = std::min_element(
    kinds.begin(), kinds.end(), [](const auto & l, const auto & r) { return l.second.size() < r.second.size(); });
  const auto isOccupied = [&](const std::vector<Eigen::Vector3d> & places, const Eigen::Vector3d & place)
  {
    return std::any_of(places.begin(), places.end(),
                       [&](const Eigen::Vector3d & other)
                       {
                         Eigen::Vector3d difference = place - other;
                         difference -= difference.array().round().matrix();
                         return (structure.cellA * difference).norm() < ToleranceA;
                       });
  };
  for (const auto & candidate : rarest->second)
  {
    const Eigen::Vector3d translation = WrapFraction(candidate - rarest->second.front());
    const bool repeats = std::all_of(kinds.begin(), kinds.end(),
                                     [&](const auto & kind)
                                     {
                                       return std::all_of(kind.second.begin(), kind.second.end(),
                                                          [&](const Eigen::Vector3d & place)
                                                          { return isOccupied(kind.second, place + translation); });
                                     });
    if (repeats && (structure.cellA * translation).norm() > ToleranceA)
    {
      centring.push_back(translation);
    }
  }
  return centring;
}

struct LatticeVector
{
  Eigen::Vector3d indices;
  Eigen::Vector3d cartesian;
  double length;
};

// Lattice vectors up to a length, the shortest first; of equally long ones that with the largest first index.
std::vector<LatticeVector>
ListVectors(const Eigen::Matrix3d & cell, const std::vector<Eigen::Vector3d> & centring, double longest)
{
  const Eigen::Matrix3d inverse = cell.inverse();
  Eigen::Vector3d most;
  for (int axis = 0; axis < 3; ++axis)
  {
    most[axis] = std::ceil(longest * inverse.row(axis).norm()) + 1.0;
  }
  if (most.prod() * 8.0 * static_cast<double>(centring.size()) > 2e7)
  {
    throw AnalysisError("the cell is too small against a longest edge of " + std::to_string(longest) +
                        " A: too many directions to look through");
  }
  std::vector<LatticeVector> vectors;
  for (double i = -most.x(); i <= most.x(); ++i)
  {
    for (double j = -most.y(); j <= most.y(); ++j)
    {
      for (double k = -most.z(); k <= most.z(); ++k)
      {
        for (const auto & center : centring)
        {
          const Eigen::Vector3d indices = Eigen::Vector3d(i, j, k) + center;
          const Eigen::Vector3d cartesian = cell * indices;
          const double length = cartesian.norm();
          if (length > ToleranceA && length <= longest)
          {
            vectors.push_back({indices, cartesian, length});
          }
        }
      }
    }
  }
  const auto key = [](const LatticeVector & v)
  { return std::tuple(std::llround(1e5 * v.length), -v.indices.x(), -v.indices.y(), -v.indices.z()); };
  std::sort(vectors.begin(), vectors.end(), [&](const auto & l, const auto & r) { return key(l) < key(r); });
  return vectors;
}

double
Cosine(const LatticeVector & l, const LatticeVector & r)
{
  return std::abs(l.cartesian.dot(r.cartesian)) / (l.length * r.length);
}

// The shortest lattice vector along a direction.
LatticeVector
FindAlong(const Eigen::Vector3d & direction, const Eigen::Matrix3d & cell,
          const std::vector<Eigen::Vector3d> & centring, const std::string & name)
{
  const Eigen::Vector3d whole = direction.array().round();
  if (!direction.allFinite() || !(direction - whole).isZero(1e-9) || whole.isZero() ||
      whole.cwiseAbs().maxCoeff() > 1000.0)
  {
    throw UsageError(name + ": found " + Indices(direction) + ", expected whole numbers that are not all 0");
  }
  const auto number = [&whole](int axis) { return std::lround(whole[axis]); };
  const Eigen::Vector3d primitive = whole / static_cast<double>(std::gcd(std::gcd(number(0), number(1)), number(2)));
  // It may be a multiple of a shorter one when the cell is centred.
  Eigen::Vector3d shortest = primitive;
  for (int part = 2; part <= 24; ++part)
  {
    const Eigen::Vector3d candidate = primitive / part;
    for (const auto & center : centring)
    {
      Eigen::Vector3d difference = candidate - center;
      difference -= difference.array().round().matrix();
      if ((cell * difference).norm() < ToleranceA)
      {
        shortest = candidate;
      }
    }
  }
  const Eigen::Vector3d cartesian = cell * shortest;
  return {shortest, cartesian, cartesian.norm()};
}

struct Edges
{
  LatticeVector x;
  LatticeVector y;
  double misfit;
};

std::optional<Edges>
FindEdges(const std::vector<LatticeVector> & inPlane, const std::vector<LatticeVector> & forX, const LatticeVector & z,
          double largestMisfit)
{
  std::optional<Edges> best;
  double smallest = std::numeric_limits<double>::infinity();
  for (const auto & x : forX)
  {
    for (const auto & y : inPlane)
    {
      const double area = x.length * y.length;
      if (area > smallest * (1.0 - 1e-6))
      {
        break; // they come in the order of their lengths
      }
      const double misfit = std::max({Cosine(x, y), Cosine(x, z), Cosine(y, z)});
      if (misfit <= largestMisfit && x.cartesian.cross(y.cartesian).dot(z.cartesian) > 0.0)
      {
        best = Edges{x, y, misfit};
        smallest = area;
      }
    }
  }
  return best;
}
} // namespace

void
WrapIntoCell(CrystalStructure & structure)
{
  const Eigen::Matrix3d inverse = InverseOf(structure);
  for (auto & atom : structure.atoms)
  {
    atom.positionA = structure.cellA * WrapFraction(inverse * atom.positionA);
  }
}

void
Shift(CrystalStructure & structure, const Eigen::Vector3d & shiftA)
{
  for (auto & atom : structure.atoms)
  {
    atom.positionA += shiftA;
  }
  WrapIntoCell(structure);
}

void
RotateQuarterTurns(CrystalStructure & structure, int quarterTurns)
{
  CheckForSimulation(structure);
  for (int turn = 0; turn < ((quarterTurns % 4) + 4) % 4; ++turn)
  {
    std::swap(structure.cellA(0, 0), structure.cellA(1, 1));
    for (auto & atom : structure.atoms)
    {
      // y points down: what points to the right points up afterwards.
      atom.positionA.head<2>() = Eigen::Vector2d(atom.positionA.y(), structure.cellA(1, 1) - atom.positionA.x());
    }
  }
  WrapIntoCell(structure);
}

OrthogonalCell
MakeOrthogonalCell(const CrystalStructure & structure, const OrthogonalCellOptions & options)
{
  if (structure.atoms.empty())
  {
    throw AnalysisError((structure.title.empty() ? "structure" : structure.title) + ": no atoms");
  }
  const Eigen::Matrix3d inverse = InverseOf(structure);
  const auto centring = FindCentring(structure, inverse);
  const auto & cell = structure.cellA;
  const auto z = FindAlong(options.zoneAxis, cell, centring, "zone axis");
  const auto all = ListVectors(cell, centring, options.longestEdgeA);
  const auto choose = [&](double misfit) -> std::optional<Edges>
  {
    std::vector<LatticeVector> inPlane;
    std::copy_if(all.begin(), all.end(), std::back_inserter(inPlane),
                 [&](const LatticeVector & vector) { return Cosine(vector, z) <= misfit; });
    if (options.xAxis)
    {
      return FindEdges(inPlane, {FindAlong(*options.xAxis, cell, centring, "x axis")}, z, misfit);
    }
    // Along an edge of the crystal's own cell where one is perpendicular to the beam.
    for (int axis = 0; axis < 3; ++axis)
    {
      const auto x = FindAlong(Eigen::Vector3d::Unit(axis), cell, centring, "x axis");
      const auto along = Cosine(x, z) < 1e-6 ? FindEdges(inPlane, {x}, z, misfit) : std::nullopt;
      if (along)
      {
        return along;
      }
    }
    return FindEdges(inPlane, inPlane, z, misfit);
  };
  const auto edges = choose(options.largestMisfit);
  if (!edges)
  {
    std::ostringstream message;
    message << "no orthogonal cell along " << Indices(options.zoneAxis) << " with edges up to " << options.longestEdgeA
            << " A and a misfit of at most " << options.largestMisfit;
    for (double misfit = 2.0 * options.largestMisfit + 1e-3; misfit < 0.5; misfit *= 1.5)
    {
      if (const auto other = choose(misfit))
      {
        message << "; there is one with a misfit of " << other->misfit << ": " << other->x.length << " x "
                << other->y.length << " A";
        break;
      }
    }
    throw AnalysisError(message.str());
  }

  OrthogonalCell result;
  result.vectors << edges->x.indices, edges->y.indices, z.indices;
  result.misfit = edges->misfit;
  const Eigen::Matrix3d oblique = cell * result.vectors;
  const Eigen::Vector3d lengths(edges->x.length, edges->y.length, z.length);
  const auto angle = [&](int i, int j)
  { return std::acos(oblique.col(i).dot(oblique.col(j)) / (lengths[i] * lengths[j])) * 180.0 / Pi; };
  result.anglesDeg = {angle(1, 2), angle(2, 0), angle(0, 1)};

  auto & made = result.structure;
  made = structure;
  made.atoms.clear();
  made.cellA = lengths.asDiagonal();
  // All copies of the crystal's cell that may reach into the new one.
  const Eigen::Matrix3d toNew = oblique.inverse();
  Eigen::Vector3d lowest = Eigen::Vector3d::Zero();
  Eigen::Vector3d highest = Eigen::Vector3d::Zero();
  for (int corner = 0; corner < 8; ++corner)
  {
    const Eigen::Vector3d place = result.vectors * Eigen::Vector3d(corner & 1, corner >> 1 & 1, corner >> 2 & 1);
    lowest = lowest.cwiseMin(place);
    highest = highest.cwiseMax(place);
  }
  lowest = lowest.array().floor() - 1.0;
  highest = highest.array().ceil();
  const double ratio = std::abs(oblique.determinant() / cell.determinant());
  const double expected = static_cast<double>(structure.atoms.size()) * ratio;
  if (expected > static_cast<double>(MaximumAtoms))
  {
    throw AnalysisError("the orthogonal cell would hold " + std::to_string(expected) + " atoms, expected at most " +
                        std::to_string(MaximumAtoms));
  }
  const double edge = 1e-3 / lengths.maxCoeff(); // an atom on the border is inside at one side only
  for (double i = lowest.x(); i <= highest.x(); ++i)
  {
    for (double j = lowest.y(); j <= highest.y(); ++j)
    {
      for (double k = lowest.z(); k <= highest.z(); ++k)
      {
        for (auto atom : structure.atoms)
        {
          const Eigen::Vector3d inCell = WrapFraction(inverse * atom.positionA) + Eigen::Vector3d(i, j, k);
          const Eigen::Vector3d fraction = toNew * (cell * inCell);
          if ((fraction.array() >= -edge).all() && (fraction.array() < 1.0 - edge).all())
          {
            atom.positionA = lengths.cwiseProduct(WrapFraction(fraction));
            made.atoms.push_back(atom);
          }
        }
      }
    }
  }
  if (std::llround(expected) != static_cast<long long>(made.atoms.size()))
  {
    throw AnalysisError((structure.title.empty() ? "structure" : structure.title) + ": " +
                        std::to_string(made.atoms.size()) + " atoms in the orthogonal cell, expected " +
                        std::to_string(expected) + ": the crystal does not repeat exactly");
  }
  std::ostringstream text;
  text << "orthogonal cell " << lengths.x() << " x " << lengths.y() << " x " << lengths.z() << " A, x along "
       << Indices(edges->x.indices) << ", y along " << Indices(edges->y.indices) << ", z along " << Indices(z.indices);
  if (result.misfit > 1e-6)
  {
    text << "; angles of " << result.anglesDeg.x() << ", " << result.anglesDeg.y() << ", " << result.anglesDeg.z()
         << " degrees were straightened (largest shear " << result.misfit << ")";
    made.warnings.push_back("The " + text.str());
  }
  result.description = text.str();
  return result;
}

Eigen::Vector3i
CountCells(const CrystalStructure & structure, const Eigen::Vector3d & sizeA)
{
  CheckForSimulation(structure);
  Eigen::Vector3i counts;
  for (int axis = 0; axis < 3; ++axis)
  {
    const double count = std::max(std::round(sizeA[axis] / structure.cellA(axis, axis)), 1.0);
    if (!(count < 1e6))
    {
      throw UsageError("size: found " + std::to_string(0.1 * sizeA[axis]) + " nm, expected less than a million cells");
    }
    counts[axis] = static_cast<int>(count);
  }
  if (counts.cast<double>().prod() * static_cast<double>(structure.atoms.size()) > static_cast<double>(MaximumAtoms))
  {
    throw UsageError("size: found " + std::to_string(counts.x()) + " x " + std::to_string(counts.y()) + " x " +
                     std::to_string(counts.z()) + " cells of " + std::to_string(structure.atoms.size()) +
                     " atoms, expected at most " + std::to_string(MaximumAtoms) + " atoms in all");
  }
  return counts;
}
} // namespace ferro
