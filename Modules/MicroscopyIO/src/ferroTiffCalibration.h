#ifndef ferroTiffCalibration_h
#define ferroTiffCalibration_h

#include "ferroMicrographReader.h"
#include "ferroTiffDirectory.h"

namespace ferro
{
/** What a program's own tags say of a page of a TIFF file: kind of file, calibration, and how pages form stacks. */
struct TiffDescription
{
  std::string format = "TIFF";
  std::string title;
  AxisInfo x;
  AxisInfo y;
  AxisInfo frame; ///< step between frames
  std::map<std::string, std::string> metadata;
  long channels = 1;                            ///< every so many pages belong to one channel, an image of its own
  long declaredFrames = 0;                      ///< number of pages that the description promises; 0: none
  std::vector<TiffDescription> parts;           ///< the images of a file that says which pages belong to which
  std::vector<std::vector<std::size_t>> stacks; ///< of a part: pages of each channel, by their number in the file
};

/** Understands tags of ImageJ, Gatan, OME, FEI (Thermo Fisher), Zeiss, TVIPS, Olympus and JEOL. The resolution of a
 * plain TIFF is about printing and is no calibration. \a file: its name tells OME which planes are here. */
TiffDescription DescribeTiff(const TiffDirectory & page, const std::filesystem::path & file);
} // namespace ferro

#endif
