#ifndef ferroReferenceFixture_h
#define ferroReferenceFixture_h

#include "ferroStemSimulationSource.h"
#include "ferroTestArrays.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>

/** Tests against the data of independent programs; skipped where they are not. */
class Reference : public testing::Test
{
protected:
  void
  SetUp() override
  {
    const auto folder = GetReferenceFolder();
    if (!folder)
    {
      GTEST_SKIP() << "FERROSCOPE_SHARED_DATA is not set, or has no folder multislice";
    }
    m_Folder = *folder;
  }

  nlohmann::json
  ReadJson(const char * name) const
  {
    std::ifstream stream(m_Folder / name);
    return nlohmann::json::parse(stream);
  }

  std::filesystem::path m_Folder;
};

/** Edge of the pseudo-cubic cell of the reference, Angstrom. */
inline constexpr double CellA = 3.9845960341740483;

/** All positions of the reference, which takes minutes; else a few. */
inline bool
IsLong()
{
  const char * wanted = std::getenv("FERROSCOPE_LONG_TESTS");
  return wanted && *wanted;
}

// The positions of a configuration are displaced already.
inline ferro::StemSimulationParameters
MakeReferenceParameters(const ferro::CrystalStructure & structure, int slices)
{
  ferro::StemSimulationParameters parameters;
  parameters.motion = ferro::ThermalMotion::Still;
  parameters.sliceThicknessA = structure.cellA(2, 2) / slices;
  parameters.samplesX = parameters.samplesY = 512;
  parameters.detectors = ferro::ParseDetectors("haadf:65-250,adf:30-65,bf:0-30");
  parameters.method = ferro::SimulationMethod::Multislice;
  return parameters;
}

// A line along x over the column at CellA, CellA.
inline ferro::StemSimulationParameters
MakeLineParameters(const ferro::CrystalStructure & structure, std::size_t stride, std::size_t positions)
{
  auto parameters = MakeReferenceParameters(structure, 502);
  parameters.thicknessesA = {99.6, 199.2, 498.1, 1000.1};
  parameters.tilts = {{0.0, 0.0}, {10.0, 0.0}, {20.0, 0.0}, {30.0, 0.0}};
  parameters.scanOriginA = Eigen::Vector2d(CellA, CellA);
  parameters.scanX = static_cast<int>(positions);
  parameters.scanStepA = Eigen::Vector2d(static_cast<double>(stride) * CellA / 20.0, 0.0);
  return parameters;
}

#endif
