#ifndef ferroCommand_h
#define ferroCommand_h

#include "FerroscopePluginFrameworkExport.h"
#include "ferroParameter.h"

#include <string>
#include <vector>

namespace ferro
{
class CommandContext;

/** \class ParameterBuilder
 * \brief Sets the properties of a parameter that CommandDeclaration::Add has just added; calls chain.
 *
 * Holds a reference into the declaration: use it in the statement that made it.
 */
class FerroscopePluginFramework_EXPORT ParameterBuilder
{
public:
  explicit ParameterBuilder(Parameter & parameter) : m_Parameter(parameter)
  {
  }
  ParameterBuilder & Label(const std::string & label);
  ParameterBuilder & Help(const std::string & help);
  ParameterBuilder & Unit(const std::string & unit);
  ParameterBuilder & Default(bool value);
  ParameterBuilder & Default(int value);
  ParameterBuilder & Default(long value);
  ParameterBuilder & Default(double value);
  ParameterBuilder & Default(const char * value);
  ParameterBuilder & Default(const std::string & value);
  ParameterBuilder & Range(double minimum, double maximum);
  ParameterBuilder & Step(double step);
  ParameterBuilder & Choices(const std::vector<std::string> & choices);
  ParameterBuilder & Extensions(const std::vector<std::string> & extensions);
  ParameterBuilder & Required();
  ParameterBuilder & Output();
  ParameterBuilder & Advanced();
  ParameterBuilder & Positional();
  /** A further name on the command line, with hyphens; the first one is shown in help and macros. */
  ParameterBuilder & Alias(const std::string & alias);

private:
  Parameter & m_Parameter;
};

/** \class CommandDeclaration
 * \brief All that front ends need to know of a command without running it.
 */
struct FerroscopePluginFramework_EXPORT CommandDeclaration
{
  std::string name;                    ///< stable identifier, a verb: map, find, refine
  std::string menu;                    ///< place in menus, levels separated by '/': "Polarization/Map"
  std::string title;                   ///< a few words: "Map polarization"
  std::string help;                    ///< one or more sentences
  std::vector<std::string> examples;   ///< full command lines: "ferroscope map BTO.dm4"
  std::vector<std::string> references; ///< what to cite
  std::vector<Parameter> parameters;

  /** Adds a parameter; the builder sets its properties. */
  ParameterBuilder Add(ParameterType type, const std::string & parameterName);
  /** The parameter of that name or nullptr. */
  const Parameter * Find(const std::string & parameterName) const;
};

/** \class Command
 * \brief What a plugin implements: a declaration and a thin Run that connects filters.
 */
class FerroscopePluginFramework_EXPORT Command
{
public:
  Command();
  virtual ~Command();
  Command(const Command &) = delete;
  Command & operator=(const Command &) = delete;

  /** The declaration; called once, must not depend on anything outside. */
  virtual CommandDeclaration Declare() const = 0;

  /** Does the work. Throws ferro::Error (or any std::exception) on failure. */
  virtual void Run(CommandContext & context) = 0;
};
} // namespace ferro

#endif
