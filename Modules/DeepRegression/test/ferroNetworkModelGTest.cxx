#include "ferroErrors.h"
#include "ferroNetworkModel.h"
#include "ferroRandomNumbers.h"
#include "ferroTensorFile.h"

#include <gtest/gtest.h>
#include <torch/script.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace
{
using namespace ferro;
namespace fs = std::filesystem;

/** A folder for one test. */
class NetworkModelTest : public ::testing::Test
{
protected:
  void
  SetUp() override
  {
    SetTorchThreads(1);
    const auto * info = ::testing::UnitTest::GetInstance()->current_test_info();
    m_Folder =
      fs::temp_directory_path() / (std::string("ferroNetworkModel_") + info->name() + std::to_string(::getpid()));
    fs::create_directories(m_Folder);
  }
  void
  TearDown() override
  {
    fs::remove_all(m_Folder);
  }
  fs::path m_Folder;
};

ModelDescription
MakeDescription(const std::string & preset, const std::string & blocks = "", long window = 0)
{
  ModelDescription description;
  description.architecture = NetworkArchitecture::FromPreset(preset);
  if (!blocks.empty())
  {
    description.architecture.blocks = NetworkArchitecture::ParseBlocks(blocks);
  }
  if (window > 0)
  {
    description.architecture.windowPx = window;
  }
  description.targets = ParseTargets("px,py");
  description.targetMean = {0.1, -0.2};
  description.targetDeviation = {1.5, 2.5};
  description.scale = ModelScale::PixelSize;
  description.pixelSizeNm = 0.02;
  return description;
}

std::vector<float>
MakePixels(long count, unsigned long seed)
{
  RandomNumbers random(seed);
  std::vector<float> pixels(static_cast<std::size_t>(count));
  for (float & value : pixels)
  {
    value = static_cast<float>(random.Normal());
  }
  return pixels;
}

double
Spread(const std::vector<float> & values)
{
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return static_cast<double>(*high) - static_cast<double>(*low);
}

/** Largest difference of a plane against its windows one by one, divided by the spread of the output. */
double
CompareWithWindows(const NetworkModel & model, long width, long height, long stride, long tile)
{
  const auto pixels = MakePixels(width * height, 3);
  const RegressionPlane plane = model.EvaluatePlane(pixels.data(), width, height, stride, false, tile);
  const long window = model.GetDescription().architecture.windowPx;
  EXPECT_EQ(plane.columns, (width - window) / stride + 1);
  EXPECT_EQ(plane.rows, (height - window) / stride + 1);
  std::vector<float> windows;
  for (long row = 0; row < plane.rows; ++row)
  {
    for (long column = 0; column < plane.columns; ++column)
    {
      for (long y = 0; y < window; ++y)
      {
        const auto first = pixels.begin() + (row * stride + y) * width + column * stride;
        windows.insert(windows.end(), first, first + window);
      }
    }
  }
  const auto expected = model.EvaluateWindows(windows, plane.columns * plane.rows);
  EXPECT_EQ(expected.size(), plane.values.size());
  double largest = 0.0;
  for (std::size_t k = 0; k < expected.size(); ++k)
  {
    largest = std::max(largest, std::abs(static_cast<double>(expected[k]) - static_cast<double>(plane.values[k])));
  }
  return largest / Spread(expected);
}
} // namespace

TEST_F(NetworkModelTest, DenseEqualsWindowByWindow)
{
  const NetworkModel lite(MakeDescription("lite"), 1);
  EXPECT_EQ(lite.GetStride(), 4);
  EXPECT_LT(CompareWithWindows(lite, 131, 118, 4, 96), 1e-4);
  EXPECT_LT(CompareWithWindows(lite, 131, 118, 8, 112), 1e-4);
  EXPECT_LT(CompareWithWindows(lite, 101, 96, 2, 88), 1e-4);
  EXPECT_LT(CompareWithWindows(lite, 90, 88, 1, 88), 1e-4);
  const NetworkModel standard(MakeDescription("standard"), 2);
  EXPECT_LT(CompareWithWindows(standard, 120, 100, 4, 100), 1e-4);
  // A window that the pooling does not divide, no input pooling, two max poolings.
  auto description = MakeDescription("standard", "1x4p,2x6p,1x5", 43);
  description.architecture.inputPooling = 1;
  const NetworkModel odd(description, 3);
  EXPECT_EQ(odd.GetStride(), 4);
  EXPECT_LT(CompareWithWindows(odd, 80, 71, 4, 51), 1e-4);
  // Normalized before the head alone.
  description.architecture.normalizeEveryLayer = false;
  const NetworkModel plain(description, 3);
  EXPECT_LT(CompareWithWindows(plain, 80, 71, 4, 51), 1e-4);
  // One that LibTorch runs: other kernels.
  description.architecture.kernel = 5;
  const NetworkModel large(description, 3);
  EXPECT_LT(CompareWithWindows(large, 80, 71, 4, 51), 1e-4);
}

