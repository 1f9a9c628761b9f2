#include "ferroDomainSegmentationFilter.h"
#include "ferroFieldScene.h"
#include "ferroLocalAverageFilter.h"

#include <gtest/gtest.h>

#include <cmath>

namespace
{
ferro::UnitCellSet::Pointer
Average(const ferro::UnitCellSet * cells, const ferro::AtomColumnSet * columns, double radius, bool across)
{
  auto filter = ferro::LocalAverageFilter::New();
  filter->SetInput(cells);
  filter->SetColumns(columns);
  filter->SetRadiusCells(radius);
  filter->SetAcrossWalls(across);
  filter->Update();
  return filter->GetOutput();
}
} // namespace

TEST(LocalAverage, ErrorsAreThoseOfTheScatter)
{
  for (const double scan : {0.0, 5.0})
  {
    for (const double radius : {0.0, 1.0, 2.0, 3.0})
    {
      FieldScene::Options options;
      options.cellsAlongA = options.cellsAlongB = 50;
      options.errorPm = 5.0;
      options.scanErrorPm = scan;
      Eigen::Vector2d squares = Eigen::Vector2d::Zero();
      double count = 0.0;
      double error = 0.0;
      for (options.seed = 0; options.seed < 8; ++options.seed)
      {
        const FieldScene scene([](const Eigen::Vector2d &) { return Eigen::Vector2d(20.0, -10.0); }, options);
        for (const auto & cell : Average(scene.cells, scene.columns, radius, false)->GetCells())
        {
          const Eigen::Vector2d off = 20.0 * cell.polarization - Eigen::Vector2d(20.0, -10.0);
          squares += (off / 20.0).cwiseAbs2().cwiseQuotient(Eigen::Vector2d(cell.covariance.diagonal()));
          error += 20.0 * std::sqrt(cell.covariance(1, 1));
          ++count;
        }
      }
      SCOPED_TRACE(::testing::Message() << "scan " << scan << " radius " << radius);
      // Cells share columns and rows: fewer independent samples than cells.
      EXPECT_NEAR(std::sqrt(squares.x() / count), 1.0, scan > 0.0 ? 0.12 : 0.04 + 0.02 * radius);
      EXPECT_NEAR(std::sqrt(squares.y() / count), 1.0, 0.04 + 0.02 * radius);
      if (radius == 0.0)
      {
        EXPECT_NEAR(error / count, 5.0 * std::sqrt(1.25), 1e-6);
      }
      // Of n cells, B columns average as 1 / n; the A columns inside cancel down to the rim.
      EXPECT_LT(error / count, 5.0 * std::sqrt(1.25) + 1e-6);
    }
  }
}

TEST(LocalAverage, DoesNotSmearAWallUnlessAsked)
{
  FieldScene::Options options;
  options.errorPm = 2.0;
  const FieldScene scene([](const Eigen::Vector2d & r) { return Eigen::Vector2d(30.0, r.x() > 0.0 ? 30.0 : -30.0); },
                         options);
  auto segmentation = ferro::DomainSegmentationFilter::New();
  segmentation->SetInput(scene.cells);
  segmentation->SetColumns(scene.columns);
  segmentation->Update();
  double worst[2] = {0.0, 0.0};
  for (const bool across : {false, true})
  {
    const auto cells = Average(segmentation->GetOutput(), scene.columns, 2.0, across);
    for (const auto & cell : cells->GetCells())
    {
      const double truth = cell.i >= 15 ? 30.0 : -30.0;
      double & most = worst[across ? 1 : 0];
      most = std::max(most, std::abs(20.0 * cell.polarization.y() - truth));
    }
  }
  EXPECT_LT(worst[0], 6.0);
  EXPECT_GT(worst[1], 15.0);
}

TEST(LocalAverage, FlaggedCellsDoNotCountAndGetTheirNeighbours)
{
  FieldScene scene([](const Eigen::Vector2d &) { return Eigen::Vector2d(10.0, 0.0); }, {});
  auto & bad = scene.cells->GetCells()[500];
  bad.polarization = {100.0, 100.0};
  bad.flags = ferro::FlagOutlier;
  const auto cells = Average(scene.cells, scene.columns, 1.5, false);
  for (const auto & cell : cells->GetCells())
  {
    EXPECT_NEAR(20.0 * cell.polarization.x(), 10.0, 1e-9);
  }
  EXPECT_EQ(cells->GetCells()[500].flags, ferro::FlagOutlier);
}
