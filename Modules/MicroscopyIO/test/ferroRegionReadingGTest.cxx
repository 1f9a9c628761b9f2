// What is read by regions is what is read as a whole, in every format.
#include "ferroErrors.h"
#include "ferroMicroscopyImageIO.h"
#include "ferroTestFiles.h"
#include "ferroTestHdf5.h"

#include "itkImageFileReader.h"
#include "itkStreamingImageFilter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

using namespace ferrotest;

namespace
{
template <typename T>
std::string
Numbers(bool little, std::size_t count)
{
  Bytes bytes(little);
  for (std::size_t i = 0; i < count; ++i)
  {
    bytes.Add(static_cast<T>((i * 7919) % 251));
  }
  return bytes.text;
}

std::vector<double>
Doubles(std::size_t count)
{
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i)
  {
    values[i] = static_cast<double>((i * 7919) % 60013);
  }
  return values;
}

// A TIFF of one gray page whose blocks (strips, or tiles when tileWidth is not 0) are given; little-endian.
std::string
BlockTiff(long width, long height, int bits, int compression, long tileWidth, long blockHeight,
          const std::vector<std::string> & blocks)
{
  const bool tiled = tileWidth > 0;
  const auto number = static_cast<std::uint32_t>(blocks.size());
  std::vector<std::array<std::uint32_t, 3>> tags = {{256, 1, static_cast<std::uint32_t>(width)},
                                                    {257, 1, static_cast<std::uint32_t>(height)},
                                                    {258, 1, static_cast<std::uint32_t>(bits)},
                                                    {259, 1, static_cast<std::uint32_t>(compression)},
                                                    {262, 1, 1}};
  const auto entries = static_cast<std::uint32_t>(tiled ? 9 : 8);
  const std::uint32_t lists = 8 + 2 + entries * 12 + 4;
  const std::uint32_t pixels = lists + 8 * number;
  if (tiled)
  {
    tags.push_back({322, 1, static_cast<std::uint32_t>(tileWidth)});
    tags.push_back({323, 1, static_cast<std::uint32_t>(blockHeight)});
    tags.push_back({324, number, lists});
    tags.push_back({325, number, lists + 4 * number});
  }
  else
  {
    tags.push_back({273, number, lists});
    tags.push_back({278, 1, static_cast<std::uint32_t>(blockHeight)});
    tags.push_back({279, number, lists + 4 * number});
  }
  Bytes file(true);
  file.Add("II").Add(std::uint16_t{42}).Add(std::uint32_t{8}).Add(static_cast<std::uint16_t>(entries));
  for (const auto & [tag, count, value] : tags)
  {
    file.Add(static_cast<std::uint16_t>(tag)).Add(std::uint16_t{4}).Add(count).Add(value);
  }
  file.Add(std::uint32_t{0});
  std::uint32_t at = pixels;
  for (const std::string & block : blocks)
  {
    file.Add(at);
    at += static_cast<std::uint32_t>(block.size());
  }
  for (const std::string & block : blocks)
  {
    file.Add(static_cast<std::uint32_t>(block.size()));
  }
  for (const std::string & block : blocks)
  {
    file.Add(block);
  }
  return file.text;
}

// PackBits: a run of literal bytes for each 100 of them.
std::string
PackBits(const std::string & bytes)
{
  std::string packed;
  for (std::size_t at = 0; at < bytes.size(); at += 100)
  {
    const std::string part = bytes.substr(at, 100);
    packed += static_cast<char>(part.size() - 1);
    packed += part;
  }
  return packed;
}

std::string
MrcFile()
{
  Bytes header(false);
  for (const std::int32_t word : {20, 7, 2, 1, 0, 0, 0, 20, 7, 2})
  {
    header.Add(word);
  }
  header.text.resize(64, '\0');
  header.Add(std::int32_t{1}).Add(std::int32_t{2}).Add(std::int32_t{3});
  header.text.resize(208, '\0');
  header.Add("MAP \x11\x11");
  header.text.resize(1024, '\0');
  return header.text + Numbers<std::int16_t>(false, 20 * 7 * 2);
}

struct Fixture
{
  std::string name;
  bool streams; // a region costs less than the whole
};

