#ifndef ferroScanLines_h
#define ferroScanLines_h

#include "FerroscopeCoreExport.h"

#include <array>
#include <cstddef>
#include <vector>

namespace ferro
{
/** \class ScanLines
 * \brief The errors of the scan that all columns on the same lines of the image have in common.
 *
 * Every line of the image may be shifted against the others. A column lies on several lines, and its fitted position
 * sees their mean, weighted by what each line says about the position: w(u) ~ exp(-u^2 / 2 t^2) for the shift along x,
 * w(u) ~ u^2 exp(-u^2 / 2 t^2) for that along y, with u the distance of the line from the middle of the column. Columns
 * whose middles are dy apart so have the correlations that Correlation() gives.
 *
 * All lengths in pixels; lines are continuous indices along y, 0 the middle of the first line.
 */
class FerroscopeCore_EXPORT ScanLines
{
public:
  /** The two axes of the image. */
  enum AxisName : int
  {
    X = 0,
    Y = 1
  };
  /** What is known of the shifts along one axis. */
  struct Axis
  {
    double variance = 0.0; ///< of a column's position, before any correction, pixel^2
    /** The same by shifts too small to be told from chance: what is to be expected of them where none were found. It
     * counts in sums over many columns only (VarianceOfSum), of which it may be a large part. */
    double unseen = 0.0;
    /** Distance over which the shifts of lines forget each other, lines; 0: every line is shifted for itself. */
    double memory = 0.0;
    /** Correlation of the shifts of columns k lines apart, where lines remember; empty: the formula of Correlation().
     */
    std::vector<double> correlation;
    /** Shift that a column in the middle of each line has; was taken off. Empty: nothing was. */
    std::vector<double> displacement;
    /** Covariance, after the correction, of columns on the lines y and y + k at [y * reach + k], pixel^2. Empty:
     * nothing was corrected, and variance and Correlation() hold. For columns that had no say in the shifts. */
    std::vector<double> covariance;
    /** The same for columns whose positions told the shifts (Witness): their own errors are in the shifts that were
     * taken off them. At k = 0: what that adds to the variance of one column; may be negative. */
    std::vector<double> covarianceOfWitnesses;
    /** The same for a column that had no say, on the line y, and a witness on y + k, at
     * [y * (2 reach - 1) + reach - 1 + k]; k may be negative. */
    std::vector<double> covarianceWithWitness;
    std::size_t reach = 0; ///< number of distances k in the table
  };

  /** Where a column lies, and whether the shifts of the lines were estimated with the help of its position. */
  struct Place
  {
    double line;
    bool witness = false;
  };

  double weightSigma = 0.0; ///< t, pixels
  std::array<Axis, 2> axes;

  /** Whether shifts of lines were taken off. */
  bool
  IsCorrected() const
  {
    return !axes[X].displacement.empty() || !axes[Y].displacement.empty();
  }
  /** Weight of a line at the distance u from the middle of a column, not normalised. */
  static double Weight(AxisName axis, double u, double weightSigma);
  /** Correlation of the shifts of two columns dy apart. Where every line is shifted for itself: exp(-dy^2 / 4 t^2)
   * along x, and along y that times 1 - dy^2 / 3 t^2 + dy^4 / 12 t^4; else from the table. */
  double Correlation(AxisName axis, double dy) const;
  /** Shift that was taken off a column at this line; 0 where nothing was corrected. */
  double Displacement(AxisName axis, double line) const;
  /** Covariance of the errors that two columns at these places still have by the scan, pixel^2; of a column with
   * itself: what the scan adds to its variance. */
  double Covariance(AxisName axis, const Place & first, const Place & second) const;
  /** Variance of the sum of weights h_k times the errors by the scan of columns at these places, pixel^2. It may be
   * negative where witnesses are among them: their errors by the fits count in full elsewhere. Holds Axis::unseen. */
  double VarianceOfSum(AxisName axis, const std::vector<Place> & places, const std::vector<double> & weights) const;
  /** Distance of lines beyond which columns have nothing in common along this axis; negative: they never have. */
  double Reach(AxisName axis) const;
};
} // namespace ferro

#endif
