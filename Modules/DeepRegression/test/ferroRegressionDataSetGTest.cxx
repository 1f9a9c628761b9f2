#include "ferroArrayFile.h"
#include "ferroErrors.h"
#include "ferroRegressionDataSet.h"

#include "itkMetaDataObject.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

namespace
{
using namespace ferro;
namespace fs = std::filesystem;

MicrographType::Pointer
MakeImage(long width, long height, double pixelSizeNm, const std::function<double(double, double)> & value)
{
  auto image = MicrographType::New();
  image->SetRegions(
    MicrographType::SizeType{{static_cast<itk::SizeValueType>(width), static_cast<itk::SizeValueType>(height)}});
  MicrographType::SpacingType spacing;
  spacing.Fill(pixelSizeNm);
  image->SetSpacing(spacing);
  itk::EncapsulateMetaData<std::string>(image->GetMetaDataDictionary(), CalibratedKey, "1");
  image->Allocate();
  for (long y = 0; y < height; ++y)
  {
    for (long x = 0; x < width; ++x)
    {
      image->SetPixel({{x, y}}, static_cast<float>(value(static_cast<double>(x), static_cast<double>(y))));
    }
  }
  return image;
}

/** A lattice of labels, 10 px apart, whose displacement is the place times a factor. */
LabelTable
MakeLabels(long width, long height)
{
  LabelTable labels;
  for (long y = 5; y < height; y += 10)
  {
    for (long x = 5; x < width; x += 10)
    {
      labels.positions.emplace_back(x, y);
      labels.values.push_back(0.01f * static_cast<float>(x));
      labels.values.push_back(-0.02f * static_cast<float>(y));
    }
  }
  return labels;
}

RegressionDataSet
MakeData()
{
  RegressionDataSet data;
  data.description.targets = ParseTargets("px,py");
  data.description.scale = ModelScale::PixelSize;
  data.description.pixelSizeNm = 0.04;
  // Brighter in the test part: the statistics must not know.
  const auto image =
    MakeImage(120, 80, 0.04, [](double x, double y) { return (x < 80 ? 10.0 : 1000.0) + std::fmod(x + 3.0 * y, 7.0); });
  data.Add(*image, "one", MakeLabels(120, 80), {0, 0, 79, 79}, Eigen::Matrix2d::Zero());
  data.Finish();
  return data;
}

class RegressionDataSetTest : public ::testing::Test
{
protected:
  fs::path file = fs::temp_directory_path() / ("ferroDataSet" + std::to_string(::getpid()) + ".h5");
  void
  TearDown() override
  {
    fs::remove(file);
  }
};
} // namespace

TEST_F(RegressionDataSetTest, StatisticsComeFromTheTrainingPartOnly)
{
  const auto data = MakeData();
  const auto & image = data.images.front();
  EXPECT_LT(image.statistics.mean, 20.0);
  double sum = 0.0;
  double squares = 0.0;
  for (long y = 0; y < 80; ++y)
  {
    for (long x = 0; x < 80; ++x)
    {
      const double value = image.pixels[static_cast<std::size_t>(y * 120 + x)];
      sum += value;
      squares += value * value;
    }
  }
  EXPECT_NEAR(sum / 6400.0, 0.0, 1e-4);
  EXPECT_NEAR(squares / 6400.0, 1.0, 1e-4);
  double expected = 0.0;
  for (int k = 5; k < 80; k += 10)
  {
    expected += 0.5 * (0.0001 + 0.0004) * k * k / 8.0; // both components share one deviation
  }
  EXPECT_NEAR(data.description.targetDeviation[0], std::sqrt(expected), 1e-6);
  EXPECT_EQ(data.description.targetDeviation[0], data.description.targetDeviation[1]);
  EXPECT_EQ(data.description.targetMean[0], 0.0);
  EXPECT_NEAR(data.description.cellPx, 10.0, 1e-9);
}

