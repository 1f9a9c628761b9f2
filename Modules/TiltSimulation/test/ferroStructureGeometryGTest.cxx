#include "ferroErrors.h"
#include "ferroStructureGeometry.h"
#include "ferroStructurePresets.h"
#include "ferroStructureReader.h"
#include "ferroTestStructures.h"

#include <Eigen/LU>
#include <gtest/gtest.h>

#include <cmath>

namespace
{
ferro::CrystalStructure
ReadPreset(const std::string & name)
{
  return ferro::ReadStructure(ferro::FindStructure(name));
}

std::string
MessageOf(const ferro::CrystalStructure & structure, const ferro::OrthogonalCellOptions & options)
{
  try
  {
    ferro::MakeOrthogonalCell(structure, options);
  }
  catch (const ferro::Error & error)
  {
    return error.GetMessage();
  }
  return "no error";
}

// Same surroundings before and after: the distances from one atom of the kind to its nearest of another.
void
ExpectSameNeighbours(const ferro::CrystalStructure & l, const ferro::CrystalStructure & r, int from, int to,
                     double tolerance)
{
  const auto first = [from](const ferro::CrystalStructure & structure)
  {
    std::size_t n = 0;
    while (structure.atoms.at(n).atomicNumber != from)
    {
      ++n;
    }
    return n;
  };
  const auto before = NearestDistances(l, first(l), to, 6);
  const auto after = NearestDistances(r, first(r), to, 6);
  for (std::size_t n = 0; n < 6; ++n)
  {
    EXPECT_NEAR(before[n], after[n], tolerance);
  }
}
} // namespace

TEST(StructureGeometry, CubicZoneAxes)
{
  const auto crystal = ReadPreset("SrTiO3");
  const double a = 3.9053;
  struct Case
  {
    Eigen::Vector3d axis;
    Eigen::Vector3d edges;
    std::size_t atoms;
  };
  // Textbook cells of a primitive cubic lattice.
  const Case cases[] = {{{1, 0, 0}, {a, a, a}, 5},
                        {{0, 0, 2}, {a, a, a}, 5},
                        {{1, 1, 0}, {a, a * std::sqrt(2.0), a * std::sqrt(2.0)}, 10},
                        {{1, 1, 1}, {a * std::sqrt(2.0), a * std::sqrt(6.0), a * std::sqrt(3.0)}, 30},
                        {{2, 1, 0}, {a, a * std::sqrt(5.0), a * std::sqrt(5.0)}, 25}};
  for (const auto & expected : cases)
  {
    ferro::OrthogonalCellOptions options;
    options.zoneAxis = expected.axis;
    const auto cell = ferro::MakeOrthogonalCell(crystal, options);
    EXPECT_LT((cell.structure.cellA.diagonal() - expected.edges).norm(), 1e-9) << cell.description;
    EXPECT_EQ(cell.structure.atoms.size(), expected.atoms);
    EXPECT_LT(cell.misfit, 1e-9);
    EXPECT_GT(cell.vectors.determinant(), 0.0);
    ExpectSameNeighbours(crystal, cell.structure, 22, 8, 1e-9);
    ExpectSameNeighbours(crystal, cell.structure, 38, 22, 1e-9);
    EXPECT_NO_THROW(ferro::CheckForSimulation(cell.structure));
    EXPECT_TRUE(cell.structure.warnings.empty());
  }
}

TEST(StructureGeometry, GivenDirectionOfX)
{
  ferro::OrthogonalCellOptions options;
  options.xAxis = Eigen::Vector3d(1.0, 1.0, 0.0);
  const auto cell = ferro::MakeOrthogonalCell(ReadPreset("SrTiO3"), options);
  EXPECT_NEAR(cell.structure.cellA(0, 0), 3.9053 * std::sqrt(2.0), 1e-9);
  EXPECT_NEAR(cell.structure.cellA(1, 1), 3.9053 * std::sqrt(2.0), 1e-9);
  EXPECT_EQ(cell.structure.atoms.size(), 10u);
  options.xAxis = Eigen::Vector3d(1.0, 1.0, 1.0); // not perpendicular to z
  EXPECT_NE(MessageOf(ReadPreset("SrTiO3"), options).find("no orthogonal cell"), std::string::npos);
}

TEST(StructureGeometry, FindsTheCentring)
{
  // Doubled cells have the same smallest orthogonal cell as the single one.
  const auto crystal = ReadPreset("PbTiO3");
  const auto cell = ferro::MakeOrthogonalCell(ferro::Repeat(crystal, {2, 1, 3}), {});
  EXPECT_EQ(cell.structure.atoms.size(), 5u);
  EXPECT_LT((cell.structure.cellA.diagonal() - crystal.cellA.diagonal()).norm(), 1e-9);
  ExpectSameNeighbours(crystal, cell.structure, 22, 8, 1e-9);
}

