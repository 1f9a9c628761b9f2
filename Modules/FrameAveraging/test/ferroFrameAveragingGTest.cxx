#include "ferroErrors.h"
#include "ferroFrameAveragingImageFilter.h"
#include "ferroImageShift.h"
#include "ferroSyntheticMicrographSource.h"

#include <gtest/gtest.h>

#include <cmath>

namespace
{
/** A film on a substrate, drifted between frames: the same specimen drawn with another origin. */
ferro::MicrographType::Pointer
MakeFrame(const Eigen::Vector2d & shift, std::uint64_t seed, double doseCounts = 50.0)
{
  ferro::SyntheticMicrographParameters parameters;
  parameters.width = 256;
  parameters.height = 256;
  parameters.doseCounts = doseCounts;
  parameters.seed = seed;
  parameters.shiftXPx = shift.x();
  parameters.shiftYPx = shift.y();
  auto source = ferro::SyntheticMicrographSource::New();
  source->SetParameters(parameters);
  source->Update();
  return source->GetOutput();
}

const std::vector<Eigen::Vector2d> Shifts = {{0.0, 0.0}, {3.3, -1.7}, {-5.25, 4.5}, {0.4, 7.8}};
} // namespace

TEST(FrameAveraging, ShiftsAreFound)
{
  const auto first = MakeFrame(Shifts[0], 1);
  for (std::size_t k = 1; k < Shifts.size(); ++k)
  {
    const auto found = ferro::FindImageShift(*first, *MakeFrame(Shifts[k], k + 1));
    EXPECT_LT((found.shift - Shifts[k]).norm(), 0.15) << found.shift.transpose();
    EXPECT_GT(found.correlation, 0.5);
  }
}

TEST(FrameAveraging, TheMeanIsThatOfFramesWithoutShift)
{
  auto filter = ferro::FrameAveragingImageFilter::New();
  for (std::size_t k = 0; k < Shifts.size(); ++k)
  {
    filter->SetInput(static_cast<unsigned int>(k), MakeFrame(Shifts[k], k + 1));
  }
  filter->SetShifts(Shifts);
  filter->Update();
  const auto truth = MakeFrame(Shifts[0], 1, 0.0); // expected intensities, relative
  double squares = 0.0;
  double expected = 0.0;
  double bias = 0.0;
  double count = 0.0;
  for (long y = 12; y < 244; ++y)
  {
    for (long x = 12; x < 244; ++x)
    {
      const double counts = 50.0 * static_cast<double>(truth->GetPixel({{x, y}}));
      const double error = static_cast<double>(filter->GetOutput()->GetPixel({{x, y}})) - counts;
      squares += error * error;
      bias += error;
      expected += counts / 4.0; // Poisson noise of four frames
      count += 1.0;
    }
  }
  // The interpolation of three frames takes off a little of the noise and adds none.
  EXPECT_LT(squares / expected, 1.05);
  EXPECT_GT(squares / expected, 0.75);
  EXPECT_LT(std::abs(bias / count), 4.0 * std::sqrt(expected) / count);
  EXPECT_NEAR(filter->GetCommonUpperLeft().x(), 5.25, 1e-9);
  EXPECT_NEAR(filter->GetCommonLowerRight().y(), 255.0 - 7.8, 1e-9);
}

TEST(FrameAveraging, FramesOfOtherSizesAreRefused)
{
  ferro::SyntheticMicrographParameters parameters;
  parameters.width = 200;
  parameters.height = 256;
  auto other = ferro::SyntheticMicrographSource::New();
  other->SetParameters(parameters);
  other->Update();
  auto filter = ferro::FrameAveragingImageFilter::New();
  filter->SetInput(0, MakeFrame(Shifts[0], 1));
  filter->SetInput(1, other->GetOutput());
  EXPECT_THROW(filter->Update(), ferro::AnalysisError);
}
