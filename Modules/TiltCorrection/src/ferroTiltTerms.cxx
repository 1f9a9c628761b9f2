#include "ferroTiltTerms.h"

#include "ferroErrors.h"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace ferro
{
namespace
{
/** Tilts and polarizations enter in these units, which keeps all terms of the order of 1. */
constexpr double UnitMrad = 10.0;
constexpr double UnitPm = 20.0;

/** A point of the table, or what symmetry makes of one. */
struct Sample
{
  Eigen::Vector2d tilt;
  Eigen::Vector2d shift;
  Eigen::Vector2d polarization;
  Eigen::Index origin;  ///< the measured point that it comes from
  Eigen::Matrix2d turn; ///< from that to this
};

Eigen::Matrix2d
QuarterTurn()
{
  return (Eigen::Matrix2d() << 0, -1, 1, 0).finished();
}

Eigen::Matrix2d
Mirror()
{
  return (Eigen::Matrix2d() << 0, 1, 1, 0).finished();
}

/** Correlation of the errors of two tilts: see FitTiltSeries. */
double
Correlation(const Eigen::Vector2d & first, const Eigen::Vector2d & second)
{
  constexpr double Linear = 0.6;
  constexpr double Even = 0.2;
  const double cosine = first.dot(second) / (first.norm() * second.norm());
  return Linear * cosine + Even * cosine * cosine;
}
constexpr double OwnShare = 0.2; // not shared with other tilts

/** Points of the table with their turned copies, and the points that were measured. */
std::pair<std::vector<Sample>, std::vector<const TiltResponsePoint *>>
CollectSamples(const TiltResponseSeries & series, bool fourfold)
{
  std::vector<Sample> samples;
  std::vector<const TiltResponsePoint *> measured;
  for (const auto & point : series.points)
  {
    if (point.tiltMrad.squaredNorm() == 0.0)
    {
      continue;
    }
    const auto shiftOf = [](const TiltResponsePoint & p) -> Eigen::Vector2d { return p.shiftBPm - p.shiftAPm; };
    Sample sample{point.tiltMrad, shiftOf(point), KnownPolarization(series), 0, Eigen::Matrix2d::Identity()};
    const auto twin = std::find_if(measured.begin(), measured.end(),
                                   [&](const TiltResponsePoint * other)
                                   {
                                     constexpr double Same = 1e-9;
                                     return (Mirror() * other->tiltMrad - point.tiltMrad).norm() < Same &&
                                            (Mirror() * shiftOf(*other) - shiftOf(point)).norm() < Same &&
                                            other->errorPm == point.errorPm;
                                   });
    sample.origin = twin - measured.begin();
    if (twin == measured.end())
    {
      measured.push_back(&point);
    }
    else
    {
      sample.turn = Mirror();
    }
    for (int turn = 0; turn < (fourfold ? 4 : 1); ++turn)
    {
      samples.push_back(sample);
      const Eigen::Matrix2d quarter = QuarterTurn();
      sample = {quarter * sample.tilt, quarter * sample.shift, quarter * sample.polarization, sample.origin,
                quarter * sample.turn};
    }
  }
  return {samples, measured};
}

/** By how much each point is off beyond its error, pm^2: what the polynomial misses. Each point in turn is predicted
 * from the others, where these determine as many terms; a point that alone determines a term always lies on the
 * polynomial. */
double
FurtherVariance(const Eigen::MatrixXd & design, const Eigen::VectorXd & right, const Eigen::MatrixXd & copies,
                const Eigen::MatrixXd & covariance, Eigen::Index rank)
{
  double further = 0.0;
  double ofOne = 0.0; // the same for a further variance of 1 pm^2
  for (Eigen::Index origin = 0; origin < covariance.rows() / 2; ++origin)
  {
    std::vector<Eigen::Index> out;
    std::vector<Eigen::Index> in;
    for (Eigen::Index row = 0; row < design.rows(); ++row)
    {
      (copies.block<1, 2>(row, 2 * origin).isZero() ? in : out).push_back(row);
    }
    Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> others;
    others.setThreshold(1e-8);
    others.compute(design(in, Eigen::all));
    if (others.rank() < rank)
    {
      continue;
    }
    const Eigen::MatrixXd predict = design(out, Eigen::all) * others.pseudoInverse();
    const Eigen::MatrixXd errors = copies(out, Eigen::all) - predict * copies(in, Eigen::all);
    further += (right(out) - predict * right(in)).squaredNorm() - (errors * covariance * errors.transpose()).trace();
    ofOne += errors.squaredNorm();
  }
  constexpr double Nothing = 1e-9;
  return ofOne > Nothing ? std::max(0.0, further / ofOne) : 0.0;
}
} // namespace

TiltTerms
MakeTiltTerms(const Eigen::Vector2d & tiltMrad, const Eigen::Vector2d & polarizationPm)
{
  const double x = tiltMrad.x() / UnitMrad;
  const double y = tiltMrad.y() / UnitMrad;
  constexpr int Odd = TiltPolarization::OddTerms;
  Eigen::Matrix<double, 1, Odd> odd;
  odd << x, y, x * x * x, x * x * y, x * y * y, y * y * y;
  TiltTerms rows = TiltTerms::Zero();
  rows.block<1, Odd>(0, 0) = odd;
  rows.block<1, Odd>(1, Odd) = odd;
  const Eigen::Vector2d p = polarizationPm / UnitPm;
  const Eigen::Vector2d tilt(x, y);
  rows.col(2 * Odd) = tilt.squaredNorm() * p;
  rows.col(2 * Odd + 1) = (x * x - y * y) * Eigen::Vector2d(p.x(), -p.y());
  rows.col(2 * Odd + 2) = 2.0 * x * y * Eigen::Vector2d(p.y(), p.x());
  rows.col(2 * Odd + 3) = p.dot(tilt) * p - 0.5 * p.squaredNorm() * tilt;
  return rows;
}

Eigen::Vector2d
KnownPolarization(const TiltResponseSeries & series)
{
  constexpr double ShortestPm = 5.0;
  return series.polarizationPm.norm() < ShortestPm ? Eigen::Vector2d(0, 0) : series.polarizationPm;
}

TiltModes
FactorOf(const Eigen::Matrix<double, TiltPolarization::Terms, TiltPolarization::Terms> & covariance)
{
  constexpr Eigen::Index Terms = TiltPolarization::Terms;
  const Eigen::SelfAdjointEigenSolver<Eigen::Matrix<double, Terms, Terms>> solver(covariance);
  const auto & values = solver.eigenvalues(); // ascending
  constexpr double NegligiblePm2 = 1e-12;
  Eigen::Index first = 0;
  while (first < Terms && values[first] <= NegligiblePm2)
  {
    ++first;
  }
  const Eigen::Index kept = Terms - first;
  return solver.eigenvectors().rightCols(kept) * values.tail(kept).cwiseSqrt().asDiagonal();
}

TiltSeriesFit
FitTiltSeries(const TiltResponseSeries & series, bool fourfold)
{
  constexpr Eigen::Index Terms = TiltPolarization::Terms;
  TiltSeriesFit fit;
  const auto [samples, measured] = CollectSamples(series, fourfold);
  double stated = 0.0;
  for (const auto * point : measured)
  {
    stated = std::max(stated, point->errorPm);
    fit.largestTiltMrad = std::max(fit.largestTiltMrad, point->tiltMrad.norm());
  }
  const auto count = static_cast<Eigen::Index>(samples.size());
  const auto origins = static_cast<Eigen::Index>(measured.size());
  Eigen::MatrixXd design(2 * count, Terms);
  Eigen::VectorXd right(2 * count);
  Eigen::MatrixXd tilts(count, 2);
  Eigen::MatrixXd copies = Eigen::MatrixXd::Zero(2 * count, 2 * origins); // errors of samples from those of points
  for (Eigen::Index n = 0; n < count; ++n)
  {
    const auto & sample = samples[static_cast<std::size_t>(n)];
    design.middleRows<2>(2 * n) = MakeTiltTerms(sample.tilt, sample.polarization);
    right.segment<2>(2 * n) = sample.shift;
    tilts.row(n) = sample.tilt.transpose();
    copies.block<2, 2>(2 * n, 2 * sample.origin) = sample.turn;
  }
  if (count == 0 || Eigen::ColPivHouseholderQR<Eigen::MatrixXd>(tilts).rank() < 2)
  {
    std::ostringstream message;
    message << "the tilts of the response table at " << series.thicknessNm
            << " nm lie along one direction, expected two that are not parallel (or a table marked as fourfold)";
    throw AnalysisError(message.str());
  }
  // Terms that the table does not tell apart stay as small as possible: the solution of least norm.
  Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> solver;
  solver.setThreshold(1e-8);
  solver.compute(design);
  fit.coefficients = solver.solve(right);
  const Eigen::VectorXd residual = right - design * fit.coefficients;
  const double freedom = std::max(1.0, static_cast<double>(2 * count - solver.rank()));
  fit.errorPm = std::max(stated, std::sqrt(residual.squaredNorm() / freedom));

  Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(2 * origins, 2 * origins);
  for (Eigen::Index k = 0; k < origins; ++k)
  {
    for (Eigen::Index l = 0; l < origins; ++l)
    {
      const auto * first = measured[static_cast<std::size_t>(k)];
      const auto * second = measured[static_cast<std::size_t>(l)];
      const double correlation = Correlation(first->tiltMrad, second->tiltMrad) + (k == l ? OwnShare : 0.0);
      covariance.block<2, 2>(2 * k, 2 * l) =
        first->errorPm * second->errorPm * correlation * Eigen::Matrix2d::Identity();
    }
  }
  const Eigen::MatrixXd inverse = solver.pseudoInverse();
  covariance.diagonal().array() += FurtherVariance(design, right, copies, covariance, solver.rank());
  const Eigen::MatrixXd spread = inverse * copies;
  fit.modes = FactorOf(spread * covariance * spread.transpose());
  return fit;
}
} // namespace ferro
