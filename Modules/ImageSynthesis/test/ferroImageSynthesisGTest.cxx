#include "ferroCramerRaoBound.h"
#include "ferroErrors.h"
#include "ferroPointLocator.h"
#include "ferroRandomNumbers.h"
#include "ferroSyntheticMicrographSource.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <tuple>

namespace
{
ferro::SyntheticMicrographSource::Pointer
Made(const ferro::SyntheticMicrographParameters & parameters)
{
  auto source = ferro::SyntheticMicrographSource::New();
  source->SetParameters(parameters);
  source->Update();
  return source;
}

std::vector<float>
Pixels(const ferro::SyntheticMicrographParameters & parameters)
{
  const auto source = Made(parameters);
  const auto * begin = source->GetOutput()->GetBufferPointer();
  return {begin, begin + source->GetOutput()->GetBufferedRegion().GetNumberOfPixels()};
}
} // namespace

TEST(RandomNumbers, PoissonHasItsMomentsAndItsDistribution)
{
  for (const double mean : {0.05, 1.0, 7.3, 29.9, 30.1, 115.0, 5000.0})
  {
    ferro::RandomNumbers random(5, 1);
    constexpr int count = 200000;
    double sum = 0.0;
    double sum2 = 0.0;
    double sum3 = 0.0;
    std::map<double, int> histogram;
    for (int n = 0; n < count; ++n)
    {
      const double value = random.Poisson(mean);
      const double d = value - mean;
      sum += d;
      sum2 += d * d;
      sum3 += d * d * d;
      ++histogram[value];
    }
    // Mean, variance and third central moment are all equal to the mean; five standard errors each.
    EXPECT_NEAR(sum / count, 0.0, 5.0 * std::sqrt(mean / count)) << mean;
    EXPECT_NEAR(sum2 / count, mean, 5.0 * std::sqrt((mean + 2.0 * mean * mean) / count)) << mean;
    EXPECT_NEAR(sum3 / count, mean, 5.0 * std::sqrt((15 * mean * mean * mean + 25 * mean * mean + mean) / count))
      << mean;
    // Chi square over the values that are expected often.
    double chi2 = 0.0;
    int bins = 0;
    for (double k = std::max(0.0, std::floor(mean - 3.0 * std::sqrt(mean))); k < mean + 3.0 * std::sqrt(mean) + 1; ++k)
    {
      const double expected = count * std::exp(k * std::log(mean) - mean - std::lgamma(k + 1.0));
      if (expected > 20.0)
      {
        chi2 += (histogram[k] - expected) * (histogram[k] - expected) / expected;
        ++bins;
      }
    }
    EXPECT_LT(chi2, bins + 5.0 * std::sqrt(2.0 * bins) + 5.0) << mean;
  }
  EXPECT_EQ(ferro::RandomNumbers(1).Poisson(0.0), 0.0);
}

TEST(RandomNumbers, TheSequenceIsFixed)
{
  // The engine is fixed by the standard (10000th number of the default seed); the rest must not change unnoticed.
  std::mt19937_64 engine;
  engine.discard(9999);
  EXPECT_EQ(engine(), 9981545732273789042u);
  ferro::RandomNumbers random(7, 3);
  ferro::RandomNumbers same(7, 3);
  ferro::RandomNumbers other(7, 4);
  const double first = random.Uniform();
  EXPECT_EQ(first, same.Uniform());
  EXPECT_NE(first, other.Uniform());
  double sum = 0.0;
  double sum2 = 0.0;
  for (int n = 0; n < 100000; ++n)
  {
    const double value = random.Normal();
    sum += value;
    sum2 += value * value;
  }
  EXPECT_NEAR(sum / 1e5, 0.0, 0.016);
  EXPECT_NEAR(sum2 / 1e5, 1.0, 0.023);
  std::vector<int> histogram(7);
  for (int n = 0; n < 70000; ++n)
  {
    ++histogram[random.Below(7)];
  }
  for (const int count : histogram)
  {
    EXPECT_NEAR(count, 10000, 500);
  }
}

