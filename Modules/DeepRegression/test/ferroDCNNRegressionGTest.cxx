#include "ferroDCNNRegressionImageFilter.h"
#include "ferroErrors.h"
#include "ferroNetworkTrainer.h"
#include "ferroRandomNumbers.h"
#include "ferroSublatticeRatio.h"
#include "ferroSyntheticMicrographSource.h"

#include "itkMetaDataObject.h"
#include "itkStreamingImageFilter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace
{
using namespace ferro;

MicrographType::Pointer
MakeImage(long width, long height, double pixelSizeNm, double slopeX, double noise)
{
  auto image = MicrographType::New();
  image->SetRegions(
    MicrographType::SizeType{{static_cast<itk::SizeValueType>(width), static_cast<itk::SizeValueType>(height)}});
  MicrographType::SpacingType spacing;
  spacing.Fill(pixelSizeNm);
  image->SetSpacing(spacing);
  itk::EncapsulateMetaData<std::string>(image->GetMetaDataDictionary(), CalibratedKey, "1");
  image->Allocate();
  RandomNumbers random(4);
  for (long y = 0; y < height; ++y)
  {
    for (long x = 0; x < width; ++x)
    {
      image->SetPixel({{x, y}}, static_cast<float>(slopeX * static_cast<double>(x) + noise * random.Normal()));
    }
  }
  return image;
}

std::shared_ptr<NetworkModel>
MakeModel(double pixelSizeNm)
{
  ModelDescription description;
  description.architecture = NetworkArchitecture::FromPreset("lite");
  description.architecture.blocks = NetworkArchitecture::ParseBlocks("2x6,1x8p,1x8");
  description.architecture.windowPx = 40;
  description.targets = ParseTargets("px,py,area");
  description.targetMean = {0.0, 0.0, 100.0};
  description.targetDeviation = {2.0, 2.0, 5.0};
  description.sigma = {0.1, 0.1, 1.0};
  description.scale = ModelScale::PixelSize;
  description.pixelSizeNm = pixelSizeNm;
  description.cellPx = 10.0;
  return std::make_shared<NetworkModel>(description, 3);
}

/** Hands an image on and remembers what was asked of it. */
class RegionRecorder : public itk::ImageToImageFilter<MicrographType, MicrographType>
{
public:
  using Self = RegionRecorder;
  using Superclass = itk::ImageToImageFilter<MicrographType, MicrographType>;
  using Pointer = itk::SmartPointer<Self>;
  itkNewMacro(Self);
  long most = 0;

protected:
  void
  GenerateData() override
  {
    this->AllocateOutputs();
    const auto region = this->GetOutput()->GetRequestedRegion();
    most = std::max(most, static_cast<long>(region.GetNumberOfPixels()));
    itk::ImageAlgorithm::Copy(this->GetInput(), this->GetOutput(), region, region);
  }
};
} // namespace

TEST(DCNNRegressionImageFilter, StreamsInPiecesThatAgreeWithTheWhole)
{
  SetTorchThreads(1);
  const auto image = MakeImage(400, 500, 0.02, 0.0, 1.0);
  const auto model = MakeModel(0.025); // resampled
  auto whole = DCNNRegressionImageFilter::New();
  whole->SetInput(image);
  whole->SetModel(model);
  whole->SetStatistics(0.0, 1.0);
  whole->Update();

  auto recorder = RegionRecorder::New();
  recorder->SetInput(image);
  auto filter = DCNNRegressionImageFilter::New();
  filter->SetInput(recorder->GetOutput());
  filter->SetModel(model);
  filter->SetStatistics(0.0, 1.0);
  auto streaming = itk::StreamingImageFilter<itk::VectorImage<float, 2>, itk::VectorImage<float, 2>>::New();
  streaming->SetInput(filter->GetOutput());
  streaming->SetNumberOfStreamDivisions(5);
  streaming->Update();
  EXPECT_LT(recorder->most, 400 * 500 / 2); // a fifth, the window around it, and where spectra are looked at

  const auto * one = whole->GetOutput();
  const auto * two = streaming->GetOutput();
  ASSERT_EQ(one->GetLargestPossibleRegion(), two->GetLargestPossibleRegion());
  const auto count = one->GetLargestPossibleRegion().GetNumberOfPixels();
  ASSERT_EQ(one->GetNumberOfComponentsPerPixel(), 9u);
  double spread[2] = {1e30, -1e30};
  double largest = 0.0;
  for (itk::SizeValueType k = 0; k < count * 9; ++k)
  {
    const double a = one->GetBufferPointer()[k];
    const double b = two->GetBufferPointer()[k];
    ASSERT_EQ(std::isnan(a), std::isnan(b));
    if (k % 9 == 0)
    {
      spread[0] = std::min(spread[0], a);
      spread[1] = std::max(spread[1], a);
      largest = std::max(largest, std::abs(a - b));
    }
  }
  EXPECT_LT(largest, 1e-4 * (spread[1] - spread[0]));
}

