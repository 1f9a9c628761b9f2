#ifndef ferroDomainSegmentationFilter_h
#define ferroDomainSegmentationFilter_h

#include "FerroscopeFieldAnalysisExport.h"
#include "ferroAtomColumnSet.h"
#include "ferroDomainMap.h"
#include "ferroUnitCellSet.h"
#include "itkProcessObject.h"

namespace ferro
{
/** \class DomainSegmentationFilter
 * \brief Divides a polarization field into domains and traces the walls between them.
 *
 * 1. Variants: a mixture of normal distributions of P, each widened by the error of the cell, and an even background
 *    for walls and outliers; from many components down to one, the number that the Bayesian information criterion
 *    likes best. Components that do not stand apart, or whose directions differ by less than 25 degrees, are one
 *    variant. A component whose mean is below the threshold, or not 4.5 standard deviations from zero (4e-5), is not
 * polar.
 * 2. Labels: the most probable variant of each cell, where neighbours prefer to be alike (Potts model, iterated
 *    conditional modes). Flagged cells follow their neighbours.
 * 3. Domains: connected regions of one variant; those of fewer than MinimumCells join their surroundings.
 * 4. Walls: borders between domains as lines; a tanh profile of the component of P that changes, across the wall,
 *    gives the width with its interval.
 *
 * Inputs: cells (0), and the columns that they were made from (1). Outputs: the cells with their domains (0) and the
 * DomainMap (1).
 */
class FerroscopeFieldAnalysis_EXPORT DomainSegmentationFilter : public itk::ProcessObject
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(DomainSegmentationFilter);
  using Self = DomainSegmentationFilter;
  using Superclass = itk::ProcessObject;
  using Pointer = itk::SmartPointer<Self>;
  using ConstPointer = itk::SmartPointer<const Self>;
  itkNewMacro(Self);
  itkTypeMacro(DomainSegmentationFilter, ProcessObject);

  using Superclass::SetInput;
  void SetInput(const UnitCellSet * cells);
  void SetColumns(const AtomColumnSet * columns);
  UnitCellSet * GetOutput();
  DomainMap * GetDomains();

  /** Mean displacement below which a variant counts as not polar, pm. Default 3: mis-tilt and imperfect models shift
   * columns by some pm. Where not calibrated, 390 pm are taken for a cell edge. */
  itkSetClampMacro(PolarThresholdPm, double, 0.0, 1000.0);
  itkGetConstMacro(PolarThresholdPm, double);
  /** Cells of the smallest domain. Default 6. */
  itkSetClampMacro(MinimumCells, int, 1, 1000000);
  itkGetConstMacro(MinimumCells, int);

protected:
  DomainSegmentationFilter();
  ~DomainSegmentationFilter() override = default;
  itk::DataObject::Pointer MakeOutput(DataObjectPointerArraySizeType index) override;
  using Superclass::MakeOutput;
  void GenerateData() override;
  void PrintSelf(std::ostream & os, itk::Indent indent) const override;

private:
  double m_PolarThresholdPm = 3.0;
  int m_MinimumCells = 6;
};
} // namespace ferro

#endif
