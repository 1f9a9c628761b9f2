#ifndef ferroWrittenMetadata_h
#define ferroWrittenMetadata_h

#include "ferroImageGeometry.h"

#include <map>
#include <string>

namespace ferro
{
/** Prefix of the keys in an image's dictionary that the readers of this module fill and the writers keep. */
constexpr const char * MetadataPrefix = "Ferroscope.";

/** What an image's dictionary says of it, as one line of UTF-8 for each key (without the prefix), at most 1500 bytes
 * long: title, format of the file that it came from, voltage, detector and so on; "calibrated" (1 or 0) and
 * "lengthUnit" (nm or px) always. Empty values are left out. */
std::map<std::string, std::string> GetWrittenMetadata(const MicrographType & image);

/** Whether a key says something of the image that a reader should list as metadata: not the title, the calibration and
 * the format of an earlier file, which have places of their own. */
bool IsListedMetadata(const std::string & key);
} // namespace ferro

#endif
