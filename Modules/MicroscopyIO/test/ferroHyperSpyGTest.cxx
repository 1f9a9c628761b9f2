#include "ferroErrors.h"
#include "ferroMicroscopyFile.h"
#include "ferroTestFiles.h"

#include <gtest/gtest.h>
#include <hdf5.h>

using namespace ferrotest;

namespace
{
/** Writes HyperSpy-like files with the HDF5 library itself. */
class HyperSpyWriter
{
public:
  explicit HyperSpyWriter(const std::filesystem::path & path)
    : file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT))
  {
    this->Group("/Experiments");
    this->Group("/Experiments/signal");
  }
  ~HyperSpyWriter()
  {
    H5Fclose(file);
  }
  HyperSpyWriter(const HyperSpyWriter &) = delete;
  HyperSpyWriter & operator=(const HyperSpyWriter &) = delete;

  void
  Group(const std::string & name)
  {
    H5Gclose(H5Gcreate2(file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  }
  void
  Text(const std::string & object, const std::string & name, const std::string & value)
  {
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, value.size() + 1);
    this->Attribute(object, name, type, type, value.c_str());
    H5Tclose(type);
  }
  void
  Number(const std::string & object, const std::string & name, double value)
  {
    this->Attribute(object, name, H5T_IEEE_F32BE, H5T_NATIVE_DOUBLE, &value);
  }
  void
  Axis(int index, const std::string & name, double scale, const std::string & unit)
  {
    const std::string group = "/Experiments/signal/axis-" + std::to_string(index);
    this->Group(group);
    this->Text(group, "name", name);
    this->Number(group, "scale", scale);
    if (!unit.empty())
    {
      this->Text(group, "units", unit);
    }
  }
  void
  Data(std::vector<hsize_t> shape, hid_t type, hid_t properties = H5P_DEFAULT, bool fill = true)
  {
    std::vector<double> pixels;
    const int frames = shape.size() == 3 ? static_cast<int>(shape[0]) : 1;
    for (int f = 0; fill && f < frames; ++f)
    {
      for (int y = 0; y < 3; ++y)
      {
        for (int x = 0; x < 4; ++x)
        {
          pixels.push_back(Value(x, y, f));
        }
      }
    }
    const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t data = H5Dcreate2(file, "/Experiments/signal/data", type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    if (fill)
    {
      H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, pixels.data());
    }
    H5Dclose(data);
    H5Sclose(space);
  }
  hid_t file;

private:
  void
  Attribute(const std::string & object, const std::string & name, hid_t type, hid_t memory, const void * value)
  {
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute =
      H5Acreate_by_name(file, object.c_str(), name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, memory, value);
    H5Aclose(attribute);
    H5Sclose(space);
  }
};

