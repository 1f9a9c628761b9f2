// TIA series (.ser) of FEI microscopes, all little-endian.
#include "ferroAxisUnits.h"
#include "ferroErrors.h"
#include "ferroInputFile.h"
#include "ferroMicroscopyFormats.h"
#include "ferroPixelType.h"
#include "ferroRawFrame.h"
#include "ferroTiaMetadata.h"

#include <algorithm>
#include <cmath>

namespace ferro
{
namespace
{
constexpr std::uint32_t SpectrumSeries = 0x4120;
constexpr std::uint32_t ImageSeries = 0x4122;

std::optional<PixelType>
TypeOf(int code)
{
  static const PixelType types[] = {PixelType::UInt8,     PixelType::UInt16,    PixelType::UInt32,  PixelType::Int8,
                                    PixelType::Int16,     PixelType::Int32,     PixelType::Float32, PixelType::Float64,
                                    PixelType::Complex64, PixelType::Complex128};
  return code >= 1 && code <= 10 ? std::optional<PixelType>(types[code - 1]) : std::nullopt;
}

class TiaFile : public MicroscopyFile
{
public:
  explicit TiaFile(const std::filesystem::path & path) : MicroscopyFile(path), m_File(path)
  {
    m_Info.format = "TIA SER";
    const int version = m_File.Get<std::uint16_t>(4, true, "the version");
    if (version > 0x220 || version < 0x100)
    {
      this->Fail("unsupported SER version " + std::to_string(version) + ", expected at most 544");
    }
    const auto kind = m_File.Get<std::uint32_t>(6, true, "the type of data");
    if (kind != ImageSeries && kind != SpectrumSeries)
    {
      this->Fail("corrupt SER file: type of data " + std::to_string(kind) +
                 ", expected 16674 (images) or 16672 (spectra)");
    }
    const std::uint32_t total = this->U32(14);
    const std::uint32_t valid = this->U32(18);
    const std::uint64_t width = version >= 0x220 ? 8 : 4;
    const std::uint64_t table =
      width == 8 ? m_File.Get<std::uint64_t>(22, true, "the place of the offsets") : this->U32(22);
    if (valid == 0)
    {
      this->Fail("SER file without a valid element (0 of " + std::to_string(total) +
                 "): the run was aborted or no pixel was written");
    }
    if (valid > total)
    {
      this->Fail("corrupt SER file: " + std::to_string(valid) + " valid elements of " + std::to_string(total));
    }
    m_File.Require(table, std::uint64_t{valid} * width, "the table of offsets");
    this->ReadDimensions(22 + width);
    const TiaMetadata metadata = ReadTiaMetadata(path);

    std::vector<long> shape;
    for (std::uint32_t k = 0; k < valid; ++k)
    {
      const std::uint64_t at = width == 8 ? m_File.Get<std::uint64_t>(table + 8 * std::uint64_t{k}, true, "an offset")
                                          : this->U32(table + 4 * std::uint64_t{k});
      const Element element = kind == ImageSeries ? this->ReadImageHeader(at) : this->ReadSpectrumHeader(at);
      // Elements that differ from those before begin a new image in the list.
      if (m_Series.empty() || m_Series.back().front().shape != element.shape ||
          m_Series.back().front().type != element.type)
      {
        m_Series.emplace_back();
      }
      m_Series.back().push_back(element);
    }
    for (const std::vector<Element> & series : m_Series)
    {
      this->AddSeries(series, kind == ImageSeries, metadata);
    }
  }

protected:
  void
  ReadPixels(int image, long frame, const FrameRegion & region, const PixelSink & sink) override
  {
    const Element & element = m_Series.at(static_cast<std::size_t>(image)).at(static_cast<std::size_t>(frame));
    const RawFrame raw = {element.offset, element.shape[1], element.type, true};
    // The bottom row comes first in the file.
    FrameRegion stored = region;
    stored.y = element.shape[0] - region.y - region.height;
    ReadRawFrame(m_File, raw, stored, sink, static_cast<std::size_t>((region.height - 1) * region.width),
                 -region.width);
  }

private:
  struct Calibration
  {
    double offset;
    double delta;
    double element;
  };
  struct Element
  {
    std::vector<long> shape;
    PixelType type;
    std::uint64_t offset;
    Calibration x;
    Calibration y;
  };

  std::uint32_t
  U32(std::uint64_t at) const
  {
    return m_File.Get<std::uint32_t>(at, true, "the header");
  }

  Calibration
  ReadCalibration(std::uint64_t at) const
  {
    return {m_File.Get<double>(at, true, "a calibration"), m_File.Get<double>(at + 8, true, "a calibration"),
            static_cast<double>(m_File.Get<std::int32_t>(at + 16, true, "a calibration"))};
  }

