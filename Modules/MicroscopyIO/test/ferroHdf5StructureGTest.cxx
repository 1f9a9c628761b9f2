// Damage inside of HDF5's own structures that HDF5 1.10 does not survive is refused before it looks, and what HDF5
// itself writes, in any of its versions of the format, is not.
#include "ferroErrors.h"
#include "ferroMicroscopyFile.h"
#include "ferroTestFiles.h"
#include "ferroTestHdf5.h"

#include <cstring>
#include <fstream>
#include <gtest/gtest.h>

using namespace ferrotest;

namespace
{
std::string
BytesOf(const std::filesystem::path & path)
{
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::uint64_t
NumberAt(const std::string & bytes, std::size_t place)
{
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data() + place, sizeof(value));
  return value;
}

void
SetNumber(std::string & bytes, std::size_t place, std::uint64_t value)
{
  std::memcpy(bytes.data() + place, &value, sizeof(value));
}

/** An image with an attribute "wavelength" of two numbers, in a group from which a link was removed. */
std::string
WholeFile(const TestFolder & folder)
{
  const auto path = folder.Path() / "whole.h5";
  {
    Hdf5Writer file(path);
    file.Data("/group/image", {3, 4}, RowsFirst());
    file.Group("/group/a name that is removed again");
    file.Group("/group/last");
    H5Ldelete(file.Id(), "/group/a name that is removed again", H5P_DEFAULT);
    const hsize_t two = 2;
    const double values[2] = {1.0, 2.0};
    const hid_t data = H5Dopen2(file.Id(), "/group/image", H5P_DEFAULT);
    const hid_t space = H5Screate_simple(1, &two, nullptr);
    const hid_t attribute = H5Acreate2(data, "wavelength", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT);
    EXPECT_GE(H5Awrite(attribute, H5T_NATIVE_DOUBLE, values), 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Dclose(data);
  }
  return BytesOf(path);
}

std::string
Answer(const TestFolder & folder, const std::string & bytes)
{
  const auto path = folder.Write("damaged.h5", bytes);
  try
  {
    const auto file = ferro::OpenMicroscopyFile(path);
    std::vector<double> pixels(file->GetFramePixels(0));
    file->ReadFrame(0, 0, pixels.data());
    return pixels == RowsFirst() ? "read" : "other pixels";
  }
  catch (const ferro::InputError & error)
  {
    return error.GetMessage();
  }
}

/** Place of the shape in the attribute message, whose parts are padded to multiples of 8 bytes. */
std::size_t
ShapeOfAttribute(const std::string & bytes)
{
  return bytes.find(std::string("wavelength\0", 11)) + 16 + 24 + 8;
}
} // namespace

TEST(Hdf5Structure, AnAttributeLongerThanItsPlaceIsRefused)
{
  const TestFolder folder;
  const std::string whole = WholeFile(folder);
  ASSERT_EQ(Answer(folder, whole), "read");
  const std::size_t shape = ShapeOfAttribute(whole);
  ASSERT_EQ(NumberAt(whole, shape), 2U);
  for (const std::uint64_t length :
       {std::uint64_t{64}, std::uint64_t{1} << 32, std::uint64_t{1} << 61, ~std::uint64_t{0}})
  {
    std::string damaged = whole;
    SetNumber(damaged, shape, length);
    EXPECT_NE(Answer(folder, damaged).find("longer than the place"), std::string::npos) << length;
  }
  std::string shorter = whole;
  SetNumber(shorter, shape, 1);
  EXPECT_EQ(Answer(folder, shorter), "read");
}

TEST(Hdf5Structure, ANameWithoutEndIsRefused)
{
  const TestFolder folder;
  std::string damaged = WholeFile(folder);
  const std::size_t name = damaged.find(std::string("wavelength\0", 11));
  damaged.replace(name + 10, 6, "xxxxxx");
  EXPECT_NE(Answer(folder, damaged).find("longer than the place"), std::string::npos);
}

TEST(Hdf5Structure, ARingOfFreePiecesIsRefused)
{
  const TestFolder folder;
  const std::string whole = WholeFile(folder);
  int heaps = 0;
  for (std::size_t heap = whole.find("HEAP"); heap != std::string::npos; heap = whole.find("HEAP", heap + 1))
  {
    const std::uint64_t free = NumberAt(whole, heap + 16);
    if (free == 1) // none
    {
      continue;
    }
    ++heaps;
    std::string damaged = whole;
    SetNumber(damaged, NumberAt(whole, heap + 24) + free, free);
    EXPECT_NE(Answer(folder, damaged).find("in a ring"), std::string::npos);
  }
  EXPECT_GT(heaps, 0);
}

TEST(Hdf5Structure, AddressesThatMeanNowhereAreRefused)
{
  const TestFolder folder;
  const std::string whole = WholeFile(folder);
  int refused = 0;
  for (std::size_t heap = whole.find("HEAP"); heap != std::string::npos; heap = whole.find("HEAP", heap + 1))
  {
    // Wherever the heap's address stands: in messages of groups, in the superblock, and in tables of links, where HDF5
    // does not use it.
    for (std::size_t at = 0; at + 8 <= whole.size(); at += 8)
    {
      if (NumberAt(whole, at) == heap)
      {
        std::string damaged = whole;
        SetNumber(damaged, at, ~std::uint64_t{0});
        const std::string answer = Answer(folder, damaged);
        if (answer != "read")
        {
          ++refused;
          EXPECT_NE(answer.find("beyond the end of the file"), std::string::npos) << at << ": " << answer;
        }
      }
    }
  }
  EXPECT_GE(refused, 3);
}

TEST(Hdf5Structure, AFloatWhoseSignLiesElsewhereIsRefused)
{
  const TestFolder folder;
  const auto path = folder.Path() / "float.h5";
  {
    Hdf5Writer file(path);
    file.Data("/image", {3, 4}, RowsFirst(), H5T_IEEE_F32LE);
  }
  const std::string whole = BytesOf(path);
  ASSERT_EQ(Answer(folder, whole), "read");
  // Version 1, floating point; normalised mantissa; sign in bit 31; 4 bytes.
  const std::string type("\x11\x20\x1f\x00\x04\x00\x00\x00", 8);
  const std::size_t at = whole.find(type);
  ASSERT_NE(at, std::string::npos);
  std::string damaged = whole;
  damaged[at + 2] = '\xd8';
  EXPECT_NE(Answer(folder, damaged).find("bits outside"), std::string::npos);
}

TEST(Hdf5Structure, NumbersLargerThanWhatIsStoredAreRefused)
{
  const TestFolder folder;
  std::string damaged = WholeFile(folder);
  // Version 1, fixed point; 2 bytes, of which HDF5 would take 6 then.
  const std::size_t at = damaged.find(std::string("\x10\x00\x00\x00\x02\x00\x00\x00", 8));
  ASSERT_NE(at, std::string::npos);
  damaged[at + 4] = '\x06';
  EXPECT_NE(Answer(folder, damaged).find("too large for the 24 bytes"), std::string::npos);
}

TEST(Hdf5Structure, EveryVersionOfTheFormatIsRead)
{
  const TestFolder folder;
  const H5F_libver_t newest[] = {H5F_LIBVER_V18, H5F_LIBVER_LATEST};
  int files = 0;
  for (const H5F_libver_t low : {H5F_LIBVER_EARLIEST, H5F_LIBVER_V18, H5F_LIBVER_LATEST})
  {
    for (const H5F_libver_t high : newest)
    {
      for (const hsize_t userBlock : {hsize_t{0}, hsize_t{512}})
      {
        const auto path = folder.Path() / "version.h5";
        const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
        const hid_t creation = H5Pcreate(H5P_FILE_CREATE);
        H5Pset_userblock(creation, userBlock);
        if (high < low || H5Pset_libver_bounds(access, low, high) < 0)
        {
          H5Pclose(access);
          H5Pclose(creation);
          continue;
        }
        {
          Hdf5Writer file(path, creation, access);
          file.Data("/group/image", {3, 4}, RowsFirst());
          // Attributes beyond what an object header keeps itself, links beyond what a small group does.
          for (int i = 0; i < 20; ++i)
          {
            file.Number("/group/image", "number " + std::to_string(i), i);
            file.Text("/group", "text " + std::to_string(i), "what is written");
            file.Group("/group/" + std::to_string(i) + "/deeper");
          }
          file.Reference("/group", "reference", "/group/image");
        }
        H5Pclose(access);
        H5Pclose(creation);
        ++files;
        EXPECT_EQ(Answer(folder, BytesOf(path)), "read") << low << " to " << high << ", user block " << userBlock;
      }
    }
  }
  EXPECT_EQ(files, 10);
}
