// Scan distortion and the null test, on synthetic images whose truth is known. Limits follow from statistics: a mean
// of n normal numbers of standard deviation s scatters by s / sqrt(n), a root mean square by s / sqrt(2 n); 4 of these
// are allowed. What scan lines share counts once for each piece of the image that moves for itself.

#include "ferroAtomFindingImageFilter.h"
#include "ferroGaussianRefinementFilter.h"
#include "ferroLatticeAnalysisFilter.h"
#include "ferroMeanPolarization.h"
#include "ferroPointLocator.h"
#include "ferroPolarizationFilter.h"
#include "ferroSyntheticMicrographSource.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

namespace
{
constexpr double Sigmas = 4.0;

struct Map
{
  ferro::SyntheticTruth::Values truth;
  ferro::AtomColumnSet::Pointer columns;
  ferro::Lattice::Values lattice;
  ferro::UnitCellSet::Pointer cells;
};

Map
MakeMap(const ferro::SyntheticMicrographParameters & parameters, ferro::ScanCorrection correction)
{
  auto source = ferro::SyntheticMicrographSource::New();
  source->SetParameters(parameters);
  auto finder = ferro::AtomFindingImageFilter::New();
  finder->SetInput(source->GetOutput());
  finder->Update();
  auto refinement = ferro::GaussianRefinementFilter::New();
  refinement->SetInput(source->GetOutput());
  refinement->SetColumns(finder->GetOutput());
  auto lattice = ferro::LatticeAnalysisFilter::New();
  lattice->SetInput(refinement->GetOutput());
  lattice->SetScanCorrection(correction);
  lattice->Update();
  auto polarization = ferro::PolarizationFilter::New();
  polarization->SetInput(lattice->GetOutput());
  polarization->SetLattice(lattice->GetLattice());
  polarization->Update();
  return {source->GetTruth()->Get(), lattice->GetOutput(), lattice->GetLattice()->Get(), polarization->GetOutput()};
}

ferro::SyntheticMicrographParameters
Scene(long size, double rotationDeg)
{
  ferro::SyntheticMicrographParameters parameters;
  parameters.width = parameters.height = size;
  parameters.doseCounts = 100.0;
  parameters.rotationDeg = rotationDeg;
  parameters.substrateFraction = 0.0;
  return parameters;
}

/** Errors of many maps, in pixels and in stated errors. */
struct Sums
{
  double squares = 0.0;
  double zSquares = 0.0;
  double count = 0.0;

