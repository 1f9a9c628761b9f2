#ifndef ferroPredictionFigures_h
#define ferroPredictionFigures_h

#include "ferroCommandContext.h"
#include "ferroHtmlReport.h"
#include "ferroPrediction.h"

#include <filesystem>
#include <vector>

namespace ferro
{
/** What the figures of a prediction show. */
struct PredictionFigures
{
  MicrographType::Pointer image;
  UnitCellSet::Pointer cells;
  const Prediction * prediction = nullptr;          ///< about one place for each cell
  const Prediction * novelty = nullptr;             ///< places whose novelty is drawn; null: none
  const std::vector<NoveltySite> * sites = nullptr; ///< marked in it
  const Agreement * agreement = nullptr;            ///< with a map; null: none
  double wheelRadiusPm = 0.0;                       ///< 0: from the data
};

/** Draws them into a folder; warns where that is not possible. */
std::vector<Figure> DrawPrediction(const PredictionFigures & what, const std::filesystem::path & folder,
                                   CommandContext & context);
} // namespace ferro

#endif
