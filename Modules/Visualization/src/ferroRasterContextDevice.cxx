#include "ferroRasterContextDevice.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vtkBrush.h>
#include <vtkImageData.h>
#include <vtkMatrix3x3.h>
#include <vtkObjectFactory.h>
#include <vtkPen.h>
#include <vtkRect.h>

namespace ferro
{
namespace
{
constexpr double Pi = 3.14159265358979323846;

std::vector<std::pair<double, double>>
Arc(double rx, double ry, double startDeg, double stopDeg)
{
  const double span = std::abs(stopDeg - startDeg) / 360.0;
  const int steps = std::max(3, static_cast<int>(std::ceil(span * (12.0 + 4.0 * std::sqrt(std::max(rx, ry)) * 2.0))));
  std::vector<std::pair<double, double>> points;
  for (int k = 0; k <= steps; ++k)
  {
    const double angle = (startDeg + (stopDeg - startDeg) * k / steps) * Pi / 180.0;
    points.emplace_back(rx * std::cos(angle), ry * std::sin(angle));
  }
  return points;
}
} // namespace

vtkStandardNewMacro(RasterContextDevice);
RasterContextDevice::RasterContextDevice() = default;
RasterContextDevice::~RasterContextDevice() = default;

void
RasterContextDevice::SetSize(int width, int height)
{
  this->Geometry[0] = std::max(1, width);
  this->Geometry[1] = std::max(1, height);
  m_Pixels.assign(3 * static_cast<std::size_t>(this->Geometry[0]) * static_cast<std::size_t>(this->Geometry[1]), 255);
  m_Clipping = false;
}

std::array<int, 4>
RasterContextDevice::Bounds() const
{
  std::array<int, 4> bounds{{0, 0, this->Geometry[0], this->Geometry[1]}};
  if (m_Clipping)
  {
    for (std::size_t k = 0; k < 2; ++k)
    {
      bounds[k] = std::max(bounds[k], m_Clip[k]);
      bounds[k + 2] = std::min(bounds[k + 2], m_Clip[k] + m_Clip[k + 2]);
    }
  }
  return bounds;
}

void
RasterContextDevice::Blend(std::size_t pixel, const Color & color, double coverage)
{
  const double alpha = coverage * color[3] / 255.0;
  for (std::size_t k = 0; k < 3; ++k)
  {
    std::uint8_t & value = m_Pixels[3 * pixel + k];
    value = static_cast<std::uint8_t>(value + alpha * (color[k] - value) + 0.5);
  }
}

void
RasterContextDevice::Fill(const std::vector<Outline> & outlines, const Color & color)
{
  if (color[3] == 0 || !m_Mask.Compute(outlines, this->Bounds()))
  {
    return;
  }
  for (int row = 0; row < m_Mask.GetHeight(); ++row)
  {
    const std::size_t first =
      static_cast<std::size_t>(m_Mask.GetBottom() + row) * static_cast<std::size_t>(this->Geometry[0]) +
      static_cast<std::size_t>(m_Mask.GetLeft());
    const double * shares = m_Mask.GetRow(row);
    for (int column = 0; column < m_Mask.GetWidth(); ++column)
    {
      if (shares[column] > 1e-6)
      {
        this->Blend(first + static_cast<std::size_t>(column), color, shares[column]);
      }
    }
  }
}

void
RasterContextDevice::Stroke(const Outline & line, const Color & color)
{
  const double half = 0.5 * this->Pen->GetWidth();
  if (half <= 0 || this->Pen->GetLineType() == vtkPen::NO_PEN || line.empty())
  {
    return;
  }
  const bool dashed = this->Pen->GetLineType() != vtkPen::SOLID_LINE;
  const double dash = 8.0 * half;
  const double period = 14.0 * half;
  std::vector<Outline> outlines;
  double travelled = 0.0;
  const auto addPiece = [&](const PlanePoint & p, const PlanePoint & q)
  {
    const double length = std::hypot(q.x - p.x, q.y - p.y);
    const double nx = -(q.y - p.y) / length * half;
    const double ny = (q.x - p.x) / length * half;
    outlines.push_back({{p.x + nx, p.y + ny}, {p.x - nx, p.y - ny}, {q.x - nx, q.y - ny}, {q.x + nx, q.y + ny}});
  };
  for (std::size_t k = 0; k + 1 < line.size(); ++k)
  {
    const PlanePoint & p = line[k];
    const PlanePoint & q = line[k + 1];
    const double length = std::hypot(q.x - p.x, q.y - p.y);
    if (!(length > 1e-9))
    {
      continue;
    }
    if (!dashed)
    {
      addPiece(p, q);
      if (k > 0 && half > 0.75) // a round joint
      {
        Outline disc;
        for (const auto & [dx, dy] : Arc(half, half, 0, 360))
        {
          disc.push_back({p.x + dx, p.y + dy});
        }
        outlines.push_back(std::move(disc));
      }
      continue;
    }
    double at = 0.0;
    while (at < length)
    {
      const double phase = std::fmod(travelled + at, period);
      const double step = std::min(length - at, (phase < dash ? dash : period) - phase + 1e-9);
      if (phase < dash)
      {
        addPiece({p.x + (q.x - p.x) * at / length, p.y + (q.y - p.y) * at / length},
                 {p.x + (q.x - p.x) * (at + step) / length, p.y + (q.y - p.y) * (at + step) / length});
      }
      at += step;
    }
    travelled += length;
  }
  this->Fill(outlines, color);
}

PlanePoint
RasterContextDevice::Transform(double x, double y) const
{
  return {m_Matrix[0] * x + m_Matrix[1] * y + m_Matrix[2], m_Matrix[3] * x + m_Matrix[4] * y + m_Matrix[5]};
}

Outline
RasterContextDevice::Transform(const float * points, int n) const
{
  Outline outline;
  outline.reserve(static_cast<std::size_t>(std::max(0, n)));
  for (int k = 0; k < n; ++k)
  {
    outline.push_back(this->Transform(points[2 * k], points[2 * k + 1]));
  }
  return outline;
}

RasterContextDevice::Color
RasterContextDevice::PenColor(const unsigned char * colors, int components) const
{
  Color color;
  this->Pen->GetColor(color.data());
  color[3] = this->Pen->GetOpacity();
  for (int k = 0; colors && k < std::min(components, 4); ++k)
  {
    color[static_cast<std::size_t>(k)] = colors[k];
  }
  return color;
}

RasterContextDevice::Color
RasterContextDevice::BrushColor() const
{
  Color color;
  this->Brush->GetColor(color.data());
  color[3] = this->Brush->GetOpacity();
  return color;
}

void
RasterContextDevice::DrawPoly(float * points, int n, unsigned char * colors, int components)
{
  this->Stroke(this->Transform(points, n), this->PenColor(colors, components));
}

void
RasterContextDevice::DrawLines(float * points, int n, unsigned char * colors, int components)
{
  for (int k = 0; k + 1 < n; k += 2)
  {
    this->Stroke(this->Transform(points + 2 * k, 2), this->PenColor(colors, components));
  }
}

void
RasterContextDevice::DrawPoints(float * points, int n, unsigned char * colors, int components)
{
  const double r = 0.5 * this->Pen->GetWidth();
  for (const PlanePoint & p : this->Transform(points, n))
  {
    this->Fill({{{p.x - r, p.y - r}, {p.x + r, p.y - r}, {p.x + r, p.y + r}, {p.x - r, p.y + r}}},
               this->PenColor(colors, components));
  }
}

void
RasterContextDevice::DrawPointSprites(vtkImageData *, float * points, int n, unsigned char * colors, int components)
{
  this->DrawPoints(points, n, colors, components);
}

void
RasterContextDevice::DrawQuad(float * points, int n)
{
  for (int k = 0; k + 3 < n; k += 4)
  {
    this->Fill({this->Transform(points + 2 * k, 4)}, this->BrushColor());
  }
}

void
RasterContextDevice::DrawQuadStrip(float * points, int n)
{
  for (int k = 0; k + 3 < n; k += 2)
  {
    float * p = points + 2 * k;
    float quad[8] = {p[0], p[1], p[2], p[3], p[6], p[7], p[4], p[5]};
    this->DrawQuad(quad, 4);
  }
}

void
RasterContextDevice::DrawColoredPolygon(float * points, int n, unsigned char * colors, int components)
{
  Color color = this->BrushColor();
  for (int k = 0; colors && k < std::min(components, 4); ++k)
  {
    color[static_cast<std::size_t>(k)] = colors[k];
  }
  this->Fill({this->Transform(points, n)}, color);
}

void
RasterContextDevice::DrawEllipseWedge(float x, float y, float outRx, float outRy, float inRx, float inRy,
                                      float startAngle, float stopAngle)
{
  Outline outline;
  for (const auto & [dx, dy] : Arc(outRx, outRy, startAngle, stopAngle))
  {
    outline.push_back(this->Transform(x + dx, y + dy));
  }
  if (inRx > 0 && inRy > 0)
  {
    for (const auto & [dx, dy] : Arc(inRx, inRy, stopAngle, startAngle))
    {
      outline.push_back(this->Transform(x + dx, y + dy));
    }
  }
  else if (std::abs(stopAngle - startAngle) < 360.0F)
  {
    outline.push_back(this->Transform(x, y));
  }
  this->Fill({outline}, this->BrushColor());
}

void
RasterContextDevice::DrawEllipticArc(float x, float y, float rX, float rY, float startAngle, float stopAngle)
{
  Outline line;
  for (const auto & [dx, dy] : Arc(rX, rY, startAngle, stopAngle))
  {
    line.push_back(this->Transform(x + dx, y + dy));
  }
  this->Stroke(line, this->PenColor(nullptr, 0));
}

void
RasterContextDevice::DrawImage(float p[2], float scale, vtkImageData * image)
{
  int size[3];
  image->GetDimensions(size);
  this->DrawImage(vtkRectf(p[0], p[1], scale * static_cast<float>(size[0]), scale * static_cast<float>(size[1])),
                  image);
}

void
RasterContextDevice::DrawImage(const vtkRectf & position, vtkImageData * image)
{
  int size[3];
  image->GetDimensions(size);
  const int components = image->GetNumberOfScalarComponents();
  if (image->GetScalarType() != VTK_UNSIGNED_CHAR || size[0] < 1 || size[1] < 1)
  {
    vtkErrorMacro("DrawImage needs unsigned char pixels");
    return;
  }
  const PlanePoint low = this->Transform(position.GetX(), position.GetY());
  const PlanePoint high =
    this->Transform(position.GetX() + position.GetWidth(), position.GetY() + position.GetHeight());
  const auto bounds = this->Bounds();
  const int x0 = std::max(bounds[0], static_cast<int>(std::lround(low.x)));
  const int x1 = std::min(bounds[2], static_cast<int>(std::lround(high.x)));
  const int y0 = std::max(bounds[1], static_cast<int>(std::lround(low.y)));
  const int y1 = std::min(bounds[3], static_cast<int>(std::lround(high.y)));
  const auto * pixels = static_cast<const unsigned char *>(image->GetScalarPointer());
  for (int y = y0; y < y1; ++y)
  {
    const int row = std::clamp(static_cast<int>((y + 0.5 - low.y) / (high.y - low.y) * size[1]), 0, size[1] - 1);
    for (int x = x0; x < x1; ++x)
    {
      const int column = std::clamp(static_cast<int>((x + 0.5 - low.x) / (high.x - low.x) * size[0]), 0, size[0] - 1);
      const unsigned char * v =
        pixels + static_cast<std::ptrdiff_t>(components) * (static_cast<std::ptrdiff_t>(row) * size[0] + column);
      const bool gray = components < 3;
      const Color color{{v[0], gray ? v[0] : v[1], gray ? v[0] : v[2], components == 4 ? v[3] : std::uint8_t{255}}};
      this->Blend(static_cast<std::size_t>(y) * static_cast<std::size_t>(this->Geometry[0]) +
                    static_cast<std::size_t>(x),
                  color, 1.0);
    }
  }
}

// Colour, point size, line width and type are taken from pen and brush when something is drawn.
void
RasterContextDevice::SetColor4(unsigned char *)
{
}

void
RasterContextDevice::SetTexture(vtkImageData *, int)
{
}

void
RasterContextDevice::SetPointSize(float size)
{
  this->Pen->SetWidth(size);
}

void
RasterContextDevice::SetLineWidth(float width)
{
  this->Pen->SetWidth(width);
}

void
RasterContextDevice::SetLineType(int type)
{
  this->Pen->SetLineType(type);
}

void
RasterContextDevice::SetMatrix(vtkMatrix3x3 * matrix)
{
  std::copy_n(matrix->GetData(), 9, m_Matrix.begin());
}

void
RasterContextDevice::GetMatrix(vtkMatrix3x3 * matrix)
{
  matrix->DeepCopy(m_Matrix.data());
}

void
RasterContextDevice::MultiplyMatrix(vtkMatrix3x3 * matrix)
{
  std::array<double, 9> product;
  vtkMatrix3x3::Multiply3x3(m_Matrix.data(), matrix->GetData(), product.data());
  m_Matrix = product;
}

void
RasterContextDevice::PushMatrix()
{
  m_MatrixStack.push_back(m_Matrix);
}

void
RasterContextDevice::PopMatrix()
{
  if (!m_MatrixStack.empty())
  {
    m_Matrix = m_MatrixStack.back();
    m_MatrixStack.pop_back();
  }
}

void
RasterContextDevice::SetClipping(int * rectangle)
{
  std::copy_n(rectangle, 4, m_Clip.begin());
}

void
RasterContextDevice::EnableClipping(bool enable)
{
  m_Clipping = enable;
}
} // namespace ferro
