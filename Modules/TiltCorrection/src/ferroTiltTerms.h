#ifndef ferroTiltTerms_h
#define ferroTiltTerms_h

#include "ferroTiltPolarization.h"

namespace ferro
{
using TiltTerms = Eigen::Matrix<double, 2, TiltPolarization::Terms>;
using TiltCoefficients = Eigen::Matrix<double, TiltPolarization::Terms, 1>;
using TiltModes = Eigen::Matrix<double, TiltPolarization::Terms, Eigen::Dynamic>;

/** The terms of the polynomial r(t, P) for both components (see TiltPolarization). */
TiltTerms MakeTiltTerms(const Eigen::Vector2d & tiltMrad, const Eigen::Vector2d & polarizationPm);

/** Polarization of the crystal of a table; none where it is too short to tell what depends on it. */
Eigen::Vector2d KnownPolarization(const TiltResponseSeries & series);

/** The polynomial of one thickness. */
struct TiltSeriesFit
{
  TiltCoefficients coefficients = TiltCoefficients::Zero();
  TiltModes modes;      ///< M M^T is the covariance of the coefficients
  double errorPm = 0.0; ///< RMS deviation from the polynomial, or the largest error of the table if that is larger
  double largestTiltMrad = 0.0;
};

/** Fits the points of one thickness by least squares.
 *
 * Covariance: A^+ S A^+^T with the pseudo-inverse A^+ of the design and the covariance S of the points. Points that
 * symmetry makes of others (quarter turns of a fourfold table, mirror images) have the same error, turned along. Those
 * of different tilts come from the same displaced atoms: for an angle a between them they are correlated as
 * 0.6 cos(a) + 0.2 cos^2(a) (+ 0.2 for a point with itself). Four configurations of BiFeO3 and SrTiO3 showed 0.7
 * between tilts of one direction, -0.4 between opposite ones and 0.5 at 45 degrees. Where points deviate from
 * what the others predict by more than S allows, S is raised by as much: what the polynomial misses.
 *
 * Throws AnalysisError when the tilts lie along one direction. */
TiltSeriesFit FitTiltSeries(const TiltResponseSeries & series, bool fourfold);

/** Columns L with L L^T = covariance, without those that are nothing. */
TiltModes FactorOf(const Eigen::Matrix<double, TiltPolarization::Terms, TiltPolarization::Terms> & covariance);
} // namespace ferro

#endif
