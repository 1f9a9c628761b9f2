#ifndef ferroTiffOme_h
#define ferroTiffOme_h

#include "ferroTiffCalibration.h"

namespace ferro
{
/** What the XML of an OME-TIFF says: each image of the file becomes a part, with the directories of each channel.
 * Images whose pixels are in other files are left out. */
void DescribeOme(const std::string & xml, const std::filesystem::path & file, TiffDescription & result);
} // namespace ferro

#endif
