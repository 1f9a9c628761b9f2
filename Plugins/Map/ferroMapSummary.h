#ifndef ferroMapSummary_h
#define ferroMapSummary_h

#include "ferroCommandContext.h"
#include "ferroMapFigures.h"

#include <nlohmann/json_fwd.hpp>

namespace ferro
{
/** Warns of what a user should know before believing the map: flagged columns, no polarization, a lattice that does not
 * fit the named material. */
void WarnOfDoubts(CommandContext & context, const MapResult & result);

/** Everything in summary.json: the provenance of the context and the figures of the result. */
nlohmann::json Summarize(const CommandContext & context, const MapResult & result);

/** One line for the end of the run: counts and polarization. */
std::string DescribeResult(const nlohmann::json & summary);
} // namespace ferro

#endif
