#include "ferroTestArrays.h"

#include <zlib.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace
{
std::string
ReadWhole(const std::filesystem::path & file)
{
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
  {
    throw std::runtime_error(file.string() + ": cannot be read");
  }
  return {std::istreambuf_iterator<char>(stream), {}};
}

template <class T>
T
Take(const std::string & bytes, std::size_t offset)
{
  T value;
  std::memcpy(&value, bytes.substr(offset, sizeof(T)).c_str(), sizeof(T));
  return value;
}

template <class T>
void
Fill(TestArray & array, const std::string & bytes, std::size_t offset)
{
  for (std::size_t n = 0; n < array.values.size(); ++n)
  {
    array.values[n] = static_cast<double>(Take<T>(bytes, offset + n * sizeof(T)));
  }
}

TestArray
ParseNpy(const std::string & bytes)
{
  const std::size_t length = Take<std::uint16_t>(bytes, 8);
  const auto header = bytes.substr(10, length);
  TestArray array;
  std::size_t size = 1;
  auto at = header.find('(') + 1;
  while (header[at] != ')')
  {
    if (header[at] >= '0' && header[at] <= '9')
    {
      std::size_t used = 0;
      array.shape.push_back(std::stoul(header.substr(at), &used));
      size *= array.shape.back();
      at += used;
    }
    else
    {
      ++at;
    }
  }
  array.values.resize(size);
  const auto has = [&header](const char * type) { return header.find(type) != std::string::npos; };
  if (has("'<f8'"))
  {
    Fill<double>(array, bytes, 10 + length);
  }
  else if (has("'<f4'"))
  {
    Fill<float>(array, bytes, 10 + length);
  }
  else if (has("'|u1'"))
  {
    Fill<std::uint8_t>(array, bytes, 10 + length);
  }
  else
  {
    throw std::runtime_error("an array of another type: " + header);
  }
  return array;
}
} // namespace

std::optional<std::filesystem::path>
GetReferenceFolder()
{
  const char * shared = std::getenv("FERROSCOPE_SHARED_DATA");
  if (!shared || !*shared)
  {
    return {};
  }
  const auto folder = std::filesystem::path(shared) / "multislice";
  return std::filesystem::is_directory(folder) ? std::optional<std::filesystem::path>(folder) : std::nullopt;
}

TestArray
ReadNpy(const std::filesystem::path & file)
{
  return ParseNpy(ReadWhole(file));
}

std::map<std::string, TestArray>
ReadNpz(const std::filesystem::path & file)
{
  const auto bytes = ReadWhole(file);
  std::map<std::string, TestArray> arrays;
  // Through the central directory at the end of the archive.
  const auto end = bytes.rfind("PK\5\6");
  std::size_t at = Take<std::uint32_t>(bytes, end + 16);
  while (bytes.compare(at, 4, "PK\1\2") == 0)
  {
    const auto packed = Take<std::uint32_t>(bytes, at + 20);
    const auto unpacked = Take<std::uint32_t>(bytes, at + 24);
    const auto nameLength = Take<std::uint16_t>(bytes, at + 28);
    const auto name = bytes.substr(at + 46, nameLength);
    const auto local = Take<std::uint32_t>(bytes, at + 42);
    const auto start = local + 30u + Take<std::uint16_t>(bytes, local + 26) + Take<std::uint16_t>(bytes, local + 28);
    std::string content(unpacked, '\0');
    z_stream stream = {};
    inflateInit2(&stream, -MAX_WBITS);
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data() + start));
    stream.avail_in = packed;
    stream.next_out = reinterpret_cast<Bytef *>(content.data());
    stream.avail_out = unpacked;
    const int result = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    if (result != Z_STREAM_END)
    {
      throw std::runtime_error(file.string() + ": " + name + " cannot be unpacked");
    }
    arrays[name.substr(0, name.rfind(".npy"))] = ParseNpy(content);
    at += 46u + nameLength + Take<std::uint16_t>(bytes, at + 30) + Take<std::uint16_t>(bytes, at + 32);
  }
  return arrays;
}

ferro::CrystalStructure
ReadConfiguration(const std::filesystem::path & file)
{
  const auto arrays = ReadNpz(file);
  const auto & positions = arrays.at("positions").values;
  const auto & numbers = arrays.at("numbers").values;
  const auto & cell = arrays.at("cell").values;
  ferro::CrystalStructure structure;
  structure.title = file.filename().string();
  structure.cellA = Eigen::Vector3d(cell[0], cell[1], cell[2]).asDiagonal();
  for (std::size_t n = 0; n < numbers.size(); ++n)
  {
    ferro::StructureAtom atom;
    atom.atomicNumber = static_cast<int>(numbers[n]);
    atom.positionA = Eigen::Vector3d(positions[3 * n], positions[3 * n + 1], positions[3 * n + 2]);
    structure.atoms.push_back(atom);
  }
  return structure;
}
