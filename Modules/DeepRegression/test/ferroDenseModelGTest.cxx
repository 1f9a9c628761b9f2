#include "ferroDenseModel.h"
#include "ferroErrors.h"
#include "ferroRandomNumbers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <numeric>

namespace
{
using namespace ferro;
using Tensors = std::map<std::string, TensorFile::Tensor>;

TensorFile::Tensor
MakeTensor(RandomNumbers & random, std::vector<long> shape, double mean, double deviation)
{
  TensorFile::Tensor tensor;
  tensor.shape = shape;
  tensor.values.resize(
    static_cast<std::size_t>(std::accumulate(shape.begin(), shape.end(), 1L, [](long a, long b) { return a * b; })));
  for (float & value : tensor.values)
  {
    value = static_cast<float>(mean + deviation * random.Normal());
  }
  return tensor;
}

/** Weights of a network as training could leave them: batch normalization has gains of both signs. */
Tensors
MakeTensors(const NetworkArchitecture & architecture, long outputs)
{
  RandomNumbers random(12);
  Tensors tensors;
  long before = 1;
  long index = 0;
  for (const auto & block : architecture.blocks)
  {
    for (long layer = 0; layer < block.layers; ++layer)
    {
      const std::string number = std::to_string(++index);
      tensors["conv" + number + ".weight"] =
        MakeTensor(random, {block.channels, before, 3, 3}, 0.0, 1.0 / std::sqrt(9.0 * static_cast<double>(before)));
      tensors["conv" + number + ".bias"] = MakeTensor(random, {block.channels}, 0.0, 0.1);
      tensors["norm" + number + ".weight"] = MakeTensor(random, {block.channels}, 0.3, 1.0);
      tensors["norm" + number + ".bias"] = MakeTensor(random, {block.channels}, 0.0, 0.3);
      tensors["norm" + number + ".running_mean"] = MakeTensor(random, {block.channels}, 0.2, 0.2);
      tensors["norm" + number + ".running_var"] = MakeTensor(random, {block.channels}, 0.5, 0.05);
      before = block.channels;
    }
  }
  const long head = architecture.GetHeadSize();
  tensors["head.weight"] = MakeTensor(random, {outputs, before, head, head}, 0.0, 0.2);
  tensors["head.bias"] = MakeTensor(random, {outputs}, 0.0, 0.2);
  return tensors;
}

/** Channels of pixels in double precision. */
struct Volume
{
  long channels;
  long height;
  long width;
  std::vector<double> values;
  double &
  At(long c, long y, long x)
  {
    return values[static_cast<std::size_t>((c * height + y) * width + x)];
  }
};

Volume
MakeVolume(long channels, long height, long width)
{
  return {channels, height, width, std::vector<double>(static_cast<std::size_t>(channels * height * width))};
}

Volume
Convolve(Volume & in, const TensorFile::Tensor & weight, const TensorFile::Tensor & bias, double scale)
{
  const long edge = weight.shape[2];
  Volume out = MakeVolume(weight.shape[0], in.height - edge + 1, in.width - edge + 1);
  for (long o = 0; o < out.channels; ++o)
  {
    for (long y = 0; y < out.height; ++y)
    {
      for (long x = 0; x < out.width; ++x)
      {
        double sum = bias.values[static_cast<std::size_t>(o)];
        for (long c = 0; c < in.channels; ++c)
        {
          for (long k = 0; k < edge * edge; ++k)
          {
            sum += scale * weight.values[static_cast<std::size_t>((o * in.channels + c) * edge * edge + k)] *
                   in.At(c, y + k / edge, x + k % edge);
          }
        }
        out.At(o, y, x) = sum;
      }
    }
  }
  return out;
}

Volume
Pool(Volume & in, long edge, bool largest)
{
  Volume out = MakeVolume(in.channels, in.height / edge, in.width / edge);
  for (long c = 0; c < out.channels; ++c)
  {
    for (long y = 0; y < out.height; ++y)
    {
      for (long x = 0; x < out.width; ++x)
      {
        double value = largest ? -1e300 : 0.0;
        for (long k = 0; k < edge * edge; ++k)
        {
          const double v = in.At(c, y * edge + k / edge, x * edge + k % edge);
          value = largest ? std::max(value, v) : value + v / static_cast<double>(edge * edge);
        }
        out.At(c, y, x) = value;
      }
    }
  }
  return out;
}

/** The network by its definition. \param features receives what goes into the head */
Volume
EvaluateByDefinition(const NetworkArchitecture & architecture, const Tensors & tensors,
                     const std::vector<float> & pixels, long width, long height, Volume & features)
{
  Volume x = MakeVolume(1, height, width);
  std::copy(pixels.begin(), pixels.end(), x.values.begin());
  x = Pool(x, architecture.inputPooling, false);
  long index = 0;
  for (const auto & block : architecture.blocks)
  {
    for (long layer = 0; layer < block.layers; ++layer)
    {
      const std::string number = std::to_string(++index);
      x = Convolve(x, tensors.at("conv" + number + ".weight"), tensors.at("conv" + number + ".bias"), 1.0);
      for (long c = 0; c < x.channels; ++c)
      {
        const auto get = [&](const char * name)
        { return static_cast<double>(tensors.at("norm" + number + name).values[static_cast<std::size_t>(c)]); };
        for (long k = 0; k < x.height * x.width; ++k)
        {
          double & value = x.values[static_cast<std::size_t>(c * x.height * x.width + k)];
          value = value > 0.0 ? value : 0.01 * value;
          value =
            (value - get(".running_mean")) / std::sqrt(get(".running_var") + 1e-5) * get(".weight") + get(".bias");
        }
      }
    }
    x = block.pool ? Pool(x, 2, true) : x;
  }
  features = x;
  const auto area = static_cast<double>(architecture.GetHeadSize() * architecture.GetHeadSize());
  return Convolve(x, tensors.at("head.weight"), tensors.at("head.bias"), std::pow(area, -0.75));
}

NetworkArchitecture
MakeArchitecture(const std::string & blocks, long window, long pooling)
{
  NetworkArchitecture architecture = NetworkArchitecture::FromPreset("standard");
  architecture.blocks = NetworkArchitecture::ParseBlocks(blocks);
  architecture.windowPx = window;
  architecture.inputPooling = pooling;
  architecture.Check();
  return architecture;
}

std::vector<float>
MakePixels(long count)
{
  RandomNumbers random(4);
  std::vector<float> pixels(static_cast<std::size_t>(count));
  for (float & value : pixels)
  {
    value = static_cast<float>(random.Normal());
  }
  return pixels;
}
} // namespace

