#ifndef ferroTiltFit_h
#define ferroTiltFit_h

#include "ferroTiltBlocks.h"
#include "ferroTiltEstimate.h"

#include <optional>
#include <vector>

namespace ferro
{
/** Tilt at a place as a linear function of the six parameters of the field. \param offsetNm from its centre */
Eigen::Matrix<double, 2, 6> TiltFieldRow(const Eigen::Vector2d & offsetNm);

/** Normal equations of some of the observations. */
struct TiltNormal
{
  Eigen::MatrixXd matrix;
  Eigen::VectorXd right;
  double objective = 0.0; ///< squared deviations, in their errors

  explicit TiltNormal(Eigen::Index size = 0)
    : matrix(Eigen::MatrixXd::Zero(size, size)), right(Eigen::VectorXd::Zero(size))
  {
  }
  /** Adds residual = value - model, with the derivative of the model and the inverse of the covariance. */
  void Observe(const Eigen::MatrixXd & derivative, const Eigen::VectorXd & residual, const Eigen::MatrixXd & weight);
  /** Adds the belief that an unknown is zero. */
  void Believe(Eigen::Index unknown, double value, double deviation);
  TiltNormal & operator+=(const TiltNormal & other);
};

/** \class TiltFit
 * \brief The fit of patches, domains, tilt and the errors of the tables.
 *
 * Unknowns: the field (6); the modes of error of the non-polar table and of the film's, and that of the thickness,
 * which they share; the polarization of each domain (2 each); how it changes over the domain, pm from one end to the
 * other (4 each: along x for both components, along y for both).
 */
class TiltFit
{
public:
  TiltFit(std::vector<TiltBlock> blocks, const TiltPolarization * nonPolar, const TiltPolarization * film,
          const TiltAssumptions & assumptions);

  TiltEstimate Solve();

private:
  static constexpr Eigen::Index FieldTerms = 6;
  static constexpr Eigen::Index SlopeTerms = 4;

  /** How the true polarizations of two domains are related. */
  enum class Relation
  {
    Opposite,
    EqualSize,
    Same
  };
  struct DomainPair
  {
    Eigen::Index first;
    Eigen::Index second;
    Relation relation;
  };
  struct Domain
  {
    int number = 0;
    std::size_t cells = 0;
    Eigen::Vector2d centerNm = Eigen::Vector2d::Zero();
    Eigen::Vector2d extentNm = Eigen::Vector2d::Ones();
    double spreadPm = 1.0; ///< of its polarization from one end to the other
  };
  /** What a block says: its residual, with the derivative by all unknowns and the inverse of its covariance. */
  struct Observation
  {
    Eigen::Vector2d residual;
    Eigen::Matrix2Xd derivative;
    Eigen::Matrix2d weight;
  };

  void CollectDomains();
  void PlaceCenter();
  Eigen::Vector2d TiltThatShows(const Eigen::Vector2d & polarizationPm) const;
  void Start();
  void RelateDomains();
  void Descend();

  Eigen::Index DomainOf(const TiltBlock & block) const;
  Eigen::Vector2d Polarization(Eigen::Index domain) const;
  Eigen::VectorXd Deviations(bool nonPolar) const;
  double PriorOf(Eigen::Index fieldTerm) const;

  Observation Observe(const TiltBlock & block, const TiltPolarization * nonPolar, const TiltPolarization * film) const;
  std::vector<Observation> ObserveAll() const;
  void ObservePair(const DomainPair & pair, TiltNormal & normal) const;
  /** Beliefs in the errors of the tables and the slopes of the domains. */
  void BelieveNuisances(TiltNormal & normal) const;
  TiltNormal Sum(TiltNormal * blocksOnly = nullptr) const;

  /** The observations of one kind, with the beliefs. */
  TiltNormal SumOfClue(TiltClue::Kind kind, const std::vector<Observation> & observations) const;
  std::optional<TiltClue> MakeClue(TiltClue::Kind kind, const TiltNormal & field, double factor) const;
  void ReportClues(double factor, TiltEstimate & estimate) const;
  TiltEstimate Report() const;

  std::vector<TiltBlock> m_Blocks;
  const TiltPolarization * m_NonPolar;
  const TiltPolarization * m_Film;
  TiltAssumptions m_Assumptions;
  std::vector<Domain> m_Domains;
  std::vector<DomainPair> m_Pairs;
  Eigen::Vector2d m_Center = Eigen::Vector2d::Zero();
  double m_Extent = 1.0;            ///< nm
  Eigen::Index m_NonPolarModes = 0; ///< without that of the thickness
  Eigen::Index m_FilmModes = 0;
  Eigen::Index m_Thickness = FieldTerms; ///< unknown
  Eigen::Index m_FirstDomain = FieldTerms + 1;
  Eigen::Index m_FirstSlope = FieldTerms + 1;
  Eigen::VectorXd m_Unknowns;
};
} // namespace ferro

#endif
