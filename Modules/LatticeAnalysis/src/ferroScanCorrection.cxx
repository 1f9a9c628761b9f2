#include "ferroScanCorrection.h"

#include "ferroScanLineEstimate.h"
#include "ferroScanScatter.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <sstream>
#include <vector>

namespace ferro
{
namespace
{
/** Automatic needs this share of the variance to be removable, over all lines, */
constexpr double EnoughCoverage = 0.5;
/** and this number of lattice rows that a scan line crosses. */
constexpr double EnoughRows = 1.5;

/** "2.31 pm along x and 0.45 pm along y" */
std::string
Lengths(const ImageGeometry & geometry, const Eigen::Vector2d & px)
{
  const Eigen::Vector2d value = geometry.VectorScale().cwiseProduct(px);
  std::ostringstream text;
  text.precision(geometry.calibrated ? 2 : 3);
  const char * unit = geometry.calibrated ? " pm" : " px";
  text << std::fixed << value.x() << unit << " along x and " << value.y() << unit << " along y";
  return text.str();
}

std::string
Explain(const ScanLineEstimate & estimate, const ScanAnalysis & scan, ScanCorrection request,
        const ImageGeometry & geometry)
{
  std::ostringstream text;
  text.precision(3);
  if (!estimate.judged)
  {
    text << "Nothing was taken off: there are too few A columns, or too few lines, to tell shifts of the scan lines "
            "from the scatter of single columns.";
    return text.str();
  }
  const bool found = scan.lineDeviation.maxCoeff() > 0.0;
  if (!found)
  {
    text << "Nothing was taken off: A columns on the same scan lines have no displacement in common beyond chance ("
         << scan.commonOverChance.x() << " along x and " << scan.commonOverChance.y()
         << " along y times the variance of their means; from " << scan.commonNeeded.maxCoeff()
         << " on it would be believed).";
    return text.str();
  }
  text << "A columns on the same scan lines are displaced in common, with a standard deviation of "
       << Lengths(geometry, scan.lineDeviation);
  if (scan.lineMemory.maxCoeff() > 0.0)
  {
    text << " (lines remember the shift over " << scan.lineMemory.x() << " lines along x and " << scan.lineMemory.y()
         << " along y)";
  }
  text << ". ";
  if (scan.applied == ScanCorrection::Rows)
  {
    text << "These shifts of the lines were taken off all columns; " << Lengths(geometry, scan.lineDeviationLeft)
         << " of it are left in the errors.";
  }
  else if (request == ScanCorrection::Automatic)
  {
    text
      << "Nothing was taken off: rows of the lattice lie along the scan lines, so that a shifted line and a displaced "
         "row of the crystal look the same (the A columns show "
      << std::lround(100.0 * scan.coverage.maxCoeff())
      << " % of the shifts). The errors hold it; --scan-correction rows takes it off.";
  }
  else
  {
    text << "The shifts were not taken off, as asked for; the errors hold them.";
  }
  if (scan.columnsDistrusted > 0)
  {
    text << ' ' << scan.columnsDistrusted
         << " A columns on lines that stand out too far for jitter were not used: a wall may run along these lines.";
  }
  return text.str();
}
} // namespace

bool
CorrectScan(AtomColumnSet & columns, Lattice::Values & lattice, ScanCorrection request)
{
  // Two scans a quarter turn apart have told their distortions already, with the errors that are left.
  const bool paired = columns.GetPairedScanErrors() != nullptr;
  const ScanLineEstimate estimate = paired ? ScanLineEstimate() : EstimateScanLines(columns, lattice);
  ScanAnalysis scan;
  bool covered = false;
  for (const auto axis : {ScanLines::X, ScanLines::Y})
  {
    const auto n = static_cast<std::size_t>(axis);
    scan.lineDeviation[axis] = std::sqrt(estimate.prior.axes[n].variance);
    scan.commonOverChance[axis] = estimate.excess[n];
    scan.commonNeeded[axis] = estimate.needed[n];
    scan.coverage[axis] = estimate.coverage[n];
    scan.lineMemory[axis] = estimate.prior.axes[n].memory;
    covered = covered || (estimate.coverage[n] >= EnoughCoverage && estimate.rowsCrossed >= EnoughRows);
  }
  scan.columnsDistrusted = estimate.distrusted;
  scan.rowsCrossed = estimate.rowsCrossed;
  const bool found = scan.lineDeviation.maxCoeff() > 0.0;
  const bool wanted = request == ScanCorrection::Rows || request == ScanCorrection::Full ||
                      (request == ScanCorrection::Automatic && covered);
  const bool apply = found && wanted;
  scan.applied = apply ? ScanCorrection::Rows : ScanCorrection::None;

  auto lines = std::make_shared<ScanLines>(apply ? estimate.corrected : estimate.prior);
  auto & container = columns.GetColumns();
  if (apply)
  {
    for (std::size_t n = 0; n < container.size(); ++n)
    {
      AtomColumn & column = container[n];
      for (std::size_t axis = 0; axis < 2; ++axis)
      {
        column.scanWitness[axis] = !estimate.witnesses[axis].empty() && estimate.witnesses[axis][n];
      }
      const ScanLines & seen = column.sublattice == Sublattice::B ? estimate.ofB : *lines;
      column.lineShift = {seen.Displacement(ScanLines::X, column.position.y()),
                          seen.Displacement(ScanLines::Y, column.position.y())};
      column.position -= column.lineShift;
    }
  }
  columns.SetScanLines(lines);
  scan.scatterOverFit = CompareScatter(columns, false, Eigen::Vector2d::Zero());
  // Where nothing can be said, all scatter along x counts as shared: the larger error of the position of a row.
  const std::array<bool, 2> shared = {{!paired && !estimate.judged, false}};
  Eigen::Vector2d own = EstimateScatter(columns, shared);
  if (shared[0])
  {
    lines->axes[0].variance = own.x();
    scan.lineDeviation.x() = std::sqrt(own.x());
    // What columns of one row scatter against each other is not shared.
    own.x() = EstimateScatter(columns, {{false, false}}).x();
  }
  scan.ownDeviation = own.cwiseSqrt();
  scan.scatterOverError = CompareScatter(columns, true, own);
  std::array<std::vector<double>, 2> left;
  for (std::size_t n = 0; n < container.size(); ++n)
  {
    AtomColumn & column = container[n];
    if (!column.indexed)
    {
      continue;
    }
    for (const auto axis : {ScanLines::X, ScanLines::Y})
    {
      column.scanVariance[axis] = own[axis] + columns.ScanCovariance(axis, n, n);
      if (found && !apply && column.sublattice == Sublattice::B)
      {
        const auto index = static_cast<std::size_t>(axis);
        column.scanVariance[axis] += estimate.varianceOfB[index] - estimate.prior.axes[index].variance;
      }
      const ScanLines::Place place{column.position.y()};
      left[static_cast<std::size_t>(axis)].push_back(paired ? columns.ScanCovariance(axis, n, n)
                                                            : lines->Covariance(axis, place, place));
    }
    column.covariance.diagonal() += column.scanVariance;
  }
  for (const auto axis : {ScanLines::X, ScanLines::Y})
  {
    // Some columns at the border of a pair are in one of the images only, and hardly known.
    auto & variances = left[static_cast<std::size_t>(axis)];
    const auto middle = variances.begin() + static_cast<std::ptrdiff_t>(variances.size() / 2);
    std::nth_element(variances.begin(), middle, variances.end());
    scan.lineDeviationLeft[axis] = variances.empty() ? 0.0 : std::sqrt(std::max(0.0, *middle));
  }
  scan.reason = paired ? "The distortions of both scans were taken off; " +
                           Lengths(columns.GetGeometry(), scan.lineDeviationLeft) + " of it are left in the errors."
                       : Explain(estimate, scan, request, columns.GetGeometry());
  lattice.scan = scan;
  return apply;
}
} // namespace ferro
