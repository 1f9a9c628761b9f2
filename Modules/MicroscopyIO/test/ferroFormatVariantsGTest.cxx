// Variants of the formats that files of other makers and versions have.
#include "ferroErrors.h"
#include "ferroMicroscopyFile.h"
#include "ferroTestFiles.h"
#include "ferroTestHdf5.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace ferrotest;

namespace
{
void
ExpectPixels(const std::filesystem::path & file, const ferro::ImageSelection & selection = {}, double factor = 1.0)
{
  const auto image = ferro::ReadMicrograph(file, selection);
  ASSERT_EQ(image->GetLargestPossibleRegion().GetSize()[0], 4u);
  ASSERT_EQ(image->GetLargestPossibleRegion().GetSize()[1], 3u);
  for (int y = 0; y < 3; ++y)
  {
    for (int x = 0; x < 4; ++x)
    {
      EXPECT_EQ(image->GetPixel({{x, y}}), static_cast<float>(factor * Value(x, y))) << x << " " << y;
    }
  }
}

std::string
MessageOf(const std::filesystem::path & file)
{
  try
  {
    ferro::ReadMicrograph(file);
  }
  catch (const ferro::InputError & error)
  {
    return error.GetMessage();
  }
  return "read";
}

template <typename T>
std::string
Pixels(bool little, double factor = 1.0)
{
  Bytes bytes(little);
  for (int y = 0; y < 3; ++y)
  {
    for (int x = 0; x < 4; ++x)
    {
      bytes.Add(static_cast<T>(factor * Value(x, y)));
    }
  }
  return bytes.text;
}

std::string
DmOf(int dataType, int elementType, const std::string & pixels, std::uint64_t elements, bool little, int version)
{
  DmOptions options;
  options.version = version;
  options.little = little;
  options.dataType = dataType;
  options.elementType = elementType;
  options.pixels = pixels;
  options.elements = elements;
  return MakeDm(options);
}
} // namespace

TEST(GatanVariants, EveryTypeOfPixel)
{
  const TestFolder folder;
  for (const int version : {3, 4})
  {
    for (const bool little : {true, false})
    {
      const auto read = [&](int dataType, int elementType, const std::string & pixels, double factor = 1.0)
      {
        SCOPED_TRACE("DataType " + std::to_string(dataType));
        const auto path = folder.Write("a.dm", DmOf(dataType, elementType, pixels, 12, little, version));
        ExpectPixels(path, {}, factor);
        return ferro::InspectFile(path).images.at(0).dtype;
      };
      EXPECT_EQ(read(1, 2, Pixels<std::int16_t>(little, -3), -3), "int16");
      EXPECT_EQ(read(2, 6, Pixels<float>(little, 0.5), 0.5), "float32");
      EXPECT_EQ(read(6, 8, Pixels<std::uint8_t>(little)), "uint8");
      EXPECT_EQ(read(7, 3, Pixels<std::int32_t>(little, -1e5), -1e5), "int32");
      EXPECT_EQ(read(9, 9, Pixels<std::int8_t>(little, -1), -1), "int8");
      EXPECT_EQ(read(10, 4, Pixels<std::uint16_t>(little, 1000), 1000), "uint16");
      EXPECT_EQ(read(11, 5, Pixels<std::uint32_t>(little, 1e6), 1e6), "uint32");
      EXPECT_EQ(read(12, 7, Pixels<double>(little, 0.1), 0.1), "float64");
      EXPECT_EQ(read(14, 8, Pixels<std::uint8_t>(little)), "bool");
      EXPECT_EQ(read(39, 11, Pixels<std::int64_t>(little, -7), -7), "int64");
      EXPECT_EQ(read(40, 12, Pixels<std::uint64_t>(little, 7), 7), "uint64");
    }
  }
}

