#include "ferroMicrographWriter.h"

#include "ferroAxisUnits.h"
#include "ferroErrors.h"
#include "ferroTextOutput.h"

#include "itkImageFileWriter.h"
#include "itkMetaDataObject.h"
#include "itkMetaImageIO.h"
#include "itkNrrdImageIO.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

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

/** TIFF directory of 12-byte entries, as ImageJ expects it. */
class TiffEntries
{
public:
  void
  Add(std::uint16_t tag, std::uint16_t type, std::uint32_t count, std::uint32_t value)
  {
    AppendLittleEndian(m_Bytes, tag);
    AppendLittleEndian(m_Bytes, type);
    AppendLittleEndian(m_Bytes, count);
    AppendLittleEndian(m_Bytes, value);
    ++m_Count;
  }
  static constexpr std::uint32_t
  Length(std::uint32_t count)
  {
    return 2 + 12 * count + 4;
  }
  std::string
  GetBytes() const
  {
    std::string bytes;
    AppendLittleEndian(bytes, m_Count);
    return bytes + m_Bytes + std::string(4, '\0');
  }

private:
  std::string m_Bytes;
  std::uint16_t m_Count = 0;
};

// A positive number as a fraction of 32-bit integers, as exactly as they permit.
void
AppendRational(std::string & bytes, double value)
{
  constexpr double largest = std::numeric_limits<std::uint32_t>::max();
  const double denominator = std::floor(std::clamp(largest / value, 1.0, largest));
  AppendLittleEndian(bytes, static_cast<std::uint32_t>(std::clamp(std::round(value * denominator), 0.0, largest)));
  AppendLittleEndian(bytes, static_cast<std::uint32_t>(denominator));
}

void
WriteImageJTiff(const MicrographType & image, const std::filesystem::path & file)
{
  const auto size = image.GetLargestPossibleRegion().GetSize();
  const std::uint64_t pixelBytes = std::uint64_t{4} * size[0] * size[1];
  if (pixelBytes > 4000000000U)
  {
    throw OutputError(file.string() + ": the image has " + std::to_string(pixelBytes) +
                      " bytes, more than a TIFF file can hold; write .nrrd or .npy");
  }
  const ImageGeometry geometry = GetImageGeometry(image);
  float low = 0.0F;
  float high = 0.0F;
  bool any = false;
  const float * pixels = image.GetBufferPointer();
  for (std::size_t i = 0; i < pixelBytes / 4; ++i)
  {
    if (std::isfinite(pixels[i]))
    {
      low = any ? std::min(low, pixels[i]) : pixels[i];
      high = any ? std::max(high, pixels[i]) : pixels[i];
      any = true;
    }
  }
  std::string description = "ImageJ=1.54f\n";
  description += geometry.calibrated ? "unit=nm\n" : "";
  description += "min=" + NumberText(low, 9) + "\nmax=" + NumberText(high, 9) + "\n";
  description += '\0';

  constexpr std::uint32_t entryCount = 14;
  const std::uint32_t descriptionAt = 8 + TiffEntries::Length(entryCount);
  const auto resolutionAt = static_cast<std::uint32_t>((descriptionAt + description.size() + 7) / 8 * 8);
  const std::uint32_t pixelsAt = resolutionAt + 16;
  constexpr std::uint16_t ascii = 2;
  constexpr std::uint16_t shortType = 3;
  constexpr std::uint16_t longType = 4;
  constexpr std::uint16_t rational = 5;
  TiffEntries entries;
  entries.Add(256, longType, 1, static_cast<std::uint32_t>(size[0]));
  entries.Add(257, longType, 1, static_cast<std::uint32_t>(size[1]));
  entries.Add(258, shortType, 1, 32);
  entries.Add(259, shortType, 1, 1); // not compressed
  entries.Add(262, shortType, 1, 1); // black is zero
  entries.Add(270, ascii, static_cast<std::uint32_t>(description.size()), descriptionAt);
  entries.Add(273, longType, 1, pixelsAt);
  entries.Add(277, shortType, 1, 1);
  entries.Add(278, longType, 1, static_cast<std::uint32_t>(size[1]));
  entries.Add(279, longType, 1, static_cast<std::uint32_t>(pixelBytes));
  entries.Add(282, rational, 1, resolutionAt);
  entries.Add(283, rational, 1, resolutionAt + 8);
  entries.Add(296, shortType, 1, 1); // the resolution has no unit of its own: ImageJ's text names it
  entries.Add(339, shortType, 1, 3); // IEEE floating point

  std::string bytes = std::string("II*\0\x08\0\0\0", 8) + entries.GetBytes() + description;
  bytes.resize(resolutionAt, '\0');
  AppendRational(bytes, geometry.calibrated ? 1.0 / geometry.pixelSizeNm.x() : 1.0);
  AppendRational(bytes, geometry.calibrated ? 1.0 / geometry.pixelSizeNm.y() : 1.0);
  WriteBytes(file, bytes + PixelBytes(image));
}

void
WriteWithItk(const MicrographType & image, const std::filesystem::path & file, itk::ImageIOBase * io)
{
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
  for (const std::string & key : image.GetMetaDataDictionary().GetKeys())
  {
    std::string value;
    if (key.rfind("Ferroscope.", 0) == 0 && itk::ExposeMetaData(image.GetMetaDataDictionary(), key, value))
    {
      itk::EncapsulateMetaData<std::string>(dictionary, key, value);
    }
  }
  const bool calibrated = GetImageGeometry(image).calibrated;
  itk::EncapsulateMetaData<std::string>(dictionary, CalibratedKey, calibrated ? "1" : "0");
  itk::EncapsulateMetaData<std::string>(dictionary, "Ferroscope.lengthUnit", calibrated ? "nm" : "px");
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
  return {".nrrd", ".mha", ".tif", ".tiff", ".npy"};
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
  else
  {
    throw UsageError(file.string() + ": cannot write a file of the extension '" + extension +
                     "'; expected .nrrd, .mha, .tif or .npy");
  }
}
} // namespace ferro
