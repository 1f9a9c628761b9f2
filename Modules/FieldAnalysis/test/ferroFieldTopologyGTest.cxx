#include "ferroFieldScene.h"
#include "ferroFieldTopologyFilter.h"

#include <gtest/gtest.h>

#include <cmath>

namespace
{
ferro::FieldTopology::Values
Analyze(const FieldScene & scene)
{
  auto filter = ferro::FieldTopologyFilter::New();
  filter->SetInput(scene.cells);
  filter->SetColumns(scene.columns);
  filter->Update();
  return filter->GetOutput()->Get();
}

/** A vortex of the given winding and core radius (nm) with its middle at a place (nm). */
FieldScene::Field
MakeVortex(int winding, double core, double amplitude, Eigen::Vector2d place)
{
  return [=](const Eigen::Vector2d & r) -> Eigen::Vector2d
  {
    const Eigen::Vector2d d = r - place;
    const double angle = winding * std::atan2(-d.y(), d.x()) + 1.5707963267948966; // on the screen
    const double length = amplitude * std::tanh(d.norm() / core);
    return {length * std::cos(angle), -length * std::sin(angle)};
  };
}
} // namespace

TEST(FieldTopology, DerivativesOfALinearFieldAreExact)
{
  // P = G r with G in pm/nm: divergence G00 + G11, curl on the screen G01 - G10.
  Eigen::Matrix2d g;
  g << 3.0, -2.0, 5.0, 4.0;
  FieldScene::Options options;
  options.rotation = 0.3;
  const auto values = Analyze(FieldScene([&](const Eigen::Vector2d & r) -> Eigen::Vector2d { return g * r; }, options));
  ASSERT_EQ(values.derivatives.size(), 900u);
  int inside = 0;
  for (const auto & derivative : values.derivatives)
  {
    ASSERT_TRUE(std::isfinite(derivative.divergence));
    EXPECT_NEAR(derivative.divergence, 7e-3, 1e-9);
    EXPECT_NEAR(derivative.curl, -7e-3, 1e-9);
    ++inside;
  }
  EXPECT_EQ(inside, 900);
}

TEST(FieldTopology, QuadraticTermsDoNotBiasTheDerivativesInside)
{
  const auto values = Analyze(FieldScene(
    [](const Eigen::Vector2d & r) -> Eigen::Vector2d {
      return {r.x() * r.x() + r.x() * r.y(), r.y() * r.y()};
    },
    {}));
  for (std::size_t k = 0; k < 900; ++k)
  {
    const double x = (static_cast<double>(k % 30) - 14.5) * 0.4;
    const double y = (static_cast<double>(k / 30) - 14.5) * 0.4;
    if (k % 30 > 0 && k % 30 < 29 && k / 30 > 0 && k / 30 < 29)
    {
      EXPECT_NEAR(values.derivatives[k].divergence, 1e-3 * (2 * x + y + 2 * y), 1e-5);
      EXPECT_NEAR(values.derivatives[k].curl, 1e-3 * x, 1e-5);
    }
  }
}

TEST(FieldTopology, ErrorsOfTheDerivativesHold)
{
  // The standard deviation of value over error is 1 within 1 / sqrt(2 n), n independent cells; the scan adds a part.
  for (const double scan : {0.0, 4.0})
  {
    FieldScene::Options options;
    options.cellsAlongA = options.cellsAlongB = 60;
    options.errorPm = 3.0;
    options.scanErrorPm = scan;
    double divergence = 0.0;
    double curl = 0.0;
    double count = 0.0;
    for (options.seed = 0; options.seed < 6; ++options.seed)
    {
      const auto values =
        Analyze(FieldScene([](const Eigen::Vector2d &) { return Eigen::Vector2d(20.0, 20.0); }, options));
      for (const auto & d : values.derivatives)
      {
        divergence += std::pow(d.divergence / d.divergenceError, 2);
        curl += std::pow(d.curl / d.curlError, 2);
        ++count;
      }
    }
    EXPECT_NEAR(std::sqrt(divergence / count), 1.0, 0.05) << scan;
    EXPECT_NEAR(std::sqrt(curl / count), 1.0, scan > 0.0 ? 0.1 : 0.05) << scan; // rows share errors: fewer samples
  }
}

