#include "ferroWindowSamples.h"

#include "ferroCropSamples.h"
#include "ferroErrors.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace ferro
{
WindowSamples::WindowSamples(const RegressionDataSet & data, const NetworkArchitecture & architecture, bool centered,
                             const TrainingOptions & options, const std::filesystem::path & file)
  : m_Data(data), m_Centered(centered), m_Options(options), m_Reader(file), m_Window(architecture.windowPx)
{
  const auto pixels = m_Reader.GetShape("windows/pixels");
  const auto targets = m_Reader.GetShape("windows/targets");
  if (pixels.size() != 3 || pixels[1] != m_Window || pixels[2] != m_Window)
  {
    m_Reader.Fail("its windows are " + std::to_string(pixels.size() == 3 ? pixels[1] : 0) +
                  " pixels wide, the network "
                  "takes " +
                  std::to_string(m_Window) + ": set --window-px, or extract others");
  }
  if (targets != std::vector<long>{pixels[0], static_cast<long>(data.description.targets.size())})
  {
    m_Reader.Fail("'windows/targets' does not have one row for each window and one column for each target");
  }
  this->Split(options.validation);
  if (m_Train.empty())
  {
    throw AnalysisError(file.string() + ": holds no window of the training part");
  }
}

void
WindowSamples::Split(double validation)
{
  const long count = m_Reader.GetShape("windows/pixels")[0];
  const auto column = [&](const std::string & name, long width)
  {
    return m_Reader.Has(name) ? m_Reader.Read(name, 0, count)
                              : std::vector<float>(static_cast<std::size_t>(count * width), 0.0f);
  };
  const auto parts = column("windows/part", 1);
  const auto images = column("windows/image", 1);
  const auto places = column("windows/first_px", 2);
  std::map<long, std::vector<float>> starts; // of the training windows of each image
  for (std::size_t k = 0; k < parts.size(); ++k)
  {
    if (parts[k] == 0.0f)
    {
      starts[std::lround(images[k])].push_back(places[2 * k]);
    }
  }
  std::map<long, double> limit;
  for (auto & [image, values] : starts)
  {
    std::sort(values.begin(), values.end());
    const auto at = static_cast<std::size_t>((1.0 - validation) * static_cast<double>(values.size()));
    limit[image] = validation > 0.0 && values.front() < values.back() ? values[std::min(at, values.size() - 1)]
                                                                      : std::numeric_limits<double>::infinity();
  }
  for (std::size_t k = 0; k < parts.size(); ++k)
  {
    if (parts[k] != 0.0f)
    {
      continue;
    }
    const double x = places[2 * k];
    const double border = limit[std::lround(images[k])];
    if (x >= border)
    {
      m_Validation.push_back(static_cast<long>(k));
    }
    else if (x + static_cast<double>(m_Window) <= border) // windows that cross the border would be seen in both
    {
      m_Train.push_back(static_cast<long>(k));
    }
  }
}

long
WindowSamples::GetEdge() const
{
  return m_Window;
}

long
WindowSamples::GetNodes() const
{
  return 1;
}

TrainingSample
WindowSamples::Read(long window) const
{
  TrainingSample sample;
  sample.pixels = m_Reader.Read("windows/pixels", window, 1);
  sample.targets = m_Reader.Read("windows/targets", window, 1);
  return sample;
}

TrainingSample
WindowSamples::Draw(long step, long place, bool augment)
{
  const auto count = static_cast<long>(m_Train.size());
  const long number = step * m_Options.batch + place;
  if (number / count != m_Epoch)
  {
    m_Epoch = number / count;
    m_Order = m_Train;
    RandomNumbers shuffle(m_Options.seed, 0x40000000u + static_cast<std::uint64_t>(m_Epoch));
    for (std::size_t k = m_Order.size(); k > 1; --k)
    {
      std::swap(m_Order[k - 1], m_Order[shuffle.Below(k)]);
    }
  }
  RandomNumbers random(m_Options.seed,
                       static_cast<std::uint64_t>(step) * 1024u + static_cast<std::uint64_t>(place) + 1u);
  TrainingSample sample = this->Read(m_Order[static_cast<std::size_t>(number % count)]);
  const auto & augmentation = m_Options.augmentation;
  const auto & description = m_Data.description;
  if (augment)
  {
    const SquareSymmetry symmetry(augmentation.symmetries ? static_cast<int>(random.Below(8)) : 0);
    const double scale = 1.0 + augmentation.scale * (2.0 * random.Uniform() - 1.0);
    std::vector<double> jitter;
    const double width = augmentation.jitterPx * random.Uniform();
    for (long row = 0; width > 0.0 && row < m_Window; ++row)
    {
      jitter.push_back(width * random.Normal());
    }
    Eigen::Matrix2d matrix = Eigen::Matrix2d::Identity();
    if (symmetry.Transposes())
    {
      matrix << 0.0, 1.0, 1.0, 0.0;
    }
    matrix.row(0) *= symmetry.MirrorsX() ? -1.0 : 1.0;
    matrix.row(1) *= symmetry.MirrorsY() ? -1.0 : 1.0;
    matrix *= scale;
    const Eigen::Vector2d half = Eigen::Vector2d::Constant(0.5 * static_cast<double>(m_Window - 1));
    const std::vector<float> original = sample.pixels;
    const PixelView view{original.data(), 0, 0, m_Window, m_Window};
    SampleNormalized(view, {0.0, 1.0, 1, 0}, matrix, half - matrix * half, m_Window, m_Window, jitter,
                     sample.pixels.data());
    symmetry.Apply(description.targets, sample.targets.data());
    for (std::size_t t = 0; t < sample.targets.size(); ++t)
    {
      sample.targets[t] = static_cast<float>(sample.targets[t] * description.targets[t].GetScaling(1.0 / scale));
    }
    ChangeIntensities(augmentation, m_Window, random, sample.pixels);
  }
  for (std::size_t t = 0; t < sample.targets.size(); ++t)
  {
    sample.targets[t] =
      static_cast<float>((sample.targets[t] - description.targetMean[t]) / description.targetDeviation[t]);
  }
  return sample;
}

long
WindowSamples::CountValidation() const
{
  return static_cast<long>(m_Validation.size());
}

TrainingSample
WindowSamples::GetValidation(long index)
{
  TrainingSample sample = this->Read(m_Validation[static_cast<std::size_t>(index)]);
  const auto & description = m_Data.description;
  for (std::size_t t = 0; t < sample.targets.size(); ++t)
  {
    sample.targets[t] =
      static_cast<float>((sample.targets[t] - description.targetMean[t]) / description.targetDeviation[t]);
  }
  return sample;
}

long
WindowSamples::GetValidationImage(long index) const
{
  if (m_Data.images.empty() || !m_Reader.Has("windows/image"))
  {
    return 0;
  }
  return static_cast<long>(m_Reader.Read("windows/image", m_Validation[static_cast<std::size_t>(index)], 1).front());
}

double
WindowSamples::GetValidationScale(long index) const
{
  const auto image = static_cast<std::size_t>(this->GetValidationImage(index));
  if (m_Data.images.empty() || !m_Reader.Has("windows/image"))
  {
    return m_Data.description.scale == ModelScale::PixelSize ? 1000.0 * m_Data.description.pixelSizeNm : 0.0;
  }
  return image < m_Data.images.size() ? m_Data.images[image].GetPicometresPerPixel() : 0.0;
}

double
WindowSamples::GetValidationMagnification(long index) const
{
  const auto image = static_cast<std::size_t>(this->GetValidationImage(index));
  const bool known = image < m_Data.images.size() && m_Reader.Has("windows/image");
  return known ? m_Data.images[image].frame.GetMagnification() : 1.0;
}

double
WindowSamples::GetLabelVariance() const
{
  double sum = 0.0;
  double count = 0.0;
  for (const auto & image : m_Data.images)
  {
    for (const float variance : image.variances)
    {
      sum += variance;
      count += 1.0;
    }
  }
  return count > 0.0 ? this->GetLabelShare() * sum / count : 0.0;
}

/** Windows that lie anywhere have the weighted mean of the cells around (NeighbourRule), whose errors average. */
double
WindowSamples::GetLabelShare() const
{
  if (m_Centered || !m_Reader.Has("windows/first_px"))
  {
    return 1.0;
  }
  const Eigen::Vector2d half = Eigen::Vector2d::Constant(0.5 * static_cast<double>(m_Window - 1));
  const double maximum = m_Data.neighbours.maximumPx;
  double shares = 0.0;
  double count = 0.0;
  for (std::size_t k = 0; k < m_Validation.size(); ++k)
  {
    const auto image = static_cast<std::size_t>(this->GetValidationImage(static_cast<long>(k)));
    const auto first = m_Reader.Read("windows/first_px", m_Validation[k], 1);
    double sum = 0.0;
    double squares = 0.0;
    if (image < m_Data.images.size())
    {
      for (const auto & [index, square] :
           m_Data.images[image].labels->Within(Eigen::Vector2d(first[0], first[1]) + half, maximum))
      {
        const double weight = 1.0 - std::sqrt(square) / maximum;
        sum += weight;
        squares += weight * weight;
      }
    }
    shares += sum > 0.0 ? squares / (sum * sum) : 0.0;
    count += sum > 0.0 ? 1.0 : 0.0;
  }
  return count > 0.0 ? shares / count : 1.0;
}

std::unique_ptr<TrainingSamples>
MakeTrainingSamples(const RegressionDataSet & data, const NetworkArchitecture & architecture, bool centered,
                    const TrainingOptions & options, const std::filesystem::path & windows)
{
  if (options.crops)
  {
    return std::make_unique<CropSamples>(data, architecture, centered, options);
  }
  return std::make_unique<WindowSamples>(data, architecture, centered, options, windows);
}
} // namespace ferro
