#include "ferroCommand.h"

namespace ferro
{
Command::Command() = default;
Command::~Command() = default;

ParameterBuilder &
ParameterBuilder::Label(const std::string & label)
{
  m_Parameter.label = label;
  return *this;
}

ParameterBuilder &
ParameterBuilder::Help(const std::string & help)
{
  m_Parameter.help = help;
  return *this;
}

ParameterBuilder &
ParameterBuilder::Unit(const std::string & unit)
{
  m_Parameter.unit = unit;
  return *this;
}

ParameterBuilder &
ParameterBuilder::Default(bool value)
{
  m_Parameter.defaultValue = value;
  return *this;
}

ParameterBuilder &
ParameterBuilder::Default(int value)
{
  return this->Default(static_cast<long>(value));
}

ParameterBuilder &
ParameterBuilder::Default(long value)
{
  // A whole number is a natural way to write the default of a real number.
  if (m_Parameter.type == ParameterType::Number)
  {
    m_Parameter.defaultValue = static_cast<double>(value);
  }
  else
  {
    m_Parameter.defaultValue = value;
  }
  return *this;
}

ParameterBuilder &
ParameterBuilder::Default(double value)
{
  m_Parameter.defaultValue = value;
  return *this;
}

ParameterBuilder &
ParameterBuilder::Default(const char * value)
{
  return this->Default(std::string(value));
}

ParameterBuilder &
ParameterBuilder::Default(const std::string & value)
{
  m_Parameter.defaultValue = value;
  return *this;
}

ParameterBuilder &
ParameterBuilder::Range(double minimum, double maximum)
{
  m_Parameter.minimum = minimum;
  m_Parameter.maximum = maximum;
  return *this;
}

ParameterBuilder &
ParameterBuilder::Step(double step)
{
  m_Parameter.step = step;
  return *this;
}

ParameterBuilder &
ParameterBuilder::Choices(const std::vector<std::string> & choices)
{
  m_Parameter.choices = choices;
  return *this;
}

ParameterBuilder &
ParameterBuilder::Extensions(const std::vector<std::string> & extensions)
{
  m_Parameter.extensions = extensions;
  return *this;
}

ParameterBuilder &
ParameterBuilder::Required()
{
  m_Parameter.required = true;
  return *this;
}

ParameterBuilder &
ParameterBuilder::Output()
{
  m_Parameter.output = true;
  return *this;
}

ParameterBuilder &
ParameterBuilder::Advanced()
{
  m_Parameter.advanced = true;
  return *this;
}

ParameterBuilder &
ParameterBuilder::Positional()
{
  m_Parameter.positional = true;
  return *this;
}

ParameterBuilder &
ParameterBuilder::Alias(const std::string & alias)
{
  m_Parameter.aliases.push_back(alias);
  return *this;
}

ParameterBuilder
CommandDeclaration::Add(ParameterType type, const std::string & parameterName)
{
  Parameter parameter;
  parameter.name = parameterName;
  parameter.label = parameterName;
  parameter.type = type;
  // Off is what a switch is when nobody touches it.
  if (type == ParameterType::Boolean)
  {
    parameter.defaultValue = false;
  }
  parameters.push_back(parameter);
  return ParameterBuilder(parameters.back());
}

const Parameter *
CommandDeclaration::Find(const std::string & parameterName) const
{
  for (const auto & parameter : parameters)
  {
    if (parameter.name == parameterName)
    {
      return &parameter;
    }
  }
  return nullptr;
}
} // namespace ferro
