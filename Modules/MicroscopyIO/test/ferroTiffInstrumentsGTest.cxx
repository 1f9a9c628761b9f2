// TIFF files of cameras' programs, whose tags point to blocks of numbers; OME files whose planes lie in any order;
// files of pages of several kinds.
#include "ferroMicrographReader.h"
#include "ferroTestFiles.h"
#include "ferroTestTiff.h"

#include <gtest/gtest.h>

#include <ctime>
#include <map>

using namespace ferrotest;

namespace
{
void
ExpectFrame(const std::filesystem::path & path, const ferro::ImageSelection & selection, int frame)
{
  const auto image = ferro::ReadMicrograph(path, selection);
  EXPECT_EQ(image->GetPixel({{0, 0}}), static_cast<float>(Value(0, 0, frame)));
  EXPECT_EQ(image->GetPixel({{3, 2}}), static_cast<float>(Value(3, 2, frame)));
}

} // namespace

TEST(TiffInstruments, Tvips)
{
  const TestFolder folder;
  TiffPage page;
  page.numbers[37706] = 8;
  page.numbers[296] = 3;
  page.ratios = {{282, 500000000}, {283, 250000000}}; // per cm
  for (const bool little : {true, false})
  {
    auto info = ferro::InspectFile(folder.Write("a.tif", MakeTiffPages({page}, MakeTvipsHeader(2, 0, little), little)));
    EXPECT_EQ(info.format, "TIFF (TVIPS)");
    EXPECT_NEAR(info.images.at(0).axes[1].scale, 0.02, 1e-8);
    EXPECT_NEAR(info.images[0].axes[0].scale, 0.03, 1e-8);
    EXPECT_EQ(info.images[0].axes[0].unit, "nm");
    const std::map<std::string, std::string> expected = {
      {"beam_energy_kV", "200"}, {"camera", "F416"}, {"exposure_s", "0.4"}, {"magnification", "50000"}};
    EXPECT_EQ(info.images[0].metadata, expected);
    // What a diffraction pattern counts in is not known.
    info = ferro::InspectFile(folder.Write("a.tif", MakeTiffPages({page}, MakeTvipsHeader(2, 3, little), little)));
    EXPECT_EQ(info.images.at(0).axes[1].unit, "");
    EXPECT_EQ(info.images[0].metadata.at("camera_length_mm"), "50000");
    // Version 1 leaves it to the resolution.
    info = ferro::InspectFile(folder.Write("a.tif", MakeTiffPages({page}, MakeTvipsHeader(1, 0, little), little)));
    EXPECT_NEAR(info.images.at(0).axes[1].scale, 0.02, 1e-12);
    EXPECT_NEAR(info.images[0].axes[0].scale, 0.04, 1e-12);
  }
  // A header that is not all there, or none at all.
  for (const std::string & header : {MakeTvipsHeader(2, 0, true).substr(0, 6000), std::string("\2")})
  {
    EXPECT_EQ(ferro::InspectFile(folder.Write("a.tif", MakeTiffPages({page}, header))).images.at(0).axes[1].unit, "");
  }
  page.numbers[37706] = 0xfffffff0;
  EXPECT_EQ(ferro::InspectFile(folder.Write("a.tif", MakeTiffPages({page}))).images.at(0).axes[1].unit, "");
}

// iTEM: a preview, then the pixels, which alone have a pixel size. The block is little-endian in all files.
TEST(TiffInstruments, Olympus)
{
  const TestFolder folder;
  const std::string block = MakeOlympusBlock();
  TiffPage preview;
  preview.bits = 8;
  TiffPage pixels;
  pixels.numbers[33560] = 8;
  for (const bool little : {true, false})
  {
    const auto info = ferro::InspectFile(folder.Write("a.tif", MakeTiffPages({preview, pixels}, block, little)));
    EXPECT_EQ(info.format, "TIFF (Olympus)");
    ASSERT_EQ(info.images.size(), 2u);
    EXPECT_EQ(info.images[0].axes[1].unit, "");
    EXPECT_NEAR(info.images[1].axes[1].scale, 0.025, 1e-12);
    EXPECT_NEAR(info.images[1].axes[0].scale, 0.035, 1e-12);
    const std::map<std::string, std::string> expected = {{"camera", "Quemesa"}, {"magnification", "600000"}};
    EXPECT_EQ(info.images[1].metadata, expected);
  }
  // Cut anywhere, the block says nothing and does no harm.
  for (std::size_t length = 0; length < block.size(); length += 7)
  {
    const std::string bytes = MakeTiffPages({preview, pixels}, block.substr(0, length));
    EXPECT_EQ(ferro::InspectFile(folder.Write("a.tif", bytes)).images.size(), 2u);
  }
}

