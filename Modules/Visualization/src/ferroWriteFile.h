#ifndef ferroWriteFile_h
#define ferroWriteFile_h

#include <cstddef>
#include <filesystem>

namespace ferro
{
/** Writes bytes beside their place and renames the file, so that no half file can be left.
 * \throws OutputError with path and reason */
void WriteFile(const std::filesystem::path & file, const char * bytes, std::size_t count);
} // namespace ferro

#endif
