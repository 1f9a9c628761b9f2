#include "ferroEvaluationOutput.h"

#include "ferroErrors.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>

namespace ferro
{
namespace
{
using Member = Estimate ComparisonStatistics::*;

/** Estimates with the names of their columns. */
constexpr std::pair<const char *, Member> Estimates[] = {
  {"rmse", &ComparisonStatistics::rmse},
  {"mae", &ComparisonStatistics::mae},
  {"bias", &ComparisonStatistics::bias},
  {"slope", &ComparisonStatistics::slope},
  {"intercept", &ComparisonStatistics::intercept},
  {"correlation", &ComparisonStatistics::correlation},
  {"r2", &ComparisonStatistics::r2},
  {"slope_without_label_noise", &ComparisonStatistics::trueSlope},
  {"z_mean", &ComparisonStatistics::zMean},
  {"z_sd", &ComparisonStatistics::zDeviation},
};

constexpr std::pair<const char *, double ComparisonStatistics::*> Numbers[] = {
  {"reference_mean", &ComparisonStatistics::measuredMean}, {"reference_sd", &ComparisonStatistics::measuredDeviation},
  {"value_mean", &ComparisonStatistics::predictedMean},    {"value_sd", &ComparisonStatistics::predictedDeviation},
  {"z_within_1", &ComparisonStatistics::zWithin1},         {"z_within_2", &ComparisonStatistics::zWithin2},
};

std::string
Field(double value)
{
  if (!std::isfinite(value))
  {
    return {};
  }
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::general, 7);
  return {buffer, end.ptr};
}

nlohmann::json
Number(double value)
{
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
}

/** As many decimals as a number of that size needs for so many digits, at most six; a true minus sign. */
std::string
Short(double value, double scale, int digits = 3)
{
  if (!std::isfinite(value))
  {
    return "–";
  }
  const double size = std::max(std::abs(scale), 1e-6);
  const int decimals = std::clamp(digits - 1 - static_cast<int>(std::floor(std::log10(size))), 0, 6);
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::abs(value), std::chars_format::fixed, decimals);
  const std::string text(buffer, end.ec == std::errc() ? end.ptr : buffer);
  const bool zero = text.find_first_of("123456789") == std::string::npos;
  return (value < 0 && !zero ? "−" : "") + text;
}

std::string
DisplayUnit(const std::string & unit)
{
  return unit == "deg" ? "°" : unit == "nm2" ? "nm²" : unit == "px2" ? "px²" : unit;
}

class TextFile
{
public:
  explicit TextFile(const std::filesystem::path & path) : m_Path(path), m_Stream(path, std::ios::binary)
  {
  }
  std::ofstream &
  Stream()
  {
    return m_Stream;
  }
  void
  Close()
  {
    m_Stream.close();
    if (!m_Stream)
    {
      throw OutputError(m_Path.string() + ": cannot be written");
    }
  }

private:
  std::filesystem::path m_Path;
  std::ofstream m_Stream;
};

const ComparisonRow *
Find(const std::vector<ComparisonRow> & rows, ComparisonKind kind, const std::string & region, const std::string & name)
{
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [&](const ComparisonRow & row)
                                  { return row.kind == kind && row.region == region && row.quantity == name; });
  return found == rows.end() ? nullptr : &*found;
}

void
AddNotes(std::vector<std::string> & notes, const ComparisonRow * row, const std::string & title)
{
  if (!row)
  {
    return;
  }
  const auto & s = row->statistics;
  const std::string unit = DisplayUnit(row->unit);
  notes.push_back(title + ": RMSE " + Describe(s.rmse, unit));
  notes.push_back("   bias " + Describe(s.bias, unit));
  notes.push_back("   slope " + Describe(s.slope, "") + ", R² " + Short(s.r2.value, 1.0));
}
} // namespace

