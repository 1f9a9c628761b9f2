#include "ferroErrors.h"
#include "ferroTiltCorrectionFilter.h"

#include <Eigen/LU>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace
{
using ferro::TiltPolarization;
using ferro::TiltResponse;
using ferro::TiltSample;

/** P = slope t (1 - |t|^2 / (50 mrad)^2), the same in all directions: known in closed form. */
Eigen::Vector2d
Law(double slopePmPerMrad, const Eigen::Vector2d & tilt)
{
  return slopePmPerMrad * (1.0 - tilt.squaredNorm() / 2500.0) * tilt;
}

TiltResponse
Table(double slopePmPerMrad, double thicknessNm = 20.0)
{
  TiltResponse table;
  table.material = "test";
  table.fourfold = true;
  ferro::TiltResponseSeries series;
  series.thicknessNm = thicknessNm;
  for (const Eigen::Vector2d & tilt : {Eigen::Vector2d(0, 0), Eigen::Vector2d(10, 0), Eigen::Vector2d(20, 0),
                                       Eigen::Vector2d(30, 0), Eigen::Vector2d(15, 15)})
  {
    // A moves twice as far as B, against the tilt.
    series.points.push_back({tilt, -2.0 * Law(slopePmPerMrad, tilt), -Law(slopePmPerMrad, tilt), 0.0});
  }
  table.series.push_back(series);
  return table;
}

constexpr double PixelNm = 0.02;
constexpr double CellNm = 0.4;
constexpr double ErrorPm = 3.0;

struct Scene
{
  ferro::UnitCellSet::Pointer cells = ferro::UnitCellSet::New();
  std::vector<int> groups;
  std::vector<Eigen::Vector2d> truthPm;
  std::vector<Eigen::Vector2d> falsePm;
};

/** 40 x 40 cells: two domains side by side with polarizations p1 and p2, and eight rows of substrate at the bottom. */
Scene
MakeScene(const Eigen::Vector2d & p1, const Eigen::Vector2d & p2, bool substrate, const Eigen::Vector2d & tilt,
          const Eigen::Matrix2d & gradient, double filmSlope, double substrateSlope, unsigned seed)
{
  Scene scene;
  std::mt19937 generator(seed);
  std::normal_distribution<double> noise(0.0, ErrorPm);
  ferro::ImageGeometry geometry;
  geometry.width = geometry.height = 800;
  geometry.pixelSizeNm.setConstant(PixelNm);
  geometry.calibrated = true;
  scene.cells->SetGeometry(geometry);
  for (int j = 0; j < 40; ++j)
  {
    for (int i = 0; i < 40; ++i)
    {
      const bool below = substrate && j >= 32;
      ferro::UnitCell cell;
      const Eigen::Vector2d place = CellNm * Eigen::Vector2d(i + 0.5, j + 0.5);
      cell.position = place / PixelNm;
      const Eigen::Vector2d truth = below ? Eigen::Vector2d(0, 0) : i < 20 ? p1 : p2;
      const Eigen::Vector2d local = tilt + gradient * (place - Eigen::Vector2d(8, 8));
      const Eigen::Vector2d apparent = Law(below ? substrateSlope : filmSlope, local);
      cell.polarization = (truth + apparent + Eigen::Vector2d(noise(generator), noise(generator))) / (1000.0 * PixelNm);
      cell.covariance = std::pow(ErrorPm / (1000.0 * PixelNm), 2) * Eigen::Matrix2d::Identity();
      scene.cells->GetCells().push_back(cell);
      scene.groups.push_back(below ? TiltSample::NonPolar : i < 20 ? 1 : 2);
      scene.truthPm.push_back(truth);
      scene.falsePm.push_back(apparent);
    }
  }
  return scene;
}

struct Outcome
{
  double meanBefore; ///< length of the mean false polarization of the film, pm
  double meanAfter;
  double rmsFalseAfter; ///< RMS of what is left of the false polarization over the film, pm
  double largestZ;      ///< of what was subtracted against what should have been, in its own error
  ferro::TiltEstimate estimate;
};

Outcome
Correct(const Scene & scene, double filmSlope, double substrateSlope, const ferro::TiltAssumptions & assumptions = {})
{
  auto filter = ferro::TiltCorrectionFilter::New();
  filter->SetInput(scene.cells);
  filter->SetGroups(scene.groups);
  filter->SetFilmResponse(TiltPolarization(Table(filmSlope), 20.0));
  filter->SetNonPolarResponse(TiltPolarization(Table(substrateSlope), 20.0));
  filter->SetAssumptions(assumptions);
  filter->Update();
  Outcome outcome{0, 0, 0, 0, filter->GetEstimate()};
  Eigen::Vector2d before(0, 0);
  Eigen::Vector2d after(0, 0);
  double count = 0.0;
  const double scale = 1000.0 * PixelNm;
  for (std::size_t n = 0; n < scene.cells->Size(); ++n)
  {
    const auto & measured = scene.cells->GetCells()[n];
    const auto & corrected = filter->GetOutput()->GetCells()[n];
    const Eigen::Vector2d subtracted = scale * (measured.polarization - corrected.polarization);
    const Eigen::Vector2d left = scene.falsePm[n] - subtracted;
    const Eigen::Vector2d error = scale * (corrected.covariance - measured.covariance).diagonal().cwiseSqrt();
    outcome.largestZ = std::max(outcome.largestZ, left.cwiseQuotient(error).cwiseAbs().maxCoeff());
    if (scene.groups[n] > 0)
    {
      before += scene.falsePm[n];
      after += left;
      outcome.rmsFalseAfter += left.squaredNorm();
      count += 1.0;
    }
  }
  outcome.meanBefore = before.norm() / count;
  outcome.meanAfter = after.norm() / count;
  outcome.rmsFalseAfter = std::sqrt(outcome.rmsFalseAfter / count);
  return outcome;
}

constexpr double FilmSlope = 0.6; // pm per mrad
constexpr double SubstrateSlope = 0.9;
} // namespace

