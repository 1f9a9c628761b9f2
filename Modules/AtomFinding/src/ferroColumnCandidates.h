#ifndef ferroColumnCandidates_h
#define ferroColumnCandidates_h

#include "ferroBinGrid.h"
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

/** Blob response, at distance r, of a Gaussian column of unit height.
 * A Gaussian of variance s^2 smoothed to V = s^2 + t^2 has -t^2 Laplacian = 2 s^2 t^2 / V^2 (1 - r^2 / 2V) exp(-r^2 /
 * 2V). */
double UnitResponse(double squaredDistance, double columnSigma, double filterSigma);

/** Heights of overlapping columns such that the sum of their responses meets the measured one at each of them. */
void SolveAmplitudes(std::vector<ColumnCandidate> & candidates, double columnSigma, double filterSigma,
                     const ParallelFor & parallel);

/** Takes the responses of the columns out of the response plane. */
void SubtractResponses(Plane & response, const std::vector<ColumnCandidate> & columns, double columnSigma,
                       double filterSigma, const ParallelFor & parallel);

/** Takes the columns themselves out of the image: what is left is noise, background and columns not found. */
void SubtractGaussians(Plane & image, const std::vector<ColumnCandidate> & columns, double sigma,
                       const ParallelFor & parallel);

/** \class RestResponse
 * \brief The response that the columns leave over, worked out only where it is asked for.
 */
class RestResponse
{
public:
  /** All must outlive the object. */
  RestResponse(const Plane & response, const std::vector<ColumnCandidate> & columns, double columnSigma,
               double filterSigma);
  /** Highest pixel within radius of a place; the position is refined by parabolas.
   * \return whether there is one above zero */
  bool PeakNear(const Eigen::Vector2d & place, double radius, ColumnCandidate & peak) const;

private:
  const Plane & m_Response;
  const std::vector<ColumnCandidate> & m_Columns;
  double m_ColumnSigma;
  double m_FilterSigma;
  double m_Reach;
  BinGrid m_Grid;
};
} // namespace ferro

#endif
