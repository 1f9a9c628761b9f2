// Every target of 'convert': what comes back is what went in.
#include "ferroErrors.h"
#include "ferroMicrographReader.h"
#include "ferroMicrographWriter.h"
#include "ferroSha256.h"
#include "ferroTestFiles.h"
#include "ferroTestHdf5.h"
#include "itkMetaDataObject.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace ferrotest;

namespace
{
const std::map<std::string, std::string> Metadata = {
  {"beam_energy_kV", "300"},  {"detector", "HAADF \xc3\x85 <&\"> = \xce\xbc"},
  {"dwell_time_us", "10"},    {"scan_rotation_deg", "-12.5"},
  {"magnification", "5e+06"}, {"date", "27/08/2016"}};

ferro::MicrographType::Pointer
MakeImage(double x, double y, const std::string & title)
{
  const auto image = ferro::MicrographType::New();
  image->SetRegions(ferro::MicrographType::SizeType{{5, 3}});
  const double spacing[2] = {x > 0.0 ? x : 1.0, y > 0.0 ? y : 1.0};
  image->SetSpacing(spacing);
  image->Allocate();
  const float values[] = {0.0f,     -1.5f,         1e-38f,  3.4e38f,  16777216.0f,
                          0.1f,     std::nanf(""), 7.0f,    1.0f / 3, -0.0f,
                          65535.0f, 255.0f,        -128.0f, 1e10f,    std::numeric_limits<float>::infinity()};
  std::copy(std::begin(values), std::end(values), image->GetBufferPointer());
  auto & dictionary = image->GetMetaDataDictionary();
  itk::EncapsulateMetaData<std::string>(dictionary, ferro::CalibratedKey, x > 0.0 ? "1" : "0");
  itk::EncapsulateMetaData<std::string>(dictionary, ferro::TitleKey, title);
  itk::EncapsulateMetaData<std::string>(dictionary, "Ferroscope.format", "Gatan DM4");
  for (const auto & [key, value] : Metadata)
  {
    itk::EncapsulateMetaData<std::string>(dictionary, "Ferroscope." + key, value);
  }
  return image;
}

std::string
Entry(const ferro::MicrographType & image, const std::string & key)
{
  std::string value = "(none)";
  itk::ExposeMetaData(image.GetMetaDataDictionary(), key, value);
  return value;
}

// The same bits, NaN and the sign of zero included.
void
ExpectSamePixels(const ferro::MicrographType & a, const ferro::MicrographType & b)
{
  ASSERT_EQ(a.GetLargestPossibleRegion(), b.GetLargestPossibleRegion());
  const std::size_t count = a.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t k = 0; k < count; ++k)
  {
    const float left = a.GetBufferPointer()[k];
    const float right = b.GetBufferPointer()[k];
    EXPECT_TRUE((std::isnan(left) && std::isnan(right)) || (left == right && std::signbit(left) == std::signbit(right)))
      << k << ": " << left << " " << right;
  }
}

const std::vector<std::string> WithMetadata = {".h5", ".nrrd", ".mha", ".tif"};
} // namespace

TEST(MicrographWriter, CalibrationMetadataAndPixelsComeBack)
{
  const TestFolder folder;
  for (const std::string & extension : WithMetadata)
  {
    for (const std::string title : {"HAADF", "Sum of 3/4 - \xc3\x85", ""})
    {
      SCOPED_TRACE(extension + " '" + title + "'");
      const auto image = MakeImage(0.0123456789, 0.0234, title);
      const auto path = folder.Path() / ("a" + extension);
      ferro::WriteMicrograph(*image, path);
      const auto copy = ferro::ReadMicrograph(path);
      ExpectSamePixels(*image, *copy);
      const ferro::ImageGeometry geometry = ferro::GetImageGeometry(*copy);
      EXPECT_TRUE(geometry.calibrated);
      EXPECT_NEAR(geometry.pixelSizeNm.x(), 0.0123456789, 1e-10);
      EXPECT_NEAR(geometry.pixelSizeNm.y(), 0.0234, 1e-10);
      EXPECT_EQ(Entry(*copy, ferro::TitleKey), title);
      for (const auto & [key, value] : Metadata)
      {
        EXPECT_EQ(Entry(*copy, "Ferroscope." + key), value) << key;
      }
      // A copy of the copy says the same once more.
      const auto second = folder.Path() / ("b" + extension);
      ferro::WriteMicrograph(*copy, second);
      const ferro::FileInfo first = ferro::InspectFile(path);
      EXPECT_EQ(ferro::InspectFile(second).images.at(0).metadata, first.images.at(0).metadata);
    }
  }
}

