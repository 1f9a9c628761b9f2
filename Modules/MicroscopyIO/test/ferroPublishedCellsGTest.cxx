// The table of unit cells that is published with the images of the BiFeO3 series.
#include "ferroErrors.h"
#include "ferroMicroscopyFile.h"
#include "ferroResultTables.h"
#include "ferroTestFiles.h"
#include "ferroTestHdf5.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>

using namespace ferrotest;

namespace
{
constexpr int Along = 4; // cells along a
constexpr int Down = 3;  // along b
constexpr hsize_t Count = Along * Down;

struct Options
{
  bool pairsFirst = true;     // 2 x N, as published; N x 2 otherwise
  double unitsPerPixel = 1.0; // of a, b, Pxy and the root of Vol
  bool degrees = true;
  std::string without;
};

// Values of cell k; all of them different.
struct Truth
{
  explicit Truth(int k)
    : i(k % Along + 3), j(k / Along - 1), x(10.25 + 25.0 * (k % Along) + 0.1 * k),
      y(12.5 + 26.0 * (k / Along) - 0.05 * k), px(1.5 - 0.1 * k), py(-2.0 + 0.2 * k), a(25.0 + 0.01 * k),
      b(26.0 - 0.01 * k), alpha(90.0 + 0.1 * k), area(650.0 + k)
  {
  }
  int i;
  int j;
  double x;
  double y;
  double px;
  double py;
  double a;
  double b;
  double alpha;
  double area;
};

std::vector<double>
Column(const std::function<double(const Truth &)> & value)
{
  std::vector<double> result;
  for (int k = 0; k < static_cast<int>(Count); ++k)
  {
    result.push_back(value(Truth(k)));
  }
  return result;
}

void
WriteTable(const std::filesystem::path & path, const Options & options = {})
{
  Hdf5Writer file(path);
  const auto pair = [&](const std::string & name, const std::vector<double> & first, const std::vector<double> & second)
  {
    std::vector<double> values;
    for (hsize_t n = 0; n < 2 * Count; ++n)
    {
      const hsize_t k = options.pairsFirst ? n % Count : n / 2;
      values.push_back((options.pairsFirst ? n < Count : n % 2 == 0) ? first[k] : second[k]);
    }
    if (name != options.without)
    {
      file.Data("/" + name, options.pairsFirst ? std::vector<hsize_t>{2, Count} : std::vector<hsize_t>{Count, 2},
                values, H5T_IEEE_F64LE);
    }
  };
  const auto single = [&](const std::string & name, const std::vector<double> & values)
  {
    if (name != options.without)
    {
      file.Data("/" + name, options.pairsFirst ? std::vector<hsize_t>{1, Count} : std::vector<hsize_t>{Count}, values,
                H5T_IEEE_F64LE);
    }
  };
  const double u = options.unitsPerPixel;
  const double angle = options.degrees ? 1.0 : 3.14159265358979323846 / 180.0;
  pair("ab", Column([](const Truth & t) { return t.i; }), Column([](const Truth & t) { return t.j; }));
  pair("xy_COM", Column([](const Truth & t) { return t.x; }), Column([](const Truth & t) { return t.y; }));
  pair("Pxy", Column([u](const Truth & t) { return u * t.px; }), Column([u](const Truth & t) { return u * t.py; }));
  single("a", Column([u](const Truth & t) { return u * t.a; }));
  single("b", Column([u](const Truth & t) { return u * t.b; }));
  single("alpha", Column([angle](const Truth & t) { return angle * t.alpha; }));
  single("Vol", Column([u](const Truth & t) { return u * u * t.area; }));
  for (int n = 1; n <= 5; ++n)
  {
    single("I" + std::to_string(n), Column([n](const Truth & t) { return 1000.0 * n + t.x; }));
  }
}

void
WriteImage(const std::filesystem::path & path)
{
  // Columns first, as published: 120 wide and 90 high.
  std::vector<double> pixels;
  for (int x = 0; x < 120; ++x)
  {
    for (int y = 0; y < 90; ++y)
    {
      pixels.push_back(1000.0 * x + y);
    }
  }
  Hdf5Writer(path).Data("/MainImage", {120, 90}, pixels, H5T_IEEE_F64LE);
}

ferro::ImageGeometry
Geometry(bool calibrated)
{
  ferro::ImageGeometry geometry;
  geometry.width = 120;
  geometry.height = 90;
  geometry.calibrated = calibrated;
  geometry.pixelSizeNm = calibrated ? Eigen::Vector2d(0.016, 0.015) : Eigen::Vector2d(1.0, 1.0);
  return geometry;
}

std::string
MessageOf(const std::function<void()> & action)
{
  try
  {
    action();
  }
  catch (const ferro::InputError & error)
  {
    return error.GetMessage();
  }
  return "no InputError";
}
} // namespace

