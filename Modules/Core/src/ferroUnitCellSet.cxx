#include "ferroUnitCellSet.h"

namespace ferro
{
void
UnitCellSet::Graft(const itk::DataObject * other)
{
  const auto * set = dynamic_cast<const UnitCellSet *>(other);
  if (!set)
  {
    itkExceptionMacro("Graft needs a UnitCellSet, got " << (other ? other->GetNameOfClass() : "null"));
  }
  m_Cells = set->m_Cells;
  m_Geometry = set->m_Geometry;
  m_MicrocoulombPerPicometre = set->m_MicrocoulombPerPicometre;
  m_SubtractedReference = set->m_SubtractedReference;
  m_ExtraColumns = set->m_ExtraColumns;
  this->Modified();
}

void
UnitCellSet::Initialize()
{
  Superclass::Initialize();
  m_Cells.clear();
  m_Geometry = ImageGeometry();
  m_MicrocoulombPerPicometre = 0.0;
  m_SubtractedReference.setZero();
  m_ExtraColumns.clear();
}

void
UnitCellSet::PrintSelf(std::ostream & os, itk::Indent indent) const
{
  Superclass::PrintSelf(os, indent);
  os << indent << "Cells: " << m_Cells.size() << '\n';
  os << indent << "MicrocoulombPerPicometre: " << m_MicrocoulombPerPicometre << '\n';
  os << indent << "SubtractedReference: " << m_SubtractedReference.transpose() << " px\n";
  for (const auto & column : m_ExtraColumns)
  {
    os << indent << "ExtraColumn: " << column.first << '\n';
  }
}
} // namespace ferro
