#include "ferroElectron.h"
#include "ferroElectronProbe.h"
#include "ferroErrors.h"
#include "ferroStemDetector.h"
#include "ferroTransmission.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <random>

namespace
{
using ferro::ComplexBuffer;
using ferro::WaveGrid;
constexpr double Pi = 3.14159265358979323846;
constexpr double VoltageKv = 200.0;

double
GetIntensity(const ferro::WavePropagation & propagation, ComplexBuffer wave)
{
  propagation.MixedToSpectrum(wave);
  double sum = 0.0;
  for (const auto & number : wave)
  {
    sum += static_cast<double>(std::norm(number));
  }
  return sum;
}

std::vector<std::complex<float>>
ToSpace(const ferro::WavePropagation & propagation, const ComplexBuffer & mixed)
{
  std::vector<std::complex<float>> space(propagation.GetGrid().GetSize());
  auto rows = propagation.MakeRows();
  propagation.MixedToSpace(mixed, space.data(), rows);
  return space;
}

ferro::StructureAtom
MakeAtom(int number, double x, double y, double z = 0.0)
{
  ferro::StructureAtom atom;
  atom.atomicNumber = number;
  atom.positionA = Eigen::Vector3d(x, y, z);
  return atom;
}

// Centre of mass of |wave|^2 along x within a window around a place, Angstrom.
double
GetCentreX(const WaveGrid & grid, const std::vector<std::complex<float>> & space, double x0, double y0, double radius)
{
  double sum = 0.0;
  double first = 0.0;
  for (int y = 0; y < grid.GetNy(); ++y)
  {
    for (int x = 0; x < grid.GetNx(); ++x)
    {
      const double dx = x * grid.GetLengthXA() / grid.GetNx() - x0;
      const double dy = y * grid.GetLengthYA() / grid.GetNy() - y0;
      if (std::hypot(dx, dy) < radius)
      {
        const double weight = std::norm(space[static_cast<std::size_t>(y * grid.GetNx() + x)]);
        sum += weight;
        first += weight * dx;
      }
    }
  }
  return first / sum;
}
} // namespace

TEST(FourierBatch, IsTheTransformOfTheDefinition)
{
  constexpr int length = 30;
  constexpr int distance = 40;
  std::mt19937 engine(1);
  std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
  for (const auto direction : {ferro::FourierDirection::Forward, ferro::FourierDirection::Inverse})
  {
    const ferro::FourierBatch batch(length, 2, distance, direction);
    ComplexBuffer data(2 * distance);
    for (auto & number : data)
    {
      number = {uniform(engine), uniform(engine)};
    }
    const auto before = data;
    batch.Execute(data.data());
    for (int sequence = 0; sequence < 2; ++sequence)
    {
      for (int k = 0; k < distance; ++k)
      {
        const auto n = static_cast<std::size_t>(sequence * distance + k);
        std::complex<double> expected = before[n]; // what lies between the sequences stays as it is
        if (k < length)
        {
          expected = 0.0;
          for (int x = 0; x < length; ++x)
          {
            expected += std::complex<double>(before[static_cast<std::size_t>(sequence * distance + x)]) *
                        std::polar(1.0, static_cast<int>(direction) * 2.0 * Pi * k * x / length);
          }
        }
        EXPECT_NEAR(std::abs(std::complex<double>(data[n]) - expected), 0.0, 1e-5);
      }
    }
  }
}

TEST(FourierBatch, FastLengths)
{
  EXPECT_EQ(ferro::GetFastFourierLength(509, 1), 512);
  EXPECT_EQ(ferro::GetFastFourierLength(512, 1), 512);
  EXPECT_EQ(ferro::GetFastFourierLength(513, 1), 525);
  EXPECT_EQ(ferro::GetFastFourierLength(500, 11), 528);
  EXPECT_EQ(ferro::GetFastFourierLength(1, 1), 1);
}

