#ifndef ferroTiltEstimate_h
#define ferroTiltEstimate_h

#include "FerroscopeTiltCorrectionExport.h"
#include "ferroTiltPolarization.h"

#include <Eigen/Core>

#include <array>
#include <vector>

namespace ferro
{
/** A measured polarization and what is known of the place. */
struct TiltSample
{
  static constexpr int Ignored = -1;
  static constexpr int NonPolar = 0; ///< a place whose true polarization is zero, as in a substrate

  Eigen::Vector2d positionNm = Eigen::Vector2d::Zero();
  Eigen::Vector2d polarizationPm = Eigen::Vector2d::Zero();
  Eigen::Matrix2d covariancePm2 = Eigen::Matrix2d::Zero();
  int group = Ignored; ///< Ignored, NonPolar, or the number of a domain, 1 and up
};

/** \class TiltField
 * \brief The tilt of a specimen, varying linearly over the image.
 */
struct FerroscopeTiltCorrection_EXPORT TiltField
{
  using Parameters = Eigen::Matrix<double, 6, 1>;

  Eigen::Vector2d centerNm = Eigen::Vector2d::Zero(); ///< where atCenterMrad holds
  Eigen::Vector2d atCenterMrad = Eigen::Vector2d::Zero();
  /** Row: component of the tilt, column: direction in the image. */
  Eigen::Matrix2d gradientMradPerNm = Eigen::Matrix2d::Zero();
  /** Of (tx, ty, dtx/dx, dtx/dy, dty/dx, dty/dy). */
  Eigen::Matrix<double, 6, 6> covariance = Eigen::Matrix<double, 6, 6>::Zero();

  /** Tilt at a place, mrad. \param positionNm place */
  Eigen::Vector2d At(const Eigen::Vector2d & positionNm) const;
  /** Covariance of the tilt at a place, mrad^2. \param positionNm place */
  Eigen::Matrix2d CovarianceAt(const Eigen::Vector2d & positionNm) const;
};

/** What EstimateTilt assumes. */
struct TiltAssumptions
{
  bool gradient = true; ///< whether the tilt may vary over the image
  /** Prior standard deviation of each component of the tilt, mrad: specimens that are off by more are not measured. */
  double tiltPriorMrad = 20.0;
  /** Prior standard deviation of the change of the tilt from one end of the measured area to the other, mrad. */
  double variationPriorMrad = 10.0;
  /** How far a patch of a domain or of the non-polar region may differ from the rest of it for reasons other than tilt
   * and noise, standard deviation, pm. */
  double patchSpreadPm = 1.0;
  /** How far the polarizations of two domains may differ in size, and how far each component of the polarization of one
   * domain may change from one end of it to the other, as a fraction of it. */
  double domainSpread = 0.03;
  /** Whether there are only two directions of polarization, one opposite to the other. Otherwise domains whose means
   * differ by less than 45 degrees count as the same, by more than 135 as opposite, and between as equal in size. */
  bool oppositeDomains = false;
};

/** What one kind of evidence says of the tilt by itself. */
struct TiltClue
{
  enum class Kind
  {
    NonPolarRegion, ///< what is not polar must measure zero
    UnequalDomains, ///< the means of the domains must be opposite, or of one size
    ShiftPattern    ///< how the shift of B against A varies within each domain
  };

  Kind kind = Kind::NonPolarRegion;
  std::size_t cells = 0;
  /** Centred on the cells of the clue; with the weak priors of TiltAssumptions, so that what the clue does not tell is
   * 0 with their error. */
  TiltField field;
  /** Whether the clue takes half of the variance that the prior leaves, for each parameter of the field. */
  std::array<bool, 6> told = {};
};

/** What the tilt was estimated from, and how well it fits. */
struct FerroscopeTiltCorrection_EXPORT TiltEstimate
{
  TiltField field;
  std::size_t nonPolarCells = 0;
  std::size_t domainCells = 0;
  std::vector<int> domains;                           ///< numbers of the domains that were used
  std::vector<Eigen::Vector2d> domainPolarizationsPm; ///< their polarization without the tilt
  int oppositePairs = 0;                              ///< pairs of domains taken as opposite
  int equalPairs = 0;                                 ///< other pairs, taken as equal in size only
  double reducedChiSquare = 0.0;                      ///< of the patches; errors are raised where it is above 1
  /** Probability of an estimate as far from zero without any tilt. */
  double chanceWithoutTilt = 1.0;

  std::vector<TiltClue> clues; ///< those that there are; the field is their combination by inverse variance
  /** Squared deviations of the clues from the field in their own errors, of what more than one of them tells. */
  double clueChiSquare = 0.0;
  int clueFreedom = 0;     ///< 0: no two clues tell the same
  double clueChance = 1.0; ///< probability of clues that disagree as much or more

  /** By how many standard deviations of each mode the tables are off, as far as the map tells. */
  Eigen::VectorXd nonPolarDeviations;
  Eigen::VectorXd filmDeviations;
  /** Of the field, the modes of the non-polar table, those of the film's, and that of the thickness, which both share.
   */
  Eigen::MatrixXd covariance;

  /** What tilt adds to a cell, as the map and the table together have it.
   * \param response a table of the estimate \param nonPolar whether it is that of the non-polar material */
  TiltPolarization Adjusted(const TiltPolarization & response, bool nonPolar) const;
  /** Covariance of what tilt adds to a cell, by tilt and table, pm^2.
   * \param adjusted from Adjusted() \param nonPolar as there \param positionNm place of the cell
   * \param polarizationPm its polarization without tilt */
  Eigen::Matrix2d CovarianceOfApparent(const TiltPolarization & adjusted, bool nonPolar,
                                       const Eigen::Vector2d & positionNm,
                                       const Eigen::Vector2d & polarizationPm) const;
};

/** Estimates the tilt of the specimen from a measured polarization field.
 *
 * Three clues tell it: what is not polar must measure zero; two domains of opposite polarization must measure opposite
 * vectors (the joint distribution of Px and Py is symmetric), and domains of other directions vectors of equal size;
 * within one domain the polarization is the same, so that where the shift of B against A varies, the tilt does. The
 * last says nothing of a tilt that is the same everywhere. The cells are averaged over patches, whose scatter says how
 * far to trust the stated errors; all patches, the domains' true polarizations, the tilt and the errors of the tables
 * are fitted together (Gauss-Newton with weak priors).
 *
 * Throws AnalysisError when there is nothing to tell a tilt that is the same everywhere.
 * \param samples the cells
 * \param nonPolar response of the non-polar material; may be null when no sample is non-polar
 * \param film response of the domains; may be null when no sample belongs to a domain
 * \param assumptions see there
 */
FerroscopeTiltCorrection_EXPORT TiltEstimate EstimateTilt(const std::vector<TiltSample> & samples,
                                                          const TiltPolarization * nonPolar,
                                                          const TiltPolarization * film,
                                                          const TiltAssumptions & assumptions = {});
} // namespace ferro

#endif
