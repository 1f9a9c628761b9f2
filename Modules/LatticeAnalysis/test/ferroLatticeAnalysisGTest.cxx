#include "ferroErrors.h"
#include "ferroLatticeAnalysisFilter.h"
#include "ferroLatticeCalibration.h"
#include "ferroScanPair.h"
#include "ferroSyntheticMicrographSource.h"

#include <gtest/gtest.h>

#include <Eigen/LU>

#include <cmath>
#include <map>
#include <random>

namespace
{
struct Site
{
  Eigen::Vector2d place; ///< in cells
  double amplitude;
};

/** A crystal with the given columns per cell of a x b pixels, rotated by the angle (from x towards y). */
ferro::AtomColumnSet::Pointer
MakeCrystal(double a, double b, double angle, const std::vector<Site> & motif, long size = 400)
{
  auto columns = ferro::AtomColumnSet::New();
  ferro::ImageGeometry geometry;
  geometry.width = geometry.height = size;
  columns->SetGeometry(geometry);
  columns->SetColumnSigma(2.0);
  Eigen::Matrix2d translations;
  translations << a * std::cos(angle), -b * std::sin(angle), a * std::sin(angle), b * std::cos(angle);
  columns->SetTranslations(translations);
  for (int j = -80; j < 80; ++j)
  {
    for (int i = -80; i < 80; ++i)
    {
      for (const auto & site : motif)
      {
        ferro::AtomColumn column;
        column.position = Eigen::Vector2d(7.3, 5.1) + translations * (Eigen::Vector2d(i, j) + site.place);
        column.amplitude = site.amplitude;
        column.sigmaMajor = column.sigmaMinor = 2.0;
        column.covariance = 1e-4 * Eigen::Matrix2d::Identity();
        if (column.position.minCoeff() >= 0.0 && column.position.maxCoeff() <= static_cast<double>(size - 1))
        {
          columns->GetColumns().push_back(column);
        }
      }
    }
  }
  return columns;
}

const std::vector<Site> Perovskite = {{{0.0, 0.0}, 100.0}, {{0.5, 0.5}, 40.0}};

ferro::LatticeAnalysisFilter::Pointer
Analyse(const ferro::AtomColumnSet * columns, bool swap = false)
{
  auto filter = ferro::LatticeAnalysisFilter::New();
  filter->SetInput(columns);
  filter->SetSwapSublattices(swap);
  filter->Update();
  return filter;
}
} // namespace

TEST(LatticeAnalysis, IndicesGiveThePlacesBack)
{
  for (const double angle : {0.0, 0.2, 0.7, -0.5, 1.4})
  {
    const auto columns = MakeCrystal(20.0, 20.5, angle, Perovskite);
    const auto filter = Analyse(columns);
    const auto & lattice = filter->GetLattice()->Get();
    ASSERT_EQ(lattice.kind, ferro::LatticeKind::Perovskite100) << lattice.description;
    EXPECT_GT(lattice.a.x(), std::abs(lattice.a.y()) - 1e-6) << "a is the one nearer to x";
    EXPECT_GT(lattice.a.x() * lattice.b.y() - lattice.a.y() * lattice.b.x(), 0.0)
      << "b is a quarter turn further, down";
    for (const auto & column : filter->GetOutput()->GetColumns())
    {
      ASSERT_TRUE(column.indexed);
      EXPECT_EQ(column.sublattice, column.amplitude > 70.0 ? ferro::Sublattice::A : ferro::Sublattice::B);
      const double half = column.sublattice == ferro::Sublattice::B ? 0.5 : 0.0;
      const Eigen::Vector2d place = lattice.origin + (column.i + half) * lattice.a + (column.j + half) * lattice.b;
      EXPECT_LT((place - column.position).norm(), 1e-3);
      EXPECT_LT(column.deviation.norm(), 1e-3);
    }
  }
}

