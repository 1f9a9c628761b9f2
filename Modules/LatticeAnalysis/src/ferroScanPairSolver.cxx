#include "ferroScanPairSolver.h"

#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>
#include <tuple>

namespace ferro
{
namespace
{
/** Distance of the narrow knots, in standard deviations of the weight of a column. */
constexpr double KnotsOfJitter = 1.4;
} // namespace

ScanPairSolver::ScanPairSolver(const std::array<long, 2> & heights, const std::array<double, 2> & weightSigmas,
                               double knotDistance)
  : m_SmoothVariance(knotDistance * knotDistance) // drift of a few cells is as good as anything
{
  for (std::size_t scan = 0; scan < 2; ++scan)
  {
    const auto height = static_cast<double>(heights[scan] - 1);
    for (auto * spline : {&m_Smooth[scan], &m_Narrow[scan]})
    {
      spline->height = height;
      spline->step = spline == &m_Smooth[scan] ? knotDistance : KnotsOfJitter * weightSigmas[scan];
      spline->first = m_Size;
      spline->count = static_cast<Eigen::Index>(std::floor(height / spline->step)) + 4;
      m_Size += spline->count;
    }
  }
}

void
ScanPairSolver::Append(const Spline & spline, double line, double factor, Row & row)
{
  const double place = std::clamp(line, 0.0, spline.height) / spline.step;
  const double floor = std::floor(place);
  const double t = place - floor;
  const double r = 1.0 - t;
  const double values[4] = {r * r * r / 6.0, (3.0 * t * t * t - 6.0 * t * t + 4.0) / 6.0,
                            (3.0 * r * r * r - 6.0 * r * r + 4.0) / 6.0, t * t * t / 6.0};
  for (Eigen::Index k = 0; k < 4; ++k)
  {
    row.emplace_back(spline.first + static_cast<Eigen::Index>(floor) + k, factor * values[k]);
  }
}

double
ScanPairSolver::Value(const Spline & spline, double line) const
{
  if (m_Coefficients.size() == 0)
  {
    return 0.0;
  }
  Row row;
  Append(spline, line, 1.0, row);
  double sum = 0.0;
  for (const auto & [index, factor] : row)
  {
    sum += factor * m_Coefficients[index];
  }
  return sum;
}

double
ScanPairSolver::SolveFor(double jitter1, double jitter2)
{
  Eigen::MatrixXd normal = m_Information;
  double prior = 0.0;
  for (std::size_t scan = 0; scan < 2; ++scan)
  {
    const double variance = scan == 0 ? jitter1 : jitter2;
    normal.diagonal().segment(m_Smooth[scan].first, m_Smooth[scan].count).array() += 1.0 / m_SmoothVariance;
    normal.diagonal().segment(m_Narrow[scan].first, m_Narrow[scan].count).array() += 1.0 / variance;
    prior += static_cast<double>(m_Narrow[scan].count) * std::log(variance);
  }
  const Eigen::LLT<Eigen::MatrixXd> factors(normal);
  m_Coefficients = factors.solve(m_Right);
  m_JitterVariance = {{jitter1, jitter2}};
  const double determinant = 2.0 * factors.matrixLLT().diagonal().array().log().sum();
  return -0.5 * (m_Squares - m_Right.dot(m_Coefficients) + determinant + prior);
}

void
ScanPairSolver::Solve(const std::vector<Observation> & observations, bool jitter)
{
  m_Information = Eigen::MatrixXd::Zero(m_Size, m_Size);
  m_Right = Eigen::VectorXd::Zero(m_Size);
  m_Squares = 0.0;
  double noise = 0.0;
  Eigen::VectorXd constant = Eigen::VectorXd::Zero(m_Size);
  Row row;
  for (const auto & observation : observations)
  {
    row.clear();
    Append(m_Smooth[0], observation.first, 1.0, row);
    Append(m_Narrow[0], observation.first, 1.0, row);
    Append(m_Smooth[1], observation.second, -1.0, row);
    Append(m_Narrow[1], observation.second, -1.0, row);
    const double information = 1.0 / observation.variance;
    for (const auto & [one, factor] : row)
    {
      for (const auto & [other, otherFactor] : row)
      {
        m_Information(one, other) += information * factor * otherFactor;
      }
      constant[one] += std::abs(factor) / static_cast<double>(observations.size());
      m_Right[one] += information * factor * observation.difference;
    }
    m_Squares += information * observation.difference * observation.difference;
    noise += observation.variance / static_cast<double>(observations.size());
  }
  // A constant that both scans have in common is not known, and does not matter: the mean of D1 + D2 is held at zero.
  constexpr double Firmly = 1e-4;
  m_Information += constant * constant.transpose() / (Firmly * noise);
  const double least = 1e-3 * noise;
  std::array<double, 2> best = {{least, least}};
  if (jitter)
  {
    // One variance after the other, in steps that become finer.
    double highest = this->SolveFor(best[0], best[1]);
    for (double step = 8.0; step > 1.15; step = std::sqrt(step))
    {
      for (bool better = true; better;)
      {
        better = false;
        for (std::size_t scan = 0; scan < 2; ++scan)
        {
          for (const double factor : {step, 1.0 / step})
          {
            auto tried = best;
            tried[scan] = std::max(least, tried[scan] * factor);
            const double value = tried[scan] == best[scan] ? highest : this->SolveFor(tried[0], tried[1]);
            if (value > highest + 1e-6)
            {
              highest = value;
              best = tried;
              better = true;
            }
          }
        }
      }
    }
  }
  this->SolveFor(best[0], best[1]);
  if (jitter)
  {
    Eigen::MatrixXd normal = m_Information;
    for (std::size_t scan = 0; scan < 2; ++scan)
    {
      normal.diagonal().segment(m_Smooth[scan].first, m_Smooth[scan].count).array() += 1.0 / m_SmoothVariance;
      normal.diagonal().segment(m_Narrow[scan].first, m_Narrow[scan].count).array() += 1.0 / best[scan];
    }
    m_Covariance = normal.llt().solve(Eigen::MatrixXd::Identity(m_Size, m_Size));
  }
}

double
ScanPairSolver::Displacement(std::size_t scan, double line) const
{
  return this->Value(m_Smooth[scan], line) + this->Value(m_Narrow[scan], line);
}

double
ScanPairSolver::Smooth(std::size_t scan, double line) const
{
  return this->Value(m_Smooth[scan], line);
}

PairedScanErrors::Row
ScanPairSolver::MakeRow(double first, double share1, double second, double share2) const
{
  Row row;
  for (const auto & [scan, line, share] : {std::tuple(0, first, share1), std::tuple(1, second, share2)})
  {
    if (share != 0.0)
    {
      Append(m_Smooth[static_cast<std::size_t>(scan)], line, share, row);
      Append(m_Narrow[static_cast<std::size_t>(scan)], line, share, row);
    }
  }
  return row;
}

double
ScanPairSolver::Jitter(std::size_t scan) const
{
  // The squares of the four splines at a place sum up to about 0.48.
  constexpr double Overlap = 0.479;
  return std::sqrt(Overlap * m_JitterVariance[scan]);
}
} // namespace ferro
