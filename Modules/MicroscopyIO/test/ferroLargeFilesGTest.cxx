// Files of gigabytes, nearly all of it a hole, opened for one frame or one region: that must cost the memory of the
// frame or region, and no time. Each is read in a process of its own, because memory can be measured for whole
// processes only.
#include "ferroMicroscopyImageIO.h"
#include "ferroTestFiles.h"
#include "ferroTestHdf5.h"

#include "itkImageFileReader.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <array>
#include <functional>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace ferrotest;

namespace
{
constexpr std::uint16_t Mark = 7;

struct Cost
{
  bool right = false;   // what the child has found
  long kilobytes = 0;   // peak of resident memory
  double seconds = 0.0; // of CPU
};

// Runs the work in a child; it returns whether all pixels were right.
Cost
InChild(const std::function<bool()> & work)
{
  const pid_t child = ::fork();
  if (child == 0)
  {
    bool right = false;
    try
    {
      right = work();
    }
    catch (const std::exception & error)
    {
      std::fprintf(stderr, "%s\n", error.what());
    }
    ::_exit(right ? 0 : 1);
  }
  Cost cost;
  int status = 0;
  struct rusage usage = {};
  if (child > 0 && ::wait4(child, &status, 0, &usage) == child)
  {
    cost.right = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    cost.kilobytes = usage.ru_maxrss;
    const auto seconds = [](const timeval & time)
    { return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec); };
    cost.seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  return cost;
}

// Expects that the work costs no more than a number of megabytes beyond a process that does nothing, and a second.
void
ExpectCheap(const std::filesystem::path & file, long megabytes, const std::function<bool()> & work)
{
  struct stat status = {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_GT(status.st_size, 2000000000L) << file;
  EXPECT_LT(status.st_blocks * 512L, 64L << 20) << "the test file is no hole";
  // The library's own pages count; a first read brings them in.
  const auto nothing = [&file] { return ferro::InspectFile(file).images.size() == 1; };
  const Cost idle = InChild(nothing);
  EXPECT_TRUE(idle.right);
  const Cost cost = InChild(work);
  EXPECT_TRUE(cost.right);
#if !defined(__SANITIZE_ADDRESS__) // it takes memory of its own
  EXPECT_LT(cost.kilobytes - idle.kilobytes, megabytes * 1024);
  EXPECT_LT(idle.kilobytes, 256 * 1024);
#else
  static_cast<void>(megabytes);
#endif
  EXPECT_LT(cost.seconds, 1.0);
  std::printf("%s: %ld KiB beyond the %ld KiB of opening it, %.3f s of CPU\n", file.filename().c_str(),
              cost.kilobytes - idle.kilobytes, idle.kilobytes, cost.seconds);
}

std::function<bool()>
OneFrame(const std::filesystem::path & file, const std::string & frame)
{
  return [file, frame]
  {
    ferro::ImageSelection selection;
    selection.frame = frame;
    const auto image = ferro::ReadMicrograph(file, selection);
    const auto size = image->GetLargestPossibleRegion().GetSize();
    const float * pixels = image->GetBufferPointer();
    const std::size_t count = size[0] * size[1];
    return count == 1024 * 1024 && pixels[0] == Mark && pixels[1] == 0.0F && pixels[count - 1] == Mark;
  };
}

// A region of 256 x 256 in the middle, through ITK's pipeline.
std::function<bool()>
OneRegion(const std::filesystem::path & file)
{
  return [file]
  {
    ferro::RegisterMicroscopyIOFactories();
    const auto reader = itk::ImageFileReader<ferro::MicrographType>::New();
    reader->SetFileName(file.string());
    reader->UpdateOutputInformation();
    ferro::MicrographType::RegionType region;
    region.SetIndex({{6000, 7000}});
    region.SetSize({{256, 256}});
    reader->GetOutput()->SetRequestedRegion(region);
    reader->Update();
    const auto image = reader->GetOutput();
    return image->GetBufferedRegion() == region && image->GetPixel({{6000, 7000}}) == Mark &&
           image->GetPixel({{6001, 7000}}) == 0.0F && image->GetPixel({{6255, 7255}}) == 0.0F;
  };
}

// Writes bytes, a hole and bytes again; and pixels of Mark inside of the hole.
void
WriteWithHole(const std::filesystem::path & file, const std::string & before, std::uint64_t hole,
              const std::vector<std::uint64_t> & marks, const std::string & after = "")
{
  const int descriptor = ::open(file.c_str(), O_CREAT | O_WRONLY, 0600);
  ASSERT_GE(descriptor, 0);
  const auto put = [&](const std::string & bytes, std::uint64_t at)
  {
    return ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(at)) ==
           static_cast<ssize_t>(bytes.size());
  };
  EXPECT_EQ(::ftruncate(descriptor, static_cast<off_t>(before.size() + hole)), 0);
  EXPECT_TRUE(put(before, 0));
  for (const std::uint64_t mark : marks)
  {
    EXPECT_TRUE(put(Bytes(true).Add(Mark).text, before.size() + mark));
  }
  EXPECT_TRUE(put(after, before.size() + hole));
  ::close(descriptor);
}

constexpr std::uint64_t FrameBytes = 2 * 1024 * 1024;
constexpr std::uint64_t Frames = 1024;
// The first and the last pixel of frame 700.
const std::vector<std::uint64_t> FrameMarks = {700 * FrameBytes, 701 * FrameBytes - 2};
// Pixel (6000, 7000) of an image of 12000 x 90000.
constexpr std::uint64_t BigBytes = std::uint64_t{2} * 12000 * 90000;
const std::vector<std::uint64_t> BigMarks = {2 * (std::uint64_t{7000} * 12000 + 6000)};

// An image of that size has more pixels than are taken without being asked.
class LargeFiles : public ::testing::Test
{
protected:
  void
  SetUp() override
  {
    ::setenv("FERROSCOPE_MAX_PIXELS", "2e9", 1);
  }
  void
  TearDown() override
  {
    ::unsetenv("FERROSCOPE_MAX_PIXELS");
  }
  TestFolder m_Folder;
};
} // namespace

