#ifndef ferroRasterContextDevice_h
#define ferroRasterContextDevice_h

#include "ferroCoverageMask.h"

#include <array>
#include <cstdint>
#include <vector>
#include <vtkContextDevice2D.h>
#include <vtkStdString.h>
#if __has_include(<vtkUnicodeString.h>) // gone in newer versions of VTK
#include <vtkUnicodeString.h>
#define FERRO_VTK_HAS_UNICODE_STRING 1
#endif

namespace ferro
{
/** \class RasterContextDevice
 * \brief A device of vtkContext2D that paints into memory: no window, no OpenGL, no display.
 *
 * Shapes are filled with exact area coverage (every pixel takes the share of it that the shape covers), text comes
 * from VTK's FreeType. The result depends on nothing but what is painted, so pictures are the same on every
 * machine. As everywhere in VTK, y points up and pixel (0, 0) is the lower left one.
 */
class RasterContextDevice : public vtkContextDevice2D
{
public:
  vtkTypeMacro(RasterContextDevice, vtkContextDevice2D);
  static RasterContextDevice * New();

  /** Sets the size in pixels and makes everything white. */
  void SetSize(int width, int height);
  /** RGB pixels, rows from bottom to top. */
  const std::vector<std::uint8_t> &
  GetPixels() const
  {
    return m_Pixels;
  }

  void DrawPoly(float * points, int n, unsigned char * colors, int components) override;
  void DrawLines(float * points, int n, unsigned char * colors, int components) override;
  void DrawPoints(float * points, int n, unsigned char * colors, int components) override;
  void DrawPointSprites(vtkImageData * sprite, float * points, int n, unsigned char * colors, int components) override;
  void DrawQuad(float * points, int n) override;
  void DrawQuadStrip(float * points, int n) override;
  void DrawColoredPolygon(float * points, int n, unsigned char * colors, int components) override;
  void DrawEllipseWedge(float x, float y, float outRx, float outRy, float inRx, float inRy, float startAngle,
                        float stopAngle) override;
  void DrawEllipticArc(float x, float y, float rX, float rY, float startAngle, float stopAngle) override;
  void DrawString(float * point, const vtkStdString & string) override;
  void ComputeStringBounds(const vtkStdString & string, float bounds[4]) override;
#ifdef FERRO_VTK_HAS_UNICODE_STRING
  void DrawString(float * point, const vtkUnicodeString & string) override;
  void ComputeStringBounds(const vtkUnicodeString & string, float bounds[4]) override;
#endif
  void ComputeJustifiedStringBounds(const char * string, float bounds[4]) override;
  void DrawMathTextString(float * point, const vtkStdString & string) override;
  void DrawImage(float p[2], float scale, vtkImageData * image) override;
  void DrawImage(const vtkRectf & position, vtkImageData * image) override;
  void SetColor4(unsigned char color[4]) override;
  void SetTexture(vtkImageData * image, int properties) override;
  void SetPointSize(float size) override;
  void SetLineWidth(float width) override;
  void SetLineType(int type) override;
  void SetMatrix(vtkMatrix3x3 * matrix) override;
  void GetMatrix(vtkMatrix3x3 * matrix) override;
  void MultiplyMatrix(vtkMatrix3x3 * matrix) override;
  void PushMatrix() override;
  void PopMatrix() override;
  void SetClipping(int * rectangle) override;
  void EnableClipping(bool enable) override;

protected:
  RasterContextDevice();
  ~RasterContextDevice() override;

private:
  RasterContextDevice(const RasterContextDevice &) = delete;
  void operator=(const RasterContextDevice &) = delete;

  using Color = std::array<std::uint8_t, 4>;

  PlanePoint Transform(double x, double y) const;
  Outline Transform(const float * points, int n) const;
  /** Paints the union of outlines that all turn the same way. */
  void Fill(const std::vector<Outline> & outlines, const Color & color);
  void Stroke(const Outline & line, const Color & color);
  void Blend(std::size_t pixel, const Color & color, double coverage);
  Color PenColor(const unsigned char * colors, int components) const;
  Color BrushColor() const;
  /** Pixels that may be touched: x0, y0, x1, y1 (exclusive). */
  std::array<int, 4> Bounds() const;

  std::vector<std::uint8_t> m_Pixels;
  CoverageMask m_Mask; ///< scratch of Fill()
  std::array<double, 9> m_Matrix{{1, 0, 0, 0, 1, 0, 0, 0, 1}};
  std::vector<std::array<double, 9>> m_MatrixStack;
  std::array<int, 4> m_Clip{{0, 0, 0, 0}};
  bool m_Clipping = false;
};
} // namespace ferro

#endif
