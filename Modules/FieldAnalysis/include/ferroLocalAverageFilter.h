#ifndef ferroLocalAverageFilter_h
#define ferroLocalAverageFilter_h

#include "FerroscopeFieldAnalysisExport.h"
#include "ferroAtomColumnSet.h"
#include "ferroUnitCellSet.h"
#include "itkProcessObject.h"

namespace ferro
{
/** \class LocalAverageFilter
 * \brief The mean of P over the cells around each cell, with its error.
 *
 * Mean over the cells within RadiusCells on the a-b grid (distance by indices), weighted by the inverse of their
 * covariances: P = (sum W_k)^-1 sum W_k P_k, W_k = C_k^-1. The covariance of the mean is propagated from the columns,
 * so that what neighbours have in common (corner columns, scan lines) is counted right. Cells with a flag do not take
 * part; they get the mean of their neighbours and keep their flag. Unless AcrossWalls is set, only cells of the same
 * domain are averaged.
 *
 * Inputs: cells (0), best with domains, and the columns that they were made from (1). Output: the cells with averaged
 * polarization and its covariance; NaN where no cell counts. The rest of each cell stays as it is.
 */
class FerroscopeFieldAnalysis_EXPORT LocalAverageFilter : public itk::ProcessObject
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(LocalAverageFilter);
  using Self = LocalAverageFilter;
  using Superclass = itk::ProcessObject;
  using Pointer = itk::SmartPointer<Self>;
  using ConstPointer = itk::SmartPointer<const Self>;
  itkNewMacro(Self);
  itkTypeMacro(LocalAverageFilter, ProcessObject);

  using Superclass::SetInput;
  void SetInput(const UnitCellSet * cells);
  void SetColumns(const AtomColumnSet * columns);
  UnitCellSet * GetOutput();

  /** Radius, cells. Default 1: the cell and the four that touch it. */
  itkSetClampMacro(RadiusCells, double, 0.0, 20.0);
  itkGetConstMacro(RadiusCells, double);
  /** Whether cells of other domains count, too. Default no. */
  itkSetMacro(AcrossWalls, bool);
  itkGetConstMacro(AcrossWalls, bool);
  itkBooleanMacro(AcrossWalls);

protected:
  LocalAverageFilter();
  ~LocalAverageFilter() override = default;
  itk::DataObject::Pointer MakeOutput(DataObjectPointerArraySizeType index) override;
  using Superclass::MakeOutput;
  void GenerateData() override;
  void PrintSelf(std::ostream & os, itk::Indent indent) const override;

private:
  double m_RadiusCells = 1.0;
  bool m_AcrossWalls = false;
};
} // namespace ferro

#endif
