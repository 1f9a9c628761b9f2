#ifndef ferroSpectralLattice_h
#define ferroSpectralLattice_h

#include "ferroPlane.h"

#include <Eigen/Core>

namespace ferro
{
/** What the power spectrum says about the lattice. */
struct SpectralLattice
{
  bool found = false;
  /** Two shortest translations as columns, pixels. */
  Eigen::Matrix2d translations = Eigen::Matrix2d::Zero();
  /** Height of the strongest reflection above the median of its ring in the spectrum. */
  double strongest = 0.0;
  /** Number of reflections that the translations explain. */
  int reflections = 0;
  /** Power of the reflections (1,0), (0,1) and of (1,1), (1,-1), means of two each. */
  double first = 0.0;
  double second = 0.0;
  /** Height above the median of its ring of the weaker one of (1/2,1/2) and (1/2,-1/2). */
  double half = 0.0;
};

/** Finds the translations of the lattice from the mean power spectrum of overlapping tiles (Welch, IEEE Trans.
 * Audio Electroacoust. 15, 70 (1967)) of the image's LocalContrast.
 * \param shortest,longest periods that are looked for, pixels */
SpectralLattice EstimateLattice(const Plane & image, double shortest, double longest, const ParallelFor & parallel);
} // namespace ferro

#endif
