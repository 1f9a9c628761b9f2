// HDF5 of programs that are met: MATLAB, NeXus, PyTables, long floating-point numbers, user blocks, foreign filters.
#include "ferroErrors.h"
#include "ferroMicrographReader.h"
#include "ferroTestFiles.h"
#include "ferroTestHdf5.h"

#include <gtest/gtest.h>

#include <map>

using namespace ferrotest;

namespace
{
void
ExpectPixels(const std::filesystem::path & file, const ferro::ImageSelection & selection = {}, int frame = 0)
{
  const auto image = ferro::ReadMicrograph(file, selection);
  ASSERT_EQ(image->GetLargestPossibleRegion().GetSize()[0], 4u);
  ASSERT_EQ(image->GetLargestPossibleRegion().GetSize()[1], 3u);
  for (int y = 0; y < 3; ++y)
  {
    for (int x = 0; x < 4; ++x)
    {
      EXPECT_EQ(image->GetPixel({{x, y}}), static_cast<float>(Value(x, y, frame)));
    }
  }
}

std::string
Refusal(const std::filesystem::path & file)
{
  try
  {
    ferro::InspectFile(file);
  }
  catch (const ferro::InputError & error)
  {
    return error.GetMessage();
  }
  return "opened";
}
} // namespace

// MATLAB's matrix of rows and columns lies in memory, and so in the file, columns first; of three axes the frames come
// first of all.
TEST(Hdf5Variants, Matlab)
{
  const TestFolder folder;
  const auto path = folder.Path() / "a.mat";
  {
    std::vector<double> image;
    std::vector<double> stack;
    for (int f = 0; f < 2; ++f)
    {
      for (int x = 0; x < 4; ++x)
      {
        for (int y = 0; y < 3; ++y)
        {
          stack.push_back(Value(x, y, f));
          if (f == 0)
          {
            image.push_back(Value(x, y));
          }
        }
      }
    }
    Hdf5Writer file(path);
    file.Data("/haadf", {4, 3}, image, H5T_IEEE_F64LE);
    file.Text("/haadf", "MATLAB_class", "double");
    file.Data("/stack", {2, 4, 3}, stack, H5T_IEEE_F32LE);
    file.Text("/stack", "MATLAB_class", "single");
  }
  EXPECT_EQ(ferro::InspectFile(path).images.at(0).shape, (std::vector<long>{3, 4}));
  ExpectPixels(path, {"haadf", "", {}});
  ExpectPixels(path.string() + ":/stack", {"", "1", {}}, 1);
}

// An NXdata group names its signal and one vector of coordinates for each axis of it.
TEST(Hdf5Variants, NexusAxes)
{
  const TestFolder folder;
  const auto path = folder.Path() / "a.nxs";
  {
    Hdf5Writer file(path);
    file.Group("/entry/data");
    file.Text("/entry/data", "NX_class", "NXdata");
    file.Text("/entry/data", "signal", "intensity");
    file.Texts("/entry/data", "axes", {".", "vertical", "horizontal"});
    file.Data("/entry/data/intensity", {2, 3, 4}, RowsFirst(2));
    file.Data("/entry/data/error", {2, 3, 4}, RowsFirst(2));
    file.Data("/entry/data/vertical", {3}, {1.0, 1.03, 1.06}, H5T_IEEE_F64LE);
    file.Data("/entry/data/horizontal", {4}, {0, 20, 40, 60}, H5T_IEEE_F64LE);
    file.Text("/entry/data/vertical", "units", "nm");
    file.Text("/entry/data/horizontal", "units", "pm");
  }
  const auto image = ferro::InspectFile(path.string() + ":/entry/data/intensity").images.at(0);
  EXPECT_NEAR(image.axes[2].scale, 0.02, 1e-12);
  EXPECT_NEAR(image.axes[1].scale, 0.03, 1e-12);
  EXPECT_EQ(image.axes[0].unit, "");
  ExpectPixels(path.string() + ":/entry/data/intensity", {"", "1", {}}, 1);
  // Of the group it is the signal that is meant.
  EXPECT_EQ(ferro::InspectFile(path.string() + ":/entry/data/error").images.at(0).axes[2].unit, "");
  // Vectors that are in another file leave the pixels as they are.
  const auto linked = folder.Path() / "b.nxs";
  {
    Hdf5Writer file(linked);
    file.Group("/data");
    file.Text("/data", "signal", "intensity");
    file.Texts("/data", "axes", {"y", "x"});
    file.Data("/data/intensity", {3, 4}, RowsFirst());
    H5Lcreate_external(path.c_str(), "/entry/data/vertical", file.Id(), "/data/y", H5P_DEFAULT, H5P_DEFAULT);
  }
  EXPECT_EQ(ferro::InspectFile(linked).images.at(0).axes[0].unit, "");
  ExpectPixels(linked);
  ExpectPixels(linked.string() + ":/data/intensity");
}

