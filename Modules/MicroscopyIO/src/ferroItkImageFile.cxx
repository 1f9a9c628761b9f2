// NRRD and MetaImage: pixels through ITK's own readers, once the header has been held against the file.
#include "ferroAxisUnits.h"
#include "ferroErrors.h"
#include "ferroInputFile.h"
#include "ferroMicroscopyFormats.h"
#include "ferroRawFrame.h"
#include "ferroWrittenMetadata.h"

#include "itkMetaImageIO.h"
#include "itkNrrdImageIO.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr std::uint64_t MaximumHeader = 1U << 16;

class ItkImageFile : public MicroscopyFile
{
public:
  ItkImageFile(const std::filesystem::path & path, bool nrrd) : MicroscopyFile(path)
  {
    m_Info.format = nrrd ? "NRRD" : "MetaImage";
    const InputFile file(path);
    this->ReadHeader(file, nrrd);
    this->CheckSizes(file, nrrd);
    if (nrrd)
    {
      m_ImageIO = itk::NrrdImageIO::New();
    }
    else
    {
      m_ImageIO = itk::MetaImageIO::New();
    }
    m_ImageIO->SetFileName(path.string());
    try
    {
      m_ImageIO->ReadImageInformation();
    }
    catch (const itk::ExceptionObject & error)
    {
      this->Fail("damaged " + m_Info.format + " file: " + CleanText(error.GetDescription()));
    }
    this->Describe();
  }

  long
  GetRowsPerBlock(int image) const override
  {
    return this->GetFrameRegion(image).height;
  }

protected:
  void
  ReadPixels(int image, long, const FrameRegion & wanted, const PixelSink & sink) override
  {
    const auto type = this->StoredType();
    if (!type)
    {
      this->Fail("unknown type of pixels");
    }
    std::vector<unsigned char> raw(this->GetFramePixels(image) * m_ImageIO->GetComponentSize());
    itk::ImageIORegion region(m_ImageIO->GetNumberOfDimensions());
    for (unsigned int d = 0; d < m_ImageIO->GetNumberOfDimensions(); ++d)
    {
      region.SetSize(d, m_ImageIO->GetDimensions(d));
    }
    m_ImageIO->SetIORegion(region);
    try
    {
      m_ImageIO->Read(raw.data());
    }
    catch (const itk::ExceptionObject & error)
    {
      this->Fail("damaged " + m_Info.format + " file: pixels cannot be read: " + CleanText(error.GetDescription()));
    }
    // ITK has put the bytes in order.
    CopyRegion(raw.data(), this->GetFrameRegion(image).width, 1, *type, IsNativeByteOrder(true), wanted, sink);
  }

private:
  void
  ReadHeader(const InputFile & file, bool nrrd)
  {
    const std::string text = file.ReadText(0, std::min(file.GetSize(), MaximumHeader), "the header");
    bool hasValue = true; // the line before
    for (std::size_t at = 0; at < text.size();)
    {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      std::string line = text.substr(at, end - at);
      if (nrrd)
      {
        this->CheckNrrdLine(line);
      }
      if (end == text.size() && (nrrd || end < file.GetSize()))
      {
        return;
      }
      at = std::min(end + 1, text.size());
      if (nrrd ? !this->ReadNrrdLine(line, at) : !this->ReadMetaLine(line, at, hasValue))
      {
        return;
      }
    }
  }

  // NrrdIO writes a line that it does not understand into a message of limited length, and does not look. Texts of any
  // length come as "key:=value".
  void
  CheckNrrdLine(const std::string & line) const
  {
    constexpr std::size_t room = 700;
    if (line.size() > room && line.find(":=") >= std::min(line.find(": "), room))
    {
      this->Fail("corrupt NRRD file: a line of the header is too long");
    }
  }

  // "key: value" or "key:=value"; false at the end of the header.
  bool
  ReadNrrdLine(const std::string & line, std::size_t next)
  {
    if (CleanText(line).empty())
    {
      m_DataOffset = next;
      return false;
    }
    const std::size_t sign = line.find(':');
    if (sign != std::string::npos && line[0] != '#')
    {
      m_Header[CleanText(line.substr(0, sign))] =
        CleanText(line.substr(sign + (line.compare(sign, 2, ":=") == 0 ? 2 : 1)));
    }
    return true;
  }