TEST(MicrographWriter, NotCalibratedIsSaid)
{
  const TestFolder folder;
  for (const std::string extension : {".h5", ".nrrd", ".mha", ".tif", ".npy"})
  {
    SCOPED_TRACE(extension);
    const auto image = MakeImage(0.0, 0.0, "t");
    const auto path = folder.Path() / ("a" + extension);
    ferro::WriteMicrograph(*image, path);
    const auto copy = ferro::ReadMicrograph(path);
    ExpectSamePixels(*image, *copy);
    EXPECT_FALSE(ferro::GetImageGeometry(*copy).calibrated);
  }
}

TEST(MicrographWriter, PixelsOfExactlyOneNanometreAreCalibrated)
{
  const TestFolder folder;
  for (const std::string & extension : WithMetadata)
  {
    SCOPED_TRACE(extension);
    const auto path = folder.Path() / ("a" + extension);
    ferro::WriteMicrograph(*MakeImage(1.0, 1.0, "t"), path);
    EXPECT_TRUE(ferro::GetImageGeometry(*ferro::ReadMicrograph(path)).calibrated);
  }
}

// From a picometre to a tenth of a millimetre per pixel.
TEST(MicrographWriter, PixelSizesOfAnyMagnitude)
{
  const TestFolder folder;
  for (const std::string & extension : WithMetadata)
  {
    for (const double size : {0.001, 0.0297, 1.0 / 3, 0.99999999, 1.0, 27.11529563081865, 3372.4, 123456.789})
    {
      SCOPED_TRACE(extension + " " + std::to_string(size));
      const auto path = folder.Path() / ("a" + extension);
      ferro::WriteMicrograph(*MakeImage(size, 1.07 * size, "t"), path);
      const ferro::ImageGeometry geometry = ferro::GetImageGeometry(*ferro::ReadMicrograph(path));
      EXPECT_TRUE(geometry.calibrated);
      EXPECT_NEAR(geometry.pixelSizeNm.x() / size, 1.0, 1e-11);
      EXPECT_NEAR(geometry.pixelSizeNm.y() / (1.07 * size), 1.0, 1e-11);
    }
  }
}

TEST(MicrographWriter, NumpyHoldsThePixelsOnly)
{
  const TestFolder folder;
  const auto image = MakeImage(0.02, 0.02, "t");
  const auto path = folder.Path() / "a.npy";
  ferro::WriteMicrograph(*image, path);
  const auto copy = ferro::ReadMicrograph(path);
  ExpectSamePixels(*image, *copy);
  EXPECT_FALSE(ferro::GetImageGeometry(*copy).calibrated);
  EXPECT_EQ(Entry(*copy, "Ferroscope.detector"), "(none)");
}

// One data set per type of pixel, as a stack: each frame survives in each target.
TEST(MicrographWriter, EveryTypeOfPixelAndFramesOfAStack)
{
  const TestFolder folder;
  const std::vector<std::pair<std::string, hid_t>> types = {
    {"uint8", H5T_STD_U8LE},     {"int8", H5T_STD_I8LE},     {"uint16", H5T_STD_U16BE}, {"int16", H5T_STD_I16LE},
    {"uint32", H5T_STD_U32LE},   {"int32", H5T_STD_I32BE},   {"uint64", H5T_STD_U64LE}, {"int64", H5T_STD_I64LE},
    {"float32", H5T_IEEE_F32BE}, {"float64", H5T_IEEE_F64LE}};
  const auto path = folder.Path() / "types.h5";
  {
    Hdf5Writer file(path);
    for (const auto & [name, type] : types)
    {
      const double low = name[0] == 'u' ? 0.0 : -100.0;
      file.Data("/" + name, {2, 3, 5}, {low, 1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 100,
                                        101, 20, 30, 40, 50, 60, 70, 80, 90, 10, 11, 12, 13, 14, low},
                type);
    }
  }
  for (const auto & [name, type] : types)
  {
    for (const std::string frame : {"0", "1", "mean"})
    {
      const auto image = ferro::ReadMicrograph(path, {name, frame, 0.025});
      EXPECT_EQ(image->GetPixel({{1, 0}}), frame == "0" ? 1.0f : frame == "1" ? 20.0f : 10.5f);
      for (const std::string extension : {".h5", ".nrrd", ".mha", ".tif", ".npy"})
      {
        SCOPED_TRACE(name + " " + frame + " " + extension);
        const auto copyPath = folder.Path() / ("copy" + extension);
        ferro::WriteMicrograph(*image, copyPath);
        const auto copy = ferro::ReadMicrograph(copyPath);
        ExpectSamePixels(*image, *copy);
        EXPECT_EQ(ferro::GetImageGeometry(*copy).calibrated, extension != ".npy");
      }
    }
  }
}

