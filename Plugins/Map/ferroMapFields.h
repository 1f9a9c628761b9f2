#ifndef ferroMapFields_h
#define ferroMapFields_h

#include "ferroCommand.h"
#include "ferroCommandContext.h"
#include "ferroDefects.h"
#include "ferroMapFigures.h"
#include "ferroOutputFolder.h"

#include <nlohmann/json_fwd.hpp>

namespace ferro
{
/** Declares the parameters of domains, topology and averages. */
void DeclareFields(CommandDeclaration & declaration);

/** Finds domains, walls, derivatives and vortices, and averages where asked to; sets cells (with their domains),
 * domains, topology and averaged of the result. */
void AnalyzeFields(const CommandContext & context, MapResult & result);

/** Writes domains.csv, walls.csv, walls.vtp, topology.csv, vortices.csv and cells_averaged.csv. */
void WriteFieldTables(const MapResult & result, OutputFolder & folder);

/** The sections "domains", "topology" and "averages" of summary.json. */
void DescribeFields(const CommandContext & context, const MapResult & result, nlohmann::json & summary);

/** The section "defects" of summary.json: what was tested, found, and expected by chance. */
nlohmann::json DescribeDefects(const DefectStatistics & defects);

/** Tables of domains, walls, vortices and defects for the report. */
nlohmann::json MakeFieldTables(const MapResult & result, const DefectStatistics & defects);
} // namespace ferro

#endif
