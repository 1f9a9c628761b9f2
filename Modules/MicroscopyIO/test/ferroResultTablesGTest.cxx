#include "ferroErrors.h"
#include "ferroResultTables.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <random>
#include <sstream>

#include <unistd.h>

namespace
{
// A folder of this process alone, gone with it: several test runs may share a machine.
const std::filesystem::path &
ScratchFolder()
{
  struct Folder
  {
    Folder() : path(std::filesystem::path(testing::TempDir()) / ("ferroResultTables-" + std::to_string(getpid())))
    {
      std::filesystem::create_directories(path);
    }
    ~Folder()
    {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
    std::filesystem::path path;
  };
  static const Folder folder;
  return folder.path;
}

std::filesystem::path
Scratch(const std::string & name)
{
  return ScratchFolder() / (std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + "-" + name);
}

std::string
Content(const std::filesystem::path & path)
{
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::filesystem::path
Written(const std::string & name, const std::string & text)
{
  const auto path = Scratch(name);
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

// Value of a named field in the given record (0 is the first below the names).
std::string
Field(const std::string & table, const std::string & name, std::size_t record)
{
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);)
  {
    rows.emplace_back();
    std::size_t start = 0;
    for (std::size_t comma; (comma = line.find(',', start)) != std::string::npos; start = comma + 1)
    {
      rows.back().push_back(line.substr(start, comma - start));
    }
    rows.back().push_back(line.substr(start));
  }
  for (std::size_t n = 0; n < rows.at(0).size(); ++n)
  {
    if (rows[0][n] == name)
    {
      return rows.at(record + 1).at(n);
    }
  }
  return "no column " + name;
}

ferro::ImageGeometry
Geometry(bool calibrated)
{
  ferro::ImageGeometry geometry;
  geometry.width = 200;
  geometry.height = 100;
  geometry.calibrated = calibrated;
  if (calibrated)
  {
    geometry.pixelSizeNm = {0.02, 0.021};
  }
  return geometry;
}

ferro::AtomColumnSet::Pointer
SomeColumns(bool calibrated)
{
  std::mt19937 generator(3);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  ferro::AtomColumnSet::ContainerType columns(50);
  for (std::size_t n = 0; n < columns.size(); ++n)
  {
    auto & column = columns[n];
    column.position = {200.0 * uniform(generator), 100.0 * uniform(generator)};
    column.amplitude = 1000.0 * uniform(generator);
    column.background = 100.0 * uniform(generator);
    column.sigmaMajor = 2.0 + uniform(generator);
    column.sigmaMinor = 1.0 + uniform(generator);
    column.rotation = 3.14 * (uniform(generator) - 0.5);
    column.residualRms = uniform(generator);
    column.sublattice = n % 3 == 0   ? ferro::Sublattice::A
                        : n % 3 == 1 ? ferro::Sublattice::B
                                     : ferro::Sublattice::Unknown;
    column.indexed = n % 3 != 2;
    column.i = column.indexed ? static_cast<int>(n) - 20 : 0;
    column.j = column.indexed ? 7 - static_cast<int>(n) : 0;
    column.flags = static_cast<std::uint32_t>(n * 11 % 512);
    if (n > 0)
    {
      column.covariance << 4e-3, -1e-3, -1e-3, 9e-3;
      column.deviation = {uniform(generator) - 0.5, uniform(generator) - 0.5};
    }
  }
  auto set = ferro::AtomColumnSet::New();
  set->SetGeometry(Geometry(calibrated));
  set->SetColumns(columns);
  return set;
}

ferro::UnitCellSet::Pointer
SomeCells(bool calibrated)
{
  ferro::UnitCellSet::ContainerType cells(3);
  cells[0].i = -3;
  cells[0].j = 12;
  cells[0].position = {10.123456, 20.5};
  cells[0].polarization = {0.5, -1.0}; // up and to the right on the screen
  cells[0].covariance << 0.01, 0.002, 0.002, 0.04;
  cells[0].a = calibrated ? 0.396 : 19.8;
  cells[0].b = calibrated ? 0.401 : 20.05;
  cells[0].gamma = 1.5;
  cells[0].area = calibrated ? 0.1588 : 397.0;
  cells[0].strainXX = 0.01;
  cells[0].strainYY = -0.02;
  cells[0].strainXY = 0.003;
  cells[0].latticeRotation = 0.1;
  cells[0].flags = ferro::FlagEdge | ferro::FlagNearVacancy;
  cells[1].center = ferro::Sublattice::A;
  cells[2].polarization = {-2.0, 1.0};
  auto set = ferro::UnitCellSet::New();
  set->SetGeometry(Geometry(calibrated));
  set->SetCells(cells);
  return set;
}

template <class TAction>
std::string
ErrorOf(TAction && action)
{
  try
  {
    action();
  }
  catch (const ferro::Error & error)
  {
    return std::to_string(static_cast<int>(error.GetStatus())) + " " + error.GetMessage();
  }
  return "no error";
}

std::string
ColumnsError(const std::filesystem::path & path)
{
  return ErrorOf([&] { ferro::ReadColumnTable(path, Geometry(true)); });
}
} // namespace

TEST(ResultTables, ColumnNamesAreTheAgreedOnes)
{
  const auto columns = Scratch("columns.csv");
  const auto cells = Scratch("cells.csv");
  ferro::WriteColumnTable(*SomeColumns(true), columns);
  ferro::WriteCellTable(*SomeCells(true), cells);
  const auto firstLine = [](const std::string & text) { return text.substr(0, text.find('\n')); };
  EXPECT_EQ(firstLine(Content(columns)),
            "id,sublattice,i,j,x_px,y_px,x_nm,y_nm,amplitude,background,sigma_major_px,sigma_minor_px,rotation_deg,"
            "err_x_pm,err_y_pm,cov_xy_pm2,residual_rms,flag,dev_x_pm,dev_y_pm,err_fit_x_pm,err_fit_y_pm,err_scan_x_pm,"
            "err_scan_y_pm,scan_dx_pm,scan_dy_pm,drift_dx_pm,drift_dy_pm,err_frames_x_pm,err_frames_y_pm");
  EXPECT_EQ(firstLine(Content(cells)),
            "id,center,i,j,x_px,y_px,x_nm,y_nm,px_pm,py_pm,p_pm,angle_deg,err_px_pm,err_py_pm,cov_pxy_pm2,a_nm,b_nm,"
            "gamma_deg,area_nm2,flag,strain_xx,strain_yy,strain_xy,lattice_rotation_deg,p_uc_cm2,domain");
}

TEST(ResultTables, ColumnsComeBack)
{
  for (const bool calibrated : {true, false})
  {
    const auto path = Scratch(calibrated ? "nm.csv" : "px.csv");
    const auto written = SomeColumns(calibrated);
    ferro::WriteColumnTable(*written, path);
    const auto read = ferro::ReadColumnTable(path, written->GetGeometry());
    ASSERT_EQ(read->Size(), written->Size());
    for (std::size_t n = 0; n < read->Size(); ++n)
    {
      const auto & l = written->GetColumns()[n];
      const auto & r = read->GetColumns()[n];
      EXPECT_LT((l.position - r.position).norm(), 1e-5);
      EXPECT_NEAR(l.amplitude, r.amplitude, 1e-3);
      EXPECT_NEAR(l.background, r.background, 1e-4);
      EXPECT_NEAR(l.sigmaMajor, r.sigmaMajor, 1e-5);
      EXPECT_NEAR(l.sigmaMinor, r.sigmaMinor, 1e-5);
      EXPECT_NEAR(l.rotation, r.rotation, 1e-4);
      EXPECT_NEAR(l.residualRms, r.residualRms, 1e-5);
      EXPECT_EQ(l.sublattice, r.sublattice);
      EXPECT_EQ(l.indexed, r.indexed);
      EXPECT_EQ(l.i, r.i);
      EXPECT_EQ(l.j, r.j);
      EXPECT_EQ(l.flags, r.flags);
      EXPECT_LT((l.covariance - r.covariance).norm(), 1e-6);
      EXPECT_EQ(n == 0, std::isnan(r.deviation.x()));
      if (n > 0)
      {
        EXPECT_LT((l.deviation - r.deviation).norm(), 1e-4);
      }
    }
    // The same columns give the same bytes again.
    const auto again = Scratch("again.csv");
    ferro::WriteColumnTable(*written, again);
    EXPECT_EQ(Content(path), Content(again));
  }
}

TEST(ResultTables, CellsComeBack)
{
  for (const bool calibrated : {true, false})
  {
    const auto path = Scratch(calibrated ? "nm.csv" : "px.csv");
    const auto written = SomeCells(calibrated);
    written->SetMicrocoulombPerPicometre(2.0);
    ferro::WriteCellTable(*written, path);
    const auto read = ferro::ReadCellTable(path, written->GetGeometry());
    ASSERT_EQ(read->Size(), written->Size());
    const auto & l = written->GetCells()[0];
    const auto & r = read->GetCells()[0];
    EXPECT_EQ(r.i, -3);
    EXPECT_EQ(r.j, 12);
    EXPECT_EQ(r.flags, l.flags);
    EXPECT_EQ(read->GetCells()[1].center, ferro::Sublattice::A);
    EXPECT_TRUE(std::isnan(read->GetCells()[1].polarization.x()));
    EXPECT_LT((l.polarization - r.polarization).norm(), 1e-4);
    EXPECT_LT((l.covariance - r.covariance).norm(), 1e-6);
    EXPECT_NEAR(l.a, r.a, 1e-5);
    EXPECT_NEAR(l.b, r.b, 1e-5);
    EXPECT_NEAR(l.gamma, r.gamma, 1e-5);
    EXPECT_NEAR(l.area, r.area, 1e-4);
    EXPECT_NEAR(l.strainXX, r.strainXX, 1e-6);
    EXPECT_NEAR(l.strainYY, r.strainYY, 1e-6);
    EXPECT_NEAR(l.strainXY, r.strainXY, 1e-6);
    EXPECT_NEAR(l.latticeRotation, r.latticeRotation, 1e-5);
    EXPECT_NEAR(read->GetMicrocoulombPerPicometre(), calibrated ? 2.0 : 0.0, 1e-3);
  }
}

TEST(ResultTables, UnitsAndSignsAreThoseOfTheNames)
{
  const auto path = Scratch("cells.csv");
  const auto cells = SomeCells(true);
  cells->SetMicrocoulombPerPicometre(0.5);
  ferro::WriteCellTable(*cells, path);
  const auto table = Content(path);
  EXPECT_EQ(Field(table, "x_nm", 0), "0.202469");
  EXPECT_EQ(Field(table, "px_pm", 0), "10.000");  // 0.5 px of 20 pm
  EXPECT_EQ(Field(table, "py_pm", 0), "-21.000"); // 1 px of 21 pm, upwards
  EXPECT_EQ(Field(table, "p_pm", 0), "23.259");
  EXPECT_EQ(Field(table, "angle_deg", 0), "64.537"); // first quadrant as seen on the screen
  EXPECT_EQ(Field(table, "err_px_pm", 0), "2.0000");
  EXPECT_EQ(Field(table, "err_py_pm", 0), "4.2000");
  EXPECT_EQ(Field(table, "cov_pxy_pm2", 0), "0.84");
  EXPECT_EQ(Field(table, "gamma_deg", 0), "85.9437");
  EXPECT_EQ(Field(table, "p_uc_cm2", 0), "11.630");
  EXPECT_EQ(Field(table, "flag", 0), "edge+near-vacancy");
  EXPECT_EQ(Field(table, "px_pm", 1), "");
  EXPECT_EQ(Field(table, "err_px_pm", 1), "");
  EXPECT_EQ(Field(table, "flag", 1), "");
  EXPECT_EQ(table.find("px_px"), std::string::npos);

  auto columns = ferro::AtomColumnSet::New();
  columns->SetGeometry(Geometry(true));
  columns->SetColumns(ferro::AtomColumnSet::ContainerType(3));
  columns->GetColumns()[0].rotation = 0.5;              // x towards y: down on the screen
  columns->GetColumns()[1].rotation = std::atan(1) * 2; // upright
  columns->GetColumns()[2].position = {-1e-9, 0.0};
  ferro::WriteColumnTable(*columns, path);
  const auto columnTable = Content(path);
  EXPECT_EQ(Field(columnTable, "rotation_deg", 0), "-28.648");
  EXPECT_EQ(Field(columnTable, "rotation_deg", 1), "90.000");
  EXPECT_EQ(Field(columnTable, "x_px", 2), "0.00000"); // not -0
  EXPECT_EQ(Field(columnTable, "sublattice", 0), "?");
  EXPECT_EQ(Field(columnTable, "i", 0), "");
}

TEST(ResultTables, WithoutCalibrationPixelColumnsFollow)
{
  const auto path = Scratch("table.csv");
  const auto cells = SomeCells(false);
  cells->SetMicrocoulombPerPicometre(0.5);
  ferro::WriteCellTable(*cells, path);
  auto table = Content(path);
  for (const auto * name : {"x_nm", "y_nm", "px_pm", "py_pm", "p_pm", "err_px_pm", "err_py_pm", "cov_pxy_pm2", "a_nm",
                            "b_nm", "area_nm2", "p_uc_cm2"})
  {
    EXPECT_EQ(Field(table, name, 0), "") << name;
  }
  EXPECT_EQ(Field(table, "px_px", 0), "0.50000");
  EXPECT_EQ(Field(table, "p_px", 0), "1.11803");
  EXPECT_EQ(Field(table, "err_py_px", 0), "0.200000");
  EXPECT_EQ(Field(table, "cov_pxy_px2", 0), "0.002");
  EXPECT_EQ(Field(table, "a_px", 0), "19.80000");
  EXPECT_EQ(Field(table, "area_px2", 0), "397.0000");
  EXPECT_EQ(Field(table, "angle_deg", 0), "63.435");

  ferro::WriteColumnTable(*SomeColumns(false), path);
  table = Content(path);
  for (const auto * name : {"x_nm", "y_nm", "err_x_pm", "err_y_pm", "cov_xy_pm2", "dev_x_pm", "dev_y_pm"})
  {
    EXPECT_EQ(Field(table, name, 1), "") << name;
  }
  EXPECT_EQ(Field(table, "err_x_px", 1), "0.063246");
  EXPECT_EQ(Field(table, "cov_xy_px2", 1), "-0.001");
}

TEST(ResultTables, TakesTablesOfOthers)
{
  // A spreadsheet's: byte order mark, semicolons, CRLF, quotes, other columns, whole numbers as decimals.
  const auto path = Written("labels.csv", "\xEF\xBB\xBFname;y_px;x_px;\"sublattice\";i;j\r\n"
                                          "\"first; one\";2.5;1e1;B;3.0;-2\r\n"
                                          "\r\n"
                                          "second; 4 ;+5;;;\r\n");
  const auto columns = ferro::ReadColumnTable(path, Geometry(true));
  ASSERT_EQ(columns->Size(), 2u);
  EXPECT_EQ(columns->GetColumns()[0].position, Eigen::Vector2d(10.0, 2.5));
  EXPECT_EQ(columns->GetColumns()[0].sublattice, ferro::Sublattice::B);
  EXPECT_EQ(columns->GetColumns()[0].i, 3);
  EXPECT_EQ(columns->GetColumns()[0].j, -2);
  EXPECT_EQ(columns->GetColumns()[1].position, Eigen::Vector2d(5.0, 4.0));
  EXPECT_FALSE(columns->GetColumns()[1].indexed);
  EXPECT_EQ(ferro::ReadColumnTable(Written("none.csv", "x_px,y_px\n"), Geometry(true))->Size(), 0u);
}

TEST(ResultTables, BrokenTablesAreExplained)
{
  const auto has = [](const std::string & text, const std::string & part)
  { return text.find(part) != std::string::npos ? testing::AssertionSuccess() : testing::AssertionFailure() << text; };
  const auto bad = ColumnsError(Written("bad.csv", "x_px,y_px\n1,2\n3,4.5.6\n"));
  EXPECT_TRUE(has(bad, "bad.csv: line 3: column y_px: found \"4.5.6\", expected a finite number") ||
              has(bad, "bad.csv: line 3: column y_px: found \"4.5.6\", expected a number"));
  EXPECT_EQ(bad.substr(0, 2), "3 ");
  EXPECT_TRUE(has(ColumnsError(Written("m.csv", "x_px,b\n1,2\n")), "line 1: column y_px is missing, found x_px, b"));
  EXPECT_TRUE(has(ColumnsError(Written("e.csv", "")), "the file is empty"));
  EXPECT_TRUE(has(ColumnsError(Written("n.csv", "\n\n")), "the file is empty"));
  for (const auto * value : {"nan", "inf", "-inf", "", "1e999", "0x10", "1,5"})
  {
    EXPECT_EQ(ColumnsError(Written("v.csv", std::string("x_px,y_px\n1,") + value + "\n")).substr(0, 2), "3 ") << value;
  }
  EXPECT_TRUE(has(ColumnsError(Written("t.csv", "x_px,y_px,i\n1,2,3\n4,5")), "line 3: 2 fields, expected 3"));
  EXPECT_TRUE(has(ColumnsError(Written("s.csv", "x_px,y_px,sublattice\n1,2,C\n")), "expected A, B or ?"));
  EXPECT_TRUE(has(ColumnsError(Written("w.csv", "x_px,y_px,i,j\n1,2,0.5,0\n")), "column i: found \"0.5\""));
  EXPECT_TRUE(has(ColumnsError(Written("d.csv", "x_px,x_px,y_px\n1,2,3\n")), "twice"));
  EXPECT_TRUE(has(ColumnsError(Written("l.csv", std::string(1000000, 'x'))), "longer than"));
  EXPECT_TRUE(has(ColumnsError(Written("b.csv", std::string("ab\0cd", 5))), "binary data"));
  EXPECT_TRUE(has(ColumnsError(Scratch("missing.csv")), "No such file"));
  EXPECT_TRUE(has(ColumnsError(testing::TempDir()), "folder"));
  EXPECT_TRUE(has(ErrorOf([&] { ferro::ReadCellTable(Written("c.csv", "x_px,y_px,px_px,py_px\n"), Geometry(true)); }),
                  "column px_pm is missing"));
}

TEST(ResultTables, UnwritablePlacesAreExplained)
{
  const auto missing = std::filesystem::path(testing::TempDir()) / "no" / "such" / "folder" / "columns.csv";
  const auto error = ErrorOf([&] { ferro::WriteColumnTable(*SomeColumns(true), missing); });
  EXPECT_NE(error.find("5 " + missing.string() + ": cannot be written: No such file or directory"), std::string::npos)
    << error;
  if (std::filesystem::exists("/dev/full"))
  {
    const auto full = ErrorOf([] { ferro::WriteCellTable(*SomeCells(true), "/dev/full"); });
    EXPECT_NE(full.find("5 /dev/full: cannot be written: No space left"), std::string::npos) << full;
  }
}
