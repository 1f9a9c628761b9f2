#include "ferroResultTables.h"

#include "ferroTableRecord.h"
#include "ferroTextOutput.h"

#include <Eigen/Geometry>

#include <cmath>
#include <limits>

namespace ferro
{
namespace
{
constexpr double DegreesPerRadian = 57.295779513082320877;
constexpr double NotKnown = std::numeric_limits<double>::quiet_NaN();

// From an angle x towards y (down) in (-pi/2, pi/2] to one that is counter-clockwise on the screen, and back.
double
AxisAngleOnScreen(double radians)
{
  const double degrees = -radians * DegreesPerRadian;
  return degrees <= -90.0 ? degrees + 180.0 : degrees;
}
} // namespace

void
WriteColumnTable(const AtomColumnSet & columns, const std::filesystem::path & path)
{
  const auto & geometry = columns.GetGeometry();
  const bool calibrated = geometry.calibrated;
  const Eigen::Vector2d scale = geometry.VectorScale();

  TextOutput output(path);
  output.Write("id,sublattice,i,j,x_px,y_px,x_nm,y_nm,amplitude,background,sigma_major_px,sigma_minor_px,rotation_deg,"
               "err_x_pm,err_y_pm,cov_xy_pm2,residual_rms,flag,dev_x_pm,dev_y_pm,err_fit_x_pm,err_fit_y_pm,err_scan_x_"
               "pm,err_scan_y_pm,scan_dx_pm,scan_dy_pm,drift_dx_pm,drift_dy_pm,err_frames_x_pm,err_frames_y_pm");
  output.Write(
    calibrated
      ? "\n"
      : ",err_x_px,err_y_px,cov_xy_px2,dev_x_px,dev_y_px,err_fit_x_px,err_fit_y_px,err_scan_x_px,err_scan_y_px,"
        "scan_dx_px,scan_dy_px,drift_dx_px,drift_dy_px,err_frames_x_px,err_frames_y_px\n");
  Record record;
  std::size_t id = 0;
  for (const auto & column : columns.GetColumns())
  {
    record.Text(std::to_string(id++)).Text(std::string(1, static_cast<char>(column.sublattice)));
    if (column.indexed)
    {
      record.Text(std::to_string(column.i)).Text(std::to_string(column.j));
    }
    else
    {
      record.Empty(2);
    }
    record.Fixed(column.position.x(), 5).Fixed(column.position.y(), 5);
    if (calibrated)
    {
      const Eigen::Vector2d nm = geometry.ToPhysical(column.position);
      record.Fixed(nm.x(), 6).Fixed(nm.y(), 6);
    }
    else
    {
      record.Empty(2);
    }
    record.General(column.amplitude, 7).General(column.background, 7);
    record.Fixed(column.sigmaMajor, 5).Fixed(column.sigmaMinor, 5).Fixed(AxisAngleOnScreen(column.rotation), 3);
    const Errors errors = ErrorsOf(column.covariance, scale);
    const Errors fit = ErrorsOf(column.covariance - Eigen::Matrix2d(column.scanVariance.asDiagonal()), scale);
    const Eigen::Vector2d scan = scale.cwiseProduct(column.scanVariance.cwiseMax(0.0).cwiseSqrt());
    if (calibrated)
    {
      record.Fixed(errors.x, 4).Fixed(errors.y, 4).General(errors.xy, 6);
    }
    else
    {
      record.Empty(3);
    }
    record.General(column.residualRms, 6).Text(FlagsToString(column.flags));
    if (calibrated)
    {
      record.Fixed(scale.x() * column.deviation.x(), 3).Fixed(scale.y() * column.deviation.y(), 3);
      record.Fixed(fit.x, 4).Fixed(fit.y, 4).Fixed(scan.x(), 4).Fixed(scan.y(), 4);
      record.Fixed(scale.x() * column.lineShift.x(), 3).Fixed(scale.y() * column.lineShift.y(), 3);
      record.Fixed(scale.x() * column.driftShift.x(), 3).Fixed(scale.y() * column.driftShift.y(), 3);
      record.Fixed(scale.x() * column.frameError.x(), 4).Fixed(scale.y() * column.frameError.y(), 4);
    }
    else
    {
      record.Empty(12);
      record.Fixed(errors.x, 6).Fixed(errors.y, 6).General(errors.xy, 6);
      record.Fixed(column.deviation.x(), 5).Fixed(column.deviation.y(), 5);
      record.Fixed(fit.x, 6).Fixed(fit.y, 6).Fixed(scan.x(), 6).Fixed(scan.y(), 6);
      record.Fixed(column.lineShift.x(), 5).Fixed(column.lineShift.y(), 5);
      record.Fixed(column.driftShift.x(), 5).Fixed(column.driftShift.y(), 5);
      record.Fixed(column.frameError.x(), 6).Fixed(column.frameError.y(), 6);
    }
    output.Write(record.Take());
  }
  output.Close();
}

void
WriteCellTable(const UnitCellSet & cells, const std::filesystem::path & path)
{
  const auto & geometry = cells.GetGeometry();
  const bool calibrated = geometry.calibrated;
  const Eigen::Vector2d scale = geometry.VectorScale();
  const double factor = cells.GetMicrocoulombPerPicometre();

  TextOutput output(path);
  output.Write("id,center,i,j,x_px,y_px,x_nm,y_nm,px_pm,py_pm,p_pm,angle_deg,err_px_pm,err_py_pm,cov_pxy_pm2,a_nm,b_nm,"
               "gamma_deg,area_nm2,flag,strain_xx,strain_yy,strain_xy,lattice_rotation_deg,p_uc_cm2,domain");
  output.Write(calibrated ? "" : ",px_px,py_px,p_px,err_px_px,err_py_px,cov_pxy_px2,a_px,b_px,area_px2");
  for (const auto & column : cells.GetExtraColumns())
  {
    output.Write("," + column.first);
  }
  output.Write("\n");
  Record record;
  std::size_t id = 0;
  for (const auto & cell : cells.GetCells())
  {
    const std::size_t place = id;
    const Eigen::Vector2d p = scale.cwiseProduct(cell.polarization);
    const Errors errors = ErrorsOf(cell.covariance, scale);
    record.Text(std::to_string(id++)).Text(std::string(1, static_cast<char>(cell.center)));
    record.Text(std::to_string(cell.i)).Text(std::to_string(cell.j));
    record.Fixed(cell.position.x(), 5).Fixed(cell.position.y(), 5);
    if (calibrated)
    {
      const Eigen::Vector2d nm = geometry.ToPhysical(cell.position);
      record.Fixed(nm.x(), 6).Fixed(nm.y(), 6);
      record.Fixed(p.x(), 3).Fixed(p.y(), 3).Fixed(p.norm(), 3);
    }
    else
    {
      record.Empty(5);
    }
    record.Fixed(std::atan2(-p.y(), p.x()) * DegreesPerRadian, 3);
    if (calibrated)
    {
      record.Fixed(errors.x, 4).Fixed(errors.y, 4).General(errors.xy, 6);
      record.Fixed(cell.a, 6).Fixed(cell.b, 6);
    }
    else
    {
      record.Empty(5);
    }
    record.Fixed(cell.gamma * DegreesPerRadian, 4).Fixed(calibrated ? cell.area : NotKnown, 7);
    record.Text(FlagsToString(cell.flags));
    record.Fixed(cell.strainXX, 6).Fixed(cell.strainYY, 6).Fixed(cell.strainXY, 6);
    record.Fixed(cell.latticeRotation * DegreesPerRadian, 4);
    record.Fixed(calibrated && factor != 0.0 ? factor * p.norm() : NotKnown, 3);
    record.Text(std::to_string(cell.domain));
    if (!calibrated)
    {
      record.Fixed(p.x(), 5).Fixed(p.y(), 5).Fixed(p.norm(), 5);
      record.Fixed(errors.x, 6).Fixed(errors.y, 6).General(errors.xy, 6);
      record.Fixed(cell.a, 5).Fixed(cell.b, 5).Fixed(cell.area, 4);
    }
    for (const auto & column : cells.GetExtraColumns())
    {
      record.General(place < column.second.size() ? column.second[place] : NotKnown, 9);
    }
    output.Write(record.Take());
  }
  output.Close();
}

void
WriteScanLineTable(const ScanLines & lines, const ImageGeometry & geometry, const std::filesystem::path & path)
{
  const std::string unit = geometry.calibrated ? "_pm" : "_px";
  const Eigen::Vector2d scale = geometry.VectorScale();
  const int digits = geometry.calibrated ? 4 : 6;
  TextOutput output(path);
  output.Write("line_px,dx" + unit + ",err_dx" + unit + ",dy" + unit + ",err_dy" + unit + "\n");
  Record record;
  const std::size_t count = std::max(lines.axes[0].displacement.size(), lines.axes[1].displacement.size());
  for (std::size_t line = 0; line < count; ++line)
  {
    record.Text(std::to_string(line));
    for (std::size_t axis = 0; axis < 2; ++axis)
    {
      const auto & of = lines.axes[axis];
      const double factor = scale[static_cast<Eigen::Index>(axis)];
      const bool known = line < of.displacement.size();
      record.Fixed(known ? factor * of.displacement[line] : NotKnown, digits);
      record.Fixed(known ? factor * std::sqrt(std::max(0.0, of.covariance[line * of.reach])) : NotKnown, digits);
    }
    output.Write(record.Take());
  }
  output.Close();
}
} // namespace ferro
