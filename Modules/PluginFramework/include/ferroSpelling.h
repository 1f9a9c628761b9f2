#ifndef ferroSpelling_h
#define ferroSpelling_h

#include "FerroscopePluginFrameworkExport.h"

#include <string>
#include <vector>

namespace ferro
{
/** Number of insertions, deletions, replacements and swaps of neighbours that turn one word into the other
 * (optimal string alignment); upper and lower case count as the same. */
FerroscopePluginFramework_EXPORT unsigned int EditDistance(const std::string & first, const std::string & second);

/** The candidate that the user most likely meant, or an empty string when none is close. */
FerroscopePluginFramework_EXPORT std::string SuggestSpelling(const std::string & word,
                                                             const std::vector<std::string> & candidates);

/** ", did you mean X?" for a message, or nothing. */
FerroscopePluginFramework_EXPORT std::string DidYouMean(const std::string & word,
                                                        const std::vector<std::string> & candidates);
} // namespace ferro

#endif
