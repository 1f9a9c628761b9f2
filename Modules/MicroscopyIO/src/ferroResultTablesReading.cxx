#include "ferroResultTables.h"

#include "ferroCsvReader.h"
#include "ferroErrors.h"
#include "ferroMicroscopyFormats.h"
#include "ferroPublishedCells.h"

#include <cmath>
#include <limits>

namespace ferro
{
namespace
{
constexpr double RadiansPerDegree = 0.017453292519943295769;
constexpr double NotKnown = std::numeric_limits<double>::quiet_NaN();

// A vector and its covariance stand in the columns in pm, or in px where there is no calibration.
struct UnitOfTable
{
  explicit UnitOfTable(const ImageGeometry & geometry)
    : scale(geometry.VectorScale()), suffix(geometry.calibrated ? "_pm" : "_px"),
      lengthSuffix(geometry.calibrated ? "_nm" : "_px")
  {
  }
  Eigen::Vector2d scale;
  std::string suffix;
  std::string lengthSuffix;
};

Sublattice
ReadSublattice(const CsvReader & table, int column)
{
  const auto & text = table.Text(column);
  if (text == "A")
  {
    return Sublattice::A;
  }
  if (text == "B")
  {
    return Sublattice::B;
  }
  if (text.empty() || text == "?")
  {
    return Sublattice::Unknown;
  }
  table.Fail(column, "A, B or ?");
}

Eigen::Matrix2d
ReadCovariance(const CsvReader & table, const int (&columns)[3], const Eigen::Vector2d & scale)
{
  const auto x = table.Number(columns[0]);
  const auto y = table.Number(columns[1]);
  if (!x || !y)
  {
    return Eigen::Matrix2d::Zero();
  }
  const double sx = *x / scale.x();
  const double sy = *y / scale.y();
  const double sxy = table.Number(columns[2]).value_or(0.0) / (scale.x() * scale.y());
  Eigen::Matrix2d covariance;
  covariance << sx * sx, sxy, sxy, sy * sy;
  return covariance;
}

void
ReadIndices(const CsvReader & table, int columnI, int columnJ, int & i, int & j, bool & known)
{
  const auto first = table.Integer(columnI);
  const auto second = table.Integer(columnJ);
  known = first && second;
  i = known ? *first : 0;
  j = known ? *second : 0;
}
} // namespace

AtomColumnSet::Pointer
ReadColumnTable(const std::filesystem::path & path, const ImageGeometry & geometry)
{
  CsvReader table(path);
  const UnitOfTable unit(geometry);
  const int x = table.Require("x_px");
  const int y = table.Require("y_px");
  const int sublattice = table.Find("sublattice");
  const int i = table.Find("i");
  const int j = table.Find("j");
  const int amplitude = table.Find("amplitude");
  const int background = table.Find("background");
  const int sigmaMajor = table.Find("sigma_major_px");
  const int sigmaMinor = table.Find("sigma_minor_px");
  const int rotation = table.Find("rotation_deg");
  const int residual = table.Find("residual_rms");
  const int flag = table.Find("flag");
  const int covariance[3] = {table.Find("err_x" + unit.suffix), table.Find("err_y" + unit.suffix),
                             table.Find("cov_xy" + unit.suffix + "2")};
  const int deviationX = table.Find("dev_x" + unit.suffix);
  const int deviationY = table.Find("dev_y" + unit.suffix);

  AtomColumnSet::ContainerType columns;
  while (table.Next())
  {
    AtomColumn column;
    column.position = {table.FiniteNumber(x), table.FiniteNumber(y)};
    column.sublattice = ReadSublattice(table, sublattice);
    ReadIndices(table, i, j, column.i, column.j, column.indexed);
    column.amplitude = table.Number(amplitude).value_or(0.0);
    column.background = table.Number(background).value_or(0.0);
    column.sigmaMajor = table.Number(sigmaMajor).value_or(0.0);
    column.sigmaMinor = table.Number(sigmaMinor).value_or(0.0);
    const double degrees = table.Number(rotation).value_or(0.0);
    column.rotation = -(degrees >= 90.0 ? degrees - 180.0 : degrees) * RadiansPerDegree;
    column.covariance = ReadCovariance(table, covariance, unit.scale);
    column.residualRms = table.Number(residual).value_or(0.0);
    column.flags = FlagsFromString(table.Text(flag));
    column.deviation = {table.Number(deviationX).value_or(NotKnown) / unit.scale.x(),
                        table.Number(deviationY).value_or(NotKnown) / unit.scale.y()};
    columns.push_back(column);
  }
  auto set = AtomColumnSet::New();
  set->SetGeometry(geometry);
  set->SetColumns(std::move(columns));
  return set;
}

UnitCellSet::Pointer
ReadCellTable(const std::filesystem::path & path, const ImageGeometry & geometry)
{
  if (IsPublishedCellTable(path))
  {
    return PublishedCells(path).MakeCells(geometry);
  }
  CsvReader table(path);
  const UnitOfTable unit(geometry);
  const int x = table.Require("x_px");
  const int y = table.Require("y_px");
  const int px = table.Require("px" + unit.suffix);
  const int py = table.Require("py" + unit.suffix);
  const int center = table.Find("center");
  const int i = table.Find("i");
  const int j = table.Find("j");
  const int p = table.Find("p_pm");
  const int pCharge = table.Find("p_uc_cm2");
  const int covariance[3] = {table.Find("err_px" + unit.suffix), table.Find("err_py" + unit.suffix),
                             table.Find("cov_pxy" + unit.suffix + "2")};
  const int a = table.Find("a" + unit.lengthSuffix);
  const int b = table.Find("b" + unit.lengthSuffix);
  const int gamma = table.Find("gamma_deg");
  const int area = table.Find("area" + unit.lengthSuffix + "2");
  const int flag = table.Find("flag");
  const int strainXX = table.Find("strain_xx");
  const int strainYY = table.Find("strain_yy");
  const int strainXY = table.Find("strain_xy");
  const int rotation = table.Find("lattice_rotation_deg");
  const int domain = table.Find("domain");

  UnitCellSet::ExtraColumnsType extra;
  std::vector<int> extraPlaces;
  for (const char * name : {"I1", "I2", "I3", "I4", "I5", "Pxy_1", "Pxy_2", "Vol", "tilt_x_mrad", "tilt_y_mrad",
                            "err_tilt_x_mrad", "err_tilt_y_mrad", "p_tilt_x_pm", "p_tilt_y_pm"})
  {
    if (table.Find(name) >= 0)
    {
      extra.emplace_back(name, std::vector<double>());
      extraPlaces.push_back(table.Find(name));
    }
  }
  UnitCellSet::ContainerType cells;
  double factor = 0.0;
  double largest = 0.0;
  while (table.Next())
  {
    UnitCell cell;
    cell.position = {table.FiniteNumber(x), table.FiniteNumber(y)};
    if (center >= 0)
    {
      cell.center = ReadSublattice(table, center);
      if (cell.center == Sublattice::Unknown)
      {
        table.Fail(center, "A or B");
      }
    }
    bool indexed = false;
    ReadIndices(table, i, j, cell.i, cell.j, indexed);
    cell.polarization = {table.Number(px).value_or(NotKnown) / unit.scale.x(),
                         table.Number(py).value_or(NotKnown) / unit.scale.y()};
    cell.covariance = ReadCovariance(table, covariance, unit.scale);
    cell.a = table.Number(a).value_or(NotKnown);
    cell.b = table.Number(b).value_or(NotKnown);
    cell.gamma = table.Number(gamma).value_or(NotKnown) * RadiansPerDegree;
    cell.area = table.Number(area).value_or(NotKnown);
    cell.flags = FlagsFromString(table.Text(flag));
    cell.strainXX = table.Number(strainXX).value_or(NotKnown);
    cell.strainYY = table.Number(strainYY).value_or(NotKnown);
    cell.strainXY = table.Number(strainXY).value_or(NotKnown);
    cell.latticeRotation = table.Number(rotation).value_or(NotKnown) * RadiansPerDegree;
    cell.domain = table.Integer(domain).value_or(0);
    // The factor to uC/cm^2 is not in the table; the cell with the largest P gives it best.
    const double magnitude = table.Number(p).value_or(0.0);
    const double charge = table.Number(pCharge).value_or(0.0);
    if (charge != 0.0 && magnitude > largest)
    {
      largest = magnitude;
      factor = charge / magnitude;
    }
    cells.push_back(cell);
    for (std::size_t k = 0; k < extra.size(); ++k)
    {
      extra[k].second.push_back(table.Number(extraPlaces[k]).value_or(NotKnown));
    }
  }
  auto set = UnitCellSet::New();
  set->SetGeometry(geometry);
  set->SetCells(std::move(cells));
  set->SetMicrocoulombPerPicometre(factor);
  set->SetExtraColumns(std::move(extra));
  return set;
}

bool
IsPublishedCellTable(const std::filesystem::path & path)
{
  try
  {
    const MicroscopyFormat * format = FindMicroscopyFormat(path);
    return format != nullptr && std::string(format->name) == PublishedCellsFormat().name;
  }
  catch (const InputError &)
  {
    return false;
  }
}

ImageGeometry
GetPublishedCellGeometry(const std::filesystem::path & path, std::optional<double> pixelSizeNm)
{
  ImageGeometry geometry;
  const std::filesystem::path image = FindPartner(path, PublishedTableEnding, PublishedImageEnding);
  const FileInfo info = image.empty() ? FileInfo() : InspectFile(image);
  if (info.images.size() == 1 && info.images[0].readable && info.images[0].shape.size() == 2)
  {
    const std::vector<AxisInfo> & axes = info.images[0].axes;
    geometry.width = axes[1].size;
    geometry.height = axes[0].size;
    if (axes[0].unit == "nm" && axes[1].unit == "nm")
    {
      geometry.calibrated = true;
      geometry.pixelSizeNm = {axes[1].scale, axes[0].scale};
    }
  }
  if (pixelSizeNm)
  {
    geometry.calibrated = true;
    geometry.pixelSizeNm.setConstant(*pixelSizeNm);
  }
  return geometry;
}
} // namespace ferro