TEST(SyntheticMicrograph, WithoutNoiseItIsTheSumOfGaussians)
{
  ferro::SyntheticMicrographParameters p;
  p.width = 160;
  p.height = 120;
  p.doseCounts = 0.0;
  p.driftXPx = 3.0;
  const auto source = Made(p);
  const auto & truth = source->GetTruth()->Get();
  // Without the drift along y: the columns are sheared, the specimen coordinate is x - drift (y / (h - 1) - 1/2).
  const auto straight = [&](const Eigen::Vector2d & r)
  { return Eigen::Vector2d(r.x() - p.driftXPx * (r.y() / (p.height - 1.0) - 0.5), r.y()); };
  for (const auto & [x, y] : {std::pair<long, long>{0, 0}, {17, 33}, {80, 60}, {159, 119}, {100, 3}})
  {
    double expected = ferro::SyntheticBackground(p, static_cast<double>(x), static_cast<double>(y));
    for (const auto & column : truth.columns)
    {
      const Eigen::Vector2d d = straight({static_cast<double>(x), static_cast<double>(y)}) - straight(column.position);
      expected += column.amplitude * std::exp(-0.5 * d.squaredNorm() / (column.sigma * column.sigma));
    }
    EXPECT_NEAR(source->GetOutput()->GetPixel({{x, y}}), expected, 1e-6);
  }
  EXPECT_DOUBLE_EQ(source->GetOutput()->GetSpacing()[0], 0.02);
  EXPECT_TRUE(ferro::GetImageGeometry(*source->GetOutput()).calibrated);
}

TEST(SyntheticMicrograph, DisplacementIsThatOfBAgainstItsFourA)
{
  for (const auto pattern : {ferro::DomainPattern::Uniform, ferro::DomainPattern::Wall180,
                             ferro::DomainPattern::Wall109, ferro::DomainPattern::Wall71, ferro::DomainPattern::Vortex})
  {
    ferro::SyntheticMicrographParameters p;
    p.domains = pattern;
    p.driftXPx = 4.0;
    p.driftYPx = -6.0;
    p.secondPhaseFraction = 0.2;
    p.secondPhaseLatticeNm = 0.41;
    const auto truth = ferro::MakeSyntheticTruth(p);
    std::map<std::pair<int, int>, Eigen::Vector2d> a;
    for (const auto & column : truth.columns)
    {
      if (column.sublattice == ferro::Sublattice::A)
      {
        a[{column.i, column.j}] = column.position;
      }
    }
    int compared = 0;
    double longest = 0.0;
    for (const auto & column : truth.columns)
    {
      const int i = column.i;
      const int j = column.j;
      if (column.sublattice == ferro::Sublattice::B && a.count({i, j}) && a.count({i + 1, j}) && a.count({i, j + 1}) &&
          a.count({i + 1, j + 1}))
      {
        const Eigen::Vector2d mean = 0.25 * (a[{i, j}] + a[{i + 1, j}] + a[{i, j + 1}] + a[{i + 1, j + 1}]);
        EXPECT_LT((column.position - mean - column.displacement).norm(), 1e-9);
        if (column.region == ferro::SpecimenRegion::Substrate)
        {
          EXPECT_EQ(column.displacement.norm(), 0.0);
        }
        longest = std::max(longest, column.displacement.norm());
        ++compared;
      }
    }
    EXPECT_GT(compared, 500) << ToString(pattern);
    EXPECT_NEAR(longest, std::sqrt(2.0) * 1.5, 0.03) << ToString(pattern); // 30 pm per component, 20 pm pixels
  }
}

