#include "ferroAtomFindingImageFilter.h"

#include "ferroBinGrid.h"
#include "ferroColumnCandidates.h"
#include "ferroColumnResponses.h"
#include "ferroErrors.h"
#include "ferroLatticeSupport.h"
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

template <class TPredicate>
void
RemoveIf(Candidates & candidates, TPredicate predicate)
{
  candidates.erase(std::remove_if(candidates.begin(), candidates.end(), predicate), candidates.end());
}

/** Drops candidates without their like in neighbouring cells until nothing changes. */
void
KeepSupported(Candidates & candidates, const Eigen::Matrix2d & translations, const Plane & image, double minimumShare,
              const ParallelFor & parallel)
{
  constexpr int Rounds = 6;
  for (int round = 0; round < Rounds && !candidates.empty(); ++round)
  {
    // Begin with a wide tolerance for bent planes; end with one that chance seldom meets.
    const double tolerance = round == 0 ? 0.22 : 0.17;
    const LatticeSupport support(Positions(candidates), translations, image.width, image.height, tolerance, parallel);
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
    bins.ForWithin(positions[n], distance,
                   [&](std::size_t other, double) { stays[n] = stays[n] && !(other < n && stays[other]); });
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
  const BinGrid grid(Positions(columns), distance);
  RemoveIf(candidates, [&](const auto & c) { return grid.NearestWithin(c.position, distance).first < columns.size(); });
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

  PixelRange range;
  const Plane image = CopyImage(*input, parallel, range);
  std::ostringstream size;
  size << image.width << " x " << image.height << " px";
  constexpr long SmallestSide = 24;
  if (std::min(image.width, image.height) < SmallestSide)
  {
    throw AnalysisError("the image is too small to hold a lattice: " + size.str() + ", expected at least " +
                        std::to_string(SmallestSide) + " px along each side");
  }
  if (range.invalid == image.values.size())
  {
    throw AnalysisError("no atom columns: none of the pixels is a finite number");
  }
  if (range.lowest == range.highest)
  {
    std::ostringstream message;
    message << "no atom columns: all pixels have the same value (" << range.lowest << ')';
    throw AnalysisError(message.str());
  }

  step(0.05F);
  const double longest = std::min(m_MaximumPeriod, 0.5 * static_cast<double>(std::min(image.width, image.height)));
  const SpectralLattice spectral = EstimateLattice(image, 0.65 * m_MinimumPeriod, longest, parallel);
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
  const WideMean noise = LocalNoiseVariance(image, std::max(2.0, cell), parallel);
  if (sigma <= 0.0)
  {
    const double guess = std::max(0.7, 0.13 * cell);
    const Plane response = BlobResponse(image, guess, parallel);
    Candidates strong = FindMaxima(response, noise, guess, m_MinimumSignalToNoise, parallel);
    SetReference(strong, 2.2 * cell, 0.9, false, parallel);
    RemoveIf(strong, [](const auto & c) { return c.response < 0.6 * c.reference; });
    KeepSupported(strong, translations, image, m_MinimumSupport, parallel);
    sigma = EstimateColumnSigma(image, strong, 0.6 * cell);
    if (sigma <= 0.0)
    {
      sigma = guess;
    }
    sigma = std::clamp(sigma, 0.6, 0.25 * cell);
  }
  step(0.5F);

  const double filterSigma = std::max(0.8, 0.9 * sigma);
  const Plane response = BlobResponse(image, filterSigma, parallel);
  Candidates columns = FindMaxima(response, noise, filterSigma, m_MinimumSignalToNoise, parallel);
  SetReference(columns, 2.2 * cell, 0.9, false, parallel);
  RemoveIf(columns, [this](const auto & c) { return c.response < m_MinimumRelativeHeight * c.reference; });
  RemoveCrowded(columns, 1.6 * sigma);
  KeepSupported(columns, translations, image, m_MinimumSupport, parallel);
  step(0.65F);

  // Second look, at what the columns found so far leave over.
  SolveAmplitudes(columns, sigma, filterSigma, parallel);
  // The noise anew, without the columns, whose own curvature passes for noise where they are only a few pixels wide.
  Plane rest = image;
  SubtractGaussians(rest, columns, sigma, parallel);
  const WideMean restNoise = LocalNoiseVariance(rest, std::max(2.0, cell), parallel);
  rest.values = response.values;
  SubtractResponses(rest, columns, sigma, filterSigma, parallel);
  Candidates further = FindMaxima(rest, restNoise, filterSigma, m_MinimumSignalToNoise, parallel);
  RemoveShadows(further, columns, 2.8 * sigma);
  columns.insert(columns.end(), further.begin(), further.end());
  RemoveCrowded(columns, 1.9 * sigma);
  const auto responseAt = [&](Candidates & set)
  {
    for (auto & candidate : set)
    {
      candidate.response = response.Sample(candidate.position.x(), candidate.position.y());
    }
    SolveAmplitudes(set, sigma, filterSigma, parallel);
    SetReference(set, 2.2 * cell, 0.9, true, parallel);
  };
  responseAt(columns);
  RemoveIf(columns, [this](const auto & c) { return c.amplitude < m_MinimumRelativeHeight * c.reference; });
  KeepSupported(columns, translations, image, m_MinimumSupport, parallel);
  step(0.8F);

  // Third look, at the empty places that neighbours predict: first nearly at the place, and once more around what was
  // found; then, with more neighbours in favour, farther away, as in the middle of a domain wall, where a column has no
  // like on either side.
  struct Search
  {
    double tolerance; // cells
    int votes;
    double radius; // cells
    bool sure;     // what is found stays
    int passes;    // at most: as long as the one before found something
  };
  constexpr Search Searches[] = {{0.2, 3, 0.2, false, 2}, {0.45, 5, 0.3, true, 1}};
  const double unit = UnitResponse(0.0, sigma, filterSigma);
  const auto rescue = [&](const Search & search)
  {
    const RestResponse left(response, columns, sigma, filterSigma);
    const LatticeSupport support(Positions(columns), translations, image.width, image.height, search.tolerance,
                                 parallel);
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
      if (left.PeakNear(site.position, search.radius * cell, peak))
      {
        peak.noise = ResponseNoise(restNoise, peak.position.x(), peak.position.y(), filterSigma);
        peak.sure = search.sure;
        if (peak.response > 2.0 * peak.noise && peak.response > 0.7 * m_MinimumRelativeHeight * unit * reference)
        {
          rescued.push_back(peak);
        }
      }
    }
    RemoveShadows(rescued, columns, 2.2 * sigma); // neighbours vouch for the place: it may lie nearer
    return rescued;
  };
  responseAt(columns);
  for (const Search & search : Searches)
  {
    for (int pass = 0; pass < search.passes && !columns.empty(); ++pass)
    {
      const Candidates rescued = rescue(search);
      if (rescued.empty())
      {
        break;
      }
      columns.insert(columns.end(), rescued.begin(), rescued.end());
      RemoveCrowded(columns, 1.9 * sigma);
      KeepSupported(columns, translations, image, m_MinimumSupport, parallel);
      responseAt(columns);
    }
  }
  step(0.95F);

  const LatticeSupport support(Positions(columns), translations, image.width, image.height, 0.2, parallel);
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
