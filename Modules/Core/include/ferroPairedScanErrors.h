#ifndef ferroPairedScanErrors_h
#define ferroPairedScanErrors_h

#include "FerroscopeCoreExport.h"
#include "ferroScanLines.h"

#include <Eigen/Core>

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace ferro
{
/** \class PairedScanErrors
 * \brief The errors of the scan that columns have in common whose positions come from two scans a quarter turn apart.
 *
 * The distortion of either scan is a sum of splines of its line. A column sees the sum of their coefficients with its
 * row of factors, so that the covariance of two columns is that of the coefficients between their rows.
 */
class FerroscopeCore_EXPORT PairedScanErrors
{
public:
  /** Factors of the coefficients that a column sees: their index and value. */
  using Row = std::vector<std::pair<Eigen::Index, double>>;

  /** Along x and y: covariance of the errors of the coefficients, pixel^2. */
  std::array<Eigen::MatrixXd, 2> coefficients;
  /** Along x and y: a row for each column. */
  std::array<std::vector<Row>, 2> rows;

  /** Covariance of the errors of two columns, pixel^2. */
  double Covariance(ScanLines::AxisName axis, std::size_t one, std::size_t other) const;
  /** Variance of a weighted sum of the errors of columns, pixel^2. */
  double VarianceOfSum(ScanLines::AxisName axis, const std::vector<std::size_t> & columns,
                       const std::vector<double> & weights) const;
  /** Covariance of the sum of vectors, each times the error of a column, pixel^2. */
  Eigen::Matrix2d CovarianceOfSum(ScanLines::AxisName axis, const std::vector<std::size_t> & columns,
                                  const std::vector<Eigen::Vector2d> & weights) const;
};
} // namespace ferro

#endif
