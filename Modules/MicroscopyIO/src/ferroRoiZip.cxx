#include "ferroRoiZip.h"

#include "ferroErrors.h"

#include <minizip/zip.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace ferro
{
namespace
{
constexpr std::size_t HeaderSize = 64;
constexpr std::size_t MostPoints = 65535;

// Big-endian bytes of a whole number.
void
Put(std::string & bytes, std::size_t offset, std::uint32_t value, int count)
{
  for (int n = 0; n < count; ++n)
  {
    bytes[offset + static_cast<std::size_t>(n)] = static_cast<char>((value >> (8 * (count - 1 - n))) & 0xff);
  }
}

void
PutFloat(std::string & bytes, std::size_t offset, float value)
{
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  Put(bytes, offset, bits, 4);
}

// A "point" selection: header, whole coordinates relative to the corner of the bounds, then floats.
std::string
PointSelection(const std::vector<Eigen::Vector2d> & points, std::uint32_t colour)
{
  const auto whole = [](double value)
  { return static_cast<std::int32_t>(std::floor(std::clamp(value, -32768.0, 32767.0))); };
  Eigen::Vector2d low = points.front();
  Eigen::Vector2d high = low;
  for (const auto & point : points)
  {
    low = low.cwiseMin(point);
    high = high.cwiseMax(point);
  }
  const std::size_t count = points.size();
  std::string bytes(HeaderSize + 12 * count, '\0');
  bytes.replace(0, 4, "Iout");
  Put(bytes, 4, 227, 2); // version of the format
  bytes[6] = 10;         // type: point
  Put(bytes, 8, static_cast<std::uint32_t>(whole(low.y())), 2);
  Put(bytes, 10, static_cast<std::uint32_t>(whole(low.x())), 2);
  Put(bytes, 12, static_cast<std::uint32_t>(whole(high.y()) + 1), 2);
  Put(bytes, 14, static_cast<std::uint32_t>(whole(high.x()) + 1), 2);
  Put(bytes, 16, static_cast<std::uint32_t>(count), 2);
  Put(bytes, 34, 1, 2);      // size of the mark: small
  Put(bytes, 40, colour, 4); // alpha, red, green, blue
  Put(bytes, 50, 128, 2);    // option: sub-pixel resolution
  bytes[52] = 2;             // mark: dot
  for (std::size_t n = 0; n < count; ++n)
  {
    Put(bytes, HeaderSize + 2 * n, static_cast<std::uint32_t>(whole(points[n].x()) - whole(low.x())), 2);
    Put(bytes, HeaderSize + 2 * (count + n), static_cast<std::uint32_t>(whole(points[n].y()) - whole(low.y())), 2);
    PutFloat(bytes, HeaderSize + 4 * (count + n), static_cast<float>(points[n].x()));
    PutFloat(bytes, HeaderSize + 4 * (2 * count + n), static_cast<float>(points[n].y()));
  }
  return bytes;
}

class ZipFile
{
public:
  explicit ZipFile(const std::filesystem::path & path) : m_Path(path)
  {
    errno = 0;
    m_File = zipOpen64(path.c_str(), APPEND_STATUS_CREATE);
    this->Check(m_File != nullptr);
  }
  ~ZipFile()
  {
    if (m_File)
    {
      zipClose(m_File, nullptr);
    }
  }
  ZipFile(const ZipFile &) = delete;
  ZipFile & operator=(const ZipFile &) = delete;

  void
  Add(const std::string & name, const std::string & bytes)
  {
    zip_fileinfo info = {};
    info.dosDate = (1u << 21) | (1u << 16); // 1 January 1980, the earliest of the format: same bytes every day
    errno = 0;
    this->Check(zipOpenNewFileInZip(m_File, name.c_str(), &info, nullptr, 0, nullptr, 0, nullptr, Z_DEFLATED, 6) ==
                ZIP_OK);
    this->Check(zipWriteInFileInZip(m_File, bytes.data(), static_cast<unsigned>(bytes.size())) == ZIP_OK);
    this->Check(zipCloseFileInZip(m_File) == ZIP_OK);
  }
  void
  Close()
  {
    errno = 0;
    const auto file = m_File;
    m_File = nullptr;
    this->Check(zipClose(file, nullptr) == ZIP_OK);
  }

private:
  void
  Check(bool good) const
  {
    if (!good)
    {
      throw OutputError(m_Path.string() + ": cannot be written: " + (errno ? std::strerror(errno) : "unknown reason"));
    }
  }
  std::filesystem::path m_Path;
  zipFile m_File = nullptr;
};
} // namespace

void
WriteColumnsRoiZip(const AtomColumnSet & columns, const std::filesystem::path & path)
{
  struct Group
  {
    Sublattice sublattice;
    const char * name;
    std::uint32_t colour; // of the Okabe-Ito palette, which colour-blind people can tell apart
  };
  constexpr Group Groups[] = {
    {Sublattice::A, "A", 0xffe69f00}, {Sublattice::B, "B", 0xff56b4e9}, {Sublattice::Unknown, "other", 0xffcc79a7}};
  ZipFile zip(path);
  for (const auto & group : Groups)
  {
    std::vector<Eigen::Vector2d> points;
    for (const auto & column : columns.GetColumns())
    {
      if (column.sublattice == group.sublattice)
      {
        points.emplace_back(column.position + Eigen::Vector2d(0.5, 0.5));
      }
    }
    for (std::size_t first = 0, part = 1; first < points.size(); first += MostPoints, ++part)
    {
      const auto begin = points.begin() + static_cast<std::ptrdiff_t>(first);
      const auto end = points.begin() + static_cast<std::ptrdiff_t>(std::min(first + MostPoints, points.size()));
      const std::string name = group.name + (part > 1 ? "-" + std::to_string(part) : std::string());
      zip.Add(name + ".roi", PointSelection(std::vector<Eigen::Vector2d>(begin, end), group.colour));
    }
  }
  zip.Close();
}
} // namespace ferro
