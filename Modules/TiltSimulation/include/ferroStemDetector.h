#ifndef ferroStemDetector_h
#define ferroStemDetector_h

#include "ferroWavePropagation.h"

#include <string>
#include <vector>

namespace ferro
{
/** \class StemDetector
 * \brief A detector in the far field, centred on the axis: a ring, or one segment of a ring.
 *
 * Counts what reaches inner <= lambda |k| < outer, and of it, with more than one segment, what lies in its segment:
 * segment s covers angles rotation + s 360 / segments to rotation + (s + 1) 360 / segments, counter-clockwise as seen
 * on the screen.
 */
struct StemDetector
{
  std::string name;
  double innerMrad = 0.0;
  double outerMrad = 0.0;
  int segments = 1;
  int segment = 0; ///< 0 to segments - 1
  double rotationDeg = 0.0;
};

/** Whether a detector counts a frequency.
 *
 * \param detector which detector
 * \param kx frequency along x, 1/Angstrom
 * \param ky the same along y
 * \param wavelengthA wavelength, Angstrom
 */
FerroscopeTiltSimulation_EXPORT bool IsCounted(const StemDetector & detector, double kx, double ky, double wavelengthA);

/** Reads a list of detectors: name:inner-outer, separated by commas, in mrad. "name:inner-outer/4" gives four segments
 * name1 to name4, "name:inner-outer/4@45" turns them by 45 degrees; "name:inner-outer+10" gives rings of 10 mrad, for a
 * detector to be chosen later. Throws UsageError with what is wrong.
 *
 * \param text for example "haadf:65-250,adf:30-65,bf:0-30"
 */
FerroscopeTiltSimulation_EXPORT std::vector<StemDetector> ParseDetectors(const std::string & text);

/** \class DetectorMap
 * \brief Which samples of a spectrum each of several detectors counts; detectors may overlap.
 *
 * The plane is cut into the smallest regions between all edges, each summed once; detectors are sums of regions.
 */
class FerroscopeTiltSimulation_EXPORT DetectorMap
{
public:
  /** Throws UsageError for a detector without a sample inside the band limit, or that reaches beyond it.
   *
   * \param grid the grid of the wave
   * \param wavelengthA wavelength, Angstrom
   * \param detectors what to count
   */
  DetectorMap(const WaveGrid & grid, double wavelengthA, const std::vector<StemDetector> & detectors);

  /** For WavePropagation::Propagate: the regions, and one more at the end for everything that no detector counts. */
  const SpectrumRegions &
  GetRegions() const
  {
    return m_Regions;
  }
  /** Signal of each detector, and at the end all intensity that is left, from the sums over regions.
   * \param sums as many as GetRegions().count */
  std::vector<double> GetSignals(const std::vector<double> & sums) const;

private:
  SpectrumRegions m_Regions;
  std::vector<std::vector<int>> m_Members; ///< regions of each detector
};
} // namespace ferro

#endif
