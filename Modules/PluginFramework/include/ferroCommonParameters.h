#ifndef ferroCommonParameters_h
#define ferroCommonParameters_h

#include "ferroCommand.h"

namespace ferro
{
/** The declaration with the parameters that every command has: threads, seed, logLevel, noFigures, progress,
 * and, when it reads an image, imageIndex, frame and pixelSizeNm. A parameter of the same name that the
 * command declares itself stays. They are marked as common. */
FerroscopePluginFramework_EXPORT CommandDeclaration WithCommonParameters(CommandDeclaration declaration);
} // namespace ferro

#endif