TEST(TiltCorrection, ThePolynomialMeetsTheLawOfTheTable)
{
  const TiltPolarization response(Table(FilmSlope), 20.0);
  for (const Eigen::Vector2d & tilt : {Eigen::Vector2d(5, 0), Eigen::Vector2d(-7, 12), Eigen::Vector2d(3, -20)})
  {
    EXPECT_LT((response.Evaluate(tilt) - Law(FilmSlope, tilt)).norm(), 1e-6);
    for (Eigen::Index axis = 0; axis < 2; ++axis)
    {
      const Eigen::Vector2d step = 1e-4 * Eigen::Vector2d::Unit(axis);
      const Eigen::Vector2d slope = (response.Evaluate(tilt + step) - response.Evaluate(tilt - step)) / 2e-4;
      EXPECT_LT((response.Derivative(tilt).col(axis) - slope).norm(), 1e-6);
    }
  }
  EXPECT_LT(response.GetErrorPm(), 1e-6);
  EXPECT_DOUBLE_EQ(response.GetLargestTiltMrad(), 30.0);
  EXPECT_LT((response.Evaluate({60, 0}) - 2.0 * Law(FilmSlope, {30, 0})).norm(), 1e-6);
}

TEST(TiltCorrection, BetweenTwoThicknessesTheResponseIsInterpolated)
{
  TiltResponse table = Table(0.4, 10.0);
  table.series.push_back(Table(0.8, 20.0).series.front());
  const Eigen::Vector2d tilt(8, 3);
  EXPECT_LT((TiltPolarization(table, 15.0).Evaluate(tilt) - Law(0.6, tilt)).norm(), 1e-6);
  EXPECT_LT((TiltPolarization(table, 10.0).Evaluate(tilt) - Law(0.4, tilt)).norm(), 1e-6);
  EXPECT_THROW(TiltPolarization(table, 40.0), ferro::AnalysisError);
  EXPECT_THROW(TiltPolarization(table, 2.0), ferro::AnalysisError);
}

namespace
{
/** A crystal that seems less polar when it is tilted, and answers along its polarization unlike across it: r(t, P) in
 * closed form, with the symmetry of a square. */
Eigen::Vector2d
PolarLaw(const Eigen::Vector2d & t, const Eigen::Vector2d & p)
{
  return Law(0.8, t) - 5e-4 * t.squaredNorm() * p +
         1e-4 * (t.x() * t.x() - t.y() * t.y()) * Eigen::Vector2d(p.x(), -p.y()) +
         3e-4 * 2.0 * t.x() * t.y() * Eigen::Vector2d(p.y(), p.x()) + 1e-4 * (p.dot(t) * p - 0.5 * p.squaredNorm() * t);
}

TiltResponse
PolarTable()
{
  TiltResponse table;
  table.material = "test";
  table.fourfold = true;
  ferro::TiltResponseSeries series;
  series.polarizationPm = {-23.0, -23.0};
  series.thicknessNm = 20.0;
  for (const Eigen::Vector2d & tilt :
       {Eigen::Vector2d(5, 0), Eigen::Vector2d(-10, 0), Eigen::Vector2d(20, 0), Eigen::Vector2d(-20, 0),
        Eigen::Vector2d(0, 10), Eigen::Vector2d(0, -20), Eigen::Vector2d(14, -14), Eigen::Vector2d(-14, 14)})
  {
    series.points.push_back({tilt, {0, 0}, PolarLaw(tilt, series.polarizationPm), 0.0});
  }
  table.series.push_back(series);
  return table;
}
} // namespace

