// The reduced accuracy suite: maps of synthetic images against the truth, 20 images per case, each with its own noise
// and rotation, nothing told but the pixel size. The goals are those of the project; what a finite number of columns
// adds to them follows from statistics, never from an earlier run:
//
// - N errors (two per column) of standard deviation s have a root mean square whose own standard error is s / sqrt(2
// N);
//   the same holds for the standard deviation of z. A goal may be missed by 4 of these: by chance about once in 30,000.
// - The fits of neighbours hardly depend on each other. Displacements do: cells share A columns. With errors all in A
// the
//   correlation is 1/2 to the four nearest cells and 1/4 to the four diagonal ones: 1 + 4/4 + 4/16 = 2.25 times the
//   variance of the mean square (squared correlations), 1 + 4/2 + 4/4 = 4 times that of a mean or of a slope. That much
//   is allowed, though B, the dimmer, makes most of the error.
// - Of n columns with a chance q of failing, n q + 4 sqrt(n q) fail at most.

#include "ferroAtomFindingImageFilter.h"
#include "ferroGaussianRefinementFilter.h"
#include "ferroLatticeAnalysisFilter.h"
#include "ferroMapEvaluation.h"
#include "ferroPolarizationFilter.h"
#include "ferroSyntheticMicrographSource.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>

namespace
{
constexpr int Seeds = 20;
constexpr double Sigmas = 4.0;            // how far chance may carry a figure
constexpr double CorrelatedSquares = 1.5; // sqrt(2.25), see above
constexpr double CorrelatedMeans = 2.0;   // sqrt(4)

struct Goal
{
  double ratio;  // of the RMS and the Cramer-Rao bound, at most
  double failed; // share of columns missed or invented, at most
};

ferro::SyntheticMicrographParameters
Scene(double doseCounts, double pixelsPerCell)
{
  ferro::SyntheticMicrographParameters parameters;
  parameters.width = 256;
  parameters.height = 256;
  parameters.doseCounts = doseCounts;
  parameters.pixelSizeNm = parameters.latticeNm / pixelsPerCell;
  return parameters;
}

ferro::MapScore
ScoreOfMaps(ferro::SyntheticMicrographParameters parameters)
{
  ferro::MapEvaluation evaluation;
  std::optional<ferro::CramerRaoBound> bound;
  for (int seed = 1; seed <= Seeds; ++seed)
  {
    parameters.seed = static_cast<std::uint64_t>(seed);
    parameters.rotationDeg = 90.0 * (seed - 0.5) / Seeds; // all that a square lattice has
    auto source = ferro::SyntheticMicrographSource::New();
    source->SetParameters(parameters);
    source->Update();
    auto finder = ferro::AtomFindingImageFilter::New();
    finder->SetInput(source->GetOutput());
    finder->Update();
    auto refinement = ferro::GaussianRefinementFilter::New();
    refinement->SetInput(source->GetOutput());
    refinement->SetColumns(finder->GetOutput());
    auto lattice = ferro::LatticeAnalysisFilter::New();
    lattice->SetInput(refinement->GetOutput());
    lattice->Update();
    auto polarization = ferro::PolarizationFilter::New();
    polarization->SetInput(lattice->GetOutput());
    polarization->SetLattice(lattice->GetLattice());
    polarization->Update();
    const auto & truth = source->GetTruth()->Get();
    if (!bound)
    {
      bound = ferro::ComputeCramerRaoBound(truth);
    }
    evaluation.Add(ferro::MakeMapTruth(truth, bound.value()), *lattice->GetOutput(), *polarization->GetOutput());
  }
  return evaluation.GetScore();
}

void
ExpectCount(long found, long total, double share, const std::string & what)
{
  const double expected = share * static_cast<double>(total);
  EXPECT_LE(static_cast<double>(found), expected + Sigmas * std::sqrt(expected)) << what << ", of " << total;
}

void
ExpectPositions(const ferro::PositionScore & score, double goal, const std::string & name)
{
  std::printf("%-13s %5ld columns  RMS %7.3f pm  bound %7.3f  ratio %.3f  bias (%+.3f, %+.3f) pm  SD of z %.3f\n",
              name.c_str(), score.scored, score.rmsPm, score.boundPm, score.Ratio(), score.biasPm.x(), score.biasPm.y(),
              score.zSd);
  ASSERT_GT(score.scored, 100) << name;
  const double chance = Sigmas / std::sqrt(4.0 * static_cast<double>(score.scored));
  EXPECT_LE(score.Ratio(), goal * (1.0 + chance)) << name;
  EXPECT_GE(score.Ratio(), 1.0 - chance - 0.02) << name
                                                << ": no unbiased estimate is below the bound, which is itself "
                                                   "the mean over some columns";
  EXPECT_LE(score.zSd, 1.1 * (1.0 + chance)) << name;
  EXPECT_GE(score.zSd, 0.9 * (1.0 - chance)) << name;
  const double standardError = goal * score.boundPm / std::sqrt(static_cast<double>(score.scored));
  EXPECT_LE(score.biasPm.cwiseAbs().maxCoeff(), 0.3 + Sigmas * standardError) << name;
}

void
ExpectSublattice(const ferro::SublatticeScore & score, const Goal & goal, const std::string & name)
{
  ASSERT_GT(score.trueInterior, 100) << name;
  std::printf("%-13s %5ld in the interior  %ld missed  %ld wrong  %ld flagged  %ld beyond 30 pm\n", name.c_str(),
              score.trueInterior, score.missed, score.wrongSublattice, score.flagged, score.beyond30Pm);
  ExpectCount(score.missed, score.trueInterior, goal.failed, name + " missed");
  ExpectCount(score.wrongSublattice, score.trueInterior, goal.failed, name + " of the wrong sublattice");
  ExpectCount(score.flagged, score.trueInterior, 0.01, name + " flagged");
  ExpectPositions(score.film, goal.ratio, name + " film");
  if (score.elsewhere.scored > 0)
  {
    ExpectPositions(score.elsewhere, goal.ratio, name + " substrate");
  }
}

void
ExpectDisplacement(const ferro::DisplacementScore & score, const Goal & goal)
{
  std::printf("%-13s %5ld cells    RMS %7.3f pm  bound %7.3f  ratio %.3f  bias (%+.3f, %+.3f) pm  SD of z %.3f  "
              "slope %.4f  non-polar mean (%+.3f, %+.3f) pm\n",
              "P", score.cellsScored, score.rmsPm, score.boundPm, score.Ratio(), score.biasPm.x(), score.biasPm.y(),
              score.zSd, score.slope, score.nonPolarMeanPm.x(), score.nonPolarMeanPm.y());
  ASSERT_GT(score.polarCells, 100);
  const double polarErrors = 2.0 * static_cast<double>(score.polarCells);
  const double chance = Sigmas * CorrelatedSquares / std::sqrt(2.0 * polarErrors);
  EXPECT_LE(score.Ratio(), goal.ratio * (1.0 + chance));
  EXPECT_LE(score.zSd, 1.1 * (1.0 + chance));
  EXPECT_GE(score.zSd, 0.9 * (1.0 - chance));
  const double slopeError = Sigmas * CorrelatedMeans * score.boundPm / (score.trueRmsPm * std::sqrt(polarErrors));
  EXPECT_GE(score.slope, 0.98 - slopeError);
  EXPECT_LE(score.slope, 1.02 + slopeError);
}

void
ExpectGoals(const ferro::MapScore & score, const Goal & goal)
{
  ExpectCount(score.invented, score.a.trueInterior + score.b.trueInterior, goal.failed, "invented");
  ExpectSublattice(score.a, goal, "A");
  ExpectSublattice(score.b, goal, "B");
  ExpectDisplacement(score.polarization, goal);
}
} // namespace

