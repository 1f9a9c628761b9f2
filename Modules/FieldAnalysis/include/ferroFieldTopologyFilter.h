#ifndef ferroFieldTopologyFilter_h
#define ferroFieldTopologyFilter_h

#include "FerroscopeFieldAnalysisExport.h"
#include "ferroAtomColumnSet.h"
#include "ferroFieldTopology.h"
#include "ferroUnitCellSet.h"
#include "itkProcessObject.h"

namespace ferro
{
/** \class FieldTopologyFilter
 * \brief Divergence, curl, vortices and antivortices of a polarization field, with their significance.
 *
 * Derivatives: the plane of least squares through the vectors of the 3 x 3 cells around each cell; at least four of
 * them. Errors are propagated from the covariances of the columns, with what the cells have in common.
 *
 * Vortices: the winding number of the directions along square rings of 8, 16, 24 and 32 cells around each cell. Noise
 * changes the winding only when it moves the polygon of the vectors on the ring across the origin; the smallest
 * distance of that polygon from the origin, in standard deviations, is the significance z. In an image without
 * polarization n independent vectors all lie beyond z with the probability exp(-n z^2 / 2), which gives the z that
 * keeps the expected number of false vortices per image below FalseAlarms. Rings with flagged cells are left out.
 *
 * Inputs: cells (0), and the columns that they were made from (1). Output: FieldTopology.
 */
class FerroscopeFieldAnalysis_EXPORT FieldTopologyFilter : public itk::ProcessObject
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(FieldTopologyFilter);
  using Self = FieldTopologyFilter;
  using Superclass = itk::ProcessObject;
  using Pointer = itk::SmartPointer<Self>;
  using ConstPointer = itk::SmartPointer<const Self>;
  itkNewMacro(Self);
  itkTypeMacro(FieldTopologyFilter, ProcessObject);

  using Superclass::SetInput;
  void SetInput(const UnitCellSet * cells);
  void SetColumns(const AtomColumnSet * columns);
  FieldTopology * GetOutput();

  /** Expected number of false vortices in an image without polarization. Default 0.001. */
  itkSetClampMacro(FalseAlarms, double, 1e-12, 1.0);
  itkGetConstMacro(FalseAlarms, double);

protected:
  FieldTopologyFilter();
  ~FieldTopologyFilter() override = default;
  itk::DataObject::Pointer MakeOutput(DataObjectPointerArraySizeType index) override;
  using Superclass::MakeOutput;
  void GenerateData() override;
  void PrintSelf(std::ostream & os, itk::Indent indent) const override;

private:
  double m_FalseAlarms = 0.001;
};
} // namespace ferro

#endif