// Nion Swift: a JSON text beside each data set.
TEST(Hdf5Variants, NionProperties)
{
  const TestFolder folder;
  const auto path = folder.Path() / "a.nhdf";
  {
    Hdf5Writer file(path);
    file.Data("/data/A", {2, 3, 4}, RowsFirst(2), H5T_IEEE_F32LE);
    file.Text("/data/A", "properties",
              R"({"title": "MAADF", "is_sequence": true, "datum_dimension_count": 2, "created": "2021-03-04T05:06:07",
                  "dimensional_calibrations": [{"offset": 0.0, "scale": 1.0, "units": ""},
                    {"offset": -0.06, "scale": 0.03, "units": "nm"}, {"offset": -0.08, "scale": 0.02, "units": "nm"}],
                  "metadata": {"instrument": {"high_tension": 100000.0}}})");
    file.Data("/data/B", {3, 4}, RowsFirst());
    file.Text("/data/B", "properties", R"({"datum_dimension_count": 1, "collection_dimension_count": 1})");
    file.Data("/data/C", {3, 4}, RowsFirst());
    file.Text("/data/C", "properties", R"({"dimensional_calibrations": [{"scale": 1}, {"sc)");
  }
  const auto image = ferro::InspectFile(path.string() + ":/data/A").images.at(0);
  EXPECT_EQ(image.title, "MAADF");
  EXPECT_NEAR(image.axes[2].scale, 0.02, 1e-12);
  EXPECT_NEAR(image.axes[1].scale, 0.03, 1e-12);
  EXPECT_NEAR(image.axes[1].offset, -0.06, 1e-12);
  EXPECT_EQ(image.axes[0].unit, "");
  EXPECT_EQ(image.metadata.at("beam_energy_kV"), "100");
  EXPECT_EQ(image.metadata.at("date"), "2021-03-04T05:06:07");
  ExpectPixels(path.string() + ":/data/A", {"", "1", {}}, 1);
  const auto info = ferro::InspectFile(path);
  ASSERT_EQ(info.images.size(), 2u);
  EXPECT_FALSE(info.images[0].readable);
  EXPECT_TRUE(info.images[1].readable);
  EXPECT_EQ(info.images[1].axes[1].unit, "");
}

