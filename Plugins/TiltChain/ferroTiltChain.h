#ifndef ferroTiltChain_h
#define ferroTiltChain_h

#include "ferroCommand.h"
#include "ferroCommandContext.h"
#include "ferroTiltCorrectionFilter.h"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <vector>

namespace ferro
{
/** Adds tiltResponse, nonPolarResponse, thicknessNm, thicknessErrorNm, nonPolarRegion, oppositeDomains and
 * uniformTilt.
 * \param declaration of the command
 * \param required whether the command cannot do without */
void DeclareTiltCorrection(CommandDeclaration & declaration, bool required);

/** What the parameters ask for. */
struct TiltRequest
{
  TiltResponse film;
  std::optional<TiltResponse> nonPolar; ///< none: that of the film
  double thicknessNm = 0.0;
  double thicknessErrorNm = 0.0;                                ///< standard deviation
  std::optional<std::array<Eigen::Vector2d, 2>> nonPolarRegion; ///< corners, pixels
  bool uniform = false;
  bool oppositeDomains = false; ///< see TiltAssumptions
};

/** Reads tables and parameters; none when no table is named. Throws UsageError and InputError. */
std::optional<TiltRequest> GetTiltRequest(CommandContext & context);

/** Sets up the filter for these cells. Cells in the region count as not polar; the others belong to their domain,
 * or are not used where they have none.
 * \param request from GetTiltRequest
 * \param cells the measured cells
 * \param filter its input, groups and responses are set */
void ConfigureTiltCorrection(const TiltRequest & request, const UnitCellSet * cells, TiltCorrectionFilter & filter);

/** Warns where the tilt is not significant, lies beyond the table, or does not fit the data, and where clues disagree.
 */
void WarnOfTilt(CommandContext & context, const TiltRequest & request, const TiltEstimate & estimate);

/** For summary.json: the estimate, and mean polarizations before and after.
 * \param request from GetTiltRequest
 * \param estimate from the filter
 * \param before the measured cells
 * \param after the corrected cells
 * \param groups as set in the filter */
nlohmann::json DescribeTilt(const TiltRequest & request, const TiltEstimate & estimate, const UnitCellSet & before,
                            const UnitCellSet & after);

/** The same as tables of the report (see WriteHtmlReport). \param tilt from DescribeTilt */
nlohmann::json MakeTiltTables(const nlohmann::json & tilt);
} // namespace ferro

#endif