TEST_F(NetworkModelTest, SamePaddingIsNeverEvaluatedDensely)
{
  auto description = MakeDescription("paper", "1x4,1x4p", 24);
  const NetworkModel model(description, 1);
  EXPECT_FALSE(model.IsDense());
  EXPECT_LT(CompareWithWindows(model, 60, 51, 8, 40), 1e-6);
}

TEST_F(NetworkModelTest, PresetsHaveTheShapeOfThePaper)
{
  const auto paper = NetworkArchitecture::FromPreset("paper");
  EXPECT_EQ(NetworkArchitecture::FormatBlocks(paper.blocks), "5x32,2x64p,2x128");
  EXPECT_EQ(paper.GetHeadSize() * paper.GetHeadSize() * 128, 204800); // the flattened layer of an 80 x 80 window
  EXPECT_EQ(NetworkArchitecture::FromPreset("lite").GetHeadSize(), 9);
  EXPECT_NEAR(static_cast<double>(NetworkArchitecture::FromPreset("lite").CountParameters(2)), 90000.0, 2000.0);
  EXPECT_THROW(NetworkArchitecture::FromPreset("huge"), UsageError);
  EXPECT_THROW(NetworkArchitecture::ParseBlocks("3y2"), UsageError);
  EXPECT_THROW(NetworkArchitecture::ParseBlocks("3x2q"), UsageError);
  EXPECT_THROW(MakeDescription("standard", "", 30).Check(), UsageError);
  EXPECT_THROW(MakeDescription("standard", "64x4096,64x4096,64x4096", 1000).Check(), UsageError);
}

TEST_F(NetworkModelTest, FileHoldsEverything)
{
  auto description = MakeDescription("lite", "2x5,1x6p", 33);
  description.sigma = {0.25, 0.5};
  description.provenance = {{"seed", 7}};
  description.centered = true;
  const NetworkModel model(description, 7);
  model.Save(m_Folder / "m.safetensors");
  const auto loaded = NetworkModel::Load(m_Folder / "m.safetensors");
  EXPECT_EQ(loaded->GetDescription().ToJson(), description.ToJson());
  const auto pixels = MakePixels(3 * 33 * 33, 5);
  EXPECT_EQ(loaded->EvaluateWindows(pixels, 3), model.EvaluateWindows(pixels, 3));
  EXPECT_THROW(model.Save(m_Folder / "no" / "m.safetensors"), OutputError);
}

TEST_F(NetworkModelTest, VariancesComeBehindTheTargets)
{
  auto description = MakeDescription("lite", "2x5,1x6p", 33);
  description.architecture.predictsVariance = true;
  description.varianceFit = {{{0.5, 2.0, 0.25, -1.0, 3.0, 0.5}, 0.125}, {{0.0, 1.0, 0.0, 0.0, 0.0, 0.0}, 0.0}};
  description.varianceScales = {0.25, 2.0};
  const NetworkModel model(description, 7);
  // Deviations of 1.5 and 2.5 pixels; v = ln 4, noise 1/16, two pixels for one: e^(1/2) 4^2 (1/16)^(1/4) / 2 times
  // 2^(3 ln 2) 2^(ln(4)/2) of the square of the first one, and an eighth of the bend.
  const auto terms = description.GetVarianceTerms(std::log(4.0), 0.0625, 2.0);
  const double logarithm = std::log(2.0);
  EXPECT_NEAR(description.GetVariance(0, terms, 8.0),
              2.25 * std::exp(0.5) * 16.0 * 0.5 / 2.0 * std::pow(2.0, 4.0 * logarithm) + 1.0, 1e-9);
  EXPECT_NEAR(description.GetVariance(1, terms, 8.0), 6.25 * 4.0, 1e-9);
  EXPECT_TRUE(description.NeedsBend());
  // Nothing is known of scales that the calibration did not see.
  EXPECT_EQ(description.GetVarianceTerms(std::log(4.0), 0.0625, 9.0), terms);
  model.Save(m_Folder / "m.safetensors");
  const auto loaded = NetworkModel::Load(m_Folder / "m.safetensors");
  EXPECT_EQ(loaded->GetDescription().ToJson(), description.ToJson());
  // Windows give the targets, a plane those and the logarithms of their variances; the network's own stride is 4.
  const auto pixels = MakePixels(49 * 41, 5);
  const RegressionPlane plane = loaded->EvaluatePlane(pixels.data(), 49, 41);
  ASSERT_EQ(plane.outputs, 4);
  ASSERT_EQ(plane.columns * plane.rows, 15);
  std::vector<float> window;
  for (long y = 4; y < 37; ++y)
  {
    window.insert(window.end(), pixels.begin() + y * 49 + 8, pixels.begin() + y * 49 + 41);
  }
  const auto values = loaded->EvaluateWindows(window, 1);
  ASSERT_EQ(values.size(), 2u);
  const std::size_t node = 5 + 2; // second row, third column
  EXPECT_NEAR(plane.values[4 * node], values[0], 1e-5);
  EXPECT_NEAR(plane.values[4 * node + 1], values[1], 1e-5);
  // Nothing of a target's mean or deviation goes into the logarithm: another deviation leaves it alone.
  description.targetDeviation = {3.0, 5.0};
  NetworkModel other(description, 7);
  const RegressionPlane same = other.EvaluatePlane(pixels.data(), 49, 41);
  EXPECT_NEAR(same.values[4 * node + 2], plane.values[4 * node + 2], 1e-6);
  EXPECT_NE(plane.values[4 * node + 2], plane.values[4 * node + 3]);
  EXPECT_GT(std::abs(same.values[4 * node] - plane.values[4 * node]), 1e-6);
}

