#include "ferroDCNNRegressionImageFilter.h"

#include "ferroBendField.h"
#include "ferroErrors.h"
#include "ferroLocalNoise.h"
#include "ferroVarianceFit.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ferro
{
namespace
{
constexpr float None = std::numeric_limits<float>::quiet_NaN();
// Pixels of the network along the edge of a block: bounds the memory, whatever the size of the image.
constexpr long BlockPx = 2048;
// The spectra are looked at every 16 pixels; blocks begin at such places, so that all regions agree.
constexpr long SpectrumStepPx = 16;
constexpr long TilePx = 1024;
constexpr long ReferenceWindows = 8; // along each axis of the image
} // namespace

DCNNRegressionImageFilter::DCNNRegressionImageFilter()
{
  this->DynamicMultiThreadingOff(); // LibTorch has threads of its own
}

void
DCNNRegressionImageFilter::SetStatistics(double mean, double deviation)
{
  m_HasStatistics = true;
  m_Mean = mean;
  m_Deviation = deviation;
  this->Modified();
}

long
DCNNRegressionImageFilter::GetStep() const
{
  return m_Stride > 0 ? m_Stride : m_Model->GetStride();
}

std::vector<std::string>
DCNNRegressionImageFilter::GetComponentNames() const
{
  std::vector<std::string> names;
  for (const char * prefix : {"", "sigma_"})
  {
    for (const auto & target : m_Model->GetDescription().targets)
    {
      names.push_back(prefix + target.GetColumn(m_Geometry.calibrated));
    }
  }
  names.insert(names.end(), {"novelty", "novelty_features", "novelty_spectra"});
  return names;
}

void
DCNNRegressionImageFilter::VerifyPreconditions() const
{
  Superclass::VerifyPreconditions();
  if (!m_Model)
  {
    itkExceptionMacro("needs a network (SetModel)");
  }
}

Eigen::Vector2d
DCNNRegressionImageFilter::GetPlace(long column, long row) const
{
  const auto step = static_cast<double>(this->GetStep());
  const double half = 0.5 * static_cast<double>(m_Model->GetDescription().architecture.windowPx - 1);
  return m_Frame.ToImage({half + step * static_cast<double>(column), half + step * static_cast<double>(row)});
}

void
DCNNRegressionImageFilter::GenerateOutputInformation()
{
  const MicrographType * input = this->GetInput();
  OutputType * output = this->GetOutput();
  const auto & description = m_Model->GetDescription();
  m_Geometry = GetImageGeometry(*input);
  m_Frame = MakeModelFrame(description, m_Geometry, m_Translations);
  const long window = description.architecture.windowPx;
  const long step = this->GetStep();
  if (m_Frame.width < window || m_Frame.height < window)
  {
    throw AnalysisError("the image has " + std::to_string(m_Frame.width) + " x " + std::to_string(m_Frame.height) +
                        " pixels at the scale of the network, which is smaller than its window of " +
                        std::to_string(window) + " x " + std::to_string(window));
  }
  if (m_Model->IsDense() && step % m_Model->GetStride() != 0 && m_Model->GetStride() % step != 0)
  {
    throw UsageError("--stride-px: found " + std::to_string(step) +
                     ", expected a multiple or a divisor of the network's own " + std::to_string(m_Model->GetStride()));
  }
  OutputType::SizeType size;
  size[0] = static_cast<itk::SizeValueType>((m_Frame.width - window) / step + 1);
  size[1] = static_cast<itk::SizeValueType>((m_Frame.height - window) / step + 1);
  output->SetLargestPossibleRegion(OutputType::RegionType(size));
  output->SetNumberOfComponentsPerPixel(static_cast<unsigned int>(2 * description.targets.size() + 3));
  const Eigen::Matrix2d steps = m_Geometry.pixelSizeNm.asDiagonal() * (m_Frame.toImage * static_cast<double>(step));
  const Eigen::Vector2d first = m_Geometry.ToPhysical(this->GetPlace(0, 0));
  OutputType::SpacingType spacing;
  OutputType::PointType origin = input->GetOrigin();
  OutputType::DirectionType direction;
  for (unsigned int axis = 0; axis < 2; ++axis)
  {
    spacing[axis] = steps.col(axis).norm();
    origin[axis] += first[axis];
    for (unsigned int row = 0; row < 2; ++row)
    {
      direction[row][axis] = steps(row, axis) / spacing[axis];
    }
  }
  output->SetSpacing(spacing);
  output->SetOrigin(origin);
  output->SetDirection(direction);
}

void
DCNNRegressionImageFilter::GenerateInputRequestedRegion()
{
  auto * input = const_cast<MicrographType *>(this->GetInput());
  if (!m_HasStatistics)
  {
    input->SetRequestedRegionToLargestPossibleRegion();
    return;
  }
  const auto & wanted = this->GetOutput()->GetRequestedRegion();
  const auto step = static_cast<double>(this->GetStep());
  const auto window = static_cast<double>(m_Model->GetDescription().architecture.windowPx);
  // As in EvaluateBlock: from the place before where spectra are looked at, to the one behind; and neighbouring cells.
  const auto every =
    static_cast<double>(std::max(1L, SpectrumStepPx / this->GetStep()) + this->GetReach(this->GetStep()));
  const double x = step * (static_cast<double>(wanted.GetIndex(0)) - every);
  const double y = step * (static_cast<double>(wanted.GetIndex(1)) - every);
  Eigen::Vector2d low;
  Eigen::Vector2d high;
  m_Frame.BoundsInImage(x, y, window + step * (static_cast<double>(wanted.GetSize(0)) + 2.0 * every),
                        window + step * (static_cast<double>(wanted.GetSize(1)) + 2.0 * every), low, high);
  const auto reach = static_cast<double>(GetInterpolationReach(m_Frame.GetMagnification()));
  MicrographType::RegionType region;
  for (unsigned int axis = 0; axis < 2; ++axis)
  {
    region.SetIndex(axis, static_cast<itk::IndexValueType>(std::floor(low[axis] - reach)));
    region.SetSize(axis,
                   static_cast<itk::SizeValueType>(std::ceil(high[axis] + reach) - std::floor(low[axis] - reach)) + 1);
  }
  if (!region.Crop(input->GetLargestPossibleRegion()))
  {
    region = input->GetLargestPossibleRegion();
  }
  input->SetRequestedRegion(region);
}

void
DCNNRegressionImageFilter::CheckStatistics(const PixelStatistics & statistics)
{
  if (!(statistics.deviation > 0.0) || statistics.invalid > statistics.count)
  {
    throw AnalysisError(statistics.count > 0 && statistics.invalid <= statistics.count
                          ? "the image is constant: there is nothing to predict from"
                          : "most pixels of the image are not finite numbers");
  }
}

PixelStatistics
DCNNRegressionImageFilter::FindStatistics(const MicrographType & image) const
{
  if (m_HasStatistics)
  {
    return {m_Mean, m_Deviation, 1, 0};
  }
  const auto & region = image.GetBufferedRegion();
  const PixelView view{image.GetBufferPointer(), region.GetIndex(0), region.GetIndex(1),
                       static_cast<long>(region.GetSize(0)), static_cast<long>(region.GetSize(1))};
  const PixelStatistics statistics = ComputeStatistics(
    view, Eigen::Vector2d(view.x, view.y), Eigen::Vector2d(view.x + view.width - 1, view.y + view.height - 1));
  CheckStatistics(statistics);
  return statistics;
}

std::vector<float>
DCNNRegressionImageFilter::FindReference(const MicrographType & image) const
{
  std::vector<float> reference;
  if (!m_Model->HasWithinNovelty())
  {
    return reference;
  }
  const PixelStatistics statistics = this->FindStatistics(image);
  const auto & region = image.GetBufferedRegion();
  const PixelView view{image.GetBufferPointer(), region.GetIndex(0), region.GetIndex(1),
                       static_cast<long>(region.GetSize(0)), static_cast<long>(region.GetSize(1))};
  const long window = m_Model->GetDescription().architecture.windowPx;
  // Where the first pixel of a window may lie so that all of its corners are inside.
  const Eigen::Vector2d x = m_Frame.toImage.col(0) * static_cast<double>(window - 1);
  const Eigen::Vector2d y = m_Frame.toImage.col(1) * static_cast<double>(window - 1);
  const Eigen::Vector2d zero = Eigen::Vector2d::Zero();
  const Eigen::Vector2d low = Eigen::Vector2d(view.x, view.y) - zero.cwiseMin(x).cwiseMin(y).cwiseMin(x + y);
  const Eigen::Vector2d high =
    Eigen::Vector2d(view.x + view.width - 1, view.y + view.height - 1) - zero.cwiseMax(x).cwiseMax(y).cwiseMax(x + y);
  if ((high.array() < low.array()).any())
  {
    return reference;
  }
  constexpr long Count = ReferenceWindows * ReferenceWindows;
  std::vector<float> pixels(static_cast<std::size_t>(Count * window * window));
  for (long k = 0; k < Count; ++k)
  {
    const Eigen::Array2d share = Eigen::Array2d(k % ReferenceWindows, k / ReferenceWindows) / (ReferenceWindows - 1);
    SampleNormalized(view, statistics, m_Frame.toImage, low + (share * (high - low).array()).matrix(), window, window,
                     {}, pixels.data() + k * window * window);
  }
  const auto features = m_Model->DescribeWindows(pixels, Count);
  const std::size_t size = features.size() / Count;
  std::vector<float> values(Count);
  for (std::size_t f = 0; f < size; ++f)
  {
    for (std::size_t k = 0; k < values.size(); ++k)
    {
      values[k] = features[k * size + f];
    }
    std::nth_element(values.begin(), values.begin() + Count / 2, values.end());
    reference.push_back(values[Count / 2]);
  }
  return reference;
}

std::vector<float>
DCNNRegressionImageFilter::GetReference(const MicrographType & image) const
{
  const bool find = m_ComputeNovelty && m_Reference.empty() && !m_HasStatistics;
  return find ? this->FindReference(image) : m_Reference;
}

std::vector<double>
DCNNRegressionImageFilter::FindNoise(const std::vector<float> & pixels, long width, long height) const
{
  const auto & architecture = m_Model->GetDescription().architecture;
  return architecture.predictsVariance
           ? MeasureNoise(pixels.data(), width, height, architecture.windowPx, this->GetStep())
           : std::vector<double>();
}

long
DCNNRegressionImageFilter::GetReach(long step) const
{
  const auto & description = m_Model->GetDescription();
  return description.NeedsBend() && m_Model->IsDense() ? GetBendReach(description, step) : 0;
}

std::vector<double>
DCNNRegressionImageFilter::FindBends(const RegressionPlane & plane, long node, long reach,
                                     const std::vector<char> & inside) const
{
  std::vector<double> bends(m_Model->GetDescription().targets.size(), 0.0);
  const long column = node % plane.columns;
  const long row = node / plane.columns;
  const auto add = [&](bool exist, long distance)
  {
    if (reach > 0 && exist && inside[static_cast<std::size_t>(node - distance)] &&
        inside[static_cast<std::size_t>(node + distance)])
    {
      for (std::size_t t = 0; t < bends.size(); ++t)
      {
        bends[t] +=
          MeasureBend(plane.values.data() + node * plane.outputs + static_cast<long>(t), distance * plane.outputs);
      }
    }
  };
  add(column >= reach && column + reach < plane.columns, reach);
  add(row >= reach && row + reach < plane.rows, reach * plane.columns);
  return bends;
}

void
DCNNRegressionImageFilter::Convert(const RegressionPlane & plane, std::size_t node, double noise,
                                   const std::vector<double> & bends, float * components) const
{
  const auto & description = m_Model->GetDescription();
  const auto & targets = description.targets;
  const std::size_t count = targets.size();
  const float * outputs = plane.values.data() + node * static_cast<std::size_t>(plane.outputs);
  std::copy_n(outputs, count, components);
  m_Frame.TargetsToImage(targets, components);
  const double magnification = m_Frame.GetMagnification();
  std::vector<double> variances(count, 0.0); // squared pixels of the image
  for (std::size_t t = 0; t < count; ++t)
  {
    const double sigma = description.sigma.empty() ? 0.0 : description.sigma[t];
    const bool predicted = description.architecture.predictsVariance;
    variances[t] =
      predicted
        ? description.GetVariance(t, description.GetVarianceTerms(outputs[count + t], noise, magnification), bends[t])
        : sigma * sigma;
  }
  m_Frame.VariancesToImage(targets, variances.data());
  const double mean = std::sqrt(m_Geometry.pixelSizeNm.prod());
  for (std::size_t t = 0; t < count; ++t)
  {
    const double size = targets[t].kind == TargetKind::VectorX   ? m_Geometry.pixelSizeNm.x()
                        : targets[t].kind == TargetKind::VectorY ? m_Geometry.pixelSizeNm.y()
                                                                 : mean;
    const double factor = targets[t].GetColumnFactor(size, m_Geometry.calibrated);
    components[t] = static_cast<float>(components[t] * factor);
    components[count + t] = static_cast<float>(std::sqrt(variances[t]) * factor);
  }
  float * novelty = components + 2 * count;
  novelty[1] = plane.featureNovelty.empty() ? None : plane.featureNovelty[node];
  novelty[2] = plane.spectrumNovelty.empty() ? None : plane.spectrumNovelty[node];
  novelty[0] = std::fmax(novelty[1], novelty[2]); // of a number and none: the number
}

void
DCNNRegressionImageFilter::EvaluateBlock(const MicrographType & input, const PixelStatistics & statistics,
                                         const std::vector<float> & reference, const OutputType::RegionType & block)
{
  OutputType * output = this->GetOutput();
  const auto & largest = output->GetLargestPossibleRegion();
  const long step = this->GetStep();
  const auto window = m_Model->GetDescription().architecture.windowPx;
  const long every = m_ComputeNovelty ? std::max(1L, SpectrumStepPx / step) : 1;
  const long reach = this->GetReach(step);
  long first[2];
  long last[2];
  for (unsigned int axis = 0; axis < 2; ++axis)
  {
    first[axis] = std::max(0L, static_cast<long>(block.GetIndex(axis)) - reach) / every * every;
    const long end = block.GetIndex(axis) + static_cast<long>(block.GetSize(axis)) - 1 + reach;
    last[axis] = std::min<long>((end + every - 1) / every * every, static_cast<long>(largest.GetSize(axis)) - 1);
  }
  const long width = window + (last[0] - first[0]) * step;
  const long height = window + (last[1] - first[1]) * step;
  const auto & region = input.GetBufferedRegion();
  const PixelView view{input.GetBufferPointer(), region.GetIndex(0), region.GetIndex(1),
                       static_cast<long>(region.GetSize(0)), static_cast<long>(region.GetSize(1))};
  std::vector<float> pixels(static_cast<std::size_t>(width * height));
  const Eigen::Vector2d start(static_cast<double>(first[0] * step), static_cast<double>(first[1] * step));
  SampleNormalized(view, statistics, m_Frame.toImage, m_Frame.ToImage(start), width, height, {}, pixels.data());
  const RegressionPlane plane =
    m_Model->EvaluatePlane(pixels.data(), width, height, step, m_ComputeNovelty, TilePx, reference);
  const auto noise = this->FindNoise(pixels, width, height);
  const auto components = output->GetNumberOfComponentsPerPixel();
  const auto edge = static_cast<double>(window);
  std::vector<char> inside;
  for (long k = 0; k < plane.columns * plane.rows; ++k)
  {
    inside.push_back(
      static_cast<char>(m_Frame.IsInside(static_cast<double>((first[0] + k % plane.columns) * step),
                                         static_cast<double>((first[1] + k / plane.columns) * step), edge, edge)));
  }
  for (long y = block.GetIndex(1); y < block.GetIndex(1) + static_cast<long>(block.GetSize(1)); ++y)
  {
    for (long x = block.GetIndex(0); x < block.GetIndex(0) + static_cast<long>(block.GetSize(0)); ++x)
    {
      const long index = (y - first[1]) * plane.columns + x - first[0];
      const auto node = static_cast<std::size_t>(index);
      float * to =
        output->GetBufferPointer() + output->ComputeOffset({{x, y}}) * static_cast<itk::OffsetValueType>(components);
      if (!inside[node])
      {
        std::fill_n(to, components, None);
        continue;
      }
      this->Convert(plane, node, noise.empty() ? 1.0 : noise[node], this->FindBends(plane, index, reach, inside), to);
    }
  }
}

void
DCNNRegressionImageFilter::GenerateData()
{
  this->AllocateOutputs();
  const MicrographType * input = this->GetInput();
  const PixelStatistics statistics = this->FindStatistics(*input);
  const auto reference = this->GetReference(*input);
  const auto & region = this->GetOutput()->GetRequestedRegion();
  const long edge = std::max(1L, BlockPx / this->GetStep());
  const auto columns = static_cast<long>(region.GetSize(0));
  const auto rows = static_cast<long>(region.GetSize(1));
  const double blocks = std::ceil(static_cast<double>(columns) / static_cast<double>(edge)) *
                        std::ceil(static_cast<double>(rows) / static_cast<double>(edge));
  double done = 0.0;
  for (long y = 0; y < rows; y += edge)
  {
    for (long x = 0; x < columns; x += edge)
    {
      OutputType::RegionType block;
      block.SetIndex(0, region.GetIndex(0) + x);
      block.SetIndex(1, region.GetIndex(1) + y);
      block.SetSize(0, static_cast<itk::SizeValueType>(std::min(edge, columns - x)));
      block.SetSize(1, static_cast<itk::SizeValueType>(std::min(edge, rows - y)));
      this->EvaluateBlock(*input, statistics, reference, block);
      done += 1.0;
      this->UpdateProgress(static_cast<float>(done / blocks));
      if (this->GetAbortGenerateData())
      {
        throw itk::ProcessAborted(__FILE__, __LINE__);
      }
    }
  }
}

std::vector<float>
DCNNRegressionImageFilter::EvaluateAt(const MicrographType & image, const std::vector<Eigen::Vector2d> & places) const
{
  const PixelStatistics statistics = this->FindStatistics(image);
  const auto reference = this->GetReference(image);
  const auto & region = image.GetBufferedRegion();
  const PixelView view{image.GetBufferPointer(), region.GetIndex(0), region.GetIndex(1),
                       static_cast<long>(region.GetSize(0)), static_cast<long>(region.GetSize(1))};
  const auto & architecture = m_Model->GetDescription().architecture;
  const long window = architecture.windowPx;
  const auto edge = static_cast<double>(window);
  const std::size_t components = 2 * m_Model->GetDescription().targets.size() + 3;
  std::vector<float> result(places.size() * components, None);
  const Eigen::Vector2d half = Eigen::Vector2d::Constant(0.5 * (edge - 1.0));
  std::vector<std::size_t> inside;
  std::vector<Eigen::Vector2d> firsts;
  for (std::size_t k = 0; k < places.size(); ++k)
  {
    const Eigen::Vector2d first = m_Frame.ToModel(places[k]) - half;
    if (m_Frame.IsInside(first.x(), first.y(), edge, edge))
    {
      inside.push_back(k);
      firsts.push_back(first);
    }
  }
  const std::size_t targets = m_Model->GetDescription().targets.size();
  const auto sample = [&](const Eigen::Vector2d & first, long width, long height)
  {
    std::vector<float> pixels(static_cast<std::size_t>(width * height));
    SampleNormalized(view, statistics, m_Frame.toImage, m_Frame.ToImage(first), width, height, {}, pixels.data());
    return pixels;
  };
  const long reach = this->GetReach(m_Model->GetStride());
  const auto all = reach > 0 ? FindBendsAt(*m_Model, m_Frame, reach, firsts, sample)
                             : std::vector<double>(firsts.size() * targets, 0.0);
  for (std::size_t k = 0; k < inside.size(); ++k)
  {
    const auto pixels = sample(firsts[k], window, window);
    const RegressionPlane plane =
      m_Model->EvaluatePlane(pixels.data(), window, window, 0, m_ComputeNovelty, TilePx, reference);
    const auto noise = this->FindNoise(pixels, window, window);
    const auto bend = all.begin() + static_cast<std::ptrdiff_t>(k * targets);
    const std::vector<double> bends(bend, bend + static_cast<std::ptrdiff_t>(targets));
    this->Convert(plane, 0, noise.empty() ? 1.0 : noise[0], bends, result.data() + inside[k] * components);
  }
  return result;
}

void
DCNNRegressionImageFilter::PrintSelf(std::ostream & os, itk::Indent indent) const
{
  Superclass::PrintSelf(os, indent);
  os << indent << "Stride: " << m_Stride << '\n';
  os << indent << "ComputeNovelty: " << m_ComputeNovelty << '\n';
  os << indent << "HasStatistics: " << m_HasStatistics << '\n';
  os << indent << "Model: " << (m_Model ? "set" : "none") << '\n';
}
} // namespace ferro