// One file of each way in which pixels are stored.
std::vector<Fixture>
MakeFixtures(const TestFolder & folder)
{
  DmOptions big;
  big.version = 3;
  big.little = false;
  big.width = 70;
  big.height = 30;
  big.frames = 2;
  folder.Write("big-endian.dm3", MakeDm(big));
  big.version = 4;
  big.little = true;
  big.width = 600;
  big.height = 500;
  folder.Write("pieces.dm4", MakeDm(big));
  folder.Write("series.ser", MakeSer(0x220, 3, 3));
  folder.Write("stack.mrc", MrcFile());
  folder.Write("c.npy", MakeNpy(1, ">f2", false, "(2, 30, 40)", Numbers<std::uint16_t>(false, 2400)));
  folder.Write("float.npy", MakeNpy(1, "<f4", false, "(300, 400)", Numbers<float>(true, 120000)));
  folder.Write("fortran.npy", MakeNpy(1, "<i4", true, "(50, 70)", Numbers<std::int32_t>(true, 3500)));
  folder.Write("fortran3.npy", MakeNpy(1, "|u1", true, "(3, 50, 70)", Numbers<std::uint8_t>(true, 10500)));
  folder.Write("pages.tif", MakeTiff(false, 3, "", 1, 1));
  const std::string strip = Numbers<std::uint16_t>(true, 50 * 8);
  const std::string last = Numbers<std::uint16_t>(true, 50 * 3);
  folder.Write("strips.tif", BlockTiff(50, 19, 16, 1, 0, 8, {strip, strip, last}));
  const std::string tile = Numbers<std::uint16_t>(true, 16 * 16);
  folder.Write("tiles.tif", BlockTiff(40, 30, 16, 1, 16, 16, {tile, tile, tile, tile, tile, tile}));
  folder.Write("packed.tif", BlockTiff(50, 19, 16, 32773, 0, 8, {PackBits(strip), PackBits(strip), PackBits(last)}));
  folder.Write("packed-tiles.tif", BlockTiff(40, 30, 16, 32773, 16, 16, std::vector<std::string>(6, PackBits(tile))));
  folder.Write("bits.tif", BlockTiff(13, 4, 4, 1, 0, 2,
                                     {std::string("\x12\x34\x56\x78\x9a\xbc\xd0\x0f\xed\xcb\xa9\x87\x65\x40"),
                                      std::string("\x11\x22\x33\x44\x55\x66\x70\x10\x20\x30\x40\x50\x60\x70")}));
  folder.Write("gray.png", MakePng(4, 3, 8, 0, {"abcd", "efgh", "ijkl"}));
  folder.Write("deep.png", MakePng(2, 3, 16, 0, {"abcd", "efgh", "ijkl"}));
  folder.Write("short.nrrd", "NRRD0004\ntype: short\ndimension: 2\nsizes: 5 4\nencoding: raw\nendian: little\n\n" +
                               Numbers<std::int16_t>(true, 20));
  folder.Write("short.mha", "ObjectType = Image\nNDims = 2\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
                            "DimSize = 5 4\nElementType = MET_SHORT\nElementDataFile = LOCAL\n" +
                              Numbers<std::int16_t>(true, 20));
  MakeHyperSpy(folder.Path() / "image.hspy");
  MakeVelox(folder.Path() / "velox.emd", true, 3);
  MakeEmd(folder.Path() / "rows.emd", false, 0);
  MakeEmd(folder.Path() / "columns.emd", true, 1);
  MakeNsid(folder.Path() / "nsid.h5");
  MakeUsid(folder.Path() / "usid.h5", true);
  MakeDm5(folder.Path() / "image.dm5");
  {
    // Several blocks in each direction; of doubles, and of what only HDF5 itself can convert.
    Hdf5Writer chunks(folder.Path() / "chunks.h5");
    chunks.Data("/image", {700, 500}, Doubles(350000), H5T_IEEE_F64BE, {64, 96});
    Hdf5Writer open(folder.Path() / "open.h5");
    open.Data("/image", {2, 400, 500}, Doubles(400000), H5T_IEEE_F32LE);
    const hid_t odd = H5Tcopy(H5T_STD_U32LE);
    H5Tset_precision(odd, 20);
    Hdf5Writer precision(folder.Path() / "precision.h5");
    precision.Data("/image", {400, 500}, Doubles(200000), odd, {400, 500});
    H5Tclose(odd);
    Hdf5Writer turned(folder.Path() / "turned.emd");
    turned.Group("/data/image");
    turned.Number("/", "version_major", 0);
    turned.Number("/data/image", "emd_group_type", 1);
    turned.Data("/data/image/data", {500, 700}, Doubles(350000), H5T_STD_U16LE, {50, 70});
    turned.Data("/data/image/dim1", {500}, Doubles(500));
    turned.Data("/data/image/dim2", {700}, Doubles(700));
    turned.Text("/data/image/dim1", "name", "x");
    turned.Text("/data/image/dim2", "name", "y");
  }
  return {{"big-endian.dm3", true},   {"pieces.dm4", true},   {"series.ser", true},
          {"stack.mrc", true},        {"c.npy", true},        {"float.npy", true},
          {"fortran.npy", true},      {"fortran3.npy", true}, {"pages.tif", true},
          {"strips.tif", true},       {"tiles.tif", true},    {"packed.tif", true},
          {"packed-tiles.tif", true}, {"bits.tif", true},     {"gray.png", false},
          {"deep.png", false},        {"short.nrrd", false},  {"short.mha", false},
          {"image.hspy", true},       {"velox.emd", false},   {"rows.emd", true},
          {"columns.emd", true},      {"nsid.h5", true},      {"usid.h5", true},
          {"image.dm5", true},        {"chunks.h5", true},    {"open.h5", true},
          {"precision.h5", false},    {"turned.emd", true}};
}

