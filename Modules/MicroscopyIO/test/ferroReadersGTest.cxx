#include "ferroErrors.h"
#include "ferroMicroscopyFile.h"
#include "ferroTestFiles.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <functional>
#include <sys/stat.h>

using namespace ferrotest;

namespace
{
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

// Every pixel of frame f of an image 4 wide and 3 high that the makers of test files fill.
void
ExpectPixels(const std::filesystem::path & file, int frame = 0, const ferro::ImageSelection & selection = {})
{
  const auto image = ferro::ReadMicrograph(file, selection);
  ASSERT_EQ(image->GetLargestPossibleRegion().GetSize()[0], 4u);
  ASSERT_EQ(image->GetLargestPossibleRegion().GetSize()[1], 3u);
  for (int y = 0; y < 3; ++y)
  {
    for (int x = 0; x < 4; ++x)
    {
      EXPECT_EQ(image->GetPixel({{x, y}}), static_cast<float>(Value(x, y, frame))) << x << " " << y;
    }
  }
}

void
ExpectSpacing(const std::filesystem::path & file, double x, double y)
{
  const auto image = ferro::ReadMicrograph(file);
  const ferro::ImageGeometry geometry = ferro::GetImageGeometry(*image);
  EXPECT_TRUE(geometry.calibrated);
  EXPECT_NEAR(geometry.pixelSizeNm.x(), x, 1e-9 * x);
  EXPECT_NEAR(geometry.pixelSizeNm.y(), y, 1e-9 * y);
}

// A file cut at any length is either refused with a sentence or (behind the last needed byte) read; and no
// byte that is changed does harm.
void
ExpectNoHarm(const std::string & bytes, const std::string & name)
{
  const TestFolder folder;
  const auto readAll = [](const std::filesystem::path & file)
  {
    try
    {
      const auto opened = ferro::OpenMicroscopyFile(file);
      for (const ferro::ImageInfo & image : opened->GetInfo().images)
      {
        if (opened->HasPixels(image.index) && opened->GetFramePixels(image.index) < 1000000)
        {
          std::vector<double> pixels(opened->GetFramePixels(image.index));
          opened->ReadFrame(image.index, opened->GetNumberOfFrames(image.index) - 1, pixels.data());
        }
      }
      return true;
    }
    catch (const ferro::InputError & error)
    {
      EXPECT_NE(error.GetMessage().find(file.filename().string()), std::string::npos);
      EXPECT_GT(error.GetMessage().size(), file.string().size() + 10);
      return false;
    }
  };
  ASSERT_TRUE(readAll(folder.Write(name, bytes)));
  bool cutIsSeen = false;
  for (std::size_t length = 0; length < bytes.size(); ++length)
  {
    cutIsSeen = !readAll(folder.Write(name, bytes.substr(0, length))) || cutIsSeen;
    std::string changed = bytes;
    changed[length] = length % 2 == 0 ? '\xff' : '\x7f';
    readAll(folder.Write(name, changed));
  }
  EXPECT_TRUE(cutIsSeen);
}

std::string
Uint16Pixels(bool little, int frames = 1)
{
  Bytes bytes(little);
  for (int f = 0; f < frames; ++f)
  {
    for (int y = 0; y < 3; ++y)
    {
      for (int x = 0; x < 4; ++x)
      {
        bytes.Add(static_cast<std::uint16_t>(Value(x, y, f)));
      }
    }
  }
  return bytes.text;
}
} // namespace

TEST(GatanReader, BothVersionsAndByteOrders)
{
  const TestFolder folder;
  for (const int version : {3, 4})
  {
    for (const bool little : {true, false})
    {
      DmOptions options;
      options.version = version;
      options.little = little;
      options.thumbnail = version == 4;
      const auto file = folder.Write("a.dm", MakeDm(options));
      ExpectPixels(file);
      ExpectSpacing(file, 0.02, 0.03);
      const ferro::FileInfo info = ferro::InspectFile(file);
      ASSERT_EQ(info.images.size(), 1u);
      EXPECT_EQ(info.format, "Gatan DM" + std::to_string(version));
      EXPECT_EQ(info.images[0].title, "HAADF");
      EXPECT_EQ(info.images[0].dtype, "uint16");
      EXPECT_EQ(info.images[0].metadata.at("beam_energy_kV"), "200");
      EXPECT_NEAR(info.images[0].axes[1].offset, -0.04, 1e-12);
    }
  }
}

