#include "ferroErrors.h"
#include "ferroMicrographWriter.h"
#include "ferroMicroscopyFile.h"
#include "ferroTestFiles.h"

#include "itkMetaDataObject.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace ferrotest;

namespace
{
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

ferro::MicrographType::Pointer
Read(const std::filesystem::path & file, const std::string & frame = "")
{
  ferro::ImageSelection selection;
  selection.frame = frame;
  return ferro::ReadMicrograph(file, selection);
}

// An MRC header for 20 x 3 x nz pixels of 0.2 x 0.3 Angstrom.
std::string
MrcHeader(bool little, int mode, int nz, bool magic, int extended = 0)
{
  Bytes bytes(little);
  for (const std::int32_t word : {20, 3, nz, mode, 0, 0, 0, 20, 3, nz})
  {
    bytes.Add(word);
  }
  for (const float length : {4.0F, 0.9F, 1.0F * static_cast<float>(nz), 90.0F, 90.0F, 90.0F})
  {
    bytes.Add(length);
  }
  for (const std::int32_t word : {1, 2, 3})
  {
    bytes.Add(word);
  }
  bytes.Add(0.0F).Add(0.0F).Add(0.0F).Add(std::int32_t{0}).Add(std::int32_t{extended});
  bytes.text.resize(208, '\0');
  bytes.Add(magic ? "MAP " : std::string(4, '\0'));
  bytes.Add(magic ? std::string(little ? "\x44\x44" : "\x11\x11") : std::string(2, '\0'));
  bytes.text.resize(1024, '\0');
  return bytes.text;
}

template <typename T>
std::string
Pixels(bool little, int frames = 1, int width = 20)
{
  Bytes bytes(little);
  for (int f = 0; f < frames; ++f)
  {
    for (int y = 0; y < 3; ++y)
    {
      for (int x = 0; x < width; ++x)
      {
        bytes.Add(static_cast<T>(Value(x, y, f) - 10));
      }
    }
  }
  return bytes.text;
}

void
ExpectMrc(const std::filesystem::path & file, const std::string & type)
{
  EXPECT_EQ(ferro::InspectFile(file).images.at(0).dtype, type);
  const auto image = Read(file);
  EXPECT_EQ(image->GetPixel({{0, 0}}), -10.0F) << type;
  EXPECT_EQ(image->GetPixel({{3, 2}}), 13.0F) << type;
  const ferro::ImageGeometry geometry = ferro::GetImageGeometry(*image);
  EXPECT_TRUE(geometry.calibrated);
  EXPECT_NEAR(geometry.pixelSizeNm.x(), 0.02, 1e-7);
  EXPECT_NEAR(geometry.pixelSizeNm.y(), 0.03, 1e-7);
}

std::uint16_t
Half(double value)
{
  if (value == 0.0)
  {
    return 0;
  }
  int exponent = 0;
  const double fraction = std::frexp(std::abs(value), &exponent);
  return static_cast<std::uint16_t>((value < 0.0 ? 0x8000 : 0) | (exponent + 14) << 10 |
                                    (static_cast<int>(fraction * 2048.0) & 0x3ff));
}
} // namespace

TEST(MrcReader, ModesAndByteOrders)
{
  const TestFolder folder;
  for (const bool little : {true, false})
  {
    for (const bool magic : {true, false})
    {
      ExpectMrc(folder.Write("a.mrc", MrcHeader(little, 0, 1, magic) + Pixels<std::int8_t>(little)), "int8");
      ExpectMrc(folder.Write("a.mrc", MrcHeader(little, 1, 1, magic) + Pixels<std::int16_t>(little)), "int16");
      ExpectMrc(folder.Write("a.mrc", MrcHeader(little, 2, 1, magic) + Pixels<float>(little)), "float32");
    }
    Bytes halves(little);
    for (int y = 0; y < 3; ++y)
    {
      for (int x = 0; x < 20; ++x)
      {
        halves.Add(Half(Value(x, y) - 10));
      }
    }
    ExpectMrc(folder.Write("a.mrc", MrcHeader(little, 12, 1, true) + halves.text), "float16");
    const auto file = folder.Write("a.mrc", MrcHeader(little, 6, 1, true) + Pixels<std::uint16_t>(little));
    EXPECT_EQ(Read(file)->GetPixel({{0, 0}}), 65526.0F);
  }
}

