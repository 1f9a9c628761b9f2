#include "ferroErrors.h"
#include "ferroGaussianRefinementFilter.h"
#include "ferroSyntheticMicrographSource.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace
{
ferro::AtomColumnSet::Pointer
Refine(const ferro::MicrographType * image, const ferro::AtomColumnSet * columns, unsigned int threads = 2)
{
  auto filter = ferro::GaussianRefinementFilter::New();
  filter->SetInput(image);
  filter->SetColumns(columns);
  filter->SetNumberOfWorkUnits(threads);
  filter->Update();
  return filter->GetOutput();
}

/** The true columns, moved at random by up to half a pixel and with nothing known but a rough width. */
ferro::AtomColumnSet::Pointer
RoughColumns(const ferro::SyntheticTruth & truth, unsigned int seed)
{
  auto columns = truth.MakeColumnSet();
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> shift(-0.5, 0.5);
  for (auto & column : columns->GetColumns())
  {
    column.position += Eigen::Vector2d(shift(generator), shift(generator));
    column.amplitude = 0.0;
  }
  columns->SetColumnSigma(2.5);
  return columns;
}

struct Errors
{
  double square = 0.0;
  double zSquare = 0.0;
  double sum = 0.0;
  double count = 0.0;
};

/** Errors of interior columns per axis: A in [0], B in [1]; film only. */
void
Accumulate(const ferro::SyntheticTruth & truth, const ferro::AtomColumnSet & fitted, Errors (&errors)[2])
{
  const auto exact = truth.MakeColumnSet();
  const auto & parameters = truth.Get().parameters;
  const double cell = parameters.latticeNm / parameters.pixelSizeNm;
  const double bottom = (1.0 - parameters.substrateFraction) * static_cast<double>(parameters.height) - 2.0 * cell;
  ASSERT_EQ(exact->Size(), fitted.Size());
  for (std::size_t n = 0; n < exact->Size(); ++n)
  {
    const auto & t = exact->GetColumns()[n];
    const auto & f = fitted.GetColumns()[n];
    if (t.position.minCoeff() < cell || t.position.x() > static_cast<double>(parameters.width) - cell ||
        t.position.y() > bottom)
    {
      continue;
    }
    EXPECT_EQ(f.flags, 0u) << t.position.transpose();
    Errors & e = errors[t.sublattice == ferro::Sublattice::A ? 0 : 1];
    for (int axis = 0; axis < 2; ++axis)
    {
      const double error = f.position[axis] - t.position[axis];
      e.square += error * error;
      e.zSquare += error * error / f.covariance(axis, axis);
      e.sum += error;
      e.count += 1.0;
    }
  }
}
} // namespace

TEST(GaussianRefinement, ExactWithoutNoise)
{
  ferro::SyntheticMicrographParameters parameters;
  parameters.doseCounts = 0.0;
  parameters.backgroundVariation = 0.0;
  auto source = ferro::SyntheticMicrographSource::New();
  source->SetParameters(parameters);
  source->Update();
  const auto fitted = Refine(source->GetOutput(), RoughColumns(*source->GetTruth(), 1));
  Errors errors[2];
  Accumulate(*source->GetTruth(), *fitted, errors);
  for (const auto & e : errors)
  {
    EXPECT_LT(std::sqrt(e.square / e.count), 2e-3); // 0.04 pm
  }
}