TEST(TiffInstruments, Jeol)
{
  const TestFolder folder;
  const auto describe =
    [](const std::string & eos, const std::string & mode, const std::string & value, const std::string & unit)
  {
    return "<?xml version=\"1.0\"?>\n<TemReporter xmlns:xsi=\"http://x\"><Instruments>JEM-ARM200F</Instruments>\n"
           "<DateTime>2019-11-27T16:11:26.67+09:00</DateTime><Eos><EosMode>" +
           eos + "</EosMode></Eos>\n<ImageFormingSystem><ModeString>" + mode + "</ModeString><SelectorValue>" + value +
           "</SelectorValue><SelectorUnitString>" + unit +
           "</SelectorUnitString></ImageFormingSystem>\n<ElectronGun><AccelerationVoltage>200000</AccelerationVoltage>"
           "</ElectronGun><Other><SelectorValue>7</SelectorValue></Other></TemReporter>";
  };
  TiffPage page;
  page.texts[271] = "JEOL Ltd.";
  page.numbers[296] = 2;
  page.ratios = {{282, 100}, {283, 50}}; // per inch
  page.texts[270] = describe("eosTEM", "MAG", "150000", "X");
  auto info = ferro::InspectFile(folder.Write("a.tif", MakeTiffPages({page})));
  EXPECT_EQ(info.format, "TIFF (JEOL)");
  EXPECT_NEAR(info.images.at(0).axes[1].scale, 25.4e6 / 100 / 150000, 1e-9);
  EXPECT_NEAR(info.images[0].axes[0].scale, 25.4e6 / 50 / 150000, 1e-9);
  std::map<std::string, std::string> expected = {
    {"beam_energy_kV", "200"},     {"date", "2019-11-27"}, {"magnification", "150000"},
    {"microscope", "JEM-ARM200F"}, {"mode", "TEM"},        {"time", "16:11:26"}};
  EXPECT_EQ(info.images[0].metadata, expected);
  // Diffraction: length on the camera over camera length and wavelength, which is 2.5079 pm at 200 kV.
  page.texts[270] = describe("eosTEM", "DIFF", "400", "mm");
  info = ferro::InspectFile(folder.Write("a.tif", MakeTiffPages({page})));
  EXPECT_EQ(info.images.at(0).axes[1].unit, "1/nm");
  EXPECT_NEAR(info.images[0].axes[1].scale, 0.254 / (400.0 * 2.5079e-3), 1e-4);
  EXPECT_EQ(info.images[0].metadata.at("camera_length_mm"), "400");
  page.texts[270] = describe("eosTEM", "DIFF", "40", "cm");
  EXPECT_NEAR(ferro::InspectFile(folder.Write("a.tif", MakeTiffPages({page}))).images.at(0).axes[1].scale,
              0.254 / (400.0 * 2.5079e-3), 1e-4);
  // The resolution of a scanned image is that of a monitor; damaged values are none.
  for (const std::string & text : {describe("eosASID", "MAG", "150000", "X"), describe("eosTEM", "MAG", "0", "X"),
                                   describe("eosTEM", "DIFF", "", "mm"), std::string("<TemReporter><Eos>")})
  {
    page.texts[270] = text;
    EXPECT_EQ(ferro::InspectFile(folder.Write("a.tif", MakeTiffPages({page}))).images.at(0).axes[1].unit, "") << text;
  }
}

