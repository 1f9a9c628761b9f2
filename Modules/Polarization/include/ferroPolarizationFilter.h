#ifndef ferroPolarizationFilter_h
#define ferroPolarizationFilter_h

#include "FerroscopePolarizationExport.h"
#include "ferroAtomColumnSet.h"
#include "ferroLattice.h"
#include "ferroUnitCellSet.h"
#include "itkProcessObject.h"

#include <Eigen/Core>

namespace ferro
{
/** What is taken off the polar displacement of every cell. */
enum class PolarizationReference
{
  None,  ///< nothing (default)
  Mean,  ///< the mean over all cells without a flag
  Region ///< the mean over the cells without a flag inside the reference region, for example a non-polar substrate
};

/** \class PolarizationFilter
 * \brief Polar displacement, cell shape and strain of every unit cell, with covariances.
 *
 * B-centred: P = r(B) - mean of the four r(A) around it; A-centred: P = mean of the four r(B) - r(A). Both point the
 * same way. With independent columns C_P = C_center + (1/16) sum of the corners' C;
 * scan errors that columns in the same lines have in common (AtomColumn::scanVariance) are taken as such. Only cells
 * with all four corners are made.
 *
 * a and b are the mean lengths of opposite edges, gamma the angle between the mean edges, area that of the
 * quadrilateral of the corners. Strain and rotation: F E0 = E with the mean edges E of the cell and E0 of the reference
 * (the mean over all cells, or over the reference region); strain = (F + F^T) / 2 - 1.
 *
 * Inputs: labelled columns (0) and their lattice (1). Output: UnitCellSet, sorted by j, then i; empty
 * when the lattice does not define a polarization (Lattice::IsPolarizationDefined).
 */
class FerroscopePolarization_EXPORT PolarizationFilter : public itk::ProcessObject
{
public:
  ITK_DISALLOW_COPY_AND_MOVE(PolarizationFilter);
  using Self = PolarizationFilter;
  using Superclass = itk::ProcessObject;
  using Pointer = itk::SmartPointer<Self>;
  using ConstPointer = itk::SmartPointer<const Self>;
  itkNewMacro(Self);
  itkTypeMacro(PolarizationFilter, ProcessObject);

  using Superclass::SetInput;
  void SetInput(const AtomColumnSet * columns);
  void SetLattice(const Lattice * lattice);
  UnitCellSet * GetOutput();

  /** Sublattice in the centre of the cells. Default B. */
  void
  SetCenter(Sublattice center)
  {
    m_Center = center;
    this->Modified();
  }
  Sublattice
  GetCenter() const
  {
    return m_Center;
  }
  void
  SetReference(PolarizationReference reference)
  {
    m_Reference = reference;
    this->Modified();
  }
  PolarizationReference
  GetReference() const
  {
    return m_Reference;
  }
  /** Reference region for strain and for PolarizationReference::Region: corners in pixels. Empty (default): all cells.
   */
  void
  SetReferenceRegion(const Eigen::Vector2d & upperLeft, const Eigen::Vector2d & lowerRight)
  {
    m_UpperLeft = upperLeft;
    m_LowerRight = lowerRight;
    this->Modified();
  }
  const Eigen::Vector2d &
  GetReferenceUpperLeft() const
  {
    return m_UpperLeft;
  }
  const Eigen::Vector2d &
  GetReferenceLowerRight() const
  {
    return m_LowerRight;
  }
  /** Factor from pm to uC/cm^2 (see MicrocoulombPerPicometre in ferroCrystal.h); 0 (default): not computed. */
  itkSetMacro(MicrocoulombPerPicometre, double);
  itkGetConstMacro(MicrocoulombPerPicometre, double);

protected:
  PolarizationFilter();
  ~PolarizationFilter() override = default;
  itk::DataObject::Pointer MakeOutput(DataObjectPointerArraySizeType index) override;
  using Superclass::MakeOutput;
  void GenerateData() override;
  void PrintSelf(std::ostream & os, itk::Indent indent) const override;

private:
  bool IsReferenceCell(const UnitCell & cell) const;
  void SubtractReference(UnitCellSet & cells, const AtomColumnSet & columns) const;

  Sublattice m_Center = Sublattice::B;
  PolarizationReference m_Reference = PolarizationReference::None;
  Eigen::Vector2d m_UpperLeft = Eigen::Vector2d::Zero();
  Eigen::Vector2d m_LowerRight = Eigen::Vector2d::Zero();
  double m_MicrocoulombPerPicometre = 0.0;
};
} // namespace ferro

#endif