TEST(LatticeAnalysis, NamesFollowTheStructureNotTheBrightness)
{
  // Brightness falls by a factor of six across the image, and in a layer B is the brighter one.
  const auto columns = MakeCrystal(20.0, 20.0, 0.1, Perovskite);
  for (auto & column : columns->GetColumns())
  {
    const bool isB = column.amplitude < 70.0;
    const bool layer = column.position.y() > 300.0;
    column.rotation = isB ? 1.0 : 0.0; // keeps the truth
    column.amplitude *= 1.0 - column.position.x() / 480.0;
    if (layer)
    {
      column.amplitude = isB ? 30.0 : 24.0;
    }
  }
  const auto filter = Analyse(columns);
  for (const auto & column : filter->GetOutput()->GetColumns())
  {
    EXPECT_EQ(column.sublattice, column.rotation > 0.5 ? ferro::Sublattice::B : ferro::Sublattice::A);
  }
  const auto swapped = Analyse(columns, true);
  for (const auto & column : swapped->GetOutput()->GetColumns())
  {
    EXPECT_EQ(column.sublattice, column.rotation > 0.5 ? ferro::Sublattice::A : ferro::Sublattice::B);
  }
}

TEST(LatticeAnalysis, TranslationsThatAreTooDenseAreSplit)
{
  // Where A and B are nearly alike, the image repeats along half the diagonals as well.
  const auto columns = MakeCrystal(20.0, 20.0, 0.1, {{{0.0, 0.0}, 100.0}, {{0.5, 0.5}, 80.0}});
  const Eigen::Matrix2d cell = columns->GetTranslations();
  Eigen::Matrix2d dense;
  dense << 0.5 * (cell.col(0) + cell.col(1)), 0.5 * (cell.col(0) - cell.col(1));
  columns->SetTranslations(dense);
  const auto filter = Analyse(columns);
  EXPECT_EQ(filter->GetLattice()->Get().kind, ferro::LatticeKind::Perovskite100);
  for (const auto & column : filter->GetOutput()->GetColumns())
  {
    EXPECT_EQ(column.sublattice, column.amplitude > 90.0 ? ferro::Sublattice::A : ferro::Sublattice::B);
  }
}

TEST(LatticeAnalysis, TranslationsAreFoundWhenNobodyGivesThem)
{
  const auto columns = MakeCrystal(20.0, 21.0, 0.3, Perovskite);
  columns->SetTranslations(Eigen::Matrix2d::Zero());
  EXPECT_EQ(Analyse(columns)->GetLattice()->Get().kind, ferro::LatticeKind::Perovskite100);
}

TEST(LatticeAnalysis, OtherStructuresAreNotForcedIntoThePerovskiteCell)
{
  const auto single = Analyse(MakeCrystal(20.0, 20.0, 0.1, {{{0.0, 0.0}, 100.0}}));
  EXPECT_EQ(single->GetLattice()->Get().kind, ferro::LatticeKind::SingleSublattice);
  EXPECT_FALSE(single->GetLattice()->IsPolarizationDefined());

  // [110]: A at the corners of a cell of a x a sqrt(2), B in the middle of the long edges.
  const auto oneOneZero =
    Analyse(MakeCrystal(20.0, 20.0 * std::sqrt(2.0), 0.05, {{{0.0, 0.0}, 100.0}, {{0.0, 0.5}, 50.0}}));
  EXPECT_EQ(oneOneZero->GetLattice()->Get().kind, ferro::LatticeKind::OtherZoneAxis);
  EXPECT_NE(oneOneZero->GetLattice()->Get().description.find("<110>"), std::string::npos);

  // Equal columns on a centred square are a square lattice with another cell.
  const auto equal = Analyse(MakeCrystal(20.0, 20.0, 0.1, {{{0.0, 0.0}, 100.0}, {{0.5, 0.5}, 100.0}}));
  EXPECT_EQ(equal->GetLattice()->Get().countA + equal->GetLattice()->Get().countB,
            static_cast<long>(equal->GetOutput()->Size()));
}

TEST(LatticeAnalysis, DeviationsAreThoseThatWerePutIn)
{
  const auto columns = MakeCrystal(20.0, 20.0, 0.1, Perovskite);
  std::mt19937 generator(1);
  std::normal_distribution<double> normal(0.0, 0.3);
  for (auto & column : columns->GetColumns())
  {
    const double scale = column.amplitude > 70.0 ? 1.0 : 1.5;
    column.position += scale * Eigen::Vector2d(normal(generator), normal(generator));
  }
  const auto filter = Analyse(columns);
  const auto & lattice = filter->GetLattice()->Get();
  // About 400 columns of each kind: the RMS is known to 4 %.
  EXPECT_NEAR(lattice.rmsDeviationA.x(), 0.30, 0.04);
  EXPECT_NEAR(lattice.rmsDeviationB.y(), 0.45, 0.06);
}

