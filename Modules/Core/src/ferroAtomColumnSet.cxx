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
  m_PairedScanErrors = set->m_PairedScanErrors;
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
  m_PairedScanErrors.reset();
}

double
AtomColumnSet::ScanCovariance(ScanLines::AxisName axis, std::size_t one, std::size_t other) const
{
  const double paired = m_PairedScanErrors ? m_PairedScanErrors->Covariance(axis, one, other) : 0.0;
  return m_ScanLines
           ? paired + m_ScanLines->Covariance(axis, ScanPlace(m_Columns[one], axis), ScanPlace(m_Columns[other], axis))
           : paired;
}

double
AtomColumnSet::ScanVarianceOfSum(ScanLines::AxisName axis, const std::vector<std::size_t> & columns,
                                 const std::vector<double> & weights) const
{
  double variance = m_PairedScanErrors ? m_PairedScanErrors->VarianceOfSum(axis, columns, weights) : 0.0;
  if (m_ScanLines)
  {
    std::vector<ScanLines::Place> places;
    places.reserve(columns.size());
    for (const std::size_t column : columns)
    {
      places.push_back(ScanPlace(m_Columns[column], axis));
    }
    variance += m_ScanLines->VarianceOfSum(axis, places, weights);
  }
  return variance;
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
