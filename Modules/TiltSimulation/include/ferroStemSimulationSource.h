#ifndef ferroStemSimulationSource_h
#define ferroStemSimulationSource_h

#include "ferroStemSimulation.h"

#include "itkImageSource.h"
#include "itkVectorImage.h"

#include <memory>

namespace ferro
{
/** \class StemSimulationSource
 * \brief Simulates STEM images of one configuration of a crystal: all positions, tilts, thicknesses and detectors in
 * one run.
 *
 * Output: one pixel per position of the scan (spacing in nm, x to the right, y down), one component per signal, a
 * fraction of the incident intensity. Component ((tilt * thicknesses + thickness) * (detectors + 1) + detector); the
 * last "detector" is everything inside the band limit, so that 1 minus it is what was lost.
 *
 * SetConfiguration chooses the configuration; what configurations share is kept between updates. SetWaveRange restricts
 * the work to some of the waves (numbered position + positions * tilt): the other pixels and components are 0.
 */
class FerroscopeTiltSimulation_EXPORT StemSimulationSource : public itk::ImageSource<itk::VectorImage<double, 2>>
{
public:
  using Self = StemSimulationSource;
  using Superclass = itk::ImageSource<itk::VectorImage<double, 2>>;
  using Pointer = itk::SmartPointer<Self>;
  using ConstPointer = itk::SmartPointer<const Self>;
  itkNewMacro(Self);
  itkTypeMacro(StemSimulationSource, itk::ImageSource);

  /** What to simulate, as PlanSimulation takes it; makes the plan. */
  void Initialize(const CrystalStructure & structure, const StemSimulationParameters & parameters);
  /** The plan; its method and numbers are what Update follows. */
  const SimulationPlan & GetPlan() const;

  /** Number of the configuration, from 0. */
  itkSetMacro(Configuration, int);
  itkGetConstMacro(Configuration, int);

  /** Waves to compute: first to end - 1. \param first from 0 \param end at most the plan's waves */
  void SetWaveRange(std::size_t first, std::size_t end);

  /** Signals of a position: tilts times thicknesses times (detectors + 1). */
  unsigned int GetNumberOfSignals() const;

protected:
  StemSimulationSource();
  ~StemSimulationSource() override;
  void PrintSelf(std::ostream & stream, itk::Indent indent) const override;
  void GenerateOutputInformation() override;
  void EnlargeOutputRequestedRegion(itk::DataObject * output) override;
  void GenerateData() override;

private:
  class Engine;
  std::unique_ptr<Engine> m_Engine;
  int m_Configuration = 0;
};
} // namespace ferro

#endif
