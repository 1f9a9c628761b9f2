#include "ferroErrors.h"
#include "ferroMicroscopyFile.h"
#include "ferroSha256.h"
#include "ferroTestFiles.h"
#include "ferroTestHdf5.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace ferrotest;

namespace
{
std::string
MessageOf(const std::filesystem::path & file, const ferro::ImageSelection & selection = {})
{
  try
  {
    ferro::ReadMicrograph(file, selection);
  }
  catch (const ferro::InputError & error)
  {
    return error.GetMessage();
  }
  return "read";
}

// Reads the image of 4 x 3 pixels that the makers fill.
void
ExpectImage(const std::filesystem::path & file, double x, double y, const ferro::ImageSelection & selection = {},
            int frame = 0)
{
  const auto image = ferro::ReadMicrograph(file, selection);
  ASSERT_EQ(image->GetLargestPossibleRegion().GetSize()[0], 4u);
  ASSERT_EQ(image->GetLargestPossibleRegion().GetSize()[1], 3u);
  for (int row = 0; row < 3; ++row)
  {
    for (int column = 0; column < 4; ++column)
    {
      EXPECT_EQ(image->GetPixel({{column, row}}), static_cast<float>(Value(column, row, frame)));
    }
  }
  const ferro::ImageGeometry geometry = ferro::GetImageGeometry(*image);
  EXPECT_EQ(geometry.calibrated, x > 0.0);
  if (x > 0.0)
  {
    // Coordinates of 32-bit floats give a step of six digits.
    EXPECT_NEAR(geometry.pixelSizeNm.x(), x, 1e-5 * x);
    EXPECT_NEAR(geometry.pixelSizeNm.y(), y, 1e-5 * y);
  }
}
} // namespace

TEST(VeloxReader, ImageBeforeAndAfterVersion11)
{
  const TestFolder folder;
  for (const bool version11 : {false, true})
  {
    const auto path = folder.Path() / "a.emd";
    MakeVelox(path, version11, 1);
    ExpectImage(path, 0.02, 0.03);
    const ferro::FileInfo info = ferro::InspectFile(path);
    EXPECT_EQ(info.format, "Velox EMD");
    ASSERT_EQ(info.images.size(), 1u);
    const ferro::ImageInfo & image = info.images[0];
    EXPECT_EQ(image.title, version11 ? "HAADF#1" : "HAADF-A");
    EXPECT_EQ(image.shape, (std::vector<long>{3, 4}));
    EXPECT_NEAR(image.axes[1].offset, -0.04, 1e-9);
    EXPECT_EQ(image.metadata.at("beam_energy_kV"), "200");
    EXPECT_EQ(image.metadata.at("dwell_time_us"), "1");
    EXPECT_EQ(image.metadata.at("scan_rotation_deg"), "90");
    EXPECT_EQ(image.metadata.at("magnification"), "7100");
    EXPECT_EQ(image.metadata.at("detector"), "HAADF");
    EXPECT_EQ(image.metadata.at("date"), "2020-07-29");
    EXPECT_EQ(image.metadata.at("time"), "16:49:34 UTC");
  }
}

TEST(VeloxReader, FramesComeLastInTheFile)
{
  const TestFolder folder;
  const auto path = folder.Path() / "stack.emd";
  MakeVelox(path, false, 3);
  EXPECT_EQ(ferro::InspectFile(path).images.at(0).shape, (std::vector<long>{3, 3, 4}));
  ferro::ImageSelection selection;
  selection.frame = "2";
  ExpectImage(path, 0.02, 0.03, selection, 2);
  selection.frame = "mean";
  ExpectImage(path, 0.02, 0.03, selection, 1);
  EXPECT_NE(MessageOf(path).find("stack of 3"), std::string::npos);
}

