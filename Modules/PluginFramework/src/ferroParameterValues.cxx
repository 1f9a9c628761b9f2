#include "ferroParameterValues.h"

#include "ferroDeclarationJson.h"
#include "ferroErrors.h"
#include "ferroSpelling.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <stdexcept>

namespace ferro
{
namespace
{
std::string
FormatNumber(double value)
{
  char buffer[40];
  const auto result = std::to_chars(buffer, buffer + sizeof(buffer), value);
  return {buffer, result.ptr};
}

std::string
WithUnit(const std::string & text, const Parameter & parameter)
{
  return parameter.unit.empty() ? text : text + " " + parameter.unit;
}

template <class T>
bool
ParseWhole(const std::string & text, T & value)
{
  const char * const begin = text.data() + (text.size() > 1 && text.front() == '+' ? 1 : 0);
  const auto result = std::from_chars(begin, text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

void
CheckRange(const Parameter & parameter, double value, const std::string & found)
{
  if (value < parameter.minimum || value > parameter.maximum)
  {
    throw UsageError(GetDisplayName(parameter) + ": " + WithUnit(found, parameter) + " is outside the allowed range, " +
                     GetRangeText(parameter));
  }
}

std::string
ListChoices(const std::vector<std::string> & choices)
{
  std::string list;
  for (const auto & choice : choices)
  {
    list += (list.empty() ? "" : ", ") + choice;
  }
  return list;
}

void
CheckChoice(const Parameter & parameter, const std::string & text)
{
  if (std::find(parameter.choices.begin(), parameter.choices.end(), text) == parameter.choices.end())
  {
    const std::string hint = DidYouMean(text, parameter.choices);
    throw UsageError(GetDisplayName(parameter) + ": '" + text + "' is not one of " + ListChoices(parameter.choices) +
                     hint);
  }
}
} // namespace

std::string
ToKebabCase(const std::string & name)
{
  std::string kebab;
  for (std::size_t n = 0; n < name.size(); ++n)
  {
    const auto letter = static_cast<unsigned char>(name[n]);
    // A new word begins at a capital after a small letter or digit: rmsXPm -> rms-x-pm, ABRatio -> ab-ratio.
    const bool afterSmall = n > 0 && !std::isupper(static_cast<unsigned char>(name[n - 1]));
    const bool beforeSmall = n + 1 < name.size() && std::islower(static_cast<unsigned char>(name[n + 1]));
    if (std::isupper(letter) && n > 0 && (afterSmall || beforeSmall))
    {
      kebab += '-';
    }
    kebab += static_cast<char>(std::tolower(letter));
  }
  return kebab;
}

std::string
GetDisplayName(const Parameter & parameter)
{
  std::string kebab = parameter.aliases.empty() ? ToKebabCase(parameter.name) : parameter.aliases.front();
  if (!parameter.positional)
  {
    return "--" + kebab;
  }
  std::transform(kebab.begin(), kebab.end(), kebab.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return kebab;
}

std::string
GetRangeText(const Parameter & parameter)
{
  const bool from = std::isfinite(parameter.minimum);
  const bool to = std::isfinite(parameter.maximum);
  if (!from && !to)
  {
    return "";
  }
  const std::string text = from && to ? FormatNumber(parameter.minimum) + " to " + FormatNumber(parameter.maximum)
                           : from     ? "at least " + FormatNumber(parameter.minimum)
                                      : "at most " + FormatNumber(parameter.maximum);
  return WithUnit(text, parameter);
}

std::string
FormatValue(const ParameterValue & value)
{
  if (const auto * boolean = std::get_if<bool>(&value))
  {
    return *boolean ? "true" : "false";
  }
  if (const auto * integer = std::get_if<long>(&value))
  {
    return std::to_string(*integer);
  }
  if (const auto * number = std::get_if<double>(&value))
  {
    return FormatNumber(*number);
  }
  const auto * text = std::get_if<std::string>(&value);
  return text != nullptr ? *text : "";
}

ParameterValue
ParseValue(const Parameter & parameter, const std::string & text)
{
  if (text.empty())
  {
    return {};
  }
  switch (parameter.type)
  {
    case ParameterType::Number:
    {
      double value = 0.0;
      if (!ParseWhole(text, value) || !std::isfinite(value))
      {
        const std::string range = GetRangeText(parameter);
        throw UsageError(GetDisplayName(parameter) + ": '" + text + "' is not a number" +
                         (range.empty() ? (parameter.unit.empty() ? "" : " (in " + parameter.unit + ")")
                                        : " (allowed: " + range + ")"));
      }
      CheckRange(parameter, value, text);
      return value;
    }
    case ParameterType::Integer:
    {
      long value = 0;
      if (!ParseWhole(text, value))
      {
        const std::string range = GetRangeText(parameter);
        throw UsageError(GetDisplayName(parameter) + ": '" + text + "' is not a whole number" +
                         (range.empty() ? "" : " (allowed: " + range + ")"));
      }
      CheckRange(parameter, static_cast<double>(value), text);
      return value;
    }
    case ParameterType::Boolean:
      if (text == "true" || text == "1" || text == "on" || text == "yes")
      {
        return true;
      }
      if (text == "false" || text == "0" || text == "off" || text == "no")
      {
        return false;
      }
      throw UsageError(GetDisplayName(parameter) + ": '" + text + "' is neither true nor false");
    case ParameterType::Choice:
      CheckChoice(parameter, text);
      return text;
    default:
      return text;
  }
}

ParameterValues::ParameterValues(CommandDeclaration declaration) : m_Declaration(std::move(declaration))
{
}

const Parameter &
ParameterValues::Require(const std::string & name) const
{
  const Parameter * const parameter = m_Declaration.Find(name);
  if (parameter == nullptr)
  {
    throw std::logic_error("the command " + m_Declaration.name + " declares no parameter " + name);
  }
  return *parameter;
}

void
ParameterValues::Set(const std::string & name, const ParameterValue & value)
{
  // By way of text: one place decides what is allowed, and a whole number may stand for a real one.
  this->SetText(name, FormatValue(value));
}

void
ParameterValues::SetText(const std::string & name, const std::string & text)
{
  const ParameterValue value = ParseValue(this->Require(name), text);
  if (std::holds_alternative<std::monostate>(value))
  {
    m_Given.erase(name);
  }
  else
  {
    m_Given[name] = value;
  }
}

const ParameterValue &
ParameterValues::Get(const std::string & name) const
{
  const auto given = m_Given.find(name);
  return given != m_Given.end() ? given->second : this->Require(name).defaultValue;
}

bool
ParameterValues::IsGiven(const std::string & name) const
{
  this->Require(name);
  return m_Given.count(name) > 0;
}

void
ParameterValues::Check() const
{
  for (const auto & parameter : m_Declaration.parameters)
  {
    if (parameter.required && m_Given.count(parameter.name) == 0)
    {
      throw UsageError(GetDisplayName(parameter) + " is missing" +
                       (parameter.help.empty() ? "" : " (" + parameter.help + ")"));
    }
  }
  for (const auto & output : m_Declaration.parameters)
  {
    for (const auto & input : m_Declaration.parameters)
    {
      if (!output.output || input.output || !IsPathType(output.type) || !IsPathType(input.type))
      {
        continue;
      }
      const std::string from = FormatValue(this->Get(input.name));
      const std::string to = FormatValue(this->Get(output.name));
      std::error_code error;
      if (!from.empty() && !to.empty() && !std::filesystem::is_directory(to, error) &&
          std::filesystem::equivalent(from, to, error) && !error)
      {
        throw UsageError(GetDisplayName(output) + ": " + to + " is also the input " + GetDisplayName(input) +
                         "; a result never replaces an input, choose another name");
      }
    }
  }
}
} // namespace ferro
