#include "ferroScanLineEstimate.h"

#include "ferroLocalLattice.h"
#include "ferroScanLineSolver.h"

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
constexpr long FewestGroups = 12;
constexpr std::size_t FewestColumns = 40;
/** On a lattice that lies obliquely, shifts that repeat with its rows look like a long wave of it at first: each round
 * takes a part of them back from the bending. */
constexpr int MostRounds = 16;
constexpr int RoundsWithSearch = 4;
/** Rounds end when shifts change by less than this, in standard deviations of a fit. */
constexpr double Settled = 0.03;
/** Standard deviations beyond which a shift is not taken for jitter. */
constexpr double Suspicious = 3.5;
/** Standard deviations by which shifts must stand out to be believed. */
constexpr double Believed = 4.0;

double
Median(std::vector<double> values)
{
  if (values.empty())
  {
    return 0.0;
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/** t: the spread of what the lines of an A column say about its x, sum of (dm/dx)^2 / variance over each line. */
double
WeightSigma(const AtomColumnSet & columns, const std::vector<std::size_t> & members)
{
  std::vector<double> sigmas;
  std::vector<double> amplitudes;
  std::vector<double> backgrounds;
  for (const std::size_t n : members)
  {
    const AtomColumn & column = columns.GetColumns()[n];
    sigmas.push_back(std::sqrt(std::max(0.0, column.sigmaMajor * column.sigmaMinor)));
    amplitudes.push_back(column.amplitude);
    backgrounds.push_back(column.background);
  }
  double sigma = Median(sigmas);
  sigma = sigma > 0.0 ? sigma : columns.GetColumnSigma();
  const double amplitude = Median(amplitudes);
  const double background = Median(backgrounds);
  constexpr double Reach = 3.0;
  constexpr double Step = 0.1;
  double sum = 0.0;
  double squares = 0.0;
  for (double y = -Reach; y <= Reach; y += Step)
  {
    for (double x = -Reach; x <= Reach; x += Step)
    {
      const double value = amplitude * std::exp(-0.5 * (x * x + y * y));
      const double noise = columns.GetNoiseGain() * (background + value) + columns.GetNoiseOffset();
      const double information = x * x * value * value / (noise > 0.0 ? noise : 1.0);
      sum += information;
      squares += y * y * information;
    }
  }
  return sigma * (sum > 0.0 ? std::sqrt(squares / sum) : 0.8);
}

/** Takes from the smooth part what is common to all columns of a height: ScanLineSolver shall divide it between shifts
 * of lines and a smooth function of the line. */
void
KeepFunctionsOfTheLine(std::vector<Eigen::Vector2d> & smooth, const std::vector<double> & lines, double cell,
                       long height)
{
  // Means over a height of about a cell, which holds columns from all over the width: a narrower one would see the
  // variation along x where its few columns happen to be.
  const double sigma = 0.5 * cell;
  const auto reach = static_cast<long>(std::ceil(3.0 * sigma));
  std::vector<Eigen::Vector3d> sums(static_cast<std::size_t>(height), Eigen::Vector3d::Zero());
  const auto lineOf = [height](double line) { return std::clamp(std::lround(line), 0L, height - 1); };
  for (std::size_t n = 0; n < smooth.size(); ++n)
  {
    sums[static_cast<std::size_t>(lineOf(lines[n]))] += Eigen::Vector3d(smooth[n].x(), smooth[n].y(), 1.0);
  }
  std::vector<Eigen::Vector2d> means(sums.size());
  for (long line = 0; line < height; ++line)
  {
    Eigen::Vector3d sum = Eigen::Vector3d::Zero();
    for (long other = std::max(0L, line - reach); other <= std::min(height - 1, line + reach); ++other)
    {
      const double u = static_cast<double>(other - line) / sigma;
      sum += std::exp(-0.5 * u * u) * sums[static_cast<std::size_t>(other)];
    }
    means[static_cast<std::size_t>(line)] =
      sum.z() > 0.0 ? Eigen::Vector2d(sum.head<2>() / sum.z()) : Eigen::Vector2d(Eigen::Vector2d::Zero());
  }
  for (std::size_t n = 0; n < smooth.size(); ++n)
  {
    smooth[n] -= means[static_cast<std::size_t>(lineOf(lines[n]))];
  }
}

/** One axis of the image while it is worked on. */
class AxisEstimate
{
public:
  /** \param members A columns, then B columns
   * \param countA how many are A
   * \param weightSigmas of A and of B */
  AxisEstimate(ScanLines::AxisName axis, const AtomColumnSet & columns, const std::vector<std::size_t> & members,
               std::size_t countA, const std::array<double, 2> & weightSigmas, double cell)
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
  }

  /** \param rest what the smooth lattice leaves of each member's deviation, but for functions of the line
   * \param search whether variance and memory of the shifts are sought, or stay as they are */
  void
  Update(const std::vector<double> & rest, bool search)
  {
    m_Change = 0.0;
    if (m_Searched) // before shifts are known, columns on the lines that are shifted most would be taken for odd ones
    {
      this->FindOddOnes(rest, 0, m_CountA);
      this->FindOddOnes(rest, m_CountA, rest.size());
    }
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
    m_Solver.Solve(m_Variance, m_Memory * m_WeightSigma);
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
  MakeAxis()
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
  std::vector<double>
  MakeDisplacementOfB() const
  {
    return m_Solver.MakeDisplacementOfOthers();
  }
  ScanLines::Axis
  MakePrior() const
  {
    return m_Solver.MakePrior();
  }
  /** Whether a member's position told the shifts. */
  bool
  IsWitness(std::size_t n) const
  {
    return n < m_CountA && m_Trusted[n] && !m_Odd[n];
  }
  double
  GetVariance() const
  {
    return m_Variance;
  }
  /** By how much the last round changed the shifts: RMS, in standard deviations of the fits. */
  double
  GetChange() const
  {
    return m_Change;
  }
  const std::vector<double> &
  GetShifts() const
  {
    return m_Shifts;
  }
  double excess = 0.0;
  double needed = 0.0;
  double coverage = 0.0;
  long groups = 0;
  long distrusted = 0;

private:
  static constexpr double CellsPerKnot = 3.0;

  void
  Observe(const std::vector<double> & rest, bool alsoB)
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

  /** Marks columns that deviate from the others on their lines, beyond the shifts of these as they stand: at walls and
   * defects, where the lattice is not smooth. */
  void
  FindOddOnes(const std::vector<double> & rest, std::size_t first, std::size_t end)
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
      off[k] = std::abs(value(order[k]) - Median(std::move(around)));
    }
    constexpr double Odd = 3.5;
    const double limit = Odd * Median(off) / MedianOfMagnitude;
    for (std::size_t k = 0; k < order.size(); ++k)
    {
      m_Odd[order[k]] = off[k] > limit;
    }
  }

  std::vector<std::size_t>
  ByLine(std::size_t first, std::size_t end) const
  {
    std::vector<std::size_t> order(end - first);
    std::iota(order.begin(), order.end(), first);
    std::stable_sort(order.begin(), order.end(),
                     [this](std::size_t l, std::size_t r) { return m_Lines[l] < m_Lines[r]; });
    return order;
  }

  /** The variance of single columns beyond their fits, from neighbours in the order of lines: they share the shifts. */
  double
  FindOwnVariance(const std::vector<double> & rest, std::size_t first, std::size_t end) const
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
    if (squares.size() < FewestColumns)
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
      return Median(std::move(ratios));
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

  /** Whether columns on the same lines deviate in common: means of groups of lines against the errors of these means.
   */
  void
  TestForShifts(const std::vector<double> & rest)
  {
    const double typical = m_OwnA + *std::min_element(m_Fit.begin(), m_Fit.end());
    m_Solver.Solve(1e-6 * typical, 0.0); // the smooth function alone
    const double height = GroupHeight * m_WeightSigma;
    const auto count = static_cast<std::size_t>(static_cast<double>(m_Height) / height) + 1;
    std::vector<double> sums(count, 0.0);
    std::vector<double> information(count, 0.0);
    for (std::size_t n = 0; n < m_CountA; ++n)
    {
      if (m_Odd[n])
      {
        continue;
      }
      // Along y by where it should be: columns of a row that lies at the border of two groups would be sorted by their
      // errors.
      const double line = m_Lines[n] - (m_Axis == ScanLines::Y ? rest[n] : 0.0);
      const auto group = std::min(count - 1, static_cast<std::size_t>(std::max(0.0, line) / height));
      sums[group] += (rest[n] - m_Solver.Smooth(m_Lines[n])) / (m_Fit[n] + m_OwnA);
      information[group] += 1.0 / (m_Fit[n] + m_OwnA);
    }
    std::vector<double> means;
    std::vector<double> variances;
    for (std::size_t k = 0; k < count; ++k)
    {
      if (information[k] > 0.0)
      {
        means.push_back(sums[k] / information[k]);
        variances.push_back(1.0 / information[k]);
      }
    }
    // Against the groups before and after: what varies slowly, and the bend of a lattice at a wall, is no jitter.
    std::vector<double> squares;
    for (std::size_t k = 1; k + 1 < means.size(); ++k)
    {
      const double off = means[k] - 0.5 * (means[k - 1] + means[k + 1]);
      squares.push_back(off * off / (variances[k] + 0.25 * (variances[k - 1] + variances[k + 1])));
    }
    groups = static_cast<long>(squares.size());
    excess = squares.empty() ? 0.0 : Median(squares) / MedianOfSquare;
    // The median of n squared normal numbers scatters by 1 / (2 f sqrt(n)) of itself, with the density f = 0.472 at the
    // median 0.455; these overlap, which is worth a factor of about 1.3.
    constexpr double ScatterOfMedian = 1.3 * 2.33;
    needed = 1.0 + Believed * ScatterOfMedian / std::sqrt(std::max(1.0, static_cast<double>(groups)));
    m_Guess = std::max(0.0, excess - 1.0) * Median(variances);
  }

  /** The variance and the memory of the lines that make the columns most probable. */
  void
  FindVariance()
  {
    double best = -std::numeric_limits<double>::infinity();
    double memory = 0.0;
    double variance = m_Guess;
    const std::vector<double> memories =
      m_Searched ? std::vector<double>{m_Memory} : std::vector<double>{0.0, 1.0, 2.0, 4.0};
    const double start = m_Searched ? m_Variance : m_Guess;
    for (const double inSigmas : memories)
    {
      const auto likelihood = [&](double logarithm)
      { return m_Solver.Solve(std::exp(logarithm), inSigmas * m_WeightSigma); };
      // Golden section over the logarithm of the variance.
      constexpr double Golden = 0.6180339887498949;
      const double reach = m_Searched ? 1.0 : 2.5;
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
      const double at = 0.5 * (low + high);
      // Every line for itself, unless the columns say otherwise clearly.
      constexpr double Clearly = 2.0;
      const double value = std::max(atLeft, atRight) - (inSigmas > 0.0 ? Clearly : 0.0);
      if (value > best)
      {
        best = value;
        memory = inSigmas;
        variance = std::exp(at);
      }
    }
    m_Memory = memory;
    m_Variance = variance;
    m_Searched = true;
  }

  /** Leaves columns alone on lines whose shift stands out from that of the others. Whether that changed anything. */
  bool
  Distrust()
  {
    std::vector<double> shifts;
    for (const double line : m_Lines)
    {
      shifts.push_back(std::abs(m_Solver.Shift(line, false)));
    }
    const double limit =
      Suspicious * Median({shifts.begin(), shifts.begin() + static_cast<std::ptrdiff_t>(m_CountA)}) / MedianOfMagnitude;
    const auto before = m_Trusted;
    for (std::size_t n = 0; n < shifts.size(); ++n)
    {
      m_Trusted[n] = m_Trusted[n] && shifts[n] < limit;
    }
    distrusted = static_cast<long>(
      std::count(m_Trusted.begin(), m_Trusted.begin() + static_cast<std::ptrdiff_t>(m_CountA), false));
    return before != m_Trusted;
  }

  ScanLines::AxisName m_Axis;
  long m_Height;
  double m_WeightSigma;
  ScanLineSolver m_Solver;
  ScanLines m_Prior;
  std::vector<double> m_Lines;
  std::vector<double> m_Fit;
  std::size_t m_CountA;
  std::vector<double> m_Shifts;
  std::vector<bool> m_Trusted;
  std::vector<bool> m_Odd;
  double m_Variance = 0.0;
  double m_Memory = 0.0; ///< in t
  bool m_Searched = false;
  double m_Change = 0.0;
  double m_Guess = 0.0;
  double m_OwnA = 0.0;
  double m_OwnB = 0.0;
};
} // namespace