// What pyNSID's check_if_main asks of a main data set, asked through HDF5 itself.
TEST(MicrographWriter, Hdf5HasTheLayoutOfNsid)
{
  const TestFolder folder;
  const auto path = folder.Path() / "a.h5";
  ferro::WriteMicrograph(*MakeImage(0.02, 0.03, "HAADF-1"), path);
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const std::string group = "/Measurement_000/Channel_000/HAADF_1";
  const auto text = [file](const std::string & object, const char * name) -> std::string
  {
    if (H5Aexists_by_name(file, object.c_str(), name, H5P_DEFAULT) <= 0)
    {
      return "(none)";
    }
    const hid_t attribute = H5Aopen_by_name(file, object.c_str(), name, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t type = H5Aget_type(attribute);
    std::string result = "(no text of variable length)";
    if (H5Tis_variable_str(type) > 0)
    {
      char * value = nullptr;
      H5Aread(attribute, type, &value);
      result = value;
      H5free_memory(value);
    }
    H5Tclose(type);
    H5Aclose(attribute);
    return result;
  };
  const std::string data = group + "/HAADF_1";
  EXPECT_EQ(text(data, "main_data_name"), "HAADF-1");
  EXPECT_EQ(text(data, "data_type"), "IMAGE");
  for (const char * name : {"quantity", "units", "modality", "source", "nsid_version"})
  {
    EXPECT_EQ(text(data, name).find('('), std::string::npos) << name;
  }
  const double expected[2] = {0.02, 0.03};
  const hid_t main = H5Dopen2(file, data.c_str(), H5P_DEFAULT);
  const hsize_t lengths[2] = {5, 3};
  for (int k = 0; k < 2; ++k)
  {
    const std::string axis = group + (k == 0 ? "/x" : "/y");
    EXPECT_EQ(text(axis, "name"), k == 0 ? "x" : "y");
    EXPECT_EQ(text(axis, "units"), "nm");
    EXPECT_EQ(text(axis, "dimension_type"), "SPATIAL");
    EXPECT_EQ(text(axis, "quantity"), "Length");
    EXPECT_NE(text(axis, "nsid_version"), "(none)");
    const hid_t scale = H5Dopen2(file, axis.c_str(), H5P_DEFAULT);
    std::vector<double> values(lengths[k]);
    EXPECT_EQ(H5Dget_storage_size(scale), 8 * lengths[k]);
    H5Dread(scale, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    EXPECT_DOUBLE_EQ(values[2], 2 * expected[k]);
    char kind[32] = "";
    const hid_t attribute = H5Aopen(scale, "CLASS", H5P_DEFAULT);
    const hid_t type = H5Aget_type(attribute);
    H5Aread(attribute, type, kind);
    EXPECT_STREQ(kind, "DIMENSION_SCALE");
    H5Tclose(type);
    H5Aclose(attribute);
    H5Dclose(scale);
  }
  EXPECT_GT(H5Aexists(main, "DIMENSION_LIST"), 0);
  EXPECT_GT(H5Aexists(main, "DIMENSION_LABELS"), 0);
  H5Dclose(main);
  H5Fclose(file);
}

TEST(MicrographWriter, SameImageSameBytes)
{
  const TestFolder folder;
  for (const std::string extension : {".h5", ".vti", ".nrrd", ".mha", ".tif", ".npy"})
  {
    const auto path = folder.Path() / ("a" + extension);
    ferro::WriteMicrograph(*MakeImage(0.02, 0.03, "t"), path);
    const std::string first = ferro::Sha256::HashFile(path);
    ferro::WriteMicrograph(*MakeImage(0.02, 0.03, "t"), path);
    EXPECT_EQ(ferro::Sha256::HashFile(path), first) << extension;
  }
}

TEST(MicrographWriter, LongTextsAreCutNotRefused)
{
  const TestFolder folder;
  const auto image = MakeImage(0.02, 0.03, "t");
  std::string text;
  for (int k = 0; k < 100000; ++k)
  {
    text += "\xc3\x85"; // Angstrom
  }
  itk::EncapsulateMetaData<std::string>(image->GetMetaDataDictionary(), "Ferroscope.labels", text);
  for (const std::string & extension : WithMetadata)
  {
    SCOPED_TRACE(extension);
    const auto path = folder.Path() / ("a" + extension);
    ferro::WriteMicrograph(*image, path);
    const std::string kept = Entry(*ferro::ReadMicrograph(path), "Ferroscope.labels");
    EXPECT_GT(kept.size(), 1490u);
    EXPECT_EQ(kept.substr(0, 1490), text.substr(0, 1490));
    EXPECT_EQ(kept.substr(kept.size() - 3), "...");
  }
}

TEST(MicrographWriter, FolderThatIsMissing)
{
  for (const std::string extension : {".h5", ".vti", ".nrrd", ".mha", ".tif", ".npy"})
  {
    EXPECT_THROW(ferro::WriteMicrograph(*MakeImage(0.02, 0.03, "t"), "/nowhere/at/all/a" + extension),
                 ferro::OutputError)
      << extension;
  }
}
