#include "ferroCropSamples.h"

#include "ferroErrors.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ferro
{
namespace
{
constexpr std::size_t MostValidationCrops = 96;
constexpr std::size_t MostCalibrationCrops = 800; // where nothing else is done

/** Matrix that takes offsets in a window that a symmetry was applied to back to the original. */
Eigen::Matrix2d
InverseMatrix(const SquareSymmetry & symmetry)
{
  Eigen::Matrix2d matrix = Eigen::Matrix2d::Identity();
  if (symmetry.Transposes())
  {
    matrix << 0.0, 1.0, 1.0, 0.0;
  }
  if (symmetry.MirrorsX())
  {
    matrix.row(0) *= -1.0;
  }
  if (symmetry.MirrorsY())
  {
    matrix.row(1) *= -1.0;
  }
  return matrix;
}
} // namespace

CropSamples::CropSamples(const RegressionDataSet & data, const NetworkArchitecture & architecture, bool centered,
                         const TrainingOptions & options)
  : m_Data(data), m_Architecture(architecture), m_Centered(centered), m_Options(options),
    m_Nodes((options.cropPx - architecture.windowPx) / architecture.GetStride() + 1)
{
  const auto crop = static_cast<double>(options.cropPx);
  if (options.validationImages > 0 && options.validationImages >= static_cast<long>(data.images.size()))
  {
    throw UsageError("--validation-images: found " + std::to_string(options.validationImages) +
                     ", expected fewer than the images of the data set, which are " +
                     std::to_string(data.images.size()));
  }
  for (std::size_t k = 0; k < data.images.size(); ++k)
  {
    const auto & image = data.images[k];
    if (options.validationImages > 0)
    {
      const bool kept = k + static_cast<std::size_t>(options.validationImages) >= data.images.size();
      this->AddRegion(image, k, kept, 0.0, 1.0);
      continue;
    }
    // The strip for validation is at the right of the training region, wide enough for a crop.
    const double width = image.trainHigh.x() - image.trainLow.x() + 1.0;
    Eigen::Vector2d low;
    Eigen::Vector2d high;
    image.frame.BoundsInImage(0.0, 0.0, crop, crop, low, high);
    const double strip =
      std::max(options.validation * width, high.x() - low.x() + 2.0 * image.frame.GetMagnification());
    const bool split = options.validation > 0.0 && strip < 0.4 * width;
    this->AddRegion(image, k, false, 0.0, split ? 1.0 - strip / width : 1.0);
    if (split)
    {
      this->AddRegion(image, k, true, 1.0 - strip / width, 1.0);
    }
  }
  if (m_Regions.empty())
  {
    throw AnalysisError("no image has a training region that holds a crop of " + std::to_string(options.cropPx) +
                        " pixels of the network; take a smaller --crop-px or a larger --train-region");
  }
  const std::size_t most = options.steps == 0 ? MostCalibrationCrops : MostValidationCrops;
  if (m_Validation.size() > most)
  {
    std::vector<Place> some;
    for (std::size_t k = 0; k < most; ++k)
    {
      some.push_back(m_Validation[k * m_Validation.size() / most]);
    }
    m_Validation = some;
  }
}

bool
CropSamples::Holds(const Region & region, const Eigen::Vector2d & center, double edge) const
{
  const auto & frame = m_Data.images[region.image].frame;
  const Eigen::Vector2d first = center - Eigen::Vector2d::Constant(0.5 * (edge - 1.0));
  Eigen::Vector2d low;
  Eigen::Vector2d high;
  frame.BoundsInImage(first.x(), first.y(), edge, edge, low, high);
  const Eigen::Vector2d half = Eigen::Vector2d::Constant(0.5 + 1e-6);
  return ((low - region.low + half).array() >= 0.0).all() && ((region.high + half - high).array() >= 0.0).all();
}

void
CropSamples::AddRegion(const LabelledImage & image, std::size_t index, bool validation, double from, double to)
{
  const double width = image.trainHigh.x() - image.trainLow.x() + 1.0;
  Region region;
  region.image = index;
  region.low = {std::max(0.0, image.trainLow.x() + from * width), std::max(0.0, image.trainLow.y())};
  region.high = {std::min<double>(image.frame.imageWidth - 1, image.trainLow.x() + to * width - 1.0),
                 std::min<double>(image.frame.imageHeight - 1, image.trainHigh.y())};
  Eigen::Vector2d low = Eigen::Vector2d::Constant(std::numeric_limits<double>::infinity());
  Eigen::Vector2d high = -low;
  for (const auto & corner : {region.low, region.high, Eigen::Vector2d(region.low.x(), region.high.y()),
                              Eigen::Vector2d(region.high.x(), region.low.y())})
  {
    low = low.cwiseMin(image.frame.ToModel(corner));
    high = high.cwiseMax(image.frame.ToModel(corner));
  }
  const Eigen::Vector2d half = Eigen::Vector2d::Constant(0.5 * static_cast<double>(m_Options.cropPx - 1));
  region.centerLow = low.array().ceil().matrix() + half;
  region.centerHigh = high.array().floor().matrix() - half;
  if ((region.centerHigh.array() < region.centerLow.array()).any() ||
      !this->Holds(region, 0.5 * (low + high), static_cast<double>(m_Options.cropPx)))
  {
    return;
  }
  if (validation)
  {
    this->PlaceValidation(region);
    return;
  }
  const Eigen::Vector2d size = region.centerHigh - region.centerLow + Eigen::Vector2d::Ones();
  m_Regions.push_back(region);
  m_Areas.push_back((m_Areas.empty() ? 0.0 : m_Areas.back()) + size.prod());
}

void
CropSamples::PlaceValidation(const Region & region)
{
  const double step = static_cast<double>(m_Nodes * m_Architecture.GetStride());
  bool any = false;
  for (double y = region.centerLow.y(); y <= region.centerHigh.y(); y += step)
  {
    for (double x = region.centerLow.x(); x <= region.centerHigh.x(); x += step)
    {
      if (this->Holds(region, {x, y}, static_cast<double>(m_Options.cropPx)))
      {
        m_Validation.push_back({region.image, {x, y}});
        any = true;
      }
    }
  }
  if (!any) // a turned strip: at least its middle, which holds one
  {
    const Eigen::Vector2d half = Eigen::Vector2d::Constant(0.5 * static_cast<double>(m_Options.cropPx - 1));
    const Eigen::Vector2d first = (0.5 * (region.centerLow + region.centerHigh) - half).array().round();
    m_Validation.push_back({region.image, first + half});
  }
}

long
CropSamples::GetEdge() const
{
  return m_Options.cropPx;
}

long
CropSamples::GetNodes() const
{
  return m_Nodes;
}

TrainingSample
CropSamples::Draw(long step, long place, bool augment)
{
  const auto & augmentation = m_Options.augmentation;
  // As long as batch normalization takes its statistics from the batch, every second crop is the one before, turned by
  // half a turn: a batch that lies in one domain would have its polarization, which is then the mean, taken away.
  const bool settled = static_cast<double>(step) >= m_Options.freezeAt * static_cast<double>(m_Options.steps);
  const bool partner = augment && augmentation.symmetries && !settled && place % 2 == 1;
  const auto stream = [step](long of)
  { return static_cast<std::uint64_t>(step) * 1024u + static_cast<std::uint64_t>(of) + 1u; };
  RandomNumbers random(m_Options.seed, stream(partner ? place - 1 : place));
  const double scale = 1.0 + (augment ? augmentation.scale * (2.0 * random.Uniform() - 1.0) : 0.0);
  const double edge = static_cast<double>(m_Options.cropPx - 1) * scale + 1.0;
  Place where;
  for (int attempt = 0; attempt < 1000; ++attempt)
  {
    const double at = random.Uniform() * m_Areas.back();
    const auto index = static_cast<std::size_t>(std::upper_bound(m_Areas.begin(), m_Areas.end(), at) - m_Areas.begin());
    const Region & region = m_Regions[std::min(index, m_Regions.size() - 1)];
    where.image = region.image;
    for (int axis = 0; axis < 2; ++axis)
    {
      const auto choices = static_cast<std::uint64_t>(region.centerHigh[axis] - region.centerLow[axis]) + 1;
      where.center[axis] = region.centerLow[axis] + static_cast<double>(random.Below(choices));
    }
    if (this->Holds(region, where.center, edge))
    {
      break;
    }
  }
  const int symmetry = augment && augmentation.symmetries ? static_cast<int>(random.Below(8)) ^ (partner ? 3 : 0) : 0;
  std::vector<double> jitter;
  const double width = augment ? augmentation.jitterPx * random.Uniform() : 0.0;
  for (long row = 0; width > 0.0 && row < m_Options.cropPx; ++row)
  {
    jitter.push_back(width * random.Normal());
  }
  TrainingSample sample = this->Cut(where, symmetry, scale, jitter, m_Centered);
  if (augment)
  {
    RandomNumbers intensities(m_Options.seed, 0x2000000000u + stream(place));
    ChangeIntensities(augmentation, m_Options.cropPx, intensities, sample.pixels);
  }
  return sample;
}

TrainingSample
CropSamples::Cut(const Place & place, int symmetryIndex, double scale, const std::vector<double> & jitter,
                 bool centered) const
{
  const SquareSymmetry symmetry(symmetryIndex);
  const auto & image = m_Data.images[place.image];
  const auto & description = m_Data.description;
  const std::size_t count = description.targets.size();
  const Eigen::Matrix2d matrix = scale * InverseMatrix(symmetry);
  const Eigen::Vector2d half = Eigen::Vector2d::Constant(0.5 * static_cast<double>(m_Options.cropPx - 1));
  TrainingSample sample;
  sample.pixels.resize(static_cast<std::size_t>(m_Options.cropPx * m_Options.cropPx));
  const PixelView view{image.pixels.data(), 0, 0, image.frame.width, image.frame.height};
  const PixelStatistics unchanged{0.0, 1.0, 1, 0};
  SampleNormalized(view, unchanged, matrix, place.center - matrix * half, m_Options.cropPx, m_Options.cropPx, jitter,
                   sample.pixels.data());
  const auto nodes = static_cast<std::size_t>(m_Nodes * m_Nodes);
  sample.targets.assign(count * nodes, std::numeric_limits<float>::quiet_NaN());
  const auto store = [&](std::size_t node, std::vector<float> values)
  {
    symmetry.Apply(description.targets, values.data());
    for (std::size_t t = 0; t < count; ++t)
    {
      const double value = values[t] * description.targets[t].GetScaling(1.0 / scale);
      sample.targets[t * nodes + node] =
        static_cast<float>((value - description.targetMean[t]) / description.targetDeviation[t]);
    }
  };
  const auto stride = static_cast<double>(m_Architecture.GetStride());
  const double first = 0.5 * static_cast<double>(m_Architecture.windowPx - 1);
  const auto reach = static_cast<double>(m_Options.cropPx);
  if (centered)
  {
    for (const auto & [index, square] : image.labels->Within(place.center, scale * reach))
    {
      const Eigen::Vector2d at =
        matrix.transpose() / (scale * scale) * (image.labels->GetPoints()[index] - place.center) + half;
      const Eigen::Vector2d node = ((at.array() - first) / stride).round();
      if (node.minCoeff() >= 0.0 && node.maxCoeff() < static_cast<double>(m_Nodes))
      {
        const auto begin = image.values.begin() + static_cast<std::ptrdiff_t>(index * count);
        store(static_cast<std::size_t>(node.y()) * static_cast<std::size_t>(m_Nodes) +
                static_cast<std::size_t>(node.x()),
              std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(count)));
      }
    }
    return sample;
  }
  std::vector<float> values(count);
  for (long row = 0; row < m_Nodes; ++row)
  {
    for (long column = 0; column < m_Nodes; ++column)
    {
      const Eigen::Vector2d at(first + stride * static_cast<double>(column), first + stride * static_cast<double>(row));
      if (m_Data.GetTarget(image, place.center + matrix * (at - half), values.data()))
      {
        store(static_cast<std::size_t>(row * m_Nodes + column), values);
      }
    }
  }
  return sample;
}

long
CropSamples::CountValidation() const
{
  return static_cast<long>(m_Validation.size());
}

TrainingSample
CropSamples::GetValidation(long index)
{
  return this->Cut(m_Validation[static_cast<std::size_t>(index)], 0, 1.0, {}, m_Centered);
}

TrainingSample
CropSamples::GetCalibration(long index)
{
  return this->Cut(m_Validation[static_cast<std::size_t>(index)], 0, 1.0, {}, true);
}

long
CropSamples::GetValidationImage(long index) const
{
  return static_cast<long>(m_Validation[static_cast<std::size_t>(index)].image);
}

double
CropSamples::GetValidationScale(long index) const
{
  return m_Data.images[m_Validation[static_cast<std::size_t>(index)].image].GetPicometresPerPixel();
}

double
CropSamples::GetValidationMagnification(long index) const
{
  return m_Data.images[m_Validation[static_cast<std::size_t>(index)].image].frame.GetMagnification();
}

double
CropSamples::GetLabelVariance() const
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
  return count > 0.0 ? sum / count : 0.0;
}
} // namespace ferro
