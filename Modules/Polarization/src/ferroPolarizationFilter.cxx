#include "ferroPolarizationFilter.h"

#include "ferroCellGeometry.h"
#include "ferroErrors.h"
#include "ferroMeanPolarization.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <sstream>

namespace ferro
{
namespace
{
using Sites = std::map<std::pair<int, int>, std::size_t>;

/** Indices, relative to the central column, of the corners (0,0), (1,0), (1,1), (0,1) of its cell. */
std::array<std::pair<int, int>, 4>
CornerSteps(Sublattice center)
{
  // The A column (i, j) is the upper left corner of the B column (i, j), which is the lower right one of A's own cell.
  if (center == Sublattice::B)
  {
    return {{{0, 0}, {1, 0}, {1, 1}, {0, 1}}};
  }
  return {{{-1, -1}, {0, -1}, {0, 0}, {-1, 0}}};
}

/** Covariance of centre minus mean of the corners. The fits are independent; what the errors of the scan have in common
 * falls out of the difference. */
Eigen::Matrix2d
CellCovariance(const AtomColumnSet & columns, const UnitCell & cell)
{
  const auto & container = columns.GetColumns();
  const std::array<std::size_t, 5> members = {
    {cell.centerColumn, cell.corners[0], cell.corners[1], cell.corners[2], cell.corners[3]}};
  const double weights[5] = {1.0, -0.25, -0.25, -0.25, -0.25};
  Eigen::Matrix2d covariance = Eigen::Matrix2d::Zero();
  for (std::size_t k = 0; k < members.size(); ++k)
  {
    const AtomColumn & column = container[members[k]];
    covariance += weights[k] * weights[k] * column.covariance;
    for (std::size_t l = k + 1; l < members.size(); ++l)
    {
      for (const auto axis : {ScanLines::X, ScanLines::Y})
      {
        covariance(axis, axis) += 2.0 * weights[k] * weights[l] * columns.ScanCovariance(axis, members[k], members[l]);
      }
    }
  }
  return covariance;
}
} // namespace

PolarizationFilter::PolarizationFilter()
{
  this->SetNumberOfRequiredInputs(2);
  this->SetNumberOfRequiredOutputs(1);
  this->SetNthOutput(0, this->MakeOutput(0));
}

itk::DataObject::Pointer
PolarizationFilter::MakeOutput(DataObjectPointerArraySizeType)
{
  return UnitCellSet::New().GetPointer();
}

void
PolarizationFilter::SetInput(const AtomColumnSet * columns)
{
  this->ProcessObject::SetNthInput(0, const_cast<AtomColumnSet *>(columns));
}

void
PolarizationFilter::SetLattice(const Lattice * lattice)
{
  this->ProcessObject::SetNthInput(1, const_cast<Lattice *>(lattice));
}

UnitCellSet *
PolarizationFilter::GetOutput()
{
  return dynamic_cast<UnitCellSet *>(this->ProcessObject::GetOutput(0));
}

bool
PolarizationFilter::IsReferenceCell(const UnitCell & cell) const
{
  const bool everywhere = m_UpperLeft == m_LowerRight;
  return cell.flags == FlagNone && (everywhere || ((cell.position - m_UpperLeft).minCoeff() >= 0.0 &&
                                                   (m_LowerRight - cell.position).minCoeff() >= 0.0));
}

void
PolarizationFilter::GenerateData()
{
  const auto * columns = dynamic_cast<const AtomColumnSet *>(this->ProcessObject::GetInput(0));
  const auto * lattice = dynamic_cast<const Lattice *>(this->ProcessObject::GetInput(1));
  if (!columns || !lattice)
  {
    itkExceptionMacro("needs labelled columns (SetInput) and their lattice (SetLattice)");
  }
  UnitCellSet * output = this->GetOutput();
  output->Initialize();
  output->SetGeometry(columns->GetGeometry());
  output->SetMicrocoulombPerPicometre(m_MicrocoulombPerPicometre);
  this->UpdateProgress(0.0F);
  if (!lattice->IsPolarizationDefined())
  {
    return;
  }
  const auto & container = columns->GetColumns();
  const Sublattice corner = m_Center == Sublattice::B ? Sublattice::A : Sublattice::B;
  Sites corners;
  std::map<std::pair<int, int>, std::size_t> centers; // by (j, i): row by row
  for (std::size_t n = 0; n < container.size(); ++n)
  {
    if (!container[n].indexed)
    {
      continue;
    }
    if (container[n].sublattice == corner)
    {
      corners[{container[n].i, container[n].j}] = n;
    }
    else if (container[n].sublattice == m_Center)
    {
      centers[{container[n].j, container[n].i}] = n;
    }
  }
  const double sign = m_Center == Sublattice::B ? 1.0 : -1.0;
  const auto steps = CornerSteps(m_Center);
  UnitCellSet::ContainerType cells;
  std::vector<Eigen::Matrix2d> edges;
  for (const auto & [place, center] : centers)
  {
    UnitCell cell;
    cell.center = m_Center;
    cell.centerColumn = center;
    const AtomColumn & middle = container[center];
    cell.i = middle.i;
    cell.j = middle.j;
    cell.position = middle.position;
    CellCorners physical;
    Eigen::Vector2d mean = Eigen::Vector2d::Zero();
    cell.flags = middle.flags;
    bool complete = true;
    for (std::size_t k = 0; k < steps.size() && complete; ++k)
    {
      const auto site = corners.find({cell.i + steps[k].first, cell.j + steps[k].second});
      complete = site != corners.end();
      if (complete)
      {
        const AtomColumn & column = container[site->second];
        cell.corners[k] = site->second;
        physical[k] = columns->GetGeometry().ToPhysical(column.Undistorted());
        mean += 0.25 * column.Undistorted();
        // A vacancy next to a corner does not touch this cell.
        if (column.flags & ~static_cast<std::uint32_t>(FlagNearVacancy))
        {
          cell.flags |= FlagNeighborDoubt;
        }
      }
    }
    if (!complete)
    {
      continue;
    }
    cell.polarization = sign * (middle.Undistorted() - mean);
    cell.covariance = CellCovariance(*columns, cell);
    SetCellShape(physical, cell);
    edges.push_back(MeanEdges(physical));
    cells.push_back(cell);
  }

  Eigen::Matrix2d reference = Eigen::Matrix2d::Zero();
  double count = 0.0;
  for (std::size_t n = 0; n < cells.size(); ++n)
  {
    if (this->IsReferenceCell(cells[n]))
    {
      reference += edges[n];
      count += 1.0;
    }
  }
  if (count > 0.0)
  {
    reference /= count;
    for (std::size_t n = 0; n < cells.size(); ++n)
    {
      SetCellStrain(edges[n], reference, cells[n]);
    }
  }
  else if (m_UpperLeft != m_LowerRight)
  {
    std::ostringstream message;
    message << "no cell without a flag lies in the reference region from (" << m_UpperLeft.x() << ", "
            << m_UpperLeft.y() << ") to (" << m_LowerRight.x() << ", " << m_LowerRight.y() << ") px";
    throw AnalysisError(message.str());
  }
  output->SetCells(std::move(cells));
  this->SubtractReference(*output, *columns);
  this->UpdateProgress(1.0F);
}

void
PolarizationFilter::SubtractReference(UnitCellSet & cells, const AtomColumnSet & columns) const
{
  if (m_Reference == PolarizationReference::None)
  {
    return;
  }
  if (m_Reference == PolarizationReference::Region && m_UpperLeft == m_LowerRight)
  {
    throw UsageError("subtracting the mean of a region needs a reference region");
  }
  const bool everywhere = m_Reference == PolarizationReference::Mean;
  const MeanPolarization reference =
    MeasureMeanPolarization(cells, columns, everywhere ? Eigen::Vector2d(Eigen::Vector2d::Zero()) : m_UpperLeft,
                            everywhere ? Eigen::Vector2d(Eigen::Vector2d::Zero()) : m_LowerRight);
  if (reference.cells == 0)
  {
    throw AnalysisError("no cell without a flag to take the mean polarization of");
  }
  const Eigen::Vector2d mean = reference.mean;
  const Eigen::Matrix2d covariance = reference.GetCovariance();
  for (auto & cell : cells.GetCells())
  {
    cell.polarization -= mean;
    cell.covariance += covariance;
  }
  cells.SetSubtractedReference(mean);
}

void
PolarizationFilter::PrintSelf(std::ostream & os, itk::Indent indent) const
{
  Superclass::PrintSelf(os, indent);
  os << indent << "Center: " << static_cast<char>(m_Center) << '\n';
  os << indent << "ReferenceRegion: " << m_UpperLeft.transpose() << " to " << m_LowerRight.transpose() << " px\n";
  os << indent << "MicrocoulombPerPicometre: " << m_MicrocoulombPerPicometre << '\n';
}
} // namespace ferro
