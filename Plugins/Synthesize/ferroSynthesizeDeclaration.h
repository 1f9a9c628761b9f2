#ifndef ferroSynthesizeDeclaration_h
#define ferroSynthesizeDeclaration_h

#include "ferroCommand.h"
#include "ferroSyntheticTruth.h"

namespace ferro
{
class CommandContext;

/** What 'synthesize' offers; defaults are those of SyntheticMicrographParameters. */
CommandDeclaration DeclareSynthesize();
/** The parameters as the user set them. */
SyntheticMicrographParameters GetSyntheticParameters(const CommandContext & context);
} // namespace ferro

#endif
