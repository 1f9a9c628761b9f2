#ifndef ferroTruthFiles_h
#define ferroTruthFiles_h

#include "ferroMapEvaluation.h"

#include <filesystem>

namespace ferro
{
/** The files that say what an image of 'synthesize' shows. */
struct TruthFiles
{
  std::filesystem::path table;       ///< BASE_truth.csv
  std::filesystem::path description; ///< BASE.json
};

/** From the path without ending, or from that of the image, the table or the description. */
TruthFiles FindTruthFiles(const std::filesystem::path & given);

/** Reads both. Of the table: sublattice, x_px, y_px, ux_px, uy_px, region; of the description: px_A, a_A, width_px and
 * height_px (or n for a square image), and crlb_pm when it is there. Throws InputError. */
MapTruth ReadTruth(const TruthFiles & files);

/** What 'map' wrote, or a table of cells alone. */
struct MapResult
{
  std::filesystem::path columnTable; ///< empty when there are only cells
  std::filesystem::path cellTable;
  AtomColumnSet::Pointer columns; ///< null when there are only cells
  UnitCellSet::Pointer cells;
  /** Pixel size that the map was made with, nm; NaN when it is not known. */
  double pixelSizeNm;
};

/** Reads columns.csv and cells.csv of a folder, or one table of cells (cells.csv, or the HDF5 table that is published
 * with an image); summary.json of a folder, when it is there, says whether their vectors are in pm or, without
 * calibration, in pixels. Vectors in pm become pixels by the pixel size of the truth. Throws InputError, also when
 * the map is one of an image of another size. */
MapResult ReadMapResult(const std::filesystem::path & folder, const MapTruth & truth);
} // namespace ferro

#endif
