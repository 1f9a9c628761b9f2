#include "ferroCrystalStructure.h"

#include "ferroElements.h"
#include "ferroErrors.h"

#include <cmath>

namespace ferro
{
void
CheckForSimulation(const CrystalStructure & structure)
{
  const std::string name = structure.title.empty() ? "structure" : structure.title;
  if (structure.atoms.empty())
  {
    throw AnalysisError(name + ": no atoms, nothing to simulate");
  }
  for (int column = 0; column < 3; ++column)
  {
    for (int row = 0; row < 3; ++row)
    {
      const double value = structure.cellA(row, column);
      const bool good = row == column ? std::isfinite(value) && value > 0.0 : std::abs(value) < 1e-6;
      if (!good)
      {
        throw AnalysisError(name + ": component " + std::string(1, "xyz"[row]) + " of cell vector " +
                            std::string(1, "abc"[column]) + " is " + std::to_string(value) +
                            " A, expected an orthogonal cell along x, y, z");
      }
    }
  }
  for (std::size_t n = 0; n < structure.atoms.size(); ++n)
  {
    const auto & atom = structure.atoms[n];
    const std::string where = name + ": atom " + std::to_string(n + 1);
    if (atom.atomicNumber < 1 || atom.atomicNumber > LargestAtomicNumber)
    {
      throw AnalysisError(where + ": atomic number " + std::to_string(atom.atomicNumber) + ", expected 1 to " +
                          std::to_string(LargestAtomicNumber));
    }
    if (!atom.positionA.allFinite())
    {
      throw AnalysisError(where + ": the position is not a number");
    }
    if (!(atom.occupancy > 0.0 && atom.occupancy <= 1.0))
    {
      throw AnalysisError(where + ": occupancy " + std::to_string(atom.occupancy) + ", expected above 0, at most 1");
    }
  }
}

CrystalStructure
Repeat(const CrystalStructure & structure, const Eigen::Vector3i & counts)
{
  if ((counts.array() < 1).any())
  {
    throw UsageError("number of cells: " + std::to_string(counts.minCoeff()) + ", expected at least 1 along each axis");
  }
  CrystalStructure result = structure;
  result.cellA = structure.cellA * counts.cast<double>().asDiagonal();
  result.atoms.clear();
  result.atoms.reserve(structure.atoms.size() * static_cast<std::size_t>(counts.prod()));
  for (int k = 0; k < counts.z(); ++k)
  {
    for (int j = 0; j < counts.y(); ++j)
    {
      for (int i = 0; i < counts.x(); ++i)
      {
        const Eigen::Vector3d shift = structure.cellA * Eigen::Vector3d(i, j, k);
        for (auto atom : structure.atoms)
        {
          atom.positionA += shift;
          result.atoms.push_back(atom);
        }
      }
    }
  }
  return result;
}
} // namespace ferro
