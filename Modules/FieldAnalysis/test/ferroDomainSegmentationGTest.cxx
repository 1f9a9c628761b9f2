#include "ferroDomainSegmentationFilter.h"
#include "ferroFieldScene.h"

#include <gtest/gtest.h>

#include <cmath>

namespace
{
constexpr double Degrees = 57.295779513082320877;

struct Segmented
{
  ferro::DomainMap::Values map;
  std::vector<int> domain;
};

Segmented
Segment(const FieldScene & scene)
{
  auto filter = ferro::DomainSegmentationFilter::New();
  filter->SetInput(scene.cells);
  filter->SetColumns(scene.columns);
  filter->Update();
  Segmented result;
  result.map = filter->GetDomains()->Get();
  for (const auto & cell : filter->GetOutput()->GetCells())
  {
    result.domain.push_back(cell.domain);
  }
  return result;
}

/** (p, p tanh(2 d / w)) with a wall through a place and a tangent at an angle, degrees on the screen. */
FieldScene::Field
MakeWall(double p, double width, double angleDeg, double offset = 0.0)
{
  return [=](const Eigen::Vector2d & r)
  {
    const double t = angleDeg / Degrees;
    const Eigen::Vector2d normal(std::sin(t), std::cos(t)); // y down
    return Eigen::Vector2d(p, p * std::tanh(2.0 * (r.dot(normal) - offset) / width));
  };
}
} // namespace

TEST(DomainSegmentation, OneDirectionIsOneDomainWithoutWalls)
{
  FieldScene::Options options;
  options.errorPm = 8.0;
  for (options.seed = 0; options.seed < 20; ++options.seed)
  {
    const FieldScene scene([](const Eigen::Vector2d &) { return Eigen::Vector2d(30.0, 30.0); }, options);
    const auto result = Segment(scene);
    ASSERT_EQ(result.map.domains.size(), 1u) << options.seed;
    EXPECT_TRUE(result.map.walls.empty());
    EXPECT_EQ(result.map.domains[0].cells, 900);
    EXPECT_DOUBLE_EQ(result.map.domains[0].areaFraction, 1.0);
  }
}

TEST(DomainSegmentation, NothingPolarIsNoDomain)
{
  FieldScene::Options options;
  for (const double error : {1.0, 10.0, 40.0})
  {
    options.errorPm = error;
    for (options.seed = 0; options.seed < 20; ++options.seed)
    {
      const FieldScene scene([](const Eigen::Vector2d &) { return Eigen::Vector2d(0.0, 0.0); }, options);
      const auto result = Segment(scene);
      EXPECT_TRUE(result.map.domains.empty()) << error << ' ' << options.seed;
      EXPECT_EQ(result.map.cellsNotPolar, 900);
      EXPECT_EQ(result.map.description.rfind("not polar", 0), 0u);
    }
  }
}

TEST(DomainSegmentation, MeanOfADomainWithinItsError)
{
  FieldScene::Options options;
  options.errorPm = 8.0;
  double squares = 0.0;
  constexpr int Seeds = 60;
  for (options.seed = 0; options.seed < Seeds; ++options.seed)
  {
    const FieldScene scene([](const Eigen::Vector2d &) { return Eigen::Vector2d(20.0, -30.0); }, options);
    const auto domain = Segment(scene).map.domains.at(0);
    const Eigen::Vector2d z = (domain.mean - Eigen::Vector2d(20.0, -30.0))
                                .cwiseQuotient(Eigen::Vector2d(domain.meanCovariance.diagonal().cwiseSqrt()));
    squares += z.squaredNorm();
  }
  EXPECT_NEAR(std::sqrt(squares / (2 * Seeds)), 1.0, 3.0 / std::sqrt(4.0 * Seeds));
}

TEST(DomainSegmentation, AWallHasItsPlaceAngleAndWidth)
{
  // Cells of 0.4 nm; errors of P of 1.1, 5.6 and 11 pm per axis with steps of 60 pm.
  for (const double error : {1.0, 5.0, 10.0})
  {
    for (const double angle : {0.0, 30.0, 45.0, 90.0, 120.0})
    {
      for (const double width : {1.0, 2.0})
      {
        FieldScene::Options options;
        options.cellsAlongA = options.cellsAlongB = 40;
        options.rotation = 0.12;
        options.errorPm = error;
        options.seed = static_cast<unsigned>(angle + 10 * width);
        const FieldScene scene(MakeWall(30.0, width, angle, 0.3), options);
        const auto result = Segment(scene);
        SCOPED_TRACE(::testing::Message() << "error " << error << " angle " << angle << " width " << width);
        ASSERT_EQ(result.map.domains.size(), 2u);
        ASSERT_EQ(result.map.walls.size(), 1u);
        const auto & wall = result.map.walls[0];
        EXPECT_EQ(wall.Kind(), "90");
        EXPECT_NEAR(wall.turn * Degrees, 90.0, 1.0 + 3.0 * wall.turnError * Degrees); // tanh(2) = 0.96 at its edge
        double off = std::fmod(wall.angle * Degrees - angle + 270.0, 180.0) - 90.0;
        EXPECT_LT(std::abs(off), std::max(2.0, 3.0 * wall.angleError * Degrees));
        EXPECT_LT(wall.widthLow, width + 0.3 * width);
        EXPECT_GT(wall.widthHigh, width - 0.3 * width);
        EXPECT_NEAR(wall.width, width, 0.05 * width + 3.0 * 0.5 * (wall.widthHigh - wall.widthLow));
        // Every cell that is well on one side belongs to the domain of that side.
        const double t = angle / Degrees;
        int wrong = 0;
        const int upper = result.domain[0];
        for (std::size_t k = 0; k < scene.cells->Size(); ++k)
        {
          const Eigen::Vector2d r = 0.02 * (scene.cells->GetCells()[k].position - scene.middle);
          const double d = r.dot(Eigen::Vector2d(std::sin(t), std::cos(t))) - 0.3;
          const Eigen::Vector2d r0 = 0.02 * (scene.cells->GetCells()[0].position - scene.middle);
          const double d0 = r0.dot(Eigen::Vector2d(std::sin(t), std::cos(t))) - 0.3;
          wrong += std::abs(d) > 0.6 && ((d * d0 > 0.0) != (result.domain[k] == upper));
        }
        EXPECT_LE(wrong, error > 5.0 ? 6 : error > 1.0 ? 2 : 0);
      }
    }
  }
}