// In any unit and either order of the axes, with pixels as they are and calibrated: the same cells.
TEST(PublishedCells, BecomeCells)
{
  const TestFolder folder;
  const auto path = folder.Path() / "Sm_0_0_UCParameterization.h5";
  for (const bool pairsFirst : {true, false})
  {
    for (const double unitsPerPixel : {1.0, 0.158, 15.8, 0.0158})
    {
      for (const bool calibrated : {false, true})
      {
        SCOPED_TRACE(std::to_string(pairsFirst) + " " + std::to_string(unitsPerPixel) + std::to_string(calibrated));
        Options options;
        options.pairsFirst = pairsFirst;
        options.unitsPerPixel = unitsPerPixel;
        options.degrees = pairsFirst;
        WriteTable(path, options);
        ASSERT_TRUE(ferro::IsPublishedCellTable(path));
        const auto set = ferro::ReadCellTable(path, Geometry(calibrated));
        ASSERT_EQ(set->Size(), Count);
        ASSERT_EQ(set->GetExtraColumns().size(), 5u);
        // Lengths in other units are scaled by the distances of neighbours, whose medians here are 0.3 % off.
        const double tolerance = unitsPerPixel == 1.0 ? 1e-9 : 0.01;
        for (std::size_t k = 0; k < Count; ++k)
        {
          const Truth truth(static_cast<int>(k));
          const ferro::UnitCell & cell = set->GetCells()[k];
          EXPECT_EQ(cell.center, ferro::Sublattice::B);
          EXPECT_EQ(cell.i, truth.i);
          EXPECT_EQ(cell.j, truth.j);
          EXPECT_DOUBLE_EQ(cell.position.x(), truth.x);
          EXPECT_DOUBLE_EQ(cell.position.y(), truth.y);
          EXPECT_NEAR(cell.polarization.x(), truth.px, tolerance * 2.0);
          EXPECT_NEAR(cell.polarization.y(), truth.py, tolerance * 2.0);
          // a runs along x and b along y, but for a hundredth.
          EXPECT_NEAR(cell.a / truth.a, calibrated ? 0.016 : 1.0, calibrated ? 1e-4 : tolerance);
          EXPECT_NEAR(cell.b / truth.b, calibrated ? 0.015 : 1.0, calibrated ? 1e-4 : tolerance);
          EXPECT_NEAR(cell.area / truth.area, calibrated ? 0.016 * 0.015 : 1.0, calibrated ? 1e-5 : 2 * tolerance);
          EXPECT_NEAR(cell.gamma * 180.0 / 3.14159265358979323846, truth.alpha, 1e-9);
          EXPECT_EQ(set->GetExtraColumns()[4].first, "I5");
          EXPECT_DOUBLE_EQ(set->GetExtraColumns()[4].second[k], 5000.0 + truth.x);
        }
      }
    }
  }
}