// Pages of another size say themselves how large their pixels are; what the first says is not theirs.
TEST(TiffInstruments, PagesOfOtherSizesHaveTheirOwnCalibration)
{
  const TestFolder folder;
  TiffPage first;
  first.texts[34682] = "[Scan]\nPixelWidth=2e-9\nPixelHeight=2e-9\n";
  TiffPage second;
  second.width = 6;
  second.texts[34682] = "[Scan]\nPixelWidth=5e-9\nPixelHeight=5e-9\n";
  TiffPage third;
  third.width = 8;
  const auto info = ferro::InspectFile(folder.Write("a.tif", MakeTiffPages({first, second, third})));
  ASSERT_EQ(info.images.size(), 3u);
  EXPECT_NEAR(info.images[0].axes[1].scale, 2.0, 1e-12);
  EXPECT_NEAR(info.images[1].axes[1].scale, 5.0, 1e-12);
  EXPECT_EQ(info.images[2].axes[1].unit, "");
}

// Thousands of pages may point to one long text, which is read a few times only.
TEST(TiffInstruments, ManyPagesOfOneText)
{
  const TestFolder folder;
  std::string text = "[Scan]\nPixelWidth=2e-9\nPixelHeight=2e-9\n";
  text.resize(4U << 20, ' ');
  TiffPage page;
  page.texts[34682] = text;
  std::vector<TiffPage> pages(3000);
  for (std::size_t k = 0; k < pages.size(); ++k)
  {
    pages[k].width = k % 2 == 0 ? 5 : 6;
  }
  pages.insert(pages.begin(), page);
  std::string bytes = MakeTiffPages(pages);
  // The entry of the text replaces that of the strips' lengths (279) in all other directories.
  const std::size_t first = bytes.find("[Scan]");
  const std::size_t tag = bytes.find(std::string("\x7a\x87\x02\x00", 4), first + text.size());
  ASSERT_NE(tag, std::string::npos);
  const std::string entry = bytes.substr(tag, 12);
  int changed = 0;
  for (std::size_t at = bytes.find(std::string("\x17\x01\x04\x00\x01\x00\x00\x00", 8), tag + 12);
       at != std::string::npos; at = bytes.find(std::string("\x17\x01\x04\x00\x01\x00\x00\x00", 8), at + 12))
  {
    bytes.replace(at, 12, entry);
    ++changed;
  }
  EXPECT_EQ(changed, 3000);
  const std::clock_t start = std::clock();
  const auto info = ferro::InspectFile(folder.Write("a.tif", bytes));
  EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, 5.0);
  ASSERT_EQ(info.images.size(), 3001u);
  EXPECT_NEAR(info.images[0].axes[1].scale, 2.0, 1e-12);
  EXPECT_NEAR(info.images[1].axes[1].scale, 2.0, 1e-12);
  EXPECT_EQ(info.images.back().axes[1].unit, "");
}

namespace
{
std::string
OmeXml(const std::string & sizes, const std::string & inside, const std::string & root = "")
{
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?><OME " + root +
         "><Instrument/><Image ID=\"Image:0\" Name=\"HAADF\"><Pixels SizeX=\"4\" SizeY=\"3\" " + sizes +
         " PhysicalSizeX=\"20\" PhysicalSizeXUnit=\"pm\" PhysicalSizeY=\"0.3\" PhysicalSizeYUnit=\"\xc3\x85\">" +
         inside + "</Pixels></Image></OME>";
}

std::string
PagesOf(int count, const std::string & xml)
{
  std::vector<TiffPage> pages(static_cast<std::size_t>(count));
  for (int k = 0; k < count; ++k)
  {
    pages[static_cast<std::size_t>(k)].frame = k;
  }
  pages[0].texts[270] = xml;
  return MakeTiffPages(pages);
}
} // namespace

