// Compressed data sets, written by HDF5 itself with its own filters, are unpacked to the very numbers that were
// written.
#include "ferroErrors.h"
#include "ferroMicrographReader.h"
#include "ferroTestFiles.h"
#include "ferroTestHdf5.h"

#include <gtest/gtest.h>

using namespace ferrotest;

namespace
{
constexpr hsize_t Rows = 61;
constexpr hsize_t Columns = 47;

double
Pixel(hsize_t y, hsize_t x)
{
  return static_cast<double>((y * 977 + x * 353 + y * x) % 60000);
}

struct Packing
{
  const char * name;
  std::vector<H5Z_filter_t> filters;
  std::vector<hsize_t> chunk;
};

/** \a leaveOut: the first row of chunks is not written. */
void
WriteImage(const std::filesystem::path & path, const Packing & packing, hid_t type, bool leaveOut = false)
{
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hsize_t shape[2] = {Rows, Columns};
  const hid_t space = H5Screate_simple(2, shape, nullptr);
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(creation, 2, packing.chunk.data());
  for (const H5Z_filter_t filter : packing.filters)
  {
    const unsigned int level = 6;
    H5Pset_filter(creation, filter, H5Z_FLAG_MANDATORY, filter == H5Z_FILTER_DEFLATE ? 1 : 0, &level);
  }
  const hid_t data = H5Dcreate2(file, "/image", type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  std::vector<double> values;
  for (hsize_t y = 0; y < Rows; ++y)
  {
    for (hsize_t x = 0; x < Columns; ++x)
    {
      values.push_back(Pixel(y, x));
    }
  }
  if (leaveOut)
  {
    const hsize_t start[2] = {packing.chunk[0], 0};
    const hsize_t count[2] = {Rows - packing.chunk[0], Columns};
    const hid_t memory = H5Screate_simple(2, shape, nullptr);
    H5Sselect_hyperslab(memory, H5S_SELECT_SET, start, nullptr, count, nullptr);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, nullptr, count, nullptr);
    EXPECT_GE(H5Dwrite(data, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, values.data()), 0);
    H5Sclose(memory);
  }
  else
  {
    EXPECT_GE(H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
  }
  H5Dclose(data);
  H5Pclose(creation);
  H5Sclose(space);
  H5Fclose(file);
}

void
ExpectPixels(const std::filesystem::path & path, hsize_t firstWrittenRow = 0)
{
  const auto image = ferro::ReadMicrograph(path.string() + ":/image");
  ASSERT_EQ(image->GetLargestPossibleRegion().GetNumberOfPixels(), Rows * Columns);
  const float * pixels = image->GetBufferPointer();
  for (hsize_t y = 0; y < Rows; ++y)
  {
    for (hsize_t x = 0; x < Columns; ++x)
    {
      const double expected = y < firstWrittenRow ? 0.0 : Pixel(y, x);
      ASSERT_EQ(pixels[y * Columns + x], static_cast<float>(expected)) << path << ", row " << y << ", column " << x;
    }
  }
}

const std::vector<Packing> &
Packings()
{
  static const std::vector<Packing> packings = {
    {"deflate", {H5Z_FILTER_DEFLATE}, {13, 9}},
    {"shuffle-deflate", {H5Z_FILTER_SHUFFLE, H5Z_FILTER_DEFLATE}, {16, 47}},
    {"deflate-shuffle", {H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE}, {16, 47}},
    {"shuffle", {H5Z_FILTER_SHUFFLE}, {61, 8}},
    {"whole", {H5Z_FILTER_SHUFFLE, H5Z_FILTER_DEFLATE}, {Rows, Columns}},
    {"twice", {H5Z_FILTER_DEFLATE, H5Z_FILTER_DEFLATE}, {20, 20}},
    {"checked", {H5Z_FILTER_DEFLATE, H5Z_FILTER_FLETCHER32}, {20, 20}}}; // is left to HDF5
  return packings;
}
} // namespace

TEST(Hdf5Chunks, EveryFilterAndType)
{
  const TestFolder folder;
  for (const Packing & packing : Packings())
  {
    int number = 0;
    for (const hid_t type : {H5T_STD_U16LE, H5T_STD_U16BE, H5T_IEEE_F32LE, H5T_IEEE_F64BE, H5T_STD_I64LE})
    {
      const auto path = folder.Path() / (std::string(packing.name) + std::to_string(number++) + ".h5");
      WriteImage(path, packing, type);
      ExpectPixels(path);
    }
  }
}

TEST(Hdf5Chunks, ChunksThatWereNeverWrittenAreZeros)
{
  const TestFolder folder;
  const auto path = folder.Path() / "gap.h5";
  WriteImage(path, Packings()[1], H5T_STD_U16LE, true);
  ExpectPixels(path, Packings()[1].chunk[0]);
}

TEST(Hdf5Chunks, AChunkThatSkipsAFilter)
{
  const TestFolder folder;
  const auto path = folder.Path() / "skip.h5";
  const Packing packing = {"whole", {H5Z_FILTER_SHUFFLE, H5Z_FILTER_DEFLATE}, {Rows, Columns}};
  WriteImage(path, packing, H5T_STD_U16LE);
  std::vector<std::uint16_t> values;
  for (hsize_t y = 0; y < Rows; ++y)
  {
    for (hsize_t x = 0; x < Columns; ++x)
    {
      values.push_back(static_cast<std::uint16_t>(Pixel(y, x)));
    }
  }
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t data = H5Dopen2(file, "/image", H5P_DEFAULT);
  const hsize_t offset[2] = {0, 0};
  // Bits 0 and 1: neither shuffled nor deflated (a little-endian machine, as the type of the data set says).
  ASSERT_GE(H5Dwrite_chunk(data, H5P_DEFAULT, 3, offset, values.size() * 2, values.data()), 0);
  H5Dclose(data);
  H5Fclose(file);
  ExpectPixels(path);
}

// A chunk with changed bytes is read or refused; with the filters that have no checksum, wrong numbers may come out.
TEST(Hdf5Chunks, DamagedChunksDoNoHarm)
{
  const TestFolder folder;
  const auto path = folder.Path() / "damaged.h5";
  WriteImage(path, Packings()[0], H5T_STD_U16LE);
  std::ifstream stream(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  const std::size_t data =
    bytes.find("\x78\x5e") == std::string::npos ? bytes.find("\x78\x9c") : bytes.find("\x78\x5e");
  ASSERT_NE(data, std::string::npos);
  int refused = 0;
  for (std::size_t at = data; at < bytes.size(); at += 37)
  {
    std::string changed = bytes;
    changed[at] = static_cast<char>(~changed[at]);
    const auto file = folder.Path() / "changed.h5";
    std::ofstream(file, std::ios::binary) << changed;
    try
    {
      ferro::ReadMicrograph(file.string() + ":/image");
    }
    catch (const ferro::InputError & error)
    {
      ++refused;
      EXPECT_NE(error.GetMessage().find("changed.h5"), std::string::npos);
    }
  }
  EXPECT_GT(refused, 0); // zlib's own checksum sees most of it
}
