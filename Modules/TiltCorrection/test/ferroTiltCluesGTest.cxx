#include "ferroErrors.h"
#include "ferroTiltEstimate.h"

#include <Eigen/LU>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace
{
using ferro::TiltAssumptions;
using ferro::TiltClue;
using ferro::TiltEstimate;
using ferro::TiltPolarization;
using ferro::TiltResponse;
using ferro::TiltSample;

constexpr double FilmSlope = 0.8;      // pm per mrad
constexpr double SubstrateSlope = 0.5; // pm per mrad
constexpr double ErrorPm = 3.0;
const std::vector<Eigen::Vector2d> Tilts = {{10, 0},  {-10, 0}, {20, 0},  {-20, 0}, {0, 10},
                                            {0, -10}, {0, 20},  {0, -20}, {14, 14}, {14, -14}};

/** A table with r = slope t for a crystal that is not polar, and errors of its points that are drawn or only stated.
 * \param drawn by how much the slopes of each component are off, a matrix in pm per mrad */
TiltResponse
Table(double slope, double statedPm = 0.0, const Eigen::Matrix2d & drawn = Eigen::Matrix2d::Zero())
{
  TiltResponse table;
  table.material = "test";
  ferro::TiltResponseSeries series;
  series.thicknessNm = 20.0;
  for (const Eigen::Vector2d & tilt : Tilts)
  {
    const Eigen::Vector2d shift = slope * tilt + drawn * tilt;
    series.points.push_back({tilt, Eigen::Vector2d(0, 0), shift, statedPm * tilt.norm() / 20.0});
  }
  table.series.push_back(series);
  return table;
}

/** What there is to see, in cells of 0.4 nm. */
struct Scene
{
  Eigen::Vector2d first = {25, 20}; ///< polarization of the left half of the film, pm
  Eigen::Vector2d second = {-25, -20};
  bool film = true;
  bool substrate = false;                             ///< the lowest eight of 40 rows
  Eigen::Vector2d tilt = {0, 0};                      ///< at (8, 8) nm, mrad
  Eigen::Matrix2d gradient = Eigen::Matrix2d::Zero(); ///< mrad per nm
  Eigen::Vector2d offset = {0, 0};                    ///< of the substrate, for other reasons, pm
  Eigen::Vector2d across = {0, 0}; ///< change of the polarization of the left domain from left to right, pm
};

std::vector<TiltSample>
Draw(const Scene & scene, unsigned seed)
{
  std::mt19937 generator(seed);
  std::normal_distribution<double> noise(0.0, ErrorPm);
  std::vector<TiltSample> samples;
  for (int j = 0; j < 40; ++j)
  {
    for (int i = 0; i < 40; ++i)
    {
      const bool below = scene.substrate && j >= 32;
      if (!below && !scene.film)
      {
        continue;
      }
      TiltSample sample;
      sample.positionNm = 0.4 * Eigen::Vector2d(i + 0.5, j + 0.5);
      sample.group = below ? TiltSample::NonPolar : i < 20 ? 1 : 2;
      const Eigen::Vector2d truth = below    ? scene.offset
                                    : i < 20 ? scene.first + (i - 9.5) / 20.0 * scene.across
                                             : scene.second;
      const Eigen::Vector2d tilt = scene.tilt + scene.gradient * (sample.positionNm - Eigen::Vector2d(8, 8));
      sample.polarizationPm = truth + (below ? SubstrateSlope : FilmSlope) * tilt;
      sample.polarizationPm += Eigen::Vector2d(noise(generator), noise(generator));
      sample.covariancePm2 = ErrorPm * ErrorPm * Eigen::Matrix2d::Identity();
      samples.push_back(sample);
    }
  }
  return samples;
}

TiltEstimate
Estimate(const Scene & scene, unsigned seed, const TiltAssumptions & assumptions = {})
{
  const TiltPolarization film(Table(FilmSlope), 20.0);
  const TiltPolarization substrate(Table(SubstrateSlope), 20.0);
  return ferro::EstimateTilt(Draw(scene, seed), &substrate, &film, assumptions);
}

const TiltClue *
Find(const TiltEstimate & estimate, TiltClue::Kind kind)
{
  for (const auto & clue : estimate.clues)
  {
    if (clue.kind == kind)
    {
      return &clue;
    }
  }
  return nullptr;
}

Eigen::Vector4d
GradientOf(const ferro::TiltField & field)
{
  return Eigen::Map<const Eigen::Vector4d>(Eigen::Matrix2d(field.gradientMradPerNm.transpose()).data());
}

Eigen::Matrix2d
SomeGradient()
{
  return (Eigen::Matrix2d() << 0.5, -0.3, 0.2, 0.4).finished();
}

/** Limits of the mean of so many draws of chi squared, at 4 standard deviations. */
double
UpperMean(double freedom, int draws)
{
  return freedom + 4.0 * std::sqrt(2.0 * freedom / draws);
}
} // namespace

