#include "ferroFieldTopologyFilter.h"

#include "ferroCellCombination.h"
#include "ferroCellField.h"
#include "ferroVortexSearch.h"

#include "itkMultiThreaderBase.h"

#include <Eigen/Cholesky>
#include <Eigen/LU>

#include <algorithm>
#include <array>
#include <cmath>

namespace ferro
{
namespace
{
/** The gradients of the plane of least squares are sums over the cells: weights[n] = (weight for d/dx, for d/dy). */
struct PlaneWeights
{
  std::size_t count = 0;
  std::array<std::size_t, 9> cells = {};
  std::array<Eigen::Vector2d, 9> weights;
};

PlaneWeights
FitPlane(const CellField & field, std::size_t k)
{
  PlaneWeights plane;
  std::array<Eigen::Vector2d, 9> offsets;
  Eigen::Vector2d mean = Eigen::Vector2d::Zero();
  for (int d = 0; d < 9; ++d)
  {
    const std::size_t next = field.Neighbor(k, d % 3 - 1, d / 3 - 1);
    if (next != CellField::None && field.IsTrusted(next))
    {
      plane.cells[plane.count] = next;
      offsets[plane.count] = field.Place(next) - field.Place(k);
      mean += offsets[plane.count];
      ++plane.count;
    }
  }
  constexpr std::size_t Fewest = 4;
  if (plane.count < Fewest)
  {
    plane.count = 0;
    return plane;
  }
  mean /= static_cast<double>(plane.count);
  Eigen::Matrix2d normal = Eigen::Matrix2d::Zero();
  for (std::size_t n = 0; n < plane.count; ++n)
  {
    offsets[n] -= mean;
    normal += offsets[n] * offsets[n].transpose();
  }
  // Cells in a row say nothing about the other direction.
  const double spacing2 = field.Spacing() * field.Spacing();
  if (normal.determinant() < 0.5 * spacing2 * spacing2)
  {
    plane.count = 0;
    return plane;
  }
  const Eigen::Matrix2d inverse = normal.inverse();
  for (std::size_t n = 0; n < plane.count; ++n)
  {
    plane.weights[n] = inverse * offsets[n];
  }
  return plane;
}

FieldDerivative
Differentiate(const CellField & field, std::size_t k, CellCombination & combination)
{
  FieldDerivative derivative;
  const PlaneWeights plane = FitPlane(field, k);
  if (plane.count == 0 || !field.IsTrusted(k))
  {
    return derivative;
  }
  const double perLength = field.Geometry().calibrated ? 1e-3 : 1.0; // pm per nm, or px per px
  Eigen::Vector2d sum = Eigen::Vector2d::Zero();
  combination.Clear();
  for (std::size_t n = 0; n < plane.count; ++n)
  {
    const Eigen::Vector2d & w = plane.weights[n];
    Eigen::Matrix2d both;
    both << w.x(), w.y(), w.y(), -w.x(); // rows: divergence, curl
    sum += both * field.Vector(plane.cells[n]);
    combination.Add(field.Cell(plane.cells[n]), both);
  }
  const Eigen::Vector2d variance = combination.Covariance().diagonal().cwiseMax(0.0);
  derivative.divergence = perLength * sum.x();
  derivative.curl = perLength * sum.y();
  derivative.divergenceError = perLength * std::sqrt(variance.x());
  derivative.curlError = perLength * std::sqrt(variance.y());
  return derivative;
}
} // namespace

FieldTopologyFilter::FieldTopologyFilter()
{
  this->SetNumberOfRequiredInputs(2);
  this->SetNumberOfRequiredOutputs(1);
  this->SetNthOutput(0, this->MakeOutput(0));
}

itk::DataObject::Pointer
FieldTopologyFilter::MakeOutput(DataObjectPointerArraySizeType)
{
  return FieldTopology::New().GetPointer();
}

void
FieldTopologyFilter::SetInput(const UnitCellSet * cells)
{
  this->ProcessObject::SetNthInput(0, const_cast<UnitCellSet *>(cells));
}

void
FieldTopologyFilter::SetColumns(const AtomColumnSet * columns)
{
  this->ProcessObject::SetNthInput(1, const_cast<AtomColumnSet *>(columns));
}

FieldTopology *
FieldTopologyFilter::GetOutput()
{
  return dynamic_cast<FieldTopology *>(this->ProcessObject::GetOutput(0));
}

void
FieldTopologyFilter::GenerateData()
{
  const auto * cells = dynamic_cast<const UnitCellSet *>(this->ProcessObject::GetInput(0));
  const auto * columns = dynamic_cast<const AtomColumnSet *>(this->ProcessObject::GetInput(1));
  if (!cells || !columns)
  {
    itkExceptionMacro("needs cells (SetInput) and their columns (SetColumns)");
  }
  this->UpdateProgress(0.0F);
  const CellField field(*cells, *columns);
  FieldTopology::Values values;
  values.derivatives.resize(field.Size());
  // Each block has scratch of its own; what a cell gets does not depend on the blocks.
  const std::size_t blocks = std::clamp<std::size_t>(field.Size() / 2000, 1, 16);
  const auto differentiate = [&](itk::SizeValueType block)
  {
    CellCombination combination(*columns);
    const std::size_t last = (block + 1) * field.Size() / blocks;
    for (std::size_t k = block * field.Size() / blocks; k < last; ++k)
    {
      values.derivatives[k] = Differentiate(field, k, combination);
    }
  };
  this->GetMultiThreader()->SetNumberOfWorkUnits(this->GetNumberOfWorkUnits());
  this->GetMultiThreader()->ParallelizeArray(0, blocks, differentiate, nullptr);
  this->UpdateProgress(0.5F);
  FindVortices(field, m_FalseAlarms, values);
  this->GetOutput()->Set(std::move(values));
  this->UpdateProgress(1.0F);
}

void
FieldTopologyFilter::PrintSelf(std::ostream & os, itk::Indent indent) const
{
  Superclass::PrintSelf(os, indent);
  os << indent << "FalseAlarms: " << m_FalseAlarms << '\n';
}
} // namespace ferro
