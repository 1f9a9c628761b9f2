#include "ferroScanLineSolver.h"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr double WeightReach = 4.0; // in standard deviations of the weight

/** How much of a bend belongs to the specimen: what is known of this share. */
struct Share
{
  double mean;
  double variance;
};

/** The share of a bend that is seen with the standard deviation 1.
 *
 * The specimen's bend has a standard deviation of which nothing is known but that 1 is in the middle: half a Cauchy
 * distribution, the horseshoe of Carvalho, Polson and Scott (2010). So the share is sin^2 of an angle which is even
 * beforehand. */
Share
ShareOfSpecimen(double bend)
{
  constexpr double Evident = 20.0;
  if (bend > Evident)
  {
    // Then bend^2 cos^2 / 2 has an exponential distribution.
    const double rest = 2.0 / (bend * bend);
    return {1.0 - rest, rest * rest};
  }
  constexpr int Steps = 64;
  constexpr double QuarterTurn = 1.5707963267948966;
  double weights = 0.0;
  double sum = 0.0;
  double squares = 0.0;
  for (int k = 0; k < Steps; ++k)
  {
    const double cosine = std::cos(QuarterTurn * (k + 0.5) / Steps);
    const double share = 1.0 - cosine * cosine;
    const double weight = cosine * std::exp(-0.5 * bend * bend * cosine * cosine);
    weights += weight;
    sum += weight * share;
    squares += weight * share * share;
  }
  const double mean = sum / weights;
  return {mean, squares / weights - mean * mean};
}
} // namespace

ScanLineSolver::ScanLineSolver(ScanLines::AxisName axis, long height, const std::array<double, 2> & weightSigmas,
                               double knotDistance, std::size_t reach)
  : m_Axis(axis), m_Lines(static_cast<std::size_t>(height)), m_WeightSigmas(weightSigmas), m_KnotDistance(knotDistance),
    m_Reach(reach)
{
}

std::pair<std::size_t, std::vector<double>>
ScanLineSolver::WeightsAt(double line, bool other) const
{
  const double weightSigma = m_WeightSigmas[other ? 1 : 0];
  const double reach = WeightReach * weightSigma;
  const auto last = static_cast<double>(m_Lines - 1);
  const double first = std::clamp(std::ceil(line - reach), 0.0, last);
  const double end = std::clamp(std::floor(line + reach), first, last);
  std::vector<double> weights;
  double sum = 0.0;
  for (double y = first; y <= end; y += 1.0)
  {
    weights.push_back(ScanLines::Weight(m_Axis, y - line, weightSigma));
    sum += weights.back();
  }
  for (auto & weight : weights)
  {
    weight = sum > 0.0 ? weight / sum : 0.0;
  }
  return {static_cast<std::size_t>(first), std::move(weights)};
}

std::pair<std::size_t, Eigen::Vector4d>
ScanLineSolver::SplineAt(double line) const
{
  const double place = std::clamp(line, 0.0, static_cast<double>(m_Lines - 1)) / m_KnotDistance;
  const double floor = std::floor(place);
  const double t = place - floor;
  const double r = 1.0 - t;
  return {static_cast<std::size_t>(floor), Eigen::Vector4d(r * r * r, 3.0 * t * t * t - 6.0 * t * t + 4.0,
                                                           3.0 * r * r * r - 6.0 * r * r + 4.0, t * t * t) /
                                             6.0};
}

Eigen::Index
ScanLineSolver::KnotsOfOne() const
{
  return static_cast<Eigen::Index>(std::floor(static_cast<double>(m_Lines - 1) / m_KnotDistance)) + 4;
}

double
ScanLineSolver::Overlap(double memory, long k) const
{
  const auto [first, weights] = this->WeightsAt(0.5 * static_cast<double>(m_Lines), false);
  const double remembered = memory > 0.0 ? std::exp(-1.0 / memory) : 0.0;
  double sum = 0.0;
  const auto count = static_cast<long>(weights.size());
  for (long u = 0; u < count; ++u)
  {
    for (long v = 0; v < count; ++v)
    {
      const long distance = std::abs(v - u + k);
      sum += weights[static_cast<std::size_t>(u)] * weights[static_cast<std::size_t>(v)] *
             (distance == 0      ? 1.0
              : remembered > 0.0 ? std::pow(remembered, static_cast<double>(distance))
                                 : 0.0);
    }
  }
  return sum;
}

