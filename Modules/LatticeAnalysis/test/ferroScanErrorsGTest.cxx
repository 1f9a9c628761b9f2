// Stated errors against true ones, where lines are shifted: columns without an image, so that many crystals cost
// little.

#include "ferroLatticeAnalysisFilter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <random>
#include <utility>
#include <vector>

namespace
{
constexpr double Cell = 20.0;
constexpr long Height = 500;
constexpr double Sigma = 2.0;

struct Scene
{
  double jitter = 0.3;    ///< of a line, pixels
  double noiseOfA = 0.06; ///< of a position, pixels
  double bend = 0.0;      ///< amplitude of a wave of the specimen along x that runs along y, pixels
  double memory = 0.0;    ///< of the lines, lines
};

struct Errors
{
  std::vector<double> zSquares; ///< mean of z^2 of A along x for each crystal, without a shift of all in common
  double squares = 0.0;         ///< of A along x, mean
};

/** Columns as they were measured, and where they are. */
struct Crystal
{
  ferro::AtomColumnSet::Pointer columns = ferro::AtomColumnSet::New();
  std::vector<Eigen::Vector2d> truth;
};

/** The lines count as for a Gaussian whose noise is the same everywhere. */
const double WeightSigma = Sigma / std::sqrt(2.0);

Crystal
MakeCrystal(const Scene & scene, unsigned seed)
{
  std::mt19937 generator(seed);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> even(0.0, 1.0);
  std::vector<double> lines(Height);
  const double remembered = scene.memory > 0.0 ? std::exp(-1.0 / scene.memory) : 0.0;
  double before = remembered > 0.0 ? scene.jitter * normal(generator) : 0.0;
  for (auto & line : lines)
  {
    line = remembered * before + std::sqrt(1.0 - remembered * remembered) * scene.jitter * normal(generator);
    before = line;
  }
  const double angle = 0.12 + 0.5 * even(generator);
  const double wavelength = 120.0 + 180.0 * even(generator);
  const double phase = 6.3 * even(generator);
  Crystal crystal;
  auto & columns = crystal.columns;
  ferro::ImageGeometry geometry;
  geometry.width = geometry.height = Height;
  columns->SetGeometry(geometry);
  columns->SetColumnSigma(Sigma);
  Eigen::Matrix2d translations;
  translations << std::cos(angle), -std::sin(angle), std::sin(angle), std::cos(angle);
  translations *= Cell;
  columns->SetTranslations(translations);
  for (int n = 0; n < 2 * 100 * 100; ++n)
  {
    const bool isB = n % 2 == 1;
    const Eigen::Vector2d site(n / 2 % 100 - 50, n / 200 - 50);
    Eigen::Vector2d place = translations * (site + Eigen::Vector2d::Constant(isB ? 0.5 : 0.0));
    if (place.minCoeff() < 0.0 || place.maxCoeff() > Height - 1.0)
    {
      continue;
    }
    place.x() += scene.bend * std::sin(6.283185307 * place.y() / wavelength + phase);
    crystal.truth.push_back(place);
    double sum = 0.0;
    double weights = 0.0;
    for (long y = 0; y < Height; ++y)
    {
      const double u = (static_cast<double>(y) - place.y()) / WeightSigma;
      sum += std::exp(-0.5 * u * u) * lines[static_cast<std::size_t>(y)];
      weights += std::exp(-0.5 * u * u);
    }
    const double noise = isB ? 2.0 * scene.noiseOfA : scene.noiseOfA;
    ferro::AtomColumn column;
    column.position = place + Eigen::Vector2d(sum / weights + noise * normal(generator), noise * normal(generator));
    column.amplitude = isB ? 40.0 : 100.0;
    column.sigmaMajor = column.sigmaMinor = Sigma;
    column.covariance = noise * noise * Eigen::Matrix2d::Identity();
    columns->GetColumns().push_back(column);
  }
  return crystal;
}

/** Maps one crystal and compares with its truth. */
void
AddCrystal(Errors & errors, const Scene & scene, unsigned seed)
{
  const Crystal crystal = MakeCrystal(scene, seed);
  const auto & truth = crystal.truth;
  auto filter = ferro::LatticeAnalysisFilter::New();
  filter->SetInput(crystal.columns);
  filter->SetScanCorrection(ferro::ScanCorrection::Rows);
  filter->Update();
  ASSERT_EQ(filter->GetLattice()->Get().scan.applied, ferro::ScanCorrection::Rows);
  Eigen::Vector2d mean = Eigen::Vector2d::Zero();
  double z = 0.0;
  double squares = 0.0;
  double count = 0.0;
  for (int pass = 0; pass < 2; ++pass)
  {
    for (std::size_t n = 0; n < truth.size(); ++n)
    {
      const auto & column = filter->GetOutput()->GetColumns()[n];
      if (column.sublattice != ferro::Sublattice::A || truth[n].minCoeff() < Cell ||
          truth[n].maxCoeff() > Height - 1.0 - Cell)
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
        const Eigen::Vector2d off = error - mean / count;
        z += off.x() * off.x() / column.covariance(0, 0) / count;
        squares += off.x() * off.x() / count;
      }
    }
  }
  errors.zSquares.push_back(z);
  errors.squares += squares;
}

