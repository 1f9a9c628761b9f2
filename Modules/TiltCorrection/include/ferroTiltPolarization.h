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
   */
  TiltPolarization(const TiltResponse & response, double thicknessNm);

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
  struct Fit
  {
    Coefficients coefficients;
    double errorPm;
    double largestTiltMrad;
  };
  static Fit FitSeries(const TiltResponseSeries & series, bool fourfold);

  Coefficients m_Coefficients = Coefficients::Zero();
  double m_ErrorPm = 0.0;
  double m_LargestTiltMrad = 0.0;
  double m_LongestPm = 0.0; ///< polarization beyond which nothing is known
};
} // namespace ferro

#endif
