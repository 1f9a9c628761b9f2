// File format: VTK File Formats (docs.vtk.org), "XML file formats", image data with inline binary arrays.
#include "ferroVtiWriter.h"

#include "ferroTextOutput.h"
#include "ferroWrittenMetadata.h"

#include <cstdint>
#include <cstring>

namespace ferro
{
namespace
{
/** \class Base64Stream
 * \brief Encodes bytes as base64 while they come, in pieces that do not matter for the result.
 */
class Base64Stream
{
public:
  explicit Base64Stream(TextOutput & output) : m_Output(output)
  {
  }
  void
  Add(std::uint64_t value, int bytes)
  {
    for (int k = 0; k < bytes; ++k)
    {
      m_Bits = m_Bits << 8 | (value >> (8 * k) & 0xff);
      if (++m_Pending == 3)
      {
        this->Put(4);
      }
    }
  }
  void
  Close()
  {
    if (m_Pending > 0)
    {
      const int digits = m_Pending + 1;
      m_Bits <<= 8 * (3 - m_Pending);
      this->Put(digits);
      m_Text.append(static_cast<std::size_t>(4 - digits), '=');
    }
    m_Output.Write(m_Text);
    m_Text.clear();
  }

private:
  void
  Put(int digits)
  {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int k = 0; k < digits; ++k)
    {
      m_Text += alphabet[m_Bits >> (18 - 6 * k) & 0x3f];
    }
    m_Bits = 0;
    m_Pending = 0;
    if (m_Text.size() > 65536)
    {
      m_Output.Write(m_Text);
      m_Text.clear();
    }
  }

  TextOutput & m_Output;
  std::string m_Text;
  std::uint32_t m_Bits = 0;
  int m_Pending = 0;
};

std::string
EscapeXml(const std::string & text)
{
  std::string result;
  for (const char c : text)
  {
    switch (c)
    {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

// A text is an array of its bytes as numbers, ended by zero.
std::string
TextArray(const std::string & name, const std::string & value)
{
  std::string text =
    "      <Array type=\"String\" Name=\"" + EscapeXml(name) + "\" NumberOfTuples=\"1\" format=\"ascii\">\n       ";
  for (const char c : value)
  {
    text += " " + std::to_string(static_cast<unsigned int>(static_cast<unsigned char>(c)));
  }
  return text + " 0\n      </Array>\n";
}
} // namespace

void
WriteMicrographVti(const MicrographType & image, const std::filesystem::path & path)
{
  const auto region = image.GetBufferedRegion();
  const std::size_t count = region.GetNumberOfPixels();
  const std::string extent =
    "0 " + std::to_string(region.GetSize(0) - 1) + " 0 " + std::to_string(region.GetSize(1) - 1) + " 0 0";
  const auto number = [](double value) { return GeneralNumber(value, 17); };
  const auto & spacing = image.GetSpacing();

  TextOutput output(path);
  output.Write("<?xml version=\"1.0\"?>\n"
               "<VTKFile type=\"ImageData\" version=\"1.0\" byte_order=\"LittleEndian\" header_type=\"UInt64\">\n"
               "  <ImageData WholeExtent=\"" +
               extent + "\" Origin=\"" + number(image.GetOrigin()[0]) + " " + number(image.GetOrigin()[1]) +
               " 0\" Spacing=\"" + number(spacing[0]) + " " + number(spacing[1]) + " " + number(spacing[0]) +
               "\">\n    <FieldData>\n");
  for (const auto & [key, value] : GetWrittenMetadata(image))
  {
    output.Write(TextArray(MetadataPrefix + key, value));
  }
  output.Write("    </FieldData>\n    <Piece Extent=\"" + extent +
               "\">\n      <PointData Scalars=\"intensity\">\n"
               "        <DataArray type=\"Float32\" Name=\"intensity\" format=\"binary\">\n          ");
  Base64Stream stream(output);
  stream.Add(count * sizeof(float), 8);
  const float * pixels = image.GetBufferPointer();
  for (std::size_t k = 0; k < count; ++k)
  {
    std::uint32_t bits;
    std::memcpy(&bits, pixels + k, sizeof(bits));
    stream.Add(bits, 4);
  }
  stream.Close();
  output.Write(
    "\n        </DataArray>\n      </PointData>\n      <CellData/>\n    </Piece>\n  </ImageData>\n</VTKFile>\n");
  output.Close();
}
} // namespace ferro
