#ifndef ferroStemSimulation_h
#define ferroStemSimulation_h

#include "ferroElectronProbe.h"
#include "ferroScatteringFactors.h"
#include "ferroStemDetector.h"
#include "ferroThermalMotion.h"

#include <string>
#include <vector>

namespace ferro
{
/** How a wave gets through the specimen. */
enum class SimulationMethod
{
  Automatic,  ///< what takes less time and agrees with multislice
  Multislice, ///< every probe through every slice
  Prism       ///< every plane wave of the aperture through every slice, then probes as sums of these
};

/** "automatic", "multislice", "prism". */
FerroscopeTiltSimulation_EXPORT std::string ToString(SimulationMethod method);

/** \class StemSimulationParameters
 * \brief What is simulated, apart from the structure.
 */
struct StemSimulationParameters
{
  ProbeParameters probe;
  ScatteringModel scattering = ScatteringModel::Kirkland;
  ThermalMotion motion = ThermalMotion::FrozenPhonon;
  int configurations = 10; ///< Still, Damped and Absorptive have one
  int gratings = 10;       ///< variants of each slice, for QuantumExcitation
  std::uint64_t seed = 0;

  int cellsX = 1;                             ///< how often the structure is repeated along x
  int cellsY = 1;                             ///< the same along y
  double sliceThicknessA = 2.0;               ///< wanted; what is used divides the cell
  int samplesX = 0;                           ///< grid; 0: what the angles need
  int samplesY = 0;                           ///< the same along y
  std::vector<double> thicknessesA = {100.0}; ///< where intensities are taken, rounded to whole slices
  std::vector<BeamTilt> tilts = {{0.0, 0.0}}; ///< tilts of the specimen
  std::vector<StemDetector> detectors;

  Eigen::Vector2d scanOriginA = Eigen::Vector2d::Zero(); ///< first position
  Eigen::Vector2d scanStepA = Eigen::Vector2d::Ones();   ///< from one position to the next
  int scanX = 1;                                         ///< positions along x
  int scanY = 1;                                         ///< positions along y

  SimulationMethod method = SimulationMethod::Automatic;
  int interpolation = 1;                ///< of Prism: 1 is exact, f cuts the cell for a probe to 1/f along each axis
  double memoryBytes = 4.0 * (1 << 30); ///< bound on what the simulation holds
};

/** \class SimulationPlan
 * \brief What a simulation is going to do, and how long it will take.
 */
struct SimulationPlan
{
  SimulationMethod method = SimulationMethod::Multislice;
  std::string reason; ///< why this method, one sentence
  int nx = 0;
  int ny = 0;
  double lengthXA = 0.0;
  double lengthYA = 0.0;
  double largestAngleMrad = 0.0; ///< the band limit
  double sliceA = 0.0;           ///< thickness of a slice
  int slices = 0;                ///< to the largest thickness
  int slicesPerCell = 0;
  std::vector<int> exits;           ///< slices after which intensities are taken, one for each thickness
  std::vector<double> thicknessesA; ///< the same as lengths
  std::size_t waves = 0;            ///< probes times tilts
  std::size_t beams = 0;            ///< plane waves in the aperture, for Prism
  int chunkSlices = 0;              ///< slices whose transmission functions are held at a time
  std::size_t batchWaves = 0;       ///< waves held at a time where not all slices are
  double memoryBytes = 0.0;         ///< what it will hold
  int configurations = 1;
  double secondsPerSlice = 0.0; ///< of one wave through one slice, in one thread, measured
  double seconds = 0.0;         ///< expected for all configurations with the number of threads given
};

/** Makes the plan and checks everything on the way. Throws UsageError or AnalysisError with what does not fit.
 *
 * \param structure a cell; it is repeated along z as far as the thicknesses need
 * \param parameters what to simulate
 * \param threads number of threads that will work
 */
FerroscopeTiltSimulation_EXPORT SimulationPlan PlanSimulation(const CrystalStructure & structure,
                                                              const StemSimulationParameters & parameters, int threads);
} // namespace ferro

#endif
