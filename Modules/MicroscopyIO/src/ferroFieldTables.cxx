#include "ferroFieldTables.h"

#include "ferroCrystal.h"
#include "ferroTableRecord.h"

#include <cmath>

namespace ferro
{
namespace
{
constexpr double Degrees = 57.295779513082320877;

/** Adds a position: pixels always, nm where there is a calibration. */
void
AddPosition(Record & record, const ImageGeometry & geometry, const Eigen::Vector2d & position)
{
  record.Fixed(position.x(), 5).Fixed(position.y(), 5);
  if (geometry.calibrated)
  {
    const Eigen::Vector2d nm = geometry.ToPhysical(position);
    record.Fixed(nm.x(), 6).Fixed(nm.y(), 6);
  }
  else
  {
    record.Empty(2);
  }
}
} // namespace

void
WriteDomainTable(const DomainMap & domains, const ImageGeometry & geometry, const std::filesystem::path & path)
{
  const std::string p = geometry.calibrated ? "_pm" : "_px";
  const std::string area = geometry.calibrated ? "area_nm2" : "area_px2";
  const int digits = geometry.calibrated ? 3 : 5;
  TextOutput output(path);
  output.Write("domain,variant,cells,cells_used,x_px,y_px,x_nm,y_nm," + area + ",area_fraction,err_area_fraction,px" +
               p + ",py" + p + ",p" + p + ",angle_deg,err_px" + p + ",err_py" + p + ",cov_pxy" + p +
               "2,err_angle_deg\n");
  Record record;
  int number = 0;
  for (const Domain & domain : domains.Get().domains)
  {
    record.Text(std::to_string(++number)).Text(std::to_string(domain.variant + 1));
    record.Text(std::to_string(domain.cells)).Text(std::to_string(domain.cellsUsed));
    AddPosition(record, geometry, domain.center);
    record.Fixed(domain.area, 4).Fixed(domain.areaFraction, 5).Fixed(domain.areaFractionError, 5);
    const Eigen::Vector2d & mean = domain.mean;
    record.Fixed(mean.x(), digits).Fixed(mean.y(), digits).Fixed(mean.norm(), digits);
    record.Fixed(std::atan2(-mean.y(), mean.x()) * Degrees, 3);
    const Errors errors = ErrorsOf(domain.meanCovariance, Eigen::Vector2d::Ones());
    record.Fixed(errors.x, digits + 1).Fixed(errors.y, digits + 1).General(errors.xy, 6);
    const Eigen::Vector2d across(-mean.y(), mean.x());
    const double square = mean.squaredNorm();
    record.Fixed(std::sqrt(std::max(0.0, across.dot(domain.meanCovariance * across))) / square * Degrees, 3);
    output.Write(record.Take());
  }
  output.Close();
}

void
WriteWallTable(const DomainMap & domains, const ImageGeometry & geometry, const std::filesystem::path & path)
{
  const std::string length = geometry.calibrated ? "_nm" : "_px";
  const std::string p = geometry.calibrated ? "_pm" : "_px";
  const int digits = geometry.calibrated ? 4 : 3;
  TextOutput output(path);
  output.Write("wall,domain_1,domain_2,kind,x1_px,y1_px,x2_px,y2_px,length" + length +
               ",angle_deg,err_angle_deg,width" + length + ",width_low" + length + ",width_high" + length +
               ",err_place" + length + ",turn_deg,err_turn_deg,jump_normal" + p + ",err_jump_normal" + p +
               ",roughness" + length + ",cells_used\n");
  Record record;
  int number = 0;
  for (const DomainWall & wall : domains.Get().walls)
  {
    record.Text(std::to_string(++number)).Text(std::to_string(wall.first)).Text(std::to_string(wall.second));
    record.Text(wall.Kind());
    record.Fixed(wall.points.front().x(), 3).Fixed(wall.points.front().y(), 3);
    record.Fixed(wall.points.back().x(), 3).Fixed(wall.points.back().y(), 3);
    record.Fixed(wall.length, digits).Fixed(wall.angle * Degrees, 2).Fixed(wall.angleError * Degrees, 2);
    record.Fixed(wall.width, digits).Fixed(wall.widthLow, digits).Fixed(wall.widthHigh, digits);
    record.Fixed(wall.offsetError, digits).Fixed(wall.turn * Degrees, 2).Fixed(wall.turnError * Degrees, 2);
    record.Fixed(wall.normalJump, 3).Fixed(wall.normalJumpError, 3).Fixed(wall.roughness, digits);
    record.Text(std::to_string(wall.cellsUsed));
    output.Write(record.Take());
  }
  output.Close();
}

void
WriteTopologyTable(const UnitCellSet & cells, const FieldTopology & topology, const std::filesystem::path & path)
{
  const ImageGeometry & geometry = cells.GetGeometry();
  const auto & derivatives = topology.Get().derivatives;
  const bool charged = geometry.calibrated && cells.GetMicrocoulombPerPicometre() != 0.0;
  const double factor = charged ? BoundChargePerDivergence(cells.GetMicrocoulombPerPicometre()) : 0.0;
  TextOutput output(path);
  output.Write("id,i,j,x_px,y_px,x_nm,y_nm,divergence,err_divergence,z_divergence,curl,err_curl,z_curl");
  output.Write(charged ? ",bound_charge_e_nm3,err_bound_charge_e_nm3\n" : "\n");
  Record record;
  for (std::size_t k = 0; k < derivatives.size() && k < cells.Size(); ++k)
  {
    const UnitCell & cell = cells.GetCells()[k];
    const FieldDerivative & d = derivatives[k];
    record.Text(std::to_string(k)).Text(std::to_string(cell.i)).Text(std::to_string(cell.j));
    AddPosition(record, geometry, cell.position);
    record.Fixed(d.divergence, 6).Fixed(d.divergenceError, 6).Fixed(d.divergence / d.divergenceError, 2);
    record.Fixed(d.curl, 6).Fixed(d.curlError, 6).Fixed(d.curl / d.curlError, 2);
    if (charged)
    {
      record.Fixed(factor * d.divergence, 5).Fixed(std::abs(factor) * d.divergenceError, 5);
    }
    output.Write(record.Take());
  }
  output.Close();
}

void
WriteVortexTable(const FieldTopology & topology, const ImageGeometry & geometry, const std::filesystem::path & path)
{
  TextOutput output(path);
  output.Write("winding,x_px,y_px,x_nm,y_nm,err_x_px,err_y_px,significance,ring_cells,handedness\n");
  Record record;
  for (const FieldVortex & vortex : topology.Get().vortices)
  {
    record.Text(std::to_string(vortex.winding));
    AddPosition(record, geometry, vortex.position);
    record.Fixed(vortex.positionError.x(), 3).Fixed(vortex.positionError.y(), 3);
    record.Fixed(vortex.significance, 2).Text(std::to_string(vortex.ringCells)).Fixed(vortex.handedness, 3);
    output.Write(record.Take());
  }
  output.Close();
}

void
WriteDefectTable(const DefectStatistics & defects, const ImageGeometry & geometry, const std::filesystem::path & path)
{
  TextOutput output(path);
  output.Write("kind,sublattice,i,j,x_px,y_px,x_nm,y_nm,significance\n");
  Record record;
  for (const ColumnDefect & defect : defects.defects)
  {
    record.Text(defect.kind == ColumnDefect::Kind::Vacancy ? "vacancy"
                : defect.kind == ColumnDefect::Kind::Faint ? "faint"
                                                           : "displaced");
    record.Text(std::string(1, static_cast<char>(defect.sublattice)));
    record.Text(std::to_string(defect.i)).Text(std::to_string(defect.j));
    AddPosition(record, geometry, defect.position);
    record.Fixed(defect.significance, 2);
    output.Write(record.Take());
  }
  output.Close();
}
} // namespace ferro
