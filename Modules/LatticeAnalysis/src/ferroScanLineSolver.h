#ifndef ferroScanLineSolver_h
#define ferroScanLineSolver_h

#include "ferroScanLines.h"

#include <Eigen/Core>

#include <array>
#include <utility>
#include <vector>

namespace ferro
{
/** \class ScanLineSolver
 * \brief The most probable shifts of the lines of an image, given the positions of columns, and their covariance.
 *
 * The shifts s of the lines are normal numbers whose correlation falls as exp(-distance / memory) (independent ones
 * where the memory is 0). A column at y was seen at w(y) s + m(y) + error, with the weights of ScanLines and a smooth m
 * (cubic B-spline) of which nothing is known beforehand: what varies slowly may belong to the specimen and is left in
 * it, but for what Stiffen() takes off. The normal matrix of s is a band, so that the cost grows with the number of
 * lines; the covariance inside a wider band follows from the factors (Takahashi, Fagan and Chin 1973). Columns of two
 * kinds may each have their m. The errors of the columns that were observed are in the shifts; the covariances tell
 * these columns from others.
 */
class ScanLineSolver
{
public:
  /** One position: where, how far off, and the variance of that without the shifts of the lines. */
  struct Observation
  {
    double line;
    double value;
    double variance;
    bool other; ///< of the other kind: has a smooth function of its own
  };

  /** \param axis along which the shifts are
   * \param height number of lines
   * \param weightSigmas see ScanLines; of columns, and of those of the other kind
   * \param knotDistance of the smooth function, lines
   * \param reach number of distances in the table of covariances, lines */
  ScanLineSolver(ScanLines::AxisName axis, long height, const std::array<double, 2> & weightSigmas, double knotDistance,
                 std::size_t reach);

  /** Takes the columns. */
  void Observe(const std::vector<Observation> & observations);

  /** \param variance of the position of a column by the shifts, beforehand, pixel^2
   * \param memory of the lines, lines
   * \return logarithm of the likelihood of the columns, but for a constant */
  double Solve(double variance, double memory);

  /** After Solve() with columns of one kind: what the smooth function bends no more than the lines pretend is taken for
   * shifts of lines in part, as much as is to be expected; the doubt how much goes to its covariance. A constant and a
   * straight line stay unknown. */
  void Stiffen();

  /** Makes the covariances of what is left. */
  void FindCovariance();

  /** What a column at this line was shifted by; of the other kind or not. */
  double Shift(double line, bool other) const;
  /** The smooth function. */
  double Smooth(double line) const;
  /** Variance and correlations beforehand, as ScanLines::Axis has them. */
  ScanLines::Axis MakePrior() const;
  /** The same with Shift() of each line and the covariances of what is left: columns that had no say are taken to be of
   * the other kind. */
  ScanLines::Axis MakeAxis() const;
  /** Shift() of columns of the other kind at each line. */
  std::vector<double> MakeDisplacementOfOthers() const;
  /** Variance of the error of Shift() on a line, but for what all lines have in common. */
  double
  VarianceLeft(std::size_t line) const
  {
    return m_Covariance[line * m_Reach];
  }

private:
  /** What is known of w s of columns of one kind. */
  struct Known
  {
    /** Covariance of w s at the lines y and y + k, at [y * reach + k]. */
    std::vector<double> covariance;
    /** Covariance of w s at each line and the coefficients of the smooth function, negative. */
    Eigen::MatrixXd withSmooth;
  };
  /** \param inverse inverse of the band: (k, y) is element (y + k, y) */
  Known FindKnown(const Eigen::MatrixXd & inverse, bool other) const;
  /** Makes the tables of ScanLines::Axis, without what all columns have in common. */
  void MakeTables(const Known & witnesses, const Known & others);
  /** First line and normalised weights of a column. */
  std::pair<std::size_t, std::vector<double>> WeightsAt(double line, bool other) const;
  std::pair<std::size_t, Eigen::Vector4d> SplineAt(double line) const;
  /** Coefficients of the smooth function of columns of one kind. */
  Eigen::Index KnotsOfOne() const;
  /** Covariance of two columns k lines apart where a line has the variance 1. */
  double Overlap(double memory, long k) const;

  ScanLines::AxisName m_Axis;
  std::size_t m_Lines;
  std::array<double, 2> m_WeightSigmas;
  double m_KnotDistance;
  std::size_t m_Reach;
  double m_Variance = 0.0;
  double m_Memory = 0.0;
  // What the columns say: information(k, y) is element (y + k, y) of a band.
  Eigen::MatrixXd m_Information;
  Eigen::MatrixXd m_Coupling;
  Eigen::MatrixXd m_SmoothInformation;
  Eigen::VectorXd m_Right;
  Eigen::VectorXd m_RightSmooth;
  double m_Squares = 0.0;
  // The solution: factors L and D of the band, and what follows from them.
  Eigen::MatrixXd m_Band;
  Eigen::VectorXd m_Diagonal;
  Eigen::MatrixXd m_Solved;
  Eigen::MatrixXd m_Schur;      ///< information on the smooth function
  Eigen::VectorXd m_RightSchur; ///< the same for the right side
  Eigen::MatrixXd m_SmoothCovariance;
  Eigen::VectorXd m_Shifts;
  Eigen::VectorXd m_Spline;
  Eigen::VectorXd m_MeanSpline; ///< of the smooth function over the columns
  // As ScanLines::Axis has them.
  std::vector<double> m_Covariance;
  std::vector<double> m_CovarianceOfWitnesses;
  std::vector<double> m_CovarianceWithWitness;
};
} // namespace ferro

#endif