  // "key = value"; false at the end of the header. ITK's reader of MetaImages has room for 255 characters and does not
  // look, takes the next line for a value that is missing, and a colon for an equals sign. It must see the same lines
  // as we.
  bool
  ReadMetaLine(std::string & line, std::size_t next, bool & hasValue)
  {
    constexpr std::size_t room = 200;
    constexpr std::size_t ourRoom = 2000; // what it does not know is kept elsewhere
    if (!line.empty() && line.back() == '\r')
    {
      line.pop_back();
    }
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; };
    if (std::any_of(line.begin(), line.end(), control))
    {
      this->Fail("corrupt MetaImage file: its header holds bytes that are no text");
    }
    const auto trim = [](const std::string & part)
    {
      const std::size_t first = part.find_first_not_of(" \t");
      return first == std::string::npos ? std::string() : part.substr(first, part.find_last_not_of(" \t") - first + 1);
    };
    if (trim(line).empty())
    {
      return true;
    }
    const std::size_t sign = line.find_first_of("=:");
    if (sign == std::string::npos)
    {
      this->Fail("corrupt MetaImage file: a line of the header has no '='");
    }
    const std::string key = trim(line.substr(0, sign));
    const std::string value = trim(line.substr(sign + 1));
    const bool ours = hasValue && key.rfind("Ferroscope.", 0) == 0;
    if (sign > room || line.size() - sign > (ours ? ourRoom : room))
    {
      this->Fail("corrupt MetaImage file: a line of the header is too long");
    }
    hasValue = !value.empty();
    m_Header[key] = CleanText(value);
    if (key == "ElementDataFile")
    {
      m_DataOffset = next;
      return false;
    }
    return true;
  }

  std::string
  Value(const std::string & key) const
  {
    const auto found = m_Header.find(key);
    return found == m_Header.end() ? std::string() : found->second;
  }

  void
  CheckSizes(const InputFile & file, bool nrrd) const
  {
    const std::string sizes = this->Value(nrrd ? "sizes" : "DimSize");
    const double declaredDimension = ParseNumber(this->Value(nrrd ? "dimension" : "NDims"));
    double values = 1.0;
    int dimension = 0;
    for (std::size_t at = 0; at < sizes.size();)
    {
      const std::size_t end = std::min(sizes.find(' ', at), sizes.size());
      if (end > at)
      {
        const double length = ParseNumber(sizes.substr(at, end - at));
        if (!(length >= 1.0 && length < 1e9))
        {
          this->Fail("corrupt " + m_Info.format + " file: invalid size '" + sizes + "'");
        }
        values *= length;
        ++dimension;
      }
      at = end + 1;
    }
    if (dimension < 1 || dimension > 6 || dimension != declaredDimension)
    {
      this->Fail("corrupt " + m_Info.format + " file: the header gives no sizes that fit its dimension");
    }
    std::uint64_t stored = file.GetSize();
    const std::string external =
      nrrd ? this->Value("data file") + this->Value("datafile") : this->Value("ElementDataFile");
    const bool local = nrrd ? external.empty() : external == "LOCAL" || external == "Local" || external == "local";
    if (nrrd && external.empty() && m_DataOffset == 0)
    {
      this->Fail("truncated NRRD file: its header has no end");
    }
    if (!nrrd && external.empty())
    {
      this->Fail("truncated or corrupt MetaImage file: ElementDataFile is missing");
    }
    if (local)
    {
      stored -= std::min(stored, m_DataOffset);
    }
    else
    {
      // One plain file beside the header; a header from elsewhere must not read other places.
      if (external.find_first_of("/\\% ") != std::string::npos || external == "LIST" || external == "..")
      {
        this->Fail("its pixels are in '" + external + "', expected one file in the same folder");
      }
      stored = InputFile(m_Path.parent_path() / external).GetSize();
    }
    if (values / 1100.0 > static_cast<double>(stored) + 1024.0)
    {
      this->Fail("truncated or corrupt: it declares " + NumberText(values, 17) + " values, too large for the " +
                 std::to_string(stored) + " bytes that are stored");
    }
    const std::string encoding = nrrd ? this->Value("encoding") : this->Value("CompressedData");
    if ((nrrd && encoding == "raw") || (!nrrd && encoding != "True" && encoding != "true"))
    {
      if (values > static_cast<double>(stored))
      {
        this->Fail("truncated: it declares " + NumberText(values, 17) + " values, the file has " +
                   std::to_string(stored) + " bytes");
      }
    }
  }

  void
  Describe()
  {
    std::vector<long> shape;
    for (unsigned int d = m_ImageIO->GetNumberOfDimensions(); d-- > 0;)
    {
      shape.push_back(static_cast<long>(m_ImageIO->GetDimensions(d)));
    }
    // One slice is an image.
    while (shape.size() > 2 && shape.front() == 1)
    {
      shape.erase(shape.begin());
    }
    const bool scalar = m_ImageIO->GetNumberOfComponents() == 1;
    ImageInfo & image = this->AddImage(this->Value(TitleKey), scalar ? this->TypeName() : std::string("vector"), shape);
    image.readable = scalar && shape.size() == 2 && this->TypeName() != "unknown";
    for (const auto & [key, value] : m_Header)
    {
      static const std::string prefix = MetadataPrefix;
      if (key.rfind(prefix, 0) == 0 && IsListedMetadata(key.substr(prefix.size())))
      {
        image.metadata[key.substr(prefix.size())] = value;
      }
    }
    if (shape.size() < 2)
    {
      return;
    }
    const double spacing[2] = {m_ImageIO->GetSpacing(0), m_ImageIO->GetSpacing(1)};
    const std::string calibrated = this->Value(CalibratedKey);
    // A spacing of 1 is what programs write when they know none.
    const bool unknown = calibrated.empty() && spacing[0] == 1.0 && spacing[1] == 1.0;
    if (calibrated == "0" || unknown)
    {
      return;
    }
    CalibrateAxis(image.axes.back(), spacing[0], 0.0, "nm");
    CalibrateAxis(image.axes[image.axes.size() - 2], spacing[1], 0.0, "nm");
    if (calibrated.empty())
    {
      image.metadata["calibration"] = "the spacing is taken for nm: the file names no unit";
    }
  }

  std::optional<PixelType>
  StoredType() const
  {
    switch (m_ImageIO->GetComponentType())
    {
      case itk::IOComponentEnum::UCHAR:
        return PixelType::UInt8;
      case itk::IOComponentEnum::USHORT:
        return PixelType::UInt16;
      case itk::IOComponentEnum::UINT:
        return PixelType::UInt32;
      case itk::IOComponentEnum::ULONG:
        return sizeof(long) == 8 ? PixelType::UInt64 : PixelType::UInt32;
      case itk::IOComponentEnum::ULONGLONG:
        return PixelType::UInt64;
      case itk::IOComponentEnum::CHAR:
        return PixelType::Int8;
      case itk::IOComponentEnum::SHORT:
        return PixelType::Int16;
      case itk::IOComponentEnum::INT:
        return PixelType::Int32;
      case itk::IOComponentEnum::LONG:
        return sizeof(long) == 8 ? PixelType::Int64 : PixelType::Int32;
      case itk::IOComponentEnum::LONGLONG:
        return PixelType::Int64;
      case itk::IOComponentEnum::FLOAT:
        return PixelType::Float32;
      case itk::IOComponentEnum::DOUBLE:
        return PixelType::Float64;
      default:
        return {}; // ITK knows no size of it
    }
  }

  std::string
  TypeName() const
  {
    const auto type = this->StoredType();
    return type ? PixelTypeName(*type) : "unknown";
  }

  std::map<std::string, std::string> m_Header;
  std::uint64_t m_DataOffset = 0;
  itk::ImageIOBase::Pointer m_ImageIO;
};

bool
MatchesNrrd(const FileHead & head)
{
  return head.StartsWith("NRRD000");
}

bool
MatchesMeta(const FileHead & head)
{
  const bool begins = head.StartsWith("ObjectType") || head.StartsWith("NDims") || head.StartsWith("Comment");
  return begins && head.bytes.find("NDims") != std::string::npos && head.bytes.find("DimSize") != std::string::npos;
}

template <bool Nrrd>
std::unique_ptr<MicroscopyFile>
Open(const std::filesystem::path & file)
{
  return std::make_unique<ItkImageFile>(file, Nrrd);
}
} // namespace

MicroscopyFormat
NrrdFormat()
{
  return {"NRRD", {".nrrd", ".nhdr"}, MatchesNrrd, Open<true>};
}

MicroscopyFormat
MetaImageFormat()
{
  return {"MetaImage", {".mha", ".mhd"}, MatchesMeta, Open<false>};
}
} // namespace ferro
