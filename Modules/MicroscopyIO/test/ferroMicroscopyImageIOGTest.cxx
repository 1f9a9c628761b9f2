#include "ferroErrors.h"
#include "ferroMicrographWriter.h"
#include "ferroMicroscopyImageIO.h"
#include "ferroTestFiles.h"
#include "ferroTestHdf5.h"

#include "itkImageFileReader.h"
#include "itkMetaDataObject.h"
#include "itkNrrdImageIO.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

using namespace ferrotest;

namespace
{
using ReaderType = itk::ImageFileReader<ferro::MicrographType>;

std::string
Entry(const ferro::MicrographType & image, const std::string & key)
{
  std::string value;
  itk::ExposeMetaData(image.GetMetaDataDictionary(), key, value);
  return value;
}
} // namespace

TEST(MicroscopyImageIO, ItkReadsByFactory)
{
  ferro::RegisterMicroscopyIOFactories();
  ferro::RegisterMicroscopyIOFactories();
  const TestFolder folder;
  const auto reader = ReaderType::New();
  reader->SetFileName(folder.Write("a.dm4", MakeDm({})).string());
  reader->Update();
  const auto image = reader->GetOutput();
  EXPECT_EQ(image->GetPixel({{3, 2}}), static_cast<float>(Value(3, 2)));
  EXPECT_NEAR(image->GetSpacing()[0], 0.02, 1e-12);
  EXPECT_NEAR(image->GetSpacing()[1], 0.03, 1e-12);
  EXPECT_EQ(Entry(*image, ferro::CalibratedKey), "1");
  EXPECT_EQ(Entry(*image, ferro::TitleKey), "HAADF");
  EXPECT_EQ(Entry(*image, "Ferroscope.beam_energy_kV"), "200");
  EXPECT_STREQ(reader->GetImageIO()->GetNameOfClass(), "GatanImageIO");
}

TEST(MicroscopyImageIO, EveryFormatHasItsImageIO)
{
  ferro::RegisterMicroscopyIOFactories();
  const TestFolder folder;
  const std::string pixels(24, 'x');
  const std::pair<std::string, std::filesystem::path> cases[] = {
    {"TiaImageIO", folder.Write("a_1.ser", MakeSer(0x210, 1, 1))},
    {"NumpyImageIO", folder.Write("a.npy", MakeNpy(1, "<u2", false, "(3, 4)", pixels))},
    {"CalibratedTiffImageIO", folder.Write("a.tif", MakeTiff(true, 1, "ImageJ=1.5\nunit=nm\n", 2, 2))},
    {"GrayPngImageIO", folder.Write("a.png", MakePng(2, 1, 8, 0, {"xy"}))}};
  for (const auto & [name, file] : cases)
  {
    const auto reader = ReaderType::New();
    reader->SetFileName(file.string());
    ASSERT_NO_THROW(reader->Update()) << name;
    EXPECT_EQ(reader->GetImageIO()->GetNameOfClass(), name);
  }
}

TEST(MicroscopyImageIO, Hdf5OfAnyProgram)
{
  ferro::RegisterMicroscopyIOFactories();
  const TestFolder folder;
  const auto plain = folder.Path() / "plain.h5";
  const auto itkOwn = folder.Path() / "itk.h5";
  {
    Hdf5Writer file(plain);
    file.Data("/a/image", {3, 4}, RowsFirst());
    file.Data("/b/image", {3, 4}, std::vector<double>(12, 5.0));
    Hdf5Writer own(itkOwn);
    own.Data("/ITKImage/0/VoxelData", {3, 4}, RowsFirst());
  }
  const auto reader = ReaderType::New();
  reader->SetFileName(plain.string() + ":/b/image");
  reader->Update();
  EXPECT_STREQ(reader->GetImageIO()->GetNameOfClass(), "PlainHdf5ImageIO");
  EXPECT_EQ(reader->GetOutput()->GetPixel({{3, 2}}), 5.0F);
  const auto io = ferro::PlainHdf5ImageIO::New();
  EXPECT_TRUE(io->CanReadFile(plain.c_str()));
  EXPECT_FALSE(io->CanReadFile(itkOwn.c_str()));
  EXPECT_TRUE(io->CanReadFile((itkOwn.string() + ":/ITKImage/0/VoxelData").c_str()));
}

TEST(MicroscopyImageIO, SelectionOfImageAndFrame)
{
  const TestFolder folder;
  DmOptions options;
  options.frames = 3;
  const auto file = folder.Write("stack.dm4", MakeDm(options)).string();
  const auto io = ferro::GatanImageIO::New();
  EXPECT_TRUE(io->CanReadFile(file.c_str()));
  EXPECT_FALSE(io->CanWriteFile(file.c_str()));
  EXPECT_FALSE(ferro::TiaImageIO::New()->CanReadFile(file.c_str()));
  const auto reader = ReaderType::New();
  reader->SetImageIO(io);
  reader->SetFileName(file);
  EXPECT_THROW(reader->Update(), itk::ExceptionObject);
  ferro::ImageSelection selection;
  selection.frame = "2";
  selection.pixelSizeNm = 0.1;
  io->SetImageSelection(selection);
  reader->Modified();
  reader->Update();
  EXPECT_EQ(reader->GetOutput()->GetPixel({{1, 1}}), static_cast<float>(Value(1, 1, 2)));
  EXPECT_DOUBLE_EQ(reader->GetOutput()->GetSpacing()[1], 0.1);
}

