#include "ferroPredictionSummary.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <sstream>

namespace ferro
{
namespace
{
nlohmann::json
Number(double value)
{
  return std::isfinite(value) ? nlohmann::json(std::round(value * 1e6) / 1e6) : nlohmann::json();
}

nlohmann::json
Pair(const Eigen::Vector2d & value)
{
  return nlohmann::json::array({Number(value.x()), Number(value.y())});
}

double
Median(std::vector<double> values)
{
  if (values.empty())
  {
    return std::nan("");
  }
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

std::vector<double>
Novelties(const Prediction & prediction)
{
  std::vector<double> values;
  for (std::size_t k = 0; k < prediction.places.size(); ++k)
  {
    if (std::isfinite(prediction.Novelty(k)))
    {
      values.push_back(prediction.Novelty(k));
    }
  }
  return values;
}
} // namespace

double
NovelShare(const Prediction & prediction)
{
  const auto values = Novelties(prediction);
  return values.empty()
           ? std::nan("")
           : static_cast<double>(std::count_if(values.begin(), values.end(), [](double v) { return v > 1.0; })) /
               static_cast<double>(values.size());
}

nlohmann::json
Summarize(const PredictionSummary & what, const nlohmann::json & provenance)
{
  nlohmann::json summary = provenance;
  const auto & description = *what.description;
  const ImageGeometry & geometry = what.prediction->geometry;
  const std::string unit = geometry.calibrated ? "_pm" : "_px";
  summary["image"] = {{"file", what.imageFile},
                      {"width_px", geometry.width},
                      {"height_px", geometry.height},
                      {"calibrated", geometry.calibrated},
                      {"pixel_size_nm", geometry.calibrated ? Pair(geometry.pixelSizeNm) : nlohmann::json()}};
  summary["network"] = {{"file", what.modelFile}, {"description", description.ToJson()}};
  const auto & frame = what.frame;
  summary["network"]["image_pixels_per_pixel"] = Number(frame.GetMagnification());
  summary["network"]["turn_deg"] =
    Number(std::atan2(-frame.toImage(1, 0), frame.toImage(0, 0)) * 180.0 / 3.14159265358979323846);
  if (description.scale == ModelScale::Lattice)
  {
    summary["network"]["brightness_b_to_a"] = Number(what.ratio);
    summary["network"]["background_subtracted"] = what.flattened;
  }
  summary["cells"] = {{"total", what.cells->Size()}};
  const auto novelties = Novelties(*what.prediction);
  summary["novelty"] = {{"median", Number(Median(novelties))}, {"share_above_1", Number(NovelShare(*what.prediction))}};
  for (const auto & site : *what.sites)
  {
    summary["novelty"]["sites"].push_back({{"x_px", Number(site.place.x())},
                                           {"y_px", Number(site.place.y())},
                                           {"score", Number(site.score)},
                                           {"reason", site.reason}});
  }
  if (what.agreement != nullptr)
  {
    summary["agreement"] = {{"cells", what.agreement->cells},
                            {"correlation", Pair(what.agreement->correlation)},
                            {"slope", Number(what.agreement->slope)},
                            {"rms" + unit, Number(what.agreement->rms)},
                            {"bias" + unit, Pair(what.agreement->bias)}};
  }
  summary["report"] = {{"title", "Prediction of " + std::filesystem::path(what.imageFile).filename().string()},
                       {"lead", Describe(what) + "."}};
  return summary;
}

std::string
Describe(const PredictionSummary & what)
{
  const Prediction & prediction = *what.prediction;
  const ImageGeometry & geometry = prediction.geometry;
  std::ostringstream text;
  text.precision(3);
  text << what.cells->Size() << (what.atCells ? " cells" : " places");
  const std::string unit = geometry.calibrated ? "pm" : "px";
  if (prediction.Find(TargetKind::VectorX) >= 0)
  {
    std::vector<double> lengths;
    for (const auto & cell : what.cells->GetCells())
    {
      lengths.push_back(cell.polarization.cwiseProduct(geometry.VectorScale()).norm());
    }
    std::vector<double> sigmas;
    for (std::size_t k = 0; k < prediction.places.size(); ++k)
    {
      sigmas.push_back(prediction.Get(k, prediction.targets.size()));
    }
    const double sigma = Median(std::move(sigmas));
    text << ", |P| " << Median(lengths) << ' ' << unit << " (median)";
    if (sigma > 0.0)
    {
      text << ", error " << sigma << ' ' << unit << " per axis";
    }
  }
  const auto novelties = Novelties(prediction);
  if (!novelties.empty())
  {
    text << ", novelty " << Median(novelties) << " (median; above 1 at " << 100.0 * NovelShare(prediction) << " %)";
  }
  if (what.agreement != nullptr)
  {
    text << "; against the map at " << what.agreement->cells << " cells: correlation "
         << what.agreement->correlation.x() << " and " << what.agreement->correlation.y() << ", slope "
         << what.agreement->slope << ", RMS difference " << what.agreement->rms << ' ' << unit;
  }
  return text.str();
}
} // namespace ferro
