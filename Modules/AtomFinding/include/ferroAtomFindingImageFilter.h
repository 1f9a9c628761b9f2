#ifndef ferroAtomFindingImageFilter_h
#define ferroAtomFindingImageFilter_h

#include "FerroscopeAtomFindingExport.h"
#include "ferroAtomColumnSet.h"
#include "ferroImageGeometry.h"
#include "itkProcessObject.h"

namespace ferro
{
/** \class AtomFindingImageFilter
 * \brief Finds the atom columns of an atomic-resolution STEM image; no parameter needs to be set.
 *
 * Steps: (1) changes of brightness and contrast over more than about 60 pixels are removed; (2) the mean
 * power spectrum of tiles gives the translations of the lattice; (3) a Laplacian-of-Gaussian of the width of the
 * columns, which the image itself gives, finds bright spots; (4) the spots that repeat along the translations are kept
 * (LatticeSupport); (5) their responses are taken out and step 3 is done again on the rest, so that dim columns in
 * the tails of bright ones are found alike; (6) empty places that the neighbours predict are searched once more with a
 * lower threshold. What is neither bright nor periodic (amorphous or empty areas, vacancies) gives no column.
 *
 * Input: the image (any intensity unit; pixels that are not finite are replaced by the median). Output: positions
 * good to a few tenths of a pixel, height above background, typical width (AtomColumnSet::GetColumnSigma) and
 * translations. Throws AnalysisError when the image holds no lattice of columns. Cost: N log N in the pixels of one
 * tile, else linear.
 */
class FerroscopeAtomFinding_EXPORT AtomFindingImageFilter : public itk::ProcessObject
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(AtomFindingImageFilter);
  using Self = AtomFindingImageFilter;
  using Superclass = itk::ProcessObject;
  using Pointer = itk::SmartPointer<Self>;
  using ConstPointer = itk::SmartPointer<const Self>;
  itkNewMacro(Self);
  itkTypeMacro(AtomFindingImageFilter, ProcessObject);

  using Superclass::SetInput;
  void SetInput(const MicrographType * image);
  const MicrographType * GetInput() const;
  AtomColumnSet * GetOutput();

  /** Smallest and largest period of the lattice that is looked for, pixels. Default 4 to 130. */
  itkSetMacro(MinimumPeriod, double);
  itkGetConstMacro(MinimumPeriod, double);
  itkSetMacro(MaximumPeriod, double);
  itkGetConstMacro(MaximumPeriod, double);
  /** Standard deviation of the columns, pixels; 0 (default): from the image. */
  itkSetMacro(ColumnSigma, double);
  itkGetConstMacro(ColumnSigma, double);
  /** Height of the faintest column against the strong ones around it, 0..1. Default 0.1. */
  itkSetMacro(MinimumRelativeHeight, double);
  itkGetConstMacro(MinimumRelativeHeight, double);
  /** Smallest signal against noise of a spot. Default 3. */
  itkSetMacro(MinimumSignalToNoise, double);
  itkGetConstMacro(MinimumSignalToNoise, double);
  /** Share of the neighbouring cells in which a column must have its like (a poor match counts less), 0..1. Default
   * 0.3. */
  itkSetMacro(MinimumSupport, double);
  itkGetConstMacro(MinimumSupport, double);

protected:
  AtomFindingImageFilter();
  ~AtomFindingImageFilter() override = default;
  itk::DataObject::Pointer MakeOutput(DataObjectPointerArraySizeType index) override;
  using Superclass::MakeOutput;
  void GenerateInputRequestedRegion() override;
  void GenerateData() override;
  void PrintSelf(std::ostream & os, itk::Indent indent) const override;

private:
  double m_MinimumPeriod = 4.0;
  double m_MaximumPeriod = 130.0;
  double m_ColumnSigma = 0.0;
  double m_MinimumRelativeHeight = 0.1;
  double m_MinimumSignalToNoise = 3.0;
  double m_MinimumSupport = 0.3;
};
} // namespace ferro

#endif
