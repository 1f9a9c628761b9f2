#ifndef ferroFigureTiles_h
#define ferroFigureTiles_h

#include "ferroFigureLayout.h"

#include <string>
#include <vector>

namespace ferro
{
/** The image in gray in a panel. \param lift 0 for black to white; more makes the dark end lighter */
void DrawGray(const MicrographType & image, MapSheet & sheet, std::size_t panel, double lift);
/** Page positions of positions in the image. */
std::vector<Eigen::Vector2d> ToPage(const MapSheet & sheet, std::size_t panel, std::vector<Eigen::Vector2d> points);

/** Tiles of one panel with a value each; values that are not numbers stay empty. */
struct TileMap
{
  std::vector<std::vector<Eigen::Vector2d>> outlines; ///< image pixels
  std::vector<double> values;
};
/** Fills the tiles of a panel and draws its colour bar. */
void DrawTiles(MapSheet & sheet, std::size_t panel, const TileMap & tiles, const Range & range,
               const ColorFunction & color, const std::string & label, double tickStep = 0);
/** The colour wheel of directions as the legend of a panel.
 * \param sheet page \param panel beside which it stands \param radius what its rim means \param unit of the radius */
void DrawWheel(MapSheet & sheet, std::size_t panel, double radius, const std::string & unit);
} // namespace ferro

#endif