constexpr int Crystals = 20;

Errors
ErrorsOf(const Scene & scene)
{
  Errors errors;
  for (unsigned seed = 1; seed <= Crystals; ++seed)
  {
    AddCrystal(errors, scene, seed);
  }
  errors.squares /= Crystals;
  return errors;
}

/** Along x the standard deviation of z lies within 0.9 and 1.1, but for 4 standard errors, from the scatter between the
 * crystals: the columns of one share its lines. */
void
ExpectToHold(const char * name, const Errors & errors)
{
  double mean = 0.0;
  double squares = 0.0;
  for (const double z : errors.zSquares)
  {
    mean += z / Crystals;
    squares += z * z / Crystals;
  }
  const double standardError = std::sqrt((squares - mean * mean) / (Crystals - 1.0));
  std::printf("%-34s RMS %.4f px, SD of z %.3f, standard error %.3f, of one crystal %.3f\n", name,
              std::sqrt(errors.squares), std::sqrt(mean), 0.5 * standardError / std::sqrt(mean),
              0.5 * standardError * std::sqrt(static_cast<double>(Crystals)) / std::sqrt(mean));
  EXPECT_LE(mean - 4.0 * standardError, 1.1 * 1.1) << name;
  EXPECT_GE(mean + 4.0 * standardError, 0.9 * 0.9) << name;
}
} // namespace

// What is slow in the shifts of lines looks like a bend of the specimen. Where it does not bend, a good part is taken
// off; where it does, no more of the bend may be taken for shifts than the errors say.
TEST(ScanErrors, OfAHoldWhetherTheSpecimenBendsOrNot)
{
  for (const auto & [noise, bend] :
       {std::make_pair(0.06, 0.1), std::make_pair(0.02, 0.0), std::make_pair(0.02, 0.05), std::make_pair(0.02, 0.4)})
  {
    Scene scene;
    scene.noiseOfA = noise;
    scene.bend = bend;
    char name[64];
    std::snprintf(name, sizeof(name), "noise %.2f px, bend %.2f px", noise, bend);
    ExpectToHold(name, ErrorsOf(scene));
  }
}

// Lines that remember their shift for long bend the lattice as a specimen may; faster shifts show how long.
TEST(ScanErrors, OfAHoldWhereLinesRememberTheirShift)
{
  Scene scene;
  scene.noiseOfA = 0.02;
  scene.jitter = 0.12;
  scene.memory = 30.0;
  ExpectToHold("memory of 30 lines", ErrorsOf(scene));
}