TEST(LatticeAnalysis, ScatterBeyondTheStatedErrorsIsMeasured)
{
  // Each row of columns shifted as a whole, as by scan lines: 0.05 px; the fits state 0.01 px and mean it.
  for (const double jitter : {0.0, 0.05})
  {
    const auto columns = MakeCrystal(10.0, 10.0, 0.0, Perovskite, 600);
    std::mt19937 generator(4);
    std::normal_distribution<double> normal;
    std::map<long, double> shifts;
    for (auto & column : columns->GetColumns())
    {
      const long row = std::lround(column.position.y());
      if (shifts.count(row) == 0)
      {
        shifts[row] = jitter * normal(generator);
      }
      column.position += Eigen::Vector2d(shifts[row] + 0.01 * normal(generator), 0.01 * normal(generator));
      // A real displacement of B must not be taken for noise.
      if (column.amplitude < 70.0 && column.position.x() > 300.0)
      {
        column.position += Eigen::Vector2d(1.0, 1.0);
      }
    }
    const auto filter = Analyse(columns);
    const auto & result = filter->GetOutput()->GetColumns()[1000];
    // 60 rows: the variance of their shifts is known to 1 / sqrt(30).
    EXPECT_NEAR(std::sqrt(result.scanVariance.x()), jitter, 4 * 0.5 * jitter / std::sqrt(30.0) + 0.003);
    EXPECT_LT(std::sqrt(result.scanVariance.y()), 0.003);
    EXPECT_NEAR(result.covariance(0, 0), 1e-4 + result.scanVariance.x(), 1e-12);
    // A second analysis of the result adds nothing twice.
    const auto again = Analyse(filter->GetOutput());
    EXPECT_NEAR(again->GetOutput()->GetColumns()[1000].covariance(0, 0), result.covariance(0, 0), 1e-12);
  }
}

namespace
{
/** A crystal whose lines are shifted at random: each column sees the mean of the lines around it. Measurement errors of
 * 0.01 px. Returns the shift of each column. */
std::vector<double>
ShiftLines(ferro::AtomColumnSet & columns, double jitter, unsigned seed)
{
  std::mt19937 generator(seed);
  std::normal_distribution<double> normal;
  std::vector<double> lines;
  for (long y = 0; y < columns.GetGeometry().height; ++y)
  {
    lines.push_back(jitter * normal(generator));
  }
  // The weights of a column of sigma 2 whose noise is the same everywhere, as in MakeCrystal: sigma / sqrt(2).
  const double weightSigma = 2.0 / std::sqrt(2.0);
  std::vector<double> shifts;
  for (auto & column : columns.GetColumns())
  {
    double sum = 0.0;
    double weights = 0.0;
    for (std::size_t y = 0; y < lines.size(); ++y)
    {
      const double u = (static_cast<double>(y) - column.position.y()) / weightSigma;
      sum += std::exp(-0.5 * u * u) * lines[y];
      weights += std::exp(-0.5 * u * u);
    }
    shifts.push_back(sum / weights);
    column.position += Eigen::Vector2d(shifts.back() + 0.01 * normal(generator), 0.01 * normal(generator));
  }
  return shifts;
}
} // namespace

