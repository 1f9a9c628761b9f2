#include "ferroStemSimulationSource.h"

#include "ferroElectron.h"
#include "ferroErrors.h"
#include "ferroParallelFor.h"
#include "ferroPrism.h"
#include "ferroSpecimen.h"

#include "itkMultiThreaderBase.h"

#include <algorithm>

namespace ferro
{
/** What configurations share, and the loops over waves and slices. */
class StemSimulationSource::Engine
{
public:
  using Between = std::function<bool(double)>;

  Engine(const CrystalStructure & structure, const StemSimulationParameters & parameters, int threads)
    : m_Parameters(parameters), m_Plan(PlanSimulation(structure, parameters, threads)),
      m_Grid(m_Plan.nx, m_Plan.ny, m_Plan.lengthXA, m_Plan.lengthYA), m_Propagation(m_Grid),
      m_Probe(MakeProbe(m_Grid, parameters.probe)),
      m_Detectors(m_Grid, GetWavelengthA(parameters.probe.voltageKv), parameters.detectors),
      m_Specimen(structure, m_Parameters, m_Plan, m_Propagation, static_cast<unsigned int>(threads)),
      m_EndWave(m_Plan.waves)
  {
    for (const auto & tilt : parameters.tilts)
    {
      m_Propagators.push_back(MakePropagator(m_Grid, GetWavelengthA(parameters.probe.voltageKv), m_Plan.sliceA, tilt));
    }
  }

  const SimulationPlan &
  GetPlan() const
  {
    return m_Plan;
  }
  const StemSimulationParameters &
  GetParameters() const
  {
    return m_Parameters;
  }
  void
  SetWaveRange(std::size_t first, std::size_t end)
  {
    m_FirstWave = first;
    m_EndWave = end;
  }
  std::size_t
  GetPositions() const
  {
    return static_cast<std::size_t>(m_Parameters.scanX) * static_cast<std::size_t>(m_Parameters.scanY);
  }

  /** Signals go to result[position * signals + signal]. Returns false when between() said to stop. */
  bool Run(int configuration, unsigned int threads, double * result, const Between & between);

private:
  bool RunMultislice(unsigned int threads, double * result, const Between & between);
  bool RunPrism(unsigned int threads, double * result, const Between & between);
  bool RunTiltByPrism(std::size_t tilt, const PrismBeams & beams, const DetectorMap & detectors,
                      const WavePropagation & window, unsigned int threads, double * result,
                      const std::function<bool(double)> & between);

  Eigen::Vector2d
  GetPosition(std::size_t wave) const
  {
    const auto position = wave % this->GetPositions();
    const auto width = static_cast<std::size_t>(m_Parameters.scanX);
    return m_Parameters.scanOriginA +
           Eigen::Vector2d(static_cast<double>(position % width) * m_Parameters.scanStepA.x(),
                           static_cast<double>(position / width) * m_Parameters.scanStepA.y());
  }
  void Store(std::size_t wave, std::size_t exit, const std::vector<double> & signals, double * result) const;

