#include "ferroXmlText.h"

#include "ferroAxisUnits.h"

#include <algorithm>
#include <map>

namespace ferro
{
namespace
{
// The characters that stand for themselves nowhere in XML, and those given by their number.
std::string
DecodeEntities(const std::string & text)
{
  static const std::map<std::string, std::string> names = {
    {"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}};
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at)
  {
    const std::size_t end = text[at] == '&' ? text.find(';', at) : std::string::npos;
    if (end == std::string::npos || end - at > 10)
    {
      result += text[at];
      continue;
    }
    const std::string name = text.substr(at + 1, end - at - 1);
    const auto known = names.find(name);
    const bool hexadecimal = name.size() > 2 && name[1] == 'x';
    const std::string digits = name.empty() || name[0] != '#' ? std::string() : name.substr(hexadecimal ? 2 : 1);
    const bool number = !digits.empty() && digits.find_first_not_of(hexadecimal ? "0123456789abcdefABCDEF"
                                                                                : "0123456789") == std::string::npos;
    if (known != names.end())
    {
      result += known->second;
    }
    else if (number)
    {
      AppendUtf8(result, static_cast<unsigned int>(std::stoul(digits, nullptr, hexadecimal ? 16 : 10)));
    }
    else
    {
      result += text.substr(at, end - at + 1);
    }
    at = end;
  }
  return result;
}

} // namespace

std::string
XmlAttribute(const std::string & xml, const std::string & name)
{
  for (std::size_t at = xml.find(name + "=\""); at != std::string::npos; at = xml.find(name + "=\"", at + 1))
  {
    if (at > 0 && (xml[at - 1] == ' ' || xml[at - 1] == '\n' || xml[at - 1] == '\t' || xml[at - 1] == '\r'))
    {
      const std::size_t begin = at + name.size() + 2;
      const std::size_t end = xml.find('"', begin);
      return end == std::string::npos ? std::string() : DecodeEntities(CleanText(xml.substr(begin, end - begin)));
    }
  }
  return {};
}

std::string
XmlElement(const std::string & xml, const std::string & name, std::size_t from)
{
  const std::string open = "<" + name;
  for (std::size_t at = xml.find(open, from); at != std::string::npos; at = xml.find(open, at + 1))
  {
    const std::size_t behind = at + open.size();
    if (behind < xml.size() && (xml[behind] == '>' || xml[behind] == ' ' || xml[behind] == '\n' || xml[behind] == '\r'))
    {
      const std::size_t begin = xml.find('>', behind);
      const std::size_t end = begin == std::string::npos ? begin : xml.find("</" + name + ">", begin);
      if (end == std::string::npos || xml[begin - 1] == '/')
      {
        return {};
      }
      const std::string content = CleanText(xml.substr(begin + 1, end - begin - 1));
      return content.find('<') == std::string::npos ? DecodeEntities(content) : content;
    }
  }
  return {};
}

std::pair<std::string, std::string>
XmlEntry(const std::string & xml, const std::string & label)
{
  const std::size_t at = xml.find("<Label>" + label + "</Label>");
  if (at == std::string::npos)
  {
    return {};
  }
  const std::string entry = xml.substr(at, std::min<std::size_t>(xml.find("</Data>", at), xml.size()) - at);
  return {XmlElement(entry, "Value"), XmlElement(entry, "Unit")};
}
} // namespace ferro
