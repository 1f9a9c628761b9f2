#include "ferroColumnResponses.h"

#include "ferroSimd.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace ferro
{
namespace
{
/** Beyond this many standard deviations of the smoothed column its response is negligible. */
constexpr double ResponseReach = 4.5;

/** Calls body(column, top, bottom) for bands of rows and the columns that reach into them, each band on one thread and
 * in the order of the columns: the same sums for any number of threads. */
template <class TBody>
void
ForBands(const Plane & plane, const std::vector<ColumnCandidate> & columns, double reach, const ParallelFor & parallel,
         TBody body)
{
  constexpr long BandHeight = 64;
  const long bands = (plane.height + BandHeight - 1) / BandHeight;
  std::vector<std::vector<std::uint32_t>> members(static_cast<std::size_t>(bands));
  for (std::size_t n = 0; n < columns.size(); ++n)
  {
    const double y = columns[n].position.y();
    const long first = std::clamp(static_cast<long>(y - reach) / BandHeight, 0L, bands - 1);
    const long last = std::clamp(static_cast<long>(y + reach) / BandHeight, 0L, bands - 1);
    for (long band = first; band <= last; ++band)
    {
      members[static_cast<std::size_t>(band)].push_back(static_cast<std::uint32_t>(n));
    }
  }
  parallel(members.size(),
           [&](std::size_t band)
           {
             const long top = static_cast<long>(band) * BandHeight;
             for (const auto n : members[band])
             {
               body(columns[n], top, std::min(plane.height, top + BandHeight));
             }
           });
}

/** First and last whole number within reach of a place, inside [first, last]. */
std::pair<long, long>
Span(double place, double reach, long first, long last)
{
  return {std::max(first, static_cast<long>(std::ceil(place - reach))),
          std::min(last, static_cast<long>(std::floor(place + reach)))};
}

/** A Gaussian and half the squared distance over the variance, along one axis. */
struct Profile
{
  std::vector<float> gauss;
  std::vector<float> square;
  void
  Set(double place, long first, long last, double variance)
  {
    gauss.clear();
    square.clear();
    for (long n = first; n <= last; ++n)
    {
      const double distance = static_cast<double>(n) - place;
      const double half = 0.5 * distance * distance / variance;
      square.push_back(static_cast<float>(half));
      gauss.push_back(static_cast<float>(std::exp(-half)));
    }
  }
};

/** values -= row (start - squares) gauss */
FERRO_SIMD void
SubtractResponseRow(const float * gauss, const float * squares, std::size_t count, float row, float start,
                    float * values)
{
  for (std::size_t n = 0; n < count; ++n)
  {
    values[n] -= row * (start - squares[n]) * gauss[n];
  }
}

/** Takes the response of one column out of rows [top, bottom). */
void
SubtractResponse(Plane & plane, const Eigen::Vector2d & position, double amplitude, double columnSigma,
                 double filterSigma, long top, long bottom, Profile & alongX)
{
  const double variance = columnSigma * columnSigma + filterSigma * filterSigma;
  const double reach = ResponseReach * std::sqrt(variance);
  const auto [x0, x1] = Span(position.x(), reach, 0, plane.width - 1);
  const auto [y0, y1] = Span(position.y(), reach, top, bottom - 1);
  if (x0 > x1 || y0 > y1)
  {
    return;
  }
  alongX.Set(position.x(), x0, x1, variance);
  const double height = amplitude * UnitResponse(0.0, columnSigma, filterSigma);
  for (long y = y0; y <= y1; ++y)
  {
    const double dy = static_cast<double>(y) - position.y();
    const double half = 0.5 * dy * dy / variance;
    SubtractResponseRow(alongX.gauss.data(), alongX.square.data(), alongX.gauss.size(),
                        static_cast<float>(height * std::exp(-half)), static_cast<float>(1.0 - half), &plane(x0, y));
  }
}
} // namespace

double
UnitResponse(double squaredDistance, double columnSigma, double filterSigma)
{
  const double s2 = columnSigma * columnSigma;
  const double t2 = filterSigma * filterSigma;
  const double v = s2 + t2;
  const double u = squaredDistance / (2.0 * v);
  return 2.0 * s2 * t2 / (v * v) * (1.0 - u) * std::exp(-u);
}

void
SolveAmplitudes(std::vector<ColumnCandidate> & candidates, double columnSigma, double filterSigma,
                const ParallelFor & parallel)
{
  const double reach = ResponseReach * std::hypot(columnSigma, filterSigma);
  const BinGrid grid(Positions(candidates), reach);
  const double self = UnitResponse(0.0, columnSigma, filterSigma);
  struct Couplings
  {
    std::vector<std::uint32_t> counts; ///< per candidate
    std::vector<std::pair<std::uint32_t, float>> list;
  };
  constexpr std::size_t PerChunk = 512;
  std::vector<Couplings> chunks((candidates.size() + PerChunk - 1) / PerChunk);
  ForChunks(candidates.size(), PerChunk, parallel,
            [&](std::size_t first, std::size_t last)
            {
              Couplings & couplings = chunks[first / PerChunk];
              for (std::size_t n = first; n < last; ++n)
              {
                const std::size_t before = couplings.list.size();
                grid.ForWithin(candidates[n].position, reach,
                               [&](std::size_t other, double squared)
                               {
                                 if (other != n)
                                 {
                                   couplings.list.emplace_back(
                                     static_cast<std::uint32_t>(other),
                                     static_cast<float>(UnitResponse(squared, columnSigma, filterSigma)));
                                 }
                               });
                couplings.counts.push_back(static_cast<std::uint32_t>(couplings.list.size() - before));
                candidates[n].amplitude = candidates[n].response / self;
              }
            });
  // Gauss-Seidel: the diagonal dominates as columns lie a few standard deviations apart.
  std::vector<double> amplitudes;
  for (const auto & candidate : candidates)
  {
    amplitudes.push_back(candidate.amplitude);
  }
  constexpr int Sweeps = 12;
  constexpr double Enough = 1e-4; // of the amplitude
  bool changing = true;
  for (int sweep = 0; sweep < Sweeps && changing; ++sweep)
  {
    changing = false;
    std::size_t n = 0;
    for (const auto & couplings : chunks)
    {
      auto next = couplings.list.begin();
      for (const std::uint32_t count : couplings.counts)
      {
        double rest = candidates[n].response;
        for (std::uint32_t k = 0; k < count; ++k, ++next)
        {
          rest -= next->second * amplitudes[next->first];
        }
        const double amplitude = std::max(0.0, rest / self);
        changing = changing || std::abs(amplitude - amplitudes[n]) > Enough * amplitude;
        amplitudes[n] = amplitude;
        ++n;
      }
    }
  }
  for (std::size_t n = 0; n < candidates.size(); ++n)
  {
    candidates[n].amplitude = amplitudes[n];
  }
}

void
SubtractResponses(Plane & response, const std::vector<ColumnCandidate> & columns, double columnSigma,
                  double filterSigma, const ParallelFor & parallel)
{
  const double reach = ResponseReach * std::hypot(columnSigma, filterSigma);
  ForBands(response, columns, reach, parallel,
           [&](const ColumnCandidate & column, long top, long bottom)
           {
             thread_local Profile profile;
             SubtractResponse(response, column.position, column.amplitude, columnSigma, filterSigma, top, bottom,
                              profile);
           });
}

void
SubtractGaussians(Plane & image, const std::vector<ColumnCandidate> & columns, double sigma,
                  const ParallelFor & parallel)
{
  const double reach = 4.0 * sigma;
  ForBands(image, columns, reach, parallel,
           [&](const ColumnCandidate & column, long top, long bottom)
           {
             thread_local Profile profile;
             const auto [x0, x1] = Span(column.position.x(), reach, 0, image.width - 1);
             const auto [y0, y1] = Span(column.position.y(), reach, top, bottom - 1);
             if (x0 > x1)
             {
               return;
             }
             profile.Set(column.position.x(), x0, x1, sigma * sigma);
             for (long y = y0; y <= y1; ++y)
             {
               const double dy = (static_cast<double>(y) - column.position.y()) / sigma;
               const auto row = static_cast<float>(column.amplitude * std::exp(-0.5 * dy * dy));
               float * values = &image(x0, y);
               for (std::size_t n = 0; n < profile.gauss.size(); ++n)
               {
                 values[n] -= row * profile.gauss[n];
               }
             }
           });
}

RestResponse::RestResponse(const Plane & response, const std::vector<ColumnCandidate> & columns, double columnSigma,
                           double filterSigma)
  : m_Response(response), m_Columns(columns), m_ColumnSigma(columnSigma), m_FilterSigma(filterSigma),
    m_Reach(ResponseReach * std::hypot(columnSigma, filterSigma)), m_Grid(Positions(columns), m_Reach)
{
}

bool
RestResponse::PeakNear(const Eigen::Vector2d & place, double radius, ColumnCandidate & peak) const
{
  const long reach = std::max(1L, std::lround(radius));
  const long px = std::lround(place.x());
  const long py = std::lround(place.y());
  const long x0 = std::max(0L, px - reach - 1);
  const long x1 = std::min(m_Response.width - 1, px + reach + 1);
  const long y0 = std::max(0L, py - reach - 1);
  const long y1 = std::min(m_Response.height - 1, py + reach + 1);
  if (x1 - x0 < 2 || y1 - y0 < 2)
  {
    return false;
  }
  Plane patch(x1 - x0 + 1, y1 - y0 + 1);
  for (long y = y0; y <= y1; ++y)
  {
    std::copy_n(m_Response.values.data() + y * m_Response.width + x0, patch.width, &patch(0, y - y0));
  }
  const Eigen::Vector2d corner(static_cast<double>(x0), static_cast<double>(y0));
  Profile profile;
  m_Grid.ForWithin(place, m_Reach + 1.5 * static_cast<double>(reach + 1),
                   [&](std::size_t n, double)
                   {
                     SubtractResponse(patch, m_Columns[n].position - corner, m_Columns[n].amplitude, m_ColumnSigma,
                                      m_FilterSigma, 0, patch.height, profile);
                   });
  long bestX = -1;
  long bestY = -1;
  for (long y = 1; y + 1 < patch.height; ++y)
  {
    for (long x = 1; x + 1 < patch.width; ++x)
    {
      const Eigen::Vector2d pixel = corner + Eigen::Vector2d(static_cast<double>(x), static_cast<double>(y));
      if ((pixel - place).norm() <= radius && (bestX < 0 || patch(x, y) > patch(bestX, bestY)))
      {
        bestX = x;
        bestY = y;
      }
    }
  }
  if (bestX < 0 || !(patch(bestX, bestY) > 0.0F))
  {
    return false;
  }
  SetToPeak(patch, bestX, bestY, peak);
  peak.position += corner;
  return true;
}
} // namespace ferro
