#ifndef ferroParameterValues_h
#define ferroParameterValues_h

#include "ferroCommand.h"

#include <map>
#include <string>

namespace ferro
{
/** camelCase as it is written on the command line: pixelSizeNm -> pixel-size-nm. */
FerroscopePluginFramework_EXPORT std::string ToKebabCase(const std::string & name);

/** How the command line calls a parameter: --pixel-size-nm, or IMAGE for a positional one. */
FerroscopePluginFramework_EXPORT std::string GetDisplayName(const Parameter & parameter);

/** "1e-06 to 100 nm", "at least 0", or an empty string. */
FerroscopePluginFramework_EXPORT std::string GetRangeText(const Parameter & parameter);

/** A value as text that ParseValue reads back to the same value; empty where there is none. */
FerroscopePluginFramework_EXPORT std::string FormatValue(const ParameterValue & value);

/** A text as the value of that parameter. Throws UsageError naming the parameter, what was found and what is
 * allowed. An empty text means that no value was given. */
FerroscopePluginFramework_EXPORT ParameterValue ParseValue(const Parameter & parameter, const std::string & text);

/** \class ParameterValues
 * \brief The values of a command's parameters for one run, checked against the declaration.
 */
class FerroscopePluginFramework_EXPORT ParameterValues
{
public:
  explicit ParameterValues(CommandDeclaration declaration);

  const CommandDeclaration &
  GetDeclaration() const
  {
    return m_Declaration;
  }
  /** Sets a value; std::monostate takes it back. Throws UsageError when type or range do not fit. */
  void Set(const std::string & name, const ParameterValue & value);
  void SetText(const std::string & name, const std::string & text);

  /** The value given, else the default. */
  const ParameterValue & Get(const std::string & name) const;
  bool IsGiven(const std::string & name) const;

  /** Throws UsageError when a required parameter is missing or an output names the same file as an input. */
  void Check() const;

private:
  const Parameter & Require(const std::string & name) const;

  CommandDeclaration m_Declaration;
  std::map<std::string, ParameterValue> m_Given;
};
} // namespace ferro

#endif
