#ifndef ferroTiltPolarization_h
#define ferroTiltPolarization_h

#include "FerroscopeTiltCorrectionExport.h"
#include "ferroTiltResponse.h"

#include <Eigen/Core>

namespace ferro
{
/** \class TiltPolarization
 * \brief What tilt adds to the polarization of a crystal, as a smooth function of both, from a response table.
 *
 * r(t, P) = shift of B - shift of A, a polynomial with r(-t, -P) = -r(t, P), as a half turn about the beam demands:
 *
 * - without P the odd terms tx, ty, tx^3, tx^2 ty, tx ty^2, ty^3, for both components;
 * - in proportion to P: e |t|^2 P + d (tx^2 - ty^2) (Px, -Py) + f 2 tx ty (Py, Px), a crystal seems less polar when it
 *   is tilted;
 * - in proportion to P^2: g ((P t) P - |P|^2 t / 2), along P tilt does something else than across it.
 *
 * The last two have the form that the symmetry of a square demands, and are there when the crystal of the table
 * shows at least 5 pm without tilt.
 *
 * The errors of the table are those of the coefficients. They are described by modes, each of which is off by an
 * unknown amount with the standard deviation 1: thermal motion (the stated errors of the points, which are correlated),
 * what the polynomial misses, the interpolation between thicknesses, and, last, the error of the thickness itself.
 */
class FerroscopeTiltCorrection_EXPORT TiltPolarization
{
public:
  static constexpr int OddTerms = 6; ///< for each component
  static constexpr int PolarTerms = 4;
  static constexpr int Terms = 2 * OddTerms + PolarTerms;

  /** Fits the table at a thickness, between two thicknesses by linear interpolation of the coefficients. Throws
   * AnalysisError when the thickness lies outside the table or the tilts do not determine the polynomial.
   *
   * \param response the table
   * \param thicknessNm thickness of the specimen; when the table holds only one, any within 10 % of it
   * \param thicknessErrorNm its standard deviation; 0: exact. A table of one thickness does not tell what it does.
   */
  TiltPolarization(const TiltResponse & response, double thicknessNm, double thicknessErrorNm = 0.0);

  /** What tilt adds, image axes, pm.
   * \param tiltMrad tilt; beyond the largest of the table the function goes on in proportion
   * \param polarizationPm polarization without tilt; counts as twice that of the table where it is longer */
  Eigen::Vector2d Evaluate(const Eigen::Vector2d & tiltMrad,
                           const Eigen::Vector2d & polarizationPm = Eigen::Vector2d::Zero()) const;
  /** Derivative by the tilt, pm per mrad: row: component of the polarization, column: of the tilt. */
  Eigen::Matrix2d Derivative(const Eigen::Vector2d & tiltMrad,
                             const Eigen::Vector2d & polarizationPm = Eigen::Vector2d::Zero()) const;
  /** Derivative by the polarization without tilt. */
  Eigen::Matrix2d DerivativeByPolarization(const Eigen::Vector2d & tiltMrad,
                                           const Eigen::Vector2d & polarizationPm) const;
  /** The polarization without tilt, pm: solves P + r(t, P) = measured.
   * \param measuredPm polarization of the tilted crystal \param tiltMrad tilt */
  Eigen::Vector2d Remove(const Eigen::Vector2d & measuredPm, const Eigen::Vector2d & tiltMrad) const;

  /** Number of modes of error, the last of which is that of the thickness. */
  Eigen::Index
  GetModes() const
  {
    return m_Modes.cols();
  }
  /** What one standard deviation of each mode adds, pm: a column for each mode. The error of Evaluate() has the
   * covariance E E^T.
   * \param tiltMrad tilt \param polarizationPm polarization without tilt */
  Eigen::Matrix2Xd EvaluateModes(const Eigen::Vector2d & tiltMrad,
                                 const Eigen::Vector2d & polarizationPm = Eigen::Vector2d::Zero()) const;
  /** The same table, off by so many standard deviations of each mode. \param deviations one for each mode */
  TiltPolarization Shifted(const Eigen::VectorXd & deviations) const;

  /** Largest tilt in the table, mrad: beyond it the function says nothing. */
  double
  GetLargestTiltMrad() const
  {
    return m_LargestTiltMrad;
  }
  /** RMS deviation of the table from the polynomial per component, or the errors of the table if they are larger, pm.
   */
  double
  GetErrorPm() const
  {
    return m_ErrorPm;
  }

private:
  using Coefficients = Eigen::Matrix<double, Terms, 1>;
  using Rows = Eigen::Matrix<double, 2, Terms>;
  /** The terms at a tilt and a polarization, within the table or carried on beyond it. */
  Rows RowsAt(const Eigen::Vector2d & tiltMrad, const Eigen::Vector2d & polarizationPm) const;

  Coefficients m_Coefficients = Coefficients::Zero();
  Eigen::Matrix<double, Terms, Eigen::Dynamic> m_Modes;
  double m_ErrorPm = 0.0;
  double m_LargestTiltMrad = 0.0;
  double m_LongestPm = 0.0; ///< polarization beyond which nothing is known
};
} // namespace ferro

#endif
