#include "ferroElectron.h"
#include "ferroElements.h"
#include "ferroErrors.h"
#include "ferroProjectedPotential.h"

#include <gtest/gtest.h>

#include <cmath>

namespace
{
constexpr double Pi = 3.14159265358979323846;
using ferro::ScatteringModel;
} // namespace

// Two independent fits, and what both must tend to: far out the electron sees the bare nucleus (Mott and Bethe),
// q^2 f -> Z / (2 pi^2 a0). A wrong digit in a table shows in one or the other.
TEST(ScatteringFactors, TablesAgreeAndTendToTheNucleus)
{
  for (int z = 1; z <= ferro::LargestAtomicNumber; ++z)
  {
    const double nucleus = z / (2.0 * Pi * Pi * ferro::BohrRadiusA);
    constexpr double far = 1e4;
    EXPECT_NEAR(ferro::GetScatteringFactor(ScatteringModel::Lobato, z, far) * far * far / nucleus, 1.0, 1e-3) << z;
    EXPECT_NEAR(ferro::GetScatteringFactor(ScatteringModel::Kirkland, z, far) * far * far / nucleus, 1.0, 0.1) << z;
    for (const auto & [q, tolerance] :
         {std::pair{0.1, 0.1}, std::pair{0.25, 0.06}, std::pair{0.5, 0.03}, std::pair{1.0, 0.02}, std::pair{2.0, 0.02},
          std::pair{4.0, 0.02}, std::pair{8.0, 0.02}})
    {
      EXPECT_NEAR(ferro::GetScatteringFactor(ScatteringModel::Kirkland, z, q) /
                    ferro::GetScatteringFactor(ScatteringModel::Lobato, z, q),
                  1.0, tolerance)
        << z << " at " << q;
    }
  }
}

TEST(ScatteringFactors, UnknownElements)
{
  EXPECT_TRUE(ferro::HasElement(ScatteringModel::Kirkland, 103));
  EXPECT_FALSE(ferro::HasElement(ScatteringModel::Lobato, 104));
  EXPECT_FALSE(ferro::HasElement(ScatteringModel::Kirkland, 0));
  EXPECT_THROW(ferro::GetScatteringFactor(ScatteringModel::Kirkland, 104, 1.0), ferro::AnalysisError);
  EXPECT_THROW(ferro::GetAtomProjectedPotential(ScatteringModel::Lobato, -1, 1.0), ferro::AnalysisError);
}

// The potential on the grid, built in frequency, against the closed form in space. A little thermal motion takes away
// the ripples of the largest frequency and changes nothing else at these distances.
TEST(ProjectedPotential, IsThatOfTheAtom)
{
  const ferro::WaveGrid grid(512, 512, 16.0, 16.0);
  ferro::StructureAtom atom;
  atom.atomicNumber = 26;
  atom.positionA = Eigen::Vector3d(8.0 + 0.013, 8.0, 0.0); // between samples
  atom.displacementRmsA = 0.035;
  for (const auto model : {ScatteringModel::Kirkland, ScatteringModel::Lobato})
  {
    const ferro::ProjectedPotential potential(grid, model, {atom}, true);
    const auto volts = potential.Compute({atom});
    const auto at = [&](int x, int y) { return static_cast<double>(volts[static_cast<std::size_t>(y * 512 + x)]); };
    for (const auto & [x, y] : {std::pair{270, 256}, std::pair{256, 275}, std::pair{240, 244}, std::pair{290, 260}})
    {
      const double exact = ferro::GetAtomProjectedPotential(
        model, 26, std::hypot(x * 16.0 / 512 - atom.positionA.x(), y * 16.0 / 512 - atom.positionA.y()));
      EXPECT_NEAR(at(x, y), exact, 0.012 * exact) << x << " " << y;
    }
  }
}

TEST(ProjectedPotential, DampingNeedsDisplacements)
{
  const ferro::WaveGrid grid(64, 64, 8.0, 8.0);
  ferro::StructureAtom atom;
  atom.atomicNumber = 8;
  EXPECT_NO_THROW(ferro::ProjectedPotential(grid, ScatteringModel::Kirkland, {atom}, false));
  EXPECT_THROW(ferro::ProjectedPotential(grid, ScatteringModel::Kirkland, {atom}, true), ferro::AnalysisError);
}

// Damping is the mean over Gaussian displacements: the potential folded with a Gaussian of that width.
TEST(ProjectedPotential, DampingIsAFoldWithAGaussian)
{
  const ferro::WaveGrid grid(128, 128, 8.0, 8.0);
  ferro::StructureAtom atom;
  atom.atomicNumber = 22;
  atom.positionA = Eigen::Vector3d(4.0, 4.0, 0.0);
  atom.displacementRmsA = 0.2;
  const auto sharp = ferro::ProjectedPotential(grid, ScatteringModel::Lobato, {atom}, false).Compute({atom});
  const auto damped = ferro::ProjectedPotential(grid, ScatteringModel::Lobato, {atom}, true).Compute({atom});
  for (const auto & [px, py] : {std::pair{64, 64}, std::pair{68, 62}, std::pair{80, 64}})
  {
    double sum = 0.0;
    double weights = 0.0;
    for (int y = 0; y < 128; ++y)
    {
      for (int x = 0; x < 128; ++x)
      {
        const double r2 = std::pow((x - px) / 16.0, 2) + std::pow((y - py) / 16.0, 2);
        const double weight = std::exp(-r2 / (2.0 * 0.04));
        sum += weight * static_cast<double>(sharp[static_cast<std::size_t>(y * 128 + x)]);
        weights += weight;
      }
    }
    const double expected = sum / weights;
    EXPECT_NEAR(static_cast<double>(damped[static_cast<std::size_t>(py * 128 + px)]), expected, 1e-3 * expected);
  }
}
