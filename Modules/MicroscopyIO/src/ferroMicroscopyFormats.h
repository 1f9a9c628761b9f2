#ifndef ferroMicroscopyFormats_h
#define ferroMicroscopyFormats_h

#include "ferroMicroscopyFile.h"

#include <memory>
#include <string>
#include <vector>

namespace ferro
{
/** First bytes of a file, what formats are recognised by. */
struct FileHead
{
  std::filesystem::path path;
  std::string bytes; ///< up to 4096
  bool hdf5 = false; ///< it has the signature of HDF5, which may follow a user block
  bool
  StartsWith(const std::string & magic) const
  {
    return bytes.compare(0, magic.size(), magic) == 0;
  }
  bool
  IsHdf5() const
  {
    return hdf5;
  }
};

/** \class MicroscopyFormat
 * \brief A format in the list of formats. A new format is one source file and one line in the list.
 */
struct MicroscopyFormat
{
  const char * name;
  std::vector<std::string> extensions;
  bool (*matches)(const FileHead & head);
  std::unique_ptr<MicroscopyFile> (*open)(const std::filesystem::path & file);
};

/** Every format, in the order in which they are asked. */
const std::vector<MicroscopyFormat> & GetMicroscopyFormats();
/** The format of a file, or nullptr. Throws InputError when the file is not regular, empty or cannot be opened. */
const MicroscopyFormat * FindMicroscopyFormat(const std::filesystem::path & file);

MicroscopyFormat GatanFormat();
MicroscopyFormat TiaFormat();
MicroscopyFormat VeloxFormat();
MicroscopyFormat HyperSpyFormat();
MicroscopyFormat PycroscopyFormat();
MicroscopyFormat GatanHdf5Format();
MicroscopyFormat EmdFormat();
MicroscopyFormat PublishedCellsFormat();
MicroscopyFormat PlainHdf5Format();
MicroscopyFormat TiffFormat();
MicroscopyFormat NumpyFormat();
MicroscopyFormat PngFormat();
MicroscopyFormat NrrdFormat();
MicroscopyFormat MetaImageFormat();
MicroscopyFormat MrcFormat();
} // namespace ferro

#endif
