#include "ferroCommandLine.h"

#include "ferroDeclarationJson.h"
#include "ferroErrors.h"
#include "ferroSpelling.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <map>

namespace ferro
{
namespace
{
void
AddName(std::vector<std::string> & names, const std::string & name)
{
  if (std::find(names.begin(), names.end(), name) == names.end())
  {
    names.push_back(name);
  }
}

std::string
Join(const std::vector<std::string> & names)
{
  std::string joined;
  for (const auto & name : names)
  {
    joined += (joined.empty() ? "" : ",") + name;
  }
  return joined;
}

bool
IsOn(const Parameter & parameter)
{
  const bool * const value = std::get_if<bool>(&parameter.defaultValue);
  return parameter.type == ParameterType::Boolean && value != nullptr && *value;
}

/** The option among the known ones that a word like --name or --name=value names, without the value. */
std::string
OptionPart(const std::string & word)
{
  return word.substr(0, word.find('='));
}
} // namespace

std::vector<std::string>
GetOptionNames(const CommandDeclaration & declaration, const Parameter & parameter)
{
  // A required positional parameter has one spelling; an optional one may also be named, because 3D Slicer
  // cannot leave out a positional parameter.
  std::vector<std::string> names;
  if (parameter.positional && parameter.required)
  {
    return names;
  }
  for (const auto & alias : parameter.aliases)
  {
    const auto taken = [&](const Parameter & other)
    {
      return &other != &parameter && !(other.positional && other.required) &&
             (other.name == alias || ToKebabCase(other.name) == alias);
    };
    if (std::none_of(declaration.parameters.begin(), declaration.parameters.end(), taken))
    {
      AddName(names, "--" + alias);
    }
  }
  AddName(names, "--" + ToKebabCase(parameter.name));
  AddName(names, "--" + parameter.name);
  return names;
}

std::vector<std::string>
GetNegatedOptionNames(const CommandDeclaration & declaration, const Parameter & parameter)
{
  std::vector<std::string> names;
  if (IsOn(parameter))
  {
    for (const auto & name : GetOptionNames(declaration, parameter))
    {
      AddName(names, "--no-" + name.substr(2));
    }
    std::string camel = parameter.name;
    camel.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(camel.front())));
    AddName(names, "--no" + camel);
  }
  return names;
}

ParameterValues
ParseCommandLine(const CommandDeclaration & declaration, const std::vector<std::string> & words)
{
  ParameterValues values(declaration);
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::vector<std::string> known;
  std::map<const Parameter *, CLI::Option *> named;
  std::map<const Parameter *, CLI::Option *> negated;
  std::vector<const Parameter *> positionals;
  const CLI::callback_t accept = [](const CLI::results_t &) { return true; };
  for (const auto & parameter : declaration.parameters)
  {
    if (parameter.positional)
    {
      positionals.push_back(&parameter);
    }
    const auto names = GetOptionNames(declaration, parameter);
    const auto off = GetNegatedOptionNames(declaration, parameter);
    known.insert(known.end(), names.begin(), names.end());
    known.insert(known.end(), off.begin(), off.end());
    if (!names.empty())
    {
      named[&parameter] = parameter.type == ParameterType::Boolean ? app.add_flag(Join(names))
                                                                   : app.add_option(Join(names), accept)->expected(1);
      named[&parameter]->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
    if (!off.empty())
    {
      negated[&parameter] = app.add_flag(Join(off));
    }
  }
  // CLI11 takes whatever follows as an option's value; a known option there means that the value is missing.
  for (std::size_t n = 0; n < words.size() && words[n] != "--"; ++n)
  {
    for (const auto & [parameter, option] : named)
    {
      const bool takesValue = parameter->type != ParameterType::Boolean;
      if (takesValue && words[n].size() > 2 && option->check_name(words[n]) &&
          (n + 1 == words.size() || std::find(known.begin(), known.end(), OptionPart(words[n + 1])) != known.end()))
      {
        throw UsageError(words[n] + ": a value is missing" +
                         (GetRangeText(*parameter).empty() ? "" : " (allowed: " + GetRangeText(*parameter) + ")"));
      }
    }
  }
  try
  {
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    app.parse(reversed);
  }
  catch (const CLI::ParseError & error)
  {
    throw UsageError(error.what());
  }
  std::vector<std::string> free;
  bool onlyPositional = false;
  for (const auto & word : app.remaining())
  {
    if (word == "--" && !onlyPositional)
    {
      onlyPositional = true;
    }
    else if (!onlyPositional && word.size() > 1 && word.front() == '-')
    {
      throw UsageError(OptionPart(word) + ": " + declaration.name + " has no such option" +
                       DidYouMean(OptionPart(word), known) + " (see ferroscope " + declaration.name + " --help)");
    }
    else
    {
      free.push_back(word);
    }
  }
  for (const auto & [parameter, option] : named)
  {
    if (option->results().size() > 1 && parameter->type != ParameterType::Boolean)
    {
      throw UsageError(GetDisplayName(*parameter) + " is given more than once");
    }
    if (!option->results().empty())
    {
      values.SetText(parameter->name, option->results().back());
    }
  }
  for (const auto & [parameter, option] : negated)
  {
    if (!option->results().empty())
    {
      values.SetText(parameter->name, option->results().back() == "true" ? "false" : "true");
    }
  }
  for (std::size_t n = 0; n < free.size(); ++n)
  {
    if (n >= positionals.size())
    {
      throw UsageError("'" + free[n] + "': " +
                       (positionals.empty() ? declaration.name + " takes options only"
                                            : declaration.name + " takes no more than " +
                                                std::to_string(positionals.size()) + " without a name") +
                       " (see ferroscope " + declaration.name + " --help)");
    }
    values.SetText(positionals[n]->name, free[n]);
  }
  values.Check();
  return values;
}

std::string
QuoteForShell(const std::string & word)
{
  const auto plain = [](unsigned char c)
  { return std::isalnum(c) != 0 || std::string("_-+=:,./@%^").find(static_cast<char>(c)) != std::string::npos; };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain))
  {
    return word;
  }
  std::string quoted = "'";
  for (const char c : word)
  {
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return quoted + "'";
}