ScanLineEstimate
EstimateScanLines(const AtomColumnSet & columns, const Lattice::Values & lattice)
{
  ScanLineEstimate estimate;
  std::array<std::vector<std::size_t>, 2> sublattices;
  const auto & container = columns.GetColumns();
  for (std::size_t n = 0; n < container.size(); ++n)
  {
    const AtomColumn & column = container[n];
    if (column.indexed && column.flags == FlagNone && column.deviation.allFinite() &&
        column.covariance.diagonal().minCoeff() > 0.0)
    {
      sublattices[column.sublattice == Sublattice::A ? 0 : 1].push_back(n);
    }
  }
  const std::size_t countA = sublattices[0].size();
  const double sigma = countA == 0 ? columns.GetColumnSigma() : WeightSigma(columns, sublattices[0]);
  estimate.prior.weightSigma = estimate.corrected.weightSigma = estimate.ofB.weightSigma = sigma;
  constexpr double Narrowest = 0.3; // of the weight, in lines
  if (countA < FewestColumns || sigma < Narrowest)
  {
    return estimate;
  }
  if (sublattices[1].size() < FewestColumns)
  {
    sublattices[1].clear();
  }
  std::vector<std::size_t> members = sublattices[0];
  members.insert(members.end(), sublattices[1].begin(), sublattices[1].end());
  const double cell = std::sqrt(std::abs(lattice.a.x() * lattice.b.y() - lattice.a.y() * lattice.b.x()));
  const std::array<double, 2> sigmas = {
    {sigma, sublattices[1].empty() ? sigma : std::max(Narrowest, WeightSigma(columns, sublattices[1]))}};
  const std::array<LocalLattice, 2> local = {{{columns, sublattices[0]}, {columns, sublattices[1]}}};
  std::array<AxisEstimate, 2> axes = {
    {{ScanLines::X, columns, members, countA, sigmas, cell}, {ScanLines::Y, columns, members, countA, sigmas, cell}}};
  std::vector<double> rest(members.size());
  std::vector<Eigen::Vector2d> smooth(members.size());
  double change = std::numeric_limits<double>::infinity();
  for (int round = 0; round < MostRounds && (round < RoundsWithSearch || change > Settled); ++round)
  {
    std::size_t first = 0;
    for (std::size_t which = 0; which < 2; ++which)
    {
      std::vector<Eigen::Vector2d> without;
      std::vector<double> lines;
      for (std::size_t n = first; n < first + sublattices[which].size(); ++n)
      {
        without.push_back(container[members[n]].deviation -
                          Eigen::Vector2d(axes[0].GetShifts()[n], axes[1].GetShifts()[n]));
        lines.push_back(container[members[n]].position.y());
      }
      auto part = local[which].Smooth(without, std::vector<bool>(without.size(), true));
      KeepFunctionsOfTheLine(part, lines, cell, columns.GetGeometry().height);
      std::copy(part.begin(), part.end(), smooth.begin() + static_cast<std::ptrdiff_t>(first));
      first += sublattices[which].size();
    }
    for (const auto axis : {ScanLines::X, ScanLines::Y})
    {
      for (std::size_t n = 0; n < members.size(); ++n)
      {
        rest[n] = container[members[n]].deviation[axis] - smooth[n][axis];
      }
      axes[static_cast<std::size_t>(axis)].Update(rest, round < RoundsWithSearch);
    }
    change = std::max(axes[0].GetChange(), axes[1].GetChange());
    if (axes[0].GetVariance() == 0.0 && axes[1].GetVariance() == 0.0)
    {
      break;
    }
  }
  // Rows of the lattice along a, b and the diagonals: how many of each a scan line crosses.
  estimate.rowsCrossed = std::numeric_limits<double>::infinity();
  for (const Eigen::Vector2d & along :
       {lattice.a, lattice.b, Eigen::Vector2d(lattice.a + lattice.b), Eigen::Vector2d(lattice.a - lattice.b)})
  {
    estimate.rowsCrossed = std::min(estimate.rowsCrossed, static_cast<double>(columns.GetGeometry().width) *
                                                            std::abs(along.y()) / (cell * cell));
  }
  estimate.judged = axes[0].groups >= FewestGroups;
  for (std::size_t axis = 0; axis < 2; ++axis)
  {
    estimate.excess[axis] = axes[axis].excess;
    estimate.needed[axis] = axes[axis].needed;
    estimate.groups = axes[axis].groups;
    if (estimate.judged && axes[axis].GetVariance() > 0.0)
    {
      estimate.prior.axes[axis] = axes[axis].MakePrior();
      estimate.corrected.axes[axis] = axes[axis].MakeAxis();
      estimate.ofB.axes[axis].displacement = axes[axis].MakeDisplacementOfB();
      estimate.coverage[axis] = axes[axis].coverage;
      estimate.distrusted += axes[axis].distrusted;
      estimate.witnesses[axis].assign(container.size(), false);
      for (std::size_t n = 0; n < members.size(); ++n)
      {
        estimate.witnesses[axis][members[n]] = axes[axis].IsWitness(n);
      }
    }
  }
  return estimate;
}
} // namespace ferro