void
ScanLineSolver::Observe(const std::vector<Observation> & observations)
{
  const auto lines = static_cast<Eigen::Index>(m_Lines);
  const Eigen::Index knotsOfOne = this->KnotsOfOne();
  const bool two = std::any_of(observations.begin(), observations.end(), [](const auto & o) { return o.other; });
  const Eigen::Index knots = two ? 2 * knotsOfOne : knotsOfOne;
  const double widest = *std::max_element(m_WeightSigmas.begin(), m_WeightSigmas.end());
  const auto width = std::min<Eigen::Index>(lines, 2 * static_cast<Eigen::Index>(WeightReach * widest) + 2);
  m_Information = Eigen::MatrixXd::Zero(width, lines);
  m_Coupling = Eigen::MatrixXd::Zero(lines, knots);
  m_SmoothInformation = Eigen::MatrixXd::Zero(knots, knots);
  m_Right = Eigen::VectorXd::Zero(lines);
  m_RightSmooth = Eigen::VectorXd::Zero(knots);
  m_Squares = 0.0;
  m_MeanSpline = Eigen::VectorXd::Zero(knots);
  double total = 0.0;
  for (const auto & observation : observations)
  {
    const auto [first, weights] = this->WeightsAt(observation.line, observation.other);
    const auto [place, spline] = this->SplineAt(observation.line);
    const auto knot = static_cast<Eigen::Index>(place) + (observation.other ? knotsOfOne : 0);
    const double information = 1.0 / observation.variance;
    total += information;
    m_Squares += information * observation.value * observation.value;
    for (std::size_t k = 0; k < weights.size(); ++k)
    {
      const auto y = static_cast<Eigen::Index>(first + k);
      const double weight = information * weights[k];
      for (std::size_t l = k; l < weights.size(); ++l)
      {
        m_Information(static_cast<Eigen::Index>(l - k), y) += weight * weights[l];
      }
      m_Right[y] += weight * observation.value;
      m_Coupling.row(y).segment<4>(knot) += weight * spline.transpose();
    }
    m_SmoothInformation.block<4, 4>(knot, knot) += information * spline * spline.transpose();
    m_RightSmooth.segment<4>(knot) += information * observation.value * spline;
    m_MeanSpline.segment<4>(knot) += spline / static_cast<double>(observations.size());
  }
  // Knots without a column nearby stay where they are.
  m_SmoothInformation.diagonal().array() += 1e-6 * std::max(total, 1e-300) / static_cast<double>(knots);
}