std::size_t
PassThrough(unsigned int, std::size_t, const unsigned int *, std::size_t bytes, std::size_t *, void **)
{
  return bytes;
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

TEST(HyperSpyReader, StackWithCalibration)
{
  const TestFolder folder;
  const auto path = folder.Path() / "a.hspy";
  {
    HyperSpyWriter writer(path);
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t chunk[] = {1, 3, 4};
    H5Pset_chunk(properties, 3, chunk);
    H5Pset_deflate(properties, 6);
    writer.Data({3, 3, 4}, H5T_STD_I16BE, properties);
    H5Pclose(properties);
    writer.Axis(0, "time", 0.5, "s");
    writer.Axis(1, "y", 0.25, "\xc3\x85");
    writer.Axis(2, "x", 0.5, "nm");
    writer.Group("/Experiments/signal/metadata");
    writer.Group("/Experiments/signal/metadata/General");
    writer.Text("/Experiments/signal/metadata/General", "title", "Bi film");
    writer.Group("/Experiments/signal/metadata/Acquisition_instrument");
    writer.Group("/Experiments/signal/metadata/Acquisition_instrument/TEM");
    writer.Number("/Experiments/signal/metadata/Acquisition_instrument/TEM", "beam_energy", 200.0);
  }
  const ferro::FileInfo info = ferro::InspectFile(path);
  ASSERT_EQ(info.images.size(), 1u);
  EXPECT_EQ(info.images[0].title, "Bi film");
  EXPECT_EQ(info.images[0].dtype, "int16");
  EXPECT_EQ(info.images[0].axes[0].unit, "s");
  EXPECT_EQ(info.images[0].metadata.at("beam_energy_kV"), "200");
  ferro::ImageSelection selection;
  selection.frame = "1";
  const auto image = ferro::ReadMicrograph(path, selection);
  EXPECT_EQ(image->GetPixel({{3, 2}}), static_cast<float>(Value(3, 2, 1)));
  EXPECT_NEAR(image->GetSpacing()[0], 0.5, 1e-12);
  EXPECT_NEAR(image->GetSpacing()[1], 0.025, 1e-12);
}

TEST(HyperSpyReader, LzfBlocks)
{
  const TestFolder folder;
  const auto path = folder.Path() / "lzf.hspy";
  // HDF5 makes such a data set only with a filter that can compress. This one stands in for it and is gone
  // before the file is read.
  const H5Z_class2_t standIn = {H5Z_CLASS_T_VERS, 32000, 1, 1, "stand-in", nullptr, nullptr, PassThrough};
  ASSERT_GE(H5Zregister(&standIn), 0);
  {
    HyperSpyWriter writer(path);
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t chunk[] = {3, 4};
    H5Pset_chunk(properties, 2, chunk);
    const unsigned int values[] = {4, 0x105, 12};
    H5Pset_filter(properties, 32000, H5Z_FLAG_OPTIONAL, 3, values);
    writer.Data({3, 4}, H5T_STD_U8LE, properties, false);
    H5Pclose(properties);
    // Two bytes as they are (control 1), then eight more that repeat them (length 6 + 2, distance 1 + 1),
    // then two as they are.
    const std::string block("\x01\x05\x07\xc0\x01\x01\x08\x09", 8);
    const hid_t data = H5Dopen2(writer.file, "/Experiments/signal/data", H5P_DEFAULT);
    const hsize_t offset[] = {0, 0};
    ASSERT_GE(H5Dwrite_chunk(data, H5P_DEFAULT, 0, offset, block.size(), block.data()), 0);
    H5Dclose(data);
  }
  ASSERT_GE(H5Zunregister(32000), 0);
  const auto image = ferro::ReadMicrograph(path);
  const float expected[] = {5, 7, 5, 7, 5, 7, 5, 7, 5, 7, 8, 9};
  for (int i = 0; i < 12; ++i)
  {
    EXPECT_EQ(image->GetBufferPointer()[i], expected[i]) << i;
  }
}

TEST(HyperSpyReader, WhatIsRefused)
{
  const TestFolder folder;
  const auto path = folder.Path() / "a.hspy";
  {
    HyperSpyWriter writer(path);
    H5Lcreate_external("/etc/hostname", "/x", writer.file, "/Experiments/signal/data", H5P_DEFAULT, H5P_DEFAULT);
  }
  EXPECT_NE(Refusal(path).find("another file"), std::string::npos) << Refusal(path);
  {
    HyperSpyWriter writer(path);
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(properties, "/etc/passwd", 0, 24);
    writer.Data({3, 4}, H5T_STD_U16LE, properties, false);
    H5Pclose(properties);
  }
  EXPECT_NE(Refusal(path).find("another file"), std::string::npos) << Refusal(path);
  {
    HyperSpyWriter writer(path);
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t chunk[] = {1000, 1000};
    H5Pset_chunk(properties, 2, chunk);
    writer.Data({1000000, 1000000}, H5T_IEEE_F64LE, properties, false);
    H5Pclose(properties);
  }
  EXPECT_NE(Refusal(path).find("too large"), std::string::npos) << Refusal(path);
  {
    HyperSpyWriter writer(path);
    H5Lcreate_soft("/Experiments/signal/data", writer.file, "/Experiments/signal/data", H5P_DEFAULT, H5P_DEFAULT);
  }
  EXPECT_NE(Refusal(path).find("no data"), std::string::npos) << Refusal(path);
  H5Fclose(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
  EXPECT_NE(Refusal(path).find("nothing inside"), std::string::npos) << Refusal(path);
}
