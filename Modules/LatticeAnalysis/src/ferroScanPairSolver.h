#ifndef ferroScanPairSolver_h
#define ferroScanPairSolver_h

#include "ferroPairedScanErrors.h"

#include <Eigen/Core>

#include <array>
#include <utility>
#include <vector>

namespace ferro
{
/** \class ScanPairSolver
 * \brief The displacements of two scans along one axis, D1 as a function of the line of one and D2 of that of the
 * other, from the differences D1 - D2 of columns that both have.
 *
 * Each is a cubic B-spline with wide knots, of which nothing is assumed, and one with narrow knots whose coefficients
 * are independent normal numbers: white jitter, nearly as columns see it. Both variances are the most probable ones. On
 * a lattice a jitter of the period of its rows is like a slow drift of the other scan: the covariance, of all
 * coefficients together, knows how well the two can be told apart.
 */
class ScanPairSolver
{
public:
  /** A column: its lines in both scans, the difference of its positions, and the variance of that by the fits. */
  struct Observation
  {
    double first;
    double second;
    double difference;
    double variance;
  };

  /** \param heights numbers of lines
   * \param weightSigmas standard deviations of the weight of a line in a column's position, lines
   * \param knotDistance of the smooth functions, lines */
  ScanPairSolver(const std::array<long, 2> & heights, const std::array<double, 2> & weightSigmas, double knotDistance);

  /** \param observations the columns
   * \param jitter whether there may be jitter at all */
  void Solve(const std::vector<Observation> & observations, bool jitter);

  /** Displacement of scan 0 or 1 at a line; 0 before Solve(). */
  double Displacement(std::size_t scan, double line) const;
  /** The same without jitter. */
  double Smooth(std::size_t scan, double line) const;
  /** Factors of the coefficients of all splines in share1 D1(first) + share2 D2(second). */
  PairedScanErrors::Row MakeRow(double first, double share1, double second, double share2) const;
  /** Covariance of the coefficients, as far as they are not known; empty before Solve() with jitter. */
  const Eigen::MatrixXd &
  GetCovariance() const
  {
    return m_Covariance;
  }
  /** Standard deviation of a column's position by jitter. */
  double Jitter(std::size_t scan) const;

private:
  /** One spline: its place among the coefficients. */
  struct Spline
  {
    double height;
    double step;
    Eigen::Index first;
    Eigen::Index count;
  };
  using Row = PairedScanErrors::Row;

  static void Append(const Spline & spline, double line, double factor, Row & row);
  double Value(const Spline & spline, double line) const;
  double SolveFor(double jitter1, double jitter2);

  std::array<Spline, 2> m_Smooth;
  std::array<Spline, 2> m_Narrow;
  Eigen::Index m_Size = 0;
  double m_SmoothVariance;
  Eigen::MatrixXd m_Information;
  Eigen::VectorXd m_Right;
  double m_Squares = 0.0;
  std::array<double, 2> m_JitterVariance = {{0.0, 0.0}}; ///< of a coefficient
  Eigen::VectorXd m_Coefficients;
  Eigen::MatrixXd m_Covariance;
};
} // namespace ferro

#endif
