#ifndef ferroGatanTags_h
#define ferroGatanTags_h

#include "ferroInputFile.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ferro
{
/** One node of the tag tree of a Gatan file: a group, or a value. */
struct GatanTag
{
  std::string name; ///< empty in lists
  bool isGroup = false;
  std::vector<GatanTag> children;
  std::vector<double> values; ///< a scalar, or the fields of a struct

  // An array stays in the file: only its place is kept.
  bool isArray = false;
  int elementType = 0;           ///< type code of the elements; 15: structs
  std::uint64_t elementSize = 0; ///< bytes
  std::uint64_t elementCount = 0;
  std::uint64_t offset = 0; ///< byte in the file

  /** The child of that name or nullptr. */
  const GatanTag * Find(const std::string & child) const;
  /** The tag at a path such as "ImageData/Dimensions", or nullptr. */
  const GatanTag * At(const std::string & path) const;
};

/** \class GatanTagTree
 * \brief Parses the tags of a DM3 or DM4 file without loading pixels.
 *
 * Layout: framing integers are big-endian always, values follow the flag of the header. Every length is checked
 * against what is left of the file; the depth of groups and the number of tags are limited.
 */
class GatanTagTree
{
public:
  explicit GatanTagTree(const InputFile & file);

  const GatanTag &
  GetRoot() const
  {
    return m_Root;
  }
  int
  GetVersion() const
  {
    return m_Version;
  }
  bool
  IsLittleEndian() const
  {
    return m_LittleEndian;
  }
  /** Text of an array of characters (16-bit: UTF-16, 8-bit: UTF-8 or Latin-1), cleaned; empty for anything else. */
  std::string GetText(const GatanTag * tag) const;
  /** First value of a scalar or struct; NaN when there is none. */
  static double GetNumber(const GatanTag * tag);

private:
  void ParseGroup(GatanTag & group, int depth);
  void ParseData(GatanTag & tag);
  double ReadScalar(std::uint64_t type);
  std::uint64_t ReadWord(const char * what);

  const InputFile & m_File;
  GatanTag m_Root;
  int m_Version = 0;
  bool m_LittleEndian = true;
  std::uint64_t m_Position = 0;
  std::uint64_t m_TagCount = 0;
};
} // namespace ferro

#endif
