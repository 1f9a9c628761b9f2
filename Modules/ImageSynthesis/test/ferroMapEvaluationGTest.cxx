#include "ferroMapEvaluation.h"

#include <gtest/gtest.h>

#include <cmath>

namespace
{
// A lattice of cells of 10 px in an image of 101 x 61 px: A columns at multiples of 10, B columns between them. The
// interior is 10 < x < 90, 10 < y < 50: there are 7 x 3 A columns and 8 x 4 B columns in it. A pixel is 20 pm.
ferro::MapTruth
Truth()
{
  ferro::MapTruth truth;
  truth.width = 101;
  truth.height = 61;
  truth.cell = 10.0;
  truth.pixelSizePm = 20.0;
  truth.bound = {1.0, 2.0, 1.5, 3.0, 2.1};
  for (int y = 0; y <= 60; y += 10)
  {
    for (int x = 0; x <= 100; x += 10)
    {
      const bool film = x < 50;
      truth.columns.push_back({ferro::Sublattice::A, Eigen::Vector2d(x, y), Eigen::Vector2d::Zero(), film});
      const Eigen::Vector2d displacement = film ? Eigen::Vector2d(1.0, -0.5) : Eigen::Vector2d::Zero();
      if (x < 100 && y < 60)
      {
        truth.columns.push_back({ferro::Sublattice::B, Eigen::Vector2d(x + 5.0, y + 5.0), displacement, film});
      }
    }
  }
  return truth;
}

// The columns as a map without any error would hold them.
std::vector<ferro::AtomColumn>
Perfect(const ferro::MapTruth & truth)
{
  std::vector<ferro::AtomColumn> columns;
  for (const auto & actual : truth.columns)
  {
    ferro::AtomColumn column;
    column.position = actual.position;
    column.sublattice = actual.sublattice;
    column.covariance = Eigen::Vector2d(0.01, 0.04).asDiagonal(); // 2 pm along x, 4 pm along y
    columns.push_back(column);
  }
  return columns;
}

ferro::AtomColumn &
At(std::vector<ferro::AtomColumn> & columns, double x, double y)
{
  for (auto & column : columns)
  {
    if (column.position == Eigen::Vector2d(x, y))
    {
      return column;
    }
  }
  throw std::logic_error("no such column");
}

ferro::MapScore
Score(const ferro::MapTruth & truth, std::vector<ferro::AtomColumn> columns, std::vector<ferro::UnitCell> cells = {})
{
  const auto columnSet = ferro::AtomColumnSet::New();
  columnSet->SetColumns(std::move(columns));
  const auto cellSet = ferro::UnitCellSet::New();
  cellSet->SetCells(std::move(cells));
  ferro::MapEvaluation evaluation;
  evaluation.Add(truth, *columnSet, *cellSet);
  return evaluation.GetScore();
}
} // namespace

TEST(MapEvaluation, CountsInTheInteriorOfAnImageThatIsNotSquare)
{
  const auto truth = Truth();
  const auto score = Score(truth, Perfect(truth));
  EXPECT_EQ(score.a.trueInterior, 7 * 3);
  EXPECT_EQ(score.b.trueInterior, 8 * 4);
  EXPECT_EQ(score.a.all.scored, 21);
  EXPECT_EQ(score.a.film.scored, 3 * 3);
  EXPECT_EQ(score.a.elsewhere.scored, 4 * 3);
  EXPECT_EQ(score.invented + score.a.missed + score.b.missed + score.a.wrongSublattice + score.a.flagged, 0);
  EXPECT_EQ(score.a.all.rmsPm, 0.0);
  EXPECT_NEAR(score.a.all.boundPm, std::sqrt((9 * 1.0 + 12 * 1.5 * 1.5) / 21), 1e-12);
  EXPECT_EQ(score.polarization.cellsScored, 0);
  EXPECT_TRUE(std::isnan(score.polarization.rmsPm));
}

TEST(MapEvaluation, TellsFailuresApart)
{
  const auto truth = Truth();
  auto columns = Perfect(truth);
  At(columns, 20.0, 20.0).sublattice = ferro::Sublattice::B; // a wrong name
  At(columns, 30.0, 20.0).flags = ferro::FlagOutlier;
  At(columns, 40.0, 20.0).position.x() += 2.4; // 48 pm, still the same column
  At(columns, 25.0, 25.0).position.x() += 2.6; // too far away: one missed, one invented
  columns.push_back(At(columns, 35.0, 25.0));  // there twice
  At(columns, 0.0, 0.0).position.x() += 4.0;   // not in the interior
  const auto score = Score(truth, columns);
  EXPECT_EQ(score.a.wrongSublattice, 1);
  EXPECT_EQ(score.a.flagged, 1);
  EXPECT_EQ(score.a.beyond30Pm, 1);
  EXPECT_EQ(score.a.missed, 0);
  EXPECT_EQ(score.b.missed, 1);
  EXPECT_EQ(score.invented, 2);
  EXPECT_EQ(score.a.all.scored, 21 - 2);
  EXPECT_NEAR(score.a.all.rmsPm, 48.0 / std::sqrt(2 * 19), 1e-9);
}