int
FirstReadable(const ferro::MicroscopyFile & file)
{
  for (const ferro::ImageInfo & image : file.GetInfo().images)
  {
    if (image.readable)
    {
      return image.index;
    }
  }
  return -1;
}
} // namespace

TEST(RegionReading, EveryRegionIsPartOfTheWhole)
{
  const TestFolder folder;
  for (const Fixture & fixture : MakeFixtures(folder))
  {
    SCOPED_TRACE(fixture.name);
    const auto file = ferro::OpenMicroscopyFile(folder.Path() / fixture.name);
    const int image = FirstReadable(*file);
    ASSERT_GE(image, 0);
    const ferro::FrameRegion whole = file->GetFrameRegion(image);
    const auto pixels = static_cast<std::size_t>(whole.width * whole.height);
    for (long frame = 0; frame < file->GetNumberOfFrames(image); ++frame)
    {
      std::vector<double> all(pixels);
      file->ReadFrame(image, frame, all.data());
      // Corners, edges, single pixels, odd pieces.
      for (const long x : {0L, 1L, whole.width / 2, whole.width - 1})
      {
        for (const long y : {0L, 1L, whole.height / 3, whole.height - 1})
        {
          for (const long width : {1L, whole.width / 3, whole.width - x})
          {
            for (const long height : {1L, whole.height / 2, whole.height - y})
            {
              const ferro::FrameRegion region = {x, y, width, height};
              if (width < 1 || height < 1 || x + width > whole.width || y + height > whole.height)
              {
                continue;
              }
              std::vector<double> part(static_cast<std::size_t>(width * height), -1.0);
              std::vector<float> narrow(part.size(), -1.0F);
              file->ReadRegion(image, frame, region, part.data());
              file->ReadRegion(image, frame, region, narrow.data());
              std::size_t wrong = 0;
              for (std::size_t i = 0; i < part.size(); ++i)
              {
                const auto row = static_cast<std::size_t>(y) + i / static_cast<std::size_t>(width);
                const auto column = static_cast<std::size_t>(x) + i % static_cast<std::size_t>(width);
                const double expected = all[row * static_cast<std::size_t>(whole.width) + column];
                wrong += part[i] != expected || narrow[i] != static_cast<float>(expected) ? 1 : 0;
              }
              EXPECT_EQ(wrong, 0U) << width << " x " << height << " at " << x << ", " << y << " of frame " << frame;
            }
          }
        }
      }
    }
  }
}

