#ifndef ferroPolarizationMixture_h
#define ferroPolarizationMixture_h

#include <Eigen/Core>

#include <cstddef>
#include <vector>

namespace ferro
{
/** A vector and the variance of its error per axis. */
struct MixtureSample
{
  Eigen::Vector2d value;
  double variance;
};

/** One normal distribution of a mixture. */
struct MixtureComponent
{
  Eigen::Vector2d mean = Eigen::Vector2d::Zero();
  double variance = 0.0; ///< beyond the errors, per axis
  double weight = 0.0;
  double meanVariance = 0.0; ///< of the mean, per axis
};

/** \class PolarizationMixture
 * \brief A mixture of normal distributions with known errors, and an even background over a disc.
 *
 * Fitted by expectation maximisation; starts with more components than needed, joins the closest pair again and again,
 * and keeps the number with the smallest Bayesian information criterion. Deterministic.
 */
class PolarizationMixture
{
public:
  explicit PolarizationMixture(const std::vector<MixtureSample> & samples);

  const std::vector<MixtureComponent> &
  Components() const
  {
    return m_Components;
  }
  /** Logarithm of the density of a component at a sample, without its weight. */
  static double LogDensity(const MixtureComponent & component, const MixtureSample & sample);
  /** Logarithm of the density of the background with its weight. */
  double LogBackground() const;

private:
  /** One step; returns the logarithm of the likelihood before it. */
  double Step();
  void Converge(int steps);
  void JoinClosest();

  const std::vector<MixtureSample> & m_Samples;
  std::vector<MixtureComponent> m_Components;
  double m_BackgroundWeight = 0.02;
  double m_BackgroundDensity = 1.0;
};
} // namespace ferro

#endif
