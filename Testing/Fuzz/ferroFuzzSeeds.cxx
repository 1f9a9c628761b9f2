// Writes small files of each format into FOLDER/<reader>, for the fuzzers to start from.
#include "ferroTestFiles.h"
#include "ferroTestHdf5.h"
#include "ferroTestTiff.h"
#include "ferroTestStructures.h"

#include <cstdio>
#include <functional>

using namespace ferrotest;

namespace
{
std::filesystem::path root;

std::filesystem::path
Place(const std::string & reader, const std::string & name)
{
  std::filesystem::create_directories(root / reader);
  return root / reader / name;
}

void
Write(const std::string & reader, const std::string & name, const std::string & bytes)
{
  std::ofstream(Place(reader, name), std::ios::binary) << bytes;
}

std::string
Mrc(bool little, int mode)
{
  Bytes bytes(little);
  for (const std::int32_t word : {20, 3, 1, mode, 0, 0, 0, 20, 3, 1})
  {
    bytes.Add(word);
  }
  bytes.text.resize(64, '\0');
  bytes.Add(std::int32_t{1}).Add(std::int32_t{2}).Add(std::int32_t{3});
  bytes.text.resize(208, '\0');
  bytes.Add("MAP ").Add(little ? "DD" : "\x11\x11");
  bytes.text.resize(1024 + 60 * 4, '\1');
  return bytes.text;
}
} // namespace

int
main(int argc, char ** argv)
{
  if (argc != 2)
  {
    std::fputs("usage: ferroFuzzSeeds FOLDER\n", stderr);
    return 2;
  }
  root = argv[1];
  for (const int version : {3, 4})
  {
    for (const bool little : {true, false})
    {
      DmOptions options;
      options.version = version;
      options.little = little;
      options.thumbnail = little;
      options.frames = little ? 1 : 2;
      Write("dm", std::to_string(version) + (little ? "l" : "b"), MakeDm(options));
    }
  }
  Write("ser", "32", MakeSer(0x210, 1, 1));
  Write("ser", "64", MakeSer(0x220, 3, 2));
  Write("tif", "little", MakeTiff(true, 2, "ImageJ=1.52\nimages=2\nunit=nm\n", 50, 40));
  Write("tif", "big", MakeTiff(false, 1, "", 50, 40));
  Write(
    "tif", "ome",
    MakeTiff(
      true, 2,
      "<OME UUID=\"urn:uuid:1\"><Image Name=\"a\"><Pixels SizeX=\"4\" SizeY=\"3\" SizeZ=\"1\" SizeC=\"2\" SizeT=\"1\" "
      "DimensionOrder=\"XYZCT\" PhysicalSizeX=\"1\"><Channel SamplesPerPixel=\"1\"/><TiffData FirstC=\"1\" IFD=\"0\"/>"
      "<TiffData IFD=\"1\"><UUID FileName=\"a\">urn:uuid:1</UUID></TiffData></Pixels></Image></OME>",
      1, 1));
  TiffPage page;
  page.numbers = {{296, 3}, {37706, 8}};
  page.ratios = {{282, 100}, {283, 100}};
  Write("tif", "tvips1", MakeTiffPages({page}, MakeTvipsHeader(1, 0, true)));
  Write("tif", "tvips2", MakeTiffPages({page}, MakeTvipsHeader(2, 0, true)));
  page.numbers = {{33560, 8}};
  Write("tif", "olympus", MakeTiffPages({{}, page}, MakeOlympusBlock()));
  page.numbers.clear();
  page.texts[271] = "JEOL Ltd.";
  page.texts[270] = "<TemReporter><Eos><EosMode>eosTEM</EosMode></Eos><ImageFormingSystem><ModeString>DIFF</ModeString>"
                    "<SelectorValue>40</SelectorValue><SelectorUnitString>cm</SelectorUnitString></ImageFormingSystem>"
                    "<AccelerationVoltage>200000</AccelerationVoltage></TemReporter>";
  Write("tif", "jeol", MakeTiffPages({page}));
  const std::string pixels(24, '\1');
  Write("npy", "v1", MakeNpy(1, "<u2", false, "(3, 4)", pixels));
  Write("npy", "v2", MakeNpy(2, ">f2", true, "(1, 3, 4)", pixels));
  Write("png", "8", MakePng(4, 3, 8, 0, {"abcd", "efgh", "ijkl"}));
  for (const int mode : {0, 1, 2, 6, 12})
  {
    Write("mrc", std::to_string(mode), Mrc(mode % 2 == 0, mode));
  }
  Write("nrrd", "raw",
        "NRRD0004\ntype: short\ndimension: 2\nsizes: 4 3\nspacings: 0.02 0.03\nencoding: raw\nendian: little\n\n" +
          pixels);
  Write("nrrd", "ascii", "NRRD0004\ntype: float\ndimension: 3\nsizes: 2 2 1\nencoding: ascii\n\n1 2 3 4\n");
  Write("mha", "raw",
        "ObjectType = Image\nNDims = 2\nBinaryData = True\nBinaryDataByteOrderMSB = False\nElementSpacing = 0.02 0.03\n"
        "DimSize = 4 3\nElementType = MET_SHORT\nElementDataFile = LOCAL\n" +
          pixels);
  MakeHyperSpy(Place("hspy", "image"));
  MakeVelox(Place("velox", "9"), false, 2);
  MakeVelox(Place("velox", "11"), true, 1);
  MakeEmd(Place("emd", "rows"), false, 0);
  MakeEmd(Place("emd", "columns"), true, 1);
  MakeNsid(Place("nsid", "nsid"));
  MakeUsid(Place("nsid", "usid"), true);
  MakeDm5(Place("dm5", "image"));
  Hdf5Writer plain(Place("h5", "plain"));
  plain.Data("/group/image", {3, 4}, RowsFirst(), H5T_STD_U16LE, {3, 4});
  Hdf5Writer described(Place("h5", "described"));
  described.Data("/data/signal", {3, 4}, RowsFirst());
  described.Text("/data/signal", "properties",
                 R"({"title": "a", "dimensional_calibrations": [{"scale": 1, "units": "nm"}, {"scale": 2}]})");
  described.Data("/data/matrix", {3, 4}, RowsFirst());
  described.Text("/data/matrix", "MATLAB_class", "double");
  described.Text("/data", "signal", "signal");
  described.Texts("/data", "axes", {"y", "x"});
  described.Data("/data/x", {4}, {1, 2, 3, 4}, H5T_IEEE_F64LE);
  for (const auto & [name, text] : GetStructureSamples())
  {
    Write("structure", name, text);
  }
  return 0;
}