TEST_F(RegressionDataSetTest, TargetsBetweenCellsAreWeightedByDistance)
{
  const auto data = MakeData();
  float values[2];
  ASSERT_TRUE(data.GetTarget(data.images[0], {35.0, 45.0}, values)); // on a cell: the others are one reach away
  EXPECT_NEAR(values[0], 0.35, 1e-6);
  EXPECT_NEAR(values[1], -0.90, 1e-6);
  ASSERT_TRUE(data.GetTarget(data.images[0], {37.0, 45.0}, values)); // 2 and 8 px away: weights 0.8 and 0.2
  EXPECT_NEAR(values[0], 0.8 * 0.35 + 0.2 * 0.45, 1e-6);
  ASSERT_TRUE(data.GetTarget(data.images[0], {40.0, 50.0}, values));
  EXPECT_NEAR(values[0], 0.40, 1e-6);
  EXPECT_FALSE(data.GetTarget(data.images[0], {-4.0, 5.0}, values)); // farther than the minimum distance
}

TEST_F(RegressionDataSetTest, WindowsAcrossTheSplitAreLeftOut)
{
  const auto data = MakeData();
  for (const bool centered : {false, true})
  {
    RegressionDataSet::WindowOptions options;
    options.centered = centered;
    options.windowPx = 24;
    options.stridePx = 4;
    const auto counts = data.SaveWithWindows(file, options, {});
    const ArrayFileReader reader(file);
    const auto first = reader.Read("windows/first_px", 0, counts.train + counts.test);
    const auto part = reader.Read("windows/part", 0, counts.train + counts.test);
    const auto targets = reader.Read("windows/targets", 0, counts.train + counts.test);
    const auto pixels = reader.Read("windows/pixels", 0, counts.train + counts.test);
    long train = 0;
    for (std::size_t k = 0; k < part.size(); ++k)
    {
      const bool left = first[2 * k] + 23 <= 79;
      EXPECT_TRUE(left || first[2 * k] > 79) << first[2 * k];
      EXPECT_EQ(part[k], left ? 0.0f : 1.0f);
      train += left;
      const auto x = static_cast<std::size_t>(first[2 * k]);
      const auto y = static_cast<std::size_t>(first[2 * k + 1]);
      EXPECT_EQ(pixels[k * 576 + 24 * 5 + 7], data.images[0].pixels[(y + 5) * 120 + x + 7]);
      if (centered)
      {
        EXPECT_NEAR(targets[2 * k], 0.01 * (static_cast<double>(x) + 11.5), 0.0051); // rounded to whole pixels
      }
    }
    EXPECT_EQ(train, counts.train);
    // On the grid: 15 columns start at 0 ... 56, and 4 at 80 ... 96, times 15 rows; 5 columns cross.
    if (!centered)
    {
      EXPECT_EQ(counts.train, 15 * 15);
      EXPECT_EQ(counts.test, 5 * 15);
    }
    EXPECT_GT(counts.leftOut, 0);
    const auto loaded = RegressionDataSet::Load(file);
    EXPECT_EQ(loaded.images[0].pixels, data.images[0].pixels);
    EXPECT_EQ(loaded.description.ToJson(), data.description.ToJson());
    EXPECT_EQ(loaded.images[0].labels->Size(), data.images[0].labels->Size());
  }
  std::ofstream(file) << "nothing";
  EXPECT_THROW(RegressionDataSet::Load(file), InputError);
  ArrayFileWriter other(file);
  other.WriteDescription("{}");
  other.Close();
  EXPECT_THROW(RegressionDataSet::Load(file), InputError);
}

