// Scan distortion and the null test, on synthetic images whose truth is known. Limits follow from statistics: a mean
// of n normal numbers of standard deviation s scatters by s / sqrt(n), a root mean square by s / sqrt(2 n); 4 of these
// are allowed. What scan lines share counts once for each piece of the image that moves for itself.

#include "ferroAtomFindingImageFilter.h"
#include "ferroGaussianRefinementFilter.h"
#include "ferroLatticeAnalysisFilter.h"
#include "ferroMeanPolarization.h"
#include "ferroPointLocator.h"
#include "ferroPolarizationFilter.h"
#include "ferroScanPair.h"
#include "ferroSyntheticMicrographSource.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

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

ferro::AtomColumnSet::Pointer
RefineColumns(ferro::SyntheticMicrographSource & source)
{
  auto finder = ferro::AtomFindingImageFilter::New();
  finder->SetInput(source.GetOutput());
  finder->Update();
  auto refinement = ferro::GaussianRefinementFilter::New();
  refinement->SetInput(source.GetOutput());
  refinement->SetColumns(finder->GetOutput());
  refinement->Update();
  return refinement->GetOutput();
}

Map
MakeMap(const ferro::SyntheticMicrographParameters & parameters, ferro::ScanCorrection correction)
{
  auto source = ferro::SyntheticMicrographSource::New();
  source->SetParameters(parameters);
  auto lattice = ferro::LatticeAnalysisFilter::New();
  lattice->SetInput(RefineColumns(*source));
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
    zSquares += (error - common).cwiseAbs2().cwiseQuotient(covariance.diagonal()).sum();
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
  // A constant shift of all columns cannot be known, and no stated error holds it.
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

namespace
{
/** Squares of errors over stated errors, image by image: columns of a line share its shift, images share nothing. So
 * the scatter between the images says how well the mean is known, whatever is common to the columns of one. */
class ErrorBars
{
public:
  void
  Add(const std::vector<Eigen::Vector2d> & z)
  {
    Eigen::Vector2d mean = Eigen::Vector2d::Zero();
    Eigen::Vector2d squares = Eigen::Vector2d::Zero();
    for (const auto & value : z)
    {
      mean += value / static_cast<double>(z.size());
      squares += value.cwiseAbs2() / static_cast<double>(z.size());
    }
    // A shift of all columns in common is no error.
    m_Variances.emplace_back(squares - mean.cwiseAbs2());
  }
  /** The standard deviation of z lies within 0.9 and 1.1, but for 4 standard errors. */
  void
  ExpectToHold(const std::string & name) const
  {
    const auto images = static_cast<double>(m_Variances.size());
    for (Eigen::Index axis = 0; axis < 2; ++axis)
    {
      double mean = 0.0;
      double squares = 0.0;
      for (const auto & variance : m_Variances)
      {
        mean += variance[axis] / images;
        squares += variance[axis] * variance[axis] / images;
      }
      const double standardError = std::sqrt((squares - mean * mean) / (images - 1.0));
      const std::string text = name + (axis == 0 ? " x" : " y");
      std::printf("%-12s SD of z %.3f, standard error %.3f\n", text.c_str(), std::sqrt(mean),
                  0.5 * standardError / std::sqrt(mean));
      EXPECT_LE(mean - Sigmas * standardError, 1.1 * 1.1) << text;
      EXPECT_GE(mean + Sigmas * standardError, 0.9 * 0.9) << text;
      EXPECT_LT(standardError, 0.15) << text << ": too few images to say anything";
    }
  }

private:
  std::vector<Eigen::Vector2d> m_Variances;
};

struct ErrorBarsOfMaps
{
  ErrorBars a;
  ErrorBars b;
  ErrorBars p;

  /** Unflagged columns and cells at least a cell from the border. */
  void
  Add(const ferro::SyntheticTruth::Values & truth, const ferro::AtomColumnSet & columns,
      const ferro::UnitCellSet & cells)
  {
    const double cell = truth.parameters.latticeNm / truth.parameters.pixelSizeNm;
    std::vector<Eigen::Vector2d> places;
    for (const auto & column : truth.columns)
    {
      places.push_back(column.position);
    }
    const ferro::PointLocator locator(places);
    const auto counts = [&](const Eigen::Vector2d & r, std::uint32_t flags)
    {
      return flags == 0 && r.minCoeff() > cell && r.x() < static_cast<double>(truth.parameters.width - 1) - cell &&
             r.y() < static_cast<double>(truth.parameters.height - 1) - cell;
    };
    std::vector<Eigen::Vector2d> z[3];
    for (const auto & column : columns.GetColumns())
    {
      if (counts(column.position, column.flags))
      {
        const Eigen::Vector2d error = column.position - places[locator.Nearest(column.position, 1).front().first];
        ASSERT_LT(error.norm(), 0.25 * cell);
        z[column.sublattice == ferro::Sublattice::A ? 0 : 1].push_back(
          error.cwiseQuotient(column.covariance.diagonal().cwiseSqrt()));
      }
    }
    for (const auto & unit : cells.GetCells())
    {
      if (counts(unit.position, unit.flags))
      {
        const auto & column = truth.columns[locator.Nearest(unit.position, 1).front().first];
        z[2].emplace_back(
          (unit.polarization - column.displacement).cwiseQuotient(unit.covariance.diagonal().cwiseSqrt()));
      }
    }
    a.Add(z[0]);
    b.Add(z[1]);
    p.Add(z[2]);
  }
  void
  ExpectToHold() const
  {
    a.ExpectToHold("A");
    b.ExpectToHold("B");
    p.ExpectToHold("P");
  }
};

constexpr int Images = 20;

/** At least half of the images must be corrected, where that is asked for. */
void
TestErrorBars(double doseCounts, double firstDegree, double lastDegree, ferro::ScanCorrection correction,
              int images = Images)
{
  ErrorBarsOfMaps bars;
  int found = 0;
  for (int seed = 1; seed <= images; ++seed)
  {
    auto parameters = Scene(200, firstDegree + (lastDegree - firstDegree) * (seed - 1.0) / (images - 1.0));
    parameters.height = 420; // lines count, not columns on a line
    parameters.doseCounts = doseCounts;
    parameters.jitterPx = 0.3;
    parameters.seed = static_cast<std::uint64_t>(seed);
    const Map map = MakeMap(parameters, correction);
    bars.Add(map.truth, *map.columns, *map.cells);
    found += map.lattice.scan.applied == ferro::ScanCorrection::Rows;
  }
  EXPECT_GE(found, correction == ferro::ScanCorrection::None ? 0 : images / 2);
  bars.ExpectToHold();
}
} // namespace

// Error bars with line jitter of 0.3 px: corrected, left alone, with rows of the lattice along the lines and oblique,
// with so many counts that jitter is larger than the noise.
TEST(ErrorBarsWithJitter, HundredCounts)
{
  TestErrorBars(100.0, 8.0, 37.0, ferro::ScanCorrection::Automatic);
}

TEST(ErrorBarsWithJitter, ThousandCounts)
{
  TestErrorBars(1000.0, 8.0, 37.0, ferro::ScanCorrection::Automatic);
}

TEST(ErrorBarsWithJitter, ThousandCountsNotCorrected)
{
  TestErrorBars(1000.0, 8.0, 37.0, ferro::ScanCorrection::None);
}

TEST(ErrorBarsWithJitter, ThousandCountsRowsAlongTheLines)
{
  // Each row of the crystal is shifted as a whole, so that an image says less than others.
  TestErrorBars(1000.0, 0.0, 0.0, ferro::ScanCorrection::Rows, 28);
}

// Two scans a quarter turn apart: slow drift and jitter of both are taken off. What is left of them is slow for the
// most part and falls out of P.
TEST(ErrorBarsWithJitter, PairOfScans)
{
  ErrorBars p;
  for (int seed = 1; seed <= Images; ++seed)
  {
    auto parameters = Scene(240, 3.0 + 2.0 * seed);
    parameters.pixelSizeNm = parameters.latticeNm / 20.0;
    parameters.jitterPx = 0.3;
    parameters.domains = ferro::DomainPattern::Uniform;
    parameters.driftXPx = 3.0;
    parameters.driftYPx = -2.0;
    parameters.displacementPm = 0.0;
    ferro::AtomColumnSet::Pointer columns[2];
    for (int scan = 0; scan < 2; ++scan)
    {
      parameters.seed = static_cast<std::uint64_t>(seed + 1000 * scan);
      auto source = ferro::SyntheticMicrographSource::New();
      source->SetParameters(parameters);
      columns[scan] = RefineColumns(*source);
      parameters.rotationDeg += 90.0;
    }
    // The lattice begins off the middle by (0.31, 0.17) cells in either image.
    const Eigen::Vector2d off = 20.0 * Eigen::Vector2d(0.31, 0.17);
    const auto pair = ferro::CombineScanPair(*columns[0], *columns[1], 1, Eigen::Vector2d(-off.y(), off.x()) - off);
    auto lattice = ferro::LatticeAnalysisFilter::New();
    lattice->SetInput(pair.columns);
    lattice->SetScanCorrection(ferro::ScanCorrection::None);
    auto polarization = ferro::PolarizationFilter::New();
    polarization->SetInput(lattice->GetOutput());
    polarization->SetLattice(lattice->GetLattice());
    polarization->Update();
    std::vector<Eigen::Vector2d> z;
    for (const auto & unit : polarization->GetOutput()->GetCells())
    {
      if (unit.flags == 0 && unit.position.minCoeff() > 20.0 && unit.position.maxCoeff() < 219.0)
      {
        // Nothing is displaced, so that P is its own error.
        z.emplace_back(unit.polarization.cwiseQuotient(unit.covariance.diagonal().cwiseSqrt()));
      }
    }
    p.Add(z);
  }
  p.ExpectToHold("P");
}

// The null test: the mean P of a crystal that is not polar, over its stated error, is a normal number, with jitter and
// without; the error of the mean is not that of a cell over the square root of their number.
TEST(NullTest, FiftyCrystalsWithoutPolarization)
{
  for (const double jitter : {0.0, 0.3})
  {
    constexpr int Crystals = 50;
    double squares = 0.0;
    Eigen::Vector2d sum = Eigen::Vector2d::Zero();
    for (int seed = 1; seed <= Crystals; ++seed)
    {
      auto parameters = Scene(200, 90.0 * (seed - 0.5) / Crystals);
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
    std::printf("jitter %.1f px: chi squared %.1f of %d, mean of z (%+.2f, %+.2f)\n", jitter, squares, 2 * Crystals,
                sum.x() / Crystals, sum.y() / Crystals);
    // Chi squared of n has the variance 2 n; stated errors may be off by 10 %.
    EXPECT_LT(squares, 1.21 * (2.0 * Crystals + Sigmas * std::sqrt(4.0 * Crystals)));
    EXPECT_GT(squares, 0.81 * (2.0 * Crystals - Sigmas * std::sqrt(4.0 * Crystals)));
    EXPECT_LT(sum.cwiseAbs().maxCoeff() / Crystals, Sigmas / std::sqrt(static_cast<double>(Crystals)));
  }
}
