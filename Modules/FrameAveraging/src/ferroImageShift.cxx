#include "ferroImageShift.h"

#include "ferroErrors.h"

#include "itkVnlHalfHermitianToRealInverseFFTImageFilter.h"
#include "itkVnlRealToHalfHermitianForwardFFTImageFilter.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <string>
#include <vector>

namespace ferro
{
namespace
{
using Plane = itk::Image<double, 2>;
using Forward = itk::VnlRealToHalfHermitianForwardFFTImageFilter<Plane>;
using Spectrum = Forward::OutputImageType;
using Inverse = itk::VnlHalfHermitianToRealInverseFFTImageFilter<Spectrum>;

constexpr double Pi = 3.14159265358979323846;

itk::SizeValueType
PowerOfTwo(itk::SizeValueType least)
{
  itk::SizeValueType size = 1;
  while (size < least)
  {
    size *= 2;
  }
  return size;
}

/** The image less its mean, faded out to its borders, with zeros beside it; and the root of its sum of squares. */
Plane::Pointer
Prepare(const MicrographType & image, double & norm)
{
  const auto size = image.GetBufferedRegion().GetSize();
  Plane::SizeType padded;
  padded[0] = PowerOfTwo(size[0] + size[0] / 4);
  padded[1] = PowerOfTwo(size[1] + size[1] / 4);
  auto plane = Plane::New();
  plane->SetRegions(padded);
  plane->Allocate();
  plane->FillBuffer(0.0);
  const auto window = [](itk::SizeValueType n, itk::SizeValueType of)
  { return 0.5 - 0.5 * std::cos(2.0 * Pi * (static_cast<double>(n) + 0.5) / static_cast<double>(of)); };
  const float * pixels = image.GetBufferPointer();
  double sum = 0.0;
  double weights = 0.0;
  for (itk::SizeValueType y = 0; y < size[1]; ++y)
  {
    for (itk::SizeValueType x = 0; x < size[0]; ++x)
    {
      const double value = pixels[y * size[0] + x];
      const double weight = std::isfinite(value) ? window(x, size[0]) * window(y, size[1]) : 0.0;
      sum += weight > 0.0 ? weight * value : 0.0;
      weights += weight;
    }
  }
  const double mean = weights > 0.0 ? sum / weights : 0.0;
  double squares = 0.0;
  for (itk::SizeValueType y = 0; y < size[1]; ++y)
  {
    for (itk::SizeValueType x = 0; x < size[0]; ++x)
    {
      const double value = pixels[y * size[0] + x];
      const double faded = std::isfinite(value) ? window(x, size[0]) * window(y, size[1]) * (value - mean) : 0.0;
      plane->GetBufferPointer()[y * padded[0] + x] = faded;
      squares += faded * faded;
    }
  }
  norm = std::sqrt(squares);
  return plane;
}
/** Correlation coefficient of the area that both images have, where a place r of the one is at r + (x, y) in the other.
 */
double
CorrelateOverlap(const MicrographType & fixed, const MicrographType & moving, long x, long y)
{
  const auto size = fixed.GetBufferedRegion().GetSize();
  const auto width = static_cast<long>(size[0]);
  const auto height = static_cast<long>(size[1]);
  const long firstX = std::max(0L, -x);
  const long endX = std::min(width, width - x);
  const long firstY = std::max(0L, -y);
  const long endY = std::min(height, height - y);
  // Some lines of a large image are enough.
  constexpr long EnoughPixels = 1000000;
  const long step = std::max(1L, (endX - firstX) * (endY - firstY) / EnoughPixels);
  double sums[5] = {0.0, 0.0, 0.0, 0.0, 0.0};
  double count = 0.0;
  for (long row = firstY; row < endY; row += step)
  {
    const float * one = fixed.GetBufferPointer() + row * width;
    const float * other = moving.GetBufferPointer() + (row + y) * width + x;
    for (long column = firstX; column < endX; ++column)
    {
      const double a = static_cast<double>(one[column]);
      const double b = static_cast<double>(other[column]);
      if (std::isfinite(a) && std::isfinite(b))
      {
        sums[0] += a;
        sums[1] += b;
        sums[2] += a * a;
        sums[3] += b * b;
        sums[4] += a * b;
        count += 1.0;
      }
    }
  }
  const double variances = (count * sums[2] - sums[0] * sums[0]) * (count * sums[3] - sums[1] * sums[1]);
  return variances > 0.0 ? (count * sums[4] - sums[0] * sums[1]) / std::sqrt(variances) : -1.0;
}
} // namespace

ImageShift
FindImageShift(const MicrographType & fixed, const MicrographType & moving)
{
  const auto size = fixed.GetBufferedRegion().GetSize();
  if (size != moving.GetBufferedRegion().GetSize())
  {
    const auto other = moving.GetBufferedRegion().GetSize();
    throw AnalysisError("frames cannot be registered: one has " + std::to_string(size[0]) + " x " +
                        std::to_string(size[1]) + " pixels, another " + std::to_string(other[0]) + " x " +
                        std::to_string(other[1]));
  }
  double norms[2] = {0.0, 0.0};
  Spectrum::Pointer spectra[2];
  for (int k = 0; k < 2; ++k)
  {
    auto forward = Forward::New();
    forward->SetInput(Prepare(k == 0 ? fixed : moving, norms[k]));
    forward->Update();
    spectra[k] = forward->GetOutput();
  }
  if (!(norms[0] > 0.0) || !(norms[1] > 0.0))
  {
    throw AnalysisError("frames cannot be registered: all pixels of a frame have the same value");
  }
  const auto pixels = spectra[0]->GetBufferedRegion().GetNumberOfPixels();
  for (itk::SizeValueType n = 0; n < pixels; ++n)
  {
    auto & value = spectra[0]->GetBufferPointer()[n];
    value = std::conj(value) * spectra[1]->GetBufferPointer()[n];
  }
  auto inverse = Inverse::New();
  inverse->SetInput(spectra[0]);
  inverse->SetActualXDimensionIsOdd(false);
  inverse->Update();
  const Plane * correlation = inverse->GetOutput();
  const auto padded = correlation->GetBufferedRegion().GetSize();
  const auto at = [&](long x, long y)
  {
    const auto width = static_cast<long>(padded[0]);
    const auto height = static_cast<long>(padded[1]);
    return correlation->GetBufferPointer()[((y + height) % height) * width + (x + width) % width];
  };
  const auto reachX = static_cast<long>(size[0] / 4);
  const auto reachY = static_cast<long>(size[1] / 4);
  // In a lattice the correlation has a peak at every translation, and the noise decides which of the highest is the
  // highest. The area that both images have in common, without a window, tells them apart.
  struct Peak
  {
    double value;
    long x;
    long y;
  };
  std::vector<Peak> peaks;
  for (long y = -reachY; y <= reachY; ++y)
  {
    for (long x = -reachX; x <= reachX; ++x)
    {
      const double here = at(x, y);
      if (here > at(x - 1, y) && here >= at(x + 1, y) && here > at(x, y - 1) && here >= at(x, y + 1))
      {
        peaks.push_back({here, x, y});
      }
    }
  }
  if (peaks.empty())
  {
    throw AnalysisError("frames cannot be registered: their correlation has no peak");
  }
  std::sort(peaks.begin(), peaks.end(), [](const Peak & l, const Peak & r) { return l.value > r.value; });
  constexpr std::size_t MostPeaks = 20;
  constexpr double NearlyAsHigh = 0.6;
  long bestX = peaks[0].x;
  long bestY = peaks[0].y;
  double best = -1.0;
  for (std::size_t k = 0; k < std::min(MostPeaks, peaks.size()) && peaks[k].value > NearlyAsHigh * peaks[0].value; ++k)
  {
    const long x = peaks[k].x;
    const long y = peaks[k].y;
    const double here = CorrelateOverlap(fixed, moving, x, y);
    // The height of a parabola through the neighbours: peaks between pixels shall not lose for that.
    const auto rise = [here](double before, double after)
    {
      const double bend = before - 2.0 * here + after;
      const double slope = 0.5 * (after - before);
      return bend < 0.0 ? std::min(0.5 * std::abs(slope), -0.5 * slope * slope / bend) : 0.0;
    };
    // What is alike goes to the smaller shift.
    constexpr double Preference = 0.02;
    const double common = here +
                          rise(CorrelateOverlap(fixed, moving, x - 1, y), CorrelateOverlap(fixed, moving, x + 1, y)) +
                          rise(CorrelateOverlap(fixed, moving, x, y - 1), CorrelateOverlap(fixed, moving, x, y + 1)) -
                          Preference * std::hypot(static_cast<double>(x) / static_cast<double>(reachX),
                                                  static_cast<double>(y) / static_cast<double>(reachY));
    if (common > best)
    {
      best = common;
      bestX = peaks[k].x;
      bestY = peaks[k].y;
    }
  }
  const auto vertex = [](double before, double here, double after)
  {
    if (before <= 0.0 || after <= 0.0)
    {
      return 0.0;
    }
    const double l = std::log(before);
    const double m = std::log(here);
    const double r = std::log(after);
    const double bend = l - 2.0 * m + r;
    return bend < 0.0 ? std::clamp(0.5 * (l - r) / bend, -0.5, 0.5) : 0.0;
  };
  ImageShift result;
  const double peak = at(bestX, bestY);
  result.correlation = best;
  result.shift = {static_cast<double>(bestX) + vertex(at(bestX - 1, bestY), peak, at(bestX + 1, bestY)),
                  static_cast<double>(bestY) + vertex(at(bestX, bestY - 1), peak, at(bestX, bestY + 1))};
  return result;
}
} // namespace ferro