TEST(FourierBatch, WisdomFilesThatAreNotMayBeRead)
{
  const auto folder = std::filesystem::path(testing::TempDir()) / "ferroscope-wisdom";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "bad") << "nothing of the kind";
  EXPECT_NO_THROW(ferro::LoadFourierWisdom(folder / "bad"));
  EXPECT_NO_THROW(ferro::LoadFourierWisdom(folder / "missing"));
  EXPECT_NO_THROW(ferro::SaveFourierWisdom(folder / "new" / "good"));
  EXPECT_EQ(std::filesystem::exists(folder / "new" / "good"), ferro::GetFourierBackend() == "FFTW");
  EXPECT_NO_THROW(ferro::LoadFourierWisdom(folder / "new" / "good"));
  std::filesystem::remove_all(folder);
}

TEST(WaveGrid, BandLimit)
{
  const WaveGrid grid(100, 64, 10.0, 6.4);
  EXPECT_NEAR(grid.GetBandLimit(), 10.0 / 3.0, 1e-12);
  EXPECT_EQ(grid.GetLastColumn(), 33);
  EXPECT_EQ(grid.GetColumns(), 67);
  EXPECT_EQ(grid.GetStoredColumns(), 72);
  EXPECT_EQ(grid.GetFrequencyIndex(33), 33);
  EXPECT_EQ(grid.GetFrequencyIndex(34), 67);
  EXPECT_NEAR(grid.GetKx(34), -3.3, 1e-12);
  EXPECT_NEAR(grid.GetKy(63), -1 / 6.4, 1e-12);
  EXPECT_EQ(grid.GetBandWeight(3.0, 1.5), 0.0);
  EXPECT_EQ(grid.GetBandWeight(3.0, 1.0), 1.0);
  EXPECT_NEAR(grid.GetBandWeight(10.0 / 3.0 - 0.05, 0.0), 0.5, 1e-9);
  EXPECT_THROW(WaveGrid(4, 64, 1.0, 1.0), ferro::UsageError);
  EXPECT_THROW(WaveGrid(64, 64, 0.0, 1.0), ferro::UsageError);
}

// Grids whose sides are no multiple of eight, and unequal, work as well: transmission by 1 and free propagation there
// and back.
TEST(WavePropagation, ForthAndBackIsNothing)
{
  for (const auto & [nx, ny] : {std::pair{60, 84}, std::pair{75, 50}, std::pair{64, 64}})
  {
    const WaveGrid grid(nx, ny, 0.1 * nx, 0.1 * ny);
    const ferro::WavePropagation propagation(grid);
    const auto start =
      ferro::MoveProbe(grid, ferro::MakeProbe(grid, ferro::ProbeParameters()), Eigen::Vector2d(2.0, 3.0));
    auto wave = start;
    propagation.SpectrumToMixed(wave);
    auto rows = propagation.MakeRows();
    const std::vector<std::complex<float>> nothing(grid.GetSize(), 1.0f);
    const double lambda = ferro::GetWavelengthA(VoltageKv);
    propagation.Transmit(wave, nothing.data(), rows);
    propagation.Propagate(wave, ferro::MakePropagator(grid, lambda, 20.0, {5.0, -7.0}));
    propagation.Transmit(wave, nothing.data(), rows, 3, 5);
    propagation.Propagate(wave, ferro::MakePropagator(grid, lambda, -20.0, {5.0, -7.0}));
    propagation.MixedToSpectrum(wave);
    double worst = 0.0;
    for (std::size_t n = 0; n < wave.size(); ++n)
    {
      worst = std::max(worst, static_cast<double>(std::abs(wave[n] - start[n])));
    }
    EXPECT_LT(worst, 1e-6) << nx << " x " << ny;
  }
}