TEST(SyntheticMicrograph, WallsStandWhereTheyShould)
{
  ferro::SyntheticMicrographParameters p;
  p.rotationDeg = 0.0;
  p.substrateFraction = 0.0;
  const double middle = 255.5;
  const auto displacements = [&](ferro::DomainPattern pattern)
  {
    p.domains = pattern;
    std::vector<ferro::SyntheticColumn> columns;
    for (const auto & column : ferro::MakeSyntheticTruth(p).columns)
    {
      if (column.sublattice == ferro::Sublattice::B)
      {
        columns.push_back(column);
      }
    }
    return columns;
  };
  const double u = 1.5;
  for (const auto & column : displacements(ferro::DomainPattern::Uniform))
  {
    EXPECT_NEAR((column.displacement - Eigen::Vector2d(u, u)).norm(), 0.0, 1e-9);
  }
  for (const auto & column : displacements(ferro::DomainPattern::Wall109))
  {
    EXPECT_NEAR(column.displacement.x(), u, 1e-9);
    if (std::abs(column.position.x() - middle) > 30.0)
    {
      EXPECT_NEAR(column.displacement.y(), column.position.x() < middle ? -u : u, 1e-3);
    }
  }
  int inside = 0;
  for (const auto & column : displacements(ferro::DomainPattern::Wall71))
  {
    EXPECT_NEAR(column.displacement.x(), u, 1e-9);
    // The foil of 200 px smears the wall over 100 px to both sides.
    const double d = column.position.x() - column.displacement.x() - middle - 0.31 * 19.8;
    EXPECT_NEAR(column.displacement.y(), u * std::clamp(d / 100.0, -1.0, 1.0), 0.04);
    inside += std::abs(column.displacement.y()) < 0.5 * u;
  }
  EXPECT_GT(inside, 50);
  for (const auto & column : displacements(ferro::DomainPattern::Wall180))
  {
    EXPECT_NEAR(column.displacement.x(), column.displacement.y(), 1e-9); // along the wall
    const double d = column.position.x() - column.position.y();
    if (std::abs(d) > 50.0)
    {
      EXPECT_NEAR(column.displacement.x(), d < 0.0 ? -u : u, 1e-3);
    }
  }
  for (const auto & column : displacements(ferro::DomainPattern::Vortex))
  {
    const Eigen::Vector2d r = column.position - column.displacement - Eigen::Vector2d(middle, middle);
    EXPECT_NEAR(column.displacement.dot(r), 0.0, 1e-9);
    if (r.norm() > 30.0)
    {
      EXPECT_NEAR(column.displacement.norm(), std::sqrt(2.0) * u, 1e-3);
      EXPECT_GT(r.y() * column.displacement.x() - r.x() * column.displacement.y(), 0.0); // counter-clockwise on screen
    }
  }
}

TEST(SyntheticMicrograph, RotationIsCounterClockwiseOnTheScreen)
{
  ferro::SyntheticMicrographParameters p;
  p.rotationDeg = 10.0;
  const auto truth = ferro::MakeSyntheticTruth(p);
  EXPECT_LT(truth.e1.y(), 0.0); // a points to the right and up, y is down
  std::map<std::pair<int, int>, Eigen::Vector2d> a;
  for (const auto & column : truth.columns)
  {
    if (column.sublattice == ferro::Sublattice::A)
    {
      a[{column.i, column.j}] = column.position;
    }
  }
  const Eigen::Vector2d edge = a.at({3, 0}) - a.at({2, 0});
  EXPECT_NEAR(edge.norm(), 19.8, 1e-9);
  EXPECT_NEAR(std::atan2(-edge.y(), edge.x()) * 180.0 / 3.14159265358979, 10.0, 1e-9);
}

