#include "ferroRegressionDataSet.h"

#include "ferroErrors.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ferro
{
namespace
{
// Deviations smaller than this (pixels, degrees) are noise or rounding: images that are not polar at all.
constexpr double SmallestDeviation = 1e-3;

double
Median(std::vector<double> values)
{
  if (values.empty())
  {
    return 0.0;
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}
} // namespace

double
LabelledImage::GetLabelDistance() const
{
  const auto & points = labels->GetPoints();
  std::vector<double> distances;
  for (std::size_t k = 0; k < points.size(); k += points.size() / 2000 + 1)
  {
    const auto two = labels->Nearest(points[k], 2);
    if (two.size() == 2)
    {
      distances.push_back(std::sqrt(two[1].second));
    }
  }
  return Median(std::move(distances));
}

DataPart
LabelledImage::GetPart(double x, double y, double w, double h) const
{
  if (!frame.IsInside(x, y, w, h))
  {
    return DataPart::None;
  }
  Eigen::Vector2d low;
  Eigen::Vector2d high;
  frame.BoundsInImage(x, y, w, h, low, high);
  const Eigen::Vector2d half = Eigen::Vector2d::Constant(0.5 + 1e-6);
  const Eigen::Vector2d first = trainLow - half;
  const Eigen::Vector2d last = trainHigh + half;
  if ((low.array() >= first.array()).all() && (high.array() <= last.array()).all())
  {
    return DataPart::Train;
  }
  const bool apart = (high.array() < first.array()).any() || (low.array() > last.array()).any();
  return apart ? DataPart::Test : DataPart::None;
}

void
RegressionDataSet::Add(const MicrographType & image, const std::string & name, const LabelTable & labels,
                       const std::array<double, 4> & trainRegion, const Eigen::Matrix2d & translations)
{
  const ImageGeometry geometry = GetImageGeometry(image);
  LabelledImage added;
  added.name = name;
  added.pixelSizeNm = geometry.calibrated ? std::sqrt(geometry.pixelSizeNm.prod()) : 0.0;
  added.frame = MakeModelFrame(description, geometry, translations);
  added.trainLow = {trainRegion[0], trainRegion[1]};
  added.trainHigh = {trainRegion[2], trainRegion[3]};
  const PixelView view{image.GetBufferPointer(), 0, 0, geometry.width, geometry.height};
  added.statistics = ComputeStatistics(view, added.trainLow, added.trainHigh);
  if (!(added.statistics.deviation > 0.0) || added.statistics.invalid > added.statistics.count)
  {
    throw InputError(name + ": the training part of the image is constant, or most of its pixels are not finite");
  }
  added.pixels.resize(static_cast<std::size_t>(added.frame.width * added.frame.height));
  SampleNormalized(view, added.statistics, added.frame.toImage, added.frame.origin, added.frame.width,
                   added.frame.height, {}, added.pixels.data());
  std::vector<Eigen::Vector2d> places;
  for (const auto & position : labels.positions)
  {
    places.push_back(added.frame.ToModel(position));
  }
  added.values = labels.values;
  const std::size_t count = description.targets.size();
  for (std::size_t k = 0; k < places.size(); ++k)
  {
    added.frame.TargetsToModel(description.targets, added.values.data() + k * count);
  }
  const double magnification = added.frame.GetMagnification();
  for (const float variance : labels.variances)
  {
    added.variances.push_back(static_cast<float>(variance / (magnification * magnification)));
  }
  added.labels = std::make_shared<PointLocator>(std::move(places));
  images.push_back(std::move(added));
}

void
RegressionDataSet::Finish()
{
  const std::size_t count = description.targets.size();
  std::vector<double> distances;
  for (const auto & image : images)
  {
    distances.push_back(image.GetLabelDistance());
  }
  const double distance = Median(std::move(distances));
  description.cellPx = description.cellPx > 0.0 ? description.cellPx : distance;
  neighbours.maximumPx = neighbours.maximumPx > 0.0 ? neighbours.maximumPx : distance;
  // The middle between four cells is the farthest place in a whole lattice.
  neighbours.minimumPx = neighbours.minimumPx > 0.0 ? neighbours.minimumPx : 0.75 * distance;
  std::vector<double> sum(count, 0.0);
  std::vector<double> squares(count, 0.0);
  double used = 0.0;
  for (const auto & image : images)
  {
    const auto & points = image.labels->GetPoints();
    for (std::size_t k = 0; k < points.size(); ++k)
    {
      if (image.GetPart(points[k].x(), points[k].y(), 1.0, 1.0) != DataPart::Train)
      {
        continue;
      }
      used += 1.0;
      for (std::size_t t = 0; t < count; ++t)
      {
        const double value = image.values[k * count + t];
        sum[t] += value;
        squares[t] += value * value;
      }
    }
  }
  if (used < 1.0)
  {
    throw AnalysisError("no label lies in the training part of the images: nothing can be learned; choose another "
                        "--train-region");
  }
  description.targetMean.assign(count, 0.0);
  description.targetDeviation.assign(count, 1.0);
  for (std::size_t t = 0; t < count; ++t)
  {
    const TargetKind kind = description.targets[t].kind;
    // Turning the windows mixes the two components of a vector, and the two edges of the cell.
    std::size_t partner = t;
    for (std::size_t other = 0; other < count; ++other)
    {
      const TargetKind candidate = description.targets[other].kind;
      const bool pair = (kind == TargetKind::VectorX && candidate == TargetKind::VectorY) ||
                        (kind == TargetKind::VectorY && candidate == TargetKind::VectorX) ||
                        (kind == TargetKind::EdgeA && candidate == TargetKind::EdgeB) ||
                        (kind == TargetKind::EdgeB && candidate == TargetKind::EdgeA);
      partner = pair ? other : partner;
    }
    const bool vector = kind == TargetKind::VectorX || kind == TargetKind::VectorY;
    const double mean = vector ? 0.0 : kind == TargetKind::Gamma ? 90.0 : 0.5 * (sum[t] + sum[partner]) / used;
    const double square = 0.5 * (squares[t] + squares[partner]) / used;
    const double first = 0.5 * (sum[t] + sum[partner]) / used;
    description.targetMean[t] = mean;
    description.targetDeviation[t] =
      std::max(SmallestDeviation, std::sqrt(std::max(0.0, square - 2.0 * mean * first + mean * mean)));
  }
}

bool
RegressionDataSet::GetTarget(const LabelledImage & image, const Eigen::Vector2d & place, float * values) const
{
  const auto near = image.labels->Within(place, neighbours.maximumPx);
  if (near.empty() || std::sqrt(near.front().second) > neighbours.minimumPx)
  {
    return false;
  }
  const std::size_t count = description.targets.size();
  std::vector<double> sum(count, 0.0);
  double total = 0.0;
  for (const auto & [index, square] : near)
  {
    const double weight = 1.0 - std::sqrt(square) / neighbours.maximumPx;
    total += weight;
    for (std::size_t t = 0; t < count; ++t)
    {
      sum[t] += weight * image.values[index * count + t];
    }
  }
  if (!(total > 0.0))
  {
    return false;
  }
  for (std::size_t t = 0; t < count; ++t)
  {
    values[t] = static_cast<float>(sum[t] / total);
  }
  return true;
}
} // namespace ferro