// Two domains, nothing else: their means tell the tilt, the pattern inside them how it varies, each without the other.
TEST(TiltClues, ThePatternOfShiftsTellsTheVariationAndNothingElse)
{
  constexpr int Seeds = 40;
  double pulls = 0.0;
  double pullsOfMeans = 0.0;
  for (unsigned seed = 1; seed <= Seeds; ++seed)
  {
    Scene scene;
    scene.tilt = {7, -4};
    scene.gradient = SomeGradient();
    const auto estimate = Estimate(scene, seed);
    EXPECT_EQ(Find(estimate, TiltClue::Kind::NonPolarRegion), nullptr);
    const auto * pattern = Find(estimate, TiltClue::Kind::ShiftPattern);
    const auto * means = Find(estimate, TiltClue::Kind::UnequalDomains);
    ASSERT_NE(pattern, nullptr);
    ASSERT_NE(means, nullptr);
    EXPECT_EQ(pattern->told, (std::array<bool, 6>{false, false, true, true, true, true}));
    EXPECT_TRUE(means->told[0] && means->told[1]);
    EXPECT_EQ(pattern->cells, means->cells);
    const Eigen::Vector4d off = GradientOf(pattern->field) - Eigen::Vector4d(0.5, -0.3, 0.2, 0.4);
    pulls += off.dot(pattern->field.covariance.bottomRightCorner<4, 4>().inverse() * off);
    EXPECT_LT(off.norm(), 0.5); // of 0.73 mrad per nm
    const Eigen::Vector2d missed =
      means->field.atCenterMrad - scene.tilt - scene.gradient * (means->field.centerNm - Eigen::Vector2d(8, 8));
    pullsOfMeans += missed.dot(means->field.covariance.topLeftCorner<2, 2>().inverse() * missed);
    // All clues together are better than any of them.
    const auto together = estimate.field.covariance.diagonal();
    for (Eigen::Index n = 2; n < 6; ++n)
    {
      EXPECT_LE(together[n], pattern->field.covariance(n, n) * (1.0 + 1e-9));
    }
  }
  EXPECT_LT(pulls / Seeds, UpperMean(4.0, Seeds));
  EXPECT_LT(pullsOfMeans / Seeds, UpperMean(2.0, Seeds));
}

TEST(TiltClues, WithoutTiltEveryClueSaysNothing)
{
  constexpr int Seeds = 40;
  double squares[3] = {0.0, 0.0, 0.0};
  double disagreement = 0.0;
  double freedom = 0.0;
  for (unsigned seed = 1; seed <= Seeds; ++seed)
  {
    Scene scene;
    scene.substrate = true;
    const auto estimate = Estimate(scene, 500U + seed);
    ASSERT_EQ(estimate.clues.size(), 3U);
    for (const auto & clue : estimate.clues)
    {
      std::vector<Eigen::Index> told;
      for (Eigen::Index n = 0; n < 6; ++n)
      {
        if (clue.told[static_cast<std::size_t>(n)])
        {
          told.push_back(n);
        }
      }
      Eigen::VectorXd values(6);
      values << clue.field.atCenterMrad, GradientOf(clue.field);
      const Eigen::VectorXd seen = values(told);
      const Eigen::MatrixXd covariance = clue.field.covariance(told, told);
      squares[static_cast<int>(clue.kind)] +=
        seen.dot(covariance.inverse() * seen) / static_cast<double>(told.size()) / Seeds;
    }
    disagreement += estimate.clueChiSquare;
    freedom += estimate.clueFreedom;
    EXPECT_GT(estimate.clueFreedom, 0);
  }
  for (const double square : squares)
  {
    EXPECT_LT(square, UpperMean(1.0, Seeds));
    EXPECT_GT(square, 0.0);
  }
  EXPECT_LT(disagreement / freedom, 1.0 + 4.0 * std::sqrt(2.0 / freedom));
}

