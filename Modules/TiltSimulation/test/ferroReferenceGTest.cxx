// Held against independent programs: see README.md beside the reference data.
#include "ferroElectron.h"
#include "ferroElectronProbe.h"
#include "ferroElements.h"
#include "ferroReferenceFixture.h"
#include "ferroScatteringFactors.h"
#include "ferroTransmission.h"

#include <cmath>
#include <cstdio>

namespace
{
using ferro::ComplexBuffer;
using ferro::WaveGrid;

constexpr double VoltageKv = 200.0;

// The static structure, 4 x 4 x 2 pseudo-cubic cells, shifted along z so that slices of half a cell alternate BiO,
// FeO2.
ferro::CrystalStructure
ReadStatic(const std::filesystem::path & file)
{
  constexpr double cellA = 3.9845960341740483;
  constexpr double shiftA = 1.05;
  std::ifstream stream(file);
  int count = 0;
  stream >> count;
  ferro::CrystalStructure structure;
  structure.cellA = 2.0 * cellA * Eigen::Matrix3d::Identity();
  for (int n = 0; n < count; ++n)
  {
    std::string symbol;
    ferro::StructureAtom atom;
    stream >> symbol >> atom.positionA.x() >> atom.positionA.y() >> atom.positionA.z();
    atom.atomicNumber = ferro::FindElement(symbol);
    atom.positionA.z() = std::fmod(atom.positionA.z() + shiftA, 2.0 * cellA);
    structure.atoms.push_back(atom);
  }
  return ferro::Repeat(structure, Eigen::Vector3i(2, 2, 1));
}
} // namespace

TEST_F(Reference, ScatteringFactorsAndAtomicPotentials)
{
  const auto json = this->ReadJson("unit_potential_constants.json")["potential"];
  for (const auto model : {ferro::ScatteringModel::Kirkland, ferro::ScatteringModel::Lobato})
  {
    for (const auto * symbol : {"Bi", "Fe", "O"})
    {
      const auto & entry = json[ferro::ToString(model)][symbol];
      const int z = ferro::FindElement(symbol);
      for (std::size_t n = 0; n < json["k_invA"].size(); ++n)
      {
        const double truth = entry["scattering_factor_f_e_A"][n];
        EXPECT_NEAR(ferro::GetScatteringFactor(model, z, json["k_invA"][n]) / truth, 1.0, 1e-6)
          << ferro::ToString(model) << " " << symbol << " k " << json["k_invA"][n];
      }
      for (std::size_t n = 0; n < json["r_A"].size(); ++n)
      {
        // The reference has these of Lobato in single precision, from large terms that cancel.
        const double truth = entry["projected_potential_VA"][n];
        EXPECT_NEAR(ferro::GetAtomProjectedPotential(model, z, json["r_A"][n]) / truth, 1.0,
                    model == ferro::ScatteringModel::Kirkland ? 1e-6 : 1e-4)
          << ferro::ToString(model) << " " << symbol << " r " << json["r_A"][n];
      }
    }
  }
}

TEST_F(Reference, Probe)
{
  const WaveGrid grid(512, 512, 15.938384136696, 15.938384136696);
  const ferro::WavePropagation propagation(grid);
  const auto truth = ReadNpy(m_Folder / "probe_wave_512_center_re_im_f32.npy");
  ferro::ProbeParameters parameters;
  auto wave =
    ferro::MoveProbe(grid, ferro::MakeProbe(grid, parameters), Eigen::Vector2d(7.969192068348, 7.969192068348));
  propagation.SpectrumToMixed(wave);
  ComplexBuffer space(grid.GetSize());
  auto rows = propagation.MakeRows();
  propagation.MixedToSpace(wave, space.data(), rows);
  double peak = 0.0;
  double worst = 0.0;
  for (int x = 0; x < 128; ++x)
  {
    for (int y = 0; y < 128; ++y)
    {
      const auto n = static_cast<std::size_t>(x * 128 + y);
      const std::complex<double> expected(truth.values[n], truth.values[n + 128 * 128]);
      const std::complex<double> found(space[static_cast<std::size_t>((y + 192) * 512 + x + 192)]);
      peak = std::max(peak, std::abs(expected));
      worst = std::max(worst, std::abs(found / (512.0 * 512.0) - expected));
    }
  }
  EXPECT_LT(worst, 1e-5 * peak);
}

TEST_F(Reference, Constants)
{
  const auto json = this->ReadJson("unit_potential_constants.json")["constants"];
  ASSERT_EQ(json.size(), 4u);
  for (const auto & [name, entry] : json.items())
  {
    const double voltageKv = std::stod(name);
    EXPECT_NEAR(ferro::GetWavelengthA(voltageKv) / entry["wavelength_A"].get<double>(), 1.0, 1e-6) << name;
    EXPECT_NEAR(ferro::GetInteractionConstant(voltageKv) / entry["sigma_rad_per_VA"].get<double>(), 1.0, 1e-6) << name;
  }
}

