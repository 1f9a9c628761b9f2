#include "ferroLattice.h"

namespace ferro
{
void
Lattice::Graft(const itk::DataObject * other)
{
  const auto * lattice = dynamic_cast<const Lattice *>(other);
  if (!lattice)
  {
    itkExceptionMacro("Graft needs a Lattice, got " << (other ? other->GetNameOfClass() : "null"));
  }
  m_Values = lattice->m_Values;
  this->Modified();
}

void
Lattice::Initialize()
{
  Superclass::Initialize();
  m_Values = Values();
}

void
Lattice::PrintSelf(std::ostream & os, itk::Indent indent) const
{
  Superclass::PrintSelf(os, indent);
  os << indent << "Kind: " << ToString(m_Values.kind) << '\n';
  os << indent << "Description: " << m_Values.description << '\n';
  os << indent << "Origin: " << m_Values.origin.transpose() << " px\n";
  os << indent << "a: " << m_Values.a.transpose() << " px\n";
  os << indent << "b: " << m_Values.b.transpose() << " px\n";
}

std::string
ToString(LatticeKind kind)
{
  switch (kind)
  {
    case LatticeKind::Perovskite100:
      return "perovskite-100";
    case LatticeKind::SingleSublattice:
      return "single-sublattice";
    case LatticeKind::OtherZoneAxis:
      return "other-zone-axis";
    case LatticeKind::Unknown:
      break;
  }
  return "unknown";
}

std::string
ToString(ScanCorrection correction)
{
  switch (correction)
  {
    case ScanCorrection::None:
      return "none";
    case ScanCorrection::Rows:
      return "rows";
    case ScanCorrection::Affine:
      return "affine";
    case ScanCorrection::Full:
      return "full";
    case ScanCorrection::Automatic:
      break;
  }
  return "automatic";
}
} // namespace ferro
