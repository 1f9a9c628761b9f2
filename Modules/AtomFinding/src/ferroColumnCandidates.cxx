#include "ferroColumnCandidates.h"

#include "ferroBinGrid.h"
#include "ferroSimd.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr double Pi = 3.14159265358979323846;

/** Vertex of the parabola through three neighbouring values, from the middle one. */
double
Vertex(double before, double value, double after)
{
  const double curvature = before - 2.0 * value + after;
  return curvature < 0 ? std::clamp(0.5 * (before - after) / curvature, -0.5, 0.5) : 0.0;
}

/** Whether a pixel at the border of the plane is above zero and higher than its neighbours inside. */
bool
IsHighestAtBorder(const Plane & plane, long x, long y)
{
  const float value = plane(x, y);
  for (long py = std::max(0L, y - 1); py <= std::min(plane.height - 1, y + 1); ++py)
  {
    for (long px = std::max(0L, x - 1); px <= std::min(plane.width - 1, x + 1); ++px)
    {
      const bool before = py < y || (py == y && px < x);
      if ((px != x || py != y) && (plane(px, py) > value || (before && plane(px, py) == value)))
      {
        return false;
      }
    }
  }
  return value > 0.0F;
}

FERRO_SIMD void
SquaredMaskRow(const float * up, const float * mid, const float * down, long width, float * out)
{
  for (long x = 1; x + 1 < width; ++x)
  {
    const float mask = up[x - 1] + up[x + 1] + down[x - 1] + down[x + 1] -
                       2.0F * (up[x] + down[x] + mid[x - 1] + mid[x + 1]) + 4.0F * mid[x];
    out[x] = mask * mask / 36.0F;
  }
}

} // namespace

void
SetToPeak(const Plane & plane, long x, long y, ColumnCandidate & candidate)
{
  const double value = plane(x, y);
  const bool insideX = x > 0 && x + 1 < plane.width;
  const bool insideY = y > 0 && y + 1 < plane.height;
  candidate.position = {static_cast<double>(x) + (insideX ? Vertex(plane(x - 1, y), value, plane(x + 1, y)) : 0.0),
                        static_cast<double>(y) + (insideY ? Vertex(plane(x, y - 1), value, plane(x, y + 1)) : 0.0)};
  candidate.response = value;
}

std::vector<Eigen::Vector2d>
Positions(const std::vector<ColumnCandidate> & candidates)
{
  std::vector<Eigen::Vector2d> positions;
  positions.reserve(candidates.size());
  for (const auto & candidate : candidates)
  {
    positions.push_back(candidate.position);
  }
  return positions;
}
WideMean
LocalNoiseVariance(const Plane & image, double window, const ParallelFor & parallel)
{
  const long width = image.width;
  const auto squares = [&](long row, float * values)
  {
    const long y = std::clamp(row, 1L, std::max(1L, image.height - 2));
    const float * mid = image.values.data() + y * width;
    SquaredMaskRow(mid - width, mid, mid + width, width, values);
    values[0] = values[1];
    values[width - 1] = values[width - 2];
  };
  return {width, image.height, window, static_cast<long>(window / 6.0), squares, parallel};
}

double
ResponseNoise(const WideMean & noiseVariance, double x, double y, double sigma)
{
  // White noise of deviation n becomes n / (sqrt(2 pi) sigma) in the scale-normalised Laplacian.
  return std::sqrt(std::max(0.0, noiseVariance.Sample(x, y))) / (std::sqrt(2 * Pi) * sigma);
}