TEST(DomainSegmentation, IntervalsOfTheWidthHold)
{
  // 68 % of the intervals hold the truth: of 40, between 18 and 37 (3 standard deviations).
  FieldScene::Options options;
  options.errorPm = 6.0;
  int inside = 0;
  for (options.seed = 0; options.seed < 40; ++options.seed)
  {
    const auto result = Segment(FieldScene(MakeWall(30.0, 1.2, 90.0, 0.013 * options.seed), options));
    ASSERT_EQ(result.map.walls.size(), 1u);
    inside += result.map.walls[0].widthLow <= 1.2 && result.map.walls[0].widthHigh >= 1.2;
  }
  EXPECT_GE(inside, 18);
  EXPECT_LE(inside, 37);
}

TEST(DomainSegmentation, AWallOfOneCellIsNotResolved)
{
  FieldScene::Options options;
  options.errorPm = 5.0;
  const auto result = Segment(FieldScene(MakeWall(30.0, 0.02, 90.0), options));
  ASSERT_EQ(result.map.walls.size(), 1u);
  EXPECT_EQ(result.map.walls[0].widthLow, 0.0);
  EXPECT_LT(result.map.walls[0].widthHigh, 0.4);
}

TEST(DomainSegmentation, FractionsOfStripesAndAPartThatIsNotPolar)
{
  // Upper third not polar; below it stripes of 2 nm with opposite directions.
  FieldScene::Options options;
  options.cellsAlongA = 40;
  options.cellsAlongB = 30;
  options.errorPm = 5.0;
  const FieldScene scene(
    [](const Eigen::Vector2d & r) -> Eigen::Vector2d
    {
      if (r.y() < -2.0)
      {
        return {0.0, 0.0};
      }
      return (static_cast<int>(std::floor(r.x() / 2.0)) % 2 == 0 ? 1.0 : -1.0) * Eigen::Vector2d(20.0, 20.0);
    },
    options);
  const auto result = Segment(scene);
  EXPECT_EQ(result.map.variants.size(), 2u);
  EXPECT_EQ(result.map.domains.size(), 8u);
  EXPECT_NEAR(result.map.notPolarFraction, 1.0 / 3.0, 0.01);
  for (const auto & variant : result.map.variants)
  {
    EXPECT_NEAR(variant.areaFraction, 1.0 / 3.0, 0.01);
    EXPECT_LT(variant.areaFractionError, 0.1);
    EXPECT_NEAR(variant.mean.cwiseAbs().x(), 20.0, 3.0 * variant.meanError.x() + 0.3);
  }
  int between = 0;
  int edges = 0;
  for (const auto & wall : result.map.walls)
  {
    between += wall.Kind() == "180";
    edges += wall.Kind() == "edge-of-polar";
    if (wall.Kind() == "180")
    {
      EXPECT_NEAR(wall.length, 8.0, 0.8);
      EXPECT_NEAR(std::abs(wall.normalJump), 40.0, 2.0); // along x, where the walls run along y
      EXPECT_NEAR(wall.angle * Degrees, 90.0, 3.0);
    }
  }
  EXPECT_EQ(between, 7);
  EXPECT_EQ(edges, 8);
}

TEST(DomainSegmentation, WeakDisplacementsAtLowDose)
{
  // 12 pm per component, errors of 11 pm per axis: the halves are told apart though single cells cannot be.
  FieldScene::Options options;
  options.cellsAlongA = options.cellsAlongB = 40;
  options.errorPm = 10.0;
  for (options.seed = 0; options.seed < 5; ++options.seed)
  {
    const FieldScene scene(MakeWall(12.0, 0.2, 90.0), options);
    const auto result = Segment(scene);
    ASSERT_EQ(result.map.domains.size(), 2u) << options.seed;
    for (const auto & domain : result.map.domains)
    {
      EXPECT_NEAR(domain.areaFraction, 0.5, 0.03);
    }
  }
}

TEST(DomainSegmentation, FlaggedCellsDoNotCount)
{
  FieldScene::Options options;
  options.errorPm = 2.0;
  FieldScene scene(MakeWall(30.0, 0.2, 90.0), options);
  for (std::size_t k = 0; k < scene.cells->Size(); k += 7)
  {
    scene.cells->GetCells()[k].polarization = {50.0, -80.0};
    scene.cells->GetCells()[k].flags = ferro::FlagOutlier;
  }
  const auto result = Segment(scene);
  EXPECT_EQ(result.map.domains.size(), 2u);
  for (const auto & domain : result.map.domains)
  {
    EXPECT_LT(domain.cellsUsed, domain.cells);
    EXPECT_NEAR(domain.mean.x(), 30.0, 1.0);
  }
}