std::string
ToString(ComparisonKind kind)
{
  return kind == ComparisonKind::PredictedMeasured ? "predicted_measured"
         : kind == ComparisonKind::PredictedTruth  ? "predicted_truth"
                                                   : "measured_truth";
}

std::string
Describe(const Estimate & estimate, const std::string & unit)
{
  // Two digits of the interval's width.
  const bool known = std::isfinite(estimate.low) && estimate.high > estimate.low;
  const double scale = known ? estimate.high - estimate.low : estimate.value;
  const int digits = known ? 2 : 3;
  std::string text = Short(estimate.value, scale, digits) + (unit.empty() || unit == "°" ? unit : " " + unit);
  if (known)
  {
    text += " (" + Short(estimate.low, scale, digits) + " to " + Short(estimate.high, scale, digits) + ")";
  }
  return text;
}

nlohmann::json
ToJson(const std::vector<ComparisonRow> & rows)
{
  nlohmann::json json = nlohmann::json::object();
  for (const ComparisonRow & row : rows)
  {
    const auto & s = row.statistics;
    nlohmann::json entry = {{"unit", row.unit}, {"count", s.count}, {"blocks", s.blocks}, {"z_count", s.zCount}};
    for (const auto & [name, member] : Estimates)
    {
      const Estimate & estimate = s.*member;
      entry[name] = Number(estimate.value);
      entry[std::string(name) + "_ci95"] =
        std::isfinite(estimate.low) ? nlohmann::json::array({estimate.low, estimate.high}) : nlohmann::json();
    }
    for (const auto & [name, member] : Numbers)
    {
      entry[name] = Number(s.*member);
    }
    json[ToString(row.kind)][row.region][row.quantity] = entry;
  }
  return json;
}

void
WriteStatisticsTable(const std::vector<ComparisonRow> & rows, const std::filesystem::path & path)
{
  TextFile file(path);
  auto & out = file.Stream();
  out << "comparison,region,quantity,unit,count,blocks";
  for (const auto & entry : Estimates)
  {
    out << ',' << entry.first << ',' << entry.first << "_low," << entry.first << "_high";
  }
  for (const auto & entry : Numbers)
  {
    out << ',' << entry.first;
  }
  out << ",z_count\n";
  for (const ComparisonRow & row : rows)
  {
    const auto & s = row.statistics;
    out << ToString(row.kind) << ',' << row.region << ',' << row.quantity << ',' << row.unit << ',' << s.count << ','
        << s.blocks;
    for (const auto & entry : Estimates)
    {
      const Estimate & estimate = s.*(entry.second);
      out << ',' << Field(estimate.value) << ',' << Field(estimate.low) << ',' << Field(estimate.high);
    }
    for (const auto & entry : Numbers)
    {
      out << ',' << Field(s.*(entry.second));
    }
    out << ',' << s.zCount << '\n';
  }
  file.Close();
}

void
WriteMatchedCells(const ComparedCells & cells, const std::filesystem::path & path)
{
  TextFile file(path);
  auto & out = file.Stream();
  out << "measured_row,predicted_row,x_px,y_px,region,flagged";
  for (const auto & q : cells.quantities)
  {
    const std::string unit = q.unit.empty() ? "" : "_" + q.unit;
    for (const char * kind : {"measured", "predicted", "difference"})
    {
      out << ',' << q.spec.name << '_' << kind << unit;
    }
    out << (q.truth.empty() ? "" : "," + q.spec.name + "_truth" + unit) << ',' << q.spec.name << "_outlier";
  }
  out << '\n';
  for (std::size_t k = 0; k < cells.places.size(); ++k)
  {
    out << cells.measuredRow[k] << ',' << cells.predictedRow[k] << ',' << Field(cells.places[k].x()) << ','
        << Field(cells.places[k].y()) << ','
        << (cells.regions[k] < 0 ? std::string("margin")
                                 : cells.regionNames[static_cast<std::size_t>(cells.regions[k])])
        << ',' << (cells.flagged[k] ? 1 : 0);
    for (const auto & q : cells.quantities)
    {
      out << ',' << Field(q.measured[k]) << ',' << Field(q.predicted[k]) << ','
          << Field(q.predicted[k] - q.measured[k]);
      if (!q.truth.empty())
      {
        out << ',' << Field(q.truth[k]);
      }
      out << ',' << (q.outliers[k] ? 1 : 0);
    }
    out << '\n';
  }
  file.Close();
}

