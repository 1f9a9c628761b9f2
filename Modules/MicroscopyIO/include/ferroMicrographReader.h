#ifndef ferroMicrographReader_h
#define ferroMicrographReader_h

#include "FerroscopeMicroscopyIOExport.h"
#include "ferroImageGeometry.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ferro
{
/** One axis of an image in a file, in C order of the array. */
struct AxisInfo
{
  std::string name;   ///< as the file calls it, or y, x, frame
  long size = 0;      ///< number of samples
  double scale = 1.0; ///< step in the unit; 1 when not calibrated
  double offset = 0.0; ///< coordinate of sample 0, in the unit
  std::string unit;   ///< "nm", "1/nm", or "" when not calibrated; other axes keep theirs ("s", "eV")
};

/** One image (or stack, or whatever else) in a file. */
struct ImageInfo
{
  int index = 0;          ///< position in the list, from 0
  std::string title;      ///< may be empty
  std::string dtype;      ///< uint8 ... float64, complex64, rgb, ...
  std::vector<long> shape; ///< C order: (frames,) rows, columns
  std::vector<AxisInfo> axes;
  bool readable = false;  ///< a real-valued 2-D image or a stack of them: can be given to the commands
  std::map<std::string, std::string> metadata; ///< voltage, detector, dwell time, ... where the file has them
};

/** What a file holds. */
struct FileInfo
{
  std::string format;            ///< for example "Gatan DM4"
  std::vector<ImageInfo> images; ///< every one, in the order of the file; thumbnails left out
  std::map<std::string, std::string> metadata;
};

/** Which image of a file to read, and how. */
struct ImageSelection
{
  std::string image; ///< index or title; empty: the only readable one
  std::string frame; ///< index or "mean"; empty: the only one
  std::optional<double> pixelSizeNm; ///< replaces the file's calibration
};

/** Lists every image of a file. Throws InputError: which file, what, expected, found. */
FerroscopeMicroscopyIO_EXPORT FileInfo
InspectFile(const std::filesystem::path & file);

/** Reads one image as float with its spacing in nm and the keys CalibratedKey and TitleKey in its dictionary.
 * Throws InputError, also when the selection is needed and missing (then it names what there is). */
FerroscopeMicroscopyIO_EXPORT MicrographType::Pointer
ReadMicrograph(const std::filesystem::path & file, const ImageSelection & selection = {});

/** Registers all ImageIO factories of this module ahead of ITK's own. Safe to call often. */
FerroscopeMicroscopyIO_EXPORT void
RegisterMicroscopyIOFactories();
} // namespace ferro

#endif
