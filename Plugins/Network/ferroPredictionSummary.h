#ifndef ferroPredictionSummary_h
#define ferroPredictionSummary_h

#include "ferroNetworkModel.h"
#include "ferroPrediction.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace ferro
{
/** What summary.json and the last message of 'predict' speak of. */
struct PredictionSummary
{
  std::string imageFile;
  std::string modelFile;
  const ModelDescription * description = nullptr;
  ModelFrame frame;
  double ratio = 0.0;     ///< brightness of the dimmer columns to that of the brighter ones
  bool flattened = false; ///< whether the background was subtracted
  bool atCells = false;   ///< at given cells instead of everywhere
  UnitCellSet::Pointer cells;
  const Prediction * prediction = nullptr; ///< about one place for each cell
  const std::vector<NoveltySite> * sites = nullptr;
  const Agreement * agreement = nullptr; ///< with a map; null: none
};

/** Share of the places whose novelty is above 1; NaN where none is known. */
double NovelShare(const Prediction & prediction);
/** \param provenance what it begins with */
nlohmann::json Summarize(const PredictionSummary & what, const nlohmann::json & provenance);
/** One sentence without its full stop. */
std::string Describe(const PredictionSummary & what);
} // namespace ferro

#endif
