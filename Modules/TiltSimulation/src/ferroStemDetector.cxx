#include "ferroStemDetector.h"

#include "ferroErrors.h"

#include <charconv>
#include <cmath>
#include <map>
#include <sstream>

namespace ferro
{
namespace
{
constexpr double Pi = 3.14159265358979323846;
constexpr std::size_t LargestNumberOfDetectors = 512;

std::string
Write(double number)
{
  std::ostringstream stream;
  stream << number;
  return stream.str();
}

// Takes the next number off the front of a text; false where there is none.
bool
TakeNumber(std::string & text, double & number)
{
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc() || !std::isfinite(number))
  {
    return false;
  }
  text.erase(0, static_cast<std::size_t>(result.ptr - text.data()));
  return true;
}

// Takes a character off the front.
bool
Take(std::string & text, char character)
{
  if (text.empty() || text.front() != character)
  {
    return false;
  }
  text.erase(0, 1);
  return true;
}

void
AddDetectors(const std::string & item, std::vector<StemDetector> & detectors)
{
  const auto fail = [&item](const std::string & why)
  {
    throw UsageError(
      "detectors: '" + item + "': " + why +
      ", expected name:inner-outer in mrad, as in haadf:65-250, then perhaps /segments@degrees or +width");
  };
  StemDetector detector;
  const auto colon = item.find(':');
  detector.name = item.substr(0, colon == std::string::npos ? 0 : colon);
  if (detector.name.empty() ||
      detector.name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") !=
        std::string::npos)
  {
    fail("no name of letters, digits, _ and - before a colon");
  }
  std::string rest = item.substr(colon + 1);
  if (!TakeNumber(rest, detector.innerMrad) || !Take(rest, '-') || !TakeNumber(rest, detector.outerMrad))
  {
    fail("no two angles");
  }
  if (!(detector.innerMrad >= 0.0 && detector.outerMrad > detector.innerMrad && detector.outerMrad < 1000.0))
  {
    fail("the angles must rise from at least 0 to below 1000");
  }
  if (Take(rest, '+'))
  {
    double width = 0.0;
    if (!TakeNumber(rest, width) || !rest.empty() || !(width > 0.0))
    {
      fail("no width of rings above 0");
    }
    const double rings = std::ceil((detector.outerMrad - detector.innerMrad) / width - 1e-9);
    if (rings > static_cast<double>(LargestNumberOfDetectors))
    {
      fail(Write(rings) + " rings, at most " + std::to_string(LargestNumberOfDetectors));
    }
    const auto base = detector;
    for (int n = 0; n < static_cast<int>(rings); ++n)
    {
      detector.innerMrad = base.innerMrad + n * width;
      detector.outerMrad = std::min(base.outerMrad, base.innerMrad + (n + 1) * width);
      detector.name = base.name + Write(detector.innerMrad) + "-" + Write(detector.outerMrad);
      detectors.push_back(detector);
    }
    return;
  }
  double segments = 1.0;
  if (Take(rest, '/') &&
      (!TakeNumber(rest, segments) || segments != std::floor(segments) || segments < 2.0 || segments > 64.0))
  {
    fail("the number of segments is not 2 to 64");
  }
  if (Take(rest, '@') && !TakeNumber(rest, detector.rotationDeg))
  {
    fail("no angle after @");
  }
  if (!rest.empty())
  {
    fail("'" + rest + "' at the end");
  }
  detector.segments = static_cast<int>(segments);
  const auto name = detector.name;
  for (detector.segment = 0; detector.segment < detector.segments; ++detector.segment)
  {
    detector.name = detector.segments == 1 ? name : name + std::to_string(detector.segment + 1);
    detectors.push_back(detector);
  }
}

} // namespace

bool
IsCounted(const StemDetector & detector, double kx, double ky, double wavelengthA)
{
  const double angleMrad = 1e3 * wavelengthA * std::hypot(kx, ky);
  if (!(detector.innerMrad <= angleMrad && angleMrad < detector.outerMrad))
  {
    return false;
  }
  if (detector.segments == 1)
  {
    return true;
  }
  const double azimuthDeg = std::atan2(-ky, kx) * 180.0 / Pi;
  double turn = (azimuthDeg - detector.rotationDeg) / 360.0;
  turn -= std::floor(turn);
  return std::min(static_cast<int>(turn * detector.segments), detector.segments - 1) == detector.segment;
}

