#include "ferroAxisUnits.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace ferro
{
namespace
{
void
ReplaceAll(std::string & text, const std::string & from, const std::string & to)
{
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
  {
    text.replace(at, from.size(), to);
  }
}

// nm per unit of length, 0 for what is not a length. Symbols as they are (mm is not Mm), words in any case of letters.
double
LengthInNm(const std::string & unit)
{
  static const std::map<std::string, double> symbols = {
    {"m", 1e9},   {"cm", 1e7},  {"mm", 1e6},  {"um", 1e3},   {"nm", 1.0},  {"A", 0.1},   {"AA", 0.1},  {"pm", 1e-3},
    {"fm", 1e-6}, {"n_m", 1.0}, {"u_m", 1e3}, {"p_m", 1e-3}, {"m_m", 1e6}, {"Ang", 0.1}, {"Ang.", 0.1}};
  const auto symbol = symbols.find(unit);
  if (symbol != symbols.end())
  {
    return symbol->second;
  }
  static const std::map<std::string, double> words = {
    {"meter", 1e9},     {"centimeter", 1e7}, {"millimeter", 1e6}, {"micrometer", 1e3}, {"micron", 1e3},
    {"nanometer", 1.0}, {"angstrom", 0.1},   {"angstroem", 0.1},  {"picometer", 1e-3}, {"femtometer", 1e-6}};
  std::string word;
  for (const char c : unit)
  {
    word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (word.size() > 4 && word.back() == 's')
  {
    word.pop_back();
  }
  ReplaceAll(word, "metre", "meter");
  const auto found = words.find(word);
  return found == words.end() ? 0.0 : found->second;
}

// One spelling for each letter, sign and bracket that occurs: both mu, all letters with a ring, superscripts, LaTeX,
// and UTF-8 that has been taken for Latin-1 once.
std::string
Simplified(const std::string & unit)
{
  static const std::pair<const char *, const char *> spellings[] = {
    {"\xc3\x82\xc2\xb5", "u"},       // mu, mistaken
    {"\xc3\x8e\xc2\xbc", "u"},       // Greek mu, mistaken
    {"\xc3\x83\xe2\x80\xa6", "A"},   // A with ring, mistaken for Windows-1252
    {"\xc3\x83\xc2\x85", "A"},       // the same for Latin-1
    {"\xc2\xb5", "u"},               // micro sign
    {"\xce\xbc", "u"},               // Greek mu
    {"\xe2\x84\xab", "A"},           // Angstrom sign
    {"\xc3\x85", "A"},               // A with ring
    {"\xc3\xa5", "a"},               // a with ring
    {"A\xcc\x8a", "A"},              // A and a ring
    {"\xc3\xb6", "o"},               // o with two dots
    {"\xe2\x81\xbb\xc2\xb9", "^-1"}, // superscript -1
    {"\xe2\x88\x92", "-"},           // minus sign
    {"\xc2\xa0", ""},                // no-break space
    {"\xe2\x80\x89", ""},            // thin space
    {"\\mathrm", ""},
    {"\\text", ""},
    {"\\rm", ""},
    {"\\mu", "u"},
    {"\\AA", "A"},
    {"\\u00B5", "u"},
    {"\\u00b5", "u"},
    {"\\u00C5", "A"},
    {"\\u00c5", "A"},
    {"&#181;", "u"},
    {"&#xB5;", "u"},
    {"&#956;", "u"},
    {"&#197;", "A"},
    {"&#xC5;", "A"},
    {"**", "^"}};
  std::string text = unit;
  for (const auto & [from, to] : spellings)
  {
    ReplaceAll(text, from, to);
  }
  std::string result;
  for (const char c : text)
  {
    if (std::string(" []{}()$").find(c) == std::string::npos)
    {
      result += c;
    }
  }
  return result;
}

// The unit that a reciprocal one is made of; empty for any other.
std::string
ReciprocalOf(const std::string & unit)
{
  if (unit.rfind("1/", 0) == 0)
  {
    return unit.substr(2);
  }
  for (const std::string ending : {"^-1", "-1"})
  {
    if (unit.size() > ending.size() && unit.compare(unit.size() - ending.size(), ending.size(), ending) == 0)
    {
      return unit.substr(0, unit.size() - ending.size());
    }
  }
  return {};
}
} // namespace

void
CalibrateAxis(AxisInfo & axis, double scale, double offset, const std::string & fileUnit)
{
  axis.scale = 1.0;
  axis.offset = 0.0;
  axis.unit.clear();
  const std::string unit = Simplified(CleanText(fileUnit));
  std::string result;
  double factor = LengthInNm(unit);
  if (factor > 0.0)
  {
    result = "nm";
  }
  else if (const double length = LengthInNm(ReciprocalOf(unit)); length > 0.0)
  {
    factor = 1.0 / length;
    result = "1/nm";
  }
  else
  {
    static const std::map<std::string, std::string> others = {
      {"eV", "eV"},     {"keV", "keV"},    {"meV", "meV"}, {"k_eV", "keV"}, {"s", "s"},        {"sec", "s"},
      {"second", "s"},  {"seconds", "s"},  {"ms", "ms"},   {"us", "us"},    {"ns", "ns"},      {"min", "min"},
      {"mrad", "mrad"}, {"m_rad", "mrad"}, {"rad", "rad"}, {"deg", "deg"},  {"degree", "deg"}, {"degrees", "deg"}};
    const auto found = others.find(unit);
    if (found != others.end())
    {
      factor = 1.0;
      result = found->second;
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
  const std::string simple = Simplified(CleanText(unit));
  return simple == "eV" || simple == "keV" || simple == "meV" || simple == "k_eV";
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
