#ifndef ferroPolarizationVectorImageFilter_h
#define ferroPolarizationVectorImageFilter_h

#include "FerroscopePolarizationExport.h"
#include "ferroUnitCellSet.h"
#include "itkImage.h"
#include "itkProcessObject.h"
#include "itkVector.h"

namespace ferro
{
/** A field of vectors in the plane: polar displacement in pm (px where not calibrated). */
using PolarizationImageType = itk::Image<itk::Vector<float, 2>, 2>;

/** \class PolarizationVectorImageFilter
 * \brief The cells as an image of vectors.
 *
 * CellGrid: one pixel per cell; index (0, 0) is the smallest (i, j) that occurs, spacing is the mean length of a and b;
 * NaN where there is no cell. The table of the cells gives the place of each. ImageGrid: the field on the coordinates
 * of the micrograph, on a grid of about Oversampling points per cell edge, by inverse-distance weighting of the cells
 * nearer than 0.9 cells; NaN farther away. Spacing and origin are in nm (px where not calibrated), y down.
 */
class FerroscopePolarization_EXPORT PolarizationVectorImageFilter : public itk::ProcessObject
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(PolarizationVectorImageFilter);
  using Self = PolarizationVectorImageFilter;
  using Superclass = itk::ProcessObject;
  using Pointer = itk::SmartPointer<Self>;
  using ConstPointer = itk::SmartPointer<const Self>;
  itkNewMacro(Self);
  itkTypeMacro(PolarizationVectorImageFilter, ProcessObject);

  enum class Sampling
  {
    CellGrid,
    ImageGrid
  };

  using Superclass::SetInput;
  void SetInput(const UnitCellSet * cells);
  PolarizationImageType * GetOutput();
  void
  SetSampling(Sampling sampling)
  {
    m_Sampling = sampling;
    this->Modified();
  }
  Sampling
  GetSampling() const
  {
    return m_Sampling;
  }
  /** Grid points per cell edge for ImageGrid. Default 4. */
  itkSetClampMacro(Oversampling, double, 0.5, 100.0);
  itkGetConstMacro(Oversampling, double);

protected:
  PolarizationVectorImageFilter();
  ~PolarizationVectorImageFilter() override = default;
  itk::DataObject::Pointer MakeOutput(DataObjectPointerArraySizeType index) override;
  using Superclass::MakeOutput;
  void GenerateOutputInformation() override;
  void EnlargeOutputRequestedRegion(itk::DataObject * output) override;
  void GenerateData() override;
  void PrintSelf(std::ostream & os, itk::Indent indent) const override;

private:
  void FillCellGrid(const UnitCellSet & cells);
  void FillImageGrid(const UnitCellSet & cells);

  Sampling m_Sampling = Sampling::CellGrid;
  double m_Oversampling = 4.0;
};
} // namespace ferro

#endif
