// What a fuzzer does, without one and the same every time: every file of the folders as it is, cut short, and with
// changes that a fixed seed makes. Built by any compiler, so that the daily tests go through the fuzzers' entry point.
//
//   ferroFuzzReplay READER MUTATIONS FOLDER...
#include "ferroFuzzFile.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerInitialize(int *, char ***);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t * data, std::size_t size);

namespace
{
using Input = std::vector<std::uint8_t>;

void
Run(const Input & input)
{
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

// One to four changes: a bit, a byte, a number at one of the limits, bytes doubled or left out.
void
Mutate(Input & input, std::mt19937_64 & random)
{
  const auto below = [&random](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  for (std::size_t change = 1 + below(4); change > 0 && !input.empty(); --change)
  {
    // Headers decide more than pixels do.
    const std::size_t at = below(below(2) == 0 ? input.size() : std::min<std::size_t>(input.size(), 600));
    const std::size_t rest = input.size() - at;
    switch (below(6))
    {
      case 0:
        input[at] ^= static_cast<std::uint8_t>(1U << below(8));
        break;
      case 1:
        input[at] = static_cast<std::uint8_t>(below(256));
        break;
      case 2:
        std::fill_n(input.begin() + static_cast<std::ptrdiff_t>(at), std::min<std::size_t>(rest, 1U << below(4)),
                    static_cast<std::uint8_t>(below(2) == 0 ? 0x00 : 0xff));
        break;
      case 3:
        input[at] = 0x7f;
        break;
      case 4:
      {
        const auto begin = input.begin() + static_cast<std::ptrdiff_t>(at);
        const Input copy(begin, begin + static_cast<std::ptrdiff_t>(std::min<std::size_t>(rest, 1 + below(32))));
        input.insert(begin, copy.begin(), copy.end());
        break;
      }
      default:
      {
        const auto begin = input.begin() + static_cast<std::ptrdiff_t>(at);
        input.erase(begin, begin + static_cast<std::ptrdiff_t>(std::min<std::size_t>(rest, 1 + below(16))));
      }
    }
  }
}
} // namespace

int
main(int argc, char ** argv)
{
  if (argc < 4)
  {
    std::fputs("usage: ferroFuzzReplay READER MUTATIONS FOLDER...\n", stderr);
    return 2;
  }
  LLVMFuzzerInitialize(&argc, &argv);
  FuzzExtension = argv[1];
  const int mutations = std::atoi(argv[2]);
  std::vector<std::filesystem::path> files;
  for (int i = 3; i < argc; ++i)
  {
    // A reader need not have regression inputs.
    if (std::filesystem::is_directory(argv[i]))
    {
      for (const auto & entry : std::filesystem::directory_iterator(argv[i]))
      {
        files.push_back(entry.path());
      }
    }
  }
  std::sort(files.begin(), files.end());
  if (files.empty())
  {
    std::fputs("no inputs\n", stderr);
    return 1;
  }
  std::size_t inputs = 0;
  for (const auto & file : files)
  {
    std::ifstream stream(file, std::ios::binary);
    const Input whole((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
    Run(whole);
    for (std::size_t part = 1; part < 8; ++part)
    {
      Run(Input(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(whole.size() * part / 8)));
    }
    std::mt19937_64 random(1);
    for (int k = 0; k < mutations; ++k)
    {
      Input changed = whole;
      Mutate(changed, random);
      Run(changed);
    }
    inputs += static_cast<std::size_t>(mutations) + 8;
  }
  std::printf("%s: %zu inputs\n", argv[1], inputs);
  return 0;
}
