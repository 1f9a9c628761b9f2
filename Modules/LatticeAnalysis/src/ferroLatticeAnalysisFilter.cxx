#include "ferroLatticeAnalysisFilter.h"

#include "ferroColumnFlagging.h"
#include "ferroDefectSearch.h"
#include "ferroDriftCorrection.h"
#include "ferroScanCorrection.h"
#include "ferroSublatticeModel.h"

#include <Eigen/Cholesky>

#include <cmath>

namespace ferro
{
namespace
{
/** Column of the design matrix: origin of A, origin of B, i, j. */
Eigen::Vector4d
DesignRow(const AtomColumn & column)
{
  const bool isA = column.sublattice == Sublattice::A;
  return {isA ? 1.0 : 0.0, isA ? 0.0 : 1.0, static_cast<double>(column.i), static_cast<double>(column.j)};
}

bool
IsSound(const AtomColumn & column)
{
  return column.indexed && !(column.flags & (FlagFitFailed | FlagEdge | FlagOutlier | FlagOverlap));
}

/** Fits the uniform lattice and sets the deviations. */
void
FitUniformLattice(AtomColumnSet & columns, Lattice::Values & lattice)
{
  Eigen::Matrix4d normal = Eigen::Matrix4d::Identity() * 1e-9; // an absent sublattice has no origin
  Eigen::Matrix<double, 4, 2> right = Eigen::Matrix<double, 4, 2>::Zero();
  for (const auto & column : columns.GetColumns())
  {
    if (IsSound(column))
    {
      const Eigen::Vector4d row = DesignRow(column);
      normal += row * row.transpose();
      right += row * column.Undistorted().transpose();
    }
  }
  const Eigen::Matrix<double, 4, 2> fit = normal.ldlt().solve(right);
  lattice.origin = fit.row(0).transpose();
  lattice.a = fit.row(2).transpose();
  lattice.b = fit.row(3).transpose();
  Eigen::Vector2d squares[2] = {Eigen::Vector2d::Zero(), Eigen::Vector2d::Zero()};
  double counts[2] = {0.0, 0.0};
  for (auto & column : columns.GetColumns())
  {
    if (!column.indexed)
    {
      ++lattice.countOther;
      column.deviation.setConstant(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    const int which = column.sublattice == Sublattice::A ? 0 : 1;
    ++(which == 0 ? lattice.countA : lattice.countB);
    column.deviation = column.Undistorted() - fit.transpose() * DesignRow(column);
    if (IsSound(column))
    {
      squares[which] += column.deviation.cwiseAbs2();
      counts[which] += 1.0;
    }
  }
  for (int which = 0; which < 2; ++which)
  {
    const Eigen::Vector2d rms =
      counts[which] > 0.0 ? Eigen::Vector2d((squares[which] / counts[which]).cwiseSqrt()) : Eigen::Vector2d::Zero();
    (which == 0 ? lattice.rmsDeviationA : lattice.rmsDeviationB) = rms;
  }
}
} // namespace

LatticeAnalysisFilter::LatticeAnalysisFilter()
{
  this->SetNumberOfRequiredInputs(1);
  this->SetNumberOfRequiredOutputs(2);
  this->SetNthOutput(0, this->MakeOutput(0));
  this->SetNthOutput(1, this->MakeOutput(1));
}

itk::DataObject::Pointer
LatticeAnalysisFilter::MakeOutput(DataObjectPointerArraySizeType index)
{
  if (index == 1)
  {
    return Lattice::New().GetPointer();
  }
  return AtomColumnSet::New().GetPointer();
}

void
LatticeAnalysisFilter::SetInput(const AtomColumnSet * columns)
{
  this->ProcessObject::SetNthInput(0, const_cast<AtomColumnSet *>(columns));
}

AtomColumnSet *
LatticeAnalysisFilter::GetOutput()
{
  return dynamic_cast<AtomColumnSet *>(this->ProcessObject::GetOutput(0));
}

Lattice *
LatticeAnalysisFilter::GetLattice()
{
  return dynamic_cast<Lattice *>(this->ProcessObject::GetOutput(1));
}

void
LatticeAnalysisFilter::GenerateData()
{
  const auto * input = dynamic_cast<const AtomColumnSet *>(this->ProcessObject::GetInput(0));
  if (!input)
  {
    itkExceptionMacro("needs an AtomColumnSet (SetInput)");
  }
  AtomColumnSet * columns = this->GetOutput();
  columns->Graft(input);
  columns->SetScanLines(nullptr);
  for (auto & column : columns->GetColumns())
  {
    // What an earlier analysis did is undone, so that it is not done twice.
    column.covariance.diagonal() -= column.scanVariance;
    column.scanVariance.setZero();
    column.scanWitness.fill(false);
    column.position += column.lineShift;
    column.lineShift.setZero();
    column.driftShift.setZero();
  }
  this->UpdateProgress(0.0F);
  const SublatticeModel model(*columns, m_SwapSublattices);
  model.Label(*columns);
  this->UpdateProgress(0.6F);
  Lattice::Values lattice;
  lattice.kind = model.GetKind();
  lattice.description = model.GetDescription();
  lattice.brightnessVote = model.GetBrightnessVote();
  FitUniformLattice(*columns, lattice);
  FlagColumns(*columns, lattice);
  // Once more without what was flagged.
  lattice.countA = lattice.countB = lattice.countOther = 0;
  FitUniformLattice(*columns, lattice);
  const auto fitAgain = [&]
  {
    lattice.countA = lattice.countB = lattice.countOther = 0;
    FitUniformLattice(*columns, lattice);
  };
  if (m_AddScanScatter && CorrectScan(*columns, lattice, m_ScanCorrection))
  {
    fitAgain();
  }
  const bool full = m_ScanCorrection == ScanCorrection::Full;
  if ((full || m_ScanCorrection == ScanCorrection::Affine) &&
      CorrectDrift(*columns, lattice, full, m_KnownCell, m_KnownUpperLeft, m_KnownLowerRight))
  {
    lattice.scan.applied = m_ScanCorrection;
    fitAgain();
  }
  m_Defects = FindDefects(*columns, lattice, m_FalseAlarmProbability);
  this->GetLattice()->Set(lattice);
  columns->Modified();
  this->UpdateProgress(1.0F);
}

void
LatticeAnalysisFilter::PrintSelf(std::ostream & os, itk::Indent indent) const
{
  Superclass::PrintSelf(os, indent);
  os << indent << "SwapSublattices: " << m_SwapSublattices << '\n';
  os << indent << "AddScanScatter: " << m_AddScanScatter << '\n';
  os << indent << "FalseAlarmProbability: " << m_FalseAlarmProbability << '\n';
  os << indent << "ScanCorrection: " << ToString(m_ScanCorrection) << '\n';
}
} // namespace ferro