TEST(ScanCorrection, ShiftsOfLinesAreFoundAndTakenOffBothSublattices)
{
  const auto columns = MakeCrystal(20.0, 20.0, 0.15, Perovskite, 500);
  const auto shifts = ShiftLines(*columns, 0.3, 5);
  const auto filter = Analyse(columns);
  const auto & scan = filter->GetLattice()->Get().scan;
  EXPECT_EQ(scan.applied, ferro::ScanCorrection::Rows) << scan.reason;
  EXPECT_DOUBLE_EQ(scan.lineDeviation.y(), 0.0);
  double before = 0.0;
  double after = 0.0;
  double z = 0.0;
  double count = 0.0;
  double countB = 0.0;
  for (std::size_t n = 0; n < shifts.size(); ++n)
  {
    const auto & column = filter->GetOutput()->GetColumns()[n];
    EXPECT_EQ(column.lineShift.y(), 0.0);
    if (column.position.minCoeff() > 20.0 && column.position.maxCoeff() < 479.0)
    {
      const double left = shifts[n] - column.lineShift.x();
      before += shifts[n] * shifts[n];
      after += left * left;
      count += 1.0;
      if (column.sublattice == ferro::Sublattice::B) // the others told the shifts: their own errors are in them
      {
        z += left * left / column.scanVariance.x();
        countB += 1.0;
      }
    }
  }
  // What is slow stays, on purpose: 3 cells are 60 lines, a shift is 5 lines long.
  EXPECT_LT(after, 0.2 * before);
  // About 500 / 60 slow pieces make the rest.
  EXPECT_NEAR(std::sqrt(z / countB), 1.0, 0.1 + 4.0 / std::sqrt(2.0 * 500.0 / 60.0));
  // None asks for none, and the errors hold the jitter then; a second analysis begins with what was measured.
  filter->SetScanCorrection(ferro::ScanCorrection::None);
  filter->Update();
  EXPECT_EQ(filter->GetLattice()->Get().scan.applied, ferro::ScanCorrection::None);
  EXPECT_EQ(filter->GetOutput()->GetColumns()[100].lineShift.x(), 0.0);
  EXPECT_NEAR(std::sqrt(filter->GetOutput()->GetColumns()[100].scanVariance.x()), std::sqrt(before / count), 0.03);
}

TEST(ScanCorrection, RowsAlongTheLinesAreLeftAloneUnlessAskedFor)
{
  const auto columns = MakeCrystal(20.0, 20.0, 0.0, Perovskite, 600);
  ShiftLines(*columns, 0.3, 7);
  const auto filter = Analyse(columns);
  EXPECT_EQ(filter->GetLattice()->Get().scan.applied, ferro::ScanCorrection::None);
  EXPECT_NE(filter->GetLattice()->Get().scan.reason.find("look the same"), std::string::npos);
  filter->SetScanCorrection(ferro::ScanCorrection::Rows);
  filter->Update();
  EXPECT_EQ(filter->GetLattice()->Get().scan.applied, ferro::ScanCorrection::Rows);
}

TEST(ScanCorrection, BendsOfTheLatticeAreNotTakenForShifts)
{
  // A crystal that is sheared on one side of a wall along the lines, one that is stretched there, one with a slow bend,
  // and one whose wall stands obliquely.
  for (int which = 0; which < 4; ++which)
  {
    const auto columns = MakeCrystal(20.0, 20.0, which == 0 ? 0.0 : 0.12, Perovskite, 500);
    ShiftLines(*columns, 0.0, 11);
    std::vector<Eigen::Vector2d> before;
    for (auto & column : columns->GetColumns())
    {
      const Eigen::Vector2d r = column.position;
      const double depth = std::max(0.0, r.y() - 250.0);
      const double across = std::max(0.0, 0.8 * r.x() + 0.6 * r.y() - 330.0);
      column.position += which == 0   ? Eigen::Vector2d(0.01 * depth, 0.0)
                         : which == 1 ? Eigen::Vector2d(0.0, 0.014 * depth)
                         : which == 2 ? Eigen::Vector2d(2.0 * std::sin(r.y() / 100.0), 1.0 * std::cos(r.y() / 80.0))
                                      : Eigen::Vector2d(0.012 * across, -0.01 * across);
      before.push_back(column.position);
    }
    auto filter = ferro::LatticeAnalysisFilter::New();
    filter->SetInput(columns);
    filter->SetScanCorrection(ferro::ScanCorrection::Rows);
    filter->Update();
    double most = 0.0;
    for (std::size_t n = 0; n < before.size(); ++n)
    {
      most = std::max(most, (filter->GetOutput()->GetColumns()[n].position - before[n]).norm());
    }
    EXPECT_LT(most, 0.02) << which << ": " << filter->GetLattice()->Get().scan.reason;
  }
}

