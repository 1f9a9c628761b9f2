// Gatan DigitalMicrograph 3 and 4 (.dm3, .dm4).
#include "ferroAxisUnits.h"
#include "ferroErrors.h"
#include "ferroGatanTags.h"
#include "ferroMicroscopyFormats.h"
#include "ferroPixelType.h"
#include "ferroRawFrame.h"

#include <cmath>
#include <set>

namespace ferro
{
namespace
{
// Type of pixels by the file's ImageData.DataType; empty for what is packed or unknown.
std::optional<PixelType>
DataTypeOf(int code)
{
  switch (code)
  {
    case 1:
      return PixelType::Int16;
    case 2:
      return PixelType::Float32;
    case 3:
      return PixelType::Complex64;
    case 6:
      return PixelType::UInt8;
    case 7:
      return PixelType::Int32;
    case 8:
    case 23:
      return PixelType::Rgba;
    case 9:
      return PixelType::Int8;
    case 10:
      return PixelType::UInt16;
    case 11:
      return PixelType::UInt32;
    case 12:
      return PixelType::Float64;
    case 13:
      return PixelType::Complex128;
    case 14:
      return PixelType::Bool;
    default:
      return {};
  }
}

class GatanFile : public MicroscopyFile
{
public:
  explicit GatanFile(const std::filesystem::path & file) : MicroscopyFile(file), m_File(file), m_Tags(m_File)
  {
    m_Info.format = "Gatan DM" + std::to_string(m_Tags.GetVersion());
    const GatanTag * list = m_Tags.GetRoot().Find("ImageList");
    if (list == nullptr || list->children.empty())
    {
      this->Fail("holds no image: its tags have no ImageList");
    }
    std::set<std::size_t> thumbnails;
    if (const GatanTag * group = m_Tags.GetRoot().Find("Thumbnails"))
    {
      for (const GatanTag & thumbnail : group->children)
      {
        const double index = GatanTagTree::GetNumber(thumbnail.Find("ImageIndex"));
        if (index >= 0 && index < static_cast<double>(list->children.size()))
        {
          thumbnails.insert(static_cast<std::size_t>(index));
        }
      }
    }
    std::string problem;
    for (std::size_t i = 0; i < list->children.size(); ++i)
    {
      if (thumbnails.count(i) == 0)
      {
        const std::string fault = this->AddEntry(list->children[i]);
        problem = problem.empty() ? fault : problem;
      }
    }
    if (m_Info.images.empty())
    {
      this->Fail(problem.empty() ? "holds no image besides its thumbnail" : problem);
    }
    if (!problem.empty())
    {
      m_Info.metadata["problem"] = problem;
    }
  }

  // Of spectra, too.
  bool
  HasPixels(int image) const override
  {
    const std::size_t axes = m_Info.images.at(static_cast<std::size_t>(image)).shape.size();
    return (axes == 2 || axes == 3) && IsReal(m_Pixels.at(static_cast<std::size_t>(image)).type);
  }

protected:
  void
  ReadPixels(int image, long frame, const FrameRegion & region, const PixelSink & sink) override
  {
    const Pixels & pixels = m_Pixels.at(static_cast<std::size_t>(image));
    const std::uint64_t bytes = this->GetFramePixels(image) * PixelTypeSize(pixels.type);
    const RawFrame raw = {pixels.offset + static_cast<std::uint64_t>(frame) * bytes, this->GetFrameRegion(image).width,
                          pixels.type, m_Tags.IsLittleEndian()};
    ReadRawFrame(m_File, raw, region, sink);
  }

private:
  struct Pixels
  {
    PixelType type;
    std::uint64_t offset;
  };

