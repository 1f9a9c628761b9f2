#include "ferroCellComparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace
{
using ferro::CellComparison;

/** Normal random numbers that are the same with every standard library. */
class Normal
{
public:
  explicit Normal(unsigned int seed) : m_Generator(seed)
  {
  }
  double
  operator()()
  {
    const double u = (static_cast<double>(m_Generator()) + 0.5) / 4294967296.0;
    const double v = static_cast<double>(m_Generator()) / 4294967296.0;
    return std::sqrt(-2.0 * std::log(u)) * std::cos(6.283185307179586 * v);
  }

private:
  std::mt19937 m_Generator;
};

std::vector<Eigen::Vector2d>
Grid(int columns, int rows, double step, double turnDeg = 0.0, double stepY = 0.0)
{
  const double c = std::cos(turnDeg * 3.14159265358979 / 180.0);
  const double s = std::sin(turnDeg * 3.14159265358979 / 180.0);
  std::vector<Eigen::Vector2d> places;
  for (int j = 0; j < rows; ++j)
  {
    for (int i = 0; i < columns; ++i)
    {
      const double x = i * step;
      const double y = j * (stepY > 0.0 ? stepY : step);
      places.emplace_back(c * x - s * y, s * x + c * y);
    }
  }
  return places;
}
} // namespace

TEST(CellComparison, StatisticsOfFourPairsByHand)
{
  // differences 1, -1, 0, 2; mean of the measured ones 1.5; deviations -1.5 -0.5 0.5 1.5
  CellComparison comparison;
  const double measured[] = {0, 1, 2, 3};
  const double predicted[] = {1, 0, 2, 5};
  for (std::size_t k = 0; k < 4; ++k)
  {
    comparison.Add(measured[k], predicted[k], k, 0.0, 0.5);
  }
  comparison.Add(std::nan(""), 1.0, 0);
  comparison.Add(1.0, std::nan(""), 0);
  const auto s = comparison.Compute();
  EXPECT_EQ(s.count, 4U);
  EXPECT_DOUBLE_EQ(s.rmse.value, std::sqrt(1.5));
  EXPECT_DOUBLE_EQ(s.mae.value, 1.0);
  EXPECT_DOUBLE_EQ(s.bias.value, 0.5);
  EXPECT_DOUBLE_EQ(s.measuredMean, 1.5);
  EXPECT_DOUBLE_EQ(s.predictedMean, 2.0);
  EXPECT_NEAR(s.measuredDeviation, std::sqrt(5.0 / 3.0), 1e-14);
  // sum of products of deviations: -1.5 * -1 + -0.5 * -2 + 0 + 1.5 * 3 = 7, sums of squares 5 and 14
  EXPECT_NEAR(s.slope.value, 1.4, 1e-14);
  EXPECT_NEAR(s.intercept.value, 2.0 - 1.4 * 1.5, 1e-14);
  EXPECT_NEAR(s.correlation.value, 7.0 / std::sqrt(70.0), 1e-14);
  EXPECT_NEAR(s.r2.value, 1.0 - 6.0 / 5.0, 1e-14);
  EXPECT_NEAR(s.zMean.value, 1.0, 1e-14);
  EXPECT_NEAR(s.zDeviation.value, std::sqrt(4.0 * 5.0 / 3.0), 1e-14); // of 2, -2, 0, 4
  EXPECT_DOUBLE_EQ(s.zWithin1, 0.25);
  EXPECT_DOUBLE_EQ(s.zWithin2, 0.25);
  EXPECT_TRUE(std::isnan(s.rmse.low)); // four squares are too few
}

TEST(CellComparison, DegenerateSetsGiveNoNumbers)
{
  CellComparison none;
  EXPECT_EQ(none.Compute().count, 0U);
  EXPECT_TRUE(std::isnan(none.Compute().rmse.value));
  CellComparison same;
  for (std::size_t k = 0; k < 20; ++k)
  {
    same.Add(3.0, 3.0, k);
  }
  const auto s = same.Compute();
  EXPECT_DOUBLE_EQ(s.rmse.value, 0.0);
  EXPECT_DOUBLE_EQ(s.rmse.high, 0.0);
  EXPECT_TRUE(std::isnan(s.slope.value));
  EXPECT_TRUE(std::isnan(s.r2.value));
  EXPECT_EQ(s.zCount, 0U);
}