TEST(Hdf5Variants, TypesThatAreRare)
{
  const TestFolder folder;
  const auto path = folder.Path() / "a.h5";
  {
    Hdf5Writer file(path);
    file.Data("/long", {3, 4}, RowsFirst(), H5T_NATIVE_LDOUBLE);
    // PyTables keeps bool as fields of eight bits.
    const hsize_t shape[] = {3, 4};
    std::vector<unsigned char> values;
    for (const double value : RowsFirst())
    {
      values.push_back(value > 11.0 ? 1 : 0);
    }
    const hid_t space = H5Screate_simple(2, shape, nullptr);
    const hid_t data = H5Dcreate2(file.Id(), "/mask", H5T_STD_B8LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(data, H5T_NATIVE_B8, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    H5Dclose(data);
    H5Sclose(space);
  }
  const auto info = ferro::InspectFile(path);
  ASSERT_EQ(info.images.size(), 2u);
  EXPECT_EQ(info.images[0].dtype, "float128");
  EXPECT_EQ(info.images[1].dtype, "bool");
  ExpectPixels(path, {"long", "", {}});
  const auto mask = ferro::ReadMicrograph(path, {"mask", "", {}});
  EXPECT_EQ(mask->GetPixel({{1, 1}}), 0.0F); // 11
  EXPECT_EQ(mask->GetPixel({{2, 1}}), 1.0F); // 12
}

TEST(Hdf5Variants, UserBlocksOfAnyLength)
{
  const TestFolder folder;
  for (const hsize_t length : {512, 2048, 4096, 65536})
  {
    const auto path = folder.Path() / (std::to_string(length) + ".h5");
    const hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_userblock(creation, length);
    H5Fclose(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, H5P_DEFAULT));
    H5Pclose(creation);
    const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    const hsize_t shape[] = {3, 4};
    const hid_t space = H5Screate_simple(2, shape, nullptr);
    const hid_t data = H5Dcreate2(file, "/image", H5T_STD_U16LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, RowsFirst().data());
    H5Dclose(data);
    H5Sclose(space);
    H5Fclose(file);
    ExpectPixels(path);
  }
}

TEST(Hdf5Variants, FiltersAreCalledByTheirNames)
{
  const TestFolder folder;
  const std::map<int, std::string> names = {{32001, "Blosc"}, {32008, "bitshuffle"}, {32015, "Zstandard"}};
  for (const auto & [filter, name] : names)
  {
    const auto path = folder.Path() / (name + ".h5");
    {
      Hdf5Writer file(path);
      const hsize_t shape[] = {30, 40};
      const hid_t space = H5Screate_simple(2, shape, nullptr);
      const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
      H5Pset_chunk(creation, 2, shape);
      H5Pset_filter(creation, filter, H5Z_FLAG_OPTIONAL, 0, nullptr);
      H5Dclose(H5Dcreate2(file.Id(), "/image", H5T_STD_U16LE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
      H5Pclose(creation);
      H5Sclose(space);
    }
    EXPECT_NE(Refusal(path).find("filter " + std::to_string(filter) + " (" + name + ")"), std::string::npos)
      << Refusal(path);
  }
}

// Texts and empty arrays beside data of four axes are not what is wrong with a file.
TEST(Hdf5Variants, DataOfFourAxesAreNoImage)
{
  const TestFolder folder;
  const auto path = folder.Path() / "a.h5";
  {
    Hdf5Writer file(path);
    file.Data("/cube", {2, 1, 3, 4}, RowsFirst(2));
    file.TextData("/a title", "scan");
    const hid_t space = H5Screate(H5S_NULL);
    H5Dclose(H5Dcreate2(file.Id(), "/a nothing", H5T_STD_U16LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(space);
  }
  EXPECT_NE(Refusal(path).find("does not contain an image"), std::string::npos) << Refusal(path);
}

// DM5: colours are kept as whole numbers, and spectra say what they are by their format.
TEST(GatanDm5Variants, ColoursAndSpectraAreNoImages)
{
  const TestFolder folder;
  const auto path = folder.Path() / "a.dm5";
  {
    Hdf5Writer file(path);
    for (const int code : {2, 23, 7})
    {
      const std::string entry = "/ImageList/[" + std::to_string(code) + "]";
      file.Data(entry + "/ImageData/Data", {3, 4}, RowsFirst(), code == 2 ? H5T_IEEE_F32LE : H5T_STD_U32LE);
      file.Number(entry + "/ImageData", "DataType", code);
      file.Group(entry + "/ImageTags/Meta Data");
      file.Text(entry + "/ImageTags/Meta Data", "Format", code == 7 ? "Spectrum Image" : "Image");
    }
  }
  const auto info = ferro::InspectFile(path);
  ASSERT_EQ(info.images.size(), 3u);
  EXPECT_FALSE(info.images[0].readable); // [23]
  EXPECT_EQ(info.images[0].dtype, "rgba");
  EXPECT_TRUE(info.images[1].readable);
  EXPECT_FALSE(info.images[2].readable);
  ExpectPixels(path);
}

// Signals that another signal's metadata hold have a list of axes; files before 1.0 say what their axes are for by one
// word for all.
TEST(HyperSpyVariants, ListsOfAxesAndRecordBy)
{
  const TestFolder folder;
  for (const std::string record : {"image", "spectrum"})
  {
    const auto path = folder.Path() / (record + ".hspy");
    {
      Hdf5Writer file(path);
      file.Group("/Experiments/a/_list_2_axes/0");
      file.Group("/Experiments/a/_list_2_axes/1");
      file.Data("/Experiments/a/data", {3, 4}, RowsFirst());
      for (const int k : {0, 1})
      {
        const std::string axis = "/Experiments/a/_list_2_axes/" + std::to_string(k);
        file.Number(axis, "scale", k == 0 ? 0.03 : 0.02);
        file.Number(axis, "offset", 0.0);
        file.Text(axis, "units", "nm");
      }
      file.Group("/Experiments/a/mapped_parameters");
      file.Text("/Experiments/a/mapped_parameters", "record_by", record);
    }
    const auto info = ferro::InspectFile(path);
    EXPECT_NEAR(info.images.at(0).axes[1].scale, 0.02, 1e-12);
    EXPECT_NEAR(info.images[0].axes[0].scale, 0.03, 1e-12);
    EXPECT_EQ(info.images[0].readable, record == "image");
  }
}