TEST(ScanCorrection, LinearDriftIsTakenOffByAKnownCell)
{
  // A square crystal, turned by 7 degrees, of which the image drifted by 12 and -9 px.
  ferro::SyntheticMicrographParameters parameters;
  parameters.substrateFraction = 0.0;
  parameters.displacementPm = 0.0; // the edges of the uniform lattice are those of A and B together
  parameters.driftXPx = 12.0;
  parameters.driftYPx = -9.0;
  const auto columns = [&]
  {
    auto truth = ferro::SyntheticTruth::New();
    truth->Set(ferro::MakeSyntheticTruth(parameters));
    auto set = truth->MakeColumnSet();
    set->SetColumnSigma(2.2);
    for (auto & column : set->GetColumns())
    {
      column.covariance = 1e-4 * Eigen::Matrix2d::Identity();
    }
    return set;
  }();
  auto filter = ferro::LatticeAnalysisFilter::New();
  filter->SetInput(columns);
  filter->Update();
  const auto distorted = filter->GetLattice()->Get();
  EXPECT_GT(std::abs(distorted.a.dot(distorted.b)) / (distorted.a.norm() * distorted.b.norm()), 0.02);
  for (const auto correction : {ferro::ScanCorrection::Affine, ferro::ScanCorrection::Full})
  {
    filter->SetScanCorrection(correction);
    filter->SetKnownCell({0.396, 0.396, "square"}, Eigen::Vector2d::Zero(), Eigen::Vector2d::Zero());
    filter->Update();
    const auto & lattice = filter->GetLattice()->Get();
    EXPECT_EQ(lattice.scan.applied, correction);
    // Without drift the edges are 0.396 nm of 0.02 nm pixels, at 7 degrees to the axes of the image.
    const double angle = 7.0 * std::acos(-1.0) / 180.0;
    EXPECT_NEAR(lattice.a.norm(), 19.8, 0.01) << lattice.scan.reason;
    EXPECT_NEAR(lattice.b.norm(), 19.8, 0.01);
    EXPECT_NEAR(lattice.a.x(), 19.8 * std::cos(angle), 0.01);
    EXPECT_NEAR(lattice.a.y(), -19.8 * std::sin(angle), 0.01);
    EXPECT_NEAR(lattice.a.dot(lattice.b), 0.0, 0.1);
  }
  // Without a known cell nothing linear is taken off.
  auto unknown = ferro::LatticeAnalysisFilter::New();
  unknown->SetInput(columns);
  unknown->SetScanCorrection(ferro::ScanCorrection::Full);
  unknown->Update();
  EXPECT_NEAR((unknown->GetLattice()->Get().a - distorted.a).norm(), 0.0, 0.01);
}

TEST(ScanCorrection, TheCourseOfSlowDriftIsFollowed)
{
  const auto columns = MakeCrystal(20.0, 20.0, 0.12, Perovskite, 800);
  ShiftLines(*columns, 0.0, 3);
  const auto drift = [](double y) { return Eigen::Vector2d(4.0 * std::sin(y / 130.0), 2.0 * std::cos(y / 200.0)); };
  // What a correction cannot know is the straight part.
  Eigen::Matrix2d normal = Eigen::Matrix2d::Zero();
  Eigen::Matrix2d right = Eigen::Matrix2d::Zero();
  for (int y = 0; y < 800; ++y)
  {
    const Eigen::Vector2d row(1.0, y);
    normal += row * row.transpose();
    right += row * drift(y).transpose();
  }
  const Eigen::Matrix2d straight = normal.inverse() * right;
  std::vector<Eigen::Vector2d> expected;
  for (auto & column : columns->GetColumns())
  {
    const double y = column.position.y();
    expected.push_back(drift(y) - straight.transpose() * Eigen::Vector2d(1.0, y));
    column.position += drift(y);
  }
  auto filter = ferro::LatticeAnalysisFilter::New();
  filter->SetInput(columns);
  filter->SetScanCorrection(ferro::ScanCorrection::Full);
  filter->Update();
  double squares = 0.0;
  for (std::size_t n = 0; n < expected.size(); ++n)
  {
    squares += (filter->GetOutput()->GetColumns()[n].driftShift - expected[n]).squaredNorm();
  }
  // Errors of 0.01 px of the columns; splines over six cells bend with a sine of 800 px to better than 1 %.
  EXPECT_LT(std::sqrt(squares / (2.0 * static_cast<double>(expected.size()))), 0.05);
  EXPECT_LT(filter->GetLattice()->Get().rmsDeviationA.norm(), 0.1);
}