TEST(PublishedCells, AsCsvAndBack)
{
  const TestFolder folder;
  const auto path = folder.Path() / "table.h5";
  WriteTable(path);
  for (const bool calibrated : {false, true})
  {
    const auto set = ferro::ReadCellTable(path, Geometry(calibrated));
    ferro::WriteCellTable(*set, folder.Path() / "cells.csv");
    EXPECT_FALSE(ferro::IsPublishedCellTable(folder.Path() / "cells.csv"));
    const auto copy = ferro::ReadCellTable(folder.Path() / "cells.csv", Geometry(calibrated));
    ASSERT_EQ(copy->Size(), Count);
    ASSERT_EQ(copy->GetExtraColumns().size(), 5u);
    // And once more: no column is there twice.
    ferro::WriteCellTable(*copy, folder.Path() / "again.csv");
    EXPECT_EQ(ferro::ReadCellTable(folder.Path() / "again.csv", Geometry(calibrated))->Size(), Count);
    for (std::size_t k = 0; k < Count; ++k)
    {
      EXPECT_NEAR(copy->GetCells()[k].polarization.x(), set->GetCells()[k].polarization.x(), 1e-4);
      EXPECT_NEAR(copy->GetCells()[k].a, set->GetCells()[k].a, 1e-5);
      EXPECT_NEAR(copy->GetCells()[k].gamma, set->GetCells()[k].gamma, 1e-6);
      EXPECT_NEAR(copy->GetExtraColumns()[0].second[k], set->GetExtraColumns()[0].second[k], 1e-4);
    }
  }
}

TEST(PublishedCells, ThePairIsDescribed)
{
  const TestFolder folder;
  const auto table = folder.Path() / "Sm_10_0_UCParameterization.h5";
  const auto image = folder.Path() / "SM_10_0_HAADF.h5"; // spelled like this in the data set
  WriteTable(table);
  auto info = ferro::InspectFile(table);
  EXPECT_TRUE(info.images.empty());
  EXPECT_EQ(info.metadata["image"], "Sm_10_0_HAADF.h5 (not in this folder)");
  WriteImage(image);
  info = ferro::InspectFile(table);
  EXPECT_EQ(info.format, "table of unit cells (HDF5)");
  EXPECT_EQ(info.metadata["cells"], "12");
  EXPECT_EQ(info.metadata["fields"], "I1, I2, I3, I4, I5, Pxy, Vol, a, ab, alpha, b, xy_COM");
  EXPECT_EQ(info.metadata["image"], "SM_10_0_HAADF.h5");
  EXPECT_EQ(info.metadata["range_a"], "25 to 25.11");
  EXPECT_EQ(info.metadata["range_ab_1"], "3 to 6");
  EXPECT_EQ(info.metadata["length_unit"], "px");
  EXPECT_EQ(info.metadata.count("note"), 0u);
  const auto pixels = ferro::ReadMicrograph(image);
  EXPECT_EQ(pixels->GetPixel({{100, 7}}), 100007.0f); // x to the right, as in xy_COM
  EXPECT_EQ(ferro::InspectFile(image).images.at(0).metadata["cell_table"], "Sm_10_0_UCParameterization.h5");
  EXPECT_EQ(ferro::GetPublishedCellGeometry(table).width, 120);
  EXPECT_EQ(ferro::GetPublishedCellGeometry(table).height, 90);
  EXPECT_FALSE(ferro::GetPublishedCellGeometry(table).calibrated);
  EXPECT_EQ(ferro::GetPublishedCellGeometry(table, 0.0158).pixelSizeNm.y(), 0.0158);
  const std::string message = MessageOf([&] { ferro::ReadMicrograph(table); });
  EXPECT_NE(message.find("holds no image, it is a table of unit cells (HDF5); its image is SM_10_0_HAADF.h5"),
            std::string::npos)
    << message;
  // A data set of it can still be asked for by name.
  EXPECT_EQ(ferro::InspectFile(table.string() + ":/Pxy").images.at(0).shape, (std::vector<long>{2, 12}));
}

