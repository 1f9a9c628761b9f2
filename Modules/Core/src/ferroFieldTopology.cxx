#include "ferroFieldTopology.h"

namespace ferro
{
void
FieldTopology::Graft(const itk::DataObject * other)
{
  const auto * topology = dynamic_cast<const FieldTopology *>(other);
  if (!topology)
  {
    itkExceptionMacro("can only graft another FieldTopology");
  }
  this->Set(topology->m_Values);
}

void
FieldTopology::Initialize()
{
  Superclass::Initialize();
  m_Values = Values();
}
} // namespace ferro