TEST(CellComparison, FindsAPlantedSlopeBiasAndNoise)
{
  // predicted = 0.8 measured + 3 + noise of 4; measured of deviation 30, far from zero
  Normal normal(5);
  CellComparison comparison;
  const std::size_t count = 20000;
  for (std::size_t k = 0; k < count; ++k)
  {
    const double measured = 1000.0 + 30.0 * normal();
    comparison.Add(measured, 0.8 * measured + 3.0 + 4.0 * normal(), k / 25);
  }
  const auto s = comparison.Compute();
  EXPECT_NEAR(s.slope.value, 0.8, 4 * 4.0 / 30.0 / std::sqrt(count));
  EXPECT_NEAR(s.intercept.value, 3.0, 4 * 1000 * 4.0 / 30.0 / std::sqrt(count));
  EXPECT_NEAR(s.bias.value, -197.0, 4 * std::sqrt(52.0 / count));
  const double square = 197.0 * 197.0 + 36.0 + 16.0;
  EXPECT_NEAR(s.rmse.value, std::sqrt(square), 0.2);
  EXPECT_NEAR(s.r2.value, 1.0 - square / 900.0, 1.0);
  EXPECT_NEAR(s.correlation.value, 24.0 / std::sqrt(24.0 * 24.0 + 16.0), 0.002);
}

TEST(CellComparison, IntervalsAgreeWithTheTextbookWhereErrorsAreIndependent)
{
  Normal normal(7);
  CellComparison comparison(4000, 1);
  const double count = 4000;
  for (std::size_t k = 0; k < 4000; ++k)
  {
    const double measured = 20.0 * normal();
    comparison.Add(measured, measured + 5.0 * normal(), k / 4);
  }
  const auto s = comparison.Compute();
  EXPECT_EQ(s.blocks, 1000U);
  EXPECT_NEAR(s.bias.high - s.bias.low, 2 * 1.96 * 5.0 / std::sqrt(count), 0.12 * 0.31);
  EXPECT_NEAR(s.slope.high - s.slope.low, 2 * 1.96 * 5.0 / 20.0 / std::sqrt(count), 0.12 * 0.0155);
  EXPECT_NEAR(s.rmse.high - s.rmse.low, 2 * 1.96 * 5.0 / std::sqrt(2.0 * count), 0.12 * 0.22);
}

TEST(CellComparison, IntervalsCoverWhatTheyPromiseWhereNeighboursErrAlike)
{
  // All 16 cells of a square share half of their variance. Taken as independent, the interval of the bias would be too
  // narrow by sqrt((1 + 15 / 2)) and would hold the truth in half of the cases.
  Normal normal(11);
  int covered = 0;
  int naiveCovered = 0;
  const int trials = 200;
  for (int trial = 0; trial < trials; ++trial)
  {
    CellComparison comparison(300, static_cast<unsigned long>(trial));
    for (std::size_t block = 0; block < 60; ++block)
    {
      const double common = 3.0 * normal();
      for (int k = 0; k < 16; ++k)
      {
        const double measured = 10.0 * normal();
        comparison.Add(measured, measured + common + 3.0 * normal(), block);
      }
    }
    const auto s = comparison.Compute();
    covered += s.bias.low < 0.0 && s.bias.high > 0.0;
    naiveCovered += std::abs(s.bias.value) < 1.96 * std::sqrt(18.0 / (60 * 16));
  }
  EXPECT_GT(covered, 0.88 * trials);
  EXPECT_LT(naiveCovered, 0.65 * trials);
}

TEST(CellComparison, TellsWhetherStatedErrorsHold)
{
  Normal normal(13);
  CellComparison right;
  CellComparison twice; // as large as they are stated
  for (std::size_t k = 0; k < 10000; ++k)
  {
    const double truth = 30.0 * normal();
    const double measured = truth + 3.0 * normal();
    right.Add(measured, truth + 4.0 * normal(), k / 20, 3.0, 4.0);
    twice.Add(truth, truth + 4.0 * normal(), k / 20, std::nan(""), 8.0);
  }
  EXPECT_NEAR(right.Compute().zDeviation.value, 1.0, 0.03);
  EXPECT_NEAR(right.Compute().zWithin1, 0.683, 0.02);
  EXPECT_NEAR(right.Compute().zWithin2, 0.954, 0.01);
  EXPECT_NEAR(twice.Compute().zDeviation.value, 0.5, 0.015);
}