  void
  Add(const Eigen::Vector2d & error, const Eigen::Matrix2d & covariance,
      const Eigen::Vector2d & common = Eigen::Vector2d::Zero())
  {
    squares += (error - common).squaredNorm();
    zSquares += error.cwiseAbs2().cwiseQuotient(covariance.diagonal()).sum();
    count += 2.0;
  }
  double
  Rms() const
  {
    return std::sqrt(squares / count);
  }
  double
  Z() const
  {
    return std::sqrt(zSquares / count);
  }
};

struct Score
{
  Sums a;
  Sums p;
  Sums wall;                                              ///< P within a cell of the wall
  Eigen::Vector2d wallMean = Eigen::Vector2d::Zero();     ///< error along the sense of the wall's step, summed
  Eigen::Vector2d wallVariance = Eigen::Vector2d::Zero(); ///< what is stated for this sum, cells taken as independent
  int corrected = 0;
};

/** Columns and cells at least a cell from the border against the truth. */
void
AddTo(Score & score, const Map & map)
{
  const auto & parameters = map.truth.parameters;
  const double cell = parameters.latticeNm / parameters.pixelSizeNm;
  std::vector<Eigen::Vector2d> places;
  for (const auto & column : map.truth.columns)
  {
    places.push_back(column.position);
  }
  const ferro::PointLocator locator(places);
  const auto inside = [&](const Eigen::Vector2d & r)
  { return r.minCoeff() > cell && r.maxCoeff() < static_cast<double>(parameters.width - 1) - cell; };
  // A constant shift of all columns cannot be known; it is in the stated errors, but no correction takes it off.
  Eigen::Vector2d mean = Eigen::Vector2d::Zero();
  double count = 0.0;
  for (int pass = 0; pass < 2; ++pass)
  {
    for (const auto & column : map.columns->GetColumns())
    {
      const auto near = locator.Nearest(column.position, 1).front();
      if (column.sublattice == ferro::Sublattice::A && column.flags == 0 && inside(column.position))
      {
        ASSERT_LT(near.second, 0.0625 * cell * cell);
        const Eigen::Vector2d error = column.position - places[near.first];
        if (pass == 0)
        {
          mean += error;
          count += 1.0;
        }
        else
        {
          score.a.Add(error, column.covariance, mean / count);
        }
      }
    }
  }
  const double middle = 0.5 * static_cast<double>(parameters.height - 1);
  for (const auto & unit : map.cells->GetCells())
  {
    if (unit.flags != 0 || !inside(unit.position))
    {
      continue;
    }
    const auto near = locator.Nearest(unit.position, 1).front();
    const Eigen::Vector2d error = unit.polarization - map.truth.columns[near.first].displacement;
    score.p.Add(error, unit.covariance);
    const double away = unit.position.y() - middle;
    if (std::abs(away) < cell)
    {
      score.wall.Add(error, unit.covariance);
      score.wallMean += (away > 0.0 ? 1.0 : -1.0) * error;
      score.wallVariance += unit.covariance.diagonal();
    }
  }
  score.corrected += map.lattice.scan.applied == ferro::ScanCorrection::Rows;
}

constexpr int Seeds = 6;

Score
ScoreOf(ferro::SyntheticMicrographParameters parameters, ferro::ScanCorrection correction)
{
  Score score;
  for (int seed = 1; seed <= Seeds; ++seed)
  {
    parameters.seed = static_cast<std::uint64_t>(seed);
    AddTo(score, MakeMap(parameters, correction));
  }
  return score;
}

void
Print(const char * name, const Score & score)
{
  std::printf(
    "%-22s A RMS %.4f px z %.3f   P RMS %.4f px z %.3f   at the wall RMS %.4f px z %.3f mean (%+.4f, %+.4f) px"
    "   corrected %d\n",
    name, score.a.Rms(), score.a.Z(), score.p.Rms(), score.p.Z(), score.wall.Rms(), score.wall.Z(),
    score.wallMean.x() / (0.5 * score.wall.count), score.wallMean.y() / (0.5 * score.wall.count), score.corrected);
}

/** The stated errors hold, away from the wall and at it; no step at the wall is lost. */
void
ExpectHonest(const Score & score, double pieces)
{
  const double chance = Sigmas / std::sqrt(2.0 * pieces * Seeds);
  EXPECT_NEAR(score.a.Z(), 1.0, 0.1 + chance);
  EXPECT_NEAR(score.p.Z(), 1.0, 0.1 + chance);
  // Few heights of the image hold the cells at the wall: two rows of cells, each shifted as a whole.
  EXPECT_LT(score.wall.Z(), 1.1 + Sigmas / std::sqrt(2.0 * 2.0 * Seeds));
  // Cells of a row share their lines and corners: their mean may be off by as much as that of fewer.
  const Eigen::Vector2d step = score.wallMean.cwiseAbs().cwiseQuotient(score.wallVariance.cwiseSqrt());
  const double cellsInARow = 0.25 * score.wall.count / Seeds;
  EXPECT_LT(step.maxCoeff(), Sigmas * std::sqrt(cellsInARow));
}

/** A wall that runs along the scan lines, or nearly: the correction must leave the step in P, and take off jitter. */
void
TestWall(ferro::DomainPattern domains, double rotationDeg, ferro::ScanCorrection correction)
{
  auto parameters = Scene(320, rotationDeg);
  parameters.domains = domains;
  parameters.wallWidthNm = 0.1;
  // Lines that move for themselves, each about 8 lines high; where rows lie along the lines, one for each row.
  const double pieces = 12.0;
  const Score still = ScoreOf(parameters, correction);
  Print("no jitter", still);
  ExpectHonest(still, pieces);
  EXPECT_EQ(still.corrected, 0) << "there is nothing to correct";
  parameters.jitterPx = 0.3;
  const Score without = ScoreOf(parameters, ferro::ScanCorrection::None);
  Print("jitter", without);
  ExpectHonest(without, pieces);
  const Score with = ScoreOf(parameters, correction);
  Print("jitter, corrected", with);
  EXPECT_EQ(with.corrected, Seeds);
  ExpectHonest(with, pieces);
  // A columns see the jitter with 0.3 / sqrt(2 sqrt(pi) t) = 0.11 px along x; at least half of its variance must go.
  const double jitterBefore = without.a.Rms() * without.a.Rms() - still.a.Rms() * still.a.Rms();
  const double jitterAfter = with.a.Rms() * with.a.Rms() - still.a.Rms() * still.a.Rms();
  EXPECT_LT(jitterAfter, 0.5 * jitterBefore);
  EXPECT_LT(with.p.Rms(), without.p.Rms());
}
} // namespace

