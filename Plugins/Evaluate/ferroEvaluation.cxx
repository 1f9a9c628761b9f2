#include "ferroEvaluation.h"

#include "ferroErrors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace ferro
{
namespace
{
constexpr double NotKnown = std::numeric_limits<double>::quiet_NaN();

std::vector<double>
Take(const std::vector<double> & values, const std::vector<std::size_t> & rows)
{
  std::vector<double> taken;
  taken.reserve(rows.size());
  for (const std::size_t row : rows)
  {
    taken.push_back(row < values.size() ? values[row] : NotKnown);
  }
  return taken;
}

std::string
UnitInPixels(const QuantitySpec & spec)
{
  return spec.name == "area" ? "px2" : "px";
}

/** Both lists of one comparison, and the standard errors of each. */
struct Lists
{
  const std::vector<double> * reference;
  const std::vector<double> * referenceSigma;
  const std::vector<double> * value;
  const std::vector<double> * valueSigma;
};

Lists
GetLists(const ComparedCells::Quantity & quantity, ComparisonKind kind)
{
  switch (kind)
  {
    case ComparisonKind::PredictedTruth:
      return {&quantity.truth, nullptr, &quantity.predicted, &quantity.predictedSigma};
    case ComparisonKind::MeasuredTruth:
      return {&quantity.truth, nullptr, &quantity.measured, &quantity.measuredSigma};
    default:
      return {&quantity.measured, &quantity.measuredSigma, &quantity.predicted, &quantity.predictedSigma};
  }
}

bool
IsIn(const ComparedCells & cells, std::size_t cell, const std::string & region)
{
  if (region == "flagged")
  {
    return cells.flagged[cell] != 0;
  }
  if (cells.flagged[cell])
  {
    return false;
  }
  const int index = cells.regions[cell];
  return region == "all" || (index >= 0 && cells.regionNames[static_cast<std::size_t>(index)] == region);
}

void
AddPairs(CellComparison & comparison, const ComparedCells & cells, const ComparedCells::Quantity & quantity,
         ComparisonKind kind, const std::string & region)
{
  const Lists lists = GetLists(quantity, kind);
  for (std::size_t k = 0; k < lists.reference->size(); ++k)
  {
    if (IsIn(cells, k, region))
    {
      comparison.Add((*lists.reference)[k], (*lists.value)[k], cells.blocks[k],
                     lists.referenceSigma ? (*lists.referenceSigma)[k] : NotKnown, (*lists.valueSigma)[k]);
    }
  }
}
} // namespace

ComparedCells
CompareCells(const QuantityTable & measured, const QuantityTable & predicted, const QuantityTable * truth,
             const std::vector<QuantitySpec> & specs, const MatchingOptions & options)
{
  ComparedCells cells;
  const double spacing = GetMedianSpacing(measured.places);
  cells.maximumDistancePx = options.maximumDistancePx > 0.0 ? options.maximumDistancePx
                            : spacing > 0.0                 ? 0.4 * spacing
                                                            : 1.0;
  cells.blockPx = options.blockPx > 0.0 ? options.blockPx : std::max(5.0 * spacing, 1.0);
  std::vector<double> distances;
  for (const auto & [row, other] : MatchPlaces(measured.places, predicted.places, cells.maximumDistancePx))
  {
    cells.places.push_back(measured.places[row]);
    cells.measuredRow.push_back(row);
    cells.predictedRow.push_back(other);
    cells.flagged.push_back(!options.includeFlagged && (measured.flagged[row] || predicted.flagged[other]));
    distances.push_back((measured.places[row] - predicted.places[other]).norm());
  }
  if (cells.places.empty())
  {
    throw AnalysisError(measured.file.string() + " and " + predicted.file.string() + ": none of " +
                        std::to_string(measured.places.size()) + " measured and " +
                        std::to_string(predicted.places.size()) + " predicted cells lie at the same place (within " +
                        std::to_string(cells.maximumDistancePx).substr(0, 5) +
                        " px): expected tables of the same image");
  }
  std::nth_element(distances.begin(), distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2),
                   distances.end());
  cells.medianDistancePx = distances[distances.size() / 2];
  cells.regions.assign(cells.places.size(), 0);
  cells.regionNames = {"all cells"};
  cells.blocks = AssignBlocks(cells.places, cells.blockPx);
  cells.cellEdges = EstimateCellEdges(measured.places);

  std::vector<std::size_t> truthRow(cells.places.size(), std::numeric_limits<std::size_t>::max());
  if (truth)
  {
    for (const auto & [row, other] : MatchPlaces(cells.places, truth->places, cells.maximumDistancePx))
    {
      truthRow[row] = other;
    }
  }
  std::string lacking;
  for (std::size_t k = 0; k < specs.size(); ++k)
  {
    const auto & first = measured.quantities[k];
    const auto & second = predicted.quantities[k];
    if (!first.found || !second.found)
    {
      lacking += (lacking.empty() ? "" : ", ") + specs[k].name;
      continue;
    }
    if (first.inPixels != second.inPixels)
    {
      throw InputError((first.inPixels ? measured : predicted).file.string() + ": " + specs[k].name +
                       " is in pixels, that of the other table is not: give --pixel-size-nm");
    }
    ComparedCells::Quantity quantity;
    quantity.spec = specs[k];
    quantity.unit = first.inPixels ? UnitInPixels(specs[k]) : specs[k].unit;
    quantity.measured = Take(first.values, cells.measuredRow);
    quantity.measuredSigma = Take(first.sigmas, cells.measuredRow);
    quantity.predicted = Take(second.values, cells.predictedRow);
    quantity.predictedSigma = Take(second.sigmas, cells.predictedRow);
    if (truth && truth->quantities[k].found)
    {
      if (truth->quantities[k].inPixels != first.inPixels)
      {
        throw InputError(truth->file.string() + ": " + specs[k].name +
                         " is not in the unit of the other tables: give --pixel-size-nm");
      }
      quantity.truth = Take(truth->quantities[k].values, truthRow);
    }
    std::vector<double> differences;
    for (std::size_t n = 0; n < quantity.measured.size(); ++n)
    {
      differences.push_back(cells.flagged[n] ? NotKnown : quantity.predicted[n] - quantity.measured[n]);
    }
    quantity.outliers = FindOutliers(differences, options.outlierSigma);
    cells.quantities.push_back(std::move(quantity));
  }
  if (cells.quantities.empty() || (options.allQuantities && !lacking.empty()))
  {
    throw InputError(measured.file.string() + " and " + predicted.file.string() +
                     ": not in both tables, with a number at least once: " + lacking);
  }
  return cells;
}

