// MRC images, stacks and volumes (MRC2014 and before, IMOD, FEI extended headers).
#include "ferroAxisUnits.h"
#include "ferroErrors.h"
#include "ferroInputFile.h"
#include "ferroMicroscopyFormats.h"
#include "ferroPixelType.h"
#include "ferroRawFrame.h"
#include "ferroVeloxMetadata.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ferro
{
namespace
{
constexpr std::uint64_t HeaderLength = 1024;
constexpr std::int32_t ImodStamp = 1146047817;

bool
IsKnownMode(std::int32_t mode)
{
  static const std::array<std::int32_t, 8> modes = {0, 1, 2, 3, 4, 6, 12, 101};
  return std::find(modes.begin(), modes.end(), mode) != modes.end();
}

std::int32_t
Word(const std::string & bytes, std::size_t at, bool littleEndian)
{
  return InputFile::Decode<std::int32_t>(reinterpret_cast<const unsigned char *>(bytes.data()) + at, littleEndian);
}

// Whether the first words make sense in this byte order.
bool
IsPlausible(const std::string & header, bool littleEndian)
{
  for (const std::size_t at : {0, 4, 8})
  {
    const std::int32_t length = Word(header, at, littleEndian);
    if (length < 1 || length > (1 << 24))
    {
      return false;
    }
  }
  return IsKnownMode(Word(header, 12, littleEndian));
}

class MrcFile : public MicroscopyFile
{
public:
  explicit MrcFile(const std::filesystem::path & path) : MicroscopyFile(path), m_File(path)
  {
    m_Info.format = "MRC";
    m_File.Require(0, HeaderLength, "the header of an MRC file");
    const std::string header = m_File.ReadText(0, HeaderLength, "the header");
    this->FindByteOrder(header);
    const auto word = [&](std::size_t at) { return Word(header, at, m_LittleEndian); };
    const long lengths[3] = {word(0), word(4), word(8)};
    const std::int32_t mode = word(12);
    for (const long length : lengths)
    {
      if (length < 1)
      {
        this->Fail("corrupt MRC file: invalid dimension " + std::to_string(length) + " (zero or negative)");
      }
    }
    this->FindType(mode, header);
    const std::int32_t extended = word(92);
    if (extended < 0)
    {
      this->Fail("corrupt MRC file: the extended header has a negative length " + std::to_string(extended));
    }
    m_File.Require(HeaderLength, static_cast<std::uint64_t>(extended), "the extended header");
    m_DataOffset = HeaderLength + static_cast<std::uint64_t>(extended);

    const std::int32_t spaceGroup = word(88);
    std::vector<long> shape = {lengths[2], lengths[1], lengths[0]};
    if (lengths[2] == 1 && spaceGroup == 0)
    {
      shape.erase(shape.begin());
    }
    else if (spaceGroup >= 401 && word(36) > 0 && lengths[2] % word(36) == 0)
    {
      shape = {lengths[2] / word(36), word(36), lengths[1], lengths[0]};
    }
    const auto bytes = ArrayBytes(shape, PixelTypeSize(m_Type));
    if (!bytes)
    {
      this->Fail("corrupt MRC file: its dimensions are too large");
    }
    m_File.Require(m_DataOffset, *bytes, "pixels");
    ImageInfo & image = this->AddImage("", PixelTypeName(m_Type), shape);
    image.readable = shape.size() <= 3;
    if (shape.size() >= 3)
    {
      image.axes[shape.size() - 3].name = spaceGroup == 0 ? "frame" : "z";
    }
    this->Calibrate(header, image);
    if (extended > 0)
    {
      this->ReadExtendedHeader(header, static_cast<std::uint64_t>(extended), image);
    }
    this->ReadLabels(header, image);
  }

protected:
  void
  ReadPixels(int image, long frame, const FrameRegion & region, const PixelSink & sink) override
  {
    const std::uint64_t bytes = this->GetFramePixels(image) * PixelTypeSize(m_Type);
    const RawFrame raw = {m_DataOffset + static_cast<std::uint64_t>(frame) * bytes, this->GetFrameRegion(image).width,
                          m_Type, m_LittleEndian};
    ReadRawFrame(m_File, raw, region, sink);
  }

private:
  // The machine stamp tells, unless the header makes sense in the other order only.
  void
  FindByteOrder(const std::string & header)
  {
    const auto stamp = static_cast<unsigned char>(header[212]);
    m_LittleEndian = stamp != 0x11;
    if (!IsPlausible(header, m_LittleEndian) && IsPlausible(header, !m_LittleEndian))
    {
      m_LittleEndian = !m_LittleEndian;
    }
  }

  void
  FindType(std::int32_t mode, const std::string & header)
  {
    switch (mode)
    {
      case 0:
      {
        // Signed since MRC2014; IMOD says by a flag that its bytes are.
        const bool imod = Word(header, 152, m_LittleEndian) == ImodStamp;
        const bool isSigned = !imod || (Word(header, 156, m_LittleEndian) & 1) != 0;
        m_Type = isSigned ? PixelType::Int8 : PixelType::UInt8;
        return;
      }
      case 1:
        m_Type = PixelType::Int16;
        return;
      case 2:
        m_Type = PixelType::Float32;
        return;
      case 6:
        m_Type = PixelType::UInt16;
        return;
      case 12:
        m_Type = PixelType::Float16;
        return;
      case 3:
      case 4:
        this->Fail("MRC mode " + std::to_string(mode) +
                   " (complex numbers, a transform) is no image; expected mode 0, 1, " + "2, 6 or 12");
      case 101:
        this->Fail("MRC mode 101 (4 bits per pixel) is not read; expected mode 0, 1, 2, 6 or 12");
      default:
        this->Fail("corrupt MRC file: unknown mode " + std::to_string(mode) + ", expected 0, 1, 2, 6 or 12");
    }
  }

  // Cell lengths are in Angstrom, along X, Y and Z; mapc, mapr and maps say which of them the stored axes are.
  void
  Calibrate(const std::string & header, ImageInfo & image) const
  {
    const auto word = [&](std::size_t at) { return Word(header, at, m_LittleEndian); };
    std::int32_t map[3] = {word(64), word(68), word(72)};
    std::int32_t sorted[3] = {map[0], map[1], map[2]};
    std::sort(std::begin(sorted), std::end(sorted));
    if (sorted[0] != 1 || sorted[1] != 2 || sorted[2] != 3)
    {
      map[0] = 1;
      map[1] = 2;
      map[2] = 3;
    }
    const std::size_t rank = image.axes.size();
    for (std::size_t d = 0; d < std::min<std::size_t>(3, rank); ++d)
    {
      const auto axis = static_cast<std::size_t>(map[d] - 1);
      const auto * bytes = reinterpret_cast<const unsigned char *>(header.data());
      const auto cell = static_cast<double>(InputFile::Decode<float>(bytes + 40 + 4 * axis, m_LittleEndian));
      const std::int32_t samples = word(28 + 4 * axis);
      if (samples > 0)
      {
        CalibrateAxis(image.axes[rank - 1 - d], cell / samples, 0.0, "A");
      }
    }
  }

  // FEI1 and FEI2: one block per frame, whose first word is its length.
  void
  ReadExtendedHeader(const std::string & header, std::uint64_t length, ImageInfo & image) const
  {
    const std::string kind = header.substr(104, 4);
    if (length == 1024 * 128 && kind != "FEI1" && kind != "FEI2")
    {
      this->ReadTomographyHeader(image);
      return;
    }
    if ((kind != "FEI1" && kind != "FEI2") || length < 768)
    {
      return;
    }
    const auto number = [&](std::uint64_t at)
    { return m_File.Get<double>(HeaderLength + at, m_LittleEndian, "the extended header"); };
    const auto block = m_File.Get<std::int32_t>(HeaderLength, m_LittleEndian, "the extended header");
    if (block < 768 || static_cast<std::uint64_t>(block) > length)
    {
      return;
    }
    const auto keep = [&](const char * key, double value, double factor)
    {
      if (std::isfinite(value) && value != 0.0 && std::abs(value) < 1e12)
      {
        image.metadata[key] = NumberText(value * factor);
      }
    };
    const auto keepText = [&](const char * key, std::uint64_t at)
    {
      const std::string text = m_File.ReadText(HeaderLength + at, 16, "the extended header");
      const std::string clean = CleanText(text.substr(0, text.find('\0')));
      if (!clean.empty())
      {
        image.metadata[key] = clean;
      }
    };
    keepText("microscope", 20);
    keep("beam_energy_kV", number(84), 1e-3);
    keep("stage_alpha_deg", number(100), 1.0);
    keep("stage_beta_deg", number(108), 1.0);
    keep("magnification", number(289), 1.0);
    keep("camera_length_mm", number(301), 1e3);
    keepText("camera", 435);
    keepText("detector", 519);
    keep("dwell_time_us", number(571), 1e6);
    keep("frame_time_s", number(579), 1.0);
    keep("exposure_s", number(419), 1.0);
    // Days since 1899-12-30, as spreadsheets count.
    const auto [date, time] = UnixDateTime((number(12) - 25569.0) * 86400.0);
    if (!date.empty())
    {
      image.metadata["date"] = date;
      image.metadata["time"] = time;
    }
    AxisInfo & x = image.axes.back();
    AxisInfo & y = image.axes[image.axes.size() - 2];
    if (x.unit.empty() && y.unit.empty())
    {
      CalibrateAxis(x, number(156), 0.0, "m");
      CalibrateAxis(y, number(164), 0.0, "m");
    }
  }

  // Before FEI1: 1024 blocks of 128 bytes, one per frame, of 32-bit floats.
  void
  ReadTomographyHeader(ImageInfo & image) const
  {
    const auto number = [&](std::uint64_t index)
    { return static_cast<double>(m_File.Get<float>(HeaderLength + 4 * index, m_LittleEndian, "the extended header")); };
    const double pixel = number(11); // m
    const double magnification = number(12);
    // Nothing names this kind of header: it is believed when what it says can be true.
    if (!(pixel > 1e-13 && pixel < 1e-4 && magnification >= 1.0 && magnification < 1e9))
    {
      return;
    }
    AxisInfo & x = image.axes.back();
    AxisInfo & y = image.axes[image.axes.size() - 2];
    if (x.unit.empty() && y.unit.empty())
    {
      CalibrateAxis(x, pixel, 0.0, "m");
      CalibrateAxis(y, pixel, 0.0, "m");
    }
    image.metadata["magnification"] = NumberText(magnification);
    image.metadata["stage_alpha_deg"] = NumberText(number(0));
    image.metadata["stage_beta_deg"] = NumberText(number(1));
    const double voltage = number(13);
    if (voltage >= 1e4 && voltage < 1e7)
    {
      image.metadata["beam_energy_kV"] = NumberText(1e-3 * voltage);
    }
  }

  void
  ReadLabels(const std::string & header, ImageInfo & image) const
  {
    const std::int32_t count = std::min(10, Word(header, 220, m_LittleEndian));
    std::string text;
    for (std::int32_t i = 0; i < count; ++i)
    {
      const std::string label = header.substr(224 + 80 * static_cast<std::size_t>(i), 80);
      const std::string clean = CleanText(label.substr(0, label.find('\0')));
      text += clean.empty() ? "" : (text.empty() ? "" : "; ") + clean;
    }
    if (!text.empty())
    {
      image.metadata["labels"] = text;
    }
  }

  InputFile m_File;
  bool m_LittleEndian = true;
  PixelType m_Type = PixelType::Float32;
  std::uint64_t m_DataOffset = 0;
};

bool
Matches(const FileHead & head)
{
  if (head.bytes.size() >= 212 &&
      (head.bytes.compare(208, 4, "MAP ") == 0 || head.bytes.compare(208, 4, std::string("MAP\0", 4)) == 0))
  {
    return true;
  }
  // Old files have no magic number; their first words must make sense, and the axes must be numbered.
  if (head.bytes.size() < HeaderLength)
  {
    return false;
  }
  for (const bool littleEndian : {true, false})
  {
    std::int32_t map[3] = {Word(head.bytes, 64, littleEndian), Word(head.bytes, 68, littleEndian),
                           Word(head.bytes, 72, littleEndian)};
    std::sort(std::begin(map), std::end(map));
    const bool unnumbered = map[0] == 0 && map[2] == 0;
    const bool numbered = map[0] == 1 && map[1] == 2 && map[2] == 3;
    const std::int32_t extended = Word(head.bytes, 92, littleEndian);
    if (IsPlausible(head.bytes, littleEndian) && (numbered || unnumbered) && extended >= 0)
    {
      return true;
    }
  }
  return false;
}

std::unique_ptr<MicroscopyFile>
Open(const std::filesystem::path & file)
{
  return std::make_unique<MrcFile>(file);
}
} // namespace

MicroscopyFormat
MrcFormat()
{
  return {"MRC", {".mrc", ".mrcs", ".map", ".st", ".rec", ".ali"}, Matches, Open};
}
} // namespace ferro
