#include "ferroHelp.h"

#include "ferroCommandLine.h"
#include "ferroDeclarationJson.h"
#include "ferroVersion.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <sstream>

namespace ferro
{
namespace
{
constexpr std::size_t LineWidth = 100;
constexpr std::size_t TextColumn = 28;

/** Text broken into lines; the first begins at the column 'first', the others are indented by 'indent'. */
std::string
Wrap(const std::string & text, std::size_t indent, std::size_t first)
{
  std::istringstream words(text);
  std::string wrapped;
  std::size_t column = first;
  bool lineBegins = true;
  for (std::string word; words >> word;)
  {
    if (!lineBegins && column + 1 + word.size() > LineWidth)
    {
      wrapped += "\n" + std::string(indent, ' ');
      column = indent;
      lineBegins = true;
    }
    wrapped += (lineBegins ? "" : " ") + word;
    column += word.size() + (lineBegins ? 0 : 1);
    lineBegins = false;
  }
  return wrapped;
}

std::string
Entry(const std::string & name, const std::string & text)
{
  std::string entry = "  " + name;
  if (entry.size() + 2 > TextColumn)
  {
    entry += "\n" + std::string(TextColumn, ' ');
  }
  else
  {
    entry.append(TextColumn - entry.size(), ' ');
  }
  return entry + Wrap(text, TextColumn, TextColumn) + "\n";
}

/** What stands for the value: NM, FILE, A|B. */
std::string
Placeholder(const Parameter & parameter)
{
  switch (parameter.type)
  {
    case ParameterType::Number:
    case ParameterType::Integer:
    {
      std::string unit = parameter.unit.empty() ? "N" : parameter.unit;
      return unit;
    }
    case ParameterType::Choice:
    {
      std::string all;
      for (const auto & choice : parameter.choices)
      {
        all += (all.empty() ? "" : "|") + choice;
      }
      return all.size() <= 30 ? all : "CHOICE";
    }
    case ParameterType::Boolean:
      return "";
    case ParameterType::Text:
      return "TEXT";
    case ParameterType::Folder:
      return "FOLDER";
    default:
      return "FILE";
  }
}

std::string
Describe(const Parameter & parameter)
{
  std::string text = parameter.help.empty() ? parameter.label : parameter.help;
  std::string facts;
  const auto fact = [&facts](const std::string & what) { facts += (facts.empty() ? "" : "; ") + what; };
  if (parameter.type == ParameterType::Choice && Placeholder(parameter) == "CHOICE")
  {
    std::string all;
    for (const auto & choice : parameter.choices)
    {
      all += (all.empty() ? "" : ", ") + choice;
    }
    fact("one of " + all);
  }
  const std::string range = GetRangeText(parameter);
  if (!range.empty())
  {
    fact(range);
  }
  else if (!parameter.unit.empty())
  {
    fact("in " + parameter.unit);
  }
  if (parameter.required && !parameter.positional)
  {
    fact("required");
  }
  const std::string value = FormatValue(parameter.defaultValue);
  if (!value.empty() && parameter.type != ParameterType::Boolean)
  {
    fact("default " + value + (parameter.unit.empty() ? "" : " " + parameter.unit));
  }
  return facts.empty() ? text : text + " (" + facts + ")";
}

std::string
OptionEntry(const CommandDeclaration & declaration, const Parameter & parameter)
{
  const auto off = GetNegatedOptionNames(declaration, parameter);
  if (!off.empty())
  {
    return Entry(off.front(), "Switch off: " + Describe(parameter));
  }
  const std::string placeholder = Placeholder(parameter);
  return Entry(GetOptionNames(declaration, parameter).front() + (placeholder.empty() ? "" : " " + placeholder),
               Describe(parameter));
}
} // namespace

std::string
MakeCommandHelp(const CommandDeclaration & declaration)
{
  std::string usage = "Usage: ferroscope " + declaration.name;
  std::string arguments;
  std::string basic;
  std::string advanced;
  std::string selection;
  std::string common;
  for (const auto & parameter : declaration.parameters)
  {
    if (parameter.positional)
    {
      const std::string name = GetDisplayName(parameter);
      usage += " " + (parameter.required ? name : "[" + name + "]");
      arguments += Entry(name, Describe(parameter));
      continue;
    }
    if (parameter.required)
    {
      usage += " " + GetDisplayName(parameter) + " " + Placeholder(parameter);
    }
    std::string & group =
      parameter.common ? (parameter.advanced ? common : selection) : (parameter.advanced ? advanced : basic);
    group += OptionEntry(declaration, parameter);
  }
  common += Entry("--help", "Show this text");
  std::string text = usage + " [options]\n\n" + Wrap(declaration.help, 0, 0) + "\n";
  const auto section = [&text](const std::string & title, const std::string & body)
  {
    if (!body.empty())
    {
      text += "\n" + title + ":\n" + body;
    }
  };
  section("Arguments", arguments);
  section("Options", basic);
  section("Choosing the image", selection);
  section("Advanced options", advanced);
  section("Common options", common);
  std::string examples;
  for (const auto & example : declaration.examples)
  {
    examples += "  " + example + "\n";
  }
  section("Examples", examples);
  std::string references;
  for (const auto & reference : declaration.references)
  {
    references += "  " + Wrap(reference, 4, 2) + "\n";
  }
  section("References", references);
  return text;
}

std::string
MakeCommandList(const PluginRegistry & registry, bool json)
{
  if (json)
  {
    nlohmann::json list = nlohmann::json::array();
    for (const auto & entry : registry.GetCommands())
    {
      list.push_back(DeclarationToJson(entry.declaration));
      list.back()["library"] = entry.library.string();
    }
    return list.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  }
  std::string text;
  for (const auto & entry : registry.GetCommands())
  {
    text += Entry(entry.declaration.name, entry.declaration.title);
  }
  return text;
}

std::string
MakeProgramHelp(const PluginRegistry & registry)
{
  std::string text = std::string("Ferroscope ") + GetVersion() +
                     ": polarization maps with error bars from atomic-resolution STEM images\n\n"
                     "Usage: ferroscope COMMAND [options]\n\nCommands:\n";
  const std::string list = MakeCommandList(registry, false);
  text += list.empty() ? "  (no plugin found)\n" : list;
  text += "\nAlways there:\n";
  text += Entry("COMMAND --help", "What a command does, with all its options and an example");
  text += Entry("list [--json]", "List the commands");
  text += Entry("run FILE", "Run the macro lines in a file, or the run that a summary.json records");
  text += Entry("completion SHELL", "Print the completion script for bash, zsh or fish");
  text += Entry("--version", "Print the version");
  return text;
}
} // namespace ferro
