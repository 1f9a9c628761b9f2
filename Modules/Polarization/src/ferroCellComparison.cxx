#include "ferroCellComparison.h"

#include "ferroPointLocator.h"
#include "ferroRandomNumbers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <map>

namespace ferro
{
namespace
{
constexpr double NotKnown = std::numeric_limits<double>::quiet_NaN();

double
Median(std::vector<double> values)
{
  if (values.empty())
  {
    return NotKnown;
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1)
  {
    return *middle;
  }
  return 0.5 * (*middle + *std::max_element(values.begin(), middle));
}

/** Everything that the statistics need of a set of pairs; sums of squares of the image just add up. */
struct Sums
{
  enum Index
  {
    N,
    M,
    P,
    MM,
    PP,
    MP,
    D1, // |p - m|
    D2, // (p - m)^2
    ZN,
    Z,
    ZZ,
    SN, // pairs with a standard error of the measured value
    SS,
    Size
  };
  std::array<double, Size> s{};

  void
  Add(const Sums & other)
  {
    for (std::size_t k = 0; k < Size; ++k)
    {
      s[k] += other.s[k];
    }
  }
};

/** The numbers with an interval, in the order of the members of ComparisonStatistics. */
enum Result
{
  Rmse,
  Mae,
  Bias,
  Slope,
  Intercept,
  Correlation,
  R2,
  TrueSlope,
  ZMean,
  ZDeviation,
  ResultCount
};

/** \param origin was subtracted from all values */
std::array<double, ResultCount>
Evaluate(const Sums & sums, double origin)
{
  const auto & s = sums.s;
  std::array<double, ResultCount> r;
  r.fill(NotKnown);
  const double n = s[Sums::N];
  if (!(n > 0.0))
  {
    return r;
  }
  r[Rmse] = std::sqrt(s[Sums::D2] / n);
  r[Mae] = s[Sums::D1] / n;
  r[Bias] = (s[Sums::P] - s[Sums::M]) / n;
  const double mm = s[Sums::MM] - s[Sums::M] * s[Sums::M] / n;
  const double pp = s[Sums::PP] - s[Sums::P] * s[Sums::P] / n;
  const double mp = s[Sums::MP] - s[Sums::M] * s[Sums::P] / n;
  const double least = 1e-12 * s[Sums::MM]; // below it is rounding
  if (n > 1.0 && mm > least)
  {
    r[Slope] = mp / mm;
    r[Intercept] = (s[Sums::P] - r[Slope] * s[Sums::M]) / n + origin * (1.0 - r[Slope]);
    r[R2] = 1.0 - s[Sums::D2] / mm;
    if (pp > 1e-12 * s[Sums::PP])
    {
      r[Correlation] = std::clamp(mp / std::sqrt(mm * pp), -1.0, 1.0);
    }
    if (s[Sums::SN] > 0.5 * n) // most of them have one
    {
      const double noise = n * s[Sums::SS] / s[Sums::SN];
      // Where noise is most of what was measured the correction is noise, too.
      if (noise < 0.9 * mm)
      {
        r[TrueSlope] = mp / (mm - noise);
      }
    }
  }
  const double zn = s[Sums::ZN];
  if (zn > 1.0)
  {
    r[ZMean] = s[Sums::Z] / zn;
    r[ZDeviation] = std::sqrt(std::max(0.0, s[Sums::ZZ] - zn * r[ZMean] * r[ZMean]) / (zn - 1.0));
  }
  return r;
}

/** Standard error of the difference; that of the prediction where the measured value is exact. */
double
DifferenceSigma(double measuredSigma, double predictedSigma)
{
  const double square =
    predictedSigma * predictedSigma + (std::isfinite(measuredSigma) ? measuredSigma * measuredSigma : 0.0);
  return square > 0.0 ? std::sqrt(square) : NotKnown;
}
} // namespace

std::vector<std::pair<std::size_t, std::size_t>>
MatchPlaces(const std::vector<Eigen::Vector2d> & first, const std::vector<Eigen::Vector2d> & second,
            double maximumDistance)
{
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  if (first.empty() || second.empty())
  {
    return pairs;
  }
  const PointLocator firstLocator(first);
  const PointLocator secondLocator(second);
  for (std::size_t k = 0; k < first.size(); ++k)
  {
    const auto match = secondLocator.Nearest(first[k]);
    if (match.second <= maximumDistance * maximumDistance && firstLocator.Nearest(second[match.first]).first == k)
    {
      pairs.emplace_back(k, match.first);
    }
  }
  return pairs;
}

double
GetMedianSpacing(const std::vector<Eigen::Vector2d> & places)
{
  if (places.size() < 2)
  {
    return 0.0;
  }
  const PointLocator locator(places);
  std::vector<double> distances;
  for (const auto & place : places)
  {
    distances.push_back(std::sqrt(locator.Nearest(place, 2).back().second));
  }
  return Median(std::move(distances));
}

Eigen::Matrix2d
EstimateCellEdges(const std::vector<Eigen::Vector2d> & places)
{
  if (places.size() < 5)
  {
    return Eigen::Matrix2d::Zero();
  }
  const double reach = 1.3 * GetMedianSpacing(places);
  const PointLocator locator(places);
  std::vector<Eigen::Vector2d> steps;
  std::complex<double> sum = 0.0; // the fourth power does not mind turns by 90 degrees
  for (const auto & place : places)
  {
    for (const auto & match : locator.Within(place, reach))
    {
      const Eigen::Vector2d step = places[match.first] - place;
      if (step.squaredNorm() > 0.0)
      {
        steps.push_back(step);
        sum += std::pow(std::complex<double>(step.x(), step.y()) / step.norm(), 4);
      }
    }
  }
  const double angle = 0.25 * std::arg(sum);
  const Eigen::Vector2d along(std::cos(angle), std::sin(angle));
  const Eigen::Vector2d across(-along.y(), along.x());
  std::vector<double> lengths[2];
  for (const auto & step : steps)
  {
    const double u = std::abs(step.dot(along));
    const double v = std::abs(step.dot(across));
    lengths[u >= v ? 0 : 1].push_back(std::max(u, v));
  }
  for (auto & list : lengths)
  {
    if (list.empty())
    {
      list.push_back(GetMedianSpacing(places));
    }
  }
  Eigen::Matrix2d edges;
  edges << Median(lengths[0]) * along, Median(lengths[1]) * across;
  return edges;
}

std::vector<std::size_t>
AssignBlocks(const std::vector<Eigen::Vector2d> & places, double edge)
{
  std::map<std::pair<double, double>, std::size_t> numbers;
  std::vector<std::size_t> blocks;
  for (const auto & place : places)
  {
    const std::pair<double, double> key{std::floor(place.x() / edge), std::floor(place.y() / edge)};
    blocks.push_back(numbers.emplace(key, numbers.size()).first->second);
  }
  return blocks;
}

std::vector<char>
FindOutliers(const std::vector<double> & values, double sigmas)
{
  std::vector<double> finite;
  std::copy_if(values.begin(), values.end(), std::back_inserter(finite), [](double v) { return std::isfinite(v); });
  const double center = Median(finite);
  for (double & v : finite)
  {
    v = std::abs(v - center);
  }
  const double limit = sigmas * 1.4826 * Median(finite);
  std::vector<char> outliers;
  for (const double v : values)
  {
    outliers.push_back(std::abs(v - center) > limit); // false where one of them is NaN
  }
  return outliers;
}

void
CellComparison::Add(double measured, double predicted, std::size_t block, double measuredSigma, double predictedSigma)
{
  if (std::isfinite(measured) && std::isfinite(predicted))
  {
    m_Pairs.push_back({measured, predicted, block, measuredSigma, predictedSigma});
  }
}

ComparisonStatistics
CellComparison::Compute() const
{
  ComparisonStatistics result;
  result.count = m_Pairs.size();
  if (m_Pairs.empty())
  {
    return result;
  }
  double origin = 0.0; // sums of squares about the mean lose no digits
  for (const Pair & pair : m_Pairs)
  {
    origin += pair.measured / static_cast<double>(m_Pairs.size());
  }
  std::map<std::size_t, Sums> byBlock;
  std::size_t within1 = 0;
  std::size_t within2 = 0;
  for (const Pair & pair : m_Pairs)
  {
    auto & s = byBlock[pair.block].s;
    const double m = pair.measured - origin;
    const double p = pair.predicted - origin;
    const double d = p - m;
    s[Sums::N] += 1.0;
    s[Sums::M] += m;
    s[Sums::P] += p;
    s[Sums::MM] += m * m;
    s[Sums::PP] += p * p;
    s[Sums::MP] += m * p;
    s[Sums::D1] += std::abs(d);
    s[Sums::D2] += d * d;
    const double sigma = DifferenceSigma(pair.measuredSigma, pair.predictedSigma);
    if (std::isfinite(sigma))
    {
      const double z = d / sigma;
      s[Sums::ZN] += 1.0;
      s[Sums::Z] += z;
      s[Sums::ZZ] += z * z;
      within1 += std::abs(z) < 1.0;
      within2 += std::abs(z) < 2.0;
    }
    if (std::isfinite(pair.measuredSigma))
    {
      s[Sums::SN] += 1.0;
      s[Sums::SS] += pair.measuredSigma * pair.measuredSigma;
    }
  }
  std::vector<Sums> blocks;
  Sums total;
  for (const auto & [number, sums] : byBlock)
  {
    blocks.push_back(sums);
    total.Add(sums);
  }
  result.blocks = blocks.size();
  const double n = total.s[Sums::N];
  result.measuredMean = origin + total.s[Sums::M] / n;
  result.predictedMean = origin + total.s[Sums::P] / n;
  if (m_Pairs.size() > 1)
  {
    const auto deviation = [n](double square, double sum)
    { return std::sqrt(std::max(0.0, square - sum * sum / n) / (n - 1.0)); };
    result.measuredDeviation = deviation(total.s[Sums::MM], total.s[Sums::M]);
    result.predictedDeviation = deviation(total.s[Sums::PP], total.s[Sums::P]);
  }
  result.zCount = static_cast<std::size_t>(total.s[Sums::ZN]);
  if (result.zCount > 0)
  {
    result.zWithin1 = static_cast<double>(within1) / total.s[Sums::ZN];
    result.zWithin2 = static_cast<double>(within2) / total.s[Sums::ZN];
  }

  const auto values = Evaluate(total, origin);
  std::array<std::vector<double>, ResultCount> drawn;
  if (blocks.size() >= MinimumBlocks)
  {
    RandomNumbers random(m_Seed);
    for (std::size_t k = 0; k < m_Resamples; ++k)
    {
      Sums sums;
      for (std::size_t b = 0; b < blocks.size(); ++b)
      {
        sums.Add(blocks[static_cast<std::size_t>(random.Below(blocks.size()))]);
      }
      const auto again = Evaluate(sums, origin);
      for (std::size_t r = 0; r < ResultCount; ++r)
      {
        if (std::isfinite(again[r]))
        {
          drawn[r].push_back(again[r]);
        }
      }
    }
  }
  const auto estimate = [&](Result which)
  {
    Estimate made;
    made.value = values[which];
    auto & list = drawn[which];
    if (std::isfinite(made.value) && !list.empty() && 10 * list.size() >= 9 * m_Resamples)
    {
      std::sort(list.begin(), list.end());
      const auto at = [&list](double share)
      { return list[static_cast<std::size_t>(std::lround(share * static_cast<double>(list.size() - 1)))]; };
      made.low = at(0.025);
      made.high = at(0.975);
    }
    return made;
  };
  result.rmse = estimate(Rmse);
  result.mae = estimate(Mae);
  result.bias = estimate(Bias);
  result.slope = estimate(Slope);
  result.intercept = estimate(Intercept);
  result.correlation = estimate(Correlation);
  result.r2 = estimate(R2);
  result.trueSlope = estimate(TrueSlope);
  result.zMean = estimate(ZMean);
  result.zDeviation = estimate(ZDeviation);
  return result;
}
} // namespace ferro