TEST(RegionReading, ItkStreamsWhatItReads)
{
  ferro::RegisterMicroscopyIOFactories();
  const TestFolder folder;
  for (const Fixture & fixture : MakeFixtures(folder))
  {
    SCOPED_TRACE(fixture.name);
    const std::string path = (folder.Path() / fixture.name).string();
    // A stack needs a frame, which only an ImageIO of ours can be told; NRRD and MetaImage are read by ITK's own.
    const auto file = ferro::OpenMicroscopyFile(path);
    const std::string format = file->GetInfo().format;
    if (file->GetInfo().images.size() != 1 || file->GetNumberOfFrames(0) != 1 || format == "NRRD" ||
        format == "MetaImage")
    {
      continue;
    }
    const auto whole = itk::ImageFileReader<ferro::MicrographType>::New();
    whole->SetFileName(path);
    whole->SetUseStreaming(false);
    whole->Update();
    const auto reader = itk::ImageFileReader<ferro::MicrographType>::New();
    reader->SetFileName(path);
    const auto streamer = itk::StreamingImageFilter<ferro::MicrographType, ferro::MicrographType>::New();
    streamer->SetInput(reader->GetOutput());
    streamer->SetNumberOfStreamDivisions(3);
    streamer->Update();
    const auto all = whole->GetOutput()->GetLargestPossibleRegion();
    const float * expected = whole->GetOutput()->GetBufferPointer();
    const float * found = streamer->GetOutput()->GetBufferPointer();
    EXPECT_TRUE(std::equal(expected, expected + all.GetNumberOfPixels(), found));
    // One row is read alone, or with the whole frame where nothing would be saved.
    auto row = all;
    row.SetSize(1, 1);
    const auto single = itk::ImageFileReader<ferro::MicrographType>::New();
    single->SetFileName(path);
    single->UpdateOutputInformation();
    single->GetOutput()->SetRequestedRegion(row);
    single->Update();
    EXPECT_EQ(single->GetOutput()->GetBufferedRegion(), fixture.streams ? row : all);
  }
}

// The frame that is selected is streamed; the mean, too.
TEST(RegionReading, StreamsOfASelectedFrameAndOfTheMean)
{
  const TestFolder folder;
  DmOptions options;
  options.frames = 3;
  options.width = 40;
  options.height = 30;
  const auto path = folder.Write("stack.dm4", MakeDm(options)).string();
  for (const char * frame : {"1", "mean"})
  {
    const auto io = ferro::GatanImageIO::New();
    io->SetImageSelection({"", frame, {}});
    const auto reader = itk::ImageFileReader<ferro::MicrographType>::New();
    reader->SetImageIO(io);
    reader->SetFileName(path);
    const auto streamer = itk::StreamingImageFilter<ferro::MicrographType, ferro::MicrographType>::New();
    streamer->SetInput(reader->GetOutput());
    streamer->SetNumberOfStreamDivisions(4);
    streamer->Update();
    // Frame 1 is the mean of frames 0, 1 and 2.
    for (int y = 0; y < 30; ++y)
    {
      for (int x = 0; x < 40; ++x)
      {
        ASSERT_EQ(streamer->GetOutput()->GetPixel({{x, y}}), static_cast<float>(Value(x, y, 1)));
      }
    }
  }
}

TEST(RegionReading, RegionsOutsideAreRefused)
{
  const TestFolder folder;
  const auto file = ferro::OpenMicroscopyFile(folder.Write("a.dm4", MakeDm({})));
  std::vector<double> buffer(100);
  for (const ferro::FrameRegion & region :
       {ferro::FrameRegion{-1, 0, 2, 2}, {0, 0, 5, 1}, {0, 2, 1, 2}, {0, 0, 0, 1}, {4, 0, 1, 1}, {1, 1, 1L << 62, 1}})
  {
    EXPECT_THROW(file->ReadRegion(0, 0, region, buffer.data()), ferro::InputError);
  }
  EXPECT_THROW(file->ReadRegion(0, 1, {0, 0, 1, 1}, buffer.data()), ferro::InputError);
  EXPECT_THROW(file->ReadRegion(0, -1, {0, 0, 1, 1}, buffer.data()), ferro::InputError);
}
