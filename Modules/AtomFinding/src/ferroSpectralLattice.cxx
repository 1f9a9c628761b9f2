#include "ferroSpectralLattice.h"

#include "ferroLocalContrast.h"

#include <vnl/algo/vnl_fft_2d.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <complex>

namespace ferro
{
namespace
{
constexpr double Pi = 3.14159265358979323846;

/** Mean power spectrum; x frequencies 0..tile/2, y frequencies in FFT order. */
struct Spectrum
{
  long tile = 0;
  long columns = 0;
  std::vector<double> power;
  double
  At(long kx, long ky) const // ky may be negative
  {
    // The spectrum of a real image is symmetric about the origin.
    if (kx < 0)
    {
      kx = -kx;
      ky = -ky;
    }
    ky = (ky % tile + tile) % tile;
    return kx < columns ? power[static_cast<std::size_t>(ky * columns + kx)] : 0.0;
  }
};

struct Reflection
{
  Eigen::Vector2d frequency; ///< cycles per pixel
  double power = 0.0;        ///< above the ring's median
  double ratio = 0.0;        ///< power / median
};

std::vector<long>
TileStarts(long size, long tile)
{
  if (size <= tile)
  {
    return {0};
  }
  const long count = std::min(4L, 1 + (2 * (size - tile) + tile - 1) / tile);
  std::vector<long> starts;
  for (long n = 0; n < count; ++n)
  {
    starts.push_back((size - tile) * n / std::max(1L, count - 1));
  }
  return starts;
}

/** Raised cosine over the part of the tile that the image fills. */
std::vector<float>
Window(long extent)
{
  std::vector<float> window(static_cast<std::size_t>(extent));
  for (long n = 0; n < extent; ++n)
  {
    window[static_cast<std::size_t>(n)] =
      static_cast<float>(0.5 - 0.5 * std::cos(2 * Pi * (static_cast<double>(n) + 0.5) / static_cast<double>(extent)));
  }
  return window;
}

Spectrum
MeanPowerSpectrum(const Plane & plane, long tile, const ParallelFor & parallel)
{
  const LocalContrast contrast(plane, parallel);
  std::vector<std::pair<long, long>> corners;
  for (const long y : TileStarts(plane.height, tile))
  {
    for (const long x : TileStarts(plane.width, tile))
    {
      corners.emplace_back(x, y);
    }
  }
  const std::vector<float> windowX = Window(std::min(tile, plane.width));
  const std::vector<float> windowY = Window(std::min(tile, plane.height));
  Spectrum spectrum;
  spectrum.tile = tile;
  spectrum.columns = tile / 2 + 1;
  // Two tiles go into one transform, as real and imaginary part: of F1 + i F2, |F(k)|^2 + |F(-k)|^2 is twice the sum of
  // the two power spectra.
  const std::size_t pairs = (corners.size() + 1) / 2;
  std::vector<std::vector<float>> parts(pairs);
  parallel(pairs,
           [&](std::size_t pair)
           {
             const auto side = static_cast<unsigned>(tile);
             vnl_matrix<std::complex<float>> values(side, side, std::complex<float>(0.0F, 0.0F));
             const auto first = corners[2 * pair];
             const bool both = 2 * pair + 1 < corners.size();
             const auto second = corners[both ? 2 * pair + 1 : 2 * pair];
             std::vector<float> real(windowX.size());
             std::vector<float> imaginary(windowX.size(), 0.0F);
             std::vector<float> room(windowX.size());
             const long count = static_cast<long>(windowX.size());
             for (std::size_t y = 0; y < windowY.size(); ++y)
             {
               const long py = static_cast<long>(y);
               contrast.Row(first.second + py, first.first, count, real.data(), room.data());
               if (both)
               {
                 contrast.Row(second.second + py, second.first, count, imaginary.data(), room.data());
               }
               std::complex<float> * row = values[static_cast<unsigned>(y)];
               for (std::size_t x = 0; x < windowX.size(); ++x)
               {
                 const float weight = windowX[x] * windowY[y];
                 row[x] = {weight * real[x], weight * imaginary[x]};
               }
             }
             vnl_fft_2d<float>(side, side).fwd_transform(values);
             parts[pair].resize(static_cast<std::size_t>(spectrum.columns * tile));
             for (unsigned y = 0; y < side; ++y)
             {
               for (unsigned x = 0; x < static_cast<unsigned>(spectrum.columns); ++x)
               {
                 const float opposite = std::norm(values((side - y) % side, (side - x) % side));
                 parts[pair][static_cast<std::size_t>(y) * static_cast<std::size_t>(spectrum.columns) + x] =
                   0.5F * (std::norm(values(y, x)) + opposite);
               }
             }
           });
  spectrum.power.assign(static_cast<std::size_t>(spectrum.columns * tile), 0.0);
  for (const auto & part : parts)
  {
    for (std::size_t n = 0; n < part.size(); ++n)
    {
      spectrum.power[n] += part[n] / static_cast<double>(corners.size());
    }
  }
  return spectrum;
}

/** Median of the power on rings of one pixel's width: what noise and slow structure contribute. */
std::vector<double>
RingMedians(const Spectrum & spectrum)
{
  const long rings = spectrum.tile;
  std::vector<std::vector<float>> values(static_cast<std::size_t>(rings));
  for (long ky = -spectrum.tile / 2; ky < spectrum.tile / 2; ++ky)
  {
    for (long kx = 0; kx < spectrum.columns; ++kx)
    {
      const long ring = std::lround(std::hypot(static_cast<double>(kx), static_cast<double>(ky)));
      if (ring < rings)
      {
        values[static_cast<std::size_t>(ring)].push_back(static_cast<float>(spectrum.At(kx, ky)));
      }
    }
  }
  std::vector<double> medians(values.size());
  for (std::size_t n = 0; n < values.size(); ++n)
  {
    // A wide window, so that a ring with many reflections on it does not count them as its background.
    std::vector<float> near;
    const std::size_t reach = 2 + n / 16;
    // Some thousand values tell the median well enough.
    const std::size_t stride = 1 + n * reach / 2000;
    for (std::size_t m = n > reach ? n - reach : 0; m <= std::min(values.size() - 1, n + reach); ++m)
    {
      for (std::size_t k = m % stride; k < values[m].size(); k += stride)
      {
        near.push_back(values[m][k]);
      }
    }
    medians[n] = std::max(1e-30, Quantile(near, 0.5));
  }
  return medians;
}

double
Vertex(double left, double middle, double right)
{
  const double curvature = left - 2 * middle + right;
  return curvature < 0 ? std::clamp(0.5 * (left - right) / curvature, -0.5, 0.5) : 0.0;
}

std::vector<Reflection>
FindReflections(const Spectrum & spectrum, const std::vector<double> & medians, double shortest, double longest)
{
  const double lowest = static_cast<double>(spectrum.tile) / longest;
  const double highest = static_cast<double>(spectrum.tile) / shortest;
  std::vector<Reflection> reflections;
  const long half = spectrum.tile / 2 - 2;
  for (long ky = -half; ky <= half; ++ky)
  {
    for (long kx = 0; kx <= half; ++kx)
    {
      const double radius = std::hypot(static_cast<double>(kx), static_cast<double>(ky));
      if (radius < lowest || radius > highest || (kx == 0 && ky < 0))
      {
        continue;
      }
      const double value = spectrum.At(kx, ky);
      const double median = medians[static_cast<std::size_t>(std::lround(radius))];
      if (value < 12.0 * median)
      {
        continue;
      }
      bool highestAround = true;
      for (long dy = -2; dy <= 2 && highestAround; ++dy)
      {
        for (long dx = -2; dx <= 2; ++dx)
        {
          const double other = spectrum.At(kx + dx, ky + dy);
          if (other > value || (other == value && (dy < 0 || (dy == 0 && dx < 0))))
          {
            highestAround = false;
            break;
          }
        }
      }
      if (!highestAround)
      {
        continue;
      }
      const auto logAt = [&](long x, long y) { return std::log(std::max(1e-30, spectrum.At(x, y))); };
      const double dx = Vertex(logAt(kx - 1, ky), logAt(kx, ky), logAt(kx + 1, ky));
      const double dy = Vertex(logAt(kx, ky - 1), logAt(kx, ky), logAt(kx, ky + 1));
      Reflection reflection;
      reflection.frequency = Eigen::Vector2d(static_cast<double>(kx) + dx, static_cast<double>(ky) + dy) /
                             static_cast<double>(spectrum.tile);
      reflection.power = value - median;
      reflection.ratio = value / median;
      reflections.push_back(reflection);
    }
  }
  std::sort(reflections.begin(), reflections.end(), [](const auto & l, const auto & r) { return l.power > r.power; });
  return reflections;
}

/** Power near a frequency (cycles per pixel) above the median of its ring, or its ratio to that; 0 beyond the spectrum.
 */
double
PowerAt(const Spectrum & spectrum, const std::vector<double> & medians, const Eigen::Vector2d & frequency, bool ratio)
{
  const Eigen::Vector2d place = frequency * static_cast<double>(spectrum.tile);
  if (place.cwiseAbs().maxCoeff() > 0.5 * static_cast<double>(spectrum.tile) - 2.0)
  {
    return 0.0;
  }
  double highest = 0.0;
  for (long dy = -1; dy <= 1; ++dy)
  {
    for (long dx = -1; dx <= 1; ++dx)
    {
      highest = std::max(highest, spectrum.At(std::lround(place.x()) + dx, std::lround(place.y()) + dy));
    }
  }
  const double median = medians[static_cast<std::size_t>(std::lround(place.norm()))];
  return ratio ? highest / median : std::max(0.0, highest - median);
}

/** Share of the power that lies on the lattice with this reciprocal basis. */
double
ExplainedPower(const Eigen::Matrix2d & basis, const std::vector<Reflection> & reflections, double tolerance,
               int & count)
{
  const Eigen::Matrix2d inverse = basis.inverse();
  double explained = 0.0;
  double total = 0.0;
  count = 0;
  for (const auto & reflection : reflections)
  {
    const Eigen::Vector2d indices = inverse * reflection.frequency;
    const Eigen::Vector2d whole = indices.array().round();
    const double miss = (basis * (indices - whole)).norm();
    total += reflection.power;
    if (miss < tolerance * std::max(1.0, 0.5 * whole.norm()) && whole.norm() > 0.5)
    {
      explained += reflection.power;
      ++count;
    }
  }
  return total > 0 ? explained / total : 0.0;
}

/** Lagrange-Gauss reduction: the two shortest vectors of the lattice. */
Eigen::Matrix2d
Reduce(Eigen::Matrix2d basis)
{
  for (int n = 0; n < 100; ++n)
  {
    if (basis.col(0).norm() > basis.col(1).norm())
    {
      basis.col(0).swap(basis.col(1));
    }
    const double times = std::round(basis.col(0).dot(basis.col(1)) / basis.col(0).squaredNorm());
    if (times == 0.0)
    {
      break;
    }
    basis.col(1) -= times * basis.col(0);
  }
  return basis;
}
} // namespace

SpectralLattice
EstimateLattice(const Plane & image, double shortest, double longest, const ParallelFor & parallel)
{
  long tile = 64;
  while (tile < std::max(image.width, image.height) && tile < 512)
  {
    tile *= 2;
  }
  const Spectrum spectrum = MeanPowerSpectrum(image, tile, parallel);
  const std::vector<double> medians = RingMedians(spectrum);
  std::vector<Reflection> reflections = FindReflections(spectrum, medians, shortest, longest);
  SpectralLattice result;
  if (reflections.size() < 2)
  {
    return result;
  }
  constexpr double WeakestShare = 0.02;
  reflections.erase(std::remove_if(reflections.begin(), reflections.end(),
                                   [&](const auto & r) { return r.power < WeakestShare * reflections.front().power; }),
                    reflections.end());
  if (reflections.size() > 16)
  {
    reflections.resize(16);
  }
  for (const auto & reflection : reflections)
  {
    result.strongest = std::max(result.strongest, reflection.ratio);
  }
  // Width of a reflection: the window's, or more where the tile is only partly filled.
  const double tolerance = 2.0 / static_cast<double>(std::min({tile, image.width, image.height}));
  struct Candidate
  {
    Eigen::Matrix2d basis;
    double explained;
    double area;
    int count;
  };
  std::vector<Candidate> candidates;
  for (std::size_t m = 0; m < reflections.size(); ++m)
  {
    for (std::size_t n = m + 1; n < reflections.size(); ++n)
    {
      Eigen::Matrix2d basis;
      basis << reflections[m].frequency, reflections[n].frequency;
      const double area = std::abs(basis.determinant());
      if (area < 0.35 * reflections[m].frequency.norm() * reflections[n].frequency.norm())
      {
        continue;
      }
      Candidate candidate{Reduce(basis), 0.0, area, 0};
      candidate.explained = ExplainedPower(candidate.basis, reflections, tolerance, candidate.count);
      candidates.push_back(candidate);
    }
  }
  if (candidates.empty())
  {
    return result;
  }
  double best = 0.0;
  for (const auto & candidate : candidates)
  {
    best = std::max(best, candidate.explained);
  }
  // Of the bases that explain nearly as much as the best one: the largest reciprocal cell.
  const Candidate * chosen = nullptr;
  for (const auto & candidate : candidates)
  {
    if (candidate.explained >= 0.93 * best &&
        (!chosen || candidate.area > 1.02 * chosen->area ||
         (candidate.area > 0.98 * chosen->area && candidate.explained > chosen->explained)))
    {
      chosen = &candidate;
    }
  }
  result.found = true;
  result.reflections = chosen->count;
  result.translations = Reduce(chosen->basis.inverse().transpose());
  const Eigen::Matrix2d basis = result.translations.inverse().transpose();
  const auto at = [&](double h, double k, bool ratio)
  { return PowerAt(spectrum, medians, basis * Eigen::Vector2d(h, k), ratio); };
  result.first = 0.5 * (at(1.0, 0.0, false) + at(0.0, 1.0, false));
  result.second = 0.5 * (at(1.0, 1.0, false) + at(1.0, -1.0, false));
  result.half = std::min(at(0.5, 0.5, true), at(0.5, -0.5, true));
  return result;
}
} // namespace ferro