// Listed, and refused with a sentence when they are asked for.
TEST(GatanVariants, WhatIsNoImageOfRealNumbers)
{
  const TestFolder folder;
  const auto check = [&](int dataType, int elementType, std::uint64_t elements, std::size_t size,
                         const std::string & dtype, const std::string & reason)
  {
    const auto path = folder.Write("a.dm4", DmOf(dataType, elementType, std::string(size, '\1'), elements, true, 4));
    const auto info = ferro::InspectFile(path);
    EXPECT_EQ(info.images.at(0).dtype, dtype);
    EXPECT_FALSE(info.images.at(0).readable);
    EXPECT_NE(MessageOf(path).find(reason), std::string::npos) << MessageOf(path);
  };
  check(3, 6, 24, 96, "complex64", "complex");
  check(13, 7, 24, 192, "complex128", "complex");
  check(5, 6, 12, 48, "complex64", "complex");
  check(27, 6, 18, 72, "complex64", "complex");
  check(28, 7, 18, 144, "complex128", "complex");
  check(8, 3, 12, 48, "rgba", "colour");
  check(23, 3, 12, 48, "rgba", "colour");
  const auto path = folder.Write("a.dm4", DmOf(77, 6, std::string(48, '\1'), 12, true, 4));
  EXPECT_NE(MessageOf(path).find("DataType) 77"), std::string::npos) << MessageOf(path);
}

// Spectra are no images, but what they hold can be looked at.
TEST(GatanVariants, SpectraHavePixels)
{
  const TestFolder folder;
  DmOptions options;
  options.unit = "eV";
  options.frames = 2;
  const auto path = folder.Write("a.dm4", MakeDm(options));
  const auto file = ferro::OpenMicroscopyFile(path);
  EXPECT_FALSE(file->GetInfo().images.at(0).readable);
  ASSERT_TRUE(file->HasPixels(0));
  std::vector<double> frame(12);
  file->ReadFrame(0, 1, frame.data());
  EXPECT_EQ(frame[7], Value(3, 1, 1));
  options.frames = 1;
  options.dataType = 3;
  options.elementType = 6;
  options.pixels = std::string(96, '\0');
  options.elements = 24;
  EXPECT_FALSE(ferro::OpenMicroscopyFile(folder.Write("b.dm4", MakeDm(options)))->HasPixels(0));
}

// Structures, lists of structures and strings in front of the images are stepped over exactly.
TEST(GatanVariants, RareTags)
{
  const TestFolder folder;
  for (const int version : {3, 4})
  {
    for (const bool little : {true, false})
    {
      DmOptions options;
      options.version = version;
      options.little = little;
      options.oddTags = true;
      ExpectPixels(folder.Write("a.dm", MakeDm(options)));
    }
  }
}

TEST(VeloxVariants, EveryTypeOfPixel)
{
  const TestFolder folder;
  const auto path = folder.Path() / "a.emd";
  for (const hid_t type : {H5T_STD_U8LE, H5T_STD_I16BE, H5T_STD_I32LE, H5T_STD_U32BE, H5T_IEEE_F32LE, H5T_IEEE_F64BE})
  {
    {
      Hdf5Writer file(path);
      file.TextData("/Version", "{\"format\": \"DevelopersKit\", \"version\": \"1\"}");
      file.Data("/Data/Image/0123456789abcdef0123456789abcdef/Data", {3, 4, 1}, RowsFirst(), type);
    }
    ExpectPixels(path);
    EXPECT_EQ(ferro::InspectFile(path).images.at(0).axes.at(1).unit, "");
  }
}

namespace
{
// A data set of two numbers per pixel.
void
WriteComplex(hid_t file, const char * path, const char * real, const char * imaginary)
{
  const hid_t type = H5Tcreate(H5T_COMPOUND, 8);
  H5Tinsert(type, real, 0, H5T_IEEE_F32LE);
  H5Tinsert(type, imaginary, 4, H5T_IEEE_F32LE);
  const hsize_t shape[3] = {3, 4, 1};
  const hid_t space = H5Screate_simple(3, shape, nullptr);
  const hid_t links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  H5Dclose(H5Dcreate2(file, path, type, space, links, H5P_DEFAULT, H5P_DEFAULT));
  H5Pclose(links);
  H5Sclose(space);
  H5Tclose(type);
}
} // namespace