TEST_F(RegressionDataSetTest, NothingToLearnFromIsSaid)
{
  RegressionDataSet data;
  data.description.targets = ParseTargets("px,py");
  data.description.scale = ModelScale::Pixels;
  const auto image = MakeImage(60, 60, 0.04, [](double x, double y) { return x + y; });
  LabelTable labels;
  labels.positions = {{50.0, 50.0}};
  labels.values = {1.0f, 1.0f};
  data.Add(*image, "one", labels, {0, 0, 30, 59}, Eigen::Matrix2d::Zero());
  EXPECT_THROW(data.Finish(), AnalysisError);
  const auto flat = MakeImage(60, 60, 0.04, [](double, double) { return 3.0; });
  EXPECT_THROW(data.Add(*flat, "flat", labels, {0, 0, 30, 59}, Eigen::Matrix2d::Zero()), InputError);
}

TEST(ModelFrame, TurnsImagesAndVectorsTogether)
{
  ModelDescription description;
  description.targets = ParseTargets("px,py,a,b,gamma,area");
  description.scale = ModelScale::Lattice;
  description.cellPx = 20.0;
  ImageGeometry geometry;
  geometry.width = 300;
  geometry.height = 200;
  const double angle = 0.3;
  Eigen::Matrix2d translations; // 30 px per cell, turned by 0.3, the second one given the other way round
  translations << 30.0 * std::cos(angle), 30.0 * std::sin(angle), 30.0 * std::sin(angle), -30.0 * std::cos(angle);
  const ModelFrame frame = MakeModelFrame(description, geometry, translations);
  EXPECT_NEAR(frame.GetMagnification(), 1.5, 1e-12);
  const Eigen::Vector2d step = frame.ToImage({20.0, 0.0}) - frame.ToImage({0.0, 0.0});
  EXPECT_NEAR((step - translations.col(0)).norm(), 0.0, 1e-9);
  EXPECT_NEAR((frame.ToModel(frame.ToImage({3.0, 4.0})) - Eigen::Vector2d(3.0, 4.0)).norm(), 0.0, 1e-9);
  float values[6] = {1.0f, 0.0f, 20.0f, 20.0f, 90.0f, 400.0f};
  frame.TargetsToImage(description.targets, values);
  EXPECT_NEAR(values[0], 1.5 * std::cos(angle), 1e-5);
  EXPECT_NEAR(values[1], 1.5 * std::sin(angle), 1e-5);
  EXPECT_NEAR(values[2], 30.0, 1e-4);
  EXPECT_NEAR(values[4], 90.0, 1e-6);
  EXPECT_NEAR(values[5], 900.0, 1e-2);
  frame.TargetsToModel(description.targets, values);
  EXPECT_NEAR(values[1], 0.0, 1e-5);
  for (const auto & corner : {Eigen::Vector2d(0, 0), Eigen::Vector2d(299, 0), Eigen::Vector2d(0, 199)})
  {
    const Eigen::Vector2d place = frame.ToModel(corner);
    EXPECT_GE(place.minCoeff(), -1e-9);
    EXPECT_LE(place.x(), static_cast<double>(frame.width));
    EXPECT_LE(place.y(), static_cast<double>(frame.height));
  }
  EXPECT_THROW(MakeModelFrame(description, geometry, Eigen::Matrix2d::Zero()), AnalysisError);
  description.scale = ModelScale::PixelSize;
  description.pixelSizeNm = 0.02;
  EXPECT_THROW(MakeModelFrame(description, geometry, translations), InputError); // not calibrated
  geometry.calibrated = true;
  geometry.pixelSizeNm = {0.01, 0.02};
  const ModelFrame oblong = MakeModelFrame(description, geometry, translations);
  EXPECT_EQ(oblong.width, 150);
  EXPECT_EQ(oblong.height, 200);
  geometry.pixelSizeNm = {1e-4, 1e-4};
  EXPECT_THROW(MakeModelFrame(description, geometry, translations), AnalysisError);
}