  // Lists one element of ImageList; returns what is wrong with it, or nothing.
  std::string
  AddEntry(const GatanTag & entry)
  {
    const std::string which = "image " + std::to_string(m_Info.images.size()) + " ";
    const GatanTag * data = entry.At("ImageData/Data");
    const GatanTag * dimensions = entry.At("ImageData/Dimensions");
    if (data == nullptr || !data->isArray)
    {
      return which + "has no pixels: ImageData.Data is missing";
    }
    if (dimensions == nullptr || dimensions->children.empty() || dimensions->children.size() > 16)
    {
      return which + "has no size: ImageData.Dimensions is missing";
    }
    std::vector<long> shape;
    for (auto it = dimensions->children.rbegin(); it != dimensions->children.rend(); ++it)
    {
      const double length = GatanTagTree::GetNumber(&*it);
      if (!(length >= 1.0) || length > 9.0e15)
      {
        return which + "has a dimension of " + NumberText(length) + ", expected at least 1 (zero pixels are empty)";
      }
      shape.push_back(static_cast<long>(length));
    }
    const double codeNumber = GatanTagTree::GetNumber(entry.At("ImageData/DataType"));
    const int code = codeNumber >= 0 && codeNumber < 1000 ? static_cast<int>(codeNumber) : 0;
    const bool packed = code == 5 || code == 27 || code == 28;
    auto type = DataTypeOf(code);
    if (!type && !packed && (data->elementType == 11 || data->elementType == 12))
    {
      // The codes of 8-byte integers are not documented, but no other pixels are stored like that.
      type = data->elementType == 11 ? PixelType::Int64 : PixelType::UInt64;
    }
    if (!type && !packed)
    {
      return which + "has unsupported pixel type (DataType) " + std::to_string(code);
    }
    const std::uint64_t have = data->elementCount * data->elementSize;
    if (type)
    {
      const auto need = ArrayBytes(shape, PixelTypeSize(*type));
      if (!need || *need != have)
      {
        return which + "is corrupt: its dimensions and type need " +
               (need ? std::to_string(*need) : "too large a number of") + " bytes, its array of pixels holds " +
               std::to_string(have) + " (size mismatch)";
      }
    }
    ImageInfo & image = this->AddImage(m_Tags.GetText(entry.Find("Name")),
                                       type         ? PixelTypeName(*type)
                                       : code == 28 ? "complex128"
                                                    : "complex64",
                                       shape);
    bool energy = false;
    const GatanTag * calibrations = entry.At("ImageData/Calibrations/Dimension");
    for (std::size_t k = 0; calibrations != nullptr && k < calibrations->children.size() && k < shape.size(); ++k)
    {
      const GatanTag & tag = calibrations->children[k];
      AxisInfo & axis = image.axes[shape.size() - 1 - k];
      const double scale = GatanTagTree::GetNumber(tag.Find("Scale"));
      const double origin = GatanTagTree::GetNumber(tag.Find("Origin"));
      const std::string unit = m_Tags.GetText(tag.Find("Units"));
      CalibrateAxis(axis, scale, -origin * scale, unit);
      energy = energy || IsEnergyUnit(unit);
    }
    const std::string format = m_Tags.GetText(entry.At("ImageTags/Meta Data/Format"));
    image.readable =
      type && IsReal(*type) && (shape.size() == 2 || shape.size() == 3) && !energy && format.rfind("Spectrum", 0) != 0;
    m_Pixels.push_back({type.value_or(PixelType::Complex64), data->offset});
    this->AddMetadata(entry, image);
    return {};
  }

  void
  AddMetadata(const GatanTag & entry, ImageInfo & image) const
  {
    const auto number = [&](const char * path, const char * key, double factor)
    {
      const double value = GatanTagTree::GetNumber(entry.At(path));
      if (std::isfinite(value))
      {
        image.metadata[key] = NumberText(value * factor);
      }
    };
    const auto text = [&](const char * path, const char * key)
    {
      const std::string value = m_Tags.GetText(entry.At(path));
      if (!value.empty())
      {
        image.metadata[key] = value;
      }
    };
    number("ImageTags/Microscope Info/Voltage", "beam_energy_kV", 1e-3);
    number("ImageTags/Microscope Info/Indicated Magnification", "magnification", 1.0);
    number("ImageTags/Microscope Info/STEM Camera Length", "camera_length_mm", 1.0);
    text("ImageTags/Microscope Info/Illumination Mode", "mode");
    text("ImageTags/Microscope Info/Name", "microscope");
    text("ImageTags/Session Info/Microscope", "microscope");
    text("ImageTags/Session Info/Specimen", "specimen");
    number("ImageTags/DigiScan/Sample Time", "dwell_time_us", 1.0);
    number("ImageTags/DigiScan/Rotation", "scan_rotation_deg", 1.0);
    text("ImageTags/DataBar/Acquisition Date", "date");
    text("ImageTags/DataBar/Acquisition Time", "time");
    text("ImageTags/DataBar/Signal Name", "detector");
    number("ImageTags/DataBar/Exposure Time (s)", "exposure_s", 1.0);
  }

  InputFile m_File;
  GatanTagTree m_Tags;
  std::vector<Pixels> m_Pixels;
};

bool
Matches(const FileHead & head)
{
  // Version 3 or 4, and a byte-order flag of 0 or 1 where that version has it. Other versions
  // are claimed too when the rest fits, so that the reader can name what is wrong.
  const std::string & b = head.bytes;
  if (b.size() < 4 || b.compare(0, 3, std::string(3, '\0')) != 0 || b[3] < 3 || b[3] > 9)
  {
    return false;
  }
  // A big-endian MRC of so few columns begins alike.
  if (b.size() >= 1024 && b.compare(208, 4, "MAP ") == 0)
  {
    return false;
  }
  const std::size_t flag = b[3] == 3 ? 8 : 12;
  return b.size() < flag + 4 || b.compare(flag, 3, std::string(3, '\0')) == 0;
}

std::unique_ptr<MicroscopyFile>
Open(const std::filesystem::path & file)
{
  return std::make_unique<GatanFile>(file);
}
} // namespace

MicroscopyFormat
GatanFormat()
{
  return {"Gatan DM3/DM4", {".dm3", ".dm4"}, Matches, Open};
}
} // namespace ferro