TEST_F(NetworkModelTest, FilesOfOlderVersionsHaveNoVariances)
{
  const NetworkModel model(MakeDescription("lite", "2x5,1x6p", 33), 7);
  auto json = model.GetDescription().ToJson();
  ASSERT_EQ(json["architecture"].erase("predicts_variance"), 1u);
  ASSERT_EQ(json.count("variance_fit"), 0u);
  EXPECT_FALSE(ModelDescription::FromJson(json).architecture.predictsVariance);
  json["variance_fit"] = {{0.0, 1.0, 0.0, 0.0}}; // of one target where there are two
  EXPECT_THROW(ModelDescription::FromJson(json), InputError);
  // Four numbers came before terms of higher order and the bend, and mean what they meant.
  json["variance_fit"] = {{0.5, 2.0, 0.25, -1.0}, {0.0, 1.0, 0.0, 0.0}};
  const auto four = ModelDescription::FromJson(json);
  EXPECT_NEAR(four.GetVariance(0, four.GetVarianceTerms(std::log(4.0), 0.0625, 3.0), 7.0),
              2.25 * std::exp(0.5) * 8.0 / 3.0, 1e-9);
  EXPECT_FALSE(four.NeedsBend());
  json["variance_fit"] = {{0.0, 1.0, 0.0, 0.0, 0.0}, {0.0, 1.0, 0.0, 0.0, 0.0}};
  EXPECT_THROW(ModelDescription::FromJson(json), InputError);
  json["variance_fit"] = {{0.0, 1.0, 0.0, 0.0, 0.0, 0.0, -0.1}, {0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0}};
  EXPECT_THROW(ModelDescription::FromJson(json), InputError);
}

TEST_F(NetworkModelTest, LayersInLibTorchHaveTheShapesThatFilesAreHeldAgainst)
{
  const fs::path file = m_Folder / "m.safetensors";
  for (const char * preset : {"lite", "paper"}) // batch normalization behind every layer, and at the end
  {
    auto description = MakeDescription(preset, "2x5,1x6p,2x7", 33);
    description.architecture.predictsVariance = std::string(preset) == "lite";
    const NetworkModel model(description, 7);
    model.Save(file);
    std::map<std::string, std::vector<long>> shapes;
    for (const auto & [name, tensor] : TensorFile::Read(file).tensors)
    {
      shapes[name] = tensor.shape;
    }
    EXPECT_EQ(description.architecture.GetShapes(2), shapes) << preset;
  }
}

