#ifndef ferroNoiseModel_h
#define ferroNoiseModel_h

#include <vector>

namespace ferro
{
/** Variance of a pixel as a straight line in its expected value: Poisson noise behind a gain and an offset. */
struct NoiseModel
{
  double gain = 0.0;
  double offset = 1.0;
  double floor = 1e-12; ///< smallest variance that is believed

  double
  Variance(double expected) const
  {
    const double variance = gain * expected + offset;
    return variance > floor ? variance : floor;
  }
};

/** \class NoiseEstimator
 * \brief Learns the noise model from pairs of expected value and residual.
 */
class NoiseEstimator
{
public:
  /** \param squaredResidual already corrected for the parameters that were fitted to it */
  void
  Add(double expected, double squaredResidual)
  {
    m_Samples.push_back({static_cast<float>(expected), static_cast<float>(squaredResidual)});
  }
  /** Joins samples that were gathered elsewhere; the order matters for the last bit only. */
  void
  Append(const NoiseEstimator & other)
  {
    m_Samples.insert(m_Samples.end(), other.m_Samples.begin(), other.m_Samples.end());
  }
  /** A straight line through the mean squared residuals of bins of equal number. */
  NoiseModel Estimate();

private:
  struct Sample
  {
    float expected;
    float squaredResidual;
  };
  std::vector<Sample> m_Samples;
};
} // namespace ferro

#endif