TEST(MrcReader, StacksAndExtendedHeaders)
{
  const TestFolder folder;
  const auto file =
    folder.Write("a.mrc", MrcHeader(true, 1, 3, true, 100) + std::string(100, 'x') + Pixels<std::int16_t>(true, 3));
  EXPECT_EQ(ferro::InspectFile(file).images.at(0).shape, (std::vector<long>{3, 3, 20}));
  EXPECT_EQ(Read(file, "2")->GetPixel({{1, 1}}), 201.0F);
}

TEST(MrcReader, ImodBytesMayBeUnsigned)
{
  const TestFolder folder;
  std::string header = MrcHeader(true, 0, 1, true);
  Bytes stamp(true);
  stamp.Add(std::int32_t{1146047817}).Add(std::int32_t{0});
  header.replace(152, 8, stamp.text);
  const auto file = folder.Write("a.mrc", header + Pixels<std::int8_t>(true));
  EXPECT_EQ(Read(file)->GetPixel({{0, 0}}), 246.0F);
}

TEST(MrcReader, RefusesWithASentence)
{
  const TestFolder folder;
  const std::string pixels = Pixels<std::int16_t>(true);
  EXPECT_NE(MessageOf(folder.Write("a.mrc", MrcHeader(true, 4, 1, true) + pixels)).find("complex"), std::string::npos);
  EXPECT_NE(MessageOf(folder.Write("a.mrc", MrcHeader(true, 101, 1, true) + pixels)).find("101"), std::string::npos);
  EXPECT_NE(MessageOf(folder.Write("a.mrc", MrcHeader(true, 9, 1, true) + pixels)).find("mode 9"), std::string::npos);
  EXPECT_NE(MessageOf(folder.Write("a.mrc", MrcHeader(true, 1, 2, true) + pixels)).find("truncated"),
            std::string::npos);
  EXPECT_NE(MessageOf(folder.Write("a.mrc", MrcHeader(true, 1, 1, true, -1) + pixels)).find("negative"),
            std::string::npos);
}

TEST(ItkFormats, OurOwnFilesComeBackWithTheirCalibration)
{
  const TestFolder folder;
  const auto npy = folder.Write("a.npy", MakeNpy(1, "<u2", false, "(3, 4)", Pixels<std::uint16_t>(true, 1, 4)));
  for (const char * name : {"a.nrrd", "a.mha"})
  {
    for (const bool calibrated : {true, false})
    {
      const auto image = Read(npy);
      if (calibrated)
      {
        const double spacing[2] = {0.02, 0.03};
        image->SetSpacing(spacing);
        itk::EncapsulateMetaData<std::string>(image->GetMetaDataDictionary(), ferro::CalibratedKey, "1");
      }
      const auto path = folder.Path() / name;
      ferro::WriteMicrograph(*image, path);
      const auto again = Read(path);
      EXPECT_EQ(again->GetPixel({{3, 2}}), image->GetPixel({{3, 2}})) << name;
      const ferro::ImageGeometry geometry = ferro::GetImageGeometry(*again);
      EXPECT_EQ(geometry.calibrated, calibrated) << name;
      if (calibrated)
      {
        EXPECT_NEAR(geometry.pixelSizeNm.x(), 0.02, 1e-9);
        EXPECT_NEAR(geometry.pixelSizeNm.y(), 0.03, 1e-9);
      }
    }
  }
}

