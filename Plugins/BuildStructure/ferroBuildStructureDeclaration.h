#ifndef ferroBuildStructureDeclaration_h
#define ferroBuildStructureDeclaration_h

#include "ferroCommand.h"
#include "ferroSceneBuilder.h"
#include "ferroStructureGeometry.h"

namespace ferro
{
class CommandContext;

/** Name, help, references and parameters of the command. */
CommandDeclaration DeclareBuildStructure();

/** Whether a film with domains is wanted rather than a crystal. */
bool IsFilmWanted(const CommandContext & context);

/** Zone axis, direction of x and limits. Throws UsageError. */
OrthogonalCellOptions GetOrthogonalCellOptions(const CommandContext & context);

/** All of a scene but its materials. Throws UsageError. */
SceneParameters GetSceneParameters(const CommandContext & context);

/** Refuses parameters that belong to the other kind of structure. Throws UsageError. */
void CheckCombination(const CommandContext & context);
} // namespace ferro

#endif