TEST(PublishedCells, WithoutFieldsThatMayBeMissing)
{
  const TestFolder folder;
  const auto path = folder.Path() / "t.h5";
  for (const char * field : {"a", "b", "alpha", "Vol", "I5"})
  {
    Options options;
    options.without = field;
    WriteTable(path, options);
    const auto set = ferro::ReadCellTable(path, Geometry(false));
    ASSERT_EQ(set->Size(), Count) << field;
    EXPECT_EQ(std::isnan(set->GetCells()[5].a), options.without == "a");
    EXPECT_EQ(std::isnan(set->GetCells()[5].gamma), options.without == "alpha");
    EXPECT_EQ(std::isnan(set->GetCells()[5].area), options.without == "Vol");
    EXPECT_NEAR(set->GetCells()[5].polarization.x(), 1.0, 1e-9);
  }
}

// Values that cannot be what their name says are carried along under their name, and a note says so.
TEST(PublishedCells, NothingIsTakenForWhatItIsNot)
{
  const TestFolder folder;
  const auto path = folder.Path() / "t.h5";
  Options options;
  options.without = "Pxy";
  WriteTable(path, options);
  {
    const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    const hsize_t shape[2] = {2, Count};
    const std::vector<double> charge(2 * Count, 60.0); // in uC/cm2, say
    const hid_t space = H5Screate_simple(2, shape, nullptr);
    hid_t data = H5Dcreate2(file, "Pxy", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, charge.data());
    H5Dclose(data);
    H5Sclose(space);
    std::vector<double> volume(Count, 16000.0);
    data = H5Dopen2(file, "Vol", H5P_DEFAULT);
    H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, volume.data());
    H5Dclose(data);
    H5Fclose(file);
  }
  const auto set = ferro::ReadCellTable(path, Geometry(true));
  EXPECT_FALSE(set->GetCells()[0].polarization.allFinite());
  EXPECT_TRUE(std::isnan(set->GetCells()[0].area));
  ASSERT_EQ(set->GetExtraColumns().size(), 8u);
  EXPECT_EQ(set->GetExtraColumns()[5].first, "Pxy_1");
  EXPECT_EQ(set->GetExtraColumns()[5].second[3], 60.0);
  EXPECT_EQ(set->GetExtraColumns()[7].first, "Vol");
  const std::string note = ferro::InspectFile(path).metadata["note"];
  EXPECT_NE(note.find("Pxy is no displacement"), std::string::npos) << note;
  EXPECT_NE(note.find("Vol is no area"), std::string::npos) << note;
}