// The table holds one direction of the polarization; by symmetry it serves for all, and for shorter ones.
TEST(TiltCorrection, WhatTiltAddsDependsOnThePolarization)
{
  const TiltPolarization response(PolarTable(), 20.0);
  for (const Eigen::Vector2d & p : {Eigen::Vector2d(23, -23), Eigen::Vector2d(-10, 30), Eigen::Vector2d(0, 0)})
  {
    for (const Eigen::Vector2d & tilt : {Eigen::Vector2d(4, 3), Eigen::Vector2d(-15, 10)})
    {
      EXPECT_LT((response.Evaluate(tilt, p) - PolarLaw(tilt, p)).norm(), 1e-6);
      EXPECT_LT((response.Remove(p + PolarLaw(tilt, p), tilt) - p).norm(), 1e-6);
      const Eigen::Vector2d step(1e-4, 2e-4);
      const Eigen::Vector2d byTilt = (PolarLaw(tilt + step, p) - PolarLaw(tilt - step, p)) / 2.0;
      const Eigen::Vector2d byPolarization = (PolarLaw(tilt, p + step) - PolarLaw(tilt, p - step)) / 2.0;
      EXPECT_LT((response.Derivative(tilt, p) * step - byTilt).norm(), 1e-8);
      EXPECT_LT((response.DerivativeByPolarization(tilt, p) * step - byPolarization).norm(), 1e-8);
    }
  }
}

TEST(TiltCorrection, RefusesATableWithTiltsAlongOneDirection)
{
  TiltResponse table = Table(FilmSlope);
  table.fourfold = false;
  table.series.front().points.pop_back(); // the one off the axis
  EXPECT_THROW(TiltPolarization(table, 20.0), ferro::AnalysisError);
}

TEST(TiltCorrection, TakesTheFalsePolarizationOutWithASubstrate)
{
  int seed = 0;
  for (const double size : {5.0, 10.0, 20.0})
  {
    for (const double angle : {0.3, 2.0, 4.0})
    {
      const Eigen::Vector2d tilt = size * Eigen::Vector2d(std::cos(angle), std::sin(angle));
      Eigen::Matrix2d gradient;
      gradient << 0.3, -0.1, 0.2, 0.25; // mrad per nm: some mrad across the image
      const auto scene = MakeScene({25, 25}, {25, -25}, true, tilt, gradient, FilmSlope, SubstrateSlope, ++seed);
      const auto outcome = Correct(scene, FilmSlope, SubstrateSlope);
      EXPECT_LT(outcome.meanAfter, 0.2 * outcome.meanBefore) << size << " mrad";
      EXPECT_LT(outcome.largestZ, 4.5) << size << " mrad";
      EXPECT_EQ(outcome.estimate.equalPairs, 1);
    }
  }
}

TEST(TiltCorrection, OppositeDomainsSufficeWithoutASubstrate)
{
  int seed = 100;
  for (const double angle : {0.0, 1.0, 2.5})
  {
    const Eigen::Vector2d tilt = 12.0 * Eigen::Vector2d(std::cos(angle), std::sin(angle));
    const auto scene =
      MakeScene({25, 20}, {-25, -20}, false, tilt, Eigen::Matrix2d::Zero(), FilmSlope, SubstrateSlope, ++seed);
    const auto outcome = Correct(scene, FilmSlope, SubstrateSlope);
    EXPECT_EQ(outcome.estimate.oppositePairs, 1);
    EXPECT_LT(outcome.meanAfter, 0.2 * outcome.meanBefore);
    EXPECT_LT((outcome.estimate.field.atCenterMrad - tilt).norm(), 2.0);
    EXPECT_LT(outcome.estimate.chanceWithoutTilt, 1e-3);
  }
}

// Over many fields without tilt: what is subtracted stays within its own error, and is seldom called significant.
TEST(TiltCorrection, WithoutTiltNothingIsCorrectedBeyondError)
{
  constexpr int Seeds = 60;
  double squares = 0.0;
  int significant = 0;
  for (int seed = 1; seed <= Seeds; ++seed)
  {
    const auto scene = MakeScene({25, 25}, {25, -25}, true, {0, 0}, Eigen::Matrix2d::Zero(), FilmSlope, SubstrateSlope,
                                 1000U + static_cast<unsigned>(seed));
    const auto outcome = Correct(scene, FilmSlope, SubstrateSlope);
    const auto & field = outcome.estimate.field;
    squares += field.atCenterMrad.dot(field.covariance.topLeftCorner<2, 2>().inverse() * field.atCenterMrad);
    significant += outcome.estimate.chanceWithoutTilt < 0.01;
    EXPECT_LT(outcome.meanAfter, 1.0);
  }
  // Mean of chi squared with 2 degrees of freedom: 2; the stated errors allow for more than the noise that is here.
  EXPECT_LT(squares / Seeds, 2.0 + 4.0 * 2.0 / std::sqrt(static_cast<double>(Seeds)));
  EXPECT_LE(significant, 4); // 0.6 expected
}