TEST(MicrographWriter, CalibrationSurvives)
{
  const TestFolder folder;
  const auto image = ferro::ReadMicrograph(folder.Write("a.dm4", MakeDm({})));
  image->SetPixel({{0, 0}}, std::nanf(""));
  const auto tiff = folder.Path() / "a.TIF";
  ferro::WriteMicrograph(*image, tiff);
  const auto back = ferro::ReadMicrograph(tiff);
  EXPECT_EQ(ferro::InspectFile(tiff).format, "TIFF (ImageJ)");
  EXPECT_NEAR(back->GetSpacing()[0], 0.02, 1e-9);
  EXPECT_NEAR(back->GetSpacing()[1], 0.03, 1e-9);
  EXPECT_EQ(back->GetPixel({{3, 2}}), image->GetPixel({{3, 2}}));
  EXPECT_TRUE(std::isnan(back->GetPixel({{0, 0}})));

  const auto nrrd = (folder.Path() / "a.nrrd").string();
  ferro::WriteMicrograph(*image, nrrd);
  const auto reader = ReaderType::New();
  reader->SetImageIO(itk::NrrdImageIO::New());
  reader->SetFileName(nrrd);
  reader->Update();
  EXPECT_NEAR(reader->GetOutput()->GetSpacing()[1], 0.03, 1e-12);
  EXPECT_EQ(Entry(*reader->GetOutput(), ferro::TitleKey), "HAADF");
  EXPECT_EQ(Entry(*reader->GetOutput(), ferro::CalibratedKey), "1");
  EXPECT_EQ(reader->GetOutput()->GetPixel({{3, 2}}), image->GetPixel({{3, 2}}));

  const auto npy = folder.Path() / "a.npy";
  ferro::WriteMicrograph(*image, npy);
  EXPECT_EQ(ferro::ReadMicrograph(npy)->GetPixel({{3, 2}}), image->GetPixel({{3, 2}}));
  EXPECT_EQ(ferro::InspectFile(npy).images[0].shape, (std::vector<long>{3, 4}));

  EXPECT_FALSE(ferro::CanWriteMicrograph("a.jpg"));
  EXPECT_THROW(ferro::WriteMicrograph(*image, folder.Path() / "a.jpg"), ferro::UsageError);
  EXPECT_THROW(ferro::WriteMicrograph(*image, folder.Path() / "none" / "a.npy"), ferro::OutputError);
  EXPECT_THROW(ferro::WriteMicrograph(*image, folder.Path() / "none" / "a.nrrd"), ferro::OutputError);
}

TEST(RealImages, ShapeAndPixelSize)
{
  const char * shared = std::getenv("FERROSCOPE_SHARED_DATA");
  if (shared == nullptr)
  {
    GTEST_SKIP() << "FERROSCOPE_SHARED_DATA is not set";
  }
  struct Case
  {
    const char * file;
    unsigned long width;
    unsigned long height;
    double pixelSizeNm; // 0: not calibrated
  };
  const Case cases[] = {{"BTO_crystal_1.dm4", 469, 413, 0.0296599306166172},
                        {"Cropped_PTO-SRO_Aligned.hspy", 1312, 224, 0.01499680298026198},
                        {"16_STOimage_1.ser", 1024, 1024, 0.010012704240403383},
                        {"NSMO_cryo.tif", 963, 898, 0.0},
                        {"perovskite110_ADF.hdf5", 380, 400, 0.0},
                        {"SmBFO_patch.png", 703, 703, 0.0}};
  for (const Case & expected : cases)
  {
    const auto image = ferro::ReadMicrograph(std::filesystem::path(shared) / "real" / expected.file);
    EXPECT_EQ(image->GetLargestPossibleRegion().GetSize()[0], expected.width) << expected.file;
    EXPECT_EQ(image->GetLargestPossibleRegion().GetSize()[1], expected.height) << expected.file;
    const ferro::ImageGeometry geometry = ferro::GetImageGeometry(*image);
    EXPECT_EQ(geometry.calibrated, expected.pixelSizeNm > 0.0) << expected.file;
    const double size = expected.pixelSizeNm > 0.0 ? expected.pixelSizeNm : 1.0;
    EXPECT_NEAR(geometry.pixelSizeNm.x(), size, 1e-6 * size) << expected.file;
    EXPECT_NEAR(geometry.pixelSizeNm.y(), size, 1e-6 * size) << expected.file;
  }
}
