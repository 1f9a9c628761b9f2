#ifndef ferroSyntheticMicrographSource_h
#define ferroSyntheticMicrographSource_h

#include "FerroscopeImageSynthesisExport.h"
#include "ferroImageGeometry.h"
#include "ferroSyntheticTruth.h"
#include "itkImageSource.h"

namespace ferro
{
/** \class SyntheticMicrographSource
 * \brief Makes a STEM image of a perovskite along [100] whose every column is known.
 *
 * The image holds counts (relative intensities without dose), its spacing is in nm. The noise is exact Poisson noise
 * (see RandomNumbers); every line has random numbers of its own, so that the same parameters give the same bytes
 * on any machine. The columns are Gaussians evaluated at the pixel centres, not integrated over the pixels, cut
 * where they fall below exp(-18); with a skew each is two of them.
 */
class FerroscopeImageSynthesis_EXPORT SyntheticMicrographSource : public itk::ImageSource<MicrographType>
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(SyntheticMicrographSource);
  using Self = SyntheticMicrographSource;
  using Superclass = itk::ImageSource<MicrographType>;
  using Pointer = itk::SmartPointer<Self>;
  using ConstPointer = itk::SmartPointer<const Self>;
  itkNewMacro(Self);
  itkTypeMacro(SyntheticMicrographSource, ImageSource);

  void SetParameters(const SyntheticMicrographParameters & parameters);
  const SyntheticMicrographParameters &
  GetParameters() const
  {
    return m_Parameters;
  }
  /** What the image shows; the second output, filled by Update(). */
  SyntheticTruth * GetTruth();

  using Superclass::MakeOutput;
  DataObjectPointer MakeOutput(DataObjectPointerArraySizeType index) override;

protected:
  SyntheticMicrographSource();
  ~SyntheticMicrographSource() override = default;
  void PrintSelf(std::ostream & os, itk::Indent indent) const override;
  void GenerateOutputInformation() override;
  void EnlargeOutputRequestedRegion(itk::DataObject * output) override;
  void GenerateData() override;

private:
  SyntheticMicrographParameters m_Parameters;
};
} // namespace ferro

#endif
