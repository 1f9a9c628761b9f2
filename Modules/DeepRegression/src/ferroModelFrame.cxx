#include "ferroModelFrame.h"

#include "ferroErrors.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <sstream>

namespace ferro
{
namespace
{
constexpr double LargestMagnification = 16.0;

int
IndexOf(const std::vector<RegressionTarget> & targets, TargetKind kind)
{
  const auto found =
    std::find_if(targets.begin(), targets.end(), [kind](const auto & target) { return target.kind == kind; });
  return found == targets.end() ? -1 : static_cast<int>(found - targets.begin());
}

void
Transform(const std::vector<RegressionTarget> & targets, const Eigen::Matrix2d & matrix, double scale, float * values)
{
  const int x = IndexOf(targets, TargetKind::VectorX);
  const int y = IndexOf(targets, TargetKind::VectorY);
  if (x >= 0 && y >= 0)
  {
    const Eigen::Vector2d vector = matrix * Eigen::Vector2d(values[x], values[y]);
    values[x] = static_cast<float>(vector.x());
    values[y] = static_cast<float>(vector.y());
  }
  for (std::size_t k = 0; k < targets.size(); ++k)
  {
    const TargetKind kind = targets[k].kind;
    if (kind == TargetKind::EdgeA || kind == TargetKind::EdgeB || kind == TargetKind::Area)
    {
      values[k] = static_cast<float>(values[k] * targets[k].GetScaling(scale));
    }
  }
}

/** Keys' kernel with a = -1/2. */
double
Cubic(double t)
{
  t = std::abs(t);
  return t < 1.0 ? (1.5 * t - 2.5) * t * t + 1.0 : t < 2.0 ? ((-0.5 * t + 2.5) * t - 4.0) * t + 2.0 : 0.0;
}

/** Turn and scale that bring the cells of a lattice to a size, along the axes. */
Eigen::Matrix2d
LatticeFrame(const Eigen::Matrix2d & translations, double cellPx)
{
  const double edge = std::sqrt(std::abs(translations.determinant()));
  if (!(edge > 0.0) || !std::isfinite(edge))
  {
    throw AnalysisError("the network needs the lattice of the image to find its scale, and none was found");
  }
  // The mean direction of both edges, modulo a quarter turn: four times the angle makes all of them one.
  Eigen::Vector2d sum = Eigen::Vector2d::Zero();
  for (int k = 0; k < 2; ++k)
  {
    const double angle = 4.0 * std::atan2(translations(1, k), translations(0, k));
    sum += Eigen::Vector2d(std::cos(angle), std::sin(angle));
  }
  const double turn = 0.25 * std::atan2(sum.y(), sum.x());
  Eigen::Matrix2d matrix;
  matrix << std::cos(turn), -std::sin(turn), std::sin(turn), std::cos(turn);
  return matrix * (edge / cellPx);
}
} // namespace

Eigen::Vector2d
ModelFrame::ToModel(const Eigen::Vector2d & image) const
{
  return toImage.inverse() * (image - origin);
}

double
ModelFrame::GetMagnification() const
{
  return std::sqrt(std::abs(toImage.determinant()));
}

void
ModelFrame::TargetsToImage(const std::vector<RegressionTarget> & targets, float * values) const
{
  Transform(targets, toImage, this->GetMagnification(), values);
}

void
ModelFrame::VariancesToImage(const std::vector<RegressionTarget> & targets, double * variances) const
{
  const int x = IndexOf(targets, TargetKind::VectorX);
  const int y = IndexOf(targets, TargetKind::VectorY);
  if (x >= 0 && y >= 0)
  {
    const Eigen::Vector2d vector = toImage.cwiseAbs2() * Eigen::Vector2d(variances[x], variances[y]);
    variances[x] = vector.x();
    variances[y] = vector.y();
  }
  for (std::size_t k = 0; k < targets.size(); ++k)
  {
    if (targets[k].kind != TargetKind::VectorX && targets[k].kind != TargetKind::VectorY)
    {
      const double scaling = targets[k].GetScaling(this->GetMagnification());
      variances[k] *= scaling * scaling;
    }
  }
}

void
ModelFrame::TargetsToModel(const std::vector<RegressionTarget> & targets, float * values) const
{
  Transform(targets, toImage.inverse(), 1.0 / this->GetMagnification(), values);
}

void
ModelFrame::BoundsInImage(double x, double y, double w, double h, Eigen::Vector2d & low, Eigen::Vector2d & high) const
{
  low = high = this->ToImage({x, y});
  for (const auto & corner :
       {Eigen::Vector2d(x + w - 1.0, y), Eigen::Vector2d(x, y + h - 1.0), Eigen::Vector2d(x + w - 1.0, y + h - 1.0)})
  {
    const Eigen::Vector2d place = this->ToImage(corner);
    low = low.cwiseMin(place);
    high = high.cwiseMax(place);
  }
}

bool
ModelFrame::IsInside(double x, double y, double w, double h) const
{
  Eigen::Vector2d low;
  Eigen::Vector2d high;
  this->BoundsInImage(x, y, w, h, low, high);
  const double edge = 0.5 + 1e-6; // pixels are squares around whole numbers
  return low.minCoeff() >= -edge && high.x() <= static_cast<double>(imageWidth - 1) + edge &&
         high.y() <= static_cast<double>(imageHeight - 1) + edge;
}

ModelFrame
MakeModelFrame(const ModelDescription & description, const ImageGeometry & geometry,
               const Eigen::Matrix2d & translations)
{
  ModelFrame frame;
  frame.imageWidth = geometry.width;
  frame.imageHeight = geometry.height;
  if (description.scale == ModelScale::PixelSize)
  {
    if (!geometry.calibrated)
    {
      std::ostringstream message;
      message << "the image has no calibration, and the network was trained at " << description.pixelSizeNm
              << " nm per pixel: give the size of the image's pixels by --pixel-size-nm";
      throw InputError(message.str());
    }
    frame.toImage = (description.pixelSizeNm * geometry.pixelSizeNm.cwiseInverse()).asDiagonal();
  }
  else if (description.scale == ModelScale::Lattice)
  {
    frame.toImage = LatticeFrame(translations, description.cellPx);
  }
  const double magnification = frame.GetMagnification();
  if (!(magnification < LargestMagnification) || !(magnification > 1.0 / LargestMagnification))
  {
    std::ostringstream message;
    message << "a pixel of the network covers " << magnification << " pixels of the image: the network was trained at "
            << "another scale, expected a factor from 1/16 to 16";
    throw AnalysisError(message.str());
  }
  if (std::abs(frame.toImage(0, 1)) + std::abs(frame.toImage(1, 0)) == 0.0)
  {
    const Eigen::Vector2d step = frame.toImage.diagonal();
    frame.origin = 0.5 * (step - Eigen::Vector2d::Ones()); // the outer edges of both first pixels coincide
    frame.width = static_cast<long>(std::floor(static_cast<double>(geometry.width) / step.x() + 1e-6));
    frame.height = static_cast<long>(std::floor(static_cast<double>(geometry.height) / step.y() + 1e-6));
    return frame;
  }
  // The upright rectangle of the turned frame that holds the whole image.
  const Eigen::Matrix2d inverse = frame.toImage.inverse();
  Eigen::Vector2d low = Eigen::Vector2d::Zero();
  Eigen::Vector2d high = low;
  for (const auto & corner : {Eigen::Vector2d(geometry.width - 1, 0), Eigen::Vector2d(0, geometry.height - 1),
                              Eigen::Vector2d(geometry.width - 1, geometry.height - 1)})
  {
    low = low.cwiseMin(inverse * corner);
    high = high.cwiseMax(inverse * corner);
  }
  frame.origin = frame.toImage * low;
  frame.width = static_cast<long>(std::ceil(high.x() - low.x())) + 1;
  frame.height = static_cast<long>(std::ceil(high.y() - low.y())) + 1;
  return frame;
}

PixelStatistics
ComputeStatistics(const PixelView & view, const Eigen::Vector2d & low, const Eigen::Vector2d & high)
{
  PixelStatistics result;
  const long x0 = std::max(view.x, static_cast<long>(std::ceil(low.x())));
  const long y0 = std::max(view.y, static_cast<long>(std::ceil(low.y())));
  const long x1 = std::min(view.x + view.width - 1, static_cast<long>(std::floor(high.x())));
  const long y1 = std::min(view.y + view.height - 1, static_cast<long>(std::floor(high.y())));
  double sum = 0.0;
  double squares = 0.0;
  double shift = 0.0; // close to the mean: large offsets must not eat the digits
  for (long y = y0; y <= y1; ++y)
  {
    const float * row = view.data + (y - view.y) * view.width - view.x;
    for (long x = x0; x <= x1; ++x)
    {
      if (!std::isfinite(row[x]))
      {
        ++result.invalid;
        continue;
      }
      shift = result.count == 0 ? row[x] : shift;
      const double value = row[x] - shift;
      sum += value;
      squares += value * value;
      ++result.count;
    }
  }
  if (result.count > 0)
  {
    const double mean = sum / static_cast<double>(result.count);
    result.mean = shift + mean;
    result.deviation = std::sqrt(std::max(0.0, squares / static_cast<double>(result.count) - mean * mean));
  }
  return result;
}

long
GetInterpolationReach(double magnification)
{
  return static_cast<long>(std::ceil(2.0 * std::max(1.0, magnification))) + 1;
}

void
SampleNormalized(const PixelView & view, const PixelStatistics & statistics, const Eigen::Matrix2d & toImage,
                 const Eigen::Vector2d & origin, long width, long height, const std::vector<double> & rowShift,
                 float * out)
{
  const double scale = statistics.deviation > 0.0 ? 1.0 / statistics.deviation : 1.0;
  const auto normalized = [&](long x, long y)
  {
    const float value =
      view.data[std::clamp(y - view.y, 0L, view.height - 1) * view.width + std::clamp(x - view.x, 0L, view.width - 1)];
    return std::isfinite(value) ? (value - statistics.mean) * scale : 0.0;
  };
  const auto whole = [](double value) { return value == std::round(value); };
  const bool onPixels = rowShift.empty() && whole(origin.x()) && whole(origin.y()) && whole(toImage(0, 0)) &&
                        whole(toImage(0, 1)) && whole(toImage(1, 0)) && whole(toImage(1, 1)) &&
                        std::abs(std::abs(toImage.determinant()) - 1.0) < 1e-12;
  const double stretch = std::max(1.0, std::sqrt(std::abs(toImage.determinant())));
  const auto taps = static_cast<std::size_t>(2 * GetInterpolationReach(stretch));
  std::vector<double> wx(taps);
  std::vector<double> wy(taps);
  for (long row = 0; row < height; ++row)
  {
    const double shift = rowShift.empty() ? 0.0 : rowShift[static_cast<std::size_t>(row)];
    for (long column = 0; column < width; ++column, ++out)
    {
      const Eigen::Vector2d place =
        origin + toImage * Eigen::Vector2d(static_cast<double>(column) + shift, static_cast<double>(row));
      if (onPixels)
      {
        *out = static_cast<float>(normalized(std::lround(place.x()), std::lround(place.y())));
        continue;
      }
      const long firstX = static_cast<long>(std::ceil(place.x() - 2.0 * stretch));
      const long firstY = static_cast<long>(std::ceil(place.y() - 2.0 * stretch));
      const auto nx = static_cast<std::size_t>(static_cast<long>(std::floor(place.x() + 2.0 * stretch)) - firstX + 1);
      const auto ny = static_cast<std::size_t>(static_cast<long>(std::floor(place.y() + 2.0 * stretch)) - firstY + 1);
      double sumX = 0.0;
      double sumY = 0.0;
      for (std::size_t k = 0; k < nx; ++k)
      {
        sumX += wx[k] = Cubic((static_cast<double>(firstX + static_cast<long>(k)) - place.x()) / stretch);
      }
      for (std::size_t k = 0; k < ny; ++k)
      {
        sumY += wy[k] = Cubic((static_cast<double>(firstY + static_cast<long>(k)) - place.y()) / stretch);
      }
      double sum = 0.0;
      for (std::size_t j = 0; j < ny; ++j)
      {
        double line = 0.0;
        for (std::size_t i = 0; i < nx; ++i)
        {
          line += wx[i] * normalized(firstX + static_cast<long>(i), firstY + static_cast<long>(j));
        }
        sum += wy[j] * line;
      }
      *out = static_cast<float>(sum / (sumX * sumY));
    }
  }
}
} // namespace ferro
