#include "ferroTruthFiles.h"

#include "ferroCsvReader.h"
#include "ferroErrors.h"
#include "ferroResultTables.h"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>

namespace ferro
{
namespace
{
namespace fs = std::filesystem;
constexpr double NotKnown = std::numeric_limits<double>::quiet_NaN();

nlohmann::json
ReadJson(const fs::path & path)
{
  std::error_code ignored;
  if (fs::is_directory(path, ignored))
  {
    throw InputError(path.string() + ": is a folder, expected a JSON file");
  }
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
  {
    throw InputError(path.string() + ": cannot be read: " + (errno ? std::strerror(errno) : "unknown reason"));
  }
  const auto json = nlohmann::json::parse(stream, nullptr, false);
  if (!json.is_object())
  {
    throw InputError(path.string() + ": not a JSON object");
  }
  return json;
}

double
PositiveNumber(const nlohmann::json & json, const char * key, const fs::path & path)
{
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number() || !(found->get<double>() > 0.0) ||
      !std::isfinite(found->get<double>()))
  {
    throw InputError(path.string() + ": " + key + " is " + (found == json.end() ? "missing" : found->dump()) +
                     ", expected a positive number");
  }
  return found->get<double>();
}

long
PixelCount(const nlohmann::json & json, const char * key, const fs::path & path)
{
  const double number = PositiveNumber(json, json.contains(key) || !json.contains("n") ? key : "n", path);
  if (number != std::floor(number) || number > 1e9)
  {
    throw InputError(path.string() + ": " + key + " is not a number of pixels");
  }
  return static_cast<long>(number);
}

double
NumberOrNaN(const nlohmann::json & json, const char * key)
{
  const auto found = json.find(key);
  return found != json.end() && found->is_number() ? found->get<double>() : NotKnown;
}
} // namespace

TruthFiles
FindTruthFiles(const fs::path & given)
{
  const auto files = [](const std::string & base) { return TruthFiles{base + "_truth.csv", base + ".json"}; };
  std::error_code ignored;
  const std::string name = given.string();
  const TruthFiles asBase = files(name);
  if (fs::exists(asBase.table, ignored))
  {
    return asBase;
  }
  for (const std::string ending : {"_truth.csv", ".tif", ".tiff", ".npy", ".json"})
  {
    if (name.size() > ending.size() && name.compare(name.size() - ending.size(), ending.size(), ending) == 0)
    {
      return files(name.substr(0, name.size() - ending.size()));
    }
  }
  return asBase;
}

MapTruth
ReadTruth(const TruthFiles & files)
{
  CsvReader table(files.table);
  const int sublattice = table.Require("sublattice");
  const int x = table.Require("x_px");
  const int y = table.Require("y_px");
  const int ux = table.Require("ux_px");
  const int uy = table.Require("uy_px");
  const int region = table.Require("region");
  MapTruth truth;
  while (table.Next())
  {
    MapTruth::Column column;
    const auto & letter = table.Text(sublattice);
    if (letter != "A" && letter != "B")
    {
      table.Fail(sublattice, "A or B");
    }
    column.sublattice = letter == "A" ? Sublattice::A : Sublattice::B;
    column.position = {table.FiniteNumber(x), table.FiniteNumber(y)};
    column.displacement = {table.FiniteNumber(ux), table.FiniteNumber(uy)};
    column.film = table.Text(region) == "film";
    truth.columns.push_back(column);
  }
  if (truth.columns.empty())
  {
    throw InputError(files.table.string() + ": no columns");
  }

  const auto json = ReadJson(files.description);
  const double pixelA = PositiveNumber(json, "px_A", files.description);
  truth.pixelSizePm = 100.0 * pixelA;
  truth.cell = PositiveNumber(json, "a_A", files.description) / pixelA;
  truth.width = PixelCount(json, "width_px", files.description);
  truth.height = PixelCount(json, "height_px", files.description);
  const auto found = json.find("crlb_pm"); // images without noise have none
  const auto bound = found != json.end() && found->is_object() ? *found : nlohmann::json::object();
  truth.bound = {NumberOrNaN(bound, "A_film"), NumberOrNaN(bound, "B_film"), NumberOrNaN(bound, "A_substrate"),
                 NumberOrNaN(bound, "B_substrate"), NumberOrNaN(bound, "u_film")};
  return truth;
}

namespace
{
ImageGeometry
GeometryOf(const MapTruth & truth)
{
  ImageGeometry geometry;
  geometry.width = truth.width;
  geometry.height = truth.height;
  geometry.calibrated = true;
  geometry.pixelSizeNm = Eigen::Vector2d::Constant(1e-3 * truth.pixelSizePm);
  return geometry;
}
} // namespace

MapResult
ReadMapResult(const fs::path & folder, const MapTruth & truth)
{
  std::error_code ignored;
  if (fs::is_regular_file(folder, ignored))
  {
    // A table of cells alone, of 'map' or published with its image.
    MapResult result;
    result.pixelSizeNm = NotKnown;
    result.cellTable = folder;
    result.cells = ReadCellTable(folder, GeometryOf(truth));
    return result;
  }
  if (!fs::is_directory(folder, ignored))
  {
    throw InputError(folder.string() + ": " + (fs::exists(folder, ignored) ? "is a file" : "there is no such folder") +
                     ", expected the folder that 'ferroscope map' wrote, or a table of cells");
  }
  ImageGeometry geometry = GeometryOf(truth);
  MapResult result;
  result.pixelSizeNm = NotKnown;
  const fs::path summary = folder / "summary.json";
  if (fs::exists(summary, ignored))
  {
    const auto json = ReadJson(summary);
    const auto image = json.find("image");
    if (image != json.end() && image->is_object())
    {
      const double width = NumberOrNaN(*image, "width_px");
      const double height = NumberOrNaN(*image, "height_px");
      if (std::abs(width - static_cast<double>(truth.width)) > 0.5 ||
          std::abs(height - static_cast<double>(truth.height)) > 0.5)
      {
        throw InputError(summary.string() + ": the map is of an image of " + std::to_string(std::lround(width)) +
                         " x " + std::to_string(std::lround(height)) + " pixels, the truth of one of " +
                         std::to_string(truth.width) + " x " + std::to_string(truth.height));
      }
      const auto calibrated = image->find("calibrated");
      geometry.calibrated = calibrated == image->end() || *calibrated != false;
      const auto size = image->find("pixel_size_nm");
      if (geometry.calibrated && size != image->end() && size->is_array() && !size->empty() &&
          size->front().is_number())
      {
        result.pixelSizeNm = size->front().get<double>();
      }
    }
  }
  if (!geometry.calibrated)
  {
    geometry.pixelSizeNm = Eigen::Vector2d::Ones();
  }
  result.columnTable = folder / "columns.csv";
  result.cellTable = folder / "cells.csv";
  result.columns = ReadColumnTable(result.columnTable, geometry);
  result.cells = ReadCellTable(result.cellTable, geometry);
  return result;
}
} // namespace ferro
