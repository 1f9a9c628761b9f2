#include "ferroScanPair.h"

#include "ferroErrors.h"
#include "ferroLatticeAnalysisFilter.h"
#include "ferroPointLocator.h"
#include "ferroScanPairSolver.h"

#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

namespace ferro
{
namespace
{
constexpr std::size_t FewestMatches = 40;
/** In the first rounds only smooth functions are fitted, by which the columns are matched better. */
constexpr int SmoothRounds = 2;
constexpr int Rounds = 4;
constexpr double CellsPerKnot = 3.0;

/** One image of the pair; everything along the axes of the first image. */
struct Scan
{
  AtomColumnSet::Pointer columns;
  Lattice::Values lattice;
  std::vector<Eigen::Vector2d> places;    ///< of the columns, in the first image
  std::vector<Eigen::Vector2d> variances; ///< of these
  std::vector<double> lines;              ///< of this scan that the columns lie on
  double weightSigma = 1.0;
};

/** A column of both images. */
struct Match
{
  std::size_t first;
  std::size_t second;
};

Scan
Label(const AtomColumnSet & input)
{
  auto filter = LatticeAnalysisFilter::New();
  filter->SetInput(&input);
  filter->AddScanScatterOff();
  filter->Update();
  Scan scan;
  scan.columns = filter->GetOutput();
  scan.lattice = filter->GetLattice()->Get();
  // A column sees its lines with a weight that lies between that of white noise, sigma / sqrt(2), and that of counts.
  constexpr double WeightOfColumn = 0.75;
  scan.weightSigma = WeightOfColumn * std::max(0.5, input.GetColumnSigma());
  return scan;
}

std::vector<Match>
FindMatches(const Scan & first, const Scan & second, const std::vector<Eigen::Vector2d> & expected, double tolerance)
{
  std::vector<Match> matches;
  const auto & ones = first.columns->GetColumns();
  const auto & others = second.columns->GetColumns();
  for (const auto sublattice : {Sublattice::A, Sublattice::B})
  {
    std::vector<Eigen::Vector2d> points;
    std::vector<std::size_t> indices;
    for (std::size_t n = 0; n < others.size(); ++n)
    {
      if (others[n].sublattice == sublattice && others[n].flags == FlagNone)
      {
        points.push_back(second.places[n]);
        indices.push_back(n);
      }
    }
    if (points.empty())
    {
      continue;
    }
    const PointLocator locator(points);
    for (std::size_t n = 0; n < ones.size(); ++n)
    {
      if (ones[n].sublattice == sublattice && ones[n].flags == FlagNone)
      {
        const auto near = locator.Nearest(expected[n], 1).front();
        if (near.second < tolerance * tolerance)
        {
          matches.push_back({n, indices[near.first]});
        }
      }
    }
  }
  return matches;
}

} // namespace

Eigen::Vector2d
TurnBack(const Eigen::Vector2d & place, int turns, const ImageGeometry & first, const ImageGeometry & second)
{
  const auto middle = [](const ImageGeometry & geometry)
  {
    return Eigen::Vector2d(0.5 * static_cast<double>(geometry.width - 1),
                           0.5 * static_cast<double>(geometry.height - 1));
  };
  const Eigen::Vector2d v = place - middle(second);
  const Eigen::Vector2d back = turns > 0 ? Eigen::Vector2d(-v.y(), v.x()) : Eigen::Vector2d(v.y(), -v.x());
  return middle(first) + back;
}

ScanPair
CombineScanPair(const AtomColumnSet & firstColumns, const AtomColumnSet & secondColumns, int turns,
                const Eigen::Vector2d & shift)
{
  std::array<Scan, 2> scans = {{Label(firstColumns), Label(secondColumns)}};
  const std::array<long, 2> heights = {{firstColumns.GetGeometry().height, secondColumns.GetGeometry().height}};
  for (std::size_t k = 0; k < 2; ++k)
  {
    for (const auto & column : scans[k].columns->GetColumns())
    {
      scans[k].lines.push_back(column.position.y());
      scans[k].places.push_back(
        k == 0 ? column.position
               : Eigen::Vector2d(
                   TurnBack(column.position, turns, firstColumns.GetGeometry(), secondColumns.GetGeometry()) - shift));
      const Eigen::Vector2d variance = column.covariance.diagonal().cwiseMax(1e-12);
      scans[k].variances.push_back(k == 0 ? variance : Eigen::Vector2d(variance.y(), variance.x()));
    }
  }
  const Eigen::Vector2d a = scans[0].lattice.a;
  const Eigen::Vector2d b = scans[0].lattice.b;
  const double cell = std::sqrt(std::abs(a.x() * b.y() - a.y() * b.x()));
  std::array<ScanPairSolver, 2> solvers = {
    {{heights, {{scans[0].weightSigma, scans[1].weightSigma}}, CellsPerKnot * cell},
     {heights, {{scans[0].weightSigma, scans[1].weightSigma}}, CellsPerKnot * cell}}};
  const auto displacement = [&](std::size_t k, double line)
  { return Eigen::Vector2d(solvers[0].Displacement(k, line), solvers[1].Displacement(k, line)); };
  const auto smooth = [&](std::size_t k, double line)
  { return Eigen::Vector2d(solvers[0].Smooth(k, line), solvers[1].Smooth(k, line)); };

  ScanPair pair;
  std::vector<Match> matches;
  const auto difference = [&](const Match & match)
  { return Eigen::Vector2d(scans[0].places[match.first] - scans[1].places[match.second]); };
  for (int round = 0; round < Rounds; ++round)
  {
    // Where the columns of the first image lie without distortion; those of the second one are sought there, with what
    // is known of its distortion at their places, which hardly differs over a cell.
    std::vector<Eigen::Vector2d> expected;
    for (std::size_t n = 0; n < scans[0].places.size(); ++n)
    {
      const Eigen::Vector2d place = scans[0].places[n] - displacement(0, scans[0].lines[n]);
      const Eigen::Vector2d turned =
        TurnBack(place + shift, -turns, secondColumns.GetGeometry(), firstColumns.GetGeometry());
      expected.push_back(place + smooth(1, turned.y()));
    }
    constexpr double Wide = 0.45;
    constexpr double Narrow = 0.2;
    matches = FindMatches(scans[0], scans[1], expected, (round < SmoothRounds ? Wide : Narrow) * cell);
    constexpr double LeastShare = 0.4;
    const auto needed = std::max(
      FewestMatches,
      static_cast<std::size_t>(LeastShare * static_cast<double>(std::min(firstColumns.Size(), secondColumns.Size()))));
    if (matches.size() < needed)
    {
      throw AnalysisError("the images of the pair do not match: " + std::to_string(matches.size()) +
                          " columns are found in both, expected at least " + std::to_string(needed));
    }
    for (std::size_t axis = 0; axis < 2; ++axis)
    {
      const auto component = static_cast<Eigen::Index>(axis);
      std::vector<ScanPairSolver::Observation> observations;
      for (const auto & match : matches)
      {
        observations.push_back(
          {scans[0].lines[match.first], scans[1].lines[match.second], difference(match)[component],
           scans[0].variances[match.first][component] + scans[1].variances[match.second][component]});
      }
      solvers[axis].Solve(observations, round >= SmoothRounds);
    }
  }
  pair.matched = static_cast<long>(matches.size());
  pair.columns = AtomColumnSet::New();
  pair.columns->Graft(&firstColumns);
  auto & container = pair.columns->GetColumns();
  const auto corrected = [&](std::size_t k, std::size_t n)
  { return Eigen::Vector2d(scans[k].places[n] - displacement(k, scans[k].lines[n])); };
  // What is not known of the distortions. The mean of both positions, weighted by their errors, has nothing in common
  // with their difference, from which the distortions were found, so that the errors of the fits come to it once.
  auto errors = std::make_shared<PairedScanErrors>();
  const auto setRows = [&](std::size_t n, double one, double other, const Eigen::Vector2d & share)
  {
    for (std::size_t axis = 0; axis < 2; ++axis)
    {
      const double h = share[static_cast<Eigen::Index>(axis)];
      errors->rows[axis][n] = solvers[axis].MakeRow(one, 1.0 - h, other, h);
    }
  };
  for (std::size_t axis = 0; axis < 2; ++axis)
  {
    errors->coefficients[axis] = solvers[axis].GetCovariance();
    errors->rows[axis].resize(container.size());
  }
  for (std::size_t n = 0; n < container.size(); ++n)
  {
    const double line = scans[0].lines[n];
    setRows(n, line, 0.0, Eigen::Vector2d::Zero());
    container[n].position = corrected(0, n);
    container[n].covariance = scans[0].variances[n].asDiagonal();
    pair.drift.push_back(smooth(0, line));
  }
  double squares = 0.0;
  for (const auto & match : matches)
  {
    const Eigen::Vector2d rest = corrected(0, match.first) - corrected(1, match.second);
    pair.before += difference(match).cwiseAbs2();
    pair.after += rest.cwiseAbs2();
    const Eigen::Vector2d one = scans[0].variances[match.first];
    const Eigen::Vector2d other = scans[1].variances[match.second];
    squares += rest.cwiseAbs2().cwiseQuotient(one + other).sum();
    const Eigen::Vector2d share = one.cwiseQuotient(one + other); // of the second image
    const Eigen::Vector2d variance = one.cwiseProduct(other).cwiseQuotient(one + other);
    setRows(match.first, scans[0].lines[match.first], scans[1].lines[match.second], share);
    container[match.first].position -= share.cwiseProduct(rest);
    container[match.first].covariance = variance.asDiagonal();
  }
  const auto count = static_cast<double>(matches.size());
  pair.before = (pair.before / count).cwiseSqrt();
  pair.after = (pair.after / count).cwiseSqrt();
  pair.z = std::sqrt(0.5 * squares / count);
  constexpr double Most = 0.1;
  if (pair.after.norm() > Most * cell)
  {
    throw AnalysisError(
      "the images of the pair do not match: with drift and jitter taken off, columns still differ by " +
      std::to_string(pair.after.norm()) + " px, expected at most a tenth of the cell's " + std::to_string(cell) +
      " px");
  }
  for (std::size_t k = 0; k < 2; ++k)
  {
    const auto last = static_cast<double>(heights[k] - 1);
    pair.jitter[k] = {solvers[0].Jitter(k), solvers[1].Jitter(k)};
    // From the inner part: the first and the last lines have columns on one side only.
    pair.span[k] = (smooth(k, 0.85 * last) - smooth(k, 0.15 * last)) / 0.7;
  }
  pair.columns->SetPairedScanErrors(std::move(errors));
  return pair;
}
} // namespace ferro