TEST(Accuracy, TwentyCounts)
{
  ExpectGoals(ScoreOfMaps(Scene(20.0, 20.0)), {1.25, 0.005});
}

TEST(Accuracy, HundredCounts)
{
  ExpectGoals(ScoreOfMaps(Scene(100.0, 20.0)), {1.10, 0.0});
}

TEST(Accuracy, ThousandCounts)
{
  ExpectGoals(ScoreOfMaps(Scene(1000.0, 20.0)), {1.10, 0.0});
}

TEST(Accuracy, HundredCountsAtTenPixelsPerCell)
{
  ExpectGoals(ScoreOfMaps(Scene(100.0, 10.0)), {1.10, 0.0});
}

// The null test: a crystal without polarization has none, within an error that shrinks with the number of cells.
TEST(Accuracy, NoPolarizationWhereThereIsNone)
{
  auto parameters = Scene(100.0, 20.0);
  parameters.domains = ferro::DomainPattern::Uniform;
  parameters.displacementPm = 0.0;
  parameters.substrateFraction = 0.0;
  const auto score = ScoreOfMaps(parameters);
  const Goal goal = {1.10, 0.0};
  ExpectCount(score.invented, score.a.trueInterior + score.b.trueInterior, goal.failed, "invented");
  ExpectSublattice(score.a, goal, "A");
  ExpectSublattice(score.b, goal, "B");
  const auto & p = score.polarization;
  ASSERT_GT(p.cellsScored, 1000);
  // Every A column is shared by four cells: the mean over the cells is the mean error of B less that of A.
  const double standardError =
    goal.ratio * std::hypot(score.a.all.boundPm, score.b.all.boundPm) / std::sqrt(static_cast<double>(p.cellsScored));
  std::printf("P             %5ld cells    mean (%+.3f, %+.3f) pm, standard error %.3f pm, SD of z %.3f\n",
              p.cellsScored, p.nonPolarMeanPm.x(), p.nonPolarMeanPm.y(), standardError, p.zSd);
  EXPECT_LE(p.nonPolarMeanPm.cwiseAbs().maxCoeff(), Sigmas * standardError);
  const double chance = Sigmas * CorrelatedSquares / std::sqrt(4.0 * static_cast<double>(p.cellsScored));
  EXPECT_LE(p.zSd, 1.1 * (1.0 + chance));
  EXPECT_GE(p.zSd, 0.9 * (1.0 - chance));
}

