#ifndef ferroCommandLine_h
#define ferroCommandLine_h

#include "ferroParameterValues.h"

#include <string>
#include <vector>

namespace ferro
{
/** All spellings of a parameter's option on the command line, with hyphens in front, the usual one first;
 * empty for a required positional parameter. */
FerroscopePluginFramework_EXPORT std::vector<std::string> GetOptionNames(const CommandDeclaration & declaration,
                                                                         const Parameter & parameter);

/** For a boolean that is on by default: the options that switch it off (--no-x); else empty. */
FerroscopePluginFramework_EXPORT std::vector<std::string> GetNegatedOptionNames(const CommandDeclaration & declaration,
                                                                                const Parameter & parameter);

/** Parses the words after the command's name. Throws UsageError: which option, what was found, what is
 * allowed, what was probably meant. Values are checked (ParameterValues::Check). */
FerroscopePluginFramework_EXPORT ParameterValues ParseCommandLine(const CommandDeclaration & declaration,
                                                                  const std::vector<std::string> & words);

/** The word as it must be written for a POSIX shell and for SplitMacroLine. */
FerroscopePluginFramework_EXPORT std::string QuoteForShell(const std::string & word);

/** The line that runs the command with these values again: "ferroscope map BTO.dm4 --output BTO_map". Only what was
 * given and differs from the default; how messages and progress are shown is left out. */
FerroscopePluginFramework_EXPORT std::string MakeMacroLine(const ParameterValues & values);

/** The words of a macro line: blanks separate, ' " and \ quote as in a shell, # begins a comment. Nothing is expanded.
 * Throws UsageError when a quote is left open. */
FerroscopePluginFramework_EXPORT std::vector<std::string> SplitMacroLine(const std::string & line);
} // namespace ferro

#endif
