#include "ferroArrayFile.h"
#include "ferroErrors.h"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <filesystem>
#include <fstream>
#include <numeric>

namespace
{
namespace fs = std::filesystem;

class ArrayFileTest : public ::testing::Test
{
protected:
  fs::path file = fs::temp_directory_path() / ("ferroArrayFile" + std::to_string(::getpid()) + ".h5");
  void
  TearDown() override
  {
    fs::remove(file);
  }
};
} // namespace

TEST_F(ArrayFileTest, RowsThatWereAppendedAreReadBackInPieces)
{
  std::vector<float> values(7 * 300 * 200);
  std::iota(values.begin(), values.end(), 0.5f);
  const std::vector<std::int32_t> numbers{3, -4, 5};
  ferro::ArrayFileWriter writer(file);
  writer.WriteDescription("{\"name\": \"\u00e5\"}");
  writer.Append("windows/pixels", {300, 200}, 3, values.data());
  writer.Append("windows/part", {}, 3, numbers.data());
  writer.Append("windows/pixels", {300, 200}, 4, values.data() + 3 * 60000);
  writer.Append("windows/none", {2}, 0, values.data());
  writer.Close();

  const ferro::ArrayFileReader reader(file);
  EXPECT_EQ(reader.GetDescription(), "{\"name\": \"\u00e5\"}");
  EXPECT_EQ(reader.GetShape("windows/pixels"), (std::vector<long>{7, 300, 200}));
  EXPECT_FALSE(reader.Has("windows/none"));
  EXPECT_EQ(reader.Read("windows/pixels", 0, 7), values);
  EXPECT_EQ(reader.Read("windows/pixels", 2, 3), std::vector<float>(values.begin() + 120000, values.begin() + 300000));
  EXPECT_EQ(reader.Read("windows/part", 1, 2), (std::vector<float>{-4.0f, 5.0f}));
  EXPECT_TRUE(reader.Has("windows/part"));
  EXPECT_FALSE(reader.Has("windows/other"));
  EXPECT_THROW(reader.Read("windows/pixels", 5, 3), ferro::InputError);
  EXPECT_THROW(reader.Read("windows/pixels", -1, 3), ferro::InputError);
  EXPECT_THROW(reader.Read("other", 0, 1), ferro::InputError);

  // Held against the HDF5 library itself, which is what h5py uses.
  const hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t data = H5Dopen2(id, "/windows/pixels", H5P_DEFAULT);
  std::vector<float> direct(values.size());
  EXPECT_GE(H5Dread(data, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, direct.data()), 0);
  EXPECT_EQ(direct, values);
  H5Dclose(data);
  H5Fclose(id);
}

TEST_F(ArrayFileTest, FailuresNameTheFile)
{
  try
  {
    ferro::ArrayFileWriter writer("/no/such/folder/x.h5");
    FAIL();
  }
  catch (const ferro::OutputError & error)
  {
    EXPECT_NE(error.GetMessage().find("/no/such/folder/x.h5"), std::string::npos);
  }
  std::ofstream(file) << "not an HDF5 file";
  EXPECT_THROW(ferro::ArrayFileReader reader(file), ferro::InputError);
}

TEST_F(ArrayFileTest, FullDisk)
{
  if (!fs::exists("/dev/full"))
  {
    GTEST_SKIP();
  }
  const std::vector<float> values(1 << 20, 1.0f);
  EXPECT_THROW(
    {
      ferro::ArrayFileWriter writer("/dev/full");
      writer.Append("a", {1 << 20}, 1, values.data());
      writer.Close();
    },
    ferro::OutputError);
}