// Lines that jump by 0.3 px: the bound does not hold then, but the stated errors must. Columns of a row share their
// lines, so a line counts once: a column takes its place from about 2 sqrt(pi) sigma = 8 lines, which leaves 27 of them
// per image in the interior as the number of independent errors.
TEST(Accuracy, ErrorBarsWithScanJitter)
{
  auto parameters = Scene(100.0, 20.0);
  parameters.jitterPx = 0.3;
  const auto score = ScoreOfMaps(parameters);
  const double chance = Sigmas / std::sqrt(2.0 * 27.0 * Seeds);
  for (const auto & [name, z] :
       {std::pair<const char *, double>{"A", score.a.all.zSd}, {"B", score.b.all.zSd}, {"P", score.polarization.zSd}})
  {
    std::printf("%s  SD of z %.3f\n", name, z);
    EXPECT_LE(z, 1.1 * (1.0 + chance)) << name;
    EXPECT_GE(z, 0.9 * (1.0 - chance)) << name;
  }
  std::printf("ratio A %.3f  B %.3f  P %.3f  slope %.4f\n", score.a.all.Ratio(), score.b.all.Ratio(),
              score.polarization.Ratio(), score.polarization.slope);
  ExpectCount(score.invented, score.a.trueInterior + score.b.trueInterior, 0.0, "invented");
  ExpectCount(score.a.missed + score.b.missed, score.a.trueInterior + score.b.trueInterior, 0.0, "missed");
  ExpectCount(score.a.flagged + score.b.flagged, score.a.trueInterior + score.b.trueInterior, 0.01, "flagged");
}

// Columns that the border cuts, down to those of which only half is there: found, flagged, and with errors that hold.
TEST(Accuracy, ColumnsAtTheBorderAreKeptAndFlagged)
{
  auto parameters = Scene(100.0, 20.0);
  const double cell = 20.0;
  const double near = 1.5; // pixels: less than a standard deviation of the columns
  long cut = 0;
  long lost = 0;
  long flagged = 0;
  long errors = 0;
  long within = 0;
  for (int seed = 1; seed <= Seeds; ++seed)
  {
    parameters.seed = static_cast<std::uint64_t>(seed);
    parameters.rotationDeg = 90.0 * (seed - 0.5) / Seeds;
    auto source = ferro::SyntheticMicrographSource::New();
    source->SetParameters(parameters);
    source->Update();
    auto finder = ferro::AtomFindingImageFilter::New();
    finder->SetInput(source->GetOutput());
    auto refinement = ferro::GaussianRefinementFilter::New();
    refinement->SetInput(source->GetOutput());
    refinement->SetColumns(finder->GetOutput());
    refinement->DropOutsideOn();
    refinement->Update();
    const auto & columns = refinement->GetOutput()->GetColumns();
    const Eigen::Vector2d last(parameters.width - 1, parameters.height - 1);
    for (const auto & column : columns)
    {
      EXPECT_GE(column.position.minCoeff(), -0.5);
      EXPECT_LE((column.position - last).maxCoeff(), 0.5);
    }
    for (const auto & truth : source->GetTruth()->Get().columns)
    {
      const double inside = std::min(truth.position.minCoeff(), (last - truth.position).minCoeff());
      if (inside < 0.0 || inside > near)
      {
        continue;
      }
      ++cut;
      const auto nearest = std::min_element(
        columns.begin(), columns.end(),
        [&](const auto & l, const auto & r)
        { return (l.position - truth.position).squaredNorm() < (r.position - truth.position).squaredNorm(); });
      const Eigen::Vector2d error = nearest->position - truth.position;
      if (error.norm() > 0.25 * cell)
      {
        ++lost;
        continue;
      }
      flagged += (nearest->flags & ferro::FlagEdge) != 0;
      for (int axis = 0; axis < 2; ++axis)
      {
        ++errors;
        within += std::abs(error[axis]) < 2.0 * std::sqrt(nearest->covariance(axis, axis));
      }
    }
  }
  ASSERT_GT(cut, 100);
  std::printf("%ld columns cut by the border: %ld lost, %ld flagged; %.3f of the errors within 2 sigma\n", cut, lost,
              flagged, static_cast<double>(within) / static_cast<double>(errors));
  ExpectCount(lost, cut, 0.05, "lost"); // one that lies on the border may be fitted just outside
  EXPECT_EQ(flagged, cut - lost);
  const double share = 0.9545; // of a normal distribution
  EXPECT_GE(static_cast<double>(within), share * static_cast<double>(errors) -
                                           Sigmas * std::sqrt(share * (1.0 - share) * static_cast<double>(errors)));
}
