#ifndef ferroScalarMap_h
#define ferroScalarMap_h

#include "FerroscopeVisualizationExport.h"
#include "ferroImageGeometry.h"

#include <Eigen/Core>
#include <filesystem>
#include <string>
#include <vector>

namespace ferro
{
/** \class ScalarMap
 * \brief Tiles on the area of an image, coloured by a value each.
 */
struct ScalarMap
{
  std::string title;
  std::string label;                                  ///< of the colour bar, with the unit
  std::vector<std::vector<Eigen::Vector2d>> outlines; ///< of each tile, pixels of the image
  std::vector<double> values; ///< one for each tile; tiles whose value is not a number stay empty
  bool symmetric = false;     ///< signed values: colours diverge from zero
  double low = 0.0;           ///< ends of the colour bar; equal: from the 2nd to the 98th percentile of the values
  double high = 0.0;
  std::vector<Eigen::Vector2d> marks; ///< places with a number beside them, from 1, pixels of the image
};

/** Draws a map as PNG, painted without a display. \param widthPx width of the picture, at least 400
 * \param geometry of the image \param map what is drawn \param file where to write. Throws OutputError. */
FerroscopeVisualization_EXPORT void WriteScalarMap(const ImageGeometry & geometry, const ScalarMap & map,
                                                   const std::filesystem::path & file, int widthPx = 1600);
} // namespace ferro

#endif
