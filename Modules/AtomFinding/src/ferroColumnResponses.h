#ifndef ferroColumnResponses_h
#define ferroColumnResponses_h

#include "ferroBinGrid.h"
#include "ferroColumnCandidates.h"

namespace ferro
{
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
