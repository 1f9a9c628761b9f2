#include "ferroAxisUnits.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace ferro
{
namespace
{
// nm per unit of length, 0 for what is not a length.
double
LengthInNm(const std::string & unit)
{
  static const std::map<std::string, double> table = {
    {"m", 1e9},          {"meter", 1e9},     {"meters", 1e9},       {"metre", 1e9},     {"mm", 1e6},
    {"um", 1e3},         {"\xc2\xb5m", 1e3}, {"\xce\xbcm", 1e3},    {"micron", 1e3},    {"microns", 1e3},
    {"micrometer", 1e3}, {"nm", 1.0},        {"n_m", 1.0},          {"nanometer", 1.0}, {"nanometers", 1.0},
    {"A", 0.1},          {"\xc3\x85", 0.1},  {"\xe2\x84\xab", 0.1}, {"Angstrom", 0.1},  {"angstrom", 0.1},
    {"Angstroms", 0.1},  {"angstroms", 0.1}, {"pm", 1e-3},          {"A\xcc\x8a", 0.1}};
  const auto found = table.find(unit);
  return found == table.end() ? 0.0 : found->second;
}

std::string
WithoutBlanks(const std::string & text)
{
  std::string result;
  for (const char c : text)
  {
    if (c != ' ')
    {
      result += c;
    }
  }
  if (result.size() >= 2 && result.front() == '[' && result.back() == ']')
  {
    result = result.substr(1, result.size() - 2);
  }
  return result;
}
} // namespace

void
CalibrateAxis(AxisInfo & axis, double scale, double offset, const std::string & fileUnit)
{
  axis.scale = 1.0;
  axis.offset = 0.0;
  axis.unit.clear();
  const std::string unit = WithoutBlanks(CleanText(fileUnit));
  std::string result;
  double factor = LengthInNm(unit);
  if (factor > 0.0)
  {
    result = "nm";
  }
  else
  {
    std::string reciprocal;
    if (unit.rfind("1/", 0) == 0)
    {
      reciprocal = unit.substr(2);
    }
    else if (unit.size() > 3 && unit.compare(unit.size() - 3, 3, "^-1") == 0)
    {
      reciprocal = unit.substr(0, unit.size() - 3);
    }
    const double length = LengthInNm(reciprocal);
    if (length > 0.0)
    {
      factor = 1.0 / length;
      result = "1/nm";
    }
    else if (IsEnergyUnit(unit) || unit == "s" || unit == "ms" || unit == "us" || unit == "mrad" || unit == "rad" ||
             unit == "deg" || unit == "sec")
    {
      factor = 1.0;
      result = unit;
    }
  }
  const double converted = scale * factor;
  if (result.empty() || !std::isfinite(converted) || converted <= 0.0)
  {
    return;
  }
  axis.scale = converted;
  axis.offset = std::isfinite(offset * factor) ? offset * factor : 0.0;
  axis.unit = result;
}

bool
IsEnergyUnit(const std::string & unit)
{
  return unit == "eV" || unit == "keV" || unit == "meV";
}

void
AppendUtf8(std::string & text, unsigned int c)
{
  if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
  {
    c = 0xfffd;
  }
  if (c < 0x80)
  {
    text += static_cast<char>(c);
  }
  else if (c < 0x800)
  {
    text += static_cast<char>(0xc0 | c >> 6);
    text += static_cast<char>(0x80 | (c & 0x3f));
  }
  else if (c < 0x10000)
  {
    text += static_cast<char>(0xe0 | c >> 12);
    text += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    text += static_cast<char>(0x80 | (c & 0x3f));
  }
  else
  {
    text += static_cast<char>(0xf0 | c >> 18);
    text += static_cast<char>(0x80 | (c >> 12 & 0x3f));
    text += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    text += static_cast<char>(0x80 | (c & 0x3f));
  }
}

std::string
FromUtf16(const std::string & bytes, bool littleEndian)
{
  const auto unit = [&](std::size_t at) -> unsigned int
  {
    const auto first = static_cast<unsigned char>(bytes[at]);
    const auto second = static_cast<unsigned char>(bytes[at + 1]);
    return littleEndian ? first | second << 8U : first << 8U | second;
  };
  std::string text;
  for (std::size_t at = 0; at + 2 <= bytes.size(); at += 2)
  {
    unsigned int point = unit(at);
    if (point >= 0xd800 && point < 0xdc00 && at + 4 <= bytes.size())
    {
      const unsigned int low = unit(at + 2);
      if (low >= 0xdc00 && low < 0xe000)
      {
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        at += 2;
      }
    }
    AppendUtf8(text, point);
  }
  return text;
}

std::string
CleanText(const std::string & text)
{
  std::string result;
  const std::size_t length = text.find_last_not_of(std::string(" \t\r\n\0", 5)) + 1;
  for (std::size_t i = 0; i < length;)
  {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f)
    {
      result += ' ';
      ++i;
      continue;
    }
    const std::size_t extra = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc2 ? 1 : 0;
    bool utf8 = byte < 0x80 || (extra > 0 && byte < 0xf5 && i + extra < length);
    unsigned int point = extra == 0 ? byte : byte & (0x3fU >> extra);
    for (std::size_t k = 1; utf8 && k <= extra; ++k)
    {
      const auto next = static_cast<unsigned char>(text[i + k]);
      utf8 = (next & 0xc0) == 0x80;
      point = point << 6 | (next & 0x3fU);
    }
    // An overlong form or a surrogate is not UTF-8 either.
    utf8 = utf8 && (extra < 2 || point >= (extra == 2 ? 0x800U : 0x10000U)) && !(point >= 0xd800 && point <= 0xdfff);
    if (utf8)
    {
      result.append(text, i, extra + 1);
      i += extra + 1;
    }
    else
    {
      AppendUtf8(result, byte);
      ++i;
    }
  }
  const std::size_t first = result.find_first_not_of(' ');
  return first == std::string::npos ? std::string() : result.substr(first);
}

std::string
NumberText(double value, int digits)
{
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::general, digits);
  return std::string(buffer, end.ptr);
}

double
ParseNumber(const std::string & text)
{
  std::size_t first = text.find_first_not_of(" \t\r\n");
  const std::size_t last = text.find_last_not_of(std::string(" \t\r\n\0", 5));
  if (first == std::string::npos || last == std::string::npos || last < first)
  {
    return std::numeric_limits<double>::quiet_NaN();
  }
  if (text[first] == '+')
  {
    ++first;
  }
  double value = 0.0;
  const auto result = std::from_chars(text.data() + first, text.data() + last + 1, value);
  return result.ec == std::errc() && result.ptr == text.data() + last + 1 ? value
                                                                          : std::numeric_limits<double>::quiet_NaN();
}
} // namespace ferro