std::string
MakeMacroLine(const ParameterValues & values)
{
  const CommandDeclaration & declaration = values.GetDeclaration();
  std::string positionals;
  std::string options;
  bool gap = false; // a positional parameter was left out: later ones need their names
  for (const auto & parameter : declaration.parameters)
  {
    // The two common options that change only what is shown do not belong to the result.
    const bool shown = parameter.common && (parameter.name == "progress" || parameter.name == "logLevel");
    if (shown || !values.IsGiven(parameter.name) || values.Get(parameter.name) == parameter.defaultValue)
    {
      gap = gap || parameter.positional;
      continue;
    }
    const std::string text = FormatValue(values.Get(parameter.name));
    const bool hyphen = text.front() == '-';
    if (parameter.positional && !gap && (!hyphen || IsPathType(parameter.type)))
    {
      // A file's name that begins with a hyphen must not look like an option.
      positionals += " " + QuoteForShell(hyphen ? "./" + text : text);
    }
    else if (parameter.type == ParameterType::Boolean)
    {
      options += " " + (IsOn(parameter) ? GetNegatedOptionNames(declaration, parameter).front()
                                        : GetOptionNames(declaration, parameter).front());
    }
    else
    {
      const std::string name = "--" + ToKebabCase(parameter.name);
      const auto names = GetOptionNames(declaration, parameter);
      const std::string & usual = names.empty() ? name : names.front();
      options += hyphen ? " " + QuoteForShell(usual + "=" + text) : " " + usual + " " + QuoteForShell(text);
    }
  }
  return "ferroscope " + declaration.name + positionals + options;
}

std::vector<std::string>
SplitMacroLine(const std::string & line)
{
  std::vector<std::string> words;
  std::string word;
  bool inWord = false;
  char quote = 0;
  for (std::size_t n = 0; n < line.size(); ++n)
  {
    const char c = line[n];
    if (quote != 0)
    {
      if (c == quote)
      {
        quote = 0;
      }
      else if (c == '\\' && quote == '"' && n + 1 < line.size() && (line[n + 1] == '"' || line[n + 1] == '\\'))
      {
        word += line[++n];
      }
      else
      {
        word += c;
      }
    }
    else if (c == '\'' || c == '"')
    {
      quote = c;
      inWord = true;
    }
    else if (c == '\\' && n + 1 < line.size())
    {
      word += line[++n];
      inWord = true;
    }
    else if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
    {
      if (inWord)
      {
        words.push_back(word);
      }
      word.clear();
      inWord = false;
    }
    else if (c == '#' && !inWord)
    {
      break;
    }
    else
    {
      word += c;
      inWord = true;
    }
  }
  if (quote != 0)
  {
    throw UsageError(std::string("a quote ") + quote + " is left open");
  }
  if (inWord)
  {
    words.push_back(word);
  }
  return words;
}
} // namespace ferro
