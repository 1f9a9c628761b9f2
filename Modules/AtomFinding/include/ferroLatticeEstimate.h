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

/** \class CentredLattice
 * \brief The lattice of cells with a column at the corners and another one in the middle.
 */
struct CentredLattice
{
  /** Two translations as columns, pixels; zero when the image shows no lattice. */
  Eigen::Matrix2d translations = Eigen::Matrix2d::Zero();
  /** The image shows one column for each cell: either both kinds are alike, or only one of them is visible. */
  bool oneColumn = false;
};

/** Finds cells of two columns, from the power spectrum alone. Where both are alike but for a little, the shortest
 * translations go from one to the other: then weak reflections between the strong ones tell the true cell.
 * \param image pixels; its spacing does not matter */
FerroscopeAtomFinding_EXPORT CentredLattice EstimateCentredLattice(const MicrographType & image);
} // namespace ferro

#endif