TEST_F(NetworkModelTest, WeightsThatDoNotFitAreRefused)
{
  const NetworkModel model(MakeDescription("lite", "2x5,1x6p", 33), 7);
  const fs::path file = m_Folder / "m.safetensors";
  model.Save(file);
  const TensorFile good = TensorFile::Read(file);
  const auto fails = [&](const TensorFile & content, const std::string & word)
  {
    content.Write(file);
    try
    {
      NetworkModel::Load(file);
      ADD_FAILURE() << "not refused: " << word;
    }
    catch (const InputError & error)
    {
      EXPECT_NE(error.GetMessage().find(word), std::string::npos) << error.GetMessage();
    }
  };
  TensorFile content = good;
  content.tensors["other"] = content.tensors["head.bias"]; // as many weights as before, and more
  content.tensors.erase("head.bias");
  fails(content, "'head.bias' are missing");
  content = good;
  std::swap(content.tensors["conv2.weight"].shape[0], content.tensors["conv3.weight"].shape[0]);
  std::swap(content.tensors["conv2.weight"].values, content.tensors["conv3.weight"].values);
  fails(content, "'conv2.weight' do not have the shape");
  content = good;
  content.tensors["novelty.features.mean"] = {{6}, std::vector<float>(6)};
  fails(content, "'novelty.features' are not complete");
  content.tensors["novelty.features.whitening"] = {{6, 6}, std::vector<float>(36)};
  content.tensors["novelty.features.scale"] = {{1}, {1.0f}};
  content.Write(file);
  EXPECT_TRUE(NetworkModel::Load(file)->HasNovelty());
  content.tensors["novelty.features.mean"] = {{5}, std::vector<float>(5)};
  fails(content, "'novelty.features.mean' do not have the shape");
}

TEST_F(NetworkModelTest, ANetworkIsTheSameBeforeAndAfterLibTorchHasIt)
{
  const NetworkModel model(MakeDescription("lite", "2x5,1x6p", 33), 7);
  model.Save(m_Folder / "m.safetensors");
  const auto loaded = NetworkModel::Load(m_Folder / "m.safetensors");
  const auto pixels = MakePixels(49 * 41, 5);
  const auto before = loaded->EvaluatePlane(pixels.data(), 49, 41).values;
  loaded->Save(m_Folder / "before.safetensors");
  loaded->EvaluateWindows(MakePixels(33 * 33, 5), 1);
  loaded->SetDevice("cpu"); // makes the kernels anew
  EXPECT_EQ(loaded->EvaluatePlane(pixels.data(), 49, 41).values, before);
  loaded->Save(m_Folder / "after.safetensors");
  const auto first = TensorFile::Read(m_Folder / "before.safetensors");
  const auto second = TensorFile::Read(m_Folder / "after.safetensors");
  EXPECT_EQ(first.description, second.description);
  ASSERT_EQ(first.tensors.size(), second.tensors.size());
  for (const auto & [name, tensor] : first.tensors)
  {
    EXPECT_EQ(tensor.values, second.tensors.at(name).values) << name;
  }
}

TEST_F(NetworkModelTest, DamagedFilesAreRefused)
{
  const NetworkModel model(MakeDescription("lite", "2x5,1x6p", 33), 7);
  const fs::path file = m_Folder / "m.safetensors";
  model.Save(file);
  std::ifstream stream(file, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
  const auto fails = [&](const std::string & content, const std::string & word)
  {
    std::ofstream(file, std::ios::binary) << content;
    try
    {
      NetworkModel::Load(file);
      ADD_FAILURE() << "not refused: " << word;
    }
    catch (const InputError & error)
    {
      EXPECT_NE(error.GetMessage().find("m.safetensors"), std::string::npos) << error.GetMessage();
      EXPECT_NE(error.GetMessage().find(word), std::string::npos) << error.GetMessage();
    }
  };
  for (const std::size_t length : {std::size_t(0), std::size_t(5), std::size_t(8)})
  {
    fails(bytes.substr(0, length), "expected");
  }
  fails(bytes.substr(0, 300), "truncated");
  fails(bytes.substr(0, bytes.size() - 1), "truncated");
  std::string changed = bytes;
  changed[bytes.size() - 2] = static_cast<char>(changed[bytes.size() - 2] ^ 1);
  fails(changed, "checksum");
  const auto replace = [&](const std::string & from, const std::string & to)
  {
    std::string result = bytes;
    result.replace(result.find(from), from.size(), to);
    return result;
  };
  fails(replace("2x5,1x6p", "2x6,1x6p"), "m");
  fails(replace("ferroscope-network", "ferroscope-nothing"), "not a network");
  fails(replace("valid", "other"), "padding");
  fails("P5 3 3 255 123456789 any other file", "expected");
  fails(std::string("PK\3\4") + "not really", "TorchScript");
  fs::remove(file);
  EXPECT_THROW(NetworkModel::Load(file), InputError);
}

TEST_F(NetworkModelTest, TorchScriptWithDescription)
{
  // Twice the mean of the window, and its first pixel.
  torch::jit::Module module("m");
  module.define("def forward(self, x):\n  m = x.mean([1, 2, 3])\n  return torch.stack([m * 2., x[:, 0, 0, 0]], 1)\n");
  const fs::path file = m_Folder / "m.pt";
  const std::string description = R"({"window_px": 16, "stride_px": 8, "dense": false, "targets": ["px", "py"],
    "target_mean": [0, 1], "target_deviation": [1, 10], "scale": "pixel-size", "pixel_size_nm": 0.01})";
  module.save(file.string(), {{"ferroscope.json", description}});
  const auto model = NetworkModel::Load(file);
  EXPECT_EQ(model->GetDescription().pixelSizeNm, 0.01);
  std::vector<float> pixels(40 * 24, 3.0f);
  pixels[8] = 5.0f; // first pixel of the second window
  const auto plane = model->EvaluatePlane(pixels.data(), 40, 24);
  ASSERT_EQ(plane.columns, 4);
  ASSERT_EQ(plane.rows, 2);
  EXPECT_NEAR(plane.values[1], 31.0, 1e-5);
  EXPECT_NEAR(plane.values[3], 51.0, 1e-5);
  EXPECT_NEAR(plane.values[4], 6.0, 1e-5);
  EXPECT_THROW(model->Save(m_Folder / "copy.pt"), UsageError);

  module.save(file.string());
  EXPECT_THROW(NetworkModel::Load(file), InputError);
  module.save(file.string(), {{"ferroscope.json", R"({"window_px": 16, "stride_px": 8, "targets": ["area"],
    "target_mean": [0], "target_deviation": [1], "scale": "pixels"})"}});
  EXPECT_THROW(NetworkModel::Load(file), InputError); // two numbers, one target
}

