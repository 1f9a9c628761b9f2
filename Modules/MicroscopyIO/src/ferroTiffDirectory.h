#ifndef ferroTiffDirectory_h
#define ferroTiffDirectory_h

#include "ferroInputFile.h"
#include "ferroPixelType.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ferro
{
/** \class TiffDirectory
 * \brief One page of a TIFF file: its tags, parsed with every length checked, and what follows from them.
 */
class TiffDirectory
{
public:
  /** Reads all pages (chain of directories); stops at a loop. Classic and BigTIFF, both byte orders. */
  static std::vector<TiffDirectory> ReadAll(const InputFile & file);

  bool
  Has(int tag) const
  {
    return m_Entries.count(tag) != 0;
  }
  /** Value \a index of a numeric tag (rationals divided), or \a fallback. */
  double GetNumber(int tag, double fallback, std::uint64_t index = 0) const;
  /** Text or bytes of a tag as they are stored; at most 16 MiB. */
  std::string GetBytes(int tag) const;
  std::uint64_t GetCount(int tag) const;
  /** Bytes of all texts together: what it costs to look at them. */
  std::uint64_t GetTextLength() const;
  /** Bytes of the file that a tag points to; empty when they are not all there, or more than 1 MiB. */
  std::string GetBlock(std::uint64_t place, std::uint64_t length) const;

  /** Whether samples are stored as numbers of sampleType; others have fewer bits, or three bytes. */
  bool
  IsPlain() const
  {
    return static_cast<std::size_t>(bits) == 8 * PixelTypeSize(sampleType);
  }

  /** Strips or tiles of gray pixels that lie uncompressed in the file. */
  struct Blocks
  {
    long width = 0;
    long height = 0;
    long across = 1; ///< blocks from left to right
    bool tiled = false;
  };
  /** How the pixels lie in the file when they need no decoding; empty when they do, or when a tag that tells is missing
   * or does not fit. */
  std::optional<Blocks> GetOpenBlocks() const;
  /** Place of a block in the file; 0 when its tags or the file give it fewer bytes than it needs. */
  std::uint64_t GetOpenBlock(const Blocks & blocks, long index) const;

  std::uint64_t offset = 0; ///< place of the directory in the file
  bool littleEndian = true;
  long width = 0;
  long height = 0;
  int samples = 1;
  int bits = 1;
  int compression = 1;
  PixelType type = PixelType::UInt8;       ///< of a pixel
  PixelType sampleType = PixelType::UInt8; ///< of one sample; the same where there is one per pixel
  bool supported = false;                  ///< one sample per pixel of a real type that can be decoded
  bool colour = false;                     ///< several samples per pixel
  bool decodable = false;                  ///< pixels can be decoded: what is supported, and common colour pictures
  bool planar = false;                     ///< the samples are stored one behind the other, not pixel by pixel
  bool channels = false;                   ///< several samples that are images of their own, not a colour
  bool palette = false;                    ///< pixels are numbers of colours, not of gray levels, in a table
  bool reduced = false;                    ///< a smaller copy of another page (a thumbnail)
  std::string problem;                     ///< why it is not supported

private:
  struct Entry
  {
    int type;
    std::uint64_t count;
    std::uint64_t offset; ///< of the values, in the file
  };
  void Interpret();
  // Whether the table of colours goes from dark to bright without a colour: then the numbers are intensities.
  bool IsGrayRamp() const;

  const InputFile * m_File = nullptr;
  std::map<int, Entry> m_Entries;
};
} // namespace ferro

#endif