// A cyclic shift of the transmission function is the same as moving the atoms by whole samples.
TEST(WavePropagation, ShiftedTransmission)
{
  const WaveGrid grid(64, 48, 6.4, 4.8);
  const ferro::WavePropagation propagation(grid);
  const std::vector<ferro::StructureAtom> atoms = {MakeAtom(83, 2.03, 2.51)};
  const std::vector<ferro::StructureAtom> moved = {MakeAtom(83, 2.03 + 0.7, 2.51 - 1.1)};
  const ferro::ProjectedPotential potential(grid, ferro::ScatteringModel::Kirkland, atoms, false);
  const double sigma = ferro::GetInteractionConstant(VoltageKv);
  const auto propagator = ferro::MakePropagator(grid, ferro::GetWavelengthA(VoltageKv), 2.0, {});
  auto rows = propagation.MakeRows();
  auto one = ferro::MakeProbe(grid, ferro::ProbeParameters());
  propagation.SpectrumToMixed(one);
  auto other = one;
  propagation.Transmit(one, ferro::MakeTransmission(propagation, potential, moved, sigma).data(), rows);
  propagation.Transmit(other, ferro::MakeTransmission(propagation, potential, atoms, sigma).data(), rows, 7, 48 - 11);
  propagation.Propagate(one, propagator);
  propagation.Propagate(other, propagator);
  double worst = 0.0;
  double largest = 0.0;
  for (std::size_t n = 0; n < one.size(); ++n)
  {
    worst = std::max(worst, static_cast<double>(std::abs(one[n] - other[n])));
    largest = std::max(largest, static_cast<double>(std::abs(one[n])));
  }
  EXPECT_LT(worst, 2e-6 * largest);
}

// exp(i sigma V) of a weak object keeps the intensity inside the band limit, to single precision, slice after slice.
TEST(WavePropagation, Unitary)
{
  const WaveGrid grid(128, 128, 8.0, 8.0);
  const ferro::WavePropagation propagation(grid);
  // A damped potential reaches nowhere near the band limit.
  auto atom = MakeAtom(26, 4.0, 4.0);
  atom.displacementRmsA = 0.3;
  const ferro::ProjectedPotential potential(grid, ferro::ScatteringModel::Kirkland, {atom}, true);
  const auto transmission =
    ferro::MakeTransmission(propagation, potential, {atom}, ferro::GetInteractionConstant(VoltageKv));
  const auto propagator = ferro::MakePropagator(grid, ferro::GetWavelengthA(VoltageKv), 2.0, {20.0, 0.0});
  auto wave = ferro::MoveProbe(grid, ferro::MakeProbe(grid, ferro::ProbeParameters()), Eigen::Vector2d(4.2, 4.0));
  propagation.SpectrumToMixed(wave);
  auto rows = propagation.MakeRows();
  double before = GetIntensity(propagation, wave);
  EXPECT_NEAR(before, 1.0, 1e-6);
  for (int s = 0; s < 10; ++s)
  {
    propagation.Transmit(wave, transmission.data(), rows);
    propagation.Propagate(wave, propagator);
    const double now = GetIntensity(propagation, wave);
    EXPECT_NEAR(now, before, 2e-6) << s;
    before = now;
  }
}

