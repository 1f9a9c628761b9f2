#include "ferroSimulationSums.h"

#include "ferroErrors.h"
#include "ferroSha256.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

namespace ferro
{
namespace
{
const std::string Magic = "Ferroscope simulation 1\n";
constexpr std::size_t FingerprintLength = 64;
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are written as they lie in memory");
} // namespace

std::string
GetFingerprint(const SimulationRequest & request, const SimulationPlan & plan)
{
  std::ostringstream text;
  text.precision(17);
  const auto & p = request.parameters;
  const auto & probe = p.probe;
  text << probe.voltageKv << ' ' << probe.semiAngleMrad << ' ' << probe.softAperture << ' ' << probe.c10A << ' '
       << probe.c12A << ' ' << probe.phi12Rad << ' ' << probe.c21A << ' ' << probe.phi21Rad << ' ' << probe.c23A << ' '
       << probe.phi23Rad << ' ' << probe.c30A << ' ' << probe.c50A << ' ' << probe.beamTilt.xMrad << ' '
       << probe.beamTilt.yMrad << '\n'
       << ToString(p.scattering) << ' ' << ToString(p.motion) << ' ' << p.gratings << ' ' << p.seed << ' ' << p.cellsX
       << ' ' << p.cellsY << ' ' << plan.slicesPerCell << ' ' << plan.nx << ' ' << plan.ny << ' '
       << (plan.method == SimulationMethod::Prism ? p.interpolation : 0) << '\n'
       << p.scanOriginA.transpose() << ' ' << p.scanStepA.transpose() << ' ' << p.scanX << ' ' << p.scanY << ' '
       << request.sourceSizeNm << '\n';
  for (const int exit : plan.exits)
  {
    text << exit << ' ';
  }
  for (const auto & tilt : p.tilts)
  {
    text << tilt.xMrad << ' ' << tilt.yMrad << ' ';
  }
  for (const auto & d : p.detectors)
  {
    text << d.innerMrad << ' ' << d.outerMrad << ' ' << d.segments << ' ' << d.segment << ' ' << d.rotationDeg << ' ';
  }
  text << '\n' << request.structure.cellA << '\n';
  for (const auto & atom : request.structure.atoms)
  {
    text << atom.atomicNumber << ' ' << atom.positionA.transpose() << ' ' << atom.occupancy << ' '
         << atom.displacementRmsA << '\n';
  }
  const auto bytes = text.str();
  Sha256 digest;
  digest.Update(bytes.data(), bytes.size());
  return digest.HexDigest();
}

SimulationSums::SimulationSums(std::string fingerprint, std::size_t values)
  : m_Fingerprint(std::move(fingerprint)), m_Sum(values, 0.0), m_Squares(values, 0.0)
{
}

void
SimulationSums::Add(const std::vector<double> & signals)
{
  for (std::size_t n = 0; n < m_Sum.size(); ++n)
  {
    m_Sum[n] += signals[n];
    m_Squares[n] += signals[n] * signals[n];
  }
  ++m_Configurations;
}

std::vector<double>
SimulationSums::GetMean() const
{
  auto mean = m_Sum;
  for (auto & value : mean)
  {
    value /= m_Configurations;
  }
  return mean;
}

std::vector<double>
SimulationSums::GetStandardError() const
{
  if (m_Configurations < 2)
  {
    return {};
  }
  auto error = m_Squares;
  const double count = m_Configurations;
  for (std::size_t n = 0; n < error.size(); ++n)
  {
    error[n] = std::sqrt(std::max(0.0, error[n] - m_Sum[n] * m_Sum[n] / count) / (count * (count - 1.0)));
  }
  return error;
}

void
SimulationSums::Write(const std::filesystem::path & file) const
{
  errno = 0;
  std::ofstream stream(file, std::ios::binary);
  const std::int64_t configurations = m_Configurations;
  const auto values = static_cast<std::int64_t>(m_Sum.size());
  const auto bytes = static_cast<std::streamsize>(m_Sum.size() * sizeof(double));
  stream << Magic << m_Fingerprint;
  stream.write(reinterpret_cast<const char *>(&configurations), sizeof(configurations));
  stream.write(reinterpret_cast<const char *>(&values), sizeof(values));
  stream.write(reinterpret_cast<const char *>(m_Sum.data()), bytes);
  stream.write(reinterpret_cast<const char *>(m_Squares.data()), bytes);
  stream.close();
  if (!stream)
  {
    throw OutputError(file.string() + ": cannot be written: " + (errno ? std::strerror(errno) : "unknown reason"));
  }
}

void
SimulationSums::Read(const std::filesystem::path & file)
{
  std::ifstream stream(file, std::ios::binary);
  const std::size_t bytes = m_Sum.size() * sizeof(double);
  const std::size_t expected = Magic.size() + FingerprintLength + 2 * sizeof(std::int64_t) + 2 * bytes;
  std::string head(Magic.size() + FingerprintLength, '\0');
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  if (!stream || head.compare(0, Magic.size(), Magic) != 0)
  {
    throw InputError(file.string() + ": not the checkpoint of a simulation, expected one to resume from");
  }
  if (head.substr(Magic.size()) != m_Fingerprint)
  {
    throw UsageError("resume: " + file.string() +
                     " belongs to a simulation with other parameters or another structure, expected the same ones");
  }
  std::error_code failed;
  const auto size = std::filesystem::file_size(file, failed);
  std::int64_t configurations = 0;
  std::int64_t values = 0;
  stream.read(reinterpret_cast<char *>(&configurations), sizeof(configurations));
  stream.read(reinterpret_cast<char *>(&values), sizeof(values));
  if (failed || size != expected || configurations < 1 || configurations > 1000000 ||
      values != static_cast<std::int64_t>(m_Sum.size()))
  {
    throw InputError(file.string() + ": damaged checkpoint of " + std::to_string(size) + " bytes, expected " +
                     std::to_string(expected));
  }
  stream.read(reinterpret_cast<char *>(m_Sum.data()), static_cast<std::streamsize>(bytes));
  stream.read(reinterpret_cast<char *>(m_Squares.data()), static_cast<std::streamsize>(bytes));
  if (!stream)
  {
    throw InputError(file.string() + ": damaged checkpoint, cannot be read to its end");
  }
  m_Configurations = static_cast<int>(configurations);
}
} // namespace ferro
