#ifndef ferroHelp_h
#define ferroHelp_h

#include "ferroPluginRegistry.h"

#include <string>

namespace ferro
{
/** The text of 'ferroscope --help'. */
std::string MakeProgramHelp(const PluginRegistry & registry);
/** The text of 'ferroscope COMMAND --help'. */
std::string MakeCommandHelp(const CommandDeclaration & declaration);
/** The text of 'ferroscope list' or 'ferroscope list --json'. */
std::string MakeCommandList(const PluginRegistry & registry, bool json);
} // namespace ferro

#endif
