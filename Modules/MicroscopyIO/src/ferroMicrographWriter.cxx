#include "ferroMicrographWriter.h"

#include "ferroErrors.h"
#include "ferroImageJTiffWriter.h"
#include "ferroNsidWriter.h"
#include "ferroTextOutput.h"
#include "ferroVtiWriter.h"
#include "ferroWrittenMetadata.h"

#include "itkImageFileWriter.h"
#include "itkMetaDataObject.h"
#include "itkMetaImageIO.h"
#include "itkNrrdImageIO.h"

#include <algorithm>
#include <cstring>

namespace ferro
{
namespace
{
template <typename T>
void
AppendLittleEndian(std::string & bytes, T value)
{
  for (std::size_t i = 0; i < sizeof(T); ++i)
  {
    bytes += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xff);
  }
}

std::string
PixelBytes(const MicrographType & image)
{
  const std::size_t count = image.GetLargestPossibleRegion().GetNumberOfPixels();
  const float * pixels = image.GetBufferPointer();
  std::string bytes;
  bytes.reserve(4 * count);
  for (std::size_t i = 0; i < count; ++i)
  {
    std::uint32_t bits;
    std::memcpy(&bits, pixels + i, sizeof(bits));
    AppendLittleEndian(bytes, bits);
  }
  return bytes;
}

void
WriteNumpy(const MicrographType & image, const std::filesystem::path & file)
{
  const auto size = image.GetLargestPossibleRegion().GetSize();
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(size[1]) + ", " +
                       std::to_string(size[0]) + "), }";
  // Magic, version, length and header together fill a multiple of 64 bytes and end in a newline.
  header += std::string(63 - (10 + header.size()) % 64, ' ') + "\n";
  std::string bytes = "\x93NUMPY";
  bytes += std::string("\x01\x00", 2);
  AppendLittleEndian(bytes, static_cast<std::uint16_t>(header.size()));
  WriteBytes(file, bytes + header + PixelBytes(image));
}

void
WriteWithItk(const MicrographType & image, const std::filesystem::path & file, itk::ImageIOBase * io)
{
  // Opened here first: ITK would not say why it cannot, and its NRRD writer leaks then.
  TextOutput(file).Close();
  using VolumeType = itk::Image<float, 3>;
  const auto size = image.GetLargestPossibleRegion().GetSize();
  const auto volume = VolumeType::New();
  VolumeType::SizeType volumeSize;
  volumeSize[0] = size[0];
  volumeSize[1] = size[1];
  volumeSize[2] = 1;
  volume->SetRegions(volumeSize);
  VolumeType::SpacingType spacing;
  spacing[0] = image.GetSpacing()[0];
  spacing[1] = image.GetSpacing()[1];
  spacing[2] = image.GetSpacing()[0];
  volume->SetSpacing(spacing);
  VolumeType::PointType origin;
  origin[0] = image.GetOrigin()[0];
  origin[1] = image.GetOrigin()[1];
  origin[2] = 0.0;
  volume->SetOrigin(origin);
  volume->Allocate();
  std::copy_n(image.GetBufferPointer(), size[0] * size[1], volume->GetBufferPointer());
  itk::MetaDataDictionary & dictionary = volume->GetMetaDataDictionary();
  for (const auto & [key, value] : GetWrittenMetadata(image))
  {
    itk::EncapsulateMetaData<std::string>(dictionary, MetadataPrefix + key, value);
  }
  const auto writer = itk::ImageFileWriter<VolumeType>::New();
  writer->SetImageIO(io);
  writer->SetFileName(file.string());
  writer->SetInput(volume);
  try
  {
    writer->Update();
  }
  catch (const itk::ExceptionObject & error)
  {
    throw OutputError(file.string() + ": cannot be written: " + error.GetDescription());
  }
}

std::string
LowerCaseExtension(const std::filesystem::path & file)
{
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return extension;
}
} // namespace

std::vector<std::string>
GetMicrographWriterExtensions()
{
  return {".nrrd", ".mha", ".tif", ".tiff", ".npy", ".h5", ".vti"};
}

bool
CanWriteMicrograph(const std::filesystem::path & file)
{
  const std::vector<std::string> known = GetMicrographWriterExtensions();
  return std::find(known.begin(), known.end(), LowerCaseExtension(file)) != known.end();
}

void
WriteMicrograph(const MicrographType & image, const std::filesystem::path & file)
{
  const std::string extension = LowerCaseExtension(file);
  if (extension == ".nrrd")
  {
    WriteWithItk(image, file, itk::NrrdImageIO::New());
  }
  else if (extension == ".mha")
  {
    WriteWithItk(image, file, itk::MetaImageIO::New());
  }
  else if (extension == ".tif" || extension == ".tiff")
  {
    WriteImageJTiff(image, file);
  }
  else if (extension == ".npy")
  {
    WriteNumpy(image, file);
  }
  else if (extension == ".h5")
  {
    WriteNsid(image, file);
  }
  else if (extension == ".vti")
  {
    WriteMicrographVti(image, file);
  }
  else
  {
    throw UsageError(file.string() + ": cannot write a file of the extension '" + extension +
                     "'; expected .nrrd, .mha, .tif, .npy, .h5 or .vti");
  }
}
} // namespace ferro