// Single scattering by a real potential is symmetric: I(k) = I(-k) for a plane wave and a phase object.
TEST(WavePropagation, FriedelSymmetry)
{
  const WaveGrid grid(96, 96, 8.0, 8.0);
  const ferro::WavePropagation propagation(grid);
  std::vector<ferro::StructureAtom> atoms = {MakeAtom(8, 1.0, 2.0), MakeAtom(6, 4.7, 5.1), MakeAtom(8, 6.2, 0.4)};
  for (auto & atom : atoms)
  {
    atom.occupancy = 0.02; // weak: single scattering, phase far below one
  }
  const ferro::ProjectedPotential potential(grid, ferro::ScatteringModel::Lobato, atoms, false);
  const auto transmission =
    ferro::MakeTransmission(propagation, potential, atoms, ferro::GetInteractionConstant(VoltageKv));
  ComplexBuffer wave(grid.GetSpectrumSize());
  wave[0] = 1.0f;
  propagation.SpectrumToMixed(wave);
  auto rows = propagation.MakeRows();
  propagation.Transmit(wave, transmission.data(), rows);
  propagation.Propagate(wave, ferro::MakePropagator(grid, ferro::GetWavelengthA(VoltageKv), 0.0, {}));
  propagation.MixedToSpectrum(wave);
  const auto at = [&](int kx, int ky)
  {
    const int c = kx >= 0 ? kx : grid.GetColumns() + kx;
    const int y = ky >= 0 ? ky : grid.GetNy() + ky;
    return static_cast<double>(std::norm(wave[static_cast<std::size_t>(c * grid.GetPitch() + y)]));
  };
  double difference = 0.0;
  double sum = 0.0;
  for (int kx = -20; kx <= 20; ++kx)
  {
    for (int ky = -20; ky <= 20; ++ky)
    {
      if (kx != 0 || ky != 0)
      {
        difference += std::abs(at(kx, ky) - at(-kx, -ky));
        sum += at(kx, ky);
      }
    }
  }
  EXPECT_GT(sum, 0.0);
  EXPECT_LT(difference, 2e-3 * sum);
}

// With a tilt above zero the columns lean to -x with depth: a beam in free space stays, seen from the
// columns it moves to +x in their coordinates, that is the wave moves by dz tan(t) to +x against slices kept in
// register.
TEST(WavePropagation, TiltMovesTheWave)
{
  const WaveGrid grid(256, 256, 16.0, 16.0);
  const ferro::WavePropagation propagation(grid);
  ferro::ProbeParameters parameters;
  parameters.semiAngleMrad = 20.0;
  for (const auto & tilt : {ferro::BeamTilt{20.0, 0.0}, ferro::BeamTilt{-10.0, 15.0}})
  {
    auto wave = ferro::MoveProbe(grid, ferro::MakeProbe(grid, parameters), Eigen::Vector2d(8.0, 8.0));
    propagation.SpectrumToMixed(wave);
    const std::vector<std::complex<float>> nothing(grid.GetSize(), 1.0f);
    auto rows = propagation.MakeRows();
    propagation.Transmit(wave, nothing.data(), rows);
    propagation.Propagate(wave, ferro::MakePropagator(grid, ferro::GetWavelengthA(VoltageKv), 25.0, tilt));
    const double moved = GetCentreX(grid, ToSpace(propagation, wave), 8.0, 8.0, 6.0);
    EXPECT_NEAR(moved, 25.0 * std::tan(1e-3 * tilt.xMrad), 0.01);
  }
}

// The crossover of an underfocused probe lies below the entrance surface.
TEST(ElectronProbe, DefocusMovesTheCrossover)
{
  const WaveGrid grid(256, 256, 16.0, 16.0);
  const ferro::WavePropagation propagation(grid);
  ferro::ProbeParameters parameters;
  parameters.c10A = -60.0;
  const std::vector<std::complex<float>> nothing(grid.GetSize(), 1.0f);
  const auto peakAfter = [&](double depthA)
  {
    auto wave = ferro::MoveProbe(grid, ferro::MakeProbe(grid, parameters), Eigen::Vector2d(8.0, 8.0));
    propagation.SpectrumToMixed(wave);
    auto rows = propagation.MakeRows();
    propagation.Transmit(wave, nothing.data(), rows);
    propagation.Propagate(wave, ferro::MakePropagator(grid, ferro::GetWavelengthA(VoltageKv), depthA, {}));
    return static_cast<double>(std::norm(ToSpace(propagation, wave)[128 * 256 + 128]));
  };
  const double focused = peakAfter(60.0);
  for (const double depth : {0.0, 40.0, 55.0, 65.0, 80.0})
  {
    EXPECT_LT(peakAfter(depth), focused) << depth;
  }
  // In focus nothing is left of the aberration: the height of the perfect probe.
  parameters.c10A = 0.0;
  EXPECT_NEAR(peakAfter(0.0) / focused, 1.0, 1e-4);
}