TEST(GaussianRefinement, ErrorsSitAtTheCramerRaoBoundAndAreStated)
{
  // The bound per axis of an isolated Gaussian in Poisson noise on a background, by numerical integration of the Fisher
  // information (amplitude and background do not correlate with the position, by symmetry).
  const auto bound = [](double amplitude, double background, double sigma)
  {
    double information = 0.0;
    for (int y = -12; y <= 12; ++y)
    {
      for (int x = -12; x <= 12; ++x)
      {
        const double peak = amplitude * std::exp(-0.5 * (x * x + y * y) / (sigma * sigma));
        const double slope = peak * x / (sigma * sigma);
        information += slope * slope / (peak + background);
      }
    }
    return 1.0 / std::sqrt(information);
  };
  for (const double dose : {20.0, 100.0})
  {
    Errors errors[2];
    for (unsigned int seed = 0; seed < 5; ++seed)
    {
      ferro::SyntheticMicrographParameters parameters;
      parameters.width = parameters.height = 384;
      parameters.doseCounts = dose;
      parameters.backgroundVariation = 0.0;
      parameters.seed = 100 + seed;
      auto source = ferro::SyntheticMicrographSource::New();
      source->SetParameters(parameters);
      source->Update();
      const auto fitted = Refine(source->GetOutput(), RoughColumns(*source->GetTruth(), seed));
      Accumulate(*source->GetTruth(), *fitted, errors);
    }
    const double bounds[2] = {bound(dose, 0.15 * dose, 2.25), bound(0.35 * dose, 0.15 * dose, 2.1)};
    for (int s = 0; s < 2; ++s)
    {
      const double rms = std::sqrt(errors[s].square / errors[s].count);
      // Relative scatter of an RMS of n independent values is 1 / sqrt(2 n); four of these on either side.
      const double scatter = 4.0 / std::sqrt(2.0 * errors[s].count);
      EXPECT_GT(errors[s].count, 1500.0);
      EXPECT_LT(rms / bounds[s], 1.06 + scatter) << "sublattice " << s << ", dose " << dose;
      EXPECT_GT(rms / bounds[s], 0.97 - scatter) << "sublattice " << s << ", dose " << dose;
      EXPECT_NEAR(std::sqrt(errors[s].zSquare / errors[s].count), 1.0, 0.05 + scatter);
      EXPECT_LT(std::abs(errors[s].sum / errors[s].count), 4.0 * rms / std::sqrt(errors[s].count));
    }
  }
}

TEST(GaussianRefinement, OverlappingNeighboursDoNotPullOnEachOther)
{
  // A bright and a dim column three standard deviations apart, noiseless: a fit of each alone is off by a tenth of a
  // pixel.
  auto image = ferro::MicrographType::New();
  image->SetRegions(ferro::MicrographType::SizeType{{64, 64}});
  image->Allocate();
  const double sigma = 3.0;
  const Eigen::Vector2d bright(27.3, 31.6);
  const Eigen::Vector2d dim(36.3, 31.6);
  for (long y = 0; y < 64; ++y)
  {
    for (long x = 0; x < 64; ++x)
    {
      const Eigen::Vector2d p(static_cast<double>(x), static_cast<double>(y));
      image->SetPixel({{x, y}},
                      static_cast<float>(10.0 + 100.0 * std::exp(-0.5 * (p - bright).squaredNorm() / (sigma * sigma)) +
                                         40.0 * std::exp(-0.5 * (p - dim).squaredNorm() / (sigma * sigma))));
    }
  }
  auto columns = ferro::AtomColumnSet::New();
  columns->SetGeometry(ferro::GetImageGeometry(*image));
  columns->SetColumnSigma(2.7);
  columns->GetColumns().resize(2);
  columns->GetColumns()[0].position = bright + Eigen::Vector2d(0.4, -0.3);
  columns->GetColumns()[1].position = dim + Eigen::Vector2d(-0.4, 0.2);
  const auto fitted = Refine(image, columns);
  EXPECT_LT((fitted->GetColumns()[0].position - bright).norm(), 0.01);
  EXPECT_LT((fitted->GetColumns()[1].position - dim).norm(), 0.02);
}

TEST(GaussianRefinement, EllipsesAreMeasured)
{
  auto image = ferro::MicrographType::New();
  image->SetRegions(ferro::MicrographType::SizeType{{48, 48}});
  image->Allocate();
  const double angle = 0.6; // from x towards y
  for (long y = 0; y < 48; ++y)
  {
    for (long x = 0; x < 48; ++x)
    {
      const double u = std::cos(angle) * (x - 24.2) + std::sin(angle) * (y - 23.7);
      const double v = -std::sin(angle) * (x - 24.2) + std::cos(angle) * (y - 23.7);
      image->SetPixel({{x, y}}, static_cast<float>(5.0 + 80.0 * std::exp(-0.5 * (u * u / 12.25 + v * v / 6.25))));
    }
  }
  auto columns = ferro::AtomColumnSet::New();
  columns->SetGeometry(ferro::GetImageGeometry(*image));
  columns->SetColumnSigma(3.0);
  columns->GetColumns().resize(1);
  columns->GetColumns()[0].position = {24.0, 24.0};
  const auto fitted = Refine(image, columns);
  const auto & column = fitted->GetColumns()[0];
  EXPECT_NEAR(column.position.x(), 24.2, 1e-3);
  EXPECT_NEAR(column.position.y(), 23.7, 1e-3);
  EXPECT_NEAR(column.sigmaMajor, 3.5, 0.05);
  EXPECT_NEAR(column.sigmaMinor, 2.5, 0.05);
  EXPECT_NEAR(column.rotation, angle, 0.02);
  EXPECT_NEAR(column.amplitude, 80.0, 1.0);
  EXPECT_NEAR(column.background, 5.0, 1.0);
}