TEST(SyntheticMicrograph, SubstrateAndSecondPhaseHaveTheirOwnCells)
{
  ferro::SyntheticMicrographParameters p;
  p.rotationDeg = 0.0;
  p.secondPhaseFraction = 0.25;
  p.secondPhaseLatticeNm = 0.42;
  const auto truth = ferro::MakeSyntheticTruth(p);
  std::map<std::pair<int, int>, ferro::SyntheticColumn> a;
  for (const auto & column : truth.columns)
  {
    if (column.sublattice == ferro::Sublattice::A)
    {
      a[{column.i, column.j}] = column;
    }
    else if (column.region == ferro::SpecimenRegion::SecondPhase)
    {
      EXPECT_DOUBLE_EQ(column.amplitude, 0.7);
      EXPECT_GT(column.position.x(), 360.0);
    }
  }
  for (const auto & [index, column] : a)
  {
    const auto below = a.find({index.first, index.second + 1});
    if (below != a.end())
    {
      const bool substrate = below->second.region == ferro::SpecimenRegion::Substrate;
      EXPECT_NEAR(below->second.position.y() - column.position.y(), substrate ? 19.525 : 19.8, 1e-9);
      EXPECT_EQ(substrate, below->second.position.y() > 0.78 * 512) << below->second.position.y();
    }
    const auto right = a.find({index.first + 1, index.second});
    if (right != a.end())
    {
      EXPECT_NEAR(right->second.position.x() - column.position.x(), right->second.position.x() > 384.0 ? 21.0 : 19.8,
                  1e-9);
    }
    EXPECT_DOUBLE_EQ(column.amplitude, column.region == ferro::SpecimenRegion::Substrate ? 0.6 : 1.0);
  }
}

TEST(SyntheticMicrograph, NoiseIsPoissonAndTheSeedDecides)
{
  ferro::SyntheticMicrographParameters p;
  p.width = 300;
  p.height = 200;
  p.doseCounts = 0.0;
  const auto expected = Pixels(p);
  p.doseCounts = 50.0;
  p.seed = 11;
  const auto noisy = Pixels(p);
  double sum = 0.0;
  double chi2 = 0.0;
  double counts = 0.0;
  for (std::size_t n = 0; n < noisy.size(); ++n)
  {
    const double mean = 50.0 * expected[n];
    EXPECT_EQ(noisy[n], std::round(noisy[n]));
    sum += noisy[n] - mean;
    counts += mean;
    chi2 += (noisy[n] - mean) * (noisy[n] - mean) / mean;
  }
  EXPECT_NEAR(sum, 0.0, 5.0 * std::sqrt(counts));
  EXPECT_NEAR(chi2 / static_cast<double>(noisy.size()), 1.0, 5.0 * std::sqrt(2.5 / static_cast<double>(noisy.size())));
  EXPECT_EQ(Pixels(p), noisy);
  p.seed = 12;
  EXPECT_NE(Pixels(p), noisy);
}

TEST(SyntheticMicrograph, JitterShiftsWholeLines)
{
  ferro::SyntheticMicrographParameters p;
  p.width = 200;
  p.height = 400;
  p.rotationDeg = 0.0;
  p.doseCounts = 0.0;
  p.backgroundVariation = 0.0;
  const auto straight = Pixels(p);
  p.jitterPx = 0.3;
  const auto shaken = Pixels(p);
  // Shift of each line from its first-order change: sum (I' - I) dI/dx / sum (dI/dx)^2 = -shift.
  double sum = 0.0;
  double sum2 = 0.0;
  int lines = 0;
  for (long y = 0; y < p.height; ++y)
  {
    double top = 0.0;
    double bottom = 0.0;
    for (long x = 1; x + 1 < p.width; ++x)
    {
      const auto n = static_cast<std::size_t>(y * p.width + x);
      const double slope = 0.25 * (straight[n + 1] - straight[n - 1] + shaken[n + 1] - shaken[n - 1]);
      top -= (shaken[n] - straight[n]) * slope;
      bottom += slope * slope;
    }
    if (bottom > 1e-3)
    {
      sum += top / bottom;
      sum2 += top / bottom * top / bottom;
      ++lines;
    }
  }
  EXPECT_GT(lines, 300);
  EXPECT_NEAR(sum / lines, 0.0, 4.0 * 0.3 / std::sqrt(lines));
  EXPECT_NEAR(std::sqrt(sum2 / lines), 0.3, 4.0 * 0.3 / std::sqrt(2.0 * lines) + 0.01);
}