// A region that is taken for non-polar, and is not: the domains contradict it.
TEST(TiltClues, AWrongReferenceShowsInTheirDisagreement)
{
  Scene scene;
  scene.substrate = true;
  scene.tilt = {5, 5};
  EXPECT_GT(Estimate(scene, 3).clueChance, 1e-3);
  scene.offset = {8, 0};
  EXPECT_LT(Estimate(scene, 3).clueChance, 1e-4);
}

// A domain whose polarization itself changes by as much as one domain may differ from another looks like a tilt that
// varies: the stated error allows for it.
TEST(TiltClues, ADomainThatVariesByItselfStaysWithinTheError)
{
  Scene scene;
  scene.first = {32, 0};
  scene.second = {-32, 0};
  scene.across = {0.96, 0}; // 3 %
  constexpr int Seeds = 20;
  double mean = 0.0;
  double error = 0.0;
  for (unsigned seed = 1; seed <= Seeds; ++seed)
  {
    const auto estimate = Estimate(scene, 900U + seed);
    const auto * pattern = Find(estimate, TiltClue::Kind::ShiftPattern);
    ASSERT_NE(pattern, nullptr);
    mean += pattern->field.gradientMradPerNm(0, 0) / Seeds;
    error += std::sqrt(pattern->field.covariance(2, 2)) / Seeds;
  }
  EXPECT_GT(mean, 0.02); // it does look like one: 0.96 pm over 8 nm in one of two domains are 0.075 mrad per nm
  EXPECT_LT(mean, error);
}

TEST(TiltClues, OneDomainAloneTellsNoTilt)
{
  Scene scene;
  scene.second = scene.first;
  scene.gradient = SomeGradient();
  EXPECT_THROW(Estimate(scene, 1), ferro::AnalysisError);
}

// The means of two opposite domains lie less than 135 degrees apart when both show the tilt as well.
TEST(TiltClues, AStrongTiltDoesNotHideThatDomainsAreOpposite)
{
  Scene scene;
  scene.first = {12, 0};
  scene.second = {-12, 0};
  scene.tilt = {0, 19};
  TiltAssumptions assumptions;
  assumptions.gradient = false;
  // Alone they might as well be domains at a right angle, with half of the tilt.
  EXPECT_EQ(Estimate(scene, 5, assumptions).equalPairs, 1);
  assumptions.oppositeDomains = true;
  const auto told = Estimate(scene, 5, assumptions);
  EXPECT_EQ(told.oppositePairs, 1);
  EXPECT_LT((told.field.atCenterMrad - scene.tilt).norm(), 3.0);
  // What the substrate shows of the tilt is taken off with the response of the film.
  assumptions.oppositeDomains = false;
  scene.substrate = true;
  const auto both = Estimate(scene, 5, assumptions);
  EXPECT_EQ(both.oppositePairs, 1);
  EXPECT_LT((both.field.atCenterMrad - scene.tilt).norm(), 3.0);
}

