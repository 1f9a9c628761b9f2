#ifndef ferroRunCommand_h
#define ferroRunCommand_h

#include "ferroPluginRegistry.h"

#include <string>
#include <vector>

namespace ferro
{
/** Runs one command (its name, then its words) and reports what goes wrong. Returns the exit status. */
int RunCommand(const PluginRegistry & registry, const std::vector<std::string> & words);

/** Runs the macro lines of a file, or the macro of a summary.json; stops at the first that fails. */
int RunMacroFile(const PluginRegistry & registry, const std::string & file);

/** Prints "ferroscope: <where>: <sentence>" for the exception being handled; returns the exit status. */
int ReportException(const std::string & where);
} // namespace ferro

#endif
