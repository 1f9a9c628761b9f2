#include "ferroPolarizationMixture.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr double Pi = 3.14159265358979323846;

double
Quantile(std::vector<double> values, double share)
{
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), place, values.end());
  return *place;
}
} // namespace

PolarizationMixture::PolarizationMixture(const std::vector<MixtureSample> & samples) : m_Samples(samples)
{
  if (samples.empty())
  {
    return;
  }
  std::vector<double> lengths;
  double variance = 0.0;
  for (const auto & sample : samples)
  {
    lengths.push_back(sample.value.norm());
    variance += sample.variance / static_cast<double>(samples.size());
  }
  const double large = Quantile(lengths, 0.98);
  const double radius = 1.5 * std::max(large, std::sqrt(variance));
  m_BackgroundDensity = 1.0 / (Pi * std::max(radius * radius, 1e-300));
  // A star of directions in two lengths and the middle: whatever the field is made of lies near some of them.
  constexpr int Directions = 8;
  constexpr int FirstSteps = 8;
  const double start = std::max(0.1 * large * large, 0.5 * variance);
  m_Components.push_back({Eigen::Vector2d::Zero(), start, 1.0, 0.0});
  for (const double length : {Quantile(lengths, 0.3), Quantile(lengths, 0.8)})
  {
    for (int k = 0; k < Directions; ++k)
    {
      const double angle = 2.0 * Pi * (k + 0.25) / Directions;
      m_Components.push_back({length * Eigen::Vector2d(std::cos(angle), std::sin(angle)), start, 1.0, 0.0});
    }
  }
  for (auto & component : m_Components)
  {
    component.weight = (1.0 - m_BackgroundWeight) / static_cast<double>(m_Components.size());
  }
  this->Converge(FirstSteps);
  std::vector<MixtureComponent> best;
  double bestCriterion = 1e300;
  double bestBackground = m_BackgroundWeight;
  const double penalty = std::log(static_cast<double>(samples.size()));
  while (!m_Components.empty())
  {
    this->Converge(m_Components.size() > 8 ? 2 : m_Components.size() > 5 ? 6 : 20);
    const std::vector<MixtureComponent> before = m_Components;
    const double background = m_BackgroundWeight;
    const double likelihood = this->Step();
    const double criterion = -2.0 * likelihood + (4.0 * static_cast<double>(before.size()) + 1.0) * penalty;
    if (criterion < bestCriterion)
    {
      bestCriterion = criterion;
      best = before;
      bestBackground = background;
    }
    if (m_Components.size() < 2)
    {
      break;
    }
    this->JoinClosest();
  }
  m_Components = best;
  m_BackgroundWeight = bestBackground;
  this->Converge(30);
}

double
PolarizationMixture::LogDensity(const MixtureComponent & component, const MixtureSample & sample)
{
  const double variance = component.variance + sample.variance;
  return -0.5 * (sample.value - component.mean).squaredNorm() / variance - std::log(2.0 * Pi * variance);
}

double
PolarizationMixture::LogBackground() const
{
  return std::log(std::max(m_BackgroundWeight, 1e-6) * m_BackgroundDensity);
}

double
PolarizationMixture::Step()
{
  struct Sums
  {
    double weight = 0.0;
    double precision = 0.0;
    Eigen::Vector2d mean = Eigen::Vector2d::Zero();
    double variance = 0.0;
  };
  std::vector<Sums> sums(m_Components.size());
  std::vector<double> densities(m_Components.size());
  double background = 0.0;
  double likelihood = 0.0;
  for (const auto & sample : m_Samples)
  {
    double total = m_BackgroundWeight * m_BackgroundDensity;
    for (std::size_t m = 0; m < m_Components.size(); ++m)
    {
      const MixtureComponent & component = m_Components[m];
      const double variance = component.variance + sample.variance;
      const double square = (sample.value - component.mean).squaredNorm();
      densities[m] =
        square < 100.0 * variance ? component.weight * std::exp(-0.5 * square / variance) / (2.0 * Pi * variance) : 0.0;
      total += densities[m];
    }
    likelihood += std::log(total);
    background += m_BackgroundWeight * m_BackgroundDensity / total;
    for (std::size_t m = 0; m < m_Components.size(); ++m)
    {
      const double share = densities[m] / total;
      if (share < 1e-9)
      {
        continue;
      }
      const MixtureComponent & component = m_Components[m];
      const double variance = component.variance + sample.variance;
      sums[m].weight += share;
      sums[m].precision += share / variance;
      sums[m].mean += share / variance * sample.value;
      // What the true vector may be, given the sample and the component.
      const double shrink = component.variance / variance;
      const double left = shrink * sample.variance;
      sums[m].variance += share * (left + 0.5 * shrink * shrink * (sample.value - component.mean).squaredNorm());
    }
  }
  const auto count = static_cast<double>(m_Samples.size());
  // Walls are a small part of an image; a field that fits no component at all is not explained by the background.
  constexpr double MostBackground = 0.15;
  m_BackgroundWeight = std::min(MostBackground, (background + 0.5) / count);
  constexpr double Fewest = 4.0; // samples
  std::vector<MixtureComponent> next;
  for (const Sums & sum : sums)
  {
    if (sum.weight >= Fewest)
    {
      next.push_back({sum.mean / sum.precision, sum.variance / sum.weight, sum.weight, 1.0 / sum.precision});
    }
  }
  if (next.empty())
  {
    return likelihood;
  }
  double weight = 0.0;
  for (const auto & component : next)
  {
    weight += component.weight;
  }
  for (auto & component : next)
  {
    component.weight *= (1.0 - m_BackgroundWeight) / weight;
  }
  m_Components = std::move(next);
  return likelihood;
}

void
PolarizationMixture::Converge(int steps)
{
  double last = -1e300;
  for (int n = 0; n < steps; ++n)
  {
    const double likelihood = this->Step();
    if (likelihood - last < 1e-3)
    {
      break;
    }
    last = likelihood;
  }
}

void
PolarizationMixture::JoinClosest()
{
  double error = 0.0;
  for (const auto & sample : m_Samples)
  {
    error += sample.variance / static_cast<double>(m_Samples.size());
  }
  std::size_t first = 0;
  std::size_t second = 1;
  double least = 1e300;
  for (std::size_t k = 0; k < m_Components.size(); ++k)
  {
    for (std::size_t l = k + 1; l < m_Components.size(); ++l)
    {
      const MixtureComponent & one = m_Components[k];
      const MixtureComponent & other = m_Components[l];
      const double weight = one.weight * other.weight / (one.weight + other.weight);
      const double variance = 0.5 * (one.variance + other.variance) + error;
      const double cost = weight * (one.mean - other.mean).squaredNorm() / variance;
      if (cost < least)
      {
        least = cost;
        first = k;
        second = l;
      }
    }
  }
  MixtureComponent & one = m_Components[first];
  const MixtureComponent & other = m_Components[second];
  const double weight = one.weight + other.weight;
  const double share = other.weight / weight;
  const double distance = (one.mean - other.mean).squaredNorm();
  one.variance = (1.0 - share) * one.variance + share * other.variance + 0.5 * share * (1.0 - share) * distance;
  one.mean = (1.0 - share) * one.mean + share * other.mean;
  one.weight = weight;
  m_Components.erase(m_Components.begin() + static_cast<std::ptrdiff_t>(second));
}
} // namespace ferro