TEST(GaussianRefinement, LearnsGainAndOffsetOfTheDetector)
{
  ferro::SyntheticMicrographParameters parameters;
  parameters.doseCounts = 200.0;
  auto source = ferro::SyntheticMicrographSource::New();
  source->SetParameters(parameters);
  source->Update();
  ferro::MicrographType::Pointer image = source->GetOutput();
  // Counts behind a gain of 7 and a pedestal of 500: variance = 7 (value - 500).
  for (long n = 0; n < 512 * 512; ++n)
  {
    image->GetBufferPointer()[n] = 500.0F + 7.0F * image->GetBufferPointer()[n];
  }
  const auto fitted = Refine(image, RoughColumns(*source->GetTruth(), 2));
  EXPECT_NEAR(fitted->GetNoiseGain(), 7.0, 0.5);
  EXPECT_NEAR(fitted->GetNoiseOffset(), -3500.0, 450.0);
}

// Lines that the scan shifts leave residuals that are larger than the noise. They are none: gain and errors are those
// of the counts. Along y, where nothing is shifted, the errors hold.
TEST(GaussianRefinement, ShiftedLinesAreNoNoise)
{
  ferro::SyntheticMicrographParameters parameters;
  parameters.doseCounts = 1000.0;
  parameters.jitterPx = 0.3;
  auto source = ferro::SyntheticMicrographSource::New();
  source->SetParameters(parameters);
  source->Update();
  const auto fitted = Refine(source->GetOutput(), RoughColumns(*source->GetTruth(), 4));
  EXPECT_NEAR(fitted->GetNoiseGain(), 1.0, 0.1);
  const auto exact = source->GetTruth()->MakeColumnSet();
  double squares = 0.0;
  double count = 0.0;
  for (std::size_t n = 0; n < exact->Size(); ++n)
  {
    const auto & column = fitted->GetColumns()[n];
    if (column.flags == 0)
    {
      const double error = column.position.y() - exact->GetColumns()[n].position.y();
      squares += error * error / column.covariance(1, 1);
      count += 1.0;
    }
  }
  ASSERT_GT(count, 500.0);
  // To first order; shifts of a seventh of a column's width make 2 % of second order.
  EXPECT_NEAR(std::sqrt(squares / count), 1.0, 0.1 + 4.0 / std::sqrt(2.0 * count));
}

TEST(GaussianRefinement, SameBitsForAnyNumberOfThreads)
{
  auto source = ferro::SyntheticMicrographSource::New();
  source->Update();
  const auto rough = RoughColumns(*source->GetTruth(), 3);
  const auto one = Refine(source->GetOutput(), rough, 1);
  const auto three = Refine(source->GetOutput(), rough, 3);
  for (std::size_t n = 0; n < one->Size(); ++n)
  {
    ASSERT_EQ(one->GetColumns()[n].position, three->GetColumns()[n].position);
    ASSERT_EQ(one->GetColumns()[n].covariance, three->GetColumns()[n].covariance);
  }
}

TEST(GaussianRefinement, RefusesColumnsOfAnotherImage)
{
  auto source = ferro::SyntheticMicrographSource::New();
  source->Update();
  auto columns = RoughColumns(*source->GetTruth(), 4);
  ferro::ImageGeometry geometry = columns->GetGeometry();
  geometry.width += 1;
  columns->SetGeometry(geometry);
  EXPECT_THROW(Refine(source->GetOutput(), columns), ferro::UsageError);
}
