#include "ferroMapEvaluation.h"

#include "ferroPointLocator.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr double NotKnown = std::numeric_limits<double>::quiet_NaN();
constexpr double MatchRadius = 0.25; // of a cell
constexpr double FarAwayPm = 30.0;   // an error that no noise explains
constexpr double PolarFromPm = 5.0;  // a shorter true displacement counts as none

bool
IsInterior(const MapTruth & truth, const Eigen::Vector2d & place)
{
  return place.x() > truth.cell && place.y() > truth.cell &&
         place.x() < static_cast<double>(truth.width - 1) - truth.cell &&
         place.y() < static_cast<double>(truth.height - 1) - truth.cell;
}

double
Square(double value)
{
  return value * value;
}

Eigen::Vector2d
UncertaintyPm(const Eigen::Matrix2d & covariance, double pixelSizePm)
{
  if (!covariance.allFinite() || covariance.isZero(0.0))
  {
    return Eigen::Vector2d::Constant(NotKnown);
  }
  return pixelSizePm * covariance.diagonal().cwiseMax(0.0).cwiseSqrt();
}

// The bound of a substrate that is not known is that of the film.
double
BoundSquare(const CramerRaoBound & bound, Sublattice sublattice, bool film)
{
  const double inFilm = sublattice == Sublattice::A ? bound.filmA : bound.filmB;
  const double inSubstrate = sublattice == Sublattice::A ? bound.substrateA : bound.substrateB;
  return Square(film || std::isnan(inSubstrate) ? inFilm : inSubstrate);
}

// Mean and mean square of what is added; sums go in the order of the columns, so that results are always the same.
class Moments
{
public:
  void
  Add(double value)
  {
    if (!std::isnan(value))
    {
      m_Values.push_back(value);
    }
  }
  double
  Mean() const
  {
    double sum = 0.0;
    for (const double value : m_Values)
    {
      sum += value;
    }
    return m_Values.empty() ? NotKnown : sum / static_cast<double>(m_Values.size());
  }
  double
  StandardDeviation() const
  {
    const double mean = this->Mean();
    Moments squares;
    for (const double value : m_Values)
    {
      squares.Add(Square(value - mean));
    }
    return std::sqrt(squares.Mean());
  }

private:
  std::vector<double> m_Values;
};
} // namespace

MapTruth
MakeMapTruth(const SyntheticTruth::Values & truth)
{
  return MakeMapTruth(
    truth, ComputeCramerRaoBound(truth).value_or(CramerRaoBound{NotKnown, NotKnown, NotKnown, NotKnown, NotKnown}));
}

MapTruth
MakeMapTruth(const SyntheticTruth::Values & truth, const CramerRaoBound & bound)
{
  const auto & p = truth.parameters;
  MapTruth result;
  result.width = p.width;
  result.height = p.height;
  result.cell = p.latticeNm / p.pixelSizeNm;
  result.pixelSizePm = 1e3 * p.pixelSizeNm;
  result.bound = bound;
  for (const auto & column : truth.columns)
  {
    if (column.position.x() > -0.5 && column.position.y() > -0.5 &&
        column.position.x() < static_cast<double>(p.width) - 0.5 &&
        column.position.y() < static_cast<double>(p.height) - 0.5)
    {
      result.columns.push_back(
        {column.sublattice, column.position, column.displacement, column.region == SpecimenRegion::Film});
    }
  }
  return result;
}

void
MapEvaluation::Add(const MapTruth & truth, const AtomColumnSet & columns, const UnitCellSet & cells)
{
  this->AddColumns(truth, columns);
  this->AddCells(truth, cells);
}

void
MapEvaluation::AddColumns(const MapTruth & truth, const AtomColumnSet & columns)
{
  std::vector<Eigen::Vector2d> places;
  for (const auto & column : truth.columns)
  {
    places.push_back(column.position);
  }
  const PointLocator locator(std::move(places));
  std::vector<long> hits(truth.columns.size(), 0);
  for (const auto & column : columns.GetColumns())
  {
    const bool interior = IsInterior(truth, column.position);
    const auto match = locator.Nearest(column.position);
    if (match.first >= locator.Size() || match.second >= Square(MatchRadius * truth.cell))
    {
      m_Invented += interior;
      continue;
    }
    ++hits[match.first];
    if (!interior)
    {
      continue;
    }
    const auto & actual = truth.columns[match.first];
    const std::size_t which = actual.sublattice == Sublattice::B;
    auto & counts = m_Counts[which];
    const bool wrong = column.sublattice != actual.sublattice;
    const bool flagged = column.flags != FlagNone;
    counts.wrongSublattice += wrong;
    counts.flagged += flagged;
    if (!wrong && !flagged)
    {
      const Eigen::Vector2d error = truth.pixelSizePm * (column.position - actual.position);
      counts.beyond30Pm += error.norm() > FarAwayPm;
      m_Errors[which].push_back({error, UncertaintyPm(column.covariance, truth.pixelSizePm),
                                 BoundSquare(truth.bound, actual.sublattice, actual.film), actual.film});
    }
  }
  for (std::size_t n = 0; n < hits.size(); ++n)
  {
    const auto & actual = truth.columns[n];
    if (IsInterior(truth, actual.position))
    {
      auto & counts = m_Counts[actual.sublattice == Sublattice::B];
      ++counts.trueInterior;
      counts.missed += hits[n] == 0;
      m_Invented += std::max(hits[n] - 1, 0L);
    }
  }
}

