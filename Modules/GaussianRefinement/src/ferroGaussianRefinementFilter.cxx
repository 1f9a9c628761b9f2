#include "ferroGaussianRefinementFilter.h"

#include "ferroColumnRefiner.h"
#include "ferroErrors.h"

#include "itkMultiThreaderBase.h"

#include <algorithm>

namespace ferro
{
GaussianRefinementFilter::GaussianRefinementFilter()
{
  this->SetNumberOfRequiredInputs(2);
  this->SetNumberOfRequiredOutputs(1);
  this->SetNthOutput(0, this->MakeOutput(0));
}

itk::DataObject::Pointer
GaussianRefinementFilter::MakeOutput(DataObjectPointerArraySizeType)
{
  return AtomColumnSet::New().GetPointer();
}

void
GaussianRefinementFilter::SetInput(const MicrographType * image)
{
  this->ProcessObject::SetNthInput(0, const_cast<MicrographType *>(image));
}

void
GaussianRefinementFilter::SetColumns(const AtomColumnSet * columns)
{
  this->ProcessObject::SetNthInput(1, const_cast<AtomColumnSet *>(columns));
}

AtomColumnSet *
GaussianRefinementFilter::GetOutput()
{
  return dynamic_cast<AtomColumnSet *>(this->ProcessObject::GetOutput(0));
}

void
GaussianRefinementFilter::GenerateInputRequestedRegion()
{
  Superclass::GenerateInputRequestedRegion();
  if (auto * image = dynamic_cast<MicrographType *>(this->ProcessObject::GetInput(0)))
  {
    image->SetRequestedRegionToLargestPossibleRegion();
  }
}

void
GaussianRefinementFilter::GenerateData()
{
  const auto * image = dynamic_cast<const MicrographType *>(this->ProcessObject::GetInput(0));
  const auto * columns = dynamic_cast<const AtomColumnSet *>(this->ProcessObject::GetInput(1));
  if (!image || !columns)
  {
    itkExceptionMacro("needs an image (SetInput) and columns (SetColumns)");
  }
  const ImageGeometry geometry = GetImageGeometry(*image);
  if (columns->GetGeometry().width != geometry.width || columns->GetGeometry().height != geometry.height)
  {
    throw UsageError("the columns belong to an image of " + std::to_string(columns->GetGeometry().width) + " x " +
                     std::to_string(columns->GetGeometry().height) + " px, but the image has " +
                     std::to_string(geometry.width) + " x " + std::to_string(geometry.height) + " px");
  }
  if (!(columns->GetColumnSigma() > 0.0))
  {
    throw UsageError("refinement needs a column width (AtomColumnSet::SetColumnSigma) to start from");
  }
  AtomColumnSet * output = this->GetOutput();
  output->Graft(columns);
  output->SetGeometry(geometry);
  const auto parallel = [this](std::size_t count, const std::function<void(std::size_t)> & body)
  {
    this->GetMultiThreader()->SetNumberOfWorkUnits(this->GetNumberOfWorkUnits());
    this->GetMultiThreader()->ParallelizeArray(
      0, count, [&body](itk::SizeValueType n) { body(n); }, nullptr);
  };
  const auto step = [this](float progress)
  {
    this->UpdateProgress(progress);
    if (this->GetAbortGenerateData())
    {
      throw itk::ProcessAborted(__FILE__, __LINE__);
    }
  };
  ColumnRefiner refiner(image->GetBufferPointer(), geometry.width, geometry.height, *columns, m_WindowSigmas, parallel);
  // First with fixed round shapes and without weights, until the neighbours stand about right.
  constexpr int RoughSweeps = 2;
  const auto total = static_cast<float>(RoughSweeps + m_MaximumSweeps);
  for (int sweep = 0; sweep < RoughSweeps; ++sweep)
  {
    refiner.Sweep(0.0);
    step(static_cast<float>(sweep + 1) / total);
  }
  refiner.EstimateNoise();
  // A column may differ from the typical one, and later from the like ones around it, by about this much.
  double shapeSpread = m_Isotropic ? 0.0 : 0.35;
  const double likeSpread = m_Isotropic ? 0.0 : 0.07;
  constexpr double StillMoving = 2e-3; // pixels
  for (unsigned int sweep = 0; sweep < m_MaximumSweeps; ++sweep)
  {
    const double moved = refiner.Sweep(shapeSpread);
    step((RoughSweeps + static_cast<float>(sweep) + 1.0F) / total);
    if (sweep == 1)
    {
      refiner.UpdateExpectedShape();
      refiner.UpdateBackgroundSlopes();
      shapeSpread = likeSpread;
      refiner.EstimateNoise();
    }
    else if (sweep > 1 && moved < StillMoving)
    {
      break;
    }
  }
  refiner.MeasureResiduals();
  refiner.Store(*output);
  if (m_DropOutside)
  {
    auto & container = output->GetColumns();
    const Eigen::Vector2d last(static_cast<double>(geometry.width) - 0.5, static_cast<double>(geometry.height) - 0.5);
    const auto outside = [&last](const AtomColumn & column)
    { return column.position.minCoeff() < -0.5 || (column.position.array() > last.array()).any(); };
    container.erase(std::remove_if(container.begin(), container.end(), outside), container.end());
  }
  output->Modified();
  step(1.0F);
}

void
GaussianRefinementFilter::PrintSelf(std::ostream & os, itk::Indent indent) const
{
  Superclass::PrintSelf(os, indent);
  os << indent << "WindowSigmas: " << m_WindowSigmas << '\n';
  os << indent << "MaximumSweeps: " << m_MaximumSweeps << '\n';
  os << indent << "Isotropic: " << m_Isotropic << '\n';
  os << indent << "DropOutside: " << m_DropOutside << '\n';
}
} // namespace ferro
