#ifndef ferroCompletion_h
#define ferroCompletion_h

#include "ferroPluginRegistry.h"

#include <string>
#include <vector>

namespace ferro
{
/** The script that makes a shell (bash, zsh or fish) complete ferroscope's words. Throws UsageError for another shell.
 * The script asks the program itself, so that plugins added later are completed, too. */
std::string MakeCompletionScript(const std::string & shell);

/** The answer to such a script: one candidate for the last word on each line, a tab and its description after
 * it; "@files" and "@folders" ask the shell for names of files. */
std::string Complete(const PluginRegistry & registry, const std::vector<std::string> & words);
} // namespace ferro

#endif