  // The dimensions of the series: of use are the step and unit of the first, for the axis of frames.
  void
  ReadDimensions(std::uint64_t at)
  {
    const std::uint32_t count = this->U32(at);
    if (count > 8)
    {
      this->Fail("corrupt SER file: " + std::to_string(count) + " dimensions, expected at most 8");
    }
    at += 4;
    for (std::uint32_t d = 0; d < count; ++d)
    {
      const Calibration calibration = {m_File.Get<double>(at + 4, true, "a dimension"),
                                       m_File.Get<double>(at + 12, true, "a dimension"), 0.0};
      std::string texts[2];
      at += 24;
      for (std::string & text : texts)
      {
        const std::uint32_t length = this->U32(at);
        text = CleanText(m_File.ReadText(at + 4, length, "the name of a dimension"));
        at += 4 + std::uint64_t{length};
      }
      if (d == 0)
      {
        m_FrameAxis.name = texts[0];
        CalibrateAxis(m_FrameAxis, calibration.delta, calibration.offset, texts[1] == "meters" ? "m" : texts[1]);
      }
    }
  }

  Element
  CheckedElement(std::uint64_t header, std::uint64_t headerLength, int code, const std::vector<long> & shape) const
  {
    Element element{};
    const auto type = TypeOf(code);
    if (!type)
    {
      this->Fail("corrupt SER file: unknown type of pixels " + std::to_string(code) + " at byte " +
                 std::to_string(header));
    }
    const auto bytes = ArrayBytes(shape, PixelTypeSize(*type));
    if (!bytes)
    {
      this->Fail("corrupt SER file: the element at byte " + std::to_string(header) +
                 " has a dimension of zero or is too large");
    }
    m_File.Require(header + headerLength, *bytes, "an element's data");
    element.shape = shape;
    element.type = *type;
    element.offset = header + headerLength;
    return element;
  }

  Element
  ReadImageHeader(std::uint64_t at) const
  {
    m_File.Require(at, 50, "an element's header");
    Element element =
      this->CheckedElement(at, 50, m_File.Get<std::uint16_t>(at + 40, true, "an element's type"),
                           {static_cast<long>(this->U32(at + 46)), static_cast<long>(this->U32(at + 42))});
    element.x = this->ReadCalibration(at);
    element.y = this->ReadCalibration(at + 20);
    return element;
  }

  Element
  ReadSpectrumHeader(std::uint64_t at) const
  {
    m_File.Require(at, 26, "an element's header");
    Element element = this->CheckedElement(at, 26, m_File.Get<std::uint16_t>(at + 20, true, "an element's type"),
                                           {static_cast<long>(this->U32(at + 22))});
    element.x = this->ReadCalibration(at);
    return element;
  }

  void
  AddSeries(const std::vector<Element> & series, bool images, const TiaMetadata & metadata)
  {
    std::vector<long> shape = series.front().shape;
    if (series.size() > 1)
    {
      shape.insert(shape.begin(), static_cast<long>(series.size()));
    }
    const Element & first = series.front();
    ImageInfo & image = this->AddImage("", PixelTypeName(first.type), shape);
    image.readable = images && IsReal(first.type);
    if (series.size() > 1)
    {
      image.axes[0].scale = m_FrameAxis.scale;
      image.axes[0].offset = m_FrameAxis.offset;
      image.axes[0].unit = m_FrameAxis.unit;
    }
    const auto calibrate = [&](AxisInfo & axis, const Calibration & c, const std::string & unit)
    { CalibrateAxis(axis, c.delta, c.offset - c.element * c.delta, unit); };
    if (images)
    {
      // The file does not say whether its numbers are m or 1/m, but nothing is a metre per pixel.
      const bool reciprocal = metadata.reciprocal || first.x.delta > 1.0;
      calibrate(image.axes.back(), first.x, reciprocal ? "1/m" : "m");
      calibrate(image.axes[image.axes.size() - 2], first.y, reciprocal ? "1/m" : "m");
    }
    else
    {
      calibrate(image.axes.back(), first.x, "eV");
      image.axes.back().name = "energy";
    }
    image.metadata = metadata.values;
  }

  InputFile m_File;
  AxisInfo m_FrameAxis;
  std::vector<std::vector<Element>> m_Series;
};

bool
Matches(const FileHead & head)
{
  return head.StartsWith("II\x97\x01");
}

std::unique_ptr<MicroscopyFile>
Open(const std::filesystem::path & file)
{
  return std::make_unique<TiaFile>(file);
}
} // namespace

MicroscopyFormat
TiaFormat()
{
  return {"TIA SER", {".ser"}, Matches, Open};
}
} // namespace ferro
