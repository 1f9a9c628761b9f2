#include "ferroRandomNumbers.h"

#include <cmath>

namespace ferro
{
namespace
{
// The finaliser of splitmix64 (Steele, Lea and Flood, OOPSLA 2014): spreads seeds that differ in few bits.
std::uint64_t
Mix(std::uint64_t value)
{
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

double
PoissonBySearch(double mean, double uniform)
{
  // Walks up the cumulative distribution. The cap is far beyond what a uniform number of 53 bits can reach.
  double term = std::exp(-mean);
  double sum = term;
  double count = 0.0;
  while (uniform > sum && count < 1000.0)
  {
    count += 1.0;
    term *= mean / count;
    sum += term;
  }
  return count;
}
} // namespace

RandomNumbers::RandomNumbers(std::uint64_t seed, std::uint64_t stream) : m_Engine(Mix(Mix(seed) ^ stream))
{
}

double
RandomNumbers::Uniform()
{
  return (static_cast<double>(m_Engine() >> 11) + 0.5) * 0x1p-53;
}

std::uint64_t
RandomNumbers::Below(std::uint64_t limit)
{
  // Numbers of the incomplete last round are drawn again.
  const std::uint64_t rest = (UINT64_MAX % limit + 1) % limit;
  std::uint64_t number;
  do
  {
    number = m_Engine();
  } while (number > UINT64_MAX - rest);
  return number % limit;
}

double
RandomNumbers::Normal()
{
  const double radius = std::sqrt(-2.0 * std::log(this->Uniform()));
  return radius * std::cos(6.283185307179586477 * this->Uniform());
}

double
RandomNumbers::Poisson(double mean)
{
  if (!(mean > 0.0))
  {
    return 0.0;
  }
  if (mean < 30.0)
  {
    return PoissonBySearch(mean, this->Uniform());
  }
  // Names and constants as in the paper.
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double vr = 0.9277 - 3.6224 / (b - 2.0);
  const double inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const double logMean = std::log(mean);
  for (;;)
  {
    const double u = this->Uniform() - 0.5;
    const double v = this->Uniform();
    const double us = 0.5 - std::abs(u);
    const double k = std::floor((2.0 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= vr)
    {
      return k;
    }
    if (k < 0.0 || (us < 0.013 && v > us))
    {
      continue;
    }
    if (std::log(v * inverseAlpha / (a / (us * us) + b)) <= k * logMean - mean - std::lgamma(k + 1.0))
    {
      return k;
    }
  }
}
} // namespace ferro