TEST(GatanReader, UnitsAndBadScales)
{
  const TestFolder folder;
  DmOptions options;
  options.unit = "\xb5m";
  ExpectSpacing(folder.Write("um.dm4", MakeDm(options)), 20.0, 30.0);
  options.unit = "pm";
  ExpectSpacing(folder.Write("pm.dm4", MakeDm(options)), 2e-5, 3e-5);
  options.unit = "nm";
  for (const double scale : {0.0, -0.02, std::nan(""), HUGE_VAL})
  {
    options.scaleX = scale;
    const auto file = folder.Write("bad.dm4", MakeDm(options));
    EXPECT_FALSE(ferro::GetImageGeometry(*ferro::ReadMicrograph(file)).calibrated) << scale;
    ferro::ImageSelection selection;
    selection.pixelSizeNm = 0.5;
    EXPECT_DOUBLE_EQ(ferro::ReadMicrograph(file, selection)->GetSpacing()[1], 0.5);
  }
  options.scaleX = 0.02;
  options.unit = "1/nm";
  EXPECT_EQ(ferro::InspectFile(folder.Write("fft.dm4", MakeDm(options))).images[0].axes[1].unit, "1/nm");
  options.unit = "eV";
  EXPECT_FALSE(ferro::InspectFile(folder.Write("eels.dm4", MakeDm(options))).images[0].readable);
}

TEST(GatanReader, StacksAndSeveralImages)
{
  const TestFolder folder;
  DmOptions options;
  options.frames = 3;
  const auto stack = folder.Write("stack.dm4", MakeDm(options));
  ferro::ImageSelection selection;
  selection.frame = "2";
  ExpectPixels(stack, 2, selection);
  selection.frame = "mean";
  ExpectPixels(stack, 1, selection); // frames 0, 1, 2 differ by 100 each
  EXPECT_NE(MessageOf([&] { ferro::ReadMicrograph(stack); }).find("--frame N"), std::string::npos);
  selection.frame = "3";
  EXPECT_NE(MessageOf([&] { ferro::ReadMicrograph(stack, selection); }).find("0 to 2"), std::string::npos);

  options.frames = 1;
  options.images = 2;
  const auto two = folder.Write("two.dm4", MakeDm(options));
  const std::string message = MessageOf([&] { ferro::ReadMicrograph(two); });
  EXPECT_NE(message.find("0 'HAADF'"), std::string::npos) << message;
  EXPECT_NE(message.find("1 'BF'"), std::string::npos) << message;
  selection.frame.clear();
  selection.image = "HAADF";
  ExpectPixels(two, 0, selection);
  selection.image = "1";
  EXPECT_EQ(ferro::ReadMicrograph(two, selection)->GetPixel({{1, 0}}), 1001.0F);
  selection.image = "DF";
  EXPECT_NE(MessageOf([&] { ferro::ReadMicrograph(two, selection); }).find("no image 'DF'"), std::string::npos);
}

TEST(GatanReader, DamagedFilesAreRefused)
{
  DmOptions options;
  options.thumbnail = true;
  for (const int version : {3, 4})
  {
    options.version = version;
    ExpectNoHarm(MakeDm(options), "cut.dm4");
  }
}

TEST(TiaReader, VersionsFlipAndValidElements)
{
  const TestFolder folder;
  for (const int version : {0x210, 0x220})
  {
    const auto file = folder.Write("a_1.ser", MakeSer(version, 1, 1));
    ExpectPixels(file);
    ExpectSpacing(file, 0.02, 0.03);
  }
  const auto aborted = folder.Write("b_1.ser", MakeSer(0x210, 200, 5));
  const ferro::FileInfo info = ferro::InspectFile(aborted);
  EXPECT_EQ(info.images[0].shape, (std::vector<long>{5, 3, 4}));
  EXPECT_EQ(info.images[0].axes[0].unit, "s");
  EXPECT_DOUBLE_EQ(info.images[0].axes[0].scale, 0.5);
  ferro::ImageSelection selection;
  selection.frame = "4";
  ExpectPixels(aborted, 4, selection);
  EXPECT_NE(MessageOf([&] { ferro::InspectFile(folder.Write("c_1.ser", MakeSer(0x210, 3, 0))); }).find("valid"),
            std::string::npos);
  // Numbers of this size can only be 1/m.
  EXPECT_EQ(ferro::InspectFile(folder.Write("d_1.ser", MakeSer(0x210, 1, 1, 1e8))).images[0].axes[1].unit, "1/nm");
}