// Intensity along a row and along the diagonal from the middle of the probe, soft and hard aperture.
TEST_F(Reference, ProbeIntensity)
{
  const WaveGrid grid(512, 512, 15.938384136696, 15.938384136696);
  const ferro::WavePropagation propagation(grid);
  const auto json = this->ReadJson("unit_probe.json");
  for (const bool soft : {true, false})
  {
    ferro::ProbeParameters parameters;
    parameters.softAperture = soft;
    auto wave = ferro::MakeProbe(grid, parameters);
    propagation.SpectrumToMixed(wave);
    ComplexBuffer space(grid.GetSize());
    auto rows = propagation.MakeRows();
    propagation.MixedToSpace(wave, space.data(), rows);
    const auto & truth = json[soft ? "soft" : "hard"];
    const double peak = truth["I"][0];
    const auto compare = [&](const nlohmann::json & expected, std::size_t step)
    {
      ASSERT_GT(expected.size(), 60u);
      for (std::size_t n = 0; n < expected.size(); ++n)
      {
        const double found = std::norm(std::complex<double>(space[n * step]) / (512.0 * 512.0));
        EXPECT_NEAR(found, expected[n].get<double>(), 1e-5 * peak) << soft << " " << n;
      }
    };
    compare(truth["I"], 1);
    compare(truth["diag"], 513);
  }
}

TEST_F(Reference, StaticPotential)
{
  const auto truth = ReadNpy(m_Folder / "exact_potential_static_BiO_FeO2_1pc_f32.npy");
  const auto structure = ReadStatic(m_Folder / "BFO_pc2x2x2_plain.xyz");
  const double lengthA = structure.cellA(0, 0);
  const WaveGrid grid(512, 512, lengthA, lengthA);
  const ferro::ProjectedPotential potential(grid, ferro::ScatteringModel::Kirkland, structure.atoms, false);
  const auto slices = ferro::SliceAtoms(structure, 4);
  for (std::size_t layer = 0; layer < 2; ++layer)
  {
    const auto volts = potential.Compute(slices[layer]);
    double largest = 0.0;
    double worst = 0.0;
    for (std::size_t x = 0; x < 128; ++x)
    {
      for (std::size_t y = 0; y < 128; ++y)
      {
        const double expected = truth.values[(layer * 128 + x) * 128 + y];
        largest = std::max(largest, expected);
        worst = std::max(worst, std::abs(static_cast<double>(volts[y * 512 + x]) - expected));
      }
    }
    EXPECT_LT(worst, 1e-4 * largest);
  }
}

TEST_F(Reference, DetectorSignals)
{
  auto structure = ReadConfiguration(m_Folder / "config_4x4x25_seed1.npz");
  const double lengthA = structure.cellA(0, 0);
  const WaveGrid grid(512, 512, lengthA, lengthA);
  const ferro::WavePropagation propagation(grid);
  const ferro::ProjectedPotential potential(grid, ferro::ScatteringModel::Kirkland, structure.atoms, false);
  const auto slices = ferro::SliceAtoms(structure, 50);
  std::vector<ComplexBuffer> transmissions;
  for (const auto & slice : slices)
  {
    transmissions.push_back(
      ferro::MakeTransmission(propagation, potential, slice, ferro::GetInteractionConstant(VoltageKv)));
  }
  const auto json = this->ReadJson("exact_unit.json")["thermal25_seed1"];
  const double wavelengthA = ferro::GetWavelengthA(VoltageKv);
  const ferro::DetectorMap detectors(grid, wavelengthA, ferro::ParseDetectors("haadf:65-250,adf:30-65,bf:0-30"));
  const auto probe = ferro::MakeProbe(grid, ferro::ProbeParameters());
  auto rows = propagation.MakeRows();
  double worst = 0.0;
  for (std::size_t p = 0; p < json["positions_A"].size(); ++p)
  {
    for (std::size_t t = 0; t < json["tilts"].size(); ++t)
    {
      const auto propagator =
        ferro::MakePropagator(grid, wavelengthA, structure.cellA(2, 2) / 50, {json["tilts"][t].get<double>(), 0.0});
      auto wave = ferro::MoveProbe(
        grid, probe, Eigen::Vector2d(json["positions_A"][p][0].get<double>(), json["positions_A"][p][1].get<double>()));
      propagation.SpectrumToMixed(wave);
      for (int s = 0; s < 50; ++s)
      {
        std::vector<double> sums(static_cast<std::size_t>(detectors.GetRegions().count));
        propagation.Transmit(wave, transmissions[static_cast<std::size_t>(s)].data(), rows);
        propagation.Propagate(wave, propagator, &detectors.GetRegions(), sums.data());
        for (std::size_t e = 0; e < json["exits_slices"].size(); ++e)
        {
          if (json["exits_slices"][e] == s + 1)
          {
            const auto signals = detectors.GetSignals(sums);
            for (std::size_t d = 0; d < 3; ++d)
            {
              const double truth = json["values"][p][t][e][d];
              worst = std::max(worst, std::abs(signals[d] / truth - 1.0));
            }
          }
        }
      }
    }
  }
  RecordProperty("worst_relative_1e6", static_cast<int>(1e6 * worst));
  EXPECT_LT(worst, 1e-3);
}

