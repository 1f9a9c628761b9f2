#include "ferroMeanPolarization.h"

#include <vector>

namespace ferro
{
MeanPolarization
MeasureMeanPolarization(const UnitCellSet & cells, const AtomColumnSet & columns, const Eigen::Vector2d & upperLeft,
                        const Eigen::Vector2d & lowerRight)
{
  MeanPolarization result;
  const auto & container = columns.GetColumns();
  std::vector<double> counts(container.size(), 0.0); // how often each column counts, before the division by the cells
  const bool everywhere = upperLeft == lowerRight;
  Eigen::Vector2d squares = Eigen::Vector2d::Zero();
  Eigen::Vector2d variances = Eigen::Vector2d::Zero();
  for (const auto & cell : cells.GetCells())
  {
    const bool inside =
      everywhere || ((cell.position - upperLeft).minCoeff() >= 0.0 && (lowerRight - cell.position).minCoeff() >= 0.0);
    if (cell.flags != FlagNone || !inside || !cell.polarization.allFinite())
    {
      continue;
    }
    ++result.cells;
    const Eigen::Vector2d p = cell.polarization + cells.GetSubtractedReference();
    result.mean += p;
    squares += p.cwiseAbs2();
    variances += cell.covariance.diagonal();
    counts[cell.centerColumn] += 1.0;
    for (const std::size_t corner : cell.corners)
    {
      counts[corner] -= 0.25;
    }
  }
  if (result.cells == 0)
  {
    return result;
  }
  const auto n = static_cast<double>(result.cells);
  result.mean /= n;
  result.scatter = (squares / n - result.mean.cwiseAbs2()).cwiseMax(0.0).cwiseSqrt();
  result.cellError = (variances / n).cwiseMax(0.0).cwiseSqrt();
  std::vector<std::size_t> members;
  std::vector<double> weights;
  for (std::size_t k = 0; k < container.size(); ++k)
  {
    if (counts[k] == 0.0)
    {
      continue;
    }
    const AtomColumn & column = container[k];
    const double weight = counts[k] / n;
    const Eigen::Vector2d shared(columns.ScanCovariance(ScanLines::X, k, k),
                                 columns.ScanCovariance(ScanLines::Y, k, k));
    result.fit += weight * weight * (column.covariance - Eigen::Matrix2d(column.scanVariance.asDiagonal()));
    result.ownVariance += weight * weight * (column.scanVariance - shared).cwiseMax(0.0);
    members.push_back(k);
    weights.push_back(weight);
  }
  result.lineVariance = {columns.ScanVarianceOfSum(ScanLines::X, members, weights),
                         columns.ScanVarianceOfSum(ScanLines::Y, members, weights)};
  return result;
}
} // namespace ferro