TEST(SyntheticMicrograph, VacanciesAreEmpty)
{
  ferro::SyntheticMicrographParameters p;
  p.doseCounts = 0.0;
  const auto all = Made(p);
  p.vacancies = 12;
  const auto some = Made(p);
  const auto & truth = some->GetTruth()->Get();
  ASSERT_EQ(truth.vacancies.size(), 12u);
  EXPECT_EQ(truth.columns.size() + 12, all->GetTruth()->Get().columns.size());
  for (const auto & vacancy : truth.vacancies)
  {
    const long x = std::lround(vacancy.position.x());
    const long y = std::lround(vacancy.position.y());
    EXPECT_GT(x, 18);
    EXPECT_NEAR(all->GetOutput()->GetPixel({{x, y}}) - some->GetOutput()->GetPixel({{x, y}}), vacancy.amplitude,
                0.1 * vacancy.amplitude + 0.02);
    for (const auto & column : truth.columns)
    {
      EXPECT_GT((column.position - vacancy.position).norm(), 5.0);
    }
  }
}

TEST(SyntheticMicrograph, BlurKeepsTheSumOfAColumn)
{
  ferro::SyntheticMicrographParameters p;
  p.sourceSizeNm = 0.03;
  const auto truth = ferro::MakeSyntheticTruth(p);
  double a = 0.0;
  double b = 0.0;
  for (const auto & column : truth.columns)
  {
    if (column.region == ferro::SpecimenRegion::Film)
    {
      (column.sublattice == ferro::Sublattice::A ? a : b) = column.amplitude * column.sigma * column.sigma;
      EXPECT_NEAR(column.sigma, std::hypot(column.sublattice == ferro::Sublattice::A ? 2.25 : 2.1, 1.5), 1e-12);
    }
  }
  EXPECT_NEAR(b / a, 0.35 * 2.1 * 2.1 / (2.25 * 2.25), 1e-12);
}

TEST(SyntheticMicrograph, EllipsesAndSkewHaveTheirMomentsAndLeaveTheCentre)
{
  ferro::SyntheticMicrographParameters p;
  p.width = p.height = 480;
  p.latticeNm = p.substrateLatticeNm = 2.4; // columns far from each other
  p.sigmaANm = 0.06;
  p.doseCounts = 0.0;
  p.ratioB = 0.8;
  p.substrateFraction = 0.0;
  p.backgroundFraction = 0.0;
  p.ellipticity = 1.3;
  p.ellipticityAngleDeg = 30.0;
  p.skewFraction = 0.3;
  p.skewShiftNm = 0.05;
  p.skewAngleDeg = 110.0;
  // In the axes of the image, y down: 110 degrees counter-clockwise point to the left and up.
  const Eigen::Vector2d aside = 2.5 * Eigen::Vector2d(-0.34202014, -0.93969262);
  const Eigen::Vector2d longer(0.8660254, -0.5);
  const Eigen::Vector2d shorter(0.5, 0.8660254);
  for (const double drift : {0.0, 12.0})
  {
    p.driftXPx = drift;
    p.driftYPx = -drift;
    const auto source = Made(p);
    int looked = 0;
    for (const auto & column : source->GetTruth()->Get().columns)
    {
      constexpr long Radius = 20;
      const long x0 = std::lround(column.position.x());
      const long y0 = std::lround(column.position.y());
      if (std::min(x0, y0) < Radius || std::max(x0, y0) >= p.width - Radius)
      {
        continue;
      }
      double sum = 0.0;
      double third = 0.0;
      Eigen::Vector2d first = Eigen::Vector2d::Zero();
      Eigen::Matrix2d second = Eigen::Matrix2d::Zero();
      for (long y = y0 - Radius; y <= y0 + Radius; ++y)
      {
        for (long x = x0 - Radius; x <= x0 + Radius; ++x)
        {
          const double value = source->GetOutput()->GetPixel({{x, y}});
          const Eigen::Vector2d d(static_cast<double>(x) - column.position.x(),
                                  static_cast<double>(y) - column.position.y());
          sum += value;
          first += value * d;
          second += value * d * d.transpose();
          third += value * std::pow(d.dot(aside.normalized()), 3);
        }
      }
      EXPECT_LT((first / sum).norm(), 1e-5) << drift;
      ++looked;
      if (drift == 0.0)
      {
        const double s2 = column.sigma * column.sigma;
        EXPECT_NEAR(sum / (2.0 * 3.14159265 * s2 * column.amplitude), 1.0, 1e-5);
        const Eigen::Matrix2d expected =
          s2 * (1.3 * longer * longer.transpose() + shorter * shorter.transpose() / 1.3) +
          0.3 * 0.7 * aside * aside.transpose();
        EXPECT_LT((second / sum - expected).norm(), 1e-4 * s2);
        EXPECT_NEAR(third / sum, 0.3 * 0.7 * 0.4 * std::pow(2.5, 3), 1e-3);
      }
    }
    EXPECT_GT(looked, 12);
  }
  p.doseCounts = 100.0; // the bound is that of round columns
  EXPECT_FALSE(ferro::ComputeCramerRaoBound(ferro::MakeSyntheticTruth(p)).has_value());
  p.ellipticity = 1.0;
  EXPECT_FALSE(ferro::ComputeCramerRaoBound(ferro::MakeSyntheticTruth(p)).has_value());
  p.skewFraction = 0.0;
  EXPECT_TRUE(ferro::ComputeCramerRaoBound(ferro::MakeSyntheticTruth(p)).has_value());
}

