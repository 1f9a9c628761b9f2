#include "ferroMicroscopyFormats.h"

#include "ferroErrors.h"
#include "ferroInputFile.h"

#include <algorithm>

namespace ferro
{
namespace
{
FileHead
ReadHead(const InputFile & file)
{
  FileHead head;
  head.path = file.GetPath();
  head.bytes = file.ReadText(0, std::min<std::uint64_t>(file.GetSize(), 4096), "the beginning");
  // At the beginning or behind a user block, whose length is a power of two from 512 on.
  const std::string signature = "\x89HDF\r\n\x1a\n";
  for (std::uint64_t at = 0; at + signature.size() <= file.GetSize() && at < (1U << 20) && !head.hdf5;
       at = at == 0 ? 512 : 2 * at)
  {
    head.hdf5 = file.ReadText(at, signature.size(), "the signature") == signature;
  }
  return head;
}

const MicroscopyFormat *
FindFormat(const FileHead & head, const std::string & inner)
{
  // A path inside of the file asks for this data set whatever program has written it.
  static const std::string plain = PlainHdf5Format().name;
  for (const MicroscopyFormat & format : GetMicroscopyFormats())
  {
    if ((inner.empty() || format.name == plain) && format.matches(head))
    {
      return &format;
    }
  }
  return nullptr;
}

// What a file of no known format seems to be, for the error message.
std::string
DescribeForeign(const FileHead & head)
{
  struct Magic
  {
    std::size_t at;
    std::string bytes;
    const char * what;
  };
  static const Magic magics[] = {{0, "\xff\xd8\xff", "a JPEG picture"},
                                 {0, "GIF8", "a GIF picture"},
                                 {0, "BM", "a BMP picture"},
                                 {0, "%PDF", "a PDF document"},
                                 {0, "PK\x03\x04", "a ZIP archive"},
                                 {0, "\x1f\x8b", "a gzip archive"},
                                 {0, "BZh", "a bzip2 archive"},
                                 {0, "\xfd\x37zXZ", "an xz archive"},
                                 {0, "7z\xbc\xaf", "a 7z archive"},
                                 {0, "SIMPLE  =", "a FITS image"},
                                 {0, std::string("JK\0\2", 4), "a TIA EMI file (open the .ser file beside it)"}};
  for (const Magic & magic : magics)
  {
    const std::string & bytes = magic.bytes;
    if (head.bytes.size() >= magic.at + bytes.size() && head.bytes.compare(magic.at, bytes.size(), bytes) == 0)
    {
      return magic.what;
    }
  }
  const bool text = std::all_of(head.bytes.begin(), head.bytes.end(),
                                [](char c)
                                {
                                  const auto byte = static_cast<unsigned char>(c);
                                  return byte >= 0x20 || c == '\n' || c == '\r' || c == '\t';
                                });
  return text ? "a text file" : "of an unknown format";
}
} // namespace

const std::vector<MicroscopyFormat> &
GetMicroscopyFormats()
{
  // Of the HDF5 formats the one of any program comes last; MRC comes last of all, its old files have no magic number.
  static const std::vector<MicroscopyFormat> formats = {
    GatanFormat(),     TiaFormat(), VeloxFormat(),          HyperSpyFormat(),  PycroscopyFormat(),
    GatanHdf5Format(), EmdFormat(), PublishedCellsFormat(), PlainHdf5Format(), TiffFormat(),
    NumpyFormat(),     PngFormat(), NrrdFormat(),           MetaImageFormat(), MrcFormat()};
  return formats;
}

const MicroscopyFormat *
FindMicroscopyFormat(const std::filesystem::path & file)
{
  const auto [outer, inner] = SplitInnerPath(file);
  const InputFile input(outer);
  return FindFormat(ReadHead(input), inner);
}

std::unique_ptr<MicroscopyFile>
OpenMicroscopyFile(const std::filesystem::path & file)
{
  const auto [outer, inner] = SplitInnerPath(file);
  const InputFile input(outer);
  const FileHead head = ReadHead(input);
  if (const MicroscopyFormat * format = FindFormat(head, inner))
  {
    return format->open(file);
  }
  if (!inner.empty())
  {
    input.Fail("is not HDF5, so that '" + inner + "' cannot be inside");
  }
  std::string known;
  for (const MicroscopyFormat & format : GetMicroscopyFormats())
  {
    known += (known.empty() ? "" : ", ") + std::string(format.name);
  }
  input.Fail("cannot be read: it seems to be " + DescribeForeign(head) + "; expected one of " + known);
}
} // namespace ferro
