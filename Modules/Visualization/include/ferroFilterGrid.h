#ifndef ferroFilterGrid_h
#define ferroFilterGrid_h

#include "FerroscopeVisualizationExport.h"

#include <filesystem>
#include <string>
#include <vector>

namespace ferro
{
/** \class FilterTile
 * \brief One small picture of a grid.
 */
struct FilterTile
{
  std::string label;
  long columns = 0;
  long rows = 0;
  std::vector<float> values; ///< row by row; may be empty: the place stays white
};

/** \class FilterGridOptions
 * \brief How a grid of small pictures is drawn.
 */
struct FilterGridOptions
{
  std::string title;
  std::string valueLabel;             ///< beside the colour bar
  bool gray = false;                  ///< black to white, else the colours of magnitudes
  bool rangePerRow = false;           ///< each row has a range of its own, and there is no colour bar
  std::vector<std::string> rowLabels; ///< left of the rows; may be empty
  long columns = 0;                   ///< of the grid; 0: as the page permits
  double tileWidth = 0.0;             ///< width of a tile in unit, for the scale bar; 0: none
  std::string unit = "nm";            ///< of that width
  int widthPx = 1600;                 ///< of the page
};

/** Draws pictures of the same size side by side, with one range of values (0.5th to 99.5th percentile), as PNG.
 *
 * \param file where to write
 * \param tiles the pictures, row by row
 * \param options title, colours, scale bar
 * \throws OutputError when the file cannot be written
 */
FerroscopeVisualization_EXPORT void WriteFilterGrid(const std::filesystem::path & file,
                                                    const std::vector<FilterTile> & tiles,
                                                    const FilterGridOptions & options);
} // namespace ferro

#endif