double
ScanLineSolver::Solve(double variance, double memory)
{
  const auto lines = static_cast<Eigen::Index>(m_Lines);
  const Eigen::Index width = m_Information.rows();
  const Eigen::Index knots = m_Coupling.cols();
  m_Variance = variance;
  m_Memory = memory;
  // The shifts of lines beforehand: an autoregressive process of first order, whose inverse covariance has three
  // diagonals.
  const double lineVariance = variance / this->Overlap(memory, 0);
  const double remembered = memory > 0.0 ? std::exp(-1.0 / memory) : 0.0;
  const double innovation = lineVariance * (1.0 - remembered * remembered);
  m_Band = m_Information;
  m_Band.row(0).array() += (1.0 + remembered * remembered) / innovation;
  m_Band(0, 0) -= remembered * remembered / innovation;
  m_Band(0, lines - 1) -= remembered * remembered / innovation;
  m_Band.row(1).head(lines - 1).array() -= remembered / innovation;

  // Band = L D L^T, in place; diagonal D apart.
  m_Diagonal.resize(lines);
  for (Eigen::Index y = 0; y < lines; ++y)
  {
    const Eigen::Index most = std::min(width - 1, lines - 1 - y);
    m_Diagonal[y] = m_Band(0, y);
    for (Eigen::Index k = 1; k <= most; ++k)
    {
      const double factor = m_Band(k, y) / m_Diagonal[y];
      m_Band.col(y + k).head(most - k + 1) -= factor * m_Band.col(y).segment(k, most - k + 1);
    }
    m_Band.col(y).segment(1, most) /= m_Diagonal[y];
  }
  const auto solve = [&](auto && vector)
  {
    for (Eigen::Index y = 0; y < lines; ++y)
    {
      const Eigen::Index most = std::min(width - 1, lines - 1 - y);
      vector.segment(y + 1, most) -= vector[y] * m_Band.col(y).segment(1, most);
    }
    for (Eigen::Index y = lines - 1; y >= 0; --y)
    {
      const Eigen::Index most = std::min(width - 1, lines - 1 - y);
      vector[y] = vector[y] / m_Diagonal[y] - m_Band.col(y).segment(1, most).dot(vector.segment(y + 1, most));
    }
  };
  m_Solved = m_Coupling;
  for (Eigen::Index k = 0; k < knots; ++k)
  {
    solve(m_Solved.col(k));
  }
  m_Shifts = m_Right;
  solve(m_Shifts);
  const Eigen::MatrixXd schur = m_SmoothInformation - m_Coupling.transpose() * m_Solved;
  m_Schur = 0.5 * (schur + schur.transpose());
  m_RightSchur = m_RightSmooth - m_Coupling.transpose() * m_Shifts;
  const Eigen::LLT<Eigen::MatrixXd> factors(m_Schur);
  m_SmoothCovariance = factors.solve(Eigen::MatrixXd::Identity(knots, knots));
  m_Spline = factors.solve(m_RightSchur);
  m_Shifts -= m_Solved * m_Spline;
  const double explained = m_Right.dot(m_Shifts) + m_RightSmooth.dot(m_Spline);
  const double count = static_cast<double>(lines);
  const double priorDeterminant = -std::log(lineVariance) - (count - 1.0) * std::log(innovation);
  const double smoothDeterminant = 2.0 * factors.matrixLLT().diagonal().array().log().sum();
  return -0.5 * (m_Squares - explained + m_Diagonal.array().log().sum() - priorDeterminant + smoothDeterminant);
}

void
ScanLineSolver::Stiffen()
{
  // Modes of the smooth function from straight to ever more bent ones, of which the columns alone know each for itself,
  // with the variance 1.
  const Eigen::Index knots = m_Schur.rows();
  Eigen::MatrixXd roughness = Eigen::MatrixXd::Zero(knots, knots);
  const Eigen::Vector3d difference(1.0, -2.0, 1.0);
  for (Eigen::Index k = 0; k + 2 < knots; ++k)
  {
    roughness.block<3, 3>(k, k) += difference * difference.transpose();
  }
  const Eigen::GeneralizedSelfAdjointEigenSolver<Eigen::MatrixXd> modes(roughness, m_Schur);
  const Eigen::VectorXd amplitudes = modes.eigenvectors().transpose() * m_RightSchur;
  Eigen::VectorXd left = amplitudes; // to the specimen
  Eigen::VectorXd variances = Eigen::VectorXd::Ones(knots);
  constexpr Eigen::Index Straight = 2; // a constant and a line
  for (Eigen::Index k = Straight; k < knots; ++k)
  {
    // A bend of the specimen shows in several neighbouring modes.
    const Eigen::Index first = std::max(Straight, k - 1);
    const Eigen::Index count = std::min(knots, k + 2) - first;
    const double around = std::sqrt(amplitudes.segment(first, count).squaredNorm() / static_cast<double>(count));
    const double bend = std::max(std::abs(amplitudes[k]), around);
    const Share share = ShareOfSpecimen(bend);
    left[k] *= share.mean;
    variances[k] = share.mean + share.variance * bend * bend;
  }
  m_Shifts += m_Solved * m_Spline;
  m_Spline = modes.eigenvectors() * left;
  m_SmoothCovariance = modes.eigenvectors() * variances.asDiagonal() * modes.eigenvectors().transpose();
  m_Shifts -= m_Solved * m_Spline;
}