TEST(MapEvaluation, ErrorsInPicometresAndInTheirOwnUnits)
{
  const auto truth = Truth();
  auto columns = Perfect(truth);
  double sign = 1.0;
  for (auto & column : columns)
  {
    column.position += Eigen::Vector2d(0.1 + sign * 0.2, sign * 0.1); // bias (2, 0) pm; 4 and 2 pm in turns
    sign = -sign;
  }
  const auto score = Score(truth, columns);
  EXPECT_NEAR(score.b.all.biasPm.x(), 2.0, 0.5);
  EXPECT_NEAR(score.b.all.biasPm.y(), 0.0, 0.25);
  // Every x is +6 or -2 pm with an error of 2 pm, every y +2 or -2 with one of 4.
  const double plus = 0.5 * (score.b.all.biasPm.y() / 2.0 + 1.0);
  const double meanSquare = 0.5 * (plus * 36.0 + (1.0 - plus) * 4.0 + 4.0);
  EXPECT_NEAR(score.b.all.rmsPm, std::sqrt(meanSquare), 1e-9);
  EXPECT_NEAR(score.b.all.Ratio(), score.b.all.rmsPm / score.b.all.boundPm, 1e-12);
  const double zMean = 0.5 * (plus * 3.0 - (1.0 - plus) + (2.0 * plus - 1.0) * 0.5);
  const double zSquare = 0.5 * (plus * 9.0 + (1.0 - plus) + 0.25);
  EXPECT_NEAR(score.b.all.zSd, std::sqrt(zSquare - zMean * zMean), 1e-9);
}

TEST(MapEvaluation, DisplacementThatShrinks)
{
  const auto truth = Truth();
  std::vector<ferro::UnitCell> cells;
  for (const auto & actual : truth.columns)
  {
    if (actual.sublattice == ferro::Sublattice::B)
    {
      ferro::UnitCell cell;
      cell.position = actual.position;
      // A tenth is lost; where there is none, 2 pm along y are seen.
      cell.polarization = actual.film ? Eigen::Vector2d(0.9 * actual.displacement) : Eigen::Vector2d(0.0, 0.1);
      cells.push_back(cell);
      cell.center = ferro::Sublattice::A; // is not counted
      cells.push_back(cell);
    }
  }
  const auto p = Score(truth, Perfect(truth), cells).polarization;
  EXPECT_EQ(p.cellsScored, 8 * 4);
  EXPECT_EQ(p.polarCells, 4 * 4);
  EXPECT_NEAR(p.slope, 0.9, 1e-12);
  EXPECT_NEAR(p.rmsPm, std::sqrt(0.5 * (4.0 + 1.0)), 1e-12);
  EXPECT_NEAR(p.boundPm, 2.1, 1e-12);
  EXPECT_NEAR(p.trueRmsPm, std::sqrt(0.5 * (400.0 + 100.0)), 1e-9);
  EXPECT_NEAR(p.biasPm.x(), -1.0, 1e-12);
  EXPECT_NEAR(p.biasPm.y(), 1.5, 1e-12);
  EXPECT_NEAR(p.nonPolarMeanPm.x(), 0.0, 1e-12);
  EXPECT_NEAR(p.nonPolarMeanPm.y(), 2.0, 1e-12);
  EXPECT_TRUE(std::isnan(p.zSd)) << "no uncertainty was stated";
}

TEST(MapEvaluation, TruthOfASyntheticImage)
{
  ferro::SyntheticMicrographParameters parameters;
  parameters.width = 200;
  parameters.height = 120;
  const auto values = ferro::MakeSyntheticTruth(parameters);
  const auto truth = ferro::MakeMapTruth(values);
  EXPECT_EQ(truth.width, 200);
  EXPECT_EQ(truth.height, 120);
  EXPECT_NEAR(truth.cell, 19.8, 1e-9);
  EXPECT_NEAR(truth.pixelSizePm, 20.0, 1e-12);
  EXPECT_LT(truth.columns.size(), values.columns.size()) << "columns outside the image are left out";
  EXPECT_NEAR(truth.bound.filmB, ferro::ComputeCramerRaoBound(values)->filmB, 1e-12);
  parameters.doseCounts = 0.0;
  EXPECT_TRUE(std::isnan(ferro::MakeMapTruth(ferro::MakeSyntheticTruth(parameters)).bound.filmB));
}