TEST(CellComparison, NoiseOfTheMeasuredValuesFlattensTheLineAndIsTakenOut)
{
  Normal normal(17);
  CellComparison comparison;
  for (std::size_t k = 0; k < 20000; ++k)
  {
    const double truth = 10.0 * normal();
    comparison.Add(truth + 7.0 * normal(), truth + 2.0 * normal(), k / 20, 7.0);
  }
  const auto s = comparison.Compute();
  EXPECT_NEAR(s.slope.value, 100.0 / 149.0, 0.01);
  EXPECT_NEAR(s.trueSlope.value, 1.0, 0.02);
  EXPECT_LT(s.trueSlope.low, 1.0);
  EXPECT_GT(s.trueSlope.high, 1.0);
}

TEST(CellComparison, SameSeedSameIntervals)
{
  const auto make = [](unsigned long seed)
  {
    Normal normal(19);
    CellComparison comparison(200, seed);
    for (std::size_t k = 0; k < 400; ++k)
    {
      comparison.Add(normal(), normal(), k / 10);
    }
    return comparison.Compute();
  };
  EXPECT_EQ(make(3).slope.low, make(3).slope.low);
  EXPECT_NE(make(3).slope.low, make(4).slope.low);
}

TEST(MatchPlaces, TakesPairsThatAreEachOthersNearest)
{
  const std::vector<Eigen::Vector2d> first{{0, 0}, {10, 0}, {20, 0}, {0.5, 0}};
  const std::vector<Eigen::Vector2d> second{{20.5, 0}, {0.4, 0}, {13.5, 0}};
  const auto pairs = ferro::MatchPlaces(first, second, 3.0);
  ASSERT_EQ(pairs.size(), 2U);
  EXPECT_EQ(pairs[0], std::make_pair(std::size_t(2), std::size_t(0)));
  EXPECT_EQ(pairs[1], std::make_pair(std::size_t(3), std::size_t(1))); // nearer than place 0
  EXPECT_EQ(ferro::MatchPlaces(first, second, 4.0).size(), 3U);
  EXPECT_TRUE(ferro::MatchPlaces(first, {}, 4.0).empty());
}

TEST(CellPlaces, SpacingEdgesAndBlocks)
{
  const auto places = Grid(12, 9, 20.0, 13.0, 23.0);
  EXPECT_NEAR(ferro::GetMedianSpacing(places), 20.0, 1e-9);
  const Eigen::Matrix2d edges = ferro::EstimateCellEdges(places);
  EXPECT_NEAR(edges.col(0).norm(), 20.0, 1e-6);
  EXPECT_NEAR(edges.col(1).norm(), 23.0, 1e-6);
  EXPECT_NEAR(std::atan2(edges(1, 0), edges(0, 0)) * 180.0 / 3.14159265358979, 13.0, 1e-6);
  EXPECT_NEAR(edges.col(0).dot(edges.col(1)), 0.0, 1e-9);
  EXPECT_TRUE(ferro::EstimateCellEdges({{0, 0}, {1, 1}}).isZero());
  const auto blocks = ferro::AssignBlocks(Grid(10, 10, 1.0), 5.0);
  EXPECT_EQ(blocks[0], blocks[44]);
  EXPECT_NE(blocks[4], blocks[5]);
  EXPECT_EQ(*std::max_element(blocks.begin(), blocks.end()), 3U);
  EXPECT_NE(ferro::AssignBlocks({{-1, 0}, {1, 0}}, 5.0)[1], 0U);
}

TEST(FindOutliers, ByTheMedianAbsoluteDeviation)
{
  // median 0.5, absolute deviations 0.5 0.5 1.5 1.5 2.5 89.5: their median is 1.5
  const std::vector<double> values{0.0, 1.0, -1.0, 2.0, -2.0, 90.0, std::nan("")};
  EXPECT_EQ(ferro::FindOutliers(values, 5.0), (std::vector<char>{0, 0, 0, 0, 0, 1, 0}));
  EXPECT_EQ(ferro::FindOutliers(values, 0.5), (std::vector<char>{0, 0, 1, 1, 1, 1, 0}));
  EXPECT_TRUE(ferro::FindOutliers({}, 5.0).empty());
}
