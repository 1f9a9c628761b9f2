#ifndef ferroCramerRaoBound_h
#define ferroCramerRaoBound_h

#include "FerroscopeImageSynthesisExport.h"
#include "ferroSyntheticTruth.h"

#include <optional>

namespace ferro
{
/** Smallest standard error per axis that an unbiased estimate can have, pm; NaN for a kind that the image does not
 * show away from its border. */
struct CramerRaoBound
{
  double filmA;
  double filmB;
  double substrateA;
  double substrateB;
  /** Of the polar displacement in the film: sqrt(B^2 + A^2 / 4). */
  double filmDisplacement;
};

/** Cramer-Rao bound of the positions in a synthetic micrograph with Poisson noise.
 *
 * The Fisher information of independent Poisson counts n_k with means m_k(theta) is
 * I_ab = sum_k (1 / m_k) dm_k/dtheta_a dm_k/dtheta_b (for example J. Chao, E. S. Ward and R. J. Ober, J. Opt. Soc. Am.
 * A 33, B36 (2016)). Here theta holds position and height of a column and of its neighbours closer than 1.1 cells, and
 * one local background; k runs over the pixels closer than 1.4 cells; widths and farther columns count as known. The
 * bound of a column is the square root of the mean of both position variances in the inverse of I; each figure is the
 * root mean square over up to 40 columns at least one cell away from the border, evenly picked. Scan jitter is not part
 * of it. \return nothing for an image without noise, or whose columns are not round */
FerroscopeImageSynthesis_EXPORT std::optional<CramerRaoBound> ComputeCramerRaoBound(
  const SyntheticTruth::Values & truth);
} // namespace ferro

#endif
