#include "ferroSimulationFiles.h"

#include "ferroElectron.h"
#include "ferroElements.h"
#include "ferroErrors.h"
#include "ferroMicrographWriter.h"
#include "ferroOutputFolder.h"
#include "ferroVectorFieldWriter.h"

#include "itkMetaDataObject.h"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>

namespace ferro
{
namespace
{
constexpr double NmPerAngstrom = 0.1;

// Drops what binary fractions leave behind a decimal number.
double
Round(double number)
{
  return std::round(number * 1e9) / 1e9;
}

std::string
Write(double number)
{
  std::ostringstream stream;
  stream << Round(number);
  return stream.str();
}

MicrographType::Pointer
MakeImage(const SimulationRequest & request, const std::vector<double> & values, std::size_t signals,
          std::size_t signal, const std::string & title)
{
  const auto & p = request.parameters;
  auto image = MicrographType::New();
  MicrographType::RegionType region;
  region.SetSize(0, static_cast<itk::SizeValueType>(p.scanX));
  region.SetSize(1, static_cast<itk::SizeValueType>(p.scanY));
  image->SetRegions(region);
  MicrographType::SpacingType spacing;
  spacing[0] = NmPerAngstrom * p.scanStepA.x();
  spacing[1] = NmPerAngstrom * p.scanStepA.y();
  image->SetSpacing(spacing);
  image->Allocate();
  auto * pixels = image->GetBufferPointer();
  const auto count = region.GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n)
  {
    pixels[n] = static_cast<float>(values[n * signals + signal]);
  }
  itk::EncapsulateMetaData<std::string>(image->GetMetaDataDictionary(), CalibratedKey, "1");
  itk::EncapsulateMetaData<std::string>(image->GetMetaDataDictionary(), TitleKey, title);
  return image;
}

// All images one after the other: x, y, number of the image.
void
WriteStack(const SimulationRequest & request, const std::vector<double> & values, std::size_t signals,
           const std::vector<std::size_t> & order, const char * content, const std::filesystem::path & file)
{
  const auto & p = request.parameters;
  std::ostringstream header;
  header << "NRRD0004\n# " << content
         << ", fraction of the incident intensity; simulation.json lists the images\ntype: float\ndimension: 3\nsizes: "
         << p.scanX << ' ' << p.scanY << ' ' << order.size() << "\nspacings: " << Round(NmPerAngstrom * p.scanStepA.x())
         << ' ' << Round(NmPerAngstrom * p.scanStepA.y())
         << " nan\nunits: \"nm\" \"nm\" \"\"\nlabels: \"x\" \"y\" \"image\"\n"
         << "kinds: domain domain list\nendian: little\nencoding: raw\n\n";
  const auto count = static_cast<std::size_t>(p.scanX) * static_cast<std::size_t>(p.scanY);
  std::vector<float> pixels;
  pixels.reserve(count * order.size());
  for (const auto signal : order)
  {
    for (std::size_t n = 0; n < count; ++n)
    {
      pixels.push_back(static_cast<float>(values[n * signals + signal]));
    }
  }
  errno = 0;
  std::ofstream stream(file, std::ios::binary);
  stream << header.str();
  stream.write(reinterpret_cast<const char *>(pixels.data()),
               static_cast<std::streamsize>(pixels.size() * sizeof(float)));
  stream.close();
  if (!stream)
  {
    throw OutputError(file.string() + ": cannot be written: " + (errno ? std::strerror(errno) : "unknown reason"));
  }
}

std::size_t
GetSignal(const SimulationRequest & request, const SimulatedImage & image)
{
  const auto & p = request.parameters;
  return (image.tilt * p.thicknessesA.size() + image.thickness) * (p.detectors.size() + 1) + image.detector;
}

nlohmann::json
DescribeStructure(const SimulationRequest & request)
{
  const auto & structure = request.structure;
  auto elements = nlohmann::json::array();
  std::set<std::pair<int, double>> kinds;
  for (const auto & atom : structure.atoms)
  {
    if (kinds.insert({atom.atomicNumber, atom.displacementRmsA}).second)
    {
      elements.push_back({{"element", GetElementSymbol(atom.atomicNumber)},
                          {"atomic_number", atom.atomicNumber},
                          {"displacement_rms_A", Round(atom.displacementRmsA)}});
    }
  }
  return {{"title", structure.title},
          {"reference", structure.reference},
          {"cell_A", {structure.cellA(0, 0), structure.cellA(1, 1), structure.cellA(2, 2)}},
          {"atoms", structure.atoms.size()},
          {"elements", elements}};
}

nlohmann::json
DescribePlan(const SimulationRequest & request, const SimulationPlan & plan)
{
  const auto & p = request.parameters;
  return {{"method", ToString(plan.method)},
          {"reason", plan.reason},
          {"interpolation", plan.method == SimulationMethod::Prism ? p.interpolation : 1},
          {"plane_waves", plan.method == SimulationMethod::Prism ? nlohmann::json(plan.beams) : nlohmann::json()},
          {"samples", {plan.nx, plan.ny}},
          {"area_A", {plan.lengthXA, plan.lengthYA}},
          {"cells", {p.cellsX, p.cellsY}},
          {"largest_angle_mrad", plan.largestAngleMrad},
          {"slice_A", plan.sliceA},
          {"slices", plan.slices},
          {"slices_held", plan.chunkSlices},
          {"probes_times_tilts", plan.waves},
          {"memory_bytes", plan.memoryBytes},
          {"expected_s", plan.seconds}};
}

nlohmann::json
DescribeProbe(const ProbeParameters & probe)
{
  return {{"voltage_kV", probe.voltageKv},
          {"wavelength_A", GetWavelengthA(probe.voltageKv)},
          {"semi_angle_mrad", probe.semiAngleMrad},
          {"soft_aperture", probe.softAperture},
          {"defocus_nm", Round(-NmPerAngstrom * probe.c10A)},
          {"C12_A", probe.c12A},
          {"phi12_rad", probe.phi12Rad},
          {"C21_A", probe.c21A},
          {"phi21_rad", probe.phi21Rad},
          {"C23_A", probe.c23A},
          {"phi23_rad", probe.phi23Rad},
          {"C30_A", probe.c30A},
          {"C50_A", probe.c50A},
          {"beam_tilt_mrad", {probe.beamTilt.xMrad, probe.beamTilt.yMrad}}};
}
} // namespace

