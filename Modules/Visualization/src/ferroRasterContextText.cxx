// Text of RasterContextDevice, by VTK's FreeType.
#include "ferroRasterContextDevice.h"

#include <cmath>
#include <vtkFreeTypeTools.h>
#include <vtkImageData.h>
#include <vtkNew.h>
#include <vtkTextProperty.h>

namespace ferro
{
namespace
{
constexpr int TextDpi = 72; // one point is one pixel

// VTK 9.1 takes a vtkStdString letter by letter: only the overloads for its older text class know UTF-8. They are
// deprecated, and later versions, whose vtkStdString is UTF-8, do without.
#ifdef FERRO_VTK_HAS_UNICODE_STRING
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
vtkUnicodeString
Decode(const std::string & text)
{
  return vtkUnicodeString::from_utf8(text);
}
#else
vtkStdString
Decode(const std::string & text)
{
  return text;
}
#endif
} // namespace

void
RasterContextDevice::DrawString(float * point, const vtkStdString & string)
{
  vtkFreeTypeTools * freeType = vtkFreeTypeTools::GetInstance();
  vtkNew<vtkImageData> image;
  int size[2] = {0, 0};
  if (string.empty() || !freeType || !freeType->RenderString(this->TextProp, Decode(string), TextDpi, image, size))
  {
    return;
  }
  const PlanePoint anchor = this->Transform(point[0], point[1]);
  int extent[6];
  image->GetExtent(extent);
  const auto bounds = this->Bounds();
  const int left = static_cast<int>(std::lround(anchor.x)) + extent[0];
  const int bottom = static_cast<int>(std::lround(anchor.y)) + extent[2];
  for (int row = 0; row < size[1]; ++row)
  {
    for (int column = 0; column < size[0]; ++column)
    {
      const int x = left + column;
      const int y = bottom + row;
      if (x < bounds[0] || y < bounds[1] || x >= bounds[2] || y >= bounds[3])
      {
        continue;
      }
      const auto * rgba =
        static_cast<const unsigned char *>(image->GetScalarPointer(extent[0] + column, extent[2] + row, extent[4]));
      this->Blend(static_cast<std::size_t>(y) * static_cast<std::size_t>(this->Geometry[0]) +
                    static_cast<std::size_t>(x),
                  {{rgba[0], rgba[1], rgba[2], rgba[3]}}, 1.0);
    }
  }
}

void
RasterContextDevice::ComputeStringBounds(const vtkStdString & string, float bounds[4])
{
  vtkNew<vtkTextProperty> upright;
  upright->ShallowCopy(this->TextProp);
  upright->SetOrientation(0);
  upright->SetJustificationToLeft();
  upright->SetVerticalJustificationToBottom();
  int box[4] = {0, 0, 0, 0};
  vtkFreeTypeTools * freeType = vtkFreeTypeTools::GetInstance();
  if (!string.empty() && freeType)
  {
    freeType->GetBoundingBox(upright, Decode(string), TextDpi, box);
  }
  bounds[0] = static_cast<float>(box[0]);
  bounds[1] = static_cast<float>(box[2]);
  bounds[2] = static_cast<float>(string.empty() ? 0 : box[1] - box[0] + 1);
  bounds[3] = static_cast<float>(string.empty() ? 0 : box[3] - box[2] + 1);
}

#ifdef FERRO_VTK_HAS_UNICODE_STRING
void
RasterContextDevice::DrawString(float * point, const vtkUnicodeString & string)
{
  this->DrawString(point, vtkStdString(string.utf8_str()));
}

void
RasterContextDevice::ComputeStringBounds(const vtkUnicodeString & string, float bounds[4])
{
  this->ComputeStringBounds(vtkStdString(string.utf8_str()), bounds);
}
#endif

void
RasterContextDevice::ComputeJustifiedStringBounds(const char * string, float bounds[4])
{
  int box[4] = {0, 0, 0, 0};
  vtkFreeTypeTools::GetInstance()->GetBoundingBox(this->TextProp, Decode(string), TextDpi, box);
  bounds[0] = static_cast<float>(box[0]);
  bounds[1] = static_cast<float>(box[2]);
  bounds[2] = static_cast<float>(box[1] - box[0] + 1);
  bounds[3] = static_cast<float>(box[3] - box[2] + 1);
}

void
RasterContextDevice::DrawMathTextString(float * point, const vtkStdString & string)
{
  this->DrawString(point, string);
}
} // namespace ferro