TEST(ScanErrors, SlowShiftsAreTakenOffWhereTheSpecimenDoesNotBend)
{
  Scene scene;
  scene.noiseOfA = 0.005;
  const Errors errors = ErrorsOf(scene);
  ExpectToHold("nearly no noise", errors);
  // With a spline that may bend freely every three cells, of independent lines the part is left that the spline can
  // follow, but for a constant: as many lines' worth of the variance of a line as it has coefficients. Of these, the
  // straight line stays. Of the others, with amplitudes c that are normal numbers, f c with the mean f of the share
  // that Theory.md derives: E(f^2 c^2) = 0.24.
  const double coefficients = Height / (3.0 * Cell) + 3.0;
  const double ofLine = scene.jitter * scene.jitter / Height;
  const double expected = (1.0 + 0.24 * (coefficients - 2.0)) * ofLine;
  std::printf("variance left %.2f of what a free spline leaves, %.2f expected\n",
              errors.squares / ((coefficients - 1.0) * ofLine), expected / ((coefficients - 1.0) * ofLine));
  // Amplitudes of a crystal are so many squares of normal numbers, f^2 c^2 of which scatters by 0.6.
  const double scatter = std::sqrt((2.0 + 0.6 * 0.6 * (coefficients - 2.0)) / Crystals) * ofLine;
  EXPECT_LT(errors.squares, expected + 4.0 * scatter);
}

// Shifts too small to be told from chance count in the error of sums: as large as they are, and hardly where there are
// none.
TEST(ScanErrors, ShiftsThatAreNotFoundAreExpectedAsFarAsTheColumnsPermit)
{
  for (const double jitter : {0.0, 0.04})
  {
    Scene scene;
    scene.jitter = jitter;
    double sum = 0.0;
    double scatter = 0.0;
    int found = 0;
    for (unsigned seed = 1; seed <= Crystals; ++seed)
    {
      auto filter = ferro::LatticeAnalysisFilter::New();
      filter->SetInput(MakeCrystal(scene, seed).columns);
      filter->Update();
      const auto & lines = *filter->GetOutput()->GetScanLines();
      const auto & scan = filter->GetLattice()->Get().scan;
      sum += lines.axes[0].variance + lines.axes[0].unseen;
      scatter = (scan.commonNeeded.x() - 1.0) / 4.0;
      if (scan.lineDeviation.x() > 0.0)
      {
        EXPECT_EQ(lines.axes[0].unseen, 0.0) << "found: they are not expected besides";
        ++found;
        continue;
      }
      // The sum of one column has the variance itself; no column's own error holds it.
      EXPECT_DOUBLE_EQ(lines.VarianceOfSum(ferro::ScanLines::X, {{100.0}}, {1.0}), lines.axes[0].unseen);
      EXPECT_EQ(lines.Covariance(ferro::ScanLines::X, {100.0}, {100.0}), 0.0);
    }
    EXPECT_LT(found, Crystals / 2) << "too large a jitter for this test";
    // The mean of independent lines with Gaussian weights.
    const double truth = jitter * jitter / (2.0 * std::sqrt(3.14159265) * WeightSigma);
    // About 5 lines are compared with those before and after. They hold so many A columns:
    const double columns = 3.5 * WeightSigma * Height / (Cell * Cell);
    const double chance = scene.noiseOfA * scene.noiseOfA / columns;
    std::printf(
      "jitter %.2f px: variance expected %.2e, true %.2e, of a mean by chance %.2e, known to %.2f of that, found %d\n",
      jitter, sum / Crystals, truth, chance, scatter, found);
    if (jitter > 0.0)
    {
      EXPECT_GT(sum / Crystals, 0.5 * truth);
      EXPECT_LT(sum / Crystals, 1.5 * truth);
    }
    else
    {
      EXPECT_GT(sum, 0.0);
      // Less than a standard error of the excess is worth; columns within 5 lines have the mean correlation 0.69.
      EXPECT_LT(sum / Crystals, scatter * chance / 0.69);
    }
  }
}
