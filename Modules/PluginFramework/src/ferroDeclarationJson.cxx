#include "ferroDeclarationJson.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <set>
#include <stdexcept>

namespace ferro
{
namespace
{
constexpr std::array<const char *, 13> TypeNames = {
  "image",  "column-table", "cell-table", "vector-field", "structure", "model", "file",
  "folder", "number",       "integer",    "boolean",      "choice",    "text"};

ParameterType
TypeFromName(const std::string & name)
{
  const auto found = std::find(TypeNames.begin(), TypeNames.end(), name);
  if (found == TypeNames.end())
  {
    throw std::runtime_error("unknown type of parameter: " + name);
  }
  return static_cast<ParameterType>(found - TypeNames.begin());
}

nlohmann::json
ParameterToJson(const Parameter & parameter)
{
  nlohmann::json json{{"name", parameter.name}, {"type", GetTypeName(parameter.type)}};
  const auto text = [&json](const char * key, const std::string & value)
  {
    if (!value.empty())
    {
      json[key] = value;
    }
  };
  const auto yes = [&json](const char * key, bool value)
  {
    if (value)
    {
      json[key] = true;
    }
  };
  const auto list = [&json](const char * key, const std::vector<std::string> & value)
  {
    if (!value.empty())
    {
      json[key] = value;
    }
  };
  text("label", parameter.label);
  text("help", parameter.help);
  text("unit", parameter.unit);
  yes("required", parameter.required);
  yes("output", parameter.output);
  yes("advanced", parameter.advanced);
  yes("positional", parameter.positional);
  yes("common", parameter.common);
  list("choices", parameter.choices);
  list("extensions", parameter.extensions);
  list("aliases", parameter.aliases);
  if (!std::holds_alternative<std::monostate>(parameter.defaultValue))
  {
    json["default"] = ValueToJson(parameter.defaultValue);
  }
  // JSON has no infinity: an open end is a missing key.
  if (std::isfinite(parameter.minimum))
  {
    json["minimum"] = parameter.minimum;
  }
  if (std::isfinite(parameter.maximum))
  {
    json["maximum"] = parameter.maximum;
  }
  if (parameter.step != 0.0)
  {
    json["step"] = parameter.step;
  }
  return json;
}

Parameter
ParameterFromJson(const nlohmann::json & json)
{
  Parameter parameter;
  parameter.name = json.at("name").get<std::string>();
  parameter.type = TypeFromName(json.at("type").get<std::string>());
  parameter.label = json.value("label", "");
  parameter.help = json.value("help", "");
  parameter.unit = json.value("unit", "");
  parameter.required = json.value("required", false);
  parameter.output = json.value("output", false);
  parameter.advanced = json.value("advanced", false);
  parameter.positional = json.value("positional", false);
  parameter.common = json.value("common", false);
  parameter.choices = json.value("choices", std::vector<std::string>());
  parameter.extensions = json.value("extensions", std::vector<std::string>());
  parameter.aliases = json.value("aliases", std::vector<std::string>());
  parameter.minimum = json.value("minimum", parameter.minimum);
  parameter.maximum = json.value("maximum", parameter.maximum);
  parameter.step = json.value("step", 0.0);
  if (json.contains("default"))
  {
    const auto & value = json.at("default");
    switch (parameter.type)
    {
      case ParameterType::Number:
        parameter.defaultValue = value.get<double>();
        break;
      case ParameterType::Integer:
        parameter.defaultValue = value.get<long>();
        break;
      case ParameterType::Boolean:
        parameter.defaultValue = value.get<bool>();
        break;
      default:
        parameter.defaultValue = value.get<std::string>();
    }
  }
  return parameter;
}

bool
IsIdentifier(const std::string & name)
{
  return !name.empty() && std::isalpha(static_cast<unsigned char>(name.front())) &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
}

bool
DefaultHasType(const Parameter & parameter)
{
  switch (parameter.type)
  {
    case ParameterType::Number:
      return std::holds_alternative<double>(parameter.defaultValue);
    case ParameterType::Integer:
      return std::holds_alternative<long>(parameter.defaultValue);
    case ParameterType::Boolean:
      return std::holds_alternative<bool>(parameter.defaultValue);
    default:
      return std::holds_alternative<std::string>(parameter.defaultValue);
  }
}

void
CheckParameter(const std::string & where, const Parameter & parameter)
{
  const auto fail = [&](const std::string & what)
  { throw std::logic_error(where + ": parameter " + parameter.name + ": " + what); };
  if (!IsIdentifier(parameter.name))
  {
    fail("its name must be letters and digits in camelCase, as pixelSizeNm");
  }
  if (parameter.type == ParameterType::Choice && parameter.choices.empty())
  {
    fail("a choice needs Choices");
  }
  if (parameter.type == ParameterType::Boolean && (parameter.positional || parameter.required))
  {
    fail("a boolean can be neither positional nor required");
  }
  if (std::holds_alternative<std::monostate>(parameter.defaultValue))
  {
    return;
  }
  if (!DefaultHasType(parameter))
  {
    fail(std::string("its default is not of the type ") + GetTypeName(parameter.type));
  }
  if (parameter.required)
  {
    fail("a required parameter has no default");
  }
  const auto * number = std::get_if<double>(&parameter.defaultValue);
  const auto * integer = std::get_if<long>(&parameter.defaultValue);
  const double value = number != nullptr ? *number : (integer != nullptr ? static_cast<double>(*integer) : 0.0);
  if ((number != nullptr || integer != nullptr) && (value < parameter.minimum || value > parameter.maximum))
  {
    fail("its default lies outside its range");
  }
  if (parameter.type == ParameterType::Choice &&
      std::find(parameter.choices.begin(), parameter.choices.end(), std::get<std::string>(parameter.defaultValue)) ==
        parameter.choices.end())
  {
    fail("its default is not one of its choices");
  }
}
} // namespace

const char *
GetTypeName(ParameterType type)
{
  return TypeNames.at(static_cast<std::size_t>(type));
}

bool
IsPathType(ParameterType type)
{
  return type <= ParameterType::Folder;
}

nlohmann::json
ValueToJson(const ParameterValue & value)
{
  return std::visit(
    [](const auto & held) -> nlohmann::json
    {
      if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::monostate>)
      {
        return nullptr;
      }
      else
      {
        return held;
      }
    },
    value);
}

