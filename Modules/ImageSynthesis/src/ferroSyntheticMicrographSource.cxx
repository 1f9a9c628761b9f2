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
constexpr double Pi = 3.141592653589793238463;
constexpr double Reach = 6.0; // in standard deviations

// The ellipse exp(-(u^2 + k dy^2) f / (2 s^2)), u = dx - slope dy, whose axes are s sqrt(r) and s / sqrt(r) long.
struct Ellipse
{
  double f = 1.0;
  double k = 1.0;
  double slope = 0.0;

  Ellipse(double ratio, double angle)
  {
    if (ratio != 1.0)
    {
      const double c = std::cos(angle);
      const double s = -std::sin(angle); // y points down
      f = c * c / ratio + s * s * ratio;
      slope = -c * s * (1.0 / ratio - ratio) / f;
      k = 1.0 / (f * f);
    }
  }
};

// Draws lines of the image; the columns are sorted so that each line looks only at those that it cuts.
class LineRenderer
{
public:
  explicit LineRenderer(const SyntheticTruth::Values & truth)
    : m_Parameters(truth.parameters), m_Columns(truth.columns), m_Width(static_cast<double>(m_Parameters.width)),
      m_Height(static_cast<double>(m_Parameters.height)),
      m_Ellipse(m_Parameters.ellipticity, m_Parameters.ellipticityAngleDeg * Pi / 180.0)
  {
    // Drift stretches the specimen; the columns have their shape in the specimen.
    m_StretchY = 1.0 - m_Parameters.driftYPx / (m_Height - 1.0);
    m_Shear = m_Parameters.driftXPx / (m_Height - 1.0);
    this->Skew();
    std::stable_sort(m_Columns.begin(), m_Columns.end(),
                     [](const auto & l, const auto & r) { return l.position.y() < r.position.y(); });
    for (const auto & column : m_Columns)
    {
      m_LargestReach = std::max(m_LargestReach, Reach * std::sqrt(m_Parameters.ellipticity) * column.sigma);
    }
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
      const double reach2 = Reach * Reach * column->sigma * column->sigma / m_Ellipse.f - m_Ellipse.k * dy * dy;
      if (reach2 <= 0.0)
      {
        continue;
      }
      // Where the line cuts the column: the line is scanned at another time than the column's middle.
      const double center = column->position.x() + m_Shear * (y - column->position.y()) + shift + m_Ellipse.slope * dy;
      const double reach = std::sqrt(reach2);
      const long begin = static_cast<long>(std::ceil(std::max(center - reach, 0.0)));
      const long end = static_cast<long>(std::floor(std::min(center + reach, m_Width - 1.0)));
      const double factor = -0.5 * m_Ellipse.f / (column->sigma * column->sigma);
      for (long x = begin; x <= end; ++x)
      {
        const double dx = static_cast<double>(x) - center;
        values[static_cast<std::size_t>(x)] += column->amplitude * std::exp(factor * (dx * dx + m_Ellipse.k * dy * dy));
      }
    }
  }

private:
  // Two parts for each column, whose common centre is the column.
  void
  Skew()
  {
    const double share = m_Parameters.skewFraction;
    const double apart = m_Parameters.skewShiftNm / m_Parameters.pixelSizeNm;
    if (share * apart == 0.0)
    {
      return;
    }
    const double angle = m_Parameters.skewAngleDeg * Pi / 180.0;
    const Eigen::Vector2d whole(apart * std::cos(angle), -apart * std::sin(angle));
    const Eigen::Vector2d shift(whole.x() + m_Shear * whole.y() / m_StretchY, whole.y() / m_StretchY);
    const std::size_t count = m_Columns.size();
    for (std::size_t n = 0; n < count; ++n)
    {
      SyntheticColumn aside = m_Columns[n];
      m_Columns[n].position -= share * shift;
      m_Columns[n].amplitude *= 1.0 - share;
      aside.position += (1.0 - share) * shift;
      aside.amplitude *= share;
      m_Columns.push_back(aside);
    }
  }

  const SyntheticMicrographParameters & m_Parameters;
  std::vector<SyntheticColumn> m_Columns;
  double m_Width;
  double m_Height;
  Ellipse m_Ellipse;
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