TEST(DCNNRegressionImageFilter, GivesValuesInUnitsAtPlacesOfTheImage)
{
  SetTorchThreads(1);
  const auto model = MakeModel(0.02);
  const auto image = MakeImage(120, 100, 0.02, 0.0, 1.0);
  auto filter = DCNNRegressionImageFilter::New();
  filter->SetInput(image);
  filter->SetModel(model);
  filter->SetStatistics(0.0, 1.0);
  filter->Update();
  const auto * output = filter->GetOutput();
  EXPECT_EQ(filter->GetComponentNames(),
            (std::vector<std::string>{"px_pm", "py_pm", "area_nm2", "sigma_px_pm", "sigma_py_pm", "sigma_area_nm2",
                                      "novelty", "novelty_features", "novelty_spectra"}));
  // The window of output pixel (3, 2) begins at (12, 8) and is 40 pixels wide.
  std::vector<float> window;
  for (long y = 8; y < 48; ++y)
  {
    for (long x = 12; x < 52; ++x)
    {
      window.push_back(image->GetPixel({{x, y}}));
    }
  }
  const auto expected = model->EvaluateWindows(window, 1);
  const auto pixel = output->GetPixel({{3, 2}});
  EXPECT_NEAR(pixel[0], expected[0] * 20.0, 1e-3); // 20 pm per pixel
  EXPECT_NEAR(pixel[1], expected[1] * 20.0, 1e-3);
  EXPECT_NEAR(pixel[2], expected[2] * 0.0004, 1e-6);
  EXPECT_NEAR(pixel[3], 2.0, 1e-5);
  EXPECT_NEAR(pixel[5], 0.0004, 1e-8);
  EXPECT_TRUE(std::isnan(pixel[6])); // never trained
  EXPECT_NEAR((filter->GetPlace(3, 2) - Eigen::Vector2d(31.5, 27.5)).norm(), 0.0, 1e-9);
  itk::Point<double, 2> point;
  output->TransformIndexToPhysicalPoint({{3, 2}}, point);
  EXPECT_NEAR(point[0], 31.5 * 0.02, 1e-9);
  EXPECT_NEAR(point[1], 27.5 * 0.02, 1e-9);
  const auto at = filter->EvaluateAt(*image, {{31.5, 27.5}, {5.0, 5.0}});
  EXPECT_NEAR(at[0], pixel[0], 1e-3);
  EXPECT_TRUE(std::isnan(at[9]));

  // The image turned by a quarter in the frame of the network: the vector turns with it.
  Eigen::Matrix2d translations;
  translations << 0.0, -10.0, 10.0, 0.0;
  auto description = model->GetDescription();
  description.scale = ModelScale::Lattice;
  auto turned = MakeModel(0.02);
  turned->SetDescription(description);
  filter->SetModel(turned);
  filter->SetTranslations(translations); // a square lattice along the axes already: nothing is turned
  filter->Update();
  EXPECT_NEAR(filter->GetOutput()->GetPixel({{3, 2}})[0], pixel[0], 1e-3);
}

TEST(SublatticeRatio, IsThatOfTheColumns)
{
  SyntheticMicrographParameters parameters;
  parameters.sigmaBNm = parameters.sigmaANm;
  parameters.substrateFraction = 0.0;
  parameters.rotationDeg = 0.0;
  const double cell = parameters.latticeNm / parameters.pixelSizeNm;
  ModelDescription description = MakeModel(0.02)->GetDescription();
  description.scale = ModelScale::Lattice;
  description.cellPx = 10.0;
  const auto measure = [&](double ratio, const Eigen::Matrix2d & translations)
  {
    parameters.ratioB = ratio;
    auto source = SyntheticMicrographSource::New();
    source->SetParameters(parameters);
    source->Update();
    const auto frame = MakeModelFrame(description, GetImageGeometry(*source->GetOutput()), translations);
    return MeasureSublatticeRatio(*source->GetOutput(), frame, description.cellPx);
  };
  const Eigen::Matrix2d whole = cell * Eigen::Matrix2d::Identity();
  for (const double ratio : {0.3, 0.6, 0.9})
  {
    // The overlap of both tails at the darkest place and the means of 3 x 3 samples take a few per cent.
    EXPECT_NEAR(measure(ratio, whole), ratio, 0.07) << ratio;
  }
  EXPECT_NEAR(measure(1.25, whole), 0.8, 0.07);
  EXPECT_EQ(measure(0.0, whole), 0.0);
  // Cells of half the area, with A and B at the corners: there is nothing in the middle.
  parameters.displacementPm = 0.0;
  Eigen::Matrix2d half;
  half << 0.5, 0.5, 0.5, -0.5;
  EXPECT_EQ(measure(1.0, cell * half), 0.0);
}

