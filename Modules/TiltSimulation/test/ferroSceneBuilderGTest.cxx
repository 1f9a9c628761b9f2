#include "ferroErrors.h"
#include "ferroSceneBuilder.h"
#include "ferroStructureGeometry.h"
#include "ferroStructurePresets.h"
#include "ferroStructureReader.h"
#include "ferroTestStructures.h"

#include <gtest/gtest.h>

#include <cmath>

namespace
{
ferro::PerovskiteCell
CellOf(const std::string & name)
{
  return ferro::MakePerovskiteCell(ferro::ReadStructure(ferro::FindStructure(name)));
}

// Mean projected position of the atoms of an element within 0.7 Angstrom, and how many there are.
std::pair<Eigen::Vector2d, int>
FindColumn(const ferro::CrystalStructure & structure, const Eigen::Vector2d & place, int atomicNumber)
{
  Eigen::Vector2d sum = Eigen::Vector2d::Zero();
  int count = 0;
  for (const auto & atom : structure.atoms)
  {
    if (atom.atomicNumber == atomicNumber && (atom.positionA.head<2>() - place).norm() < 0.7)
    {
      sum += atom.positionA.head<2>();
      ++count;
    }
  }
  return {sum / count, count};
}
} // namespace

TEST(SceneBuilder, KnowsPerovskites)
{
  const auto bfo = CellOf("BiFeO3");
  EXPECT_EQ(bfo.name, "BiFeO3");
  EXPECT_EQ(bfo.atomicNumberA, 83);
  EXPECT_EQ(bfo.atomicNumberB, 26);
  EXPECT_NEAR(bfo.latticeA, std::cbrt(373.83 / 6.0), 1e-3);
  EXPECT_NEAR(bfo.rmsB, std::sqrt(0.0047), 1e-9);
  EXPECT_NEAR(CellOf("BiFeO3-pc").latticeA, 3.98460, 1e-5);
  const auto sto = CellOf("SrTiO3");
  EXPECT_EQ(sto.atomicNumberA, 38);
  EXPECT_EQ(sto.atomicNumberB, 22);
  EXPECT_NEAR(sto.latticeA, 3.9053, 1e-9);
  ferro::CrystalStructure salt;
  salt.atoms.resize(2);
  salt.atoms[0].atomicNumber = 11;
  salt.atoms[1].atomicNumber = 17;
  EXPECT_THROW(ferro::MakePerovskiteCell(salt), ferro::AnalysisError);
}

TEST(SceneBuilder, WithoutDisplacementIsTheCrystal)
{
  ferro::SceneParameters p;
  p.film = CellOf("SrTiO3");
  p.widthA = 12.0;
  p.heightA = 8.0;
  p.thicknessA = 7.0;
  p.displacementPm = 0.0;
  auto scene = ferro::BuildScene(p);
  EXPECT_EQ(scene.cells, Eigen::Vector3i(3, 2, 2));
  const auto crystal = ferro::Repeat(ferro::ReadStructure(ferro::FindStructure("SrTiO3")), {3, 2, 2});
  ASSERT_EQ(scene.structure.atoms.size(), crystal.atoms.size());
  EXPECT_TRUE(scene.structure.cellA.isApprox(crystal.cellA, 1e-12));
  EXPECT_NO_THROW(ferro::CheckForSimulation(scene.structure));
  ferro::Shift(scene.structure, Eigen::Vector3d::Constant(-0.25 * 3.9053));
  for (const auto & atom : crystal.atoms)
  {
    double nearest = 1e9;
    for (const auto & other : scene.structure.atoms)
    {
      Eigen::Vector3d difference = (other.positionA - atom.positionA).cwiseQuotient(crystal.cellA.diagonal());
      difference -= difference.array().round().matrix();
      nearest = std::min(nearest, other.atomicNumber == atom.atomicNumber ? difference.norm() : 1e9);
    }
    EXPECT_LT(nearest, 1e-9);
  }
}

// With the displacement of the R3c structure the cation columns are those of the real one.
TEST(SceneBuilder, UniformFilmHasTheColumnsOfPseudoCubicBismuthFerrite)
{
  ferro::SceneParameters p;
  p.film = CellOf("BiFeO3-pc");
  p.widthA = p.heightA = 8.0;
  p.domains = ferro::DomainPattern::Uniform;
  p.displacementPm = -100.0 * 3.984596034 * 2.0 * (0.25 - 0.2212);
  auto scene = ferro::BuildScene(p);
  auto crystal = ferro::ReadStructure(ferro::FindStructure("BiFeO3-pc"));
  const double quarter = 0.25 * scene.latticeA;
  for (const auto & atom : crystal.atoms)
  {
    Eigen::Vector2d place = atom.positionA.head<2>() + Eigen::Vector2d::Constant(quarter);
    if (atom.atomicNumber != 8)
    {
      const auto [mean, count] = FindColumn(scene.structure, place, atom.atomicNumber);
      EXPECT_EQ(count, 1);
      EXPECT_LT((mean - place).norm(), 1e-4); // the file has six decimals
    }
  }
}