TEST(DenseNetwork, EqualsItsDefinitionWithTheKernelsOfEveryProcessor)
{
  const struct
  {
    const char * blocks;
    long window;
    long pooling;
    long width;
    long height;
    long outputs;
  } cases[] = {
    {"2x16,1x32p,1x64", 40, 2, 131, 97, 2}, // whole vectors
    {"1x5,2x20p,2x33", 37, 1, 68, 75, 3},   // channels to fill up, odd sizes
    {"1x3p,1x1,1x17p", 33, 1, 70, 51, 1},   // pooling behind the first layer; a single channel
    {"3x24", 27, 3, 61, 67, 4},             // no pooling but the first
    {"2x16p", 12, 1, 12, 12, 2},            // a single window
  };
  for (const auto & item : cases)
  {
    const auto architecture = MakeArchitecture(item.blocks, item.window, item.pooling);
    const Tensors tensors = MakeTensors(architecture, item.outputs);
    const auto pixels = MakePixels(item.width * item.height);
    Volume features{};
    Volume expected = EvaluateByDefinition(architecture, tensors, pixels, item.width, item.height, features);
    const auto [low, high] = std::minmax_element(expected.values.begin(), expected.values.end());
    for (const DenseKernels * kernels : GetDenseKernels())
    {
      const DenseNetwork network(architecture, tensors, *kernels);
      DenseNetwork::Result result;
      for (int repetition = 0; repetition < 2; ++repetition) // the second time in used memory
      {
        network.Evaluate(pixels.data(), item.width, item.width, item.height, result);
        ASSERT_EQ(result.columns, expected.width) << item.blocks << kernels->name;
        ASSERT_EQ(result.rows, expected.height) << item.blocks << kernels->name;
        double largest = 0.0;
        for (long k = 0; k < result.rows * result.columns * item.outputs; ++k)
        {
          const long node = k / item.outputs;
          const double difference = result.values[static_cast<std::size_t>(k)] -
                                    expected.At(k % item.outputs, node / result.columns, node % result.columns);
          largest = std::max(largest, std::abs(difference));
        }
        EXPECT_LT(largest, 2e-5 * std::max(1.0, *high - *low)) << item.blocks << ' ' << kernels->name;
        EXPECT_NEAR(result.features.values[0], features.At(0, 0, 0), 1e-4);
      }
    }
  }
}

