#include "ferroColumnCandidates.h"

#include "ferroBinGrid.h"
#include "ferroPointLocator.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
/** Beyond this many standard deviations of the smoothed column its response is negligible. */
constexpr double ResponseReach = 4.5;

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
} // namespace

Plane
LocalNoise(const Plane & image, double window, const ParallelFor & parallel)
{
  Plane square(image.width, image.height);
  parallel(static_cast<std::size_t>(image.height),
           [&](std::size_t row)
           {
             const long y = std::clamp(static_cast<long>(row), 1L, std::max(1L, image.height - 2));
             for (long column = 0; column < image.width; ++column)
             {
               const long x = std::clamp(column, 1L, std::max(1L, image.width - 2));
               const float mask =
                 image(x - 1, y - 1) + image(x + 1, y - 1) + image(x - 1, y + 1) + image(x + 1, y + 1) -
                 2 * (image(x, y - 1) + image(x, y + 1) + image(x - 1, y) + image(x + 1, y)) + 4 * image(x, y);
               square(column, static_cast<long>(row)) = mask * mask / 36.0F;
             }
           });
  Plane noise = SmoothGaussian(square, window, parallel);
  for (auto & value : noise.values)
  {
    value = std::sqrt(std::max(0.0F, value));
  }
  return noise;
}

std::vector<ColumnCandidate>
FindMaxima(const Plane & response, const Plane & noise, double sigma, double nSigma)
{
  // White noise of deviation n becomes n / (sqrt(2 pi) sigma) in the scale-normalised Laplacian.
  const double noiseFactor = 1.0 / (std::sqrt(2 * 3.14159265358979323846) * sigma);
  std::vector<ColumnCandidate> maxima;
  for (long y = 1; y + 1 < response.height; ++y)
  {
    for (long x = 1; x + 1 < response.width; ++x)
    {
      const float value = response(x, y);
      if (!(value > 0.0F) || value < nSigma * noiseFactor * noise(x, y))
      {
        continue;
      }
      const bool highest = value > response(x - 1, y - 1) && value > response(x, y - 1) &&
                           value > response(x + 1, y - 1) && value > response(x - 1, y) &&
                           value >= response(x + 1, y) && value >= response(x - 1, y + 1) &&
                           value >= response(x, y + 1) && value >= response(x + 1, y + 1);
      if (!highest)
      {
        continue;
      }
      const auto vertex = [value](double before, double after)
      {
        const double curvature = before - 2.0 * value + after;
        return curvature < 0 ? std::clamp(0.5 * (before - after) / curvature, -0.5, 0.5) : 0.0;
      };
      ColumnCandidate candidate;
      candidate.position = {static_cast<double>(x) + vertex(response(x - 1, y), response(x + 1, y)),
                            static_cast<double>(y) + vertex(response(x, y - 1), response(x, y + 1))};
      candidate.response = value;
      candidate.noise = noiseFactor * noise(x, y);
      maxima.push_back(candidate);
    }
  }
  return maxima;
}

void
SetReference(std::vector<ColumnCandidate> & candidates, double radius, double quantile, bool ofAmplitude)
{
  const BinGrid bins(Positions(candidates), 0.75 * radius);
  for (std::size_t bin = 0; bin < bins.Size(); ++bin)
  {
    if (bins.Members(bin).empty())
    {
      continue;
    }
    std::vector<float> values;
    for (const std::size_t near : bins.Around(bin))
    {
      for (const std::size_t n : bins.Members(near))
      {
        values.push_back(static_cast<float>(ofAmplitude ? candidates[n].amplitude : candidates[n].response));
      }
    }
    const double reference = Quantile(values, quantile);
    for (const std::size_t n : bins.Members(bin))
    {
      candidates[n].reference = reference;
    }
  }
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
        const double angle = 2 * 3.14159265358979323846 * direction / Directions;
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
SolveAmplitudes(std::vector<ColumnCandidate> & candidates, double columnSigma, double filterSigma)
{
  const double reach = ResponseReach * std::hypot(columnSigma, filterSigma);
  const PointLocator locator(Positions(candidates));
  const double self = UnitResponse(0.0, columnSigma, filterSigma);
  std::vector<std::vector<std::pair<std::size_t, double>>> couplings(candidates.size());
  for (std::size_t n = 0; n < candidates.size(); ++n)
  {
    for (const auto & match : locator.Within(candidates[n].position, reach))
    {
      if (match.first != n)
      {
        couplings[n].emplace_back(match.first, UnitResponse(match.second, columnSigma, filterSigma));
      }
    }
    candidates[n].amplitude = candidates[n].response / self;
  }
  // Gauss-Seidel: the diagonal dominates as columns lie a few standard deviations apart.
  constexpr int Sweeps = 12;
  for (int sweep = 0; sweep < Sweeps; ++sweep)
  {
    for (std::size_t n = 0; n < candidates.size(); ++n)
    {
      double rest = candidates[n].response;
      for (const auto & [other, coupling] : couplings[n])
      {
        rest -= coupling * candidates[other].amplitude;
      }
      candidates[n].amplitude = std::max(0.0, rest / self);
    }
  }
}

void
SubtractColumns(Plane & response, const std::vector<ColumnCandidate> & columns, double columnSigma, double filterSigma)
{
  const double reach = ResponseReach * std::hypot(columnSigma, filterSigma);
  for (const auto & column : columns)
  {
    const long x0 = std::max(0L, static_cast<long>(std::ceil(column.position.x() - reach)));
    const long x1 = std::min(response.width - 1, static_cast<long>(std::floor(column.position.x() + reach)));
    const long y0 = std::max(0L, static_cast<long>(std::ceil(column.position.y() - reach)));
    const long y1 = std::min(response.height - 1, static_cast<long>(std::floor(column.position.y() + reach)));
    for (long y = y0; y <= y1; ++y)
    {
      const double dy = static_cast<double>(y) - column.position.y();
      for (long x = x0; x <= x1; ++x)
      {
        const double dx = static_cast<double>(x) - column.position.x();
        response(x, y) -=
          static_cast<float>(column.amplitude * UnitResponse(dx * dx + dy * dy, columnSigma, filterSigma));
      }
    }
  }
}
} // namespace ferro