// Aberrations against an independent sum over the aperture at one point, with angles as the screen shows them.
TEST(ElectronProbe, AberrationsFollowTheirFormula)
{
  const WaveGrid grid(128, 128, 12.0, 12.0);
  const ferro::WavePropagation propagation(grid);
  ferro::ProbeParameters p;
  p.softAperture = false;
  p.c10A = -35.0;
  p.c12A = 20.0;
  p.phi12Rad = 0.3;
  p.c21A = 900.0;
  p.phi21Rad = -1.1;
  p.c23A = 700.0;
  p.phi23Rad = 2.0;
  p.c30A = 1.2e5;
  p.c50A = -5e7;
  auto wave = ferro::MakeProbe(grid, p);
  propagation.SpectrumToMixed(wave);
  const auto space = ToSpace(propagation, wave);
  const double lambda = ferro::GetWavelengthA(VoltageKv);
  const Eigen::Vector2d place(5 * 12.0 / 128, 3 * 12.0 / 128);
  std::complex<double> sum = 0.0;
  double count = 0.0;
  for (int ny = -30; ny <= 30; ++ny)
  {
    for (int nx = -30; nx <= 30; ++nx)
    {
      const double kx = nx / 12.0;
      const double ky = ny / 12.0;
      const double alpha = lambda * std::hypot(kx, ky);
      if (alpha >= 0.030)
      {
        continue;
      }
      const std::complex<double> w(lambda * kx, -lambda * ky); // y points down, angles go up
      const auto turned = [&](int m, double phi) { return std::real(std::pow(w, m) * std::polar(1.0, -m * phi)); };
      const double chi = 2.0 * Pi / lambda *
                         (p.c10A * alpha * alpha / 2.0 + p.c12A * turned(2, p.phi12Rad) / 2.0 +
                          p.c21A * alpha * alpha * turned(1, p.phi21Rad) / 3.0 + p.c23A * turned(3, p.phi23Rad) / 3.0 +
                          p.c30A * std::pow(alpha, 4) / 4.0 + p.c50A * std::pow(alpha, 6) / 6.0);
      sum += std::polar(1.0, 2.0 * Pi * (kx * place.x() + ky * place.y()) - chi);
      count += 1.0;
    }
  }
  sum /= std::sqrt(count);
  EXPECT_NEAR(std::abs(std::complex<double>(space[3 * 128 + 5]) - sum), 0.0, 1e-4 * std::sqrt(count));
  EXPECT_GT(std::abs(sum), 0.01);
}

TEST(ElectronProbe, ApertureMustFit)
{
  const WaveGrid grid(64, 64, 12.0, 12.0);
  ferro::ProbeParameters parameters;
  parameters.semiAngleMrad = 80.0;
  EXPECT_THROW(ferro::MakeProbe(grid, parameters), ferro::UsageError);
  parameters.semiAngleMrad = 0.0;
  EXPECT_THROW(ferro::MakeProbe(grid, parameters), ferro::UsageError);
  parameters.semiAngleMrad = 30.0;
  parameters.beamTilt.xMrad = 20.0;
  EXPECT_THROW(ferro::MakeProbe(grid, parameters), ferro::UsageError);
}

TEST(StemDetector, ReadsLists)
{
  const auto detectors = ferro::ParseDetectors("haadf:65-250, seg:20-60/4@45,flex:0-25+10");
  ASSERT_EQ(detectors.size(), 8u);
  EXPECT_EQ(detectors[0].name, "haadf");
  EXPECT_EQ(detectors[0].innerMrad, 65.0);
  EXPECT_EQ(detectors[0].outerMrad, 250.0);
  EXPECT_EQ(detectors[2].name, "seg2");
  EXPECT_EQ(detectors[2].segment, 1);
  EXPECT_EQ(detectors[2].rotationDeg, 45.0);
  EXPECT_EQ(detectors[7].name, "flex20-25");
  for (const auto * bad : {"", "65-250", "a:65", "a:65-20", "a:-5-20", "a:0-30/1", "a:0-30x", "a:0-30+0",
                           "a:0-30,a:30-60", "a b:0-30", "a:0-nan", "a:0-30/4@", "a:0-30+0.001"})
  {
    EXPECT_THROW(ferro::ParseDetectors(bad), ferro::UsageError) << bad;
  }
}

