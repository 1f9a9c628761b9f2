#include "ferroSlicerXml.h"

#include "ferroDeclarationJson.h"
#include "ferroParameterValues.h"
#include "ferroVersion.h"

#include <cctype>
#include <cmath>
#include <sstream>

namespace ferro
{
namespace
{
std::string
Escape(const std::string & text)
{
  std::string escaped;
  for (const char c : text)
  {
    switch (c)
    {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        // Other control characters are not allowed in XML at all.
        escaped += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? ' ' : c;
    }
  }
  return escaped;
}

std::string
Element(const std::string & tag, const std::string & text)
{
  return "<" + tag + ">" + Escape(text) + "</" + tag + ">";
}

bool
HasDefault(const Parameter & parameter)
{
  return !std::holds_alternative<std::monostate>(parameter.defaultValue);
}

bool
IsOn(const Parameter & parameter)
{
  return parameter.type == ParameterType::Boolean && HasDefault(parameter) && std::get<bool>(parameter.defaultValue);
}

std::string
GetTag(const Parameter & parameter)
{
  switch (parameter.type)
  {
    case ParameterType::Image:
    case ParameterType::VectorField:
      return "image";
    case ParameterType::ColumnTable:
    case ParameterType::CellTable:
      return "table";
    case ParameterType::Folder:
      return "directory";
    case ParameterType::Number:
      return HasDefault(parameter) || parameter.required ? "double" : "string";
    case ParameterType::Integer:
      return HasDefault(parameter) || parameter.required ? "integer" : "string";
    case ParameterType::Boolean:
      return "boolean";
    case ParameterType::Choice:
      return "string-enumeration";
    case ParameterType::Text:
      return "string";
    default:
      return "file";
  }
}

std::string
GetAttributes(const Parameter & parameter)
{
  std::string attributes;
  if (parameter.type == ParameterType::Image)
  {
    attributes += " type=\"scalar\"";
  }
  if (parameter.type == ParameterType::VectorField)
  {
    attributes += " type=\"vector\"";
  }
  if (IsPathType(parameter.type) && parameter.type != ParameterType::Folder)
  {
    std::string list;
    for (const auto & extension : parameter.extensions)
    {
      list += (list.empty() ? "" : ",") + extension;
    }
    const std::string tag = GetTag(parameter);
    if (tag == "table" && list.empty())
    {
      list = ".csv";
    }
    // The first extension is that of the temporary file by which Slicer hands over its own images: one that
    // Slicer writes and that keeps the calibration.
    if (tag == "image" && list.find(".nrrd") != 0)
    {
      list = ".nrrd" + (list.empty() ? "" : "," + list);
    }
    if (!list.empty())
    {
      attributes += " fileExtensions=\"" + Escape(list) + "\"";
    }
  }
  if (parameter.common && parameter.name == "progress")
  {
    attributes += " hidden=\"true\"";
  }
  return attributes;
}

std::string
Describe(const Parameter & parameter)
{
  std::string text = parameter.help.empty() ? parameter.label : parameter.help;
  const std::string range = GetRangeText(parameter);
  if (!range.empty())
  {
    text += " (" + range + ")";
  }
  else if (!parameter.unit.empty())
  {
    text += " (" + parameter.unit + ")";
  }
  return text;
}

void
WriteParameter(std::ostream & out, const Parameter & parameter, int index)
{
  const std::string tag = GetTag(parameter);
  std::string name = parameter.name;
  std::string label = parameter.label;
  if (IsOn(parameter))
  {
    name.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(name.front())));
    name = "no" + name;
    label = "Not: " + label;
  }
  if (!parameter.unit.empty())
  {
    label += " (" + parameter.unit + ")";
  }
  out << "    <" << tag << GetAttributes(parameter) << ">\n      " << Element("name", name);
  if (index >= 0)
  {
    out << Element("index", std::to_string(index));
  }
  else
  {
    out << Element("longflag", name);
  }
  out << "\n      " << Element("label", label) << "\n      " << Element("description", Describe(parameter)) << "\n";
  if (IsPathType(parameter.type))
  {
    out << "      " << Element("channel", parameter.output ? "output" : "input") << "\n";
  }
  if (parameter.common && parameter.name == "progress")
  {
    out << "      " << Element("default", "slicer") << "\n";
  }
  else if (parameter.type == ParameterType::Boolean)
  {
    out << "      " << Element("default", "false") << "\n";
  }
  else if (HasDefault(parameter))
  {
    out << "      " << Element("default", FormatValue(parameter.defaultValue)) << "\n";
  }
  for (const auto & choice : parameter.choices)
  {
    out << "      " << Element("element", choice) << "\n";
  }
  const bool from = std::isfinite(parameter.minimum);
  const bool to = std::isfinite(parameter.maximum);
  if ((tag == "double" || tag == "integer") && (from || to || parameter.step > 0.0))
  {
    const auto number = [](double value) { return FormatValue(ParameterValue(value)); };
    out << "      <constraints>" << (from ? Element("minimum", number(parameter.minimum)) : "")
        << (to ? Element("maximum", number(parameter.maximum)) : "")
        << (parameter.step > 0.0 ? Element("step", number(parameter.step)) : "") << "</constraints>\n";
  }
  out << "    </" << tag << ">\n";
}
} // namespace

std::string
MakeSlicerXml(const CommandDeclaration & declaration)
{
  std::string category = declaration.menu.substr(0, declaration.menu.rfind('/'));
  if (declaration.menu.find('/') == std::string::npos)
  {
    category.clear(); // the only level is the command itself
  }
  for (auto & c : category)
  {
    c = c == '/' ? '.' : c;
  }
  std::string description = declaration.help;
  for (const auto & reference : declaration.references)
  {
    description += "\nReference: " + reference;
  }
  std::ostringstream out;
  out << "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<executable>\n  "
      << Element("category", category.empty() ? "Ferroscope" : "Ferroscope." + category) << "\n  "
      << Element("title", declaration.title.empty() ? declaration.name : declaration.title) << "\n  "
      << Element("description", description) << "\n  " << Element("version", GetVersion()) << "\n  "
      << Element("license", "Apache-2.0") << "\n  " << Element("contributor", "Ferroscope") << "\n";
  struct Group
  {
    const char * label;
    const char * description;
    bool advanced;
  };
  const Group groups[] = {{"Data", "Inputs, outputs and the usual settings", false},
                          {"Advanced", "Settings that are rarely needed", true},
                          {"Common", "Settings that every command has", true}};
  int index = 0;
  for (const auto & group : groups)
  {
    std::ostringstream body;
    for (const auto & parameter : declaration.parameters)
    {
      const bool selection = parameter.common && !parameter.advanced; // which image of the file
      const char * label = parameter.common && !selection ? "Common" : (parameter.advanced ? "Advanced" : "Data");
      if (std::string(label) != group.label)
      {
        continue;
      }
      // An optional positional parameter goes by its name: Slicer would pass an empty word for it.
      const bool indexed = parameter.positional && parameter.required;
      WriteParameter(body, parameter, indexed ? index++ : -1);
    }
    if (!body.str().empty())
    {
      out << "  <parameters" << (group.advanced ? " advanced=\"true\"" : "") << ">\n    "
          << Element("label", group.label) << "\n    " << Element("description", group.description) << "\n"
          << body.str() << "  </parameters>\n";
    }
  }
  out << "</executable>\n";
  return out.str();
}
} // namespace ferro