// Tables whose slopes are off by what their stated errors say: the tilt, and what it does to the film, are off by what
// the estimate says. Without noise to speak of, so that the tables are all there is; a table that states no error would
// be off by many of its errors.
TEST(TiltClues, ErrorsOfTheTablesAreErrorsOfTheTilt)
{
  constexpr int Draws = 200;
  std::mt19937 generator(11);
  std::normal_distribution<double> normal;
  TiltAssumptions assumptions;
  assumptions.gradient = false;
  assumptions.patchSpreadPm = 0.1;
  Scene scene;
  scene.substrate = true;
  scene.film = true;
  scene.second = scene.first; // one domain, so that the substrate alone tells the tilt
  scene.tilt = {12, -9};
  double pulls = 0.0;
  double pullsOfFilm = 0.0;
  double pullsWithout = 0.0;
  for (int draw = 0; draw < Draws; ++draw)
  {
    const auto random = [&]() -> Eigen::Matrix2d
    {
      return (Eigen::Matrix2d() << normal(generator), normal(generator), normal(generator), normal(generator))
        .finished();
    };
    // The linear part of the correlation that is assumed: 0.6 of the variance. A point at 20 mrad is off by 1 pm.
    constexpr double StatedPm = 1.0;
    const double sigma = std::sqrt(0.6) * StatedPm / 20.0;
    const Eigen::Matrix2d ofFilm = sigma * random();
    const Eigen::Matrix2d ofSubstrate = sigma * random();
    const auto samples = Draw(scene, 3000U + static_cast<unsigned>(draw));
    const auto pull = [&](double stated)
    {
      const TiltPolarization film(Table(FilmSlope, stated, ofFilm), 20.0);
      const TiltPolarization substrate(Table(SubstrateSlope, stated, ofSubstrate), 20.0);
      const auto estimate = ferro::EstimateTilt(samples, &substrate, &film, assumptions);
      const Eigen::Vector2d off = estimate.field.atCenterMrad - scene.tilt;
      const auto adjusted = estimate.Adjusted(film, false);
      const Eigen::Vector2d apart =
        adjusted.Evaluate(estimate.field.atCenterMrad, scene.first) - FilmSlope * scene.tilt;
      const Eigen::Matrix2d covariance = estimate.CovarianceOfApparent(adjusted, false, {8, 8}, scene.first);
      return std::pair<double, double>(off.dot(estimate.field.covariance.topLeftCorner<2, 2>().inverse() * off),
                                       apart.dot(covariance.inverse() * apart));
    };
    const auto [ofTilt, ofApparent] = pull(StatedPm);
    pulls += ofTilt / Draws;
    pullsOfFilm += ofApparent / Draws;
    pullsWithout += pull(0.0).first / Draws;
  }
  // Chi squared with 2 degrees of freedom. The stated errors hold 0.4 of the variance for what is not linear in the
  // tilt, part of which a linear law averages out: the pulls may be smaller, by that share at most.
  EXPECT_LT(pulls, UpperMean(2.0, Draws));
  EXPECT_GT(pulls, 0.6 * 2.0 - 4.0 * 2.0 / std::sqrt(static_cast<double>(Draws)));
  EXPECT_LT(pullsOfFilm, UpperMean(2.0, Draws));
  EXPECT_GT(pullsOfFilm, 0.6 * 2.0 - 4.0 * 2.0 / std::sqrt(static_cast<double>(Draws)));
  EXPECT_GT(pullsWithout, 4.0);
}

TEST(TiltClues, AnUnknownThicknessIsAnErrorOfTheTilt)
{
  TiltResponse film = Table(0.6);
  film.series.push_back(Table(1.0).series.front());
  film.series.back().thicknessNm = 30.0;
  const Eigen::Vector2d tilt(10, 0);
  // 0.04 pm per mrad and nm: 2 nm are 0.8 pm at 10 mrad.
  const TiltPolarization unsure(film, 25.0, 2.0);
  EXPECT_NEAR(unsure.EvaluateModes(tilt).rightCols<1>().norm(), 0.8, 1e-6);
  EXPECT_NEAR(TiltPolarization(film, 25.0).EvaluateModes(tilt).norm(), 0.0, 1e-6);
  // Three thicknesses on a parabola r = (h - 20)^2 / 100 t: between two of them a straight line misses it by 0.25 t.
  film.series.front().thicknessNm = 20.0;
  film.series.front() = Table(0.0).series.front();
  film.series.push_back(Table(4.0).series.front());
  film.series.back().thicknessNm = 40.0;
  const TiltPolarization between(film, 25.0);
  EXPECT_NEAR(between.Evaluate(tilt).x(), 5.0, 1e-6);
  EXPECT_NEAR(between.EvaluateModes(tilt).norm(), 2.5, 1e-6);
  EXPECT_NEAR(TiltPolarization(film, 30.0).EvaluateModes(tilt).norm(), 0.0, 1e-6);
}

