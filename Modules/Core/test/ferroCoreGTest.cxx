#include "ferroAtomColumnSet.h"
#include "ferroCrystal.h"
#include "ferroErrors.h"
#include "ferroImageGeometry.h"
#include "ferroPointLocator.h"

#include "itkMetaDataObject.h"
#include <gtest/gtest.h>

#include <cmath>
#include <random>

TEST(ColumnFlags, WordsGoBothWays)
{
  EXPECT_EQ(ferro::FlagsToString(ferro::FlagNone), "");
  EXPECT_EQ(ferro::FlagsToString(ferro::FlagEdge | ferro::FlagFitFailed), "edge+fit-failed");
  for (std::uint32_t flags = 0; flags < 512; ++flags)
  {
    EXPECT_EQ(ferro::FlagsFromString(ferro::FlagsToString(flags)), flags);
  }
}

TEST(ImageGeometry, SpacingOneMeansNotCalibratedUnlessTheReaderSaysSo)
{
  auto image = ferro::MicrographType::New();
  image->SetRegions(ferro::MicrographType::SizeType{{8, 4}});
  EXPECT_FALSE(ferro::GetImageGeometry(*image).calibrated);
  itk::EncapsulateMetaData<std::string>(image->GetMetaDataDictionary(), ferro::CalibratedKey, "1");
  EXPECT_TRUE(ferro::GetImageGeometry(*image).calibrated);
  image->SetSpacing(ferro::MicrographType::SpacingType(0.02));
  const auto geometry = ferro::GetImageGeometry(*image);
  EXPECT_EQ(geometry.width, 8);
  EXPECT_EQ(geometry.height, 4);
  EXPECT_DOUBLE_EQ(geometry.VectorScale().x(), 20.0);
}

TEST(Crystal, PublishedSpontaneousPolarizationOfBariumTitanate)
{
  // Tetragonal BaTiO3: Ti moves 5 pm against Ba and O together contribute; the Ti part alone of
  // Z* = 7.25, V = 0.0643 nm^3, d = 5 pm is 9.0 uC/cm^2 by hand: 7.25 * 1.602e-19 * 5e-12 / 6.43e-29 * 100.
  EXPECT_NEAR(5.0 * ferro::MicrocoulombPerPicometre(7.25, 0.0643), 9.03, 0.01);
  ASSERT_NE(ferro::FindCrystal("bifeo3"), nullptr);
  EXPECT_EQ(ferro::FindCrystal("Unobtainium"), nullptr);
}

TEST(Crystal, BornChargesAreNeutral)
{
  for (const auto & crystal : ferro::GetCrystals())
  {
    EXPECT_NEAR(crystal.bornChargeA + crystal.bornChargeB + 3 * crystal.bornChargeO, 0.0, 0.06) << crystal.name;
  }
}

TEST(PointLocator, AgreesWithBruteForce)
{
  std::mt19937 generator(7);
  std::uniform_real_distribution<double> uniform(0.0, 100.0);
  std::vector<Eigen::Vector2d> points(500);
  for (auto & point : points)
  {
    point = {uniform(generator), uniform(generator)};
  }
  const ferro::PointLocator locator(points);
  for (int n = 0; n < 50; ++n)
  {
    const Eigen::Vector2d query(uniform(generator), uniform(generator));
    std::size_t inside = 0;
    std::size_t nearest = 0;
    for (std::size_t k = 0; k < points.size(); ++k)
    {
      inside += (points[k] - query).norm() < 9.0;
      if ((points[k] - query).norm() < (points[nearest] - query).norm())
      {
        nearest = k;
      }
    }
    EXPECT_EQ(locator.Nearest(query).first, nearest);
    EXPECT_EQ(locator.Within(query, 9.0).size(), inside);
    EXPECT_EQ(locator.Nearest(query, 5).size(), 5u);
  }
  EXPECT_EQ(ferro::PointLocator({}).Nearest({0, 0}).first, 0u);
}

TEST(Errors, CarryStatusAndSentence)
{
  try
  {
    throw ferro::AnalysisError("no lattice found");
  }
  catch (const itk::ExceptionObject & error)
  {
    const auto * own = dynamic_cast<const ferro::Error *>(&error);
    ASSERT_NE(own, nullptr);
    EXPECT_EQ(own->GetStatus(), ferro::ExitStatus::AnalysisImpossible);
    EXPECT_STREQ(own->GetDescription(), "no lattice found");
  }
}