TEST(DenseNetwork, GivesTheSameBytesForAnyNumberOfThreads)
{
  const auto architecture = MakeArchitecture("2x16,1x32p,1x32", 40, 2);
  const Tensors tensors = MakeTensors(architecture, 2);
  const auto pixels = MakePixels(200 * 180);
  const DenseNetwork network(architecture, tensors, *GetDenseKernels().front());
  std::vector<float> first;
  for (const int threads : {1, 2, 5})
  {
    SetDenseThreads(threads);
    DenseNetwork::Result result;
    network.Evaluate(pixels.data(), 200, 200, 180, result);
    first = first.empty() ? result.values : first;
    EXPECT_EQ(result.values, first) << threads;
  }
  SetDenseThreads(1);
}

TEST(DenseNetwork, RefusesWeightsThatDoNotFit)
{
  const auto architecture = MakeArchitecture("1x16", 12, 1);
  Tensors tensors = MakeTensors(architecture, 2);
  tensors["norm1.running_var"].values.pop_back();
  EXPECT_THROW(DenseNetwork(architecture, tensors, *GetDenseKernels().front()), InputError);
  tensors = MakeTensors(architecture, 2);
  tensors.erase("head.weight");
  EXPECT_THROW(DenseNetwork(architecture, tensors, *GetDenseKernels().front()), InputError);
}

TEST(DenseNovelty, SpectraEqualTheFourierTransformByItsDefinition)
{
  const long window = 36;
  const long pooling = 2;
  const long edge = window / pooling;
  const long highest = edge / 2 - 1;
  const long pitch = 50;
  const auto pixels = MakePixels(pitch * window);
  std::vector<double> pooled;
  double mean = 0.0;
  for (long k = 0; k < edge * edge; ++k)
  {
    const float * from = pixels.data() + k / edge * 2 * pitch + k % edge * 2;
    pooled.push_back(0.25 * (static_cast<double>(from[0]) + from[1] + from[pitch] + from[pitch + 1]));
    mean += pooled.back() / static_cast<double>(edge * edge);
  }
  const auto hann = [edge](long at)
  { return 0.5 - 0.5 * std::cos(2.0 * 3.14159265358979 * static_cast<double>(at) / static_cast<double>(edge)); };
  for (const DenseKernels * kernels : GetDenseKernels())
  {
    const DenseSpectra spectra(window, pooling, *kernels);
    ASSERT_EQ(spectra.GetSize(), (2 * highest + 1) * (highest + 1));
    std::vector<float> found(static_cast<std::size_t>(spectra.GetSize()));
    std::vector<float> space;
    spectra.Describe(pixels.data(), pitch, space, found.data());
    for (long row = 0; row <= 2 * highest; ++row)
    {
      const long ky = row <= highest ? row : row - 2 * highest - 1;
      for (long kx = 0; kx <= highest; ++kx)
      {
        std::complex<double> sum = 0.0;
        for (long k = 0; k < edge * edge; ++k)
        {
          const double angle = -2.0 * 3.14159265358979 * static_cast<double>(kx * (k % edge) + ky * (k / edge)) /
                               static_cast<double>(edge);
          sum +=
            (pooled[static_cast<std::size_t>(k)] - mean) * hann(k % edge) * hann(k / edge) * std::polar(1.0, angle);
        }
        const double expected = std::log(std::norm(sum) / static_cast<double>(edge * edge) + 1e-3);
        EXPECT_NEAR(found[static_cast<std::size_t>(row * (highest + 1) + kx)], expected, 1e-4)
          << kernels->name << ' ' << kx << ' ' << ky;
      }
    }
  }
}

