#ifndef ferroSublatticeRatio_h
#define ferroSublatticeRatio_h

#include "FerroscopeDeepRegressionExport.h"
#include "ferroImageGeometry.h"
#include "ferroModelFrame.h"

namespace ferro
{
/** How bright the columns in the middle of the cells are against those at the corners, whichever are the dimmer ones.
 *
 * Blocks of four by four cells are averaged to one cell. Its brightest place is one column, the brightest one near half
 * a cell along both axes from there the other; both count above the darkest place. The median of the blocks is taken.
 * \param image the image \param frame brings its cells to the axes \param cellPx edge of a cell, pixels of the frame
 * \return 0 to 1, 0 where the middle holds no column; NaN where no block lies inside the image */
FerroscopeDeepRegression_EXPORT double MeasureSublatticeRatio(const MicrographType & image, const ModelFrame & frame,
                                                              double cellPx);
} // namespace ferro

#endif
