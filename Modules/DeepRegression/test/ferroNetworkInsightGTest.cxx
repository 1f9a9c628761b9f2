#include "ferroErrors.h"
#include "ferroNetworkInsight.h"
#include "ferroRandomNumbers.h"
#include "ferroSha256.h"

#include <gtest/gtest.h>
#include <torch/script.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

namespace
{
using namespace ferro;
namespace fs = std::filesystem;

ModelDescription
Describe(const std::string & blocks, long window, long pooling, bool samePadding = false)
{
  ModelDescription description;
  description.architecture = NetworkArchitecture::FromPreset("lite");
  description.architecture.blocks = NetworkArchitecture::ParseBlocks(blocks);
  description.architecture.windowPx = window;
  description.architecture.inputPooling = pooling;
  description.architecture.samePadding = samePadding;
  description.targets = ParseTargets("px,py");
  description.targetMean = {0.0, 0.0};
  description.targetDeviation = {1.0, 1.0};
  return description;
}

/** A model with weights of our own: written to a file, changed there, and read again. */
std::shared_ptr<NetworkModel>
WithWeights(const ModelDescription & description, const std::map<std::string, std::vector<float>> & weights)
{
  const fs::path file =
    fs::temp_directory_path() / ("ferroNetworkInsight" + std::to_string(::getpid()) + ".safetensors");
  NetworkModel(description, 1).Save(file);
  std::ifstream in(file, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  in.close();
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  auto header = nlohmann::json::parse(bytes.substr(8, length));
  std::string data = bytes.substr(8 + length);
  for (const auto & [name, values] : weights)
  {
    const auto offsets = header.at(name).at("data_offsets");
    const std::size_t begin = offsets[0];
    EXPECT_EQ(offsets[1].get<std::size_t>() - begin, 4 * values.size()) << name;
    std::memcpy(&data[begin], values.data(), 4 * values.size());
  }
  Sha256 sum;
  sum.Update(data.data(), data.size());
  header["__metadata__"]["sha256"] = sum.HexDigest();
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  length = text.size();
  std::ofstream out(file, std::ios::binary);
  out.write(reinterpret_cast<const char *>(&length), 8);
  out << text << data;
  out.close();
  auto model = NetworkModel::Load(file);
  fs::remove(file);
  return model;
}

std::vector<float>
Noise(long count, unsigned long seed)
{
  RandomNumbers random(seed);
  std::vector<float> pixels(static_cast<std::size_t>(count));
  for (float & value : pixels)
  {
    value = static_cast<float>(random.Normal());
  }
  return pixels;
}

/** Mean square of the differences of neighbours along x (0) or y (1). */
double
Variation(const std::vector<float> & pixels, long width, long height, int axis)
{
  double sum = 0.0;
  for (long y = 0; y + 1 < height; ++y)
  {
    for (long x = 0; x + 1 < width; ++x)
    {
      const double d = pixels[static_cast<std::size_t>(axis == 0 ? y * width + x + 1 : (y + 1) * width + x)] -
                       pixels[static_cast<std::size_t>(y * width + x)];
      sum += d * d;
    }
  }
  return sum / static_cast<double>((width - 1) * (height - 1));
}

/** Two filters: the derivative along x, and numbers without a pattern. */
std::shared_ptr<NetworkModel>
EdgeModel()
{
  return WithWeights(Describe("1x2", 12, 1), {{"conv1.weight",
                                               {-1.F, 0.F, 1.F, -2.F, 0.F, 2.F, -1.F, 0.F, 1.F, //
                                                .3F, -.2F, .5F, .1F, .7F, -.6F, -.4F, .2F, .9F}},
                                              {"conv1.bias", {0.F, 0.25F}}});
}

class NetworkInsight : public ::testing::Test
{
protected:
  void
  SetUp() override
  {
    SetTorchThreads(1);
  }
};
} // namespace

TEST_F(NetworkInsight, ActivationsOfFiltersSetByHandAreTheirConvolutions)
{
  const auto model = EdgeModel();
  const long width = 19;
  const long height = 14;
  const auto pixels = Noise(width * height, 3);
  const auto activations = ComputeActivations(*model, pixels.data(), width, height, {"conv1"});
  ASSERT_EQ(activations.size(), 1U);
  const auto & one = activations[0];
  ASSERT_EQ(one.columns, width - 2);
  ASSERT_EQ(one.rows, height - 2);
  ASSERT_EQ(one.values.size(), static_cast<std::size_t>(2 * one.columns * one.rows));
  const double kernels[2][9] = {{-1, 0, 1, -2, 0, 2, -1, 0, 1}, {.3, -.2, .5, .1, .7, -.6, -.4, .2, .9}};
  const double bias[2] = {0.0, 0.25};
  for (long f = 0; f < 2; ++f)
  {
    for (long y = 0; y < one.rows; ++y)
    {
      for (long x = 0; x < one.columns; ++x)
      {
        double sum = bias[f];
        for (long k = 0; k < 9; ++k)
        {
          sum += kernels[f][k] * pixels[static_cast<std::size_t>((y + k / 3) * width + x + k % 3)];
        }
        const double expected = sum > 0 ? sum : 0.01 * sum;
        EXPECT_NEAR(one.values[static_cast<std::size_t>((f * one.rows + y) * one.columns + x)], expected, 1e-5);
      }
    }
  }
}

TEST_F(NetworkInsight, AnEdgeFilterAnswersAtEdges)
{
  const auto model = EdgeModel();
  std::vector<float> pixels(20 * 20, 0.F);
  for (std::size_t k = 0; k < pixels.size(); ++k)
  {
    pixels[k] = k % 20 >= 10 ? 1.F : 0.F; // the step lies between columns 9 and 10
  }
  const auto one = ComputeActivations(*model, pixels.data(), 20, 20, {"1"})[0];
  EXPECT_EQ(one.layer.name, "conv1");
  EXPECT_DOUBLE_EQ(one.layer.offset, 1.0);
  for (long x = 0; x < one.columns; ++x)
  {
    const double place = one.layer.offset + static_cast<double>(x * one.layer.stride);
    EXPECT_FLOAT_EQ(one.values[static_cast<std::size_t>(5 * one.columns + x)],
                    place == 9.0 || place == 10.0 ? 4.F : 0.F)
      << x;
  }
}

TEST_F(NetworkInsight, LayersSeeThePixelsThatTheyAreSaidToSee)
{
  for (const bool samePadding : {false, true})
  {
    const ModelDescription description = Describe("2x3,1x4p,1x3", 36, 2, samePadding);
    NetworkModel model(description, 5);
    const long edge = 48;
    auto pixels = Noise(edge * edge, 7);
    const auto layers = GetLayers(description);
    ASSERT_EQ(layers.size(), 5U);
    std::vector<std::string> names;
    for (const auto & layer : layers)
    {
      if (!samePadding || layer.name != "head")
      {
        names.push_back(layer.name);
      }
    }
    const auto before = ComputeActivations(model, pixels.data(), edge, edge, names);
    std::map<std::string, double> farthest;
    for (const long at : {23L, 24L, 25L, 26L})
    {
      auto changed = pixels;
      for (long x = 0; x < edge; ++x) // a whole row: maxima cannot hide it everywhere
      {
        changed[static_cast<std::size_t>(at * edge + x)] += 5.F;
      }
      const auto after = ComputeActivations(model, changed.data(), edge, edge, names);
      for (std::size_t k = 0; k < names.size(); ++k)
      {
        const auto & layer = after[k].layer;
        for (std::size_t v = 0; v < after[k].values.size(); ++v)
        {
          if (after[k].values[v] != before[k].values[v])
          {
            const long row = static_cast<long>(v) / after[k].columns % after[k].rows;
            const double distance =
              std::abs(layer.offset + static_cast<double>(row * layer.stride) - static_cast<double>(at));
            EXPECT_LE(distance, 0.5 * static_cast<double>(layer.receptiveField - 1)) << layer.name << " " << at;
            farthest[layer.name] = std::max(farthest[layer.name], distance);
          }
        }
      }
    }
    for (const auto & layer : layers)
    {
      if (layer.name != "head") // it has no node that far away here
      {
        EXPECT_DOUBLE_EQ(farthest[layer.name], 0.5 * static_cast<double>(layer.receptiveField - 1)) << layer.name;
      }
    }
  }
}

TEST_F(NetworkInsight, TheHeadIsWhatTheNetworkPredicts)
{
  NetworkModel model(Describe("2x3,1x4p,1x3", 36, 2), 5);
  const auto pixels = Noise(50 * 44, 9);
  const auto head = ComputeActivations(model, pixels.data(), 50, 44, {"head", "conv2"})[0];
  const RegressionPlane plane = model.EvaluatePlane(pixels.data(), 50, 44);
  ASSERT_EQ(head.columns, plane.columns);
  ASSERT_EQ(head.rows, plane.rows);
  EXPECT_EQ(head.layer.stride, plane.stride);
  const auto nodes = static_cast<std::size_t>(head.columns * head.rows);
  for (std::size_t k = 0; k < nodes; ++k)
  {
    EXPECT_NEAR(head.values[k], plane.values[2 * k], 1e-5);
    EXPECT_NEAR(head.values[nodes + k], plane.values[2 * k + 1], 1e-5);
  }
}

TEST_F(NetworkInsight, AscentRaisesTheAnswerAndRepeats)
{
  NetworkModel model(Describe("2x6,1x6p", 32, 2), 5);
  FilterVisualizationOptions options;
  options.steps = 40;
  options.seed = 3;
  const std::vector<long> all{0, 1, 2, 3, 4, 5};
  double last = 0.0;
  const auto images = VisualizeFilters(model, "conv3", all, {}, 32, 32, options, [&last](double f) { last = f; });
  ASSERT_EQ(images.size(), 6U);
  EXPECT_DOUBLE_EQ(last, 1.0);
  int clearly = 0; // some of the random filters answer with nothing but the slope of the Leaky ReLU
  for (const auto & image : images)
  {
    EXPECT_GT(image.endActivation, image.startActivation) << image.filter;
    clearly += image.endActivation > image.startActivation + 0.02;
    // The answer is that of the image that is given back.
    const auto map = ComputeActivations(model, image.pixels.data(), 32, 32, {"conv3"})[0];
    const auto size = static_cast<std::size_t>(map.columns * map.rows);
    double mean = 0.0;
    for (std::size_t k = 0; k < size; ++k)
    {
      mean += map.values[static_cast<std::size_t>(image.filter) * size + k] / static_cast<double>(size);
    }
    EXPECT_NEAR(mean, image.endActivation, 1e-5);
  }
  EXPECT_GE(clearly, 4);
  const auto again = VisualizeFilters(model, "3", all, {}, 32, 32, options);
  EXPECT_EQ(again[4].pixels, images[4].pixels);
  options.seed = 4;
  EXPECT_NE(VisualizeFilters(model, "conv3", {4}, {}, 32, 32, options)[0].pixels, images[4].pixels);
}

TEST_F(NetworkInsight, AscentBeginsWithAGivenImageAndGoesForTargets)
{
  NetworkModel model(Describe("2x6,1x6p", 32, 2), 5);
  const auto start = Noise(32 * 32, 21);
  FilterVisualizationOptions options;
  options.steps = 0;
  const auto same = VisualizeFilters(model, "head", {0, 1}, start, 32, 32, options);
  EXPECT_EQ(same[1].pixels, start);
  const RegressionPlane plane = model.EvaluatePlane(start.data(), 32, 32);
  EXPECT_NEAR(same[0].startActivation, plane.values[0], 1e-5);
  EXPECT_NEAR(same[1].endActivation, plane.values[1], 1e-5);
  options.steps = 30;
  const auto raised = VisualizeFilters(model, "head", {0, 1}, start, 32, 32, options);
  EXPECT_GT(raised[0].endActivation, same[0].endActivation);
  EXPECT_GT(raised[1].endActivation, same[1].endActivation);
}

TEST_F(NetworkInsight, AnEdgeFilterIsAnsweredByEdges)
{
  const auto model = EdgeModel();
  FilterVisualizationOptions options;
  options.steps = 60;
  options.blurSigmaPx = 0.0;
  options.totalVariation = 0.0;
  const auto image = VisualizeFilters(*model, "conv1", {0}, {}, 24, 24, options)[0];
  // The derivative along x: the image changes along x and hardly along y.
  EXPECT_GT(Variation(image.pixels, 24, 24, 0), 5.0 * Variation(image.pixels, 24, 24, 1));
  EXPECT_GT(Variation(image.pixels, 24, 24, 0), 1.0);
}

TEST_F(NetworkInsight, RegularisersDoWhatTheyAreFor)
{
  NetworkModel model(Describe("2x6,1x6p", 32, 2), 5);
  const auto run = [&model](const FilterVisualizationOptions & options)
  { return VisualizeFilters(model, "conv3", {1}, {}, 32, 32, options)[0].pixels; };
  const auto square = [](const std::vector<float> & pixels)
  {
    double sum = 0.0;
    for (const float v : pixels)
    {
      sum += static_cast<double>(v) * v;
    }
    return sum;
  };
  const auto roughness = [](const std::vector<float> & pixels)
  { return Variation(pixels, 32, 32, 0) + Variation(pixels, 32, 32, 1); };
  FilterVisualizationOptions plain;
  plain.steps = 60;
  plain.l2 = plain.totalVariation = plain.blurSigmaPx = 0.0;
  plain.jitterPx = 0;
  const auto reference = run(plain);
  auto options = plain;
  options.l2 = 1.0;
  EXPECT_LT(square(run(options)), 0.7 * square(reference));
  options = plain;
  options.totalVariation = 1.0;
  EXPECT_LT(roughness(run(options)), 0.5 * roughness(reference));
  options = plain;
  options.blurSigmaPx = 1.0;
  options.blurEvery = 5;
  EXPECT_LT(roughness(run(options)), 0.5 * roughness(reference));
  options = plain;
  options.jitterPx = 3;
  EXPECT_NE(run(options), reference);
}

TEST_F(NetworkInsight, WhatCannotBeDoneIsSaid)
{
  NetworkModel model(Describe("2x6,1x6p", 32, 2), 5);
  const auto pixels = Noise(32 * 32, 1);
  EXPECT_THROW(ComputeActivations(model, pixels.data(), 32, 32, {"conv9"}), UsageError);
  EXPECT_THROW(ComputeActivations(model, pixels.data(), 8, 8, {"conv1"}), AnalysisError);
  EXPECT_THROW(ComputeActivations(model, pixels.data(), 24, 24, {"head"}), AnalysisError);
  EXPECT_NO_THROW(ComputeActivations(model, pixels.data(), 24, 24, {"conv3"}));
  EXPECT_THROW(ComputeActivations(model, nullptr, 1L << 20, 1L << 20, {"conv1"}), AnalysisError);
  EXPECT_THROW(VisualizeFilters(model, "conv1", {6}, {}, 32, 32, {}), UsageError);
  EXPECT_THROW(VisualizeFilters(model, "conv1", {-1}, {}, 32, 32, {}), UsageError);
  EXPECT_THROW(VisualizeFilters(model, "conv1", {0}, {1.F}, 32, 32, {}), UsageError);
  EXPECT_THROW(VisualizeFilters(model, "head", {0}, {}, 24, 24, {}), AnalysisError);
  NetworkModel padded(Describe("2x6,1x6p", 32, 2, true), 5);
  EXPECT_THROW(ComputeActivations(padded, pixels.data(), 40, 40, {"head"}), UsageError);
  EXPECT_NO_THROW(ComputeActivations(padded, pixels.data(), 32, 32, {"head"}));
}
