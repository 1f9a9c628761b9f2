#include "ferroErrors.h"
#include "ferroStructurePresets.h"
#include "ferroStructureReader.h"
#include "ferroTestArrays.h"
#include "ferroTestStructures.h"

#include <Eigen/LU>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>

namespace
{
ferro::CrystalStructure
ReadPreset(const std::string & name)
{
  return ferro::ReadStructure(ferro::FindStructure(name));
}

// Standard atomic weights (IUPAC 2018, abridged).
double
MassOf(int atomicNumber)
{
  switch (atomicNumber)
  {
    case 8:
      return 15.999;
    case 22:
      return 47.867;
    case 26:
      return 55.845;
    case 38:
      return 87.62;
    case 56:
      return 137.33;
    case 82:
      return 207.2;
    case 83:
      return 208.98;
    default:
      return std::nan("");
  }
}

double
DensityOf(const ferro::CrystalStructure & structure)
{
  double mass = 0.0;
  for (const auto & atom : structure.atoms)
  {
    mass += atom.occupancy * MassOf(atom.atomicNumber);
  }
  return mass * 1.66053907 / structure.cellA.determinant(); // g/cm^3
}

std::size_t
FirstOf(const ferro::CrystalStructure & structure, int atomicNumber)
{
  std::size_t n = 0;
  while (structure.atoms.at(n).atomicNumber != atomicNumber)
  {
    ++n;
  }
  return n;
}
} // namespace

TEST(StructurePresets, AreFound)
{
  const auto names = ferro::GetStructurePresets();
  EXPECT_EQ(names, (std::vector<std::string>{"BaTiO3", "BiFeO3", "BiFeO3-pc", "PbTiO3", "SrTiO3"}));
  EXPECT_FALSE(ferro::FindStructurePreset("bifeo3-PC").empty());
  EXPECT_TRUE(ferro::FindStructurePreset("Unobtainium").empty());
  try
  {
    ferro::FindStructure("Unobtainium");
    FAIL();
  }
  catch (const ferro::InputError & error)
  {
    EXPECT_NE(error.GetMessage().find("BiFeO3-pc"), std::string::npos);
  }
  for (const auto & name : names)
  {
    const auto structure = ReadPreset(name);
    EXPECT_FALSE(structure.reference.empty()) << name;
    EXPECT_EQ(structure.warnings.empty(), name != "BaTiO3" && name != "PbTiO3") << name;
  }
}

TEST(StructurePresets, DensitiesAreThePublishedOnes)
{
  EXPECT_NEAR(DensityOf(ReadPreset("BiFeO3")), 8.34, 0.02);  // from X-rays: 8.337 to 8.35 g/cm^3
  EXPECT_NEAR(DensityOf(ReadPreset("SrTiO3")), 5.116, 0.01); // Jauch and Reehuis (2005)
  EXPECT_NEAR(DensityOf(ReadPreset("BaTiO3")), 6.02, 0.02);  // 6.02 g/cm^3 (CRC Handbook)
  EXPECT_NEAR(DensityOf(ReadPreset("PbTiO3")), 7.95, 0.04);  // from X-rays: 7.95 g/cm^3
}

TEST(StructurePresets, BismuthFerriteHasThePublishedBonds)
{
  const auto structure = ReadPreset("BiFeO3");
  ASSERT_EQ(structure.atoms.size(), 30u);
  EXPECT_EQ(CountAtoms(structure, 83), 6.0);
  EXPECT_EQ(CountAtoms(structure, 26), 6.0);
  EXPECT_EQ(CountAtoms(structure, 8), 18.0);
  // F. Kubel and H. Schmid, Acta Cryst. B 46, 698 (1990): Fe-O 1.952 and 2.105, Bi-O 2.270 and 2.509 A, three each.
  const auto fe = NearestDistances(structure, FirstOf(structure, 26), 8, 6);
  const auto bi = NearestDistances(structure, FirstOf(structure, 83), 8, 6);
  for (std::size_t n = 0; n < 3; ++n)
  {
    EXPECT_NEAR(fe[n], 1.952, 0.02);
    EXPECT_NEAR(fe[n + 3], 2.105, 0.02);
    EXPECT_NEAR(bi[n], 2.270, 0.03);
    EXPECT_NEAR(bi[n + 3], 2.509, 0.03);
  }
  EXPECT_NEAR(structure.cellA.determinant(), 373.83, 0.02); // Palewicz et al. (2007)
}

TEST(StructurePresets, TitanatesHaveThePublishedBonds)
{
  const auto sto = ReadPreset("SrTiO3");
  EXPECT_EQ(sto.atoms.size(), 5u);
  for (const double distance : NearestDistances(sto, FirstOf(sto, 22), 8, 6))
  {
    EXPECT_NEAR(distance, 3.9053 / 2.0, 1e-9);
  }
  // R. H. Buttner and E. N. Maslen (1992): Ti-O 1.87, 2.00 (four) and 2.15 A.
  const auto bto = ReadPreset("BaTiO3");
  EXPECT_EQ(bto.atoms.size(), 5u);
  const auto tiBto = NearestDistances(bto, FirstOf(bto, 22), 8, 6);
  EXPECT_NEAR(tiBto[0], 1.87, 0.01);
  EXPECT_NEAR(tiBto[1], 2.00, 0.01);
  EXPECT_NEAR(tiBto[5], 2.15, 0.01);
  // A. M. Glazer and S. A. Mabud, Acta Cryst. B 34, 1065 (1978): Ti-O 1.77 and 2.39, Pb-O 2.52 A.
  const auto pto = ReadPreset("PbTiO3");
  const auto tiPto = NearestDistances(pto, FirstOf(pto, 22), 8, 6);
  EXPECT_NEAR(tiPto[0], 1.77, 0.02);
  EXPECT_NEAR(tiPto[5], 2.39, 0.02);
  EXPECT_NEAR(NearestDistances(pto, FirstOf(pto, 82), 8, 1)[0], 2.52, 0.02);
}

// Projected along z the columns lie where the reference of the simulator says.
TEST(StructurePresets, PseudoCubicBismuthFerriteProjectsAsTheReference)
{
  const auto folder = GetReferenceFolder();
  if (!folder)
  {
    GTEST_SKIP() << "FERROSCOPE_SHARED_DATA is not set, or has no folder multislice";
  }
  const auto reference = nlohmann::json::parse(std::ifstream(*folder / "BFO_structure.json"));
  const auto structure = ReadPreset("BiFeO3-pc");
  ASSERT_EQ(structure.atoms.size(), reference["n_atoms"].get<std::size_t>());
  EXPECT_NEAR(structure.cellA(0, 0), reference["cell"].get<double>(), 1e-8);
  const double cell = reference["a_pc"].get<double>();
  for (const auto & [symbol, atomicNumber] : {std::pair{"Bi", 83}, std::pair{"Fe", 26}, std::pair{"O", 8}})
  {
    for (const auto & atom : structure.atoms)
    {
      double nearest = 1e9;
      for (const auto & column : reference["projected_columns_A"][symbol])
      {
        Eigen::Vector2d difference = (atom.positionA.head<2>() - Eigen::Vector2d(column[0], column[1])) / cell;
        difference -= difference.array().round().matrix();
        nearest = std::min(nearest, cell * difference.norm());
      }
      EXPECT_TRUE(atom.atomicNumber != atomicNumber || nearest < 2e-4) << symbol << ' ' << nearest;
    }
  }
}