TEST(RegressionTarget, SymmetriesTurnVectorsAlong)
{
  const auto targets = ParseTargets("px_pm,py_pm,a_nm,b_nm,gamma_deg,area_nm2,tilt_mrad");
  for (int index = 0; index < 8; ++index)
  {
    const SquareSymmetry symmetry(index);
    // The same on points: a vector and two edges, transformed as places in a picture are.
    const auto turn = [&](double x, double y)
    {
      x = symmetry.MirrorsX() ? -x : x;
      y = symmetry.MirrorsY() ? -y : y;
      return symmetry.Transposes() ? std::pair(y, x) : std::pair(x, y);
    };
    const double gamma = 80.0 * 3.14159265358979 / 180.0;
    auto a = turn(3.0, 0.0);
    auto b = turn(4.0 * std::cos(gamma), 4.0 * std::sin(gamma));
    double lengthA = 3.0;
    double lengthB = 4.0;
    if (std::abs(a.first) < std::abs(a.second)) // a is the edge along x
    {
      std::swap(a, b);
      std::swap(lengthA, lengthB);
    }
    if (a.first < 0.0)
    {
      a = {-a.first, -a.second};
    }
    if (b.second < 0.0)
    {
      b = {-b.first, -b.second};
    }
    const double angle = std::acos((a.first * b.first + a.second * b.second) / (lengthA * lengthB));
    const auto p = turn(1.0, 2.0);
    float values[7] = {1.0f, 2.0f, 3.0f, 4.0f, 80.0f, 12.0f, 5.0f};
    symmetry.Apply(targets, values);
    EXPECT_FLOAT_EQ(values[0], static_cast<float>(p.first)) << index;
    EXPECT_FLOAT_EQ(values[1], static_cast<float>(p.second)) << index;
    EXPECT_FLOAT_EQ(values[2], static_cast<float>(lengthA)) << index;
    EXPECT_FLOAT_EQ(values[3], static_cast<float>(lengthB)) << index;
    EXPECT_NEAR(values[4], angle * 180.0 / 3.14159265358979, 1e-4) << index;
    EXPECT_FLOAT_EQ(values[5], 12.0f);
    EXPECT_FLOAT_EQ(values[6], 5.0f);
    symmetry.Undo(targets, values);
    EXPECT_FLOAT_EQ(values[0], 1.0f);
    EXPECT_FLOAT_EQ(values[1], 2.0f);
    EXPECT_FLOAT_EQ(values[2], 3.0f);
    EXPECT_FLOAT_EQ(values[4], 80.0f);
  }
  EXPECT_THROW(ParseTargets("px"), UsageError);
  EXPECT_THROW(ParseTargets("px,py,px_pm"), UsageError);
  EXPECT_THROW(ParseTargets(""), UsageError);
}

TEST(TorchDevice, AbsentOnesAreNamed)
{
  NetworkModel model(MakeDescription("lite", "1x2", 16), 0);
  model.SetDevice("cpu");
  for (const char * name : {"cuda:99", "cuda:", "gpu", "cuda:x"})
  {
    EXPECT_THROW(model.SetDevice(name), UsageError) << name;
  }
}