TEST(SampleNormalized, ReproducesSmoothImages)
{
  const auto smooth = [](double x, double y) { return 3.0 + std::sin(0.2 * x) * std::cos(0.15 * y); };
  const auto image = MakeImage(80, 60, 0.02, smooth);
  const PixelView view{image->GetBufferPointer(), 0, 0, 80, 60};
  const PixelStatistics statistics{3.0, 2.0, 1, 0};
  Eigen::Matrix2d turn;
  turn << 0.8, -0.6, 0.6, 0.8;
  const Eigen::Vector2d origin(30.3, 10.7);
  std::vector<float> out(20 * 15);
  SampleNormalized(view, statistics, turn, origin, 20, 15, {}, out.data());
  for (long y = 0; y < 15; ++y)
  {
    for (long x = 0; x < 20; ++x)
    {
      const Eigen::Vector2d place = origin + turn * Eigen::Vector2d(x, y);
      EXPECT_NEAR(out[static_cast<std::size_t>(y * 20 + x)], 0.5 * (smooth(place.x(), place.y()) - 3.0), 1e-3);
    }
  }
  // On the pixels: exact, also mirrored and turned by a quarter.
  Eigen::Matrix2d quarter;
  quarter << 0.0, -1.0, 1.0, 0.0;
  SampleNormalized(view, statistics, quarter, {50.0, 20.0}, 20, 15, {}, out.data());
  EXPECT_EQ(out[static_cast<std::size_t>(3 * 20 + 4)],
            static_cast<float>((static_cast<double>(image->GetPixel({{47, 24}})) - 3.0) * 0.5));
  // Larger pixels average: white noise loses its power.
  const auto noise =
    MakeImage(80, 60, 0.02, [](double x, double y) { return std::fmod(x + y, 2.0) < 1.0 ? -1.0 : 1.0; });
  const PixelView noisy{noise->GetBufferPointer(), 0, 0, 80, 60};
  SampleNormalized(noisy, {0.0, 1.0, 1, 0}, 3.0 * Eigen::Matrix2d::Identity(), {10.0, 10.0}, 16, 12, {}, out.data());
  for (std::size_t k = 0; k < 16 * 12; ++k)
  {
    EXPECT_LT(std::abs(out[k]), 0.05);
  }
  const PixelStatistics found = ComputeStatistics(view, Eigen::Vector2d(0.0, 0.0), Eigen::Vector2d(79.0, 59.0));
  EXPECT_EQ(found.count, 4800);
}

TEST(LabelTable, ReadsWhatCanBeLearned)
{
  const fs::path file = fs::temp_directory_path() / ("ferroLabels" + std::to_string(::getpid()) + ".csv");
  ImageGeometry geometry;
  geometry.width = geometry.height = 100;
  geometry.calibrated = true;
  geometry.pixelSizeNm = {0.02, 0.04};
  std::ofstream(file) << "x_px,y_px,center,px_pm,py_pm,err_px_pm,err_py_pm,flag,tilt\n"
                         "10,20,B,40,40,2,4,,1.5\n"
                         "30,20,B,40,40,2,4,edge,1\n"
                         "50,20,A,40,40,2,4,,1\n"
                         "70,20,B,,40,2,4,,1\n";
  const auto labels = ReadLabels(file, geometry, ParseTargets("px,py,tilt"), 'B');
  ASSERT_EQ(labels.positions.size(), 1u);
  EXPECT_NEAR(labels.values[0], 2.0, 1e-6);
  EXPECT_NEAR(labels.values[1], 1.0, 1e-6);
  EXPECT_NEAR(labels.values[2], 1.5, 1e-6);
  EXPECT_NEAR(labels.variances[0], 0.01, 1e-6);
  EXPECT_THROW(ReadLabels(file, geometry, ParseTargets("area"), 'B'), InputError);
  std::ofstream(file) << "x_px,y_px,ux_px,uy_px,sublattice\n1,2,3,4,B\n1,2,3,4,A\n";
  EXPECT_EQ(ReadLabels(file, geometry, ParseTargets("px,py"), 'A').values, (std::vector<float>{3.0f, 4.0f}));
  fs::remove(file);
  EXPECT_THROW(ReadLabels(file, geometry, ParseTargets("px,py"), 'A'), InputError);
}
