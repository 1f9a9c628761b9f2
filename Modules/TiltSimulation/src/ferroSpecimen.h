#ifndef ferroSpecimen_h
#define ferroSpecimen_h

#include "ferroStemSimulation.h"
#include "ferroThermalScattering.h"
#include "ferroTransmission.h"

#include <functional>
#include <optional>

namespace ferro
{
/** How many different transmission functions a configuration has. */
int CountTransmissions(const SimulationPlan & plan, const StemSimulationParameters & parameters);

/** \class Specimen
 * \brief The transmission functions of a crystal, configuration after configuration.
 */
class Specimen
{
public:
  /** \param structure the cell that the user gave \param threads to prepare with */
  Specimen(const CrystalStructure & structure, const StemSimulationParameters & parameters, const SimulationPlan & plan,
           const WavePropagation & propagation, unsigned int threads);

  /** Displaces the atoms, or draws the order of the variants. What no longer fits is thrown away. */
  void SetConfiguration(int configuration);

  /** Makes the transmission functions of slices first to end - 1 that are not there, in several threads, and lets go of
   * those of other slices where not all are to be held. Returns false when `between` said to stop. */
  bool Build(int first, int end, unsigned int threads, const std::function<bool(std::size_t)> & between);

  /** A built slice. */
  struct Slice
  {
    const std::complex<float> * transmission;
    int shiftX;
    int shiftY;
    const std::vector<ScatteringMaps> * scattering; ///< to each detector and all; null unless Absorptive
  };
  Slice Get(int slice) const;

private:
  int IndexOf(int slice) const;
  void PrepareThermalScattering(unsigned int threads);
  void Make(std::size_t index);

  CrystalStructure m_Cell; ///< repeated along x and y
  const StemSimulationParameters & m_Parameters;
  const SimulationPlan & m_Plan;
  const WavePropagation & m_Propagation;
  ProjectedPotential m_Potential;
  double m_InteractionConstant;
  int m_Configuration = -1;
  std::vector<std::vector<StructureAtom>> m_Atoms; ///< by transmission function
  std::vector<ComplexBuffer> m_Transmissions;      ///< empty where not built
  std::vector<ProjectedPotential> m_Mean;          ///< for Absorptive: phase, damping
  /** For Absorptive: density, gradient, currents of each detector and of all. */
  std::vector<std::vector<std::optional<ProjectedPotential>>> m_ToDetectors;
  std::vector<std::vector<ScatteringMaps>> m_Scattering; ///< for Absorptive, beside each transmission function
  struct Draw
  {
    int grating;
    int shiftX;
    int shiftY;
  };
  std::vector<Draw> m_Draws; ///< for QuantumExcitation, by slice
};
} // namespace ferro

#endif
