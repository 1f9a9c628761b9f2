#ifndef ferroDeclarationJson_h
#define ferroDeclarationJson_h

#include "ferroCommand.h"

#include <nlohmann/json_fwd.hpp>

namespace ferro
{
/** The word for a type of parameter: "image", "number", ... */
FerroscopePluginFramework_EXPORT const char * GetTypeName(ParameterType type);

/** Whether the value of a parameter of this type is the path of a file or folder. */
FerroscopePluginFramework_EXPORT bool IsPathType(ParameterType type);

/** A declaration as JSON and back; what is not set is left out. FromJson throws std::exception when
 * something is missing or of another type. */
FerroscopePluginFramework_EXPORT nlohmann::json DeclarationToJson(const CommandDeclaration & declaration);
FerroscopePluginFramework_EXPORT CommandDeclaration DeclarationFromJson(const nlohmann::json & json);

/** A value as JSON; null where there is none. */
FerroscopePluginFramework_EXPORT nlohmann::json ValueToJson(const ParameterValue & value);

/** Throws std::logic_error with a sentence for the plugin's author when a declaration breaks a rule: names are
 * identifiers and unique, defaults have the parameter's type and lie in its range, choices are named. */
FerroscopePluginFramework_EXPORT void CheckDeclaration(const CommandDeclaration & declaration);
} // namespace ferro

#endif