void
ScanLineSolver::FindCovariance()
{
  const auto lines = static_cast<Eigen::Index>(m_Lines);
  const Eigen::Index width = m_Band.rows();
  // Wide enough for the weights of two columns that are as far apart as the table reaches.
  const Eigen::Index wide = std::min<Eigen::Index>(lines, static_cast<Eigen::Index>(m_Reach) + width);
  Eigen::MatrixXd inverse = Eigen::MatrixXd::Zero(wide, lines); // inverse(k, y): element (y + k, y)
  for (Eigen::Index y = lines - 1; y >= 0; --y)
  {
    const Eigen::Index most = std::min(width - 1, lines - 1 - y);
    for (Eigen::Index k = std::min(wide - 1, lines - 1 - y); k >= 1; --k)
    {
      double sum = 0.0;
      for (Eigen::Index l = 1; l <= most; ++l)
      {
        sum -= m_Band(l, y) * inverse(std::abs(k - l), y + std::min(k, l));
      }
      inverse(k, y) = sum;
    }
    double sum = 1.0 / m_Diagonal[y];
    for (Eigen::Index l = 1; l <= most; ++l)
    {
      sum -= m_Band(l, y) * inverse(l, y);
    }
    inverse(0, y) = sum;
  }
  this->MakeTables(this->FindKnown(inverse, false), this->FindKnown(inverse, true));
}

ScanLineSolver::Known
ScanLineSolver::FindKnown(const Eigen::MatrixXd & inverse, bool other) const
{
  // Columns see weighted means of the lines: first one side, then the other.
  const auto lines = static_cast<Eigen::Index>(m_Lines);
  const Eigen::Index wide = inverse.rows();
  const Eigen::Index half = m_Band.rows() / 2;
  const Eigen::Index span = static_cast<Eigen::Index>(m_Reach) + 2 * half;
  Eigen::MatrixXd one = Eigen::MatrixXd::Zero(span, lines); // one(k, y): (w s at y, s at y - half + k)
  Eigen::MatrixXd weighted = Eigen::MatrixXd::Zero(lines, m_Solved.cols());
  for (Eigen::Index y = 0; y < lines; ++y)
  {
    const auto [first, weights] = this->WeightsAt(static_cast<double>(y), other);
    for (std::size_t m = 0; m < weights.size(); ++m)
    {
      const auto from = static_cast<Eigen::Index>(first + m);
      weighted.row(y) += weights[m] * m_Solved.row(from);
      for (Eigen::Index k = 0; k < span; ++k)
      {
        const Eigen::Index to = y - half + k;
        const Eigen::Index distance = std::abs(to - from);
        if (to >= 0 && to < lines && distance < wide)
        {
          one(k, y) += weights[m] * inverse(distance, std::min(to, from));
        }
      }
    }
  }
  Known known;
  known.withSmooth = weighted * m_SmoothCovariance;
  known.covariance.assign(m_Lines * m_Reach, 0.0);
  for (Eigen::Index y = 0; y < lines; ++y)
  {
    const auto [first, weights] = this->WeightsAt(static_cast<double>(y), other);
    for (std::size_t m = 0; m < weights.size(); ++m)
    {
      // Runs over the other column's line x: its element (x, y) takes w(x) = weights of line y, seen from x <= y.
      const auto line = static_cast<Eigen::Index>(first + m);
      for (Eigen::Index k = 0; k < static_cast<Eigen::Index>(m_Reach); ++k)
      {
        const Eigen::Index low = y - k;
        const Eigen::Index at = line - low + half;
        if (low >= 0 && at >= 0 && at < span)
        {
          known.covariance[static_cast<std::size_t>(low) * m_Reach + static_cast<std::size_t>(k)] +=
            weights[m] * one(at, low);
        }
      }
    }
    for (Eigen::Index k = 0; k < static_cast<Eigen::Index>(m_Reach) && y + k < lines; ++k)
    {
      known.covariance[static_cast<std::size_t>(y) * m_Reach + static_cast<std::size_t>(k)] +=
        known.withSmooth.row(y).dot(weighted.row(y + k));
    }
  }
  return known;
}