std::vector<SimulatedImage>
ListImages(const SimulationRequest & request)
{
  const auto & p = request.parameters;
  std::vector<SimulatedImage> images;
  for (std::size_t tilt = 0; tilt < p.tilts.size(); ++tilt)
  {
    for (std::size_t t = 0; t < p.thicknessesA.size(); ++t)
    {
      for (std::size_t d = 0; d < p.detectors.size(); ++d)
      {
        images.push_back({"images/" + p.detectors[d].name + "_" + Write(request.thicknessesNm[t]) + "nm_tilt_" +
                            Write(request.tiltSign * p.tilts[tilt].xMrad) + "_" +
                            Write(request.tiltSign * p.tilts[tilt].yMrad) + "_mrad.tif",
                          tilt, t, d});
      }
    }
  }
  return images;
}

nlohmann::json
DescribeSimulation(const SimulationRequest & request, const SimulationPlan & plan, const SimulationSums & sums)
{
  const auto & p = request.parameters;
  const auto mean = sums.GetMean();
  const auto error = sums.GetStandardError();
  const auto perThickness = p.detectors.size() + 1;
  const auto signals = p.tilts.size() * p.thicknessesA.size() * perThickness;
  const auto positions = mean.size() / signals;
  const auto average = [&](const std::vector<double> & values, std::size_t signal)
  {
    double sum = 0.0;
    for (std::size_t n = 0; n < positions; ++n)
    {
      sum += values[n * signals + signal];
    }
    return sum / static_cast<double>(positions);
  };
  auto detectors = nlohmann::json::array();
  for (const auto & d : p.detectors)
  {
    detectors.push_back({{"name", d.name}, {"inner_mrad", d.innerMrad}, {"outer_mrad", d.outerMrad}});
    if (d.segments > 1)
    {
      detectors.back().update({{"segments", d.segments}, {"segment", d.segment + 1}, {"rotation_deg", d.rotationDeg}});
    }
  }
  auto images = nlohmann::json::array();
  for (const auto & image : ListImages(request))
  {
    const auto signal = GetSignal(request, image);
    const auto total = signal - image.detector + p.detectors.size();
    const auto & tilt = p.tilts[image.tilt];
    images.push_back(
      {{"file", image.file},
       {"tilt_mrad", {Round(request.tiltSign * tilt.xMrad), Round(request.tiltSign * tilt.yMrad)}},
       {"thickness_nm", Round(NmPerAngstrom * plan.thicknessesA[image.thickness])},
       {"detector", p.detectors[image.detector].name},
       {"mean", average(mean, signal)},
       {"standard_error_of_a_pixel", error.empty() ? nlohmann::json() : nlohmann::json(average(error, signal))},
       {"lost_beyond_band_limit", std::max(0.0, 1.0 - average(mean, total))}});
  }
  return {
    {"structure", DescribeStructure(request)},
    {"probe", DescribeProbe(p.probe)},
    {"detectors", detectors},
    {"scattering_factors", ToString(p.scattering)},
    {"motion", ToString(p.motion)},
    {"seed", p.seed},
    {"configurations_done", sums.GetConfigurations()},
    {"configurations_wanted", plan.configurations},
    {"source_size_nm", request.sourceSizeNm},
    {"tilt_sense", request.tiltSign > 0.0 ? "clockwise" : "counter-clockwise"},
    {"scan",
     {{"origin_nm", {Round(NmPerAngstrom * p.scanOriginA.x()), Round(NmPerAngstrom * p.scanOriginA.y())}},
      {"step_nm", {Round(NmPerAngstrom * p.scanStepA.x()), Round(NmPerAngstrom * p.scanStepA.y())}},
      {"positions", {p.scanX, p.scanY}}}},
    {"conventions",
     {{"axes", "x to the right, y down, z along the beam, which enters at z = 0; first position at the first pixel"},
      {"intensity", "fraction of the incident intensity"},
      {"tilt", request.tiltSign > 0.0
                 ? "specimen turned clockwise about y as seen against the axis: columns lean to -x (-y) with depth"
                 : "specimen turned counter-clockwise: columns lean to +x (+y) with depth"}}},
    {"plan", DescribePlan(request, plan)},
    {"images", images}};
}

void
WriteSimulation(const SimulationRequest & request, const SimulationPlan & plan, const SimulationSums & sums,
                OutputFolder & folder)
{
  const auto & p = request.parameters;
  const auto signals = p.tilts.size() * p.thicknessesA.size() * (p.detectors.size() + 1);
  const auto mean = sums.GetMean();
  const auto error = sums.GetStandardError();
  std::vector<std::size_t> order;
  for (const auto & image : ListImages(request))
  {
    order.push_back(GetSignal(request, image));
    const auto title = request.structure.title + ", " + p.detectors[image.detector].name + ", " +
                       Write(request.thicknessesNm[image.thickness]) + " nm";
    WriteMicrograph(*MakeImage(request, mean, signals, order.back(), title), folder.Path(image.file));
  }
  WriteStack(request, mean, signals, order, "means over configurations", folder.Path("stack.nrrd"));
  if (!error.empty())
  {
    WriteStack(request, error, signals, order, "standard errors of the means", folder.Path("errors.nrrd"));
  }
  WriteJson(DescribeSimulation(request, plan, sums), folder.Path("simulation.json"));
}
} // namespace ferro
