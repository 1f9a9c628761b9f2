#ifndef ferroColumnCandidates_h
#define ferroColumnCandidates_h

#include "ferroPlane.h"

#include <Eigen/Core>
#include <vector>

namespace ferro
{
/** \class ColumnCandidate
 * \brief A bright spot that may be an atom column.
 */
struct ColumnCandidate
{
  Eigen::Vector2d position = Eigen::Vector2d::Zero(); ///< pixels
  double response = 0.0;                              ///< blob response at the maximum
  double noise = 0.0;                                 ///< standard deviation of the response from pixel noise
  double amplitude = 0.0;                             ///< height above the background, from SolveAmplitudes
  double reference = 0.0;                             ///< what strong columns around it reach (response or amplitude)
  bool sure = false;                                  ///< stays without a like in the neighbouring cells
};

/** Sets position (by parabolas through the neighbours) and response to those of a pixel of a plane. */
void SetToPeak(const Plane & plane, long x, long y, ColumnCandidate & candidate);

/** Positions of the candidates. */
std::vector<Eigen::Vector2d> Positions(const std::vector<ColumnCandidate> & candidates);

/** Variance of the pixel noise around each pixel, from the second difference of second differences
 * that cancels smooth structure (Immerkaer, Comput. Vis. Image Underst. 64, 300 (1996)).
 * \param window standard deviation of the averaging window, pixels */
WideMean LocalNoiseVariance(const Plane & image, double window, const ParallelFor & parallel);

/** Local maxima of a blob response with parabolic sub-pixel positions, in the order of the rows.
 * Only maxima above nSigma times the noise of the response; at the border, those that nothing inside exceeds. */
std::vector<ColumnCandidate> FindMaxima(const Plane & response, const WideMean & noiseVariance, double sigma,
                                        double nSigma, const ParallelFor & parallel);

/** Standard deviation of the noise of the blob response at a place, from the variance of the pixels. */
double ResponseNoise(const WideMean & noiseVariance, double x, double y, double sigma);

/** Sets reference to the given quantile of the responses (or of the amplitudes) within about radius of each candidate.
 */
void SetReference(std::vector<ColumnCandidate> & candidates, double radius, double quantile, bool ofAmplitude,
                  const ParallelFor & parallel);

/** Standard deviation of the columns from the median radial profile of the strongest ones, pixels; 0 when there is
 * no profile that falls to half its height within reach. */
double EstimateColumnSigma(const Plane & image, const std::vector<ColumnCandidate> & strong, double reach);
} // namespace ferro

#endif