// The truth against the atoms themselves: B minus the mean of the four A, averaged over the depth.
TEST(SceneBuilder, TruthIsWhatTheAtomsSay)
{
  ferro::SceneParameters p;
  p.film = CellOf("BiFeO3-pc");
  p.substrate = CellOf("SrTiO3");
  p.secondPhase = CellOf("PbTiO3");
  p.widthA = 48.0;
  p.heightA = 32.0;
  p.thicknessA = 40.0;
  p.wallWidthA = 6.0;
  for (const auto pattern : {ferro::DomainPattern::Wall109, ferro::DomainPattern::Wall71, ferro::DomainPattern::Wall180,
                             ferro::DomainPattern::Vortex, ferro::DomainPattern::Gradient})
  {
    p.domains = pattern;
    const auto scene = ferro::BuildScene(p);
    EXPECT_EQ(scene.structure.atoms.size(), 5u * static_cast<std::size_t>(scene.cells.prod()));
    ASSERT_EQ(scene.columns.size(), 2u * static_cast<std::size_t>(scene.cells.x() * scene.cells.y()));
    const auto columnOf = [&](std::size_t n, int i, int j) -> const ferro::SceneColumn &
    { return scene.columns[n + static_cast<std::size_t>(j * scene.cells.x() + i)]; };
    int polar = 0;
    for (const auto & column : scene.columns)
    {
      const auto & material = column.region == ferro::SpecimenRegion::Film        ? p.film
                              : column.region == ferro::SpecimenRegion::Substrate ? *p.substrate
                                                                                  : *p.secondPhase;
      const bool isA = column.sublattice == ferro::Sublattice::A;
      const auto [mean, count] =
        FindColumn(scene.structure, column.positionA, isA ? material.atomicNumberA : material.atomicNumberB);
      EXPECT_EQ(count, scene.cells.z());
      EXPECT_LT((mean - column.positionA).norm(), 1e-9);
      if (!isA && column.i + 1 < scene.cells.x() && column.j + 1 < scene.cells.y())
      {
        const Eigen::Vector2d middle =
          0.25 * (columnOf(0, column.i, column.j).positionA + columnOf(0, column.i + 1, column.j).positionA +
                  columnOf(0, column.i, column.j + 1).positionA + columnOf(0, column.i + 1, column.j + 1).positionA);
        EXPECT_LT((column.positionA - middle - column.displacementA).norm(), 1e-9);
        polar += column.displacementA.norm() > 0.05;
        EXPECT_TRUE(column.region != ferro::SpecimenRegion::Substrate || column.displacementA.isZero());
      }
    }
    EXPECT_GT(polar, 30);
  }
}

TEST(SceneBuilder, InclinedWallIsSmearedAsTheFormulaSays)
{
  ferro::SceneParameters p;
  p.film = CellOf("BiFeO3-pc");
  p.widthA = 120.0;
  p.heightA = 8.0;
  p.thicknessA = 60.0;
  p.domains = ferro::DomainPattern::Wall71;
  const auto scene = ferro::BuildScene(p);
  // Far from the wall (p, -p) and (p, p), and across it a slope of 2 p over the thickness.
  const auto count = static_cast<std::size_t>(scene.cells.x());
  const auto * row = &scene.columns[scene.columns.size() / 2];
  EXPECT_NEAR(row[0].displacementA.y(), -0.3, 1e-6);
  EXPECT_NEAR(row[count - 1].displacementA.y(), 0.3, 1e-6);
  EXPECT_NEAR(row[0].displacementA.x(), 0.3, 1e-12);
  const double slope = (row[count / 2 + 4].displacementA.y() - row[count / 2 - 4].displacementA.y()) /
                       (row[count / 2 + 4].positionA.x() - row[count / 2 - 4].positionA.x());
  EXPECT_NEAR(slope, 0.6 / (scene.cells.z() * scene.latticeA), 0.0005);
}

TEST(SceneBuilder, OxygenMovesByTheRatio)
{
  ferro::SceneParameters p;
  p.film = CellOf("PbTiO3");
  p.widthA = p.heightA = 8.0;
  p.domains = ferro::DomainPattern::Uniform;
  const auto still = [&]
  {
    auto copy = p;
    copy.displacementPm = 0.0;
    return ferro::BuildScene(copy);
  }();
  // Ratio from the structure itself: mean shift of oxygen against that of titanium.
  EXPECT_NEAR(ferro::GetOxygenRatio(p.film), (0.1118 + 2.0 * 0.1174) / 3.0 / 0.0377, 0.1);
  EXPECT_NEAR(ferro::GetOxygenRatio(CellOf("BiFeO3")), (1.0 - 0.95183) / (0.25 - 0.22021), 0.05);
  EXPECT_EQ(ferro::GetOxygenRatio(CellOf("SrTiO3")), 0.0);
  p.oxygenRatio = 2.0;
  p.displacementPm = 10.0;
  const auto moved = ferro::BuildScene(p);
  for (std::size_t n = 0; n < moved.structure.atoms.size(); ++n)
  {
    const Eigen::Vector3d shift = moved.structure.atoms[n].positionA - still.structure.atoms[n].positionA;
    const double expected = moved.structure.atoms[n].atomicNumber == 8    ? 0.2
                            : moved.structure.atoms[n].atomicNumber == 22 ? 0.1
                                                                          : 0.0;
    EXPECT_LT((shift - Eigen::Vector3d(expected, expected, 0.0)).norm(), 1e-12);
  }
}

TEST(SceneBuilder, RefusesWhatMakesNoFilm)
{
  ferro::SceneParameters p;
  p.film = CellOf("BiFeO3-pc");
  const auto refuses = [](const ferro::SceneParameters & parameters)
  { EXPECT_THROW(ferro::BuildScene(parameters), ferro::UsageError); };
  auto bad = p;
  bad.widthA = -1.0;
  refuses(bad);
  bad = p;
  bad.heightA = std::nan("");
  refuses(bad);
  bad = p;
  bad.displacementPm = 200.0;
  refuses(bad);
  bad = p;
  bad.substrate = CellOf("SrTiO3");
  bad.substrateFraction = 1.0;
  refuses(bad);
  bad = p;
  bad.widthA = bad.heightA = 9000.0;
  bad.thicknessA = 9000.0;
  refuses(bad);
}
