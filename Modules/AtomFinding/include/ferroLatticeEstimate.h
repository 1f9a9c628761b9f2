#ifndef ferroLatticeEstimate_h
#define ferroLatticeEstimate_h

#include "FerroscopeAtomFindingExport.h"
#include "ferroImageGeometry.h"

#include <Eigen/Core>

namespace ferro
{
/** The two shortest translations of the lattice in an image, from its power spectrum alone: no column is looked for.
 * \param image pixels; its spacing does not matter
 * \param shortest,longest periods that are looked for, pixels
 * \return the translations as columns, pixels; zero when the image shows no lattice */
FerroscopeAtomFinding_EXPORT Eigen::Matrix2d EstimateTranslations(const MicrographType & image, double shortest = 2.6,
                                                                  double longest = 130.0);

/** The same for cells with a column at the corners and another one in the middle: where both are alike but for a
 * little, the shortest translations go from one to the other, and weak reflections between the strong ones tell the
 * true cell. Where nothing tells them apart, the shortest translations are returned. */
FerroscopeAtomFinding_EXPORT Eigen::Matrix2d EstimateCentredTranslations(const MicrographType & image);
} // namespace ferro

#endif
