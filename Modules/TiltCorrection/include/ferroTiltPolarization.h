#ifndef ferroTiltPolarization_h
#define ferroTiltPolarization_h

#include "FerroscopeTiltCorrectionExport.h"
#include "ferroTiltResponse.h"

namespace ferro
{
/** \class TiltPolarization
 * \brief The apparent polarization of a tilted crystal as a smooth function of the tilt, from a response table.
 *
 * P(t) = shift of B - shift of A, an odd polynomial of third degree in the two components of the tilt: the terms are
 * tx, ty, tx^3, tx^2 ty, tx ty^2, ty^3. Odd, because what is there without tilt is no effect of it; a table that holds
 * tilts of both signs shows by the residual how well that holds.
 */
class FerroscopeTiltCorrection_EXPORT TiltPolarization
{
public:
  static constexpr int Terms = 6;

  /** Fits the table at a thickness, between two thicknesses by linear interpolation of the coefficients. Throws
   * AnalysisError when the thickness lies outside the table or the tilts do not determine the polynomial.
   *
   * \param response the table
   * \param thicknessNm thickness of the specimen; when the table holds only one, any within 10 % of it
   */
  TiltPolarization(const TiltResponse & response, double thicknessNm);

  /** Apparent polarization, image axes, pm. \param tiltMrad tilt */
  Eigen::Vector2d Evaluate(const Eigen::Vector2d & tiltMrad) const;
  /** Derivative by the tilt, pm per mrad: row: component of the polarization, column: of the tilt.
   * \param tiltMrad tilt */
  Eigen::Matrix2d Derivative(const Eigen::Vector2d & tiltMrad) const;
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
  using Coefficients = Eigen::Matrix<double, Terms, 2>;
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
};
} // namespace ferro

#endif