TEST(DCNNRegressionImageFilter, VariancesTurnWithTheFrame)
{
  ModelFrame frame;
  const double angle = 0.5;
  frame.toImage << std::cos(angle), -std::sin(angle), std::sin(angle), std::cos(angle);
  frame.toImage *= 1.5;
  double variances[] = {4.0, 1.0, 9.0, 25.0};
  frame.VariancesToImage(ParseTargets("px,py,area,tilt"), variances);
  // Of two independent components x and y: var(1.5 (x cos - y sin)) and var(1.5 (x sin + y cos)).
  const double c = std::cos(angle) * std::cos(angle);
  EXPECT_NEAR(variances[0], 2.25 * (4.0 * c + 1.0 * (1.0 - c)), 1e-12);
  EXPECT_NEAR(variances[1], 2.25 * (4.0 * (1.0 - c) + 1.0 * c), 1e-12);
  EXPECT_NEAR(variances[2], 9.0 * std::pow(1.5, 4), 1e-12); // an area grows with the square of lengths
  EXPECT_NEAR(variances[3], 25.0, 1e-12);
}

TEST(DCNNRegressionImageFilter, ErrorsOfEachPlaceComeFromTheNetwork)
{
  SetTorchThreads(1);
  auto description = MakeModel(0.02)->GetDescription();
  description.architecture.predictsVariance = true;
  description.varianceFit = {{{0.3, 1.1, 0.5, 0.0, 0.0, 0.0}, 0.0},
                             {{0.3, 1.1, 0.5, 0.0, 0.0, 0.0}, 50.0},
                             {{0.1, 0.9, -0.2, 2.0, 0.0, 0.0}, 0.0}};
  const auto model = std::make_shared<NetworkModel>(description, 3);
  const auto image = MakeImage(120, 100, 0.02, 0.0, 1.0);
  auto filter = DCNNRegressionImageFilter::New();
  filter->SetInput(image);
  filter->SetModel(model);
  filter->SetStatistics(0.0, 1.0);
  filter->Update();
  const auto plane = model->EvaluatePlane(image->GetBufferPointer(), 120, 100);
  ASSERT_EQ(plane.outputs, 6);
  double least = 1e30;
  double most = 0.0;
  for (long row = 0; row < plane.rows; ++row)
  {
    for (long column = 0; column < plane.columns; ++column)
    {
      const auto pixel = filter->GetOutput()->GetPixel({{column, row}});
      const float * node = plane.values.data() + 6 * (row * plane.columns + column);
      // White noise of variance 1; some 300 independent values in a window of 40 x 40 leave 12 %.
      EXPECT_NEAR(pixel[3], 20.0 * 2.0 * std::exp(0.5 * (0.3 + 1.1 * node[3])), 0.1 * pixel[3]); // 20 pm per pixel
      // Of the second one the bend over one cell of ten pixels adds to it: three nodes, where there are so many.
      double variance = 4.0 * std::exp(0.3 + 1.1 * node[4]);
      const long across[2] = {6 * 3, 6 * 3 * plane.columns};
      const bool exist[2] = {column >= 3 && column + 3 < plane.columns, row >= 3 && row + 3 < plane.rows};
      for (int axis = 0; axis < 2; ++axis)
      {
        const double second = exist[axis] ? node[1 + across[axis]] - 2.0 * node[1] + node[1 - across[axis]] : 0.0;
        variance += 50.0 * second * second;
      }
      EXPECT_NEAR(pixel[4], 20.0 * std::sqrt(variance), 0.1 * pixel[4]);
      EXPECT_NEAR(pixel[5], 0.0004 * 5.0 * std::exp(0.5 * (0.1 + 0.9 * node[5])), 0.1 * pixel[5]);
      least = std::min<double>(least, pixel[3]);
      most = std::max<double>(most, pixel[3]);
    }
  }
  EXPECT_GT(most, 1.0001 * least);
  // The same at a place by itself, and in a part of the image.
  const itk::Index<2> middle{{7, 6}};
  const auto expected = filter->GetOutput()->GetPixel(middle);
  const auto alone = filter->EvaluateAt(*image, {filter->GetPlace(7, 6)});
  auto part = DCNNRegressionImageFilter::New();
  part->SetInput(image);
  part->SetModel(model);
  part->SetStatistics(0.0, 1.0);
  part->UpdateOutputInformation();
  part->GetOutput()->SetRequestedRegion(itk::ImageRegion<2>(middle, {{1, 1}}));
  part->Update();
  for (unsigned int k = 0; k < 6; ++k)
  {
    EXPECT_NEAR(alone[k], expected[k], 1e-4 * std::abs(expected[k])) << k;
    EXPECT_NEAR(part->GetOutput()->GetPixel(middle)[k], expected[k], 1e-4 * std::abs(expected[k])) << k;
  }
  // Between two nodes the second differences are those of both, whatever other places are asked about.
  description.varianceFit[1].bend = 5e6; // an untrained network hardly bends
  filter->SetModel(std::make_shared<NetworkModel>(description, 3));
  filter->UpdateOutputInformation();
  const Eigen::Vector2d between = 0.75 * filter->GetPlace(7, 6) + 0.25 * filter->GetPlace(8, 6);
  const auto bent = filter->EvaluateAt(*image, {filter->GetPlace(1, 9), between});
  description.varianceFit[1].bend = 0.0;
  filter->SetModel(std::make_shared<NetworkModel>(description, 3));
  filter->UpdateOutputInformation();
  const auto straight = filter->EvaluateAt(*image, {between});
  const float * node = plane.values.data() + 6 * (6 * plane.columns + 7);
  double bend = 0.0;
  for (const long distance : {6L * 3L, 6L * 3L * plane.columns})
  {
    double second = 0.0;
    for (const auto & [value, weight] : {std::pair(node + 1, 0.75), std::pair(node + 7, 0.25)})
    {
      second += weight * (value[distance] - 2.0 * value[0] + value[-distance]);
    }
    bend += second * second;
  }
  const double added = bent[9 + 4] * bent[9 + 4] - straight[4] * straight[4];
  EXPECT_NEAR(added, 400.0 * 5e6 * bend, 0.02 * added); // second differences of values with rounding errors
  EXPECT_GT(added, 0.1 * straight[4] * straight[4]);    // or nothing would be tested
}

