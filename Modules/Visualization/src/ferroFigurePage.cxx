#include "ferroFigurePage.h"

#include "ferroErrors.h"
#include "ferroRasterContextDevice.h"
#include "ferroWriteFile.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vtkBrush.h>
#include <vtkContext2D.h>
#include <vtkImageData.h>
#include <vtkNew.h>
#include <vtkPen.h>
#include <vtkTextProperty.h>
#include <vtkUnsignedCharArray.h>

namespace ferro
{
namespace
{
/** Where Linux systems keep a sans-serif font with Greek letters; VTK's own font has ASCII only. */
const std::string &
FontFile(bool bold)
{
  static const auto find = [](const char * name)
  {
    for (const char * folder :
         {"/usr/share/fonts/truetype/dejavu/", "/usr/share/fonts/dejavu-sans-fonts/", "/usr/share/fonts/TTF/"})
    {
      std::error_code error;
      if (std::filesystem::exists(std::string(folder) + name, error))
      {
        return std::string(folder) + name;
      }
    }
    return std::string();
  };
  static const std::string regularFile = find("DejaVuSans.ttf");
  static const std::string boldFile = find("DejaVuSans-Bold.ttf");
  return bold && !boldFile.empty() ? boldFile : regularFile;
}

std::string
Replace(std::string text, const std::string & what, const std::string & with)
{
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
  {
    text.replace(at, what.size(), with);
  }
  return text;
}

/** The text as the font in use can write it. */
std::string
Writable(std::string text)
{
  if (!FontFile(false).empty())
  {
    return text;
  }
  const std::pair<const char *, const char *> spelled[] = {
    {"σ", "sigma "}, {"γ", "gamma"}, {"ε", "e"}, {"Δ", "d"}, {"ω", "rotation "}, {"µ", "u"}, {"(°)", "(deg)"},
    {"°", " deg"},   {"±", "+-"},    {"−", "-"}, {"×", "x"}, {"²", "^2"},        {"–", "-"}, {"≥", ">="},
    {"≤", "<="},     {"’", "'"},     {"·", " "}, {"₂", "2"}, {"Å", "A"}};
  for (const auto & [symbol, word] : spelled)
  {
    text = Replace(std::move(text), symbol, word);
  }
  return text;
}

void
SetFont(vtkTextProperty * property, double size, bool bold)
{
  if (FontFile(bold).empty())
  {
    property->SetFontFamilyToArial();
    property->SetBold(bold);
  }
  else
  {
    property->SetFontFamily(VTK_FONT_FILE);
    property->SetFontFile(FontFile(bold).c_str());
  }
  property->SetFontSize(std::max(6, static_cast<int>(std::lround(size))));
}

/** Points as VTK wants them: floats, y up. */
std::vector<float>
Flip(const std::vector<Eigen::Vector2d> & points, int height)
{
  std::vector<float> flat;
  flat.reserve(2 * points.size());
  for (const auto & point : points)
  {
    flat.push_back(static_cast<float>(point.x()));
    flat.push_back(static_cast<float>(height - point.y()));
  }
  return flat;
}

unsigned char
ToByte(double opacity)
{
  return static_cast<unsigned char>(std::lround(255.0 * std::clamp(opacity, 0.0, 1.0)));
}
} // namespace

struct FigurePage::Painter
{
  vtkNew<RasterContextDevice> device;
  vtkNew<vtkContext2D> context;
  int width = 0;
  int height = 0;