TEST(TiffOme, PlanesInTheOrderOfTheirDimensions)
{
  const TestFolder folder;
  const std::string sizes = "SizeZ=\"3\" SizeC=\"2\" SizeT=\"1\" DimensionOrder=";
  auto path = folder.Write("a.ome.tif", PagesOf(6, OmeXml(sizes + "\"XYCZT\"", "<TiffData/>")));
  auto info = ferro::InspectFile(path);
  EXPECT_EQ(info.format, "TIFF (OME)");
  ASSERT_EQ(info.images.size(), 2u);
  EXPECT_EQ(info.images[0].shape, (std::vector<long>{3, 3, 4}));
  EXPECT_NEAR(info.images[1].axes[2].scale, 0.02, 1e-12);
  EXPECT_NEAR(info.images[1].axes[1].scale, 0.03, 1e-12);
  ExpectFrame(path, {"channel 1", "2", {}}, 5);
  path = folder.Write("a.ome.tif", PagesOf(6, OmeXml(sizes + "\"XYZCT\"", "<Channel ID=\"1\"/><TiffData/>")));
  ExpectFrame(path, {"channel 1", "0", {}}, 3);
  // A prefix of the namespace changes nothing.
  std::string xml = OmeXml(sizes + "\"XYZCT\"", "<TiffData/>");
  for (const std::string name : {"OME", "Image", "Pixels", "TiffData"})
  {
    for (const std::string before : {"<", "</"})
    {
      for (std::size_t at = xml.find(before + name); at != std::string::npos; at = xml.find(before + name, at + 5))
      {
        xml.insert(at + before.size(), "ome:");
      }
    }
  }
  path = folder.Write("a.ome.tif", PagesOf(6, xml));
  EXPECT_EQ(ferro::InspectFile(path).format, "TIFF (OME)");
  ExpectFrame(path, {"channel 1", "0", {}}, 3);
}

TEST(TiffOme, PlanesThatAreNamedOneByOne)
{
  const TestFolder folder;
  const auto data = [](int c, int z, int directory)
  {
    return "<TiffData FirstC=\"" + std::to_string(c) + "\" FirstZ=\"" + std::to_string(z) + "\" IFD=\"" +
           std::to_string(directory) +
           "\" PlaneCount=\"1\"><UUID FileName=\"old name.tif\">urn:uuid:1</UUID></TiffData>";
  };
  const std::string sizes = "SizeZ=\"2\" SizeC=\"2\" SizeT=\"1\" DimensionOrder=\"XYZCT\"";
  const auto path = folder.Write(
    "a.ome.tif",
    PagesOf(4, OmeXml(sizes, data(0, 0, 3) + data(0, 1, 2) + data(1, 0, 1) + data(1, 1, 0), "UUID=\"urn:uuid:1\"")));
  ExpectFrame(path, {"channel 0", "0", {}}, 3);
  ExpectFrame(path, {"channel 0", "1", {}}, 2);
  ExpectFrame(path, {"channel 1", "1", {}}, 0);
}

// One file for each channel, all with the same XML: the pages here are those of one channel, not of two.
TEST(TiffOme, ChannelsInOtherFiles)
{
  const TestFolder folder;
  const auto data = [](int c, const std::string & file)
  {
    return "<TiffData FirstC=\"" + std::to_string(c) + "\" IFD=\"0\" PlaneCount=\"2\"><UUID FileName=\"" + file +
           "\">urn:uuid:" + file + "</UUID></TiffData>";
  };
  const std::string sizes = "SizeZ=\"2\" SizeC=\"2\" SizeT=\"1\" DimensionOrder=\"XYZCT\"";
  const std::string inside = data(0, "a_C0.ome.tif") + data(1, "a_C1.ome.tif");
  // Told by the identifier of the file, or, where there is none, by its name.
  for (const std::string root : {"UUID=\"urn:uuid:a_C1.ome.tif\"", ""})
  {
    const auto path = folder.Write("a_C1.ome.tif", PagesOf(2, OmeXml(sizes, inside, root)));
    const auto info = ferro::InspectFile(path);
    ASSERT_EQ(info.images.size(), 1u);
    EXPECT_EQ(info.images[0].title, "channel 1");
    EXPECT_EQ(info.images[0].shape, (std::vector<long>{2, 3, 4}));
    ExpectFrame(path, {"", "1", {}}, 1);
  }
  // Under another name nothing is known of its planes: one stack, with the calibration.
  const auto path = folder.Write("b.tif", PagesOf(2, OmeXml(sizes, inside)));
  const auto info = ferro::InspectFile(path);
  ASSERT_EQ(info.images.size(), 1u);
  EXPECT_EQ(info.images[0].title, "HAADF");
  EXPECT_NEAR(info.images[0].axes[2].scale, 0.02, 1e-12);
}

