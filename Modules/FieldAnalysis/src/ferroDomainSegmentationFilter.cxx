#include "ferroDomainSegmentationFilter.h"

#include "ferroCellField.h"
#include "ferroDomainLabelling.h"
#include "ferroDomainStatistics.h"

#include <sstream>

namespace ferro
{
DomainSegmentationFilter::DomainSegmentationFilter()
{
  this->SetNumberOfRequiredInputs(2);
  this->SetNumberOfRequiredOutputs(2);
  this->SetNthOutput(0, this->MakeOutput(0));
  this->SetNthOutput(1, this->MakeOutput(1));
}

itk::DataObject::Pointer
DomainSegmentationFilter::MakeOutput(DataObjectPointerArraySizeType index)
{
  if (index == 1)
  {
    return DomainMap::New().GetPointer();
  }
  return UnitCellSet::New().GetPointer();
}

void
DomainSegmentationFilter::SetInput(const UnitCellSet * cells)
{
  this->ProcessObject::SetNthInput(0, const_cast<UnitCellSet *>(cells));
}

void
DomainSegmentationFilter::SetColumns(const AtomColumnSet * columns)
{
  this->ProcessObject::SetNthInput(1, const_cast<AtomColumnSet *>(columns));
}

UnitCellSet *
DomainSegmentationFilter::GetOutput()
{
  return dynamic_cast<UnitCellSet *>(this->ProcessObject::GetOutput(0));
}

DomainMap *
DomainSegmentationFilter::GetDomains()
{
  return dynamic_cast<DomainMap *>(this->ProcessObject::GetOutput(1));
}

void
DomainSegmentationFilter::GenerateData()
{
  const auto * cells = dynamic_cast<const UnitCellSet *>(this->ProcessObject::GetInput(0));
  const auto * columns = dynamic_cast<const AtomColumnSet *>(this->ProcessObject::GetInput(1));
  if (!cells || !columns)
  {
    itkExceptionMacro("needs cells (SetInput) and their columns (SetColumns)");
  }
  this->UpdateProgress(0.0F);
  const CellField field(*cells, *columns);
  constexpr double UsualCellPm = 390.0;
  const double threshold =
    field.Geometry().calibrated ? m_PolarThresholdPm : m_PolarThresholdPm / UsualCellPm * field.Spacing();
  const DomainLabels labels = LabelDomains(field, threshold, m_MinimumCells);
  this->UpdateProgress(0.5F);
  UnitCellSet * output = this->GetOutput();
  output->Graft(cells);
  for (std::size_t k = 0; k < field.Size(); ++k)
  {
    output->GetCells()[k].domain = labels.domain[k];
  }
  output->Modified();
  DomainMap::Values values = MeasureDomains(field, labels);
  values.threshold = threshold;
  this->GetDomains()->Set(std::move(values));
  this->UpdateProgress(1.0F);
}

void
DomainSegmentationFilter::PrintSelf(std::ostream & os, itk::Indent indent) const
{
  Superclass::PrintSelf(os, indent);
  os << indent << "PolarThresholdPm: " << m_PolarThresholdPm << '\n';
  os << indent << "MinimumCells: " << m_MinimumCells << '\n';
}
} // namespace ferro