TEST(SyntheticMicrograph, DisplacementsOfCellsScatter)
{
  ferro::SyntheticMicrographParameters p;
  p.domains = ferro::DomainPattern::Uniform;
  using Columns =
    std::map<std::tuple<ferro::Sublattice, int, int>, ferro::SyntheticColumn>; // some only touch the image
  const auto columns = [&]
  {
    Columns result;
    for (const auto & column : ferro::MakeSyntheticTruth(p).columns)
    {
      result[{column.sublattice, column.i, column.j}] = column;
    }
    return result;
  };
  const Columns smooth = columns();
  p.scatterPm = 8.0;
  const Columns rough = columns();
  p.seed = 1;
  const Columns other = columns();
  Eigen::Vector2d sum = Eigen::Vector2d::Zero();
  Eigen::Vector2d squares = Eigen::Vector2d::Zero();
  double with = 0.0; // of the numbers of another seed
  double count = 0.0;
  for (const auto & [key, column] : smooth)
  {
    const auto now = rough.find(key);
    const auto then = other.find(key);
    if (now == rough.end() || then == other.end())
    {
      continue;
    }
    const Eigen::Vector2d change = now->second.displacement - column.displacement;
    EXPECT_LT((now->second.position - column.position - change).norm(), 1e-9); // B moves, A stays
    if (column.sublattice == ferro::Sublattice::B && column.region == ferro::SpecimenRegion::Film)
    {
      sum += change;
      squares += change.cwiseAbs2();
      with += change.dot(then->second.displacement - column.displacement);
      count += 1.0;
    }
    else
    {
      EXPECT_EQ(change.norm(), 0.0);
    }
  }
  ASSERT_GT(count, 300.0);
  // 8 pm are 0.4 pixels; three standard errors each.
  EXPECT_LT((sum / count).norm(), 3.0 * 0.4 * std::sqrt(2.0 / count));
  for (int axis = 0; axis < 2; ++axis)
  {
    EXPECT_NEAR(squares[axis] / count, 0.16, 3.0 * 0.16 * std::sqrt(2.0 / count));
  }
  EXPECT_LT(std::abs(with) / count, 3.0 * 0.16 * std::sqrt(2.0 / count));
}