nlohmann::json
MakeReportTables(const std::vector<ComparisonRow> & rows)
{
  nlohmann::json tables = nlohmann::json::array();
  for (const auto & [kind, title] : {std::make_pair(ComparisonKind::PredictedMeasured, "Predicted against measured"),
                                     std::make_pair(ComparisonKind::PredictedTruth, "Predicted against the truth"),
                                     std::make_pair(ComparisonKind::MeasuredTruth, "Measured against the truth")})
  {
    nlohmann::json lines = nlohmann::json::array();
    for (const ComparisonRow & row : rows)
    {
      if (row.kind == kind)
      {
        const auto & s = row.statistics;
        const std::string unit = DisplayUnit(row.unit);
        const bool pooled = row.quantity == "P";
        lines.push_back({row.region, pooled ? "P, per component" : row.quantity, std::to_string(s.count),
                         Describe(s.rmse, unit), Short(s.mae.value, s.mae.value) + " " + unit, Describe(s.bias, unit),
                         Describe(s.slope, ""), Short(s.r2.value, 1.0),
                         s.zCount > 1 ? Describe(s.zDeviation, "") : std::string("–")});
      }
    }
    if (!lines.empty())
    {
      tables.push_back({{"title", title},
                        {"text", "In brackets: 95 % confidence intervals of a bootstrap over squares of the image."},
                        {"columns", {"region", "quantity", "values", "RMSE", "MAE", "bias", "slope", "R²", "SD of z"}},
                        {"rows", lines}});
    }
  }
  return tables;
}

EvaluationData
MakeFigureData(const ComparedCells & cells, const std::vector<ComparisonRow> & rows, bool againstTruth)
{
  EvaluationData data;
  data.places = cells.places;
  data.cellEdges = cells.cellEdges;
  data.regions = cells.regions;
  data.regionNames = cells.regionNames;
  for (const char flag : cells.flagged)
  {
    data.counted.push_back(!flag);
  }
  data.referenceName = againstTruth ? "true" : "measured";
  const auto kind = againstTruth ? ComparisonKind::PredictedTruth : ComparisonKind::PredictedMeasured;
  for (const auto & q : cells.quantities)
  {
    if (againstTruth && q.truth.empty())
    {
      continue;
    }
    EvaluatedQuantity shown;
    shown.name = q.spec.name;
    shown.symbol = q.spec.symbol;
    shown.unit = DisplayUnit(q.unit);
    shown.measured = againstTruth ? q.truth : q.measured;
    shown.predicted = q.predicted;
    shown.outliers = q.outliers;
    for (std::size_t k = 0; k < shown.measured.size(); ++k)
    {
      const double own = againstTruth || !std::isfinite(q.measuredSigma[k]) ? 0.0 : q.measuredSigma[k];
      shown.z.push_back((shown.predicted[k] - shown.measured[k]) / std::hypot(own, q.predictedSigma[k]));
    }
    std::vector<std::string> notes;
    if (cells.regionNames.size() == 2)
    {
      AddNotes(notes, Find(rows, kind, "test", q.spec.name), "test");
      AddNotes(notes, Find(rows, kind, "training", q.spec.name), "training");
    }
    else
    {
      AddNotes(notes, Find(rows, kind, "all", q.spec.name), "all cells");
    }
    data.notes.push_back(std::move(notes));
    data.quantities.push_back(std::move(shown));
  }
  return data;
}
} // namespace ferro
