#include "ferroCsvReader.h"
#include "ferroErrors.h"
#include "ferroRegressionDataSet.h"
#include "ferroResultTables.h"

#include <cmath>

namespace ferro
{
namespace
{
/** Column of a target and the factor from its unit to pixels. */
struct TargetColumn
{
  int column = -1;
  double factor = 1.0;
};

TargetColumn
FindColumn(const CsvReader & table, const RegressionTarget & target, const ImageGeometry & geometry)
{
  // Edges and area are means over both directions where pixels are not square; vectors are per axis.
  const double size = target.kind == TargetKind::VectorX   ? geometry.pixelSizeNm.x()
                      : target.kind == TargetKind::VectorY ? geometry.pixelSizeNm.y()
                                                           : std::sqrt(geometry.pixelSizeNm.prod());
  if (geometry.calibrated)
  {
    const int column = table.Find(target.GetColumn(true));
    if (column >= 0)
    {
      return {column, 1.0 / target.GetColumnFactor(size, true)};
    }
  }
  int column = table.Find(target.GetColumn(false));
  if (column < 0 && target.kind == TargetKind::VectorX)
  {
    column = table.Find("ux_px");
  }
  if (column < 0 && target.kind == TargetKind::VectorY)
  {
    column = table.Find("uy_px");
  }
  return {column < 0 ? table.Require(target.GetColumn(geometry.calibrated)) : column, 1.0};
}
/** The published HDF5 tables. */
LabelTable
ReadPublished(const std::filesystem::path & file, const ImageGeometry & geometry,
              const std::vector<RegressionTarget> & targets)
{
  const UnitCellSet::Pointer cells = ReadCellTable(file, geometry);
  const double size = std::sqrt(geometry.pixelSizeNm.prod());
  LabelTable labels;
  for (const auto & cell : cells->GetCells())
  {
    std::vector<float> row;
    for (const auto & target : targets)
    {
      const auto value = [&]() -> double
      {
        switch (target.kind)
        {
          case TargetKind::VectorX:
            return cell.polarization.x();
          case TargetKind::VectorY:
            return cell.polarization.y();
          case TargetKind::EdgeA:
            return cell.a / size;
          case TargetKind::EdgeB:
            return cell.b / size;
          case TargetKind::Gamma:
            return cell.gamma * 180.0 / 3.14159265358979323846;
          case TargetKind::Area:
            return cell.area / (size * size);
          default:
            throw InputError(file.string() + ": has no column '" + target.name + "'");
        }
      }();
      if (std::isfinite(value))
      {
        row.push_back(static_cast<float>(value));
      }
    }
    if (row.size() == targets.size() && cell.flags == FlagNone)
    {
      labels.positions.push_back(cell.position);
      labels.values.insert(labels.values.end(), row.begin(), row.end());
    }
  }
  return labels;
}
} // namespace

LabelTable
ReadLabels(const std::filesystem::path & path, const ImageGeometry & geometry,
           const std::vector<RegressionTarget> & targets, char center)
{
  std::filesystem::path file = path;
  if (std::filesystem::is_directory(path))
  {
    file = path / "cells.csv";
    if (!std::filesystem::exists(file))
    {
      throw InputError(path.string() + ": holds no cells.csv, expected the folder of a map or a table");
    }
  }
  if (IsPublishedCellTable(file))
  {
    LabelTable published = ReadPublished(file, geometry, targets);
    if (published.positions.empty())
    {
      throw InputError(file.string() + ": holds no cell with all targets");
    }
    return published;
  }
  CsvReader table(file);
  const int x = table.Require("x_px");
  const int y = table.Require("y_px");
  std::vector<TargetColumn> columns;
  for (const auto & target : targets)
  {
    columns.push_back(FindColumn(table, target, geometry));
  }
  const int flag = table.Find("flag");
  const int kind = table.Find("center") >= 0 ? table.Find("center") : table.Find("sublattice");
  const bool polar =
    targets.size() >= 2 && targets[0].kind == TargetKind::VectorX && targets[1].kind == TargetKind::VectorY;
  const int errors[2] = {table.Find(geometry.calibrated ? "err_px_pm" : "err_px_px"),
                         table.Find(geometry.calibrated ? "err_py_pm" : "err_py_px")};
  const Eigen::Vector2d scale = geometry.VectorScale();
  bool hasErrors = polar && errors[0] >= 0 && errors[1] >= 0;
  LabelTable labels;
  std::vector<float> row(targets.size());
  while (table.Next())
  {
    if (!table.Text(flag).empty() || (kind >= 0 && table.Text(kind) != std::string(1, center)))
    {
      continue;
    }
    bool complete = true;
    for (std::size_t k = 0; k < columns.size(); ++k)
    {
      const auto value = table.Number(columns[k].column);
      complete = complete && value.has_value();
      row[k] = static_cast<float>(value.value_or(0.0) * columns[k].factor);
    }
    if (!complete)
    {
      continue;
    }
    labels.positions.emplace_back(table.FiniteNumber(x), table.FiniteNumber(y));
    labels.values.insert(labels.values.end(), row.begin(), row.end());
    for (int axis = 0; axis < 2 && hasErrors; ++axis)
    {
      const auto error = table.Number(errors[axis]);
      hasErrors = error.has_value();
      const double px = error.value_or(0.0) / scale[axis];
      labels.variances.push_back(static_cast<float>(px * px));
    }
  }
  if (!hasErrors)
  {
    labels.variances.clear();
  }
  if (labels.positions.empty())
  {
    throw InputError(file.string() + ": holds no row that can be learned from: expected rows without a flag, around " +
                     std::string(1, center) + ", with all targets");
  }
  return labels;
}
} // namespace ferro