TEST(TiaReader, MetadataOfTheEmiBeside)
{
  const TestFolder folder;
  const auto file = folder.Write("a_2.ser", MakeSer(0x210, 1, 1));
  const auto object = [](const std::string & energy, const std::string & mode)
  {
    return "\1\2<ObjectInfo><Root><Data><Label>High tension</Label><Value>" + energy +
           "</Value><Unit>kV</Unit></Data><Data><Label>Mode</Label><Value> " + mode +
           "</Value><Unit></Unit></Data></Root><DwellTimePath>0.000012</DwellTimePath></ObjectInfo>";
  };
  folder.Write("a.emi", "JK" + object("80", "x") + std::string(2000000, 'x') + object("300", "STEM Diffraction"));
  ferro::ImageInfo image = ferro::InspectFile(file).images[0];
  EXPECT_EQ(image.metadata.at("beam_energy_kV"), "300");
  EXPECT_EQ(image.metadata.at("dwell_time_us"), "12");
  EXPECT_EQ(image.axes[1].unit, "nm");
  // A camera of another series does not make a pattern of this one.
  folder.Write("a.emi", object("80", "x") + "<ObjectInfo><CameraNamePath>CCD</CameraNamePath>" +
                          object("300", "STEM nP SA Zoom Diffraction").substr(14));
  image = ferro::InspectFile(file).images[0];
  EXPECT_EQ(image.metadata.at("camera"), "CCD");
  EXPECT_EQ(image.axes[1].unit, "nm");
  folder.Write("a.emi", object("80", "x") + object("300", "TEM Diffraction"));
  EXPECT_EQ(ferro::InspectFile(file).images[0].axes[1].unit, "1/nm");
  folder.Write("a.emi", "damaged");
  EXPECT_TRUE(ferro::InspectFile(file).images[0].metadata.empty());
}

TEST(TiaReader, DamagedFilesAreRefused)
{
  ExpectNoHarm(MakeSer(0x210, 2, 2), "cut.ser");
  ExpectNoHarm(MakeSer(0x220, 2, 2), "cut.ser");
}

TEST(NumpyReader, TypesOrdersAndVersions)
{
  const TestFolder folder;
  ExpectPixels(folder.Write("a.npy", MakeNpy(1, "<u2", false, "(3, 4)", Uint16Pixels(true))));
  ExpectPixels(folder.Write("a.npy", MakeNpy(3, ">u2", false, "(3, 4)", Uint16Pixels(false))));
  Bytes fortran(true);
  for (int x = 0; x < 4; ++x)
  {
    for (int y = 0; y < 3; ++y)
    {
      for (int f = 0; f < 2; ++f)
      {
        fortran.Add(static_cast<double>(Value(x, y, f)));
      }
    }
  }
  ferro::ImageSelection selection;
  selection.frame = "1";
  ExpectPixels(folder.Write("f.npy", MakeNpy(2, "<f8", true, "(2, 3, 4)", fortran.text)), 1, selection);
  // Half precision: 1, -2, the smallest number, infinity.
  const auto half =
    folder.Write("h.npy", MakeNpy(1, "<f2", false, "(2, 2)", std::string("\x00\x3c\x00\xc0\x01\x00\x00\x7c", 8)));
  const auto image = ferro::ReadMicrograph(half);
  EXPECT_EQ(image->GetPixel({{0, 0}}), 1.0F);
  EXPECT_EQ(image->GetPixel({{1, 0}}), -2.0F);
  EXPECT_EQ(image->GetPixel({{0, 1}}), std::ldexp(1.0F, -24));
  EXPECT_TRUE(std::isinf(image->GetPixel({{1, 1}})));
  EXPECT_FALSE(ferro::GetImageGeometry(*image).calibrated);
}

TEST(NumpyReader, WhatIsNoImage)
{
  const TestFolder folder;
  const std::string data(96, '\0');
  for (const auto & [descr, shape] :
       std::vector<std::pair<std::string, std::string>>{{"|O", "(3, 4)"},
                                                        {"<M8[ns]", "(3, 4)"},
                                                        {"<U3", "(3, 4)"},
                                                        {"=u2", "(3, 4)"},
                                                        {"<u2", "(0, 4)"},
                                                        {"<u2", "(-3, 4)"},
                                                        {"<u2", "()"},
                                                        {"<u2", "(3, 4, exit())"},
                                                        {"<u2", "(4294967296, 4294967296)"},
                                                        {"<u2", "(300, 400)"}})
  {
    EXPECT_THROW(ferro::InspectFile(folder.Write("a.npy", MakeNpy(1, descr, false, shape, data))), ferro::InputError)
      << descr << " " << shape;
  }
  const auto complex = folder.Write("c.npy", MakeNpy(1, "<c8", false, "(3, 4)", data));
  EXPECT_FALSE(ferro::InspectFile(complex).images[0].readable);
  EXPECT_NE(MessageOf([&] { ferro::ReadMicrograph(complex); }).find("complex"), std::string::npos);
  const auto line = folder.Write("l.npy", MakeNpy(1, "<f8", false, "(12,)", data));
  EXPECT_NE(MessageOf([&] { ferro::ReadMicrograph(line); }).find("1 axis"), std::string::npos);
  ExpectNoHarm(MakeNpy(1, "<u2", false, "(3, 4)", Uint16Pixels(true)), "cut.npy");
}

