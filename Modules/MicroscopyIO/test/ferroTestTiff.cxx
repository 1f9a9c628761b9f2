#include "ferroTestTiff.h"

#include "ferroTestFiles.h"

namespace ferrotest
{
std::string
MakeTiffPages(const std::vector<TiffPage> & pages, const std::string & block, bool little)
{
  Bytes file(little);
  file.Add(little ? "II" : "MM").Add(std::uint16_t{42});
  std::size_t link = file.text.size();
  file.Add(std::uint32_t{0}).Add(block);
  for (const TiffPage & page : pages)
  {
    struct Entry
    {
      std::uint16_t type;
      std::uint32_t count;
      std::uint32_t value;
    };
    std::map<int, Entry> entries;
    const auto place = [&] { return static_cast<std::uint32_t>(file.text.size()); };
    entries[273] = {4, 1, place()};
    for (int y = 0; y < 3; ++y)
    {
      for (int x = 0; x < page.width; ++x)
      {
        const int value = Value(x, y, page.frame);
        page.bits == 8 ? file.Add(static_cast<std::uint8_t>(value)) : file.Add(static_cast<std::uint16_t>(value));
      }
    }
    for (const auto & [tag, text] : page.texts)
    {
      entries[tag] = {2, static_cast<std::uint32_t>(text.size() + 5), place()};
      file.Add(text).Add(std::string(5, '\0')); // longer than what fits into the entry
    }
    for (const auto & [tag, ratio] : page.ratios)
    {
      entries[tag] = {5, 1, place()};
      file.Add(ratio).Add(std::uint32_t{1});
    }
    for (const auto & [tag, number] : page.numbers)
    {
      entries[tag] = {4, 1, number};
    }
    entries[256] = {4, 1, static_cast<std::uint32_t>(page.width)};
    entries[257] = {4, 1, 3};
    entries[258] = {4, 1, static_cast<std::uint32_t>(page.bits)};
    entries[279] = {4, 1, static_cast<std::uint32_t>(3 * page.width * page.bits / 8)};
    Bytes at(little);
    at.Add(place());
    file.text.replace(link, 4, at.text);
    file.Add(static_cast<std::uint16_t>(entries.size()));
    for (const auto & [tag, entry] : entries)
    {
      file.Add(static_cast<std::uint16_t>(tag)).Add(entry.type).Add(entry.count).Add(entry.value);
    }
    link = file.text.size();
    file.Add(std::uint32_t{0});
  }
  return file.text;
}

std::string
MakeTvipsHeader(int version, int mode, bool little)
{
  std::string header(version == 2 ? 6312 : 244, '\0');
  const auto put = [&](std::size_t at, auto value)
  {
    Bytes bytes(little);
    bytes.Add(value);
    header.replace(at, bytes.text.size(), bytes.text);
  };
  put(0, std::int32_t{version});
  if (version == 2)
  {
    put(244 + 2724, 0.02F); // pixel size, nm
    put(244 + 2728, 0.03F);
    put(244 + 3028, 200000.0F); // V
    put(244 + 3288, std::int32_t{mode});
    put(244 + 3292, 50000.0F);
    put(244 + 3708, 400.0F); // ms
    const std::string camera = "F416";
    for (std::size_t k = 0; k < camera.size(); ++k)
    {
      put(244 + 3524 + 2 * k, static_cast<std::uint16_t>(camera[k]));
    }
    put(6308, std::uint32_t{0xaaaaaaaa});
  }
  return header;
}

std::string
MakeOlympusBlock()
{
  Bytes general(true);
  general.Add(std::string(10, '\0')).Add(std::int16_t{-11}).Add(2.5).Add(3.5).Add(std::string(8, '\0')).Add(600000.0);
  general.Add(std::string(2, '\0')).Add("Quemesa").Add(std::string(27 + 32, '\0'));
  Bytes block(true);
  block.Add("SIS0").Add(std::string(54, '\0')).Add(std::int16_t{2});
  block.Add(std::int16_t{10}).Add(std::int16_t{1}).Add(std::uint32_t{8}); // of another kind
  block.Add(std::int16_t{1}).Add(std::int16_t{1}).Add(std::uint32_t{8 + 60 + 16}).Add(general.text);
  return block.text;
}
} // namespace ferrotest