// The true polarization must survive: the difference of two domains, which no uniform tilt can make.
TEST(TiltCorrection, TruePolarizationStaysAsItIs)
{
  const auto scene = MakeScene({30, 0}, {-30, 0}, true, {6, -4}, Eigen::Matrix2d::Zero(), FilmSlope, SubstrateSlope, 7);
  auto filter = ferro::TiltCorrectionFilter::New();
  filter->SetInput(scene.cells);
  filter->SetGroups(scene.groups);
  filter->SetFilmResponse(TiltPolarization(Table(FilmSlope), 20.0));
  filter->SetNonPolarResponse(TiltPolarization(Table(SubstrateSlope), 20.0));
  filter->Update();
  for (std::size_t k = 0; k < 2; ++k)
  {
    const Eigen::Vector2d truth(k == 0 ? 30.0 : -30.0, 0.0);
    Eigen::Vector2d mean(0, 0);
    Eigen::Vector2d error(0, 0);
    double count = 0.0;
    for (std::size_t n = 0; n < scene.cells->Size(); ++n)
    {
      if (scene.groups[n] == static_cast<int>(k) + 1)
      {
        mean += 1000.0 * PixelNm * filter->GetOutput()->GetCells()[n].polarization;
        error = 1000.0 * PixelNm * filter->GetOutput()->GetCells()[n].covariance.diagonal().cwiseSqrt();
        count += 1.0;
      }
    }
    EXPECT_LT(((mean / count - truth).cwiseQuotient(error)).cwiseAbs().maxCoeff(), 1.0);
  }
  ASSERT_EQ(filter->GetOutput()->GetExtraColumns().size(), 8U);
  EXPECT_EQ(filter->GetOutput()->GetExtraColumns().front().first, "tilt_x_mrad");
}

// A table that saturates below what was measured: the estimate stays on its side of zero, and says by its size that the
// table does not explain it.
TEST(TiltCorrection, FalsePolarizationBeyondTheTableKeepsItsDirection)
{
  TiltResponse table = Table(0.2);
  for (auto & point : table.series.front().points)
  {
    point.shiftBPm = 0.2 * (1.0 - point.tiltMrad.squaredNorm() / 1100.0) * point.tiltMrad; // at most 2.6 pm, at 19 mrad
    point.shiftAPm.setZero();
  }
  const TiltPolarization response(table, 20.0);
  std::vector<TiltSample> samples;
  for (int n = 0; n < 200; ++n)
  {
    TiltSample sample;
    sample.positionNm = {0.4 * (n % 20), 0.4 * (n / 20)};
    sample.polarizationPm = {7.0, -7.0};
    sample.covariancePm2 = 4.0 * Eigen::Matrix2d::Identity();
    sample.group = TiltSample::NonPolar;
    samples.push_back(sample);
  }
  const auto estimate = ferro::EstimateTilt(samples, &response, nullptr);
  EXPECT_GT(estimate.field.atCenterMrad.x(), 15.0);
  EXPECT_LT(estimate.field.atCenterMrad.y(), -15.0);
}

TEST(TiltCorrection, SaysWhenNothingTellsTheTilt)
{
  const auto scene =
    MakeScene({25, 25}, {25, 25}, false, {10, 0}, Eigen::Matrix2d::Zero(), FilmSlope, SubstrateSlope, 3);
  EXPECT_THROW(Correct(scene, FilmSlope, SubstrateSlope), ferro::AnalysisError);
  auto cells = ferro::UnitCellSet::New();
  cells->Graft(scene.cells);
  auto geometry = cells->GetGeometry();
  geometry.calibrated = false;
  cells->SetGeometry(geometry);
  auto filter = ferro::TiltCorrectionFilter::New();
  filter->SetInput(cells);
  filter->SetGroups(scene.groups);
  filter->SetFilmResponse(TiltPolarization(Table(FilmSlope), 20.0));
  EXPECT_THROW(filter->Update(), ferro::AnalysisError);
  filter->SetGroups({1, 2});
  EXPECT_THROW(filter->Update(), ferro::UsageError);
}