TEST(ScanPair, TwoScansAQuarterTurnApartTellDriftAndJitterFromTheCrystal)
{
  // A crystal that is no square and bends; each scan drifts and has jitter of its own.
  const auto make = [](double angle) { return MakeCrystal(20.0, 20.6, angle, Perovskite, 500); };
  const auto bend = [](const Eigen::Vector2d & v)
  { return Eigen::Vector2d(1.5 * std::sin(v.y() / 60.0), 0.8 * std::cos(v.x() / 45.0)); };
  const Eigen::Vector2d middle(249.5, 249.5);
  const auto first = make(0.1);
  std::vector<Eigen::Vector2d> truth;
  const auto second = ferro::AtomColumnSet::New();
  second->Graft(first);
  for (std::size_t n = 0; n < first->Size(); ++n)
  {
    const Eigen::Vector2d r = first->GetColumns()[n].position;
    truth.push_back(r + bend(r));
    first->GetColumns()[n].position = truth.back();
    // Counter-clockwise on the screen: what was to the right is above.
    const Eigen::Vector2d v = truth.back() - middle;
    second->GetColumns()[n].position = middle + Eigen::Vector2d(v.y(), -v.x());
  }
  Eigen::Matrix2d turned;
  turned << first->GetTranslations().row(1), -first->GetTranslations().row(0);
  second->SetTranslations(turned);
  ShiftLines(*first, 0.3, 21);
  ShiftLines(*second, 0.3, 22);
  for (const auto & [set, rate] : {std::make_pair(first, 1.0), std::make_pair(second, -0.7)})
  {
    for (auto & column : set->GetColumns())
    {
      const double t = column.position.y() / 500.0 - 0.5;
      column.position += rate * Eigen::Vector2d(4.0 * t + 2.0 * t * t, 3.0 * t - std::sin(4.0 * t));
    }
  }
  const auto pair = ferro::CombineScanPair(*first, *second, 1, Eigen::Vector2d(0.4, -0.3));
  EXPECT_GT(pair.matched, static_cast<long>(0.9 * static_cast<double>(truth.size())));
  std::printf("jitter %.3f %.3f / %.3f %.3f before %.3f after %.4f z %.2f matched %ld of %zu\n", pair.jitter[0].x(),
              pair.jitter[0].y(), pair.jitter[1].x(), pair.jitter[1].y(), pair.before.norm(), pair.after.norm(), pair.z,
              pair.matched, truth.size());
  EXPECT_GT(pair.before.norm(), 1.0);
  // A constant and nothing else is unknown. Interior columns: the drift at the first and last lines has neighbours on
  // one side only.
  Eigen::Vector2d mean = Eigen::Vector2d::Zero();
  double count = 0.0;
  double squares = 0.0;
  double zSquares = 0.0;
  double inTheImage = 0.0;
  for (int pass = 0; pass < 2; ++pass)
  {
    for (std::size_t n = 0; n < truth.size(); ++n)
    {
      const auto & column = pair.columns->GetColumns()[n];
      if (truth[n].minCoeff() < 40.0 || truth[n].maxCoeff() > 459.0)
      {
        continue;
      }
      const Eigen::Vector2d error = column.position - truth[n];
      if (pass == 0)
      {
        mean += error;
        count += 1.0;
      }
      else
      {
        squares += (error - mean / count).squaredNorm();
        zSquares += (error - mean / count).cwiseAbs2().cwiseQuotient(column.covariance.diagonal()).sum();
        inTheImage = std::max(inTheImage, (column.position + pair.drift[n] - first->GetColumns()[n].position).norm());
      }
    }
  }
  // One image alone: drift of pixels and jitter of 0.3 / sqrt(2 sqrt(pi) 1.4) = 0.13 px along x. Both: errors of 0.01
  // px and what is left of the jitter.
  EXPECT_LT(std::sqrt(squares / (2.0 * count)), 0.02);
  EXPECT_NEAR(std::sqrt(zSquares / (2.0 * count)), 1.0, 0.3);
  EXPECT_LT(inTheImage, 0.7) << "jitter is left, drift is back";
  // The wrong turn does not match.
  EXPECT_THROW(ferro::CombineScanPair(*first, *make(0.9), -1, Eigen::Vector2d::Zero()), ferro::AnalysisError);
}

