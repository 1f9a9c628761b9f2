#ifndef ferroElectronProbe_h
#define ferroElectronProbe_h

#include "ferroWavePropagation.h"

#include <Eigen/Core>

namespace ferro
{
/** \class ProbeParameters
 * \brief A focused probe. Aberrations in Krivanek's notation (O. L. Krivanek, N. Dellby, A. R. Lupini, Ultramicroscopy
 * 78, 1 (1999)).
 *
 * The wave is A(k) exp(-i chi), chi = 2 pi / lambda [ alpha^2 / 2 (C10 + C12 cos 2(phi - phi12)) + alpha^3 / 3 (C21
 * cos(phi - phi21) + C23 cos 3(phi - phi23)) + alpha^4 / 4 C30 + alpha^6 / 6 C50 ], with alpha = lambda |k| and phi
 * counter-clockwise as seen on the screen. In the other usual notation C10 = C1, C12 = A1, C21 = 3 B2, C23 = A2, C30 =
 * C3, C50 = C5.
 */
struct ProbeParameters
{
  double voltageKv = 200.0;
  double semiAngleMrad = 30.0; ///< semi-convergence angle
  /** Whether the edge of the aperture falls off over one sample of the spectrum, in place of a step. */
  bool softAperture = true;
  double c10A = 0.0; ///< minus the defocus: below 0 the crossover lies below the entrance surface, Angstrom
  double c12A = 0.0; ///< two-fold astigmatism, Angstrom
  double phi12Rad = 0.0;
  double c21A = 0.0; ///< axial coma, Angstrom
  double phi21Rad = 0.0;
  double c23A = 0.0; ///< three-fold astigmatism, Angstrom
  double phi23Rad = 0.0;
  double c30A = 0.0; ///< spherical aberration of third order, Angstrom
  double c50A = 0.0; ///< spherical aberration of fifth order, Angstrom
  BeamTilt beamTilt; ///< direction of the incident beam; detectors stay on the axis
};

/** The spectrum of the probe in the plane of the specimen's entrance surface, at the origin, with sum |A|^2 = 1. Throws
 * UsageError when the aperture does not fit into the band limit.
 *
 * The soft edge is clip((alpha / lambda - |k|) / D + 1/2, 0, 1) with D the distance to the next sample along k.
 * \param grid the grid of the wave
 * \param parameters of the probe
 */
FerroscopeTiltSimulation_EXPORT ComplexBuffer MakeProbe(const WaveGrid & grid, const ProbeParameters & parameters);

/** The probe moved to another place: times exp(-2 pi i k r).
 *
 * \param grid the grid of the wave
 * \param probe from MakeProbe
 * \param positionA where to, Angstrom
 */
FerroscopeTiltSimulation_EXPORT ComplexBuffer MoveProbe(const WaveGrid & grid, const ComplexBuffer & probe,
                                                        const Eigen::Vector2d & positionA);
} // namespace ferro

#endif
