#include "ferroAtomFindingImageFilter.h"

#include "ferroBinGrid.h"
#include "ferroColumnCandidates.h"
#include "ferroErrors.h"
#include "ferroLatticeSupport.h"
#include "ferroPointLocator.h"
#include "ferroSpectralLattice.h"

#include "itkMultiThreaderBase.h"

#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace ferro
{
namespace
{
using Candidates = std::vector<ColumnCandidate>;

std::vector<Eigen::Vector2d>
Positions(const Candidates & candidates)
{
  std::vector<Eigen::Vector2d> positions;
  for (const auto & candidate : candidates)
  {
    positions.push_back(candidate.position);
  }
  return positions;
}

template <class TPredicate>
void
RemoveIf(Candidates & candidates, TPredicate predicate)
{
  candidates.erase(std::remove_if(candidates.begin(), candidates.end(), predicate), candidates.end());
}

/** Drops candidates without their like in neighbouring cells until nothing changes. */
void
KeepSupported(Candidates & candidates, const Eigen::Matrix2d & translations, const Plane & image, double minimumShare)
{
  constexpr int Rounds = 6;
  for (int round = 0; round < Rounds && !candidates.empty(); ++round)
  {
    // Begin with a wide tolerance for bent planes; end with one that chance seldom meets.
    const double tolerance = round == 0 ? 0.22 : 0.17;
    const LatticeSupport support(Positions(candidates), translations, image.width, image.height, tolerance);
    std::size_t largest = 0;
    for (std::size_t n = 0; n < candidates.size(); ++n)
    {
      largest = std::max(largest, support.GetIslandSize(n));
    }
    // A handful of spots that agree by chance beside a crystal of hundreds are no crystal.
    constexpr std::size_t SureIsland = 12;
    const std::size_t smallest = std::min(SureIsland, std::max<std::size_t>(4, largest / 20));
    Candidates kept;
    for (std::size_t n = 0; n < candidates.size(); ++n)
    {
      if (candidates[n].sure ||
          (support.GetFound(n) >= 2 && support.GetShare(n) >= minimumShare && support.GetIslandSize(n) >= smallest))
      {
        kept.push_back(candidates[n]);
      }
    }
    const bool done = kept.size() == candidates.size();
    candidates = std::move(kept);
    if (done && round > 0)
    {
      break;
    }
  }
}

/** Of candidates closer than distance, keeps the one with the higher response. */
void
RemoveCrowded(Candidates & candidates, double distance)
{
  std::sort(candidates.begin(), candidates.end(),
            [](const auto & l, const auto & r)
            {
              return l.response != r.response ? l.response > r.response
                                              : std::make_pair(l.position.y(), l.position.x()) <
                                                  std::make_pair(r.position.y(), r.position.x());
            });
  const std::vector<Eigen::Vector2d> positions = Positions(candidates);
  const BinGrid bins(positions, distance);
  std::vector<bool> stays(candidates.size(), false);
  Candidates kept;
  for (std::size_t n = 0; n < candidates.size(); ++n)
  {
    stays[n] = true;
    for (const std::size_t bin : bins.Around(bins.BinOf(positions[n])))
    {
      for (const std::size_t other : bins.Members(bin))
      {
        stays[n] = stays[n] && !(other < n && stays[other] && (positions[other] - positions[n]).norm() < distance);
      }
    }
    if (stays[n])
    {
      kept.push_back(candidates[n]);
    }
  }
  candidates = std::move(kept);
}

/** Drops candidates closer than distance to a column: real columns are not quite Gaussian and leave a rim. */
void
RemoveShadows(Candidates & candidates, const Candidates & columns, double distance)
{
  const PointLocator locator(Positions(columns));
  RemoveIf(candidates, [&](const auto & c) { return locator.Nearest(c.position).second < distance * distance; });
}

/** The image without the columns found so far: what is left is noise, background and columns not found. */
Plane
SubtractGaussians(Plane image, const Candidates & columns, double sigma)
{
  const double reach = 4.0 * sigma;
  for (const auto & column : columns)
  {
    const long x0 = std::max(0L, static_cast<long>(std::ceil(column.position.x() - reach)));
    const long x1 = std::min(image.width - 1, static_cast<long>(std::floor(column.position.x() + reach)));
    const long y0 = std::max(0L, static_cast<long>(std::ceil(column.position.y() - reach)));
    const long y1 = std::min(image.height - 1, static_cast<long>(std::floor(column.position.y() + reach)));
    for (long y = y0; y <= y1; ++y)
    {
      const double dy = (static_cast<double>(y) - column.position.y()) / sigma;
      const double row = column.amplitude * std::exp(-0.5 * dy * dy);
      for (long x = x0; x <= x1; ++x)
      {
        const double dx = (static_cast<double>(x) - column.position.x()) / sigma;
        image(x, y) -= static_cast<float>(row * std::exp(-0.5 * dx * dx));
      }
    }
  }
  return image;
}

/** Highest pixel of a plane within radius of a place; the position is refined by parabolas. */
bool
PeakNear(const Plane & plane, const Eigen::Vector2d & place, double radius, ColumnCandidate & peak)
{
  const long reach = std::max(1L, std::lround(radius));
  const long px = std::lround(place.x());
  const long py = std::lround(place.y());
  long bestX = -1;
  long bestY = -1;
  for (long y = std::max(1L, py - reach); y <= std::min(plane.height - 2, py + reach); ++y)
  {
    for (long x = std::max(1L, px - reach); x <= std::min(plane.width - 2, px + reach); ++x)
    {
      if (std::hypot(static_cast<double>(x) - place.x(), static_cast<double>(y) - place.y()) <= radius &&
          (bestX < 0 || plane(x, y) > plane(bestX, bestY)))
      {
        bestX = x;
        bestY = y;
      }
    }
  }
  if (bestX < 0 || !(plane(bestX, bestY) > 0.0F))
  {
    return false;
  }
  const double value = plane(bestX, bestY);
  const auto vertex = [value](double before, double after)
  {
    const double curvature = before - 2.0 * value + after;
    return curvature < 0 ? std::clamp(0.5 * (before - after) / curvature, -0.5, 0.5) : 0.0;
  };
  peak.position = {static_cast<double>(bestX) + vertex(plane(bestX - 1, bestY), plane(bestX + 1, bestY)),
                   static_cast<double>(bestY) + vertex(plane(bestX, bestY - 1), plane(bestX, bestY + 1))};
  peak.response = value;
  return true;
}
} // namespace

AtomFindingImageFilter::AtomFindingImageFilter()
{
  this->SetNumberOfRequiredInputs(1);
  this->SetNumberOfRequiredOutputs(1);
  this->SetNthOutput(0, this->MakeOutput(0));
}

itk::DataObject::Pointer
AtomFindingImageFilter::MakeOutput(DataObjectPointerArraySizeType)
{
  return AtomColumnSet::New().GetPointer();
}

void
AtomFindingImageFilter::SetInput(const MicrographType * image)
{
  this->ProcessObject::SetNthInput(0, const_cast<MicrographType *>(image));
}

const MicrographType *
AtomFindingImageFilter::GetInput() const
{
  return dynamic_cast<const MicrographType *>(this->ProcessObject::GetInput(0));
}

AtomColumnSet *
AtomFindingImageFilter::GetOutput()
{
  return dynamic_cast<AtomColumnSet *>(this->ProcessObject::GetOutput(0));
}

void
AtomFindingImageFilter::GenerateInputRequestedRegion()
{
  Superclass::GenerateInputRequestedRegion();
  if (auto * image = const_cast<MicrographType *>(this->GetInput()))
  {
    image->SetRequestedRegionToLargestPossibleRegion();
  }
}

void
AtomFindingImageFilter::GenerateData()
{
  const MicrographType * input = this->GetInput();
  const ParallelFor parallel = [this](std::size_t count, const std::function<void(std::size_t)> & body)
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
  step(0.0F);

  std::size_t invalid = 0;
  const Plane image = CopyImage(*input, invalid);
  std::ostringstream size;
  size << image.width << " x " << image.height << " px";
  constexpr long SmallestSide = 24;
  if (std::min(image.width, image.height) < SmallestSide)
  {
    throw AnalysisError("the image is too small to hold a lattice: " + size.str() + ", expected at least " +
                        std::to_string(SmallestSide) + " px along each side");
  }
  if (invalid == image.values.size())
  {
    throw AnalysisError("no atom columns: none of the pixels is a finite number");
  }
  const auto extremes = std::minmax_element(image.values.begin(), image.values.end());
  if (*extremes.first == *extremes.second)
  {
    std::ostringstream message;
    message << "no atom columns: all pixels have the same value (" << *extremes.first << ')';
    throw AnalysisError(message.str());
  }

  const Plane flat = FlattenContrast(image, parallel);
  step(0.15F);
  const double longest = std::min(m_MaximumPeriod, 0.5 * static_cast<double>(std::min(image.width, image.height)));
  const SpectralLattice spectral = EstimateLattice(flat, 0.65 * m_MinimumPeriod, longest, parallel);
  step(0.35F);
  if (!spectral.found)
  {
    std::ostringstream message;
    message << "no lattice of atom columns found: the power spectrum of the image (" << size.str()
            << ") shows no pair of reflections with periods of " << m_MinimumPeriod << " to " << longest << " px";
    throw AnalysisError(message.str());
  }
  const Eigen::Matrix2d & translations = spectral.translations;
  const double cell = std::sqrt(std::abs(translations.determinant()));

  // First look: spots of a width that fits the cell, to learn the true width of the columns.
  double sigma = m_ColumnSigma;
  const Plane noise = LocalNoise(image, std::max(2.0, cell), parallel);
  if (sigma <= 0.0)
  {
    const double guess = std::max(0.7, 0.13 * cell);
    const Plane response = BlobResponse(SmoothGaussian(image, guess, parallel), guess, parallel);
    Candidates strong = FindMaxima(response, noise, guess, m_MinimumSignalToNoise);
    SetReference(strong, 2.2 * cell, 0.9, false);
    RemoveIf(strong, [](const auto & c) { return c.response < 0.6 * c.reference; });
    KeepSupported(strong, translations, image, m_MinimumSupport);
    sigma = EstimateColumnSigma(image, strong, 0.6 * cell);
    if (sigma <= 0.0)
    {
      sigma = guess;
    }
    sigma = std::clamp(sigma, 0.6, 0.25 * cell);
  }
  step(0.5F);

  const double filterSigma = std::max(0.8, 0.9 * sigma);
  const Plane response = BlobResponse(SmoothGaussian(image, filterSigma, parallel), filterSigma, parallel);
  Candidates columns = FindMaxima(response, noise, filterSigma, m_MinimumSignalToNoise);
  SetReference(columns, 2.2 * cell, 0.9, false);
  RemoveIf(columns, [this](const auto & c) { return c.response < m_MinimumRelativeHeight * c.reference; });
  RemoveCrowded(columns, 1.6 * sigma);
  KeepSupported(columns, translations, image, m_MinimumSupport);
  step(0.65F);

  // Second look, at what the columns found so far leave over.
  SolveAmplitudes(columns, sigma, filterSigma);
  Plane rest = response;
  SubtractColumns(rest, columns, sigma, filterSigma);
  // The noise anew, without the columns, whose own curvature passes for noise where they are only a few pixels wide.
  const Plane restNoise = LocalNoise(SubtractGaussians(image, columns, sigma), std::max(2.0, cell), parallel);
  Candidates further = FindMaxima(rest, restNoise, filterSigma, m_MinimumSignalToNoise);
  RemoveShadows(further, columns, 2.8 * sigma);
  columns.insert(columns.end(), further.begin(), further.end());
  RemoveCrowded(columns, 1.9 * sigma);
  const auto responseAt = [&](Candidates & set)
  {
    for (auto & candidate : set)
    {
      candidate.response = response.Sample(candidate.position.x(), candidate.position.y());
    }
    SolveAmplitudes(set, sigma, filterSigma);
    SetReference(set, 2.2 * cell, 0.9, true);
  };
  responseAt(columns);
  RemoveIf(columns, [this](const auto & c) { return c.amplitude < m_MinimumRelativeHeight * c.reference; });
  KeepSupported(columns, translations, image, m_MinimumSupport);
  step(0.8F);

  // Third look, at the empty places that neighbours predict: first nearly at the place, then, with more neighbours in
  // favour, farther away, as in the middle of a domain wall, where a column has no like on either side.
  struct Search
  {
    double tolerance; // cells
    int votes;
    double radius; // cells
    bool sure;     // what is found stays
  };
  constexpr Search Searches[] = {{0.2, 3, 0.2, false}, {0.2, 3, 0.2, false}, {0.45, 5, 0.3, true}};
  const double unit = UnitResponse(0.0, sigma, filterSigma);
  for (const Search & search : Searches)
  {
    if (columns.empty())
    {
      break;
    }
    responseAt(columns);
    rest = response;
    SubtractColumns(rest, columns, sigma, filterSigma);
    const LatticeSupport support(Positions(columns), translations, image.width, image.height, search.tolerance);
    std::vector<float> references;
    for (const auto & column : columns)
    {
      references.push_back(static_cast<float>(column.reference));
    }
    const double reference = Quantile(references, 0.5);
    Candidates rescued;
    for (const auto & site : support.GetEmptySites(search.votes))
    {
      ColumnCandidate peak;
      if (PeakNear(rest, site.position, search.radius * cell, peak))
      {
        peak.noise = restNoise.Sample(peak.position.x(), peak.position.y()) / (2.5066 * filterSigma);
        peak.sure = search.sure;
        if (peak.response > 2.0 * peak.noise && peak.response > 0.7 * m_MinimumRelativeHeight * unit * reference)
        {
          rescued.push_back(peak);
        }
      }
    }
    RemoveShadows(rescued, columns, 2.2 * sigma); // neighbours vouch for the place: it may lie nearer
    columns.insert(columns.end(), rescued.begin(), rescued.end());
    RemoveCrowded(columns, 1.9 * sigma);
    KeepSupported(columns, translations, image, m_MinimumSupport);
  }
  responseAt(columns);
  step(0.95F);

  const LatticeSupport support(Positions(columns), translations, image.width, image.height, 0.2);
  constexpr std::size_t FewestColumns = 12;
  constexpr double LargestMiss = 0.55;
  if (columns.size() < FewestColumns || support.GetRelativeMiss() > LargestMiss)
  {
    std::ostringstream message;
    message << "no lattice of atom columns found: of the bright spots in the image (" << size.str() << ") only "
            << columns.size() << " repeat along the two directions of a lattice, expected at least " << FewestColumns
            << " (mean miss " << support.GetRelativeMiss() << ", chance gives 0.71)";
    throw AnalysisError(message.str());
  }

  std::sort(columns.begin(), columns.end(),
            [](const auto & l, const auto & r) {
              return std::make_pair(l.position.y(), l.position.x()) < std::make_pair(r.position.y(), r.position.x());
            });
  AtomColumnSet::ContainerType container;
  for (const auto & found : columns)
  {
    AtomColumn column;
    column.position = found.position;
    column.amplitude = found.amplitude;
    column.sigmaMajor = sigma;
    column.sigmaMinor = sigma;
    column.background = image.Sample(found.position.x(), found.position.y()) - found.amplitude;
    const double edge = 2.0 * sigma;
    if (found.position.x() < edge || found.position.y() < edge ||
        found.position.x() > static_cast<double>(image.width - 1) - edge ||
        found.position.y() > static_cast<double>(image.height - 1) - edge)
    {
      column.flags |= FlagEdge;
    }
    container.push_back(column);
  }
  AtomColumnSet * output = this->GetOutput();
  output->SetGeometry(GetImageGeometry(*input));
  output->SetTranslations(translations);
  output->SetColumnSigma(sigma);
  output->SetColumns(std::move(container));
  step(1.0F);
}

void
AtomFindingImageFilter::PrintSelf(std::ostream & os, itk::Indent indent) const
{
  Superclass::PrintSelf(os, indent);
  os << indent << "MinimumPeriod: " << m_MinimumPeriod << " px\n";
  os << indent << "MaximumPeriod: " << m_MaximumPeriod << " px\n";
  os << indent << "ColumnSigma: " << m_ColumnSigma << " px\n";
  os << indent << "MinimumRelativeHeight: " << m_MinimumRelativeHeight << '\n';
  os << indent << "MinimumSignalToNoise: " << m_MinimumSignalToNoise << '\n';
  os << indent << "MinimumSupport: " << m_MinimumSupport << '\n';
}
} // namespace ferro
