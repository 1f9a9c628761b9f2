#include "ferroCrystal.h"
#include "ferroErrors.h"
#include "ferroFieldTables.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

namespace
{
std::filesystem::path
Scratch(const std::string & name)
{
  const auto folder = std::filesystem::path(testing::TempDir()) / "ferro-field-tables";
  std::filesystem::create_directories(folder);
  return folder / name;
}

std::string
Content(const std::filesystem::path & path)
{
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

ferro::ImageGeometry
Geometry(bool calibrated)
{
  ferro::ImageGeometry geometry;
  geometry.width = geometry.height = 100;
  geometry.calibrated = calibrated;
  geometry.pixelSizeNm = calibrated ? Eigen::Vector2d(0.02, 0.04) : Eigen::Vector2d(1.0, 1.0);
  return geometry;
}

ferro::DomainMap::Pointer
SomeDomains()
{
  ferro::DomainMap::Values values;
  values.variants.resize(2);
  ferro::Domain domain;
  domain.variant = 1;
  domain.cells = 12;
  domain.cellsUsed = 10;
  domain.mean = {30.0, -30.0};
  domain.meanCovariance = Eigen::Vector2d(0.25, 0.25).asDiagonal();
  domain.center = {10.0, 20.0};
  domain.area = 1.5;
  domain.areaFraction = 0.25;
  domain.areaFractionError = 0.01;
  values.domains.push_back(domain);
  ferro::DomainWall wall;
  wall.second = 1;
  wall.points = {{1.0, 2.0}, {3.0, 4.0}};
  wall.length = 2.0;
  wall.angle = std::acos(0.0);
  wall.width = 0.5;
  wall.widthLow = 0.0;
  wall.widthHigh = std::numeric_limits<double>::infinity();
  values.walls.push_back(wall);
  auto domains = ferro::DomainMap::New();
  domains->Set(values);
  return domains;
}
} // namespace

TEST(FieldTables, Domains)
{
  const auto path = Scratch("domains.csv");
  ferro::WriteDomainTable(*SomeDomains(), Geometry(true), path);
  EXPECT_EQ(Content(path),
            "domain,variant,cells,cells_used,x_px,y_px,x_nm,y_nm,area_nm2,area_fraction,err_area_fraction,px_pm,py_pm,"
            "p_pm,angle_deg,err_px_pm,err_py_pm,cov_pxy_pm2,err_angle_deg\n"
            "1,2,12,10,10.00000,20.00000,0.200000,0.800000,1.5000,0.25000,0.01000,30.000,-30.000,42.426,45.000,0.5000,"
            "0.5000,0,0.675\n"); // 0.5 pm across 42.4 pm
  ferro::WriteDomainTable(*SomeDomains(), Geometry(false), path);
  const std::string pixels = Content(path);
  EXPECT_NE(pixels.find("area_px2"), std::string::npos);
  EXPECT_NE(pixels.find("px_px,py_px"), std::string::npos);
  EXPECT_EQ(pixels.find("_pm"), std::string::npos);
}

TEST(FieldTables, WallsWhoseWidthIsOpenHaveEmptyFields)
{
  const auto path = Scratch("walls.csv");
  ferro::WriteWallTable(*SomeDomains(), Geometry(true), path);
  EXPECT_EQ(Content(path),
            "wall,domain_1,domain_2,kind,x1_px,y1_px,x2_px,y2_px,length_nm,angle_deg,err_angle_deg,width_nm,"
            "width_low_nm,width_high_nm,err_place_nm,turn_deg,err_turn_deg,jump_normal_pm,err_jump_normal_pm,"
            "roughness_nm,cells_used\n"
            "1,0,1,edge-of-polar,1.000,2.000,3.000,4.000,2.0000,90.00,0.00,0.5000,0.0000,,,,,0.000,0.000,0.0000,0\n");
}

TEST(FieldTables, BoundChargeIsMinusTheDivergence)
{
  // 1 uC/cm^2 over 1 nm: 0.01 C/m^2 / 1e-9 m = 1e7 C/m^3 = 0.062415 e/nm^3.
  EXPECT_NEAR(ferro::BoundChargePerDivergence(1.0) * 0.001, -1e7 / 1.602176634e-19 * 1e-27, 1e-9);
  auto cells = ferro::UnitCellSet::New();
  cells->SetGeometry(Geometry(true));
  cells->GetCells().resize(2);
  cells->SetMicrocoulombPerPicometre(2.0);
  auto topology = ferro::FieldTopology::New();
  ferro::FieldTopology::Values values;
  values.derivatives.resize(2);
  values.derivatives[0] = {0.01, 0.002, -0.003, 0.001};
  values.vortices.resize(1);
  values.vortices[0].winding = -1;
  values.vortices[0].position = {5.0, 6.0};
  topology->Set(values);
  const auto path = Scratch("topology.csv");
  ferro::WriteTopologyTable(*cells, *topology, path);
  EXPECT_EQ(Content(path),
            "id,i,j,x_px,y_px,x_nm,y_nm,divergence,err_divergence,z_divergence,curl,err_curl,z_curl,bound_charge_e_nm3,"
            "err_bound_charge_e_nm3\n"
            "0,0,0,0.00000,0.00000,0.000000,0.000000,0.010000,0.002000,5.00,-0.003000,0.001000,-3.00,-1.24830,0.24966\n"
            "1,0,0,0.00000,0.00000,0.000000,0.000000,,,,,,,,\n");
  ferro::WriteVortexTable(*topology, Geometry(true), path);
  EXPECT_EQ(Content(path), "winding,x_px,y_px,x_nm,y_nm,err_x_px,err_y_px,significance,ring_cells,handedness\n"
                           "-1,5.00000,6.00000,0.100000,0.240000,0.000,0.000,0.00,0,0.000\n");
  EXPECT_THROW(ferro::WriteVortexTable(*topology, Geometry(true), Scratch("none") / "none" / "x.csv"),
               ferro::OutputError);
}

TEST(FieldTables, Defects)
{
  ferro::DefectStatistics statistics;
  ferro::ColumnDefect vacancy;
  vacancy.sublattice = ferro::Sublattice::A;
  vacancy.i = 3;
  vacancy.j = -2;
  vacancy.position = {10.0, 20.0};
  vacancy.significance = 25.0;
  statistics.defects.push_back(vacancy);
  vacancy.kind = ferro::ColumnDefect::Kind::Faint;
  statistics.defects.push_back(vacancy);
  vacancy.kind = ferro::ColumnDefect::Kind::Displaced;
  statistics.defects.push_back(vacancy);
  const auto path = Scratch("defects.csv");
  ferro::WriteDefectTable(statistics, Geometry(true), path);
  EXPECT_EQ(Content(path), "kind,sublattice,i,j,x_px,y_px,x_nm,y_nm,significance\n"
                           "vacancy,A,3,-2,10.00000,20.00000,0.200000,0.800000,25.00\n"
                           "faint,A,3,-2,10.00000,20.00000,0.200000,0.800000,25.00\n"
                           "displaced,A,3,-2,10.00000,20.00000,0.200000,0.800000,25.00\n");
}
