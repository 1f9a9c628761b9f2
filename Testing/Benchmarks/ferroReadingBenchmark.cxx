// Reading of one large image in each format, held against a plain read() of the same file into fresh memory. Both
// alternate, files are in the page cache, times are those of the process (user and system), so that a busy machine
// disturbs them less.
//
//   cmake --preset release -DFERROSCOPE_BUILD_BENCHMARKS=ON && ninja -C build/release ferroscope-reading-benchmark
//   build/release/bin/ferroscope-reading-benchmark
//
// Counters: medians of the plain read and of ours, milliseconds; "of_plain" is the first by the second, and should be
// 0.5 or more. Files of up to 300 MB lie in the temporary folder while the program runs.
#include "ferroMicrographReader.h"
#include "ferroTestFiles.h"
#include "ferroTestHdf5.h"

#include <benchmark/benchmark.h>
#include <zlib.h>

#include <algorithm>
#include <ctime>
#include <fcntl.h>
#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <unistd.h>

using namespace ferrotest;

namespace
{
constexpr long Side = 10240; // 200 MB of 16-bit pixels
constexpr long FloatSide = 8192;

double
CpuMilliseconds()
{
  std::timespec time = {};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}

double
Median(std::vector<double> values)
{
  std::sort(values.begin(), values.end());
  return values.empty() ? 0.0 : values[values.size() / 2];
}

// Counts with noise, as a detector gives them.
std::string
Pixels(std::size_t count, std::size_t size)
{
  std::mt19937 random(1);
  std::string bytes(count * size, '\0');
  for (std::size_t i = 0; i < count; ++i)
  {
    const auto value = static_cast<std::uint16_t>(1000 + random() % 256);
    const auto real = static_cast<float>(value);
    std::memcpy(&bytes[i * size], size == 2 ? static_cast<const void *>(&value) : &real, size);
  }
  return bytes;
}

const std::string &
Shorts()
{
  static const std::string pixels = Pixels(static_cast<std::size_t>(Side * Side), 2);
  return pixels;
}

const std::string &
Floats()
{
  static const std::string pixels = Pixels(static_cast<std::size_t>(FloatSide * FloatSide), 4);
  return pixels;
}

void
PlainRead(const std::filesystem::path & path)
{
  const auto size = static_cast<std::size_t>(std::filesystem::file_size(path));
  const std::unique_ptr<char[]> buffer(new char[size]);
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::size_t done = 0;
  while (done < size)
  {
    const ssize_t got = ::read(file, buffer.get() + done, size - done);
    if (got <= 0)
    {
      throw std::runtime_error("the plain read has failed");
    }
    done += static_cast<std::size_t>(got);
  }
  ::close(file);
  benchmark::DoNotOptimize(buffer[size / 2]);
}

/** Writes the file, then times both ways of reading. */
void
Compare(benchmark::State & state, const std::string & name,
        const std::function<void(const std::filesystem::path &)> & make)
{
  const TestFolder folder;
  const auto file = folder.Path() / name;
  make(file);
  std::vector<double> plain;
  std::vector<double> ours;
  PlainRead(file); // warms the cache
  for (auto _ : state)
  {
    const double start = CpuMilliseconds();
    PlainRead(file);
    const double between = CpuMilliseconds();
    benchmark::DoNotOptimize(ferro::ReadMicrograph(file)->GetBufferPointer());
    const double end = CpuMilliseconds();
    plain.push_back(between - start);
    ours.push_back(end - between);
    state.SetIterationTime(1e-3 * ours.back());
  }
  state.counters["MB"] = 1e-6 * static_cast<double>(std::filesystem::file_size(file));
  state.counters["plain_ms"] = Median(plain);
  state.counters["read_ms"] = Median(ours);
  state.counters["of_plain"] = Median(plain) / Median(ours);
}

void
Write(const std::filesystem::path & file, const std::string & before, const std::string & pixels,
      const std::string & after = "")
{
  std::ofstream(file, std::ios::binary) << before << pixels << after;
}

std::string
NpyHeader(const char * type, long side)
{
  return MakeNpy(1, type, false, "(" + std::to_string(side) + ", " + std::to_string(side) + ")", "");
}

void
MakeDmFile(const std::filesystem::path & file, int version, bool little)
{
  DmOptions options;
  options.version = version;
  options.little = little;
  options.width = options.height = static_cast<int>(Side);
  options.omitPixels = true;
  const std::string whole = MakeDm(options);
  const std::size_t at = whole.find(PixelsMarker);
  Write(file, whole.substr(0, at), Shorts(), whole.substr(at + std::string(PixelsMarker).size()));
}

void
MakeMrcFile(const std::filesystem::path & file)
{
  Bytes header(true);
  const auto side = static_cast<std::int32_t>(Side);
  for (const std::int32_t word : {side, side, 1, 1, 0, 0, 0, side, side, 1})
  {
    header.Add(word);
  }
  header.text.resize(64, '\0');
  header.Add(std::int32_t{1}).Add(std::int32_t{2}).Add(std::int32_t{3});
  header.text.resize(208, '\0');
  header.Add("MAP DD");
  header.text.resize(1024, '\0');
  Write(file, header.text, Shorts());
}

// Strips of 8 rows, as many programs write them. \a compressed: each with deflate.
void
MakeTiffFile(const std::filesystem::path & file, bool compressed)
{
  constexpr long rows = 8;
  constexpr std::uint32_t strips = Side / rows;
  std::string pixels;
  std::vector<std::uint32_t> lengths;
  for (std::uint32_t k = 0; k < strips; ++k)
  {
    const std::string strip = Shorts().substr(k * rows * Side * 2, rows * Side * 2);
    uLongf length = compressBound(strip.size());
    std::string packed(length, '\0');
    compress2(reinterpret_cast<Bytef *>(packed.data()), &length, reinterpret_cast<const Bytef *>(strip.data()),
              strip.size(), 1);
    pixels += compressed ? packed.substr(0, length) : strip;
    lengths.push_back(static_cast<std::uint32_t>(compressed ? length : strip.size()));
  }
  Bytes head(true);
  head.Add("II").Add(std::uint16_t{42}).Add(std::uint32_t{8}).Add(std::uint16_t{8});
  const std::uint32_t lists = 8 + 2 + 8 * 12 + 4;
  const auto tag = [&head](std::uint16_t id, std::uint32_t count, std::uint32_t value)
  { head.Add(id).Add(std::uint16_t{4}).Add(count).Add(value); };
  tag(256, 1, Side);
  tag(257, 1, Side);
  tag(258, 1, 16);
  tag(259, 1, compressed ? 8 : 1);
  tag(262, 1, 1);
  tag(273, strips, lists);
  tag(278, 1, rows);
  tag(279, strips, lists + 4 * strips);
  head.Add(std::uint32_t{0});
  std::uint32_t at = lists + 8 * strips;
  for (const std::uint32_t length : lengths)
  {
    head.Add(at);
    at += length;
  }
  for (const std::uint32_t length : lengths)
  {
    head.Add(length);
  }
  Write(file, head.text, pixels);
}

void
MakeHdf5File(const std::filesystem::path & file, const std::string & path, bool velox, bool compressed)
{
  std::vector<double> values(static_cast<std::size_t>(Side * Side));
  for (std::size_t i = 0; i < values.size(); ++i)
  {
    std::uint16_t value;
    std::memcpy(&value, Shorts().data() + 2 * i, 2);
    values[i] = value;
  }
  Hdf5Writer writer(file);
  const hsize_t side = Side;
  if (velox)
  {
    writer.TextData("/Version", "{\"format\": \"Velox\", \"version\": \"11\"}");
    writer.Hole(path, {side, side, 1}, {side, side, 1});
    const hid_t data = H5Dopen2(writer.Id(), path.c_str(), H5P_DEFAULT);
    H5Dwrite(data, H5T_STD_U16LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, Shorts().data());
    H5Dclose(data);
    return;
  }
  writer.Data(path, {side, side}, values, H5T_STD_U16LE,
              compressed ? std::vector<hsize_t>{512, 512} : std::vector<hsize_t>());
}

struct Case
{
  const char * name;
  const char * file;
  std::function<void(const std::filesystem::path &)> make;
};

const std::vector<Case> Cases = {
  {"npy/float32", "a.npy", [](const auto & file) { Write(file, NpyHeader("<f4", FloatSide), Floats()); }},
  {"npy/float32 big-endian", "a.npy", [](const auto & file) { Write(file, NpyHeader(">f4", FloatSide), Floats()); }},
  {"npy/uint16", "a.npy", [](const auto & file) { Write(file, NpyHeader("<u2", Side), Shorts()); }},
  {"npy/uint16 big-endian", "a.npy", [](const auto & file) { Write(file, NpyHeader(">u2", Side), Shorts()); }},
  {"DM4/uint16", "a.dm4", [](const auto & file) { MakeDmFile(file, 4, true); }},
  {"DM3/uint16 big-endian", "a.dm3", [](const auto & file) { MakeDmFile(file, 3, false); }},
  {"MRC/int16", "a.mrc", MakeMrcFile},
  {"TIFF/uint16 strips", "a.tif", [](const auto & file) { MakeTiffFile(file, false); }},
  {"TIFF/uint16 deflate", "a.tif", [](const auto & file) { MakeTiffFile(file, true); }},
  {"Velox/uint16", "a.emd", [](const auto & file) { MakeHdf5File(file, "/Data/Image/a/Data", true, false); }},
  {"HDF5/uint16", "a.h5", [](const auto & file) { MakeHdf5File(file, "/image", false, false); }},
  {"HDF5/uint16 gzip", "a.h5", [](const auto & file) { MakeHdf5File(file, "/image", false, true); }}};
} // namespace

int
main(int argc, char ** argv)
{
  for (const Case & one : Cases)
  {
    benchmark::RegisterBenchmark(one.name, [&one](benchmark::State & state) { Compare(state, one.file, one.make); })
      ->UseManualTime()
      ->Iterations(9)
      ->Unit(benchmark::kMillisecond);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
