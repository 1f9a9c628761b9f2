#include "ferroSlicerXml.h"
#include "ferroTestDeclaration.h"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace
{
struct Tag
{
  std::string path; ///< executable/parameters/double/name
  std::string attributes;
  std::string text;
};

/** A small strict reader: every element with its text; a failure when the text is not well formed. */
std::vector<Tag>
ReadXml(const std::string & xml)
{
  std::vector<Tag> tags;
  std::vector<std::size_t> open;
  std::size_t position = xml.find("?>") + 2;
  while (position < xml.size())
  {
    const std::size_t next = xml.find('<', position);
    const std::string text = xml.substr(position, next == std::string::npos ? next : next - position);
    EXPECT_TRUE(std::regex_match(text, std::regex("([^<>&]|&(amp|lt|gt|quot);)*"))) << text;
    if (!open.empty())
    {
      tags[open.back()].text += text;
    }
    if (next == std::string::npos)
    {
      break;
    }
    const std::size_t end = xml.find('>', next);
    const std::string inside = xml.substr(next + 1, end - next - 1);
    position = end + 1;
    if (inside.front() == '/')
    {
      const std::string path = open.empty() ? "" : tags[open.back()].path;
      EXPECT_EQ(path.substr(path.rfind('/') + 1), inside.substr(1));
      open.pop_back();
      continue;
    }
    std::smatch match;
    EXPECT_TRUE(std::regex_match(inside, match, std::regex("([a-zA-Z-]+)(( [a-zA-Z]+=\"[^\"<&]*\")*)"))) << inside;
    const std::string parent = open.empty() ? "" : tags[open.back()].path + "/";
    tags.push_back({parent + match[1].str(), match[2].str(), ""});
    open.push_back(tags.size() - 1);
  }
  EXPECT_TRUE(open.empty());
  return tags;
}
} // namespace

TEST(SlicerXml, FollowsTheRulesOfTheParser)
{
  const std::string xml = ferro::MakeSlicerXml(MakeTestDeclaration());
  EXPECT_EQ(xml.rfind("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<executable>", 0), 0u);
  const std::set<std::string> top = {"category",  "title",       "description",      "version", "documentation-url",
                                     "license",   "contributor", "acknowledgements", "index",   "location",
                                     "parameters"};
  const std::set<std::string> types = {"integer", "double", "boolean", "string",   "string-enumeration",
                                       "file",    "image",  "table",   "directory"};
  const std::set<std::string> inside = {"name",  "label",    "description", "default", "channel",
                                        "index", "longflag", "element",     "flag",    "constraints"};
  std::set<std::string> names;
  for (const auto & tag : ReadXml(xml))
  {
    const auto depth = std::count(tag.path.begin(), tag.path.end(), '/');
    const std::string last = tag.path.substr(tag.path.rfind('/') + 1);
    if (depth == 1)
    {
      EXPECT_TRUE(top.count(last)) << tag.path;
    }
    if (depth == 2)
    {
      EXPECT_TRUE(types.count(last) || last == "label" || last == "description") << tag.path;
    }
    if (depth == 3)
    {
      EXPECT_TRUE(inside.count(last)) << tag.path;
    }
    if (last == "longflag" || last == "name")
    {
      EXPECT_TRUE(std::regex_match(tag.text, std::regex("[A-Za-z_][A-Za-z0-9_]*"))) << tag.text;
    }
    if (last == "flag")
    {
      EXPECT_EQ(tag.text.size(), 1u);
    }
    if (last == "name")
    {
      EXPECT_TRUE(names.insert(tag.text).second) << tag.text << " occurs twice";
    }
  }
  for (const char * name : {"image", "output", "cutoffPm", "imageIndex", "frame", "pixelSizeNm", "threads", "seed"})
  {
    EXPECT_TRUE(names.count(name)) << name;
  }
}

TEST(SlicerXml, ParametersHaveTheirProperties)
{
  const std::string xml = std::regex_replace(ferro::MakeSlicerXml(MakeTestDeclaration()), std::regex("\n *"), "");
  const auto has = [&xml](const std::string & part) { return xml.find(part) != std::string::npos; };
  EXPECT_TRUE(has("<category>Ferroscope.Polarization.Fields</category>"));
  EXPECT_TRUE(has("<title>Map &lt;polarization&gt;</title>"));
  EXPECT_TRUE(has("<image type=\"scalar\" fileExtensions=\".nrrd\"><name>image</name><index>0</index>"));
  EXPECT_TRUE(
    has("<default>50</default><constraints><minimum>0</minimum><maximum>500</maximum><step>1</step></constraints>"));
  // Slicer would fill in 0 for a number without default.
  EXPECT_TRUE(has("<string><name>offset</name><longflag>offset</longflag>"));
  EXPECT_TRUE(has("<boolean><name>noSmooth</name>"));
  EXPECT_TRUE(has("<default>B</default><element>A</element><element>B</element><element>both</element>"));
  EXPECT_TRUE(has("<directory><name>output</name>"));
  EXPECT_TRUE(has("<channel>output</channel>"));
  EXPECT_TRUE(has("<table fileExtensions=\".csv\"><name>columns</name><longflag>columns</longflag>"));
  EXPECT_TRUE(has("<string-enumeration hidden=\"true\"><name>progress</name>"));
}