TEST(EmdReader, NamesOfTheAxesDecide)
{
  const TestFolder folder;
  for (const bool columnsFirst : {false, true})
  {
    for (const int firstDim : {0, 1})
    {
      const auto path = folder.Path() / "a.emd";
      MakeEmd(path, columnsFirst, firstDim);
      ExpectImage(path, 0.02, 0.03);
      const ferro::ImageInfo image = ferro::InspectFile(path).images.at(0);
      EXPECT_EQ(image.title, "image");
      EXPECT_EQ(image.axes[1].name, "R_x");
      EXPECT_NEAR(image.axes[1].offset, 1.0, 1e-6);
      EXPECT_EQ(image.metadata.at("beam_energy_kV"), "300");
    }
  }
}

TEST(PycroscopyReader, NsidTakesDimensionScales)
{
  const TestFolder folder;
  const auto path = folder.Path() / "a.hf5";
  MakeNsid(path);
  ExpectImage(path, 0.02, 0.03);
  EXPECT_EQ(ferro::InspectFile(path).format, "NSID");
}

TEST(PycroscopyReader, UsidGridIsAnImageInAnyOrderOfPositions)
{
  const TestFolder folder;
  for (const bool shuffled : {false, true})
  {
    const auto path = folder.Path() / "a.h5";
    MakeUsid(path, shuffled);
    ExpectImage(path, 0.02, 0.03);
  }
}

TEST(PycroscopyReader, UsidWithHolesIsListedOnly)
{
  const TestFolder folder;
  const auto path = folder.Path() / "a.h5";
  MakeUsid(path, true, 11);
  const ferro::FileInfo info = ferro::InspectFile(path);
  ASSERT_EQ(info.images.size(), 1u);
  EXPECT_EQ(info.images[0].shape, (std::vector<long>{11, 1}));
  EXPECT_NE(MessageOf(path).find("no real-valued image"), std::string::npos);
}

TEST(GatanDm5Reader, LeavesOutTheThumbnail)
{
  const TestFolder folder;
  const auto path = folder.Path() / "a.dm5";
  MakeDm5(path);
  ExpectImage(path, 0.02, 0.03);
  const ferro::FileInfo info = ferro::InspectFile(path);
  ASSERT_EQ(info.images.size(), 1u);
  EXPECT_EQ(info.images[0].title, "ADF");
  EXPECT_NEAR(info.images[0].axes[1].offset, -0.02, 1e-9);
}

TEST(PlainHdf5Reader, DataSetsByPath)
{
  const TestFolder folder;
  const auto path = folder.Path() / "a.h5";
  {
    Hdf5Writer file(path);
    file.Data("/deep/down/image", {3, 4}, RowsFirst());
    file.Data("/other", {3, 4}, RowsFirst());
    file.Data("/list", {5}, {1, 2, 3, 4, 5});
  }
  ExpectImage(path.string() + ":/deep/down/image", 0.0, 0.0);
  ferro::ImageSelection selection;
  selection.image = "other";
  ExpectImage(path, 0.0, 0.0, selection);
  EXPECT_NE(MessageOf(path).find("several images"), std::string::npos);
  EXPECT_NE(MessageOf(path.string() + ":/deep").find("is a group"), std::string::npos);
  EXPECT_NE(MessageOf(path.string() + ":/nothing").find("/deep/down/image"), std::string::npos);
  EXPECT_EQ(ferro::Sha256::HashFile(path.string() + ":/other"), ferro::Sha256::HashFile(path));
}

TEST(PlainHdf5Reader, MainImageIsStoredColumnsFirst)
{
  const TestFolder folder;
  const auto path = folder.Path() / "Sm_0_0_HAADF.h5";
  {
    std::vector<double> columnsFirst;
    for (int x = 0; x < 4; ++x)
    {
      for (int y = 0; y < 3; ++y)
      {
        columnsFirst.push_back(Value(x, y));
      }
    }
    Hdf5Writer file(path);
    file.Data("/MainImage", {4, 3}, columnsFirst, H5T_IEEE_F32LE);
  }
  ExpectImage(path, 0.0, 0.0);
}