void
ScanLineSolver::MakeTables(const Known & witnesses, const Known & others)
{
  // With the errors e of the fits, the shifts s, the smooth function m and estimates with a hat, a position is off by
  // w (s - s^) + e. A witness's own e is in s^: Cov(w s^, e') = w Cov(s, s) w' + w Cov(s, m) b', with the covariances
  // that are left and the splines b' at the witness.
  const auto reach = static_cast<long>(m_Reach);
  const auto lines = static_cast<long>(m_Lines);
  const auto spline = [this](const auto & row, long line)
  {
    const auto [knot, values] = this->SplineAt(static_cast<double>(line));
    return row.template segment<4>(static_cast<Eigen::Index>(knot)).dot(values);
  };
  // A shift of all columns in common is no error: places are relative to the specimen. It is the mean of the smooth
  // function over the witnesses.
  const Eigen::VectorXd spread = m_SmoothCovariance * m_MeanSpline;
  const double whole = m_MeanSpline.dot(spread);
  const Eigen::VectorXd ofOthers = others.withSmooth * m_MeanSpline;
  std::vector<double> ofWitnesses(m_Lines);
  for (long line = 0; line < lines; ++line)
  {
    ofWitnesses[static_cast<std::size_t>(line)] = spline(spread.transpose(), line);
  }
  m_Covariance = others.covariance;
  m_CovarianceOfWitnesses.assign(m_Lines * m_Reach, 0.0);
  m_CovarianceWithWitness.assign(m_Lines * (2 * m_Reach - 1), 0.0);
  for (long y = 0; y < lines; ++y)
  {
    for (long k = std::max(1 - reach, -y); k < reach && y + k < lines; ++k)
    {
      const auto here = static_cast<std::size_t>(y);
      const auto there = static_cast<std::size_t>(y + k);
      m_CovarianceWithWitness[here * (2 * m_Reach - 1) + static_cast<std::size_t>(k + reach - 1)] =
        spline(others.withSmooth.row(y), y + k) - ofOthers[y] - ofWitnesses[there] + whole;
      if (k >= 0)
      {
        const std::size_t index = here * m_Reach + static_cast<std::size_t>(k);
        m_CovarianceOfWitnesses[index] = spline(witnesses.withSmooth.row(y), y + k) +
                                         spline(witnesses.withSmooth.row(y + k), y) - witnesses.covariance[index] -
                                         ofWitnesses[here] - ofWitnesses[there] + whole;
        m_Covariance[index] += whole - ofOthers[y] - ofOthers[y + k];
      }
    }
  }
}

double
ScanLineSolver::Shift(double line, bool other) const
{
  const auto [first, weights] = this->WeightsAt(line, other);
  double sum = 0.0;
  for (std::size_t k = 0; k < weights.size(); ++k)
  {
    sum += weights[k] * m_Shifts[static_cast<Eigen::Index>(first + k)];
  }
  return sum;
}

double
ScanLineSolver::Smooth(double line) const
{
  const auto [knot, spline] = this->SplineAt(line);
  return spline.dot(m_Spline.segment<4>(static_cast<Eigen::Index>(knot)));
}

ScanLines::Axis
ScanLineSolver::MakePrior() const
{
  ScanLines::Axis axis;
  axis.variance = m_Variance;
  axis.memory = m_Memory;
  if (m_Memory > 0.0)
  {
    constexpr double Forgotten = 1e-3;
    const double whole = this->Overlap(m_Memory, 0);
    do
    {
      axis.correlation.push_back(this->Overlap(m_Memory, static_cast<long>(axis.correlation.size())) / whole);
    } while (std::abs(axis.correlation.back()) > Forgotten && axis.correlation.size() < m_Lines);
  }
  return axis;
}

ScanLines::Axis
ScanLineSolver::MakeAxis() const
{
  ScanLines::Axis axis = this->MakePrior();
  axis.reach = m_Reach;
  axis.covariance = m_Covariance;
  axis.covarianceOfWitnesses = m_CovarianceOfWitnesses;
  axis.covarianceWithWitness = m_CovarianceWithWitness;
  for (std::size_t line = 0; line < m_Lines; ++line)
  {
    axis.displacement.push_back(this->Shift(static_cast<double>(line), false));
  }
  return axis;
}

std::vector<double>
ScanLineSolver::MakeDisplacementOfOthers() const
{
  std::vector<double> displacement;
  for (std::size_t line = 0; line < m_Lines; ++line)
  {
    displacement.push_back(this->Shift(static_cast<double>(line), true));
  }
  return displacement;
}
} // namespace ferro