// Waves after one and four slices of the static structure.
TEST_F(Reference, ExitWaves)
{
  const auto structure = ReadStatic(m_Folder / "BFO_pc2x2x2_plain.xyz");
  const double lengthA = structure.cellA(0, 0);
  const double cellA = lengthA / 4.0;
  const WaveGrid grid(512, 512, lengthA, lengthA);
  const ferro::WavePropagation propagation(grid);
  const ferro::ProjectedPotential potential(grid, ferro::ScatteringModel::Kirkland, structure.atoms, false);
  const auto slices = ferro::SliceAtoms(structure, 4);
  const double wavelengthA = ferro::GetWavelengthA(VoltageKv);
  const auto json = this->ReadJson("exact_unit.json")["exit_waves"];
  const ferro::DetectorMap detectors(grid, wavelengthA, ferro::ParseDetectors("haadf:65-250,adf:30-65,bf:0-30"));
  auto rows = propagation.MakeRows();
  for (const int tilt : {0, 30})
  {
    const auto propagator = ferro::MakePropagator(grid, wavelengthA, cellA / 2.0, {1.0 * tilt, 0.0});
    auto wave = ferro::MoveProbe(grid, ferro::MakeProbe(grid, ferro::ProbeParameters()),
                                 Eigen::Vector2d(cellA + 0.3, cellA + 0.2));
    propagation.SpectrumToMixed(wave);
    for (int s = 0; s < 4; ++s)
    {
      const auto transmission = ferro::MakeTransmission(propagation, potential, slices[static_cast<std::size_t>(s)],
                                                        ferro::GetInteractionConstant(VoltageKv));
      propagation.Transmit(wave, transmission.data(), rows);
      std::vector<double> sums(static_cast<std::size_t>(detectors.GetRegions().count));
      propagation.Propagate(wave, propagator, &detectors.GetRegions(), sums.data());
      const auto name = "tilt" + std::to_string(tilt) + "_after" + std::to_string(s + 1);
      const auto file = m_Folder / ("exact_exit_" + name + "_re_im_f64.npy");
      auto spectrum = wave;
      propagation.MixedToSpectrum(spectrum);
      double intensity = 0.0;
      for (const auto & number : spectrum)
      {
        intensity += std::norm(number);
      }
      EXPECT_NEAR(intensity, json[name]["sumI_k"].get<double>(), 1e-5) << name;
      const auto signals = detectors.GetSignals(sums);
      const char * const names[] = {"ADF65_250", "D30_65", "BF30"};
      for (std::size_t d = 0; d < 3; ++d)
      {
        EXPECT_NEAR(signals[d] / json[name][names[d]].get<double>(), 1.0, 1e-3) << name << " " << names[d];
      }
      if (!std::filesystem::exists(file))
      {
        continue;
      }
      const auto truth = ReadNpy(file);
      ComplexBuffer space(grid.GetSize());
      propagation.MixedToSpace(wave, space.data(), rows);
      double difference = 0.0;
      double norm = 0.0;
      for (std::size_t x = 0; x < 48; ++x)
      {
        for (std::size_t y = 0; y < 48; ++y)
        {
          const std::complex<double> expected(truth.values[x * 48 + y], truth.values[(48 + x) * 48 + y]);
          const std::complex<double> found(space[(y + 112) * 512 + x + 112]);
          difference += std::norm(found / (512.0 * 512.0) - expected);
          norm += std::norm(expected);
        }
      }
      EXPECT_LT(std::sqrt(difference / norm), 1e-4) << name;
    }
  }
}

namespace
{

/** Relative differences of all that was compared. */
struct Differences
{
  double squares = 0.0;
  double count = 0.0;
  double worst = 0.0;