  void
  UsePen(const Rgb & color, double lineWidth, double opacity, bool dashed = false)
  {
    vtkPen * pen = context->GetPen();
    pen->SetLineType(dashed ? vtkPen::DASH_LINE : vtkPen::SOLID_LINE);
    pen->SetColor(color[0], color[1], color[2]);
    pen->SetOpacity(ToByte(opacity));
    pen->SetWidth(static_cast<float>(lineWidth));
  }
  /** vtkContext2D outlines what it fills: without an outline unless a width is given. */
  void
  UseBrush(const Rgb & color, double opacity, double outline = 0.0)
  {
    this->UsePen(color, outline, opacity);
    context->GetPen()->SetLineType(outline > 0 ? vtkPen::SOLID_LINE : vtkPen::NO_PEN);
    context->GetBrush()->SetColor(color[0], color[1], color[2]);
    context->GetBrush()->SetOpacity(ToByte(opacity));
  }
};

FigurePage::FigurePage(int width, int height) : m_Painter(std::make_unique<Painter>())
{
  m_Painter->width = width;
  m_Painter->height = height;
  m_Painter->device->SetSize(width, height);
  m_Painter->context->Begin(m_Painter->device);
}

FigurePage::~FigurePage()
{
  m_Painter->context->End();
}

void
FigurePage::Polygon(const std::vector<Eigen::Vector2d> & points, const Rgb & color, double opacity)
{
  auto flat = Flip(points, m_Painter->height);
  m_Painter->UseBrush(color, opacity);
  m_Painter->context->DrawPolygon(flat.data(), static_cast<int>(points.size()));
}

void
FigurePage::Tile(const std::vector<Eigen::Vector2d> & points, const Rgb & color)
{
  auto closed = points;
  closed.push_back(points.front());
  auto flat = Flip(closed, m_Painter->height);
  m_Painter->UseBrush(color, 1.0, 1.0);
  m_Painter->context->DrawPolygon(flat.data(), static_cast<int>(closed.size()));
}

void
FigurePage::Rectangle(const Box & box, const Rgb & color, double opacity)
{
  this->Polygon({{box.x, box.y}, {box.Right(), box.y}, {box.Right(), box.Bottom()}, {box.x, box.Bottom()}}, color,
                opacity);
}

void
FigurePage::Line(const std::vector<Eigen::Vector2d> & points, const Rgb & color, double width, double opacity,
                 bool dashed)
{
  auto flat = Flip(points, m_Painter->height);
  m_Painter->UsePen(color, width, opacity, dashed);
  m_Painter->context->DrawPoly(flat.data(), static_cast<int>(points.size()));
}

void
FigurePage::Frame(const Box & box, const Rgb & color, double width)
{
  // Four bars with square corners on whole pixels, which keeps them sharp.
  const double w = std::max(1.0, std::round(width));
  const double x0 = std::round(box.x - 0.5 * w);
  const double y0 = std::round(box.y - 0.5 * w);
  const double x1 = std::round(box.Right() - 0.5 * w);
  const double y1 = std::round(box.Bottom() - 0.5 * w);
  this->Rectangle({x0, y0, x1 - x0 + w, w}, color);
  this->Rectangle({x0, y1, x1 - x0 + w, w}, color);
  this->Rectangle({x0, y0, w, y1 - y0 + w}, color);
  this->Rectangle({x1, y0, w, y1 - y0 + w}, color);
}

void
FigurePage::Disc(const Eigen::Vector2d & center, double radius, const Rgb & color, double opacity)
{
  m_Painter->UseBrush(color, opacity);
  m_Painter->device->DrawEllipseWedge(static_cast<float>(center.x()),
                                      static_cast<float>(m_Painter->height - center.y()), static_cast<float>(radius),
                                      static_cast<float>(radius), 0, 0, 0, 360);
}

void
FigurePage::Circle(const Eigen::Vector2d & center, double radius, const Rgb & color, double width)
{
  m_Painter->UseBrush(color, 1.0);
  m_Painter->device->DrawEllipseWedge(
    static_cast<float>(center.x()), static_cast<float>(m_Painter->height - center.y()),
    static_cast<float>(radius + 0.5 * width), static_cast<float>(radius + 0.5 * width),
    static_cast<float>(radius - 0.5 * width), static_cast<float>(radius - 0.5 * width), 0, 360);
}

void
FigurePage::Arrow(const Eigen::Vector2d & center, const Eigen::Vector2d & vector, const Rgb & color, double width)
{
  const double length = vector.norm();
  if (!(length > 1e-6))
  {
    return;
  }
  const Eigen::Vector2d along = vector / length;
  const Eigen::Vector2d across(-along.y(), along.x());
  const double head = std::min(length, 4.2 * width);
  const Eigen::Vector2d tip = center + 0.5 * vector;
  const Eigen::Vector2d tail = center - 0.5 * vector;
  const Eigen::Vector2d neck = tip - head * along;
  const double half = 0.5 * width;
  const double wing = 0.42 * head;
  this->Polygon({tail + half * across, neck + half * across, neck + wing * across, tip, neck - wing * across,
                 neck - half * across, tail - half * across},
                color);
}

void
FigurePage::Text(double x, double y, const std::string & text, double size, Align align, const Rgb & color,
                 double angleDeg, bool bold)
{
  vtkTextProperty * property = m_Painter->context->GetTextProp();
  SetFont(property, size, bold);
  property->SetColor(color[0] / 255.0, color[1] / 255.0, color[2] / 255.0);
  property->SetJustification(align == Align::Left     ? VTK_TEXT_LEFT
                             : align == Align::Center ? VTK_TEXT_CENTERED
                                                      : VTK_TEXT_RIGHT);
  // Centred on the height of a capital letter, whatever letters the text has.
  property->SetVerticalJustificationToBottom();
  property->SetOrientation(angleDeg);
  property->SetUseTightBoundingBox(0);
  const double radians = angleDeg * 3.14159265358979323846 / 180.0;
  const double drop = 0.60 * property->GetFontSize();
  const double px = x + drop * std::sin(radians);
  const double py = y + drop * std::cos(radians);
  m_Painter->context->DrawString(static_cast<float>(px), static_cast<float>(m_Painter->height - py),
                                 Writable(text).c_str());
}

double
FigurePage::MeasureText(const std::string & text, double size, bool bold)
{
  vtkNew<RasterContextDevice> device;
  SetFont(device->GetTextProp(), size, bold);
  float bounds[4];
  device->ComputeStringBounds(vtkStdString(Writable(text)), bounds);
  return bounds[2];
}

double
FigurePage::TextWidth(const std::string & text, double size, bool bold) const
{
  return MeasureText(text, size, bold);
}

void
FigurePage::Image(int x, int y, int width, int height, const std::vector<Rgb> & pixels)
{
  vtkNew<vtkImageData> image;
  image->SetDimensions(width, height, 1);
  image->AllocateScalars(VTK_UNSIGNED_CHAR, 3);
  for (int row = 0; row < height; ++row)
  {
    std::memcpy(image->GetScalarPointer(0, height - 1 - row, 0),
                pixels[static_cast<std::size_t>(row) * static_cast<std::size_t>(width)].data(),
                3 * static_cast<std::size_t>(width));
  }
  m_Painter->context->DrawImage(static_cast<float>(x), static_cast<float>(m_Painter->height - y - height), image);
}

void
FigurePage::Clip(const Box & box)
{
  int clip[4] = {static_cast<int>(std::lround(box.x)), static_cast<int>(std::lround(m_Painter->height - box.Bottom())),
                 static_cast<int>(std::lround(box.w)), static_cast<int>(std::lround(box.h))};
  m_Painter->device->SetClipping(clip);
  m_Painter->device->EnableClipping(box.w > 0 && box.h > 0);
}

Raster
FigurePage::GetRaster() const
{
  return {m_Painter->width, m_Painter->height, m_Painter->device->GetPixels()};
}

void
FigurePage::WritePng(const std::filesystem::path & file) const
{
  WritePngFile(file, this->GetRaster());
}
} // namespace ferro
