// NumPy arrays (.npy), versions 1 to 3.
#include "ferroErrors.h"
#include "ferroInputFile.h"
#include "ferroMicroscopyFormats.h"
#include "ferroPixelType.h"
#include "ferroRawFrame.h"

#include <map>

namespace ferro
{
namespace
{
/** The header is a Python dictionary: this reads the three keys that NumPy writes and nothing else. */
class HeaderParser
{
public:
  HeaderParser(const std::string & text, const InputFile & file) : m_Text(text), m_File(file)
  {
    this->Expect('{');
    while (!this->Accept('}'))
    {
      const std::string key = this->String();
      this->Expect(':');
      if (key == "descr" && !hasDescr)
      {
        hasDescr = true;
        descr = this->String();
      }
      else if (key == "fortran_order" && !hasOrder)
      {
        hasOrder = true;
        fortranOrder = this->Boolean();
      }
      else if (key == "shape" && !hasShape)
      {
        hasShape = true;
        this->Shape();
      }
      else
      {
        this->Fail("unexpected key '" + key + "'");
      }
      if (!this->Accept(','))
      {
        this->Expect('}');
        break;
      }
    }
    if (!hasDescr || !hasOrder || !hasShape)
    {
      this->Fail("descr, fortran_order or shape is missing");
    }
  }

  std::string descr;
  bool fortranOrder = false;
  std::vector<long> shape;

private:
  [[noreturn]] void
  Fail(const std::string & reason) const
  {
    m_File.Fail("corrupt .npy header: " + reason);
  }
  void
  SkipBlanks()
  {
    while (m_Position < m_Text.size() && (m_Text[m_Position] == ' ' || m_Text[m_Position] == '\n'))
    {
      ++m_Position;
    }
  }
  bool
  Accept(char c)
  {
    this->SkipBlanks();
    if (m_Position < m_Text.size() && m_Text[m_Position] == c)
    {
      ++m_Position;
      return true;
    }
    return false;
  }
  void
  Expect(char c)
  {
    if (!this->Accept(c))
    {
      const std::string found = m_Position < m_Text.size() ? "'" + m_Text.substr(m_Position, 12) + "'" : "its end";
      this->Fail(std::string("expected '") + c + "', found " + found);
    }
  }
  std::string
  String()
  {
    if (this->Accept('['))
    {
      this->Fail("a structured type, expected plain numbers");
    }
    const char quote = this->Accept('"') ? '"' : '\'';
    if (quote == '\'')
    {
      this->Expect('\'');
    }
    const std::size_t end = m_Text.find(quote, m_Position);
    if (end == std::string::npos || end - m_Position > 64)
    {
      this->Fail("a text does not end");
    }
    const std::string value = m_Text.substr(m_Position, end - m_Position);
    m_Position = end + 1;
    return value;
  }
  bool
  Boolean()
  {
    this->SkipBlanks();
    for (const bool value : {true, false})
    {
      const std::string word = value ? "True" : "False";
      if (m_Text.compare(m_Position, word.size(), word) == 0)
      {
        m_Position += word.size();
        return value;
      }
    }
    this->Fail("expected True or False");
  }
  void
  Shape()
  {
    this->Expect('(');
    while (!this->Accept(')'))
    {
      this->SkipBlanks();
      const std::size_t begin = m_Position;
      long value = 0;
      while (m_Position < m_Text.size() && m_Text[m_Position] >= '0' && m_Text[m_Position] <= '9')
      {
        if (m_Position - begin >= 18)
        {
          this->Fail("a length of the shape is too large");
        }
        value = value * 10 + (m_Text[m_Position++] - '0');
      }
      if (m_Position == begin || shape.size() >= 32)
      {
        this->Fail("the shape is not a list of at most 32 whole numbers (a negative length is invalid)");
      }
      // Python 2 wrote long integers with an L.
      if (m_Position < m_Text.size() && m_Text[m_Position] == 'L')
      {
        ++m_Position;
      }
      shape.push_back(value);
      if (!this->Accept(','))
      {
        this->Expect(')');
        break;
      }
    }
  }

  const std::string & m_Text;
  const InputFile & m_File;
  std::size_t m_Position = 0;
  bool hasDescr = false;
  bool hasOrder = false;
  bool hasShape = false;
};

class NumpyFile : public MicroscopyFile
{
public:
  explicit NumpyFile(const std::filesystem::path & path) : MicroscopyFile(path), m_File(path)
  {
    m_Info.format = "NumPy";
    const int version = m_File.Get<std::uint8_t>(6, true, "the version");
    if (version < 1 || version > 3)
    {
      this->Fail("unsupported .npy version " + std::to_string(version) + ", expected 1 to 3");
    }
    const std::uint64_t start = version == 1 ? 10 : 12;
    const std::uint64_t length = version == 1 ? m_File.Get<std::uint16_t>(8, true, "the header's length")
                                              : m_File.Get<std::uint32_t>(8, true, "the header's length");
    m_File.Require(start, length, "the header");
    if (length > (1U << 20))
    {
      this->Fail("corrupt: a .npy header of " + std::to_string(length) + " bytes");
    }
    const std::string text = m_File.ReadText(start, length, "the header");
    const HeaderParser header(text, m_File);
    m_Fortran = header.fortranOrder;
    m_Shape = header.shape;
    m_Offset = start + length;
    this->SetType(header.descr);
    if (m_Shape.empty())
    {
      this->Fail("holds a single number, expected an image");
    }
    const auto bytes = ArrayBytes(m_Shape, PixelTypeSize(m_Type));
    if (!bytes)
    {
      this->Fail("its shape has a length of zero or is too large");
    }
    m_File.Require(m_Offset, *bytes, "the array");

    const bool colour = m_Shape.size() == 3 && (m_Shape[2] == 3 || m_Shape[2] == 4) && m_Shape[0] > 4 &&
                        m_Shape[1] > 4 && m_Type == PixelType::UInt8;
    const char * dtype = colour ? (m_Shape[2] == 3 ? "rgb" : "rgba") : PixelTypeName(m_Type);
    ImageInfo & image = this->AddImage("", dtype, m_Shape);
    if (colour)
    {
      NameColourAxes(image);
    }
    m_HasPixels = IsReal(m_Type) && (m_Shape.size() == 2 || m_Shape.size() == 3) && !(colour && m_Fortran);
    image.readable = !colour && IsReal(m_Type) && (m_Shape.size() == 2 || m_Shape.size() == 3);
    if (m_Type == PixelType::Int64 || m_Type == PixelType::UInt64)
    {
      image.metadata["note"] = "64-bit integers beyond 2^53 are rounded";
    }
  }

