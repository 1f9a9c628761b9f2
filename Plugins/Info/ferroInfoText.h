#ifndef ferroInfoText_h
#define ferroInfoText_h

#include "ferroImageStatistics.h"
#include "ferroMicrographReader.h"

#include <string>
#include <vector>

namespace ferro
{
/** What a person reads: format, then each image in a few aligned lines with units. */
std::string DescribeFile(const std::filesystem::path & file, const FileInfo & info,
                         const std::vector<ImageStatistics> & statistics);
} // namespace ferro

#endif