TEST(ScanAtWalls, Wall180AlongTheLines)
{
  TestWall(ferro::DomainPattern::Wall180, 45.0, ferro::ScanCorrection::Rows);
}

TEST(ScanAtWalls, Wall109AlongTheLines)
{
  TestWall(ferro::DomainPattern::Wall109, 90.0, ferro::ScanCorrection::Rows);
}

TEST(ScanAtWalls, Wall109NearlyAlongTheLines)
{
  TestWall(ferro::DomainPattern::Wall109, 82.0, ferro::ScanCorrection::Automatic);
}

// The null test: the mean P of a crystal that is not polar, over its stated error, is a normal number, with jitter and
// without; the error of the mean is not that of a cell over the square root of their number.
TEST(NullTest, FiftyCrystalsWithoutPolarization)
{
  for (const double jitter : {0.0, 0.3})
  {
    constexpr int Images = 50;
    double squares = 0.0;
    Eigen::Vector2d sum = Eigen::Vector2d::Zero();
    for (int seed = 1; seed <= Images; ++seed)
    {
      auto parameters = Scene(200, 90.0 * (seed - 0.5) / Images);
      parameters.domains = ferro::DomainPattern::Uniform;
      parameters.displacementPm = 0.0;
      parameters.jitterPx = jitter;
      parameters.seed = static_cast<std::uint64_t>(seed);
      const Map map = MakeMap(parameters, ferro::ScanCorrection::Automatic);
      const auto mean =
        ferro::MeasureMeanPolarization(*map.cells, *map.columns, Eigen::Vector2d::Zero(), Eigen::Vector2d::Zero());
      ASSERT_GT(mean.cells, 30);
      const Eigen::Vector2d z = mean.mean.cwiseQuotient(mean.GetCovariance().diagonal().cwiseSqrt());
      squares += z.squaredNorm();
      sum += z;
    }
    std::printf("jitter %.1f px: chi squared %.1f of %d, mean of z (%+.2f, %+.2f)\n", jitter, squares, 2 * Images,
                sum.x() / Images, sum.y() / Images);
    // Chi squared of n has the variance 2 n; stated errors may be off by 10 %.
    EXPECT_LT(squares, 1.21 * (2.0 * Images + Sigmas * std::sqrt(4.0 * Images)));
    EXPECT_GT(squares, 0.81 * (2.0 * Images - Sigmas * std::sqrt(4.0 * Images)));
    EXPECT_LT(sum.cwiseAbs().maxCoeff() / Images, Sigmas / std::sqrt(static_cast<double>(Images)));
  }
}