  bool
  HasPixels(int) const override
  {
    return m_HasPixels;
  }

protected:
  void
  ReadPixels(int image, long frame, const FrameRegion & region, const PixelSink & sink) override
  {
    const std::uint64_t bytes = this->GetFramePixels(image) * PixelTypeSize(m_Type);
    if (m_Fortran)
    {
      this->ReadColumns(frame, region, sink);
      return;
    }
    // Samples of a colour picture count like columns.
    const long samples = m_Info.images[0].readable
                           ? 1
                           : static_cast<long>(this->GetFramePixels(image)) /
                               (this->GetFrameRegion(image).width * this->GetFrameRegion(image).height);
    const RawFrame raw = {m_Offset + static_cast<std::uint64_t>(frame) * bytes,
                          this->GetFrameRegion(image).width * samples, m_Type, m_LittleEndian};
    ReadRawFrame(m_File, raw, {region.x * samples, region.y, region.width * samples, region.height}, sink);
  }

private:
  // First index fastest: for each column a run of rows, in each row all frames side by side.
  void
  ReadColumns(long frame, const FrameRegion & region, const PixelSink & sink) const
  {
    const std::size_t size = PixelTypeSize(m_Type);
    const auto frames = static_cast<std::uint64_t>(m_Shape.size() == 3 ? m_Shape[0] : 1);
    const auto rows = static_cast<std::uint64_t>(m_Shape[m_Shape.size() - 2]);
    const auto width = static_cast<std::size_t>(region.width);
    const auto height = static_cast<std::size_t>(region.height);
    // Some columns at a time, so that rows are written in pieces of a cache line or more.
    constexpr std::size_t together = 32;
    std::vector<unsigned char> raw(height * size);
    std::vector<double> columns(std::min(together, width) * height);
    std::vector<double> line(together);
    for (std::size_t x0 = 0; x0 < width; x0 += together)
    {
      const std::size_t count = std::min(together, width - x0);
      for (std::size_t x = 0; x < count; ++x)
      {
        const std::uint64_t column = static_cast<std::uint64_t>(region.x) + x0 + x;
        const std::uint64_t start =
          ((column * rows + static_cast<std::uint64_t>(region.y)) * frames + static_cast<std::uint64_t>(frame)) * size;
        if (frames == 1)
        {
          m_File.Read(m_Offset + start, raw.data(), raw.size(), "pixels");
        }
        else
        {
          for (std::size_t y = 0; y < height; ++y)
          {
            m_File.Read(m_Offset + start + y * frames * size, raw.data() + y * size, size, "pixels");
          }
        }
        PixelSink(columns.data()).Put(x * height, raw.data(), m_Type, m_LittleEndian, height);
      }
      for (std::size_t y = 0; y < height; ++y)
      {
        for (std::size_t x = 0; x < count; ++x)
        {
          line[x] = columns[x * height + y];
        }
        sink.Put(y * width + x0, line.data(), count);
      }
    }
  }

  void
  SetType(const std::string & descr)
  {
    static const std::map<std::string, PixelType> types = {
      {"b1", PixelType::Bool},      {"u1", PixelType::UInt8},      {"u2", PixelType::UInt16},
      {"u4", PixelType::UInt32},    {"u8", PixelType::UInt64},     {"i1", PixelType::Int8},
      {"i2", PixelType::Int16},     {"i4", PixelType::Int32},      {"i8", PixelType::Int64},
      {"f2", PixelType::Float16},   {"f4", PixelType::Float32},    {"f8", PixelType::Float64},
      {"c8", PixelType::Complex64}, {"c16", PixelType::Complex128}};
    const auto found = types.find(descr.empty() ? descr : descr.substr(1));
    const bool order = !descr.empty() && (descr[0] == '<' || descr[0] == '>' || descr[0] == '|');
    if (!order || found == types.end() || (descr[0] == '|' && PixelTypeSize(found->second) > 1))
    {
      this->Fail("unsupported type of elements '" + descr + "' in the .npy header, expected numbers");
    }
    m_Type = found->second;
    m_LittleEndian = descr[0] != '>';
  }

  InputFile m_File;
  PixelType m_Type = PixelType::UInt8;
  bool m_LittleEndian = true;
  bool m_Fortran = false;
  bool m_HasPixels = false;
  std::uint64_t m_Offset = 0;
  std::vector<long> m_Shape;
};

bool
Matches(const FileHead & head)
{
  return head.StartsWith("\x93NUMPY");
}

std::unique_ptr<MicroscopyFile>
Open(const std::filesystem::path & file)
{
  return std::make_unique<NumpyFile>(file);
}
} // namespace

MicroscopyFormat
NumpyFormat()
{
  return {"NumPy", {".npy"}, Matches, Open};
}
} // namespace ferro
