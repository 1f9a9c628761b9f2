#include "ferroPolarizationVectorImageFilter.h"

#include "ferroPointLocator.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ferro
{
namespace
{
itk::Vector<float, 2>
Missing()
{
  itk::Vector<float, 2> vector;
  vector.Fill(std::numeric_limits<float>::quiet_NaN());
  return vector;
}

itk::Vector<float, 2>
ToVector(const Eigen::Vector2d & value)
{
  itk::Vector<float, 2> vector;
  vector[0] = static_cast<float>(value.x());
  vector[1] = static_cast<float>(value.y());
  return vector;
}

void
Allocate(PolarizationImageType & image, long width, long height)
{
  image.SetRegions(
    PolarizationImageType::SizeType{{static_cast<itk::SizeValueType>(width), static_cast<itk::SizeValueType>(height)}});
  image.Allocate();
  image.FillBuffer(Missing());
}

/** Mean cell edges a and b, in nm (px where not calibrated). */
Eigen::Vector2d
MeanCell(const UnitCellSet & cells)
{
  Eigen::Vector2d sum = Eigen::Vector2d::Zero();
  double count = 0.0;
  std::vector<Eigen::Vector2d> places;
  for (const auto & cell : cells.GetCells())
  {
    places.push_back(cells.GetGeometry().ToPhysical(cell.position));
    if (std::isfinite(cell.a) && std::isfinite(cell.b))
    {
      sum += Eigen::Vector2d(cell.a, cell.b);
      count += 1.0;
    }
  }
  if (count > 0.0)
  {
    return sum / count;
  }
  // Edges are not known, for example where a network predicts displacements alone: the distance of neighbours.
  const PointLocator locator(places);
  std::vector<double> distances;
  for (const auto & place : places)
  {
    const auto two = locator.Nearest(place, 2);
    if (two.size() == 2)
    {
      distances.push_back(std::sqrt(two[1].second));
    }
  }
  if (distances.empty())
  {
    return Eigen::Vector2d::Ones();
  }
  const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
  std::nth_element(distances.begin(), middle, distances.end());
  return Eigen::Vector2d::Constant(*middle);
}
} // namespace

PolarizationVectorImageFilter::PolarizationVectorImageFilter()
{
  this->SetNumberOfRequiredInputs(1);
  this->SetNumberOfRequiredOutputs(1);
  this->SetNthOutput(0, this->MakeOutput(0));
}

itk::DataObject::Pointer
PolarizationVectorImageFilter::MakeOutput(DataObjectPointerArraySizeType)
{
  return PolarizationImageType::New().GetPointer();
}

void
PolarizationVectorImageFilter::SetInput(const UnitCellSet * cells)
{
  this->ProcessObject::SetNthInput(0, const_cast<UnitCellSet *>(cells));
}

PolarizationImageType *
PolarizationVectorImageFilter::GetOutput()
{
  return dynamic_cast<PolarizationImageType *>(this->ProcessObject::GetOutput(0));
}

void
PolarizationVectorImageFilter::GenerateOutputInformation()
{
  // The size follows from the cells, which are known only after the pipeline before has run: GenerateData sets it.
}

void
PolarizationVectorImageFilter::EnlargeOutputRequestedRegion(itk::DataObject * output)
{
  output->SetRequestedRegionToLargestPossibleRegion();
}

void
PolarizationVectorImageFilter::GenerateData()
{
  const auto * cells = dynamic_cast<const UnitCellSet *>(this->ProcessObject::GetInput(0));
  if (!cells)
  {
    itkExceptionMacro("needs unit cells (SetInput)");
  }
  this->UpdateProgress(0.0F);
  if (m_Sampling == Sampling::CellGrid)
  {
    this->FillCellGrid(*cells);
  }
  else
  {
    this->FillImageGrid(*cells);
  }
  PolarizationImageType * image = this->GetOutput();
  image->SetRequestedRegionToLargestPossibleRegion();
  this->UpdateProgress(1.0F);
}

void
PolarizationVectorImageFilter::FillCellGrid(const UnitCellSet & cells)
{
  int left = std::numeric_limits<int>::max();
  int right = std::numeric_limits<int>::min();
  int top = left;
  int bottom = right;
  for (const auto & cell : cells.GetCells())
  {
    left = std::min(left, cell.i);
    right = std::max(right, cell.i);
    top = std::min(top, cell.j);
    bottom = std::max(bottom, cell.j);
  }
  PolarizationImageType & image = *this->GetOutput();
  if (cells.Size() == 0)
  {
    Allocate(image, 1, 1);
    return;
  }
  Allocate(image, static_cast<long>(right) - left + 1, static_cast<long>(bottom) - top + 1);
  const Eigen::Vector2d spacing = MeanCell(cells);
  PolarizationImageType::SpacingType itkSpacing;
  itkSpacing[0] = spacing.x();
  itkSpacing[1] = spacing.y();
  image.SetSpacing(itkSpacing);
  const Eigen::Vector2d scale = cells.GetGeometry().VectorScale();
  for (const auto & cell : cells.GetCells())
  {
    image.SetPixel({{cell.i - left, cell.j - top}}, ToVector(cell.polarization.cwiseProduct(scale)));
  }
}

void
PolarizationVectorImageFilter::FillImageGrid(const UnitCellSet & cells)
{
  const ImageGeometry & geometry = cells.GetGeometry();
  PolarizationImageType & image = *this->GetOutput();
  const Eigen::Vector2d edges = MeanCell(cells);
  const double cell = std::sqrt(std::max(1e-12, edges.x() * edges.y()));
  const Eigen::Vector2d extent = geometry.ToPhysical(
    {static_cast<double>(std::max(1L, geometry.width - 1)), static_cast<double>(std::max(1L, geometry.height - 1))});
  const double wanted = cell / m_Oversampling;
  const auto points = [&](double length) { return std::clamp(std::lround(length / wanted) + 1, 2L, 20000L); };
  const long width = points(extent.x());
  const long height = points(extent.y());
  Allocate(image, width, height);
  PolarizationImageType::SpacingType spacing;
  spacing[0] = extent.x() / static_cast<double>(width - 1);
  spacing[1] = extent.y() / static_cast<double>(height - 1);
  image.SetSpacing(spacing);
  std::vector<Eigen::Vector2d> places;
  std::vector<Eigen::Vector2d> values;
  for (const auto & unit : cells.GetCells())
  {
    if (unit.polarization.allFinite())
    {
      places.push_back(geometry.ToPhysical(unit.position));
      values.push_back(unit.polarization.cwiseProduct(geometry.VectorScale()));
    }
  }
  const PointLocator locator(std::move(places));
  constexpr double Reach = 0.9; // cells
  for (long y = 0; y < height; ++y)
  {
    for (long x = 0; x < width; ++x)
    {
      const Eigen::Vector2d place(static_cast<double>(x) * spacing[0], static_cast<double>(y) * spacing[1]);
      Eigen::Vector2d sum = Eigen::Vector2d::Zero();
      double weights = 0.0;
      for (const auto & match : locator.Nearest(place, 4))
      {
        if (match.second < Reach * Reach * cell * cell)
        {
          const double weight = 1.0 / (match.second + 1e-4 * cell * cell);
          sum += weight * values[match.first];
          weights += weight;
        }
      }
      if (weights > 0.0)
      {
        image.SetPixel({{x, y}}, ToVector(sum / weights));
      }
    }
  }
}

void
PolarizationVectorImageFilter::PrintSelf(std::ostream & os, itk::Indent indent) const
{
  Superclass::PrintSelf(os, indent);
  os << indent << "Sampling: " << (m_Sampling == Sampling::CellGrid ? "CellGrid" : "ImageGrid") << '\n';
  os << indent << "Oversampling: " << m_Oversampling << '\n';
}
} // namespace ferro
