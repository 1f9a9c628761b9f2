#ifndef ferroTiffCalibration_h
#define ferroTiffCalibration_h

#include "ferroMicrographReader.h"
#include "ferroTiffDirectory.h"

namespace ferro
{
/** What a program's own tags say of a TIFF file's first page: kind of file, calibration, and how pages form stacks. */
struct TiffDescription
{
  std::string format = "TIFF";
  std::string title;
  AxisInfo x;
  AxisInfo y;
  AxisInfo frame; ///< step between frames
  std::map<std::string, std::string> metadata;
  long channels = 1;                  ///< pages of different channels are different images
  long channelStride = 1;             ///< pages between one channel and the next
  long declaredFrames = 0;            ///< number of pages that the description promises; 0: none
  long pages = 0;                     ///< pages of a part
  std::vector<TiffDescription> parts; ///< the images of a file that says which pages belong to which
};

/** Understands ImageJ, Gatan, OME, FEI (Thermo Fisher) and Zeiss tags. The resolution of a plain TIFF is about
 * printing and is no calibration. */
TiffDescription DescribeTiff(const TiffDirectory & page);
} // namespace ferro

#endif
