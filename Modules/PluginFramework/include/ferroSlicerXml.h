#ifndef ferroSlicerXml_h
#define ferroSlicerXml_h

#include "ferroCommand.h"

#include <string>

namespace ferro
{
/** The command as a module description of 3D Slicer (what a Slicer command-line module prints for --xml).
 *
 * Slicer hands every parameter over, also those nobody touched. So a number without default is described as a text,
 * which may stay empty, and a boolean that is on by default by its opposite. */
FerroscopePluginFramework_EXPORT std::string MakeSlicerXml(const CommandDeclaration & declaration);
} // namespace ferro

#endif