TEST(VeloxVariants, TransformsAndVectorsAreListedOnly)
{
  const TestFolder folder;
  const auto path = folder.Path() / "a.emd";
  MakeVelox(path, true, 1);
  {
    const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    WriteComplex(file, "/Data/Image/1123456789abcdef0123456789abcdef/Data", "realFloat", "imagFloat");
    WriteComplex(file, "/Data/Image/2123456789abcdef0123456789abcdef/Data", "realFloatHalfEven", "imagFloatHalfEven");
    H5Fclose(file);
  }
  const auto info = ferro::InspectFile(path);
  ASSERT_EQ(info.images.size(), 3u);
  EXPECT_EQ(info.images[1].dtype, "complex64");
  EXPECT_EQ(info.images[2].dtype, "complex64");
  ExpectPixels(path); // the only image of real numbers needs no choice
}

TEST(EmdVariants, ComplexDataAndUnnamedGroups)
{
  const TestFolder folder;
  const auto path = folder.Path() / "a.emd";
  {
    Hdf5Writer file(path);
    file.Number("/", "version_major", 0);
    file.Group("/signals/__unnamed__");
    file.Number("/signals/__unnamed__", "emd_group_type", 1);
    file.Data("/signals/__unnamed__/data", {3, 4}, RowsFirst(), H5T_IEEE_F32LE);
    file.Group("/signals/wave");
    file.Number("/signals/wave", "emd_group_type", 1);
    WriteComplex(file.Id(), "/signals/wave/data", "r", "i");
  }
  const auto info = ferro::InspectFile(path);
  ASSERT_EQ(info.images.size(), 2u);
  EXPECT_EQ(info.images[0].title, "");
  EXPECT_EQ(info.images[1].dtype, "complex64");
  EXPECT_FALSE(info.images[1].readable);
  ExpectPixels(path);
}

// As newer versions of pyNSID write them: the title as the name of the data, dictionaries flattened.
TEST(NsidVariants, TitleAndMetadata)
{
  const TestFolder folder;
  const auto path = folder.Path() / "a.h5";
  {
    Hdf5Writer file(path);
    const std::string group = "/Measurement_000/Channel_000/HAADF_1";
    file.Data(group + "/HAADF_1", {3, 4}, RowsFirst(), H5T_IEEE_F32LE);
    file.Text(group + "/HAADF_1", "main_data_name", "HAADF-1");
    file.Text(group + "/HAADF_1", "data_type", "IMAGE");
    file.Text(group + "/HAADF_1", "quantity", "generic");
    for (const std::string axis : {"/y", "/x"})
    {
      file.Data(group + axis, {axis == "/y" ? 3U : 4U}, {0.0, 0.02, 0.04, 0.06}, H5T_IEEE_F64LE);
      file.Text(group + axis, "units", "nm");
    }
    file.DimensionList(group + "/HAADF_1", {group + "/y", group + "/x"});
    file.Texts(group + "/HAADF_1", "DIMENSION_LABELS", {"y", "x"});
    file.Group(group + "/metadata");
    file.Number(group + "/metadata", "experiment-acceleration_voltage", 200000);
    file.Number(group + "/metadata", "experiment-convergence_angle", 30);
    file.Text(group + "/metadata", "experiment-detector", "HAADF");
  }
  ExpectPixels(path);
  const ferro::ImageInfo image = ferro::InspectFile(path).images.at(0);
  EXPECT_EQ(image.title, "HAADF-1");
  EXPECT_NEAR(image.axes[1].scale, 0.02, 1e-12);
  const std::map<std::string, std::string> expected = {
    {"beam_energy_kV", "200"}, {"convergence_mrad", "30"}, {"detector", "HAADF"}};
  EXPECT_EQ(image.metadata, expected);
}