TEST(PublishedCells, DamagedTablesAreRefusedWithASentence)
{
  const TestFolder folder;
  const auto path = folder.Path() / "t.h5";
  const auto message = [&] { return MessageOf([&] { ferro::ReadCellTable(path, Geometry(false)); }); };
  const auto has = [](const std::string & text, const std::string & part)
  { return text.find(part) != std::string::npos; };
  const std::vector<double> whole = {0, 1, 2, 0, 1, 2};
  {
    Hdf5Writer file(path);
    file.Data("/ab", {2, 3}, whole, H5T_IEEE_F64LE);
    file.Data("/xy_COM", {2, 4}, {1, 2, 3, 4, 5, 6, 7, 8}, H5T_IEEE_F64LE);
    file.Data("/Pxy", {2, 3}, whole, H5T_IEEE_F64LE);
  }
  EXPECT_TRUE(has(message(), "'xy_COM' is 2 x 4 of type float64, expected 2 x 3 numbers")) << message();
  {
    Hdf5Writer file(path);
    file.Data("/ab", {2, 3}, {0, 0.5, 1, 0, 1, 2}, H5T_IEEE_F64LE);
    file.Data("/xy_COM", {2, 3}, whole, H5T_IEEE_F64LE);
    file.Data("/Pxy", {2, 3}, whole, H5T_IEEE_F64LE);
  }
  EXPECT_TRUE(has(message(), "'ab' of cell 1 is 0.5, expected a lattice index")) << message();
  {
    Hdf5Writer file(path);
    file.Data("/ab", {2, 3}, whole, H5T_IEEE_F64LE);
    file.Data("/xy_COM", {2, 3}, whole, H5T_IEEE_F64LE);
    file.Data("/Pxy", {2, 3}, whole, H5T_IEEE_F64LE);
    file.Data("/a", {4}, {1, 2, 3, 4}, H5T_IEEE_F64LE);
  }
  EXPECT_TRUE(has(message(), "'a' is 4 of type float64, expected 3 numbers, one per cell")) << message();
  {
    Hdf5Writer file(path);
    file.Data("/ab", {3, 3}, std::vector<double>(9, 0.0), H5T_IEEE_F64LE);
    file.Data("/xy_COM", {3, 3}, std::vector<double>(9, 0.0), H5T_IEEE_F64LE);
    file.Data("/Pxy", {3, 3}, std::vector<double>(9, 0.0), H5T_IEEE_F64LE);
  }
  EXPECT_TRUE(has(message(), "'ab' is not 2 x N or N x 2")) << message();
  // Cut anywhere: refused, never a crash.
  WriteTable(path);
  std::ifstream stream(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  for (std::size_t length = 1; length < bytes.size(); length += 97)
  {
    const auto cut = folder.Write("cut.h5", bytes.substr(0, length));
    EXPECT_THROW(ferro::ReadCellTable(cut, Geometry(false)), ferro::InputError) << length;
  }
  // A byte that is changed: read or refused.
  for (std::size_t at = 0; at < bytes.size(); at += 11)
  {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ (at % 2 == 0 ? 0xff : 0x01));
    const auto file = folder.Write("changed.h5", changed);
    try
    {
      const auto set = ferro::ReadCellTable(file, Geometry(true));
      ferro::WriteCellTable(*set, folder.Path() / "changed.csv");
      ferro::InspectFile(file);
    }
    catch (const ferro::InputError &)
    {
    }
  }
}

TEST(PublishedCells, CellsWithoutAPositionAreLeftOut)
{
  const TestFolder folder;
  const auto path = folder.Path() / "t.h5";
  {
    Hdf5Writer file(path);
    file.Data("/ab", {2, 3}, {0, 1, 2, 0, 0, 0}, H5T_IEEE_F64LE);
    file.Data("/xy_COM", {2, 3}, {10, std::nan(""), 60, 5, 5, 5}, H5T_IEEE_F64LE);
    file.Data("/Pxy", {2, 3}, {1, 1, std::nan(""), 1, 1, 1}, H5T_IEEE_F64LE);
    file.Data("/I1", {3}, {1, 2, 3}, H5T_IEEE_F64LE);
  }
  const auto set = ferro::ReadCellTable(path, Geometry(false));
  ASSERT_EQ(set->Size(), 2u);
  EXPECT_EQ(set->GetCells()[1].i, 2);
  EXPECT_FALSE(set->GetCells()[1].polarization.allFinite());
  EXPECT_EQ(set->GetExtraColumns().at(0).second, (std::vector<double>{1, 3}));
  EXPECT_NE(ferro::InspectFile(path).metadata["note"].find("1 cells without a position"), std::string::npos);
}

// For the test of 'convert', which cannot make HDF5 by itself.
TEST(PublishedCells, WriteAPairWhereItIsAskedFor)
{
  const TestFolder own;
  const char * wanted = std::getenv("FERROSCOPE_TEST_FOLDER");
  const std::filesystem::path folder = wanted == nullptr ? own.Path() : std::filesystem::path(wanted);
  WriteTable(folder / "Sm_0_0_UCParameterization.h5");
  WriteImage(folder / "Sm_0_0_HAADF.h5");
  EXPECT_TRUE(ferro::IsPublishedCellTable(folder / "Sm_0_0_UCParameterization.h5"));
}