TEST(TiffOme, SeriesInTimeAndWhatDoesNotFit)
{
  const TestFolder folder;
  const std::string sizes = "SizeZ=\"1\" SizeC=\"1\" SizeT=\"3\" DimensionOrder=\"XYZCT\" TimeIncrement=\"250\" "
                            "TimeIncrementUnit=\"ms\"";
  auto path = folder.Write("a.ome.tif", PagesOf(3, OmeXml(sizes, "")));
  auto info = ferro::InspectFile(path);
  EXPECT_EQ(info.images.at(0).axes[0].unit, "ms");
  EXPECT_DOUBLE_EQ(info.images[0].axes[0].scale, 250.0);
  // Samples of a pixel count as channels, but a page holds them all.
  info = ferro::InspectFile(
    folder.Write("a.ome.tif", PagesOf(3, OmeXml("SizeZ=\"3\" SizeC=\"3\" SizeT=\"1\" DimensionOrder=\"XYCZT\"",
                                                "<Channel ID=\"0\" SamplesPerPixel=\"3\"/><TiffData/>"))));
  ASSERT_EQ(info.images.size(), 1u);
  EXPECT_EQ(info.images[0].title, "HAADF");
  // Directories that are not there, and sizes of any number, leave the pages one stack.
  for (const std::string & wrong :
       {OmeXml("SizeZ=\"9\" SizeC=\"1\" SizeT=\"1\"", "<TiffData/>"),
        OmeXml("SizeZ=\"999999999\" SizeC=\"999999999\" SizeT=\"999999999\"", "<TiffData FirstZ=\"999999999\"/>"),
        OmeXml("SizeZ=\"3\" SizeC=\"1\" SizeT=\"1\"", "<TiffData IFD=\"999999999\" PlaneCount=\"999999999\"/>"),
        OmeXml("SizeZ=\"-3\" SizeC=\"x\" SizeT=\"1e300\"", "<TiffData FirstZ=\"-1\" IFD=\"-5\"><")})
  {
    info = ferro::InspectFile(folder.Write("a.ome.tif", PagesOf(3, wrong)));
    ASSERT_EQ(info.images.size(), 1u) << wrong;
    EXPECT_EQ(info.images[0].shape, (std::vector<long>{3, 3, 4})) << wrong;
  }
  // What would take hours, or gigabytes, if every word were believed: planes named again and again, tags without an
  // end, and many images of many planes.
  const auto repeated = [](const std::string & text, int times)
  {
    std::string all;
    for (int k = 0; k < times; ++k)
    {
      all += text;
    }
    return all;
  };
  const std::string many = "SizeZ=\"90000\" SizeC=\"1\" SizeT=\"1\"";
  std::string images = OmeXml(many, "");
  images.insert(images.find("</OME>"), repeated("<Image Name=\"a\"><Pixels " + many + "/></Image>", 5000));
  for (const std::string & wrong :
       {OmeXml(many, repeated("<TiffData/>", 100000)), OmeXml(many, repeated("<TiffData>", 100000)),
        OmeXml(many, repeated("<TiffData ", 100000)), OmeXml(many, repeated("<Image ", 100000)), images})
  {
    const std::clock_t start = std::clock();
    info = ferro::InspectFile(folder.Write("a.ome.tif", PagesOf(3, wrong)));
    EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, 2.0);
    ASSERT_EQ(info.images.size(), 1u);
    EXPECT_EQ(info.images[0].shape, (std::vector<long>{3, 3, 4}));
  }
  // The XML of many files may stand in one of its own.
  info = ferro::InspectFile(folder.Write(
    "a.ome.tif", PagesOf(1, "<OME><BinaryOnly MetadataFile=\"a.companion.ome\" UUID=\"urn:uuid:2\"/></OME>")));
  EXPECT_NE(info.images.at(0).metadata.at("note").find("a.companion.ome"), std::string::npos);
}