// What symmetry makes of a point is no further measurement: it does not make the response along the tilt better known.
TEST(TiltClues, CopiesBySymmetryDoNotMakeATableBetter)
{
  TiltResponse table;
  table.material = "test";
  table.fourfold = true;
  table.series.emplace_back();
  table.series.front().thicknessNm = 20.0;
  auto & points = table.series.front().points;
  points = {{{10, 0}, {0, 0}, {5, 0}, 0.7}, {{20, 0}, {0, 0}, {10, 0}, 1.0}, {{14, 14}, {0, 0}, {7, 7}, 0.9}};
  const auto covariance = [&]() -> Eigen::Matrix2d
  {
    const auto modes = TiltPolarization(table, 20.0).EvaluateModes({15, 0});
    return modes * modes.transpose();
  };
  const Eigen::Matrix2d once = covariance();
  EXPECT_GT(std::sqrt(once(0, 0)), 0.5); // the points around it are good to 0.7 and 1 pm, and err alike
  EXPECT_LT(std::sqrt(once(0, 0)), 1.0);
  EXPECT_NEAR(once(1, 1), once(0, 0), 0.1 * once(0, 0));
  for (const std::size_t n : {std::size_t{0}, std::size_t{1}}) // mirror images, as the recipe writes them
  {
    const auto point = points[n];
    points.push_back({point.tiltMrad.reverse(), point.shiftAPm.reverse(), point.shiftBPm.reverse(), point.errorPm});
  }
  // What is across the tilt is of opposite sign in a point and in its image: that there is none is all they add.
  const Eigen::Matrix2d twice = covariance();
  EXPECT_NEAR(twice(0, 0), once(0, 0), 0.1 * once(0, 0));
  EXPECT_LT(twice(1, 1), 0.1 * once(0, 0));
  // Measurements of their own (their errors are not the same) halve the variance.
  points[3].errorPm *= 1.0 + 1e-6;
  points[4].errorPm *= 1.0 + 1e-6;
  EXPECT_NEAR(covariance()(0, 0), 0.5 * once(0, 0), 0.1 * once(0, 0));
}

// A response that no polynomial of third degree follows, in a table without errors of its own: the points do not
// predict each other, and by as much the response between them is unsure.
TEST(TiltClues, WhatThePolynomialMissesIsAnErrorOfTheTable)
{
  const auto law = [](const Eigen::Vector2d & t) -> Eigen::Vector2d
  { return 12.0 * std::tanh(t.norm() / 12.0) * t.normalized(); };
  TiltResponse table;
  table.material = "test";
  table.fourfold = true;
  table.series.emplace_back();
  table.series.front().thicknessNm = 20.0;
  for (const Eigen::Vector2d & tilt : {Eigen::Vector2d(5, 0), Eigen::Vector2d(10, 0), Eigen::Vector2d(20, 0),
                                       Eigen::Vector2d(30, 0), Eigen::Vector2d(7, 7), Eigen::Vector2d(14, 14)})
  {
    table.series.front().points.push_back({tilt, {0, 0}, law(tilt), 0.0});
  }
  const TiltPolarization response(table, 20.0);
  double squares = 0.0;
  double expected = 0.0;
  for (const Eigen::Vector2d & tilt : {Eigen::Vector2d(3, 1), Eigen::Vector2d(12, -9), Eigen::Vector2d(15, 0),
                                       Eigen::Vector2d(2, 20), Eigen::Vector2d(25, 0), Eigen::Vector2d(-18, 18)})
  {
    squares += (response.Evaluate(tilt) - law(tilt)).squaredNorm();
    expected += response.EvaluateModes(tilt).squaredNorm();
  }
  EXPECT_GT(squares, 0.1); // pm^2
  EXPECT_LT(squares, 4.0 * expected);
  EXPECT_GT(squares, 0.1 * expected);
}
