#include "ferroAtomColumnSet.h"

namespace ferro
{
void
AtomColumnSet::Graft(const itk::DataObject * other)
{
  const auto * set = dynamic_cast<const AtomColumnSet *>(other);
  if (!set)
  {
    itkExceptionMacro("Graft needs an AtomColumnSet, got " << (other ? other->GetNameOfClass() : "null"));
  }
  m_Columns = set->m_Columns;
  m_Geometry = set->m_Geometry;
  m_Translations = set->m_Translations;
  m_ColumnSigma = set->m_ColumnSigma;
  m_NoiseGain = set->m_NoiseGain;
  m_NoiseOffset = set->m_NoiseOffset;
  m_ScanLines = set->m_ScanLines;
  this->Modified();
}

void
AtomColumnSet::Initialize()
{
  Superclass::Initialize();
  m_Columns.clear();
  m_Geometry = ImageGeometry();
  m_Translations.setZero();
  m_ColumnSigma = 0.0;
  m_NoiseGain = 0.0;
  m_NoiseOffset = 0.0;
  m_ScanLines.reset();
}

void
AtomColumnSet::PrintSelf(std::ostream & os, itk::Indent indent) const
{
  Superclass::PrintSelf(os, indent);
  os << indent << "Columns: " << m_Columns.size() << '\n';
  os << indent << "Image: " << m_Geometry.width << " x " << m_Geometry.height << " px, "
     << (m_Geometry.calibrated ? "calibrated" : "not calibrated") << '\n';
  os << indent << "ColumnSigma: " << m_ColumnSigma << " px\n";
  os << indent << "NoiseGain: " << m_NoiseGain << '\n';
  os << indent << "NoiseOffset: " << m_NoiseOffset << '\n';
}
} // namespace ferro
