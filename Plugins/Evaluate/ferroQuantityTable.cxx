#include "ferroQuantityTable.h"

#include "ferroCsvReader.h"
#include "ferroErrors.h"
#include "ferroResultTables.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

namespace ferro
{
namespace
{
namespace fs = std::filesystem;
constexpr double NotKnown = std::numeric_limits<double>::quiet_NaN();
constexpr double Degrees = 180.0 / 3.14159265358979323846;

const std::vector<QuantitySpec> &
KnownQuantities()
{
  static const std::vector<QuantitySpec> known{{"px", "Px", "px_pm", 1.0, "pm", "px_px", {1.0, 0.0}},
                                               {"py", "Py", "py_pm", 1.0, "pm", "py_px", {0.0, 1.0}},
                                               {"a", "a", "a_nm", 1e3, "pm", "a_px", {0.5, 0.5}},
                                               {"b", "b", "b_nm", 1e3, "pm", "b_px", {0.5, 0.5}},
                                               {"gamma", "γ", "gamma_deg", 1.0, "deg", "", {0.0, 0.0}},
                                               {"area", "area", "area_nm2", 1.0, "nm2", "area_px2", {1.0, 1.0}}};
  return known;
}

bool
HasNumbers(const std::vector<double> & values)
{
  return std::any_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

/** Columns of one quantity while a table is read. */
struct ColumnPlaces
{
  int value;
  int sigma;
  int pixelValue;
  int pixelSigma;
};

/** x_nm against x_px of a table gives its pixel size. */
class PixelSizeEstimate
{
public:
  void
  Add(double px, std::optional<double> nm)
  {
    if (nm)
    {
      m_Products += *nm * px;
      m_Squares += px * px;
    }
  }
  double
  Get() const
  {
    return m_Squares > 0.0 ? m_Products / m_Squares : NotKnown;
  }

private:
  double m_Products = 0.0;
  double m_Squares = 0.0;
};

void
ReadSize(const fs::path & description, const char * section, QuantityTable & table)
{
  std::ifstream stream(description, std::ios::binary);
  const auto json = nlohmann::json::parse(stream, nullptr, false);
  const auto * part = &json;
  if (*section != 0 && json.is_object() && json.contains(section))
  {
    part = &json[section];
  }
  const auto number = [&](const char * name) -> double
  {
    const bool there = part->is_object() && part->contains(name) && (*part)[name].is_number();
    return there ? (*part)[name].get<double>() : NotKnown;
  };
  const double width = std::isfinite(number("width_px")) ? number("width_px") : number("n");
  const double height = std::isfinite(number("height_px")) ? number("height_px") : number("n");
  if (width >= 1.0 && height >= 1.0 && width < 1e9 && height < 1e9)
  {
    table.width = static_cast<long>(width);
    table.height = static_cast<long>(height);
  }
  if (number("px_A") > 0.0 && !table.pixelSizeNm)
  {
    table.pixelSizeNm = Eigen::Vector2d::Constant(0.1 * number("px_A"));
  }
}

QuantityTable
ReadCsv(const fs::path & path, const std::vector<QuantitySpec> & specs)
{
  QuantityTable table;
  table.file = path;
  table.quantities.resize(specs.size());
  CsvReader csv(path);
  const int x = csv.Require("x_px");
  const int y = csv.Require("y_px");
  const int columnNm[2] = {csv.Find("x_nm"), csv.Find("y_nm")};
  const int flag = csv.Find("flag");
  // The truth of a synthetic image lists all columns; the displacement is that of the cell around a B column.
  const bool truth = csv.Find("ux_px") >= 0 && csv.Find("uy_px") >= 0 && csv.Find("sublattice") >= 0;
  const int sublattice = truth ? csv.Find("sublattice") : -1;
  std::vector<ColumnPlaces> columns;
  for (const auto & spec : specs)
  {
    const bool isVector = spec.name == "px" || spec.name == "py";
    const std::string pixels = truth && isVector ? "u" + spec.name.substr(1) + "_px" : spec.pixelColumn;
    const auto find = [&csv](const std::string & name) { return name.empty() ? -1 : csv.Find(name); };
    columns.push_back({csv.Find(spec.column), csv.Find("err_" + spec.column), find(pixels),
                       pixels.empty() ? -1 : csv.Find("err_" + pixels)});
  }
  std::vector<QuantityValues> inPixels(specs.size());
  PixelSizeEstimate sizes[2];
  while (csv.Next())
  {
    if (truth && csv.Text(sublattice) != "B")
    {
      continue;
    }
    table.places.emplace_back(csv.FiniteNumber(x), csv.FiniteNumber(y));
    table.flagged.push_back(!csv.Text(flag).empty());
    sizes[0].Add(table.places.back().x(), csv.Number(columnNm[0]));
    sizes[1].Add(table.places.back().y(), csv.Number(columnNm[1]));
    for (std::size_t k = 0; k < specs.size(); ++k)
    {
      const double factor = specs[k].factor;
      table.quantities[k].values.push_back(factor * csv.Number(columns[k].value).value_or(NotKnown));
      table.quantities[k].sigmas.push_back(factor * csv.Number(columns[k].sigma).value_or(NotKnown));
      inPixels[k].values.push_back(csv.Number(columns[k].pixelValue).value_or(NotKnown));
      inPixels[k].sigmas.push_back(csv.Number(columns[k].pixelSigma).value_or(NotKnown));
    }
  }
  for (std::size_t k = 0; k < specs.size(); ++k)
  {
    if (!HasNumbers(table.quantities[k].values) && HasNumbers(inPixels[k].values))
    {
      table.quantities[k] = std::move(inPixels[k]);
      table.quantities[k].inPixels = true;
    }
    table.quantities[k].found = HasNumbers(table.quantities[k].values);
  }
  if (sizes[0].Get() > 0.0 && sizes[1].Get() > 0.0)
  {
    table.pixelSizeNm = {sizes[0].Get(), sizes[1].Get()};
  }
  if (truth)
  {
    std::string base = path.string();
    const std::string ending = "_truth.csv";
    if (base.size() > ending.size() && base.compare(base.size() - ending.size(), ending.size(), ending) == 0)
    {
      ReadSize(base.substr(0, base.size() - ending.size()) + ".json", "", table);
    }
  }
  return table;
}

QuantityTable
ReadPublished(const fs::path & path, const std::vector<QuantitySpec> & specs, std::optional<double> pixelSizeNm)
{
  const ImageGeometry geometry = GetPublishedCellGeometry(path, pixelSizeNm);
  const auto cells = ReadCellTable(path, geometry);
  QuantityTable table;
  table.file = path;
  table.width = geometry.width;
  table.height = geometry.height;
  if (geometry.calibrated)
  {
    table.pixelSizeNm = geometry.pixelSizeNm;
  }
  for (const auto & spec : specs)
  {
    QuantityValues quantity;
    for (const UnitCell & cell : cells->GetCells())
    {
      const Eigen::Vector2d p = cell.polarization.cwiseProduct(geometry.VectorScale());
      const double length = geometry.calibrated ? 1e3 : 1.0;
      quantity.values.push_back(spec.name == "px"      ? p.x()
                                : spec.name == "py"    ? p.y()
                                : spec.name == "a"     ? length * cell.a
                                : spec.name == "b"     ? length * cell.b
                                : spec.name == "gamma" ? cell.gamma * Degrees
                                : spec.name == "area"  ? cell.area
                                                       : NotKnown);
    }
    for (const auto & [name, values] : cells->GetExtraColumns())
    {
      if (name == spec.name)
      {
        quantity.values = values;
      }
    }
    quantity.sigmas.assign(quantity.values.size(), NotKnown);
    quantity.inPixels = !geometry.calibrated && !spec.pixelColumn.empty();
    quantity.found = HasNumbers(quantity.values);
    table.quantities.push_back(std::move(quantity));
  }
  for (const UnitCell & cell : cells->GetCells())
  {
    table.places.push_back(cell.position);
    table.flagged.push_back(cell.flags != FlagNone);
  }
  return table;
}
} // namespace

std::vector<QuantitySpec>
ParseQuantities(const std::string & text)
{
  if (text.empty())
  {
    return KnownQuantities();
  }
  std::vector<QuantitySpec> specs;
  std::istringstream words(text);
  std::string word;
  while (std::getline(words, word, ','))
  {
    word.erase(0, word.find_first_not_of(' '));
    word.erase(word.find_last_not_of(' ') + 1);
    const auto & known = KnownQuantities();
    auto found = std::find_if(known.begin(), known.end(),
                              [&word](const QuantitySpec & spec)
                              { return word == spec.name || word == spec.column || word == spec.pixelColumn; });
    QuantitySpec spec;
    if (found != known.end())
    {
      spec = *found;
    }
    else
    {
      spec.name = spec.symbol = spec.column = word;
      const bool plain =
        std::all_of(word.begin(), word.end(),
                    [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.'; });
      if (word.empty() || !plain || word.front() == '.')
      {
        throw UsageError("--targets: found '" + text + "', expected names of columns with commas, for example px,py,a");
      }
    }
    if (std::any_of(specs.begin(), specs.end(),
                    [&spec](const QuantitySpec & other) { return other.name == spec.name; }))
    {
      throw UsageError("--targets: '" + spec.name + "' stands twice");
    }
    specs.push_back(spec);
  }
  return specs;
}

QuantityTable
ReadQuantityTable(const fs::path & path, const std::vector<QuantitySpec> & specs, std::optional<double> pixelSizeNm)
{
  std::error_code ignored;
  fs::path file = path;
  const bool folder = fs::is_directory(path, ignored);
  if (folder)
  {
    file = path / "cells.csv";
    if (!fs::exists(file, ignored))
    {
      throw InputError(path.string() + ": the folder has no cells.csv, expected one that 'map' or 'predict' wrote");
    }
  }
  QuantityTable table = IsPublishedCellTable(file) ? ReadPublished(file, specs, pixelSizeNm) : ReadCsv(file, specs);
  if (folder && table.width == 0)
  {
    ReadSize(path / "summary.json", "image", table);
  }
  if (table.places.empty())
  {
    throw InputError(file.string() + ": the table has no cells");
  }
  return table;
}

void
Calibrate(QuantityTable & table, const std::vector<QuantitySpec> & specs, const Eigen::Vector2d & pixelSizeNm)
{
  for (std::size_t k = 0; k < specs.size(); ++k)
  {
    auto & quantity = table.quantities[k];
    if (!quantity.inPixels)
    {
      continue;
    }
    // Lengths in pm, areas in nm2.
    const Eigen::Vector2d size = specs[k].name == "area" ? pixelSizeNm : Eigen::Vector2d(1e3 * pixelSizeNm);
    const double factor = std::pow(size.x(), specs[k].power.x()) * std::pow(size.y(), specs[k].power.y());
    for (auto * list : {&quantity.values, &quantity.sigmas})
    {
      for (double & value : *list)
      {
        value *= factor;
      }
    }
    quantity.inPixels = false;
  }
}
} // namespace ferro