TEST(StemDetector, CountsTheRightPlaces)
{
  const WaveGrid grid(128, 96, 12.0, 9.0);
  const double lambda = ferro::GetWavelengthA(VoltageKv);
  const auto list = ferro::ParseDetectors("bf:0-30,all:0-85,ring:30-85,seg:30-85/4");
  const ferro::DetectorMap map(grid, lambda, list);
  // One sample of the spectrum at a time.
  const auto signal = [&](int kx, int ky)
  {
    ferro::WavePropagation propagation(grid);
    ComplexBuffer wave(grid.GetSpectrumSize());
    const int c = kx >= 0 ? kx : grid.GetColumns() + kx;
    const int y = ky >= 0 ? ky : grid.GetNy() + ky;
    wave[static_cast<std::size_t>(c * grid.GetPitch() + y)] = 1.0f;
    propagation.SpectrumToMixed(wave);
    auto rows = propagation.MakeRows();
    const std::vector<std::complex<float>> nothing(grid.GetSize(), 1.0f);
    std::vector<double> sums(static_cast<std::size_t>(map.GetRegions().count));
    propagation.Transmit(wave, nothing.data(), rows);
    propagation.Propagate(wave, ferro::MakePropagator(grid, lambda, 0.0, {}), &map.GetRegions(), sums.data());
    auto signals = map.GetSignals(sums);
    for (auto & value : signals)
    {
      value = std::round(1e5 * value) / 1e5;
    }
    return signals;
  };
  // Order: bf, all, ring, seg1 (right, up), seg2 (left, up), seg3, seg4, everything.
  EXPECT_EQ(signal(0, 0), (std::vector<double>{1, 1, 0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(signal(20, -10), (std::vector<double>{0, 1, 1, 1, 0, 0, 0, 1}));
  EXPECT_EQ(signal(-20, -10), (std::vector<double>{0, 1, 1, 0, 1, 0, 0, 1}));
  EXPECT_EQ(signal(-20, 10), (std::vector<double>{0, 1, 1, 0, 0, 1, 0, 1}));
  EXPECT_EQ(signal(20, 10), (std::vector<double>{0, 1, 1, 0, 0, 0, 1, 1}));
  EXPECT_EQ(signal(41, 0), (std::vector<double>{0, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_THROW(ferro::DetectorMap(grid, lambda, ferro::ParseDetectors("far:60-200")), ferro::UsageError);
  EXPECT_THROW(ferro::DetectorMap(grid, lambda, ferro::ParseDetectors("thin:10.0-10.01")), ferro::UsageError);
}

TEST(SliceAtoms, ByDepth)
{
  ferro::CrystalStructure structure;
  structure.cellA = Eigen::Vector3d(4.0, 4.0, 8.0).asDiagonal();
  structure.atoms = {MakeAtom(83, 0, 0, 0.0), MakeAtom(83, 0, 0, 1.999), MakeAtom(26, 0, 0, 2.0),
                     MakeAtom(8, 0, 0, -0.1), MakeAtom(8, 0, 0, 8.0)};
  const auto slices = ferro::SliceAtoms(structure, 4);
  ASSERT_EQ(slices.size(), 4u);
  EXPECT_EQ(slices[0].size(), 3u);
  EXPECT_EQ(slices[1].size(), 1u);
  EXPECT_EQ(slices[2].size(), 0u);
  EXPECT_EQ(slices[3].size(), 1u);
  EXPECT_THROW(ferro::SliceAtoms(structure, 0), ferro::UsageError);
}
