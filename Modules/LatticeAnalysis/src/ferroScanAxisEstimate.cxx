#include "ferroScanAxisEstimate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace ferro
{
namespace
{
constexpr double MedianOfSquare = 0.4549364;    // of chi squared with one degree of freedom
constexpr double MedianOfMagnitude = 0.6744898; // of a normal number
/** Heights at which shifts are compared lie so many t apart: then they are nearly independent. */
constexpr double GroupHeight = 3.5;
constexpr std::size_t FewestPairs = 40;
/** Standard deviations beyond which a shift is not taken for jitter. */
constexpr double Suspicious = 3.5;
/** Standard deviations by which shifts must stand out to be believed. */
constexpr double Believed = 4.0;
} // namespace

double
MedianOf(std::vector<double> values)
{
  if (values.empty())
  {
    return 0.0;
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

ScanAxisEstimate::ScanAxisEstimate(ScanLines::AxisName axis, const AtomColumnSet & columns,
                                   const std::vector<std::size_t> & members, std::size_t countA,
                                   const std::array<double, 2> & weightSigmas, double cell)
  : m_Axis(axis), m_Height(columns.GetGeometry().height), m_WeightSigma(weightSigmas[0]),
    m_Solver(axis, m_Height, weightSigmas, CellsPerKnot * cell, static_cast<std::size_t>(std::ceil(2.0 * cell)) + 2),
    m_CountA(countA), m_Shifts(members.size(), 0.0), m_Trusted(members.size(), true), m_Odd(members.size(), false)
{
  for (const std::size_t n : members)
  {
    m_Lines.push_back(columns.GetColumns()[n].position.y());
    m_Fit.push_back(std::max(1e-12, columns.GetColumns()[n].covariance(axis, axis)));
  }
  m_Prior.weightSigma = m_WeightSigma;
  for (double dy = 0.0; dy < 3.0 * GroupHeight * m_WeightSigma; dy += 1.0)
  {
    m_Correlations.push_back(m_Prior.Correlation(axis, dy));
  }
}

void
ScanAxisEstimate::Update(const std::vector<double> & rest, Search mode)
{
  const bool search = mode != Search::None;
  m_Change = 0.0;
  this->FindOddOnes(rest, 0, m_CountA);
  this->FindOddOnes(rest, m_CountA, rest.size());
  m_OwnA = this->FindOwnVariance(rest, 0, m_CountA);
  m_OwnB = this->FindOwnVariance(rest, m_CountA, rest.size());
  this->Observe(rest, false);
  if (search)
  {
    this->TestForShifts(rest);
  }
  if (excess < needed)
  {
    m_Variance = 0.0;
    std::fill(m_Shifts.begin(), m_Shifts.end(), 0.0);
    return;
  }
  if (!m_Searched)
  {
    // Before shifts are known, columns on the lines that are shifted most look odd. Those of A tell the shifts and must
    // not be left out for that; those of B only help to find their variance, and a step at a wall must not.
    std::fill(m_Odd.begin(), m_Odd.begin() + static_cast<std::ptrdiff_t>(m_CountA), false);
  }
  // B columns help to say how much the lines are shifted and how far they remember it. The shifts themselves are
  // those that A shows: what moves B alone is what is to be measured.
  constexpr int MostTrials = 4; // a wall along the lines shows in several rows, the strongest first
  for (int trial = 0; search && trial < MostTrials; ++trial)
  {
    this->Observe(rest, true);
    this->FindVariance();
    m_Solver.Solve(m_Variance, m_Memory * m_WeightSigma);
    if (!this->Distrust())
    {
      break;
    }
    m_Memory = 0.0;
    m_Searched = false;
  }
  this->Observe(rest, false);
  if (search)
  {
    // A step of B at a wall along the lines is no jitter of both.
    constexpr double Chance = 1.5; // is what the variance by A alone may fall short of that by both
    const double both = m_Variance;
    const double memory = m_Memory;
    this->FindVariance();
    const bool alsoB = both < Chance * m_Variance;
    if (alsoB)
    {
      m_Variance = both;
      m_Memory = memory;
    }
    if (mode == Search::Mean)
    {
      this->Observe(rest, alsoB);
      m_Variance = this->MeanVariance();
      this->Observe(rest, false);
    }
  }
  m_Solver.Solve(m_Variance, m_Memory * m_WeightSigma);
  m_Solver.Stiffen();
  m_Prior.axes[static_cast<std::size_t>(m_Axis)] = m_Solver.MakePrior();
  const auto before = m_Shifts;
  for (std::size_t n = 0; n < rest.size(); ++n)
  {
    m_Shifts[n] = m_Solver.Shift(m_Lines[n], n >= m_CountA);
    m_Change += (m_Shifts[n] - before[n]) * (m_Shifts[n] - before[n]) / m_Fit[n] / static_cast<double>(rest.size());
  }
  m_Change = std::sqrt(m_Change);
}

ScanLines::Axis
ScanAxisEstimate::MakeAxis()
{
  m_Solver.FindCovariance();
  double removed = 0.0;
  for (long line = 0; line < m_Height; ++line)
  {
    removed += std::clamp(1.0 - m_Solver.VarianceLeft(static_cast<std::size_t>(line)) / m_Variance, 0.0, 1.0);
  }
  coverage = removed / static_cast<double>(m_Height);
  return m_Solver.MakeAxis();
}

void
ScanAxisEstimate::Observe(const std::vector<double> & rest, bool alsoB)
{
  std::vector<ScanLineSolver::Observation> observations;
  for (std::size_t n = 0; n < (alsoB ? rest.size() : m_CountA); ++n)
  {
    const bool other = n >= m_CountA;
    const double variance = m_Fit[n] + (other ? m_OwnB : m_OwnA);
    if (m_Trusted[n] && !m_Odd[n])
    {
      observations.push_back({m_Lines[n], rest[n], variance, other});
    }
  }
  m_Solver.Observe(observations);
}

void
ScanAxisEstimate::FindOddOnes(const std::vector<double> & rest, std::size_t first, std::size_t end)
{
  const auto order = this->ByLine(first, end);
  const auto value = [&](std::size_t n) { return rest[n] - m_Shifts[n]; };
  constexpr std::size_t Half = 4;
  std::vector<double> off(order.size());
  for (std::size_t k = 0; k < order.size(); ++k)
  {
    std::vector<double> around;
    for (std::size_t l = k - std::min(k, Half); l < std::min(order.size(), k + Half + 1); ++l)
    {
      around.push_back(value(order[l]));
    }
    off[k] = std::abs(value(order[k]) - MedianOf(std::move(around)));
  }
  constexpr double Odd = 3.5;
  const double limit = Odd * MedianOf(off) / MedianOfMagnitude;
  for (std::size_t k = 0; k < order.size(); ++k)
  {
    m_Odd[order[k]] = off[k] > limit;
  }
}

std::vector<std::size_t>
ScanAxisEstimate::ByLine(std::size_t first, std::size_t end) const
{
  std::vector<std::size_t> order(end - first);
  std::iota(order.begin(), order.end(), first);
  std::stable_sort(order.begin(), order.end(),
                   [this](std::size_t l, std::size_t r) { return m_Lines[l] < m_Lines[r]; });
  return order;
}

double
ScanAxisEstimate::FindOwnVariance(const std::vector<double> & rest, std::size_t first, std::size_t end) const
{
  const auto order = this->ByLine(first, end);
  std::vector<double> squares;
  std::vector<double> known;
  constexpr double Near = 0.5;
  for (std::size_t k = 1; k < order.size(); ++k)
  {
    const std::size_t one = order[k - 1];
    const std::size_t other = order[k];
    const double dy = m_Lines[other] - m_Lines[one];
    if (dy < Near * m_WeightSigma)
    {
      squares.push_back((rest[one] - rest[other]) * (rest[one] - rest[other]));
      known.push_back(m_Fit[one] + m_Fit[other] + 2.0 * m_Variance * (1.0 - m_Prior.Correlation(m_Axis, dy)));
    }
  }
  if (squares.size() < FewestPairs)
  {
    return 0.0;
  }
  const auto ratio = [&](double own)
  {
    std::vector<double> ratios;
    for (std::size_t k = 0; k < squares.size(); ++k)
    {
      ratios.push_back(squares[k] / (known[k] + 2.0 * own));
    }
    return MedianOf(std::move(ratios));
  };
  double low = 0.0;
  double high = 1e-6;
  while (ratio(high) > MedianOfSquare && high < 1e6)
  {
    high *= 4.0;
  }
  for (int n = 0; n < 30; ++n)
  {
    const double middle = 0.5 * (low + high);
    (ratio(middle) > MedianOfSquare ? low : high) = middle;
  }
  return low;
}

void
ScanAxisEstimate::TestForShifts(const std::vector<double> & rest)
{
  const double typical = m_OwnA + *std::min_element(m_Fit.begin(), m_Fit.end());
  m_Solver.Solve(1e-6 * typical, 0.0); // the smooth function alone
  const double height = GroupHeight * m_WeightSigma;
  const auto count = static_cast<std::size_t>(static_cast<double>(m_Height) / height) + 1;
  std::vector<Group> all(count);
  for (std::size_t k = 0; k < count; ++k)
  {
    all[k].first = static_cast<long>(static_cast<double>(k) * height);
    all[k].lines.assign(static_cast<std::size_t>(height) + 3, 0.0);
  }
  for (std::size_t n = 0; n < m_CountA; ++n)
  {
    if (m_Odd[n])
    {
      continue;
    }
    // Along y by where it should be: columns of a row that lies at the border of two groups would be sorted by their
    // errors.
    const double line = std::max(0.0, m_Lines[n] - (m_Axis == ScanLines::Y ? rest[n] : 0.0));
    const double information = 1.0 / (m_Fit[n] + m_OwnA);
    Group & group = all[std::min(count - 1, static_cast<std::size_t>(line / height))];
    group.sum += (rest[n] - m_Solver.Smooth(m_Lines[n])) * information;
    group.information += information;
    const auto last = static_cast<long>(group.lines.size()) - 1;
    group.lines[static_cast<std::size_t>(std::min(last, std::lround(line) - group.first))] += information;
  }
  all.erase(std::remove_if(all.begin(), all.end(), [](const Group & group) { return group.information == 0.0; }),
            all.end());
  // Against the groups before and after: what varies slowly, and the bend of a lattice at a wall, is no jitter.
  std::vector<double> squares;
  std::vector<double> gains;
  std::vector<double> variances;
  for (std::size_t k = 1; k + 1 < all.size(); ++k)
  {
    const double off = all[k].Mean() - 0.5 * (all[k - 1].Mean() + all[k + 1].Mean());
    const double chance =
      1.0 / all[k].information + 0.25 * (1.0 / all[k - 1].information + 1.0 / all[k + 1].information);
    squares.push_back(off * off / chance);
    gains.push_back(this->ShareOfShifts(all[k - 1], all[k], all[k + 1]) / chance);
    variances.push_back(1.0 / all[k].information);
  }
  groups = static_cast<long>(squares.size());
  excess = squares.empty() ? 0.0 : MedianOf(squares) / MedianOfSquare;
  needed = 1.0 + Believed * this->ScatterOfExcess();
  m_Guess = std::max(0.0, excess - 1.0) * MedianOf(variances);
  m_Unseen = this->ExpectUnseen(MedianOf(gains));
}

double
ScanAxisEstimate::ScatterOfExcess() const
{
  // The median of n squared normal numbers scatters by 1 / (2 f sqrt(n)) of itself, with the density f = 0.472 at the
  // median 0.455; these overlap, which is worth a factor of about 1.3.
  constexpr double ScatterOfMedian = 1.3 * 2.33;
  return ScatterOfMedian / std::sqrt(std::max(1.0, static_cast<double>(groups)));
}

double
ScanAxisEstimate::ShareOfShifts(const Group & before, const Group & group, const Group & after) const
{
  std::vector<double> weights(static_cast<std::size_t>(after.first - before.first) + after.lines.size(), 0.0);
  const auto add = [&](const Group & of, double factor)
  {
    for (std::size_t k = 0; k < of.lines.size(); ++k)
    {
      weights[static_cast<std::size_t>(of.first - before.first) + k] += factor * of.lines[k] / of.information;
    }
  };
  add(before, -0.5);
  add(group, 1.0);
  add(after, -0.5);
  double share = 0.0;
  for (std::size_t k = 0; k < weights.size(); ++k)
  {
    for (std::size_t l = 0; weights[k] != 0.0 && l < weights.size(); ++l)
    {
      const std::size_t distance = k > l ? k - l : l - k;
      share += distance < m_Correlations.size() ? weights[k] * weights[l] * m_Correlations[distance] : 0.0;
    }
  }
  return share;
}

double
ScanAxisEstimate::ExpectUnseen(double gain) const
{
  // The mean over r, what shifts add to the excess 1 of chance, which scatters by its share s of itself. Of their
  // standard deviation nothing is known but that s is in the middle of r: half a Cauchy distribution, as for bends in
  // ScanLineSolver, p(r) ~ 1 / (sqrt(r) (r + s)).
  const double scatter = this->ScatterOfExcess();
  constexpr double Step = 0.2; // of the logarithm
  constexpr int Lowest = -35;
  constexpr int Highest = 20;
  double sum = 0.0;
  double weights = 0.0;
  for (int k = Lowest; k <= Highest; ++k)
  {
    const double r = scatter * std::exp(Step * k);
    const double off = (excess - 1.0 - r) / ((1.0 + r) * scatter);
    const double weight = std::exp(-0.5 * off * off) * std::sqrt(r) / ((1.0 + r) * (r + scatter));
    sum += weight * r;
    weights += weight;
  }
  return gain > 0.0 && weights > 0.0 ? sum / weights / gain : 0.0;
}

void
ScanAxisEstimate::FindVariance()
{
  // Memories from 0 on, each twice the one before, and further while that makes the columns more probable. Later the
  // neighbours of the one that was found: of slow shifts the first rounds see little, as on a lattice that lies
  // obliquely most are taken for its bending.
  constexpr double Shortest = 1.0;
  constexpr double Furthest = 4.0; // that is tried in any case
  // Longer ones cannot be told from bends of the specimen.
  const double longest = static_cast<double>(m_Height) / (8.0 * m_WeightSigma);
  std::vector<double> memories = {0.0, Shortest, 2.0 * Shortest, Furthest};
  if (m_Searched)
  {
    memories = {m_Memory};
    if (m_Memory > 0.0)
    {
      memories.push_back(m_Memory > Shortest ? 0.5 * m_Memory : 0.0);
      memories.push_back(2.0 * m_Memory);
    }
  }
  const double start = m_Searched ? m_Variance : m_Guess;
  const double reach = m_Searched ? 1.0 : 2.5; // of the logarithm
  m_Searched = true;
  double best = -std::numeric_limits<double>::infinity();
  for (std::size_t n = 0; n < memories.size(); ++n)
  {
    if (memories[n] > std::max(longest, Furthest))
    {
      break;
    }
    auto [value, variance] = this->FindPeak(memories[n], start, reach);
    // Every line for itself, unless the columns say otherwise clearly.
    constexpr double Clearly = 2.0;
    value -= memories[n] > 0.0 ? Clearly : 0.0;
    if (value > best)
    {
      best = value;
      m_Memory = memories[n];
      m_Variance = variance;
      if (n + 1 == memories.size() && m_Memory > 0.0)
      {
        memories.push_back(2.0 * m_Memory);
      }
    }
  }
}

std::pair<double, double>
ScanAxisEstimate::FindPeak(double memory, double start, double reach)
{
  const auto likelihood = [&](double logarithm) { return m_Solver.Solve(std::exp(logarithm), memory * m_WeightSigma); };
  // Golden section over the logarithm of the variance.
  constexpr double Golden = 0.6180339887498949;
  double low = std::log(start) - reach;
  double high = std::log(start) + reach;
  double left = high - Golden * (high - low);
  double right = low + Golden * (high - low);
  double atLeft = likelihood(left);
  double atRight = likelihood(right);
  constexpr double Enough = 0.1;
  while (high - low > Enough)
  {
    if (atLeft > atRight)
    {
      high = right;
      right = left;
      atRight = atLeft;
      left = high - Golden * (high - low);
      atLeft = likelihood(left);
    }
    else
    {
      low = left;
      left = right;
      atLeft = atRight;
      right = low + Golden * (high - low);
      atRight = likelihood(right);
    }
  }
  return {std::max(atLeft, atRight), std::exp(0.5 * (low + high))};
}

double
ScanAxisEstimate::MeanVariance()
{
  // Nothing is known of the order of magnitude beforehand: even in the logarithm. A factor of four and more from the
  // peak is improbable from a dozen lines on.
  constexpr int Steps = 5;
  constexpr double Step = 0.3;
  const double peak = m_Solver.Solve(m_Variance, m_Memory * m_WeightSigma);
  double sum = 0.0;
  double weights = 0.0;
  for (int k = -Steps; k <= Steps; ++k)
  {
    const double variance = m_Variance * std::exp(Step * k);
    const double weight = std::exp(std::min(10.0, m_Solver.Solve(variance, m_Memory * m_WeightSigma) - peak));
    sum += weight * variance;
    weights += weight;
  }
  return sum / weights;
}

bool
ScanAxisEstimate::Distrust()
{
  std::vector<double> shifts;
  for (const double line : m_Lines)
  {
    shifts.push_back(std::abs(m_Solver.Shift(line, false)));
  }
  const double limit =
    Suspicious * MedianOf({shifts.begin(), shifts.begin() + static_cast<std::ptrdiff_t>(m_CountA)}) / MedianOfMagnitude;
  const auto before = m_Trusted;
  for (std::size_t n = 0; n < shifts.size(); ++n)
  {
    m_Trusted[n] = m_Trusted[n] && shifts[n] < limit;
  }
  distrusted =
    static_cast<long>(std::count(m_Trusted.begin(), m_Trusted.begin() + static_cast<std::ptrdiff_t>(m_CountA), false));
  return before != m_Trusted;
}
} // namespace ferro
