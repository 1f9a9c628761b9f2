#ifndef ferroEvaluationOutput_h
#define ferroEvaluationOutput_h

#include "ferroEvaluation.h"
#include "ferroEvaluationFigures.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace ferro
{
/** "predicted_measured" and so on. */
std::string ToString(ComparisonKind kind);

/** Statistics as they stand in evaluation.json: comparison, region, quantity. */
nlohmann::json ToJson(const std::vector<ComparisonRow> & rows);

/** One line for each row. Throws OutputError. */
void WriteStatisticsTable(const std::vector<ComparisonRow> & rows, const std::filesystem::path & path);

/** One line for each cell that was matched. Throws OutputError. */
void WriteMatchedCells(const ComparedCells & cells, const std::filesystem::path & path);

/** The tables of the report: one for each comparison. */
nlohmann::json MakeReportTables(const std::vector<ComparisonRow> & rows);

/** Data of the figures. \param cells,rows the results \param againstTruth predicted against truth, not measured */
EvaluationData MakeFigureData(const ComparedCells & cells, const std::vector<ComparisonRow> & rows, bool againstTruth);

/** "4.52 pm (4.31 to 4.75)". */
std::string Describe(const Estimate & estimate, const std::string & unit);
} // namespace ferro

#endif