  StemSimulationParameters m_Parameters;
  SimulationPlan m_Plan;
  WaveGrid m_Grid;
  WavePropagation m_Propagation;
  ComplexBuffer m_Probe;
  DetectorMap m_Detectors;
  Specimen m_Specimen;
  std::vector<ComplexBuffer> m_Propagators; ///< one for each tilt
  std::size_t m_FirstWave = 0;
  std::size_t m_EndWave;
};

void
StemSimulationSource::Engine::Store(std::size_t wave, std::size_t exit, const std::vector<double> & signals,
                                    double * result) const
{
  const auto tilt = wave / this->GetPositions();
  const auto position = wave % this->GetPositions();
  const auto exits = m_Plan.exits.size();
  const auto all = m_Parameters.tilts.size() * exits * signals.size();
  std::copy(signals.begin(), signals.end(), result + position * all + (tilt * exits + exit) * signals.size());
}

bool
StemSimulationSource::Engine::Run(int configuration, unsigned int threads, double * result, const Between & between)
{
  m_Specimen.SetConfiguration(configuration);
  return m_Plan.method == SimulationMethod::Prism ? this->RunPrism(threads, result, between)
                                                  : this->RunMultislice(threads, result, between);
}

bool
StemSimulationSource::Engine::RunMultislice(unsigned int threads, double * result, const Between & between)
{
  const bool all = m_Plan.chunkSlices >= CountTransmissions(m_Plan, m_Parameters);
  const int chunk = all ? m_Plan.slices : m_Plan.chunkSlices;
  const auto batch = all ? m_EndWave - m_FirstWave : std::min(m_Plan.batchWaves, m_EndWave - m_FirstWave);
  std::vector<ComplexBuffer> waiting(all ? 0 : batch);
  const bool absorptive = m_Parameters.motion == ThermalMotion::Absorptive;
  std::vector<ScatteringSums> scatteringSums(absorptive ? threads : 0, ScatteringSums(m_Grid));
  std::vector<ComplexBuffer> rows(threads);
  for (auto & some : rows)
  {
    some = m_Propagation.MakeRows();
  }
  const double work = static_cast<double>(m_EndWave - m_FirstWave) * m_Plan.slices;
  double done = 0.0;

  for (std::size_t firstWave = m_FirstWave; firstWave < m_EndWave; firstWave += batch)
  {
    const auto waves = std::min(batch, m_EndWave - firstWave);
    for (int first = 0; first < m_Plan.slices; first += chunk)
    {
      const int end = std::min(first + chunk, m_Plan.slices);
      if (!m_Specimen.Build(first, end, threads, [&](std::size_t) { return between(done / work); }))
      {
        return false;
      }
      const auto through = [&](std::size_t n, unsigned int thread)
      {
        const auto wave = firstWave + n;
        const auto tilt = wave / this->GetPositions();
        ComplexBuffer psi;
        // What thermal motion has scattered to each detector, for Absorptive, which always holds all of its slices.
        std::vector<double> thermal(m_Parameters.detectors.size() + 1);
        if (first == 0)
        {
          psi = MoveProbe(m_Grid, m_Probe, this->GetPosition(wave));
          m_Propagation.SpectrumToMixed(psi);
        }
        else
        {
          psi = std::move(waiting[n]);
        }
        std::vector<double> sums(static_cast<std::size_t>(m_Detectors.GetRegions().count));
        for (int slice = first; slice < end; ++slice)
        {
          const auto part = m_Specimen.Get(slice);
          m_Propagation.Transmit(psi, part.transmission, rows[thread], part.shiftX, part.shiftY,
                                 part.scattering ? scatteringSums[thread].GetWave() : nullptr);
          if (part.scattering)
          {
            scatteringSums[thread].Add(*part.scattering, thermal.data());
          }
          const bool exit = std::find(m_Plan.exits.begin(), m_Plan.exits.end(), slice + 1) != m_Plan.exits.end();
          std::fill(sums.begin(), sums.end(), 0.0);
          m_Propagation.Propagate(psi, m_Propagators[tilt], exit ? &m_Detectors.GetRegions() : nullptr, sums.data());
          for (std::size_t e = 0; exit && e < m_Plan.exits.size(); ++e)
          {
            if (m_Plan.exits[e] == slice + 1)
            {
              auto signals = m_Detectors.GetSignals(sums);
              std::transform(signals.begin(), signals.end(), thermal.begin(), signals.begin(), std::plus<double>());
              this->Store(wave, e, signals, result);
            }
          }
        }
        if (end < m_Plan.slices)
        {
          waiting[n] = std::move(psi);
        }
      };
      const auto report = [&](std::size_t finished)
      { return between((done + static_cast<double>(finished) * (end - first)) / work); };
      if (!ParallelFor(waves, threads, through, report))
      {
        return false;
      }
      done += static_cast<double>(waves) * (end - first);
    }
  }
  return true;
}

bool
StemSimulationSource::Engine::RunPrism(unsigned int threads, double * result, const Between & between)
{
  const int f = m_Parameters.interpolation;
  const WaveGrid windowGrid(m_Plan.nx / f, m_Plan.ny / f, m_Plan.lengthXA / f, m_Plan.lengthYA / f);
  const PrismBeams beams(m_Grid, windowGrid, m_Parameters.probe, f);
  const DetectorMap detectors(windowGrid, GetWavelengthA(m_Parameters.probe.voltageKv), m_Parameters.detectors);
  const WavePropagation window(windowGrid);
  if (!m_Specimen.Build(0, m_Plan.slices, threads, [&](std::size_t) { return between(0.0); }))
  {
    return false;
  }
  const auto tilts = m_Parameters.tilts.size();
  for (std::size_t tilt = 0; tilt < tilts; ++tilt)
  {
    const auto share = [&](double fraction)
    { return between((static_cast<double>(tilt) + fraction) / static_cast<double>(tilts)); };
    if (!this->RunTiltByPrism(tilt, beams, detectors, window, threads, result, share))
    {
      return false;
    }
  }
  return true;
}

bool
StemSimulationSource::Engine::RunTiltByPrism(std::size_t tilt, const PrismBeams & beams, const DetectorMap & detectors,
                                             const WavePropagation & window, unsigned int threads, double * result,
                                             const std::function<bool(double)> & between)
{
  const auto begin = std::max(m_FirstWave, tilt * this->GetPositions());
  const auto end = std::min(m_EndWave, (tilt + 1) * this->GetPositions());
  if (begin >= end)
  {
    return true;
  }
  const auto exits = m_Plan.exits.size();
  // Propagating the plane waves is nearly all of the work.
  constexpr double shareOfBeams = 0.8;
  std::vector<std::vector<ComplexBuffer>> scattered(exits, std::vector<ComplexBuffer>(beams.GetCount()));
  const auto propagate = [&](std::size_t beam, unsigned int)
  {
    auto rows = m_Propagation.MakeRows();
    auto psi = beams.MakeBeam(beam);
    m_Propagation.SpectrumToMixed(psi);
    for (int slice = 0; slice < m_Plan.slices; ++slice)
    {
      const auto part = m_Specimen.Get(slice);
      m_Propagation.Transmit(psi, part.transmission, rows, part.shiftX, part.shiftY);
      m_Propagation.Propagate(psi, m_Propagators[tilt]);
      for (std::size_t e = 0; e < exits; ++e)
      {
        if (m_Plan.exits[e] == slice + 1)
        {
          scattered[e][beam].resize(m_Grid.GetSize());
          m_Propagation.MixedToSpace(psi, scattered[e][beam].data(), rows);
        }
      }
    }
  };
  const double count = static_cast<double>(beams.GetCount());
  if (!ParallelFor(beams.GetCount(), threads, propagate,
                   [&](std::size_t n) { return between(shareOfBeams * static_cast<double>(n) / count); }))
  {
    return false;
  }
  const float scale = 1.0f / static_cast<float>(window.GetGrid().GetSize());
  const auto sum = [&](std::size_t n, unsigned int)
  {
    ComplexBuffer space(window.GetGrid().GetSize());
    ComplexBuffer wave(window.GetGrid().GetSpectrumSize());
    auto rows = window.MakeRows();
    const auto & regions = detectors.GetRegions();
    for (std::size_t e = 0; e < exits; ++e)
    {
      beams.SumProbe(scattered[e], this->GetPosition(begin + n), window, space, wave, rows);
      std::vector<double> sums(static_cast<std::size_t>(regions.count));
      for (std::size_t k = 0; k < wave.size(); ++k)
      {
        if (regions.region[k] != SpectrumRegions::NoRegion)
        {
          sums[regions.region[k]] += static_cast<double>(std::norm(scale * wave[k]));
        }
      }
      this->Store(begin + n, e, detectors.GetSignals(sums), result);
    }
  };
  return ParallelFor(end - begin, threads, sum,
                     [&](std::size_t n) {
                       return between(shareOfBeams +
                                      (1.0 - shareOfBeams) * static_cast<double>(n) / static_cast<double>(end - begin));
                     });
}

StemSimulationSource::StemSimulationSource() = default;
StemSimulationSource::~StemSimulationSource() = default;

void
StemSimulationSource::Initialize(const CrystalStructure & structure, const StemSimulationParameters & parameters)
{
  m_Engine = std::make_unique<Engine>(structure, parameters, static_cast<int>(this->GetNumberOfWorkUnits()));
  this->Modified();
}

const SimulationPlan &
StemSimulationSource::GetPlan() const
{
  if (!m_Engine)
  {
    throw UsageError("simulation: nothing to simulate, expected Initialize to be called before");
  }
  return m_Engine->GetPlan();
}

void
StemSimulationSource::SetWaveRange(std::size_t first, std::size_t end)
{
  const auto waves = this->GetPlan().waves;
  if (first > end || end > waves)
  {
    throw UsageError("waves: " + std::to_string(first) + " to " + std::to_string(end) + ", expected within " +
                     std::to_string(waves));
  }
  m_Engine->SetWaveRange(first, end);
  this->Modified();
}

unsigned int
StemSimulationSource::GetNumberOfSignals() const
{
  const auto & plan = this->GetPlan();
  const auto & parameters = m_Engine->GetParameters();
  return static_cast<unsigned int>(parameters.tilts.size() * plan.exits.size() * (parameters.detectors.size() + 1));
}

void
StemSimulationSource::GenerateOutputInformation()
{
  const auto signals = this->GetNumberOfSignals();
  const auto & parameters = m_Engine->GetParameters();
  auto * output = this->GetOutput();
  OutputImageType::RegionType region;
  region.SetSize(0, static_cast<itk::SizeValueType>(parameters.scanX));
  region.SetSize(1, static_cast<itk::SizeValueType>(parameters.scanY));
  output->SetLargestPossibleRegion(region);
  constexpr double nmPerAngstrom = 0.1;
  OutputImageType::SpacingType spacing;
  OutputImageType::PointType origin;
  for (unsigned int axis = 0; axis < 2; ++axis)
  {
    // A scan of one line has no step along the other axis.
    const double step = parameters.scanStepA[axis];
    spacing[axis] = step > 0.0 ? nmPerAngstrom * step : 1.0;
    origin[axis] = nmPerAngstrom * parameters.scanOriginA[axis];
  }
  output->SetSpacing(spacing);
  output->SetOrigin(origin);
  output->SetNumberOfComponentsPerPixel(signals);
}

void
StemSimulationSource::EnlargeOutputRequestedRegion(itk::DataObject * output)
{
  output->SetRequestedRegionToLargestPossibleRegion();
}

void
StemSimulationSource::GenerateData()
{
  this->AllocateOutputs();
  auto * output = this->GetOutput();
  double * result = output->GetBufferPointer();
  std::fill(result, result + m_Engine->GetPositions() * this->GetNumberOfSignals(), 0.0);
  const auto between = [this](double fraction)
  {
    this->UpdateProgress(static_cast<float>(fraction));
    return !this->GetAbortGenerateData();
  };
  if (!m_Engine->Run(m_Configuration, this->GetNumberOfWorkUnits(), result, between))
  {
    throw itk::ProcessAborted(__FILE__, __LINE__);
  }
}

void
StemSimulationSource::PrintSelf(std::ostream & stream, itk::Indent indent) const
{
  Superclass::PrintSelf(stream, indent);
  stream << indent << "Configuration: " << m_Configuration << '\n';
  if (m_Engine)
  {
    stream << indent << "Waves: " << m_Engine->GetPlan().waves << '\n';
    stream << indent << "Slices: " << m_Engine->GetPlan().slices << '\n';
  }
}
} // namespace ferro
