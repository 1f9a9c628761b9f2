#include "ferroLocalAverageFilter.h"

#include "ferroCellCombination.h"
#include "ferroCellField.h"

#include "itkMultiThreaderBase.h"

#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ferro
{
LocalAverageFilter::LocalAverageFilter()
{
  this->SetNumberOfRequiredInputs(2);
  this->SetNumberOfRequiredOutputs(1);
  this->SetNthOutput(0, this->MakeOutput(0));
}

itk::DataObject::Pointer
LocalAverageFilter::MakeOutput(DataObjectPointerArraySizeType)
{
  return UnitCellSet::New().GetPointer();
}

void
LocalAverageFilter::SetInput(const UnitCellSet * cells)
{
  this->ProcessObject::SetNthInput(0, const_cast<UnitCellSet *>(cells));
}

void
LocalAverageFilter::SetColumns(const AtomColumnSet * columns)
{
  this->ProcessObject::SetNthInput(1, const_cast<AtomColumnSet *>(columns));
}

UnitCellSet *
LocalAverageFilter::GetOutput()
{
  return dynamic_cast<UnitCellSet *>(this->ProcessObject::GetOutput(0));
}

void
LocalAverageFilter::GenerateData()
{
  const auto * cells = dynamic_cast<const UnitCellSet *>(this->ProcessObject::GetInput(0));
  const auto * columns = dynamic_cast<const AtomColumnSet *>(this->ProcessObject::GetInput(1));
  if (!cells || !columns)
  {
    itkExceptionMacro("needs cells (SetInput) and their columns (SetColumns)");
  }
  this->UpdateProgress(0.0F);
  const CellField field(*cells, *columns);
  UnitCellSet * output = this->GetOutput();
  output->Graft(cells);
  auto & averaged = output->GetCells();
  const int reach = static_cast<int>(std::floor(m_RadiusCells));
  const double limit = m_RadiusCells * m_RadiusCells + 1e-9;
  const Eigen::Vector2d toPixels = field.Geometry().VectorScale().cwiseInverse();

  const auto average = [&](std::size_t k, CellCombination & combination, std::vector<std::size_t> & members,
                           std::vector<Eigen::Matrix2d> & weights)
  {
    const UnitCell & cell = field.Cell(k);
    members.clear();
    weights.clear();
    Eigen::Matrix2d total = Eigen::Matrix2d::Zero();
    for (int dj = -reach; dj <= reach; ++dj)
    {
      for (int di = -reach; di <= reach; ++di)
      {
        if (di * di + dj * dj > limit)
        {
          continue;
        }
        const std::size_t next = field.At(cell.i + di, cell.j + dj);
        if (next == CellField::None || !field.IsTrusted(next) ||
            (!m_AcrossWalls && field.Cell(next).domain != cell.domain))
        {
          continue;
        }
        // Cells without a known error have one weight.
        const Eigen::Matrix2d & covariance = field.Covariance(next);
        const bool known = covariance.determinant() > 0.0;
        members.push_back(next);
        weights.push_back(known ? Eigen::Matrix2d(covariance.inverse()) : Eigen::Matrix2d(Eigen::Matrix2d::Identity()));
        total += weights.back();
      }
    }
    if (members.empty())
    {
      averaged[k].polarization.setConstant(std::numeric_limits<double>::quiet_NaN());
      averaged[k].covariance.setZero();
      return;
    }
    const Eigen::Matrix2d norm = total.inverse();
    Eigen::Vector2d mean = Eigen::Vector2d::Zero();
    combination.Clear();
    for (std::size_t n = 0; n < members.size(); ++n)
    {
      const Eigen::Matrix2d weight = norm * weights[n];
      mean += weight * field.Vector(members[n]);
      combination.Add(field.Cell(members[n]), weight);
    }
    averaged[k].polarization = mean.cwiseProduct(toPixels);
    averaged[k].covariance = toPixels.asDiagonal() * combination.Covariance() * toPixels.asDiagonal();
  };
  const std::size_t blocks = std::clamp<std::size_t>(field.Size() / 1000, 1, 16);
  const auto run = [&](itk::SizeValueType block)
  {
    CellCombination combination(*columns);
    std::vector<std::size_t> members;
    std::vector<Eigen::Matrix2d> weights;
    const std::size_t last = (block + 1) * field.Size() / blocks;
    for (std::size_t k = block * field.Size() / blocks; k < last; ++k)
    {
      average(k, combination, members, weights);
    }
  };
  this->GetMultiThreader()->SetNumberOfWorkUnits(this->GetNumberOfWorkUnits());
  this->GetMultiThreader()->ParallelizeArray(0, blocks, run, nullptr);
  output->Modified();
  this->UpdateProgress(1.0F);
}

void
LocalAverageFilter::PrintSelf(std::ostream & os, itk::Indent indent) const
{
  Superclass::PrintSelf(os, indent);
  os << indent << "RadiusCells: " << m_RadiusCells << '\n';
  os << indent << "AcrossWalls: " << m_AcrossWalls << '\n';
}
} // namespace ferro