void
AssignRegions(ComparedCells & cells, const Eigen::Vector2d & low, const Eigen::Vector2d & high, double margin)
{
  cells.regionNames = {"training", "test"};
  for (std::size_t k = 0; k < cells.places.size(); ++k)
  {
    const Eigen::Vector2d & p = cells.places[k];
    // Distance to the border: positive inside.
    const double inside = std::min((p - low).minCoeff(), (high - p).minCoeff());
    const Eigen::Vector2d beyond = (low - p).cwiseMax(p - high).cwiseMax(0.0);
    const double distance = inside >= 0.0 ? inside : -beyond.norm();
    cells.regions[k] = std::abs(distance) < margin ? -1 : distance >= 0.0 ? 0 : 1;
  }
}

std::vector<ComparisonRow>
ComputeStatistics(const ComparedCells & cells, int resamples, unsigned long seed)
{
  std::vector<std::string> regions{"all"};
  if (cells.regionNames.size() == 2)
  {
    regions.insert(regions.end(), cells.regionNames.begin(), cells.regionNames.end());
  }
  regions.emplace_back("flagged");
  std::vector<ComparisonRow> rows;
  for (const auto kind :
       {ComparisonKind::PredictedMeasured, ComparisonKind::PredictedTruth, ComparisonKind::MeasuredTruth})
  {
    for (const auto & region : regions)
    {
      const auto add = [&](const std::string & name, const std::vector<const ComparedCells::Quantity *> & parts)
      {
        CellComparison comparison(static_cast<std::size_t>(resamples), seed);
        for (const auto * part : parts)
        {
          AddPairs(comparison, cells, *part, kind, region);
        }
        const ComparisonStatistics statistics = comparison.Compute();
        if (statistics.count > 0)
        {
          rows.push_back({kind, region, name, parts.front()->unit, statistics});
        }
      };
      const ComparedCells::Quantity * components[2] = {nullptr, nullptr};
      for (const auto & quantity : cells.quantities)
      {
        components[0] = quantity.spec.name == "px" ? &quantity : components[0];
        components[1] = quantity.spec.name == "py" ? &quantity : components[1];
      }
      if (components[0] && components[1])
      {
        add("P", {components[0], components[1]});
      }
      for (const auto & quantity : cells.quantities)
      {
        add(quantity.spec.name, {&quantity});
      }
    }
  }
  return rows;
}
} // namespace ferro
