#ifndef ferroVersion_h
#define ferroVersion_h

#include "FerroscopePluginFrameworkExport.h"

namespace ferro
{
/** The version of Ferroscope: "0.1.0". */
FerroscopePluginFramework_EXPORT const char * GetVersion();
} // namespace ferro

#endif
