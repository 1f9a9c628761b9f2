#ifndef ferroTestFiles_h
#define ferroTestFiles_h

#include <cstdint>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

// Files of each format, built byte by byte, so that the readers are held against the formats and not against
// a writer of ours.
namespace ferrotest
{
/** Appends numbers in a chosen byte order. */
class Bytes
{
public:
  explicit Bytes(bool littleEndian) : m_Little(littleEndian)
  {
  }
  template <typename T>
  Bytes &
  Add(T value)
  {
    return this->Put(value, m_Little);
  }
  template <typename T>
  Bytes &
  Put(T value, bool little)
  {
    unsigned char raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    for (std::size_t i = 0; i < sizeof(T); ++i)
    {
      text += static_cast<char>(raw[little ? i : sizeof(T) - 1 - i]);
    }
    return *this;
  }
  Bytes &
  Add(const std::string & bytes)
  {
    text += bytes;
    return *this;
  }
  Bytes &
  Add(const char * bytes)
  {
    text += bytes;
    return *this;
  }
  std::string text;

private:
  bool m_Little;
};

/** A folder that is removed with its files. */
class TestFolder
{
public:
  TestFolder()
  {
    static int counter = 0;
    m_Path = std::filesystem::temp_directory_path() /
             ("ferro_io_" + std::to_string(reinterpret_cast<std::uintptr_t>(this) % 1000003) + "_" +
              std::to_string(::time(nullptr)) + "_" + std::to_string(counter++));
    std::filesystem::create_directories(m_Path);
  }
  ~TestFolder()
  {
    std::error_code error;
    std::filesystem::remove_all(m_Path, error);
  }
  TestFolder(const TestFolder &) = delete;
  TestFolder & operator=(const TestFolder &) = delete;
  std::filesystem::path
  Write(const std::string & name, const std::string & bytes) const
  {
    std::ofstream(m_Path / name, std::ios::binary) << bytes;
    return m_Path / name;
  }
  const std::filesystem::path &
  Path() const
  {
    return m_Path;
  }

private:
  std::filesystem::path m_Path;
};

/** Pixel (x, y) of frame f in every file that is made here. */
inline int
Value(int x, int y, int f = 0)
{
  return 100 * f + 10 * y + x;
}

struct DmOptions
{
  int version = 4;
  bool little = true;
  int width = 4;
  int height = 3;
  int frames = 1;
  double scaleX = 0.02;
  double scaleY = 0.03;
  std::string unit = "nm";
  int dataType = 10; // uint16
  bool thumbnail = false;
  int images = 1;
  bool omitPixels = false; // PixelsMarker stands in their place
  int elementType = 4;     // of the array of pixels
  std::string pixels;      // instead of uint16 ones; with the number of their elements
  std::uint64_t elements = 0;
  bool oddTags = false; // tags in front of the images: a list of structures, a struct, a string
};
constexpr const char * PixelsMarker = "@@PIXELS@@";
/** A DM file of images of uint16. */
std::string MakeDm(const DmOptions & options);

/** A SER file of 4 x 3 uint16, scale 0.02 and 0.03 nm; \a total elements of which \a valid exist. */
std::string MakeSer(int version, int total, int valid, double delta = 2e-11);

/** An npy file; shape as text. */
std::string MakeNpy(int version, const std::string & descr, bool fortran, const std::string & shape,
                    const std::string & data);

/** A TIFF of 4 x 3 uint16 pages. */
std::string MakeTiff(bool little, int pages, const std::string & description, double resolutionX, double resolutionY);

/** A PNG, stored without compression; rows as the bytes that follow each filter byte, pass by pass when interlaced;
 * \a chunks stand between the header and the pixels. */
std::string MakePng(int width, int height, int depth, int colour, const std::vector<std::string> & rows,
                    const std::string & chunks = "", bool interlaced = false);
/** A chunk of a PNG file with its length and checksum. */
std::string PngChunk(const std::string & type, const std::string & data);
} // namespace ferrotest

#endif