TEST(StructureGeometry, KeepsTheEdgesOfACellThatIsOrthogonal)
{
  const auto crystal = ReadPreset("BiFeO3-pc");
  const auto cell = ferro::MakeOrthogonalCell(crystal, {});
  EXPECT_LT((cell.vectors - Eigen::Matrix3d::Identity()).norm(), 1e-9) << cell.description;
  ASSERT_EQ(cell.structure.atoms.size(), 40u);
  // The smaller one, along the face diagonals, can be asked for.
  ferro::OrthogonalCellOptions options;
  options.xAxis = Eigen::Vector3d(1.0, 1.0, 0.0);
  EXPECT_EQ(ferro::MakeOrthogonalCell(crystal, options).structure.atoms.size(), 20u);
}

TEST(StructureGeometry, RhombohedralCrystalIsStraightenedAndSaysSo)
{
  const auto crystal = ReadPreset("BiFeO3");
  // Pseudo-cubic edges are (-4 -2 1) / 6 and so on in hexagonal axes (obverse): a third of a along the plane, at 120
  // degrees to each other, and c / 6 up.
  ferro::OrthogonalCellOptions options;
  options.zoneAxis = Eigen::Vector3d(-4.0, -2.0, 1.0);
  const auto cell = ferro::MakeOrthogonalCell(crystal, options);
  const double a = 5.57882;
  const double c = 13.86932;
  const double square = a * a / 3.0 + c * c / 36.0;
  const double product = -a * a / 6.0 + c * c / 36.0;
  EXPECT_NEAR(cell.misfit, product / square, 1e-6) << cell.description; // 0.0099: 89.43 degrees
  for (int axis = 0; axis < 3; ++axis)
  {
    EXPECT_NEAR(cell.structure.cellA(axis, axis), 2.0 * std::sqrt(square), 1e-6);
    EXPECT_NEAR(std::abs(cell.anglesDeg[axis] - 90.0), 0.569, 0.002);
  }
  EXPECT_EQ(cell.structure.atoms.size(), 40u);
  ExpectSameNeighbours(crystal, cell.structure, 26, 8, 0.03);
  ASSERT_EQ(cell.structure.warnings.size(), 1u);
  EXPECT_NE(cell.structure.warnings[0].find("straightened"), std::string::npos);
  options.largestMisfit = 0.001;
  options.longestEdgeA = 10.0;
  EXPECT_NE(MessageOf(crystal, options).find("there is one with a misfit of"), std::string::npos);
}

TEST(StructureGeometry, RefusesWhatIsNoDirection)
{
  const auto crystal = ReadPreset("SrTiO3");
  ferro::OrthogonalCellOptions options;
  options.zoneAxis.setZero();
  EXPECT_THROW(ferro::MakeOrthogonalCell(crystal, options), ferro::UsageError);
  options.zoneAxis = {0.5, 0.0, 1.0};
  EXPECT_THROW(ferro::MakeOrthogonalCell(crystal, options), ferro::UsageError);
  EXPECT_THROW(ferro::MakeOrthogonalCell(ferro::CrystalStructure(), {}), ferro::AnalysisError);
  auto flat = crystal;
  flat.cellA.col(2).setZero();
  EXPECT_THROW(ferro::MakeOrthogonalCell(flat, {}), ferro::AnalysisError);
}

TEST(StructureGeometry, ShiftsTurnsAndCounts)
{
  auto structure = ferro::Repeat(ReadPreset("PbTiO3"), {2, 1, 1});
  const auto original = structure;
  ferro::Shift(structure, {1.0, -3.0, 4.0});
  for (const auto & atom : structure.atoms)
  {
    const Eigen::Vector3d fraction = structure.cellA.inverse() * atom.positionA;
    EXPECT_TRUE((fraction.array() >= 0.0).all() && (fraction.array() < 1.0).all());
  }
  ExpectSameNeighbours(original, structure, 22, 8, 1e-9);
  auto turned = original;
  turned.atoms[0].positionA = {1.0, 0.5, 0.0};
  ferro::RotateQuarterTurns(turned, 1);
  EXPECT_NEAR(turned.cellA(0, 0), 3.902, 1e-9);
  EXPECT_NEAR(turned.cellA(1, 1), 7.804, 1e-9);
  // One to the right, a half down: turned counter-clockwise a half to the right, one up.
  EXPECT_LT((turned.atoms[0].positionA - Eigen::Vector3d(0.5, 7.804 - 1.0, 0.0)).norm(), 1e-9);
  ferro::RotateQuarterTurns(turned, -1);
  EXPECT_LT((turned.atoms[0].positionA - Eigen::Vector3d(1.0, 0.5, 0.0)).norm(), 1e-9);
  EXPECT_EQ(ferro::CountCells(original, {40.0, 40.0, 0.0}), Eigen::Vector3i(5, 10, 1));
  EXPECT_THROW(ferro::CountCells(original, {1e5, 1e5, 1e5}), ferro::UsageError);
}