TEST(DCNNRegressionImageFilter, RefusesWhatItCannotDo)
{
  SetTorchThreads(1);
  auto filter = DCNNRegressionImageFilter::New();
  filter->SetModel(MakeModel(0.02));
  filter->SetInput(MakeImage(30, 100, 0.02, 0.0, 1.0));
  EXPECT_THROW(filter->Update(), AnalysisError); // smaller than a window
  filter->SetInput(MakeImage(100, 100, 0.02, 0.0, 0.0));
  EXPECT_THROW(filter->Update(), AnalysisError); // constant
  filter->SetInput(MakeImage(100, 100, 0.0001, 0.0, 1.0));
  EXPECT_THROW(filter->Update(), AnalysisError); // another scale
  auto bare = MakeImage(100, 100, 1.0, 0.0, 1.0);
  itk::EncapsulateMetaData<std::string>(bare->GetMetaDataDictionary(), CalibratedKey, "0");
  filter->SetInput(bare);
  EXPECT_THROW(filter->Update(), InputError); // not calibrated
  filter->SetInput(MakeImage(100, 100, 0.02, 0.0, 1.0));
  filter->SetStride(3);
  EXPECT_THROW(filter->Update(), UsageError);
  filter->SetStride(8);
  auto holes = MakeImage(100, 100, 0.02, 0.0, 1.0);
  for (long k = 0; k < 100; ++k)
  {
    holes->SetPixel({{k, 50}}, std::numeric_limits<float>::quiet_NaN());
  }
  filter->SetInput(holes);
  filter->UpdateLargestPossibleRegion();
  const auto * output = filter->GetOutput();
  for (itk::SizeValueType k = 0; k < output->GetLargestPossibleRegion().GetNumberOfPixels(); ++k)
  {
    EXPECT_TRUE(std::isfinite(output->GetBufferPointer()[k * 9]));
  }
  holes->FillBuffer(std::numeric_limits<float>::quiet_NaN());
  holes->Modified();
  EXPECT_THROW(filter->Update(), AnalysisError);
}
