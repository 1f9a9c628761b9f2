#ifndef ferroFrameAveragingImageFilter_h
#define ferroFrameAveragingImageFilter_h

#include "FerroscopeFrameAveragingExport.h"
#include "ferroImageGeometry.h"
#include "itkImageToImageFilter.h"

#include <Eigen/Core>
#include <vector>

namespace ferro
{
/** \class FrameAveragingImageFilter
 * \brief Mean of frames of one area, each moved by a translation onto the first.
 *
 * Translations come from SetShifts, or from the cross-correlation of each frame with the first (FindImageShift). Frames
 * are resampled with a Lanczos-windowed sinc of radius 4, which leaves the noise of pixels nearly white. Where not
 * all frames have a pixel, the mean is that of those that have one; the first frame always has.
 *
 * Inputs: frames of the same size (0, 1, ...). Output: the mean, with the geometry of the first frame.
 */
class FerroscopeFrameAveraging_EXPORT FrameAveragingImageFilter
  : public itk::ImageToImageFilter<MicrographType, MicrographType>
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(FrameAveragingImageFilter);
  using Self = FrameAveragingImageFilter;
  using Superclass = itk::ImageToImageFilter<MicrographType, MicrographType>;
  using Pointer = itk::SmartPointer<Self>;
  using ConstPointer = itk::SmartPointer<const Self>;
  itkNewMacro(Self);
  itkTypeMacro(FrameAveragingImageFilter, ImageToImageFilter);

  /** Shift of each frame: a place r of the first frame is at r + shift in this one, pixels. Empty (default): found. */
  void
  SetShifts(std::vector<Eigen::Vector2d> shifts)
  {
    m_GivenShifts = std::move(shifts);
    this->Modified();
  }
  /** The shifts that were used. */
  const std::vector<Eigen::Vector2d> &
  GetShifts() const
  {
    return m_Shifts;
  }
  /** Corners of the area that all frames have, pixels of the first frame. */
  const Eigen::Vector2d &
  GetCommonUpperLeft() const
  {
    return m_UpperLeft;
  }
  const Eigen::Vector2d &
  GetCommonLowerRight() const
  {
    return m_LowerRight;
  }

protected:
  FrameAveragingImageFilter() = default;
  ~FrameAveragingImageFilter() override = default;
  void VerifyInputInformation() ITKv5_CONST override;
  void GenerateInputRequestedRegion() override;
  void EnlargeOutputRequestedRegion(itk::DataObject * output) override;
  void GenerateData() override;
  void PrintSelf(std::ostream & os, itk::Indent indent) const override;

private:
  std::vector<Eigen::Vector2d> m_GivenShifts;
  std::vector<Eigen::Vector2d> m_Shifts;
  Eigen::Vector2d m_UpperLeft = Eigen::Vector2d::Zero();
  Eigen::Vector2d m_LowerRight = Eigen::Vector2d::Zero();
};
} // namespace ferro

#endif