TEST(HyperSpyVariants, WhatTheMetadataSay)
{
  const TestFolder folder;
  const auto path = folder.Path() / "a.hspy";
  MakeHyperSpy(path);
  {
    const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    const std::string group = "/Experiments/signal/metadata/Acquisition_instrument/TEM";
    for (const std::string part : {"/Stage", "/Detector/Camera"})
    {
      H5Gclose(H5Gcreate2(file, (group + part).c_str(), links, H5P_DEFAULT, H5P_DEFAULT));
    }
    H5Pclose(links);
    const auto number = [&](const std::string & object, const char * name, double value)
    {
      const hid_t space = H5Screate(H5S_SCALAR);
      const hid_t attribute =
        H5Acreate_by_name(file, object.c_str(), name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
      H5Awrite(attribute, H5T_NATIVE_DOUBLE, &value);
      H5Aclose(attribute);
      H5Sclose(space);
    };
    number(group, "beam_energy", 200);
    number(group, "convergence_angle", 21.5);
    number(group, "camera_length", 135);
    number(group, "magnification", 2e6);
    number(group, "dwell_time", 1.5e-5);
    number(group + "/Stage", "tilt_alpha", -1.25);
    number(group + "/Detector/Camera", "exposure", 0.2);
    H5Fclose(file);
  }
  const std::map<std::string, std::string> expected = {
    {"beam_energy_kV", "200"}, {"convergence_mrad", "21.5"}, {"camera_length_mm", "135"}, {"magnification", "2e+06"},
    {"dwell_time_us", "15"},   {"stage_alpha_deg", "-1.25"}, {"exposure_s", "0.2"}};
  EXPECT_EQ(ferro::InspectFile(path).images.at(0).metadata, expected);
}

namespace
{
// An MRC of 4 x 3 numbers of 16 bits with an extended header.
std::string
MakeMrc(bool little, const std::string & kind, const std::string & extended, float cell)
{
  Bytes bytes(little);
  for (const std::int32_t word : {4, 3, 1, 1, 0, 0, 0, 4, 3, 1})
  {
    bytes.Add(word);
  }
  for (const float length : {4 * cell, 3 * cell, cell, 90.0F, 90.0F, 90.0F})
  {
    bytes.Add(length);
  }
  for (const std::int32_t word : {1, 2, 3})
  {
    bytes.Add(word);
  }
  bytes.Add(0.0F).Add(0.0F).Add(0.0F).Add(std::int32_t{0}).Add(static_cast<std::int32_t>(extended.size()));
  bytes.text.resize(104, '\0');
  bytes.Add(kind);
  bytes.text.resize(208, '\0');
  bytes.Add("MAP ").Add(std::string(little ? "\x44\x44" : "\x11\x11"));
  bytes.text.resize(1024, '\0');
  return bytes.text + extended + Pixels<std::int16_t>(little);
}
} // namespace

TEST(MrcVariants, ExtendedHeadersOfFei)
{
  const TestFolder folder;
  for (const bool little : {true, false})
  {
    for (const std::string kind : {"FEI1", "FEI2"})
    {
      std::string block(kind == "FEI1" ? 768 : 888, '\0');
      const auto put = [&](std::size_t at, double value)
      {
        Bytes bytes(little);
        block.replace(at, 8, bytes.Add(value).text);
      };
      Bytes length(little);
      block.replace(0, 4, length.Add(static_cast<std::int32_t>(block.size())).text);
      put(12, 44900.25);
      block.replace(20, 5, "Titan");
      put(84, 300000);
      put(100, 1.5);
      put(156, 2e-11);
      put(164, 3e-11);
      put(289, 5e6);
      put(301, 0.115);
      block.replace(519, 5, "HAADF");
      put(571, 1e-5);
      // The cell counts when there is one, the pixel size of the block otherwise.
      for (const float cell : {0.0F, 0.5F})
      {
        const auto path = folder.Write("a.mrc", MakeMrc(little, kind, block, cell));
        ExpectPixels(path);
        const ferro::ImageInfo image = ferro::InspectFile(path).images.at(0);
        EXPECT_NEAR(image.axes[1].scale, cell > 0 ? 0.05 : 0.02, 1e-9);
        EXPECT_NEAR(image.axes[0].scale, cell > 0 ? 0.05 : 0.03, 1e-9);
        const std::map<std::string, std::string> expected = {
          {"beam_energy_kV", "300"}, {"camera_length_mm", "115"}, {"date", "2022-12-05"},
          {"detector", "HAADF"},     {"dwell_time_us", "10"},     {"magnification", "5e+06"},
          {"microscope", "Titan"},   {"stage_alpha_deg", "1.5"},  {"time", "06:00:00"}};
        EXPECT_EQ(image.metadata, expected);
      }
    }
  }
}

TEST(MrcVariants, HeadersOfTomographyBeforeThat)
{
  const TestFolder folder;
  Bytes block(false);
  for (const float value :
       {-60.0F, 0.5F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 0.0F, 1.0F, 100.0F, 85.0F, 4e-10F, 50000.0F, 200000.0F})
  {
    block.Add(value);
  }
  std::string extended = block.text;
  extended.resize(1024 * 128, '\0');
  auto path = folder.Write("a.mrc", MakeMrc(false, std::string(4, '\0'), extended, 0.0F));
  ExpectPixels(path);
  ferro::ImageInfo image = ferro::InspectFile(path).images.at(0);
  EXPECT_NEAR(image.axes[1].scale, 0.4, 1e-6);
  EXPECT_EQ(image.metadata["magnification"], "50000");
  EXPECT_EQ(image.metadata["stage_alpha_deg"], "-60");
  EXPECT_EQ(image.metadata["beam_energy_kV"], "200");
  // The same length with other content says nothing.
  path = folder.Write("a.mrc", MakeMrc(false, std::string(4, '\0'), std::string(1024 * 128, '\x7f'), 0.0F));
  ExpectPixels(path);
  image = ferro::InspectFile(path).images.at(0);
  EXPECT_EQ(image.axes[1].unit, "");
  EXPECT_TRUE(image.metadata.empty());
}

TEST(NumpyVariants, HeadersOfOtherWriters)
{
  const TestFolder folder;
  const std::string pixels = Pixels<std::int32_t>(true);
  // Python 2 wrote long integers with an L; blanks and commas vary.
  ExpectPixels(folder.Write("a.npy", MakeNpy(1, "<i4", false, "(3L, 4L)", pixels)));
  ExpectPixels(folder.Write("a.npy", MakeNpy(2, "<i4", false, "( 3 ,4 , )", pixels)));
  ExpectPixels(folder.Write("a.npy", MakeNpy(3, "<i4", false, "(3,4)", pixels)));
  for (const std::string shape : {"(3LL, 4)", "(L, 4)", "(3, -4)", "(3, 4", "(3 4)", "(3., 4)"})
  {
    const auto path = folder.Write("a.npy", MakeNpy(1, "<i4", false, shape, pixels));
    EXPECT_NE(MessageOf(path).find("corrupt .npy header"), std::string::npos) << shape << ": " << MessageOf(path);
  }
  for (const std::string descr : {"|O", "<U4", "|S8", "<M8[ns]", "<f16", "<V16", "<c32"})
  {
    const auto path = folder.Write("a.npy", MakeNpy(1, descr, false, "(3, 4)", pixels));
    EXPECT_NE(MessageOf(path).find("unsupported type"), std::string::npos) << descr << ": " << MessageOf(path);
  }
  Bytes structured(true);
  const std::string header = "{'descr': [('a', '<f8'), ('b', '<i4')], 'fortran_order': False, 'shape': (2,), }\n";
  structured.Add("\x93NUMPY").Add(std::uint8_t{3}).Add(std::uint8_t{0});
  structured.Add(static_cast<std::uint32_t>(header.size())).Add(header).Add(std::string(24, '\0'));
  EXPECT_NE(MessageOf(folder.Write("a.npy", structured.text)).find("structured type"), std::string::npos);
}

TEST(PngVariants, InterlacedDepthsPalettesAndResolution)
{
  const TestFolder folder;
  // Adam7: the pixels of each pass, row by row.
  const int starts[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                            {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
  std::vector<std::string> rows;
  for (const auto & pass : starts)
  {
    for (int y = pass[1]; y < 3; y += pass[3])
    {
      Bytes row(false);
      for (int x = pass[0]; x < 4; x += pass[2])
      {
        row.Add(static_cast<std::uint16_t>(Value(x, y)));
      }
      if (!row.text.empty())
      {
        rows.push_back(row.text);
      }
    }
  }
  ExpectPixels(folder.Write("a.png", MakePng(4, 3, 16, 0, rows, "", true)));

  // The resolution is that of a print.
  const std::string resolution = PngChunk("pHYs", std::string("\x3b\x9a\xca\x00\x3b\x9a\xca\x00\x01", 9));
  auto path = folder.Write("a.png", MakePng(4, 1, 2, 0, {"\x1b"}, resolution));
  auto image = ferro::ReadMicrograph(path);
  for (int x = 0; x < 4; ++x)
  {
    EXPECT_EQ(image->GetPixel({{x, 0}}), static_cast<float>(x)); // 2 bits: 0 to 3, as they are stored
  }
  EXPECT_FALSE(ferro::GetImageGeometry(*image).calibrated);

  // A palette of grays is an image of these grays; one of colours is none.
  const std::string grays = PngChunk("PLTE", std::string("\x05\x05\x05\x10\x10\x10\xff\xff\xff", 9));
  image = ferro::ReadMicrograph(folder.Write("a.png", MakePng(4, 1, 2, 3, {"\x18"}, grays))); // 0 1 2 0
  EXPECT_EQ(image->GetPixel({{0, 0}}), 5.0F);
  EXPECT_EQ(image->GetPixel({{1, 0}}), 16.0F);
  EXPECT_EQ(image->GetPixel({{2, 0}}), 255.0F);
  EXPECT_EQ(image->GetPixel({{3, 0}}), 5.0F);
  const std::string colours = PngChunk("PLTE", std::string("\x05\x05\x05\x10\x10\x20", 6));
  path = folder.Write("a.png", MakePng(4, 1, 1, 3, {"\x50"}, colours));
  EXPECT_EQ(ferro::InspectFile(path).images.at(0).dtype, "palette");
  EXPECT_NE(MessageOf(path).find("colour"), std::string::npos);
  // A number beyond the table.
  const auto beyond = folder.Write("a.png", MakePng(4, 1, 2, 3, {"\x1b"}, grays));
  EXPECT_NO_THROW(ferro::ReadMicrograph(beyond));
}

TEST(TiaVariants, SpectraAreListedAndRefused)
{
  const TestFolder folder;
  std::string series = MakeSer(0x210, 1, 1);
  series[6] = '\x20'; // 0x4120: spectra
  // The element becomes one of 8 numbers: calibration, type, length.
  const std::size_t element = series.size() - 74;
  Bytes spectrum(true);
  spectrum.Add(0.0).Add(0.5).Add(std::int32_t{0}).Add(std::uint16_t{6}).Add(std::uint32_t{8});
  for (int k = 0; k < 8; ++k)
  {
    spectrum.Add(std::int32_t{k});
  }
  const auto path = folder.Write("a.ser", series.substr(0, element) + spectrum.text);
  const auto info = ferro::InspectFile(path);
  EXPECT_EQ(info.images.at(0).shape, (std::vector<long>{8}));
  EXPECT_FALSE(info.images.at(0).readable);
  EXPECT_NE(MessageOf(path).find("holds no real-valued image"), std::string::npos) << MessageOf(path);
}
