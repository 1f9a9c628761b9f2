#ifndef ferroLatticeAnalysisFilter_h
#define ferroLatticeAnalysisFilter_h

#include "FerroscopeLatticeAnalysisExport.h"
#include "ferroAtomColumnSet.h"
#include "ferroDefects.h"
#include "ferroLattice.h"
#include "ferroLatticeCalibration.h"
#include "itkProcessObject.h"

namespace ferro
{
/** \class LatticeAnalysisFilter
 * \brief Sublattices, lattice indices, the mean lattice, and how far each column is from it.
 *
 * Columns are numbered by walking along the translations of the lattice, which are followed as they bend; what the walk
 * connects is one sublattice, whatever its brightness. The brighter of two sublattices (one vote over all neighbouring
 * pairs) is A. The arrangement decides the kind: a perovskite along [100], a single sublattice, or another zone axis.
 *
 * The uniform lattice is the least-squares fit of position = origin + i a + j b, with a and b common to both
 * sublattices and an origin for each; AtomColumn::deviation is measured minus fitted (paper Fig. 1d).
 *
 * Real scans shift lines and real columns are not quite Gaussian. What A columns on the same lines have in common is
 * taken off the positions of all columns where the data permit (ScanCorrection; AtomColumn::lineShift); what is left of
 * it, and the scatter of single columns about their neighbours beyond the stated errors, is added to the covariances
 * (AtomColumn::scanVariance, AtomColumnSet::GetScanLines). Lattice::Values::scan says what was found and done.
 *
 * Columns that stand out of the noise from their like neighbours by place or height are flagged (outlier, faint) with a
 * stated probability of a false alarm; GetDefects() says how many are found and expected. A column whose neighbour
 * deviates in the same way is part of a wall or an interface and is not flagged.
 *
 * Input: columns, best refined. Outputs: the columns with sublattice, i, j, deviation and flags (0), the lattice (1).
 * Throws AnalysisError when the columns form no lattice.
 */
class FerroscopeLatticeAnalysis_EXPORT LatticeAnalysisFilter : public itk::ProcessObject
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(LatticeAnalysisFilter);
  using Self = LatticeAnalysisFilter;
  using Superclass = itk::ProcessObject;
  using Pointer = itk::SmartPointer<Self>;
  using ConstPointer = itk::SmartPointer<const Self>;
  itkNewMacro(Self);
  itkTypeMacro(LatticeAnalysisFilter, ProcessObject);

  using Superclass::SetInput;
  void SetInput(const AtomColumnSet * columns);
  AtomColumnSet * GetOutput();
  Lattice * GetLattice();

  /** Exchange the names A and B. Default off: A is the brighter sublattice. */
  itkSetMacro(SwapSublattices, bool);
  itkGetConstMacro(SwapSublattices, bool);
  itkBooleanMacro(SwapSublattices);
  /** Add the scatter of neighbours that the fits do not explain to the covariances. Default on. */
  itkSetMacro(AddScanScatter, bool);
  itkGetConstMacro(AddScanScatter, bool);
  itkBooleanMacro(AddScanScatter);

  /** What is taken off the positions. Default: Automatic. Affine needs a known cell; Full takes off linear drift where
   * one is known. Drift goes to AtomColumn::driftShift. */
  itkSetEnumMacro(ScanCorrection, ScanCorrection);
  itkGetEnumMacro(ScanCorrection, ScanCorrection);

  /** Probability that noise alone flags a column by its place, and the same by its height. 0: only gross ones are
   * flagged. Default 1e-4. */
  itkSetClampMacro(FalseAlarmProbability, double, 0.0, 0.1);
  itkGetConstMacro(FalseAlarmProbability, double);
  /** Vacancies, faint and displaced columns of the last run. */
  const DefectStatistics &
  GetDefects() const
  {
    return m_Defects;
  }

  /** A known cell, by which linear drift is recognised: the mean edges in a region stand at right angles and have the
   * ratio of the known ones.
   * \param cell edges; their ratio counts
   * \param upperLeft corner of the region, pixels
   * \param lowerRight the opposite corner; the same: everywhere */
  void
  SetKnownCell(const CalibrationTarget & cell, const Eigen::Vector2d & upperLeft, const Eigen::Vector2d & lowerRight)
  {
    m_KnownCell = cell;
    m_KnownUpperLeft = upperLeft;
    m_KnownLowerRight = lowerRight;
    this->Modified();
  }

protected:
  LatticeAnalysisFilter();
  ~LatticeAnalysisFilter() override = default;
  itk::DataObject::Pointer MakeOutput(DataObjectPointerArraySizeType index) override;
  using Superclass::MakeOutput;
  void GenerateData() override;
  void PrintSelf(std::ostream & os, itk::Indent indent) const override;

private:
  bool m_SwapSublattices = false;
  bool m_AddScanScatter = true;
  double m_FalseAlarmProbability = 1e-4;
  DefectStatistics m_Defects;
  ScanCorrection m_ScanCorrection = ScanCorrection::Automatic;
  CalibrationTarget m_KnownCell;
  Eigen::Vector2d m_KnownUpperLeft = Eigen::Vector2d::Zero();
  Eigen::Vector2d m_KnownLowerRight = Eigen::Vector2d::Zero();
};
} // namespace ferro

#endif