TEST(PlainHdf5Reader, FollowsNoLinkToAnotherFile)
{
  const TestFolder folder;
  const auto other = folder.Path() / "other.h5";
  const auto path = folder.Path() / "a.h5";
  {
    Hdf5Writer target(other);
    target.Data("/image", {3, 4}, RowsFirst());
    Hdf5Writer file(path);
    H5Lcreate_external(other.c_str(), "/image", file.Id(), "/image", H5P_DEFAULT, H5P_DEFAULT);
  }
  EXPECT_NE(MessageOf(path).find("link to another file"), std::string::npos);
  EXPECT_NE(MessageOf(path.string() + ":/image").find("link to another file"), std::string::npos);
}

TEST(PlainHdf5Reader, GroupsThatContainThemselvesEnd)
{
  const TestFolder folder;
  const auto path = folder.Path() / "a.h5";
  {
    Hdf5Writer file(path);
    file.Group("/a/b");
    H5Lcreate_hard(file.Id(), "/a", file.Id(), "/a/b/again", H5P_DEFAULT, H5P_DEFAULT);
  }
  EXPECT_NE(MessageOf(path).find("does not contain an image"), std::string::npos);
}

TEST(PlainHdf5Reader, BlocksThatUnpackToGigabytesAreRefused)
{
  const TestFolder folder;
  const auto path = folder.Path() / "a.h5";
  {
    Hdf5Writer file(path);
    file.Data("/small", {3, 4}, RowsFirst(), H5T_STD_U16LE, {3, 4});
    const hsize_t shape[2] = {1U << 15, 1U << 15};
    const hid_t space = H5Screate_simple(2, shape, nullptr);
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, 2, shape);
    H5Pset_deflate(creation, 9);
    H5Dclose(H5Dcreate2(file.Id(), "/big", H5T_STD_U16LE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    H5Pclose(creation);
    H5Sclose(space);
  }
  EXPECT_NE(MessageOf(path.string() + ":/big").find("too large"), std::string::npos);
  ExpectImage(path.string() + ":/small", 0.0, 0.0);
}

// A file that is cut anywhere, or whose texts of variable length are changed anywhere, is read or refused with a
// sentence. (Damage to HDF5's own structures is for the HDF5 library to see; old versions of it do not always.)
TEST(Hdf5Readers, DamagedFilesDoNoHarm)
{
  const TestFolder folder;
  const std::vector<void (*)(const std::filesystem::path &)> makers = {
    [](const std::filesystem::path & path) { MakeVelox(path, false, 2); },
    [](const std::filesystem::path & path) { MakeEmd(path, true, 1); },
    [](const std::filesystem::path & path) { MakeNsid(path); },
    [](const std::filesystem::path & path) { MakeUsid(path, true); }};
  for (const auto make : makers)
  {
    const auto path = folder.Path() / "whole.h5";
    make(path);
    std::ifstream stream(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    std::vector<std::string> versions;
    for (std::size_t length = 0; length < bytes.size(); length += 53)
    {
      versions.push_back(bytes.substr(0, length));
    }
    for (std::size_t heap = bytes.find("GCOL"); heap != std::string::npos; heap = bytes.find("GCOL", heap + 1))
    {
      for (std::size_t at = heap; at < std::min(bytes.size(), heap + 400); ++at)
      {
        versions.push_back(bytes);
        versions.back()[at] = at % 2 == 0 ? '\xff' : '\x7f';
      }
    }
    for (const std::string & damaged : versions)
    {
      const auto file = folder.Write("damaged.h5", damaged);
      try
      {
        const auto opened = ferro::OpenMicroscopyFile(file);
        for (const ferro::ImageInfo & image : opened->GetInfo().images)
        {
          if (opened->HasPixels(image.index) && opened->GetFramePixels(image.index) < 1000000)
          {
            std::vector<double> pixels(opened->GetFramePixels(image.index));
            opened->ReadFrame(image.index, 0, pixels.data());
          }
        }
      }
      catch (const ferro::InputError & error)
      {
        EXPECT_NE(error.GetMessage().find("damaged.h5"), std::string::npos);
      }
    }
  }
}
