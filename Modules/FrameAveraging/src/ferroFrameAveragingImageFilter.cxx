#include "ferroFrameAveragingImageFilter.h"

#include "ferroErrors.h"
#include "ferroImageShift.h"

#include "itkResampleImageFilter.h"
#include "itkTranslationTransform.h"
#include "itkWindowedSincInterpolateImageFunction.h"

#include <cmath>
#include <limits>
#include <string>

namespace ferro
{
namespace
{
constexpr unsigned int SincRadius = 4;
using Window = itk::Function::LanczosWindowFunction<SincRadius>;
using Interpolator = itk::WindowedSincInterpolateImageFunction<MicrographType, SincRadius, Window>;
using Translation = itk::TranslationTransform<double, 2>;
using Resampler = itk::ResampleImageFilter<MicrographType, MicrographType>;
} // namespace

void
FrameAveragingImageFilter::VerifyInputInformation() ITKv5_CONST
{
  const auto size = this->GetInput(0)->GetLargestPossibleRegion().GetSize();
  for (unsigned int k = 1; k < this->GetNumberOfIndexedInputs(); ++k)
  {
    const auto other = this->GetInput(k)->GetLargestPossibleRegion().GetSize();
    if (other != size)
    {
      throw AnalysisError("frame " + std::to_string(k) + " has " + std::to_string(other[0]) + " x " +
                          std::to_string(other[1]) + " pixels, the first one " + std::to_string(size[0]) + " x " +
                          std::to_string(size[1]));
    }
  }
  if (!m_GivenShifts.empty() && m_GivenShifts.size() != this->GetNumberOfIndexedInputs())
  {
    throw AnalysisError("found " + std::to_string(m_GivenShifts.size()) + " shifts for " +
                        std::to_string(this->GetNumberOfIndexedInputs()) + " frames");
  }
}

void
FrameAveragingImageFilter::GenerateInputRequestedRegion()
{
  for (unsigned int k = 0; k < this->GetNumberOfIndexedInputs(); ++k)
  {
    const_cast<MicrographType *>(this->GetInput(k))->SetRequestedRegionToLargestPossibleRegion();
  }
}

void
FrameAveragingImageFilter::EnlargeOutputRequestedRegion(itk::DataObject * output)
{
  Superclass::EnlargeOutputRequestedRegion(output);
  output->SetRequestedRegionToLargestPossibleRegion();
}

void
FrameAveragingImageFilter::GenerateData()
{
  this->AllocateOutputs();
  const MicrographType * first = this->GetInput(0);
  MicrographType * mean = this->GetOutput();
  mean->SetMetaDataDictionary(first->GetMetaDataDictionary());
  const auto pixels = first->GetBufferedRegion().GetNumberOfPixels();
  const auto size = first->GetBufferedRegion().GetSize();
  const unsigned int frames = this->GetNumberOfIndexedInputs();
  std::vector<double> sums(first->GetBufferPointer(), first->GetBufferPointer() + pixels);
  std::vector<unsigned int> counts(pixels, 1);
  m_Shifts.assign(1, m_GivenShifts.empty() ? Eigen::Vector2d(Eigen::Vector2d::Zero()) : m_GivenShifts[0]);
  m_UpperLeft.setZero();
  m_LowerRight = {static_cast<double>(size[0]) - 1.0, static_cast<double>(size[1]) - 1.0};
  const Eigen::Vector2d corner = m_LowerRight;
  for (unsigned int k = 1; k < frames; ++k)
  {
    const MicrographType * frame = this->GetInput(k);
    const Eigen::Vector2d shift =
      m_GivenShifts.empty() ? FindImageShift(*first, *frame).shift : Eigen::Vector2d(m_GivenShifts[k] - m_Shifts[0]);
    m_Shifts.push_back(m_GivenShifts.empty() ? shift : m_GivenShifts[k]);
    m_UpperLeft = m_UpperLeft.cwiseMax(-shift);
    m_LowerRight = m_LowerRight.cwiseMin(corner - shift);
    auto translation = Translation::New();
    Translation::OutputVectorType offset;
    for (unsigned int axis = 0; axis < 2; ++axis)
    {
      offset[axis] = shift[static_cast<Eigen::Index>(axis)] * frame->GetSpacing()[axis];
    }
    translation->Translate(offset);
    auto resampler = Resampler::New();
    resampler->SetInput(frame);
    resampler->SetTransform(translation);
    resampler->SetInterpolator(Interpolator::New());
    resampler->SetDefaultPixelValue(std::numeric_limits<float>::quiet_NaN());
    resampler->SetUseReferenceImage(true);
    resampler->SetReferenceImage(first);
    resampler->Update();
    const float * moved = resampler->GetOutput()->GetBufferPointer();
    for (itk::SizeValueType n = 0; n < pixels; ++n)
    {
      if (std::isfinite(moved[n]))
      {
        sums[n] += static_cast<double>(moved[n]);
        ++counts[n];
      }
    }
    this->UpdateProgress(static_cast<float>(k + 1) / static_cast<float>(frames));
  }
  for (itk::SizeValueType n = 0; n < pixels; ++n)
  {
    mean->GetBufferPointer()[n] = static_cast<float>(sums[n] / counts[n]);
  }
}

void
FrameAveragingImageFilter::PrintSelf(std::ostream & os, itk::Indent indent) const
{
  Superclass::PrintSelf(os, indent);
  os << indent << "Shifts: " << m_Shifts.size() << '\n';
}
} // namespace ferro
