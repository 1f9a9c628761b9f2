#include "ferroNoiseModel.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace ferro
{
NoiseModel
NoiseEstimator::Estimate()
{
  NoiseModel model;
  if (m_Samples.empty())
  {
    return model;
  }
  constexpr std::size_t Bins = 20;
  const std::size_t bins = std::min(Bins, std::max<std::size_t>(1, m_Samples.size() / 50));
  // Only what belongs into which bin matters, not the order inside.
  const auto edge = [&](std::size_t bin) { return static_cast<std::ptrdiff_t>(m_Samples.size() * bin / bins); };
  const std::function<void(std::size_t, std::size_t)> split = [&](std::size_t first, std::size_t last)
  {
    if (last - first < 2)
    {
      return;
    }
    const std::size_t middle = (first + last) / 2;
    std::nth_element(m_Samples.begin() + edge(first), m_Samples.begin() + edge(middle), m_Samples.begin() + edge(last),
                     [](const Sample & l, const Sample & r) { return l.expected < r.expected; });
    split(first, middle);
    split(middle, last);
  };
  split(0, bins);
  std::vector<double> expected(bins);
  std::vector<double> variance(bins);
  for (std::size_t bin = 0; bin < bins; ++bin)
  {
    const std::size_t first = m_Samples.size() * bin / bins;
    const std::size_t last = m_Samples.size() * (bin + 1) / bins;
    for (std::size_t n = first; n < last; ++n)
    {
      expected[bin] += m_Samples[n].expected;
      variance[bin] += m_Samples[n].squaredResidual;
    }
    expected[bin] /= static_cast<double>(last - first);
    variance[bin] /= static_cast<double>(last - first);
  }
  // Iterated weights 1 / variance^2: the scatter of a sample variance is proportional to itself.
  const double mean = std::max(1e-300, *std::max_element(variance.begin(), variance.end()));
  model.gain = 0.0;
  model.offset = mean;
  for (int iteration = 0; iteration < 5; ++iteration)
  {
    double s = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (std::size_t bin = 0; bin < bins; ++bin)
    {
      const double predicted = std::max(1e-3 * mean, model.gain * expected[bin] + model.offset);
      const double w = 1.0 / (predicted * predicted);
      s += w;
      sx += w * expected[bin];
      sy += w * variance[bin];
      sxx += w * expected[bin] * expected[bin];
      sxy += w * expected[bin] * variance[bin];
    }
    const double determinant = s * sxx - sx * sx;
    if (determinant > 1e-12 * s * sxx)
    {
      model.gain = (s * sxy - sx * sy) / determinant;
      model.offset = (sxx * sy - sx * sxy) / determinant;
    }
    if (model.gain < 0.0 || determinant <= 1e-12 * s * sxx)
    {
      model.gain = 0.0;
      model.offset = sy / s;
    }
  }
  model.floor = 0.2 * std::max(1e-300, *std::min_element(variance.begin(), variance.end()));
  return model;
}
} // namespace ferro