TEST(TiffReader, ByteOrdersAndStacks)
{
  const TestFolder folder;
  for (const bool little : {true, false})
  {
    const auto file = folder.Write("a.tif", MakeTiff(little, 1, "", 300, 300));
    ExpectPixels(file);
    // A resolution alone is about printing.
    EXPECT_FALSE(ferro::GetImageGeometry(*ferro::ReadMicrograph(file)).calibrated);
    ferro::ImageSelection selection;
    selection.frame = "2";
    ExpectPixels(folder.Write("s.tif", MakeTiff(little, 3, "", 1, 1)), 2, selection);
  }
}

TEST(TiffReader, ImageJ)
{
  const TestFolder folder;
  ExpectSpacing(folder.Write("a.tif", MakeTiff(true, 1, "ImageJ=1.54f\nunit=nm\n", 50, 25)), 0.02, 0.04);
  ExpectSpacing(folder.Write("a.tif", MakeTiff(false, 1, "ImageJ=1.54f\nunit=\\u00B5m\n", 50, 50)), 20.0, 20.0);
  ExpectSpacing(folder.Write("a.tif", MakeTiff(false, 1, "ImageJ=1.54f\nunit=\\u00C5\n", 10, 10)), 0.01, 0.01);
  for (const std::string unit : {"pixel", "inch", "furlong"})
  {
    const auto file = folder.Write("a.tif", MakeTiff(true, 1, "ImageJ=1.54f\nunit=" + unit + "\n", 50, 50));
    EXPECT_FALSE(ferro::GetImageGeometry(*ferro::ReadMicrograph(file)).calibrated) << unit;
  }
  const auto zero = folder.Write("a.tif", MakeTiff(true, 1, "ImageJ=1.54f\nunit=nm\n", 0, 0));
  EXPECT_FALSE(ferro::GetImageGeometry(*ferro::ReadMicrograph(zero)).calibrated);
  const auto stack =
    folder.Write("z.tif", MakeTiff(true, 2, "ImageJ=1.54f\nimages=2\nslices=2\nunit=micron\nspacing=2.5\n", 1, 1));
  EXPECT_DOUBLE_EQ(ferro::InspectFile(stack).images[0].axes[0].scale, 2500.0);
  // Channels are images of their own.
  const auto channels =
    folder.Write("c.tif", MakeTiff(true, 4, "ImageJ=1.54f\nimages=4\nchannels=2\nframes=2\nunit=nm\n", 1, 1));
  ASSERT_EQ(ferro::InspectFile(channels).images.size(), 2u);
  ferro::ImageSelection selection;
  selection.image = "channel 1";
  selection.frame = "1";
  ExpectPixels(channels, 3, selection);
  // A stack with one directory: the other frames follow the first.
  std::string big = MakeTiff(true, 1, "ImageJ=1.54f\nimages=2\nslices=2\nunit=nm\n", 1, 1);
  big.resize(big.size() - 24);
  selection.image.clear();
  ExpectPixels(folder.Write("big.tif", big + Uint16Pixels(true, 2)), 1, selection);
}

TEST(TiffReader, Ome)
{
  const TestFolder folder;
  const std::string xml =
    "<?xml version=\"1.0\"?><OME><Image><Pixels SizeX=\"4\" SizeY=\"3\" SizeC=\"1\" SizeZ=\"1\" "
    "SizeT=\"1\" PhysicalSizeX=\"20\" PhysicalSizeXUnit=\"pm\" PhysicalSizeY=\"0.00004\"/></Image></OME>";
  ExpectSpacing(folder.Write("a.ome.tif", MakeTiff(true, 1, xml, 300, 300)), 0.02, 0.04);
}

TEST(TiffReader, DamagedFilesAreRefused)
{
  ExpectNoHarm(MakeTiff(true, 2, "ImageJ=1.54f\nimages=2\nunit=nm\n", 1, 1), "cut.tif");
}