TEST(LatticeAnalysis, DoubtfulColumnsAreFlagged)
{
  const auto columns = MakeCrystal(20.0, 20.0, 0.0, Perovskite);
  std::size_t moved = 0;
  std::size_t removed = 0;
  std::size_t faint = 0;
  for (std::size_t n = 0; n < columns->Size(); ++n)
  {
    const auto & p = columns->GetColumns()[n].position;
    const bool isA = columns->GetColumns()[n].amplitude > 70.0;
    moved = isA && (p - Eigen::Vector2d(107.3, 105.1)).norm() < 1.0 ? n : moved;
    removed = isA && (p - Eigen::Vector2d(207.3, 205.1)).norm() < 1.0 ? n : removed;
    faint = isA && (p - Eigen::Vector2d(307.3, 305.1)).norm() < 1.0 ? n : faint;
  }
  ASSERT_GT(moved * removed * faint, 0u);
  columns->GetColumns()[moved].position += Eigen::Vector2d(5.0, 0.0);
  columns->GetColumns()[faint].amplitude = 20.0;
  columns->GetColumns()[removed] = columns->GetColumns().back();
  columns->GetColumns().pop_back();
  const auto filter = Analyse(columns);
  const auto & result = filter->GetOutput()->GetColumns();
  EXPECT_TRUE(result[moved].flags & ferro::FlagOutlier);
  EXPECT_TRUE(result[faint].flags & ferro::FlagFaint);
  int near = 0;
  int flagged = 0;
  for (const auto & column : result)
  {
    near += (column.flags & ferro::FlagNearVacancy) != 0;
    flagged += column.flags != ferro::FlagNone;
  }
  EXPECT_EQ(near, 8);
  EXPECT_EQ(flagged, 10);
}

TEST(LatticeAnalysis, TooFewColumnsAreRefused)
{
  auto columns = ferro::AtomColumnSet::New();
  columns->GetColumns().resize(5);
  EXPECT_THROW(Analyse(columns), ferro::AnalysisError);
}

TEST(LatticeCalibration, PixelSizesFollowFromTheKnownCell)
{
  // 20 x 21 px at 0.2 rad; the true cell is 0.4 nm square, so that one pixel is 0.02 nm along a and 0.4/21 nm along b.
  const auto square = Analyse(MakeCrystal(20.0, 20.0, 0.2, Perovskite));
  const auto target = ferro::ParseCalibrationTarget("0.4");
  const Eigen::Vector2d nowhere(0, 0);
  for (const bool perAxis : {false, true})
  {
    const auto size = ferro::CalibratePixelSize(*square->GetOutput(), target, nowhere, nowhere, perAxis);
    EXPECT_NEAR(size.x(), 0.02, 1e-6);
    EXPECT_NEAR(size.y(), 0.02, 1e-6);
  }
  const auto stretched = Analyse(MakeCrystal(20.0, 21.0, 0.0, Perovskite));
  const auto size = ferro::CalibratePixelSize(*stretched->GetOutput(), target, nowhere, nowhere, true);
  EXPECT_NEAR(size.x(), 0.02, 1e-6);
  EXPECT_NEAR(size.y(), 0.4 / 21.0, 1e-6);
  const auto common = ferro::CalibratePixelSize(*stretched->GetOutput(), target, nowhere, nowhere, false);
  EXPECT_NEAR(common.x() * common.y() * 20.0 * 21.0, 0.16, 1e-6);
  EXPECT_THROW(ferro::CalibratePixelSize(*square->GetOutput(), target, {0, 0}, {15, 15}, false), ferro::AnalysisError);
  const auto diagonal = Analyse(MakeCrystal(20.0, 20.0, 0.7853981, Perovskite));
  EXPECT_THROW(ferro::CalibratePixelSize(*diagonal->GetOutput(), target, nowhere, nowhere, true), ferro::AnalysisError);
}

TEST(LatticeCalibration, TargetsAreMaterialsOrLengths)
{
  EXPECT_DOUBLE_EQ(ferro::ParseCalibrationTarget("SrTiO3").aNm, 0.3905);
  EXPECT_DOUBLE_EQ(ferro::ParseCalibrationTarget("0.399x0.4036").bNm, 0.4036);
  for (const auto * wrong : {"", "SrTi03", "0", "-0.4", "0.4x", "0.4x0.4x", "0.4 nm", "39", "nan"})
  {
    EXPECT_THROW(ferro::ParseCalibrationTarget(wrong), ferro::UsageError) << wrong;
  }
}
