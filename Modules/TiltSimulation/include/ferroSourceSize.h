#ifndef ferroSourceSize_h
#define ferroSourceSize_h

#include "FerroscopeTiltSimulationExport.h"

#include <Eigen/Core>

#include <vector>

namespace ferro
{
/** \class ScanBlur
 * \brief How the finite electron source blurs a scan: by a Gaussian, the same for every position.
 */
struct ScanBlur
{
  Eigen::Vector2d sigmaPx = Eigen::Vector2d::Zero(); ///< standard deviation in steps of the scan, along x and y
  /** Whether the scan goes on with its first position after its last: it covers a whole period of the crystal.
   * Elsewhere what lies outside counts as what lies nearest inside. */
  bool periodicX = false;
  bool periodicY = false;
};

/** Blurs all signals of a scan.
 *
 * \param values width * height positions, x fastest, of `signals` numbers each
 * \param width positions along x
 * \param height positions along y
 * \param signals numbers per position
 * \param blur what to do
 */
FerroscopeTiltSimulation_EXPORT void BlurScan(std::vector<double> & values, int width, int height, int signals,
                                              const ScanBlur & blur);
} // namespace ferro

#endif