  void
  Add(double found, double expected)
  {
    const double relative = found / expected - 1.0;
    squares += relative * relative;
    count += 1.0;
    worst = std::max(worst, std::abs(relative));
  }
  void
  Check(const char * what) const
  {
    std::printf("%s: RMS %.1e, worst %.1e of %g numbers\n", what, std::sqrt(squares / count), worst, count);
    EXPECT_LT(std::sqrt(squares / count), 0.005) << what;
    EXPECT_LT(worst, 0.02) << what;
  }
};

// Compares an image [tilt, x, y, thickness, detector] with the reference.
void
CompareImage(const TestArray & truth, const ferro::CrystalStructure & structure,
             ferro::StemSimulationParameters parameters, const char * what)
{
  const int stride = IsLong() ? 1 : 8;
  parameters.scanOriginA = Eigen::Vector2d(CellA, CellA);
  parameters.scanStepA = Eigen::Vector2d::Constant(stride * CellA / 16.0);
  parameters.scanX = parameters.scanY = 16 / stride;
  auto source = ferro::StemSimulationSource::New();
  source->Initialize(structure, parameters);
  source->Update();
  const auto * found = source->GetOutput()->GetBufferPointer();
  const auto side = static_cast<std::size_t>(parameters.scanX);
  const auto thicknesses = parameters.thicknessesA.size();
  const auto signals = parameters.tilts.size() * thicknesses * 4;
  Differences differences;
  for (std::size_t tilt = 0; tilt < parameters.tilts.size(); ++tilt)
  {
    for (std::size_t n = 0; n < side * side; ++n)
    {
      const auto x = static_cast<std::size_t>(stride) * (n % side);
      const auto y = static_cast<std::size_t>(stride) * (n / side);
      for (std::size_t t = 0; t < thicknesses; ++t)
      {
        for (std::size_t d = 0; d < 3; ++d)
        {
          differences.Add(found[n * signals + (tilt * thicknesses + t) * 4 + d],
                          truth.values[(((tilt * 16 + x) * 16 + y) * thicknesses + t) * 3 + d]);
        }
      }
    }
  }
  differences.Check(what);
}
} // namespace

// Line scans over four tilts and four thicknesses, to 100 nm.
TEST_F(Reference, LineScans)
{
  const auto truth = ReadNpy(m_Folder / "lines_100nm_ADF_seed1.npy");
  ASSERT_EQ(truth.shape, (std::vector<std::size_t>{2, 4, 20, 4, 3}));
  const auto structure = ReadConfiguration(m_Folder / "config_4x4x251_seed1.npz");
  const std::size_t stride = IsLong() ? 1 : 9;
  const std::size_t positions = IsLong() ? 20 : 2;
  auto parameters = MakeLineParameters(structure, stride, positions);
  Differences differences;
  for (std::size_t row = 0; row < 2; ++row)
  {
    parameters.scanOriginA.y() = row == 0 ? CellA : CellA + 1.7628;
    auto source = ferro::StemSimulationSource::New();
    source->Initialize(structure, parameters);
    source->Update();
    const auto * found = source->GetOutput()->GetBufferPointer();
    for (std::size_t tilt = 0; tilt < 4; ++tilt)
    {
      for (std::size_t x = 0; x < positions; ++x)
      {
        for (std::size_t t = 0; t < 4; ++t)
        {
          for (std::size_t d = 0; d < 3; ++d)
          {
            differences.Add(found[x * 64 + (tilt * 4 + t) * 4 + d],
                            truth.values[(((row * 4 + tilt) * 20 + stride * x) * 4 + t) * 3 + d]);
          }
        }
      }
    }
  }
  differences.Check("line scans");
}

TEST_F(Reference, ThinImages)
{
  auto structure = ReadConfiguration(m_Folder / "config_4x4x251_seed1.npz");
  auto parameters = MakeReferenceParameters(structure, 502);
  parameters.thicknessesA = {99.6, 199.2};
  parameters.tilts = {{0.0, 0.0}, {20.0, 0.0}, {30.0, 0.0}};
  CompareImage(ReadNpy(m_Folder / "img16_20nm_ADF_seed1_tilt0_20_30.npy"), structure, parameters, "images, 20 nm");
}

TEST_F(Reference, ThickImage)
{
  if (!IsLong())
  {
    GTEST_SKIP() << "FERROSCOPE_LONG_TESTS is not set";
  }
  const auto structure = ReadConfiguration(m_Folder / "config_4x4x251_seed1.npz");
  auto parameters = MakeReferenceParameters(structure, 502);
  parameters.thicknessesA = {99.6, 199.2, 498.1, 1000.1};
  CompareImage(ReadNpy(m_Folder / "img16_100nm_ADF_seed1_tilt0.npy"), structure, parameters, "image, 100 nm");
}