std::vector<ColumnCandidate>
FindMaxima(const Plane & response, const WideMean & noiseVariance, double sigma, double nSigma,
           const ParallelFor & parallel)
{
  constexpr std::size_t RowsPerChunk = 64;
  std::vector<std::vector<ColumnCandidate>> parts(static_cast<std::size_t>(response.height) / RowsPerChunk + 1);
  const auto search = [&](std::size_t first, std::size_t last)
  {
    std::vector<ColumnCandidate> & maxima = parts[first / RowsPerChunk];
    const long width = response.width;
    const auto take = [&](long x, long y)
    {
      const double noise = ResponseNoise(noiseVariance, static_cast<double>(x), static_cast<double>(y), sigma);
      if (response(x, y) >= nSigma * noise)
      {
        ColumnCandidate candidate;
        SetToPeak(response, x, y, candidate);
        candidate.noise = noise;
        maxima.push_back(candidate);
      }
    };
    for (long y = static_cast<long>(first); y < static_cast<long>(last); ++y)
    {
      const bool border = y == 0 || y + 1 == response.height;
      for (long x = 0; x < width; x += border ? 1 : width - 1)
      {
        // Half of a column's light suffices to see that it is there.
        if (IsHighestAtBorder(response, x, y))
        {
          take(x, y);
        }
      }
      const float * row = response.values.data() + y * width;
      for (long x = 1; x + 1 < width && !border; ++x)
      {
        const float * at = row + x;
        const float value = *at;
        if (value > 0.0F && value > at[-1] && value >= at[1] && value > at[-width] && value >= at[width] &&
            value > at[-width - 1] && value > at[-width + 1] && value >= at[width - 1] && value >= at[width + 1])
        {
          take(x, y);
        }
      }
    }
  };
  ForChunks(static_cast<std::size_t>(response.height), RowsPerChunk, parallel, search);
  std::vector<ColumnCandidate> maxima;
  for (const auto & part : parts)
  {
    maxima.insert(maxima.end(), part.begin(), part.end());
  }
  return maxima;
}

void
SetReference(std::vector<ColumnCandidate> & candidates, double radius, double quantile, bool ofAmplitude,
             const ParallelFor & parallel)
{
  const BinGrid bins(Positions(candidates), 0.75 * radius);
  constexpr std::size_t BinsPerChunk = 256;
  ForChunks(bins.Size(), BinsPerChunk, parallel,
            [&](std::size_t first, std::size_t last)
            {
              std::vector<float> values;
              for (std::size_t bin = first; bin < last; ++bin)
              {
                if (bins.Members(bin).empty())
                {
                  continue;
                }
                values.clear();
                bins.ForAround(bin,
                               [&](std::size_t near)
                               {
                                 for (const auto n : bins.Members(near))
                                 {
                                   values.push_back(static_cast<float>(ofAmplitude ? candidates[n].amplitude
                                                                                   : candidates[n].response));
                                 }
                               });
                const double reference = Quantile(values, quantile);
                for (const auto n : bins.Members(bin))
                {
                  candidates[n].reference = reference;
                }
              }
            });
}

double
EstimateColumnSigma(const Plane & image, const std::vector<ColumnCandidate> & strong, double reach)
{
  constexpr double BinsPerPixel = 2.0;
  const auto bins = static_cast<std::size_t>(reach * BinsPerPixel) + 1;
  std::vector<std::vector<float>> profiles(bins);
  constexpr std::size_t Enough = 500;
  const std::size_t step = std::max<std::size_t>(1, strong.size() / Enough);
  for (std::size_t n = 0; n < strong.size(); n += step)
  {
    const Eigen::Vector2d center = strong[n].position;
    if (center.x() < reach || center.y() < reach || center.x() > static_cast<double>(image.width - 1) - reach ||
        center.y() > static_cast<double>(image.height - 1) - reach)
    {
      continue;
    }
    // Mean over directions first: one value per column and radius.
    constexpr int Directions = 16;
    for (std::size_t bin = 0; bin < bins; ++bin)
    {
      const double radius = static_cast<double>(bin) / BinsPerPixel;
      double sum = 0.0;
      for (int direction = 0; direction < Directions; ++direction)
      {
        const double angle = 2 * Pi * direction / Directions;
        sum += image.Sample(center.x() + radius * std::cos(angle), center.y() + radius * std::sin(angle));
      }
      profiles[bin].push_back(static_cast<float>(sum / Directions));
    }
  }
  if (profiles[0].size() < 3)
  {
    return 0.0;
  }
  std::vector<double> profile;
  for (auto & values : profiles)
  {
    profile.push_back(Quantile(values, 0.5));
  }
  const double floor = *std::min_element(profile.begin(), profile.end());
  const double half = 0.5 * (profile[0] + floor);
  for (std::size_t bin = 1; bin < bins; ++bin)
  {
    if (profile[bin] <= half)
    {
      const double fraction = (profile[bin - 1] - half) / std::max(1e-30, profile[bin - 1] - profile[bin]);
      const double halfWidth = (static_cast<double>(bin - 1) + fraction) / BinsPerPixel;
      return halfWidth / std::sqrt(2.0 * std::log(2.0));
    }
  }
  return 0.0;
}
} // namespace ferro
