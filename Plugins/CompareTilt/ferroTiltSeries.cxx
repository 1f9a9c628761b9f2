#include "ferroTiltSeries.h"

#include "ferroErrors.h"
#include "ferroMicrographReader.h"

#include "itkMetaDataObject.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <fstream>
#include <iterator>

namespace ferro
{
namespace
{
constexpr std::size_t LargestFile = 64u << 20;

nlohmann::json
ReadReport(const std::filesystem::path & file)
{
  std::error_code failed;
  const auto size = std::filesystem::file_size(file, failed);
  if (failed || size > LargestFile)
  {
    throw InputError(file.string() + ": " + (failed ? "cannot be read: " + failed.message() : "larger than 64 MiB") +
                     ", expected the report of simulate");
  }
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  auto report = nlohmann::json::parse(text, nullptr, false);
  if (report.is_discarded())
  {
    throw InputError(file.string() + ": not JSON, expected the report of simulate");
  }
  return report;
}

// Adds the value to the list unless it is there, and says where it is.
template <class T, class TSame>
std::size_t
PlaceOf(std::vector<T> & list, const T & value, const TSame & same)
{
  const auto found = std::find_if(list.begin(), list.end(), [&](const T & other) { return same(value, other); });
  if (found != list.end())
  {
    return static_cast<std::size_t>(found - list.begin());
  }
  list.push_back(value);
  return list.size() - 1;
}

void
NameSublattices(const nlohmann::json & structure, std::array<std::string, 2> & names)
{
  std::map<int, std::string> cations;
  for (const auto & entry : structure.value("elements", nlohmann::json::array()))
  {
    const auto symbol = entry.at("element").get<std::string>();
    if (symbol != "O")
    {
      // Files of earlier versions do not have the number.
      cations[entry.value("atomic_number", 0)] = symbol;
    }
  }
  if (cations.size() == 2)
  {
    names = {cations.rbegin()->second, cations.begin()->second};
  }
}

void
FillFromReport(const nlohmann::json & report, const std::filesystem::path & folder, const std::string & detector,
               TiltSeries & series)
{
  series.material = report.at("structure").at("title").get<std::string>();
  NameSublattices(report.at("structure"), series.sublattices);
  const auto & probe = report.at("probe");
  series.voltageKv = probe.at("voltage_kV").get<double>();
  series.semiAngleMrad = probe.at("semi_angle_mrad").get<double>();
  series.defocusNm = probe.at("defocus_nm").get<double>();
  series.sourceSizeNm = report.at("source_size_nm").get<double>();
  series.motion = report.at("motion").get<std::string>();
  series.configurations = report.at("configurations_done").get<int>();
  const double sign = report.value("tilt_sense", "clockwise") == "clockwise" ? 1.0 : -1.0;
  const auto & detectors = report.at("detectors");
  std::string names;
  series.detector.clear();
  for (const auto & entry : detectors)
  {
    const auto name = entry.at("name").get<std::string>();
    names += (names.empty() ? "" : ", ") + name;
    if (series.detector.empty() && (detector.empty() || detector == name))
    {
      series.detector = name;
      series.detectorInnerMrad = entry.at("inner_mrad").get<double>();
      series.detectorOuterMrad = entry.at("outer_mrad").get<double>();
    }
  }
  if (series.detector.empty())
  {
    throw UsageError("detector: '" + detector + "' is not in the simulation, expected one of: " + names);
  }
  MicrographType::SpacingType spacing;
  spacing[0] = report.at("scan").at("step_nm").at(0).get<double>();
  spacing[1] = report.at("scan").at("step_nm").at(1).get<double>();
  if (!(spacing[0] > 0.0 && spacing[1] > 0.0))
  {
    throw InputError((folder / "simulation.json").string() + ": scan: a step that is not above 0");
  }
  for (const auto & entry : report.at("images"))
  {
    if (entry.at("detector").get<std::string>() != series.detector)
    {
      continue;
    }
    const Eigen::Vector2d tilt(sign * entry.at("tilt_mrad").at(0).get<double>(),
                               sign * entry.at("tilt_mrad").at(1).get<double>());
    const auto t =
      PlaceOf(series.tiltsMrad, tilt, [](const auto & a, const auto & b) { return (a - b).norm() < 1e-9; });
    const auto d = PlaceOf(series.thicknessesNm, entry.at("thickness_nm").get<double>(),
                           [](double a, double b) { return std::abs(a - b) < 1e-6; });
    series.images.resize(series.tiltsMrad.size());
    series.images[t].resize(std::max(series.images[t].size(), d + 1));
    auto image = ReadMicrograph(folder / entry.at("file").get<std::string>());
    image->SetSpacing(spacing);
    itk::EncapsulateMetaData<std::string>(image->GetMetaDataDictionary(), CalibratedKey, "1");
    series.images[t][d] = image;
  }
}
} // namespace

TiltSeries
ReadTiltSeries(const std::filesystem::path & folder, const std::string & detector)
{
  const auto file = folder / "simulation.json";
  const auto report = ReadReport(file);
  TiltSeries series;
  try
  {
    FillFromReport(report, folder, detector, series);
  }
  catch (const nlohmann::json::exception & error)
  {
    throw InputError(file.string() + ": not as simulate writes it: " + error.what());
  }
  bool found = false;
  for (std::size_t t = 0; t < series.tiltsMrad.size(); ++t)
  {
    if (series.tiltsMrad[t].norm() < 1e-9)
    {
      series.untilted = t;
      found = true;
    }
  }
  if (!found)
  {
    throw InputError(file.string() + ": no image without tilt, expected one to compare with");
  }
  const auto size = series.images[series.untilted].empty()
                      ? MicrographType::SizeType()
                      : series.images[series.untilted].front()->GetLargestPossibleRegion().GetSize();
  for (const auto & row : series.images)
  {
    if (row.size() != series.thicknessesNm.size() ||
        std::any_of(row.begin(), row.end(),
                    [&](const auto & image) { return !image || image->GetLargestPossibleRegion().GetSize() != size; }))
    {
      throw InputError(file.string() +
                       ": images are missing or differ in size, expected one for each tilt and thickness");
    }
  }
  if (size[0] < 4 || size[1] < 4)
  {
    throw InputError(file.string() + ": a scan of " + std::to_string(size[0]) + " x " + std::to_string(size[1]) +
                     " positions, expected an image of a whole cell");
  }
  return series;
}
} // namespace ferro
