#ifndef ferroTestSimulation_h
#define ferroTestSimulation_h

#include "ferroStemSimulationSource.h"

#include <vector>

// SrTiO3, layers at a quarter and three quarters of the cell.
inline ferro::CrystalStructure
MakeCell()
{
  constexpr double a = 3.905;
  ferro::CrystalStructure cell;
  cell.title = "SrTiO3";
  cell.cellA = a * Eigen::Matrix3d::Identity();
  const double places[][5] = {{38, 0.0, 0.0, 0.25, 0.09},
                              {8, 0.5, 0.5, 0.25, 0.1},
                              {22, 0.5, 0.5, 0.75, 0.08},
                              {8, 0.5, 0.0, 0.75, 0.1},
                              {8, 0.0, 0.5, 0.75, 0.1}};
  for (const auto & place : places)
  {
    ferro::StructureAtom atom;
    atom.atomicNumber = static_cast<int>(place[0]);
    atom.positionA = a * Eigen::Vector3d(place[1], place[2], place[3]);
    atom.displacementRmsA = place[4];
    cell.atoms.push_back(atom);
  }
  return cell;
}

inline ferro::StemSimulationParameters
MakeParameters()
{
  ferro::StemSimulationParameters p;
  p.cellsX = 2;
  p.cellsY = 2;
  p.samplesX = p.samplesY = 128;
  p.detectors = ferro::ParseDetectors("haadf:60-120,bf:0-30");
  p.thicknessesA = {20.0, 40.0};
  p.tilts = {{0.0, 0.0}, {20.0, -10.0}};
  p.scanStepA = Eigen::Vector2d(0.7, 0.9);
  p.scanX = 3;
  p.scanY = 2;
  p.motion = ferro::ThermalMotion::FrozenPhonon;
  p.method = ferro::SimulationMethod::Multislice;
  p.seed = 5;
  return p;
}

inline std::vector<double>
Simulate(const ferro::StemSimulationParameters & parameters, unsigned int threads = 1, int configuration = 0)
{
  auto source = ferro::StemSimulationSource::New();
  source->SetNumberOfWorkUnits(threads);
  source->Initialize(MakeCell(), parameters);
  source->SetConfiguration(configuration);
  source->Update();
  const auto * begin = source->GetOutput()->GetBufferPointer();
  return {begin, begin + source->GetOutput()->GetPixelContainer()->Size()};
}

#endif