nlohmann::json
DeclarationToJson(const CommandDeclaration & declaration)
{
  nlohmann::json json{{"name", declaration.name},
                      {"menu", declaration.menu},
                      {"title", declaration.title},
                      {"help", declaration.help},
                      {"examples", declaration.examples},
                      {"references", declaration.references},
                      {"parameters", nlohmann::json::array()}};
  for (const auto & parameter : declaration.parameters)
  {
    json["parameters"].push_back(ParameterToJson(parameter));
  }
  return json;
}

CommandDeclaration
DeclarationFromJson(const nlohmann::json & json)
{
  CommandDeclaration declaration;
  declaration.name = json.at("name").get<std::string>();
  declaration.menu = json.value("menu", "");
  declaration.title = json.value("title", "");
  declaration.help = json.value("help", "");
  declaration.examples = json.value("examples", std::vector<std::string>());
  declaration.references = json.value("references", std::vector<std::string>());
  for (const auto & parameter : json.at("parameters"))
  {
    declaration.parameters.push_back(ParameterFromJson(parameter));
  }
  return declaration;
}

void
CheckDeclaration(const CommandDeclaration & declaration)
{
  const std::string where = "command " + declaration.name;
  const auto isNameLetter = [](unsigned char c) { return std::islower(c) || std::isdigit(c) || c == '-'; };
  if (declaration.name.empty() || !std::all_of(declaration.name.begin(), declaration.name.end(), isNameLetter) ||
      declaration.name.front() == '-')
  {
    throw std::logic_error(where + ": a command's name is lower-case letters, digits and hyphens");
  }
  std::set<std::string> names;
  bool optionalSeen = false;
  for (const auto & parameter : declaration.parameters)
  {
    CheckParameter(where, parameter);
    if (!names.insert(parameter.name).second)
    {
      throw std::logic_error(where + ": parameter " + parameter.name + " is declared twice");
    }
    if (parameter.positional && parameter.required && optionalSeen)
    {
      throw std::logic_error(where + ": the required parameter " + parameter.name + " stands after an optional one");
    }
    optionalSeen = optionalSeen || (parameter.positional && !parameter.required);
  }
}
} // namespace ferro
