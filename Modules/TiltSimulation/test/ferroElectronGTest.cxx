#include "ferroCrystalStructure.h"
#include "ferroElectron.h"
#include "ferroElements.h"
#include "ferroErrors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

// Wavelengths and interaction constants of an independent program (Angstrom, rad/(V Angstrom)).
TEST(Electron, WavelengthAndInteractionConstant)
{
  const double table[][3] = {{80.0, 0.04175716056489365, 0.0010087066046262614},
                             {100.0, 0.037014365951263735, 0.0009243958222223731},
                             {200.0, 0.025079340317328468, 0.0007288401085927866},
                             {300.0, 0.01968748889772767, 0.0006526161464700888}};
  for (const auto & row : table)
  {
    EXPECT_NEAR(ferro::GetWavelengthA(row[0]) / row[1], 1.0, 1e-7);
    EXPECT_NEAR(ferro::GetInteractionConstant(row[0]) / row[2], 1.0, 1e-7);
  }
  EXPECT_THROW(ferro::GetWavelengthA(0.0), ferro::UsageError);
  EXPECT_THROW(ferro::GetInteractionConstant(std::nan("")), ferro::UsageError);
}

TEST(Electron, ScatteringFactorToPotential)
{
  // Kirkland's form of the same constant is 2 pi a0 e with e = 14.3996 V Angstrom (his app. C).
  EXPECT_NEAR(ferro::GetScatteringFactorToPotential(), 2.0 * 3.14159265358979 * 14.39964485 * ferro::BohrRadiusA, 1e-4);
}

TEST(Elements, SymbolsBothWays)
{
  EXPECT_EQ(ferro::GetElementSymbol(1), "H");
  EXPECT_EQ(ferro::GetElementSymbol(83), "Bi");
  EXPECT_EQ(ferro::GetElementSymbol(103), "Lr");
  EXPECT_THROW(ferro::GetElementSymbol(0), std::out_of_range);
  EXPECT_THROW(ferro::GetElementSymbol(104), std::out_of_range);
  for (int z = 1; z <= ferro::LargestAtomicNumber; ++z)
  {
    EXPECT_EQ(ferro::FindElement(ferro::GetElementSymbol(z)), z);
  }
  EXPECT_EQ(ferro::FindElement("FE"), 26);
  EXPECT_EQ(ferro::FindElement("o"), 8);
  EXPECT_EQ(ferro::FindElement("Xx"), 0);
  EXPECT_EQ(ferro::FindElement(""), 0);
}

namespace
{
ferro::CrystalStructure
MakePair()
{
  ferro::CrystalStructure structure;
  structure.cellA = Eigen::Vector3d(4.0, 5.0, 6.0).asDiagonal();
  structure.atoms.resize(2);
  structure.atoms[0].atomicNumber = 83;
  structure.atoms[1].atomicNumber = 8;
  structure.atoms[1].positionA = Eigen::Vector3d(1.0, 2.0, 3.0);
  return structure;
}
} // namespace

TEST(CrystalStructure, Repeats)
{
  const auto many = ferro::Repeat(MakePair(), Eigen::Vector3i(2, 1, 3));
  ASSERT_EQ(many.atoms.size(), 12u);
  EXPECT_EQ(many.cellA.diagonal(), Eigen::Vector3d(8.0, 5.0, 18.0));
  EXPECT_EQ(many.atoms[3].positionA, Eigen::Vector3d(5.0, 2.0, 3.0));
  EXPECT_EQ(many.atoms[11].positionA, Eigen::Vector3d(5.0, 2.0, 15.0));
  EXPECT_THROW(ferro::Repeat(MakePair(), Eigen::Vector3i(2, 0, 3)), ferro::UsageError);
}

TEST(CrystalStructure, SaysWhatCannotBeSimulated)
{
  EXPECT_NO_THROW(ferro::CheckForSimulation(MakePair()));
  auto structure = MakePair();
  structure.atoms.clear();
  EXPECT_THROW(ferro::CheckForSimulation(structure), ferro::AnalysisError);
  structure = MakePair();
  structure.cellA(0, 1) = 0.1;
  EXPECT_THROW(ferro::CheckForSimulation(structure), ferro::AnalysisError);
  structure = MakePair();
  structure.atoms[1].atomicNumber = 104;
  EXPECT_THROW(ferro::CheckForSimulation(structure), ferro::AnalysisError);
  structure = MakePair();
  structure.atoms[1].occupancy = 0.0;
  EXPECT_THROW(ferro::CheckForSimulation(structure), ferro::AnalysisError);
  structure = MakePair();
  structure.atoms[0].positionA.x() = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(ferro::CheckForSimulation(structure), ferro::AnalysisError);
}