TEST_F(LargeFiles, OneFrameOfAnMrcStackCostsOneFrame)
{
  Bytes header(true);
  for (const std::int32_t word : {1024, 1024, static_cast<int>(Frames), 1, 0, 0, 0, 1024, 1024, 1})
  {
    header.Add(word);
  }
  header.text.resize(64, '\0');
  header.Add(std::int32_t{1}).Add(std::int32_t{2}).Add(std::int32_t{3});
  header.text.resize(208, '\0');
  header.Add("MAP DD");
  header.text.resize(1024, '\0');
  const auto file = m_Folder.Path() / "stack.mrc";
  WriteWithHole(file, header.text, Frames * FrameBytes, FrameMarks);
  ExpectCheap(file, 12, OneFrame(file, "700"));
}

TEST_F(LargeFiles, OneFrameOfADm4StackCostsOneFrame)
{
  DmOptions options;
  options.width = options.height = 1024;
  options.frames = static_cast<int>(Frames);
  options.omitPixels = true;
  const std::string bytes = MakeDm(options);
  const std::string marker = PixelsMarker;
  const std::size_t at = bytes.find(marker);
  ASSERT_NE(at, std::string::npos);
  const auto file = m_Folder.Path() / "stack.dm4";
  WriteWithHole(file, bytes.substr(0, at), Frames * FrameBytes, FrameMarks, bytes.substr(at + marker.size()));
  ExpectCheap(file, 12, OneFrame(file, "700"));
}

TEST_F(LargeFiles, OneFrameOfAVeloxStackCostsOneFrame)
{
  const auto file = m_Folder.Path() / "stack.emd";
  {
    Hdf5Writer writer(file);
    writer.TextData("/Version", "{\"format\": \"Velox\", \"version\": \"11\"}");
    const std::string data = "/Data/Image/0123456789abcdef/Data";
    writer.Hole(data, {1024, 1024, Frames}, {1024, 1024, 1});
    writer.Fill(data, {0, 0, 700}, {1, 1, 1}, Mark);
    writer.Fill(data, {1023, 1023, 700}, {1, 1, 1}, Mark);
  }
  ExpectCheap(file, 12, OneFrame(file, "700"));
}

TEST_F(LargeFiles, ARegionOfABigImageCostsTheRegion)
{
  const auto array = m_Folder.Path() / "big.npy";
  WriteWithHole(array, MakeNpy(1, "<u2", false, "(90000, 12000)", ""), BigBytes, BigMarks);
  ExpectCheap(array, 6, OneRegion(array));

  // One strip; its place and length stand in the tags.
  const auto tiff = m_Folder.Path() / "big.tif";
  Bytes head(true);
  head.Add("II").Add(std::uint16_t{42}).Add(std::uint32_t{8}).Add(std::uint16_t{9});
  const std::uint32_t place = 8 + 2 + 9 * 12 + 4;
  for (const auto & [tag, type, value] : std::vector<std::array<std::uint32_t, 3>>{{256, 4, 12000},
                                                                                   {257, 4, 90000},
                                                                                   {258, 3, 16},
                                                                                   {259, 3, 1},
                                                                                   {262, 3, 1},
                                                                                   {273, 4, place},
                                                                                   {277, 3, 1},
                                                                                   {278, 4, 90000},
                                                                                   {279, 4, BigBytes}})
  {
    head.Add(static_cast<std::uint16_t>(tag)).Add(static_cast<std::uint16_t>(type)).Add(std::uint32_t{1}).Add(value);
  }
  head.Add(std::uint32_t{0});
  WriteWithHole(tiff, head.text, BigBytes, BigMarks);
  ExpectCheap(tiff, 6, OneRegion(tiff));

  const auto hdf5 = m_Folder.Path() / "big.h5";
  {
    Hdf5Writer writer(hdf5);
    writer.Hole("/image", {90000, 12000}, {1000, 1000});
    writer.Fill("/image", {7000, 6000}, {1, 1}, Mark);
  }
  ExpectCheap(hdf5, 6, OneRegion(hdf5));
}
