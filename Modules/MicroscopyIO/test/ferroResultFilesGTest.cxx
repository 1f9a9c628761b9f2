#include "ferroErrors.h"
#include "ferroImageJTiffWriter.h"
#include "ferroRoiZip.h"
#include "ferroVectorFieldWriter.h"

#include "itkImageFileReader.h"
#include "itkMetaDataObject.h"
#include "itkNrrdImageIO.h"

#include <gtest/gtest.h>
#include <minizip/unzip.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>

#include <unistd.h>

namespace
{
// A folder of this process alone, gone with it: several test runs may share a machine.
const std::filesystem::path &
ScratchFolder()
{
  struct Folder
  {
    Folder() : path(std::filesystem::path(testing::TempDir()) / ("ferroResultFiles-" + std::to_string(getpid())))
    {
      std::filesystem::create_directories(path);
    }
    ~Folder()
    {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
    std::filesystem::path path;
  };
  static const Folder folder;
  return folder.path;
}

std::filesystem::path
Scratch(const std::string & name)
{
  return ScratchFolder() / (std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + "-" + name);
}

std::string
Content(const std::filesystem::path & path)
{
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::map<std::string, std::string>
Unzip(const std::filesystem::path & path)
{
  std::map<std::string, std::string> entries;
  unzFile file = unzOpen64(path.c_str());
  for (int state = file ? unzGoToFirstFile(file) : UNZ_ERRNO; state == UNZ_OK; state = unzGoToNextFile(file))
  {
    char name[100];
    unz_file_info64 info;
    unzGetCurrentFileInfo64(file, &info, name, sizeof(name), nullptr, 0, nullptr, 0);
    std::string bytes(info.uncompressed_size, '\0');
    unzOpenCurrentFile(file);
    EXPECT_EQ(unzReadCurrentFile(file, bytes.data(), static_cast<unsigned>(bytes.size())),
              static_cast<int>(bytes.size()));
    EXPECT_EQ(unzCloseCurrentFile(file), UNZ_OK); // checks the CRC
    entries[name] = bytes;
  }
  unzClose(file);
  return entries;
}

std::uint32_t
BigEndian(const std::string & bytes, std::size_t offset, int count)
{
  std::uint32_t value = 0;
  for (int n = 0; n < count; ++n)
  {
    value = (value << 8) | static_cast<unsigned char>(bytes.at(offset + static_cast<std::size_t>(n)));
  }
  return value;
}

float
BigEndianFloat(const std::string & bytes, std::size_t offset)
{
  const std::uint32_t bits = BigEndian(bytes, offset, 4);
  float value;
  std::memcpy(&value, &bits, 4);
  return value;
}

ferro::AtomColumnSet::Pointer
Columns(std::size_t count)
{
  auto set = ferro::AtomColumnSet::New();
  ferro::AtomColumnSet::ContainerType columns(count);
  for (std::size_t n = 0; n < count; ++n)
  {
    columns[n].position = {10.25 + static_cast<double>(n % 1000), 3.75 + 0.001 * static_cast<double>(n)};
    columns[n].sublattice = n % 2 ? ferro::Sublattice::B : ferro::Sublattice::A;
  }
  set->SetColumns(columns);
  return set;
}
} // namespace

TEST(RoiZip, PointsLieWhereImageJCountsFrom)
{
  const auto path = Scratch("columns.roi.zip");
  const auto columns = Columns(5);
  columns->GetColumns()[4].sublattice = ferro::Sublattice::Unknown;
  columns->GetColumns()[4].position = {-0.75, 0.5}; // just outside: ImageJ's whole coordinates become negative
  ferro::WriteColumnsRoiZip(*columns, path);
  const auto entries = Unzip(path);
  ASSERT_EQ(entries.size(), 3u);
  const std::string & a = entries.at("A.roi");
  ASSERT_EQ(a.size(), 64u + 2 * 12);
  EXPECT_EQ(a.substr(0, 4), "Iout");
  EXPECT_GE(BigEndian(a, 4, 2), 222u); // older versions know no sub-pixel coordinates
  EXPECT_EQ(a[6], 10);                 // point
  EXPECT_EQ(BigEndian(a, 16, 2), 2u);  // number of points
  EXPECT_EQ(BigEndian(a, 50, 2), 128u);
  EXPECT_FLOAT_EQ(BigEndianFloat(a, 64 + 8), 10.75f);
  EXPECT_FLOAT_EQ(BigEndianFloat(a, 64 + 12), 12.75f);
  EXPECT_FLOAT_EQ(BigEndianFloat(a, 64 + 16), 4.25f);
  EXPECT_FLOAT_EQ(BigEndianFloat(a, 64 + 20), 4.252f);
  EXPECT_EQ(BigEndian(a, 8, 2), 4u);      // top
  EXPECT_EQ(BigEndian(a, 10, 2), 10u);    // left
  EXPECT_EQ(BigEndian(a, 14, 2), 13u);    // right
  EXPECT_EQ(BigEndian(a, 64 + 2, 2), 2u); // whole x of the second point, from left
  EXPECT_EQ(BigEndian(entries.at("other.roi"), 10, 2), 0xffffu);
  EXPECT_FLOAT_EQ(BigEndianFloat(entries.at("other.roi"), 64 + 4), -0.25f);
  // A second writing gives the same bytes.
  const auto again = Scratch("again.zip");
  ferro::WriteColumnsRoiZip(*columns, again);
  EXPECT_EQ(Content(path), Content(again));
}

TEST(RoiZip, ManyPointsContinueInAnotherSelection)
{
  const auto path = Scratch("columns.roi.zip");
  ferro::WriteColumnsRoiZip(*Columns(2 * 65536), path);
  const auto entries = Unzip(path);
  ASSERT_EQ(entries.size(), 4u);
  EXPECT_EQ(BigEndian(entries.at("A.roi"), 16, 2), 65535u);
  EXPECT_EQ(BigEndian(entries.at("A-2.roi"), 16, 2), 1u);
  EXPECT_EQ(entries.at("B-2.roi").size(), 64u + 12);
}

TEST(RoiZip, NoColumnsAndNoFolder)
{
  const auto path = Scratch("empty.zip");
  ferro::WriteColumnsRoiZip(*ferro::AtomColumnSet::New(), path);
  EXPECT_TRUE(Unzip(path).empty());
  EXPECT_GT(std::filesystem::file_size(path), 0u);
  EXPECT_THROW(ferro::WriteColumnsRoiZip(*Columns(3), Scratch("no-folder") / "columns.roi.zip"), ferro::OutputError);
  if (std::filesystem::exists("/dev/full"))
  {
    EXPECT_THROW(ferro::WriteColumnsRoiZip(*Columns(100000), "/dev/full"), ferro::OutputError);
  }
}

TEST(VectorFieldNrrd, IsASlabOfThreeComponents)
{
  auto field = ferro::VectorFieldType::New();
  field->SetRegions(ferro::VectorFieldType::SizeType{{8, 6}});
  ferro::VectorFieldType::SpacingType spacing;
  spacing[0] = 0.396;
  spacing[1] = 0.4;
  field->SetSpacing(spacing);
  field->Allocate();
  ferro::VectorFieldType::PixelType vector;
  for (long y = 0; y < 6; ++y)
  {
    for (long x = 0; x < 8; ++x)
    {
      vector[0] = static_cast<float>(x) + 0.25f;
      vector[1] = static_cast<float>(-y);
      field->SetPixel({{x, y}}, vector);
    }
  }
  vector.Fill(std::numeric_limits<float>::quiet_NaN());
  field->SetPixel({{3, 2}}, vector);
  const auto path = Scratch("polarization.nrrd");
  ferro::WriteVectorFieldNrrd(*field, path, "pm");

  using SlabType = itk::Image<itk::Vector<float, 3>, 3>;
  auto reader = itk::ImageFileReader<SlabType>::New();
  reader->SetImageIO(itk::NrrdImageIO::New());
  reader->SetFileName(path.string());
  reader->Update();
  const SlabType & slab = *reader->GetOutput();
  EXPECT_EQ(slab.GetLargestPossibleRegion().GetSize(), (SlabType::SizeType{{8, 6, 1}}));
  EXPECT_DOUBLE_EQ(slab.GetSpacing()[0], 0.396);
  EXPECT_DOUBLE_EQ(slab.GetSpacing()[1], 0.4);
  EXPECT_FLOAT_EQ(slab.GetPixel({{7, 5, 0}})[0], 7.25f);
  EXPECT_FLOAT_EQ(slab.GetPixel({{7, 5, 0}})[1], -5.0f);
  EXPECT_FLOAT_EQ(slab.GetPixel({{7, 5, 0}})[2], 0.0f);
  EXPECT_TRUE(std::isnan(slab.GetPixel({{3, 2, 0}})[0]));
  std::string unit;
  EXPECT_TRUE(itk::ExposeMetaData<std::string>(slab.GetMetaDataDictionary(), "Ferroscope.unit", unit));
  EXPECT_EQ(unit, "pm");
  EXPECT_TRUE(itk::ExposeMetaData<std::string>(slab.GetMetaDataDictionary(), "Ferroscope.lengthUnit", unit));
  EXPECT_EQ(unit, "nm");
  const auto header = Content(path).substr(0, 2000);
  EXPECT_NE(header.find("dimension: 4"), std::string::npos);
  EXPECT_NE(header.find("sizes: 3 8 6 1"), std::string::npos);

  const auto back = ferro::ReadVectorFieldNrrd(path);
  EXPECT_EQ(back->GetLargestPossibleRegion().GetSize(), field->GetLargestPossibleRegion().GetSize());
  EXPECT_EQ(back->GetPixel({{7, 5}}), field->GetPixel({{7, 5}}));
  EXPECT_DOUBLE_EQ(back->GetSpacing()[1], 0.4);

  EXPECT_THROW(ferro::WriteVectorFieldNrrd(*field, Scratch("no-folder") / "p.nrrd", "pm"), ferro::OutputError);
  std::ofstream(Scratch("broken.nrrd")) << "NRRD0004\nnonsense";
  EXPECT_THROW(ferro::ReadVectorFieldNrrd(Scratch("broken.nrrd")), ferro::InputError);
  EXPECT_THROW(ferro::ReadVectorFieldNrrd(Scratch("missing.nrrd")), ferro::InputError);
}

TEST(ImageJTiff, HoldsPixelsAndCalibration)
{
  auto image = ferro::MicrographType::New();
  image->SetRegions(ferro::MicrographType::SizeType{{5, 3}});
  image->SetSpacing(ferro::MicrographType::SpacingType(0.0175));
  image->Allocate();
  for (long n = 0; n < 15; ++n)
  {
    image->GetBufferPointer()[n] = 0.5f + static_cast<float>(n);
  }
  const auto path = Scratch("image.tif");
  ferro::WriteImageJTiff(*image, path);
  const std::string bytes = Content(path);
  const auto number = [&bytes](std::size_t offset, int count)
  {
    std::uint32_t value = 0;
    for (int n = count - 1; n >= 0; --n)
    {
      value = (value << 8) | static_cast<unsigned char>(bytes.at(offset + static_cast<std::size_t>(n)));
    }
    return value;
  };
  EXPECT_EQ(bytes.substr(0, 4), std::string("II*\0", 4));
  std::map<std::uint32_t, std::uint32_t> tags;
  const std::size_t directory = number(4, 4);
  std::uint32_t last = 0;
  for (std::size_t n = 0; n < number(directory, 2); ++n)
  {
    const std::uint32_t tag = number(directory + 2 + 12 * n, 2);
    EXPECT_GT(tag, last); // the format wants rising order
    last = tag;
    tags[tag] = number(directory + 10 + 12 * n, 4);
  }
  EXPECT_EQ(tags[256], 5u);
  EXPECT_EQ(tags[257], 3u);
  EXPECT_EQ(tags[258], 32u);
  EXPECT_EQ(tags[339], 3u);
  EXPECT_EQ(tags[279], 60u);
  EXPECT_EQ(bytes.size(), tags[273] + 60u);
  float pixel;
  std::memcpy(&pixel, bytes.data() + tags[273] + 4 * 7, 4);
  EXPECT_EQ(pixel, 7.5f);
  EXPECT_NEAR(static_cast<double>(number(tags[282] + 4, 4)) / number(tags[282], 4), 0.0175, 1e-10);
  const std::string description = bytes.c_str() + tags[270];
  EXPECT_EQ(description.substr(0, 21), "ImageJ=1.54f\nunit=nm\n");
  image->SetSpacing(ferro::MicrographType::SpacingType(1.0));
  ferro::WriteImageJTiff(*image, path);
  EXPECT_EQ(Content(path).find("unit"), std::string::npos);
  EXPECT_THROW(ferro::WriteImageJTiff(*image, Scratch("no-folder") / "image.tif"), ferro::OutputError);
}

TEST(Json, IsIndentedAndEndsWithANewline)
{
  const auto path = Scratch("summary.json");
  ferro::WriteJson({{"a", 1}, {"b", {0.5, nullptr}}}, path);
  EXPECT_EQ(Content(path), "{\n  \"a\": 1,\n  \"b\": [\n    0.5,\n    null\n  ]\n}\n");
  ferro::WriteJson({{"file", "\xff.tif"}}, path); // not UTF-8: replaced, not refused
  EXPECT_TRUE(nlohmann::json::accept(Content(path)));
  EXPECT_THROW(ferro::WriteJson({}, Scratch("no-folder") / "summary.json"), ferro::OutputError);
}