std::vector<StemDetector>
ParseDetectors(const std::string & text)
{
  std::vector<StemDetector> detectors;
  std::istringstream stream(text);
  for (std::string item; std::getline(stream, item, ',');)
  {
    item.erase(0, item.find_first_not_of(' '));
    item.erase(item.find_last_not_of(' ') + 1);
    AddDetectors(item, detectors);
  }
  if (detectors.empty() || detectors.size() > LargestNumberOfDetectors)
  {
    throw UsageError("detectors: " + std::to_string(detectors.size()) + " of them, expected 1 to " +
                     std::to_string(LargestNumberOfDetectors));
  }
  for (std::size_t n = 0; n < detectors.size(); ++n)
  {
    for (std::size_t m = 0; m < n; ++m)
    {
      if (detectors[n].name == detectors[m].name)
      {
        throw UsageError("detectors: two of the name " + detectors[n].name + ", expected different names");
      }
    }
  }
  return detectors;
}

DetectorMap::DetectorMap(const WaveGrid & grid, double wavelengthA, const std::vector<StemDetector> & detectors)
  : m_Members(detectors.size())
{
  const double limitMrad = 1e3 * wavelengthA * grid.GetBandLimit();
  for (const auto & detector : detectors)
  {
    if (detector.outerMrad > limitMrad)
    {
      throw UsageError("detectors: " + detector.name + " reaches to " + Write(detector.outerMrad) +
                       " mrad, the grid of " + std::to_string(grid.GetNx()) + " x " + std::to_string(grid.GetNy()) +
                       " samples only to " + Write(limitMrad) + " mrad: use a finer grid or a smaller angle");
    }
  }
  // A region is the set of detectors that count it.
  std::map<std::vector<bool>, int> regions;
  m_Regions.region.assign(grid.GetSpectrumSize(), SpectrumRegions::NoRegion);
  std::vector<bool> counted(detectors.size());
  std::vector<bool> any(detectors.size(), false);
  for (int c = 0; c < grid.GetColumns(); ++c)
  {
    for (int y = 0; y < grid.GetNy(); ++y)
    {
      const double kx = grid.GetKx(c);
      const double ky = grid.GetKy(y);
      if (grid.GetBandWeight(kx, ky) == 0.0)
      {
        continue;
      }
      for (std::size_t n = 0; n < detectors.size(); ++n)
      {
        counted[n] = IsCounted(detectors[n], kx, ky, wavelengthA);
        any[n] = any[n] || counted[n];
      }
      const auto found = regions.try_emplace(counted, static_cast<int>(regions.size())).first;
      m_Regions
        .region[static_cast<std::size_t>(c) * static_cast<std::size_t>(grid.GetPitch()) + static_cast<std::size_t>(y)] =
        static_cast<std::uint16_t>(found->second);
    }
  }
  m_Regions.count = static_cast<int>(regions.size());
  for (const auto & [members, region] : regions)
  {
    for (std::size_t n = 0; n < detectors.size(); ++n)
    {
      if (members[n])
      {
        m_Members[n].push_back(region);
      }
    }
  }
  for (std::size_t n = 0; n < detectors.size(); ++n)
  {
    if (!any[n])
    {
      throw UsageError("detectors: " + detectors[n].name + " counts no sample of the spectrum: use a larger cell");
    }
  }
}

std::vector<double>
DetectorMap::GetSignals(const std::vector<double> & sums) const
{
  std::vector<double> signals(m_Members.size() + 1, 0.0);
  for (std::size_t n = 0; n < m_Members.size(); ++n)
  {
    for (const int region : m_Members[n])
    {
      signals[n] += sums[static_cast<std::size_t>(region)];
    }
  }
  for (const double sum : sums)
  {
    signals.back() += sum;
  }
  return signals;
}
} // namespace ferro
