#include "ferroSyntheticMicrographSource.h"

#include "ferroRandomNumbers.h"

#include "itkMetaDataObject.h"
#include "itkProgressReporter.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr double Reach = 6.0; // in standard deviations

// Draws lines of the image; the columns are sorted so that each line looks only at those that it cuts.
class LineRenderer
{
public:
  explicit LineRenderer(const SyntheticTruth::Values & truth)
    : m_Parameters(truth.parameters), m_Columns(truth.columns), m_Width(static_cast<double>(m_Parameters.width)),
      m_Height(static_cast<double>(m_Parameters.height))
  {
    std::stable_sort(m_Columns.begin(), m_Columns.end(),
                     [](const auto & l, const auto & r) { return l.position.y() < r.position.y(); });
    for (const auto & column : m_Columns)
    {
      m_LargestReach = std::max(m_LargestReach, Reach * column.sigma);
    }
    // Drift stretches the specimen; the columns stay round in the specimen.
    m_StretchY = 1.0 - m_Parameters.driftYPx / (m_Height - 1.0);
    m_Shear = m_Parameters.driftXPx / (m_Height - 1.0);
    m_LargestReach /= m_StretchY;
  }

  // Expected intensities of line y, of which the specimen appears shifted by that much along x.
  void
  Draw(long line, double shift, std::vector<double> & values) const
  {
    const double y = static_cast<double>(line);
    values.resize(static_cast<std::size_t>(m_Parameters.width));
    for (long x = 0; x < m_Parameters.width; ++x)
    {
      values[static_cast<std::size_t>(x)] = SyntheticBackground(m_Parameters, static_cast<double>(x), y);
    }
    const auto below = [](const SyntheticColumn & column, double limit) { return column.position.y() < limit; };
    const auto first = std::lower_bound(m_Columns.begin(), m_Columns.end(), y - m_LargestReach, below);
    for (auto column = first; column != m_Columns.end() && column->position.y() <= y + m_LargestReach; ++column)
    {
      const double dy = (y - column->position.y()) * m_StretchY;
      const double reach2 = Reach * Reach * column->sigma * column->sigma - dy * dy;
      if (reach2 <= 0.0)
      {
        continue;
      }
      // Where the line cuts the column: the line is scanned at another time than the column's middle.
      const double center = column->position.x() + m_Shear * (y - column->position.y()) + shift;
      const double reach = std::sqrt(reach2);
      const long begin = static_cast<long>(std::ceil(std::max(center - reach, 0.0)));
      const long end = static_cast<long>(std::floor(std::min(center + reach, m_Width - 1.0)));
      const double factor = -0.5 / (column->sigma * column->sigma);
      for (long x = begin; x <= end; ++x)
      {
        const double dx = static_cast<double>(x) - center;
        values[static_cast<std::size_t>(x)] += column->amplitude * std::exp(factor * (dx * dx + dy * dy));
      }
    }
  }

private:
  const SyntheticMicrographParameters & m_Parameters;
  std::vector<SyntheticColumn> m_Columns;
  double m_Width;
  double m_Height;
  double m_LargestReach = 0.0;
  double m_StretchY = 1.0;
  double m_Shear = 0.0;
};
} // namespace

SyntheticMicrographSource::SyntheticMicrographSource()
{
  this->SetNumberOfRequiredOutputs(2);
  this->SetNthOutput(1, this->MakeOutput(1));
}

void
SyntheticMicrographSource::SetParameters(const SyntheticMicrographParameters & parameters)
{
  m_Parameters = parameters;
  this->Modified();
}

SyntheticTruth *
SyntheticMicrographSource::GetTruth()
{
  return itkDynamicCastInDebugMode<SyntheticTruth *>(this->itk::ProcessObject::GetOutput(1));
}

SyntheticMicrographSource::DataObjectPointer
SyntheticMicrographSource::MakeOutput(DataObjectPointerArraySizeType index)
{
  if (index == 1)
  {
    return SyntheticTruth::New().GetPointer();
  }
  return Superclass::MakeOutput(index);
}

void
SyntheticMicrographSource::PrintSelf(std::ostream & os, itk::Indent indent) const
{
  Superclass::PrintSelf(os, indent);
  os << indent << "Size: " << m_Parameters.width << " x " << m_Parameters.height << " px\n";
  os << indent << "PixelSize: " << m_Parameters.pixelSizeNm << " nm\n";
  os << indent << "Dose: " << m_Parameters.doseCounts << " counts\n";
  os << indent << "Seed: " << m_Parameters.seed << '\n';
}

void
SyntheticMicrographSource::GenerateOutputInformation()
{
  m_Parameters.Check();
  auto * output = this->GetOutput();
  MicrographType::RegionType region;
  region.SetSize(0, static_cast<itk::SizeValueType>(m_Parameters.width));
  region.SetSize(1, static_cast<itk::SizeValueType>(m_Parameters.height));
  output->SetLargestPossibleRegion(region);
  MicrographType::SpacingType spacing;
  spacing.Fill(m_Parameters.pixelSizeNm);
  output->SetSpacing(spacing);
  itk::EncapsulateMetaData<std::string>(output->GetMetaDataDictionary(), CalibratedKey, "1");
  itk::EncapsulateMetaData<std::string>(output->GetMetaDataDictionary(), TitleKey, "synthetic");
}

void
SyntheticMicrographSource::EnlargeOutputRequestedRegion(itk::DataObject * output)
{
  Superclass::EnlargeOutputRequestedRegion(output);
  this->GetOutput()->SetRequestedRegionToLargestPossibleRegion();
}

void
SyntheticMicrographSource::GenerateData()
{
  this->AllocateOutputs();
  this->GetTruth()->Set(MakeSyntheticTruth(m_Parameters));
  const auto & p = m_Parameters;
  const LineRenderer renderer(this->GetTruth()->Get());
  float * pixel = this->GetOutput()->GetBufferPointer();
  itk::ProgressReporter progress(this, 0, static_cast<itk::SizeValueType>(p.height));
  std::vector<double> values;
  for (long y = 0; y < p.height; ++y)
  {
    RandomNumbers random(p.seed, static_cast<std::uint64_t>(y));
    renderer.Draw(y, p.jitterPx > 0.0 ? p.jitterPx * random.Normal() : 0.0, values);
    for (const double value : values)
    {
      *pixel++ = static_cast<float>(p.doseCounts > 0.0 ? random.Poisson(p.doseCounts * value) : value);
    }
    progress.CompletedPixel();
  }
}
} // namespace ferro