TEST(FieldTopology, OneVortexAtItsPlace)
{
  FieldScene::Options options;
  options.rotation = -0.12;
  options.errorPm = 4.0;
  for (options.seed = 0; options.seed < 10; ++options.seed)
  {
    for (const int winding : {1, -1})
    {
      for (const double core : {0.1, 1.5})
      {
        const Eigen::Vector2d place(0.7, -1.1);
        const FieldScene scene(MakeVortex(winding, core, 40.0, place), options);
        const auto values = Analyze(scene);
        ASSERT_EQ(values.vortices.size(), 1u) << winding << ' ' << core << ' ' << options.seed;
        EXPECT_EQ(values.vortices[0].winding, winding);
        const Eigen::Vector2d off = 0.02 * (values.vortices[0].position - scene.middle) - place;
        EXPECT_LT(off.norm(), 0.4);
        if (winding > 0)
        {
          EXPECT_GT(values.vortices[0].handedness, 0.8);
        }
      }
    }
  }
}

TEST(FieldTopology, APairOfOppositeVorticesIsTwo)
{
  FieldScene::Options options;
  options.errorPm = 3.0;
  const auto one = MakeVortex(1, 0.4, 1.0, {-2.5, 0.0});
  const auto other = MakeVortex(-1, 0.4, 1.0, {2.5, 0.0});
  // Angles add: the product of the two as complex numbers, turned back by a quarter.
  const auto values = Analyze(FieldScene(
    [&](const Eigen::Vector2d & r) -> Eigen::Vector2d
    {
      const Eigen::Vector2d p = one(r);
      const Eigen::Vector2d q = other(r);
      const double x = p.x() * q.x() - p.y() * q.y();
      const double y = -(p.x() * q.y() + p.y() * q.x());
      return {40.0 * y, 40.0 * x};
    },
    options));
  ASSERT_EQ(values.vortices.size(), 2u);
  EXPECT_EQ(values.vortices[0].winding + values.vortices[1].winding, 0);
}

TEST(FieldTopology, NoiseHasNoVortices)
{
  // 0.001 are expected in each of 2 x 60 images; one is possible, two are not.
  FieldScene::Options options;
  options.cellsAlongA = options.cellsAlongB = 40;
  options.errorPm = 10.0;
  std::size_t found = 0;
  for (const double amplitude : {0.0, 8.0})
  {
    for (options.seed = 0; options.seed < 60; ++options.seed)
    {
      const FieldScene scene([&](const Eigen::Vector2d &) { return Eigen::Vector2d(amplitude, 0.0); }, options);
      const auto values = Analyze(scene);
      found += values.vortices.size();
    }
  }
  EXPECT_LE(found, 1u);
}

TEST(FieldTopology, AWallIsNoVortexAndFlaggedCellsAreLeftOut)
{
  FieldScene::Options options;
  options.errorPm = 3.0;
  const auto wall = [](const Eigen::Vector2d & r) { return Eigen::Vector2d(30.0, r.x() > 0.0 ? 30.0 : -30.0); };
  EXPECT_TRUE(Analyze(FieldScene(wall, options)).vortices.empty());

  FieldScene scene(MakeVortex(1, 0.1, 40.0, {0.1, 0.1}), options);
  for (auto & cell : scene.cells->GetCells())
  {
    cell.flags = ferro::FlagNeighborDoubt;
  }
  const auto values = Analyze(scene);
  EXPECT_TRUE(values.vortices.empty());
  EXPECT_TRUE(std::isnan(values.derivatives[400].divergence));
}