TEST(SyntheticMicrograph, EllipsesAreSeenInTheColumns)
{
  ferro::SyntheticMicrographParameters p;
  p.ellipticity = 1.44;
  p.ellipticityAngleDeg = 100.0;
  const auto column = Made(p)->GetTruth()->MakeColumnSet()->GetColumns().front();
  EXPECT_NEAR(column.sigmaMajor, 2.25 * 1.2, 1e-9);
  EXPECT_NEAR(column.sigmaMinor, 2.25 / 1.2, 1e-9);
  EXPECT_NEAR(column.rotation, 80.0 * 3.14159265358979 / 180.0, 1e-9);
}

TEST(CramerRaoBound, AgreesWithAnIndependentCalculation)
{
  // Reference numbers: the bound that an independent program gives for images of the same parameters.
  ferro::SyntheticMicrographParameters p;
  p.rotationDeg = -7.0;
  p.backgroundVariation = 0.0;
  const auto bound = ferro::ComputeCramerRaoBound(ferro::MakeSyntheticTruth(p));
  ASSERT_TRUE(bound.has_value());
  EXPECT_NEAR(bound->filmA / 1.1232, 1.0, 0.001);
  EXPECT_NEAR(bound->filmB / 2.4312, 1.0, 0.001);
  EXPECT_NEAR(bound->substrateA / 1.6136, 1.0, 0.001);
  EXPECT_NEAR(bound->substrateB / 3.1815, 1.0, 0.001);
  EXPECT_NEAR(bound->filmDisplacement / 2.4952, 1.0, 0.001);
  p.pixelSizeNm = 0.01;
  p.width = p.height = 1024;
  const auto fine = ferro::ComputeCramerRaoBound(ferro::MakeSyntheticTruth(p));
  EXPECT_NEAR(fine->filmB / 1.2156, 1.0, 0.001);
  p.doseCounts = 0.0;
  EXPECT_FALSE(ferro::ComputeCramerRaoBound(ferro::MakeSyntheticTruth(p)).has_value());
}

TEST(CramerRaoBound, OfAnIsolatedColumnIsTheTextbookOne)
{
  // Without background, one column of N counts and width sigma: sigma / sqrt(N).
  ferro::SyntheticMicrographParameters p;
  p.ratioB = 0.0;
  p.backgroundFraction = 1e-9;
  p.substrateFraction = 0.0;
  p.latticeNm = 1.2;
  p.domains = ferro::DomainPattern::Uniform;
  const auto bound = ferro::ComputeCramerRaoBound(ferro::MakeSyntheticTruth(p));
  const double counts = 2.0 * 3.14159265358979 * 2.25 * 2.25 * 100.0;
  EXPECT_NEAR(bound->filmA, 45.0 / std::sqrt(counts), 0.005);
}

TEST(SyntheticMicrograph, BadParametersAreExplained)
{
  const auto error = [](void (*change)(ferro::SyntheticMicrographParameters &))
  {
    ferro::SyntheticMicrographParameters p;
    change(p);
    try
    {
      Made(p);
    }
    catch (const ferro::UsageError & e)
    {
      return e.GetMessage();
    }
    return std::string("no error");
  };
  EXPECT_EQ(error([](auto & p) { p.width = 3; }), "width: found 3.000000, expected 16 to 65536 pixels");
  EXPECT_NE(error([](auto & p) { p.latticeNm = 0.05; }).find("latticeNm: found 0.05"), std::string::npos);
  EXPECT_NE(error([](auto & p) { p.vacancies = 100000; }).find("expected at most"), std::string::npos);
  EXPECT_NE(error([](auto & p) { p.pixelSizeNm = std::nan(""); }).find("pixelSizeNm"), std::string::npos);
  EXPECT_NE(error([](auto & p) { p.ellipticity = 0.9; }).find("ellipticity: found 0.9"), std::string::npos);
  EXPECT_NE(error([](auto & p) { p.skewFraction = 0.6; }).find("skewFraction: found 0.6"), std::string::npos);
  EXPECT_NE(error([](auto & p) { p.skewShiftNm = 0.5; }).find("skewShiftNm: found 0.5"), std::string::npos);
  EXPECT_NE(error([](auto & p) { p.jitterPx = -1.0; }).find("jitterPx"), std::string::npos);
}
