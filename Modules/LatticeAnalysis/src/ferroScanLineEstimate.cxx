#include "ferroScanLineEstimate.h"

#include "ferroLocalLattice.h"
#include "ferroScanAxisEstimate.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ferro
{
namespace
{
constexpr long FewestGroups = 12;
constexpr std::size_t FewestColumns = 40;
/** On a lattice that lies obliquely, shifts that repeat with its rows look like a long wave of it at first: each round
 * takes a part of them back from the bending. */
constexpr int MostRounds = 16;
constexpr int RoundsWithSearch = 4;
/** Where a line crosses fewer rows than this, a bend along the rows is like shifts of lines, and further rounds would
 * turn it into them. */
constexpr double EnoughRows = 1.5;
constexpr int RoundsAlongRows = 2;
/** Rounds end when shifts change by less than this, in standard deviations of a fit. */
constexpr double Settled = 0.03;

/** t: the spread of what the lines of a column say about its x, sum of (dm/dx)^2 / variance over each line. */
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
  double sigma = MedianOf(sigmas);
  sigma = sigma > 0.0 ? sigma : columns.GetColumnSigma();
  const double amplitude = MedianOf(amplitudes);
  const double background = MedianOf(backgrounds);
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
  std::array<ScanAxisEstimate, 2> axes = {
    {{ScanLines::X, columns, members, countA, sigmas, cell}, {ScanLines::Y, columns, members, countA, sigmas, cell}}};
  std::vector<double> rest(members.size());
  std::vector<Eigen::Vector2d> smooth(members.size());
  // Rows of the lattice along a, b and the diagonals: how many of each a scan line crosses.
  estimate.rowsCrossed = std::numeric_limits<double>::infinity();
  for (const Eigen::Vector2d & along :
       {lattice.a, lattice.b, Eigen::Vector2d(lattice.a + lattice.b), Eigen::Vector2d(lattice.a - lattice.b)})
  {
    estimate.rowsCrossed = std::min(estimate.rowsCrossed, static_cast<double>(columns.GetGeometry().width) *
                                                            std::abs(along.y()) / (cell * cell));
  }
  const bool oblique = estimate.rowsCrossed >= EnoughRows;
  const int searches = oblique ? RoundsWithSearch : RoundsAlongRows;
  const int most = oblique ? MostRounds : RoundsAlongRows;
  double change = std::numeric_limits<double>::infinity();
  for (int round = 0; round < most && (round < searches || change > Settled); ++round)
  {
    const auto search = round >= searches       ? ScanAxisEstimate::Search::None
                        : round == searches - 1 ? ScanAxisEstimate::Search::Mean
                                                : ScanAxisEstimate::Search::Peak;
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
      axes[static_cast<std::size_t>(axis)].Update(rest, search);
    }
    change = std::max(axes[0].GetChange(), axes[1].GetChange());
    if (axes[0].GetVariance() == 0.0 && axes[1].GetVariance() == 0.0)
    {
      break;
    }
  }
  estimate.judged = axes[0].groups >= FewestGroups;
  for (std::size_t axis = 0; axis < 2; ++axis)
  {
    estimate.excess[axis] = axes[axis].excess;
    estimate.needed[axis] = axes[axis].needed;
    estimate.groups = axes[axis].groups;
    if (estimate.judged)
    {
      estimate.prior.axes[axis].unseen = estimate.corrected.axes[axis].unseen = axes[axis].GetUnseen();
    }
    if (estimate.judged && axes[axis].GetVariance() > 0.0)
    {
      estimate.prior.axes[axis] = axes[axis].MakePrior();
      // The mean of independent lines with the weights of a column has a variance that goes with 1 / t.
      estimate.varianceOfB[axis] = axes[axis].GetVariance() * sigmas[0] / sigmas[1];
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