void
MapEvaluation::AddCells(const MapTruth & truth, const UnitCellSet & cells)
{
  std::vector<Eigen::Vector2d> places;
  std::vector<std::size_t> centers;
  for (std::size_t n = 0; n < truth.columns.size(); ++n)
  {
    if (truth.columns[n].sublattice == Sublattice::B)
    {
      places.push_back(truth.columns[n].position);
      centers.push_back(n);
    }
  }
  const PointLocator locator(std::move(places));
  for (const auto & cell : cells.GetCells())
  {
    if (cell.center != Sublattice::B || cell.flags != FlagNone || !cell.polarization.allFinite() ||
        !IsInterior(truth, cell.position))
    {
      continue;
    }
    const auto match = locator.Nearest(cell.position);
    if (match.first < locator.Size() && match.second < Square(MatchRadius * truth.cell))
    {
      m_Cells.push_back({truth.pixelSizePm * cell.polarization,
                         truth.pixelSizePm * truth.columns[centers[match.first]].displacement,
                         UncertaintyPm(cell.covariance, truth.pixelSizePm), Square(truth.bound.filmDisplacement)});
    }
  }
}

PositionScore
MapEvaluation::ScorePositions(const std::vector<Error> & errors, Part part)
{
  PositionScore score;
  Moments squares;
  Moments bounds;
  Moments z;
  Moments bias[2];
  for (const auto & error : errors)
  {
    if (part != Part::All && error.film != (part == Part::Film))
    {
      continue;
    }
    ++score.scored;
    bounds.Add(error.boundSquare);
    for (int axis = 0; axis < 2; ++axis)
    {
      squares.Add(Square(error.error[axis]));
      bias[axis].Add(error.error[axis]);
      z.Add(error.error[axis] / error.uncertainty[axis]);
    }
  }
  score.rmsPm = std::sqrt(squares.Mean());
  score.boundPm = std::sqrt(bounds.Mean());
  score.biasPm = {bias[0].Mean(), bias[1].Mean()};
  score.zSd = z.StandardDeviation();
  return score;
}

SublatticeScore
MapEvaluation::ScoreSublattice(std::size_t which) const
{
  SublatticeScore score = m_Counts[which];
  score.all = ScorePositions(m_Errors[which], Part::All);
  score.film = ScorePositions(m_Errors[which], Part::Film);
  score.elsewhere = ScorePositions(m_Errors[which], Part::Elsewhere);
  return score;
}

DisplacementScore
MapEvaluation::ScoreDisplacement() const
{
  DisplacementScore score;
  Moments squares;
  Moments bounds;
  Moments z;
  Moments bias[2];
  Moments nonPolar[2];
  Moments trueSquares;
  Moments products;
  for (const auto & cell : m_Cells)
  {
    const bool polar = cell.actual.norm() > PolarFromPm;
    ++score.cellsScored;
    score.polarCells += polar;
    if (polar)
    {
      bounds.Add(cell.boundSquare);
    }
    for (int axis = 0; axis < 2; ++axis)
    {
      const double error = cell.measured[axis] - cell.actual[axis];
      bias[axis].Add(error);
      z.Add(error / cell.uncertainty[axis]);
      if (polar)
      {
        squares.Add(Square(error));
        trueSquares.Add(Square(cell.actual[axis]));
        products.Add(cell.measured[axis] * cell.actual[axis]);
      }
      else
      {
        nonPolar[axis].Add(cell.measured[axis]);
      }
    }
  }
  score.rmsPm = std::sqrt(squares.Mean());
  score.boundPm = std::sqrt(bounds.Mean());
  score.slope = products.Mean() / trueSquares.Mean();
  score.trueRmsPm = std::sqrt(trueSquares.Mean());
  score.biasPm = {bias[0].Mean(), bias[1].Mean()};
  score.nonPolarMeanPm = {nonPolar[0].Mean(), nonPolar[1].Mean()};
  score.zSd = z.StandardDeviation();
  return score;
}

MapScore
MapEvaluation::GetScore() const
{
  return {m_Invented, this->ScoreSublattice(0), this->ScoreSublattice(1), this->ScoreDisplacement()};
}
} // namespace ferro