TEST(DenseNovelty, ScoreIsTheLengthOfTheWhitenedSample)
{
  RandomNumbers random(8);
  const long size = 37;
  Tensors tensors;
  tensors["n.mean"] = MakeTensor(random, {size}, 0.5, 1.0);
  tensors["n.whitening"] = MakeTensor(random, {size, size}, 0.0, 1.0);
  tensors["n.scale"] = MakeTensor(random, {1}, 3.0, 0.0);
  for (long k = 0; k < size * size; ++k) // the triangle that training makes
  {
    tensors["n.whitening"].values[static_cast<std::size_t>(k)] *= k / size <= k % size ? 1.0f : 0.0f;
  }
  for (const DenseKernels * kernels : GetDenseKernels())
  {
    EXPECT_FALSE(DenseScore("other", tensors, *kernels).IsFitted());
    const DenseScore score("n", tensors, *kernels);
    const long count = 29;
    std::vector<float> samples(static_cast<std::size_t>(FillUpSamples(count) * score.GetPitch()));
    for (float & value : samples)
    {
      value = static_cast<float>(random.Normal());
    }
    const std::vector<float> given = samples;
    std::vector<float> space;
    std::vector<float> found(static_cast<std::size_t>(count));
    score.Score(samples.data(), count, space, found.data());
    for (long s = 0; s < count; ++s)
    {
      double square = 0.0;
      for (long c = 0; c < size; ++c)
      {
        double sum = 0.0;
        for (long r = 0; r < size; ++r)
        {
          sum += (static_cast<double>(given[static_cast<std::size_t>(s * score.GetPitch() + r)]) -
                  tensors["n.mean"].values[static_cast<std::size_t>(r)]) *
                 tensors["n.whitening"].values[static_cast<std::size_t>(r * size + c)];
        }
        square += sum * sum;
      }
      EXPECT_NEAR(found[static_cast<std::size_t>(s)], std::sqrt(square) / 3.0, 1e-4 * std::sqrt(square));
    }
  }
  tensors.erase("n.scale");
  EXPECT_THROW(DenseScore("n", tensors, *GetDenseKernels().front()), InputError);
}

TEST(DenseModel, FeaturesOfPlacesAreHeldAgainstThoseOfTheirImage)
{
  ModelDescription description;
  description.architecture = MakeArchitecture("1x16,1x20p,1x20", 40, 2);
  description.targets = ParseTargets("px,py");
  description.targetMean = {0.0, 0.0};
  description.targetDeviation = {1.0, 1.0};
  description.cellPx = 12.0;
  Tensors tensors = MakeTensors(description.architecture, 2);
  RandomNumbers random(6);
  for (const std::string name : {"novelty.features", "novelty.within"})
  {
    tensors[name + ".mean"] = MakeTensor(random, {20}, 0.0, 0.0);
    tensors[name + ".scale"] = MakeTensor(random, {1}, name == "novelty.within" ? 2.0 : 1e6, 0.0);
    tensors[name + ".whitening"] = MakeTensor(random, {20, 20}, 0.0, 0.0);
    for (std::size_t k = 0; k < 20; ++k)
    {
      tensors[name + ".whitening"].values[21 * k] = 1.0f;
    }
  }
  const DenseModel model(description, tensors);
  ASSERT_EQ(model.GetFeatures(), 20);
  const long width = 72;
  const auto pixels = MakePixels(width * 64);
  RegressionPlane plane;
  plane.stride = 4;
  plane.outputs = 2;
  plane.columns = 9;
  plane.rows = 7;
  plane.values.resize(2 * 63);
  plane.featureNovelty.resize(63);
  model.Evaluate(pixels.data(), width, 64, 1024, plane);
  EXPECT_LT(*std::max_element(plane.featureNovelty.begin(), plane.featureNovelty.end()), 1e-3); // without a reference
  const auto describe = [&](long node)
  {
    std::vector<float> window;
    for (long y = 0; y < 40; ++y)
    {
      const auto first = pixels.begin() + (node / 9 * 4 + y) * width + node % 9 * 4;
      window.insert(window.end(), first, first + 40);
    }
    std::vector<float> features(20);
    model.DescribeWindow(window.data(), features.data());
    return features;
  };
  plane.reference = describe(40);
  model.Evaluate(pixels.data(), width, 64, 1024, plane);
  for (long node = 0; node < 63; ++node)
  {
    const auto features = describe(node);
    double square = 0.0;
    for (std::size_t k = 0; k < features.size(); ++k)
    {
      square += std::pow(features[k] - plane.reference[k], 2);
    }
    EXPECT_NEAR(plane.featureNovelty[static_cast<std::size_t>(node)], 0.5 * std::sqrt(square), 1e-3) << node;
  }
}
