#ifndef ferroFigurePage_h
#define ferroFigurePage_h

#include "ferroColorMaps.h"
#include "ferroPngFile.h"

#include <Eigen/Core>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace ferro
{
/** A rectangle on a page: upper left corner, width, height. */
struct Box
{
  double x = 0, y = 0, w = 0, h = 0;
  double
  Right() const
  {
    return x + w;
  }
  double
  Bottom() const
  {
    return y + h;
  }
};

enum class Align
{
  Left,
  Center,
  Right
};

constexpr Rgb Black{{0, 0, 0}};
constexpr Rgb White{{255, 255, 255}};
constexpr Rgb Ink{{30, 30, 30}};     ///< text and frames
constexpr Rgb Gray{{120, 120, 120}}; ///< minor things

/** \class FigurePage
 * \brief A white page that is painted with vtkContext2D and saved as PNG.
 *
 * Coordinates are pixels from the upper left corner, y down like the images that we draw.
 */
class FigurePage
{
public:
  FigurePage(int width, int height);
  ~FigurePage();
  FigurePage(const FigurePage &) = delete;
  FigurePage & operator=(const FigurePage &) = delete;

  void Polygon(const std::vector<Eigen::Vector2d> & points, const Rgb & color, double opacity = 1.0);
  /** A polygon of a mosaic: slightly enlarged, so that no seam shows between neighbours. */
  void Tile(const std::vector<Eigen::Vector2d> & points, const Rgb & color);
  void Rectangle(const Box & box, const Rgb & color, double opacity = 1.0);
  void Line(const std::vector<Eigen::Vector2d> & points, const Rgb & color, double width, double opacity = 1.0,
            bool dashed = false);
  /** Outline of a box. */
  void Frame(const Box & box, const Rgb & color, double width);
  void Disc(const Eigen::Vector2d & center, double radius, const Rgb & color, double opacity = 1.0);
  void Circle(const Eigen::Vector2d & center, double radius, const Rgb & color, double width);
  /** Arrow whose middle lies at center; vector on the page. */
  void Arrow(const Eigen::Vector2d & center, const Eigen::Vector2d & vector, const Rgb & color, double width);
  /** Text on a base line centred vertically on y; angleDeg counter-clockwise about the anchor. UTF-8. */
  void Text(double x, double y, const std::string & text, double size, Align align = Align::Left,
            const Rgb & color = Ink, double angleDeg = 0.0, bool bold = false);
  double TextWidth(const std::string & text, double size, bool bold = false) const;
  /** Pixels (row by row from the top, width * height of them) with the upper left corner at (x, y). */
  void Image(int x, int y, int width, int height, const std::vector<Rgb> & pixels);
  /** Limits everything that follows to a box; an empty box lifts the limit. */
  void Clip(const Box & box);
  /** The page as it stands. */
  Raster GetRaster() const;
  /** Saves the page beside its place and renames it. \throws OutputError */
  void WritePng(const std::filesystem::path & file) const;

  /** Width of a text without a page. */
  static double MeasureText(const std::string & text, double size, bool bold = false);

private:
  struct Painter;
  std::unique_ptr<Painter> m_Painter;
};
} // namespace ferro

#endif
