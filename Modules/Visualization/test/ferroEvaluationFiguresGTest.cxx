#include "ferroErrors.h"
#include "ferroEvaluationFigures.h"
#include "ferroPngPicture.h"
#include "ferroTestFolder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace
{
using ferro::EvaluationData;
using ferro::ReadAll;

constexpr int Cells = 24; // along each side
constexpr double CellPx = 16.0;

/** Cells of a square lattice: Px is 30 pm left and -20 pm right of the middle, the prediction as told. */
EvaluationData
MakeData(double bias)
{
  EvaluationData data;
  data.geometry.width = data.geometry.height = static_cast<long>(Cells * CellPx);
  data.geometry.calibrated = true;
  data.geometry.pixelSizeNm.setConstant(0.025);
  data.cellEdges = CellPx * Eigen::Matrix2d::Identity();
  data.regionNames = {"training", "test"};
  const double half = 0.5 * Cells * CellPx - 0.5;
  data.split = {{half, -0.5}, {half, Cells * CellPx - 0.5}};
  ferro::EvaluatedQuantity px{"px", "Px", "pm", {}, {}, {}, {}};
  ferro::EvaluatedQuantity py{"py", "Py", "pm", {}, {}, {}, {}};
  ferro::EvaluatedQuantity gamma{"gamma", "γ", "°", {}, {}, {}, {}};
  for (int j = 0; j < Cells; ++j)
  {
    for (int i = 0; i < Cells; ++i)
    {
      const double wave = std::sin(1.7 * i + 2.3 * j); // stands for noise
      const bool left = i < Cells / 2;
      data.places.emplace_back((i + 0.5) * CellPx - 0.5, (j + 0.5) * CellPx - 0.5);
      data.counted.push_back(1);
      data.regions.push_back(left ? 0 : 1);
      px.measured.push_back((left ? 30.0 : -20.0) + wave);
      px.predicted.push_back((left ? 30.0 : -20.0) + bias);
      px.z.push_back((bias - wave) / 2.0);
      py.measured.push_back(10.0 * std::cos(0.4 * i + 0.9 * j));
      py.predicted.push_back(py.measured.back());
      gamma.measured.push_back(90.0 + 0.1 * wave);
      gamma.predicted.push_back(std::nan(""));
      for (auto * q : {&px, &py, &gamma})
      {
        q->outliers.push_back(0);
      }
    }
  }
  data.quantities = {px, py, gamma};
  data.notes = {{"test: RMSE 1 pm"}, {}, {}};
  return data;
}

std::set<std::string>
Draw(const EvaluationData & data, const std::filesystem::path & folder)
{
  ferro::FigureOptions options;
  options.widthPx = 800;
  std::set<std::string> names;
  for (const auto & figure : ferro::WriteEvaluationFigures(data, folder, options))
  {
    names.insert(figure.file);
    EXPECT_GT(std::filesystem::file_size(folder / figure.file), 5000U) << figure.file;
    EXPECT_FALSE(figure.title.empty());
    EXPECT_FALSE(figure.caption.empty());
  }
  return names;
}

/** Pixels of nearly that colour in a rectangle of the picture, given as parts of its width and height. */
int
CountColor(const ferro::PngPicture & picture, const ferro::Rgb & color, double x0, double y0, double x1, double y1)
{
  int count = 0;
  for (int y = static_cast<int>(y0 * picture.Height()); y < static_cast<int>(y1 * picture.Height()); ++y)
  {
    for (int x = static_cast<int>(x0 * picture.Width()); x < static_cast<int>(x1 * picture.Width()); ++x)
    {
      int difference = 0;
      for (std::size_t m = 0; m < 3; ++m)
      {
        difference += std::abs(picture.At(x, y)[m] - color[m]);
      }
      count += difference < 30;
    }
  }
  return count;
}
} // namespace

TEST(EvaluationFigures, WritesWhatTheDataPermit)
{
  const ferro::TestFolder folder;
  const auto names = Draw(MakeData(0.0), folder / "all");
  // gamma has no predictions, a and b are not there: no scatter, no map of them, one row of joint distributions.
  EXPECT_EQ(names, (std::set<std::string>{"10_scatter_px.png", "10_scatter_py.png", "20_joint.png", "30_map_P.png",
                                          "31_map_px.png", "31_map_py.png", "40_z_scores.png"}));
  auto one = MakeData(0.0);
  one.quantities = {one.quantities[1]};
  one.regionNames = {"all cells"};
  one.regions.assign(one.places.size(), 0);
  one.split.clear();
  EXPECT_EQ(Draw(one, folder / "one"), (std::set<std::string>{"10_scatter_py.png", "31_map_py.png"}));
  auto none = MakeData(0.0);
  none.counted.assign(none.places.size(), 0);
  EXPECT_TRUE(Draw(none, folder / "none").count("10_scatter_px.png") == 0);
}

TEST(EvaluationFigures, MarksOutliersInPlotAndImage)
{
  const ferro::Rgb red{{220, 0, 30}};
  const ferro::TestFolder folder;
  auto data = MakeData(0.0);
  Draw(data, folder / "without");
  const ferro::PngPicture without(folder / "without" / "10_scatter_px.png");
  data.quantities[0].predicted[5] = 150.0; // in the first row: at the top of the image
  data.quantities[0].outliers[5] = 1;
  Draw(data, folder / "with");
  const ferro::PngPicture with(folder / "with" / "10_scatter_px.png");
  EXPECT_EQ(CountColor(without, red, 0.0, 0.0, 0.45, 0.5), 0);
  EXPECT_GT(CountColor(with, red, 0.0, 0.0, 0.45, 0.5), 5);
  EXPECT_EQ(CountColor(without, red, 0.0, 0.52, 0.45, 1.0), 0);
  EXPECT_GT(CountColor(with, red, 0.0, 0.52, 0.45, 0.7), 5);
  EXPECT_EQ(CountColor(with, red, 0.0, 0.7, 0.45, 1.0), 0);
}

TEST(EvaluationFigures, MapsShowTheDifferenceWithItsSign)
{
  const ferro::TestFolder folder;
  ferro::FigureOptions options;
  options.widthPx = 800;
  for (const double bias : {4.0, -4.0})
  {
    const auto data = MakeData(bias);
    ferro::WriteEvaluationFigures(data, folder.Path(), options);
    const ferro::PngPicture picture(folder / "31_map_px.png");
    // The difference lies at the lower left; brown is positive, blue negative.
    int brown = 0;
    int blue = 0;
    for (int y = picture.Height() * 6 / 10; y < picture.Height() * 9 / 10; ++y)
    {
      for (int x = picture.Width() / 20; x < picture.Width() * 3 / 10; ++x)
      {
        brown += picture.At(x, y)[0] > picture.At(x, y)[2] + 40;
        blue += picture.At(x, y)[2] > picture.At(x, y)[0] + 40;
      }
    }
    EXPECT_GT(bias > 0 ? brown : blue, 10 * (bias > 0 ? blue : brown) + 1000);
  }
}

TEST(EvaluationFigures, SameDataSameBytes)
{
  const ferro::TestFolder folder;
  const auto names = Draw(MakeData(1.0), folder / "first");
  Draw(MakeData(1.0), folder / "second");
  for (const auto & name : names)
  {
    EXPECT_EQ(ReadAll(folder / "first" / name), ReadAll(folder / "second" / name)) << name;
  }
}

TEST(EvaluationFigures, AFolderThatCannotBeMadeIsAnOutputError)
{
  EXPECT_THROW(ferro::WriteEvaluationFigures(MakeData(0.0), "/proc/nothing/here"), ferro::OutputError);
}