TEST(ItkFormats, ForeignFiles)
{
  const TestFolder folder;
  const std::string pixels = Pixels<std::int16_t>(true, 1, 4);
  const std::string nrrd =
    "NRRD0004\ntype: short\ndimension: 2\nsizes: 4 3\nspacings: 0.02 0.03\nencoding: raw\nendian: little\n\n";
  const auto good = Read(folder.Write("a.nrrd", nrrd + pixels));
  EXPECT_EQ(good->GetPixel({{3, 2}}), 13.0F);
  EXPECT_TRUE(ferro::GetImageGeometry(*good).calibrated);
  // 1 is what is written when nothing is known.
  std::string plain = nrrd;
  plain.replace(plain.find("0.02 0.03"), 9, "1 1");
  EXPECT_FALSE(ferro::GetImageGeometry(*Read(folder.Write("b.nrrd", plain + pixels))).calibrated);
  const std::string mhd =
    "ObjectType = Image\nNDims = 2\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
    "ElementSpacing = 0.02 0.03\nDimSize = 4 3\nElementType = MET_SHORT\nElementDataFile = a.raw\n";
  folder.Write("a.raw", pixels);
  EXPECT_EQ(Read(folder.Write("a.mhd", mhd))->GetPixel({{0, 0}}), -10.0F);
  // Volumes are listed only.
  std::string volume = nrrd;
  volume.replace(volume.find("dimension: 2"), 12, "dimension: 3")
    .replace(volume.find("sizes: 4 3"), 10, "sizes: 2 3 2");
  volume.replace(volume.find("spacings: 0.02 0.03"), 19, "spacings: 1 1 1");
  EXPECT_NE(MessageOf(folder.Write("c.nrrd", volume + pixels)).find("no real-valued image"), std::string::npos);
  // Found by fuzzing: a type that ITK does not know, numbers of axes whose sum overflows.
  std::string unknown = mhd;
  unknown.replace(unknown.find("MET_SHORT"), 9, "M+T_SHORT");
  EXPECT_NE(MessageOf(folder.Write("g.mhd", unknown)).find("no real-valued image"), std::string::npos);
  EXPECT_NE(MessageOf(folder.Write("i.mhd", "ObjectType = " + std::string(300, 'x') + mhd.substr(18))).find("too long"),
            std::string::npos);
  for (const std::string & line :
       std::vector<std::string>{"ObjectType: " + std::string(300, 'x'), "ObjectType\n" + std::string(300, 'x'),
                                "ObjectType =\nFerroscope.title = " + std::string(300, 'x'),
                                "Ferroscope.\rObjectType = " + std::string(300, 'x'), std::string(300, 'x')})
  {
    EXPECT_NE(MessageOf(folder.Write("k.mhd", "Comment = none\n" + line + "\n" + mhd)).find("corrupt MetaImage"),
              std::string::npos)
      << line;
  }
  std::string open = mhd;
  open.pop_back();
  EXPECT_EQ(Read(folder.Write("l.mhd", open))->GetPixel({{0, 0}}), -10.0F);
  std::string axes = MrcHeader(true, 1, 1, false);
  axes.replace(64, 8, 8, '\x7f');
  EXPECT_NE(MessageOf(folder.Write("h.mrc", axes + pixels)).find("cannot be read"), std::string::npos);
  // Cut, absurd, or with pixels elsewhere.
  EXPECT_NE(MessageOf(folder.Write("d.nrrd", nrrd)).find("truncated"), std::string::npos);
  std::string absurd = nrrd;
  absurd.replace(absurd.find("sizes: 4 3"), 10, "sizes: 99999999 99999999");
  EXPECT_NE(MessageOf(folder.Write("e.nrrd", absurd + pixels)).find("too large"), std::string::npos);
  // Lines of any length hold texts, but nothing else.
  std::string text = nrrd;
  text.insert(9, "comment:=" + std::string(3000, 'x') + "\n");
  EXPECT_TRUE(ferro::GetImageGeometry(*Read(folder.Write("f.nrrd", text + pixels))).calibrated);
  text.replace(9, 9, "comment  ");
  EXPECT_NE(MessageOf(folder.Write("g.nrrd", text + pixels)).find("too long"), std::string::npos);
  std::string elsewhere = mhd;
  elsewhere.replace(elsewhere.find("a.raw"), 5, "/etc/passwd");
  EXPECT_NE(MessageOf(folder.Write("f.mhd", elsewhere)).find("same folder"), std::string::npos);
}
