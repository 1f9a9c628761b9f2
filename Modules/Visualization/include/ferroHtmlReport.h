#ifndef ferroHtmlReport_h
#define ferroHtmlReport_h

#include "FerroscopeVisualizationExport.h"
#include "ferroMapFigures.h"

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <vector>

namespace ferro
{
/** Writes one HTML file with the results in plain words, all figures inside it, and the tables of the run.
 *
 * The file needs nothing beside it: pictures are embedded, there are no scripts and no external resources.
 * A command that is not about one map brings its own words in summary["report"]: title and lead (a few sentences). Any
 * command may bring tables there, each with title, text, columns (names) and rows (lists of texts or numbers).
 *
 * \param file where to write
 * \param summary content of summary.json (see Documentation/FileFormats.md); keys that are missing are left out
 * \param figures what WriteMapFigures() returned; may be empty
 * \param figureFolder the folder that the names of the figures refer to
 * \throws OutputError when a figure cannot be read or the report cannot be written
 */
FerroscopeVisualization_EXPORT void WriteHtmlReport(const std::filesystem::path & file, const nlohmann::json & summary,
                                                    const std::vector<Figure> & figures,
                                                    const std::filesystem::path & figureFolder);
} // namespace ferro

#endif
