#ifndef ferroTestTiff_h
#define ferroTestTiff_h

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ferrotest
{
/** One page of a TIFF file with tags of its own; its three rows hold Value(x, y, frame). */
struct TiffPage
{
  std::map<int, std::string> texts;
  std::map<int, std::uint32_t> numbers; // 32-bit ones
  std::map<int, std::uint32_t> ratios;  // over one
  int width = 4;
  int bits = 16;
  int frame = 0; // of Value
};

/** A TIFF file of such pages, open strips; \a block stands at byte 8, where tags can point to. */
std::string MakeTiffPages(const std::vector<TiffPage> & pages, const std::string & block = "", bool little = true);

/** The header of TVIPS EM-MENU: one of version 1 (244 bytes), which one of version 2 follows (6068 bytes). */
std::string MakeTvipsHeader(int version, int mode, bool little);

/** The blocks of Olympus iTEM as they stand at byte 8: pixels of 25 x 35 pm. */
std::string MakeOlympusBlock();
} // namespace ferrotest

#endif
