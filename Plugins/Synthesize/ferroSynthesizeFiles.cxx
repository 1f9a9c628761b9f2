#include "ferroSynthesizeFiles.h"

#include "ferroCramerRaoBound.h"
#include "ferroErrors.h"

#include <nlohmann/json.hpp>

#include <charconv>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>

namespace ferro
{
namespace
{
void
WriteWhole(const std::string & bytes, const std::filesystem::path & path)
{
  errno = 0;
  std::ofstream stream(path, std::ios::binary);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (!stream)
  {
    throw OutputError(path.string() + ": cannot be written: " + (errno ? std::strerror(errno) : "unknown reason"));
  }
}

// Empty for what is not known.
std::string
Fixed(double value, int digits)
{
  if (std::isnan(value))
  {
    return {};
  }
  char buffer[64];
  const double tiny = 0.5 * std::pow(10.0, -digits);
  const auto result = std::to_chars(buffer, buffer + sizeof(buffer), std::abs(value) < tiny ? 0.0 : value,
                                    std::chars_format::fixed, digits);
  return std::string(buffer, result.ptr);
}

bool
IsInImage(const SyntheticColumn & column, const SyntheticMicrographParameters & p)
{
  return column.position.x() > -0.5 && column.position.y() > -0.5 &&
         column.position.x() < static_cast<double>(p.width) - 0.5 &&
         column.position.y() < static_cast<double>(p.height) - 0.5;
}
} // namespace

void
WriteTruthTable(const SyntheticTruth::Values & truth, const std::filesystem::path & path)
{
  std::string text = "id,sublattice,x_px,y_px,ux_px,uy_px,amp_rel,sigma_px,region,i,j\n";
  std::size_t id = 0;
  for (const auto & column : truth.columns)
  {
    if (IsInImage(column, truth.parameters))
    {
      text += std::to_string(id++) + "," + static_cast<char>(column.sublattice) + "," + Fixed(column.position.x(), 6) +
              "," + Fixed(column.position.y(), 6) + "," + Fixed(column.displacement.x(), 6) + "," +
              Fixed(column.displacement.y(), 6) + "," + Fixed(column.amplitude, 6) + "," + Fixed(column.sigma, 5) +
              "," + ToString(column.region) + "," + std::to_string(column.i) + "," + std::to_string(column.j) + "\n";
    }
  }
  WriteWhole(text, path);
}

nlohmann::json
DescribeSynthetic(const SyntheticTruth::Values & truth)
{
  const auto & p = truth.parameters;
  const double pixelA = 10.0 * p.pixelSizeNm;
  const auto vector = [](const Eigen::Vector2d & v) { return nlohmann::json::array({v.x(), v.y()}); };
  nlohmann::json json = {
    {"width_px", p.width},
    {"height_px", p.height},
    {"px_A", pixelA},
    {"dose_A_peak_counts", p.doseCounts},
    {"poisson", p.doseCounts > 0.0},
    {"rot_deg", -p.rotationDeg},
    {"rotation_deg_counter_clockwise_on_screen", p.rotationDeg},
    {"seed", p.seed},
    {"domains", ToString(p.domains)},
    {"P_pm_per_component", p.displacementPm},
    {"wall_halfwidth_px", 0.5 * p.wallWidthNm / p.pixelSizeNm},
    {"foil_thickness_A", 10.0 * p.foilThicknessNm},
    {"a_A", 10.0 * p.latticeNm},
    {"sigA_A", 10.0 * p.sigmaANm},
    {"sigB_A", 10.0 * p.sigmaBNm},
    {"source_size_A", 10.0 * p.sourceSizeNm},
    {"ratioB", p.ratioB},
    {"substrate_fraction", p.substrateFraction},
    {"c_substrate_A", 10.0 * p.substrateLatticeNm},
    {"ratioA_sub", p.substrateHeightA},
    {"ratioB_sub", p.substrateHeightB},
    {"second_phase_fraction", p.secondPhaseFraction},
    {"second_phase_ratioB", p.secondPhaseRatioB},
    {"second_phase_a_A", 10.0 * (p.secondPhaseLatticeNm > 0.0 ? p.secondPhaseLatticeNm : p.latticeNm)},
    {"bg_frac_of_A_peak", p.backgroundFraction},
    {"bg_slow_frac", p.backgroundVariation},
    {"jitter_px", p.jitterPx},
    {"drift_px", {p.driftXPx, p.driftYPx}},
    {"shift_px", {p.shiftXPx, p.shiftYPx}},
    {"origin_A", vector(pixelA * truth.origin)},
    {"e1", vector(truth.e1)},
    {"e2", vector(truth.e2)},
    {"convention",
     "x=column, y=row, pixel centres at whole numbers, y down; u = B - mean(4 A neighbours), px; positions "
     "include drift, not jitter; rot_deg is from x towards y"},
    {"source", "synthetic, ferroscope synthesize"}};
  if (p.scatterPm > 0.0)
  {
    json["scatter_pm"] = p.scatterPm;
  }
  if (!p.AreColumnsRound())
  {
    json["ellipticity"] = p.ellipticity;
    json["ellipticity_angle_deg"] = p.ellipticityAngleDeg;
    json["skew_fraction"] = p.skewFraction;
    json["skew_shift_A"] = 10.0 * p.skewShiftNm;
    json["skew_angle_deg"] = p.skewAngleDeg;
  }
  if (p.width == p.height)
  {
    json["n"] = p.width;
  }
  if (p.substrateFraction > 0.0)
  {
    json["j_last_film_A_row"] = truth.lastFilmRow;
  }
  long count = 0;
  for (const auto & column : truth.columns)
  {
    count += IsInImage(column, p);
  }
  json["n_columns"] = count;
  json["vacancies"] = nlohmann::json::array();
  for (const auto & vacancy : truth.vacancies)
  {
    json["vacancies"].push_back({{"sublattice", std::string(1, static_cast<char>(vacancy.sublattice))},
                                 {"x_px", vacancy.position.x()},
                                 {"y_px", vacancy.position.y()},
                                 {"i", vacancy.i},
                                 {"j", vacancy.j}});
  }
  if (const auto bound = ComputeCramerRaoBound(truth))
  {
    auto & entry = json["crlb_pm"] = nlohmann::json::object();
    for (const auto & [name, value] : {std::pair<const char *, double>{"A_film", bound->filmA},
                                       {"A_substrate", bound->substrateA},
                                       {"B_film", bound->filmB},
                                       {"B_substrate", bound->substrateB},
                                       {"u_film", bound->filmDisplacement}})
    {
      if (std::isfinite(value)) // a kind that is not in the image has none
      {
        entry[name] = value;
      }
    }
  }
  return json;
}

void
WriteNumpyArray(const MicrographType & image, const std::filesystem::path & path)
{
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the header below says little-endian");
  const auto size = image.GetBufferedRegion().GetSize();
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(size[1]) + ", " +
                       std::to_string(size[0]) + "), }";
  header.resize((10 + header.size() + 1 + 63) / 64 * 64 - 10 - 1, ' ');
  header += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  bytes.append(reinterpret_cast<const char *>(image.GetBufferPointer()), size[0] * size[1] * sizeof(float));
  WriteWhole(bytes, path);
}
} // namespace ferro
