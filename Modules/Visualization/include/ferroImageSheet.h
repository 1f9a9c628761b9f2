#ifndef ferroImageSheet_h
#define ferroImageSheet_h

#include "FerroscopeVisualizationExport.h"
#include "ferroImageGeometry.h"

#include <filesystem>
#include <string>
#include <vector>

namespace ferro
{
/** \class ImageSheet
 * \brief A picture of several images of the same area side by side, in gray, with a scale bar.
 */
struct ImageSheet
{
  std::string title;
  std::vector<MicrographType::ConstPointer> images; ///< at least one, all of one size
  std::vector<std::string> names;                   ///< above each of them
};

/** Draws the sheet as PNG, without a display. Each image has a gray scale of its own. Throws OutputError.
 *
 * \param sheet what is drawn
 * \param file where to write
 * \param widthPx width of the picture
 */
FerroscopeVisualization_EXPORT void WriteImageSheet(const ImageSheet & sheet, const std::filesystem::path & file,
                                                    int widthPx = 1600);
} // namespace ferro

#endif
