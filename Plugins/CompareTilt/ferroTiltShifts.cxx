#include "ferroTiltShifts.h"

#include "ferroAtomFindingImageFilter.h"
#include "ferroErrors.h"
#include "ferroGaussianRefinementFilter.h"
#include "ferroLatticeAnalysisFilter.h"
#include "ferroRadiusFit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace ferro
{
namespace
{
constexpr double PmPerNm = 1000.0;
// Finding wants a lattice of several cells.
constexpr double SmallestNm = 3.2;

// The image repeated until it is large enough.
MicrographType::Pointer
RepeatImage(const MicrographType & image, bool periodic)
{
  const auto size = image.GetLargestPossibleRegion().GetSize();
  const auto spacing = image.GetSpacing();
  MicrographType::SizeType whole;
  for (unsigned int axis = 0; axis < 2; ++axis)
  {
    const double lengthNm = spacing[axis] * static_cast<double>(size[axis]);
    // At least three: the one in the middle is measured.
    whole[axis] =
      size[axis] *
      (periodic ? std::max<itk::SizeValueType>(3, static_cast<itk::SizeValueType>(std::ceil(SmallestNm / lengthNm)))
                : 1);
  }
  auto result = MicrographType::New();
  result->SetRegions(whole);
  result->SetSpacing(spacing);
  result->SetMetaDataDictionary(image.GetMetaDataDictionary());
  result->Allocate();
  const auto * from = image.GetBufferPointer();
  auto * to = result->GetBufferPointer();
  for (itk::SizeValueType y = 0; y < whole[1]; ++y)
  {
    for (itk::SizeValueType x = 0; x < whole[0]; ++x)
    {
      to[y * whole[0] + x] = from[(y % size[1]) * size[0] + x % size[0]];
    }
  }
  return result;
}

// Where to cut a period so that no column lies near the cut: the middle of the largest gap, 0 to period.
double
FindCut(std::vector<double> places, double period)
{
  for (auto & place : places)
  {
    place -= std::floor(place / period) * period;
  }
  std::sort(places.begin(), places.end());
  double cut = 0.0;
  double widest = -1.0;
  for (std::size_t n = 0; n < places.size(); ++n)
  {
    const double next = n + 1 < places.size() ? places[n + 1] : places.front() + period;
    if (next - places[n] > widest)
    {
      widest = next - places[n];
      cut = std::fmod(0.5 * (places[n] + next), period);
    }
  }
  return cut;
}

// Whether each column counts: sublattice known, and within one period in the middle (or away from the border).
std::vector<bool>
ChooseColumns(const AtomColumnSet::ContainerType & columns, const MicrographType & image, const MicrographType & whole,
              bool periodic)
{
  const auto period = image.GetLargestPossibleRegion().GetSize();
  const auto size = whole.GetLargestPossibleRegion().GetSize();
  std::vector<bool> chosen(columns.size(), false);
  Eigen::Vector2d begin = Eigen::Vector2d::Zero();
  Eigen::Vector2d end(static_cast<double>(size[0]), static_cast<double>(size[1]));
  if (periodic)
  {
    for (unsigned int axis = 0; axis < 2; ++axis)
    {
      std::vector<double> places;
      for (const auto & column : columns)
      {
        places.push_back(column.position[axis]);
      }
      const auto length = static_cast<double>(period[axis]);
      const double tiles = static_cast<double>(size[axis]) / length; // at least three
      begin[axis] = std::floor((tiles - 1.0) / 2.0) * length + FindCut(places, length);
      end[axis] = begin[axis] + length;
    }
  }
  for (std::size_t n = 0; n < columns.size(); ++n)
  {
    const auto & column = columns[n];
    chosen[n] = column.sublattice != Sublattice::Unknown && (column.flags & FlagEdge) == 0 &&
                (column.position.array() >= begin.array()).all() && (column.position.array() < end.array()).all();
  }
  return chosen;
}

// Centre of mass above the lowest value, within a radius of a place; NaN where the circle leaves the image.
Eigen::Vector2d
FindCentreOfMass(const MicrographType & image, const Eigen::Vector2d & place, double radius)
{
  const auto size = image.GetLargestPossibleRegion().GetSize();
  const auto width = static_cast<long>(size[0]);
  const auto height = static_cast<long>(size[1]);
  const long x0 = std::lround(std::floor(place.x() - radius));
  const long x1 = std::lround(std::ceil(place.x() + radius));
  const long y0 = std::lround(std::floor(place.y() - radius));
  const long y1 = std::lround(std::ceil(place.y() + radius));
  if (x0 < 0 || y0 < 0 || x1 >= width || y1 >= height)
  {
    return Eigen::Vector2d::Constant(std::numeric_limits<double>::quiet_NaN());
  }
  const auto * pixels = image.GetBufferPointer();
  const auto each = [&](const auto & visit)
  {
    for (long y = y0; y <= y1; ++y)
    {
      for (long x = x0; x <= x1; ++x)
      {
        const Eigen::Vector2d d = Eigen::Vector2d(static_cast<double>(x), static_cast<double>(y)) - place;
        // A pixel on the rim counts in part: the circle does not jump with the grid.
        const double weight = std::clamp(radius + 0.5 - d.norm(), 0.0, 1.0);
        if (weight > 0.0)
        {
          visit(d, weight, static_cast<double>(pixels[y * width + x]));
        }
      }
    }
  };
  double lowest = std::numeric_limits<double>::infinity();
  each([&lowest](const Eigen::Vector2d &, double, double value) { lowest = std::min(lowest, value); });
  double sum = 0.0;
  Eigen::Vector2d first = Eigen::Vector2d::Zero();
  each(
    [&](const Eigen::Vector2d & d, double weight, double value)
    {
      sum += weight * (value - lowest);
      first += weight * (value - lowest) * d;
    });
  return place + first / sum;
}

ShiftStatistics
Summarize(const std::vector<Eigen::Vector2d> & shiftsPx, const Eigen::Vector2d & pmPerPx)
{
  ShiftStatistics result;
  Eigen::Vector2d sum = Eigen::Vector2d::Zero();
  for (const auto & shift : shiftsPx)
  {
    if (shift.allFinite())
    {
      sum += shift;
      ++result.columns;
    }
  }
  const auto count = static_cast<double>(result.columns);
  const Eigen::Vector2d mean = sum / count;
  Eigen::Vector2d squares = Eigen::Vector2d::Zero();
  for (const auto & shift : shiftsPx)
  {
    if (shift.allFinite())
    {
      squares += (shift - mean).cwiseAbs2();
    }
  }
  result.shiftPm = mean.cwiseProduct(pmPerPx);
  result.errorPm = (squares / (count * (count - 1.0))).cwiseSqrt().cwiseProduct(pmPerPx); // 0 / 0 with one column
  return result;
}

AtomColumnSet::Pointer
Refine(MicrographType * image, AtomColumnSet * columns, double windowSigmas)
{
  auto refinement = GaussianRefinementFilter::New();
  refinement->SetInput(image);
  refinement->SetColumns(columns);
  refinement->SetWindowSigmas(windowSigmas);
  refinement->Update();
  AtomColumnSet::Pointer result = refinement->GetOutput();
  result->DisconnectPipeline();
  return result;
}

// The A column in the middle of the image and the B column nearest to it.
void
ChooseExample(const AtomColumnSet::ContainerType & columns, const Eigen::Vector2d & middle, ShiftMeasurement & result)
{
  const auto nearest = [&columns](Sublattice sublattice, const Eigen::Vector2d & place)
  {
    Eigen::Vector2d best = place;
    double least = std::numeric_limits<double>::infinity();
    for (const auto & column : columns)
    {
      const double distance = (column.position - place).norm();
      if (column.sublattice == sublattice && distance > 1e-9 && distance < least)
      {
        least = distance;
        best = column.position;
      }
    }
    return best;
  };
  result.columnA = nearest(Sublattice::A, middle);
  result.columnB = nearest(Sublattice::B, result.columnA);
  result.cellPx = (nearest(Sublattice::A, result.columnA) - result.columnA).norm();
  for (const auto & column : columns)
  {
    if (column.sublattice == Sublattice::A || column.sublattice == Sublattice::B)
    {
      result.places[column.sublattice == Sublattice::A ? 0 : 1].push_back(column.position);
    }
  }
}

// Mean over the chosen B columns of the distance from the middle of the four nearest A columns, pixels.
Eigen::Vector2d
FindPolarization(const AtomColumnSet::ContainerType & columns, const std::vector<bool> & chosen)
{
  constexpr std::size_t Neighbours = 4;
  std::vector<Eigen::Vector2d> places;
  for (const auto & column : columns)
  {
    if (column.sublattice == Sublattice::A)
    {
      places.push_back(column.position);
    }
  }
  Eigen::Vector2d sum = Eigen::Vector2d::Zero();
  double count = 0.0;
  for (std::size_t n = 0; n < columns.size(); ++n)
  {
    if (!chosen[n] || columns[n].sublattice != Sublattice::B || places.size() < Neighbours)
    {
      continue;
    }
    const auto & centre = columns[n].position;
    std::partial_sort(places.begin(), places.begin() + Neighbours, places.end(),
                      [&centre](const auto & a, const auto & b)
                      { return (a - centre).squaredNorm() < (b - centre).squaredNorm(); });
    const Eigen::Vector2d middle = 0.25 * (places[0] + places[1] + places[2] + places[3]);
    sum += centre - middle;
    count += 1.0;
  }
  return sum / std::max(1.0, count);
}
} // namespace

ShiftMeasurement
MeasureShifts(const TiltSeries & series, std::size_t thickness, const ShiftOptions & options)
{
  ShiftMeasurement result;
  for (const auto & row : series.images)
  {
    result.images.push_back(RepeatImage(*row[thickness], options.periodic));
  }
  auto & untilted = result.images[series.untilted];
  auto finder = AtomFindingImageFilter::New();
  finder->SetInput(untilted);
  finder->Update();
  auto lattice = LatticeAnalysisFilter::New();
  lattice->SetInput(Refine(untilted, finder->GetOutput(), options.windowSigmas));
  lattice->Update();
  // The refined positions themselves: the lattice analysis may take common shifts of scan lines off.
  AtomColumnSet::Pointer start = Refine(untilted, lattice->GetOutput(), options.windowSigmas);
  const auto & columns = start->GetColumns();
  const auto chosen = ChooseColumns(columns, *series.images[series.untilted][thickness], *untilted, options.periodic);
  for (const auto sublattice : {Sublattice::A, Sublattice::B})
  {
    bool any = false;
    for (std::size_t n = 0; n < columns.size(); ++n)
    {
      any = any || (chosen[n] && columns[n].sublattice == sublattice);
    }
    if (!any)
    {
      throw AnalysisError(std::string("columns: no ") + static_cast<char>(sublattice) +
                          " column was found in the image without tilt, expected a perovskite along [100]");
    }
  }
  const auto size = untilted->GetLargestPossibleRegion().GetSize();
  ChooseExample(columns, 0.5 * Eigen::Vector2d(static_cast<double>(size[0]), static_cast<double>(size[1])), result);

  const Eigen::Vector2d pmPerPx = PmPerNm * Eigen::Vector2d(untilted->GetSpacing()[0], untilted->GetSpacing()[1]);
  result.polarizationPm = FindPolarization(columns, chosen).cwiseProduct(pmPerPx);
  const double pxPerNm = 1.0 / std::sqrt(untilted->GetSpacing()[0] * untilted->GetSpacing()[1]);
  for (auto & image : result.images)
  {
    const AtomColumnSet::Pointer refined = image == untilted ? start : Refine(image, start, options.windowSigmas);
    std::vector<Eigen::Vector2d> shifts[EstimatorCount][2];
    for (std::size_t n = 0; n < columns.size(); ++n)
    {
      if (!chosen[n])
      {
        continue;
      }
      const int sublattice = columns[n].sublattice == Sublattice::A ? 0 : 1;
      const auto & place = columns[n].position;
      const auto & now = refined->GetColumns()[n];
      const bool failed = (now.flags & FlagFitFailed) != 0;
      shifts[0][sublattice].push_back(
        failed ? Eigen::Vector2d(Eigen::Vector2d::Constant(std::numeric_limits<double>::quiet_NaN()))
               : Eigen::Vector2d(now.position - place));
      shifts[1][sublattice].push_back(FitGaussianWithin(*image, place, options.fitRadiusNm * pxPerNm) -
                                      FitGaussianWithin(*untilted, place, options.fitRadiusNm * pxPerNm));
      shifts[2][sublattice].push_back(FindCentreOfMass(*image, place, options.massRadiusNm * pxPerNm) -
                                      FindCentreOfMass(*untilted, place, options.massRadiusNm * pxPerNm));
    }
    TiltShifts entry;
    for (std::size_t estimator = 0; estimator < EstimatorCount; ++estimator)
    {
      for (std::size_t sublattice = 0; sublattice < 2; ++sublattice)
      {
        entry[estimator][sublattice] = Summarize(shifts[estimator][sublattice], pmPerPx);
      }
    }
    result.tilts.push_back(entry);
  }
  return result;
}
} // namespace ferro
