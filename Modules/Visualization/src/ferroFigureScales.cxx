#include "ferroFigureScales.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace ferro
{
namespace
{
std::string
Fixed(double value, int decimals)
{
  char buffer[64];
  if (!std::isfinite(value))
  {
    return "–";
  }
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::abs(value), std::chars_format::fixed, decimals);
  const std::string digits = end.ec == std::errc() ? std::string(buffer, end.ptr) : "?";
  const bool zero = digits.find_first_of("123456789") == std::string::npos;
  return (value < 0 && !zero ? "−" : "") + digits;
}

double
PowerOfTen(double value)
{
  return std::pow(10.0, std::floor(std::log10(value) + 1e-9));
}
} // namespace

std::vector<double>
Finite(const std::vector<double> & values)
{
  std::vector<double> finite;
  std::copy_if(values.begin(), values.end(), std::back_inserter(finite), [](double v) { return std::isfinite(v); });
  return finite;
}

double
Percentile(std::vector<double> values, double share)
{
  values = Finite(values);
  if (values.empty())
  {
    return 0.0;
  }
  const auto nth = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(nth), values.end());
  return values[nth];
}

double
Mean(const std::vector<double> & values)
{
  double sum = 0.0;
  for (const double v : values)
  {
    sum += v;
  }
  return values.empty() ? 0.0 : sum / static_cast<double>(values.size());
}

double
StandardDeviation(const std::vector<double> & values)
{
  const double mean = Mean(values);
  double sum = 0.0;
  for (const double v : values)
  {
    sum += (v - mean) * (v - mean);
  }
  return values.size() < 2 ? 0.0 : std::sqrt(sum / static_cast<double>(values.size() - 1));
}

Range
RobustRange(const std::vector<double> & values)
{
  Range range{Percentile(values, 0.02), Percentile(values, 0.98)};
  const double least = std::max(1e-6 * std::abs(range.low), 1e-12);
  if (range.high - range.low < least)
  {
    const double half = std::max(1e-3 * std::abs(range.low), 1e-9);
    range = {range.low - half, range.high + half};
  }
  return range;
}

Range
RobustSymmetricRange(const std::vector<double> & values)
{
  std::vector<double> sizes;
  for (const double v : values)
  {
    sizes.push_back(std::abs(v));
  }
  const double limit = RoundUp(std::max(Percentile(sizes, 0.98), 1e-9));
  return {-limit, limit};
}

double
RoundUp(double value)
{
  if (!(value > 0))
  {
    return 1.0;
  }
  const double power = PowerOfTen(value);
  for (const double factor : {1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5})
  {
    if (factor * power >= value * (1 - 1e-9))
    {
      return factor * power;
    }
  }
  return 10.0 * power;
}

double
RoundDown125(double value)
{
  if (!(value > 0))
  {
    return 1.0;
  }
  const double power = PowerOfTen(value);
  return (value >= 5 * power ? 5 : value >= 2 * power ? 2 : 1) * power;
}

double
RoundDownBand(double value)
{
  const double power = value > 0 ? PowerOfTen(value) : 1.0;
  double largest = power;
  for (const double factor : {2.0, 2.5, 5.0})
  {
    largest = factor * power <= value * (1 + 1e-9) ? factor * power : largest;
  }
  return largest;
}

double
NiceStep(const Range & range, int count)
{
  const double raw = (range.high - range.low) / std::max(1, count);
  if (!(raw > 0) || !std::isfinite(raw))
  {
    return 1.0;
  }
  const double power = PowerOfTen(raw);
  const double factor = raw / power;
  return (factor < 1.5 ? 1 : factor < 3.5 ? 2 : factor < 7.5 ? 5 : 10) * power;
}

std::vector<double>
NiceTicks(const Range & range, int count)
{
  const double step = NiceStep(range, count);
  std::vector<double> ticks;
  const double first = std::ceil(range.low / step - 1e-6);
  for (double k = first; k * step <= range.high + 1e-6 * step && ticks.size() < 50; ++k)
  {
    ticks.push_back(k * step);
  }
  return ticks;
}

std::string
Label(double value, double step)
{
  int decimals = std::clamp(static_cast<int>(-std::floor(std::log10(step) + 1e-9)), 0, 9);
  const double last = step * std::pow(10.0, decimals);
  decimals += std::abs(last - std::round(last)) > 1e-6; // 2.5 needs one more than 2
  return Fixed(value, decimals);
}

std::string
Significant(double value, int digits)
{
  if (value == 0.0 || !std::isfinite(value))
  {
    return value == 0.0 ? "0" : "–";
  }
  const int power = static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-12));
  return Fixed(value, std::clamp(digits - 1 - power, 0, 9));
}
} // namespace ferro