TEST(PngReader, DepthsKeepTheirValues)
{
  const TestFolder folder;
  const auto bits = folder.Write("1.png", MakePng(4, 2, 1, 0, {"\x50", "\xa0"}));
  auto image = ferro::ReadMicrograph(bits);
  EXPECT_EQ(image->GetPixel({{0, 0}}), 0.0F);
  EXPECT_EQ(image->GetPixel({{1, 0}}), 1.0F);
  EXPECT_EQ(image->GetPixel({{0, 1}}), 1.0F);
  image = ferro::ReadMicrograph(folder.Write("4.png", MakePng(2, 1, 4, 0, {"\x3c"})));
  EXPECT_EQ(image->GetPixel({{0, 0}}), 3.0F);
  EXPECT_EQ(image->GetPixel({{1, 0}}), 12.0F);
  const std::string pixels = Uint16Pixels(false);
  const auto deep = MakePng(4, 3, 16, 0, {pixels.substr(0, 8), pixels.substr(8, 8), pixels.substr(16, 8)});
  ExpectPixels(folder.Write("16.png", deep));
  const auto colour = folder.Write("c.png", MakePng(1, 1, 8, 2, {"abc"}));
  EXPECT_EQ(ferro::InspectFile(colour).images[0].dtype, "rgb");
  EXPECT_NE(MessageOf([&] { ferro::ReadMicrograph(colour); }).find("colour"), std::string::npos);
  ExpectNoHarm(deep, "cut.png");
}

TEST(AnyReader, WhatIsNoMicroscopyFile)
{
  const TestFolder folder;
  EXPECT_NE(MessageOf([&] { ferro::InspectFile(folder.Path() / "none.dm4"); }).find("no such file"), std::string::npos);
  EXPECT_NE(MessageOf([&] { ferro::InspectFile(folder.Path()); }).find("folder"), std::string::npos);
  EXPECT_NE(MessageOf([&] { ferro::InspectFile(folder.Write("e.tif", "")); }).find("empty"), std::string::npos);
  EXPECT_NE(MessageOf([&] { ferro::InspectFile(folder.Write("t.dm4", "hello\n")); }).find("text"), std::string::npos);
  EXPECT_NE(MessageOf([&] { ferro::InspectFile(folder.Write("j.png", "\xff\xd8\xff\xe0 abc")); }).find("JPEG"),
            std::string::npos);
  const auto fifo = folder.Path() / "pipe.dm4";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_NE(MessageOf([&] { ferro::InspectFile(fifo); }).find("regular file"), std::string::npos);
  EXPECT_NE(MessageOf([&] { ferro::InspectFile("/dev/zero"); }).find("regular file"), std::string::npos);
  // The content decides, not the name.
  EXPECT_EQ(ferro::InspectFile(folder.Write("a.tif", MakeDm({}))).format, "Gatan DM4");
}

TEST(AnyReader, LimitOfPixels)
{
  const TestFolder folder;
  const auto file = folder.Write("a.npy", MakeNpy(1, "|u1", false, "(3, 4)", std::string(12, 'x')));
  ::setenv("FERROSCOPE_MAX_PIXELS", "11", 1);
  EXPECT_NE(MessageOf([&] { ferro::ReadMicrograph(file); }).find("too large"), std::string::npos);
  ::setenv("FERROSCOPE_MAX_PIXELS", "12", 1);
  EXPECT_NO_THROW(ferro::ReadMicrograph(file));
  ::unsetenv("FERROSCOPE_MAX_PIXELS");
}

// Found by fuzzing: the number of bits as a double that is not a number.
TEST(TiffReader, TagsThatAreNotNumbers)
{
  Bytes tiff(true);
  tiff.Add("II").Add(std::uint16_t{42}).Add(std::uint32_t{8}).Add(std::uint16_t{3});
  for (const int tag : {256, 257})
  {
    tiff.Add(static_cast<std::uint16_t>(tag)).Add(std::uint16_t{3}).Add(std::uint32_t{1}).Add(std::uint32_t{4});
  }
  tiff.Add(std::uint16_t{258}).Add(std::uint16_t{12}).Add(std::uint32_t{1}).Add(std::uint32_t{50});
  tiff.Add(std::uint32_t{0}).Add(std::nan("")).Add(std::string(100, '\0'));
  const TestFolder folder;
  const auto file = folder.Write("a.tif", tiff.text);
  EXPECT_NE(MessageOf([&] { ferro::ReadMicrograph(file); }), "no InputError");
}
